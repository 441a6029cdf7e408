//! The monthly release: what others than the responsible unit see is counted once in a month, so
//! that late changes show only with the next month's numbers and looking twice reveals nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use linli_entity::ids::PlaceId;
use sea_orm::{ConnectionTrait, Statement};
use serde::{Deserialize, Serialize};

use super::{
    metrics::Exclusion,
    queries::{self, Counted, Counts, Key, Scope},
};
use crate::kernel::{App, Error, Result};

#[derive(Serialize, Deserialize)]
struct Body {
    total: Line,
    groups: Vec<(String, Line)>,
    days: Vec<(i32, i64, i64)>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    received: i64,
    exclusions: Vec<i64>,
    open: i64,
    resolved: i64,
    rates: Vec<(i64, i64)>,
    times: Vec<(i64, Option<i64>, Option<i64>)>,
    outcomes: Vec<(String, i64)>,
}

/// The numbers of a scope as released this month; the first who asks has them counted.
pub async fn released(app: &App, place: PlaceId, scope: &Scope) -> Result<Counted> {
    let today = app.day(app.clock.now());
    let month = today.year() * 12 + i32::try_from(today.month0()).unwrap_or(0);
    let key = format!("{place} {} {} {:?} {month}", scope.days.0, scope.days.1, scope.by);
    if let Some(known) = read(app, &key).await? {
        return Ok(known);
    }
    let counted = queries::count(app, &app.db.snapshot().await?, scope, false).await?;
    let body = serde_json::to_value(Body::of(&counted)).map_err(Error::internal)?;
    let conn = app.db.writer();
    conn.execute_raw(Statement::from_sql_and_values(
        conn.get_database_backend(),
        "INSERT INTO statistics_release (release_key, month, as_of, body) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
        [key.clone().into(), month.into(), counted.as_of.into(), body.into()],
    ))
    .await?;
    // Of two who counted at once, both show the one that was stored.
    Ok(read(app, &key).await?.unwrap_or(counted))
}

async fn read(app: &App, key: &str) -> Result<Option<Counted>> {
    let conn = app.db.reader();
    let row = conn
        .query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "SELECT as_of, body FROM statistics_release WHERE release_key = $1",
            [key.into()],
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let as_of: DateTime<Utc> = row.try_get_by_index(0)?;
    let body: serde_json::Value = row.try_get_by_index(1)?;
    let body: Body = serde_json::from_value(body).map_err(Error::internal)?;
    Ok(Some(body.into_counted(as_of)))
}

impl Body {
    fn of(counted: &Counted) -> Self {
        let key = |key: &Key| match key {
            Key::Id(id) => format!("id {id}"),
            Key::Code(code) => format!("code {code}"),
            Key::None => "none".to_owned(),
        };
        Self {
            total: Line::of(&counted.total),
            groups: counted.groups.iter().map(|(k, c)| (key(k), Line::of(c))).collect(),
            days: counted.days.iter().map(|(day, (r, c))| (*day, *r, *c)).collect(),
        }
    }

    fn into_counted(self, as_of: DateTime<Utc>) -> Counted {
        let key = |text: &str| match text.split_once(' ') {
            Some(("id", id)) => id.parse().map_or(Key::None, Key::Id),
            Some(("code", code)) => Key::Code(code.to_owned()),
            _ => Key::None,
        };
        let groups: BTreeMap<Key, Counts> =
            self.groups.into_iter().map(|(k, line)| (key(&k), line.into_counts())).collect();
        let days = self.days.into_iter().map(|(day, r, c)| (day, (r, c))).collect();
        Counted { as_of, total: self.total.into_counts(), groups, days }
    }
}

impl Line {
    fn of(counts: &Counts) -> Self {
        Self {
            received: counts.received,
            exclusions: counts.exclusions.iter().map(|(_, n)| *n).collect(),
            open: counts.open,
            resolved: counts.resolved,
            rates: counts.rates.clone(),
            times: counts.times.clone(),
            outcomes: counts.outcomes.clone(),
        }
    }

    fn into_counts(self) -> Counts {
        Counts {
            received: self.received,
            exclusions: Exclusion::ALL.into_iter().zip(self.exclusions).collect(),
            open: self.open,
            resolved: self.resolved,
            rates: self.rates,
            times: self.times,
            outcomes: self.outcomes,
        }
    }
}
