//! Party organisation in the schema.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{enums::MembershipEnd, ids::PartyMembershipId, party_membership};

use super::{
    queries,
    service::{self, NewMember},
};
use crate::{
    api::{self, Ctx, connection, payload},
    communities::gql::{Place, load},
    identity::gql::{MaskedPerson, RecordHolder},
    kernel::{Error, Result, page::Cursor},
    requests::gql::BeneficiaryInput,
};

/// That somebody belongs, or belonged, to a party branch. Only they and the secretary of the branch know.
#[derive(Clone)]
pub struct PartyMembership {
    row: party_membership::Model,
    holder: RecordHolder,
}

impl From<party_membership::Model> for PartyMembership {
    fn from(row: party_membership::Model) -> Self {
        Self { holder: RecordHolder::new(row.person_id), row }
    }
}

/// That somebody belongs, or belonged, to a party branch. Only they and the secretary of the branch know.
#[Object(serial)]
impl PartyMembership {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// The branch.
    async fn branch(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.row.branch_id).await?)
    }

    /// Name of the member, in full: the books of a branch are kept by name.
    async fn name(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(self.holder.name(ctx).await?)
    }

    /// The member.
    async fn member(&self, ctx: &Context<'_>) -> async_graphql::Result<MaskedPerson> {
        Ok(self.holder.masked(ctx).await?)
    }

    /// First day.
    async fn since(&self) -> NaiveDate {
        self.row.since_day
    }

    /// Last day; null while it lasts.
    async fn until(&self) -> Option<NaiveDate> {
        self.row.until_day
    }

    /// Why it ended.
    async fn ended_by(&self) -> Option<MembershipEnd> {
        self.row.ended_by
    }

    /// Whether it continues a membership in another branch.
    async fn transferred(&self) -> bool {
        self.row.from_id.is_some()
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.row.recorded_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

connection!(
    PartyMembershipConnection,
    PartyMembershipEdge,
    PartyMembership,
    "memberships in party branches"
);

payload! {
    /// Answer of a change of a membership.
    PartyMembershipPayload {
        /// The membership.
        membership: PartyMembership
    }
}

/// A member of a branch.
#[derive(InputObject)]
pub struct PartyMemberAddInput {
    /// The branch.
    pub branch_id: ID,
    /// Who.
    pub member: BeneficiaryInput,
    /// First day: not in the future.
    pub since: NaiveDate,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

/// A membership that goes on in another branch.
#[derive(InputObject)]
pub struct PartyMembershipTransferInput {
    /// The membership.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// The other branch.
    pub to_branch_id: ID,
    /// Last day in the one and first in the other: not in the future.
    pub day: NaiveDate,
}

/// A membership that ended.
#[derive(InputObject)]
pub struct PartyMembershipEndInput {
    /// The membership.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Last day: not in the future.
    pub day: NaiveDate,
    /// Whether it had been recorded by mistake.
    #[graphql(default)]
    pub mistake: bool,
}

impl PartyMemberAddInput {
    fn check(self) -> Result<NewMember> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        Ok(NewMember {
            branch: api::id("input.branchId", &self.branch_id)?,
            member: self.member.check()?,
            since: self.since,
            once,
        })
    }
}

fn membership(id: &ID, version: i32) -> Result<(PartyMembershipId, i32)> {
    Ok((api::id("input.id", id)?, version))
}

fn by_record(row: &party_membership::Model) -> Cursor {
    Cursor { at: row.recorded_at, id: row.id.0 }
}

/// Queries of party organisation.
#[derive(Default)]
pub struct PartyQuery;

#[Object]
impl PartyQuery {
    /// The members of a branch, or those who were, in the order in which they were recorded. For the
    /// secretary of that branch alone.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn party_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The branch.")] branch_id: ID,
        #[graphql(desc = "Whether those are wanted who were.", default)] past: bool,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<PartyMembershipConnection> {
        let branch = api::id("branchId", &branch_id)?;
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::members_count(app, actor, branch, past).await?)
        } else {
            0
        };
        let page = queries::members(app, actor, (branch, past), page).await?;
        Ok(PartyMembershipConnection::new(page, by_record, total, Into::into))
    }

    /// One's own memberships, the latest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn own_party_memberships(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<PartyMembershipConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::own_count(app, actor).await?)
        } else {
            0
        };
        let page = queries::own(app, actor, page).await?;
        Ok(PartyMembershipConnection::new(page, by_record, total, Into::into))
    }

    /// A membership, or null. For the member, and the secretary of the branch.
    async fn party_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<PartyMembership>> {
        match queries::membership(ctx.app(), ctx.actor(), api::id("id", &id)?).await {
            Ok(row) => Ok(Some(row.into())),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }
}

/// Mutations of party organisation.
#[derive(Default)]
pub struct PartyMutation;

#[Object]
impl PartyMutation {
    /// Records that somebody belongs to a branch; they may claim wishes from now on. For the secretary of
    /// that branch. Refused with `CONFLICT` if they belong to one already.
    async fn party_member_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and which branch.")] input: PartyMemberAddInput,
    ) -> async_graphql::Result<PartyMembershipPayload> {
        let done =
            async { service::member_add(ctx.app(), ctx.actor(), input.check()?).await }.await;
        PartyMembershipPayload::new(ctx, done, Into::into)
    }

    /// Records that a member goes on in another branch; answers the membership that ended. For the secretary
    /// of the branch that they leave.
    async fn party_membership_transfer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and where to.")] input: PartyMembershipTransferInput,
    ) -> async_graphql::Result<PartyMembershipPayload> {
        let done = async {
            let which = membership(&input.id, input.expected_version)?;
            let to = (api::id("input.toBranchId", &input.to_branch_id)?, input.day);
            service::transfer(ctx.app(), ctx.actor(), which, to).await
        }
        .await;
        PartyMembershipPayload::new(ctx, done, Into::into)
    }

    /// Records that a membership ended. For the secretary of the branch.
    async fn party_membership_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: PartyMembershipEndInput,
    ) -> async_graphql::Result<PartyMembershipPayload> {
        let done = async {
            let which = membership(&input.id, input.expected_version)?;
            let how = (input.day, input.mistake);
            service::membership_end(ctx.app(), ctx.actor(), which, how).await
        }
        .await;
        PartyMembershipPayload::new(ctx, done, Into::into)
    }
}
