//! What hangs on a request: answers, notes, attempts, owners, extensions.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    contact_attempt,
    enums::{
        AuthorKind, ContactWay, ExtensionState, InternalNoteKind, OwnershipKind, PublicNoteKind,
    },
    extension, external_reference, internal_note, public_note, request_ownership,
};

use crate::{communities::gql::load_staff, identity::gql::Staff};

/// An answer to a question of the matter.
#[derive(SimpleObject)]
pub struct RequestAnswer {
    /// Code of the question.
    pub code: String,
    /// What was answered; several for multiple choice, at most 50.
    pub values: Vec<String>,
}

/// What residents read.
#[derive(Clone, SimpleObject)]
pub struct PublicNote {
    /// Opaque id.
    pub id: ID,
    /// Kind.
    pub kind: PublicNoteKind,
    /// Who wrote it, as far as it is told.
    pub author: AuthorKind,
    /// The text; null after erasure.
    pub text: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<public_note::Model> for PublicNote {
    fn from(row: public_note::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            kind: row.kind,
            author: row.author_kind,
            text: row.body,
            at: row.at,
        }
    }
}

/// What only staff read. It has a type of its own, so that it cannot stand where residents read.
pub struct InternalNote(pub(super) internal_note::Model);

/// What only staff read. It has a type of its own, so that it cannot stand where residents read.
#[Object]
impl InternalNote {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Kind.
    async fn kind(&self) -> InternalNoteKind {
        self.0.kind
    }

    /// Who wrote it.
    async fn author(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        match self.0.author_id {
            Some(id) => Ok(Some(load_staff(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// The text; null after erasure.
    async fn text(&self) -> Option<&str> {
        self.0.body.as_deref()
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

/// An attempt to reach the resident.
#[derive(SimpleObject)]
pub struct ContactAttempt {
    /// How.
    pub way: ContactWay,
    /// Whether they were reached.
    pub reached: bool,
    /// Local day.
    pub day: NaiveDate,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<contact_attempt::Model> for ContactAttempt {
    fn from(row: contact_attempt::Model) -> Self {
        Self { way: row.way, reached: row.reached, day: row.day, at: row.at }
    }
}

/// An interval of ownership.
pub struct Ownership(pub(super) request_ownership::Model);

/// An interval of ownership.
#[Object]
impl Ownership {
    /// Who.
    async fn owner(&self, ctx: &Context<'_>) -> async_graphql::Result<Staff> {
        Ok(load_staff(ctx, self.0.owner_id).await?)
    }

    /// How they came to own it.
    async fn how(&self) -> OwnershipKind {
        self.0.how
    }

    /// Since when.
    async fn from(&self) -> DateTime<Utc> {
        self.0.from_at
    }

    /// Until when; null while it lasts.
    async fn until(&self) -> Option<DateTime<Utc>> {
        self.0.until_at
    }
}

/// An extension of the deadline.
#[derive(SimpleObject)]
pub struct Extension {
    /// Opaque id.
    pub id: ID,
    /// Working days.
    pub working_days: i32,
    /// State.
    pub state: ExtensionState,
    /// Why it was asked for.
    pub reason: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
}

/// A number by which another system knows a request.
#[derive(SimpleObject)]
pub struct ExternalReference {
    /// Which system, as the office calls it, such as 12345.
    pub system: String,
    /// Its number there.
    pub number: String,
    /// The deadline there; it moves none of ours.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was added.
    pub added_at: DateTime<Utc>,
}

impl From<external_reference::Model> for ExternalReference {
    fn from(row: external_reference::Model) -> Self {
        let (system, number) = (row.system, row.number);
        Self { system, number, due_at: row.due_at, added_at: row.added_at }
    }
}

impl From<extension::Model> for Extension {
    fn from(row: extension::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            working_days: row.working_days,
            state: row.state,
            reason: row.reason,
            requested_at: row.requested_at,
            decided_at: row.decided_at,
        }
    }
}
