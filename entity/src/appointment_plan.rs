//! What a service station offers by appointment: one plan for each kind.

use sea_orm::entity::prelude::*;

use crate::{enums::AppointmentKind, ids::{AppointmentPlanId, PlaceId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment_plan")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppointmentPlanId,
    /// Community id.
    pub community_id: PlaceId,
    /// The service station.
    pub station_id: PlaceId,
    /// Kind.
    pub kind: AppointmentKind,
    /// Length of a slot.
    pub slot_minutes: i32,
    /// Windows of the station; null for visits at home, which need none.
    pub windows: Option<i32>,
    /// The way to a visit, and the same again back.
    pub buffer_minutes: i32,
    /// A slot can be booked until so long before it begins.
    pub lead_minutes: i32,
    /// Days ahead that can be booked.
    pub horizon_days: i32,
    /// Whether it is offered.
    pub active: bool,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
