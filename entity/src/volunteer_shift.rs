//! Shifts that volunteers sign up for.

use sea_orm::entity::prelude::*;

use crate::{enums::ShiftState, ids::{PlaceId, ShiftId, ShiftSeriesId, TeamId}, json::Localised};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "volunteer_shift")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ShiftId,
    /// Community id.
    pub community_id: PlaceId,
    /// Whose shift it is, if a team’s.
    pub team_id: Option<TeamId>,
    /// Shifts planned together.
    pub series_id: ShiftSeriesId,
    /// What is done.
    #[sea_orm(column_type = "JsonBinary")]
    pub titles: Localised,
    /// Where.
    #[sea_orm(column_type = "Text")]
    pub place: String,
    /// First instant.
    pub from_at: DateTimeUtc,
    /// First instant after it.
    pub until_at: DateTimeUtc,
    /// How many are needed.
    pub needed: i32,
    /// How many are signed up.
    pub taken: i32,
    /// State.
    pub state: ShiftState,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
