//! Inputs and payloads of service requests.

use std::collections::BTreeMap;

use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{
        ConfirmedVia, ContactPreference, ContactWay, IntakeChannel, Outcome, RatingLevel,
        ServiceMode,
    },
    json::Answers,
};

use super::{office::ContactTask, request::ServiceRequest};
use crate::{
    api::{self, optional_id, payload},
    identity::gql::MaskedPerson,
    kernel::{Error, Locale, Result},
    requests::service::{Beneficiary, Revealed, Submission, Submitted},
};

/// An answer to a question of the matter.
#[derive(InputObject)]
pub struct RequestAnswerInput {
    /// Code of the question.
    pub code: String,
    /// The answer; several for multiple choice.
    pub values: Vec<String>,
}

/// Somebody for whom staff submit: known by id, or new.
#[derive(InputObject)]
pub struct BeneficiaryInput {
    /// Somebody whom `personLookup` found.
    pub person_id: Option<ID>,
    /// Name of somebody new: at most 200 characters.
    pub name: Option<String>,
    /// Phone of somebody new; may be missing.
    pub phone: Option<String>,
    /// How somebody new wants to be told: SMS and CALL need a phone, INBOX an account.
    #[graphql(default_with = "ContactPreference::Visit")]
    pub contact_preference: ContactPreference,
    /// Language of what is sent to somebody new; Chinese if not given.
    pub language: Option<Locale>,
}

impl BeneficiaryInput {
    /// For whom.
    pub(crate) fn check(self) -> Result<Beneficiary> {
        if let Some(id) = self.person_id {
            return Ok(Beneficiary::Known(api::id("input.beneficiary.personId", &id)?));
        }
        let name = self.name.unwrap_or_default();
        let contact_preference = self.contact_preference;
        let language = self.language.unwrap_or_default();
        Ok(Beneficiary::New { name, phone: self.phone, contact_preference, language })
    }
}

/// A position on the map (WGS 84).
#[derive(InputObject)]
pub struct PositionInput {
    /// Latitude: -90 to 90; of incidents 3 to 54, where China is.
    pub lat: f64,
    /// Longitude: -180 to 180; of incidents 73 to 136.
    pub long: f64,
}

/// A new request.
#[derive(InputObject)]
pub struct ServiceRequestSubmitInput {
    /// The community.
    pub community_id: ID,
    /// The matter.
    pub matter_id: ID,
    /// Title: at most 200 characters. Stored as sent.
    pub title: String,
    /// Description: at most 4000 characters. Stored as sent.
    pub description: Option<String>,
    /// Where it came in: ONLINE for oneself, the others for staff.
    #[graphql(default_with = "IntakeChannel::Online")]
    pub channel: IntakeChannel,
    /// How it is to be served.
    #[graphql(default_with = "ServiceMode::Window")]
    pub service_mode: ServiceMode,
    /// Address: at most 200 characters.
    pub address: Option<String>,
    /// Position.
    pub position: Option<PositionInput>,
    /// The block that it is in.
    pub block_id: Option<ID>,
    /// Answers to the matter's questions; at most 50.
    #[graphql(default)]
    pub answers: Vec<RequestAnswerInput>,
    /// For whom, if staff submit for somebody.
    pub beneficiary: Option<BeneficiaryInput>,
    /// The delegation by which one submits for its principal, who keeps every right; ONLINE, not together
    /// with `beneficiary` or an appointment.
    pub delegation_id: Option<ID>,
    /// 1 to 100 characters: the same key with the same input gives the same request for 24 hours.
    pub idempotency_key: Option<String>,
}

impl ServiceRequestSubmitInput {
    /// Checks and translates.
    pub fn check(self) -> Result<Submission> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        let mut answers = BTreeMap::new();
        for answer in self.answers {
            if answers.insert(answer.code, answer.values).is_some() {
                return Err(Error::bad_input("input.answers", "one answer per question"));
            }
        }
        let delegation = optional_id("input.delegationId", self.delegation_id.as_ref())?;
        if delegation.is_some() && self.beneficiary.is_some() {
            return Err(Error::bad_input("input.delegationId", "not together with beneficiary"));
        }
        let beneficiary = self.beneficiary.map(BeneficiaryInput::check).transpose()?;
        Ok(Submission {
            community: api::id("input.communityId", &self.community_id)?,
            matter: api::id("input.matterId", &self.matter_id)?,
            channel: self.channel,
            mode: self.service_mode,
            title: self.title,
            description: self.description,
            address: self.address,
            position: self.position.map(|p| (p.lat, p.long)),
            block: optional_id("input.blockId", self.block_id.as_ref())?,
            answers: Answers(answers),
            beneficiary,
            delegation,
            once,
        })
    }
}

