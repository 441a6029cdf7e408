//! Staff accounts and role grants.

use chrono::{DateTime, Utc};
use linli_entity::{
    account,
    enums::{AccountState, ContactPreference, Role},
    ids::{AccountId, PersonId, PlaceId, RoleGrantId},
    person, place, role_grant,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};

use super::{password, sessions::revoke_all_in_tx};
use crate::{
    identity::{queries, rules},
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Locale, Rejected, Result, Target, Tx,
        text,
    },
};

/// A new account for a member of staff.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// Phone number to sign in with.
    pub phone: String,
    /// Name, shown to residents.
    pub name: String,
    /// A first password; without one the person sets it with a code sent to the phone.
    pub password: Option<String>,
}

/// Creates an account for a member of staff. It may do nothing until a role is granted.
pub async fn staff_create(
    app: &App,
    actor: &Actor,
    input: NewStaff,
) -> Result<Committed<account::Model>> {
    let phone = text::phone("phone", &input.phone)?;
    text::check("name", &input.name, text::LINE)?;
    let password = match input.password {
        Some(password) => {
            rules::check_password("password", &password, &phone)?;
            password
        }
        // Nobody knows it, so nobody can sign in with it.
        None => crate::kernel::crypto::code(&app.ids, 32),
    };
    let password_hash = password::hash(password).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::GrantManage, &Target::NONE)?;
    let person_id = PersonId(tx.new_id());
    let row = person::ActiveModel {
        id: Set(person_id),
        name: Set(Some(input.name.clone())),
        phone: Set(Some(phone.clone())),
        phone_verified: Set(false),
        contact_preference: Set(ContactPreference::Inbox),
        language: Set(Locale::default().tag().to_owned()),
        merged_into: Set(None),
        created_at: Set(tx.now()),
        version: Set(1),
    };
    person::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    let row = account::Model {
        id: AccountId(tx.new_id()),
        person_id,
        phone,
        password_hash,
        state: AccountState::Active,
        staff_name: Some(input.name),
        created_at: tx.now(),
        password_changed_at: tx.now(),
    };
    account::Entity::insert(account::ActiveModel::from(row.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    let event = Event::new(permit, "ACCOUNT_CREATED", "account", row.id);
    tx.commit(vec![event], row).await
}

/// A role for an account in a scope.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The account.
    pub account: AccountId,
    /// The role.
    pub role: Role,
    /// The place; none for the whole system.
    pub scope: Option<PlaceId>,
    /// Ends by itself at this instant.
    pub valid_until: Option<DateTime<Utc>>,
    /// The name that residents see, for an account that has none: somebody who registered as a
    /// resident.
    pub staff_name: Option<String>,
}

