//! Delegations in the schema.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use linli_entity::{
    activity_registration, delegation,
    enums::DelegationState,
    ids::{DelegationId, MatterId, PersonId},
    wish,
};

use super::{
    queries,
    rules::{self, Side, Step},
    service::{self, NewDelegation},
};
use crate::{
    activities::{
        self,
        gql::{ActivityRegistration, ActivityRegistrationConnection},
    },
    api::{self, Ctx, connection, loader, payload},
    catalogue::gql::{Matter, load_matter},
    identity::gql::{MaskedPerson, PersonLoader},
    kernel::{
        Error, Result,
        page::{Cursor, Page},
        policy, text,
    },
    requests::{
        self,
        gql::{ServiceRequest, ServiceRequestConnection},
        queries::RequestRow,
    },
    wishes::{self, gql::WishConnection},
};

loader! {
    /// Matters of delegations.
    MattersLoader(DelegationId => Vec<MatterId>) = queries::matters_of
}

/// 委托: a resident lets somebody act for them, for a time. It can be ended at once.
#[derive(Clone)]
pub struct Delegation(delegation::Model);

/// A delegation that the reader may see.
pub async fn load_delegation(ctx: &Context<'_>, id: DelegationId) -> Result<Delegation> {
    queries::delegation(ctx.app(), ctx.actor(), id).await.map(Delegation)
}

impl Delegation {
    fn side(&self, ctx: &Context<'_>) -> Side {
        queries::side(ctx.actor(), &self.0)
    }

    /// What somebody acts on by it lists nothing when it is not in force.
    async fn in_force(&self, ctx: &Context<'_>) -> Result<bool> {
        queries::in_force(ctx.app(), &self.0).await
    }
}

/// Somebody as the other party knows them: the masked name and nothing of how they are reached.
async fn party(ctx: &Context<'_>, id: PersonId) -> Result<MaskedPerson> {
    let person = ctx.load::<PersonLoader, _>(id).await?.ok_or(Error::NotFound)?;
    Ok(MaskedPerson::new(ctx.actor(), person.id, person.name.as_deref(), None))
}

/// 委托: a resident lets somebody act for them, for a time. It can be ended at once.
#[Object(serial)]
impl Delegation {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Who gave it, and for whom the delegate acts: masked for the delegate.
    async fn principal(&self, ctx: &Context<'_>) -> async_graphql::Result<MaskedPerson> {
        Ok(party(ctx, self.0.principal_id).await?)
    }

