//! Tasks of agencies: each signs, makes contact and finishes by its own clock, or says whose it is instead.

use linli_entity::{
    agency_task,
    enums::{AgencyOutcome, AgencyTaskState},
    ids::{AgencyTaskId, PlaceId},
    joint_response,
};
use sea_orm::{ActiveModelTrait, EntityTrait};
use serde_json::{Value as Json, json};

use super::{
    calendar_of, event,
    joint::{NewTask, check_agencies, new_task},
    parties::{self, check_unless_theirs},
    reporters::check_for_agencies,
    task_edit::{TaskEdit, facts},
    tasks_of,
};
use crate::{
    blocks,
    incidents::rules::{self, TaskStep},
    kernel::{Actor, App, Code, Committed, Error, Rejected, Result, text},
};

/// The facts of an answer of an agency.
fn answered(relayed: bool, mut data: Json) -> Json {
    if relayed {
        data["relayed"] = json!(true);
    }
    data
}

/// Signs for a task, as the agency; or records that it does so by phone.
pub async fn sign(
    app: &App,
    actor: &Actor,
    (id, expected_version): (AgencyTaskId, i32),
) -> Result<Committed<agency_task::Model>> {
    let mut edit = TaskEdit::open(app, actor, (id, Some(expected_version)), TaskStep::Sign).await?;
    let relayed = edit.relayed();
    edit.row.state = AgencyTaskState::Signed;
    edit.row.signed_at = Some(edit.tx.now());
    edit.commit("AGENCY_TASK_SIGNED", answered(relayed, json!({}))).await
}

/// Says that contact was made; who has not signed does so by it.
pub async fn contact(
    app: &App,
    actor: &Actor,
    (id, expected_version): (AgencyTaskId, i32),
) -> Result<Committed<agency_task::Model>> {
    let mut edit =
        TaskEdit::open(app, actor, (id, Some(expected_version)), TaskStep::Contact).await?;
    let (relayed, now) = (edit.relayed(), Some(edit.tx.now()));
    edit.row.state = AgencyTaskState::Contacted;
    edit.row.signed_at = edit.row.signed_at.or(now);
    edit.row.contacted_at = now;
    edit.commit("AGENCY_TASK_CONTACTED", answered(relayed, json!({}))).await
}

/// Says what came of a task; who has not signed or made contact does so by it.
pub async fn finish(
    app: &App,
    actor: &Actor,
    (id, expected_version): (AgencyTaskId, i32),
    (outcome, result): (AgencyOutcome, String),
) -> Result<Committed<agency_task::Model>> {
    text::check("result", &result, text::BODY)?;
    let mut edit =
        TaskEdit::open(app, actor, (id, Some(expected_version)), TaskStep::Finish).await?;
    let (relayed, now) = (edit.relayed(), Some(edit.tx.now()));
    check_unless_theirs(&edit, "result", &result).await?;
    edit.row.state = AgencyTaskState::Done;
    edit.row.signed_at = edit.row.signed_at.or(now);
    edit.row.contacted_at = edit.row.contacted_at.or(now);
    edit.row.ended_at = now;
    edit.row.outcome = Some(outcome);
    edit.row.result = Some(result);
    edit.commit("AGENCY_TASK_FINISHED", answered(relayed, json!({ "outcome": outcome }))).await
}

/// That a task is not an agency's.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Why.
    pub reason: String,
    /// The agency whose it is, as they say.
    pub proposed: PlaceId,
}

/// Refuses a task: it waits for a decision about whose it is.
pub async fn refuse(
    app: &App,
    actor: &Actor,
    (id, expected_version): (AgencyTaskId, i32),
    refusal: Refusal,
) -> Result<Committed<agency_task::Model>> {
    text::check("reason", &refusal.reason, text::BODY)?;
    let mut edit =
        TaskEdit::open(app, actor, (id, Some(expected_version)), TaskStep::Refuse).await?;
    if refusal.proposed == edit.row.agency_id {
        let wanted = "another agency";
        return Err(Rejected::at(Code::InvalidValue, "proposedAgencyId")
            .with("wanted", wanted)
            .into());
    }
    let community = edit.row.community_id;
    check_agencies(&edit.tx, community, &[refusal.proposed], "proposedAgencyId").await?;
    let relayed = edit.relayed();
    check_unless_theirs(&edit, "reason", &refusal.reason).await?;
    edit.row.state = AgencyTaskState::Refused;
    edit.row.refused_at = Some(edit.tx.now());
    edit.row.refusal = Some(refusal.reason);
    edit.row.proposed_id = Some(refusal.proposed);
    let arbitrated = rules::is_arbitrated(&edit.row);
    let data = json!({ "proposed": refusal.proposed.to_string(), "arbitrated": arbitrated });
    edit.commit("AGENCY_TASK_REFUSED", answered(relayed, data)).await
}

