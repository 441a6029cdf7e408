//! Corrective actions (整改) after a bad rating.

use sea_orm::entity::prelude::*;

use crate::{enums::{Confidentiality, CorrectiveState}, ids::{AccountId, CorrectiveActionId, PlaceId, RatingId, RequestId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "corrective_action")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CorrectiveActionId,
    /// Community id.
    pub community_id: PlaceId,
    /// Request id.
    pub request_id: RequestId,
    /// Rating id.
    pub rating_id: RatingId,
    /// Of the request.
    pub confidentiality: Confidentiality,
    /// May not handle it.
    pub rated_owner_id: Option<AccountId>,
    /// Handler id.
    pub handler_id: Option<AccountId>,
    /// State.
    pub state: CorrectiveState,
    /// Due at.
    pub due_at: DateTimeUtc,
    /// Called back.
    pub called_back: bool,
    /// Measure.
    #[sea_orm(column_type = "Text", nullable)]
    pub measure: Option<String>,
    /// Done at.
    pub done_at: Option<DateTimeUtc>,
    /// Opened at.
    pub opened_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
