//! Identity in the schema.

mod holder;
mod inputs;
mod staff;

use async_graphql::{ComplexObject, Context, Enum, ID, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};
use linli_entity::{
    account,
    enums::{ContactPreference, Role},
    ids::{AccountId, PersonId},
    inbox_message, person, role_grant, session,
};

pub use holder::RecordHolder;
use inputs::{
    CodeSendInput, PasswordChangeInput, PasswordResetInput, RegisterInput, SessionRefreshInput,
    SessionRevokeInput, SignInInput,
};
pub use staff::{StaffMutation, StaffQuery};

use super::{
    queries,
    service::{self, Credentials, Registration, SessionTokens},
};
use crate::{
    api::{self, Ctx, connection, loader, optional_id, payload},
    kernel::{Actor, Locale, actor::Grant, page::Cursor, text},
};

loader! {
    /// Accounts, for the names of staff.
    AccountLoader(AccountId => account::Model) = queries::accounts
}
loader! {
    /// Who has a record now, for masked names.
    PersonLoader(PersonId => person::Model) = queries::record_holders
}

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
    /// the books of a branch or from being a volunteer. Of one's own account; of others none is told here.
    async fn roles(&self, ctx: &Context<'_>) -> Vec<HeldRole> {
        let grants = match ctx.actor() {
            Actor::User(user) if user.account == self.account => user.grants.as_slice(),
            _ => &[],
        };
        grants.iter().map(HeldRole::from).collect()
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

/// A member of staff, as everybody may see them.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct Staff {
    /// Opaque id of the account.
    pub id: ID,
    /// Name.
    pub name: String,
}

impl Staff {
    /// From id and name.
    pub fn new(id: AccountId, name: Option<&str>) -> Self {
        Self { id: id.to_string().into(), name: name.unwrap_or_default().to_owned() }
    }
}

/// A person, as staff see them: masked.
#[derive(Clone, SimpleObject)]
#[graphql(complex, serial)]
pub struct MaskedPerson {
    /// Opaque id.
    pub id: ID,
    /// First character and a mask; in full for the person themselves.
    pub name: String,
    /// Last digits of the phone; null where it was not looked up by phone.
    pub phone: Option<String>,
    /// How the person wants to be told.
    pub contact_preference: ContactPreference,
    #[graphql(skip)]
    verified: bool,
}

#[ComplexObject]
impl MaskedPerson {
    /// Whether the phone was verified by the person.
    async fn phone_verified(&self) -> bool {
        self.verified
    }
}

impl MaskedPerson {
    /// A person as `actor` may see them in passing.
    pub fn new(
        actor: &Actor,
        id: PersonId,
        name: Option<&str>,
        contact: Option<ContactPreference>,
    ) -> Self {
        let name = name.unwrap_or_default();
        let own = actor.person() == Some(id);
        Self {
            id: id.to_string().into(),
            name: if own { name.to_owned() } else { text::mask_name(name) },
            phone: None,
            contact_preference: contact.unwrap_or(ContactPreference::Inbox),
            verified: false,
        }
    }

    /// A person found by phone.
    pub fn found(actor: &Actor, row: &person::Model) -> Self {
        let preference = Some(row.contact_preference);
        Self {
            phone: row.phone.as_deref().map(text::mask_phone),
            verified: row.phone_verified,
            ..Self::new(actor, row.id, row.name.as_deref(), preference)
        }
    }
}

/// What a client gets when it signs in.
#[derive(SimpleObject)]
pub struct Tokens {
    /// The account.
    pub account_id: ID,
    /// The session.
    pub session_id: ID,
    /// Send it as `Authorization: Bearer …`; ends after 15 minutes.
    pub access_token: String,
    /// When the access token ends.
    pub access_expires_at: DateTime<Utc>,
    /// Exchange it for new tokens; works once.
    pub refresh_token: String,
    /// When the refresh token ends.
    pub refresh_expires_at: DateTime<Utc>,
}

impl From<SessionTokens> for Tokens {
    fn from(tokens: SessionTokens) -> Self {
        Self {
            account_id: tokens.account.to_string().into(),
            session_id: tokens.session.to_string().into(),
            access_token: tokens.access_token,
            access_expires_at: tokens.access_expires_at,
            refresh_token: tokens.refresh_token,
            refresh_expires_at: tokens.refresh_expires_at,
        }
    }
}

