//! Claims: who has taken over how much of a wish, and what came of it.

use sea_orm::entity::prelude::*;

use crate::{
    enums::ClaimState,
    ids::{AccountId, ClaimId, OfferId, PersonId, PlaceId, TeamId, WishId},
};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "wish_claim")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClaimId,
    /// Community id.
    pub community_id: PlaceId,
    /// The wish.
    pub wish_id: WishId,
    /// Who has it, and answers for it.
    pub account_id: AccountId,
    /// The person behind.
    pub person_id: PersonId,
    /// The team for which they have it.
    pub team_id: Option<TeamId>,
    /// The party branch for which they have it.
    pub branch_id: Option<PlaceId>,
    /// The offer that was accepted.
    pub offer_id: Option<OfferId>,
    /// The claim that was handed over.
    pub from_id: Option<ClaimId>,
    /// How many units.
    pub units: i32,
    /// State.
    pub state: ClaimState,
    /// What they say at the door.
    #[sea_orm(column_type = "Text")]
    pub door_code: String,
    /// Since when.
    pub claimed_at: DateTimeUtc,
    /// End of the lease, or of the wait for the wisher’s answer.
    pub due_at: Option<DateTimeUtc>,
    /// End of the lease, also while the wisher's answer is waited for.
    pub lease_until: DateTimeUtc,
    /// Whether the lease was renewed.
    pub renewed: bool,
    /// When it was done, by the claimer’s word.
    pub delivered_at: Option<DateTimeUtc>,
    /// What the claimer says of it; null after erasure.
    #[sea_orm(column_type = "Text", nullable)]
    pub evidence: Option<String>,
    /// How often the wisher said no.
    pub refusals: i32,
    /// Why it was given back, or why the wisher said no.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// The wisher’s thanks.
    #[sea_orm(column_type = "Text", nullable)]
    pub thanks: Option<String>,
    /// Who recorded the wisher’s answer, if not the wisher.
    pub answered_by: Option<AccountId>,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
