//! What is still to be told: one row per event.

use sea_orm::entity::prelude::*;

use crate::{enums::WorkState, ids::EventId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Event id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: EventId,
    /// Aggregate id.
    pub aggregate_id: Uuid,
    /// Seq.
    pub seq: i32,
    /// Kind.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// State.
    pub state: WorkState,
    /// Available at.
    pub available_at: DateTimeUtc,
    /// Lease until.
    pub lease_until: Option<DateTimeUtc>,
    /// Grows with every claim; a worker whose fence is old has lost its lease.
    pub fence: i32,
    /// Attempts.
    pub attempts: i32,
    /// Last error.
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
