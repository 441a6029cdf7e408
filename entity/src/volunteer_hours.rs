//! What volunteers did, and when: never changed, only corrected by another row.

use sea_orm::entity::prelude::*;

use crate::{enums::{HoursSource, HoursState}, ids::{AccountId, ClaimId, HoursId, PersonId, PlaceId, ShiftId, TeamId, VolunteerId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "volunteer_hours")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: HoursId,
    /// Community id.
    pub community_id: PlaceId,
    /// As which volunteer.
    pub volunteer_id: VolunteerId,
    /// Whose time it was.
    pub person_id: PersonId,
    /// How it came about.
    pub source: HoursSource,
    /// State.
    pub state: HoursState,
    /// First instant; none for a correction that takes time back.
    pub from_at: Option<DateTimeUtc>,
    /// First instant after it; none while checked in, and if nobody checked out.
    pub until_at: Option<DateTimeUtc>,
    /// With which team.
    pub team_id: Option<TeamId>,
    /// For what was taken over.
    pub claim_id: Option<ClaimId>,
    /// In which shift.
    pub shift_id: Option<ShiftId>,
    /// The record that it stands for.
    pub corrects_id: Option<HoursId>,
    /// Why it was corrected or refused.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// Recorded at.
    pub recorded_at: DateTimeUtc,
    /// Recorded by.
    pub recorded_by: Option<AccountId>,
    /// Decided at.
    pub decided_at: Option<DateTimeUtc>,
    /// Decided by.
    pub decided_by: Option<AccountId>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
