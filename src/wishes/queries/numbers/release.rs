//! What others than the responsible unit see: counted once a month, judged before anything is shown.

use std::collections::BTreeMap;

use linli_entity::ids::PlaceId;
use serde::{Deserialize, Serialize};

use super::{
    Line, Numbers, Shown,
    count::{Tallies, count},
};
use crate::{
    communities,
    kernel::{App, Error, Result},
    statistics::{
        queries::{Audience, Scope},
        release::{Days, Together, keep, kept, together},
        suppression::{self, Hidden, Row, Tables},
    },
    wishes::metrics::VERSION,
};

/// The numbers of a subdistrict as they are released.
#[derive(Serialize, Deserialize)]
struct Body {
    whole: Shown,
    categories: Vec<(String, Shown)>,
    communities: Vec<Community>,
}

#[derive(Serialize, Deserialize)]
struct Community {
    id: PlaceId,
    total: Shown,
    categories: Vec<(String, Shown)>,
}

/// The numbers of a scope as released this month; the first who asks has them counted.
pub(super) async fn released(app: &App, scope: Scope) -> Result<Numbers> {
    let root = scope.subdistrict.ok_or(Error::NotFound)?;
    let name = format!("wishes {VERSION} {root}");
    let (as_of, body) = match kept::<Body>(app, &name, scope.days).await? {
        Some(found) => found,
        None => {
            let as_of = app.clock.now();
            let bodies = judge(app, root, together(app, scope.days, as_of)).await?;
            keep(app, &name, (as_of, bodies), scope.days).await?
        }
    };
    let (total, categories) = if scope.single {
        let own = |c: &Community| scope.communities.contains(&c.id);
        let found = body.communities.into_iter().find(own);
        let nothing = || (Shown { hidden: true, ..Shown::default() }, Vec::new());
        found.map_or_else(nothing, |c| (c.total, c.categories))
    } else {
        (body.whole, body.categories)
    };
    Ok(Numbers { scope, total, categories, as_of, snapshot: None })
}

/// A table by category and its total, as suppression looks at them.
struct Table {
    categories: Vec<(String, Line)>,
    total: Line,
    hidden: Hidden,
}

/// Every cell of a line, parts and rests.
fn row(line: &Line) -> Row {
    let offered = line.offered;
    let mut cells = vec![line.published, line.withdrawn];
    cells.extend([offered.accepted, offered.declined, offered.timed_out]);
    for days in [&line.to_claim, &line.to_fulfil] {
        cells.extend([days.n, days.open]);
    }
    cells.extend(line.rates.iter().flat_map(|(part, whole)| [*part, *whole, whole - part]));
    cells.extend(line.wishes.iter().flatten());
    Row { base: line.published, cells }
}

impl Table {
    fn of(counted: &Tallies) -> Self {
        let categories = counted.categories().into_iter().map(|(c, t)| (c, t.line())).collect();
        Self { categories, total: counted.total().line(), hidden: Hidden::default() }
    }

    /// Judges the table; what is hidden in one of `parts` is hidden here.
    fn judge<'a>(&mut self, parts: impl Iterator<Item = &'a Self>, k: i64) {
        let mut forced =
            Hidden { departments: vec![false; self.categories.len()], ..Hidden::default() };
        for part in parts {
            forced.total |= part.hidden.total;
            for ((category, _), flag) in part.categories.iter().zip(&part.hidden.departments) {
                let here = self.categories.iter().position(|(c, _)| c == category);
                if let Some(here) = here.filter(|_| *flag) {
                    forced.departments[here] = true;
                }
            }
        }
        // Categories stand where requests have departments: one table, and its total.
        let tables = Tables {
            total: row(&self.total),
            departments: self.categories.iter().map(|(_, line)| row(line)).collect(),
            ..Tables::default()
        };
        self.hidden = suppression::judge(&tables, &forced, k);
    }

    fn shown(&self) -> (Shown, Vec<(String, Shown)>) {
        let shown = |line: &Line, hidden: bool| Shown { line: line.clone(), hidden };
        let categories = self.categories.iter().zip(&self.hidden.departments);
        let categories =
            categories.map(|((code, line), hidden)| (code.clone(), shown(line, *hidden)));
        (shown(&self.total, self.hidden.total), categories.collect())
    }
}

async fn judge(
    app: &App,
    root: PlaceId,
    Together { months, quarter }: Together,
) -> Result<Vec<(Days, Body)>> {
    // Before the snapshot: who holds a connection and waits for another one may wait for all others who do.
    let ids = communities::queries::communities_of(app, root).await?;
    let snapshot = app.db.snapshot().await?;
    // A quarter is the sum of months, which others may see with a smaller k: what is hidden in one of
    // them would be found by subtracting the other two.
    let (mut all, mut parts, mut bodies) = (Tallies::default(), Vec::new(), Vec::new());
    for month in months {
        let counted = count(app, &snapshot, &ids, month).await?;
        let judged = tables(&ids, &counted, Audience::Released.k(), &[]);
        bodies.push((month, body(&ids, &judged)));
        parts.push(judged);
        all.add(&counted);
    }
    if let Some(quarter) = quarter {
        bodies.push((quarter, body(&ids, &tables(&ids, &all, Audience::Public.k(), &parts))));
    }
    Ok(bodies)
}

fn body(ids: &[PlaceId], (tables, whole): &(Vec<Table>, Table)) -> Body {
    let (total, categories) = whole.shown();
    let communities = ids.iter().zip(tables).map(|(id, table)| {
        let (total, categories) = table.shown();
        Community { id: *id, total, categories }
    });
    Body { whole: total, categories, communities: communities.collect() }
}

/// The tables of the communities and of all of them together, judged together. The categories of a
/// subdistrict are the sums of those of its communities: where one of these is hidden, so are they.
fn tables(
    ids: &[PlaceId],
    counted: &Tallies,
    k: i64,
    parts: &[(Vec<Table>, Table)],
) -> (Vec<Table>, Table) {
    let mut tables: Vec<Table> = ids.iter().map(|id| Table::of(&counted.of(*id))).collect();
    for (index, table) in tables.iter_mut().enumerate() {
        table.judge(parts.iter().filter_map(|(tables, _)| tables.get(index)), k);
    }
    let rows: Vec<Row> = tables.iter().map(|t| row(&t.total)).collect();
    let forced: Vec<bool> = tables.iter().map(|t| t.hidden.total).collect();
    let (flags, sum) = suppression::judge_subdistrict(&rows, &forced, k);
    for (table, flag) in tables.iter_mut().zip(flags) {
        if flag {
            table.hidden.total = true;
            table.hidden.departments.fill(true);
        }
    }
    let mut whole = Table::of(counted);
    whole.judge(parts.iter().map(|(_, whole)| whole), k);
    whole.hidden.total |= sum;
    let mut of_hidden: BTreeMap<&str, bool> = BTreeMap::new();
    for table in &tables {
        for ((category, _), hidden) in table.categories.iter().zip(&table.hidden.departments) {
            *of_hidden.entry(category).or_default() |= *hidden;
        }
    }
    for ((category, _), hidden) in whole.categories.iter().zip(&mut whole.hidden.departments) {
        *hidden |= whole.hidden.total || of_hidden.get(category.as_str()).copied().unwrap_or(true);
    }
    (tables, whole)
}
