//! Numbers of incidents in the schema.

mod lines;

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{AgencyOutcome, IncidentKind, IncidentOutcome, RatingLevel},
    ids::PlaceId,
    place,
};

use lines::{AgencyTaskLine, IncidentLine};

use super::counted::CountedIncidentRowConnection;
use crate::{
    api::{self, Ctx},
    communities::{self, gql::Place},
    incidents::{
        metrics::{Dimension, Part, Rate, Set, Time},
        queries::{self, CountedRow, Incidents, Numbers, Shown, Wanted},
    },
    kernel::{Error, Result, page::Cursor},
    statistics::queries::Audience,
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
    /// they stand now; for who is responsible. `GET /statistics/incidents.csv?placeId=…&from=…&to=…`, with these
    /// arguments and `groupBy`, gives all of them as CSV. Name at most one of `metric`, `time`, `outcome`, `taskOutcome`,
    /// `rating` and `calledOff`; none of them means the incidents received.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a field")]
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn incident_statistics_rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is counted.")] input: IncidentStatisticsInput,
        #[graphql(desc = "A rate.")] metric: Option<Rate>,
        #[graphql(default, desc = "Which part of the rate.")] part: Part,
        #[graphql(desc = "A time: those to which it happened.")] time: Option<Time>,
        #[graphql(
            default,
            desc = "Of the time: those to which it may still happen, in place of them."
        )]
        open: bool,
        #[graphql(desc = "An outcome of incidents.")] outcome: Option<IncidentOutcome>,
        #[graphql(desc = "An outcome of tasks.")] task_outcome: Option<AgencyOutcome>,
        #[graphql(desc = "A rating of tasks.")] rating: Option<RatingLevel>,
        #[graphql(default, desc = "Tasks that were called off, and not refused before.")]
        called_off: bool,
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
            set: Set::one([
                metric.map(|metric| Set::Rate(metric, part)),
                time.map(|time| Set::Time(time, open)),
                outcome.map(Set::Outcome),
                task_outcome.map(Set::TaskOutcome),
                rating.map(Set::Rating),
                called_off.then_some(Set::CalledOff),
            ])?,
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
