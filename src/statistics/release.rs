//! The monthly release: what others than the responsible unit see.
//!
//! Everything of a subdistrict and a period is counted in one snapshot, once in a month, and judged
//! together before anything of it is shown. So late changes show only with the next month's release,
//! asking twice reveals nothing, and no two tables can be subtracted from each other. A subdistrict
//! is broken down by community; a community by department, matter and channel.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use linli_entity::ids::{MatterId, PlaceId};
use sea_orm::{ConnectionTrait, Statement};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    metrics::{Exclusion, Rate, Time},
    queries::{self, Audience, Counted, Counts, Dimension, Key, Scope},
    suppression::{self, Hidden, Row, Tables},
};
use crate::{
    catalogue, communities,
    kernel::{App, Error, Result, db::Snapshot},
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
    let subject = format!("{version} {root} {} {}", scope.days.0, scope.days.1);
    let (as_of, body) = match kept::<Body>(app, &subject).await? {
        Some(found) => found,
        None => keep(app, &subject, count(app, root, scope).await?).await?,
    };
    Ok(body.of(scope, as_of))
}

/// Of a subject the key of this month's release, and the month.
fn key(app: &App, subject: &str) -> (String, i32) {
    let today = app.day(app.clock.now());
    let month = today.year() * 12 + i32::try_from(today.month0()).unwrap_or(0);
    (format!("{subject} {month}"), month)
}

/// Keeps what was counted of a subject as this month's release. Of two who counted at once, both show the
/// one that was stored. A release is made of facts and can be made again: it needs no event.
pub async fn keep<T: Serialize + DeserializeOwned>(
    app: &App,
    subject: &str,
    body: T,
) -> Result<(DateTime<Utc>, T)> {
    let ((key, month), as_of) = (key(app, subject), app.clock.now());
    let json = serde_json::to_value(&body).map_err(Error::internal)?;
    app.keep_by(
        "INSERT INTO statistics_release (release_key, month, as_of, body) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
        [key.into(), month.into(), as_of.into(), json.into()],
    )
    .await?;
    Ok(kept(app, subject).await?.unwrap_or((as_of, body)))
}

/// Forgets releases of months that are over.
pub async fn tidy(app: &App) -> Result<usize> {
    let month_ago = app.clock.now() - chrono::Duration::days(32);
    app.expire("DELETE FROM statistics_release WHERE as_of < $1", month_ago).await
}

