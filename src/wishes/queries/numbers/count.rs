//! Counting, by community and category.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::ids::PlaceId;
use sea_orm::{ConnectionTrait, Statement, Value};
use serde::{Deserialize, Serialize};

use crate::{
    kernel::{App, Result, db::Snapshot},
    wishes::{
        metrics::{Rate, percentile},
        rules,
    },
};

/// How long something took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// How many it happened to.
    pub n: i64,
    /// How many it may still happen to.
    pub open: i64,
    /// Half of them took at most so many days.
    pub p50: Option<i64>,
    /// Nine tenths took at most so many.
    pub p90: Option<i64>,
}

/// What became of offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// Accepted.
    pub accepted: i64,
    /// Declined.
    pub declined: i64,
    /// Not answered in time.
    pub timed_out: i64,
}

/// Numbers as they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Wishes first published or offered in the period.
    pub published: i64,
    /// Of these, wishes that were taken back.
    pub withdrawn: i64,
    /// Rates: part and whole.
    pub rates: Vec<(i64, i64)>,
    /// Of how many wishes each of these is: part, whole and rest. For suppression, and never kept or shown.
    #[serde(skip)]
    pub wishes: Vec<[i64; 3]>,
    /// From publication to the first claim.
    pub to_claim: Days,
    /// From publication to the confirmation of the last unit.
    pub to_fulfil: Days,
    /// Offers whose turn came in the period, and that have ended.
    pub offered: Offered,
}

/// A line as somebody may see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The numbers.
    pub line: Line,
    /// Whether they are hidden.
    pub hidden: bool,
}

/// Numbers that can be added up.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    line: Line,
    claim_days: Vec<i64>,
    fulfil_days: Vec<i64>,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        let (to, from) = (&mut self.line, &other.line);
        to.published += from.published;
        to.withdrawn += from.withdrawn;
        to.rates.resize(Rate::ALL.len(), (0, 0));
        for (sum, (part, whole)) in to.rates.iter_mut().zip(&from.rates) {
            *sum = (sum.0 + part, sum.1 + whole);
        }
        to.wishes.resize(Rate::ALL.len(), [0; 3]);
        for (sum, more) in to.wishes.iter_mut().zip(&from.wishes) {
            sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
        to.to_claim.open += from.to_claim.open;
        to.to_fulfil.open += from.to_fulfil.open;
        to.offered.accepted += from.offered.accepted;
        to.offered.declined += from.offered.declined;
        to.offered.timed_out += from.offered.timed_out;
        self.claim_days.extend(&other.claim_days);
        self.fulfil_days.extend(&other.fulfil_days);
    }

    /// The numbers as they are shown.
    pub fn line(mut self) -> Line {
        self.line.rates.resize(Rate::ALL.len(), (0, 0));
        self.line.wishes.resize(Rate::ALL.len(), [0; 3]);
        for (days, shown) in [
            (&mut self.claim_days, &mut self.line.to_claim),
            (&mut self.fulfil_days, &mut self.line.to_fulfil),
        ] {
            days.sort_unstable();
            shown.n = i64::try_from(days.len()).unwrap_or(i64::MAX);
            shown.p50 = percentile(days, 50);
            shown.p90 = percentile(days, 90);
        }
        self.line
    }
}

/// What was counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Tallies(BTreeMap<(PlaceId, String), Tally>);

impl Tallies {
    fn sum<'a>(parts: impl Iterator<Item = &'a Tally>) -> Tally {
        parts.fold(Tally::default(), |mut sum, part| {
            sum.add(part);
            sum
        })
    }

    /// Everything.
    pub fn total(&self) -> Tally {
        Self::sum(self.0.values())
    }

    /// By category, in a fixed order.
    pub fn categories(&self) -> BTreeMap<String, Tally> {
        let mut found: BTreeMap<String, Tally> = BTreeMap::new();
        for ((_, category), tally) in &self.0 {
            found.entry(category.clone()).or_default().add(tally);
        }
        found
    }

    /// Takes others in.
    pub fn add(&mut self, other: &Self) {
        for (key, tally) in &other.0 {
            self.0.entry(key.clone()).or_default().add(tally);
        }
    }

    /// What of it is of one community.
    pub fn of(&self, community: PlaceId) -> Self {
        let own = self.0.iter().filter(|((of, _), _)| *of == community);
        Self(own.map(|(key, tally)| (key.clone(), tally.clone())).collect())
    }
}

/// The communities as marks behind the two instants of the period.
pub(super) fn marks(communities: &[PlaceId]) -> String {
    match communities.len() {
        0 => "NULL".to_owned(),
        n => (0..n).map(|i| format!("${}", i + 3)).collect::<Vec<_>>().join(", "),
    }
}