/// Whose a refused task is.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The agency.
    pub agency: PlaceId,
    /// What is asked of it, if not the same.
    pub brief: Option<String>,
}

/// Decides whose a refused task is: a new one takes its place, whose clocks start now, with what was asked or
/// something better. After the second refusal it binds.
pub async fn decide(
    app: &App,
    actor: &Actor,
    (id, expected_version): (AgencyTaskId, i32),
    Decision { agency, brief }: Decision,
) -> Result<Committed<agency_task::Model>> {
    text::check_optional("brief", brief.as_deref(), text::BODY)?;
    let TaskEdit { tx, incident, mut row, permit, .. } =
        TaskEdit::open(app, actor, (id, Some(expected_version)), TaskStep::Decide).await?;
    let joint = joint_response::Entity::find_by_id(row.joint_id).one(tx.conn()).await?;
    let joint = joint.ok_or(Error::NotFound)?;
    let has_one = |t: &agency_task::Model| {
        t.agency_id == agency && t.id != id && t.state != AgencyTaskState::CalledOff
    };
    if tasks_of(&tx, incident.id).await?.iter().any(has_one) {
        return Err(Rejected::at(Code::AgencyHasTask, "agencyId").into());
    }
    let refusals = row.refusals + 1;
    // Who reads it now is another one than who read it before.
    let brief = brief.or_else(|| row.brief.clone());
    check_for_agencies(tx.conn(), incident.id, "brief", brief.iter()).await?;
    check_for_agencies(tx.conn(), incident.id, "place", incident.place.iter()).await?;
    let new = NewTask {
        agency,
        mandatory: row.mandatory,
        brief,
        refusals,
        binding: rules::is_arbitrated(&row),
        from: Some(id),
    };
    check_agencies(&tx, incident.community_id, &[agency], "agencyId").await?;
    let terms = blocks::queries::agency_terms(tx.conn(), &[agency]).await?;
    let terms = terms.get(&agency).cloned().unwrap_or_default();
    let calendar = calendar_of(&tx, incident.community_id).await?;
    let next = new_task(&tx, (&joint, incident.danger), new, &terms, &calendar);
    let data =
        json!({ "next": next.id.to_string(), "to": agency.to_string(), "binding": next.binding });
    let event = event(permit, "AGENCY_TASK_DECIDED", &incident).data(facts(&row, data));
    row.state = AgencyTaskState::Moved;
    row.ended_at = Some(tx.now());
    row.due_at = None;
    row.version += 1;
    // At once: it makes room for the next, which may be of the same agency.
    agency_task::Entity::update(agency_task::ActiveModel::from(row).reset_all())
        .exec(tx.conn())
        .await?;
    tx.insert_last(agency_task::ActiveModel::from(next.clone()));
    tx.commit(vec![event], next).await
}

/// Calls a task off; why is a note for its parties.
pub async fn call_off(
    app: &App,
    actor: &Actor,
    (id, expected_version): (AgencyTaskId, i32),
    reason: String,
) -> Result<Committed<agency_task::Model>> {
    text::check("reason", &reason, text::LINE)?;
    let mut edit =
        TaskEdit::open(app, actor, (id, Some(expected_version)), TaskStep::CallOff).await?;
    check_unless_theirs(&edit, "reason", &reason).await?;
    edit.row.state = AgencyTaskState::CalledOff;
    edit.row.ended_at = Some(edit.tx.now());
    parties::write_note(&edit.tx, id, reason)?;
    edit.commit("AGENCY_TASK_CALLED_OFF", json!({})).await
}
