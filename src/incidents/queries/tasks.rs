//! Reads of tasks of agencies. An agency sees its own and no others.

use std::{collections::HashMap, sync::Arc};

use linli_entity::{
    agency_task, agency_task_note,
    enums::{AgencyTaskState, IncidentLevel, JointReason},
    ids::{AgencyTaskId, IncidentId, JointResponseId, PlaceId},
    incident, joint_response,
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect, Select,
    Statement, Value,
    sea_query::{Expr, Order},
};

use super::{marks, target, task_target};
use crate::{
    incidents::rules::{self, TaskStep},
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

/// Most tasks and notes that are listed with what they belong to.
const LISTED: usize = 100;

/// What the policy is asked about a step with a task: any of these. Who is of the agency speaks for it, also
/// if they answer for the block too. Where the incident went up, the general lead decides.
pub(in crate::incidents) fn task_actions(
    step: TaskStep,
    row: &agency_task::Model,
    of: &incident::Model,
) -> &'static [Action] {
    let at_block = of.level == IncidentLevel::Block;
    match step {
        TaskStep::Sign | TaskStep::Contact | TaskStep::Finish | TaskStep::Refuse => {
            &[Action::AgencyTaskAnswer, Action::AgencyTaskRelay]
        }
        TaskStep::Decide if at_block && !rules::is_arbitrated(row) => &[Action::AgencyTaskDecide],
        // Nor is what the general lead decided, or is to decide, undone by calling it off.
        TaskStep::CallOff if at_block && !row.binding && !waits_for_arbiter(row) => {
            &[Action::AgencyTaskDecide]
        }
        TaskStep::Decide | TaskStep::CallOff => &[Action::AgencyTaskArbitrate],
        TaskStep::Note => &[Action::AgencyTaskNote],
        TaskStep::Rate => &[Action::AgencyTaskRate],
        TaskStep::RevealReporter => &[Action::AgencyTaskReporter],
    }
}

fn waits_for_arbiter(row: &agency_task::Model) -> bool {
    row.state == AgencyTaskState::Refused && rules::is_arbitrated(row)
}

/// A task that the reader may see, with its incident.
pub async fn task(
    app: &App,
    actor: &Actor,
    id: AgencyTaskId,
) -> Result<(agency_task::Model, incident::Model)> {
    actor.signed_in()?;
    let conn = app.db.reader();
    let row = agency_task::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)?;
    let of = incident::Entity::find_by_id(row.incident_id).one(conn).await?;
    let of = of.ok_or(Error::NotFound)?;
    if policy::allowed(actor, Action::AgencyTaskRead, &task_target(actor, &row, &of)) {
        return Ok((row, of));
    }
    Err(Error::NotFound)
}

/// The tasks of incidents, oldest first, for callers that may see them; at most 100 of each.
pub async fn tasks_of(
    app: &App,
    ids: &[IncidentId],
) -> Result<HashMap<IncidentId, Vec<agency_task::Model>>> {
    let sql = format!(
        "SELECT * FROM (SELECT agency_task.*, ROW_NUMBER() OVER (PARTITION BY incident_id \
         ORDER BY asked_at, id) AS nth FROM agency_task WHERE incident_id IN ({})) AS t \
         WHERE nth <= {LISTED} ORDER BY asked_at, id",
        marks(ids.len())
    );
    let values = ids.iter().map(|id| Value::from(*id));
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let rows = agency_task::Model::find_by_statement(statement).all(app.db.reader()).await?;
    let mut found: HashMap<IncidentId, Vec<agency_task::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.incident_id).or_default().push(row);
    }
    Ok(found)
}