/// Grants a role.
pub async fn grant(
    app: &App,
    actor: &Actor,
    input: NewGrant,
) -> Result<Committed<role_grant::Model>> {
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::GrantManage, &Target::NONE)?;
    let unknown = |path| Error::from(Rejected::at(Code::UnknownReference, path));
    if !rules::is_granted(input.role) {
        let wanted = "a role that is granted: volunteers register, members are recorded by their \
                      branch, block leads and general leads have terms of office";
        return Err(Rejected::at(Code::InvalidValue, "role").with("wanted", wanted).into());
    }
    if rules::meets_residents(input.role) {
        public_name_in_tx(&tx, input.account, input.staff_name.as_deref()).await?;
    } else {
        lock_account(&tx, input.account).await?;
    }
    let scope = match input.scope {
        None => None,
        Some(scope) => {
            let place = place::Entity::find_by_id(scope).one(tx.conn()).await?;
            Some(place.ok_or_else(|| unknown("scopeId"))?)
        }
    };
    if !rules::scopes(input.role).contains(&scope.as_ref().map(|s| s.kind)) {
        return Err(Rejected::at(Code::BadScope, "scopeId").into());
    }
    // One that ended by itself makes room for a new one.
    role_grant::Entity::update_many()
        .col_expr(role_grant::Column::RevokedAt, Expr::value(tx.now()))
        .filter(role_grant::Column::AccountId.eq(input.account))
        .filter(role_grant::Column::Role.eq(input.role))
        .filter(role_grant::Column::RevokedAt.is_null())
        .filter(role_grant::Column::ValidUntil.lte(tx.now()))
        .exec(tx.conn())
        .await?;
    let row = role_grant::Model {
        id: RoleGrantId(tx.new_id()),
        account_id: input.account,
        role: input.role,
        scope_id: input.scope,
        granted_by: actor.account(),
        granted_at: tx.now(),
        valid_until: input.valid_until,
        revoked_at: None,
    };
    role_grant::Entity::insert(role_grant::ActiveModel::from(row.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    tx.forgets(queries::MEMO, None);
    let event = Event::new(permit, "ROLE_GRANTED", "account", row.account_id)
        .community(scope.and_then(|s| s.community_id))
        .data(
            serde_json::json!({ "role": row.role, "scope": row.scope_id.map(|s| s.to_string()) }),
        );
    tx.commit(vec![event], row).await
}

async fn lock_account(tx: &Tx<'_>, id: AccountId) -> Result<account::Model> {
    account::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or_else(|| Rejected::at(Code::UnknownReference, "accountId").into())
}

/// Sees to it that an account has a name that residents see: `name`, if it has none. Locks it, so that
/// whoever takes the account out of use waits or was seen.
pub async fn public_name_in_tx(
    tx: &Tx<'_>,
    account: AccountId,
    name: Option<&str>,
) -> Result<account::Model> {
    let account = lock_account(tx, account).await?;
    if account.staff_name.is_none() {
        let name = name.unwrap_or_default();
        text::check("staffName", name, text::LINE)?;
        account::Entity::update_many()
            .col_expr(account::Column::StaffName, Expr::value(name))
            .filter(account::Column::Id.eq(account.id))
            .exec(tx.conn())
            .await?;
    }
    Ok(account)
}

/// For a caller whose change gives or takes a role that nobody grants: it holds as soon as this is
/// committed, on other instances within seconds.
pub fn roles_changed_in_tx(tx: &Tx<'_>) {
    tx.forgets(queries::MEMO, None);
}

/// Takes a role back, within the transaction of a caller who sees to what the person owned by it. It
/// ends on every instance within seconds.
pub async fn revoke_grant_in_tx(
    tx: &Tx<'_>,
    id: RoleGrantId,
) -> Result<(role_grant::Model, Event)> {
    let permit = tx.authorize(Action::GrantManage, &Target::NONE)?;
    let row = role_grant::Entity::find_by_id(id)
        .filter(role_grant::Column::RevokedAt.is_null())
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    // Whoever makes this account an owner right now is waited for, and then seen.
    account::Entity::find_by_id(row.account_id).lock_exclusive().one(tx.conn()).await?;
    let revoked = role_grant::Entity::update_many()
        .col_expr(role_grant::Column::RevokedAt, Expr::value(tx.now()))
        .filter(role_grant::Column::Id.eq(id))
        .filter(role_grant::Column::RevokedAt.is_null())
        .exec(tx.conn())
        .await?;
    if revoked.rows_affected == 0 {
        // Somebody else was faster.
        return Err(Error::NotFound);
    }
    tx.forgets(queries::MEMO, None);
    let scope = match row.scope_id {
        None => None,
        Some(scope) => place::Entity::find_by_id(scope).one(tx.conn()).await?,
    };
    let event = Event::new(permit, "ROLE_REVOKED", "account", row.account_id)
        .community(scope.and_then(|s| s.community_id))
        .data(
            serde_json::json!({ "role": row.role, "scope": row.scope_id.map(|s| s.to_string()) }),
        );
    Ok((role_grant::Model { revoked_at: Some(tx.now()), ..row }, event))
}

/// Locks an account, which ends all of its sessions, within the transaction of a caller who sees to
/// what it owned. Nobody locks themselves out.
pub async fn account_lock_in_tx(tx: &Tx<'_>, id: AccountId) -> Result<(account::Model, Event)> {
    if tx.actor().account() == Some(id) {
        let wanted = "another account than one's own";
        return Err(Rejected::at(Code::InvalidValue, "accountId").with("wanted", wanted).into());
    }
    let (row, event) = set_state(tx, id, AccountState::Locked, "ACCOUNT_LOCKED").await?;
    revoke_all_in_tx(tx, id, None, "ACCOUNT_LOCKED").await?;
    Ok((row, event))
}

/// Opens a locked account again. What it owned stays with whom it went to.
pub async fn account_unlock(
    app: &App,
    actor: &Actor,
    id: AccountId,
) -> Result<Committed<account::Model>> {
    let tx = app.begin(actor).await?;
    let (row, event) = set_state(&tx, id, AccountState::Active, "ACCOUNT_UNLOCKED").await?;
    tx.commit(vec![event], row).await
}

async fn set_state(
    tx: &Tx<'_>,
    id: AccountId,
    state: AccountState,
    kind: &'static str,
) -> Result<(account::Model, Event)> {
    let permit = tx.authorize(Action::GrantManage, &Target::NONE)?;
    let mut row = account::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    row.state = state;
    account::Entity::update_many()
        .col_expr(account::Column::State, Expr::value(state))
        .filter(account::Column::Id.eq(id))
        .exec(tx.conn())
        .await?;
    Ok((row, Event::new(permit, kind, "account", id)))
}
