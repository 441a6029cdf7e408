//! Weeks in which no activity is owed, declared before they begin.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, PlaceId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "exempt_week")]
pub struct Model {
    /// Community id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: PlaceId,
    /// ISO year.
    #[sea_orm(primary_key, auto_increment = false)]
    pub iso_year: i32,
    /// ISO week.
    #[sea_orm(primary_key, auto_increment = false)]
    pub iso_week: i32,
    /// Reason.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Declared by.
    pub declared_by: Option<AccountId>,
    /// Declared at.
    pub declared_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
