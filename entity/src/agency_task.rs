//! What one agency owes in a joint response.

use sea_orm::entity::prelude::*;

use crate::{enums::{AgencyOutcome, AgencyTaskState, RatingLevel}, ids::{AccountId, AgencyTaskId, IncidentId, JointResponseId, PlaceId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agency_task")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgencyTaskId,
    /// Community id.
    pub community_id: PlaceId,
    /// The incident.
    pub incident_id: IncidentId,
    /// The joint response.
    pub joint_id: JointResponseId,
    /// The agency.
    pub agency_id: PlaceId,
    /// What it came from.
    pub from_id: Option<AgencyTaskId>,
    /// Whether the incident waits for it.
    pub mandatory: bool,
    /// Whether the general lead decided that it is theirs.
    pub binding: bool,
    /// Refusals before it reached this agency.
    pub refusals: i32,
    /// What is asked of them.
    #[sea_orm(column_type = "Text", nullable)]
    pub brief: Option<String>,
    /// State.
    pub state: AgencyTaskState,
    /// When they were asked.
    pub asked_at: DateTimeUtc,
    /// By when they are to sign for it.
    pub sign_due_at: DateTimeUtc,
    /// By when they are to make contact.
    pub contact_due_at: DateTimeUtc,
    /// By when it is to be finished.
    pub finish_due_at: DateTimeUtc,
    /// When it is late next.
    pub due_at: Option<DateTimeUtc>,
    /// When they signed for it.
    pub signed_at: Option<DateTimeUtc>,
    /// When they made contact.
    pub contacted_at: Option<DateTimeUtc>,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
    /// Whether an answer came by phone, through a lead.
    pub relayed: bool,
    /// Outcome.
    pub outcome: Option<AgencyOutcome>,
    /// What they say was done.
    #[sea_orm(column_type = "Text", nullable)]
    pub result: Option<String>,
    /// When they refused.
    pub refused_at: Option<DateTimeUtc>,
    /// Why they refused.
    #[sea_orm(column_type = "Text", nullable)]
    pub refusal: Option<String>,
    /// Whose it is, as who refused says.
    pub proposed_id: Option<PlaceId>,
    /// What the community thinks of it.
    pub rating: Option<RatingLevel>,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub rating_reason: Option<String>,
    /// Who rated.
    pub rated_by: Option<AccountId>,
    /// When.
    pub rated_at: Option<DateTimeUtc>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