    /// Who acts: masked for the principal. Null until it is accepted.
    async fn delegate(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        match self.0.delegate_id {
            Some(id) => Ok(Some(party(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// Last digits of the phone that the principal typed, for the principal while it waits for an answer.
    /// Null for the delegate, and afterwards.
    async fn delegate_phone(&self, ctx: &Context<'_>) -> Option<String> {
        let typed = self.0.delegate_phone.as_deref();
        typed.filter(|_| self.side(ctx) == Side::Principal).map(text::mask_phone)
    }

    /// Matters whose requests it covers; at most 20.
    async fn matters(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Matter>> {
        let ids = ctx.load::<MattersLoader, _>(self.0.id).await?.unwrap_or_default();
        let mut matters = Vec::with_capacity(ids.len());
        for id in ids {
            matters.push(load_matter(ctx, id).await?);
        }
        Ok(matters)
    }

    /// Whether it covers wishes.
    async fn covers_wishes(&self) -> bool {
        self.0.wishes
    }

    /// Whether it covers registrations for activities.
    async fn covers_registrations(&self) -> bool {
        self.0.registrations
    }

    /// First instant.
    async fn from(&self) -> DateTime<Utc> {
        self.0.from_at
    }

    /// First instant after it.
    async fn until(&self) -> DateTime<Utc> {
        self.0.until_at
    }

    /// State.
    async fn state(&self, ctx: &Context<'_>) -> DelegationState {
        rules::state(&self.0, ctx.app().clock.now())
    }

    /// When it was given.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was accepted or declined.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }

    /// When it was declined or ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> Vec<Step> {
        let (side, now) = (self.side(ctx), ctx.app().clock.now());
        let target = queries::target(&self.0, side);
        let may = |step: &Step| {
            rules::possible(*step, &self.0, side, now)
                && policy::allowed(ctx.actor(), service::action(*step), &target)
        };
        Step::ALL.into_iter().filter(may).collect()
    }

    /// Requests of the principal that it covers, newest first; none while it is not in force.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn service_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<ServiceRequestConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, principal) = (ctx.app(), self.0.principal_id);
        let cursor = |row: &RequestRow| Cursor { at: row.submitted_at, id: row.id.0 };
        let matters = ctx.load::<MattersLoader, _>(self.0.id).await?.unwrap_or_default();
        if matters.is_empty() || !self.in_force(ctx).await? {
            return Ok(ServiceRequestConnection::new(none(), cursor, 0, ServiceRequest::new));
        }
        let total = if api::wants_total(ctx) {
            api::total(requests::queries::of_matters_count(app, principal, &matters).await?)
        } else {
            0
        };
        let rows = requests::queries::of_matters(app, principal, &matters, page).await?;
        Ok(ServiceRequestConnection::new(rows, cursor, total, ServiceRequest::new))
    }

    /// Registrations of the principal for activities, newest first, if it covers them; none while it is
    /// not in force.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn activity_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<ActivityRegistrationConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, principal) = (ctx.app(), self.0.principal_id);
        let cursor =
            |row: &activity_registration::Model| Cursor { at: row.created_at, id: row.id.0 };
        let wrap = ActivityRegistration::delegated;
        if !self.0.registrations || !self.in_force(ctx).await? {
            return Ok(ActivityRegistrationConnection::new(none(), cursor, 0, wrap));
        }
        let total = if api::wants_total(ctx) {
            api::total(activities::queries::of_person_count(app, principal).await?)
        } else {
            0
        };
        let rows = activities::queries::of_principal(app, ctx.actor(), principal, page).await?;
        Ok(ActivityRegistrationConnection::new(rows, cursor, total, wrap))
    }

    /// Orders and wishes of the principal, newest first, if it covers them; none while it is not in force.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn wishes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<WishConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, principal) = (ctx.app(), self.0.principal_id);
        let cursor = |row: &wish::Model| Cursor { at: row.created_at, id: row.id.0 };
        if !self.0.wishes || !self.in_force(ctx).await? {
            return Ok(WishConnection::new(none(), cursor, 0, Into::into));
        }
        let total = if api::wants_total(ctx) {
            api::total(wishes::queries::of_principal_count(app, principal).await?)
        } else {
            0
        };
        let rows = wishes::queries::of_principal(app, ctx.actor(), principal, page).await?;
        Ok(WishConnection::new(rows, cursor, total, Into::into))
    }
}

fn none<T>() -> Page<T> {
    Page { rows: Vec::new(), more: false, later: false }
}

connection!(DelegationConnection, DelegationEdge, Delegation, "delegations");

/// Queries of delegations.
#[derive(Default)]
pub struct DelegationQuery;

#[Object]
impl DelegationQuery {
    /// A delegation that the reader gave, was given, or may accept now; or null.
    async fn delegation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Delegation>> {
        match load_delegation(ctx, api::id("id", &id)?).await {
            Ok(delegation) => Ok(Some(delegation)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// Delegations that one gave, was given, or may accept now, newest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn own_delegations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<DelegationConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let rows = queries::own_page(app, actor, page).await?;
        let total = if api::wants_total(ctx) {
            api::total(queries::own_count(app, actor).await?)
        } else {
            0
        };
        let cursor = |row: &delegation::Model| Cursor { at: row.created_at, id: row.id.0 };
        Ok(DelegationConnection::new(rows, cursor, total, Delegation))
    }
}

/// A new delegation. It covers at least one thing.
#[derive(InputObject)]
pub struct DelegationGiveInput {
    /// The phone of whoever is to act. Whoever has an account with it, now or later, may accept.
    pub delegate_phone: String,
    /// Matters whose requests it covers; at most 20.
    #[graphql(default)]
    pub matter_ids: Vec<ID>,
    /// Whether it covers wishes.
    #[graphql(default)]
    pub wishes: bool,
    /// Whether it covers registrations for activities.
    #[graphql(default)]
    pub registrations: bool,
    /// First instant; now if not given.
    pub from: Option<DateTime<Utc>>,
    /// First instant after it: at most 366 days after the first.
    pub until: DateTime<Utc>,
    /// A retry under the same key gives it once.
    pub idempotency_key: Option<String>,
}

impl DelegationGiveInput {
    fn check(self) -> Result<NewDelegation> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        if self.matter_ids.len() > 100 {
            return Err(Error::bad_input("input.matterIds", "at most 20"));
        }
        let matters = self.matter_ids.iter().map(|id| api::id("input.matterIds", id));
        Ok(NewDelegation {
            matters: matters.collect::<Result<_>>()?,
            delegate_phone: self.delegate_phone,
            wishes: self.wishes,
            registrations: self.registrations,
            from: self.from,
            until: self.until,
            once,
        })
    }
}

macro_rules! step_inputs {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(InputObject)]
        pub struct $name {
            /// The delegation.
            pub id: ID,
            /// The version that was read.
            pub expected_version: i32,
        }

        impl $name {
            fn check(&self) -> Result<(DelegationId, i32)> {
                Ok((api::id("input.id", &self.id)?, self.expected_version))
            }
        }
    )* };
}

step_inputs! {
    /// A delegation to accept.
    DelegationAcceptInput;
    /// A delegation to decline.
    DelegationDeclineInput;
    /// A delegation to end.
    DelegationEndInput;
}

payload! {
    /// Answer of a step with a delegation.
    DelegationPayload {
        /// The delegation.
        delegation: Delegation
    }
}

/// Mutations of delegations.
#[derive(Default)]
pub struct DelegationMutation;

#[Object]
impl DelegationMutation {
    /// Lets whoever has that phone act for oneself, once they accept. It says nothing about whether the
    /// phone is known here. At most 20 at a time.
    async fn delegation_give(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The delegation.")] input: DelegationGiveInput,
    ) -> async_graphql::Result<DelegationPayload> {
        let done = async { service::give(ctx.app(), ctx.actor(), input.check()?).await }.await;
        DelegationPayload::new(ctx, done, Delegation)
    }

    /// Accepts a delegation that was given to one's own verified phone.
    async fn delegation_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DelegationAcceptInput,
    ) -> async_graphql::Result<DelegationPayload> {
        let (id, version) = input.check()?;
        let done = service::accept(ctx.app(), ctx.actor(), id, version).await;
        DelegationPayload::new(ctx, done, Delegation)
    }

    /// Declines a delegation that was given to one's own verified phone.
    async fn delegation_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DelegationDeclineInput,
    ) -> async_graphql::Result<DelegationPayload> {
        let (id, version) = input.check()?;
        let done = service::decline(ctx.app(), ctx.actor(), id, version).await;
        DelegationPayload::new(ctx, done, Delegation)
    }

    /// Ends a delegation at once: the principal takes it back, or the delegate gives it back. What was
    /// done by it stands.
    async fn delegation_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DelegationEndInput,
    ) -> async_graphql::Result<DelegationPayload> {
        let (id, version) = input.check()?;
        let done = service::end(ctx.app(), ctx.actor(), id, version).await;
        DelegationPayload::new(ctx, done, Delegation)
    }
}
