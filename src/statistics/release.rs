//! The monthly release: what others than the responsible unit see.
//!
//! Everything of a subdistrict and a period is counted in one snapshot, once in a month, and judged
//! together before anything of it is shown. So late changes show only with the next month's release,
//! asking twice reveals nothing, and no two tables can be subtracted from each other. A subdistrict
//! is broken down by community; a community by department, matter and channel.

mod judged;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use linli_entity::ids::PlaceId;
use sea_orm::{ConnectionTrait, Statement, Value};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use judged::{Counting, departments_of, matters};

use super::{
    metrics::{Exclusion, Rate, Time},
    queries::{Audience, Counted, Counts, Dimension, Key, Scope},
};
use crate::{
    communities,
    kernel::{App, Error, Result},
};

/// The numbers of a scope as they are released, and what of them is hidden.
pub struct Released {
    /// The numbers.
    pub counted: Counted,
    /// Whether the total is hidden.
    pub total_hidden: bool,
    /// Which groups are hidden.
    pub hidden: BTreeMap<Key, bool>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    whole: Line,
    whole_hidden: bool,
    communities: Vec<Community>,
}

#[derive(Serialize, Deserialize)]
struct Community {
    id: PlaceId,
    total: Line,
    hidden: bool,
    tables: Vec<Vec<Group>>,
}

#[derive(Serialize, Deserialize)]
struct Group {
    key: String,
    line: Line,
    hidden: bool,
}

#[derive(Clone, Serialize, Deserialize)]
struct Line {
    received: i64,
    exclusions: Vec<i64>,
    open: i64,
    resolved: i64,
    rates: Vec<(i64, i64)>,
    times: Vec<(i64, Option<i64>, Option<i64>)>,
    outcomes: Vec<(String, i64)>,
}

/// The tables of a community, in the order in which [`Community::tables`] holds them.
const DIMENSIONS: [Dimension; 3] = [Dimension::Department, Dimension::Matter, Dimension::Channel];

/// The numbers of a scope as released this month; the first who asks has them counted.
pub async fn released(app: &App, scope: &Scope) -> Result<Released> {
    let root = scope.subdistrict.ok_or(Error::NotFound)?;
    // What is kept names a number by its place: a new rate and a new definition both make this grow.
    let version: i32 = Rate::ALL.iter().map(|rate| rate.version()).sum();
    let name = format!("{version} {root}");
    let (as_of, body) = match kept::<Body>(app, &name, scope.days).await? {
        Some(found) => found,
        None => {
            let as_of = app.clock.now();
            let bodies = count(app, root, scope, as_of).await?;
            keep(app, &name, (as_of, bodies), scope.days).await?
        }
    };
    Ok(body.of(scope, as_of))
}

/// Half-open period of days.
pub type Days = (NaiveDate, NaiveDate);

/// The months of a quarter that are over, and the quarter if it is.
pub struct Together {
    /// The months.
    pub months: Vec<Days>,
    /// The quarter.
    pub quarter: Option<Days>,
}

/// What is counted and kept in one state of the database with a month or a quarter: with months and a quarter
/// of two states, one would see by subtraction what has changed in between.
pub fn together(app: &App, (from, _): Days, as_of: DateTime<Utc>) -> Together {
    let months = |first: NaiveDate, n: u32| (first, first + Months::new(n));
    let begin = from - Months::new(from.month0() % 3);
    let today = app.day(as_of);
    let over = |days: &Days| today.with_day(1).is_some_and(|month| days.1 <= month);
    Together {
        months: (0..3).map(|n| months(begin + Months::new(n), 1)).filter(over).collect(),
        quarter: Some(months(begin, 3)).filter(over),
    }
}

/// Of numbers of a name in a period the key of the release of a moment's month, and the month.
fn key(app: &App, name: &str, days: Days, at: DateTime<Utc>) -> (String, i32) {
    let today = app.day(at);
    let month = today.year() * 12 + i32::try_from(today.month0()).unwrap_or(0);
    (format!("{name} {} {} {month}", days.0, days.1), month)
}

/// Keeps what was counted as the release of this month, all of it or nothing, and answers with the period that
/// is wanted. Of two who counted at once, both show what was stored. A release is made of facts and can be made
/// again: it needs no event.
pub async fn keep<T: Serialize + DeserializeOwned>(
    app: &App,
    name: &str,
    (as_of, bodies): (DateTime<Utc>, Vec<(Days, T)>),
    wanted: Days,
) -> Result<(DateTime<Utc>, T)> {
    let (mut rows, mut values) = (Vec::new(), Vec::<Value>::new());
    for (days, body) in &bodies {
        let (key, month) = key(app, name, *days, as_of);
        let json = serde_json::to_value(body).map_err(Error::internal)?;
        let marks: Vec<String> = (1..=4).map(|i| format!("${}", values.len() + i)).collect();
        rows.push(format!("({})", marks.join(", ")));
        values.extend([key.into(), month.into(), as_of.into(), json.into()]);
    }
    let sql = format!(
        "INSERT INTO statistics_release (release_key, month, as_of, body) VALUES {} \
         ON CONFLICT DO NOTHING",
        rows.join(", ")
    );
    app.keep_by(&sql, values).await?;
    if let Some(stored) = kept(app, name, wanted).await? {
        return Ok(stored);
    }
    let own = bodies.into_iter().find(|(days, _)| *days == wanted);
    own.map(|(_, body)| (as_of, body)).ok_or(Error::NotFound)
}

