//! Reads of venues. What there is and when it is taken is public; by whom, only those who serve see.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use linli_entity::{
    enums::{CalendarKind, ResourceKind, VenueBookingState},
    ids::{PersonId, PlaceId, VenueBookingId, VenueId, VenueSeriesId},
    venue, venue_booking,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
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
        Action, Actor, App, Code, Error, Rejected, Result, Target, Tx,
        page::{Page, PageArgs},
        policy,
    },
    reservations::{self, rules::Span},
};

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
    let spans = calendar.spans(date).map_err(year_missing)?;
    Ok(spans.into_iter().map(|(from, until)| Span { from, until }).collect())
}

fn year_missing(YearMissing(year): YearMissing) -> Error {
    Rejected::new(Code::CalendarYearMissing).with("year", year).into()
}

/// What is held of a venue in a span, whatever for.
pub async fn held(conn: &impl ConnectionTrait, venue: VenueId, span: Span) -> Result<Vec<Span>> {
    let mut held = reservations::queries::held(conn, ResourceKind::Room, &[venue.0], span).await?;
    let mut spans: Vec<Span> =
        held.remove(&venue.0).unwrap_or_default().into_iter().map(|(_, span)| span).collect();
    spans.sort();
    Ok(spans)
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
        let day = calendar.day(date).map_err(year_missing)?;
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

/// Who is asked about: whose booking it is, in which community.
pub fn target(row: &venue_booking::Model) -> Target {
    Target { community: Some(row.community_id), requester: Some(row.person_id), ..Target::NONE }
}

/// Who may not see a booking is told that it is not there.
pub(super) fn visible(actor: &Actor, row: &venue_booking::Model) -> Result<()> {
    actor.signed_in()?;
    if policy::allowed(actor, Action::VenueBookingRead, &target(row)) {
        return Ok(());
    }
    Err(Error::NotFound)
}

/// A booking that the reader may see.
pub async fn booking(app: &App, actor: &Actor, id: VenueBookingId) -> Result<venue_booking::Model> {
    let row = booking_row(app.db.reader(), id).await?;
    visible(actor, &row)?;
    Ok(row)
}

pub(super) async fn booking_row(
    conn: &impl ConnectionTrait,
    id: VenueBookingId,
) -> Result<venue_booking::Model> {
    venue_booking::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)
}

/// The bookings of a series, in order of time.
pub(super) async fn series(
    conn: &impl ConnectionTrait,
    id: VenueSeriesId,
) -> Result<Vec<venue_booking::Model>> {
    Ok(venue_booking::Entity::find()
        .filter(venue_booking::Column::SeriesId.eq(id))
        .order_by_asc(venue_booking::Column::FromAt)
        .all(conn)
        .await?)
}

