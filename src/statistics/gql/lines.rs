//! Lines of a table: counts, rates and times that explain themselves.

use async_graphql::SimpleObject;
use linli_entity::enums::Outcome;

use crate::statistics::{
    metrics::{Exclusion, Rate, Time, percent},
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

/// Of an owner only the count and age of open work is shown, never rates.
pub(super) fn open_work(counts: &Counts) -> StatisticsLine {
    let ages: Vec<TimeValue> =
        times(counts, false, true).into_iter().filter(|t| t.metric == Time::OpenAge).collect();
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
pub(super) fn line(counts: &Counts, hidden: bool, exact: bool) -> StatisticsLine {
    let shown = |n: i64| (!hidden).then_some(n);
    let (done, base) = counts.rates[0];
    let outcome = |(code, n): &(String, i64)| {
        let outcome = Outcome::ALL.iter().find(|o| o.code() == *code)?;
        Some(OutcomeCount { outcome: *outcome, count: shown(*n) })
    };
    StatisticsLine {
        received: shown(counts.received),
        exclusions: counts
            .exclusions
            .iter()
            .map(|(reason, n)| ExclusionCount { reason: *reason, count: shown(*n) })
            .collect(),
        base: shown(base),
        done: shown(done),
        open: shown(counts.open),
        outcomes: counts.outcomes.iter().filter_map(outcome).collect(),
        resolved: shown(counts.resolved),
        clearance: if hidden { None } else { ratio(counts.resolved, base) },
        rates: rates(counts, hidden),
        times: times(counts, hidden, exact),
    }
}

/// A ratio with three decimals, cut off; null for an empty whole.
fn ratio(part: i64, whole: i64) -> Option<String> {
    (whole > 0).then(|| format!("{}.{:03}", part / whole, part % whole * 1000 / whole))
}

fn rates(counts: &Counts, suppressed: bool) -> Vec<RateValue> {
    Rate::ALL
        .iter()
        .enumerate()
        .map(|(index, metric)| {
            let (numerator, denominator) = counts.rates[index];
            RateValue {
                metric: *metric,
                metric_id: metric.id().to_owned(),
                definition_version: metric.version(),
                numerator: (!suppressed).then_some(numerator),
                denominator: (!suppressed).then_some(denominator),
                percent: if suppressed { None } else { percent(numerator, denominator) },
                suppressed,
            }
        })
        .collect()
}

/// What is open now is not of the period, and is shown to the responsible unit only.
fn times(counts: &Counts, hidden: bool, exact: bool) -> Vec<TimeValue> {
    Time::ALL
        .iter()
        .zip(&counts.times)
        .map(|(metric, (count, p50, p90))| {
            let suppressed = hidden || (*metric == Time::OpenAge && !exact);
            TimeValue {
                metric: *metric,
                metric_id: metric.id().to_owned(),
                definition_version: 1,
                count: (!suppressed).then_some(*count),
                p50_seconds: p50.filter(|_| !suppressed),
                p90_seconds: p90.filter(|_| !suppressed),
                suppressed,
            }
        })
        .collect()
}
