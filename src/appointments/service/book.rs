//! Booking, for a request that is there or together with a new one.

use chrono::{DateTime, Utc};
use linli_entity::{
    appointment, appointment_plan,
    enums::{AppointmentKind, AppointmentState, CalendarKind, ReservationPurpose, ResourceKind},
    ids::{AccountId, AppointmentId, PlaceId, RequestId},
    service_request,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value as Json, json};

use crate::{
    appointments::{
        queries::{self, Whose},
        rules,
    },
    calendar::{self, rules::YearMissing},
    catalogue, communities,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Target,
        Tx, policy,
    },
    requests::{
        self,
        service::{Entered, Submission, Submitted},
    },
    reservations::{
        rules::{Span, spans_text},
        service::{Holder, Subject, lock_in_tx, release_in_tx},
    },
};

/// Which slot is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The station.
    pub station: PlaceId,
    /// Kind.
    pub kind: AppointmentKind,
    /// Begin.
    pub start: DateTime<Utc>,
}

/// A slot that somebody else has.
pub(super) struct Taken {
    plan: appointment_plan::Model,
    start: DateTime<Utc>,
    whose: Whose,
}

impl Taken {
    pub(super) fn new(
        plan: appointment_plan::Model,
        start: DateTime<Utc>,
        request: &service_request::Model,
    ) -> Self {
        Self { plan, start, whose: Whose::from(request) }
    }

    /// The refusal, with what is free instead. For after the transaction: nobody else waits meanwhile.
    pub(super) async fn refusal(self, app: &App) -> Error {
        match queries::alternatives(app, &self.plan, self.start, self.whose).await {
            Ok(free) => {
                let free = spans_text(&free);
                Rejected::at(Code::Conflict, "start").with("alternatives", free).into()
            }
            Err(error) => error,
        }
    }
}

/// What came of an attempt.
enum Booked {
    Now(Box<appointment::Model>, Vec<Event>),
    Taken(Box<Taken>),
}

/// Books an appointment for a request.
pub async fn book(
    app: &App,
    actor: &Actor,
    request: RequestId,
    choice: Choice,
    once: Option<Once>,
) -> Result<Committed<appointment::Model>> {
    let tx = app.begin(actor).await?;
    let request = requests::service::lock_in_tx(&tx, request).await?;
    let id = AppointmentId(tx.new_id());
    if let Some(replay) = tx.once("appointmentBook", once.as_ref(), id.0).await? {
        tx.authorize(Action::RequestRead, &requests::rules::target(&request))?;
        let row = find(&tx, AppointmentId(replay.0)).await?;
        return tx.replayed(replay, row).await;
    }
    match Box::pin(book_in_tx(&tx, id, &request, choice)).await? {
        Booked::Now(row, events) => tx.commit(events, *row).await,
        Booked::Taken(taken) => {
            drop(tx);
            Err(taken.refusal(app).await)
        }
    }
}

/// A request that was submitted with its appointment.
#[derive(Debug)]
pub struct SubmittedWith {
    /// The request.
    pub submitted: Submitted,
    /// Its appointment.
    pub appointment: appointment::Model,
}

/// Submits a request together with its appointment: both or neither.
pub async fn submit_with(
    app: &App,
    actor: &Actor,
    input: Submission,
    choice: Choice,
) -> Result<Committed<SubmittedWith>> {
    let number = requests::service::number(app, actor, &input).await?;
    let tx = app.begin(actor).await?;
    let operation = "serviceRequestSubmitWithAppointment";
    let entered = requests::service::submit_in_tx(&tx, input, number, operation);
    let (submitted, event) = match Box::pin(entered).await? {
        Entered::Now(submitted, event) => (submitted, event),
        Entered::Before(replay, submitted) => {
            let appointment = latest(&tx, submitted.row.id).await?;
            return tx.replayed(replay, SubmittedWith { submitted, appointment }).await;
        }
    };
    let id = AppointmentId(tx.new_id());
    let booked = Box::pin(book_in_tx(&tx, id, &submitted.row, choice)).await;
    match booked.map_err(|error| match error {
        // Who enters what they may not handle sees that much of it: they wrote it.
        Error::NotFound => Error::Forbidden,
        other => other,
    })? {
        Booked::Now(row, mut events) => {
            events.insert(0, event);
            tx.commit(events, SubmittedWith { submitted, appointment: *row }).await
        }
        Booked::Taken(taken) => {
            drop(tx);
            Err(taken.refusal(app).await)
        }
    }
}

