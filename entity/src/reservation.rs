//! A lane of a resource that is held for a span; no two overlap.

use sea_orm::entity::prelude::*;

use crate::{enums::ReservationPurpose, ids::{PlaceId, ReservationId, ResourceId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reservation")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReservationId,
    /// Community id.
    pub community_id: PlaceId,
    /// Resource id.
    pub resource_id: ResourceId,
    /// Which of the resource's lanes, from 1.
    pub lane: i32,
    /// First instant.
    pub from_at: DateTimeUtc,
    /// First instant after it.
    pub until_at: DateTimeUtc,
    /// What for.
    pub purpose: ReservationPurpose,
    /// The appointment, booking or session that it is for.
    pub subject_id: Uuid,
    /// Given back.
    pub released_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
