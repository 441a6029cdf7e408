//! Counting, by community, kind, block and agency.

use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{AgencyOutcome, RatingLevel},
    ids::PlaceId,
};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use super::lines::{Cell, Incidents, Minutes, Opinions, Tally, Tasks};
use crate::{
    incidents::{
        metrics::{Facts, OUTCOMES, Part, RECEIVED, Rate, Set, Time, minutes},
        rules,
    },
    kernel::{App, Result, db::Snapshot},
    statistics::queries::{Zone, bind, instants},
};

/// The key of incidents whose block is not known yet.
pub const NO_BLOCK: &str = "none";

/// What was counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    /// By kind and by block.
    pub incidents: Tally<Incidents>,
    /// By agency.
    pub tasks: Tally<Tasks>,
    /// By agency.
    pub opinions: Tally<Opinions>,
}

impl Counted {
    /// Takes what was counted in another period in.
    pub fn add(&mut self, other: &Self) {
        self.incidents.add(&other.incidents);
        self.tasks.add(&other.tasks);
        self.opinions.add(&other.opinions);
    }
}

/// Where facts are read, and when each of them happened.
pub(super) fn source(facts: Facts) -> (&'static str, &'static str) {
    match facts {
        Facts::Incidents => ("incident i", "i.received_at"),
        Facts::Tasks => ("agency_task t JOIN incident i ON i.id = t.incident_id", "t.asked_at"),
        Facts::Joints => {
            ("joint_response j JOIN incident i ON i.id = j.incident_id", "j.opened_at")
        }
    }
}

/// The table whose rows are the facts.
pub(super) fn alias(facts: Facts) -> &'static str {
    match facts {
        Facts::Incidents => "i",
        Facts::Tasks => "t",
        Facts::Joints => "j",
    }
}

/// Which facts are of the communities and the period.
pub(super) fn within(facts: Facts, communities: usize) -> String {
    let (alias, (_, at)) = (alias(facts), source(facts));
    let marks: Vec<String> = (0..communities).map(|i| format!("${}", i + 5)).collect();
    let marks = if marks.is_empty() { "NULL".to_owned() } else { marks.join(", ") };
    format!("{alias}.community_id IN ({marks}) AND {at} >= $1 AND {at} < $2")
}

/// The period, the moment of counting, the one behind which nothing is reopened, and the communities.
pub(super) fn values(
    app: &App,
    communities: &[PlaceId],
    days: (NaiveDate, NaiveDate),
    as_of: DateTime<Utc>,
) -> Vec<Value> {
    let (from, to) = instants(days, Zone::Local, app.zone);
    let moments = [from, to, as_of, as_of - rules::REOPEN].map(Value::from);
    moments.into_iter().chain(communities.iter().map(|c| Value::from(*c))).collect()
}

fn sum(set: Set) -> String {
    let predicate = set.predicate();
    format!("CAST(COALESCE(SUM(CASE WHEN {predicate} THEN 1 ELSE 0 END), 0) AS bigint)")
}

/// Of every rate its part and its whole.
fn columns(rates: impl Iterator<Item = Rate>) -> impl Iterator<Item = String> {
    rates.flat_map(|rate| [Part::Numerator, Part::Denominator].map(|p| sum(Set::Rate(rate, p))))
}

/// Of every time how many of the facts that count it may still happen to.
fn open(facts: Facts) -> impl Iterator<Item = String> {
    Time::of(facts).map(|time| sum(Set::Time(time, true)))
}

/// Of every time when it began and when it ended.
fn ends(facts: Facts) -> impl Iterator<Item = String> {
    Time::of(facts).flat_map(|t| [t.from().to_owned(), t.end().to_owned()])
}

/// Reads numbers one after another.
struct Numbers<'a>(&'a QueryResult, usize);

impl Numbers<'_> {
    fn next(&mut self) -> Result<i64> {
        self.1 += 1;
        Ok(self.0.try_get_by_index(self.1 - 1)?)
    }

    fn many(&mut self, n: usize) -> Result<Vec<i64>> {
        (0..n).map(|_| self.next()).collect()
    }

    fn open(&mut self, facts: Facts) -> Result<Vec<Minutes>> {
        let times = Time::of(facts);
        times.map(|_| Ok(Minutes { open: self.next()?, ..Minutes::default() })).collect()
    }

    fn rates(&mut self, rates: impl Iterator<Item = Rate>) -> Result<Vec<(i64, i64)>> {
        rates.map(|_| Ok((self.next()?, self.next()?))).collect()
    }
}

/// Community, kind and block of a line.
fn place(row: &QueryResult) -> Result<Cell> {
    let block: Option<PlaceId> = row.try_get_by_index(2)?;
    let block = block.map_or_else(|| NO_BLOCK.to_owned(), |id| id.to_string());
    Ok(Cell { community: row.try_get_by_index(0)?, keys: [row.try_get_by_index(1)?, block] })
}

/// Of which community and agency a line is.
fn agency(row: &QueryResult) -> Result<Cell> {
    let agency: PlaceId = row.try_get_by_index(1)?;
    Ok(Cell { community: row.try_get_by_index(0)?, keys: [agency.to_string(), String::new()] })
}

/// Adds the times of a fact, which stand behind so many other columns.
fn took(row: &QueryResult, behind: usize, times: &mut [Minutes]) -> Result<()> {
    for (index, time) in times.iter_mut().enumerate() {
        let from: Option<DateTime<Utc>> = row.try_get_by_index(behind + 2 * index)?;
        let end: Option<DateTime<Utc>> = row.try_get_by_index(behind + 2 * index + 1)?;
        time.all.extend(from.zip(end).map(|(from, end)| minutes(from, end)));
    }
    Ok(())
}

