//! Orders and micro-wishes. What of them is public is the card.
#![expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]

use sea_orm::entity::prelude::*;

use crate::{
    enums::{AgeBand, HandOver, WishCategory, WishState},
    ids::{AccountId, DelegationId, HelpItemId, PersonId, PlaceId, WishId},
    json::{Localised, Skills},
};

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "wish")]
pub struct Model {
    /// Id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WishId,
    /// Community id.
    pub community_id: PlaceId,
    /// Number, as people say it.
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// Who wishes.
    pub person_id: PersonId,
    /// Who entered it, if not who wishes.
    pub entered_by: Option<AccountId>,
    /// The delegation by which it was entered.
    pub delegation_id: Option<DelegationId>,
    /// What of the help menu it orders; none for a free wish.
    pub item_id: Option<HelpItemId>,
    /// Category.
    pub category: WishCategory,
    /// In the words of who wishes; null after erasure. Never public.
    #[sea_orm(column_type = "Text", nullable)]
    pub need: Option<String>,
    /// Where; never public.
    #[sea_orm(column_type = "Text", nullable)]
    pub address: Option<String>,
    /// How many units.
    pub quantity: i32,
    /// By which day.
    pub wished_by: Option<Date>,
    /// Whether its card may be public.
    pub may_publish: bool,
    /// Whether who claims it may know name, phone and address.
    pub share_contact: bool,
    /// Whether a minor is involved.
    pub minor_involved: bool,
    /// Whether the guardian consents.
    pub guardian_consents: bool,
    /// What the public reads, as staff cleared it; empty before.
    #[sea_orm(column_type = "JsonBinary")]
    pub card: Localised,
    /// How it changes hands.
    pub hand_over: Option<HandOver>,
    /// About what it is worth, in yuan.
    pub value_yuan: Option<i32>,
    /// The block on the card.
    pub block_id: Option<PlaceId>,
    /// The age band on the card; never both.
    pub age_band: Option<AgeBand>,
    /// What it takes.
    #[sea_orm(column_type = "JsonBinary")]
    pub skills: Skills,
    /// State.
    pub state: WishState,
    /// Whether everybody who may claim is asked.
    pub open_to_all: bool,
    /// Units that somebody has, or has had to the end.
    pub claimed: i32,
    /// Of these, units that are done by the claimer’s word.
    pub delivered: i32,
    /// Of these, units that have ended.
    pub closed: i32,
    /// Of these, units that the wisher confirmed.
    pub confirmed: i32,
    /// Why it was declined.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// Created at.
    pub created_at: DateTimeUtc,
    /// Submitted at.
    pub submitted_at: Option<DateTimeUtc>,
    /// First cleared at.
    pub verified_at: Option<DateTimeUtc>,
    /// First published or offered at.
    pub published_at: Option<DateTimeUtc>,
    /// First claimed at.
    pub first_claimed_at: Option<DateTimeUtc>,
    /// First confirmed at.
    pub first_confirmed_at: Option<DateTimeUtc>,
    /// Wholly fulfilled at.
    pub fulfilled_at: Option<DateTimeUtc>,
    /// When it ended.
    pub ended_at: Option<DateTimeUtc>,
    /// From when on nobody claims it any more.
    pub expires_at: Option<DateTimeUtc>,
    /// Version.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
