//! Extensions of deadlines.

use sea_orm::entity::prelude::*;

use crate::{enums::ExtensionState, ids::{AccountId, ExtensionId, PlaceId, RequestId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "extension")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExtensionId,
    /// Community id.
    pub community_id: PlaceId,
    /// Request id.
    pub request_id: RequestId,
    /// Working days.
    pub working_days: i32,
    /// Requested by.
    pub requested_by: AccountId,
    /// Requested at.
    pub requested_at: DateTimeUtc,
    /// State.
    pub state: ExtensionState,
    /// Decided by.
    pub decided_by: Option<AccountId>,
    /// Decided at.
    pub decided_at: Option<DateTimeUtc>,
    /// Reason.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
