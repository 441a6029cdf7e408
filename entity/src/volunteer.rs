//! Volunteers of a community.

use sea_orm::entity::prelude::*;

use crate::{enums::{VolunteerRefusal, VolunteerState}, ids::{PersonId, PlaceId, VolunteerId}, json::{Availability, Skills}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "volunteer")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VolunteerId,
    /// Community id.
    pub community_id: PlaceId,
    /// Who; a person with an account.
    pub person_id: PersonId,
    /// State.
    pub state: VolunteerState,
    /// Why the community refused, where it says so.
    pub refused_because: Option<VolunteerRefusal>,
    /// What they can do.
    #[sea_orm(column_type = "JsonBinary")]
    pub skills: Skills,
    /// When they have time; empty: they did not say.
    #[sea_orm(column_type = "JsonBinary")]
    pub availability: Availability,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// When the community accepted them; of somebody who has left, none if it never did.
    pub accepted_at: Option<DateTimeUtc>,
    /// Last change; of somebody who has left, when they did.
    pub changed_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
