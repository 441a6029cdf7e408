//! Ratings (好差评).

use sea_orm::entity::prelude::*;

use crate::{enums::{ConfirmedVia, RatingLevel}, ids::{AccountId, PlaceId, RatingId, RequestId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rating")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RatingId,
    /// Community id.
    pub community_id: PlaceId,
    /// Request id.
    pub request_id: RequestId,
    /// The result that is rated.
    pub closure_no: i32,
    /// Level.
    pub level: RatingLevel,
    /// Body.
    #[sea_orm(column_type = "Text", nullable)]
    pub body: Option<String>,
    /// Whether staff may see who wrote it.
    pub show_name: bool,
    /// Rated owner id.
    pub rated_owner_id: Option<AccountId>,
    /// At.
    pub at: DateTimeUtc,
    /// Replaced by a later rating, or followed by a reopening.
    pub superseded: bool,
    /// How the resident said it.
    pub via: ConfirmedVia,
    /// When the batch in which the rated person reads it was complete; null before.
    pub batched_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
