//! What counts of volunteers' time. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, Duration, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use linli_entity::{
    enums::{HoursSource, HoursState},
    volunteer_hours,
};

use crate::{
    kernel::{Code, Error, Rejected, Result},
    reservations::rules::Span,
};

/// Most minutes of one person that count on one local day, 8 hours: nobody is to give more, and who
/// forgot to check out in time did not.
pub const DAY_CAP: i32 = 480;
/// The longest that somebody is checked in, or enters at once. What is open for longer lapses.
pub const LONGEST: Duration = Duration::hours(12);
/// The shortest time that is recorded.
pub const SHORTEST: Duration = Duration::minutes(1);
/// So many records of one person wait at most for what a community says.
pub const MOST_PENDING: u64 = 30;
/// For so many days time can be entered afterwards.
pub const ENTER_DAYS: i64 = 90;
/// For so long before its begin one can check in for a shift.
pub const DOORS_OPEN: Duration = Duration::hours(1);

/// So many people at least must have done something together before others see how much it was.
pub const SHOWN_FROM: i64 = 10;
/// Others see whole steps of so many minutes: one change that comes late does not tell what it was.
pub const SHOWN_STEP: i64 = 600;

/// What can be done with a record of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "VolunteerHoursAction")]
pub enum HoursStep {
    /// Check out.
    CheckOut,
    /// Approve or refuse it.
    Decide,
    /// Put another record in its place.
    Correct,
}

/// Whether a step is possible with a record; who may do it is another question.
pub fn possible(step: HoursStep, row: &volunteer_hours::Model, corrected: bool) -> bool {
    match step {
        HoursStep::CheckOut => row.state == HoursState::Open,
        HoursStep::Decide => row.state == HoursState::Pending,
        HoursStep::Correct => row.state == HoursState::Approved && !corrected,
    }
}

/// The time of a record that counts, unless it was corrected.
pub fn counted(row: &volunteer_hours::Model) -> Option<Span> {
    let span = Span { from: row.from_at?, until: row.until_at? };
    (row.state == HoursState::Approved).then_some(span)
}

/// Whether somebody may enter this time now: gone by, neither too long nor too long ago.
pub fn check_entered(span: Span, now: DateTime<Utc>) -> Result<()> {
    check_length(span, now)?;
    if span.from < now - Duration::days(ENTER_DAYS) {
        let refused = Rejected::at(Code::InvalidValue, "from");
        return Err(refused.with("wanted", format!("at most {ENTER_DAYS} days ago")).into());
    }
    Ok(())
}

/// Whether this may stand for a record of around `about`: gone by, not too long, and within a year of
/// it. Something else is no correction.
pub fn check_corrected(span: Span, about: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    check_length(span, now)?;
    if (span.from - about).abs() > Duration::days(366) {
        let refused = Rejected::at(Code::InvalidValue, "from");
        return Err(refused.with("wanted", "within a year of what it corrects").into());
    }
    Ok(())
}

fn check_length(span: Span, now: DateTime<Utc>) -> Result<()> {
    let wanted = if span.until > now {
        "not in the future"
    } else if span.until - span.from < SHORTEST || span.until - span.from > LONGEST {
        "1 minute to 12 hours after `from`"
    } else {
        return Ok(());
    };
    Err(Rejected::at(Code::InvalidValue, "until").with("wanted", wanted).into())
}

/// Whether somebody who checked in at `from` can check out now.
pub fn check_out(from: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    if now < from + SHORTEST {
        let at = (from + SHORTEST).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        return Err(Rejected::new(Code::TooEarly).with("from", at).into());
    }
    if now > from + LONGEST {
        return Err(Error::from(Code::WindowClosed));
    }
    Ok(())
}

/// How a record of a source begins.
pub fn first_state(source: HoursSource) -> HoursState {
    match source {
        HoursSource::CheckIn => HoursState::Open,
        HoursSource::Entered => HoursState::Pending,
        HoursSource::Correction => HoursState::Approved,
    }
}

/// Time without its overlaps, in order: what touches or overlaps becomes one.
pub fn merged(spans: &[Span]) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans.iter().copied().filter(|s| s.from < s.until).collect();
    sorted.sort_unstable();
    let mut out: Vec<Span> = Vec::with_capacity(sorted.len());
    for span in sorted {
        match out.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            _ => out.push(span),
        }
    }
    out
}

/// The first instant of a local day.
pub fn midnight(day: NaiveDate, zone: FixedOffset) -> DateTime<Utc> {
    let local = zone.from_local_datetime(&day.and_time(NaiveTime::MIN));
    local.single().map_or_else(DateTime::default, |at| at.to_utc())
}

/// The local days that a span touches.
pub fn days(span: Span, zone: FixedOffset) -> Vec<NaiveDate> {
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let last = local(span.until - Duration::microseconds(1));
    local(span.from).iter_days().take_while(|day| *day <= last).collect()
}

