//! Counting. Everything of one answer is read in one snapshot, whose time is `asOf`.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, Duration, FixedOffset, Months, NaiveDate, TimeZone, Utc};
use linli_entity::{ids::PlaceId, service_request};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryResult, Statement, Value,
    sea_query::{Expr, Order},
};
use uuid::Uuid;

use super::metrics::{Facts, Rate, Time};
use crate::{
    communities,
    kernel::{
        Action, Actor, App, Code, Error, Rejected, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
    requests::queries::{Join, RequestRow, narrow, visible},
};

/// How a table is broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "StatisticsDimension")]
pub enum Dimension {
    /// By community.
    Community,
    /// By department.
    Department,
    /// By matter.
    Matter,
    /// By intake channel.
    Channel,
    /// By block; for the responsible unit only.
    Block,
    /// By owner, count and age of open work only, never rates; for managers only.
    Owner,
}

impl Dimension {
    fn column(self) -> &'static str {
        match self {
            Self::Community => "community_id",
            Self::Department => "department_id",
            Self::Matter => "matter_id",
            Self::Channel => "intake_channel",
            Self::Block => "block_id",
            Self::Owner => "owner_id",
        }
    }
}

/// In which zone days begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "StatisticsZone")]
pub enum Zone {
    /// Official time.
    #[default]
    Local,
    /// UTC.
    Utc,
}

/// What is counted, and for whom.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The communities.
    pub communities: Vec<PlaceId>,
    /// Half-open period of days.
    pub days: (NaiveDate, NaiveDate),
    /// Zone of the days.
    pub zone: Zone,
    /// Breakdown.
    pub by: Option<Dimension>,
    /// Who looks.
    pub audience: Audience,
}

/// How exactly somebody may see the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The responsible unit: exact numbers and the rows behind them.
    Exact,
    /// Others of the administration: whole months, cells of less than 5 suppressed.
    Released,
    /// Everybody: whole quarters, cells of less than 10 suppressed.
    Public,
}

impl Audience {
    /// Smallest cell that is shown.
    pub fn k(self) -> i64 {
        match self {
            Self::Exact => 1,
            Self::Released => 5,
            Self::Public => 10,
        }
    }
}

/// A group's key: none for the total.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An id.
    Id(Uuid),
    /// A code.
    Code(String),
    /// Nothing: requests without a block, or without an owner.
    None,
}

/// One counted table: a line per group.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Requests submitted in the period, before exclusions.
    pub received: i64,
    /// Exclusions by reason, in order of reason.
    pub exclusions: Vec<(&'static str, i64)>,
    /// Requests of the base set that are not done: still open, or unreachable.
    pub open: i64,
    /// Requests resolved in the period, whenever they were submitted.
    pub resolved: i64,
    /// Numerator and denominator of every rate, in the order of [`Rate::ALL`].
    pub rates: Vec<(i64, i64)>,
    /// Size of the set, p50 and p90 of every time, in the order of [`Time::ALL`].
    pub times: Vec<(i64, Option<i64>, Option<i64>)>,
    /// Outcomes of the base set.
    pub outcomes: Vec<(String, i64)>,
}

/// What was counted.
#[derive(Clone, Debug)]
pub struct Counted {
    /// When.
    pub as_of: DateTime<Utc>,
    /// Everything.
    pub total: Counts,
    /// By group.
    pub groups: BTreeMap<Key, Counts>,
    /// Received and resolved by day number.
    pub days: BTreeMap<i32, (i64, i64)>,
}

/// Reasons of exclusion, in the order in which they are shown.
pub const EXCLUSIONS: [&str; 4] =
    ["DECLINED", "MERGED", "WITHDRAWN_BEFORE_ACCEPTANCE", "WITHDRAWN"];
const OUTCOMES: [&str; 6] =
    ["FULFILLED", "PARTLY", "REFUSED", "REFERRED", "UNREACHABLE", "IMPORTED"];

