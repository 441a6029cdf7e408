//! Where a venue is had: what it takes to book one, whoever books and whatever for.

use chrono::Duration;
use linli_entity::{
    enums::{ReservationPurpose, ResourceKind, VenueBookingState},
    ids::{PersonId, PlaceId, VenueBookingId, VenueId, VenueSeriesId},
    person, venue, venue_booking,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value as Json;

use super::{event, subject};
use crate::{
    calendar::time::Calendar,
    kernel::{
        Action, Actor, App, Code, Error, Event, Once, Permit, Rejected, Result, Target, Tx, policy,
        text,
    },
    reservations::{
        rules::{Span, spans_text},
        service::{Holder, Locked, lock_in_tx},
    },
    venues::{
        queries,
        rules::{self, Availability},
    },
};

/// A new booking.
#[derive(Clone, Debug)]
pub struct NewBooking {
    /// The venue.
    pub venue: VenueId,
    /// From and until.
    pub span: Span,
    /// For whom, if not for oneself.
    pub person: Option<PersonId>,
    /// The group that comes, if it has a name.
    pub group: Option<String>,
    /// How many come.
    pub people: i32,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// A venue that nobody else can book before this transaction ends.
pub(super) struct Desk {
    venue: venue::Model,
    calendar: Calendar,
    person: PersonId,
    locked: Locked,
    staff: bool,
    /// The span of a booking that moves.
    moving: Option<Span>,
}

/// For whom it is, and whether the actor may.
fn may(actor: &Actor, community: PlaceId, person: Option<PersonId>) -> Result<(Permit, PersonId)> {
    let own = actor.signed_in()?.person;
    match person {
        Some(person) if person != own => {
            let target = Target::community(community);
            Ok((policy::authorize(actor, Action::VenueBookFor, &target)?, person))
        }
        _ => Ok((policy::authorize(actor, Action::VenueBook, &Target::NONE)?, own)),
    }
}

/// Checks what a booking needs beside its time, and locks the venue.
pub(super) async fn desk(tx: &Tx<'_>, input: &NewBooking) -> Result<Desk> {
    text::check_optional("groupName", input.group.as_deref(), text::LINE)?;
    let seen = match queries::venue(tx.conn(), input.venue).await {
        Err(Error::NotFound) => {
            return Err(Rejected::at(Code::UnknownReference, "venueId").into());
        }
        found => found?,
    };
    let (_, person) = may(tx.actor(), seen.community_id, input.person)?;
    let locked = lock_in_tx(tx, &[subject(seen.id)]).await?;
    let desk = Desk::of(tx, locked, seen.id, person).await?;
    rules::check_room(&desk.venue, input.people)?;
    if desk.staff {
        person::Entity::find_by_id(person)
            .filter(person::Column::MergedInto.is_null())
            .lock_shared()
            .one(tx.conn())
            .await?
            .ok_or_else(|| Rejected::at(Code::UnknownReference, "personId"))?;
    }
    Ok(desk)
}

/// The desk of a booking that moves. What a booking needs beside its time, it needs here too.
pub(super) async fn desk_of(
    tx: &Tx<'_>,
    locked: Locked,
    row: &venue_booking::Model,
    holder: PersonId,
) -> Result<Desk> {
    let desk = Desk::of(tx, locked, row.venue_id, holder).await?;
    // A move names neither the venue nor the people: it is refused as a whole.
    rules::check_room(&desk.venue, row.people).map_err(|r| Rejected { path: Vec::new(), ..r })?;
    Ok(Desk { moving: Some(Span { from: row.from_at, until: row.until_at }), ..desk })
}

impl Desk {
    /// What was read of a venue before the lock may have changed since.
    async fn of(tx: &Tx<'_>, locked: Locked, venue: VenueId, person: PersonId) -> Result<Self> {
        let venue = queries::venue(tx.conn(), venue).await?;
        let calendar = queries::calendar(tx.app(), tx.conn(), &venue).await?;
        let staff = tx.actor().person() != Some(person);
        Ok(Self { venue, calendar, person, locked, staff, moving: None })
    }

    /// Whether these spans have a form and lie in a time in which the venue can be booked.
    pub fn check(&self, tx: &Tx<'_>, first: Span, last: Span) -> Result<()> {
        rules::check_form(&self.venue, first)?;
        let window = rules::window(&self.venue, tx.now(), tx.app().zone, self.staff);
        rules::check_window(window, first)?;
        rules::check_window(window, last)
    }

    /// A resident holds so many bookings at most; nobody else counts them at this moment, for the
    /// venue is locked. What staff enter is theirs to judge.
    pub async fn check_count(&self, tx: &Tx<'_>, more: usize) -> Result<()> {
        if self.staff {
            return Ok(());
        }
        let most = self.venue.most_held;
        let held = queries::held_by(tx.conn(), self.venue.id, self.person, tx.now()).await?;
        if held + more as u64 > u64::try_from(most).unwrap_or(0) {
            return Err(Rejected::new(Code::TooManyBookings).with("max", most).into());
        }
        Ok(())
    }

    /// Holds the venue if it is open and free; says how it was found.
    pub async fn hold(&self, tx: &Tx<'_>, id: VenueBookingId, span: Span) -> Result<Availability> {
        let open = queries::open(&self.calendar, self.calendar.date(span.from))?;
        if rules::availability(&open, &[], span) == Availability::Closed {
            return Ok(Availability::Closed);
        }
        let holder = Holder {
            community: self.venue.community_id,
            purpose: ReservationPurpose::Booking,
            id: id.0,
        };
        let room = (ResourceKind::Room, self.venue.id.0);
        let mut held = self.locked.held(tx, span).await?;
        let held = self.locked.reserve(tx, &mut held, room, span, holder)?;
        Ok(if held { Availability::Free } else { Availability::Taken })
    }

    /// The refusal of a span that was not free, with the nearest that are. For after the
    /// transaction: nobody else waits meanwhile.
    pub async fn refusal(&self, app: &App, found: Availability, span: Span) -> Error {
        let window = rules::window(&self.venue, app.clock.now(), app.zone, self.staff);
        let around = Span {
            from: window.from.max(span.from - Duration::days(7)),
            until: window.until.min(span.until + Duration::days(14)),
        };
        let room = (&self.venue, &self.calendar);
        let near = match queries::alternatives(app, room, around, span, self.moving).await {
            Ok(near) => near,
            Err(error) => return error,
        };
        let code = match found {
            Availability::Closed => Code::OutsideOpeningHours,
            Availability::Taken | Availability::Free => Code::Conflict,
        };
        Rejected::at(code, "from").with("alternatives", spans_text(&near)).into()
    }

    /// The row of a booking.
    pub fn row(
        &self,
        tx: &Tx<'_>,
        input: &NewBooking,
        (id, span): (VenueBookingId, Span),
        series: Option<VenueSeriesId>,
    ) -> venue_booking::Model {
        venue_booking::Model {
            id,
            community_id: self.venue.community_id,
            venue_id: self.venue.id,
            person_id: self.person,
            group_name: input.group.clone(),
            people: input.people,
            from_at: span.from,
            until_at: span.until,
            state: VenueBookingState::Booked,
            series_id: series,
            sequence: 0,
            created_at: tx.now(),
            changed_at: tx.now(),
            version: 1,
        }
    }

    /// That it was booked.
    pub fn booked(&self, tx: &Tx<'_>, row: &venue_booking::Model, more: Json) -> Result<Event> {
        let (permit, _) = may(tx.actor(), self.venue.community_id, Some(self.person))?;
        Ok(event(tx, permit, "VENUE_BOOKED", (row, self.person), more))
    }
}
