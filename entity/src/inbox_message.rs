//! Messages in the portal’s inbox. The text is rendered when read.

use sea_orm::entity::prelude::*;

use crate::ids::{
    ActivityId, AgencyTaskId, DelegationId, EventId, IncidentId, MessageId, PersonId, RequestId, VenueBookingId, WishId,
};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "inbox_message")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// Person id.
    pub person_id: PersonId,
    /// Event id.
    pub event_id: EventId,
    /// Kind.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// Request id.
    pub request_id: Option<RequestId>,
    /// Activity id.
    pub activity_id: Option<ActivityId>,
    /// Venue booking id.
    pub venue_booking_id: Option<VenueBookingId>,
    /// Wish id.
    pub wish_id: Option<WishId>,
    /// Delegation id.
    pub delegation_id: Option<DelegationId>,
    /// The incident, if it is about one.
    pub incident_id: Option<IncidentId>,
    /// The task of an agency, if it is about one.
    pub agency_task_id: Option<AgencyTaskId>,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Read at.
    pub read_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
