//! Sign-in, refreshing, signing out, passwords.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use linli_entity::{
    account,
    enums::{AccountState, VerificationPurpose},
    ids::{AccountId, SessionId},
    refresh_token, session,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};

use super::{
    password,
    verification::{Verdict, check_in_tx, start_in_tx},
};
use crate::{
    identity::{
        queries, rules,
        tokens::{self, Signer},
    },
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Locale, Rejected, Result, Target, Tx,
        crypto, text,
    },
};

/// What a client gets when it signs in or refreshes.
#[derive(Clone)]
pub struct SessionTokens {
    /// The account.
    pub account: AccountId,
    /// The session.
    pub session: SessionId,
    /// Short-lived, signed.
    pub access_token: String,
    /// When the access token ends.
    pub access_expires_at: DateTime<Utc>,
    /// Works once.
    pub refresh_token: String,
    /// When the refresh token ends.
    pub refresh_expires_at: DateTime<Utc>,
}

/// What somebody signs in with.
#[derive(Clone)]
pub struct Credentials {
    /// Phone number, as typed.
    pub phone: String,
    /// Password.
    pub password: String,
    /// What the client calls itself.
    pub device: Option<String>,
}

/// Signs in. Unknown phone, wrong password and locked account look and last the same.
pub async fn sign_in(
    app: &App,
    actor: &Actor,
    address: &str,
    input: Credentials,
) -> Result<Committed<SessionTokens>> {
    let phone = text::phone("phone", &input.phone)?;
    text::check_optional("device", input.device.as_deref(), text::LINE)?;
    let from = format!("sign-in-address:{address}");
    app.throttle(&from, rules::SIGN_IN_PER_ADDRESS).await?;
    let bucket = format!("sign-in:{phone}");
    app.throttle(&bucket, rules::SIGN_IN_PER_ACCOUNT).await?;
    let account = account::Entity::find()
        .filter(account::Column::Phone.eq(&phone))
        .one(app.db.reader())
        .await?;
    let stored = account
        .as_ref()
        .filter(|a| a.state == AccountState::Active)
        .map(|a| a.password_hash.clone());
    let right = input.password.len() <= 512 && password::verify(input.password, stored).await?;

    let signer = tokens::signer(app).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    // What the password was checked against must still hold: a reset may have come in between.
    let still = lock_account(&tx, account.as_ref().map(|a| a.id)).await?;
    let same = match (&account, &still) {
        (Some(a), Some(b)) => b.state == AccountState::Active && a.password_hash == b.password_hash,
        _ => false,
    };
    let Some(account) = account.filter(|_| right && same) else {
        // For an unknown phone the same is written, so that it takes as long.
        let aggregate = still.map_or_else(|| tx.new_id(), |a| a.id.0);
        let event = Event::new(permit, "SIGN_IN_FAILED", "account", aggregate);
        return Err(tx.reject_and_commit(event, Code::WrongCredentials).await);
    };
    let tokens = open_session(&tx, &signer, account.id, input.device).await?;
    let event = Event::new(permit, "SIGNED_IN", "account", account.id);
    let done = tx.commit(vec![event], tokens).await?;
    app.throttle_reset(&bucket).await?;
    // A whole office may stand behind one address: only failures count against it.
    app.throttle_return(&from).await?;
    Ok(done)
}

async fn lock_account(tx: &Tx<'_>, id: Option<AccountId>) -> Result<Option<account::Model>> {
    let id = id.unwrap_or(AccountId(uuid::Uuid::nil()));
    Ok(account::Entity::find_by_id(id).lock_exclusive().one(tx.conn()).await?)
}

/// Opens a session within a transaction.
pub(super) async fn open_session(
    tx: &Tx<'_>,
    signer: &Signer,
    account: AccountId,
    device: Option<String>,
) -> Result<SessionTokens> {
    let session = SessionId(tx.new_id());
    let row = session::ActiveModel {
        id: Set(session),
        account_id: Set(account),
        device: Set(device),
        created_at: Set(tx.now()),
        last_used_at: Set(tx.now()),
        expires_at: Set(tx.now() + rules::SESSION),
        revoked_at: Set(None),
        revoke_reason: Set(None),
    };
    session::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    new_tokens(tx, signer, account, session).await
}

