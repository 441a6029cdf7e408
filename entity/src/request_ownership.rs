//! The ownership ledger: one open row per request at most.

use sea_orm::entity::prelude::*;

use crate::{enums::OwnershipKind, ids::{AccountId, PlaceId, RequestId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "request_ownership")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Community id.
    pub community_id: PlaceId,
    /// Request id.
    pub request_id: RequestId,
    /// Owner id.
    pub owner_id: AccountId,
    /// How.
    pub how: OwnershipKind,
    /// From at.
    pub from_at: DateTimeUtc,
    /// Until at.
    pub until_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
