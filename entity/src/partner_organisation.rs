//! Organisations that take part in activities (共建单位).

use sea_orm::entity::prelude::*;

use crate::{ids::{PartnerId, PlaceId}, json::Localised};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "partner_organisation")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartnerId,
    /// Community id.
    pub community_id: PlaceId,
    /// Names.
    #[sea_orm(column_type = "JsonBinary")]
    pub names: Localised,
    /// Whether it is in use.
    pub active: bool,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
