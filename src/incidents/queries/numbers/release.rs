//! What others than who is responsible see: counted once a month, judged before anything is shown.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use linli_entity::ids::PlaceId;
use serde::{Deserialize, Serialize};

use super::{
    Numbers, Shown, Table, Tables,
    count::{Counted, count},
    lines::{Line, Tally},
};
use crate::{
    communities,
    incidents::metrics::VERSION,
    kernel::{App, Error, Result},
    statistics::{
        queries::{Audience, Scope},
        release::{Days, Together, keep, kept, together},
        suppression::{self, Hidden, Row},
    },
};

/// The numbers of a subdistrict as they are released.
#[derive(Serialize, Deserialize)]
struct Body {
    whole: Tables,
    communities: Vec<(PlaceId, Tables)>,
}

/// The numbers of a scope as released this month; the first who asks has them counted.
pub(super) async fn released(app: &App, scope: Scope) -> Result<Numbers> {
    let root = scope.subdistrict.ok_or(Error::NotFound)?;
    let name = format!("incidents {VERSION} {root}");
    let (as_of, body) = match kept::<Body>(app, &name, scope.days).await? {
        Some(found) => found,
        None => {
            let as_of = app.clock.now();
            let bodies = judge(app, root, together(app, scope.days, as_of), as_of).await?;
            keep(app, &name, (as_of, bodies), scope.days).await?
        }
    };
    let tables = if scope.single {
        let found = body.communities.into_iter().find(|(id, _)| scope.communities.contains(id));
        found.map_or_else(nothing, |(_, tables)| tables)
    } else {
        body.whole
    };
    Ok(Numbers { scope, tables, as_of })
}

fn nothing() -> Tables {
    Tables { incidents: Table::hidden(), tasks: Table::hidden(), opinions: Table::hidden() }
}

async fn judge(
    app: &App,
    root: PlaceId,
    Together { months, quarter }: Together,
    as_of: DateTime<Utc>,
) -> Result<Vec<(Days, Body)>> {
    // Before the snapshot: who holds a connection and waits for another one may wait for all others who do.
    let ids = communities::queries::communities_of(app, root).await?;
    let snapshot = app.db.snapshot().await?;
    // A quarter is the sum of months, which others may see with a smaller k: what is hidden in one of
    // them would be found by subtracting the other two.
    let (mut all, mut parts, mut bodies) = (Counted::default(), Vec::new(), Vec::new());
    for month in months {
        let counted = count(app, &snapshot, &ids, month, as_of).await?;
        bodies.push((month, body(&ids, (&counted, &[]), Audience::Released.k())));
        all.add(&counted);
        parts.push(counted);
    }
    if let Some(quarter) = quarter {
        bodies.push((quarter, body(&ids, (&all, &parts), Audience::Public.k())));
    }
    Ok(bodies)
}

fn body(ids: &[PlaceId], counted: (&Counted, &[Counted]), k: i64) -> Body {
    let incidents = judged(ids, counted, |c| &c.incidents, (true, k));
    let tasks = judged(ids, counted, |c| &c.tasks, (false, k));
    let opinions = judged(ids, counted, |c| &c.opinions, (false, k));
    let whole = Tables { incidents: incidents.1, tasks: tasks.1, opinions: opinions.1 };
    let tables = incidents.0.into_iter().zip(tasks.0).zip(opinions.0);
    let tables = tables.map(|((incidents, tasks), opinions)| Tables { incidents, tasks, opinions });
    Body { whole, communities: ids.iter().copied().zip(tables).collect() }
}

/// The tables of the communities and of all of them together, of one kind of numbers.
fn judged<L: Line>(
    ids: &[PlaceId],
    (counted, parts): (&Counted, &[Counted]),
    of: impl Fn(&Counted) -> &Tally<L>,
    (blocks, k): (bool, i64),
) -> (Vec<Table<L>>, Table<L>) {
    let judged = |part| tables(ids, of(part), (blocks, Audience::Released.k()), &[]);
    let parts: Vec<_> = parts.iter().map(judged).collect();
    let (tables, whole) = tables(ids, of(counted), (blocks, k), &parts);
    (tables.into_iter().map(Judging::shown).collect(), whole.shown())
}

/// A table and its total, as suppression looks at them: both breakdowns add up to the same total.
struct Judging<L> {
    total: L,
    groups: Vec<(String, L)>,
    blocks: Vec<(String, L)>,
    hidden: Hidden,
}