/// Counts what happened in communities in a period, in one state of the database.
pub(super) async fn count(
    app: &App,
    snapshot: &Snapshot,
    communities: &[PlaceId],
    days: (NaiveDate, NaiveDate),
    as_of: DateTime<Utc>,
) -> Result<Counted> {
    let values = values(app, communities, days, as_of);
    let counting = Counting { snapshot, values, communities: communities.len() };
    let mut counted = Counted::default();
    counting.incidents(&mut counted).await?;
    counting.joints(&mut counted).await?;
    counting.tasks(&mut counted).await?;
    counting.minutes(&mut counted).await?;
    Ok(counted)
}

struct Counting<'a> {
    snapshot: &'a Snapshot,
    values: Vec<Value>,
    communities: usize,
}

impl Counting<'_> {
    /// The lines of facts by `keys`, and what else there is to be asked.
    async fn lines(
        &self,
        facts: Facts,
        columns: &[String],
        more: &str,
    ) -> Result<Vec<QueryResult>> {
        let (from, _) = source(facts);
        let within = within(facts, self.communities);
        let sql = format!("SELECT {} FROM {from} WHERE {within} {more}", columns.join(", "));
        let (sql, values) = bind(&sql, &self.values);
        let conn = self.snapshot.conn();
        let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
        Ok(conn.query_all_raw(statement).await?)
    }

    async fn incidents(&self, counted: &mut Counted) -> Result<()> {
        let keys = ["i.community_id", "i.kind", "i.block_id"].map(str::to_owned);
        let mut wanted = keys.to_vec();
        wanted.extend(["COUNT(*)".to_owned(), sum(Set::Received)]);
        wanted.extend(open(Facts::Incidents));
        wanted.extend(OUTCOMES.map(|outcome| sum(Set::Outcome(outcome))));
        wanted.extend(columns(Rate::of(Facts::Incidents, false)));
        let group = format!("GROUP BY {}", keys.join(", "));
        for row in self.lines(Facts::Incidents, &wanted, &group).await? {
            let mut numbers = Numbers(&row, keys.len());
            let line = counted.incidents.0.entry(place(&row)?).or_default();
            line.came_in = numbers.next()?;
            line.received = numbers.next()?;
            line.times = numbers.open(Facts::Incidents)?;
            line.outcomes = numbers.many(OUTCOMES.len())?;
            line.rates = numbers.rates(Rate::of(Facts::Incidents, false))?;
        }
        Ok(())
    }

    async fn minutes(&self, counted: &mut Counted) -> Result<()> {
        let mut wanted = ["i.community_id", "i.kind", "i.block_id"].map(str::to_owned).to_vec();
        wanted.extend(ends(Facts::Incidents));
        for row in self.lines(Facts::Incidents, &wanted, &format!("AND {RECEIVED}")).await? {
            took(&row, 3, &mut counted.incidents.0.entry(place(&row)?).or_default().times)?;
        }
        let mut wanted = ["t.community_id", "t.agency_id"].map(str::to_owned).to_vec();
        wanted.extend(ends(Facts::Tasks));
        for row in self.lines(Facts::Tasks, &wanted, "").await? {
            took(&row, 2, &mut counted.tasks.0.entry(agency(&row)?).or_default().times)?;
        }
        Ok(())
    }

    async fn joints(&self, counted: &mut Counted) -> Result<()> {
        let keys = ["j.community_id", "i.kind", "i.block_id"].map(str::to_owned);
        let mut wanted = keys.to_vec();
        wanted.extend(columns(Rate::of(Facts::Joints, false)));
        let group = format!("GROUP BY {}", keys.join(", "));
        for row in self.lines(Facts::Joints, &wanted, &group).await? {
            let line = counted.incidents.0.entry(place(&row)?).or_default();
            // They stand behind those of the incidents, of which there may be none in the period.
            line.rates.resize(Rate::of(Facts::Incidents, false).count(), (0, 0));
            let mut numbers = Numbers(&row, keys.len());
            line.rates.extend(numbers.rates(Rate::of(Facts::Joints, false))?);
        }
        Ok(())
    }

    async fn tasks(&self, counted: &mut Counted) -> Result<()> {
        let keys = ["t.community_id", "t.agency_id"].map(str::to_owned);
        let mut wanted = keys.to_vec();
        wanted.extend([Set::Asked, Set::CalledOff].map(sum));
        wanted.extend(open(Facts::Tasks));
        wanted.extend(columns(Tasks::rates()));
        wanted.extend(AgencyOutcome::ALL.iter().map(|outcome| sum(Set::TaskOutcome(*outcome))));
        wanted.extend(columns(Opinions::rates()));
        wanted.extend(RatingLevel::ALL.iter().map(|level| sum(Set::Rating(*level))));
        wanted.push(sum(Set::Early));
        let group = format!("GROUP BY {}", keys.join(", "));
        for row in self.lines(Facts::Tasks, &wanted, &group).await? {
            let cell = agency(&row)?;
            let mut numbers = Numbers(&row, 2);
            let tasks = Tasks {
                asked: numbers.next()?,
                called_off: numbers.next()?,
                times: numbers.open(Facts::Tasks)?,
                rates: numbers.rates(Tasks::rates())?,
                outcomes: numbers.many(AgencyOutcome::ALL.len())?,
            };
            let opinions = Opinions {
                rates: numbers.rates(Opinions::rates())?,
                levels: numbers.many(RatingLevel::ALL.len())?,
                early: numbers.next()?,
            };
            counted.tasks.0.insert(cell.clone(), tasks);
            counted.opinions.0.insert(cell, opinions);
        }
        Ok(())
    }
}
