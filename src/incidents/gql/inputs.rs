//! Inputs of incidents.

use async_graphql::{ID, InputObject};
use linli_entity::{
    enums::{Danger, IncidentKind, IncidentOutcome, JointReason},
    ids::IncidentId,
};

use super::card::point;
use crate::{
    api::{self, LocalisedInput, optional_id},
    incidents::service::{Asked, NewJoint, NewReport, Route, Visitor},
    kernel::{Error, Locale, Result},
    requests::gql::{BeneficiaryInput, PositionInput},
};

/// Who reports something without an account.
#[derive(InputObject)]
pub struct IncidentVisitorInput {
    /// Name: at most 200 characters.
    pub name: String,
    /// Phone.
    pub phone: String,
    /// The code that `incidentCodeSend` sent to it.
    pub code: String,
}

/// A report of something that is wrong with a place or a thing. There is no field for a person: what is about
/// one is for mediation.
#[derive(InputObject)]
pub struct IncidentReportInput {
    /// The community.
    pub community_id: ID,
    /// What it is about.
    pub kind: IncidentKind,
    /// Whether somebody is in danger. Then call at once: the answer says whom.
    #[graphql(default_with = "Danger::None")]
    pub danger: Danger,
    /// Where, in words: at most 200 characters.
    pub place: String,
    /// Where on the map.
    pub position: Option<PositionInput>,
    /// The block, if it is known; else it is found by the position or the place.
    pub block_id: Option<ID>,
    /// What was seen: at most 4000 characters. Never public.
    pub words: String,
    /// Whether the public may not know who reported it; else a card that staff clear bears their masked name.
    #[graphql(default = true)]
    pub anonymous: bool,
    /// Whether agencies that are called in may know name and phone.
    #[graphql(default)]
    pub may_contact: bool,
    /// For whom it is entered, by those who serve in the community or answer for the block in which it is.
    pub beneficiary: Option<BeneficiaryInput>,
    /// Who reports it without an account; not together with `beneficiary`.
    pub visitor: Option<IncidentVisitorInput>,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl IncidentReportInput {
    /// Checks and translates.
    pub fn check(self, language: Locale) -> Result<NewReport> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        if self.visitor.is_some() && self.beneficiary.is_some() {
            return Err(Error::bad_input("input.visitor", "not together with beneficiary"));
        }
        let visitor = |v: IncidentVisitorInput| Visitor {
            name: v.name,
            phone: v.phone,
            code: v.code,
            language,
        };
        Ok(NewReport {
            community: api::id("input.communityId", &self.community_id)?,
            kind: self.kind,
            danger: self.danger,
            place: self.place,
            point: point("input.position", self.position)?,
            block: optional_id("input.blockId", self.block_id.as_ref())?,
            words: self.words,
            anonymous: self.anonymous,
            may_contact: self.may_contact,
            beneficiary: self.beneficiary.map(BeneficiaryInput::check).transpose()?,
            visitor: self.visitor.map(visitor),
            once,
        })
    }
}

/// A phone to which a code is sent.
#[derive(InputObject)]
pub struct IncidentCodeSendInput {
    /// The phone.
    pub phone: String,
}

/// An incident to follow.
#[derive(InputObject)]
pub struct IncidentFollowInput {
    /// The incident.
    pub id: ID,
}

