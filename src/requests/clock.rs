//! The clock of a request: what happened to it in time, and the dates that follow. Pure.
//!
//! [`Clock`] is folded from what happened; [`Clock::project`] turns it into dates under a calendar.
//! The columns that lists need are these dates, rewritten in every commit.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{enums::LimitUnit, matter_version};
use serde::{Deserialize, Serialize};

use super::rules;
use crate::calendar::{rules::YearMissing, time::Calendar};

/// A request that is neither accepted nor supplemented within this many working days counts as
/// accepted on submission.
const ACCEPT_WITHIN_DAYS: i32 = 5;
/// The clock pauses for the resident at most this many working days in all.
const PAUSE_DAYS: i64 = 10;

/// Something that moves the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Somebody accepted it.
    Accepted,
    /// A human told the resident something.
    Responded,
    /// Missing materials were told; the limits begin when they are complete.
    SupplementAsked,
    /// The resident owes something.
    Paused,
    /// The resident delivered, or the pause ended by itself.
    Resumed,
    /// Handed to the department.
    HandedOver,
    /// The department answered.
    DepartmentAnswered,
    /// An extension of working days was approved.
    Extended(i32),
    /// Working days that the law leaves out were declared.
    Statutory(i32),
    /// A result was given.
    Resolved,
    /// It was reopened.
    Reopened,
    /// The resident was told the result, or staff were reminded that nobody has told it yet.
    ResultTold,
    /// A decline, given at this instant, was appealed against.
    Appealed(DateTime<Utc>),
    /// The worker has told staff that the first response is late.
    ResponseEscalated,
}

/// From and until.
pub type Span = (DateTime<Utc>, DateTime<Utc>);

/// What happened to a request, as far as its dates depend on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Submission: the handling time counts from here, through transfer and return.
    pub submitted_at: DateTime<Utc>,
    /// First acceptance.
    pub accepted_at: Option<DateTime<Utc>>,
    /// First message of a human.
    pub first_response_at: Option<DateTime<Utc>>,
    /// Since when the resident owes something.
    pub paused_since: Option<DateTime<Utc>>,
    /// Pauses that ended.
    pub pauses: Vec<Span>,
    /// When materials were first told to be missing.
    pub supplement_at: Option<DateTime<Utc>>,
    /// When the missing materials had come.
    pub complete_at: Option<DateTime<Utc>>,
    /// Since when the department has it.
    pub department_since: Option<DateTime<Utc>>,
    /// When the department had it.
    pub department: Vec<Span>,
    /// Working days of approved extensions.
    pub extension_days: i32,
    /// Working days that the law leaves out.
    pub statutory_days: i32,
    /// The result that stands.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Between a result and its reopening: nobody's time.
    pub rests: Vec<Span>,
    /// Between a decline and the appeal against it: nobody's time either.
    #[serde(default)]
    pub declines: Vec<Span>,
    /// Since when the resident's silence counts, where that is later than the result: somebody who
    /// is called or visited cannot be silent before.
    #[serde(default)]
    pub told_at: Option<DateTime<Utc>>,
    /// Whether staff were told that the first response is late.
    pub response_escalated: bool,
    /// The deadline that another system gave; it stands as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_due_at: Option<DateTime<Utc>>,
}

/// The limits of the matter version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Promised limit in working days.
    pub promised_days: Option<i32>,
    /// Legal limit.
    pub legal: Option<(i32, LimitUnit)>,
    /// First response, in working minutes.
    pub response_minutes: i32,
}

impl From<&matter_version::Model> for Limits {
    fn from(version: &matter_version::Model) -> Self {
        Self {
            promised_days: version.promised_days,
            legal: version.legal_days.map(|days| (days, version.legal_unit)),
            response_minutes: version.response_minutes,
        }
    }
}

