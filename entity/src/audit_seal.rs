//! Seals of the audit trail: each holds the hash of a batch of events and of the seal before it.

use sea_orm::entity::prelude::*;

use crate::ids::EventId;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_seal")]
pub struct Model {
    /// The community; all zeros for what belongs to none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain: Uuid,
    /// Position in the chain, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// Instant of the first event.
    pub first_at: DateTimeUtc,
    /// Id of the first event.
    pub first_id: EventId,
    /// Instant of the last event.
    pub last_at: DateTimeUtc,
    /// Id of the last event.
    pub last_id: EventId,
    /// How many events.
    pub events: i32,
    /// The hash of the seal before; empty for the first.
    pub previous: Vec<u8>,
    /// SHA-256 over chain, number, previous hash and the events.
    pub hash: Vec<u8>,
    /// When it was sealed.
    pub sealed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
