//! Inputs of orders and wishes.

use async_graphql::{ID, InputObject, OneofObject};
use chrono::NaiveDate;
use linli_entity::{
    enums::{AgeBand, HandOver, Skill, WishCategory},
    ids::{ClaimId, OfferId, WishId},
};

use super::items::skills;
use crate::{
    api::{self, LocalisedInput, optional_id},
    kernel::{Error, Result, text},
    requests::gql::BeneficiaryInput,
    volunteers::{self, gql::AvailabilityPartInput},
    wishes::service::{
        Change, Clearance, Consents, HandOver as NewHandOver, NewAnswer, NewClaim, NewOffers,
        NewWish, To, Whom,
    },
};

/// A new order or wish. Cash and loans are no wishes.
#[derive(InputObject)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct WishMakeInput {
    /// The community.
    pub community_id: ID,
    /// For whom, if not for oneself. For those who serve in the community.
    pub beneficiary: Option<BeneficiaryInput>,
    /// The delegation by which one wishes for its principal, who keeps every right; not together with
    /// `beneficiary`.
    pub delegation_id: Option<ID>,
    /// What of the help menu it orders; leave it out for a free wish.
    pub item_id: Option<ID>,
    /// What it is about; not needed for an order.
    pub category: Option<WishCategory>,
    /// What is wished for, in the words of who wishes: at most 4000 characters. Never public.
    pub need: String,
    /// Where: at most 200 characters. Never public.
    pub address: Option<String>,
    /// How many units: 1 to 1000.
    #[graphql(default = 1)]
    pub quantity: i32,
    /// By which day: today to a year ahead.
    pub wished_by: Option<NaiveDate>,
    /// Whether its card may be public. If left out: a free wish may, an order may not.
    pub may_publish: Option<bool>,
    /// Whether who claims it may know name, phone and address; else it is handed over at the station. Not
    /// for a delegate to say.
    #[graphql(default)]
    pub share_contact: bool,
    /// Whether a minor is involved.
    #[graphql(default)]
    pub minor_involved: bool,
    /// Whether the guardian consents. Needed where a minor is involved; not for a delegate to say.
    #[graphql(default)]
    pub guardian_consents: bool,
    /// Whether it is submitted at once; else it is a draft.
    #[graphql(default = true)]
    pub submit: bool,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a wish that has not been cleared; what is left out stays.
#[derive(InputObject)]
pub struct WishChangeInput {
    /// The wish.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// What is wished for: at most 4000 characters.
    pub need: Option<String>,
    /// Where: at most 200 characters.
    pub address: Option<String>,
    /// How many units: 1 to 1000.
    pub quantity: Option<i32>,
    /// By which day: today to a year ahead.
    pub wished_by: Option<NaiveDate>,
    /// Whether its card may be public.
    pub may_publish: Option<bool>,
    /// Whether who claims it may know name, phone and address.
    pub share_contact: Option<bool>,
    /// Whether a minor is involved.
    pub minor_involved: Option<bool>,
    /// Whether the guardian consents.
    pub guardian_consents: Option<bool>,
}