/// The dates that follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// Limit of the first response.
    pub response_due_at: Option<DateTime<Utc>>,
    /// Promised limit with pauses, statutory time and extensions. While the clock is paused: if the
    /// pause lasted as long as it may.
    pub due_at: Option<DateTime<Utc>>,
    /// The same without extensions.
    pub original_due_at: Option<DateTime<Utc>>,
    /// Legal limit, with pauses and statutory time.
    pub legal_due_at: Option<DateTime<Utc>>,
    /// When the running pause ends by itself.
    pub pause_ends_at: Option<DateTime<Utc>>,
    /// Working seconds from submission to the result, pauses left out.
    pub handled_work_s: Option<i64>,
    /// A year that the calendar lacks, so that some date is unknown.
    pub missing_year: Option<i32>,
}

impl Clock {
    /// The clock of a request submitted now.
    pub fn start(at: DateTime<Utc>) -> Self {
        Self {
            submitted_at: at,
            accepted_at: None,
            first_response_at: None,
            paused_since: None,
            pauses: Vec::new(),
            supplement_at: None,
            complete_at: None,
            department_since: None,
            department: Vec::new(),
            extension_days: 0,
            statutory_days: 0,
            resolved_at: None,
            rests: Vec::new(),
            declines: Vec::new(),
            told_at: None,
            response_escalated: false,
            given_due_at: None,
        }
    }

    /// The clock after something happened.
    pub fn apply(&mut self, tick: Tick, at: DateTime<Utc>) {
        match tick {
            Tick::Accepted => self.accepted_at = self.accepted_at.or(Some(at)),
            Tick::Responded => self.first_response_at = self.first_response_at.or(Some(at)),
            Tick::SupplementAsked => self.supplement_at = self.supplement_at.or(Some(at)),
            Tick::Paused => self.paused_since = self.paused_since.or(Some(at)),
            Tick::Resumed => self.resume(at),
            Tick::HandedOver => self.department_since = self.department_since.or(Some(at)),
            Tick::DepartmentAnswered => {
                self.department.extend(self.department_since.take().map(|from| (from, at)));
            }
            Tick::Extended(days) => self.extension_days += days,
            Tick::Statutory(days) => self.statutory_days += days,
            Tick::Resolved => {
                self.resume(at);
                self.department.extend(self.department_since.take().map(|from| (from, at)));
                self.resolved_at = Some(at);
                self.told_at = None;
            }
            Tick::Reopened => {
                self.rests.extend(self.resolved_at.take().map(|from| (from, at)));
            }
            Tick::ResultTold => self.told_at = Some(at),
            Tick::Appealed(declined) => self.declines.push((declined, at)),
            Tick::ResponseEscalated => self.response_escalated = true,
        }
    }

    /// When silence has become an answer.
    pub fn silent_at(&self) -> Option<DateTime<Utc>> {
        self.told_at.or(self.resolved_at).map(|told| told + rules::SILENCE)
    }

    fn resume(&mut self, at: DateTime<Utc>) {
        if let Some(from) = self.paused_since.take() {
            self.pauses.push((from, at));
            if self.supplement_at.is_some_and(|asked| asked <= from) {
                self.complete_at = self.complete_at.or(Some(at));
            }
        }
    }

    /// From when the limits count: acceptance of complete materials; submission, if nobody accepted
    /// or supplemented in time.
    pub fn base(&self, calendar: &Calendar) -> Result<DateTime<Utc>, YearMissing> {
        let first_act = match (self.accepted_at, self.supplement_at) {
            (Some(a), Some(s)) => Some(a.min(s)),
            (a, s) => a.or(s),
        };
        let deemed =
            calendar.close_of_working_day(calendar.date(self.submitted_at), ACCEPT_WITHIN_DAYS)?;
        if first_act.is_none_or(|at| at > deemed) {
            return Ok(self.submitted_at);
        }
        let accepted = self.accepted_at.unwrap_or(self.submitted_at);
        // While materials are still missing, the pause carries the limit along; a pause that ran
        // over its time carries it no further than it may last.
        let Some(complete) = self.complete_at else { return Ok(accepted) };
        let (pauses, _) = self.counted_pauses(calendar)?;
        let ended = pauses.iter().zip(&self.pauses).find(|(_, (_, until))| *until == complete);
        Ok(ended.map_or(complete, |((_, counted), _)| *counted).max(accepted))
    }