/// A promise that a code is on its way; says the same for every phone number.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
pub enum Sent {
    /// If the phone can be used for this, it gets a code by text message.
    Sent,
}

payload! {
    /// Answer of a request for a code.
    CodeSendPayload {
        /// Always the same, whoever holds the phone.
        status: Sent
    }
    /// Answer of everything that signs in.
    TokensPayload {
        /// The tokens.
        tokens: Tokens
    }
    /// Answer of ending a session.
    SessionRevokePayload {
        /// The session that ended.
        session_id: ID
    }
    /// Answer of changing the password.
    PasswordChangePayload {
        /// The account.
        account_id: ID
    }
}

/// Mutations of identity.
#[derive(Default)]
pub struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Sends a code to a phone that wants to register. The answer is the same for every phone.
    async fn registration_code_send(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The phone.")] input: CodeSendInput,
    ) -> async_graphql::Result<CodeSendPayload> {
        let call = ctx.call();
        let done =
            service::registration_start(ctx.app(), &call.actor, &call.address, &input.phone).await;
        CodeSendPayload::new(ctx, done, |()| Sent::Sent)
    }

    /// Registers with the code that was sent, and signs in.
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who registers.")] input: RegisterInput,
    ) -> async_graphql::Result<TokensPayload> {
        let call = ctx.call();
        let input = Registration {
            phone: input.phone,
            code: input.code,
            password: input.password,
            name: input.name,
            language: input.language,
            contact_preference: input.contact_preference,
            device: input.device,
        };
        let done = service::register(ctx.app(), &call.actor, &call.address, input).await;
        TokensPayload::new(ctx, done, Tokens::from)
    }

    /// Signs in with phone and password.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: SignInInput,
    ) -> async_graphql::Result<TokensPayload> {
        let call = ctx.call();
        let SignInInput { phone, password, device } = input;
        let input = Credentials { phone, password, device };
        let done = service::sign_in(ctx.app(), &call.actor, &call.address, input).await;
        TokensPayload::new(ctx, done, Tokens::from)
    }

    /// Exchanges a refresh token for new tokens. A token that is used twice ends the session.
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] input: SessionRefreshInput,
    ) -> async_graphql::Result<TokensPayload> {
        let call = ctx.call();
        let token = &input.refresh_token;
        let done = service::refresh(ctx.app(), &call.actor, &call.address, token).await;
        TokensPayload::new(ctx, done, Tokens::from)
    }

    /// Ends one of one's own sessions.
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: SessionRevokeInput,
    ) -> async_graphql::Result<SessionRevokePayload> {
        let session = optional_id("input.sessionId", input.session_id.as_ref())?;
        let done = service::session_revoke(ctx.app(), ctx.actor(), session).await;
        SessionRevokePayload::new(ctx, done, |id| id.to_string().into())
    }

    /// Changes the password; every other session ends.
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Old and new.")] input: PasswordChangeInput,
    ) -> async_graphql::Result<PasswordChangePayload> {
        let PasswordChangeInput { current_password, new_password } = input;
        let done =
            service::password_change(ctx.app(), ctx.actor(), current_password, new_password).await;
        PasswordChangePayload::new(ctx, done, |id| id.to_string().into())
    }

    /// Sends a code with which a new password can be set. The answer is the same for every phone.
    async fn password_reset_code_send(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The phone.")] input: CodeSendInput,
    ) -> async_graphql::Result<CodeSendPayload> {
        let call = ctx.call();
        let done =
            service::password_reset_start(ctx.app(), &call.actor, &call.address, &input.phone)
                .await;
        CodeSendPayload::new(ctx, done, |()| Sent::Sent)
    }

    /// Sets a new password with the code that was sent; every session ends, and a new one begins.
    async fn password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code and new password.")] input: PasswordResetInput,
    ) -> async_graphql::Result<TokensPayload> {
        let call = ctx.call();
        let PasswordResetInput { phone, code, password, device } = input;
        let input = Credentials { phone, password, device };
        let done =
            service::password_reset(ctx.app(), &call.actor, &call.address, input, &code).await;
        TokensPayload::new(ctx, done, Tokens::from)
    }
}

/// Queries of identity.
#[derive(Default)]
pub struct IdentityQuery;

#[Object]
impl IdentityQuery {
    /// Who is asking.
    async fn viewer(&self, ctx: &Context<'_>) -> async_graphql::Result<Viewer> {
        viewer(ctx).await
    }
}
