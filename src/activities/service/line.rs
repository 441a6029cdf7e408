//! The line: strictly one after the other, and what is offered to who moves up.

use linli_entity::{
    activity, activity_registration, activity_seats,
    enums::{RegistrationEnd, RegistrationState},
    ids::{ActivityId, RegistrationId},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::{Locked, lock};
use crate::{
    activities::rules,
    delegations::queries::{Covers, acts_for},
    identity,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Permit, Rejected, Result, Target, Tx,
        each_due, policy,
    },
};

/// Seats that a party has from now on.
pub(super) fn take(seats: &mut activity_seats::Model, people: i32) {
    seats.taken += people;
    seats.peak = Ord::max(seats.peak, seats.taken);
}

/// The first parties in line.
pub(super) async fn line(
    tx: &Tx<'_>,
    activity: ActivityId,
    most: u64,
) -> Result<Vec<activity_registration::Model>> {
    use activity_registration::Column as C;
    Ok(activity_registration::Entity::find()
        .filter(C::ActivityId.eq(activity))
        .filter(C::State.eq(RegistrationState::Waiting))
        .order_by_asc(C::Seq)
        .limit(most)
        .all(tx.conn())
        .await?)
}

/// Gives seats that are free to the line, in the transaction that made them free: at once, or where the
/// activity wants it as an offer that holds them for a time. The caller holds the activity, and writes
/// `seats`; `by` is what it was permitted.
pub(super) async fn promote(
    tx: &Tx<'_>,
    row: &activity::Model,
    seats: &mut activity_seats::Model,
    by: &(Action, Target),
) -> Result<Vec<Event>> {
    let free = seats.capacity - seats.taken;
    if free <= 0 || !rules::promotes(row, tx.now()) {
        return Ok(Vec::new());
    }
    // Every party has somebody: more than `free` of them never fit.
    let waiting = line(tx, row.id, u64::try_from(free).unwrap_or(0)).await?;
    let sizes: Vec<i32> = waiting.iter().map(|w| w.people).collect();
    let mut events = Vec::new();
    for before in &waiting[..rules::promoted(free, &sizes)] {
        let mut after = before.clone();
        after.offered_until = rules::offered_until(row, tx.now());
        let (state, kind) = match after.offered_until {
            None => (RegistrationState::Registered, "ACTIVITY_PROMOTED"),
            Some(_) => (RegistrationState::Offered, "ACTIVITY_OFFERED"),
        };
        after.state = state;
        after.promoted_at = Some(tx.now());
        after.version += 1;
        take(seats, after.people);
        tx.update_last(before, &after);
        let permit = tx.authorize(by.0, &by.1)?;
        let event = Event::new(permit, kind, "activity_registration", after.id)
            .community(row.community_id)
            .beneficiary(Some(after.person_id))
            .data(json!({
                "activity": row.id.to_string(),
                "state": after.state,
                "notAfter": after.offered_until,
            }))
            .row_held();
        events.push(event);
    }
    Ok(events)
}

/// A registration with its activity locked, for somebody who may see it. Whether they act for who is
/// registered is looked up only if they could not do this otherwise.
pub(super) async fn open(
    tx: &Tx<'_>,
    id: RegistrationId,
    action: Action,
) -> Result<(Locked, activity_registration::Model, Target)> {
    let find = || activity_registration::Entity::find_by_id(id);
    let found = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let locked = lock(tx, found.activity_id).await?;
    let row = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let holder = identity::queries::holder(tx.conn(), row.person_id).await?;
    let mut target = Target { requester: Some(holder), ..Target::community(row.community_id) };
    if !policy::allowed(tx.actor(), action, &target) {
        target.delegation = acts_for(tx, holder, Covers::Registrations).await?;
    }
    if !policy::allowed(tx.actor(), Action::ActivityRegistrationRead, &target) {
        return Err(Error::NotFound);
    }
    Ok((locked, row, target))
}

