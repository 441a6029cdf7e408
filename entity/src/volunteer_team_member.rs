//! Who belongs, or belonged, to a team.

use sea_orm::entity::prelude::*;

use crate::ids::{PlaceId, TeamId, TeamMemberId, VolunteerId};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "volunteer_team_member")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TeamMemberId,
    /// Community id.
    pub community_id: PlaceId,
    /// The team.
    pub team_id: TeamId,
    /// The volunteer.
    pub volunteer_id: VolunteerId,
    /// Since when.
    pub since_at: DateTimeUtc,
    /// Until when; none while they belong to it.
    pub until_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
