//! Counting. Everything of one answer is read in one snapshot, whose time is `asOf`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement, Value};
use uuid::Uuid;

use super::{
    rows::{Part, Set},
    scope::{Dimension, Scope, Zone, bind, parameters, within},
};
use crate::{
    kernel::{App, Error, Result, db::Snapshot},
    statistics::metrics::{Exclusion, Facts, Rate, Time},
};

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
    pub exclusions: Vec<(Exclusion, i64)>,
    /// Requests of the base set that are not done: still open, or unreachable.
    pub open: i64,
    /// Requests resolved in the period, whenever they were submitted.
    pub resolved: i64,
    /// Results given in the period: a request that was reopened has several.
    pub results: i64,
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

const OUTCOMES: [&str; 6] =
    ["FULFILLED", "PARTLY", "REFUSED", "REFERRED", "UNREACHABLE", "IMPORTED"];

struct Reader<'a> {
    conn: &'a DatabaseTransaction,
    scope: &'a Scope,
    values: Vec<Value>,
    as_of: DateTime<Utc>,
}

/// Counts everything for a scope as it is in a snapshot at a moment; received and resolved by day only
/// if they are asked for.
pub async fn count(
    app: &App,
    snapshot: &Snapshot,
    scope: &Scope,
    (as_of, by_day): (DateTime<Utc>, bool),
) -> Result<Counted> {
    let values = parameters(scope, as_of, app.zone);
    Reader { conn: snapshot.conn(), scope, values, as_of }.count(by_day).await
}

impl Counted {
    /// Nothing.
    pub fn empty(as_of: DateTime<Utc>) -> Self {
        Self { as_of, total: Counts::empty(), groups: BTreeMap::new(), days: BTreeMap::new() }
    }
}

impl Counts {
    /// Nothing.
    pub fn empty() -> Self {
        Self {
            exclusions: Exclusion::ALL.iter().map(|e| (*e, 0)).collect(),
            outcomes: OUTCOMES.iter().map(|o| ((*o).to_owned(), 0)).collect(),
            rates: vec![(0, 0); Rate::ALL.len()],
            times: vec![(0, None, None); Time::ALL.len()],
            ..Self::default()
        }
    }

    /// How many of the base set, or of the results given, the denominator of a rate leaves out for a
    /// reason of its own: they are imported, have no deadline, or their time has not come.
    pub fn outside(&self, rate: Rate) -> i64 {
        let index = Rate::ALL.iter().position(|r| *r == rate).unwrap_or(0);
        let whole = match rate.facts() {
            Facts::Requests => self.rates[0].1,
            Facts::Closures => self.results,
        };
        whole - self.rates[index].1
    }

    /// How many rows a set has.
    pub fn size(&self, set: Set) -> i64 {
        match set {
            Set::Rate(rate, part) => {
                let index = Rate::ALL.iter().position(|r| *r == rate).unwrap_or(0);
                let (above, below) = self.rates[index];
                match part {
                    Part::Numerator => above,
                    Part::Denominator => below,
                    Part::Rest => below - above,
                }
            }
            Set::Time(time) => {
                let index = Time::ALL.iter().position(|t| *t == time).unwrap_or(0);
                self.times[index].0
            }
            Set::Received(None) => self.received,
            Set::Received(Some(reason)) => {
                self.exclusions.iter().find(|(e, _)| *e == reason).map_or(0, |(_, n)| *n)
            }
            Set::Outcome(outcome) => {
                let code = outcome.code();
                self.outcomes.iter().find(|(o, _)| *o == code).map_or(0, |(_, n)| *n)
            }
        }
    }

    /// Adds counts, all but the distributions, which are no sums.
    pub fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.open += other.open;
        self.results += other.results;
        for (sum, part) in self.exclusions.iter_mut().zip(&other.exclusions) {
            sum.1 += part.1;
        }
        for (sum, part) in self.outcomes.iter_mut().zip(&other.outcomes) {
            sum.1 += part.1;
        }
        for (sum, part) in self.rates.iter_mut().zip(&other.rates) {
            *sum = (sum.0 + part.0, sum.1 + part.1);
        }
    }
}

/// What the lines of a table are made by: a dimension, or the days of the period.
#[derive(Clone, Copy)]
enum By {
    Group(Dimension),
    Day(&'static str),
    Nothing,
}

impl By {
    fn column(self, alias: &str) -> Option<String> {
        match self {
            Self::Group(dimension) => Some(format!("{alias}.{}", dimension.column())),
            Self::Day(column) => Some(format!("{alias}.{column}")),
            Self::Nothing => None,
        }
    }

    fn select(self, alias: &str) -> String {
        self.column(alias).map_or(String::new(), |c| format!("{c}, "))
    }

    fn group_by(self, alias: &str) -> String {
        self.column(alias).map_or(String::new(), |c| format!("GROUP BY {c}"))
    }

