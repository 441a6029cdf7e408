//! What is agreed with an agency about its tasks in joint responses. An agency without a row has the
//! defaults.

use sea_orm::entity::prelude::*;

use crate::{ids::PlaceId, json::Localised};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agency_terms")]
pub struct Model {
    /// The agency.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place_id: PlaceId,
    /// What it is called in for.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub duties: Option<Localised>,
    /// Minutes in which a task is signed for, day and night.
    pub sign_minutes: i32,
    /// Minutes in which the parties are contacted, day and night.
    pub contact_minutes: i32,
    /// Working days in which it is done.
    pub finish_days: i32,
    /// Minutes in which an emergency is done, day and night.
    pub urgent_finish_minutes: i32,
    /// Changed at.
    pub changed_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
