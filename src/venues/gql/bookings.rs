//! Bookings of venues in the schema.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{enums::VenueBookingState, venue_booking};

use super::{load_venue, objects::Venue};
use crate::{
    api::{Ctx, connection, payload},
    identity::gql::{MaskedPerson, PersonLoader},
    kernel::{Action, policy},
    reservations::rules::Span,
    venues::{
        queries,
        rules::{self, Availability, Step},
        service::{Series, SeriesDate},
    },
};

/// A booking of a venue.
#[derive(Clone)]
pub struct VenueBooking(pub venue_booking::Model);

/// A booking of a venue.
#[Object(serial)]
impl VenueBooking {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The venue.
    async fn venue(&self, ctx: &Context<'_>) -> async_graphql::Result<Venue> {
        Ok(load_venue(ctx, self.0.venue_id).await?)
    }

    /// Whose it is.
    async fn person(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        let row = ctx.load::<PersonLoader, _>(self.0.person_id).await?;
        Ok(row.map(|p| {
            let contact = Some(p.contact_preference);
            MaskedPerson::new(ctx.actor(), p.id, p.name.as_deref(), contact)
        }))
    }

    /// The group that comes, if it has a name.
    async fn group_name(&self) -> Option<&str> {
        self.0.group_name.as_deref()
    }

    /// How many come.
    async fn people(&self) -> i32 {
        self.0.people
    }

    /// First instant.
    async fn from(&self) -> DateTime<Utc> {
        self.0.from_at
    }

    /// First instant after it.
    async fn until(&self) -> DateTime<Utc> {
        self.0.until_at
    }

    /// State.
    async fn state(&self) -> VenueBookingState {
        self.0.state
    }

    /// Shared by bookings that were made together, week by week.
    async fn series_id(&self) -> Option<ID> {
        self.0.series_id.map(|id| id.to_string().into())
    }

    /// How often it was moved or cancelled, as calendars count.
    async fn sequence(&self) -> i32 {
        self.0.sequence
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> Vec<Step> {
        let (actor, now) = (ctx.actor(), ctx.app().clock.now());
        let target = queries::target(&self.0);
        [
            (Step::Move, Action::VenueBookingChange),
            (Step::Cancel, Action::VenueBookingChange),
            (Step::RecordUse, Action::VenueBookingRecord),
        ]
        .into_iter()
        .filter(|(step, action)| {
            rules::possible(*step, &self.0, now) && policy::allowed(actor, *action, &target)
        })
        .map(|(step, _)| step)
        .collect()
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
        let date = |d: SeriesDate| {
            VenueSeriesDate::new(d.span, d.availability, d.booking.map(VenueBooking))
        };
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
