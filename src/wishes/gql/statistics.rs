//! Numbers of wishes in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::enums::{WishCategory, WishState};

use crate::{
    api::{self, Ctx, connection},
    kernel::{Result, page::Cursor},
    statistics::{metrics::percent, queries::Audience},
    wishes::{
        metrics::{Part, Rate, VERSION},
        queries::{self, CountedWish, Days, Numbers, Shown},
    },
};

/// What is counted.
#[derive(InputObject)]
pub struct WishStatisticsInput {
    /// A community, or a subdistrict with all of its communities.
    pub place_id: ID,
    /// First day of the period.
    pub from: NaiveDate,
    /// Day after the last day of the period.
    pub to: NaiveDate,
}

/// A share that explains itself.
#[derive(Clone, SimpleObject)]
pub struct WishRate {
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

/// What becomes of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum WishOfferOutcome {
    /// Accepted.
    Accepted,
    /// Declined; this costs nothing.
    Declined,
    /// Not answered in time.
    TimedOut,
}

/// How often offers came to an outcome.
#[derive(Clone, SimpleObject)]
pub struct WishOfferCount {
    /// The outcome.
    pub outcome: WishOfferOutcome,
    /// How often; null if suppressed.
    pub count: Option<i64>,
}

/// How long something took, in calendar days. Those to which it may still happen are not in it: `open` says
/// how many they are.
#[derive(Clone, SimpleObject)]
pub struct WishDays {
    /// How many it happened to; null if suppressed.
    pub count: Option<i64>,
    /// How many it may still happen to; null if suppressed.
    pub open: Option<i64>,
    /// Half of them took at most so many days (nearest rank).
    pub p50: Option<i64>,
    /// Nine tenths took at most so many days (nearest rank).
    pub p90: Option<i64>,
}

/// Numbers of wishes.
#[derive(Clone, SimpleObject)]
pub struct WishLine {
    /// Whether it is suppressed, because it would point at people.
    pub suppressed: bool,
    /// Wishes first published or offered in the period; null if suppressed.
    pub published: Option<i64>,
    /// Of these, wishes that were taken back; null if suppressed.
    pub withdrawn: Option<i64>,
    /// Rates.
    pub rates: Vec<WishRate>,
    /// From publication to the first claim.
    pub to_claim: WishDays,
    /// From publication to the confirmation of the last unit.
    pub to_fulfil: WishDays,
    /// Offers whose turn came in the period and that have ended, by what came of them. What was called off is
    /// not among them.
    pub offers: Vec<WishOfferCount>,
    /// 派单接受率: accepted / accepted, declined or not answered in time, in percent; never by person.
    pub offer_acceptance: Option<String>,
}

impl WishLine {
    fn new(Shown { line, hidden }: &Shown) -> Self {
        let suppressed = *hidden;
        let shown = |n: i64| (!suppressed).then_some(n);
        let days = |days: &Days| WishDays {
            count: shown(days.n),
            open: shown(days.open),
            p50: days.p50.filter(|_| !suppressed),
            p90: days.p90.filter(|_| !suppressed),
        };
        let rate = |(metric, (part, whole)): (&Rate, &(i64, i64))| WishRate {
            metric: *metric,
            metric_id: metric.id().to_owned(),
            definition_version: VERSION,
            numerator: shown(*part),
            denominator: shown(*whole),
            percent: percent(*part, *whole).filter(|_| !suppressed),
        };
        let offered = line.offered;
        let ended = offered.accepted + offered.declined + offered.timed_out;
        let outcomes = [
            (WishOfferOutcome::Accepted, offered.accepted),
            (WishOfferOutcome::Declined, offered.declined),
            (WishOfferOutcome::TimedOut, offered.timed_out),
        ];
        let outcome = |(outcome, n)| WishOfferCount { outcome, count: shown(n) };
        Self {
            suppressed,
            published: shown(line.published),
            withdrawn: shown(line.withdrawn),
            rates: Rate::ALL.iter().zip(&line.rates).map(rate).collect(),
            to_claim: days(&line.to_claim),
            to_fulfil: days(&line.to_fulfil),
            offers: outcomes.into_iter().map(outcome).collect(),
            offer_acceptance: percent(offered.accepted, ended).filter(|_| !suppressed),
        }
    }
}

/// The wishes of a category.
#[derive(Clone, SimpleObject)]
pub struct WishStatisticsGroup {
    /// The category.
    pub category: WishCategory,
    /// Its numbers.
    pub line: WishLine,
}

