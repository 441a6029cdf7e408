//! The theme of a month.

use sea_orm::entity::prelude::*;

use crate::{ids::{PlaceId, ThemeId}, json::Localised};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "theme")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ThemeId,
    /// Community id.
    pub community_id: PlaceId,
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: i32,
    /// Title.
    #[sea_orm(column_type = "JsonBinary")]
    pub titles: Localised,
    /// Description; may be empty.
    #[sea_orm(column_type = "JsonBinary")]
    pub descriptions: Localised,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
