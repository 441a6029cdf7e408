//! The numbers of a place or a group in the schema.

use async_graphql::SimpleObject;
use linli_entity::enums::{AgencyOutcome, IncidentOutcome, RatingLevel};

use crate::{
    incidents::{
        metrics::{OUTCOMES, Rate, Time, VERSION},
        queries::{Incidents, Minutes, Opinions, Shown, Tasks},
    },
    statistics::metrics::percent,
};

/// A share that explains itself.
#[derive(Clone, SimpleObject)]
pub struct IncidentRate {
    /// Which.
    pub metric: Rate,
    /// Stable id of the metric.
    pub metric_id: String,
    /// Version of its definition.
    pub definition_version: i32,
    /// Above the line; null if suppressed.
    pub numerator: Option<i64>,
    /// Below the line; null if suppressed.
    pub denominator: Option<i64>,
    /// In percent with one decimal, half to even; null for an empty whole, or if suppressed. 100.0 only if
    /// nothing is missing.
    pub percent: Option<String>,
}

/// How long something took, in minutes by the clock on the wall. Those to which it may still happen are not
/// in it: `open` says how many they are.
#[derive(Clone, SimpleObject)]
pub struct IncidentMinutes {
    /// Which.
    pub metric: Time,
    /// Stable id of the metric.
    pub metric_id: String,
    /// Version of its definition.
    pub definition_version: i32,
    /// How many it happened to; null if suppressed.
    pub count: Option<i64>,
    /// How many it may still happen to; null if suppressed.
    pub open: Option<i64>,
    /// Half of them took at most so many minutes (nearest rank).
    pub p50: Option<i64>,
    /// Nine tenths took at most so many minutes (nearest rank).
    pub p90: Option<i64>,
}

/// How often incidents came to an outcome that stands.
#[derive(Clone, SimpleObject)]
pub struct IncidentOutcomeCount {
    /// The outcome.
    pub outcome: IncidentOutcome,
    /// How often; null if suppressed.
    pub count: Option<i64>,
}

/// Numbers of incidents that came in in the period, and of joint responses that were opened in it.
#[derive(Clone, SimpleObject)]
pub struct IncidentLine {
    /// Whether it is suppressed, because it would point at people.
    pub suppressed: bool,
    /// Incidents that came in, before anything is left out; null if suppressed.
    pub came_in: Option<i64>,
    /// Those of them that are counted: not the same as another one, and for this community to handle; null if
    /// suppressed.
    pub received: Option<i64>,
    /// Rates, with what was left out by reason.
    pub rates: Vec<IncidentRate>,
    /// How long it took.
    pub times: Vec<IncidentMinutes>,
    /// By outcome. What was left out is not in it: rates say how much that is.
    pub outcomes: Vec<IncidentOutcomeCount>,
}

/// How often tasks came to an outcome.
#[derive(Clone, SimpleObject)]
pub struct AgencyOutcomeCount {
    /// The outcome.
    pub outcome: AgencyOutcome,
    /// How often; null if suppressed.
    pub count: Option<i64>,
}

/// How often tasks were rated so.
#[derive(Clone, SimpleObject)]
pub struct AgencyRatingCount {
    /// The rating.
    pub rating: RatingLevel,
    /// How often; null if suppressed.
    pub count: Option<i64>,
}

/// What communities think of how agencies did their tasks, of incidents that are closed.
#[derive(Clone, SimpleObject)]
pub struct AgencyRatings {
    /// Whether it is suppressed, because it would point at people.
    pub suppressed: bool,
    /// How much was rated at all, and how much of it was good.
    pub rates: Vec<IncidentRate>,
    /// By rating.
    pub levels: Vec<AgencyRatingCount>,
}