/// How many bookings of a venue a person holds that have not ended.
pub(super) async fn held_by(
    conn: &impl ConnectionTrait,
    venue: VenueId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<u64> {
    Ok(venue_booking::Entity::find()
        .filter(venue_booking::Column::VenueId.eq(venue))
        .filter(venue_booking::Column::PersonId.eq(person))
        .filter(venue_booking::Column::State.eq(VenueBookingState::Booked))
        .filter(venue_booking::Column::UntilAt.gt(now))
        .count(conn)
        .await?)
}

/// The bookings of a venue on some days, for those who serve in its community.
async fn of_venue(
    app: &App,
    actor: &Actor,
    id: VenueId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Select<venue_booking::Entity>> {
    check_days(from, until)?;
    actor.signed_in()?;
    let venue = venue(app.db.reader(), id).await?;
    policy::authorize(actor, Action::VenueBookingRead, &Target::community(venue.community_id))?;
    let span = days_span(&Calendar::new(app.zone, Vec::new()), from, until);
    Ok(venue_booking::Entity::find()
        .filter(venue_booking::Column::VenueId.eq(id))
        .filter(venue_booking::Column::FromAt.gte(span.from))
        .filter(venue_booking::Column::FromAt.lt(span.until)))
}

/// A page of the bookings of a venue on some days, in order of time.
pub async fn bookings(
    app: &App,
    actor: &Actor,
    id: VenueId,
    (from, until): (NaiveDate, NaiveDate),
    page: PageArgs,
) -> Result<Page<venue_booking::Model>> {
    use venue_booking::Column as C;
    let select = of_venue(app, actor, id, from, until).await?;
    let rows = page.apply(select, C::FromAt, C::Id, Order::Asc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn bookings_count(
    app: &App,
    actor: &Actor,
    id: VenueId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<u64> {
    Ok(of_venue(app, actor, id, from, until).await?.count(app.db.reader()).await?)
}

fn of_person(person: PersonId) -> Select<venue_booking::Entity> {
    venue_booking::Entity::find().filter(venue_booking::Column::PersonId.eq(person))
}

/// A page of one's own bookings, the latest first.
pub async fn own(app: &App, actor: &Actor, page: PageArgs) -> Result<Page<venue_booking::Model>> {
    use venue_booking::Column as C;
    let select = of_person(actor.signed_in()?.person);
    let rows = page.apply(select, C::FromAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_count(app: &App, actor: &Actor) -> Result<u64> {
    Ok(of_person(actor.signed_in()?.person).count(app.db.reader()).await?)
}

/// The bookings of a person, for their own calendar: what ended or was cancelled before `since` is
/// left out; at most 500.
pub async fn for_calendar(
    app: &App,
    person: PersonId,
    since: DateTime<Utc>,
) -> Result<Vec<venue_booking::Model>> {
    use venue_booking::Column as C;
    let held =
        Condition::all().add(C::State.ne(VenueBookingState::Cancelled)).add(C::UntilAt.gt(since));
    let cancelled =
        Condition::all().add(C::State.eq(VenueBookingState::Cancelled)).add(C::ChangedAt.gt(since));
    Ok(of_person(person)
        .filter(Condition::any().add(held).add(cancelled))
        .order_by_desc(C::FromAt)
        .limit(500)
        .all(app.db.reader())
        .await?)
}

/// Minutes of a venue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minutes {
    /// Open.
    pub open: i64,
    /// Booked, and somebody came.
    pub used: i64,
    /// Booked, and nobody came.
    pub no_show: i64,
    /// Booked, and nobody has recorded whether somebody came.
    pub unrecorded: i64,
}

/// How venues were used.
#[derive(Clone, Debug)]
pub struct Use {
    /// When it was counted; nothing after it is.
    pub as_of: DateTime<Utc>,
    /// By venue, in the order of their creation.
    pub venues: Vec<(venue::Model, Minutes)>,
}

/// How the venues of a community were used from the day `from` on, up to the day before `to`. What
/// was cancelled is left out, and so is what the calendar has closed since: booked time counts as
/// far as it lies in open time, so that no room is used for longer than it was open.
pub async fn usage(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Use> {
    use venue_booking::Column as C;
    policy::authorize(actor, Action::StatisticsExact, &Target::community(community))?;
    if to <= from || (to - from).num_days() > 366 {
        return Err(Error::bad_input("to", "after `from`, at most 366 days"));
    }
    let snapshot = app.db.snapshot().await?;
    let conn = snapshot.conn();
    let as_of = app.clock.now();
    let opening = calendar::queries::load(app, conn, community, CalendarKind::Opening).await?;
    let period = Span { from: opening.midnight(from), until: opening.midnight(to).min(as_of) };
    let venues = of_community(community, true)
        .order_by_asc(venue::Column::CreatedAt)
        .limit(200)
        .all(conn)
        .await?;
    let bookings: Vec<(VenueId, DateTime<Utc>, DateTime<Utc>, VenueBookingState)> =
        venue_booking::Entity::find()
            .select_only()
            .columns([C::VenueId, C::FromAt, C::UntilAt, C::State])
            .filter(C::VenueId.is_in(venues.iter().map(|v| v.id)))
            .filter(C::State.ne(VenueBookingState::Cancelled))
            .filter(C::FromAt.gte(opening.midnight(from)))
            .filter(C::FromAt.lt(period.until))
            .into_tuple()
            .all(conn)
            .await?;
    let mut counted = Vec::with_capacity(venues.len());
    for venue in venues {
        let bounds = Span {
            from: period.from.max(venue.created_at),
            until: venue.closed_at.unwrap_or(period.until).min(period.until),
        };
        let calendar = own_hours(&opening, &venue)?;
        let mut spans = Vec::new();
        for date in from.iter_days().take_while(|d| *d < to) {
            spans.extend(rules::within(&open(&calendar, date)?, bounds));
        }
        let mut minutes = Minutes { open: spans.iter().map(length).sum(), ..Minutes::default() };
        for (_, from, until, state) in bookings.iter().filter(|b| b.0 == venue.id) {
            let booked = rules::minutes(&spans, Span { from: *from, until: *until });
            match state {
                VenueBookingState::Used => minutes.used += booked,
                VenueBookingState::NoShow => minutes.no_show += booked,
                VenueBookingState::Booked => minutes.unrecorded += booked,
                VenueBookingState::Cancelled => {}
            }
        }
        counted.push((venue, minutes));
    }
    Ok(Use { as_of, venues: counted })
}

fn length(span: &Span) -> i64 {
    (span.until - span.from).num_minutes()
}
