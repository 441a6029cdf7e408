//! Matters of the catalogue.

use sea_orm::entity::prelude::*;

use crate::{enums::{Confidentiality, MatterKind}, ids::{MatterId, PlaceId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "matter")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MatterId,
    /// Community id.
    pub community_id: PlaceId,
    /// Code.
    #[sea_orm(column_type = "Text")]
    pub code: String,
    /// Department id.
    pub department_id: PlaceId,
    /// Kind.
    pub kind: MatterKind,
    /// Confidentiality.
    pub confidentiality: Confidentiality,
    /// Whether new requests may name it.
    pub active: bool,
    /// Number of the version that new requests get.
    pub current_version: i32,
    /// Folded titles and code, for searching.
    #[sea_orm(column_type = "Text")]
    pub search_key: String,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
