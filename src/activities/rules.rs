//! Parties, the line, and the weeks of a year. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc, Weekday};
use linli_entity::{
    activity, activity_registration,
    enums::{ActivityKind, ActivityState, AgeBand, RegistrationState},
};

use crate::kernel::{Code, Error, Rejected, Result};

/// Most sessions of one activity.
pub const SESSIONS: usize = 50;
/// Most partner organisations of one activity.
pub const PARTNERS: usize = 20;
/// Most people of one party.
pub const PARTY: usize = 20;
/// Most scans of one list.
pub const SCANS: usize = 200;
/// Nobody comes earlier than this before a session.
pub const DOORS_OPEN: Duration = Duration::hours(2);

/// Youngest and oldest of an age band, in years.
fn years(band: AgeBand) -> (i32, i32) {
    match band {
        AgeBand::Toddler => (0, 5),
        AgeBand::Child => (6, 13),
        AgeBand::Youth => (14, 17),
        AgeBand::Adult => (18, 59),
        AgeBand::Senior => (60, 120),
    }
}

/// Whether somebody of this age does not come alone.
fn is_child(band: AgeBand) -> bool {
    matches!(band, AgeBand::Toddler | AgeBand::Child)
}

/// Whether somebody of this age looks after a child.
fn is_guardian(band: AgeBand) -> bool {
    matches!(band, AgeBand::Adult | AgeBand::Senior)
}

/// Whether these may come together to an activity for those between two ages. Who comes with a
/// child of the party may be of any age.
pub fn check_party(bands: &[AgeBand], (min, max): (Option<i32>, Option<i32>)) -> Result<()> {
    if bands.is_empty() {
        return Err(Rejected::at(Code::Required, "members").into());
    }
    if bands.len() > PARTY {
        return Err(Rejected::at(Code::PartyTooLarge, "members").with("max", PARTY).into());
    }
    let with_child = bands.iter().any(|b| is_child(*b));
    if with_child && !bands.iter().any(|b| is_guardian(*b)) {
        return Err(Rejected::at(Code::GuardianRequired, "members").into());
    }
    let fits = |band: AgeBand| {
        let (youngest, oldest) = years(band);
        let in_range = min.is_none_or(|m| oldest >= m) && max.is_none_or(|m| youngest <= m);
        in_range || with_child && is_guardian(band)
    };
    if bands.iter().any(|b| !fits(*b)) {
        return Err(Rejected::at(Code::AgeOutOfRange, "members").into());
    }
    Ok(())
}

/// How many parties of the line get their seats, strictly one after the other: if the first does not
/// fit it waits, and so does everybody behind it, however small.
pub fn promoted(free: i32, line: &[i32]) -> usize {
    let mut free = free;
    line.iter()
        .take_while(|people| {
            free -= **people;
            free >= 0
        })
        .count()
}

/// Whether the activity stands in one of these states.
pub fn check_state(state: ActivityState, allowed: &[ActivityState]) -> Result<()> {
    if allowed.contains(&state) {
        return Ok(());
    }
    Err(wrong_state(state.code()))
}

/// Whether seats are given now: published, within the window, and before the activity begins.
pub fn is_open(row: &activity::Model, now: DateTime<Utc>) -> bool {
    row.state == ActivityState::Published
        && row.registration_opens_at <= now
        && now < row.registration_closes_at
        && now < row.starts_at
}

/// Whether seats that become free go to the line.
pub fn promotes(row: &activity::Model, now: DateTime<Utc>) -> bool {
    row.state == ActivityState::Published && now < row.registration_closes_at && now < row.starts_at
}

/// Until when seats are kept for who moves up now; none if they have them at once. An offer never outlives
/// the begin of the activity.
pub fn offered_until(row: &activity::Model, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let minutes = row.offer_minutes?;
    Some(row.starts_at.min(now + Duration::minutes(i64::from(minutes))))
}

/// Refuses to take back what has ended, or a party that has come: the doors open before the activity begins.
pub fn check_cancel(
    row: &activity_registration::Model,
    activity: &activity::Model,
    came: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    if row.state == RegistrationState::Cancelled {
        return Err(wrong_state(row.state.code()));
    }
    if now >= activity.starts_at {
        return Err(Code::WindowClosed.into());
    }
    if came {
        return Err(wrong_state("CHECKED_IN"));
    }
    Ok(())
}

