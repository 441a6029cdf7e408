//! What stands beside requests: following one without an account, the read log, contact tasks.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{
    contact_task,
    enums::{ContactWay, Outcome, ReadPurpose, RequestState},
    read_log,
};

use super::{events::masked, loaders::PublicNotesLoader, parts::PublicNote};
use crate::{
    api::{Ctx, connection},
    catalogue::gql::load_version,
    communities::gql::{Place, load},
    identity::gql::{AccountLoader, MaskedPerson, Staff},
    requests::queries::RequestRow,
};

/// A request that is followed by number and tracking code: its state and what residents read,
/// nothing else.
pub struct FollowedRequest(pub RequestRow);

/// A request that is followed by number and tracking code: its state and what residents read,
/// nothing else.
#[Object]
impl FollowedRequest {
    /// Number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// State.
    async fn state(&self) -> RequestState {
        self.0.state
    }

    /// Result, once there is one.
    async fn outcome(&self) -> Option<Outcome> {
        self.0.details.as_ref().and_then(|d| d.outcome)
    }

    /// Title of the matter in the reader's language.
    async fn matter_title(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        let version = load_version(ctx, self.0.matter_version_id).await?;
        Ok(ctx.languages(None).pick(&version.0.titles).to_owned())
    }

    /// Submission.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// Promised limit.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.0.due_at
    }

    /// What the resident and staff told each other, oldest first; at most 200.
    async fn public_notes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PublicNote>> {
        let rows = ctx.load::<PublicNotesLoader, _>(self.0.id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(PublicNote::from).collect())
    }
}

/// Somebody opened one's data.
#[derive(Clone)]
pub struct ReadLogEntry(pub(super) read_log::Model);

/// Somebody opened one's data.
#[Object]
impl ReadLogEntry {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Which member of staff; null where it was none.
    async fn staff(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        if self.0.branch_id.is_some() {
            return Ok(None);
        }
        let reader = ctx.load::<AccountLoader, _>(self.0.account_id).await?;
        let staff = reader.filter(|account| account.staff_name.is_some());
        Ok(staff.map(|account| Staff::new(account.id, account.staff_name.as_deref())))
    }

    /// Who, masked, where it was no member of staff: a delegate, or who had claimed one's wish.
    async fn reader(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        if self.0.branch_id.is_some() {
            return Ok(None);
        }
        match ctx.load::<AccountLoader, _>(self.0.account_id).await? {
            Some(account) if account.staff_name.is_none() => masked(ctx, account.person_id).await,
            Some(_) | None => Ok(None),
        }
    }

    /// The party branch for which somebody had claimed one's wish; who it was of its members is not told.
    async fn branch(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Place>> {
        match self.0.branch_id {
            Some(id) => Ok(Some(load(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// Why: opened the content, revealed personal data, looked up by phone, had claimed a wish.
    async fn purpose(&self) -> ReadPurpose {
        self.0.purpose
    }

    /// The reason that was given for revealing.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The request, where it was about one.
    async fn request_id(&self) -> Option<ID> {
        self.0.request_id.map(|id| id.to_string().into())
    }

    /// The order or wish, where it was about one.
    async fn wish_id(&self) -> Option<ID> {
        self.0.wish_id.map(|id| id.to_string().into())
    }

    /// The incident, where it was about one.
    async fn incident_id(&self) -> Option<ID> {
        self.0.incident_id.map(|id| id.to_string().into())
    }

    /// When; content is written down once an hour.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

connection!(ReadLogConnection, ReadLogEdge, ReadLogEntry, "the read log");

/// A call or visit that is owed to a resident who wants to be told that way.
#[derive(Clone, SimpleObject)]
pub struct ContactTask {
    /// Opaque id.
    pub id: ID,
    /// How.
    pub way: ContactWay,
    /// The request that it is about, if it is about one.
    pub request_id: Option<ID>,
    /// The wish that it is about, if it is about one.
    pub wish_id: Option<ID>,
    /// The incident that it is about, if it is about one: those who reported it and want to be told that way.
    pub incident_id: Option<ID>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
}

impl From<contact_task::Model> for ContactTask {
    fn from(row: contact_task::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            way: row.way,
            request_id: row.request_id.map(|id| id.to_string().into()),
            wish_id: row.wish_id.map(|id| id.to_string().into()),
            incident_id: row.incident_id.map(|id| id.to_string().into()),
            created_at: row.created_at,
            done_at: row.done_at,
        }
    }
}

connection!(ContactTaskConnection, ContactTaskEdge, ContactTask, "contact tasks");