    /// The key of a line, and the index of its first number.
    fn key(self, row: &QueryResult) -> Result<(Key, usize)> {
        Ok(match self {
            Self::Nothing => (Key::None, 0),
            Self::Day(_) => (Key::None, 1),
            Self::Group(Dimension::Channel) => (Key::Code(row.try_get_by_index(0)?), 1),
            Self::Group(_) => {
                let id: Option<Uuid> = row.try_get_by_index(0)?;
                (id.map_or(Key::None, Key::Id), 1)
            }
        })
    }
}

type Table = BTreeMap<Key, Counts>;

fn count_where(predicate: &str) -> String {
    format!("COUNT(*) FILTER (WHERE {predicate})")
}

impl Reader<'_> {
    async fn rows(&self, sql: &str) -> Result<Vec<QueryResult>> {
        let (sql, values) = bind(sql, &self.values);
        let statement =
            Statement::from_sql_and_values(self.conn.get_database_backend(), sql, values);
        Ok(self.conn.query_all_raw(statement).await?)
    }

    /// One pass over the requests and one over the results, by group or by day: the total is the sum
    /// of its parts. Distributions are no sums, and are read for the total and for the groups.
    async fn count(&self, by_day: bool) -> Result<Counted> {
        let by = match self.scope.by {
            Some(dimension) => By::Group(dimension),
            None if by_day => By::Day(self.day("submitted_day")),
            None => By::Nothing,
        };
        let mut total = Counts::empty();
        let mut parts = Table::new();
        let mut days: BTreeMap<i32, (i64, i64)> = BTreeMap::new();
        for (key, day, part) in self.requests(by).await? {
            total.add(&part);
            match day {
                Some(day) => days.entry(day).or_default().0 = part.rates[0].1,
                None => _ = parts.insert(key, part),
            }
        }
        let closures = match by {
            By::Group(Dimension::Owner) | By::Day(_) | By::Nothing => By::Nothing,
            By::Group(_) => by,
        };
        for (key, part) in self.closures(closures).await? {
            total.add(&part);
            if matches!(by, By::Group(_)) && !matches!(closures, By::Nothing) {
                parts.entry(key).or_insert_with(Counts::empty).add(&part);
            }
        }
        self.times(By::Nothing, &mut BTreeMap::new(), &mut total).await?;
        let mut groups = Table::new();
        if matches!(by, By::Group(_)) {
            groups = parts;
            self.times(by, &mut groups, &mut Counts::empty()).await?;
            if by_day {
                self.received_by_day(&mut days).await?;
            }
        }
        if by_day {
            self.resolved_by_day(&mut days).await?;
        }
        Ok(Counted { as_of: self.as_of, total, groups, days })
    }

