//! What can be booked, and what is left. Pure.

use chrono::{DateTime, Days, Duration, FixedOffset, NaiveDate, TimeZone, Utc};
use linli_entity::{enums::VenueBookingState, venue, venue_booking};

use crate::{
    calendar::rules::{Hours, Rules, Season},
    kernel::{Code, Error, Rejected, Result},
    reservations::rules::{Span, nearest},
};

/// Bookings begin and end on whole steps of so many minutes.
pub const STEP_MINUTES: i64 = 5;
/// Shortest booking, in minutes.
pub const SHORTEST_MINUTES: i64 = 15;
/// Most bookings of a series.
pub const SERIES: usize = 26;
/// Most days that are looked at in one query.
pub const DAYS: i64 = 31;
/// How many free spans are offered to who came second.
const ALTERNATIVES: usize = 3;

/// Whether a venue can be had for a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "VenueAvailability")]
pub enum Availability {
    /// It is open, and nobody has it.
    Free,
    /// It is not open all of that time.
    Closed,
    /// Somebody has it for some of that time.
    Taken,
}

/// What can be done with a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "VenueBookingAction")]
pub enum Step {
    /// Move it to another time.
    Move,
    /// Cancel it.
    Cancel,
    /// Record whether somebody came.
    RecordUse,
}

/// Whether a step is possible with a booking now; who may do it is another question.
pub fn possible(step: Step, row: &venue_booking::Model, now: DateTime<Utc>) -> bool {
    use VenueBookingState::{Booked, Cancelled};
    match step {
        Step::Move | Step::Cancel => row.state == Booked && now < row.from_at,
        Step::RecordUse => row.state != Cancelled && row.from_at <= now,
    }
}

/// The weekly hours of a venue, checked as those of a calendar are; its own may leave a day out, not
/// all of them.
pub fn check_week(week: &[Hours]) -> Result<()> {
    let season = Season { from: "01-01".to_owned(), week: week.to_vec() };
    let rules = Rules { seasons: vec![season], ..Rules::standard() };
    match rules.problem() {
        None => Ok(()),
        Some(problem) => {
            Err(Rejected::at(Code::CalendarInvalid, "week").with("wanted", problem).into())
        }
    }
}

/// Whether a venue can be booked at all, and by so many people.
pub fn check_room(venue: &venue::Model, people: i32) -> Result<(), Rejected> {
    if venue.closed_at.is_some() {
        return Err(Rejected::at(Code::VenueClosed, "venueId"));
    }
    if !venue.bookable {
        return Err(Rejected::at(Code::VenueOpenUseOnly, "venueId"));
    }
    if people > venue.capacity {
        return Err(Rejected::at(Code::TooManyPeople, "people").with("max", venue.capacity));
    }
    if people < 1 {
        let wanted = format!("1 to {}", venue.capacity);
        return Err(Rejected::at(Code::InvalidValue, "people").with("wanted", wanted));
    }
    Ok(())
}

/// Whether a span has the form and length in which a venue is booked.
pub fn check_form(venue: &venue::Model, span: Span) -> Result<()> {
    let even = |at: DateTime<Utc>| {
        at.timestamp() % (STEP_MINUTES * 60) == 0 && at.timestamp_subsec_nanos() == 0
    };
    let length = span.until - span.from;
    if !even(span.from) || !even(span.until) || length < Duration::minutes(SHORTEST_MINUTES) {
        let wanted = format!("whole {STEP_MINUTES} minutes, {SHORTEST_MINUTES} at least");
        return Err(Rejected::at(Code::InvalidValue, "until").with("wanted", wanted).into());
    }
    if length > Duration::minutes(i64::from(venue.longest_minutes)) {
        let refused = Rejected::at(Code::BookingTooLong, "until");
        return Err(refused.with("max", venue.longest_minutes).into());
    }
    Ok(())
}

/// Between which instants a venue can be booked now. Staff need no lead: who stands before them can
/// have a room that is free.
pub fn window(venue: &venue::Model, now: DateTime<Utc>, zone: FixedOffset, staff: bool) -> Span {
    let lead = if staff { 0 } else { i64::from(venue.lead_minutes) };
    let last = now.with_timezone(&zone).date_naive()
        + Days::new(u64::try_from(venue.horizon_days).unwrap_or(0) + 1);
    let end = zone.from_local_datetime(&last.and_time(chrono::NaiveTime::MIN)).single();
    Span { from: now + Duration::minutes(lead), until: end.unwrap_or_default().to_utc() }
}

/// Whether a span lies in a window; the refusal says what the window is.
pub fn check_window(window: Span, span: Span) -> Result<()> {
    if window.from <= span.from && span.until <= window.until {
        return Ok(());
    }
    let refused: Error = Rejected::at(Code::OutsideBookingWindow, "from")
        .with("earliest", instant(window.from))
        .with("latest", instant(window.until))
        .into();
    Err(refused)
}

/// An instant as clients get it in facts.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Whether a span can be had: `open` are the opening spans of its day, `held` what is held.
pub fn availability(open: &[Span], held: &[Span], span: Span) -> Availability {
    if !open.iter().any(|o| o.from <= span.from && span.until <= o.until) {
        Availability::Closed
    } else if held.iter().any(|h| h.overlaps(span)) {
        Availability::Taken
    } else {
        Availability::Free
    }
}

