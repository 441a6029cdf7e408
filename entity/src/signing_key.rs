//! Keys that sign access tokens.

use sea_orm::entity::prelude::*;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// RFC 7638 thumbprint of the public key.
    #[sea_orm(primary_key, auto_increment = false)]
    #[sea_orm(column_type = "Text")]
    pub kid: String,
    /// Public jwk.
    #[sea_orm(column_type = "JsonBinary")]
    pub public_jwk: Json,
    /// PKCS#8, encrypted under the master key.
    pub sealed_private: Vec<u8>,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Published before it signs, so that every verifier knows it.
    pub signs_from: DateTimeUtc,
    /// From here on it neither signs nor verifies.
    pub retired_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