    /// Pauses with their ends, the running one as long as it may last, none beyond the cap.
    fn counted_pauses(
        &self,
        calendar: &Calendar,
    ) -> Result<(Vec<Span>, Option<DateTime<Utc>>), YearMissing> {
        let mut left = PAUSE_DAYS * self.day_seconds(calendar)?;
        let mut counted = Vec::new();
        for (from, until) in &self.pauses {
            let worked = calendar.worked(*from, *until)?;
            let end = if worked <= left { *until } else { calendar.add(*from, left)? };
            left -= worked.min(left);
            counted.push((*from, end));
        }
        let mut ends = None;
        if let Some(from) = self.paused_since {
            let end = calendar.add(from, left)?;
            counted.push((from, end));
            ends = Some(end);
        }
        Ok((counted, ends))
    }

    /// Length of a working day, as it is when the request comes in.
    fn day_seconds(&self, calendar: &Calendar) -> Result<i64, YearMissing> {
        let mut date = calendar.date(self.submitted_at);
        loop {
            let hours = calendar.day(date)?.hours;
            if !hours.is_empty() {
                return Ok(hours.iter().map(|(a, b)| i64::from(b.0 - a.0) * 60).sum());
            }
            date = date.succ_opt().ok_or(YearMissing(i32::MAX))?;
        }
    }

    /// The dates under this calendar. A year that it lacks leaves the dates that need it unknown.
    pub fn project(&self, limits: Limits, calendar: &Calendar) -> Projection {
        let mut out = Projection::default();
        let mut missing = None;
        let mut note = |result: Result<_, YearMissing>| match result {
            Ok(value) => Some(value),
            Err(YearMissing(year)) => {
                missing = Some(year);
                None
            }
        };
        let response_s = i64::from(limits.response_minutes) * 60;
        out.response_due_at = note(calendar.add(self.submitted_at, response_s));
        let (extra, statutory) = (self.extension_days, self.statutory_days);
        if let Some(days) = limits.promised_days {
            let unit = LimitUnit::WorkingDay;
            out.due_at = note(self.due(days, unit, statutory + extra, calendar));
            out.original_due_at = note(self.due(days, unit, statutory, calendar));
        }
        if let Some((days, unit)) = limits.legal {
            out.legal_due_at = note(self.due(days, unit, statutory, calendar));
        }
        if let Some(given) = self.given_due_at {
            out.due_at = note(later(given, statutory + extra, calendar));
            out.original_due_at = note(later(given, statutory, calendar));
        }
        match self.counted_pauses(calendar) {
            Ok((_, ends)) => out.pause_ends_at = ends,
            Err(YearMissing(year)) => missing = Some(year),
        }
        if let Some(resolved) = self.resolved_at {
            match self.handled(resolved, calendar) {
                Ok(seconds) => out.handled_work_s = Some(seconds),
                Err(YearMissing(year)) => missing = Some(year),
            }
        }
        out.missing_year = missing;
        out
    }

    /// The limit of `days`, later by `more` working days, and by every stop that began before it:
    /// what begins when it has passed cannot bring it back.
    fn due(
        &self,
        days: i32,
        unit: LimitUnit,
        more: i32,
        calendar: &Calendar,
    ) -> Result<DateTime<Utc>, YearMissing> {
        let base = self.base(calendar)?;
        let close = calendar.limit(calendar.date(base), days, unit)?;
        let mut due = later(close, more, calendar)?;
        let (pauses, _) = self.counted_pauses(calendar)?;
        let mut stops: Vec<Span> = pauses.into_iter().chain(self.ended()).collect();
        stops.sort_unstable();
        for (from, until) in stops {
            let stood_s = if from < due { calendar.worked(from.max(base), until)? } else { 0 };
            if stood_s > 0 {
                due = calendar.add(due, stood_s)?;
            }
        }
        Ok(due)
    }