/// A wish as it was read.
#[derive(InputObject)]
pub struct WishStepInput {
    /// The wish.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// A wish to take back.
#[derive(InputObject)]
pub struct WishWithdrawInput {
    /// The wish.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Whether staff record what who wishes said at the window or by phone.
    #[graphql(default)]
    pub recorded: bool,
}

/// What staff cleared of a wish.
#[derive(InputObject)]
pub struct WishVerifyInput {
    /// The wish.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// What others may read: the need, never the person. At most 1000 characters each. Refused with
    /// `CARD_TELLS_WHO` if name, phone or address of who wishes are in it.
    pub card: LocalisedInput,
    /// How it changes hands. Who does not share their contact gets it at the station.
    pub hand_over: HandOver,
    /// About what it is worth, in yuan: 0 to 500.
    pub value_yuan: Option<i32>,
    /// The block on the card; not together with an age band.
    pub block_id: Option<ID>,
    /// The age band on the card; not together with a block.
    pub age_band: Option<AgeBand>,
    /// What it takes; if left out, what the item of the menu takes.
    pub skills: Option<Vec<Skill>>,
    /// What it is about, if who wishes was mistaken.
    pub category: Option<WishCategory>,
}

/// A wish to decline.
#[derive(InputObject)]
pub struct WishDeclineInput {
    /// The wish.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Why, for who wishes: at most 4000 characters.
    pub reason: String,
}

/// Who is asked: exactly one of these.
#[derive(OneofObject)]
pub enum WishWhomInput {
    /// Id of a team: any of its members may accept for it.
    Team(ID),
    /// Id of a party branch: any of its members may accept for it.
    Branch(ID),
    /// Id of a volunteer.
    Volunteer(ID),
}

/// Who is asked about a wish, one after the other.
#[derive(InputObject)]
pub struct WishOfferInput {
    /// The wish.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Who is asked, in this order: at most 20. If left out, the volunteers who can do it and have time,
    /// who was asked longest ago first.
    #[graphql(default)]
    pub to: Vec<WishWhomInput>,
    /// When they need time, where nobody is named: at most 21.
    #[graphql(default)]
    pub when: Vec<AvailabilityPartInput>,
    /// How long each has to answer, in minutes: 30 to 10,080.
    #[graphql(default = 1440)]
    pub minutes: i32,
}

/// An offer to accept.
#[derive(InputObject)]
pub struct WishOfferAcceptInput {
    /// The offer.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// How many units; all that are left if not given. What is handed over is taken whole.
    pub units: Option<i32>,
}

/// An offer to decline; this costs nothing.
#[derive(InputObject)]
pub struct WishOfferDeclineInput {
    /// The offer.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Why, if one wants to say so: at most 200 characters.
    pub reason: Option<String>,
}

/// A claim to make.
#[derive(InputObject)]
pub struct WishClaimInput {
    /// The wish.
    pub wish_id: ID,
    /// How many units; all that are left if not given.
    pub units: Option<i32>,
    /// The team for which one claims, that one belongs to.
    pub team_id: Option<ID>,
    /// The party branch for which one claims, that one belongs to.
    pub branch_id: Option<ID>,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

/// A claim as it was read.
#[derive(InputObject)]
pub struct WishClaimStepInput {
    /// The claim.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// A claim to give back; this costs nothing.
#[derive(InputObject)]
pub struct WishClaimReleaseInput {
    /// The claim.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Why, if one wants to say so: at most 200 characters.
    pub reason: Option<String>,
}

/// Who is to have a claim: exactly one of these.
#[derive(OneofObject)]
pub enum WishHandOverToInput {
    /// Exact phone number of another volunteer of the community.
    Phone(String),
    /// Id of a team that one belongs to.
    Team(ID),
    /// Id of a party branch that one belongs to.
    Branch(ID),
}

/// A claim that somebody else is to have.
#[derive(InputObject)]
pub struct WishClaimHandOverInput {
    /// The claim.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// To whom.
    pub to: WishHandOverToInput,
    /// How long they have to answer, in minutes: 30 to 10,080.
    #[graphql(default = 1440)]
    pub minutes: i32,
}

/// A claim that is done.
#[derive(InputObject)]
pub struct WishClaimDeliverInput {
    /// The claim.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// How it was done: at most 4000 characters. Who wishes and staff read it.
    pub evidence: Option<String>,
}

/// That what was delivered is done.
#[derive(InputObject)]
pub struct WishClaimConfirmInput {
    /// The claim.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Thanks: at most 4000 characters.
    pub thanks: Option<String>,
    /// Whether staff record what who wishes said at the window or by phone.
    #[graphql(default)]
    pub recorded: bool,
}

/// That what was delivered is not done.
#[derive(InputObject)]
pub struct WishClaimRefuseInput {
    /// The claim.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Why: at most 4000 characters.
    pub reason: String,
    /// Whether staff record what who wishes said at the window or by phone.
    #[graphql(default)]
    pub recorded: bool,
}

/// A claim whose wisher is to be reached.
#[derive(InputObject)]
pub struct WishClaimContactRevealInput {
    /// The claim.
    pub id: ID,
}

/// A wisher who is to be reached.
#[derive(InputObject)]
pub struct WishContactRevealInput {
    /// The wish.
    pub id: ID,
    /// Why: at most 200 characters. Who wishes reads it.
    pub reason: String,
}

impl WishMakeInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewWish> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        let delegation = optional_id("input.delegationId", self.delegation_id.as_ref())?;
        if delegation.is_some() && self.beneficiary.is_some() {
            return Err(Error::bad_input("input.delegationId", "not together with beneficiary"));
        }
        Ok(NewWish {
            delegation,
            community: api::id("input.communityId", &self.community_id)?,
            beneficiary: self.beneficiary.map(BeneficiaryInput::check).transpose()?,
            item: optional_id("input.itemId", self.item_id.as_ref())?,
            category: self.category,
            need: self.need,
            address: self.address,
            quantity: self.quantity,
            wished_by: self.wished_by,
            consents: Consents {
                may_publish: self.may_publish,
                share_contact: self.share_contact,
                minor_involved: self.minor_involved,
                guardian_consents: self.guardian_consents,
            },
            submit: self.submit,
            once,
        })
    }
}

impl WishChangeInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((WishId, i32), Change)> {
        let id = api::id("input.id", &self.id)?;
        let change = Change {
            need: self.need,
            address: self.address,
            quantity: self.quantity,
            wished_by: self.wished_by,
            may_publish: self.may_publish,
            share_contact: self.share_contact,
            minor_involved: self.minor_involved,
            guardian_consents: self.guardian_consents,
        };
        Ok(((id, self.expected_version), change))
    }
}

