//! Reads of venues. What there is and when it is taken is public; by whom, only those who serve see.

mod bookings;
mod usage;

use std::collections::{BTreeSet, HashMap};

use chrono::{Duration, NaiveDate};
use linli_entity::{
    enums::{CalendarKind, ResourceKind},
    ids::{PlaceId, VenueId},
    venue,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{LockType, Order},
};

use super::rules::{self, Availability};
use crate::{
    calendar::{
        self,
        rules::{DayKind, Hours, YearMissing},
        time::Calendar,
    },
    kernel::{
        App, Code, Error, Rejected, Result, Tx,
        page::{Page, PageArgs},
    },
    reservations::{self, rules::Span},
};

pub use bookings::*;
pub use usage::{Minutes, Use, usage};

/// A day of a venue.
#[derive(Clone, Debug)]
pub struct VenueDay {
    /// The local day.
    pub date: NaiveDate,
    /// What it is.
    pub kind: DayKind,
    /// Name of the holiday or local day.
    pub name: Option<String>,
    /// When the venue is open.
    pub open: Vec<Span>,
    /// When somebody has it.
    pub busy: Vec<Span>,
    /// When it is open and nobody has it.
    pub free: Vec<Span>,
}

/// A venue.
pub async fn venue(conn: &impl ConnectionTrait, id: VenueId) -> Result<venue::Model> {
    venue::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)
}

/// Checks that rooms are open rooms of a community; whoever closes one of them waits for the end of
/// the transaction.
pub async fn open_rooms(tx: &Tx<'_>, community: PlaceId, ids: &[VenueId]) -> Result<()> {
    let wanted: BTreeSet<VenueId> = ids.iter().copied().collect();
    let there = venue::Entity::find()
        .filter(venue::Column::Id.is_in(wanted.iter().copied()))
        .filter(venue::Column::CommunityId.eq(community))
        .filter(venue::Column::ClosedAt.is_null())
        .order_by_asc(venue::Column::Id)
        .lock(LockType::KeyShare)
        .all(tx.conn())
        .await?;
    if there.len() < wanted.len() {
        return Err(Rejected::at(Code::UnknownReference, "venueId").into());
    }
    Ok(())
}