    fn handled(&self, until: DateTime<Utc>, calendar: &Calendar) -> Result<i64, YearMissing> {
        let mut total = calendar.worked(self.submitted_at, until)?;
        let (pauses, _) = self.counted_pauses(calendar)?;
        for (from, end) in pauses.into_iter().chain(self.ended()) {
            total -= calendar.worked(from, end)?;
        }
        Ok(total.max(0))
    }

    /// Spans in which the office had nothing to do: a result or a decline stood.
    fn ended(&self) -> impl Iterator<Item = Span> + '_ {
        self.rests.iter().chain(&self.declines).copied()
    }

    /// Spans in which the clock stood still, with why, for the trace.
    pub fn stops(&self, now: DateTime<Utc>) -> Vec<(Span, Stop)> {
        let mut stops: Vec<_> = self.pauses.iter().map(|s| (*s, Stop::Resident)).collect();
        stops.extend(self.paused_since.map(|from| ((from, now), Stop::Resident)));
        stops.extend(self.rests.iter().map(|s| (*s, Stop::Resolved)));
        stops.extend(self.declines.iter().map(|s| (*s, Stop::Declined)));
        stops.sort_by_key(|((from, _), _)| *from);
        stops
    }

    /// Spans in which the department had it.
    pub fn department_spans(&self, now: DateTime<Utc>) -> Vec<Span> {
        let mut spans = self.department.clone();
        spans.extend(self.department_since.map(|from| (from, now)));
        spans
    }
}

/// An instant moved by whole working days, to the close of the last of them.
fn later(at: DateTime<Utc>, days: i32, calendar: &Calendar) -> Result<DateTime<Utc>, YearMissing> {
    if days == 0 {
        return Ok(at);
    }
    calendar.limit(calendar.date(at), days, LimitUnit::WorkingDay)
}

/// Why the clock stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "ClockStop")]
pub enum Stop {
    /// The resident owed something.
    Resident,
    /// A result had been given, before it was reopened.
    Resolved,
    /// It had been declined, before that was appealed against.
    Declined,
}

