//! Lines of a table: counts, rates and times that explain themselves.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use linli_entity::enums::Outcome;

use crate::statistics::{
    metrics::{Exclusion, Facts, Rate, Time, percent},
    queries::Counts,
};

/// A share that explains itself.
#[derive(Clone, SimpleObject)]
pub struct RateValue {
    /// Which rate.
    pub metric: Rate,
    /// Stable id of the metric.
    pub metric_id: String,
    /// Version of its definition.
    pub definition_version: i32,
    /// Above the line; null if suppressed.
    pub numerator: Option<i64>,
    /// Below the line; null if suppressed.
    pub denominator: Option<i64>,
    /// In percent with one decimal, half to even; null for an empty whole. 100.0 only if nothing is
    /// missing.
    pub percent: Option<String>,
    /// Left out before anything is divided, by reason; empty for rates of results. The denominator,
    /// these and `outside` add up to everything received, or to the results given.
    pub exclusions: Vec<ExclusionCount>,
    /// Left out by the definition of the rate: imported, without a deadline, or their time has not
    /// come. For the responsible unit; null for others.
    pub outside: Option<i64>,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
    /// Whether it is hidden because it could point at people.
    pub suppressed: bool,
}

/// A distribution of times.
#[derive(Clone, SimpleObject)]
pub struct TimeValue {
    /// Which time.
    pub metric: Time,
    /// Stable id of the metric.
    pub metric_id: String,
    /// Version of its definition.
    pub definition_version: i32,
    /// Size of the set; null if suppressed.
    pub count: Option<i64>,
    /// Half of the set is at most so many seconds (nearest rank).
    pub p50_seconds: Option<i64>,
    /// Nine tenths of the set are at most so many seconds (nearest rank).
    pub p90_seconds: Option<i64>,
    /// Resolved in the period, but without a working time: imported. Zero for the other times. For
    /// the responsible unit; null for others.
    pub outside: Option<i64>,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
    /// Whether it is hidden because it could point at people.
    pub suppressed: bool,
}

/// How many were left out, and why.
#[derive(Clone, SimpleObject)]
pub struct ExclusionCount {
    /// Why.
    pub reason: Exclusion,
    /// How many; null if suppressed.
    pub count: Option<i64>,
}

/// How many ended in an outcome.
#[derive(Clone, SimpleObject)]
pub struct OutcomeCount {
    /// The outcome.
    pub outcome: Outcome,
    /// How many; null if suppressed.
    pub count: Option<i64>,
}

/// A line of a table.
#[derive(Clone, SimpleObject)]
pub struct StatisticsLine {
    /// Submitted in the period, before exclusions: the sum of `base` and the exclusions.
    pub received: Option<i64>,
    /// Left out, by reason.
    pub exclusions: Vec<ExclusionCount>,
    /// The base set: received without the exclusions.
    pub base: Option<i64>,
    /// Done, of the base set.
    pub done: Option<i64>,
    /// Not done, of the base set: still open, or unreachable.
    pub open: Option<i64>,
    /// Outcomes of the base set: 办结 means that the process ended, not that a wish was granted.
    pub outcomes: Vec<OutcomeCount>,
    /// Resolved in the period, whenever submitted.
    pub resolved: Option<i64>,
    /// Resolved in the period / base of the period, as a decimal: a flow, may exceed 1.
    pub clearance: Option<String>,
    /// Rates.
    pub rates: Vec<RateValue>,
    /// Times.
    pub times: Vec<TimeValue>,
}

/// How a line is to be shown.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    /// When it was counted.
    pub as_of: DateTime<Utc>,
    /// Whether its numbers are hidden.
    pub hidden: bool,
    /// Whether the reader is the responsible unit.
    pub exact: bool,
}

/// Of an owner only the count and age of open work is shown, never rates.
pub(super) fn open_work(counts: &Counts, as_of: DateTime<Utc>) -> StatisticsLine {
    let shown = Shown { as_of, hidden: false, exact: true };
    let ages: Vec<TimeValue> =
        times(counts, shown).into_iter().filter(|t| t.metric == Time::OpenAge).collect();
    StatisticsLine {
        received: None,
        exclusions: Vec::new(),
        base: None,
        done: None,
        open: ages.first().and_then(|t| t.count),
        outcomes: Vec::new(),
        resolved: None,
        clearance: None,
        rates: Vec::new(),
        times: ages,
    }
}

/// A line is shown whole or not at all: its cells can be computed from each other.
pub(super) fn line(counts: &Counts, how: Shown) -> StatisticsLine {
    let shown = |n: i64| (!how.hidden).then_some(n);
    let (done, base) = counts.rates[0];
    let outcome = |(code, n): &(String, i64)| {
        let outcome = Outcome::ALL.iter().find(|o| o.code() == *code)?;
        Some(OutcomeCount { outcome: *outcome, count: shown(*n) })
    };
    StatisticsLine {
        received: shown(counts.received),
        exclusions: exclusions(counts, how),
        base: shown(base),
        done: shown(done),
        open: shown(counts.open),
        outcomes: counts.outcomes.iter().filter_map(outcome).collect(),
        resolved: shown(counts.resolved),
        clearance: if how.hidden { None } else { ratio(counts.resolved, base) },
        rates: rates(counts, how),
        times: times(counts, how),
    }
}

/// A ratio with three decimals, cut off; null for an empty whole.
fn ratio(part: i64, whole: i64) -> Option<String> {
    (whole > 0).then(|| format!("{}.{:03}", part / whole, part % whole * 1000 / whole))
}

fn exclusions(counts: &Counts, how: Shown) -> Vec<ExclusionCount> {
    let one = |(reason, n): &(Exclusion, i64)| ExclusionCount {
        reason: *reason,
        count: (!how.hidden).then_some(*n),
    };
    counts.exclusions.iter().map(one).collect()
}

fn rates(counts: &Counts, how: Shown) -> Vec<RateValue> {
    let shown = |n: i64| (!how.hidden).then_some(n);
    let of = |(metric, (numerator, denominator)): (&Rate, &(i64, i64))| RateValue {
        metric: *metric,
        metric_id: metric.id().to_owned(),
        definition_version: metric.version(),
        numerator: shown(*numerator),
        denominator: shown(*denominator),
        percent: if how.hidden { None } else { percent(*numerator, *denominator) },
        exclusions: match metric.facts() {
            Facts::Requests => exclusions(counts, how),
            Facts::Closures => Vec::new(),
        },
        outside: how.exact.then(|| counts.outside(*metric)),
        as_of: how.as_of,
        suppressed: how.hidden,
    };
    Rate::ALL.iter().zip(&counts.rates).map(of).collect()
}

/// What is open now is not of the period, and is shown to the responsible unit only.
fn times(counts: &Counts, how: Shown) -> Vec<TimeValue> {
    let of = |(metric, (count, p50, p90)): (&Time, &(i64, Option<i64>, Option<i64>))| {
        let suppressed = how.hidden || (*metric == Time::OpenAge && !how.exact);
        let outside = if *metric == Time::HandlingWork { counts.resolved - count } else { 0 };
        TimeValue {
            metric: *metric,
            metric_id: metric.id().to_owned(),
            definition_version: 1,
            count: (!suppressed).then_some(*count),
            p50_seconds: p50.filter(|_| !suppressed),
            p90_seconds: p90.filter(|_| !suppressed),
            outside: how.exact.then_some(outside),
            as_of: how.as_of,
            suppressed,
        }
    };
    Time::ALL.iter().zip(&counts.times).map(of).collect()
}