/// Venues by id.
pub async fn venues_by_id(app: &App, ids: &[VenueId]) -> Result<HashMap<VenueId, venue::Model>> {
    let rows = venue::Entity::find()
        .filter(venue::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn of_community(community: PlaceId, closed_too: bool) -> Select<venue::Entity> {
    let select = venue::Entity::find().filter(venue::Column::CommunityId.eq(community));
    if closed_too { select } else { select.filter(venue::Column::ClosedAt.is_null()) }
}

/// A page of the venues of a community, in the order of their creation.
pub async fn venues(
    app: &App,
    community: PlaceId,
    closed_too: bool,
    page: PageArgs,
) -> Result<Page<venue::Model>> {
    let select = of_community(community, closed_too);
    let rows = page
        .apply(select, venue::Column::CreatedAt, venue::Column::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn venues_count(app: &App, community: PlaceId, closed_too: bool) -> Result<u64> {
    Ok(of_community(community, closed_too).count(app.db.reader()).await?)
}

/// The weekly hours of its own that a venue has.
pub fn week(venue: &venue::Model) -> Result<Option<Vec<Hours>>> {
    venue.week.clone().map(|week| serde_json::from_value(week).map_err(Error::internal)).transpose()
}

/// The calendar of a venue: the community's opening calendar, with the venue's own weekly hours where
/// it has some.
pub async fn calendar(
    app: &App,
    conn: &impl ConnectionTrait,
    venue: &venue::Model,
) -> Result<Calendar> {
    let opening =
        calendar::queries::load(app, conn, venue.community_id, CalendarKind::Opening).await?;
    own_hours(&opening, venue)
}

fn own_hours(opening: &Calendar, venue: &venue::Model) -> Result<Calendar> {
    Ok(match week(venue)? {
        Some(week) => opening.with_week(&week),
        None => opening.clone(),
    })
}

/// When a calendar is open on a day.
pub fn open(calendar: &Calendar, date: NaiveDate) -> Result<Vec<Span>> {
    let spans = calendar.spans(date).map_err(YearMissing::refusal)?;
    Ok(spans.into_iter().map(|(from, until)| Span { from, until }).collect())
}

/// What is held of a venue in a span, whatever for.
pub async fn held(conn: &impl ConnectionTrait, venue: VenueId, span: Span) -> Result<Vec<Span>> {
    let held = reservations::queries::held(conn, ResourceKind::Room, &[venue.0], span).await?;
    Ok(held.spans(venue.0))
}

/// The nearest times around a span, as long as it is, at which a venue is open and free, within some
/// bounds; at most 3. What `moves` does not stand in its own way. Where the calendar has no data there is
/// nothing to offer.
pub(super) async fn alternatives(
    app: &App,
    (venue, calendar): (&venue::Model, &Calendar),
    bounds: Span,
    wanted: Span,
    moves: Option<Span>,
) -> Result<Vec<Span>> {
    let mut held = held(app.db.reader(), venue.id, bounds).await?;
    held.retain(|span| Some(*span) != moves);
    let last = calendar.date(bounds.until);
    let open: Vec<Span> = calendar
        .date(bounds.from)
        .iter_days()
        .take_while(|date| *date <= last)
        .flat_map(|date| open(calendar, date).unwrap_or_default())
        .collect();
    let free = rules::within(&rules::free(&open, &held), bounds);
    Ok(rules::alternatives(&free, wanted))
}

/// The same for a session that is planned in a room: in the week before and the two behind it.
pub async fn free_for_session(
    app: &App,
    id: VenueId,
    wanted: Span,
    moves: Option<Span>,
) -> Result<Vec<Span>> {
    let conn = app.db.reader();
    let venue = venue(conn, id).await?;
    let calendar = calendar(app, conn, &venue).await?;
    let bounds = Span {
        from: app.clock.now().max(wanted.from - Duration::days(7)),
        until: wanted.until + Duration::days(14),
    };
    alternatives(app, (&venue, &calendar), bounds, wanted, moves).await
}

fn check_days(from: NaiveDate, until: NaiveDate) -> Result<()> {
    if until < from || (until - from).num_days() >= rules::DAYS {
        return Err(Error::bad_input("until", format!("at most {} days", rules::DAYS)));
    }
    Ok(())
}

/// The span of whole local days, the last included.
fn days_span(calendar: &Calendar, from: NaiveDate, until: NaiveDate) -> Span {
    Span { from: calendar.midnight(from), until: calendar.midnight(until) + Duration::days(1) }
}

/// The days of a venue, first and last included: when it is open, taken and free. Of what is gone by
/// nothing is free.
pub async fn days(
    app: &App,
    id: VenueId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<VenueDay>> {
    check_days(from, until)?;
    let conn = app.db.reader();
    let venue = venue(conn, id).await?;
    let calendar = calendar(app, conn, &venue).await?;
    let held = held(conn, id, days_span(&calendar, from, until)).await?;
    let now = app.clock.now();
    let mut days = Vec::new();
    for date in from.iter_days().take_while(|d| *d <= until) {
        let day = calendar.day(date).map_err(YearMissing::refusal)?;
        let open = if venue.closed_at.is_some() { Vec::new() } else { open(&calendar, date)? };
        let whole = days_span(&calendar, date, date);
        let ahead = Span { from: whole.from.max(now), until: whole.until };
        days.push(VenueDay {
            date,
            kind: day.kind,
            name: day.name,
            busy: rules::within(&held, whole),
            free: rules::within(&rules::free(&open, &held), ahead),
            open,
        });
    }
    Ok(days)
}

/// What each date of a weekly series would get, before anything is booked.
pub async fn preview(
    app: &App,
    id: VenueId,
    first: Span,
    until: NaiveDate,
) -> Result<Vec<(Span, Availability)>> {
    let conn = app.db.reader();
    let venue = venue(conn, id).await?;
    rules::check_form(&venue, first)?;
    let dates = rules::weekly(first, until, app.zone)?;
    let calendar = calendar(app, conn, &venue).await?;
    availabilities(conn, &venue, &calendar, &dates).await
}

/// Whether each of some spans can be had.
pub(super) async fn availabilities(
    conn: &impl ConnectionTrait,
    venue: &venue::Model,
    calendar: &Calendar,
    dates: &[Span],
) -> Result<Vec<(Span, Availability)>> {
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return Ok(Vec::new()) };
    let all = Span { from: first.from, until: last.until };
    let held = held(conn, venue.id, all).await?;
    let mut found = Vec::with_capacity(dates.len());
    for span in dates {
        let open = open(calendar, calendar.date(span.from))?;
        found.push((*span, rules::availability(&open, &held, *span)));
    }
    Ok(found)
}