/// A date for sorting where the calendar lacks the year: calendar days in place of working days.
/// It is shown to nobody.
pub fn estimate(clock: &Clock, limits: Limits) -> DateTime<Utc> {
    let days = limits.promised_days.or(limits.legal.map(|(d, _)| d)).unwrap_or(60);
    let days = days + clock.extension_days + clock.statutory_days;
    clock.accepted_at.unwrap_or(clock.submitted_at) + Duration::days(i64::from(days) * 7 / 5 + 1)
}

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, NaiveDateTime, TimeZone};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        FixedOffset::east_opt(8 * 3600)
            .unwrap()
            .from_local_datetime(&NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap())
            .unwrap()
            .to_utc()
    }

    fn calendar() -> Calendar {
        Calendar::new(FixedOffset::east_opt(8 * 3600).unwrap(), Vec::new())
    }

    const FIVE: Limits = Limits {
        promised_days: Some(5),
        legal: Some((10, LimitUnit::WorkingDay)),
        response_minutes: 240,
    };

    fn due(clock: &Clock) -> DateTime<Utc> {
        clock.project(FIVE, &calendar()).due_at.unwrap()
    }

    #[test]
    fn limits_count_from_acceptance_and_the_response_from_submission() {
        let mut clock = Clock::start(at("2025-06-03 19:00"));
        clock.apply(Tick::Accepted, at("2025-06-04 11:00"));
        let p = clock.project(FIVE, &calendar());
        assert_eq!(p.response_due_at, Some(at("2025-06-04 13:00")));
        assert_eq!(p.due_at, Some(at("2025-06-11 20:00")));
        assert_eq!(p.legal_due_at, Some(at("2025-06-18 20:00")));
    }

    #[test]
    fn late_acceptance_counts_as_acceptance_on_submission() {
        let mut clock = Clock::start(at("2025-06-03 12:00"));
        clock.apply(Tick::Accepted, at("2025-06-11 10:00"));
        assert_eq!(due(&clock), at("2025-06-10 20:00"));
        let waiting = Clock::start(at("2025-06-03 12:00"));
        assert_eq!(due(&waiting), at("2025-06-10 20:00"));
    }

    #[test]
    fn a_supplement_moves_the_base_to_when_materials_are_complete() {
        let mut clock = Clock::start(at("2025-06-03 12:00"));
        clock.apply(Tick::Accepted, at("2025-06-03 13:00"));
        clock.apply(Tick::SupplementAsked, at("2025-06-04 12:00"));
        clock.apply(Tick::Paused, at("2025-06-04 12:00"));
        clock.apply(Tick::Resumed, at("2025-06-10 12:00"));
        assert_eq!(due(&clock), at("2025-06-17 20:00"));
    }

    #[test]
    fn a_question_pauses_and_the_pause_is_capped() {
        let mut clock = Clock::start(at("2025-06-03 12:00"));
        clock.apply(Tick::Accepted, at("2025-06-03 13:00"));
        clock.apply(Tick::Paused, at("2025-06-04 10:00"));
        clock.apply(Tick::Resumed, at("2025-06-04 12:00"));
        // Two working hours after the close of 10 June.
        assert_eq!(due(&clock), at("2025-06-11 12:00"));
        clock.apply(Tick::Paused, at("2025-06-05 10:00"));
        let p = clock.project(FIVE, &calendar());
        assert_eq!(p.pause_ends_at, Some(at("2025-06-18 18:00")), "ten working days in all");
        clock.apply(Tick::Resumed, at("2025-07-30 12:00"));
        let after = clock.project(FIVE, &calendar());
        assert_eq!(after.due_at, p.due_at, "a late worker extends nothing");
    }

    #[test]
    fn extensions_and_statutory_time_are_kept_apart() {
        let mut clock = Clock::start(at("2025-06-03 12:00"));
        clock.apply(Tick::Accepted, at("2025-06-03 13:00"));
        clock.apply(Tick::Extended(2), at("2025-06-05 12:00"));
        clock.apply(Tick::Statutory(3), at("2025-06-05 12:00"));
        let p = clock.project(FIVE, &calendar());
        assert_eq!(p.due_at, Some(at("2025-06-17 20:00")));
        assert_eq!(p.original_due_at, Some(at("2025-06-13 20:00")));
    }

    #[test]
    fn reopening_gives_back_the_time_between() {
        let mut clock = Clock::start(at("2025-06-03 12:00"));
        clock.apply(Tick::Accepted, at("2025-06-03 13:00"));
        clock.apply(Tick::Resolved, at("2025-06-04 12:00"));
        assert_eq!(clock.project(FIVE, &calendar()).handled_work_s, Some(8 * 3600));
        clock.apply(Tick::Reopened, at("2025-06-05 12:00"));
        assert_eq!(due(&clock), at("2025-06-11 20:00"));
        clock.apply(Tick::Resolved, at("2025-06-05 13:00"));
        assert_eq!(clock.project(FIVE, &calendar()).handled_work_s, Some(9 * 3600));
    }

    #[test]
    fn a_year_without_data_leaves_its_dates_unknown() {
        let mut clock = Clock::start(at("2026-12-30 12:00"));
        clock.apply(Tick::Accepted, at("2026-12-30 13:00"));
        let p = clock.project(FIVE, &calendar());
        assert_eq!((p.due_at, p.missing_year), (None, Some(2027)));
        assert!(p.response_due_at.is_some());
        assert!(estimate(&clock, FIVE) > clock.submitted_at);
    }

    proptest! {
        #[test]
        fn pausing_never_brings_the_deadline_forward(minutes in proptest::collection::vec(1_i64..4000, 1..8)) {
            let mut clock = Clock::start(at("2025-03-03 12:00"));
            clock.apply(Tick::Accepted, at("2025-03-03 13:00"));
            let (mut now, mut last) = (at("2025-03-03 14:00"), due(&clock));
            for (i, m) in minutes.into_iter().enumerate() {
                now += Duration::minutes(m);
                clock.apply(if i % 2 == 0 { Tick::Paused } else { Tick::Resumed }, now);
                if i % 2 == 1 {
                    let next = due(&clock);
                    prop_assert!(next >= last);
                    last = next;
                }
            }
        }
    }
}
