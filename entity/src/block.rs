//! What is known of a block beside its place in the tree. A block of which nothing was said has no row.

use sea_orm::entity::prelude::*;

use crate::{ids::PlaceId, json::Localised};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "block")]
pub struct Model {
    /// The block.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place_id: PlaceId,
    /// Community id.
    pub community_id: PlaceId,
    /// The station where its people sit.
    pub station_id: Option<PlaceId>,
    /// When somebody sits there.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub hours: Option<Localised>,
    /// How to find them.
    #[sea_orm(column_type = "Text", nullable)]
    pub address_note: Option<String>,
    /// Where it lies: a GeoJSON polygon or multipolygon in WGS 84, to six decimals.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub area: Option<Json>,
    /// Westernmost longitude of the area, in millionths of a degree.
    pub west: Option<i32>,
    /// Southernmost latitude.
    pub south: Option<i32>,
    /// Easternmost longitude.
    pub east: Option<i32>,
    /// Northernmost latitude.
    pub north: Option<i32>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
