//! Booking a room, for oneself or by staff for somebody; moving, cancelling, recording who came.

use chrono::{Days, Duration};
use linli_entity::{
    enums::{ReservationPurpose, ResourceKind, VenueBookingState},
    ids::{PersonId, PlaceId, VenueBookingId, VenueId, VenueSeriesId},
    person, venue, venue_booking,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::{stale, subject};
use crate::{
    calendar::time::Calendar,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Target,
        Tx, policy, text,
    },
    reservations::{
        rules::{Span, spans_text},
        service::{Holder, Locked, lock_in_tx, release_in_tx, reserve_in_tx},
    },
    venues::{
        queries,
        rules::{self, Availability, Step},
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
    pub venue: venue::Model,
    pub calendar: Calendar,
    pub person: PersonId,
    locked: Locked,
    staff: bool,
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
    // What was read before the lock may have changed since.
    let venue = queries::venue(tx.conn(), seen.id).await?;
    if venue.closed_at.is_some() {
        return Err(Rejected::at(Code::VenueClosed, "venueId").into());
    }
    if !venue.bookable {
        return Err(Rejected::at(Code::VenueOpenUseOnly, "venueId").into());
    }
    if input.people > venue.capacity {
        let refused = Rejected::at(Code::TooManyPeople, "people");
        return Err(refused.with("max", venue.capacity).into());
    }
    if input.people < 1 {
        let refused = Rejected::at(Code::InvalidValue, "people");
        return Err(refused.with("wanted", format!("1 to {}", venue.capacity)).into());
    }
    let staff = tx.actor().person() != Some(person);
    if staff {
        person::Entity::find_by_id(person)
            .filter(person::Column::MergedInto.is_null())
            .lock_shared()
            .one(tx.conn())
            .await?
            .ok_or_else(|| Rejected::at(Code::UnknownReference, "personId"))?;
    }
    let calendar = queries::calendar(tx.app(), tx.conn(), &venue).await?;
    Ok(Desk { venue, calendar, person, locked, staff })
}

impl Desk {
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

    /// Whether the venue is open all of that time.
    pub fn is_open(&self, span: Span) -> Result<bool> {
        let open = queries::open(&self.calendar, self.calendar.date(span.from))?;
        Ok(rules::availability(&open, &[], span) == Availability::Free)
    }

    /// Holds the venue, if it is free.
    pub async fn hold(&self, tx: &Tx<'_>, id: VenueBookingId, span: Span) -> Result<bool> {
        let holder = Holder {
            community: self.venue.community_id,
            purpose: ReservationPurpose::Booking,
            id: id.0,
        };
        let room = (ResourceKind::Room, self.venue.id.0);
        reserve_in_tx(tx, &self.locked, room, span, holder).await
    }

    /// Holds the venue, or says why not and what is free nearby.
    async fn hold_or_refuse(&self, tx: &Tx<'_>, id: VenueBookingId, span: Span) -> Result<()> {
        if !self.is_open(span)? {
            return Err(self.refusal(tx, Code::OutsideOpeningHours, span).await);
        }
        if self.hold(tx, id, span).await? {
            return Ok(());
        }
        Err(self.refusal(tx, Code::SlotTaken, span).await)
    }

    /// The refusal of a span, with the nearest that are free. Where the calendar has no data there
    /// is nothing to offer.
    pub async fn refusal(&self, tx: &Tx<'_>, code: Code, span: Span) -> Error {
        let window = rules::window(&self.venue, tx.now(), tx.app().zone, self.staff);
        let around = Span {
            from: window.from.max(span.from - Duration::days(7)),
            until: window.until.min(span.until + Duration::days(14)),
        };
        let held = match queries::held(tx.conn(), self.venue.id, around).await {
            Ok(held) => held,
            Err(error) => return error,
        };
        let first = self.calendar.date(around.from);
        let open: Vec<Span> = first
            .iter_days()
            .take_while(|d| *d <= first + Days::new(22))
            .flat_map(|date| queries::open(&self.calendar, date).unwrap_or_default())
            .collect();
        let free = rules::within(&rules::free(&open, &held), around);
        let near = rules::alternatives(&free, span);
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
    pub fn booked(&self, tx: &Tx<'_>, row: &venue_booking::Model) -> Result<Event> {
        let (permit, _) = may(tx.actor(), self.venue.community_id, Some(self.person))?;
        Ok(event(tx, permit, "VENUE_BOOKED", row, self.person))
    }
}

fn event(
    tx: &Tx<'_>,
    permit: Permit,
    kind: &'static str,
    row: &venue_booking::Model,
    holder: PersonId,
) -> Event {
    let other = tx.actor().person() != Some(holder);
    Event::new(permit, kind, "venue_booking", row.id)
        .community(row.community_id)
        .beneficiary(other.then_some(holder))
        .data(json!({
            "venue": row.venue_id, "state": row.state, "version": row.version,
            "from": row.from_at, "until": row.until_at,
        }))
        .row_held()
}

/// Books a venue.
pub async fn book(
    app: &App,
    actor: &Actor,
    input: NewBooking,
) -> Result<Committed<venue_booking::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let id = VenueBookingId(tx.new_id());
    if let Some(replay) = tx.once("venueBook", input.once.as_ref(), id.0).await? {
        let row = queries::booking_row(tx.conn(), VenueBookingId(replay.0)).await?;
        queries::visible(tx.conn(), actor, &row).await?;
        return tx.replayed(replay, row).await;
    }
    let desk = desk(&tx, &input).await?;
    desk.check(&tx, input.span, input.span)?;
    desk.check_count(&tx, 1).await?;
    desk.hold_or_refuse(&tx, id, input.span).await?;
    let row = desk.row(&tx, &input, (id, input.span), None);
    tx.insert_last(venue_booking::ActiveModel::from(row.clone()));
    let event = desk.booked(&tx, &row)?;
    tx.commit(vec![event], row).await
}

/// A booking to be changed, locked, with what the actor may do to it and who has it now.
async fn locked(
    tx: &Tx<'_>,
    id: VenueBookingId,
    expected_version: i32,
    action: Action,
) -> Result<(venue_booking::Model, Permit, PersonId)> {
    let row = venue_booking::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let holder = queries::visible(tx.conn(), tx.actor(), &row).await?;
    let target = queries::target(&row, holder);
    if !policy::allowed(tx.actor(), action, &target) {
        return Err(Error::Forbidden);
    }
    let permit = tx.authorize(action, &target)?;
    if row.version != expected_version {
        return Err(stale(row.version));
    }
    Ok((row, permit, holder))
}

fn check_step(step: Step, row: &venue_booking::Model, tx: &Tx<'_>) -> Result<()> {
    if rules::possible(step, row, tx.now()) {
        return Ok(());
    }
    let begun = step != Step::RecordUse && row.state == VenueBookingState::Booked;
    if begun {
        return Err(Code::WindowClosed.into());
    }
    Err(Rejected::new(Code::IllegalTransition).with("state", row.state.code()).into())
}

/// Moves a booking to another time of the same venue. If that is taken, the old one stays.
pub async fn move_to(
    app: &App,
    actor: &Actor,
    id: VenueBookingId,
    expected_version: i32,
    span: Span,
) -> Result<Committed<venue_booking::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let seen = queries::booking_row(tx.conn(), id).await?;
    queries::visible(tx.conn(), actor, &seen).await?;
    // The resource first, as everybody who books does.
    let resources = lock_in_tx(&tx, &[subject(seen.venue_id)]).await?;
    let (before, permit, holder) =
        locked(&tx, id, expected_version, Action::VenueBookingChange).await?;
    check_step(Step::Move, &before, &tx)?;
    let venue = queries::venue(tx.conn(), before.venue_id).await?;
    let calendar = queries::calendar(app, tx.conn(), &venue).await?;
    let staff = actor.person() != Some(holder);
    let desk = Desk { venue, calendar, person: holder, locked: resources, staff };
    desk.check(&tx, span, span)?;
    release_in_tx(&tx, id.0).await?;
    desk.hold_or_refuse(&tx, id, span).await?;
    let row = venue_booking::Model {
        from_at: span.from,
        until_at: span.until,
        ..changed(&tx, &before, true)
    };
    tx.update_last(&before, &row);
    let event = event(&tx, permit, "VENUE_BOOKING_MOVED", &row, holder);
    tx.commit(vec![event], row).await
}