/// Refuses to accept what is not offered, or no more.
pub fn check_accept(
    row: &activity_registration::Model,
    activity: &activity::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(until) = row.offered_until else { return Err(wrong_state(row.state.code())) };
    check_state(activity.state, &[ActivityState::Published])?;
    if now >= until {
        return Err(Code::WindowClosed.into());
    }
    Ok(())
}

fn wrong_state(state: impl std::fmt::Display) -> Error {
    Rejected::new(Code::IllegalTransition).with("state", state).into()
}

/// Whether a party in this state has seats that nobody else can get.
pub fn holds_seats(state: RegistrationState) -> bool {
    match state {
        RegistrationState::Registered | RegistrationState::Offered => true,
        RegistrationState::Waiting | RegistrationState::Cancelled => false,
    }
}

/// Whether numbers are drawn at the sessions of such an activity.
pub fn has_queue(kind: ActivityKind) -> bool {
    match kind {
        ActivityKind::FreeClinic | ActivityKind::Haircut => true,
        ActivityKind::ParentChild
        | ActivityKind::Science
        | ActivityKind::Culture
        | ActivityKind::Training
        | ActivityKind::CleanUp
        | ActivityKind::Festival
        | ActivityKind::PartyDay
        | ActivityKind::Other => false,
    }
}

/// Whether a party can have come at `scanned` to a session that begins at `from`.
pub fn check_scan(scanned: DateTime<Utc>, from: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
    if scanned > now {
        let wanted = "not in the future";
        return Err(Rejected::at(Code::InvalidValue, "scannedAt").with("wanted", wanted).into());
    }
    if scanned < from - DOORS_OPEN {
        let from = from - DOORS_OPEN;
        return Err(Rejected::at(Code::TooEarly, "scannedAt").with("from", from).into());
    }
    Ok(())
}

/// A week of the ISO calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week {
    /// ISO year.
    pub year: i32,
    /// ISO week, 1 to 53.
    pub week: i32,
}

impl Week {
    /// The week of a day.
    pub fn of(day: NaiveDate) -> Self {
        let week = day.iso_week();
        Self { year: week.year(), week: i32::try_from(week.week()).unwrap_or(0) }
    }

    /// Its first day; none for a week that the year does not have.
    pub fn monday(self) -> Option<NaiveDate> {
        let week = u32::try_from(self.week).ok()?;
        NaiveDate::from_isoywd_opt(self.year, week, Weekday::Mon)
    }

    /// The same, or what is wrong with it.
    pub fn checked(self) -> Result<NaiveDate> {
        let wanted = "a week that the ISO year has";
        self.monday()
            .filter(|day| (2000..2200).contains(&day.year()))
            .ok_or_else(|| Error::bad_input("input.isoWeek", wanted))
    }
}

/// The weeks that belong to the days of a period: those whose Thursday lies in it.
pub fn weeks(from: NaiveDate, to: NaiveDate) -> Vec<Week> {
    let days = from.iter_days().take_while(|day| *day < to);
    days.filter(|day| day.weekday() == Weekday::Thu).map(Week::of).collect()
}

/// What a week was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekLine {
    /// Which.
    pub week: Week,
    /// Its first day.
    pub monday: NaiveDate,
    /// Activities held that began in it.
    pub held: i64,
    /// Whether none was owed.
    pub exempt: bool,
    /// Whether it is over.
    pub elapsed: bool,
}

/// Every week of a period, with what was held in it.
pub fn week_lines(
    period: (NaiveDate, NaiveDate),
    held: &BTreeMap<Week, i64>,
    exempt: &BTreeSet<Week>,
    today: NaiveDate,
) -> Vec<WeekLine> {
    let line = |week: Week| {
        let monday = week.monday()?;
        Some(WeekLine {
            week,
            monday,
            held: held.get(&week).copied().unwrap_or(0),
            exempt: exempt.contains(&week),
            elapsed: monday + Days::new(7) <= today,
        })
    };
    weeks(period.0, period.1).into_iter().filter_map(line).collect()
}