/// This month's release of a subject, if there is one, and when it was counted.
pub async fn kept<T: DeserializeOwned>(
    app: &App,
    subject: &str,
) -> Result<Option<(DateTime<Utc>, T)>> {
    let (key, _) = key(app, subject);
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

/// A community as it was counted, with the tables in which it is judged.
struct Judged {
    total: Counts,
    tables: Vec<Vec<(Key, Counts)>>,
    cells: Tables,
    hidden: Hidden,
}

async fn count(app: &App, root: PlaceId, scope: &Scope) -> Result<Body> {
    let communities = communities::queries::communities_of(app, root).await?;
    // Nothing else is asked while it is held: who holds a connection and waits for another one may wait for all
    // others who do.
    let snapshot = app.db.snapshot().await?;
    // A quarter is the sum of months, which others may see with a smaller k: what is hidden in one of
    // them would be found by subtracting the other two.
    let mut parts = Vec::new();
    if scope.audience == Audience::Public {
        for month in months(scope.days) {
            let released = Scope { days: month, audience: Audience::Released, ..scope.clone() };
            parts.push(Judged::count(app, &snapshot, &communities, &released).await?);
        }
    }
    let mut judged = Judged::count(app, &snapshot, &communities, scope).await?;
    // Distributions are no sums.
    let all = Scope { communities: communities.clone(), by: None, ..scope.clone() };
    let counted = queries::count(app, &snapshot, &all, false).await?.total;
    drop(snapshot);
    let matters = matters(parts.iter().chain([&judged]).flatten());
    let departments = departments_of(app, &matters).await?;
    for part in &mut parts {
        judge(part, &departments, Audience::Released.k(), &[]);
    }
    let hidden = judge(&mut judged, &departments, scope.audience.k(), &parts);
    let mut whole = Counts::empty();
    for community in &judged {
        whole.add(&community.total);
    }
    (whole.times, whole.resolved) = (counted.times, counted.resolved);
    Ok(Body {
        whole: Line::of(&whole),
        whole_hidden: hidden.1,
        communities: communities
            .iter()
            .zip(&judged)
            .zip(&hidden.0)
            .map(|((id, judged), hidden)| judged.released(*id, *hidden))
            .collect(),
    })
}

fn months((from, to): (NaiveDate, NaiveDate)) -> Vec<(NaiveDate, NaiveDate)> {
    let mut months = Vec::new();
    let mut start = from;
    while start < to {
        let next = start + Months::new(1);
        months.push((start, next));
        start = next;
    }
    months
}

/// Judges every community, and their totals together. What is hidden in one of `parts` is hidden here.
fn judge(
    all: &mut [Judged],
    departments: &BTreeMap<Key, Key>,
    k: i64,
    parts: &[Vec<Judged>],
) -> (Vec<bool>, bool) {
    for (index, judged) in all.iter_mut().enumerate() {
        judged.cells = judged.cells(departments);
        let forced = judged.forced(parts.iter().filter_map(|p| p.get(index)));
        judged.hidden = suppression::judge(&judged.cells, &forced, k);
    }
    let rows: Vec<Row> = all.iter().map(|c| c.cells.total.clone()).collect();
    let forced: Vec<bool> = all.iter().map(|c| c.hidden.total).collect();
    let (flags, sum) = suppression::judge_subdistrict(&rows, &forced, k);
    for (judged, flag) in all.iter_mut().zip(&flags) {
        if *flag {
            // A total that is hidden must not be the sum of what is shown.
            judged.hidden = Hidden::all(&judged.cells);
        }
    }
    (flags, sum)
}

impl Judged {
    /// Counts every community of its own.
    async fn count(
        app: &App,
        snapshot: &Snapshot,
        communities: &[PlaceId],
        scope: &Scope,
    ) -> Result<Vec<Self>> {
        let mut all = Vec::with_capacity(communities.len());
        for community in communities {
            let mut total = Counts::empty();
            let mut tables = Vec::new();
            for by in DIMENSIONS {
                let one = Scope { communities: vec![*community], by: Some(by), ..scope.clone() };
                let counted = queries::count(app, snapshot, &one, false).await?;
                total = counted.total;
                tables.push(counted.groups.into_iter().collect::<Vec<_>>());
            }
            all.push(Self { total, tables, cells: Tables::default(), hidden: Hidden::default() });
        }
        Ok(all)
    }

    /// What suppression looks at.
    fn cells(&self, of_matter: &BTreeMap<Key, Key>) -> Tables {
        let rows = |table: usize| self.tables[table].iter().map(|(_, c)| row(c)).collect();
        let department = |key: &Key| {
            let wanted = of_matter.get(key);
            // A matter without a known department stands apart: it is hidden.
            self.tables[0].iter().position(|(d, _)| Some(d) == wanted).unwrap_or(usize::MAX)
        };
        Tables {
            total: row(&self.total),
            departments: rows(0),
            matters: self.tables[1].iter().map(|(key, c)| (department(key), row(c))).collect(),
            channels: rows(2),
        }
    }

    /// What is hidden here because it is hidden in a part of the period.
    fn forced<'a>(&self, parts: impl Iterator<Item = &'a Self>) -> Hidden {
        let mut forced = Hidden {
            total: false,
            departments: vec![false; self.tables[0].len()],
            matters: vec![false; self.tables[1].len()],
            channels: vec![false; self.tables[2].len()],
        };
        for part in parts {
            forced.total |= part.hidden.total;
            let flags = [&part.hidden.departments, &part.hidden.matters, &part.hidden.channels];
            let ours = [&mut forced.departments, &mut forced.matters, &mut forced.channels];
            for (table, (flags, ours)) in flags.into_iter().zip(ours).enumerate() {
                for ((key, _), flag) in part.tables[table].iter().zip(flags) {
                    let here = self.tables[table].iter().position(|(k, _)| k == key);
                    if let Some(here) = here.filter(|_| *flag) {
                        ours[here] = true;
                    }
                }
            }
        }
        forced
    }

    fn released(&self, id: PlaceId, hidden: bool) -> Community {
        let flags = [&self.hidden.departments, &self.hidden.matters, &self.hidden.channels];
        let group = |((key, counts), hidden): (&(Key, Counts), &bool)| Group {
            key: encode(key),
            line: Line::of(counts),
            hidden: *hidden,
        };
        let table = |(rows, flags): (&Vec<(Key, Counts)>, &Vec<bool>)| {
            rows.iter().zip(flags).map(group).collect()
        };
        Community {
            id,
            total: Line::of(&self.total),
            hidden,
            tables: self.tables.iter().zip(flags).map(table).collect(),
        }
    }
}

/// The matters that were counted.
fn matters<'a>(counted: impl Iterator<Item = &'a Judged>) -> Vec<MatterId> {
    let mut ids = BTreeSet::new();
    for (key, _) in counted.flat_map(|judged| &judged.tables[1]) {
        if let Key::Id(id) = key {
            ids.insert(MatterId(*id));
        }
    }
    ids.into_iter().collect()
}

/// The departments of matters, as keys.
async fn departments_of(app: &App, matters: &[MatterId]) -> Result<BTreeMap<Key, Key>> {
    let currents = catalogue::queries::currents_by_id(app, matters).await?;
    let department = |c: &catalogue::queries::Current| Key::Id(c.matter.department_id.0);
    Ok(currents.values().map(|c| (Key::Id(c.matter.id.0), department(c))).collect())
}

/// Every cell of a line, parts and rests, as suppression looks at it. What is open now is not of the
/// period, and is in no release.
fn row(counts: &Counts) -> Row {
    let mut cells = vec![counts.received, counts.open, counts.resolved];
    cells.extend(counts.exclusions.iter().map(|(_, n)| *n));
    cells.extend(counts.outcomes.iter().map(|(_, n)| *n));
    cells.extend(counts.rates.iter().flat_map(|(part, whole)| [*part, *whole, whole - part]));
    let times = Time::ALL.iter().zip(&counts.times).filter(|(t, _)| **t != Time::OpenAge);
    cells.extend(times.map(|(_, (n, _, _))| *n));
    Row { base: counts.rates[0].1, cells }
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
