//! How much rooms are used.

use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{CalendarKind, VenueBookingState},
    ids::{PlaceId, VenueId},
    venue, venue_booking,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

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