/// The appointment that was booked with a request: its first.
async fn latest(tx: &Tx<'_>, request: RequestId) -> Result<appointment::Model> {
    appointment::Entity::find()
        .filter(appointment::Column::RequestId.eq(request))
        .order_by_asc(appointment::Column::BookedAt)
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)
}

async fn find(tx: &Tx<'_>, id: AppointmentId) -> Result<appointment::Model> {
    appointment::Entity::find_by_id(id).one(tx.conn()).await?.ok_or(Error::NotFound)
}

/// The requester, or staff in their place.
pub(super) fn permit(tx: &Tx<'_>, target: &Target) -> Result<Permit> {
    let own = policy::allowed(tx.actor(), Action::AppointmentKeep, target);
    tx.authorize(if own { Action::AppointmentKeep } else { Action::AppointmentKeepFor }, target)
}

async fn book_in_tx(
    tx: &Tx<'_>,
    id: AppointmentId,
    request: &service_request::Model,
    choice: Choice,
) -> Result<Booked> {
    let target = requests::rules::target(request);
    let permit = permit(tx, &target)?;
    rules::check_request(request.state)?;
    let plan = queries::plan_in_tx(tx, choice.station, choice.kind)
        .await?
        .filter(|plan| plan.community_id == request.community_id)
        .ok_or_else(|| Rejected::at(Code::UnknownReference, "stationId"))?;
    let version =
        catalogue::queries::version(tx.app(), tx.conn(), request.matter_version_id).await?;
    if !rules::served(choice.kind, &version.service_modes.0) {
        return Err(Rejected::at(Code::ModeNotOffered, "kind").into());
    }
    let mut events = Vec::new();
    events.extend(settle_passed(tx, request).await?);
    let held = hold_in_tx(tx, &plan, request, choice.start, (id, false)).await?;
    let Some((staff, slot)) = held else {
        return Ok(Booked::Taken(Box::new(Taken::new(plan, choice.start, request))));
    };
    let row = appointment::Model {
        id,
        community_id: request.community_id,
        station_id: choice.station,
        request_id: request.id,
        kind: choice.kind,
        staff_id: staff,
        from_at: slot.from,
        until_at: slot.until,
        state: AppointmentState::Booked,
        passed: false,
        remind_at: rules::remind_at(slot.from, tx.now(), tx.app().zone),
        booked_at: tx.now(),
        arrived_at: None,
        late_minutes: None,
        ended_at: None,
        sequence: 0,
        version: 1,
    };
    tx.insert_last(appointment::ActiveModel::from(row.clone()));
    events.push(event(tx, permit, "APPOINTMENT_BOOKED", (&row, request), json!({})));
    Ok(Booked::Now(Box::new(row), events))
}

/// One appointment ahead for each request. One whose time went by without a word makes room, and can
/// still be said to have been kept or missed.
async fn settle_passed(tx: &Tx<'_>, request: &service_request::Model) -> Result<Option<Event>> {
    let known = appointment::Entity::find()
        .filter(appointment::Column::RequestId.eq(request.id))
        .filter(appointment::Column::State.eq(AppointmentState::Booked))
        .filter(appointment::Column::Passed.eq(false))
        .one(tx.conn())
        .await?;
    let Some(known) = known else { return Ok(None) };
    if known.until_at > tx.now() {
        return Err(Code::AppointmentExists.into());
    }
    let passed =
        appointment::Model { passed: true, remind_at: None, version: known.version + 1, ..known };
    let changed = appointment::ActiveModel::from(passed.clone());
    // Now, not at the end: the new one takes its place in the index.
    appointment::Entity::update(sea_orm::ActiveModelTrait::reset_all(changed))
        .exec(tx.conn())
        .await?;
    let permit = permit(tx, &requests::rules::target(request))?;
    Ok(Some(event(tx, permit, "APPOINTMENT_PASSED", (&passed, request), json!({}))))
}

