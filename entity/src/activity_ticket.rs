//! Numbers of the queue of a session, for those who walk in. Nobody stands behind a number.

use sea_orm::entity::prelude::*;

use crate::{enums::TicketState, ids::{ActivitySessionId, PlaceId, TicketId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_ticket")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TicketId,
    /// Community id.
    pub community_id: PlaceId,
    /// Session id.
    pub session_id: ActivitySessionId,
    /// Number, from 1.
    pub number: i32,
    /// State.
    pub state: TicketState,
    /// Issued at.
    pub issued_at: DateTimeUtc,
    /// Called at.
    pub called_at: Option<DateTimeUtc>,
    /// Served at.
    pub served_at: Option<DateTimeUtc>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
