//! Signing up for shifts, and off. The row of a shift is locked by whoever takes a place or gives one
//! back, and it can never have more than it needs.

use linli_entity::{
    enums::SignUpEnd,
    ids::{ShiftId, SignUpId, VolunteerId},
    volunteer_shift, volunteer_sign_up,
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde_json::json;

use super::{
    lock_of, lock_own,
    shifts::{lock_shift, refusal},
};
use crate::{
    kernel::{
        Action, Actor, App, Code, Committed, Event, Once, Permit, Rejected, Result, Target, Tx,
    },
    volunteers::{
        queries,
        rules::{self, ShiftStep},
    },
};

fn event(permit: Permit, kind: &'static str, row: &volunteer_shift::Model) -> Event {
    Event::new(permit, kind, "volunteer_shift", row.id)
        .community(row.community_id)
        .data(json!({ "taken": row.taken, "needed": row.needed }))
        .row_held()
}

/// Takes a place in a shift. Of two who want the last one the second gets `CONFLICT`.
pub async fn sign_up(
    app: &App,
    actor: &Actor,
    id: ShiftId,
    once: Option<Once>,
) -> Result<Committed<volunteer_shift::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let seen = queries::shift(tx.conn(), id).await?;
    let permit = tx.authorize(Action::ShiftSignUp, &Target::community(seen.community_id))?;
    if let Some(replay) = tx.once("shiftSignUp", once.as_ref(), id.0).await? {
        return tx.replayed(replay, seen).await;
    }
    let own = lock_own(&tx, seen.community_id).await?;
    let before = lock_shift(&tx, id).await?;
    if queries::is_signed_up(tx.conn(), id, own.id).await? {
        return Err(Rejected::at(Code::Conflict, "shiftId").into());
    }
    if !rules::shift_possible(ShiftStep::SignUp, &before, false, tx.now()) {
        return Err(refusal(&before));
    }
    if before.taken >= before.needed {
        return Err(Rejected::at(Code::Conflict, "shiftId").into());
    }
    let place = volunteer_sign_up::Model {
        id: SignUpId(tx.new_id()),
        community_id: before.community_id,
        shift_id: id,
        volunteer_id: own.id,
        person_id: own.person_id,
        from_at: before.from_at,
        until_at: before.until_at,
        signed_at: tx.now(),
        ended_at: None,
        ended_by: None,
    };
    tx.insert_last(volunteer_sign_up::ActiveModel::from(place));
    let mut row = before.clone();
    row.taken += 1;
    tx.update_last(&before, &row);
    let event = event(permit, "SHIFT_SIGNED_UP", &row);
    tx.commit(vec![event], row).await
}

/// Gives a place back before the shift begins.
pub async fn sign_off(
    app: &App,
    actor: &Actor,
    id: ShiftId,
) -> Result<Committed<volunteer_shift::Model>> {
    use volunteer_sign_up::Column as C;
    let person = actor.signed_in()?.person;
    let tx = app.begin(actor).await?;
    let seen = queries::shift(tx.conn(), id).await?;
    let own = lock_of(&tx, seen.community_id, person).await?;
    let before = lock_shift(&tx, id).await?;
    let signed_up = volunteer_sign_up::Entity::find()
        .filter(C::ShiftId.eq(id))
        .filter(C::VolunteerId.is_in(own.iter().map(|row| row.id)))
        .filter(C::EndedAt.is_null())
        .one(tx.conn())
        .await?
        .ok_or_else(|| Rejected::at(Code::NotSignedUp, "shiftId"))?;
    let target = Target { requester: Some(person), ..Target::community(before.community_id) };
    let permit = tx.authorize(Action::VolunteerOwn, &target)?;
    if !rules::shift_possible(ShiftStep::SignOff, &before, true, tx.now()) {
        return Err(refusal(&before));
    }
    let mut ended = signed_up.clone();
    ended.ended_at = Some(tx.now());
    ended.ended_by = Some(SignUpEnd::Volunteer);
    tx.update_last(&signed_up, &ended);
    let mut row = before.clone();
    row.taken -= 1;
    tx.update_last(&before, &row);
    let event = event(permit, "SHIFT_SIGNED_OFF", &row);
    tx.commit(vec![event], row).await
}

/// Gives every place of a volunteer in a shift to come back; for who has locked the volunteer, and with
/// what permits them to stop being one.
pub(super) async fn sign_off_all(
    tx: &Tx<'_>,
    volunteer: VolunteerId,
    of: &Target,
) -> Result<Vec<Event>> {
    use volunteer_shift::Column as S;
    use volunteer_sign_up::Column as C;
    let shifts: Vec<ShiftId> = volunteer_sign_up::Entity::find()
        .select_only()
        .column(C::ShiftId)
        .filter(C::VolunteerId.eq(volunteer))
        .filter(C::EndedAt.is_null())
        .filter(C::FromAt.gt(tx.now()))
        .into_tuple()
        .all(tx.conn())
        .await?;
    if shifts.is_empty() {
        return Ok(Vec::new());
    }
    // In the order of ids, so that two who leave cannot wait for each other.
    let locked = volunteer_shift::Entity::find()
        .filter(S::Id.is_in(shifts.iter().copied()))
        .order_by_asc(S::Id)
        .lock_exclusive()
        .all(tx.conn())
        .await?;
    // A shift that was cancelled while we waited has given its places back itself.
    let given_back = volunteer_sign_up::Entity::find()
        .select_only()
        .column(C::ShiftId)
        .filter(C::VolunteerId.eq(volunteer))
        .filter(C::ShiftId.is_in(shifts.iter().copied()))
        .filter(C::EndedAt.is_null())
        .into_tuple::<ShiftId>()
        .all(tx.conn())
        .await?;
    volunteer_shift::Entity::update_many()
        .col_expr(S::Taken, Expr::col(S::Taken).sub(1))
        .filter(S::Id.is_in(given_back.iter().copied()))
        .exec(tx.conn())
        .await?;
    volunteer_sign_up::Entity::update_many()
        .col_expr(C::EndedAt, Expr::value(tx.now()))
        .col_expr(C::EndedBy, Expr::value(SignUpEnd::Volunteer))
        .filter(C::VolunteerId.eq(volunteer))
        .filter(C::ShiftId.is_in(given_back.iter().copied()))
        .filter(C::EndedAt.is_null())
        .exec(tx.conn())
        .await?;
    let mut events = Vec::with_capacity(given_back.len());
    for mut row in locked.into_iter().filter(|row| given_back.contains(&row.id)) {
        row.taken -= 1;
        let permit = tx.authorize(Action::VolunteerOwn, of)?;
        events.push(event(permit, "SHIFT_SIGNED_OFF", &row));
    }
    Ok(events)
}
