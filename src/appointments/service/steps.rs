//! What becomes of an appointment.

use chrono::{DateTime, Utc};
use linli_entity::{
    appointment,
    enums::{AppointmentKind, AppointmentState},
    ids::AppointmentId,
    service_request,
};
use sea_orm::{EntityTrait, QuerySelect};
use serde_json::{Value as Json, json};

use super::book::{self, Taken};
use crate::{
    appointments::{
        queries,
        rules::{self, Step},
    },
    kernel::{Action, Actor, App, Code, Committed, Error, Once, Permit, Rejected, Result, Tx},
    requests,
    reservations::service::release_in_tx,
};

type Done = Committed<appointment::Model>;

/// Which appointment, as the caller knows it.
#[derive(Clone, Debug)]
pub struct Act {
    /// The appointment.
    pub id: AppointmentId,
    /// The version that the caller has seen.
    pub expected_version: i32,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// An appointment in change: locked with its request, permitted, in the right state.
struct Edit<'a> {
    tx: Tx<'a>,
    request: service_request::Model,
    before: appointment::Model,
    row: appointment::Model,
    permit: Permit,
}

enum Opened<'a> {
    Now(Box<Edit<'a>>),
    Before(Box<Done>),
}

/// Locks an appointment behind its request, which never changes.
pub(super) async fn lock(
    tx: &Tx<'_>,
    id: AppointmentId,
) -> Result<(service_request::Model, appointment::Model)> {
    let known = appointment::Entity::find_by_id(id).one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let request = requests::service::lock_in_tx(tx, known.request_id).await?;
    let row = appointment::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    Ok((request, row))
}

async fn open<'a>(
    app: &'a App,
    actor: &'a Actor,
    act: &Act,
    step: Step,
    operation: &'static str,
) -> Result<Opened<'a>> {
    let tx = app.begin(actor).await?;
    let (request, row) = lock(&tx, act.id).await?;
    let target = requests::rules::target(&request);
    if let Some(replay) = tx.once(operation, act.once.as_ref(), act.id.0).await? {
        tx.authorize(Action::RequestRead, &target)?;
        return Ok(Opened::Before(Box::new(tx.replayed(replay, row).await?)));
    }
    let permit = if step.is_residents() {
        book::permit(&tx, &target)?
    } else {
        tx.authorize(Action::AppointmentReceive, &target)?
    };
    if act.expected_version != row.version {
        return Err(Rejected::new(Code::StaleVersion).with("currentVersion", row.version).into());
    }
    step.check((&row, request.state), tx.now(), app.zone)?;
    Ok(Opened::Now(Box::new(Edit { tx, request, before: row.clone(), row, permit })))
}

impl Edit<'_> {
    async fn commit(mut self, kind: &'static str, data: Json) -> Result<Done> {
        self.row.version += 1;
        self.tx.update_last(&self.before, &self.row);
        let about = (&self.row, &self.request);
        let event = book::event(&self.tx, self.permit, kind, about, data);
        self.tx.commit(vec![event], self.row).await
    }
}

/// Moves an appointment to another slot of the same station, maybe with somebody else. If that is
/// taken, everything stays as it is.
pub async fn reschedule(app: &App, actor: &Actor, act: Act, start: DateTime<Utc>) -> Result<Done> {
    let mut edit = match open(app, actor, &act, Step::Move, "appointmentMove").await? {
        Opened::Now(edit) => edit,
        Opened::Before(done) => return Ok(*done),
    };
    let plan = queries::plan_in_tx(&edit.tx, edit.row.station_id, edit.row.kind)
        .await?
        .ok_or_else(|| Rejected::at(Code::SlotNotOffered, "start"))?;
    let held = book::hold_in_tx(&edit.tx, &plan, &edit.request, start, (edit.row.id, true));
    let Some((staff, slot)) = Box::pin(held).await? else {
        let taken = Taken::new(plan, start, &edit.request);
        drop(edit);
        return Err(taken.refusal(app).await);
    };
    edit.row.staff_id = staff;
    edit.row.from_at = slot.from;
    edit.row.until_at = slot.until;
    edit.row.remind_at = rules::remind_at(slot.from, edit.tx.now(), app.zone);
    edit.row.sequence += 1;
    let before = json!({
        "from": edit.before.from_at,
        "staff": edit.before.staff_id.to_string(),
    });
    edit.commit("APPOINTMENT_MOVED", json!({ "before": before })).await
}

/// Cancels an appointment before it begins; its time is free again.
pub async fn cancel(app: &App, actor: &Actor, act: Act) -> Result<Done> {
    let mut edit = match open(app, actor, &act, Step::Cancel, "appointmentCancel").await? {
        Opened::Now(edit) => edit,
        Opened::Before(done) => return Ok(*done),
    };
    release_in_tx(&edit.tx, edit.row.id.0).await?;
    call_off(&mut edit.row, edit.tx.now());
    edit.commit("APPOINTMENT_CANCELLED", json!({})).await
}

/// What a cancelled appointment is.
pub(super) fn call_off(row: &mut appointment::Model, now: DateTime<Utc>) {
    row.state = AppointmentState::Cancelled;
    row.ended_at = Some(now);
    row.remind_at = None;
    row.sequence += 1;
}

/// The resident is there, or the visitor at their home; how late it was is kept.
pub async fn arrive(app: &App, actor: &Actor, act: Act) -> Result<Done> {
    let mut edit = match open(app, actor, &act, Step::Arrive, "appointmentArrive").await? {
        Opened::Now(edit) => edit,
        Opened::Before(done) => return Ok(*done),
    };
    let now = edit.tx.now();
    let late = rules::late_minutes(edit.row.from_at, now);
    edit.row.state = AppointmentState::Arrived;
    edit.row.arrived_at = Some(now);
    edit.row.late_minutes = Some(late);
    edit.row.ended_at = None;
    edit.row.remind_at = None;
    edit.commit("APPOINTMENT_ARRIVED", json!({ "late": late })).await
}

/// What it was for was dealt with.
pub async fn complete(app: &App, actor: &Actor, act: Act) -> Result<Done> {
    let mut edit = match open(app, actor, &act, Step::Complete, "appointmentComplete").await? {
        Opened::Now(edit) => edit,
        Opened::Before(done) => return Ok(*done),
    };
    edit.row.state = AppointmentState::Done;
    edit.row.ended_at = Some(edit.tx.now());
    edit.commit("APPOINTMENT_DONE", json!({})).await
}

/// Nobody came. At the window the rest of the time is free again; who went to a home is still on the
/// way back.
pub async fn mark_no_show(app: &App, actor: &Actor, act: Act) -> Result<Done> {
    let operation = "appointmentMarkNoShow";
    let mut edit = match open(app, actor, &act, Step::MarkNoShow, operation).await? {
        Opened::Now(edit) => edit,
        Opened::Before(done) => return Ok(*done),
    };
    if edit.row.kind == AppointmentKind::Window {
        release_in_tx(&edit.tx, edit.row.id.0).await?;
    }
    edit.row.state = AppointmentState::NoShow;
    edit.row.ended_at = Some(edit.tx.now());
    edit.row.remind_at = None;
    edit.commit("APPOINTMENT_NO_SHOW", json!({})).await
}
