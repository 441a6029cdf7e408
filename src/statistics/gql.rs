//! Statistics in the schema.

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{IntakeChannel, Outcome, RequestState},
    ids::{AccountId, MatterId, PlaceId, RequestId},
};

use super::{
    metrics::{Exclusion, Rate, Time, percent},
    queries::{
        self, Audience, Counted, CountedRow, Counts, Dimension, Key, Part, Rows, Scope, Set, Step,
        Zone,
    },
    release, suppression,
};
use crate::{
    api::{self, Ctx, connection},
    catalogue, communities, identity,
    kernel::{
        Error, Locale, Result,
        db::Snapshot,
        page::{Cursor, PageArgs},
    },
    requests::gql::{ServiceRequest, visible_request},
};

/// What is counted.
#[derive(InputObject)]
pub struct RequestStatisticsInput {
    /// A community, or a subdistrict with all of its communities.
    pub place_id: ID,
    /// First day of the period.
    pub from: NaiveDate,
    /// Day after the last day of the period.
    pub to: NaiveDate,
    /// In which zone days begin.
    #[graphql(default)]
    pub zone: Zone,
    /// One breakdown at a time.
    pub group_by: Option<Dimension>,
}

/// Numbers about requests. Exact for the responsible unit; for others of the administration whole
/// past months with small cells suppressed, for everybody whole past quarters.
pub struct RequestStatistics {
    scope: Scope,
    counted: Counted,
    /// What was counted, for the responsible unit's rows: the same state of the database.
    snapshot: Option<Snapshot>,
    labels: HashMap<Key, (String, String)>,
}

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

/// A group of a breakdown.
#[derive(Clone, SimpleObject)]
pub struct StatisticsGroup {
    /// Key of the group, for `rows`; `none` for requests without one.
    pub key: Option<String>,
    /// Code of the place or matter, or the channel.
    pub code: String,
    /// Name in the reader's language.
    pub label: String,
    /// Its line. By owner only open work and its age are filled.
    pub line: StatisticsLine,
}

/// A step of a trend.
#[derive(Clone, SimpleObject)]
pub struct TrendPoint {
    /// First day of the step.
    pub start: NaiveDate,
    /// Submitted (base set).
    pub received: i64,
    /// Results given.
    pub resolved: i64,
}

/// Queries of statistics.
#[derive(Default)]
pub struct StatisticsQuery;

#[Object]
impl StatisticsQuery {
    /// Numbers about requests.
    #[graphql(complexity = "50 + child_complexity")]
    async fn request_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is counted.")] input: RequestStatisticsInput,
    ) -> async_graphql::Result<RequestStatistics> {
        let place: PlaceId = api::id("input.placeId", &input.place_id)?;
        let days = (input.from, input.to);
        let (app, actor) = (ctx.app(), ctx.actor());
        let scope = queries::scope(app, actor, place, days, input.zone, input.group_by).await?;
        let (counted, snapshot) = if scope.audience == Audience::Exact {
            let snapshot = app.db.snapshot().await?;
            let by_day = ctx.look_ahead().field("trend").exists();
            let counted = queries::count(app, &snapshot, &scope, by_day).await?;
            (counted, Some(snapshot))
        } else {
            (release::released(app, place, &scope).await?, None)
        };
        let labels = labels(ctx, &scope, &counted).await?;
        // It is let go as soon as nobody asks for rows: it holds a connection.
        let snapshot = snapshot.filter(|_| ctx.look_ahead().field("rows").exists());
        Ok(RequestStatistics { scope, counted, snapshot, labels })
    }
}

/// Codes and names of the groups.
async fn labels(
    ctx: &Context<'_>,
    scope: &Scope,
    counted: &Counted,
) -> Result<HashMap<Key, (String, String)>> {
    let ids: Vec<uuid::Uuid> = counted
        .groups
        .keys()
        .filter_map(|k| match k {
            Key::Id(id) => Some(*id),
            Key::Code(_) | Key::None => None,
        })
        .collect();
    let (app, locale) = (ctx.app(), ctx.locale(None));
    let mut labels = HashMap::new();
    match scope.by {
        Some(Dimension::Community | Dimension::Department | Dimension::Block) => {
            let ids: Vec<_> = ids.into_iter().map(PlaceId).collect();
            for (id, place) in communities::queries::places_by_id(app, &ids).await? {
                let name = locale.pick(&place.names).to_owned();
                labels.insert(Key::Id(id.0), (place.code.clone(), name));
            }
        }
        Some(Dimension::Matter) => labels = matter_labels(ctx, ids, locale).await?,
        Some(Dimension::Owner) => {
            let ids: Vec<_> = ids.into_iter().map(AccountId).collect();
            for (id, account) in identity::queries::accounts(app, &ids).await? {
                let name = account.staff_name.unwrap_or_default();
                labels.insert(Key::Id(id.0), (id.to_string(), name));
            }
        }
        Some(Dimension::Channel) | None => {}
    }
    Ok(labels)
}

