//! Role grants: (account, role, scope).

use sea_orm::entity::prelude::*;

use crate::{enums::Role, ids::{AccountId, PlaceId, RoleGrantId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "role_grant")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoleGrantId,
    /// Account id.
    pub account_id: AccountId,
    /// Role.
    pub role: Role,
    /// The place; null for the whole system.
    pub scope_id: Option<PlaceId>,
    /// Granted by.
    pub granted_by: Option<AccountId>,
    /// Granted at.
    pub granted_at: DateTimeUtc,
    /// Valid until.
    pub valid_until: Option<DateTimeUtc>,
    /// Revoked at.
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
