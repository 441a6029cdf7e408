//! Writes of incidents. Whoever changes anything about one, or about a task of an agency, holds its row.

mod clear;
mod follow;
mod handle;
mod joint;
mod parties;
mod report;
mod reporters;
mod route;
mod task_edit;
mod tasks;
mod timers;

use std::sync::Arc;

use linli_entity::{
    agency_task,
    enums::{AgencyOutcome, AgencyTaskState, IncidentState},
    ids::{IncidentId, PlaceId},
    incident, joint_response,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::Expr,
};
use serde_json::{Value as Json, json};

use super::{
    queries,
    rules::{self, Step},
};
use crate::{
    calendar::{self, time::Calendar},
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Permit, Rejected, Result, Target, Tx,
        policy,
    },
};

pub use clear::{LimitChange, contact_task_done, hide, limit_set, publish};
pub use follow::{by_code, follow, track_code_send, track_verify, unfollow};
pub use handle::{answer, escalate, reopen, resolve, respond};
pub use joint::{Asked, NewJoint, open_joint};
pub use parties::{NewNote, late, note, rate};
pub use report::{NewReport, Reported, Visitor, report, report_code_send};
pub use reporters::{Consent, Contact, consent_set, contact_reveal, reporter_reveal};
pub use route::{Route, merge, route};
pub use tasks::{Decision, Refusal, call_off, contact, decide, finish, refuse, sign};
pub use timers::escalate_due;

/// An incident whose row nobody else changes before this transaction ends.
async fn lock(tx: &Tx<'_>, id: IncidentId) -> Result<incident::Model> {
    let found = incident::Entity::find_by_id(id).lock_exclusive().one(tx.conn()).await?;
    found.ok_or(Error::NotFound)
}

fn stale(version: i32) -> Error {
    Rejected::new(Code::StaleVersion).with("currentVersion", version).into()
}

/// What the policy is asked about an incident before it is changed: as who answers for its block or serves
/// there, or as who reported it. Who may not see it is told that it is not there.
async fn seen(tx: &Tx<'_>, row: &incident::Model, action: Action) -> Result<Target> {
    let mut target = queries::target(row);
    if !policy::allowed(tx.actor(), action, &target) {
        target.requester = queries::reporter(tx.conn(), tx.actor(), row.id).await?;
    }
    let sees = policy::allowed(tx.actor(), Action::IncidentRead, &target);
    if sees { Ok(target) } else { Err(Error::NotFound) }
}

/// The policy's word about something that is visible.
fn permit(tx: &Tx<'_>, action: Action, target: &Target) -> Result<Permit> {
    if !policy::allowed(tx.actor(), action, target) {
        return Err(Error::Forbidden);
    }
    tx.authorize(action, target)
}

/// Something happened to an incident that the transaction holds.
fn event(permit: Permit, kind: &'static str, row: &incident::Model) -> Event {
    Event::new(permit, kind, "incident", row.id).community(row.community_id).row_held()
}

/// The calendar in which its limits count.
async fn calendar_of(tx: &Tx<'_>, community: PlaceId) -> Result<Arc<Calendar>> {
    calendar::queries::limits(tx.app(), tx.conn(), community).await
}

/// An incident in change: locked, permitted, in the right state.
struct Edit<'a> {
    tx: Tx<'a>,
    before: incident::Model,
    row: incident::Model,
    permit: Permit,
    via: (Action, Target),
}

impl<'a> Edit<'a> {
    /// Opens a step with an incident as it was read.
    async fn open(
        app: &'a App,
        actor: &'a Actor,
        (id, expected_version): (IncidentId, i32),
        step: Step,
        action: impl FnOnce(&incident::Model) -> Action + Send,
    ) -> Result<Self> {
        actor.known()?;
        let tx = app.begin(actor).await?;
        let row = lock(&tx, id).await?;
        let action = action(&row);
        let target = seen(&tx, &row, action).await?;
        let permit = permit(&tx, action, &target)?;
        if row.version != expected_version {
            return Err(stale(row.version));
        }
        rules::check_step(step, &row, tx.now())?;
        Ok(Self { tx, before: row.clone(), row, permit, via: (action, target) })
    }

    /// Writes the step, and what else came of it.
    async fn commit_with(
        self,
        kind: &'static str,
        data: Json,
        more: Vec<Event>,
    ) -> Result<Committed<incident::Model>> {
        let Self { tx, before, mut row, permit, .. } = self;
        row.version += 1;
        tx.update_last(&before, &row);
        let follower = match tx.actor() {
            Actor::Tracking { person, .. } => Some(*person),
            Actor::Anonymous | Actor::User(_) | Actor::System(_) => None,
        };
        let event = event(permit, kind, &row).beneficiary(follower).data(with_state(data, &row));
        tx.commit(std::iter::once(event).chain(more).collect(), row).await
    }