/// The same for somebody who may keep it or give it up, as they have read it; and what permits it.
pub(super) async fn kept(
    tx: &Tx<'_>,
    id: RegistrationId,
    expected_version: i32,
) -> Result<(Locked, activity_registration::Model, (Action, Target), Permit)> {
    let (locked, row, target) = open(tx, id, Action::ActivityRegistrationKeep).await?;
    let permit = tx.authorize(Action::ActivityRegistrationKeep, &target)?;
    if row.version != expected_version {
        let stale = Rejected::new(Code::StaleVersion);
        return Err(stale.with("currentVersion", row.version).into());
    }
    Ok((locked, row, (Action::ActivityRegistrationKeep, target), permit))
}

/// Ends a registration and gives its seats to the line.
pub(super) async fn end(
    tx: &Tx<'_>,
    locked: Locked,
    before: &activity_registration::Model,
    by_whom: RegistrationEnd,
    by: &(Action, Target),
) -> Result<(activity_registration::Model, Vec<Event>)> {
    let row = activity_registration::Model {
        state: RegistrationState::Cancelled,
        offered_until: None,
        ended_by: Some(by_whom),
        ended_at: Some(tx.now()),
        version: before.version + 1,
        ..before.clone()
    };
    let mut seats = locked.seats.clone();
    if rules::holds_seats(before.state) {
        seats.taken -= before.people;
    }
    // At once, so that it no longer stands in the line that is read now.
    activity_registration::Entity::update(
        activity_registration::ActiveModel::from(row.clone()).reset_all(),
    )
    .exec(tx.conn())
    .await?;
    let promoted = promote(tx, &locked.row, &mut seats, by).await?;
    tx.update_last(&locked.seats, &seats);
    Ok((row, promoted))
}

/// Accepts seats that are offered, before the offer is over.
pub async fn offer_accept(
    app: &App,
    actor: &Actor,
    id: RegistrationId,
    expected_version: i32,
) -> Result<Committed<activity_registration::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (locked, before, (_, target), permit) = kept(&tx, id, expected_version).await?;
    rules::check_accept(&before, &locked.row, tx.now())?;
    let row = activity_registration::Model {
        state: RegistrationState::Registered,
        offered_until: None,
        version: before.version + 1,
        ..before.clone()
    };
    tx.update_last(&before, &row);
    let event = Event::new(permit, "ACTIVITY_OFFER_ACCEPTED", "activity_registration", id)
        .community(row.community_id)
        .beneficiary(target.requester.filter(|p| actor.person() != Some(*p)))
        .data(json!({ "activity": row.activity_id.to_string(), "state": row.state }))
        .delegation(target.delegation)
        .row_held();
    tx.commit(vec![event], row).await
}

/// Ends the offers that nobody accepted in time, and offers their seats to the next in line. Returns how
/// many ended.
pub async fn expire_offers(app: &App, limit: u64) -> Result<usize> {
    use activity_registration::Column as C;
    let over: Vec<RegistrationId> = activity_registration::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::State.eq(RegistrationState::Offered))
        .filter(C::OfferedUntil.lte(app.clock.now()))
        .order_by_asc(C::OfferedUntil)
        .limit(limit)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("expire offer", over, |id| expire_offer(app, id)).await)
}

async fn expire_offer(app: &App, id: RegistrationId) -> Result<bool> {
    let actor = Actor::System("activities");
    let tx = app.begin(&actor).await?;
    let find = || activity_registration::Entity::find_by_id(id);
    let found = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let locked = lock(&tx, found.activity_id).await?;
    let before = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    if before.offered_until.is_none_or(|until| tx.now() < until) {
        return Ok(false);
    }
    let by = (Action::ActivityTend, Target::NONE);
    let permit = tx.authorize(by.0, &by.1)?;
    let (row, promoted) = end(&tx, locked, &before, RegistrationEnd::Timeout, &by).await?;
    let event = Event::new(permit, "ACTIVITY_OFFER_EXPIRED", "activity_registration", id)
        .community(row.community_id)
        .beneficiary(Some(row.person_id))
        .data(json!({ "activity": row.activity_id.to_string(), "by": row.ended_by }))
        .row_held();
    tx.commit(std::iter::once(event).chain(promoted).collect(), ()).await?;
    Ok(true)
}
