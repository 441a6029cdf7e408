//! Who belongs, or belonged, to a party branch. Read by the member and the branch's secretary only.

use sea_orm::entity::prelude::*;

use crate::{enums::MembershipEnd, ids::{AccountId, PartyMembershipId, PersonId, PlaceId}};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "party_membership")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartyMembershipId,
    /// The community of the branch.
    pub community_id: PlaceId,
    /// The branch.
    pub branch_id: PlaceId,
    /// The member.
    pub person_id: PersonId,
    /// First day.
    pub since_day: Date,
    /// Last day; none while it lasts.
    pub until_day: Option<Date>,
    /// Why it ended.
    pub ended_by: Option<MembershipEnd>,
    /// The membership that it continues.
    pub from_id: Option<PartyMembershipId>,
    /// When it was recorded.
    pub recorded_at: DateTimeUtc,
    /// By whom.
    pub recorded_by: Option<AccountId>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
