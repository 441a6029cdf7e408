//! The help menu: what can be ordered.

use sea_orm::entity::prelude::*;

use crate::{enums::{HelpAudience, WishCategory}, ids::{HelpItemId, PlaceId}, json::{Localised, Skills}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "help_item")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HelpItemId,
    /// Community id.
    pub community_id: PlaceId,
    /// Category.
    pub category: WishCategory,
    /// Names.
    #[sea_orm(column_type = "JsonBinary")]
    pub names: Localised,
    /// Descriptions; may be empty.
    #[sea_orm(column_type = "JsonBinary")]
    pub descriptions: Localised,
    /// Whom it is for.
    pub audience: HelpAudience,
    /// What it takes.
    #[sea_orm(column_type = "JsonBinary")]
    pub skills: Skills,
    /// One person orders it at most so often …
    pub most_orders: i32,
    /// … in so many days.
    pub per_days: i32,
    /// Whether it can be ordered.
    pub active: bool,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
