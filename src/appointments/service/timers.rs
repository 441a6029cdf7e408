//! What happens by itself. Any number of instances may do this at once: each appointment is locked,
//! looked at again, and changed once.

use linli_entity::{
    appointment,
    enums::{AppointmentState, RequestState, ResourceKind},
    ids::AppointmentId,
    service_request,
};
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
};
use serde_json::json;

use super::{
    book::{event, holder},
    steps::{call_off, lock},
};
use crate::{
    appointments::{
        queries::{self, Whose},
        rules,
    },
    kernel::{Action, Actor, App, Result, Target, each_due},
    reservations::{
        self,
        rules::Span,
        service::{Subject, hand_on_in_tx, lock_in_tx, release_in_tx},
    },
};

/// States in which a request needs no appointment any more.
const ENDED: [RequestState; 4] =
    [RequestState::Closed, RequestState::Declined, RequestState::Withdrawn, RequestState::Merged];

/// Writes the reminders that are due; returns how many. They are good until the appointment begins.
pub async fn remind_due(app: &App, limit: u64) -> Result<usize> {
    use appointment::Column as C;
    let now = app.clock.now();
    let due: Vec<AppointmentId> = appointment::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::State.eq(AppointmentState::Booked))
        .filter(C::RemindAt.lte(now))
        .filter(C::FromAt.gt(now))
        .order_by_asc(C::RemindAt)
        .limit(limit)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("remind", due, |id| remind(app, id)).await)
}

async fn remind(app: &App, id: AppointmentId) -> Result<bool> {
    let actor = Actor::System("reminders");
    let tx = app.begin(&actor).await?;
    let (request, before) = lock(&tx, id).await?;
    let due = before.remind_at.is_some_and(|at| at <= tx.now()) && before.from_at > tx.now();
    if !due || before.state != AppointmentState::Booked || ENDED.contains(&request.state) {
        return Ok(false);
    }
    let permit = tx.authorize(Action::AppointmentTend, &Target::NONE)?;
    let row = appointment::Model { remind_at: None, ..before.clone() };
    tx.update_last(&before, &row);
    let until = json!({ "notAfter": row.from_at });
    let event = event(&tx, permit, "APPOINTMENT_REMINDER_DUE", (&row, &request), until);
    tx.commit(vec![event], ()).await?;
    Ok(true)
}

/// Cancels what is ahead of requests that have ended; returns how many.
pub async fn cancel_ended(app: &App, limit: u64) -> Result<usize> {
    use appointment::Column as C;
    let request: RelationDef = appointment::Entity::belongs_to(service_request::Entity)
        .from(C::RequestId)
        .to(service_request::Column::Id)
        .into();
    let over: Vec<AppointmentId> = appointment::Entity::find()
        .select_only()
        .column(C::Id)
        .join(JoinType::InnerJoin, request)
        .filter(C::State.eq(AppointmentState::Booked))
        .filter(C::FromAt.gt(app.clock.now()))
        .filter(service_request::Column::State.is_in(ENDED))
        .limit(limit)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("cancel", over, |id| cancel_one(app, id)).await)
}

/// Gives what is ahead to somebody else where whoever would receive the resident is on leave, or serves
/// there no more; returns how many, of at most `limit` in each community and confidentiality. Time and place
/// stay. What nobody is free for stays as it is and is looked at again.
pub async fn reassign_absent(app: &App, limit: u64) -> Result<usize> {
    let absent = queries::without_staff(app, limit).await?;
    Ok(each_due("reassign", absent, |id| reassign(app, id)).await)
}

async fn reassign(app: &App, id: AppointmentId) -> Result<bool> {
    let actor = Actor::System("appointments");
    let tx = app.begin(&actor).await?;
    let (request, before) = lock(&tx, id).await?;
    if before.state != AppointmentState::Booked || before.from_at <= tx.now() {
        return Ok(false);
    }
    let whose = Whose::from(&request);
    let date = app.day(before.from_at);
    let team = queries::team(tx.conn(), tx.now(), before.community_id, whose, (date, date)).await?;
    let candidates = team.on(date);
    if candidates.contains(&before.staff_id) {
        return Ok(false);
    }
    let absent = before.staff_id.0;
    let needed =
        reservations::queries::span_of(tx.conn(), ResourceKind::Staff, absent, id.0).await?;
    let Some(needed) = needed else { return Ok(false) };
    let day = rules::whole_day(app.zone, date);
    let around = Span { from: day.from.min(needed.from), until: day.until.max(needed.until) };
    let held = queries::held_of(tx.conn(), &candidates, around).await?;
    // What nobody is free for takes nobody's lock, round after round.
    let order = rules::in_order(candidates, request.owner_id, &held);
    let Some(staff_id) = order.into_iter().find(|a| rules::is_free(&held, *a, needed)) else {
        return Ok(false);
    };
    let person = |id| Subject { kind: ResourceKind::Staff, id, lanes: 1 };
    let locked = lock_in_tx(&tx, &[person(absent), person(staff_id.0)]).await?;
    let passed = (ResourceKind::Staff, absent, staff_id.0);
    if !hand_on_in_tx(&tx, &locked, passed, holder(&before)).await? {
        return Ok(false);
    }
    let permit = tx.authorize(Action::AppointmentTend, &Target::NONE)?;
    let row = appointment::Model { staff_id, version: before.version + 1, ..before.clone() };
    tx.update_last(&before, &row);
    let earlier = json!({ "before": { "staff": before.staff_id.to_string() } });
    let event = event(&tx, permit, "APPOINTMENT_REASSIGNED", (&row, &request), earlier);
    tx.commit(vec![event], ()).await?;
    Ok(true)
}

async fn cancel_one(app: &App, id: AppointmentId) -> Result<bool> {
    let actor = Actor::System("appointments");
    let tx = app.begin(&actor).await?;
    let (request, before) = lock(&tx, id).await?;
    // The request was reopened, or the appointment begun or cancelled.
    if !ENDED.contains(&request.state)
        || before.state != AppointmentState::Booked
        || before.from_at <= tx.now()
    {
        return Ok(false);
    }
    let permit = tx.authorize(Action::AppointmentTend, &Target::NONE)?;
    release_in_tx(&tx, id.0).await?;
    let mut row = before.clone();
    call_off(&mut row, tx.now());
    row.version += 1;
    tx.update_last(&before, &row);
    let why = json!({ "because": "REQUEST_ENDED" });
    let event = event(&tx, permit, "APPOINTMENT_CANCELLED", (&row, &request), why);
    tx.commit(vec![event], ()).await?;
    Ok(true)
}
