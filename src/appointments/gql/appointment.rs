//! What an appointment shows, and what a station offers.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use linli_entity::{
    appointment, appointment_plan,
    enums::{AppointmentKind, AppointmentState},
    ids::RequestId,
};
use tokio::sync::OnceCell;

use crate::{
    api::{Ctx, connection, loader},
    appointments::{
        queries::{self, Slot, Visits},
        rules::Step,
    },
    communities::gql::{Place, load as load_place, load_staff},
    identity::gql::{MaskedPerson, Staff},
    kernel::{Action, Error, Result, page::Cursor, policy},
    requests::gql::{ServiceRequest, visible_request},
};

loader! {
    /// Visits of requests.
    VisitsLoader(RequestId => Visits) = queries::visits
}

/// 预约/上门: an appointment at the window or a visit at home.
#[derive(Clone)]
pub struct Appointment(Arc<Shown>);

/// The row, and what several of its fields need, fetched once.
struct Shown {
    row: appointment::Model,
    request: OnceCell<ServiceRequest>,
    visits: OnceCell<Visits>,
}

impl std::ops::Deref for Appointment {
    type Target = appointment::Model;

    fn deref(&self) -> &appointment::Model {
        &self.0.row
    }
}

impl Appointment {
    /// An appointment whose visibility the query has decided.
    pub fn new(row: appointment::Model) -> Self {
        Self(Arc::new(Shown { row, request: OnceCell::new(), visits: OnceCell::new() }))
    }

    /// Its place in lists.
    pub(super) fn cursor(row: &appointment::Model) -> Cursor {
        Cursor { at: row.from_at, id: row.id.0 }
    }

    /// Its request, which the reader may see.
    async fn request(&self, ctx: &Context<'_>) -> Result<&ServiceRequest> {
        let load = async || visible_request(ctx, self.request_id).await?.ok_or(Error::NotFound);
        self.0.request.get_or_try_init(load).await
    }

    async fn visits(&self, ctx: &Context<'_>) -> Result<&Visits> {
        let load =
            async || ctx.load::<VisitsLoader, _>(self.request_id).await?.ok_or(Error::NotFound);
        self.0.visits.get_or_try_init(load).await
    }
}

/// 预约/上门: an appointment at the window or a visit at home.
#[Object(serial)]
impl Appointment {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.id.to_string().into()
    }

    /// At the window or at home.
    async fn kind(&self) -> AppointmentKind {
        self.kind
    }

    /// State.
    async fn state(&self) -> AppointmentState {
        self.state
    }

    /// Begin.
    async fn start(&self) -> DateTime<Utc> {
        self.from_at
    }

    /// End.
    async fn end(&self) -> DateTime<Utc> {
        self.until_at
    }

    /// The service station.
    async fn station(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load_place(ctx, self.station_id).await?)
    }

    /// Who receives or visits the resident.
    async fn staff(&self, ctx: &Context<'_>) -> async_graphql::Result<Staff> {
        Ok(load_staff(ctx, self.staff_id).await?)
    }

    /// The request that it is for.
    async fn service_request(&self, ctx: &Context<'_>) -> async_graphql::Result<ServiceRequest> {
        Ok(self.request(ctx).await?.clone())
    }

    /// Whose it is; masked for everybody else.
    async fn requester(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        let request = self.request(ctx).await?;
        let row = request.row();
        let masked = |id| {
            let name = row.requester_name.as_deref();
            MaskedPerson::new(ctx.actor(), id, name, row.requester_contact)
        };
        Ok(row.requester_id.map(masked))
    }

    /// When it was booked.
    async fn booked_at(&self) -> DateTime<Utc> {
        self.booked_at
    }

    /// When the resident arrived, or the visitor at their home.
    async fn arrived_at(&self) -> Option<DateTime<Utc>> {
        self.arrived_at
    }

    /// Whole minutes after the begin at which that was; 0 for whoever was early.
    async fn late_minutes(&self) -> Option<i32> {
        self.late_minutes
    }

    /// When it was done, given up or cancelled.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.ended_at
    }

    /// How often the resident must come, as the matter promises in the version that the request
    /// keeps.
    async fn visits_promised(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.visits(ctx).await?.promised)
    }

    /// How often the resident came to the window by appointment for this request.
    async fn visits_made(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        Ok(self.visits(ctx).await?.made)
    }

    /// Grows when it is moved or cancelled: what calendars go by.
    async fn sequence(&self) -> i32 {
        self.sequence
    }

    /// Version: send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.version
    }

    /// What the reader may do with it now, by the same rules as the mutations.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Step>> {
        let request = self.request(ctx).await?.row();
        let (target, state) = (request.target(), request.state);
        let (now, zone) = (ctx.app().clock.now(), ctx.app().zone);
        let may = |action| policy::allowed(ctx.actor(), action, &target);
        let keeps = may(Action::AppointmentKeep) || may(Action::AppointmentKeepFor);
        let receives = may(Action::AppointmentReceive);
        let allowed = |step: &Step| if step.is_residents() { keeps } else { receives };
        let steps = Step::ALL.into_iter().filter(allowed);
        Ok(steps.filter(|step| step.check((self, state), now, zone).is_ok()).collect())
    }
}

connection!(AppointmentConnection, AppointmentEdge, Appointment, "appointments");

/// What a service station offers by appointment, of one kind.
#[derive(Clone)]
pub struct AppointmentPlan(pub(super) appointment_plan::Model);

/// What a service station offers by appointment, of one kind.
#[Object(serial)]
impl AppointmentPlan {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The service station.
    async fn station(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load_place(ctx, self.0.station_id).await?)
    }

    /// At the window or at home.
    async fn kind(&self) -> AppointmentKind {
        self.0.kind
    }

    /// Length of a slot in minutes.
    async fn slot_minutes(&self) -> i32 {
        self.0.slot_minutes
    }

    /// Windows of the station; null for visits at home: everybody who is free can go.
    async fn capacity(&self) -> Option<i32> {
        self.0.windows
    }

    /// Minutes for the way to a visit, and the same again back.
    async fn buffer_minutes(&self) -> i32 {
        self.0.buffer_minutes
    }

    /// A slot can be booked until so many minutes before it begins.
    async fn lead_minutes(&self) -> i32 {
        self.0.lead_minutes
    }

    /// Days ahead that can be booked.
    async fn horizon_days(&self) -> i32 {
        self.0.horizon_days
    }

    /// Whether it is offered.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// Version: send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A time that a plan offers.
#[derive(Clone, async_graphql::SimpleObject)]
#[graphql(serial)]
pub struct AppointmentSlot {
    /// Begin.
    pub start: DateTime<Utc>,
    /// End.
    pub end: DateTime<Utc>,
    /// How many can still book it; 0 when it is full.
    pub free: i64,
}

impl From<Slot> for AppointmentSlot {
    fn from(slot: Slot) -> Self {
        Self {
            start: slot.span.from,
            end: slot.span.until,
            free: i64::try_from(slot.free).unwrap_or(i64::MAX),
        }
    }
}
