//! Attempts to reach a resident.

use sea_orm::entity::prelude::*;

use crate::{enums::ContactWay, ids::{AccountId, PlaceId, RequestId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_attempt")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Community id.
    pub community_id: PlaceId,
    /// Request id.
    pub request_id: RequestId,
    /// Account id.
    pub account_id: AccountId,
    /// Way.
    pub way: ContactWay,
    /// Reached.
    pub reached: bool,
    /// Local day.
    pub day: Date,
    /// At.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
