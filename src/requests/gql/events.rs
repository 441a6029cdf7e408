//! What happened to a request, as it is shown.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};

use linli_entity::ids::PersonId;

use crate::{
    api::Ctx,
    communities::gql::load_staff,
    identity::gql::{AccountLoader, MaskedPerson, PersonLoader, Staff},
    requests::queries::EventRow,
};

/// Somebody as readers of a request know them: a masked name and nothing of how they are reached.
pub(super) async fn masked(
    ctx: &Context<'_>,
    id: PersonId,
) -> async_graphql::Result<Option<MaskedPerson>> {
    let person = ctx.load::<PersonLoader, _>(id).await?;
    Ok(person.map(|p| MaskedPerson::new(ctx.actor(), p.id, p.name.as_deref(), None)))
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        /// What can happen to a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub enum ServiceRequestEventKind {
            $($(#[$doc])* $name,)*
            /// Something that this version of the schema has no word for.
            Other,
        }

        impl ServiceRequestEventKind {
            fn of(code: &str) -> Self {
                match code {
                    $($code => Self::$name,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

event_kinds! {
    /// It was submitted.
    Submitted = "REQUEST_SUBMITTED",
    /// It was imported from another system.
    Imported = "REQUEST_IMPORTED",
    /// Somebody took it.
    Taken = "REQUEST_TAKEN",
    /// It was assigned.
    Assigned = "REQUEST_ASSIGNED",
    /// Work began.
    Started = "REQUEST_STARTED",
    /// It got another owner.
    Transferred = "REQUEST_TRANSFERRED",
    /// It went back to the pool.
    Returned = "REQUEST_RETURNED",
    /// The resident was asked something.
    QuestionAsked = "REQUEST_QUESTION_ASKED",
    /// The resident was told what is missing.
    SupplementAsked = "REQUEST_SUPPLEMENT_ASKED",
    /// The resident answered.
    Answered = "REQUEST_ANSWERED",
    /// The resident did not answer in time; work goes on.
    ResidentTimedOut = "REQUEST_RESIDENT_TIMED_OUT",
    /// It was handed to the department.
    HandedToDepartment = "REQUEST_HANDED_TO_DEPARTMENT",
    /// The department answered.
    DepartmentAnswered = "REQUEST_DEPARTMENT_ANSWERED",
    /// More time was asked for.
    ExtensionAsked = "REQUEST_EXTENSION_ASKED",
    /// The deadline was extended.
    Extended = "REQUEST_EXTENDED",
    /// An extension was refused.
    ExtensionRefused = "REQUEST_EXTENSION_REFUSED",
    /// Time that the law leaves out was declared.
    StatutoryTimeDeclared = "REQUEST_STATUTORY_TIME_DECLARED",
    /// A public note was written.
    NoteAdded = "REQUEST_NOTE_ADDED",
    /// An internal note was written.
    InternalNoteAdded = "REQUEST_INTERNAL_NOTE_ADDED",
    /// Somebody tried to reach the resident.
    ContactAttempted = "REQUEST_CONTACT_ATTEMPTED",
    /// The number of another system was added.
    ExternalReferenceAdded = "REQUEST_EXTERNAL_REFERENCE_ADDED",
    /// A contact task was done.
    ContactTaskDone = "CONTACT_TASK_DONE",
    /// A result was given.
    Resolved = "REQUEST_RESOLVED",
    /// The resident said that it is done.
    Confirmed = "REQUEST_CONFIRMED",
    /// A call or visit about the result is owed for a week already.
    NotToldYet = "REQUEST_NOT_TOLD_YET",
    /// It closed after seven days of silence.
    ClosedUnconfirmed = "REQUEST_CLOSED_UNCONFIRMED",
    /// It was reopened.
    Reopened = "REQUEST_REOPENED",
    /// The resident took it back.
    Withdrawn = "REQUEST_WITHDRAWN",
    /// It was declined.
    Declined = "REQUEST_DECLINED",
    /// The decline was appealed against.
    Appealed = "REQUEST_APPEALED",
    /// It was marked as a duplicate.
    Merged = "REQUEST_MERGED",
    /// It was rated.
    Rated = "REQUEST_RATED",
    /// The deadline passed.
    Overdue = "REQUEST_OVERDUE",
    /// The first response is late.
    ResponseOverdue = "REQUEST_RESPONSE_OVERDUE",
    /// Its dates were computed again.
    Reprojected = "REQUEST_REPROJECTED",
    /// Personal data was revealed to staff.
    PersonalDataRevealed = "PERSONAL_DATA_REVEALED",
    /// It was followed with a one-time code.
    Followed = "REQUEST_FOLLOWED",
}

/// In what capacity somebody did something with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ActedAs {
    /// The requester themselves, with or without an account.
    Requester,
    /// Somebody to whom the requester gave a delegation.
    Delegate,
    /// A member of staff.
    Staff,
    /// The portal by itself.
    Portal,
}

/// Something that happened to a request.
#[derive(Clone)]
pub struct ServiceRequestEvent {
    pub(super) row: EventRow,
    pub(super) internal: bool,
    pub(super) requester: Option<PersonId>,
}

impl ServiceRequestEvent {
    fn acted_as(&self) -> ActedAs {
        let row = &self.row;
        match row.actor_kind.as_str() {
            "SYSTEM" => ActedAs::Portal,
            "USER" if row.delegation.is_some() => ActedAs::Delegate,
            // An import may have no requester, and is worked on by staff.
            "USER" if row.beneficiary_id.is_some() || self.requester.is_none() => ActedAs::Staff,
            _ => ActedAs::Requester,
        }
    }
}

/// Something that happened to a request.
#[Object(serial)]
impl ServiceRequestEvent {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Position among the events of the request, from 1.
    async fn seq(&self) -> i32 {
        self.row.seq
    }

    /// What.
    async fn kind(&self) -> ServiceRequestEventKind {
        ServiceRequestEventKind::of(&self.row.kind)
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.row.at
    }

    /// Which member of staff or resident did it; null for residents, and for what the portal did
    /// by itself.
    async fn actor(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        match self.row.actor_id.filter(|_| self.internal) {
            Some(id) => Ok(Some(load_staff(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// In what capacity it was done.
    #[graphql(name = "actedAs")]
    async fn capacity(&self) -> ActedAs {
        self.acted_as()
    }

    /// Which delegate did it, masked: for the requester, the delegate and the responsible staff. Null for
    /// others, and for what nobody did by a delegation.
    async fn delegate(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        let own = ctx.actor().person().is_some() && ctx.actor().person() == self.requester;
        let known = own || self.internal || ctx.actor().account() == self.row.actor_id;
        let Some(account) = self.row.actor_id.filter(|_| known) else { return Ok(None) };
        if self.acted_as() != ActedAs::Delegate {
            return Ok(None);
        }
        match ctx.load::<AccountLoader, _>(account).await? {
            Some(account) => masked(ctx, account.person_id).await,
            None => Ok(None),
        }
    }

    /// For whom it was done, masked, where somebody else than the requester did it.
    async fn beneficiary(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        match self.row.beneficiary_id {
            Some(id) => masked(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Whether it was done for the requester by somebody else.
    async fn on_behalf(&self) -> bool {
        self.row.beneficiary_id.is_some() && self.row.actor_id.is_some()
    }
}
