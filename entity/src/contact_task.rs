//! Calls and visits that staff owe to residents who want to be told that way.

use sea_orm::entity::prelude::*;

use crate::{enums::ContactWay, ids::{AccountId, ContactTaskId, EventId, IncidentId, PlaceId, RequestId, WishId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_task")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactTaskId,
    /// Community id.
    pub community_id: PlaceId,
    /// The request that it is about, if it is about one.
    pub request_id: Option<RequestId>,
    /// The wish that it is about.
    pub wish_id: Option<WishId>,
    /// The incident whose reporters want to be told that way.
    pub incident_id: Option<IncidentId>,
    /// Event id.
    pub event_id: EventId,
    /// Way.
    pub way: ContactWay,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Done at.
    pub done_at: Option<DateTimeUtc>,
    /// Done by.
    pub done_by: Option<AccountId>,
}

impl ActiveModelBehavior for ActiveModel {}
