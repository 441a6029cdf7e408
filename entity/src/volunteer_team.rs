//! Teams of volunteers.

use sea_orm::entity::prelude::*;

use crate::{ids::{PlaceId, TeamId, VolunteerId}, json::Localised};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "volunteer_team")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TeamId,
    /// Community id.
    pub community_id: PlaceId,
    /// Names.
    #[sea_orm(column_type = "JsonBinary")]
    pub names: Localised,
    /// Who speaks for it.
    pub leader_id: Option<VolunteerId>,
    /// Whether it takes anything over.
    pub active: bool,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
