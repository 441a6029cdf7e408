//! Bookings of venues in the schema.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{enums::VenueBookingState, ids::VenueBookingId, venue_booking};

use super::{load_venue, objects::Venue};
use crate::{
    api::{Ctx, connection, payload},
    identity::gql::{MaskedPerson, RecordHolder},
    kernel::{Action, Result, policy},
    reservations::rules::Span,
    venues::{
        queries,
        rules::{self, Availability, Step},
        service::{Series, SeriesDate},
    },
};

/// A booking of a venue.
#[derive(Clone)]
pub struct VenueBooking {
    row: venue_booking::Model,
    holder: RecordHolder,
}

/// A booking that the reader may see.
pub async fn load_booking(ctx: &Context<'_>, id: VenueBookingId) -> Result<VenueBooking> {
    queries::booking(ctx.app(), ctx.actor(), id).await.map(Into::into)
}

impl From<venue_booking::Model> for VenueBooking {
    fn from(row: venue_booking::Model) -> Self {
        Self { holder: RecordHolder::new(row.person_id), row }
    }
}

/// A booking of a venue.
#[Object(serial)]
impl VenueBooking {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// The venue.
    async fn venue(&self, ctx: &Context<'_>) -> async_graphql::Result<Venue> {
        Ok(load_venue(ctx, self.row.venue_id).await?)
    }

    /// Whose it is.
    async fn person(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        Ok(Some(self.holder.masked(ctx).await?))
    }

    /// The group that comes, if it has a name.
    async fn group_name(&self) -> Option<&str> {
        self.row.group_name.as_deref()
    }

    /// How many come.
    async fn people(&self) -> i32 {
        self.row.people
    }

    /// First instant.
    async fn from(&self) -> DateTime<Utc> {
        self.row.from_at
    }

    /// First instant after it.
    async fn until(&self) -> DateTime<Utc> {
        self.row.until_at
    }

    /// State.
    async fn state(&self) -> VenueBookingState {
        self.row.state
    }

    /// Shared by bookings that were made together, week by week.
    async fn series_id(&self) -> Option<ID> {
        self.row.series_id.map(|id| id.to_string().into())
    }

    /// How often it was moved or cancelled, as calendars count.
    async fn sequence(&self) -> i32 {
        self.row.sequence
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Step>> {
        let (actor, now) = (ctx.actor(), ctx.app().clock.now());
        let target = queries::target(&self.row, self.holder.id(ctx).await?);
        let steps = [
            (Step::Move, Action::VenueBookingChange),
            (Step::Cancel, Action::VenueBookingChange),
            (Step::RecordUse, Action::VenueBookingRecord),
        ]
        .into_iter()
        .filter(|(step, action)| {
            rules::possible(*step, &self.row, now) && policy::allowed(actor, *action, &target)
        });
        Ok(steps.map(|(step, _)| step).collect())
    }
}

connection!(VenueBookingConnection, VenueBookingEdge, VenueBooking, "bookings of venues");

/// A date of a weekly series.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct VenueSeriesDate {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub until: DateTime<Utc>,
    /// How it was found. What was booked was free.
    pub availability: Availability,
    /// What was booked; null in a preview, and for what was left out.
    pub booking: Option<VenueBooking>,
}

impl VenueSeriesDate {
    /// A date.
    pub fn new(span: Span, availability: Availability, booking: Option<VenueBooking>) -> Self {
        Self { from: span.from, until: span.until, availability, booking }
    }
}

/// What came of booking a weekly series.
#[derive(SimpleObject)]
pub struct VenueSeries {
    /// Opaque id, which its bookings carry.
    pub id: ID,
    /// Every date, in order; at most 26.
    pub dates: Vec<VenueSeriesDate>,
}

impl From<Series> for VenueSeries {
    fn from(series: Series) -> Self {
        let date =
            |d: SeriesDate| VenueSeriesDate::new(d.span, d.availability, d.booking.map(Into::into));
        Self {
            id: series.id.to_string().into(),
            dates: series.dates.into_iter().map(date).collect(),
        }
    }
}

payload! {
    /// Answer of a step with a booking of a venue.
    VenueBookingPayload {
        /// The booking.
        booking: VenueBooking
    }
    /// Answer of booking a weekly series.
    VenueSeriesPayload {
        /// What came of it.
        series: VenueSeries
    }
}
