//! Arithmetic of working time over effective-dated rules. Pure.

use chrono::{DateTime, Days, Duration, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use linli_entity::enums::LimitUnit;

use super::rules::{Day, Hours, Rules, Season, YearMissing};

/// The rules of one community, by the day from which they apply.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: FixedOffset,
    versions: Vec<(NaiveDate, i32, Rules)>,
}

/// One day of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceDay {
    /// The local day.
    pub date: NaiveDate,
    /// What it is.
    pub day: Day,
    /// Seconds of it that count.
    pub counted_s: i64,
    /// Version of the calendar that says so; 0 is the built-in one.
    pub version: i32,
}

/// From and until.
type Span = (DateTime<Utc>, DateTime<Utc>);

/// A limit is found within this many days or not at all (guards against endless rules).
const HORIZON_DAYS: u64 = 4000;

impl Calendar {
    /// A calendar of versions (first day, number, rules). Before the first of them, and where
    /// there is none, the standard rules apply as version 0.
    pub fn new(zone: FixedOffset, mut versions: Vec<(NaiveDate, i32, Rules)>) -> Self {
        versions.push((NaiveDate::MIN, 0, Rules::standard()));
        // A later version for the same day replaces the earlier one.
        versions.sort_by_key(|(from, number, _)| (*from, *number));
        Self { zone, versions }
    }

    /// Number of the newest version.
    pub fn version(&self) -> i32 {
        self.versions.iter().map(|(_, number, _)| *number).max().unwrap_or(0)
    }