/// Finds out how exactly the actor may see these communities, and checks period and breakdown.
pub async fn scope(
    app: &App,
    actor: &Actor,
    place: PlaceId,
    days: (NaiveDate, NaiveDate),
    zone: Zone,
    by: Option<Dimension>,
) -> Result<Scope> {
    let row = communities::queries::place(app, app.db.reader(), place).await?;
    let communities = match row.community_id {
        Some(community) if community == row.id => vec![community],
        None if row.depth == 0 => communities::queries::communities_of(app, place).await?,
        _ => return Err(Error::bad_input("input.placeId", "a community or a subdistrict")),
    };
    if days.1 <= days.0 || (days.1 - days.0).num_days() > 3700 {
        return Err(bad_period("`to` after `from`, at most ten years"));
    }
    let all =
        |action| communities.iter().all(|c| policy::allowed(actor, action, &Target::community(*c)));
    let audience = if !communities.is_empty() && all(Action::StatisticsExact) {
        Audience::Exact
    } else if !communities.is_empty() && all(Action::StatisticsReleased) {
        Audience::Released
    } else {
        Audience::Public
    };
    check_view(app, audience, days, zone, by)?;
    Ok(Scope { communities, days, zone, by, audience })
}

fn bad_period(wanted: &str) -> Error {
    Rejected::at(Code::BadPeriod, "from").with("wanted", wanted).into()
}

/// Others than the responsible unit see one calendar month (the public: one quarter) that is over, so
/// that no two periods differ by a few people.
fn check_view(
    app: &App,
    audience: Audience,
    (from, to): (NaiveDate, NaiveDate),
    zone: Zone,
    by: Option<Dimension>,
) -> Result<()> {
    if audience == Audience::Exact {
        return Ok(());
    }
    if matches!(by, Some(Dimension::Block | Dimension::Owner)) {
        return Err(Rejected::at(Code::BadBreakdown, "groupBy").into());
    }
    let step = if audience == Audience::Public { 3 } else { 1 };
    // Exactly one month or quarter: of two periods, one inside the other, the rest is the difference.
    let unit = from.day() == 1
        && from.month0().is_multiple_of(step)
        && from.checked_add_months(Months::new(step)) == Some(to)
        && from.year() >= 2000;
    let today = app.day(app.clock.now());
    let over = today.with_day(1).is_some_and(|month| to <= month);
    if zone == Zone::Utc || !unit || !over {
        let wanted = if step == 3 { "one whole past quarter" } else { "one whole past month" };
        return Err(bad_period(wanted));
    }
    Ok(())
}

struct Reader<'a> {
    tx: &'a DatabaseTransaction,
    scope: &'a Scope,
    values: Vec<Value>,
    within: String,
}

/// `$1`, `$2`: the period as instants; `$3`: `asOf`; `$4`: 24 hours before; then the communities.
fn parameters(scope: &Scope, as_of: DateTime<Utc>, zone: FixedOffset) -> Vec<Value> {
    let (from, to) = instants(scope.days, scope.zone, zone);
    let day = Duration::hours(24);
    let mut values: Vec<Value> = vec![from.into(), to.into(), as_of.into(), (as_of - day).into()];
    values.extend(scope.communities.iter().map(|c| Value::from(*c)));
    values
}

fn instants(
    (from, to): (NaiveDate, NaiveDate),
    zone: Zone,
    local: FixedOffset,
) -> (DateTime<Utc>, DateTime<Utc>) {
    let start = |d: NaiveDate| {
        let midnight = d.and_time(chrono::NaiveTime::MIN);
        match zone {
            Zone::Utc => midnight.and_utc(),
            Zone::Local => {
                local.from_local_datetime(&midnight).single().unwrap_or_default().to_utc()
            }
        }
    };
    (start(from), start(to))
}

/// The communities as a list of marks behind the four other parameters.
fn within(scope: &Scope, alias: &str) -> String {
    let marks: Vec<String> = (0..scope.communities.len()).map(|i| format!("${}", i + 5)).collect();
    match marks.as_slice() {
        [] => "1 = 0".to_owned(),
        [one] => format!("{alias}.community_id = {one}"),
        _ => format!("{alias}.community_id IN ({})", marks.join(", ")),
    }
}

/// Counts everything for a scope.
pub async fn count(app: &App, scope: &Scope) -> Result<Counted> {
    let tx = app.db.snapshot().await?;
    let as_of = app.clock.now();
    let reader = Reader {
        tx: &tx,
        scope,
        values: parameters(scope, as_of, app.zone),
        within: within(scope, "f"),
    };
    let total = reader.table(None).await?.remove(&Key::None).unwrap_or_else(Counts::empty);
    let groups = match scope.by {
        Some(by) => reader.table(Some(by)).await?,
        None => BTreeMap::new(),
    };
    let days = reader.days().await?;
    drop(reader);
    tx.rollback().await?;
    Ok(Counted { as_of, total, groups, days })
}

