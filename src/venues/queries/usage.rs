//! How much rooms are used.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt;
use linli_entity::{
    enums::{CalendarKind, VenueBookingState},
    ids::{PlaceId, VenueId},
    venue, venue_booking,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};

use super::{of_community, open, own_hours};
use crate::{
    calendar,
    kernel::{Action, Actor, App, Error, Result, Target, policy},
    reservations::rules::Span,
    venues::rules,
};

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
    /// Sessions of activities were held in it, also while it was not open.
    pub sessions: i64,
}

/// How venues were used.
#[derive(Clone, Debug)]
pub struct Use {
    /// When it was counted; nothing after it is.
    pub as_of: DateTime<Utc>,
    /// By venue, in the order of their creation.
    pub venues: Vec<(venue::Model, Minutes)>,
}

/// A session in a room.
#[derive(FromQueryResult)]
struct Session {
    venue_id: VenueId,
    from_at: DateTime<Utc>,
    until_at: DateTime<Utc>,
}

/// A venue as it is counted: when it was open, in order, and its minutes so far.
struct Line {
    open: Vec<Span>,
    minutes: Minutes,
}

/// How the venues of a community were used from the day `from` on, up to the day before `to`. What
/// was cancelled is left out, and so is what the calendar has closed since: booked time counts as
/// far as it lies in open time, so that no room is used for longer than it was open. Sessions of
/// activities count by themselves, whenever they are: who plans one is not bound to opening hours.
pub async fn usage(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Use> {
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
    let mut lines: HashMap<VenueId, Line> = HashMap::with_capacity(venues.len());
    for venue in &venues {
        let bounds = Span {
            from: period.from.max(venue.created_at),
            until: venue.closed_at.unwrap_or(period.until).min(period.until),
        };
        let calendar = own_hours(&opening, venue)?;
        let mut spans = Vec::new();
        for date in from.iter_days().take_while(|d| *d < to) {
            spans.extend(rules::within(&open(&calendar, date)?, bounds));
        }
        let minutes = Minutes { open: spans.iter().map(length).sum(), ..Minutes::default() };
        lines.insert(venue.id, Line { open: spans, minutes });
    }
    bookings(conn, period, &mut lines).await?;
    sessions(conn, community, period, &mut lines).await?;
    let counted = |venue: venue::Model| {
        let minutes = lines.get(&venue.id).map(|line| line.minutes).unwrap_or_default();
        (venue, minutes)
    };
    Ok(Use { as_of, venues: venues.into_iter().map(counted).collect() })
}

/// Counts bookings as they come: a year of all rooms is not held at once.
async fn bookings(
    conn: &DatabaseTransaction,
    period: Span,
    lines: &mut HashMap<VenueId, Line>,
) -> Result<()> {
    use venue_booking::Column as C;
    let mut rows = venue_booking::Entity::find()
        .select_only()
        .columns([C::VenueId, C::FromAt, C::UntilAt, C::State])
        .filter(C::VenueId.is_in(lines.keys().copied()))
        .filter(C::State.ne(VenueBookingState::Cancelled))
        .filter(C::FromAt.gte(period.from))
        .filter(C::FromAt.lt(period.until))
        .into_tuple::<(VenueId, DateTime<Utc>, DateTime<Utc>, VenueBookingState)>()
        .stream(conn)
        .await?;
    while let Some((venue, from, until, state)) = rows.try_next().await? {
        let Some(line) = lines.get_mut(&venue) else { continue };
        let booked = rules::minutes(&line.open, Span { from, until });
        match state {
            VenueBookingState::Used => line.minutes.used += booked,
            VenueBookingState::NoShow => line.minutes.no_show += booked,
            VenueBookingState::Booked => line.minutes.unrecorded += booked,
            VenueBookingState::Cancelled => {}
        }
    }
    Ok(())
}

/// Counts the sessions of activities that people were asked to; a draft may hold a room too.
async fn sessions(
    conn: &DatabaseTransaction,
    community: PlaceId,
    period: Span,
    lines: &mut HashMap<VenueId, Line>,
) -> Result<()> {
    let sql = "SELECT x.subject_id AS venue_id, r.from_at, r.until_at FROM resource x \
         JOIN reservation r ON r.resource_id = x.id AND r.released_at IS NULL \
         AND r.purpose = 'SESSION' AND r.until_at > $2 AND r.from_at < $3 \
         JOIN activity_session s ON s.id = r.subject_id \
         JOIN activity a ON a.id = s.activity_id AND a.state IN ('PUBLISHED', 'HELD') \
         WHERE x.kind = 'ROOM' \
         AND x.subject_id IN (SELECT v.id FROM venue v WHERE v.community_id = $1)";
    let values = [community.into(), period.from.into(), period.until.into()];
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let mut rows = Session::find_by_statement(statement).stream(conn).await?;
    while let Some(session) = rows.try_next().await? {
        let Some(line) = lines.get_mut(&session.venue_id) else { continue };
        let span = Span { from: session.from_at, until: session.until_at };
        line.minutes.sessions += rules::minutes(&[period], span);
    }
    Ok(())
}

fn length(span: &Span) -> i64 {
    (span.until - span.from).num_minutes()
}
