//! Offers: who is asked, in turn, and what they answered.

use sea_orm::entity::prelude::*;

use crate::{
    enums::OfferState,
    ids::{AccountId, ClaimId, OfferId, PlaceId, TeamId, VolunteerId, WishId},
};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "wish_offer")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OfferId,
    /// Community id.
    pub community_id: PlaceId,
    /// The wish.
    pub wish_id: WishId,
    /// Turn.
    pub position: i32,
    /// A team …
    pub team_id: Option<TeamId>,
    /// … or a party branch …
    pub branch_id: Option<PlaceId>,
    /// … or a volunteer.
    pub volunteer_id: Option<VolunteerId>,
    /// The claim that is to be handed over.
    pub claim_id: Option<ClaimId>,
    /// How long it waits for an answer.
    pub minutes: i32,
    /// State.
    pub state: OfferState,
    /// When it was planned.
    pub made_at: DateTimeUtc,
    /// Since when it waits for an answer.
    pub opened_at: Option<DateTimeUtc>,
    /// Until when.
    pub until_at: Option<DateTimeUtc>,
    /// When it ended.
    pub answered_at: Option<DateTimeUtc>,
    /// Who answered.
    pub answered_by: Option<AccountId>,
    /// Why it was declined, if they said so.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
