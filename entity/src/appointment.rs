//! Appointments for service requests. Whose they are stands on the request.

use sea_orm::entity::prelude::*;

use crate::{enums::{AppointmentKind, AppointmentState}, ids::{AccountId, AppointmentId, PlaceId, RequestId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppointmentId,
    /// Community id.
    pub community_id: PlaceId,
    /// The service station.
    pub station_id: PlaceId,
    /// The request that it is for.
    pub request_id: RequestId,
    /// Kind.
    pub kind: AppointmentKind,
    /// Who receives or visits the resident.
    pub staff_id: AccountId,
    /// Begin.
    pub from_at: DateTimeUtc,
    /// End.
    pub until_at: DateTimeUtc,
    /// State.
    pub state: AppointmentState,
    /// Whether its time went by and another one was booked before anybody said what came of it.
    pub passed: bool,
    /// When the reminder is due; null once it is given, or where there is none.
    pub remind_at: Option<DateTimeUtc>,
    /// When it was booked.
    pub booked_at: DateTimeUtc,
    /// When the resident arrived, or the visitor at their home.
    pub arrived_at: Option<DateTimeUtc>,
    /// Minutes after the begin at which that was.
    pub late_minutes: Option<i32>,
    /// When it was done, missed or cancelled.
    pub ended_at: Option<DateTimeUtc>,
    /// Grows when it is moved or cancelled: what calendars go by.
    pub sequence: i32,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
