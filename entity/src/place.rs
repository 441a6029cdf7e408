//! The place tree.

use sea_orm::entity::prelude::*;

use crate::{enums::PlaceKind, ids::PlaceId, json::Localised};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "place")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlaceId,
    /// Kind.
    pub kind: PlaceKind,
    /// Unique among siblings; unique in the system for communities and subdistricts.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// Parent id.
    pub parent_id: Option<PlaceId>,
    /// Depth of the parent; with it the database refuses cycles.
    pub parent_depth: Option<i32>,
    /// Depth.
    pub depth: i32,
    /// The community that it belongs to; itself for a community.
    pub community_id: Option<PlaceId>,
    /// Names.
    #[sea_orm(column_type = "JsonBinary")]
    pub names: Localised,
    /// Address.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// For a community: whether the duty roster takes requests from the pool.
    pub auto_assign: bool,
    /// Active.
    pub active: bool,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
