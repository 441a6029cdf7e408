//! Events, which are the audit trail. Ids and codes only: no text of people.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, EventId, PersonId, PlaceId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EventId,
    /// Community id.
    pub community_id: Option<PlaceId>,
    /// Kind of the object.
    #[sea_orm(column_type = "Text")]
    pub aggregate: String,
    /// Aggregate id.
    pub aggregate_id: Uuid,
    /// Position among the events of the object, from 1.
    pub seq: i32,
    /// Kind.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// `USER`, `TRACKING`, `SYSTEM` or `ANONYMOUS`.
    #[sea_orm(column_type = "Text")]
    pub actor_kind: String,
    /// Actor id.
    pub actor_id: Option<AccountId>,
    /// For whom, where it is not the actor.
    pub beneficiary_id: Option<PersonId>,
    /// At.
    pub at: DateTimeUtc,
    /// Data; `delegation` in it says that the actor was the delegate of the beneficiary.
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Json,
}

impl ActiveModelBehavior for ActiveModel {}