/// Numbers of tasks that agencies were asked to do in the period.
#[derive(Clone, SimpleObject)]
pub struct AgencyTaskLine {
    /// Whether it is suppressed, because it would point at people.
    pub suppressed: bool,
    /// Tasks asked, without those that were called off and not refused before; null if suppressed.
    pub asked: Option<i64>,
    /// Tasks that were called off and not refused before. They count where they were signed for or contact was
    /// made, and where a limit had passed by then; null if suppressed.
    pub called_off: Option<i64>,
    /// Rates.
    pub rates: Vec<IncidentRate>,
    /// How long it took.
    pub times: Vec<IncidentMinutes>,
    /// By outcome.
    pub outcomes: Vec<AgencyOutcomeCount>,
    /// What is thought of them.
    pub ratings: AgencyRatings,
}

fn rates(
    which: impl Iterator<Item = Rate>,
    values: &[(i64, i64)],
    suppressed: bool,
) -> Vec<IncidentRate> {
    let rate = |(metric, (part, whole)): (Rate, &(i64, i64))| IncidentRate {
        metric,
        metric_id: metric.id().to_owned(),
        definition_version: VERSION,
        numerator: (!suppressed).then_some(*part),
        denominator: (!suppressed).then_some(*whole),
        percent: percent(*part, *whole).filter(|_| !suppressed),
    };
    which.zip(values).map(rate).collect()
}

fn times(
    which: impl Iterator<Item = Time>,
    values: &[Minutes],
    suppressed: bool,
) -> Vec<IncidentMinutes> {
    let time = |(metric, time): (Time, &Minutes)| IncidentMinutes {
        metric,
        metric_id: metric.id().to_owned(),
        definition_version: VERSION,
        count: (!suppressed).then_some(time.n),
        open: (!suppressed).then_some(time.open),
        p50: time.p50.filter(|_| !suppressed),
        p90: time.p90.filter(|_| !suppressed),
    };
    which.zip(values).map(time).collect()
}

impl IncidentLine {
    pub(super) fn new(Shown { line, hidden }: &Shown<Incidents>) -> Self {
        let suppressed = *hidden;
        let shown = |n: i64| (!suppressed).then_some(n);
        let outcome = |(outcome, n): (IncidentOutcome, &i64)| IncidentOutcomeCount {
            outcome,
            count: shown(*n),
        };
        Self {
            suppressed,
            came_in: shown(line.came_in),
            received: shown(line.received),
            rates: rates(Incidents::rates(), &line.rates, suppressed),
            times: times(Incidents::times(), &line.times, suppressed),
            outcomes: OUTCOMES.into_iter().zip(&line.outcomes).map(outcome).collect(),
        }
    }
}

impl AgencyRatings {
    pub(super) fn new(Shown { line, hidden }: &Shown<Opinions>) -> Self {
        let level = |(rating, n): (&RatingLevel, &i64)| AgencyRatingCount {
            rating: *rating,
            count: (!hidden).then_some(*n),
        };
        Self {
            suppressed: *hidden,
            rates: rates(Opinions::rates(), &line.rates, *hidden),
            levels: RatingLevel::ALL.iter().zip(&line.levels).map(level).collect(),
        }
    }
}

impl AgencyTaskLine {
    pub(super) fn new(Shown { line, hidden }: &Shown<Tasks>, opinions: &Shown<Opinions>) -> Self {
        let suppressed = *hidden;
        let shown = |n: i64| (!suppressed).then_some(n);
        let outcome = |(outcome, n): (&AgencyOutcome, &i64)| AgencyOutcomeCount {
            outcome: *outcome,
            count: shown(*n),
        };
        Self {
            suppressed,
            asked: shown(line.asked),
            called_off: shown(line.called_off),
            rates: rates(Tasks::rates(), &line.rates, suppressed),
            times: times(Tasks::times(), &line.times, suppressed),
            outcomes: AgencyOutcome::ALL.iter().zip(&line.outcomes).map(outcome).collect(),
            ratings: AgencyRatings::new(opinions),
        }
    }
}