impl Counts {
    fn empty() -> Self {
        Self {
            exclusions: EXCLUSIONS.iter().map(|e| (*e, 0)).collect(),
            rates: vec![(0, 0); Rate::ALL.len()],
            times: vec![(0, None, None); Time::ALL.len()],
            ..Self::default()
        }
    }
}

fn sum(predicate: &str) -> String {
    format!("SUM(CASE WHEN {predicate} THEN 1 ELSE 0 END)")
}

impl Reader<'_> {
    async fn rows(&self, sql: &str) -> Result<Vec<QueryResult>> {
        let (sql, values) = bind(sql, &self.values);
        let statement = Statement::from_sql_and_values(self.tx.get_database_backend(), sql, values);
        Ok(self.tx.query_all_raw(statement).await?)
    }

    async fn table(&self, by: Option<Dimension>) -> Result<BTreeMap<Key, Counts>> {
        let mut table = BTreeMap::new();
        self.requests(by, &mut table).await?;
        self.closures(by, &mut table).await?;
        for (index, time) in Time::ALL.iter().enumerate() {
            self.times(by, index, *time, &mut table).await?;
        }
        Ok(table)
    }

    /// Everything that is counted over requests, in one pass.
    async fn requests(
        &self,
        by: Option<Dimension>,
        table: &mut BTreeMap<Key, Counts>,
    ) -> Result<()> {
        let mut columns = vec!["COUNT(*)".to_owned()];
        columns.extend(EXCLUSIONS.iter().map(|e| sum(&format!("f.exclusion = '{e}'"))));
        columns.extend(
            OUTCOMES.iter().map(|o| sum(&format!("f.exclusion IS NULL AND f.outcome = '{o}'"))),
        );
        for rate in Rate::ALL.iter().filter(|r| r.facts() == Facts::Requests) {
            let (part, whole) = (rate.numerator(), rate.denominator());
            columns.push(sum(&format!("({whole}) AND ({part})")));
            columns.push(sum(whole));
        }
        let sql = format!(
            "SELECT {} {} FROM request_fact f WHERE {} AND f.submitted_at >= $1 AND \
             f.submitted_at < $2 {}",
            key_column(by, "f"),
            columns.join(", "),
            self.within,
            group_by(by, "f"),
        );
        for row in self.rows(&sql).await? {
            let (key, mut at) = key_of(by, &row)?;
            let mut next = || -> Result<i64> {
                at += 1;
                Ok(row.try_get_by_index::<Option<i64>>(at - 1)?.unwrap_or(0))
            };
            let counts = table.entry(key).or_insert_with(Counts::empty);
            counts.received = next()?;
            for exclusion in &mut counts.exclusions {
                exclusion.1 = next()?;
            }
            for outcome in OUTCOMES {
                counts.outcomes.push((outcome.to_owned(), next()?));
            }
            for (index, rate) in Rate::ALL.iter().enumerate() {
                if rate.facts() == Facts::Requests {
                    counts.rates[index] = (next()?, next()?);
                }
            }
            let (done, base) = counts.rates[0];
            counts.open = base - done;
        }
        Ok(())
    }

    /// Everything that is counted over results, in one pass.
    async fn closures(
        &self,
        by: Option<Dimension>,
        table: &mut BTreeMap<Key, Counts>,
    ) -> Result<()> {
        if by == Some(Dimension::Owner) {
            return Ok(());
        }
        let mut columns = Vec::new();
        for rate in Rate::ALL.iter().filter(|r| r.facts() == Facts::Closures) {
            let (part, whole) = (rate.numerator(), rate.denominator());
            columns.push(sum(&format!("({whole}) AND ({part})")));
            columns.push(sum(whole));
        }
        let sql = format!(
            "SELECT {} {} FROM closure_fact c WHERE {} AND c.resolved_at >= $1 AND \
             c.resolved_at < $2 {}",
            key_column(by, "c"),
            columns.join(", "),
            within(self.scope, "c"),
            group_by(by, "c"),
        );
        for row in self.rows(&sql).await? {
            let (key, mut at) = key_of(by, &row)?;
            let counts = table.entry(key).or_insert_with(Counts::empty);
            for (index, rate) in Rate::ALL.iter().enumerate() {
                if rate.facts() == Facts::Closures {
                    let read = |at: usize| -> Result<i64> {
                        Ok(row.try_get_by_index::<Option<i64>>(at)?.unwrap_or(0))
                    };
                    counts.rates[index] = (read(at)?, read(at + 1)?);
                    at += 2;
                }
            }
        }
        Ok(())
    }

    /// Nearest rank, in a form that both engines compute the same: the smallest value whose rank is
    /// at least p of all.
    async fn times(
        &self,
        by: Option<Dimension>,
        index: usize,
        time: Time,
        table: &mut BTreeMap<Key, Counts>,
    ) -> Result<()> {
        let (value, order) = match time {
            Time::HandlingWork => ("f.work_s", "f.work_s"),
            Time::HandlingWall => ("f.wall_s", "f.wall_s"),
            // The age grows as the day of submission falls; it is subtracted afterwards.
            Time::OpenAge => ("f.submitted_at", "f.submitted_at DESC"),
        };
        let partition = match by {
            Some(by) => format!("PARTITION BY f.{}", by.column()),
            None => String::new(),
        };
        let pick = if time == Time::OpenAge { "MAX" } else { "MIN" };
        let sql = format!(
            "SELECT {} COUNT(*), {pick}(CASE WHEN rn * 100 >= 50 * n THEN v END), \
             {pick}(CASE WHEN rn * 100 >= 90 * n THEN v END) FROM (SELECT {} {value} AS v, \
             ROW_NUMBER() OVER ({partition} ORDER BY {order}) AS rn, COUNT(*) OVER ({partition}) \
             AS n FROM request_fact f WHERE {} AND {}) t {}",
            by.map_or(String::new(), |b| format!("t.{},", b.column())),
            by.map_or(String::new(), |b| format!("f.{},", b.column())),
            self.within,
            time.set(),
            by.map_or(String::new(), |b| format!("GROUP BY t.{}", b.column())),
        );
        for row in self.rows(&sql).await? {
            let (key, at) = key_of(by, &row)?;
            let n: i64 = row.try_get_by_index(at)?;
            let counts = table.entry(key).or_insert_with(Counts::empty);
            counts.times[index] = if time == Time::OpenAge {
                let as_of = self.as_of()?;
                let age = |at: usize| -> Result<Option<i64>> {
                    let since: Option<DateTime<Utc>> = row.try_get_by_index(at)?;
                    Ok(since.map(|s| (as_of - s).num_seconds()))
                };
                (n, age(at + 1)?, age(at + 2)?)
            } else {
                if time == Time::HandlingWall {
                    counts.resolved = n;
                }
                (n, row.try_get_by_index(at + 1)?, row.try_get_by_index(at + 2)?)
            };
        }
        Ok(())
    }

    fn as_of(&self) -> Result<DateTime<Utc>> {
        match self.values.get(2) {
            Some(Value::ChronoDateTimeUtc(Some(at))) => Ok(*at),
            _ => Err(Error::internal("asOf is the third parameter")),
        }
    }

    /// Received and resolved by day.
    async fn days(&self) -> Result<BTreeMap<i32, (i64, i64)>> {
        let suffix = if self.scope.zone == Zone::Utc { "_utc" } else { "" };
        let received = format!(
            "SELECT f.submitted_day{suffix}, COUNT(*) FROM request_fact f WHERE {} AND \
             f.submitted_at >= $1 AND f.submitted_at < $2 AND f.exclusion IS NULL GROUP BY f.submitted_day{suffix}",
            self.within
        );
        let resolved = format!(
            "SELECT c.resolved_day{suffix}, COUNT(*) FROM closure_fact c WHERE {} AND \
             c.resolved_at >= $1 AND c.resolved_at < $2 \
             GROUP BY c.resolved_day{suffix}",
            within(self.scope, "c")
        );
        let mut days: BTreeMap<i32, (i64, i64)> = BTreeMap::new();
        for row in self.rows(&received).await? {
            days.entry(row.try_get_by_index(0)?).or_default().0 = row.try_get_by_index(1)?;
        }
        for row in self.rows(&resolved).await? {
            days.entry(row.try_get_by_index(0)?).or_default().1 = row.try_get_by_index(1)?;
        }
        Ok(days)
    }
}