async fn matter_labels(
    ctx: &Context<'_>,
    ids: Vec<uuid::Uuid>,
    locale: Locale,
) -> Result<HashMap<Key, (String, String)>> {
    let ids: Vec<_> = ids.into_iter().map(MatterId).collect();
    let matters = catalogue::queries::currents_by_id(ctx.app(), &ids).await?;
    let label = |c: &catalogue::queries::Current| {
        (c.matter.code.clone(), locale.pick(&c.version.titles).to_owned())
    };
    Ok(matters.values().map(|c| (Key::Id(c.matter.id.0), label(c))).collect())
}

/// Numbers about requests. Exact for the responsible unit; for others of the administration whole
/// past months with small cells suppressed, for everybody whole past quarters.
#[Object]
impl RequestStatistics {
    /// When it was counted. The period is incomplete if this lies before its end.
    async fn as_of(&self) -> DateTime<Utc> {
        self.counted.as_of
    }

    /// Whether the period goes on after `asOf`.
    async fn incomplete(&self, ctx: &Context<'_>) -> bool {
        let day = match self.scope.zone {
            Zone::Local => ctx.app().day(self.counted.as_of),
            Zone::Utc => self.counted.as_of.date_naive(),
        };
        day < self.scope.days.1
    }

    /// Smallest cell that is shown; 1 for the responsible unit, which sees everything.
    async fn smallest_cell(&self) -> i64 {
        self.scope.audience.k()
    }

    /// The whole period.
    async fn total(&self) -> StatisticsLine {
        let rows: Vec<_> = self.counted.groups.values().map(row).collect();
        let k = self.scope.audience.k();
        let hidden = suppression::total_hidden(&row(&self.counted.total), &rows, k);
        line(&self.counted.total, hidden)
    }

    /// The breakdown, in order of code; empty without one. At most 1,000.
    #[graphql(complexity = "50 * child_complexity")]
    async fn groups(&self) -> Vec<StatisticsGroup> {
        // Suppression looks at the whole table before anything is shown.
        let table: Vec<_> = self.counted.groups.values().map(row).collect();
        let hidden = suppression::hidden(&table, self.scope.audience.k());
        let mut groups: Vec<StatisticsGroup> = self
            .counted
            .groups
            .iter()
            .zip(hidden)
            .take(1000)
            .map(|((key, counts), hidden)| {
                let (code, label) = self.label(key);
                let line = if self.scope.by == Some(Dimension::Owner) {
                    open_work(counts)
                } else {
                    line(counts, hidden)
                };
                StatisticsGroup { key: encode(self.scope.by, key), code, label, line }
            })
            .collect();
        groups.sort_by(|a, b| a.code.cmp(&b.code));
        groups
    }

    /// Received and resolved per step of the period. For the responsible unit: what others see is one
    /// month or quarter, which has no steps.
    #[expect(clippy::unused_async, reason = "a resolver")]
    async fn trend(
        &self,
        #[graphql(desc = "Length of a step.")] step: Step,
    ) -> async_graphql::Result<Vec<TrendPoint>> {
        if self.scope.audience != Audience::Exact {
            return Err(Error::Forbidden.into());
        }
        let points = queries::trend(&self.counted.days, self.scope.days, step);
        let point = |(start, received, resolved)| TrendPoint { start, received, resolved };
        Ok(points.into_iter().map(point).collect())
    }

    /// The rows behind a number, by the same predicate that counted them and in the same state of
    /// the database; for the responsible unit. Name at most one of `metric`, `time`, `outcome` and
    /// `exclusion`; none of them means everything received.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a field")]
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A rate.")] metric: Option<Rate>,
        #[graphql(default, desc = "Which part of the rate.")] part: Part,
        #[graphql(desc = "What a distribution is made of.")] time: Option<Time>,
        #[graphql(desc = "An outcome.")] outcome: Option<Outcome>,
        #[graphql(desc = "What was left out, and why.")] exclusion: Option<Exclusion>,
        #[graphql(desc = "Key of a group of the breakdown; all if not given.")] group: Option<
            String,
        >,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<CountedRequestConnection> {
        let page = PageArgs::new(first, after.as_deref())?;
        let group = group.map(|g| decode(self.scope.by, &g)).transpose()?;
        let set = Set::of(metric.map(|m| (m, part)), time, outcome, exclusion)?;
        let rows = Rows { set, group, as_of: self.counted.as_of };
        let snapshot = self.snapshot.as_ref().ok_or(Error::Forbidden)?;
        let page = queries::rows(ctx.app(), snapshot, &self.scope, &rows, page).await?;
        let counts = match &rows.group {
            Some(key) => self.counted.groups.get(key),
            None => Some(&self.counted.total),
        };
        let total = counts.map_or(0, |c| c.size(set));
        let cursor = |row: &CountedRow| Cursor { at: row.at, id: row.request.0 };
        Ok(CountedRequestConnection::new(page, cursor, total, CountedRequest::from))
    }
}