async fn new_tokens(
    tx: &Tx<'_>,
    signer: &Signer,
    account: AccountId,
    session: SessionId,
) -> Result<SessionTokens> {
    let mut secret = [0; 32];
    tx.app().ids.fill(&mut secret);
    let refresh_token = BASE64_URL_SAFE_NO_PAD.encode(secret);
    let refresh_expires_at = tx.now() + rules::REFRESH_TOKEN;
    let row = refresh_token::ActiveModel {
        token_hash: Set(crypto::sha256(refresh_token.as_bytes())),
        session_id: Set(session),
        issued_at: Set(tx.now()),
        expires_at: Set(refresh_expires_at),
        used_at: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    let (access_token, access_expires_at) = signer.session(tx.app(), account, session)?;
    Ok(SessionTokens {
        account,
        session,
        access_token,
        access_expires_at,
        refresh_token,
        refresh_expires_at,
    })
}

/// Exchanges a refresh token for new tokens. A token that was used before has been stolen from or
/// by somebody: the whole session ends.
pub async fn refresh(
    app: &App,
    actor: &Actor,
    address: &str,
    token: &str,
) -> Result<Committed<SessionTokens>> {
    let from = format!("refresh-address:{address}");
    app.throttle(&from, rules::SIGN_IN_PER_ADDRESS).await?;
    let invalid = || Error::from(Code::InvalidToken);
    let signer = tokens::signer(app).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    let row = refresh_token::Entity::find_by_id(crypto::sha256(token.as_bytes()))
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or_else(invalid)?;
    let session = session::Entity::find_by_id(row.session_id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or_else(invalid)?;
    if session.revoked_at.is_some() || session.expires_at <= tx.now() {
        return Err(invalid());
    }
    let account = account::Entity::find_by_id(session.account_id)
        .one(tx.conn())
        .await?
        .filter(|a| a.state == AccountState::Active)
        .ok_or_else(invalid)?;
    if row.used_at.is_some() {
        revoke_in_tx(&tx, session.id, "TOKEN_REUSED").await?;
        let event = Event::new(permit, "REFRESH_TOKEN_REUSED", "account", account.id)
            .data(serde_json::json!({ "session": session.id.to_string() }));
        return Err(tx.reject_and_commit(event, invalid()).await);
    }
    if row.expires_at <= tx.now() {
        return Err(invalid());
    }
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(tx.now()))
        .filter(refresh_token::Column::TokenHash.eq(row.token_hash))
        .exec(tx.conn())
        .await?;
    session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, Expr::value(tx.now()))
        .filter(session::Column::Id.eq(session.id))
        .exec(tx.conn())
        .await?;
    let tokens = new_tokens(&tx, &signer, account.id, session.id).await?;
    let event = Event::new(permit, "SESSION_REFRESHED", "account", account.id);
    let done = tx.commit(vec![event], tokens).await?;
    app.throttle_return(&from).await?;
    Ok(done)
}

async fn revoke_in_tx(tx: &Tx<'_>, session: SessionId, reason: &str) -> Result<()> {
    tx.forgets(queries::MEMO, session.0);
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(tx.now()))
        .col_expr(session::Column::RevokeReason, Expr::value(reason))
        .filter(session::Column::Id.eq(session))
        .filter(session::Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn revoke_all_in_tx(
    tx: &Tx<'_>,
    account: AccountId,
    except: Option<SessionId>,
    reason: &str,
) -> Result<()> {
    tx.forgets(queries::MEMO, None);
    let mut change = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(tx.now()))
        .col_expr(session::Column::RevokeReason, Expr::value(reason))
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::RevokedAt.is_null());
    if let Some(except) = except {
        change = change.filter(session::Column::Id.ne(except));
    }
    change.exec(tx.conn()).await?;
    Ok(())
}

/// Ends one of one's own sessions; the one in use means signing out.
pub async fn session_revoke(
    app: &App,
    actor: &Actor,
    session: Option<SessionId>,
) -> Result<Committed<SessionId>> {
    let user = actor.signed_in()?;
    let wanted = session.unwrap_or(user.session);
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::OwnAccount, &Target::NONE)?;
    session::Entity::find_by_id(wanted)
        .filter(session::Column::AccountId.eq(user.account))
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    revoke_in_tx(&tx, wanted, "SIGNED_OUT").await?;
    let event = Event::new(permit, "SESSION_REVOKED", "account", user.account)
        .data(serde_json::json!({ "session": wanted.to_string() }));
    tx.commit(vec![event], wanted).await
}

