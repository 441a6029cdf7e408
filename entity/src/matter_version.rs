//! Immutable versions of matters.

use sea_orm::entity::prelude::*;

use crate::{enums::{DecidedBy, LimitUnit}, ids::{AccountId, MatterId, MatterVersionId, PlaceId}, json::{Channels, Localised, Materials, Modes, Questions}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "matter_version")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MatterVersionId,
    /// Community id.
    pub community_id: PlaceId,
    /// Matter id.
    pub matter_id: MatterId,
    /// Number.
    pub number: i32,
    /// Titles.
    #[sea_orm(column_type = "JsonBinary")]
    pub titles: Localised,
    /// Descriptions.
    #[sea_orm(column_type = "JsonBinary")]
    pub descriptions: Localised,
    /// Channels.
    #[sea_orm(column_type = "JsonBinary")]
    pub channels: Channels,
    /// Service modes.
    #[sea_orm(column_type = "JsonBinary")]
    pub service_modes: Modes,
    /// Decided by.
    pub decided_by: DecidedBy,
    /// Promised limit in working days.
    pub promised_days: Option<i32>,
    /// Legal limit, in `legal_unit`.
    pub legal_days: Option<i32>,
    /// Legal unit.
    pub legal_unit: LimitUnit,
    /// Limit of the first human response, in working minutes.
    pub response_minutes: i32,
    /// How often the resident must come.
    pub visits_promised: i32,
    /// Materials.
    #[sea_orm(column_type = "JsonBinary")]
    pub materials: Materials,
    /// Questions.
    #[sea_orm(column_type = "JsonBinary")]
    pub questions: Questions,
    /// Published by.
    pub published_by: Option<AccountId>,
    /// Published at.
    pub published_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
