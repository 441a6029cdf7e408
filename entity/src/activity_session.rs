//! The sessions of an activity.

use sea_orm::entity::prelude::*;

use crate::ids::{ActivityId, ActivitySessionId, PlaceId, VenueId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_session")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ActivitySessionId,
    /// Community id.
    pub community_id: PlaceId,
    /// Activity id.
    pub activity_id: ActivityId,
    /// First instant.
    pub from_at: DateTimeUtc,
    /// First instant after it.
    pub until_at: DateTimeUtc,
    /// Where, in words.
    #[sea_orm(column_type = "Text", nullable)]
    pub place: Option<String>,
    /// The room that it holds.
    pub venue_id: Option<VenueId>,
    /// People who came without a registration.
    pub walk_ins: i32,
    /// The next number of the queue.
    pub next_ticket: i32,
}

impl ActiveModelBehavior for ActiveModel {}
