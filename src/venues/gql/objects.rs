//! Venues, their days and their use in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{VenueAudience, VenueKind},
    venue,
};

use crate::{
    api::{self, Ctx, Translation, connection, payload},
    calendar::{
        gql::{WorkingHours, shown_hours},
        rules::DayKind,
    },
    communities::gql::{Place, load},
    kernel::Locale,
    reservations::rules::Span,
    statistics::metrics::percent,
    venues::queries::{self, Minutes, Use},
};

/// A room of a station that people use, openly or by booking it.
#[derive(Clone)]
pub struct Venue(pub Arc<venue::Model>);

/// A room of a station that people use, openly or by booking it.
#[Object(serial)]
impl Venue {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What it is made for.
    async fn kind(&self) -> VenueKind {
        self.0.kind
    }

    /// Name in the reader's language, else in the source language.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.names)
    }

    /// Name in every language that it has.
    async fn names(&self) -> Vec<Translation> {
        api::translations(&self.0.names)
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.0.community_id).await?)
    }

    /// The station that it is in.
    async fn station(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.0.station_id).await?)
    }

    /// How many people it holds.
    async fn capacity(&self) -> i32 {
        self.0.capacity
    }

    /// What there is, in the reader's language; at most 50.
    async fn equipment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> Vec<&str> {
        let languages = ctx.languages(language);
        self.0.equipment.0.iter().map(|names| languages.pick(names)).collect()
    }

    /// The same in every language that it has.
    async fn equipment_names(&self) -> Vec<Vec<Translation>> {
        self.0.equipment.0.iter().map(api::translations).collect()
    }

    /// Who it is meant for. Nobody is turned away by it.
    async fn audience(&self) -> VenueAudience {
        self.0.audience
    }

    /// Weekly hours of its own, Monday first: seven lists; null if it has those of the community's
    /// opening calendar. Holidays and make-up days are the calendar's in any case.
    #[expect(clippy::unused_async, reason = "a resolver")]
    async fn week(&self) -> async_graphql::Result<Option<Vec<Vec<WorkingHours>>>> {
        Ok(queries::week(&self.0)?.map(|week| week.iter().map(shown_hours).collect()))
    }

    /// A resident books at least so many minutes before it begins.
    async fn lead_minutes(&self) -> i32 {
        self.0.lead_minutes
    }

    /// It can be booked up to the end of the day that is so many days ahead.
    async fn horizon_days(&self) -> i32 {
        self.0.horizon_days
    }

    /// Longest booking, in minutes.
    async fn longest_minutes(&self) -> i32 {
        self.0.longest_minutes
    }

    /// Whether it can be booked; else it is for open use: one just comes.
    async fn bookable(&self) -> bool {
        self.0.bookable
    }

    /// Bookings to come that a resident may hold.
    async fn most_held(&self) -> i32 {
        self.0.most_held
    }

    /// Whether it is in use; else it was closed for good.
    async fn active(&self) -> bool {
        self.0.closed_at.is_none()
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

connection!(VenueConnection, VenueEdge, Venue, "venues");

payload! {
    /// Answer of creating or changing a venue.
    VenuePayload {
        /// The venue.
        venue: Venue
    }
}

/// A span of time of a venue.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct VenueSpan {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub until: DateTime<Utc>,
}

impl From<Span> for VenueSpan {
    fn from(span: Span) -> Self {
        Self { from: span.from, until: span.until }
    }
}

fn shown(spans: Vec<Span>) -> Vec<VenueSpan> {
    spans.into_iter().map(Into::into).collect()
}

/// A day of a venue.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct VenueDay {
    /// The local day.
    pub date: NaiveDate,
    /// What the calendar says that it is.
    pub kind: DayKind,
    /// Name of the holiday or local day.
    pub name: Option<String>,
    /// When it is open; at most 6.
    pub open: Vec<VenueSpan>,
    /// When somebody has it, in order of time.
    pub busy: Vec<VenueSpan>,
    /// When it is open and nobody has it; of what is gone by, nothing.
    pub free: Vec<VenueSpan>,
}

impl From<queries::VenueDay> for VenueDay {
    fn from(day: queries::VenueDay) -> Self {
        Self {
            date: day.date,
            kind: day.kind,
            name: day.name,
            open: shown(day.open),
            busy: shown(day.busy),
            free: shown(day.free),
        }
    }
}

/// Stable id of the metric.
const METRIC: &str = "venue.use";
/// Version of its definition.
const DEFINITION: i32 = 1;

/// How the venues of a community were used: minutes booked and used / minutes open. Days on which
/// the calendar is closed are no open time; what was cancelled is left out. What lies after `asOf`
/// is in neither.
#[derive(SimpleObject)]
pub struct VenueUse {
    /// Stable id of the metric.
    pub metric_id: String,
    /// Version of its definition.
    pub definition_version: i32,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
    /// Whether the period goes on after `asOf`.
    pub incomplete: bool,
    /// All venues together.
    pub total: VenueUseValue,
    /// By venue, in the order of their creation; at most 200.
    pub venues: Vec<VenueUseLine>,
}

/// The use of one venue.
#[derive(SimpleObject)]
#[graphql(serial)]
pub struct VenueUseLine {
    /// The venue.
    pub venue: Venue,
    /// Its use.
    pub value: VenueUseValue,
}

/// Minutes booked and used, of those open.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct VenueUseValue {
    /// Minutes booked for which somebody came.
    pub numerator: i64,
    /// Minutes open.
    pub denominator: i64,
    /// In percent with one decimal, half to even; null if it was never open. 100.0 only if nothing
    /// is missing.
    pub percent: Option<String>,
    /// Not in the numerator: minutes booked for which nobody came.
    pub no_show_minutes: i64,
    /// Not in the numerator: minutes booked of which nobody has recorded whether somebody came.
    pub unrecorded_minutes: i64,
    /// In neither: minutes of sessions of activities that were published or held in it, also of
    /// those while it was not open.
    pub session_minutes: i64,
}

impl From<Minutes> for VenueUseValue {
    fn from(minutes: Minutes) -> Self {
        Self {
            numerator: minutes.used,
            denominator: minutes.open,
            percent: percent(minutes.used, minutes.open),
            no_show_minutes: minutes.no_show,
            unrecorded_minutes: minutes.unrecorded,
            session_minutes: minutes.sessions,
        }
    }
}

impl VenueUse {
    /// From what was counted.
    pub fn new(counted: Use, incomplete: bool) -> Self {
        let sum = |of: fn(&Minutes) -> i64| counted.venues.iter().map(|(_, m)| of(m)).sum();
        let total = Minutes {
            open: sum(|m| m.open),
            used: sum(|m| m.used),
            no_show: sum(|m| m.no_show),
            unrecorded: sum(|m| m.unrecorded),
            sessions: sum(|m| m.sessions),
        };
        let line = |(row, minutes): (venue::Model, Minutes)| VenueUseLine {
            venue: Venue(Arc::new(row)),
            value: minutes.into(),
        };
        Self {
            metric_id: METRIC.to_owned(),
            definition_version: DEFINITION,
            as_of: counted.as_of,
            incomplete,
            total: total.into(),
            venues: counted.venues.into_iter().map(line).collect(),
        }
    }
}
