//! Numbers for those who walk in to a free clinic or for a haircut. Nobody stands behind a number.

use linli_entity::{
    activity, activity_session, activity_ticket,
    enums::{ActivityState, TicketState},
    ids::{ActivitySessionId, TicketId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use crate::{
    activities::{queries, rules},
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Target,
        Tx,
    },
};

/// A session whose numbers nobody else gives or calls before this transaction ends.
async fn lock(tx: &Tx<'_>, id: ActivitySessionId) -> Result<(activity_session::Model, Permit)> {
    let session = activity_session::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let row = activity::Entity::find_by_id(session.activity_id).one(tx.conn()).await?;
    let row = row.filter(|r| queries::sees(tx.actor(), r)).ok_or(Error::NotFound)?;
    let permit = tx.authorize(Action::ActivityDoor, &Target::community(session.community_id))?;
    rules::check_state(row.state, &[ActivityState::Published])?;
    if !rules::has_queue(row.kind) {
        let wanted = "a session of a free clinic or of haircuts";
        return Err(Rejected::at(Code::InvalidValue, "sessionId").with("wanted", wanted).into());
    }
    let from = session.from_at - rules::DOORS_OPEN;
    if tx.now() < from {
        return Err(Rejected::new(Code::TooEarly).with("from", from).into());
    }
    Ok((session, permit))
}

async fn find(tx: &Tx<'_>, id: TicketId) -> Result<activity_ticket::Model> {
    activity_ticket::Entity::find_by_id(id).one(tx.conn()).await?.ok_or(Error::NotFound)
}

/// Gives the next number of a session.
pub async fn ticket_issue(
    app: &App,
    actor: &Actor,
    session: ActivitySessionId,
    once: Option<Once>,
) -> Result<Committed<activity_ticket::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (before, permit) = lock(&tx, session).await?;
    let id = TicketId(tx.new_id());
    if let Some(replay) = tx.once("activityTicketIssue", once.as_ref(), id.0).await? {
        let row = find(&tx, TicketId(replay.0)).await?;
        return tx.replayed(replay, row).await;
    }
    if tx.now() >= before.until_at {
        return Err(Rejected::new(Code::WindowClosed).into());
    }
    let row = activity_ticket::Model {
        id,
        community_id: before.community_id,
        session_id: session,
        number: before.next_ticket,
        state: TicketState::Waiting,
        issued_at: tx.now(),
        called_at: None,
        served_at: None,
        version: 1,
    };
    let mut after = before.clone();
    after.next_ticket += 1;
    tx.update_last(&before, &after);
    tx.insert_last(activity_ticket::ActiveModel::from(row.clone()));
    let event = event(permit, "ACTIVITY_TICKET_ISSUED", &row);
    tx.commit(vec![event], row).await
}

fn event(permit: Permit, kind: &'static str, row: &activity_ticket::Model) -> Event {
    Event::new(permit, kind, "activity_ticket", row.id)
        .community(row.community_id)
        .data(json!({ "number": row.number, "state": row.state }))
        .row_held()
}

/// Calls the lowest number that waits.
pub async fn ticket_call(
    app: &App,
    actor: &Actor,
    session: ActivitySessionId,
    once: Option<Once>,
) -> Result<Committed<activity_ticket::Model>> {
    use activity_ticket::Column as C;
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (_, permit) = lock(&tx, session).await?;
    let first = activity_ticket::Entity::find()
        .filter(C::SessionId.eq(session))
        .filter(C::State.eq(TicketState::Waiting))
        .order_by_asc(C::Number)
        .one(tx.conn())
        .await?;
    let id = first.as_ref().map_or(session.0, |ticket| ticket.id.0);
    if let Some(replay) = tx.once("activityTicketCall", once.as_ref(), id).await? {
        let row = find(&tx, TicketId(replay.0)).await?;
        return tx.replayed(replay, row).await;
    }
    let before = first.ok_or_else(|| Rejected::at(Code::UnknownReference, "sessionId"))?;
    let mut row = before.clone();
    row.state = TicketState::Called;
    row.called_at = Some(tx.now());
    row.version += 1;
    tx.update_last(&before, &row);
    let event = event(permit, "ACTIVITY_TICKET_CALLED", &row);
    tx.commit(vec![event], row).await
}

/// Says that a number that was called has been served.
pub async fn ticket_serve(
    app: &App,
    actor: &Actor,
    id: TicketId,
    expected_version: i32,
) -> Result<Committed<activity_ticket::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let found = find(&tx, id).await?;
    let (_, permit) = lock(&tx, found.session_id).await?;
    let before = find(&tx, id).await?;
    if before.version != expected_version {
        return Err(Rejected::new(Code::StaleVersion)
            .with("currentVersion", before.version)
            .into());
    }
    if before.state != TicketState::Called {
        let wrong = Rejected::new(Code::IllegalTransition);
        return Err(wrong.with("state", before.state.code()).into());
    }
    let mut row = before.clone();
    row.state = TicketState::Served;
    row.served_at = Some(tx.now());
    row.version += 1;
    tx.update_last(&before, &row);
    let event = event(permit, "ACTIVITY_TICKET_SERVED", &row);
    tx.commit(vec![event], row).await
}
