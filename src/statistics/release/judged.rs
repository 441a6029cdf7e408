//! Counting what is released, and judging what of it may be shown.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use linli_entity::ids::{MatterId, PlaceId};

use super::{Body, Community, DIMENSIONS, Days, Group, Line, encode};
use crate::{
    catalogue,
    kernel::{App, Result, db::Snapshot},
    statistics::{
        metrics::Time,
        queries::{self, Counted, Counts, Key, Scope},
        suppression::{self, Hidden, Row, Tables},
    },
};

/// A period as it was counted.
pub(super) struct Period {
    days: Days,
    whole: Counts,
    whole_hidden: bool,
    /// Its communities.
    pub communities: Vec<Judged>,
}

/// A community as it was counted, with the tables in which it is judged.
pub(super) struct Judged {
    id: PlaceId,
    total: Counts,
    tables: Vec<Vec<(Key, Counts)>>,
    cells: Tables,
    hidden: Hidden,
}

/// What counting needs.
pub(super) struct Counting<'a> {
    pub app: &'a App,
    pub snapshot: &'a Snapshot,
    pub communities: &'a [PlaceId],
    pub scope: &'a Scope,
    pub as_of: DateTime<Utc>,
}

impl Counting<'_> {
    async fn count(&self, scope: &Scope) -> Result<Counted> {
        queries::count(self.app, self.snapshot, scope, (self.as_of, false)).await
    }

    /// Counts every community of its own, and all of them.
    pub async fn period(&self, days: Days) -> Result<Period> {
        let all =
            Scope { communities: self.communities.to_vec(), days, by: None, ..self.scope.clone() };
        let mut found =
            Period { days, whole: Counts::empty(), whole_hidden: false, communities: Vec::new() };
        for id in self.communities {
            let mut total = Counts::empty();
            let mut tables = Vec::new();
            for by in DIMENSIONS {
                let one = Scope { communities: vec![*id], by: Some(by), ..all.clone() };
                let counted = self.count(&one).await?;
                total = counted.total;
                tables.push(counted.groups.into_iter().collect::<Vec<_>>());
            }
            found.whole.add(&total);
            let (cells, hidden) = (Tables::default(), Hidden::default());
            found.communities.push(Judged { id: *id, total, tables, cells, hidden });
        }
        // Distributions are no sums.
        let counted = self.count(&all).await?.total;
        (found.whole.times, found.whole.resolved) = (counted.times, counted.resolved);
        Ok(found)
    }
}

impl Period {
    /// Judges every community, and their totals together: what may be shown. What is hidden in one of `parts`
    /// is hidden here.
    pub fn body(
        &mut self,
        departments: &BTreeMap<Key, Key>,
        k: i64,
        parts: &[Self],
    ) -> (Days, Body) {
        for (index, judged) in self.communities.iter_mut().enumerate() {
            judged.cells = judged.cells(departments);
            let forced = judged.forced(parts.iter().filter_map(|p| p.communities.get(index)));
            judged.hidden = suppression::judge(&judged.cells, &forced, k);
        }
        let rows: Vec<Row> = self.communities.iter().map(|c| c.cells.total.clone()).collect();
        let forced: Vec<bool> = self.communities.iter().map(|c| c.hidden.total).collect();
        let (flags, whole_hidden) = suppression::judge_subdistrict(&rows, &forced, k);
        self.whole_hidden = whole_hidden || parts.iter().any(|part| part.whole_hidden);
        let mut communities = Vec::new();
        for (judged, flag) in self.communities.iter_mut().zip(flags) {
            if flag {
                // A total that is hidden must not be the sum of what is shown.
                judged.hidden = Hidden::all(&judged.cells);
            }
            communities.push(judged.released(flag));
        }
        (
            self.days,
            Body { whole: Line::of(&self.whole), whole_hidden: self.whole_hidden, communities },
        )
    }
}

impl Judged {
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

    fn released(&self, hidden: bool) -> Community {
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
            id: self.id,
            total: Line::of(&self.total),
            hidden,
            tables: self.tables.iter().zip(flags).map(table).collect(),
        }
    }
}

/// The matters that were counted.
pub(super) fn matters<'a>(counted: impl Iterator<Item = &'a Judged>) -> Vec<MatterId> {
    let mut ids = BTreeSet::new();
    for (key, _) in counted.flat_map(|judged| &judged.tables[1]) {
        if let Key::Id(id) = key {
            ids.insert(MatterId(*id));
        }
    }
    ids.into_iter().collect()
}

/// The departments of matters, as keys.
pub(super) async fn departments_of(app: &App, matters: &[MatterId]) -> Result<BTreeMap<Key, Key>> {
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

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use uuid::Uuid;

    use super::*;

    /// A period in which so many requests came in in each community, and whether everything of it is hidden.
    fn judged(received: [i64; 3], parts: &[Period]) -> (Period, bool) {
        let communities = received.iter().enumerate().map(|(index, received)| Judged {
            id: PlaceId(Uuid::from_u128(index as u128)),
            total: Counts { received: *received, ..Counts::empty() },
            tables: vec![Vec::new(); DIMENSIONS.len()],
            cells: Tables::default(),
            hidden: Hidden::default(),
        });
        let mut period = Period {
            days: (NaiveDate::MIN, NaiveDate::MAX),
            whole: Counts::empty(),
            whole_hidden: false,
            communities: communities.collect(),
        };
        let (_, body) = period.body(&BTreeMap::new(), 5, parts);
        (period, body.whole_hidden)
    }

    #[test]
    fn what_is_hidden_of_a_month_is_not_what_is_left_of_the_quarter() {
        let (april, hidden) = judged([3, 0, 0], &[]);
        assert!(hidden, "three came in");
        let (may, shown) = judged([20, 20, 20], &[]);
        let (june, also) = judged([20, 20, 20], &[]);
        assert!(!shown && !also);
        assert!(judged([43, 40, 40], &[april, may, june]).1, "123 - 60 - 60 is three");
        let months = [judged([20, 20, 20], &[]).0, judged([20, 20, 20], &[]).0];
        assert!(!judged([40, 40, 40], &months).1);
    }
}