/// What is left of `open` (in order) without `held` (in any).
pub fn free(open: &[Span], held: &[Span]) -> Vec<Span> {
    let mut held = held.to_vec();
    held.sort();
    let mut left = Vec::new();
    for span in open {
        let mut from = span.from;
        for taken in held.iter().filter(|h| h.overlaps(*span)) {
            if from < taken.from {
                left.push(Span { from, until: taken.from });
            }
            from = from.max(taken.until);
        }
        if from < span.until {
            left.push(Span { from, until: span.until });
        }
    }
    left
}

/// What of `spans` lies within `bounds`.
pub fn within(spans: &[Span], bounds: Span) -> Vec<Span> {
    let cut = |s: &Span| Span { from: s.from.max(bounds.from), until: s.until.min(bounds.until) };
    spans.iter().map(cut).filter(|s| s.from < s.until).collect()
}

/// Minutes of a span that lie within `spans`, which do not overlap and are in order.
pub fn minutes(spans: &[Span], span: Span) -> i64 {
    let first = spans.partition_point(|s| s.until <= span.from);
    let behind = spans.partition_point(|s| s.from < span.until);
    within(&spans[first..behind], span).iter().map(|s| (s.until - s.from).num_minutes()).sum()
}

/// The free spans of the length of `wanted` that begin nearest to it, on whole steps.
pub fn alternatives(free: &[Span], wanted: Span) -> Vec<Span> {
    let length = wanted.until - wanted.from;
    let step = STEP_MINUTES * 60;
    let whole = |seconds: i64| DateTime::from_timestamp(seconds * step, 0).unwrap_or_default();
    let mut found = Vec::new();
    for gap in free {
        let first = whole((gap.from.timestamp() + step - 1).div_euclid(step));
        let last = whole((gap.until - length).timestamp().div_euclid(step));
        if last < first {
            continue;
        }
        let near = wanted.from.clamp(first, last);
        for times in [0, -1, 1, -2, 2] {
            let from = near + length * times;
            if first <= from && from <= last {
                found.push(Span { from, until: from + length });
            }
        }
    }
    nearest(&found, wanted.from, ALTERNATIVES)
}

/// The spans of a weekly series from `first` on, the last not after the day `until`.
pub fn weekly(first: Span, until: NaiveDate, zone: FixedOffset) -> Result<Vec<Span>> {
    let week = |n: usize| {
        let by = Duration::weeks(i64::try_from(n).unwrap_or(0));
        Span { from: first.from + by, until: first.until + by }
    };
    let in_time = |s: &Span| s.from.with_timezone(&zone).date_naive() <= until;
    let dates: Vec<Span> = (0..=SERIES).map(week).take_while(in_time).collect();
    if dates.is_empty() || dates.len() > SERIES {
        let wanted = format!("1 to {SERIES} weeks");
        return Err(Rejected::at(Code::InvalidValue, "repeatUntil").with("wanted", wanted).into());
    }
    Ok(dates)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(from: i64, until: i64) -> Span {
        let at = |minutes| DateTime::UNIX_EPOCH + Duration::minutes(minutes);
        Span { from: at(from), until: at(until) }
    }

    #[test]
    fn what_is_held_is_taken_out_of_what_is_open() {
        let open = [span(600, 840), span(930, 1170)];
        let held = [span(1100, 1200), span(600, 660), span(700, 720)];
        let left = [span(660, 700), span(720, 840), span(930, 1100)];
        assert_eq!(free(&open, &held), left);
        assert_eq!(free(&open, &[span(0, 2000)]), []);
        assert_eq!(availability(&open, &held, span(660, 700)), Availability::Free);
        assert_eq!(availability(&open, &held, span(660, 705)), Availability::Taken);
        assert_eq!(availability(&open, &held, span(800, 935)), Availability::Closed);
        assert_eq!(minutes(&open, span(830, 940)), 20);
        assert_eq!(minutes(&open, span(0, 2000)), 480);
        for outside in [span(0, 600), span(840, 930), span(1170, 1200)] {
            assert_eq!(minutes(&open, outside), 0);
        }
    }

    #[test]
    fn alternatives_are_near_whole_and_of_the_same_length() {
        let free = [span(603, 660), span(720, 840)];
        let wanted = span(660, 700);
        assert_eq!(alternatives(&free, wanted), [span(620, 660), span(720, 760), span(760, 800)]);
        assert_eq!(alternatives(&free, span(0, 200)), []);
    }

    #[test]
    fn a_series_has_an_end() {
        let zone = FixedOffset::east_opt(8 * 3600).unwrap();
        let day = |n: u64| NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + Days::new(n);
        assert_eq!(weekly(span(0, 60), day(20), zone).unwrap().len(), 3);
        assert_eq!(weekly(span(0, 60), day(25 * 7), zone).unwrap().len(), 26);
        assert!(weekly(span(0, 60), day(26 * 7), zone).is_err());
        assert!(weekly(span(1440, 1500), day(0), zone).is_err());
    }

    proptest! {
        #[test]
        fn free_and_held_make_up_what_is_open(spans in prop::collection::vec((0_i64..1400, 1_i64..200), 0..12)) {
            let open = [span(100, 500), span(600, 1200)];
            let held: Vec<Span> = spans.iter().map(|(from, long)| span(*from, from + long)).collect();
            let left = free(&open, &held);
            for minute in 0..1600 {
                let at = span(minute, minute + 1);
                let opened = open.iter().any(|s| s.overlaps(at));
                let taken = held.iter().any(|s| s.overlaps(at));
                prop_assert_eq!(left.iter().any(|s| s.overlaps(at)), opened && !taken);
            }
        }
    }
}