    /// Writes the step.
    async fn commit(self, kind: &'static str, data: Json) -> Result<Committed<incident::Model>> {
        self.commit_with(kind, data, Vec::new()).await
    }
}

/// The facts of an event, with the state that followed.
fn with_state(mut data: Json, row: &incident::Model) -> Json {
    data["state"] = json!(row.state);
    data
}

/// Ends a joint response in which nobody owes anything any more. What agencies came to resolves the incident,
/// and closes it if who reported it was answered too; if every task was called off, whoever has it goes on.
/// `tasks` are those of the open joint response as they are going to be. The caller holds the row and writes
/// it.
async fn settle(
    tx: &Tx<'_>,
    row: &mut incident::Model,
    tasks: &[agency_task::Model],
    via: &(Action, Target),
) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    if row.state == IncidentState::JointResponse && !tasks.iter().any(rules::is_owed) {
        events = end_joint(tx, row, tasks, via)?;
        let answered = row.answered_at.is_some();
        let outcomes: Vec<AgencyOutcome> = tasks.iter().filter_map(|t| t.outcome).collect();
        let kind = if outcomes.is_empty() {
            // What was said while agencies were expected is no answer any more.
            handle::go_on(tx, row).await?;
            "INCIDENT_JOINT_CALLED_OFF"
        } else {
            row.state = IncidentState::Resolved;
            row.resolved_at = Some(tx.now());
            row.outcome = Some(rules::together(&outcomes));
            row.due_at = Some(handle::answer_by(tx, row).await?);
            "INCIDENT_RESOLVED"
        };
        let mut facts = ending(row, via);
        if answered && row.answered_at.is_none() {
            facts["answerTakenBack"] = json!(true);
        }
        events.push(event(permit(tx, via.0, &via.1)?, kind, row).data(facts));
    }
    events.extend(close_if_answered(tx, row, via)?);
    Ok(events)
}

/// The facts of an end, and whether it came with what an agency did.
fn ending(row: &incident::Model, via: &(Action, Target)) -> Json {
    let mut facts = json!({ "outcome": row.outcome, "state": row.state });
    if via.0 == Action::AgencyTaskAnswer {
        facts["by"] = json!("AGENCY");
    }
    facts
}

/// Closes what is resolved when who reported it was answered.
fn close_if_answered(
    tx: &Tx<'_>,
    row: &mut incident::Model,
    via: &(Action, Target),
) -> Result<Option<Event>> {
    if row.state != IncidentState::Resolved || row.answered_at.is_none() {
        return Ok(None);
    }
    row.state = IncidentState::Closed;
    row.closed_at = Some(tx.now());
    row.due_at = None;
    row.first_closed_at = row.first_closed_at.or(row.closed_at);
    let closed = event(permit(tx, via.0, &via.1)?, "INCIDENT_CLOSED", row);
    Ok(Some(closed.data(ending(row, via))))
}

/// With the joint response every task ends: what nothing waited for is called off.
fn end_joint(
    tx: &Tx<'_>,
    row: &incident::Model,
    tasks: &[agency_task::Model],
    via: &(Action, Target),
) -> Result<Vec<Event>> {
    use joint_response::Column as C;
    if let Some(task) = tasks.first() {
        let end = joint_response::Entity::update_many()
            .col_expr(C::EndedAt, Expr::value(Some(tx.now())))
            .filter(C::Id.eq(task.joint_id));
        tx.change_last(&end);
    }
    let open = tasks.iter().filter(|t| rules::is_open(t));
    open.map(|task| {
        let mut off = task.clone();
        off.state = AgencyTaskState::CalledOff;
        off.ended_at = Some(tx.now());
        off.due_at = None;
        off.version += 1;
        tx.update_last(task, &off);
        let called_off = event(permit(tx, via.0, &via.1)?, "AGENCY_TASK_CALLED_OFF", row);
        Ok(called_off.data(task_edit::facts(&off, json!({}))))
    })
    .collect()
}

/// The tasks of the joint response that is open, in the order in which they were asked for.
async fn tasks_of(tx: &Tx<'_>, id: IncidentId) -> Result<Vec<agency_task::Model>> {
    use agency_task::Column as C;
    let open = joint_response::Entity::find()
        .select_only()
        .column(joint_response::Column::Id)
        .filter(joint_response::Column::IncidentId.eq(id))
        .filter(joint_response::Column::EndedAt.is_null());
    Ok(agency_task::Entity::find()
        .filter(C::IncidentId.eq(id))
        .filter(C::JointId.in_subquery(open.into_query()))
        .filter(C::State.ne(AgencyTaskState::Moved))
        .order_by_asc(C::AskedAt)
        .all(tx.conn())
        .await?)
}