/// Holds the slot that begins at an instant for an appointment: the window, where it needs one, and the
/// time of whoever is free: the owner of the request, or who has the least to do on that day. What the
/// appointment held before is given back if it is `moved`. `None`: somebody else was faster, and the
/// transaction must not be committed.
pub(super) async fn hold_in_tx(
    tx: &Tx<'_>,
    plan: &appointment_plan::Model,
    request: &service_request::Model,
    start: DateTime<Utc>,
    (id, moved): (AppointmentId, bool),
) -> Result<Option<(AccountId, Span)>> {
    let (app, community) = (tx.app(), plan.community_id);
    let not_offered = || Error::from(Rejected::at(Code::SlotNotOffered, "start"));
    if !communities::queries::place(app, tx.conn(), plan.station_id).await?.active {
        return Err(not_offered());
    }
    let calendar =
        calendar::queries::load(app, tx.conn(), community, CalendarKind::Opening).await?;
    let slot = rules::slot_at(plan, (&calendar, app.zone), tx.now(), start)
        .map_err(YearMissing::refusal)?
        .ok_or_else(not_offered)?;
    let date = app.day(slot.from);
    let whose = Whose::from(request);
    let team = queries::team(tx.conn(), tx.now(), community, whose, (date, date)).await?;
    let candidates = team.on(date);
    let at_window = plan.windows.map(|lanes| Subject {
        kind: ResourceKind::Window,
        id: plan.station_id.0,
        lanes,
    });
    let person = |a: &AccountId| Subject { kind: ResourceKind::Staff, id: a.0, lanes: 1 };
    let wanted: Vec<Subject> = candidates.iter().map(person).chain(at_window).collect();
    let locked = lock_in_tx(tx, &wanted).await?;
    if moved {
        release_in_tx(tx, id.0).await?;
    }
    let needed = rules::with_way(plan, slot);
    let day = rules::whole_day(app.zone, date);
    let around = Span { from: day.from.min(needed.from), until: day.until.max(needed.until) };
    let mut held = locked.held(tx, around).await?;
    let order = rules::in_order(candidates, request.owner_id, &held);
    let Some(staff) = order.into_iter().find(|a| rules::is_free(&held, *a, needed)) else {
        return Ok(None);
    };
    let holder = Holder { community, purpose: purpose(plan.kind), id: id.0 };
    if let Some(window) = at_window {
        let subject = (window.kind, window.id);
        if !locked.reserve(tx, &mut held, subject, slot, holder)? {
            return Ok(None);
        }
    }
    let time = (ResourceKind::Staff, staff.0);
    let held = locked.reserve(tx, &mut held, time, needed, holder)?;
    Ok(held.then_some((staff, slot)))
}

fn purpose(kind: AppointmentKind) -> ReservationPurpose {
    match kind {
        AppointmentKind::Window => ReservationPurpose::Appointment,
        AppointmentKind::HomeVisit => ReservationPurpose::HomeVisit,
    }
}

/// As whom an appointment holds what it needs.
pub(super) fn holder(row: &appointment::Model) -> Holder {
    Holder { community: row.community_id, purpose: purpose(row.kind), id: row.id.0 }
}

/// An event of an appointment. The row is locked or new.
pub(super) fn event(
    tx: &Tx<'_>,
    permit: Permit,
    kind: &'static str,
    (row, request): (&appointment::Model, &service_request::Model),
    more: Json,
) -> Event {
    let mut data = json!({
        "request": row.request_id.to_string(),
        "staff": row.staff_id.to_string(),
        "from": row.from_at,
        "state": row.state,
        "sequence": row.sequence,
        "version": row.version,
    });
    if let (Some(data), Json::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    let event = Event::new(permit, kind, "appointment", row.id)
        .community(row.community_id)
        .data(data)
        .row_held();
    if tx.actor().person() == request.requester_id {
        return event;
    }
    event.beneficiary(request.requester_id)
}