/// The period and the communities as values.
pub(super) fn values(
    app: &App,
    communities: &[PlaceId],
    (from, to): (NaiveDate, NaiveDate),
) -> Vec<Value> {
    let period = [from, to].map(|day| Value::from(rules::midnight(day, app.zone)));
    period.into_iter().chain(communities.iter().map(|c| Value::from(*c))).collect()
}

/// Counts the wishes of communities in a period, in one state of the database.
pub(super) async fn count(
    app: &App,
    snapshot: &Snapshot,
    communities: &[PlaceId],
    days: (NaiveDate, NaiveDate),
) -> Result<Tallies> {
    let (conn, within) = (snapshot.conn(), marks(communities));
    let values = values(app, communities, days);
    let backend = conn.get_database_backend();
    let statement =
        |sql: String| Statement::from_sql_and_values(backend, sql, values.iter().cloned());
    let mut found: BTreeMap<(PlaceId, String), Tally> = BTreeMap::new();
    for row in conn.query_all_raw(statement(counts_sql(&within))).await? {
        let key = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let line = &mut found.entry(key).or_default().line;
        line.published = row.try_get_by_index(2)?;
        line.withdrawn = row.try_get_by_index(3)?;
        line.to_claim.open = row.try_get_by_index(4)?;
        line.to_fulfil.open = row.try_get_by_index(5)?;
        for index in 0..Rate::ALL.len() {
            let at = 6 + 5 * index;
            line.rates.push((row.try_get_by_index(at)?, row.try_get_by_index(at + 1)?));
            let mut wishes = [0; 3];
            for (offset, n) in wishes.iter_mut().enumerate() {
                *n = row.try_get_by_index(at + 2 + offset)?;
            }
            line.wishes.push(wishes);
        }
    }
    let sql = format!(
        "SELECT w.community_id, w.category, w.published_at, w.first_claimed_at, w.fulfilled_at \
         FROM wish w WHERE w.community_id IN ({within}) AND w.published_at >= $1 \
         AND w.published_at < $2 AND w.first_claimed_at IS NOT NULL"
    );
    for row in conn.query_all_raw(statement(sql)).await? {
        let key = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let tally = found.entry(key).or_default();
        let day = |at: DateTime<Utc>| app.day(at);
        let begin = day(row.try_get_by_index(2)?);
        let took = |end: Option<DateTime<Utc>>| end.map(|at| (day(at) - begin).num_days());
        tally.claim_days.extend(took(row.try_get_by_index(3)?));
        tally.fulfil_days.extend(took(row.try_get_by_index(4)?));
    }
    let sql = format!(
        "SELECT o.community_id, w.category, o.state, COUNT(*) FROM wish_offer o \
         JOIN wish w ON w.id = o.wish_id WHERE o.community_id IN ({within}) AND o.opened_at >= $1 \
         AND o.opened_at < $2 AND o.claim_id IS NULL \
         AND o.state IN ('ACCEPTED', 'DECLINED', 'TIMED_OUT') \
         GROUP BY o.community_id, w.category, o.state"
    );
    for row in conn.query_all_raw(statement(sql)).await? {
        let key = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let offered = &mut found.entry(key).or_default().line.offered;
        let (state, n): (String, i64) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        match state.as_str() {
            "ACCEPTED" => offered.accepted = n,
            "DECLINED" => offered.declined = n,
            _ => offered.timed_out = n,
        }
    }
    Ok(Tallies(found))
}

/// One line a community and category: how many, and of every rate its part and its whole, and of how many wishes
/// these and the rest are.
fn counts_sql(within: &str) -> String {
    let sum = |predicate: &str, weight: &str| {
        format!("COALESCE(SUM(CASE WHEN {predicate} THEN {weight} ELSE 0 END), 0)")
    };
    let mut columns = vec![
        "COUNT(*)".to_owned(),
        sum("w.state = 'WITHDRAWN'", "1"),
        sum("w.first_claimed_at IS NULL AND w.ended_at IS NULL", "1"),
        sum("w.fulfilled_at IS NULL AND w.ended_at IS NULL", "1"),
    ];
    for rate in Rate::ALL {
        let ((part, part_weight), (whole, weight)) = (rate.part(), rate.whole());
        columns.push(sum(&format!("({whole}) AND ({part})"), part_weight));
        columns.push(sum(whole, weight));
        // Units of few wishes point at them as few units do.
        let rest =
            format!("({whole}) AND {weight} > CASE WHEN {part} THEN {part_weight} ELSE 0 END");
        columns.push(sum(&format!("({whole}) AND ({part})"), "1"));
        columns.push(sum(whole, "1"));
        columns.push(sum(&rest, "1"));
    }
    let columns: Vec<String> = columns.iter().map(|c| format!("CAST({c} AS bigint)")).collect();
    format!(
        "SELECT w.community_id, w.category, {} FROM wish w WHERE w.community_id IN ({within}) \
         AND w.published_at >= $1 AND w.published_at < $2 GROUP BY w.community_id, w.category",
        columns.join(", ")
    )
}
