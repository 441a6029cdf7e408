//! Numbers of incidents in the schema.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{AgencyOutcome, IncidentKind, RatingLevel},
    ids::PlaceId,
    place,
};

use super::counted::CountedIncidentRowConnection;
use crate::{
    api::{self, Ctx},
    communities::{self, gql::Place},
    incidents::{
        metrics::{Dimension, Part, Rate, Time, VERSION},
        queries::{self, CountedRow, Incidents, Numbers, Opinions, Shown, Tasks, Wanted},
    },
    kernel::{Error, Result, page::Cursor},
    statistics::{metrics::percent, queries::Audience},
};

/// What is counted.
#[derive(InputObject)]
pub struct IncidentStatisticsInput {
    /// A community, or a subdistrict with all of its communities.
    pub place_id: ID,
    /// First day of the period.
    pub from: NaiveDate,
    /// Day after the last day of the period.
    pub to: NaiveDate,
    /// Breakdown.
    pub group_by: Option<Dimension>,
}

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
    /// Tasks asked, without those that were called off; null if suppressed.
    pub asked: Option<i64>,
    /// Tasks that were called off, which are in no other number; null if suppressed.
    pub called_off: Option<i64>,
    /// Rates.
    pub rates: Vec<IncidentRate>,
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

impl IncidentLine {
    fn new(Shown { line, hidden }: &Shown<Incidents>) -> Self {
        let suppressed = *hidden;
        let shown = |n: i64| (!suppressed).then_some(n);
        let times = Time::ALL.iter().zip(&line.times).map(|(metric, time)| IncidentMinutes {
            metric: *metric,
            metric_id: metric.id().to_owned(),
            definition_version: VERSION,
            count: shown(time.n),
            open: shown(time.open),
            p50: time.p50.filter(|_| !suppressed),
            p90: time.p90.filter(|_| !suppressed),
        });
        Self {
            suppressed,
            came_in: shown(line.came_in),
            received: shown(line.received),
            rates: rates(Incidents::rates(), &line.rates, suppressed),
            times: times.collect(),
        }
    }
}

impl AgencyRatings {
    fn new(Shown { line, hidden }: &Shown<Opinions>) -> Self {
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
    fn new(Shown { line, hidden }: &Shown<Tasks>, opinions: &Shown<Opinions>) -> Self {
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
            outcomes: AgencyOutcome::ALL.iter().zip(&line.outcomes).map(outcome).collect(),
            ratings: AgencyRatings::new(opinions),
        }
    }
}

/// A group of a breakdown.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct IncidentStatisticsGroup {
    /// Names the group where the rows behind it are asked for.
    pub key: String,
    /// What its incidents are about; null of another breakdown.
    pub kind: Option<IncidentKind>,
    /// The block or the agency; null of another breakdown, and for those whose block is not known yet.
    pub place: Option<Place>,
    /// Its incidents; null of an agency.
    pub incidents: Option<IncidentLine>,
    /// Its tasks; null of what is no agency.
    pub tasks: Option<AgencyTaskLine>,
}

/// Numbers of incidents that came in in a period, of joint responses that were opened in it and of tasks that
/// agencies were asked to do in it, as they stand at `asOf`. Exact for who is responsible; for others of the
/// administration whole past months with small cells suppressed, for everybody whole past quarters.
pub struct IncidentStatistics {
    numbers: Numbers,
    by: Option<Dimension>,
    places: HashMap<PlaceId, Arc<place::Model>>,
}

/// Numbers of incidents that came in in a period, of joint responses that were opened in it and of tasks that
/// agencies were asked to do in it, as they stand at `asOf`. Exact for who is responsible; for others of the
/// administration whole past months with small cells suppressed, for everybody whole past quarters.
#[Object]
impl IncidentStatistics {
    /// When it was counted. The period is incomplete if this lies before its end.
    async fn as_of(&self) -> DateTime<Utc> {
        self.numbers.as_of
    }

    /// Whether the period goes on after `asOf`.
    async fn incomplete(&self, ctx: &Context<'_>) -> bool {
        ctx.app().day(self.numbers.as_of) < self.numbers.scope.days.1
    }

    /// Whether it is exact; else small cells are suppressed.
    async fn exact(&self) -> bool {
        self.numbers.scope.audience == Audience::Exact
    }

    /// Smallest cell that is shown; 1 for who is responsible, who sees everything.
    async fn smallest_cell(&self) -> i64 {
        self.numbers.scope.audience.k()
    }

