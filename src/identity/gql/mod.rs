//! Identity in the schema.

mod holder;
mod inputs;
mod own;
mod people;
mod staff;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{
    account,
    ids::{AccountId, PersonId},
    person,
};

pub use holder::RecordHolder;
use inputs::{
    CodeSendInput, PasswordChangeInput, PasswordResetInput, RegisterInput, SessionRefreshInput,
    SessionRevokeInput, SignInInput,
};
pub use own::*;
pub use people::{MaskedPerson, Staff};
pub use staff::{StaffMutation, StaffQuery};

use super::{
    queries,
    service::{self, Credentials, Registration, SessionTokens},
};
use crate::api::{Ctx, loader, optional_id, payload};

loader! {
    /// Accounts, for the names of staff.
    AccountLoader(AccountId => account::Model) = queries::accounts
}
loader! {
    /// Who has a record now, for masked names.
    PersonLoader(PersonId => person::Model) = queries::record_holders
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
        let done = service::registration_start(
            ctx.app(),
            &call.actor,
            &call.address,
            (&input.phone, call.languages.first()),
        )
        .await;
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
