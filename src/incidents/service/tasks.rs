//! Tasks of agencies: each signs, makes contact and finishes by its own clock, or says whose it is instead.

use chrono::Duration;
use linli_entity::{
    agency_task,
    enums::{AgencyOutcome, AgencyTaskState, JointReason, PlaceKind},
    ids::{AgencyTaskId, PlaceId},
    incident, joint_response, place,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value as Json, json};

use super::{
    event, parties,
    task_edit::{TaskEdit, facts},
    tasks_of,
};
use crate::{
    calendar::time::Calendar,
    communities,
    incidents::rules::{self, TaskStep},
    kernel::{Actor, App, Code, Committed, Rejected, Result, Tx, text},
};

/// How long an agency has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// Minutes to sign for a task, around the clock.
    pub sign_minutes: i32,
    /// Minutes to make contact, around the clock.
    pub contact_minutes: i32,
    /// Working days to finish it.
    pub finish_days: i32,
    /// Minutes to finish it when it cannot wait, around the clock.
    pub urgent_finish_minutes: i32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            sign_minutes: 60,
            contact_minutes: 24 * 60,
            finish_days: 3,
            urgent_finish_minutes: 24 * 60,
        }
    }
}

/// The limits of an agency: the standard ones, as long as none are agreed. (Where agreed ones are stored,
/// this is the one place that reads them.)
pub(super) fn terms(_tx: &Tx<'_>, _agency: PlaceId) -> impl Future<Output = Result<Terms>> + Send {
    std::future::ready(Ok(Terms::default()))
}

/// A task to be given to an agency.
#[derive(Clone, Debug)]
pub(super) struct New {
    /// The agency.
    pub agency: PlaceId,
    /// Whether the incident waits for it.
    pub mandatory: bool,
    /// What is asked of them.
    pub brief: Option<String>,
    /// Refusals before.
    pub refusals: i32,
    /// Whether it cannot be refused.
    pub binding: bool,
    /// The task that it takes the place of.
    pub from: Option<AgencyTaskId>,
}

/// A task whose clocks start now, for an agency of the subdistrict. The caller holds the incident and writes
/// the row.
pub(super) async fn new_task(
    tx: &Tx<'_>,
    incident: &incident::Model,
    joint: &joint_response::Model,
    new: New,
    terms: &Terms,
    calendar: &Calendar,
) -> Result<agency_task::Model> {
    check_agency(tx, incident.community_id, new.agency, "agencyId").await?;
    let now = tx.now();
    let after = |minutes: i32| now + Duration::minutes(minutes.into());
    let finish = if joint.reason == JointReason::Emergency {
        after(terms.urgent_finish_minutes)
    } else {
        // Nobody waits because the notice of a year has not been published.
        let close = calendar.close_of_working_day(calendar.date(now), terms.finish_days);
        close.unwrap_or(now + Duration::days(terms.finish_days.into()))
    };
    let mut row = agency_task::Model {
        id: AgencyTaskId(tx.new_id()),
        community_id: incident.community_id,
        incident_id: incident.id,
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
        finish_due_at: finish,
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
    Ok(row)
}

/// Refuses an agency that is none, is not in use, or is of another subdistrict.
async fn check_agency(tx: &Tx<'_>, community: PlaceId, id: PlaceId, path: &str) -> Result<()> {
    let community = communities::queries::place(tx.app(), tx.conn(), community).await?;
    let found = place::Entity::find_by_id(id)
        .filter(place::Column::Kind.eq(PlaceKind::Agency))
        .filter(place::Column::Active.eq(true))
        .filter(place::Column::ParentId.eq(community.parent_id))
        .one(tx.conn())
        .await?;
    if found.is_some() { Ok(()) } else { Err(Rejected::at(Code::UnknownReference, path).into()) }
}

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
    check_agency(&edit.tx, community, refusal.proposed, "proposedAgencyId").await?;
    let relayed = edit.relayed();
    edit.row.state = AgencyTaskState::Refused;
    edit.row.refused_at = Some(edit.tx.now());
    edit.row.refusal = Some(refusal.reason);
    edit.row.proposed_id = Some(refusal.proposed);
    let data = json!({ "proposed": refusal.proposed.to_string() });
    edit.commit("AGENCY_TASK_REFUSED", answered(relayed, data)).await
}

/// Decides whose a refused task is: a new one takes its place, whose clocks start now. After the second
/// refusal it binds.
pub async fn decide(
    app: &App,
    actor: &Actor,
    (id, expected_version): (AgencyTaskId, i32),
    agency: PlaceId,
) -> Result<Committed<agency_task::Model>> {
    let TaskEdit { tx, incident, mut row, permit, .. } =
        TaskEdit::open(app, actor, (id, Some(expected_version)), TaskStep::Decide).await?;
    let joint = joint_response::Entity::find_by_id(row.joint_id)
        .filter(joint_response::Column::EndedAt.is_null())
        .one(tx.conn())
        .await?;
    // Of an earlier joint response nothing is decided any more.
    let over = || Rejected::new(Code::IllegalTransition).with("state", row.state.code());
    let joint = joint.ok_or_else(over)?;
    let has_one = |t: &agency_task::Model| {
        t.agency_id == agency && t.id != id && t.state != AgencyTaskState::CalledOff
    };
    if tasks_of(&tx, incident.id).await?.iter().any(has_one) {
        return Err(Rejected::at(Code::AgencyHasTask, "agencyId").into());
    }
    let refusals = row.refusals + 1;
    let new = New {
        agency,
        mandatory: row.mandatory,
        brief: row.brief.clone(),
        refusals,
        binding: refusals >= rules::ARBITRATED,
        from: Some(id),
    };
    let terms = terms(&tx, agency).await?;
    let calendar = super::calendar_of(&tx, incident.community_id).await?;
    let next = new_task(&tx, &incident, &joint, new, &terms, &calendar).await?;
    let data =
        json!({ "next": next.id.to_string(), "to": agency.to_string(), "binding": next.binding });
    let event = event(permit, "AGENCY_TASK_DECIDED", &incident).data(facts(&row, data));
    row.state = AgencyTaskState::Moved;
    row.ended_at = Some(tx.now());
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
    edit.row.state = AgencyTaskState::CalledOff;
    edit.row.ended_at = Some(edit.tx.now());
    parties::write_note(&edit.tx, id, reason)?;
    edit.commit("AGENCY_TASK_CALLED_OFF", json!({})).await
}