    /// All incidents.
    async fn incidents(&self) -> IncidentLine {
        IncidentLine::new(&self.numbers.tables.incidents.total)
    }

    /// The tasks of all agencies.
    async fn tasks(&self) -> AgencyTaskLine {
        let tables = &self.numbers.tables;
        AgencyTaskLine::new(&tables.tasks.total, &tables.opinions.total)
    }

    /// The breakdown; empty without one. Groups of which there is nothing are left out. The parts add up to
    /// the whole.
    #[graphql(complexity = "30 * child_complexity")]
    async fn groups(&self) -> Vec<IncidentStatisticsGroup> {
        let tables = &self.numbers.tables;
        let group = |key: &String| IncidentStatisticsGroup {
            key: key.clone(),
            kind: IncidentKind::ALL.iter().copied().find(|k| k.code() == *key),
            place: key
                .parse()
                .ok()
                .and_then(|id: PlaceId| self.places.get(&id).cloned())
                .map(Place),
            incidents: None,
            tasks: None,
        };
        let incidents = |(key, shown): &(String, Shown<Incidents>)| IncidentStatisticsGroup {
            incidents: Some(IncidentLine::new(shown)),
            ..group(key)
        };
        match self.by {
            None => Vec::new(),
            Some(Dimension::Kind) => tables.incidents.groups.iter().map(incidents).collect(),
            Some(Dimension::Block) => tables.incidents.blocks.iter().map(incidents).collect(),
            Some(Dimension::Agency) => {
                let both = tables.tasks.groups.iter().zip(&tables.opinions.groups);
                both.map(|((key, tasks), (_, opinions))| IncidentStatisticsGroup {
                    tasks: Some(AgencyTaskLine::new(tasks, opinions)),
                    ..group(key)
                })
                .collect()
            }
        }
    }
}

/// Queries of the numbers of incidents.
#[derive(Default)]
pub struct IncidentStatisticsQuery;

#[Object]
impl IncidentStatisticsQuery {
    /// Numbers of incidents and of what agencies owe.
    #[graphql(complexity = "50 + child_complexity")]
    async fn incident_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is counted.")] input: IncidentStatisticsInput,
    ) -> async_graphql::Result<IncidentStatistics> {
        let place = api::id("input.placeId", &input.place_id)?;
        let days = (input.from, input.to);
        let numbers = queries::numbers(ctx.app(), ctx.actor(), place, days).await?;
        let places = places(ctx, &numbers, input.group_by).await?;
        Ok(IncidentStatistics { numbers, by: input.group_by, places })
    }

    /// The incidents, tasks or joint responses behind a number, by the same predicate that counted them, as
    /// they stand now; for who is responsible. Without a metric the incidents received.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a field")]
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn incident_statistics_rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is counted.")] input: IncidentStatisticsInput,
        #[graphql(desc = "A rate.")] metric: Option<Rate>,
        #[graphql(default, desc = "Which part of the rate.")] part: Part,
        #[graphql(desc = "Key of a group of the breakdown; all if not given.")] group: Option<
            String,
        >,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<CountedIncidentRowConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let wanted = Wanted {
            place: api::id("input.placeId", &input.place_id)?,
            days: (input.from, input.to),
            set: metric.map(|metric| (metric, part)),
            group: match (input.group_by, group) {
                (_, None) => None,
                (Some(by), Some(key)) => Some((by, key)),
                (None, Some(_)) => {
                    return Err(Error::bad_input("group", "a key of a breakdown").into());
                }
            },
        };
        let count = api::wants_total(ctx);
        let (page, total) =
            queries::counted_rows(ctx.app(), ctx.actor(), &wanted, page, count).await?;
        let cursor = |row: &CountedRow| Cursor { at: row.at, id: row.id };
        Ok(CountedIncidentRowConnection::new(page, cursor, total, Into::into))
    }
}

/// The blocks or agencies of the breakdown.
async fn places(
    ctx: &Context<'_>,
    numbers: &Numbers,
    by: Option<Dimension>,
) -> Result<HashMap<PlaceId, Arc<place::Model>>> {
    let ids: Vec<PlaceId> = match by {
        None | Some(Dimension::Kind) => return Ok(HashMap::new()),
        Some(Dimension::Block) => {
            numbers.tables.incidents.blocks.iter().filter_map(|(key, _)| key.parse().ok()).collect()
        }
        Some(Dimension::Agency) => {
            numbers.tables.tasks.groups.iter().filter_map(|(key, _)| key.parse().ok()).collect()
        }
    };
    communities::queries::places_by_id(ctx.app(), &ids).await
}
