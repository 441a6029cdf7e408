//! Who reported an incident, and who follows it.

use sea_orm::entity::prelude::*;

use crate::{ids::{AccountId, IncidentId, IncidentReportId, PersonId, PlaceId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "incident_report")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: IncidentReportId,
    /// Community id.
    pub community_id: PlaceId,
    /// The incident.
    pub incident_id: IncidentId,
    /// Who.
    pub person_id: PersonId,
    /// The member of staff who entered it.
    pub entered_by: Option<AccountId>,
    /// In their words.
    #[sea_orm(column_type = "Text", nullable)]
    pub words: Option<String>,
    /// Whether they only follow it.
    pub follows: bool,
    /// Whether the public may not know who reported it.
    pub anonymous: bool,
    /// Whether agencies may know how to reach them.
    pub may_contact: bool,
    /// The incident that they reported, where that turned out to be the same as this one.
    pub from_id: Option<IncidentId>,
    /// When.
    pub reported_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