/// The row after a change; a change that others see in their calendars counts there too.
fn changed(tx: &Tx<'_>, before: &venue_booking::Model, shown: bool) -> venue_booking::Model {
    venue_booking::Model {
        sequence: before.sequence + i32::from(shown),
        changed_at: tx.now(),
        version: before.version + 1,
        ..before.clone()
    }
}

/// Cancels a booking before it begins; the venue is free again.
pub async fn cancel(
    app: &App,
    actor: &Actor,
    id: VenueBookingId,
    expected_version: i32,
) -> Result<Committed<venue_booking::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (before, permit, holder) =
        locked(&tx, id, expected_version, Action::VenueBookingChange).await?;
    check_step(Step::Cancel, &before, &tx)?;
    release_in_tx(&tx, id.0).await?;
    let row =
        venue_booking::Model { state: VenueBookingState::Cancelled, ..changed(&tx, &before, true) };
    tx.update_last(&before, &row);
    let event = event(&tx, permit, "VENUE_BOOKING_CANCELLED", &row, holder);
    tx.commit(vec![event], row).await
}

/// Records whether somebody came, from the beginning on; a mistake is recorded anew.
pub async fn record_use(
    app: &App,
    actor: &Actor,
    id: VenueBookingId,
    expected_version: i32,
    used: bool,
) -> Result<Committed<venue_booking::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (before, permit, holder) =
        locked(&tx, id, expected_version, Action::VenueBookingRecord).await?;
    check_step(Step::RecordUse, &before, &tx)?;
    let state = if used { VenueBookingState::Used } else { VenueBookingState::NoShow };
    let row = venue_booking::Model { state, ..changed(&tx, &before, false) };
    tx.update_last(&before, &row);
    let event = event(&tx, permit, "VENUE_BOOKING_RECORDED", &row, holder);
    tx.commit(vec![event], row).await
}
