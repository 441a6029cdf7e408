//! Who opened a person’s data.

use sea_orm::entity::prelude::*;

use crate::{enums::ReadPurpose, ids::{AccountId, IncidentId, PersonId, PlaceId, ReadLogId, RequestId, WishId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "read_log")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReadLogId,
    /// Subject id.
    pub subject_id: PersonId,
    /// Account id.
    pub account_id: AccountId,
    /// Community id.
    pub community_id: Option<PlaceId>,
    /// Request id.
    pub request_id: Option<RequestId>,
    /// Wish id.
    pub wish_id: Option<WishId>,
    /// Incident id.
    pub incident_id: Option<IncidentId>,
    /// The party branch for which somebody looked: who it was is not told.
    pub branch_id: Option<PlaceId>,
    /// Purpose.
    pub purpose: ReadPurpose,
    /// Reason.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// The hour of `at`: one row per actor, subject, purpose and hour.
    pub hour: DateTimeUtc,
    /// At.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
