//! Sessions of accounts.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, SessionId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Account id.
    pub account_id: AccountId,
    /// What the client calls itself.
    #[sea_orm(column_type = "Text", nullable)]
    pub device: Option<String>,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// When its refresh token was last used.
    pub last_used_at: DateTimeUtc,
    /// Expires at.
    pub expires_at: DateTimeUtc,
    /// Revoked at.
    pub revoked_at: Option<DateTimeUtc>,
    /// A code such as `SIGNED_OUT` or `TOKEN_REUSED`.
    #[sea_orm(column_type = "Text", nullable)]
    pub revoke_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