/// A counted row: a request, or of a rate of results one result (then `closureNo` says which).
/// Codes, times and counts only; the CSV has the same columns.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct CountedRequest {
    /// Number for people.
    pub number: String,
    /// State now.
    pub state: RequestState,
    /// Outcome: the standing one, or the result's.
    pub outcome: Option<Outcome>,
    /// Where it came in.
    pub intake_channel: IntakeChannel,
    /// Submission.
    pub submitted_at: DateTime<Utc>,
    /// First acceptance.
    pub accepted_at: Option<DateTime<Utc>>,
    /// First message of a human to the resident.
    pub first_response_at: Option<DateTime<Utc>>,
    /// Deadline.
    pub due_at: Option<DateTime<Utc>>,
    /// The standing result, or this result.
    pub resolved_at: Option<DateTime<Utc>>,
    /// The end.
    pub closed_at: Option<DateTime<Utc>>,
    /// Working seconds from submission to the standing result.
    pub handled_work_seconds: Option<i64>,
    /// Transfers.
    pub transfers: i32,
    /// Supplement notices.
    pub supplements: i32,
    /// Reopenings.
    pub reopens: i32,
    /// Which result, from 1; null where requests were counted.
    pub closure_no: Option<i32>,
    #[graphql(skip)]
    request: RequestId,
}

#[ComplexObject]
impl CountedRequest {
    /// The request; null where the reader may not open it, such as party affairs.
    async fn request(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ServiceRequest>> {
        Ok(visible_request(ctx, self.request).await?)
    }
}

impl From<CountedRow> for CountedRequest {
    fn from(row: CountedRow) -> Self {
        Self {
            number: row.number,
            state: row.state,
            outcome: row.outcome,
            intake_channel: row.channel,
            submitted_at: row.submitted_at,
            accepted_at: row.accepted_at,
            first_response_at: row.first_response_at,
            due_at: row.due_at,
            resolved_at: row.resolved_at,
            closed_at: row.closed_at,
            handled_work_seconds: row.work_s,
            transfers: row.transfers,
            supplements: row.supplements,
            reopens: row.reopens,
            closure_no: row.closure_no,
            request: row.request,
        }
    }
}

connection!(CountedRequestConnection, CountedRequestEdge, CountedRequest, "counted rows");

impl RequestStatistics {
    fn label(&self, key: &Key) -> (String, String) {
        match key {
            Key::Code(code) => (code.clone(), code.clone()),
            Key::None => (String::new(), String::new()),
            Key::Id(_) => self.labels.get(key).cloned().unwrap_or_default(),
        }
    }
}

/// The key of requests without a block or an owner.
const NO_KEY: &str = "none";

fn encode(by: Option<Dimension>, key: &Key) -> Option<String> {
    Some(match (by?, key) {
        (_, Key::None) => NO_KEY.to_owned(),
        (_, Key::Code(code)) => code.clone(),
        (Dimension::Matter, Key::Id(id)) => MatterId(*id).to_string(),
        (Dimension::Owner, Key::Id(id)) => AccountId(*id).to_string(),
        (_, Key::Id(id)) => PlaceId(*id).to_string(),
    })
}

pub(crate) fn decode(by: Option<Dimension>, text: &str) -> Result<Key> {
    let wrong = || Error::bad_input("group", "a key of this breakdown");
    if text == NO_KEY {
        return Ok(Key::None);
    }
    Ok(match by.ok_or_else(wrong)? {
        Dimension::Channel => Key::Code(text.to_owned()),
        Dimension::Matter => Key::Id(text.parse::<MatterId>().map_err(|_| wrong())?.0),
        Dimension::Owner => Key::Id(text.parse::<AccountId>().map_err(|_| wrong())?.0),
        _ => Key::Id(text.parse::<PlaceId>().map_err(|_| wrong())?.0),
    })
}

/// Of an owner only the count and age of open work is shown, never rates.
fn open_work(counts: &Counts) -> StatisticsLine {
    let ages: Vec<TimeValue> =
        times(counts, false).into_iter().filter(|t| t.metric == Time::OpenAge).collect();
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

/// Every cell of a line, parts and rests, as suppression looks at it.
fn row(counts: &Counts) -> suppression::Row {
    let mut cells = vec![counts.received, counts.open, counts.resolved];
    cells.extend(counts.exclusions.iter().map(|(_, n)| *n));
    cells.extend(counts.outcomes.iter().map(|(_, n)| *n));
    cells.extend(counts.rates.iter().flat_map(|(part, whole)| [*part, *whole, whole - part]));
    cells.extend(counts.times.iter().map(|(n, _, _)| *n));
    suppression::Row { base: counts.rates[0].1, cells }
}

/// A line is shown whole or not at all: its cells can be computed from each other.
fn line(counts: &Counts, hidden: bool) -> StatisticsLine {
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
        times: times(counts, hidden),
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

fn times(counts: &Counts, suppressed: bool) -> Vec<TimeValue> {
    Time::ALL
        .iter()
        .zip(&counts.times)
        .map(|(metric, (count, p50, p90))| TimeValue {
            metric: *metric,
            metric_id: metric.id().to_owned(),
            definition_version: 1,
            count: (!suppressed).then_some(*count),
            p50_seconds: p50.filter(|_| !suppressed),
            p90_seconds: p90.filter(|_| !suppressed),
            suppressed,
        })
        .collect()
}