    fn day(&self, column: &'static str) -> &'static str {
        match (column, self.scope.zone) {
            ("submitted_day", Zone::Utc) => "submitted_day_utc",
            ("resolved_day", Zone::Utc) => "resolved_day_utc",
            (column, _) => column,
        }
    }

    /// Everything that is counted over requests submitted in the period.
    async fn requests(&self, by: By) -> Result<Vec<(Key, Option<i32>, Counts)>> {
        let mut columns = vec!["COUNT(*)".to_owned()];
        columns.extend(
            Exclusion::ALL.iter().map(|e| count_where(&format!("f.exclusion = '{}'", e.code()))),
        );
        columns.extend(
            OUTCOMES
                .iter()
                .map(|o| count_where(&format!("f.exclusion IS NULL AND f.outcome = '{o}'"))),
        );
        columns.extend(rate_columns(Facts::Requests));
        let sql = format!(
            "SELECT {}{} FROM request_fact f WHERE {} AND f.submitted_at >= $1 AND \
             f.submitted_at < $2 {}",
            by.select("f"),
            columns.join(", "),
            within(self.scope, "f"),
            by.group_by("f"),
        );
        let mut lines = Vec::new();
        for row in self.rows(&sql).await? {
            let (key, mut at) = by.key(&row)?;
            let day = matches!(by, By::Day(_)).then(|| row.try_get_by_index(0)).transpose()?;
            let mut next = || -> Result<i64> {
                at += 1;
                Ok(row.try_get_by_index(at - 1)?)
            };
            let mut counts = Counts::empty();
            counts.received = next()?;
            for exclusion in &mut counts.exclusions {
                exclusion.1 = next()?;
            }
            for outcome in &mut counts.outcomes {
                outcome.1 = next()?;
            }
            for (index, rate) in Rate::ALL.iter().enumerate() {
                if rate.facts() == Facts::Requests {
                    counts.rates[index] = (next()?, next()?);
                }
            }
            let (done, base) = counts.rates[0];
            counts.open = base - done;
            lines.push((key, day, counts));
        }
        Ok(lines)
    }

    /// Everything that is counted over results given in the period.
    async fn closures(&self, by: By) -> Result<Table> {
        let sql = format!(
            "SELECT {}COUNT(*), {} FROM closure_fact c WHERE {} AND c.resolved_at >= $1 AND \
             c.resolved_at < $2 {}",
            by.select("c"),
            rate_columns(Facts::Closures).join(", "),
            within(self.scope, "c"),
            by.group_by("c"),
        );
        let mut table = Table::new();
        for row in self.rows(&sql).await? {
            let (key, mut at) = by.key(&row)?;
            let mut counts = Counts::empty();
            counts.results = row.try_get_by_index(at)?;
            at += 1;
            for (index, rate) in Rate::ALL.iter().enumerate() {
                if rate.facts() == Facts::Closures {
                    counts.rates[index] =
                        (row.try_get_by_index(at)?, row.try_get_by_index(at + 1)?);
                    at += 2;
                }
            }
            table.insert(key, counts);
        }
        Ok(table)
    }

    /// The distributions, into the lines of a table or into the one total.
    async fn times(&self, by: By, table: &mut Table, total: &mut Counts) -> Result<()> {
        for (index, time) in Time::ALL.iter().enumerate() {
            for row in self.rows(&self.distribution(by, *time)).await? {
                let (key, at) = by.key(&row)?;
                let n: i64 = row.try_get_by_index(at)?;
                let counts = match by {
                    By::Nothing => &mut *total,
                    By::Group(_) | By::Day(_) => table.entry(key).or_insert_with(Counts::empty),
                };
                counts.times[index] = if *time == Time::OpenAge {
                    (n, self.age(&row, at + 1)?, self.age(&row, at + 2)?)
                } else {
                    (n, row.try_get_by_index(at + 1)?, row.try_get_by_index(at + 2)?)
                };
                if *time == Time::HandlingWall {
                    counts.resolved = n;
                }
            }
        }
        Ok(())
    }

    /// Size, median and ninth decile by nearest rank: the smallest value whose rank is at least p of
    /// all. PostgreSQL has it built in; the portable form counts ranks. An age grows as the time of
    /// submission falls, so its ranks go the other way.
    fn distribution(&self, by: By, time: Time) -> String {
        let (value, order) = match time {
            Time::HandlingWork => ("f.work_s", ""),
            Time::HandlingWall => ("f.wall_s", ""),
            Time::OpenAge => ("f.submitted_at", " DESC"),
        };
        let (within, set) = (within(self.scope, "f"), time.set());
        if self.conn.get_database_backend() == DbBackend::Postgres {
            let disc =
                |p: &str| format!("percentile_disc({p}) WITHIN GROUP (ORDER BY {value}{order})");
            return format!(
                "SELECT {}COUNT(*), {}, {} FROM request_fact f WHERE {within} AND {set} {}",
                by.select("f"),
                disc("0.5"),
                disc("0.9"),
                by.group_by("f"),
            );
        }
        let partition = by.column("f").map_or(String::new(), |c| format!("PARTITION BY {c}"));
        let pick = if time == Time::OpenAge { "MAX" } else { "MIN" };
        format!(
            "SELECT {}COUNT(*), {pick}(CASE WHEN rn * 100 >= 50 * n THEN v END), \
             {pick}(CASE WHEN rn * 100 >= 90 * n THEN v END) FROM (SELECT {}{value} AS v, \
             ROW_NUMBER() OVER ({partition} ORDER BY {value}{order}) AS rn, \
             COUNT(*) OVER ({partition}) AS n FROM request_fact f WHERE {within} AND {set}) t {}",
            by.select("t"),
            by.select("f"),
            by.group_by("t"),
        )
    }

    fn age(&self, row: &QueryResult, at: usize) -> Result<Option<i64>> {
        let since: Option<DateTime<Utc>> = row.try_get_by_index(at)?;
        Ok(since.map(|s| (self.as_of - s).num_seconds()))
    }

    async fn received_by_day(&self, days: &mut BTreeMap<i32, (i64, i64)>) -> Result<()> {
        let day = self.day("submitted_day");
        let sql = format!(
            "SELECT f.{day}, COUNT(*) FROM request_fact f WHERE {} AND f.submitted_at >= $1 AND \
             f.submitted_at < $2 AND f.exclusion IS NULL GROUP BY f.{day}",
            within(self.scope, "f")
        );
        for row in self.rows(&sql).await? {
            days.entry(row.try_get_by_index(0)?).or_default().0 = row.try_get_by_index(1)?;
        }
        Ok(())
    }

    /// The same results that the line counts as resolved.
    async fn resolved_by_day(&self, days: &mut BTreeMap<i32, (i64, i64)>) -> Result<()> {
        let day = self.day("resolved_day");
        let sql = format!(
            "SELECT f.{day}, COUNT(*) FROM request_fact f WHERE {} AND {} GROUP BY f.{day}",
            within(self.scope, "f"),
            Time::HandlingWall.set(),
        );
        for row in self.rows(&sql).await? {
            let day: Option<i32> = row.try_get_by_index(0)?;
            let day = day.ok_or_else(|| Error::internal("a result without its day"))?;
            days.entry(day).or_default().1 = row.try_get_by_index(1)?;
        }
        Ok(())
    }
}

fn rate_columns(facts: Facts) -> Vec<String> {
    let of_these = Rate::ALL.iter().filter(|r| r.facts() == facts);
    of_these
        .flat_map(|rate| {
            let (part, whole) = (rate.numerator(), rate.denominator());
            [count_where(&format!("({whole}) AND ({part})")), count_where(whole)]
        })
        .collect()
}