/// A counted wish: codes, times and counts only.
#[derive(Clone, SimpleObject)]
pub struct CountedWishRow {
    /// Opaque id of the wish.
    pub wish_id: ID,
    /// Number for people.
    pub number: String,
    /// What it is about.
    pub category: WishCategory,
    /// State now.
    pub state: WishState,
    /// Units wished for.
    pub units: i32,
    /// Units that somebody has, or had to the end.
    pub units_claimed: i32,
    /// Units that are done by the claimer's word.
    pub units_delivered: i32,
    /// Units that have ended, unconfirmed ones among them.
    pub units_closed: i32,
    /// Units that the wisher confirmed.
    pub units_confirmed: i32,
    /// By which day.
    pub wished_by: Option<NaiveDate>,
    /// When it was first published or offered.
    pub published_at: DateTime<Utc>,
    /// When it was first claimed.
    pub first_claimed_at: Option<DateTime<Utc>>,
    /// When its last unit was confirmed.
    pub fulfilled_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl From<CountedWish> for CountedWishRow {
    fn from(row: CountedWish) -> Self {
        Self {
            wish_id: row.id.to_string().into(),
            number: row.number,
            category: row.category,
            state: row.state,
            units: row.quantity,
            units_claimed: row.claimed,
            units_delivered: row.delivered,
            units_closed: row.closed,
            units_confirmed: row.confirmed,
            wished_by: row.wished_by,
            published_at: row.published_at,
            first_claimed_at: row.first_claimed_at,
            fulfilled_at: row.fulfilled_at,
            ended_at: row.ended_at,
        }
    }
}

connection!(CountedWishConnection, CountedWishEdge, CountedWishRow, "counted wishes");

/// Numbers of wishes that were first published or offered in a period, as they stand at `asOf`. Exact for
/// the responsible unit; for others of the administration whole past months with small cells suppressed, for
/// everybody whole past quarters.
pub struct WishStatistics(Numbers);

/// Counts for a reader.
pub(super) async fn statistics(
    ctx: &Context<'_>,
    input: &WishStatisticsInput,
) -> Result<WishStatistics> {
    let place = api::id("input.placeId", &input.place_id)?;
    let days = (input.from, input.to);
    let mut numbers = queries::numbers(ctx.app(), ctx.actor(), place, days).await?;
    // It is let go as soon as nobody asks for rows: it holds a connection.
    if !ctx.look_ahead().field("rows").exists() {
        numbers.snapshot = None;
    }
    Ok(WishStatistics(numbers))
}

/// Numbers of wishes that were first published or offered in a period, as they stand at `asOf`. Exact for
/// the responsible unit; for others of the administration whole past months with small cells suppressed, for
/// everybody whole past quarters.
#[Object]
impl WishStatistics {
    /// When it was counted. The period is incomplete if this lies before its end.
    async fn as_of(&self) -> DateTime<Utc> {
        self.0.as_of
    }

    /// Whether the period goes on after `asOf`.
    async fn incomplete(&self, ctx: &Context<'_>) -> bool {
        ctx.app().day(self.0.as_of) < self.0.scope.days.1
    }

    /// Whether it is exact; else small cells are suppressed.
    async fn exact(&self) -> bool {
        self.0.scope.audience == Audience::Exact
    }

    /// Smallest cell that is shown; 1 for the responsible unit, which sees everything.
    async fn smallest_cell(&self) -> i64 {
        self.0.scope.audience.k()
    }

    /// The whole.
    async fn total(&self) -> WishLine {
        WishLine::new(&self.0.total)
    }

    /// By category; those of which there are none are left out. The parts add up to the whole.
    async fn groups(&self) -> Vec<WishStatisticsGroup> {
        let group = |(code, shown): &(String, Shown)| {
            let category = WishCategory::ALL.iter().find(|c| c.code() == *code)?;
            Some(WishStatisticsGroup { category: *category, line: WishLine::new(shown) })
        };
        self.0.categories.iter().filter_map(group).collect()
    }

    /// The wishes behind a number, by the same predicate that counted them and in the same state of the
    /// database; for the responsible unit. Without a metric all that were counted.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a field")]
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A rate.")] metric: Option<Rate>,
        #[graphql(default, desc = "Which part of the rate.")] part: Part,
        #[graphql(desc = "Only those about this.")] category: Option<WishCategory>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<CountedWishConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let set = metric.map(|m| (m, part));
        let (page, total) = queries::rows(ctx.app(), &self.0, set, category, page).await?;
        let cursor = |row: &CountedWish| Cursor { at: row.published_at, id: row.id.0 };
        Ok(CountedWishConnection::new(page, cursor, total, Into::into))
    }
}
