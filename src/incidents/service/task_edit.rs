//! Every step with a task of an agency: locked with its incident, permitted, possible; and what follows from it
//! for the incident.

use linli_entity::{agency_task, ids::AgencyTaskId, incident};
use sea_orm::EntityTrait;
use serde_json::{Value as Json, json};

use super::{event, lock, permit, settle, stale, tasks_of};
use crate::{
    incidents::{
        queries,
        rules::{self, TaskStep},
    },
    kernel::{Action, Actor, App, Committed, Error, Event, Permit, Result, Target, Tx, policy},
};

/// A task in change, with its incident locked.
pub(super) struct TaskEdit<'a> {
    pub tx: Tx<'a>,
    pub incident: incident::Model,
    pub before: agency_task::Model,
    pub row: agency_task::Model,
    pub permit: Permit,
    pub via: (Action, Target),
}

impl<'a> TaskEdit<'a> {
    /// Opens a step with a task; as it was read, where the caller says so.
    pub async fn open(
        app: &'a App,
        actor: &'a Actor,
        (id, expected_version): (AgencyTaskId, Option<i32>),
        step: TaskStep,
    ) -> Result<Self> {
        actor.signed_in()?;
        let tx = app.begin(actor).await?;
        Self::open_in(tx, (id, expected_version), step).await
    }

    /// The same in a transaction that has begun.
    pub async fn open_in(
        tx: Tx<'a>,
        (id, expected_version): (AgencyTaskId, Option<i32>),
        step: TaskStep,
    ) -> Result<Self> {
        let (incident, row) = locked(&tx, id).await?;
        let target = queries::task_target(tx.actor(), &row, &incident);
        if !policy::allowed(tx.actor(), Action::AgencyTaskRead, &target) {
            return Err(Error::NotFound);
        }
        let actions = queries::task_actions(step, &row, &incident);
        let may = actions.iter().find(|a| policy::allowed(tx.actor(), **a, &target));
        let action = *may.ok_or(Error::Forbidden)?;
        let permit = permit(&tx, action, &target)?;
        if expected_version.is_some_and(|expected| expected != row.version) {
            return Err(stale(row.version));
        }
        rules::check_task(step, &row, incident.state)?;
        Ok(Self { tx, incident, before: row.clone(), row, permit, via: (action, target) })
    }

    /// Whether who acts speaks for the agency.
    pub fn speaks(&self) -> bool {
        self.via.1.owner.is_some()
    }

    /// Marks what an agency says as said by phone, where it is a lead who records it.
    pub fn relayed(&mut self) -> bool {
        let relayed = self.via.0 == Action::AgencyTaskRelay;
        self.row.relayed |= relayed;
        relayed
    }

    /// Writes the step, and what follows from it for the incident.
    pub async fn commit(
        self,
        kind: &'static str,
        data: Json,
    ) -> Result<Committed<agency_task::Model>> {
        let Self { tx, incident, before, mut row, permit, via } = self;
        row.version += 1;
        row.due_at = rules::task_due(&row, tx.now());
        tx.update_last(&before, &row);
        let mut after = incident.clone();
        let mut more = Vec::new();
        if rules::is_owed(&before) && !rules::is_owed(&row) {
            more = settled(&tx, &mut after, &row, &via).await?;
        }
        if after != incident {
            after.version += 1;
            tx.update_last(&incident, &after);
        }
        let event = event(permit, kind, &incident).data(facts(&row, data));
        tx.commit(std::iter::once(event).chain(more).collect(), row).await
    }
}

/// A task, read while its incident is locked.
pub(super) async fn locked(
    tx: &Tx<'_>,
    id: AgencyTaskId,
) -> Result<(incident::Model, agency_task::Model)> {
    let find = || agency_task::Entity::find_by_id(id);
    let found = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let incident = lock(tx, found.incident_id).await?;
    let row = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    Ok((incident, row))
}

/// What becomes of the incident when a task of the joint response that is open is owed no longer.
async fn settled(
    tx: &Tx<'_>,
    incident: &mut incident::Model,
    row: &agency_task::Model,
    via: &(Action, Target),
) -> Result<Vec<Event>> {
    let mut tasks = tasks_of(tx, incident.id).await?;
    let Some(stored) = tasks.iter_mut().find(|t| t.id == row.id) else { return Ok(Vec::new()) };
    stored.clone_from(row);
    settle(tx, incident, &tasks, via).await
}

/// The facts of an event about a task.
pub(super) fn facts(row: &agency_task::Model, data: Json) -> Json {
    let mut facts = json!({ "task": row.id.to_string(), "agency": row.agency_id.to_string() });
    if let (Json::Object(all), Json::Object(more)) = (&mut facts, data) {
        all.extend(more);
    }
    facts
}
