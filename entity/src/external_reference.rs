//! Numbers of other systems, with their deadlines.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, PlaceId, RequestId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "external_reference")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Community id.
    pub community_id: PlaceId,
    /// Request id.
    pub request_id: RequestId,
    /// Which system.
    #[sea_orm(column_type = "Text")]
    pub system: String,
    /// Its number there.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// The deadline there.
    pub due_at: Option<DateTimeUtc>,
    /// Added by.
    pub added_by: AccountId,
    /// Added at.
    pub added_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
