//! Staff accounts and roles in the schema; for administrators.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{
    account,
    enums::{AccountState, Role},
    ids::PlaceId,
};

use super::{RoleGrant, Staff};
use crate::{
    api::{self, Ctx, optional_id, payload},
    identity::{
        queries,
        service::{self, NewGrant, NewStaff},
    },
    kernel::{Action, Target, policy, text},
    requests,
};

payload! {
    /// Answer of creating a staff account.
    StaffCreatePayload {
        /// The new member of staff.
        staff: Staff
    }
    /// Answer of granting or revoking a role.
    RoleGrantPayload {
        /// The grant.
        grant: RoleGrant
    }
    /// Answer of locking or unlocking an account.
    AccountPayload {
        /// The account.
        account: StaffAccount
    }
}

/// An account, as administrators see it.
#[derive(Clone, SimpleObject)]
pub struct StaffAccount {
    /// Opaque id.
    pub id: ID,
    /// Whether it can be signed in with.
    pub state: AccountState,
}

/// A new account for a member of staff.
#[derive(InputObject)]
pub struct StaffCreateInput {
    /// Phone number to sign in with; the password is set with a code sent to it.
    pub phone: String,
    /// Name, shown to residents.
    pub name: String,
}

/// A role to grant.
#[derive(InputObject)]
pub struct RoleGrantInput {
    /// The account.
    pub account_id: ID,
    /// The role.
    pub role: Role,
    /// The place that it is for; leave out for the whole system.
    pub scope_id: Option<ID>,
    /// When it ends by itself.
    pub valid_until: Option<DateTime<Utc>>,
    /// The name that residents are to see, for somebody who registered as a resident: at most 200
    /// characters. Accounts of staff have one.
    pub staff_name: Option<String>,
}

/// A role to take back.
#[derive(InputObject)]
pub struct RoleRevokeInput {
    /// The grant.
    pub grant_id: ID,
}

/// An account to lock or unlock.
#[derive(InputObject)]
pub struct AccountInput {
    /// The account.
    pub account_id: ID,
}

/// Mutations of staff accounts and roles.
#[derive(Default)]
pub struct StaffMutation;

#[Object]
impl StaffMutation {
    /// Creates an account for a member of staff. For administrators.
    async fn staff_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: StaffCreateInput,
    ) -> async_graphql::Result<StaffCreatePayload> {
        let input = NewStaff { phone: input.phone, name: input.name, password: None };
        let done = service::staff_create(ctx.app(), ctx.actor(), input).await;
        StaffCreatePayload::new(ctx, done, |a| Staff::new(a.id, a.staff_name.as_deref()))
    }

    /// Grants a role in a scope. For administrators.
    async fn role_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, what and where.")] input: RoleGrantInput,
    ) -> async_graphql::Result<RoleGrantPayload> {
        let input = NewGrant {
            account: api::id("input.accountId", &input.account_id)?,
            role: input.role,
            scope: optional_id::<PlaceId>("input.scopeId", input.scope_id.as_ref())?,
            valid_until: input.valid_until,
            staff_name: input.staff_name,
        };
        let done = service::grant(ctx.app(), ctx.actor(), input).await;
        RoleGrantPayload::new(ctx, done, RoleGrant::from)
    }

    /// Takes a role back. For administrators. Refused with `HAS_OPEN_REQUESTS` while the person owns
    /// open requests that no other role of theirs lets them own: transfer them first.
    async fn role_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RoleRevokeInput,
    ) -> async_graphql::Result<RoleGrantPayload> {
        let grant = api::id("input.grantId", &input.grant_id)?;
        let done = requests::service::role_revoke(ctx.app(), ctx.actor(), grant).await;
        RoleGrantPayload::new(ctx, done, RoleGrant::from)
    }

    /// Locks an account: it cannot be signed in with, and every session of it ends. Its open requests
    /// return to the pool; those that wait for a resident or are with a department go to its
    /// stand-in, or to a manager. For administrators.
    async fn account_lock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AccountInput,
    ) -> async_graphql::Result<AccountPayload> {
        let id = api::id("input.accountId", &input.account_id)?;
        let done = requests::service::account_lock(ctx.app(), ctx.actor(), id).await;
        AccountPayload::new(ctx, done, StaffAccount::from)
    }

    /// Opens a locked account again. For administrators.
    async fn account_unlock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AccountInput,
    ) -> async_graphql::Result<AccountPayload> {
        let id = api::id("input.accountId", &input.account_id)?;
        let done = service::account_unlock(ctx.app(), ctx.actor(), id).await;
        AccountPayload::new(ctx, done, StaffAccount::from)
    }
}

impl From<account::Model> for StaffAccount {
    fn from(row: account::Model) -> Self {
        Self { id: row.id.to_string().into(), state: row.state }
    }
}

/// Queries of staff accounts.
#[derive(Default)]
pub struct StaffQuery;

#[Object]
impl StaffQuery {
    /// The account of an exact phone number with its roles, or null. For administrators.
    async fn staff_by_phone(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Phone number.")] phone: String,
    ) -> async_graphql::Result<Option<StaffRecord>> {
        policy::authorize(ctx.actor(), Action::GrantManage, &Target::NONE)?;
        let phone = text::phone("phone", &phone)?;
        let Some(account) = queries::account_by_phone(ctx.app(), &phone).await? else {
            return Ok(None);
        };
        let grants = queries::grants(ctx.app(), account.id).await?;
        Ok(Some(StaffRecord {
            staff: Staff::new(account.id, account.staff_name.as_deref()),
            grants: grants.into_iter().map(RoleGrant::from).collect(),
        }))
    }
}

/// A member of staff with their roles.
#[derive(SimpleObject)]
pub struct StaffRecord {
    /// Who.
    pub staff: Staff,
    /// Roles in force; at most 100.
    pub grants: Vec<RoleGrant>,
}
