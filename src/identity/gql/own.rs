//! Who is asking, and what they see of themselves.

use async_graphql::{Context, ID, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{ContactPreference, Role},
    ids::AccountId,
    inbox_message, person, role_grant, session,
};

use super::super::queries;
use crate::{
    api::{self, Ctx, connection},
    kernel::{Actor, Locale, actor::Grant, page::Cursor},
};

/// Who is asking.
#[derive(Union)]
pub enum Viewer {
    /// Nobody who signed in.
    Visitor(Visitor),
    /// Somebody who signed in.
    Account(Box<SignedIn>),
}

/// Nobody who signed in: may read the catalogue and follow a request by number and code.
#[derive(SimpleObject)]
pub struct Visitor {
    /// Whether a one-time code lets the visitor act on one followed request.
    pub following: bool,
}

/// Somebody who signed in.
pub struct SignedIn {
    person: person::Model,
    account: AccountId,
    session: linli_entity::ids::SessionId,
}

/// The viewer of the request.
pub async fn viewer(ctx: &Context<'_>) -> async_graphql::Result<Viewer> {
    match ctx.actor() {
        Actor::User(user) => Ok(Viewer::Account(Box::new(SignedIn {
            person: queries::person(ctx.app(), user.person).await?,
            account: user.account,
            session: user.session,
        }))),
        other => {
            let following = matches!(other, Actor::Tracking { .. });
            Ok(Viewer::Visitor(Visitor { following }))
        }
    }
}

/// Somebody who signed in, as they see themselves.
#[Object(name = "Account")]
impl SignedIn {
    /// Opaque id of the account.
    async fn id(&self) -> ID {
        self.account.to_string().into()
    }

    /// Opaque id of the person behind the account.
    async fn person_id(&self) -> ID {
        self.person.id.to_string().into()
    }

    /// Name, as given.
    async fn name(&self) -> Option<&str> {
        self.person.name.as_deref()
    }

    /// Phone number.
    async fn phone(&self) -> Option<&str> {
        self.person.phone.as_deref()
    }

    /// How the person wants to be told.
    async fn contact_preference(&self) -> ContactPreference {
        self.person.contact_preference
    }

    /// Language of what is sent.
    async fn language(&self) -> Locale {
        Locale::from_tag(&self.person.language).unwrap_or_default()
    }

    /// Every role that one holds now and where: granted, or following from a term of office, from standing in, from
    /// the books of a branch or from being a volunteer.
    async fn roles(&self, ctx: &Context<'_>) -> Vec<HeldRole> {
        match ctx.actor() {
            Actor::User(user) => user.grants.iter().map(HeldRole::from).collect(),
            Actor::Anonymous | Actor::Tracking { .. } | Actor::System(_) => Vec::new(),
        }
    }

    /// Roles that were granted and are in force; at most 100. Others follow from something else: `roles` has all.
    async fn grants(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<RoleGrant>> {
        let rows = queries::grants(ctx.app(), self.account).await?;
        Ok(rows.into_iter().map(RoleGrant::from).collect())
    }

    /// Sessions that are still good, newest first; at most 50.
    async fn sessions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Session>> {
        let rows = queries::sessions(ctx.app(), self.account).await?;
        Ok(rows.into_iter().map(|row| Session::of(row, self.session)).collect())
    }

    /// The inbox, newest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn inbox(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<InboxMessageConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::inbox_count(ctx.app(), self.person.id).await?)
        } else {
            0
        };
        let page = queries::inbox(ctx.app(), self.person.id, page).await?;
        let cursor = |row: &inbox_message::Model| Cursor { at: row.created_at, id: row.id.0 };
        Ok(InboxMessageConnection::new(page, cursor, total, InboxMessage::from))
    }
}

/// A role in a scope.
#[derive(Clone, SimpleObject)]
pub struct RoleGrant {
    /// Opaque id.
    pub id: ID,
    /// The account that holds it.
    pub account_id: ID,
    /// The role.
    pub role: Role,
    /// The place that it is for; null for the whole system.
    pub scope_id: Option<ID>,
    /// Since when.
    pub granted_at: DateTime<Utc>,
    /// When it ends by itself.
    pub valid_until: Option<DateTime<Utc>>,
}

impl From<role_grant::Model> for RoleGrant {
    fn from(row: role_grant::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            account_id: row.account_id.to_string().into(),
            role: row.role,
            scope_id: row.scope_id.map(|s| s.to_string().into()),
            granted_at: row.granted_at,
            valid_until: row.valid_until,
        }
    }
}

/// A session: one device that is signed in.
#[derive(Clone, SimpleObject)]
pub struct Session {
    /// Opaque id.
    pub id: ID,
    /// What the client called itself.
    pub device: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// Whether it is the one in use.
    pub current: bool,
}

impl Session {
    fn of(row: session::Model, current: linli_entity::ids::SessionId) -> Self {
        Self {
            id: row.id.to_string().into(),
            device: row.device,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            current: row.id == current,
        }
    }
}

/// A role that somebody holds now.
#[derive(Clone, SimpleObject)]
pub struct HeldRole {
    /// Which.
    pub role: Role,
    /// The place for which; null for the whole system.
    pub place_id: Option<ID>,
}

impl From<&Grant> for HeldRole {
    fn from(grant: &Grant) -> Self {
        Self { role: grant.role, place_id: grant.scope.map(|place| place.to_string().into()) }
    }
}

/// A message in the inbox: what happened to which request, activity, booking or delegation. It holds no
/// personal text.
#[derive(Clone, SimpleObject)]
pub struct InboxMessage {
    /// Opaque id.
    pub id: ID,
    /// What happened, such as `REQUEST_RESOLVED`: the kind of the event.
    pub kind: String,
    /// The request that it is about.
    pub request_id: Option<ID>,
    /// The activity that it is about.
    pub activity_id: Option<ID>,
    /// The booking of a venue that it is about.
    pub venue_booking_id: Option<ID>,
    /// The order or wish that it is about.
    pub wish_id: Option<ID>,
    /// The incident, if it is about one.
    pub incident_id: Option<ID>,
    /// The task of an agency, for its officers.
    pub agency_task_id: Option<ID>,
    /// The delegation that it is about.
    pub delegation_id: Option<ID>,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<inbox_message::Model> for InboxMessage {
    fn from(row: inbox_message::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            kind: row.kind,
            request_id: row.request_id.map(|r| r.to_string().into()),
            activity_id: row.activity_id.map(|a| a.to_string().into()),
            venue_booking_id: row.venue_booking_id.map(|b| b.to_string().into()),
            wish_id: row.wish_id.map(|w| w.to_string().into()),
            incident_id: row.incident_id.map(|i| i.to_string().into()),
            agency_task_id: row.agency_task_id.map(|t| t.to_string().into()),
            delegation_id: row.delegation_id.map(|d| d.to_string().into()),
            created_at: row.created_at,
        }
    }
}

connection!(InboxMessageConnection, InboxMessageEdge, InboxMessage, "inbox messages");
