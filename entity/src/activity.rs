//! Activities.

use sea_orm::entity::prelude::*;

use crate::{enums::{ActivityKind, ActivityState}, ids::{ActivityId, PlaceId, ThemeId}, json::Localised};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activity")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ActivityId,
    /// Community id.
    pub community_id: PlaceId,
    /// Kind.
    pub kind: ActivityKind,
    /// Theme id.
    pub theme_id: Option<ThemeId>,
    /// Title.
    #[sea_orm(column_type = "JsonBinary")]
    pub titles: Localised,
    /// Description; may be empty.
    #[sea_orm(column_type = "JsonBinary")]
    pub descriptions: Localised,
    /// State.
    pub state: ActivityState,
    /// Youngest, in years.
    pub min_age: Option<i32>,
    /// Oldest, in years.
    pub max_age: Option<i32>,
    /// How long the next in line has to accept seats that became free; null if they have them at once.
    pub offer_minutes: Option<i32>,
    /// When registration opens.
    pub registration_opens_at: DateTimeUtc,
    /// First instant at which it is closed.
    pub registration_closes_at: DateTimeUtc,
    /// Begin of the first session.
    pub starts_at: DateTimeUtc,
    /// End of the last session.
    pub ends_at: DateTimeUtc,
    /// When it was published.
    pub published_at: Option<DateTimeUtc>,
    /// Why it was cancelled.
    #[sea_orm(column_type = "Text", nullable)]
    pub cancel_reason: Option<String>,
    /// How many came, as counted by staff; null if check-ins tell.
    pub attendance: Option<i32>,
    /// The short report of one that was held.
    #[sea_orm(column_type = "Text", nullable)]
    pub report: Option<String>,
    /// When it was reported as held.
    pub held_at: Option<DateTimeUtc>,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Grows with every change that those registered are told of.
    pub sequence: i32,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
