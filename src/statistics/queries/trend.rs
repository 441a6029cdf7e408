//! The trend: days gathered into steps. Pure.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Duration, Months, NaiveDate};

/// Buckets of a trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "TrendStep")]
pub enum Step {
    /// Days.
    Day,
    /// Weeks that begin on Monday (ISO 8601).
    Week,
    /// Calendar months.
    Month,
}

/// The days gathered into buckets, empty ones included, over the whole period.
pub fn trend(
    days: &BTreeMap<i32, (i64, i64)>,
    (from, to): (NaiveDate, NaiveDate),
    step: Step,
) -> Vec<(NaiveDate, i64, i64)> {
    let start = |date: NaiveDate| match step {
        Step::Day => date,
        Step::Week => date - Days::new(u64::from(date.weekday().num_days_from_monday())),
        Step::Month => date.with_day(1).unwrap_or(date),
    };
    let mut buckets: BTreeMap<NaiveDate, (i64, i64)> = BTreeMap::new();
    let mut bucket = start(from);
    while bucket < to {
        buckets.insert(bucket, (0, 0));
        bucket = match step {
            Step::Day => bucket + Days::new(1),
            Step::Week => bucket + Days::new(7),
            Step::Month => bucket + Months::new(1),
        };
    }
    for (day, (received, resolved)) in days {
        let date = NaiveDate::default() + Duration::days(i64::from(*day));
        let entry = buckets.entry(start(date)).or_default();
        entry.0 += received;
        entry.1 += resolved;
    }
    buckets.into_iter().map(|(date, (r, c))| (date, r, c)).collect()
}