/// The incidents of tasks, for callers that may see the tasks.
pub async fn incidents_of_tasks(
    app: &App,
    ids: &[IncidentId],
) -> Result<HashMap<IncidentId, Arc<incident::Model>>> {
    let rows = incident::Entity::find()
        .filter(incident::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

/// What tasks of an agency are wanted.
#[derive(Clone, Debug)]
pub struct TaskFilter {
    /// Of which agency.
    pub agency: PlaceId,
    /// In one of these states; in any, if none is named.
    pub states: Vec<AgencyTaskState>,
}

/// The predicate of the index over the tasks that are not over, and the states that it names: said in the
/// same words, because a planner does not know what stands for them.
const OPEN: &str = "agency_task.state IN ('ASKED', 'SIGNED', 'CONTACTED', 'REFUSED')";
const OPEN_STATES: [AgencyTaskState; 4] = [
    AgencyTaskState::Asked,
    AgencyTaskState::Signed,
    AgencyTaskState::Contacted,
    AgencyTaskState::Refused,
];

fn agencys(actor: &Actor, filter: &TaskFilter) -> Result<Select<agency_task::Entity>> {
    use agency_task::Column as C;
    actor.signed_in()?;
    let target = Target { agency: Some(filter.agency), ..Target::NONE };
    if !policy::allowed(actor, Action::AgencyTaskRead, &target) {
        return Err(Error::NotFound);
    }
    let mut select = agency_task::Entity::find().filter(C::AgencyId.eq(filter.agency));
    if !filter.states.is_empty() {
        select = select.filter(C::State.is_in(filter.states.iter().copied()));
        if filter.states.iter().all(|state| OPEN_STATES.contains(state)) {
            select = select.filter(Expr::cust(OPEN));
        }
    }
    Ok(select)
}

/// A page of the tasks of an agency, the latest first; for its officers.
pub async fn agency_tasks(
    app: &App,
    actor: &Actor,
    filter: &TaskFilter,
    page: PageArgs,
) -> Result<Page<agency_task::Model>> {
    use agency_task::Column as C;
    let select = agencys(actor, filter)?;
    let rows = page.apply(select, C::AskedAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn agency_tasks_count(app: &App, actor: &Actor, filter: &TaskFilter) -> Result<u64> {
    Ok(agencys(actor, filter)?.count(app.db.reader()).await?)
}

/// The latest notes on tasks, oldest first, for callers that are parties of them; at most 100 of each.
pub async fn notes_of(
    app: &App,
    ids: &[AgencyTaskId],
) -> Result<HashMap<AgencyTaskId, Vec<agency_task_note::Model>>> {
    let sql = format!(
        "SELECT id, task_id, account_id, words, at FROM (SELECT agency_task_note.*, ROW_NUMBER() \
         OVER (PARTITION BY task_id ORDER BY at DESC, id DESC) AS back FROM agency_task_note \
         WHERE task_id IN ({})) AS n WHERE back <= {LISTED} ORDER BY at, id",
        marks(ids.len())
    );
    let values = ids.iter().map(|id| Value::from(*id));
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let rows = agency_task_note::Model::find_by_statement(statement).all(app.db.reader()).await?;
    let mut found: HashMap<AgencyTaskId, Vec<agency_task_note::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.task_id).or_default().push(row);
    }
    Ok(found)
}

/// Why agencies were called in, of joint responses, for callers that may see a task of them.
pub async fn joint_reasons(
    app: &App,
    ids: &[JointResponseId],
) -> Result<HashMap<JointResponseId, JointReason>> {
    let rows: Vec<(JointResponseId, JointReason)> = joint_response::Entity::find()
        .select_only()
        .columns([joint_response::Column::Id, joint_response::Column::Reason])
        .filter(joint_response::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().collect())
}

/// Whether somebody may know where the incident of a task is: an agency as long as it has something to do there.
pub fn knows_where(actor: &Actor, row: &agency_task::Model, of: &incident::Model) -> bool {
    rules::is_open(row) || policy::allowed(actor, Action::IncidentRead, &target(of))
}

/// What somebody can do with a task now.
pub fn task_steps(actor: &Actor, row: &agency_task::Model, of: &incident::Model) -> Vec<TaskStep> {
    use TaskStep::{CallOff, Contact, Decide, Finish, Note, Rate, Refuse, RevealReporter, Sign};
    let target = task_target(actor, row, of);
    let steps =
        [Sign, Contact, Finish, Refuse, Decide, CallOff, Note, Rate, RevealReporter].into_iter();
    steps
        .filter(|step| rules::task_possible(*step, row) && rules::task_fits(*step, of.state))
        .filter(|step| {
            task_actions(*step, row, of).iter().any(|a| policy::allowed(actor, *a, &target))
        })
        .collect()
}
