//! Parties that came to a session.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, ActivityId, ActivitySessionId, CheckInId, PlaceId, RegistrationId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "check_in")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CheckInId,
    /// Community id.
    pub community_id: PlaceId,
    /// Activity id.
    pub activity_id: ActivityId,
    /// Session id.
    pub session_id: ActivitySessionId,
    /// Registration id.
    pub registration_id: RegistrationId,
    /// How many of the party came.
    pub people: i32,
    /// When they came.
    pub scanned_at: DateTimeUtc,
    /// When the portal was told.
    pub received_at: DateTimeUtc,
    /// Recorded by.
    pub recorded_by: Option<AccountId>,
}

impl ActiveModelBehavior for ActiveModel {}
