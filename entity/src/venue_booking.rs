//! Bookings of venues: whose they are, and what became of them. What is held is a reservation.

use sea_orm::entity::prelude::*;

use crate::{enums::VenueBookingState, ids::{PersonId, PlaceId, VenueBookingId, VenueId, VenueSeriesId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "venue_booking")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VenueBookingId,
    /// Community id.
    pub community_id: PlaceId,
    /// Venue id.
    pub venue_id: VenueId,
    /// Whose it is.
    pub person_id: PersonId,
    /// The group that comes, if it has a name.
    #[sea_orm(column_type = "Text", nullable)]
    pub group_name: Option<String>,
    /// How many come.
    pub people: i32,
    /// First instant.
    pub from_at: DateTimeUtc,
    /// First instant after it.
    pub until_at: DateTimeUtc,
    /// State.
    pub state: VenueBookingState,
    /// Bookings made together, week by week.
    pub series_id: Option<VenueSeriesId>,
    /// How often it was moved or cancelled, as calendars count.
    pub sequence: i32,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub changed_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