impl WishVerifyInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((WishId, i32), Clearance)> {
        let id = api::id("input.id", &self.id)?;
        let clearance = Clearance {
            card: self.card.check("card", CARD)?,
            hand_over: self.hand_over,
            value_yuan: self.value_yuan,
            block: optional_id("input.blockId", self.block_id.as_ref())?,
            age_band: self.age_band,
            skills: self.skills.map(skills),
            category: self.category,
        };
        Ok(((id, self.expected_version), clearance))
    }
}

/// Longest text of a card, in characters.
const CARD: usize = 1000;

impl WishWhomInput {
    fn check(&self) -> Result<Whom> {
        Ok(match self {
            Self::Team(id) => Whom::Team(api::id("input.to.team", id)?),
            Self::Branch(id) => Whom::Branch(api::id("input.to.branch", id)?),
            Self::Volunteer(id) => Whom::Volunteer(api::id("input.to.volunteer", id)?),
        })
    }
}

impl WishOfferInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewOffers> {
        Ok(NewOffers {
            wish: (api::id("input.id", &self.id)?, self.expected_version),
            to: self.to.iter().map(WishWhomInput::check).collect::<Result<_>>()?,
            when: volunteers::gql::availability("when", self.when)?,
            minutes: self.minutes,
        })
    }
}

impl WishClaimInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewClaim> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        Ok(NewClaim {
            wish: api::id("input.wishId", &self.wish_id)?,
            units: self.units,
            team: optional_id("input.teamId", self.team_id.as_ref())?,
            branch: optional_id("input.branchId", self.branch_id.as_ref())?,
            once,
        })
    }
}

impl WishClaimHandOverInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewHandOver> {
        let to = match self.to {
            WishHandOverToInput::Phone(phone) => To::Phone(phone),
            WishHandOverToInput::Team(id) => To::Team(api::id("input.to.team", &id)?),
            WishHandOverToInput::Branch(id) => To::Branch(api::id("input.to.branch", &id)?),
        };
        let claim = (api::id("input.id", &self.id)?, self.expected_version);
        Ok(NewHandOver { claim, to, minutes: self.minutes })
    }
}

/// Translates an answer of who wishes.
pub(super) fn answer(
    id: &ID,
    version: i32,
    recorded: bool,
    text: Option<String>,
) -> Result<NewAnswer> {
    text::check_optional("text", text.as_deref(), text::BODY)?;
    let id: ClaimId = api::id("input.id", id)?;
    Ok(NewAnswer { claim: (id, version), recorded, text })
}

/// A wish as it was read.
pub(super) fn wish(id: &ID, version: i32) -> Result<(WishId, i32)> {
    Ok((api::id("input.id", id)?, version))
}

/// A claim as it was read.
pub(super) fn claim(id: &ID, version: i32) -> Result<(ClaimId, i32)> {
    Ok((api::id("input.id", id)?, version))
}

/// An offer as it was read.
pub(super) fn offer(id: &ID, version: i32) -> Result<(OfferId, i32)> {
    Ok((api::id("input.id", id)?, version))
}
