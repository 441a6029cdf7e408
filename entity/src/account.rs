//! Accounts: who can sign in.

use sea_orm::entity::prelude::*;

use crate::{enums::AccountState, ids::{AccountId, PersonId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    /// The person behind the account.
    pub person_id: PersonId,
    /// The phone number to sign in with, `+8613…`.
    #[sea_orm(column_type = "Text")]
    pub phone: String,
    /// PHC string of argon2id.
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    /// State.
    pub state: AccountState,
    /// The name that residents see when this account acts as staff.
    #[sea_orm(column_type = "Text", nullable)]
    pub staff_name: Option<String>,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Password changed at.
    pub password_changed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
