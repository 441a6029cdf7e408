//! What is sent by those who come, and by staff at the door.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use linli_entity::enums::AgeBand;

use crate::{
    activities::service::{Arrival, NewMember, NewRegistration, Scan},
    api::{self, optional_id},
    kernel::{Error, Result},
    requests::gql::BeneficiaryInput,
};

/// Somebody who comes along.
#[derive(InputObject)]
pub struct RegistrationMemberInput {
    /// Name: at most 200 characters.
    pub name: String,
    /// Age band. A child needs a guardian in the party.
    pub age_band: AgeBand,
}

/// A party.
#[derive(InputObject)]
pub struct ActivityRegisterInput {
    /// For what.
    pub activity_id: ID,
    /// For whom, if staff register somebody, who keeps every right.
    pub beneficiary: Option<BeneficiaryInput>,
    /// The delegation by which one registers its principal, who keeps every right; not together with
    /// `beneficiary`.
    pub delegation_id: Option<ID>,
    /// Whether who registers comes too.
    #[graphql(default = true)]
    pub attends: bool,
    /// Age band of who registers.
    #[graphql(default_with = "AgeBand::Adult")]
    pub age_band: AgeBand,
    /// Who comes along; a party has at most 20 people.
    #[graphql(default)]
    pub members: Vec<RegistrationMemberInput>,
    /// A retry under the same key registers nobody twice.
    pub idempotency_key: Option<String>,
}

impl ActivityRegisterInput {
    pub(super) fn check(self) -> Result<NewRegistration> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        let members = self.members.into_iter();
        let delegation = optional_id("input.delegationId", self.delegation_id.as_ref())?;
        if delegation.is_some() && self.beneficiary.is_some() {
            return Err(Error::bad_input("input.delegationId", "not together with beneficiary"));
        }
        Ok(NewRegistration {
            activity: api::id("input.activityId", &self.activity_id)?,
            beneficiary: self.beneficiary.map(BeneficiaryInput::check).transpose()?,
            delegation,
            age_band: self.attends.then_some(self.age_band),
            members: members.map(|m| NewMember { name: m.name, age_band: m.age_band }).collect(),
            once,
        })
    }
}

/// Seats to accept.
#[derive(InputObject)]
pub struct ActivityOfferAcceptInput {
    /// The registration to which they are offered.
    pub registration_id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// A registration to take back.
#[derive(InputObject)]
pub struct ActivityRegistrationCancelInput {
    /// The registration.
    pub registration_id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// A party at the door.
#[derive(InputObject)]
pub struct ActivityCheckInInput {
    /// The session.
    pub session_id: ID,
    /// The code that it shows; or else `registrationId`.
    pub code: Option<String>,
    /// Its registration, where it has no code at hand.
    pub registration_id: Option<ID>,
    /// How many of the party came; all if not given.
    pub people: Option<i32>,
}

impl ActivityCheckInInput {
    pub(super) fn check(self) -> Result<Scan> {
        let who = match (self.code, self.registration_id) {
            (Some(code), None) => Arrival::Code(code),
            (None, Some(id)) => Arrival::Registration(api::id("input.registrationId", &id)?),
            (Some(_), Some(_)) | (None, None) => Arrival::Unclear,
        };
        Ok(Scan { who, people: self.people, at: None })
    }
}

/// A line of a list that was scanned.
#[derive(InputObject)]
pub struct ScanInput {
    /// The code that the party showed.
    pub code: String,
    /// How many of the party came; all if not given.
    pub people: Option<i32>,
    /// When it was scanned: not in the future, at most two hours before the session.
    pub scanned_at: DateTime<Utc>,
}

impl From<ScanInput> for Scan {
    fn from(input: ScanInput) -> Self {
        Self { who: Arrival::Code(input.code), people: input.people, at: Some(input.scanned_at) }
    }
}

/// A list that was scanned while there was no network.
#[derive(InputObject)]
pub struct ActivityCheckInUploadInput {
    /// The session.
    pub session_id: ID,
    /// 1 to 200 scans.
    pub scans: Vec<ScanInput>,
}

/// People who came without a registration.
#[derive(InputObject)]
pub struct ActivityWalkInsAddInput {
    /// The session.
    pub session_id: ID,
    /// How many more; a negative number takes back what was counted too much.
    pub people: i32,
    /// A retry under the same key counts nobody twice.
    pub idempotency_key: Option<String>,
}

/// A number to give.
#[derive(InputObject)]
pub struct ActivityTicketIssueInput {
    /// The session, of a free clinic or of haircuts.
    pub session_id: ID,
    /// A retry under the same key gives the same number.
    pub idempotency_key: Option<String>,
}

/// The next number to call.
#[derive(InputObject)]
pub struct ActivityTicketCallInput {
    /// The session.
    pub session_id: ID,
    /// A retry under the same key gives the same number, and calls no other.
    pub idempotency_key: Option<String>,
}

/// A number that was served.
#[derive(InputObject)]
pub struct ActivityTicketServeInput {
    /// The number.
    pub ticket_id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// What somebody thought of an activity.
#[derive(InputObject)]
pub struct ActivityFeedbackGiveInput {
    /// One's own registration.
    pub registration_id: ID,
    /// 1 to 5, 5 is best.
    pub score: i32,
    /// In one's own words: at most 4000 characters.
    pub text: Option<String>,
}
