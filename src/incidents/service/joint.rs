//! Calling agencies in.

use chrono::Duration;
use linli_entity::{
    agency_task,
    enums::{AgencyTaskState, Danger, IncidentState, JointReason, PlaceKind},
    ids::{AgencyTaskId, IncidentId, JointResponseId, PlaceId},
    incident, joint_response, place,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::{Edit, calendar_of, event, permit, reporters::check_for_agencies, task_edit, tasks_of};
use crate::{
    blocks::{self, rules::agencies::Terms},
    calendar::time::Calendar,
    incidents::{
        queries,
        rules::{self, Step},
    },
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Rejected, Result, Target, Tx, text,
    },
};

/// Agencies to be called in.
#[derive(Clone, Debug)]
pub struct NewJoint {
    /// Why.
    pub reason: JointReason,
    /// Which, and what is asked of each.
    pub tasks: Vec<Asked>,
}

/// An agency, and what is asked of it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The agency.
    pub agency: PlaceId,
    /// Whether the incident waits for it.
    pub mandatory: bool,
    /// What is asked of it.
    pub brief: String,
}

/// Calls agencies in, each with a task and a clock of its own.
pub async fn open_joint(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
    input: NewJoint,
) -> Result<Committed<incident::Model>> {
    let wrong = |wanted: &str| Rejected::at(Code::InvalidValue, "agencies").with("wanted", wanted);
    if !(1..=rules::AGENCIES).contains(&input.tasks.len()) {
        return Err(wrong("1 to 20 agencies").into());
    }
    if !input.tasks.iter().any(|t| t.mandatory) {
        return Err(wrong("at least one that the incident waits for").into());
    }
    for task in &input.tasks {
        text::check("agencies.brief", &task.brief, text::BODY)?;
    }
    let action = |_: &incident::Model| Action::IncidentJointOpen;
    let mut edit = Edit::open(app, actor, incident, Step::OpenJoint, action).await?;
    permit(&edit.tx, queries::handler(&edit.row), &edit.via.1)?;
    let tx = &edit.tx;
    let briefs = input.tasks.iter().map(|task| &task.brief);
    check_for_agencies(tx.conn(), edit.row.id, "agencies.brief", briefs).await?;
    check_for_agencies(tx.conn(), edit.row.id, "place", edit.row.place.iter()).await?;
    let round = joint_response::Entity::find()
        .filter(joint_response::Column::IncidentId.eq(edit.row.id))
        .count(tx.conn())
        .await?;
    let joint = joint_response::Model {
        id: JointResponseId(tx.new_id()),
        community_id: edit.row.community_id,
        incident_id: edit.row.id,
        round: i32::try_from(round).unwrap_or(i32::MAX).saturating_add(1),
        reason: input.reason,
        opened_by: actor.account(),
        opened_at: tx.now(),
        ended_at: None,
    };
    joint_response::Entity::insert(joint_response::ActiveModel::from(joint.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    let more = ask(tx, &edit.row, &joint, &input.tasks, &edit.via).await?;
    edit.row.state = IncidentState::JointResponse;
    edit.row.joint_at = edit.row.joint_at.or(Some(edit.tx.now()));
    edit.row.handler_id = edit.row.handler_id.or(actor.account());
    edit.row.responded_at = edit.row.responded_at.or(Some(edit.tx.now()));
    // The clocks of the agencies count now.
    edit.row.due_at = None;
    let facts = json!({ "joint": joint.id.to_string(), "reason": joint.reason });
    edit.commit_with("INCIDENT_JOINT_OPENED", facts, more).await
}

/// A task to be given to an agency.
pub(super) struct NewTask {
    pub agency: PlaceId,
    pub mandatory: bool,
    pub brief: Option<String>,
    /// Refusals before it reached this agency.
    pub refusals: i32,
    /// Whether it can be refused.
    pub binding: bool,
    pub from: Option<AgencyTaskId>,
}

/// The row of a task that is given now: the time to sign for it and to make contact runs around the clock,
/// the time to finish it in working days, unless it cannot wait.
pub(super) fn new_task(
    tx: &Tx<'_>,
    (joint, danger): (&joint_response::Model, Danger),
    new: NewTask,
    terms: &Terms,
    calendar: &Calendar,
) -> agency_task::Model {
    let now = tx.now();
    let after = |minutes: i32| now + Duration::minutes(minutes.into());
    let urgent = after(terms.urgent_finish_minutes);
    let waits = joint.reason != JointReason::Emergency && danger == Danger::None;
    let days = || {
        let end = calendar.close_of_working_day(calendar.date(now), terms.finish_days);
        // Nobody waits because the notice of a year has not been published.
        end.unwrap_or_else(|_| now + Duration::days(terms.finish_days.into()))
    };
    let mut row = agency_task::Model {
        id: AgencyTaskId(tx.new_id()),
        community_id: joint.community_id,
        incident_id: joint.incident_id,
        joint_id: joint.id,
        agency_id: new.agency,
        from_id: new.from,
        mandatory: new.mandatory,
        binding: new.binding,
        refusals: new.refusals,
        brief: new.brief,
        state: AgencyTaskState::Asked,
        asked_at: now,
        sign_due_at: after(terms.sign_minutes),
        contact_due_at: after(terms.contact_minutes),
        finish_due_at: if waits { days() } else { urgent },
        due_at: None,
        signed_at: None,
        contacted_at: None,
        ended_at: None,
        relayed: false,
        outcome: None,
        result: None,
        refused_at: None,
        refusal: None,
        proposed_id: None,
        rating: None,
        rating_reason: None,
        rated_by: None,
        rated_at: None,
        version: 1,
    };
    row.due_at = rules::task_due(&row, now);
    row
}

/// Agencies that can be asked about an incident: of its subdistrict, and in use.
pub(super) async fn check_agencies(
    tx: &Tx<'_>,
    community: PlaceId,
    ids: &[PlaceId],
    path: &str,
) -> Result<()> {
    let unknown = || Error::from(Rejected::at(Code::UnknownReference, path));
    let here = place::Entity::find_by_id(community).one(tx.conn()).await?.ok_or_else(unknown)?;
    let found = place::Entity::find()
        .filter(place::Column::Id.is_in(ids.iter().copied()))
        .filter(place::Column::Kind.eq(PlaceKind::Agency))
        .filter(place::Column::ParentId.eq(here.parent_id))
        .filter(place::Column::Active.eq(true))
        .count(tx.conn())
        .await?;
    if found == ids.len() as u64 { Ok(()) } else { Err(unknown()) }
}

/// Tells agencies that are at work that somebody is in danger: what they have to finish cannot wait any more.
pub(super) async fn hurry(
    tx: &Tx<'_>,
    row: &incident::Model,
    via: &(Action, Target),
) -> Result<Vec<Event>> {
    let tasks = tasks_of(tx, row.id).await?;
    let agencies: Vec<PlaceId> = tasks.iter().map(|task| task.agency_id).collect();
    let terms = blocks::queries::agency_terms(tx.conn(), &agencies).await?;
    let mut events = Vec::new();
    for before in tasks.iter().filter(|task| rules::is_open(task)) {
        let terms = terms.get(&before.agency_id).cloned().unwrap_or_default();
        let urgent = tx.now() + Duration::minutes(terms.urgent_finish_minutes.into());
        let mut task = before.clone();
        task.finish_due_at = task.finish_due_at.min(urgent);
        task.due_at = rules::task_due(&task, tx.now());
        task.version += 1;
        tx.update_last(before, &task);
        let urgent = event(permit(tx, via.0, &via.1)?, "AGENCY_TASK_URGENT", row);
        events.push(urgent.data(task_edit::facts(&task, json!({ "danger": row.danger }))));
    }
    Ok(events)
}

async fn ask(
    tx: &Tx<'_>,
    row: &incident::Model,
    joint: &joint_response::Model,
    tasks: &[Asked],
    via: &(Action, Target),
) -> Result<Vec<Event>> {
    let mut ids: Vec<PlaceId> = tasks.iter().map(|t| t.agency).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() != tasks.len() {
        let wanted = "each agency once";
        return Err(Rejected::at(Code::InvalidValue, "agencies").with("wanted", wanted).into());
    }
    check_agencies(tx, row.community_id, &ids, "agencies.agencyId").await?;
    let terms = blocks::queries::agency_terms(tx.conn(), &ids).await?;
    let calendar = calendar_of(tx, row.community_id).await?;
    let mut events = Vec::new();
    for task in tasks {
        let new = NewTask {
            agency: task.agency,
            mandatory: task.mandatory,
            brief: Some(task.brief.clone()),
            refusals: 0,
            binding: false,
            from: None,
        };
        let terms = terms.get(&task.agency).cloned().unwrap_or_default();
        let task = new_task(tx, (joint, row.danger), new, &terms, &calendar);
        let facts = json!({ "task": task.id.to_string(), "agency": task.agency_id.to_string() });
        tx.insert_last(agency_task::ActiveModel::from(task));
        let asked = event(permit(tx, via.0, &via.1)?, "AGENCY_TASK_ASKED", row);
        events.push(asked.data(facts));
    }
    Ok(events)
}