/// Forgets releases of months that are over.
pub async fn tidy(app: &App) -> Result<usize> {
    let month_ago = app.clock.now() - chrono::Duration::days(32);
    app.expire("DELETE FROM statistics_release WHERE as_of < $1", month_ago).await
}

/// This month's release of numbers of a name in a period, if there is one, and when they were counted.
pub async fn kept<T: DeserializeOwned>(
    app: &App,
    name: &str,
    days: Days,
) -> Result<Option<(DateTime<Utc>, T)>> {
    let (key, _) = key(app, name, days, app.clock.now());
    let conn = app.db.reader();
    let row = conn
        .query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "SELECT as_of, body FROM statistics_release WHERE release_key = $1",
            [key.into()],
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let body: serde_json::Value = row.try_get_by_index(1)?;
    Ok(Some((row.try_get_by_index(0)?, serde_json::from_value(body).map_err(Error::internal)?)))
}

async fn count(
    app: &App,
    root: PlaceId,
    scope: &Scope,
    as_of: DateTime<Utc>,
) -> Result<Vec<(Days, Body)>> {
    let communities = communities::queries::communities_of(app, root).await?;
    let Together { months, quarter } = together(app, scope.days, as_of);
    // Nothing else is asked while it is held: who holds a connection and waits for another one may wait for all
    // others who do.
    let snapshot = app.db.snapshot().await?;
    let counting = Counting { app, snapshot: &snapshot, communities: &communities, scope, as_of };
    let mut counted = Vec::new();
    for days in months.iter().chain(&quarter) {
        counted.push(counting.period(*days).await?);
    }
    drop(snapshot);
    let matters = matters(counted.iter().flat_map(|period| &period.communities));
    let departments = departments_of(app, &matters).await?;
    let quarter = counted.split_off(months.len());
    let mut bodies = Vec::new();
    for period in &mut counted {
        bodies.push(period.body(&departments, Audience::Released.k(), &[]));
    }
    // A quarter is the sum of months, which others may see with a smaller k: what is hidden in one of
    // them would be found by subtracting the other two.
    for mut period in quarter {
        bodies.push(period.body(&departments, Audience::Public.k(), &counted));
    }
    Ok(bodies)
}

fn encode(key: &Key) -> String {
    match key {
        Key::Id(id) => format!("id {id}"),
        Key::Code(code) => format!("code {code}"),
        Key::None => "none".to_owned(),
    }
}

fn decode(text: &str) -> Key {
    match text.split_once(' ') {
        Some(("id", id)) => id.parse().map_or(Key::None, Key::Id),
        Some(("code", code)) => Key::Code(code.to_owned()),
        _ => Key::None,
    }
}

impl Body {
    /// What of the release a scope asks for.
    fn of(self, scope: &Scope, as_of: DateTime<Utc>) -> Released {
        let mut groups = BTreeMap::new();
        let mut hidden = BTreeMap::new();
        let mut put = |key: Key, line: Line, flag: bool| {
            groups.insert(key.clone(), line.into_counts());
            hidden.insert(key, flag);
        };
        let one = match scope.communities.as_slice() {
            [one] if scope.single => Some(*one),
            _ => None,
        };
        let (total, total_hidden) = match one {
            None => {
                if scope.by == Some(Dimension::Community) {
                    for community in self.communities {
                        put(Key::Id(community.id.0), community.total, community.hidden);
                    }
                }
                (self.whole, self.whole_hidden)
            }
            Some(one) => {
                let mut all = self.communities.into_iter();
                let Some(community) = all.find(|c| c.id == one) else {
                    let counted = Counted::empty(as_of);
                    return Released { counted, total_hidden: true, hidden };
                };
                let table = DIMENSIONS.iter().position(|d| Some(*d) == scope.by);
                let table = table.and_then(|index| community.tables.into_iter().nth(index));
                for group in table.into_iter().flatten() {
                    put(decode(&group.key), group.line, group.hidden);
                }
                (community.total, community.hidden)
            }
        };
        let counted = Counted { as_of, total: total.into_counts(), groups, days: BTreeMap::new() };
        Released { counted, total_hidden, hidden }
    }
}

impl Line {
    fn of(counts: &Counts) -> Self {
        let mut times = counts.times.clone();
        for (time, value) in Time::ALL.iter().zip(&mut times) {
            if *time == Time::OpenAge {
                *value = (0, None, None);
            }
        }
        Self {
            received: counts.received,
            exclusions: counts.exclusions.iter().map(|(_, n)| *n).collect(),
            open: counts.open,
            resolved: counts.resolved,
            rates: counts.rates.clone(),
            times,
            outcomes: counts.outcomes.clone(),
        }
    }

    fn into_counts(self) -> Counts {
        Counts {
            received: self.received,
            exclusions: Exclusion::ALL.into_iter().zip(self.exclusions).collect(),
            open: self.open,
            resolved: self.resolved,
            // For the responsible unit alone.
            results: 0,
            rates: self.rates,
            times: self.times,
            outcomes: self.outcomes,
        }
    }
}