    /// The local day of an instant.
    pub fn date(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// What a day is.
    pub fn day(&self, date: NaiveDate) -> Result<Day, YearMissing> {
        self.rules(date).1.day(date)
    }

    fn rules(&self, date: NaiveDate) -> (i32, &Rules) {
        let index = self.versions.partition_point(|(from, _, _)| *from <= date);
        let (_, number, rules) = &self.versions[index.saturating_sub(1)];
        (*number, rules)
    }

    /// The same days with other weekly hours: a holiday stays off, a make-up day is worked.
    #[must_use]
    pub fn with_week(&self, week: &[Hours]) -> Self {
        let season = || Season { from: "01-01".to_owned(), week: week.to_vec() };
        let versions = self.versions.iter().map(|(from, number, rules)| {
            (*from, *number, Rules { seasons: vec![season()], ..rules.clone() })
        });
        Self { zone: self.zone, versions: versions.collect() }
    }

    /// The working spans of a day, as instants.
    pub fn spans(&self, date: NaiveDate) -> Result<Vec<Span>, YearMissing> {
        let day = self.day(date)?;
        let midnight = self.midnight(date);
        let instant = |minute: u16| midnight + Duration::minutes(i64::from(minute));
        Ok(day.hours.iter().map(|(from, until)| (instant(from.0), instant(until.0))).collect())
    }

    /// The first instant of a day.
    pub fn midnight(&self, date: NaiveDate) -> DateTime<Utc> {
        let naive = date.and_time(NaiveTime::MIN);
        // A fixed offset has exactly one instant for every local time.
        self.zone.from_local_datetime(&naive).single().unwrap_or_default().to_utc()
    }

    /// Working seconds between two instants; 0 if `until` is not later.
    pub fn worked(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<i64, YearMissing> {
        if until <= from {
            return Ok(0);
        }
        let last = self.date(until);
        let mut total = Duration::zero();
        for date in self.date(from).iter_days().take_while(|d| *d <= last) {
            for (opens, closes) in self.spans(date)? {
                total += (closes.min(until) - opens.max(from)).max(Duration::zero());
            }
        }
        Ok(total.num_seconds())
    }

    /// The earliest instant at which `seconds` of working time have passed since `from`.
    pub fn add(&self, from: DateTime<Utc>, seconds: i64) -> Result<DateTime<Utc>, YearMissing> {
        let mut left = Duration::seconds(seconds.max(0));
        let first = self.date(from);
        for date in first.iter_days().take(usize::try_from(HORIZON_DAYS).unwrap_or(0)) {
            for (opens, closes) in self.spans(date)? {
                let start = opens.max(from);
                if closes <= start {
                    continue;
                }
                if left <= closes - start {
                    return Ok(start + left);
                }
                left -= closes - start;
            }
        }
        Err(YearMissing(chrono::Datelike::year(&(first + Days::new(HORIZON_DAYS)))))
    }

    /// The latest instant from which `seconds` of working time lead to `until`.
    pub fn subtract(
        &self,
        until: DateTime<Utc>,
        seconds: i64,
    ) -> Result<DateTime<Utc>, YearMissing> {
        let mut left = Duration::seconds(seconds.max(0));
        let mut date = self.date(until);
        for _ in 0..HORIZON_DAYS {
            for (opens, closes) in self.spans(date)?.into_iter().rev() {
                let end = closes.min(until);
                if end <= opens {
                    continue;
                }
                if left <= end - opens {
                    return Ok(end - left);
                }
                left -= end - opens;
            }
            date = date - Days::new(1);
        }
        Err(YearMissing(chrono::Datelike::year(&date)))
    }

    /// The close of the `n`-th working day after `date`, which is day 0 (practice counts from the
    /// next day).
    pub fn close_of_working_day(
        &self,
        date: NaiveDate,
        n: i32,
    ) -> Result<DateTime<Utc>, YearMissing> {
        let mut left = n;
        for day in date.iter_days().skip(1).take(usize::try_from(HORIZON_DAYS).unwrap_or(0)) {
            if let Some((_, closes)) = self.spans(day)?.last() {
                left -= 1;
                if left <= 0 {
                    return Ok(*closes);
                }
            }
        }
        Err(YearMissing(chrono::Datelike::year(&(date + Days::new(HORIZON_DAYS)))))
    }

    /// The close of a limit of `n` units after `date`, which is day 0. An end in calendar days that
    /// falls on a day off moves to the next working day (Civil Code, article 203).
    pub fn limit(
        &self,
        date: NaiveDate,
        n: i32,
        unit: LimitUnit,
    ) -> Result<DateTime<Utc>, YearMissing> {
        match unit {
            LimitUnit::WorkingDay => self.close_of_working_day(date, n),
            LimitUnit::CalendarDay => {
                let eve = date + Days::new(u64::try_from(n - 1).unwrap_or(0));
                self.close_of_working_day(eve, 1)
            }
        }
    }

    /// Whole working days that lie between two local days, the first excluded, the last included.
    pub fn working_days(&self, from: NaiveDate, until: NaiveDate) -> Result<i32, YearMissing> {
        let mut days = 0;
        for date in from.iter_days().skip(1).take_while(|d| *d <= until) {
            days += i32::from(!self.day(date)?.hours.is_empty());
        }
        Ok(days)
    }

    /// The days of a span, each counted whole.
    pub fn days(&self, from: NaiveDate, until: NaiveDate) -> Result<Vec<TraceDay>, YearMissing> {
        let until = self.midnight(until) + Duration::days(1) - Duration::seconds(1);
        self.trace(self.midnight(from), until)
    }

    /// Day by day, what counts between two instants. At most 400 days.
    pub fn trace(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<TraceDay>, YearMissing> {
        let last = self.date(until);
        let mut days = Vec::new();
        for date in self.date(from).iter_days().take_while(|d| *d <= last).take(400) {
            let (version, rules) = self.rules(date);
            let day = rules.day(date)?;
            let start = self.midnight(date);
            let counted_s = self.worked(from.max(start), until.min(start + Duration::days(1)))?;
            days.push(TraceDay { date, day, counted_s, version });
        }
        Ok(days)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::rules::LocalDay;

    fn beijing() -> FixedOffset {
        FixedOffset::east_opt(8 * 3600).unwrap()
    }

    fn standard() -> Calendar {
        Calendar::new(beijing(), Vec::new())
    }

    fn at(text: &str) -> DateTime<Utc> {
        beijing()
            .from_local_datetime(
                &chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap(),
            )
            .unwrap()
            .to_utc()
    }

    #[test]
    fn hours_skip_the_midday_break_and_the_night() {
        let c = standard();
        assert_eq!(c.add(at("2025-06-03 13:00"), 2 * 3600).unwrap(), at("2025-06-03 17:00"));
        assert_eq!(c.add(at("2025-06-03 19:30"), 3600).unwrap(), at("2025-06-04 10:30"));
        // Exactly to the close is still today.
        assert_eq!(c.add(at("2025-06-03 10:00"), 8 * 3600).unwrap(), at("2025-06-03 20:00"));
        assert_eq!(c.worked(at("2025-06-03 09:00"), at("2025-06-03 23:00")).unwrap(), 8 * 3600);
    }

    #[test]
    fn a_limit_counts_from_the_next_day_over_holidays_and_make_up_days() {
        let c = standard();
        // Accepted on Friday 24 January 2025: Sunday 26 is worked, Monday 27 too, then Spring
        // Festival until 4 February.
        let date = "2025-01-24".parse().unwrap();
        assert_eq!(c.close_of_working_day(date, 1).unwrap(), at("2025-01-26 19:30"));
        assert_eq!(c.close_of_working_day(date, 3).unwrap(), at("2025-02-05 19:30"));
        assert_eq!(
            c.limit(date, 5, LimitUnit::CalendarDay).unwrap(),
            at("2025-02-05 19:30"),
            "day 5 is a holiday, so the end moves to the next working day"
        );
        assert_eq!(c.limit(date, 2, LimitUnit::CalendarDay).unwrap(), at("2025-01-26 19:30"));
    }

    #[test]
    fn a_version_governs_from_its_first_day() {
        let mut rules = Rules::standard();
        rules.days.insert("2025-06-05".parse().unwrap(), LocalDay::Off("停电".to_owned()));
        let c = Calendar::new(beijing(), vec![("2025-06-04".parse().unwrap(), 1, rules)]);
        assert_eq!(c.version(), 1);
        assert_eq!(
            c.close_of_working_day("2025-06-03".parse().unwrap(), 2).unwrap(),
            at("2025-06-06 20:00")
        );
    }

    #[test]
    fn a_missing_year_is_an_error_and_not_a_guess() {
        assert_eq!(standard().add(at("2026-12-31 19:00"), 3600 * 8), Err(YearMissing(2027)));
        assert!(standard().worked(at("2023-12-31 10:00"), at("2024-01-02 10:00")).is_err());
    }

    proptest! {
        #[test]
        fn adding_and_measuring_are_inverse(minute in 0_i64..1_000_000, seconds in 0_i64..2_000_000) {
            let c = standard();
            let from = at("2024-01-02 00:00") + Duration::minutes(minute);
            prop_assume!(minute < 900_000);
            let until = c.add(from, seconds).unwrap();
            prop_assert_eq!(c.worked(from, until).unwrap(), seconds);
            let back = c.subtract(until, seconds).unwrap();
            prop_assert_eq!(c.worked(back, until).unwrap(), seconds);
            // Going back lands where the work began: only idle time lies between.
            prop_assert!(back >= from);
            prop_assert_eq!(c.worked(from, back).unwrap(), 0);
        }

        #[test]
        fn measuring_is_additive(a in 0_i64..500_000, b in 0_i64..500_000, c in 0_i64..500_000) {
            let calendar = standard();
            let start = at("2024-01-02 00:00");
            let mut points = [a, b, c].map(|m| start + Duration::minutes(m));
            points.sort_unstable();
            let [x, y, z] = points;
            prop_assert_eq!(
                calendar.worked(x, y).unwrap() + calendar.worked(y, z).unwrap(),
                calendar.worked(x, z).unwrap()
            );
        }
    }
}
