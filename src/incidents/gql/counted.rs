//! The rows behind the numbers of incidents, in the schema.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::enums::{
    AgencyOutcome, AgencyTaskState, IncidentKind, IncidentLevel, IncidentOutcome, IncidentState,
    RatingLevel,
};

use crate::{
    api::connection,
    incidents::queries::{CountedJoint, CountedRow, CountedTask},
};

/// Something that was counted: an incident, or a task or a joint response with its incident. Codes, times and
/// counts only.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct CountedIncidentRow {
    /// Opaque id of the incident.
    pub incident_id: ID,
    /// Number for people.
    pub number: String,
    /// What it is about.
    pub kind: IncidentKind,
    /// Opaque id of its block, once it is known.
    pub block_id: Option<ID>,
    /// State now.
    pub state: IncidentState,
    /// How far up it is.
    pub level: IncidentLevel,
    /// The level at which it began; of what was routed before it went up, in the block that it was routed to.
    pub first_level: IncidentLevel,
    /// What came of it.
    pub outcome: Option<IncidentOutcome>,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// First response of a human.
    pub responded_at: Option<DateTime<Utc>>,
    /// When it first went up.
    pub escalated_at: Option<DateTime<Utc>>,
    /// When agencies were first called in.
    pub joint_at: Option<DateTime<Utc>>,
    /// The result that stands.
    pub resolved_at: Option<DateTime<Utc>>,
    /// When who reported it was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it first ended.
    pub first_closed_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub closed_at: Option<DateTime<Utc>>,
    /// How often it was taken up again.
    pub reopened: i32,
    /// The task that was counted.
    pub task: Option<CountedAgencyTask>,
    /// The joint response that was counted.
    pub joint_response: Option<CountedJointResponse>,
}

/// A counted task of an agency.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct CountedAgencyTask {
    /// Opaque id of the task.
    pub task_id: ID,
    /// Opaque id of the agency.
    pub agency_id: ID,
    /// State now.
    pub state: AgencyTaskState,
    /// Whether the incident waits for it.
    pub mandatory: bool,
    /// When the agency was asked.
    pub asked_at: DateTime<Utc>,
    /// By when it was to sign.
    pub sign_due_at: DateTime<Utc>,
    /// When it signed.
    pub signed_at: Option<DateTime<Utc>>,
    /// By when it was to make contact.
    pub contact_due_at: DateTime<Utc>,
    /// When it made contact.
    pub contacted_at: Option<DateTime<Utc>>,
    /// By when it was to be finished.
    pub finish_due_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was refused.
    pub refused_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub outcome: Option<AgencyOutcome>,
    /// What the community thinks of it.
    pub rating: Option<RatingLevel>,
}

/// A counted joint response.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct CountedJointResponse {
    /// Opaque id of the joint response.
    pub joint_response_id: ID,
    /// Which one of its incident.
    pub round: i32,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl From<CountedTask> for CountedAgencyTask {
    fn from(row: CountedTask) -> Self {
        Self {
            task_id: row.id.to_string().into(),
            agency_id: row.agency_id.to_string().into(),
            state: row.state,
            mandatory: row.mandatory,
            asked_at: row.asked_at,
            sign_due_at: row.sign_due_at,
            signed_at: row.signed_at,
            contact_due_at: row.contact_due_at,
            contacted_at: row.contacted_at,
            finish_due_at: row.finish_due_at,
            ended_at: row.ended_at,
            refused_at: row.refused_at,
            outcome: row.outcome,
            rating: row.rating,
        }
    }
}

impl From<CountedJoint> for CountedJointResponse {
    fn from(row: CountedJoint) -> Self {
        Self {
            joint_response_id: row.id.to_string().into(),
            round: row.round,
            opened_at: row.opened_at,
            ended_at: row.ended_at,
        }
    }
}

impl From<CountedRow> for CountedIncidentRow {
    fn from(row: CountedRow) -> Self {
        let of = row.incident;
        Self {
            incident_id: of.id.to_string().into(),
            number: of.number,
            kind: of.kind,
            block_id: of.block_id.map(|id| id.to_string().into()),
            state: of.state,
            level: of.level,
            first_level: of.first_level,
            outcome: of.outcome,
            received_at: of.received_at,
            responded_at: of.responded_at,
            escalated_at: of.escalated_at,
            joint_at: of.joint_at,
            resolved_at: of.resolved_at,
            answered_at: of.answered_at,
            first_closed_at: of.first_closed_at,
            closed_at: of.closed_at,
            reopened: of.reopened,
            task: row.task.map(Into::into),
            joint_response: row.joint.map(Into::into),
        }
    }
}

connection!(
    CountedIncidentRowConnection,
    CountedIncidentRowEdge,
    CountedIncidentRow,
    "counted incidents, tasks or joint responses"
);
