//! Refresh tokens: rotating, opaque, stored hashed.

use sea_orm::entity::prelude::*;

use crate::ids::SessionId;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// Session id.
    pub session_id: SessionId,
    /// Issued at.
    pub issued_at: DateTimeUtc,
    /// Expires at.
    pub expires_at: DateTimeUtc,
    /// Once used, a second use revokes the session.
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
