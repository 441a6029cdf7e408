//! Numbers of incidents and of what agencies owe: counting, what others than the responsible unit see of it,
//! the rows behind.

mod count;
mod lines;
mod release;
mod rows;

use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::ids::PlaceId;
use serde::{Deserialize, Serialize};

use crate::{
    kernel::{Action, Actor, App, Result},
    statistics::queries::{Audience, Scope, scope_of},
};

pub use lines::{Incidents, Minutes, Opinions, Tasks};
use lines::{Line, Tally};
pub use rows::{
    CountedIncident, CountedJoint, CountedRow, CountedTask, Wanted, page, rows, scope as rows_scope,
};

/// Numbers as somebody may see them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown<L> {
    /// The numbers.
    pub line: L,
    /// Whether they are hidden.
    pub hidden: bool,
}

/// The same with what they are made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Table<L> {
    /// The whole.
    pub total: Shown<L>,
    /// By kind, or by agency.
    pub groups: Vec<(String, Shown<L>)>,
    /// By block; nothing of agencies.
    pub blocks: Vec<(String, Shown<L>)>,
}

impl<L: Line> Table<L> {
    fn exact(counted: &Tally<L>, blocks: bool) -> Self {
        let shown = |line: L| Shown { line, hidden: false };
        let groups = |breakdown: usize| {
            counted.groups(breakdown).into_iter().map(|(key, line)| (key, shown(line))).collect()
        };
        Self {
            total: shown(counted.total()),
            groups: groups(0),
            blocks: if blocks { groups(1) } else { Vec::new() },
        }
    }

    /// Nothing that may be shown.
    fn hidden() -> Self {
        let mut line = L::default();
        line.finish();
        Self { total: Shown { line, hidden: true }, groups: Vec::new(), blocks: Vec::new() }
    }
}

/// Everything that is counted of a place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tables {
    /// Incidents and joint responses.
    pub incidents: Table<Incidents>,
    /// Tasks of agencies.
    pub tasks: Table<Tasks>,
    /// What is thought of them.
    pub opinions: Table<Opinions>,
}

/// What was counted, as somebody may see it.
pub struct Numbers {
    /// Of what, and for whom.
    pub scope: Scope,
    /// The numbers.
    pub tables: Tables,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

/// Who may see the numbers of incidents of a place how exactly.
async fn scope(
    app: &App,
    actor: &Actor,
    place: PlaceId,
    days: (NaiveDate, NaiveDate),
) -> Result<Scope> {
    let actions = (Action::IncidentStatistics, Action::IncidentStatisticsReleased);
    scope_of(app, actor, place, days, actions).await
}

/// Counts the incidents of a community or a subdistrict that came in in a period, the joint responses that
/// were opened in it and the tasks that agencies were asked to do in it: exact for who is responsible; for
/// others of the administration whole past months with small cells suppressed, for everybody whole past
/// quarters.
pub async fn numbers(
    app: &App,
    actor: &Actor,
    place: PlaceId,
    days: (NaiveDate, NaiveDate),
) -> Result<Numbers> {
    let scope = scope(app, actor, place, days).await?;
    if scope.audience != Audience::Exact {
        return release::released(app, scope).await;
    }
    let snapshot = app.db.snapshot().await?;
    let as_of = app.clock.now();
    let counted = count::count(app, &snapshot, &scope.communities, scope.days, as_of).await?;
    let tables = Tables {
        incidents: Table::exact(&counted.incidents, true),
        tasks: Table::exact(&counted.tasks, false),
        opinions: Table::exact(&counted.opinions, false),
    };
    Ok(Numbers { scope, tables, as_of })
}
