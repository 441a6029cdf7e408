//! Persons: a person exists without an account.

use sea_orm::entity::prelude::*;

use crate::{enums::ContactPreference, ids::PersonId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonId,
    /// As given; null after erasure.
    #[sea_orm(column_type = "Text", nullable)]
    pub name: Option<String>,
    /// Normalised, `+8613…`.
    #[sea_orm(column_type = "Text", nullable)]
    pub phone: Option<String>,
    /// Whether a code sent to the phone came back.
    pub phone_verified: bool,
    /// Contact preference.
    pub contact_preference: ContactPreference,
    /// Language tag of what is sent to the person.
    #[sea_orm(column_type = "Text")]
    pub language: String,
    /// Set when the person registered and claimed this record.
    pub merged_into: Option<PersonId>,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
