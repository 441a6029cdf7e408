//! Codes sent to phones.

use sea_orm::entity::prelude::*;

use crate::{enums::VerificationPurpose, ids::VerificationId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "verification")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VerificationId,
    /// Phone.
    #[sea_orm(column_type = "Text")]
    pub phone: String,
    /// Purpose.
    pub purpose: VerificationPurpose,
    /// For `FOLLOW`: the id of what may be acted on.
    pub subject: Option<Uuid>,
    /// Language of the message, where the person is not known.
    #[sea_orm(column_type = "Text")]
    pub language: String,
    /// The code, encrypted under the master key; the outbox opens it to send it.
    pub sealed_code: Vec<u8>,
    /// Expires at.
    pub expires_at: DateTimeUtc,
    /// Wrong codes so far.
    pub attempts: i32,
    /// Used at.
    pub used_at: Option<DateTimeUtc>,
    /// False where nothing may be sent (the answer to the client is the same).
    pub deliver: bool,
    /// Created at.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