/// An incident as it was read.
#[derive(InputObject)]
pub struct IncidentStepInput {
    /// The incident.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// An incident, and why.
#[derive(InputObject)]
pub struct IncidentReasonInput {
    /// The incident.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Why: at most 200 characters.
    pub reason: String,
}

/// What came of an incident.
#[derive(InputObject)]
pub struct IncidentResolveInput {
    /// The incident.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Outcome; what is the same as another one is merged instead.
    pub outcome: IncidentOutcome,
    /// What who reported it is answered: at most 4000 characters. With it the incident is closed at once.
    pub answer: Option<String>,
}

/// An answer to who reported an incident.
#[derive(InputObject)]
pub struct IncidentAnswerInput {
    /// The incident.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// The answer: at most 4000 characters.
    pub answer: String,
}

/// An agency to be called in.
#[derive(InputObject)]
pub struct IncidentAgencyInput {
    /// The agency.
    pub agency_id: ID,
    /// Whether the incident waits for it. If not, it is called off when the others have ended.
    #[graphql(default = true)]
    pub mandatory: bool,
    /// What is asked of it, and what it needs to know: at most 4000 characters. Nobody's name.
    pub brief: String,
}

/// Agencies to be called in.
#[derive(InputObject)]
pub struct IncidentJointOpenInput {
    /// The incident.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Why.
    pub reason: JointReason,
    /// Which: 1 to 20, each once, and at least one that the incident waits for. Refused with `CARD_TELLS_WHO` at
    /// `place` if what they read of where it is names who did not let them know: `incidentRoute` says it better.
    pub agencies: Vec<IncidentAgencyInput>,
}

impl IncidentJointOpenInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((IncidentId, i32), NewJoint)> {
        let asked = |agency: IncidentAgencyInput| {
            Ok(Asked {
                agency: api::id("input.agencies.agencyId", &agency.agency_id)?,
                mandatory: agency.mandatory,
                brief: agency.brief,
            })
        };
        let tasks = self.agencies.into_iter().map(asked).collect::<Result<Vec<_>>>()?;
        let incident = (api::id("input.id", &self.id)?, self.expected_version);
        Ok((incident, NewJoint { reason: self.reason, tasks }))
    }
}

/// Where an incident belongs. At least one is another one than now.
#[derive(InputObject)]
pub struct IncidentRouteInput {
    /// The incident.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// The block; while agencies are at work, only where none was known.
    pub block_id: Option<ID>,
    /// The kind; not while agencies are at work.
    pub kind: Option<IncidentKind>,
    /// Whether somebody is in danger, if it was not reported as it is; also while agencies are at work. What is
    /// dangerous is not public, and nobody follows it. That nobody is in danger after all is for the general
    /// lead to say.
    pub danger: Option<Danger>,
    /// Where it is, in words that name nobody: at most 200 characters. It replaces those of who reported it, also
    /// while agencies are at work, who read it.
    pub place: Option<String>,
}

impl IncidentRouteInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((IncidentId, i32), Route)> {
        let block = optional_id("input.blockId", self.block_id.as_ref())?;
        let incident = (api::id("input.id", &self.id)?, self.expected_version);
        Ok((incident, Route { block, kind: self.kind, danger: self.danger, place: self.place }))
    }
}

/// What somebody who reported an incident lets others know of themselves. At least one is said.
#[derive(InputObject)]
pub struct IncidentConsentSetInput {
    /// The incident.
    pub id: ID,
    /// Whether the public may not know who reported it; as it was, if not given.
    pub anonymous: Option<bool>,
    /// Whether agencies that are called in may know name and phone; as it was, if not given.
    pub may_contact: Option<bool>,
}

/// An incident that is the same as another one.
#[derive(InputObject)]
pub struct IncidentMergeInput {
    /// The incident that ends.
    pub id: ID,
    /// Its version that was read.
    pub expected_version: i32,
    /// The incident that goes on.
    pub into_id: ID,
}

/// A card to clear for everybody.
#[derive(InputObject)]
pub struct IncidentPublishInput {
    /// The incident.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// What everybody may read: the thing, never a person. At most 1000 characters each. Refused with
    /// `CARD_TELLS_WHO` if the name or phone of who reported it is in it.
    pub card: LocalisedInput,
}

impl IncidentPublishInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((IncidentId, i32), linli_entity::json::Localised)> {
        let incident = (api::id("input.id", &self.id)?, self.expected_version);
        Ok((incident, self.card.check("card", 1000)?))
    }
}

/// Whom somebody wants to reach, and why.
#[derive(InputObject)]
pub struct IncidentContactRevealInput {
    /// The incident.
    pub id: ID,
    /// Why: at most 200 characters. Who reported it can read it.
    pub reason: String,
}

/// An incident as it was read.
pub(super) fn read(id: &ID, version: i32) -> Result<(IncidentId, i32)> {
    Ok((api::id("input.id", id)?, version))
}
