//! What those who were registered thought of an activity.

use sea_orm::entity::prelude::*;

use crate::ids::{ActivityId, FeedbackId, PlaceId, RegistrationId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_feedback")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FeedbackId,
    /// Community id.
    pub community_id: PlaceId,
    /// Activity id.
    pub activity_id: ActivityId,
    /// Registration id: read only to have one of each.
    pub registration_id: RegistrationId,
    /// 1 to 5.
    pub score: i32,
    /// Body.
    #[sea_orm(column_type = "Text", nullable)]
    pub body: Option<String>,
    /// At.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