impl<L: Line> Judging<L> {
    fn of(counted: &Tally<L>, blocks: bool) -> Self {
        let blocks = if blocks { counted.groups(1) } else { Vec::new() };
        Self {
            total: counted.total(),
            groups: counted.groups(0),
            blocks,
            hidden: Hidden::default(),
        }
    }

    /// Judges the table; what is hidden in one of `parts` is hidden here.
    fn judge<'a>(&mut self, parts: impl Iterator<Item = &'a Self>, k: i64)
    where
        L: 'a,
    {
        let mut forced = Hidden {
            departments: vec![false; self.groups.len()],
            channels: vec![false; self.blocks.len()],
            ..Hidden::default()
        };
        for part in parts {
            forced.total |= part.hidden.total;
            force(&mut forced.departments, &self.groups, &part.groups, &part.hidden.departments);
            force(&mut forced.channels, &self.blocks, &part.blocks, &part.hidden.channels);
        }
        let rows = |table: &[(String, L)]| table.iter().map(|(_, line)| line.row()).collect();
        // Kinds or agencies stand where requests have departments, and blocks where they have channels.
        let tables = suppression::Tables {
            total: self.total.row(),
            departments: rows(&self.groups),
            channels: rows(&self.blocks),
            ..suppression::Tables::default()
        };
        self.hidden = suppression::judge(&tables, &forced, k);
    }

    fn shown(self) -> Table<L> {
        let shown = |table: Vec<(String, L)>, hidden: Vec<bool>| {
            let rows = table.into_iter().zip(hidden);
            rows.map(|((key, line), hidden)| (key, Shown { line, hidden })).collect()
        };
        Table {
            total: Shown { line: self.total, hidden: self.hidden.total },
            groups: shown(self.groups, self.hidden.departments),
            blocks: shown(self.blocks, self.hidden.channels),
        }
    }
}

/// Hides here what is hidden there.
fn force<L>(here: &mut [bool], ours: &[(String, L)], theirs: &[(String, L)], there: &[bool]) {
    for ((key, _), _) in theirs.iter().zip(there).filter(|(_, hidden)| **hidden) {
        if let Some(index) = ours.iter().position(|(own, _)| own == key) {
            here[index] = true;
        }
    }
}

/// The tables of the communities and of all of them together, judged together. The groups of a subdistrict
/// are the sums of those of its communities: where one of these is hidden, so are they.
fn tables<L: Line>(
    ids: &[PlaceId],
    counted: &Tally<L>,
    (blocks, k): (bool, i64),
    parts: &[(Vec<Judging<L>>, Judging<L>)],
) -> (Vec<Judging<L>>, Judging<L>) {
    let mut tables: Vec<Judging<L>> =
        ids.iter().map(|id| Judging::of(&counted.of(*id), blocks)).collect();
    for (index, table) in tables.iter_mut().enumerate() {
        table.judge(parts.iter().filter_map(|(tables, _)| tables.get(index)), k);
    }
    let rows: Vec<Row> = tables.iter().map(|t| t.total.row()).collect();
    let forced: Vec<bool> = tables.iter().map(|t| t.hidden.total).collect();
    let (flags, sum) = suppression::judge_subdistrict(&rows, &forced, k);
    for (table, flag) in tables.iter_mut().zip(flags) {
        if flag {
            table.hidden.total = true;
            table.hidden.departments.fill(true);
            table.hidden.channels.fill(true);
        }
    }
    let mut whole = Judging::of(counted, blocks);
    whole.judge(parts.iter().map(|(_, whole)| whole), k);
    whole.hidden.total |= sum;
    let all = whole.hidden.total;
    let groups = tables.iter().flat_map(|t| t.groups.iter().zip(&t.hidden.departments));
    follow(all, &whole.groups, &mut whole.hidden.departments, groups);
    let blocks = tables.iter().flat_map(|t| t.blocks.iter().zip(&t.hidden.channels));
    follow(all, &whole.blocks, &mut whole.hidden.channels, blocks);
    (tables, whole)
}

/// Hides the sums of what is hidden, and everything if `all` is.
fn follow<'a, L: 'a>(
    all: bool,
    rows: &[(String, L)],
    hidden: &mut [bool],
    parts: impl Iterator<Item = (&'a (String, L), &'a bool)>,
) {
    let mut of_hidden: BTreeMap<&str, bool> = BTreeMap::new();
    for ((key, _), flag) in parts {
        *of_hidden.entry(key).or_default() |= *flag;
    }
    for ((key, _), flag) in rows.iter().zip(hidden) {
        *flag |= all || of_hidden.get(key.as_str()).copied().unwrap_or(true);
    }
}