/// Minutes of one person that count, by local day: time that was recorded twice counts once, time
/// across midnight counts on both days, a begun minute does not count, and no day has more than
/// [`DAY_CAP`]. Days without a minute are left out.
pub fn minutes_by_day(spans: &[Span], zone: FixedOffset) -> BTreeMap<NaiveDate, i32> {
    let mut seconds: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for span in merged(spans) {
        for day in days(span, zone) {
            let from = span.from.max(midnight(day, zone));
            let until = span.until.min(midnight(day + Days::new(1), zone));
            *seconds.entry(day).or_default() += (until - from).num_seconds();
        }
    }
    let capped = |seconds: i64| i32::try_from(seconds / 60).unwrap_or(DAY_CAP).min(DAY_CAP);
    seconds.into_iter().map(|(day, s)| (day, capped(s))).filter(|(_, m)| *m > 0).collect()
}

/// What others see of the minutes that so many people gave together, if anything.
pub fn shown(minutes: i64, people: i64) -> Option<i64> {
    (people >= SHOWN_FROM).then_some(minutes - minutes % SHOWN_STEP)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone() -> FixedOffset {
        FixedOffset::east_opt(8 * 3600).unwrap()
    }

    /// Minutes after a local midnight.
    fn span(from: i64, until: i64) -> Span {
        let day = NaiveDate::from_ymd_opt(2025, 6, 3).unwrap();
        let at = |minutes| midnight(day, zone()) + Duration::minutes(minutes);
        Span { from: at(from), until: at(until) }
    }

    fn minutes(spans: &[Span]) -> Vec<i32> {
        minutes_by_day(spans, zone()).into_values().collect()
    }

    #[test]
    fn time_recorded_twice_counts_once_and_a_day_has_its_end() {
        assert_eq!(minutes(&[span(600, 660), span(630, 690), span(690, 700)]), [100]);
        assert_eq!(minutes(&[span(0, 900)]), [480], "capped");
        assert_eq!(minutes(&[span(1380, 1500)]), [60, 60], "across midnight");
        assert_eq!(minutes(&[span(1440, 1441)]), [1], "the day begins at midnight");
        assert_eq!(minutes(&[span(10, 10)]), [] as [i32; 0]);
    }

    #[test]
    fn what_is_entered_lies_behind_us() {
        let now = span(0, 1000).until;
        assert!(check_entered(span(940, 1000), now).is_ok());
        assert!(check_entered(span(941, 1001), now).is_err());
        assert!(check_entered(span(200, 921), now).is_err(), "longer than twelve hours");
        assert!(check_entered(span(200, 920), now).is_ok());
        assert!(check_entered(span(1000 - 90 * 1440, 1100 - 90 * 1440), now).is_ok());
        assert!(check_entered(span(999 - 90 * 1440, 1100 - 90 * 1440), now).is_err());
        assert!(check_entered(span(900, 890), now).is_err());
        let about = span(0, 1).from;
        let years = 366 * 1440;
        assert!(check_corrected(span(-years, 60 - years), about, now).is_ok());
        assert!(check_corrected(span(-1 - years, 60 - years), about, now).is_err());
        assert!(check_corrected(span(990, 1001), about, now).is_err());
    }

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let one = (0_i64..4000, 1_i64..800).prop_map(|(from, long)| span(from, from + long));
        prop::collection::vec(one, 0..20)
    }

    proptest! {
        #[test]
        fn the_order_of_records_does_not_matter(given in spans(), seed in 0_usize..1000) {
            let mut other = given.clone();
            other.reverse();
            let by = if other.is_empty() { 0 } else { seed % other.len() };
            other.rotate_left(by);
            prop_assert_eq!(minutes_by_day(&given, zone()), minutes_by_day(&other, zone()));
        }

        #[test]
        fn no_day_has_more_than_the_cap_nor_more_than_was_recorded(given in spans()) {
            let by_day = minutes_by_day(&given, zone());
            prop_assert!(by_day.values().all(|m| (1..=DAY_CAP).contains(m)));
            let counted: i64 = by_day.values().map(|m| i64::from(*m)).sum();
            let recorded: i64 = given.iter().map(|s| (s.until - s.from).num_minutes()).sum();
            prop_assert!(counted <= recorded);
        }

        #[test]
        fn merging_twice_is_merging_once_and_counts_the_same(given in spans()) {
            let once = merged(&given);
            prop_assert_eq!(&merged(&once), &once);
            prop_assert!(once.windows(2).all(|w| w[0].until < w[1].from));
            prop_assert_eq!(minutes_by_day(&once, zone()), minutes_by_day(&given, zone()));
            let twice: Vec<Span> = given.iter().chain(&given).copied().collect();
            prop_assert_eq!(minutes_by_day(&twice, zone()), minutes_by_day(&given, zone()));
        }

        #[test]
        fn each_minute_counts_if_somebody_was_there(given in spans()) {
            let mut there = BTreeMap::<NaiveDate, i32>::new();
            for minute in 0..4800 {
                let at = span(minute, minute + 1);
                if given.iter().any(|s| s.overlaps(at)) {
                    *there.entry(days(at, zone())[0]).or_default() += 1;
                }
            }
            for minutes in there.values_mut() {
                *minutes = (*minutes).min(DAY_CAP);
            }
            prop_assert_eq!(minutes_by_day(&given, zone()), there);
        }
    }
}
