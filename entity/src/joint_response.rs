//! Joint responses of several agencies to an incident.

use sea_orm::entity::prelude::*;

use crate::{enums::{JointReason}, ids::{AccountId, IncidentId, JointResponseId, PlaceId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "joint_response")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JointResponseId,
    /// Community id.
    pub community_id: PlaceId,
    /// The incident.
    pub incident_id: IncidentId,
    /// Which one of the incident.
    pub round: i32,
    /// Why.
    pub reason: JointReason,
    /// Who opened it.
    pub opened_by: Option<AccountId>,
    /// When it was opened.
    pub opened_at: DateTimeUtc,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