/// A submitted request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SubmittedRequest {
    /// The request.
    pub service_request: ServiceRequest,
    /// With the number, follows the request without an account. Shown to the submitter only; print
    /// it on the receipt. Null for a delegate: the code would outlast the delegation.
    pub tracking_code: Option<String>,
}

impl From<Submitted> for SubmittedRequest {
    fn from(done: Submitted) -> Self {
        let row = crate::requests::queries::RequestRow::of(&done.row);
        Self { service_request: ServiceRequest::new(row), tracking_code: done.tracking_code }
    }
}

/// Personal data that was revealed.
#[derive(SimpleObject)]
pub struct PersonalData {
    /// The request.
    pub request_id: ID,
    /// Name; null after erasure.
    pub name: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Address of the request.
    pub address: Option<String>,
}

impl From<Revealed> for PersonalData {
    fn from(revealed: Revealed) -> Self {
        Self {
            request_id: revealed.request.to_string().into(),
            name: revealed.name,
            phone: revealed.phone,
            address: revealed.address,
        }
    }
}

/// A token for one followed request or incident.
#[derive(SimpleObject)]
pub struct FollowToken {
    /// Send it as `Authorization: Bearer …`: answers, confirms, reopens, withdraws and rates this
    /// one request; reads and reopens this one incident, and says what others may know of who reported it.
    pub token: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl From<(String, DateTime<Utc>)> for FollowToken {
    fn from((token, expires_at): (String, DateTime<Utc>)) -> Self {
        Self { token, expires_at }
    }
}

payload! {
    /// Answer of submitting.
    ServiceRequestSubmitPayload {
        /// The request and its tracking code.
        submitted: SubmittedRequest
    }
    /// Answer of every step with a request.
    ServiceRequestPayload {
        /// The request as it is now.
        service_request: ServiceRequest
    }
    /// Answer of revealing personal data.
    PersonalDataRevealPayload {
        /// What was revealed.
        personal_data: PersonalData
    }
    /// Answer of looking persons up.
    PersonLookupPayload {
        /// Persons of that phone, masked; at most 20.
        persons: Vec<MaskedPerson>
    }
    /// Answer of linking earlier records.
    PersonLinkPayload {
        /// The person who now has them.
        person_id: ID
    }
    /// Answer of asking for a one-time code.
    FollowCodeSendPayload {
        /// Always the same, whether or not there is a phone on record.
        status: crate::identity::gql::Sent
    }
    /// Answer of exchanging a one-time code.
    FollowVerifyPayload {
        /// The token.
        follow: FollowToken
    }
    /// Answer of doing a contact task.
    ContactTaskPayload {
        /// The task.
        contact_task: ContactTask
    }
}

/// Declares the input of a step: which request, at which version, once.
macro_rules! step_inputs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty),* $(,)? })*) => { $(
        $(#[$doc])*
        #[derive(InputObject)]
        pub struct $name {
            /// The request.
            pub id: ID,
            /// The version that was read.
            pub expected_version: i32,
            $($(#[$fdoc])* pub $field: $ty,)*
            /// 1 to 100 characters: the same key with the same input is done once in 24 hours.
            pub idempotency_key: Option<String>,
        }

        impl $name {
            pub(super) fn act(&self) -> Result<crate::requests::service::Act> {
                Ok(crate::requests::service::Act {
                    id: api::id("input.id", &self.id)?,
                    expected_version: Some(self.expected_version),
                    once: api::once(self.idempotency_key.as_ref(), self)?,
                })
            }
        }
    )* };
}

/// Declares the input of an act that only appends: it takes no version.
macro_rules! append_inputs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty),* $(,)? })*) => { $(
        $(#[$doc])*
        #[derive(InputObject)]
        pub struct $name {
            /// The request.
            pub id: ID,
            $($(#[$fdoc])* pub $field: $ty,)*
            /// 1 to 100 characters: the same key with the same input is done once in 24 hours.
            pub idempotency_key: Option<String>,
        }

        impl $name {
            pub(super) fn act(&self) -> Result<crate::requests::service::Act> {
                Ok(crate::requests::service::Act {
                    id: api::id("input.id", &self.id)?,
                    expected_version: None,
                    once: api::once(self.idempotency_key.as_ref(), self)?,
                })
            }
        }
    )* };
}

step_inputs! {
    /// A step that needs nothing but the request.
    ServiceRequestStepInput {}
    /// Assigning.
    ServiceRequestAssignInput {
        /// To whom; left out, the duty roster decides.
        assignee_id: Option<ID>,
    }
    /// Transferring.
    ServiceRequestTransferInput {
        /// To whom.
        to_id: ID,
        /// Why: at most 4000 characters; for staff only.
        reason: String,
    }
    /// A step with a reason.
    ServiceRequestReasonInput {
        /// Why: at most 4000 characters.
        reason: String,
    }
    /// A step with words.
    ServiceRequestTextInput {
        /// The words: at most 4000 characters.
        text: String,
    }
    /// Telling once what is missing.
    ServiceRequestSupplementInput {
        /// Everything that is missing: at most 4000 characters.
        missing: String,
        /// Why a second time in the same stage; for managers.
        reason: Option<String>,
    }
    /// Asking for more time.
    ServiceRequestExtensionInput {
        /// Working days: 1 to 60.
        working_days: i32,
        /// Why: at most 4000 characters.
        reason: String,
    }
    /// Deciding about more time.
    ServiceRequestExtensionDecideInput {
        /// Whether it is approved.
        approve: bool,
        /// Approved: what the resident is told. Refused: why, for staff. At most 4000 characters.
        text: String,
    }
    /// Declaring time that the law leaves out.
    ServiceRequestStatutoryInput {
        /// Working days: 1 to 250.
        working_days: i32,
        /// Which time, and by which rule: at most 4000 characters; the resident reads it.
        text: String,
    }
    /// Giving the result.
    ServiceRequestResolveInput {
        /// Outcome.
        outcome: Outcome,
        /// What the resident is told; why, if refused; who signed, if referred. At most 4000
        /// characters.
        text: String,
    }
    /// The resident's word that it is done.
    ServiceRequestConfirmInput {
        /// How it was said: ONLINE by the resident, WINDOW or PHONE when staff record it.
        via: ConfirmedVia,
    }
    /// The resident's word that it is not done.
    ServiceRequestReopenInput {
        /// How it was said: ONLINE by the resident, WINDOW or PHONE when staff record it.
        via: ConfirmedVia,
        /// What is not done: at most 4000 characters.
        reason: String,
    }
    /// The resident's word that it is taken back.
    ServiceRequestWithdrawInput {
        /// How it was said: ONLINE by the resident, WINDOW or PHONE when staff record it.
        #[graphql(default_with = "ConfirmedVia::Online")]
        via: ConfirmedVia,
    }
    /// The resident's appeal.
    ServiceRequestAppealInput {
        /// How it was said: ONLINE by the resident, WINDOW or PHONE when staff record it.
        #[graphql(default_with = "ConfirmedVia::Online")]
        via: ConfirmedVia,
        /// Why: at most 4000 characters.
        reason: String,
    }
    /// Marking as a duplicate.
    ServiceRequestMarkDuplicateInput {
        /// The request that lives on, of the same community.
        survivor_id: ID,
    }
}

append_inputs! {
    /// A note.
    ServiceRequestNoteInput {
        /// The note: at most 4000 characters.
        text: String,
    }
    /// An attempt to reach the resident.
    ServiceRequestContactAttemptInput {
        /// How.
        way: ContactWay,
        /// Whether they were reached.
        reached: bool,
    }
    /// A number by which another system knows it.
    ServiceRequestExternalReferenceInput {
        /// Which system, such as 12345: at most 64 characters.
        system: String,
        /// Its number there: at most 64 characters.
        number: String,
        /// The deadline there; it moves none of ours.
        due_at: Option<DateTime<Utc>>,
    }
    /// A rating.
    ServiceRequestRateInput {
        /// The level.
        level: RatingLevel,
        /// In one's own words: at most 4000 characters.
        text: Option<String>,
        /// Whether staff may see who wrote it; no, if not given.
        show_name: Option<bool>,
        /// How it was said: ONLINE by the resident, WINDOW or PHONE when staff record it.
        #[graphql(default_with = "ConfirmedVia::Online")]
        via: ConfirmedVia,
    }
}

/// Revealing personal data.
#[derive(InputObject)]
pub struct PersonalDataRevealInput {
    /// The request.
    pub request_id: ID,
    /// Why: at most 200 characters; the resident can read it.
    pub reason: String,
}

/// Looking persons up.
#[derive(InputObject)]
pub struct PersonLookupInput {
    /// The community in which one serves.
    pub community_id: ID,
    /// The exact phone number.
    pub phone: String,
}

/// Linking earlier records.
#[derive(InputObject)]
pub struct PersonLinkInput {
    /// The number of a request that staff entered for one.
    pub request_number: String,
    /// The tracking code on its receipt.
    pub tracking_code: String,
}

/// Asking for a one-time code for a followed request or incident.
#[derive(InputObject)]
pub struct FollowCodeSendInput {
    /// Its number.
    pub number: String,
    /// Its tracking code.
    pub tracking_code: String,
}

/// Exchanging a one-time code for a token.
#[derive(InputObject)]
pub struct FollowVerifyInput {
    /// Its number.
    pub number: String,
    /// Its tracking code.
    pub tracking_code: String,
    /// The code that came to the phone on record.
    pub one_time_code: String,
}

/// Doing a contact task.
#[derive(InputObject)]
pub struct ContactTaskDoneInput {
    /// The task.
    pub id: ID,
}