/// The statement with only the parameters that it uses, numbered anew: PostgreSQL refuses the rest.
fn bind(sql: &str, values: &[Value]) -> (String, Vec<Value>) {
    let mut used: Vec<usize> = Vec::new();
    let mut out = String::with_capacity(sql.len());
    let mut pieces = sql.split('$');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let digits = piece.len() - piece.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: usize = piece[..digits].parse().unwrap_or(0);
        let position = used.iter().position(|u| *u == number).unwrap_or_else(|| {
            used.push(number);
            used.len() - 1
        });
        out.push('$');
        out.push_str(&(position + 1).to_string());
        out.push_str(&piece[digits..]);
    }
    let chosen = used.iter().filter_map(|n| values.get(n.checked_sub(1)?).cloned()).collect();
    (out, chosen)
}

/// The statement as a part of one that the query builder numbers: every `$n` becomes a `?` with its
/// value.
fn embed(sql: &str, values: &[Value]) -> (String, Vec<Value>) {
    let (mut out, mut chosen) = (String::with_capacity(sql.len()), Vec::new());
    let mut pieces = sql.split('$');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let number: usize = piece[..piece.len() - rest.len()].parse().unwrap_or(0);
        chosen.extend(number.checked_sub(1).and_then(|n| values.get(n)).cloned());
        out.push('?');
        out.push_str(rest);
    }
    (out, chosen)
}

