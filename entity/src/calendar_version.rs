//! Versions of working calendars.

use sea_orm::entity::prelude::*;

use crate::{enums::CalendarKind, ids::{AccountId, CalendarVersionId, PlaceId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_version")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CalendarVersionId,
    /// Community id.
    pub community_id: PlaceId,
    /// Kind.
    pub kind: CalendarKind,
    /// Version.
    pub version: i32,
    /// First day that it governs.
    pub effective_from: Date,
    /// See `calendar::rules` of the main package.
    #[sea_orm(column_type = "JsonBinary")]
    pub rules: Json,
    /// Why a past day was corrected.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// Published by.
    pub published_by: Option<AccountId>,
    /// Published at.
    pub published_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
