//! Venues: rooms of a station that can be used and booked.

use sea_orm::entity::prelude::*;

use crate::{enums::{VenueAudience, VenueKind}, ids::{PlaceId, VenueId}, json::{Equipment, Localised}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "venue")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VenueId,
    /// Community id.
    pub community_id: PlaceId,
    /// The station that it is in.
    pub station_id: PlaceId,
    /// Kind.
    pub kind: VenueKind,
    /// Names.
    #[sea_orm(column_type = "JsonBinary")]
    pub names: Localised,
    /// Equipment.
    #[sea_orm(column_type = "JsonBinary")]
    pub equipment: Equipment,
    /// Who it is meant for.
    pub audience: VenueAudience,
    /// How many people it holds.
    pub capacity: i32,
    /// Weekly hours of its own, Monday first; none: those of the community's opening calendar.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub week: Option<Json>,
    /// A resident books at least so long before it begins.
    pub lead_minutes: i32,
    /// Nobody books further ahead.
    pub horizon_days: i32,
    /// Longest booking.
    pub longest_minutes: i32,
    /// Whether it can be booked; else it is for open use.
    pub bookable: bool,
    /// Bookings to come that a resident may hold.
    pub most_held: i32,
    /// Since when it is closed for good.
    pub closed_at: Option<DateTimeUtc>,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