/// Weeks that count and had an activity, weeks that count, and the most in a row that had none. A
/// week that is not over does not count, nor does an exempt one, which neither makes a gap nor ends
/// it.
pub fn coverage(lines: &[WeekLine]) -> (i64, i64, i64) {
    let (mut covered, mut counted, mut gap, mut longest) = (0, 0, 0, 0);
    for line in lines.iter().filter(|l| l.elapsed && !l.exempt) {
        counted += 1;
        if line.held > 0 {
            covered += 1;
            gap = 0;
        } else {
            gap += 1;
            longest = Ord::max(longest, gap);
        }
    }
    (covered, counted, longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use AgeBand::{Adult, Child, Senior, Toddler, Youth};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn nobody_jumps_the_line() {
        assert_eq!(promoted(3, &[2, 1, 1]), 2);
        assert_eq!(promoted(1, &[2, 1, 1]), 0, "those behind wait with the first");
        assert_eq!(promoted(0, &[1]), 0);
        assert_eq!(promoted(9, &[2, 3]), 2);
        assert_eq!(promoted(5, &[]), 0);
    }

    #[test]
    fn a_child_comes_with_a_guardian_who_may_be_of_any_age() {
        let for_children = (Some(6), Some(13));
        assert!(check_party(&[Child], for_children).is_err());
        assert!(check_party(&[Child, Youth], (None, None)).is_err());
        assert!(check_party(&[Child, Senior], for_children).is_ok());
        assert!(check_party(&[Adult], for_children).is_err(), "without a child");
        assert!(check_party(&[Toddler, Adult], (Some(6), None)).is_err(), "too young");
        assert!(check_party(&[], (None, None)).is_err());
        assert!(check_party(&[Adult; PARTY + 1], (None, None)).is_err());
    }

    #[test]
    fn a_week_belongs_to_the_month_of_its_thursday() {
        // Monday 30 June 2025 opens the week of Thursday 3 July.
        let june = weeks(day("2025-06-01"), day("2025-07-01"));
        assert_eq!(june.len(), 4);
        assert_eq!(june[0].monday(), Some(day("2025-06-02")));
        assert_eq!(
            weeks(day("2025-07-01"), day("2025-08-01"))[0].monday(),
            Some(day("2025-06-30"))
        );
        // Thursday 1 January 2026: the week began in 2025.
        let january = weeks(day("2026-01-01"), day("2026-02-01"));
        assert_eq!(january[0], Week { year: 2026, week: 1 });
        assert_eq!(january[0].monday(), Some(day("2025-12-29")));
        let year = weeks(day("2026-01-01"), day("2027-01-01"));
        assert_eq!(year.len(), 53);
        assert!(Week { year: 2025, week: 53 }.monday().is_none());
    }

    #[test]
    fn an_exempt_week_neither_counts_nor_ends_a_gap() {
        let all = weeks(day("2025-06-01"), day("2025-08-01"));
        let held = BTreeMap::from([(all[0], 3), (all[5], 1)]);
        let exempt = BTreeSet::from([all[2]]);
        let period = (day("2025-06-01"), day("2025-08-01"));
        let lines = week_lines(period, &held, &exempt, day("2025-07-20"));
        assert_eq!(lines.iter().filter(|l| l.elapsed).count(), 6, "Sunday: its week is not over");
        assert_eq!(coverage(&lines), (2, 5, 3));
        let lines = week_lines(period, &held, &exempt, day("2025-07-21"));
        assert_eq!(coverage(&lines), (2, 6, 3));
        assert_eq!(coverage(&[]), (0, 0, 0));
    }

    #[test]
    fn a_scan_lies_between_the_opening_of_the_doors_and_now() {
        let at = |hour| DateTime::UNIX_EPOCH + Duration::hours(hour);
        assert!(check_scan(at(8), at(10), at(11)).is_ok());
        assert!(check_scan(at(7), at(10), at(11)).is_err());
        assert!(check_scan(at(12), at(10), at(11)).is_err());
    }
}