fn key_column(by: Option<Dimension>, alias: &str) -> String {
    by.map_or(String::new(), |b| format!("{alias}.{},", b.column()))
}

fn group_by(by: Option<Dimension>, alias: &str) -> String {
    by.map_or(String::new(), |b| format!("GROUP BY {alias}.{}", b.column()))
}

/// The key of a line, and the index of its first number.
fn key_of(by: Option<Dimension>, row: &QueryResult) -> Result<(Key, usize)> {
    Ok(match by {
        None => (Key::None, 0),
        Some(Dimension::Channel) => (Key::Code(row.try_get_by_index(0)?), 1),
        Some(_) => {
            let id: Option<Uuid> = row.try_get_by_index(0)?;
            (id.map_or(Key::None, Key::Id), 1)
        }
    })
}

/// Which part of a rate's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "RatePart")]
pub enum Part {
    /// Those counted above the line.
    Numerator,
    /// All of those below the line.
    #[default]
    Denominator,
    /// Those below the line that are not above it.
    Rest,
}

/// A rate's rows: which, of which group.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The rate.
    pub rate: Rate,
    /// The part.
    pub part: Part,
    /// Of this group of the scope's breakdown.
    pub group: Option<Key>,
    /// As it was counted.
    pub as_of: DateTime<Utc>,
}

/// The requests behind a rate, by the same predicate that counted it; for the responsible unit. A
/// request with several results of the period is listed once.
pub async fn rows(
    app: &App,
    actor: &Actor,
    scope: &Scope,
    rows: &Rows,
    page: PageArgs,
) -> Result<Page<RequestRow>> {
    use service_request::{Column as C, Entity as E};
    // Of an owner only open work is shown, never what rates are made of.
    if scope.audience != Audience::Exact || scope.by == Some(Dimension::Owner) {
        return Err(Error::Forbidden);
    }
    let mut values = parameters(scope, rows.as_of, app.zone);
    let (alias, table, time) = match rows.rate.facts() {
        Facts::Requests => ("f", "request_fact", "submitted_at"),
        Facts::Closures => ("c", "closure_fact", "resolved_at"),
    };
    let (whole, part) = (rows.rate.denominator(), rows.rate.numerator());
    let predicate = match rows.part {
        Part::Denominator => format!("({whole})"),
        Part::Numerator => format!("({whole}) AND ({part})"),
        Part::Rest => format!("({whole}) AND ({part}) IS NOT TRUE"),
    };
    let group = match (scope.by, &rows.group) {
        (Some(by), Some(Key::None)) => format!("AND {alias}.{} IS NULL", by.column()),
        (Some(by), Some(key)) => {
            values.push(match key {
                Key::Id(id) => (*id).into(),
                Key::Code(code) => code.clone().into(),
                Key::None => Value::String(None),
            });
            format!("AND {alias}.{} = ${}", by.column(), values.len())
        }
        _ => String::new(),
    };
    let sql = format!(
        "service_request.id IN (SELECT {alias}.request_id FROM {table} {alias} WHERE {} AND \
         {alias}.{time} >= $1 AND {alias}.{time} < $2 AND {predicate} {group})",
        within(scope, alias),
    );
    let (sql, values) = match app.db.backend() {
        // The query builder numbers `$n` itself on PostgreSQL and `?` on SQLite.
        sea_orm::DbBackend::Postgres => bind(&sql, &values),
        _ => embed(&sql, &values),
    };
    let community = match scope.communities.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let select = E::find()
        .filter(visible(actor, community, false))
        .filter(Expr::cust_with_values(sql, values));
    let select = page.apply(select, (E, C::SubmittedAt), (E, C::Id), Order::Asc);
    Ok(page.cut(narrow(select, Join::default()).all(app.db.reader()).await?))
}

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
