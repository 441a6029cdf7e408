//! Statistics in the schema.

mod lines;
mod rows;

use std::collections::{BTreeMap, HashMap};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::Outcome,
    ids::{AccountId, MatterId, PlaceId},
};
use tokio::sync::Mutex;

use lines::{Shown, StatisticsLine, line, open_work};
use rows::{CountedRequest, CountedRequestConnection};

use super::{
    metrics::{Exclusion, Rate, Time},
    queries::{
        self, Audience, Counted, CountedRow, Counts, Dimension, Key, Part, Rows, Scope, Set, Step,
        Zone,
    },
    release,
};
use crate::{
    api::{self, Ctx},
    catalogue, communities, identity,
    kernel::{Error, Languages, Result, db::Snapshot, page::Cursor},
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
    /// What is hidden; nothing for the responsible unit.
    total_hidden: bool,
    hidden: BTreeMap<Key, bool>,
    /// What was counted, for the responsible unit's rows: the same state of the database, and how many fields
    /// still ask for it. It holds a connection. The last of them lets it go before what is inside its rows is
    /// read, which takes other ones.
    snapshot: Mutex<Option<(Snapshot, usize)>>,
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
        let mut hidden = (false, BTreeMap::new());
        let (counted, snapshot) = if scope.audience == Audience::Exact {
            let snapshot = app.db.snapshot().await?;
            let by_day = ctx.look_ahead().field("trend").exists();
            let counted = queries::count(app, &snapshot, &scope, (app.clock.now(), by_day)).await?;
            (counted, Some(snapshot))
        } else {
            let released = release::released(app, &scope).await?;
            hidden = (released.total_hidden, released.hidden);
            (released.counted, None)
        };
        let asking = ctx.field().selection_set().filter(|field| field.name() == "rows").count();
        let snapshot = Mutex::new(snapshot.filter(|_| asking > 0).map(|held| (held, asking)));
        let (total_hidden, hidden) = hidden;
        Ok(RequestStatistics { scope, counted, total_hidden, hidden, snapshot })
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
    let (app, languages) = (ctx.app(), ctx.languages(None));
    let mut labels = HashMap::new();
    match scope.by {
        Some(Dimension::Community | Dimension::Department | Dimension::Block) => {
            let ids: Vec<_> = ids.into_iter().map(PlaceId).collect();
            for (id, place) in communities::queries::places_by_id(app, &ids).await? {
                let name = languages.pick(&place.names).to_owned();
                labels.insert(Key::Id(id.0), (place.code.clone(), name));
            }
        }
        Some(Dimension::Matter) => labels = matter_labels(ctx, ids, languages).await?,
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
    languages: Languages,
) -> Result<HashMap<Key, (String, String)>> {
    let ids: Vec<_> = ids.into_iter().map(MatterId).collect();
    let matters = catalogue::queries::currents_by_id(ctx.app(), &ids).await?;
    let label = |c: &catalogue::queries::Current| {
        (c.matter.code.clone(), languages.pick(&c.version.titles).to_owned())
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
        line(&self.counted.total, self.shown(self.total_hidden))
    }

    /// The breakdown, in order of code; empty without one. At most 1,000. For others than the
    /// responsible unit a subdistrict is broken down by community, a community by department, matter
    /// or channel.
    #[graphql(complexity = "50 * child_complexity")]
    async fn groups(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<StatisticsGroup>> {
        let labels = labels(ctx, &self.scope, &self.counted).await?;
        let group = |(key, counts): (&Key, &Counts)| {
            let (code, label) = match key {
                Key::Code(code) => (code.clone(), code.clone()),
                Key::None => (String::new(), String::new()),
                Key::Id(_) => labels.get(key).cloned().unwrap_or_default(),
            };
            let hidden = self.hidden.get(key).copied().unwrap_or(false);
            let line = if self.scope.by == Some(Dimension::Owner) {
                open_work(counts, self.counted.as_of)
            } else {
                line(counts, self.shown(hidden))
            };
            StatisticsGroup { key: encode(self.scope.by, key), code, label, line }
        };
        let mut groups: Vec<StatisticsGroup> = self.counted.groups.iter().map(group).collect();
        groups.sort_by(|a, b| a.code.cmp(&b.code));
        groups.truncate(1000);
        Ok(groups)
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
        let page = ctx.page(first, after.as_deref())?;
        let group = group.map(|g| decode(self.scope.by, &g)).transpose()?;
        let set = Set::of(metric.map(|m| (m, part)), time, outcome, exclusion)?;
        let rows = Rows { set, group, as_of: self.counted.as_of };
        let mut held = self.snapshot.lock().await;
        let (snapshot, asking) = held.take().ok_or(Error::Forbidden)?;
        let page = queries::rows(ctx.app(), &snapshot, &self.scope, &rows, page).await?;
        *held = (asking > 1).then(|| (snapshot, asking - 1));
        drop(held);
        let counts = match &rows.group {
            Some(key) => self.counted.groups.get(key),
            None => Some(&self.counted.total),
        };
        let total = counts.map_or(0, |c| c.size(set));
        let cursor = |row: &CountedRow| Cursor { at: row.at, id: row.request.0 };
        Ok(CountedRequestConnection::new(page, cursor, total, CountedRequest::from))
    }
}

impl RequestStatistics {
    fn shown(&self, hidden: bool) -> Shown {
        let exact = self.scope.audience == Audience::Exact;
        Shown { as_of: self.counted.as_of, hidden, exact }
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
