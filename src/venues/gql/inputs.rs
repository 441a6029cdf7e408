//! Inputs of venues.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{VenueAudience, VenueKind},
    ids::{PlaceId, VenueBookingId, VenueId},
    json::Localised,
};

use crate::{
    api::{self, LocalisedInput, optional_id},
    calendar::{
        gql::WorkingHours,
        rules::{Hours, Minute},
    },
    kernel::{Code, Error, Once, Rejected, Result, text},
    reservations::rules::Span,
    venues::service::{NewBooking, NewSeries, Terms, VenueChange},
};

/// A new venue.
#[derive(InputObject)]
pub struct VenueCreateInput {
    /// The station that it is in.
    pub station_id: ID,
    /// What it is made for.
    pub kind: VenueKind,
    /// Names: at most 200 characters each.
    pub names: LocalisedInput,
    /// What there is: at most 50, of at most 200 characters each.
    #[graphql(default)]
    pub equipment: Vec<LocalisedInput>,
    /// Who it is meant for.
    #[graphql(default_with = "VenueAudience::All")]
    pub audience: VenueAudience,
    /// How many people it holds: 1 to 10,000.
    pub capacity: i32,
    /// Weekly hours of its own, Monday first: seven lists, empty for a day off. If not given, those
    /// of the community's opening calendar.
    pub week: Option<Vec<Vec<WorkingHours>>>,
    /// A resident books at least so many minutes before it begins: 0 to 43,200.
    #[graphql(default = 60)]
    pub lead_minutes: i32,
    /// It can be booked up to the end of the day that is so many days ahead: 1 to 400.
    #[graphql(default = 30)]
    pub horizon_days: i32,
    /// Longest booking, in minutes: 15 to 1440.
    #[graphql(default = 120)]
    pub longest_minutes: i32,
    /// Whether it can be booked; else it is for open use.
    #[graphql(default = true)]
    pub bookable: bool,
    /// Bookings to come that a resident may hold: 1 to 100.
    #[graphql(default = 4)]
    pub most_held: i32,
}

/// A change of a venue; what is left out stays.
#[derive(InputObject)]
pub struct VenueChangeInput {
    /// The venue.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// What it is made for.
    pub kind: Option<VenueKind>,
    /// Names: at most 200 characters each.
    pub names: Option<LocalisedInput>,
    /// What there is: at most 50, of at most 200 characters each. Replaces what was there.
    pub equipment: Option<Vec<LocalisedInput>>,
    /// Who it is meant for.
    pub audience: Option<VenueAudience>,
    /// How many people it holds: 1 to 10,000.
    pub capacity: Option<i32>,
    /// Weekly hours of its own, Monday first: seven lists, empty for a day off; null goes back to
    /// the community's opening calendar.
    pub week: MaybeUndefined<Vec<Vec<WorkingHours>>>,
    /// A resident books at least so many minutes before it begins: 0 to 43,200.
    pub lead_minutes: Option<i32>,
    /// It can be booked up to the end of the day that is so many days ahead: 1 to 400.
    pub horizon_days: Option<i32>,
    /// Longest booking, in minutes: 15 to 1440.
    pub longest_minutes: Option<i32>,
    /// Whether it can be booked; else it is for open use.
    pub bookable: Option<bool>,
    /// Bookings to come that a resident may hold: 1 to 100.
    pub most_held: Option<i32>,
    /// Whether it is in use. It is closed only when nothing of it is held for later; else `IN_USE`.
    pub active: Option<bool>,
}