/// Changes the password and ends every other session.
pub async fn password_change(
    app: &App,
    actor: &Actor,
    current: String,
    new: String,
) -> Result<Committed<AccountId>> {
    let user = actor.signed_in()?;
    app.throttle(&format!("password:{}", user.account), rules::SIGN_IN_PER_ACCOUNT).await?;
    let account = account::Entity::find_by_id(user.account)
        .one(app.db.reader())
        .await?
        .ok_or(Error::Unauthenticated)?;
    rules::check_password("newPassword", &new, &account.phone)?;
    let right = current.len() <= 512
        && password::verify(current, Some(account.password_hash.clone())).await?;
    let hash = password::hash(new).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::OwnAccount, &Target::NONE)?;
    let still = lock_account(&tx, Some(user.account)).await?;
    let same = still.is_some_and(|a| a.password_hash == account.password_hash);
    if !right || !same {
        let event = Event::new(permit, "PASSWORD_CHANGE_FAILED", "account", user.account);
        let wrong = Rejected::at(Code::WrongCredentials, "currentPassword");
        return Err(tx.reject_and_commit(event, wrong).await);
    }
    set_password(&tx, user.account, hash).await?;
    revoke_all_in_tx(&tx, user.account, Some(user.session), "PASSWORD_CHANGED").await?;
    let event = Event::new(permit, "PASSWORD_CHANGED", "account", user.account);
    tx.commit(vec![event], user.account).await
}

async fn set_password(tx: &Tx<'_>, account: AccountId, hash: String) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(hash))
        .col_expr(account::Column::PasswordChangedAt, Expr::value(tx.now()))
        .filter(account::Column::Id.eq(account))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Sends a code with which a new password can be set. The same answer for every phone.
pub async fn password_reset_start(
    app: &App,
    actor: &Actor,
    address: &str,
    phone: &str,
) -> Result<Committed<()>> {
    let phone = text::phone("phone", phone)?;
    app.throttle(&format!("code-address:{address}"), rules::CODES_PER_ADDRESS).await?;
    app.throttle(&format!("code:{phone}"), rules::CODES_PER_PHONE).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    let known = active_account(&tx, &phone).await?.is_some();
    let purpose = VerificationPurpose::ResetPassword;
    let event = start_in_tx(&tx, permit, (&phone, Locale::default()), purpose, None, known).await?;
    tx.commit(vec![event], ()).await
}

async fn active_account(tx: &Tx<'_>, phone: &str) -> Result<Option<account::Model>> {
    Ok(account::Entity::find()
        .filter(account::Column::Phone.eq(phone))
        .filter(account::Column::State.eq(AccountState::Active))
        .one(tx.conn())
        .await?)
}

/// Sets a new password with the code that was sent, ends every session and opens one.
pub async fn password_reset(
    app: &App,
    actor: &Actor,
    address: &str,
    input: Credentials,
    code: &str,
) -> Result<Committed<SessionTokens>> {
    let phone = text::phone("phone", &input.phone)?;
    text::check_optional("device", input.device.as_deref(), text::LINE)?;
    rules::check_password("password", &input.password, &phone)?;
    app.throttle(&format!("code-address:{address}"), rules::CODES_PER_ADDRESS).await?;
    app.throttle(&format!("code-try:{phone}"), rules::CODE_TRIES_PER_PHONE).await?;
    let hash = password::hash(input.password).await?;
    let signer = tokens::signer(app).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    let purpose = VerificationPurpose::ResetPassword;
    let wrong = || Error::from(Rejected::at(Code::WrongCode, "code"));
    match check_in_tx(&tx, &phone, purpose, None, code).await? {
        Verdict::Right(_) => {}
        Verdict::Wrong(None) => return Err(wrong()),
        Verdict::Wrong(Some(row)) => {
            let event = Event::new(permit, "VERIFICATION_FAILED", "verification", row);
            return Err(tx.reject_and_commit(event, wrong()).await);
        }
    }
    let account = active_account(&tx, &phone).await?.ok_or_else(wrong)?;
    set_password(&tx, account.id, hash).await?;
    revoke_all_in_tx(&tx, account.id, None, "PASSWORD_RESET").await?;
    let tokens = open_session(&tx, &signer, account.id, input.device).await?;
    let event = Event::new(permit, "PASSWORD_RESET", "account", account.id);
    tx.commit(vec![event], tokens).await
}

/// A short-lived access token for an account, without a refresh token; for operators at the
/// machine. Audited like everything else.
pub async fn admin_token(
    app: &App,
    actor: &Actor,
    phone: &str,
) -> Result<Committed<SessionTokens>> {
    let phone = text::phone("phone", phone)?;
    let signer = tokens::signer(app).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::GrantManage, &Target::NONE)?;
    let account = active_account(&tx, &phone).await?.ok_or(Error::NotFound)?;
    let mut tokens =
        open_session(&tx, &signer, account.id, Some("linli admin token".to_owned())).await?;
    tokens.refresh_token.clear();
    session::Entity::update_many()
        .col_expr(session::Column::ExpiresAt, Expr::value(tokens.access_expires_at))
        .filter(session::Column::Id.eq(tokens.session))
        .exec(tx.conn())
        .await?;
    let event = Event::new(permit, "ADMIN_TOKEN_ISSUED", "account", account.id);
    tx.commit(vec![event], tokens).await
}