/// A new booking.
#[derive(InputObject)]
pub struct VenueBookInput {
    /// The venue.
    pub venue_id: ID,
    /// First instant, on a whole five minutes.
    pub from: DateTime<Utc>,
    /// First instant after it, on a whole five minutes; at least 15 minutes later, the same day.
    pub until: DateTime<Utc>,
    /// For whom, if not for oneself. For those who serve in the community.
    pub person_id: Option<ID>,
    /// The group that comes, if it has a name: at most 200 characters.
    pub group_name: Option<String>,
    /// How many come: no more than the venue holds.
    #[graphql(default = 1)]
    pub people: i32,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

/// A weekly series to look at.
#[derive(InputObject)]
pub struct VenueSeriesPreviewInput {
    /// The venue.
    pub venue_id: ID,
    /// First instant of the first date, on a whole five minutes.
    pub from: DateTime<Utc>,
    /// First instant after it, on a whole five minutes.
    pub until: DateTime<Utc>,
    /// Last day on which a date may lie; at most 26 dates.
    pub repeat_until: NaiveDate,
}

/// A weekly series of bookings: the first of them, and until when it is repeated.
#[derive(InputObject)]
pub struct VenueBookSeriesInput {
    /// The first date.
    #[graphql(flatten)]
    pub first: VenueBookInput,
    /// Last day on which a date may lie; at most 26 dates.
    pub repeat_until: NaiveDate,
    /// Whether dates that are taken or closed are left out; else nothing is booked if there is one.
    #[graphql(default)]
    pub skip_taken: bool,
}

/// Where a booking is moved to.
#[derive(InputObject)]
pub struct VenueBookingMoveInput {
    /// The booking.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// First instant, on a whole five minutes.
    pub from: DateTime<Utc>,
    /// First instant after it, on a whole five minutes; at least 15 minutes later, the same day.
    pub until: DateTime<Utc>,
}

/// A booking to cancel.
#[derive(InputObject)]
pub struct VenueBookingCancelInput {
    /// The booking.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// Whether somebody came.
#[derive(InputObject)]
pub struct VenueBookingRecordUseInput {
    /// The booking.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Whether somebody came.
    pub used: bool,
}

fn equipment(given: Vec<LocalisedInput>) -> Result<Vec<Localised>> {
    given.into_iter().map(|names| names.check("equipment", text::LINE)).collect()
}

fn week(given: &[Vec<WorkingHours>]) -> Result<Vec<Hours>> {
    let minute = |text: &String| {
        Minute::try_from(text.clone()).map_err(|wanted| {
            Error::from(Rejected::at(Code::CalendarInvalid, "week").with("wanted", wanted))
        })
    };
    let hours = |day: &Vec<WorkingHours>| -> Result<Hours> {
        day.iter().map(|h| Ok((minute(&h.from)?, minute(&h.until)?))).collect()
    };
    given.iter().map(hours).collect()
}

impl VenueCreateInput {
    /// Checks and translates.
    pub fn check(self) -> Result<(PlaceId, Terms)> {
        let station = api::id("input.stationId", &self.station_id)?;
        let terms = Terms {
            kind: self.kind,
            names: self.names.check("names", text::LINE)?,
            equipment: equipment(self.equipment)?,
            audience: self.audience,
            capacity: self.capacity,
            week: self.week.as_deref().map(week).transpose()?,
            lead_minutes: self.lead_minutes,
            horizon_days: self.horizon_days,
            longest_minutes: self.longest_minutes,
            bookable: self.bookable,
            most_held: self.most_held,
        };
        Ok((station, terms))
    }
}

impl VenueChangeInput {
    /// Checks and translates.
    pub fn check(self) -> Result<(VenueId, i32, VenueChange)> {
        let id = api::id("input.id", &self.id)?;
        let week = match self.week {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(given) => Some(Some(week(&given)?)),
        };
        let change = VenueChange {
            kind: self.kind,
            names: LocalisedInput::check_optional(self.names, "names", text::LINE)?,
            equipment: self.equipment.map(equipment).transpose()?,
            audience: self.audience,
            capacity: self.capacity,
            week,
            lead_minutes: self.lead_minutes,
            horizon_days: self.horizon_days,
            longest_minutes: self.longest_minutes,
            bookable: self.bookable,
            most_held: self.most_held,
            active: self.active,
        };
        Ok((id, self.expected_version, change))
    }
}

impl VenueBookInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewBooking> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        self.booking(once)
    }

    fn booking(self, once: Option<Once>) -> Result<NewBooking> {
        Ok(NewBooking {
            venue: api::id("input.venueId", &self.venue_id)?,
            span: Span { from: self.from, until: self.until },
            person: optional_id("input.personId", self.person_id.as_ref())?,
            group: self.group_name,
            people: self.people,
            once,
        })
    }
}

impl VenueBookSeriesInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewSeries> {
        let once = api::once(self.first.idempotency_key.as_ref(), &self)?;
        let first = self.first.booking(once)?;
        Ok(NewSeries { first, until: self.repeat_until, skip_taken: self.skip_taken })
    }
}

impl VenueSeriesPreviewInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<(VenueId, Span, NaiveDate)> {
        let venue = api::id("input.venueId", &self.venue_id)?;
        Ok((venue, Span { from: self.from, until: self.until }, self.repeat_until))
    }
}

impl VenueBookingMoveInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<(VenueBookingId, Span)> {
        Ok((api::id("input.id", &self.id)?, Span { from: self.from, until: self.until }))
    }
}
