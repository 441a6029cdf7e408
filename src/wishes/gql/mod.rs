//! Orders and wishes in the schema.

mod card;
mod claim;
mod history;
mod inputs;
mod items;
mod mutations;
mod offer;
mod statistics;
mod together;
mod wish;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use linli_entity::{
    enums::{WishCategory, WishState},
    help_item, wish as wish_row, wish_claim, wish_offer,
};

pub use card::WishCard;
use card::WishCardConnection;
pub use claim::{WishClaim, load_claim};
use claim::{WishClaimConnection, WishClaimPayload, WishContactPayload};
pub use items::HelpItem;
use items::{HelpItemConnection, HelpItemPayload, load_item};
pub use mutations::WishMutation;
pub use offer::WishOffer;
use offer::{WishOfferConnection, WishOfferPayload};
use statistics::{WishStatistics, WishStatisticsInput, statistics};
use together::{WishGroupInput, WishesTogether};
pub use wish::WishConnection;
use wish::WishPayload;
pub use wish::{Wish, load_wish};

use super::queries::{self, Card, CardFilter, Filter};
use crate::{
    api::{self, Ctx},
    identity::gql::{MaskedPerson, RecordHolder},
    kernel::{Error, Result, page::Cursor},
    volunteers::{self, gql::AvailabilityPartInput},
};

/// What there is, or null.
fn optional<T>(found: Result<T>) -> async_graphql::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// A volunteer who can be asked.
#[derive(async_graphql::SimpleObject)]
pub struct WishCandidate {
    /// Opaque id of the volunteer.
    pub volunteer_id: ID,
    /// Who, masked.
    pub person: MaskedPerson,
}

/// Queries of orders and wishes.
#[derive(Default)]
pub struct WishQuery;

#[Object]
impl WishQuery {
    /// The help menu of a community, in the order of its making.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn help_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Whether items that cannot be ordered now are listed too.", default)]
        inactive_too: bool,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<HelpItemConnection> {
        let community = api::id("communityId", &community_id)?;
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::menu_count(ctx.app(), community, inactive_too).await?)
        } else {
            0
        };
        let page = queries::menu(ctx.app(), community, inactive_too, page).await?;
        let cursor = |row: &help_item::Model| Cursor { at: row.created_at, id: row.id.0 };
        Ok(HelpItemConnection::new(page, cursor, total, |row| HelpItem(Arc::new(row))))
    }

    /// The public cards of wishes that can be claimed, the latest first. They never carry name, phone,
    /// address or a text that staff did not clear.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn wish_cards(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Only those about this.")] category: Option<WishCategory>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<WishCardConnection> {
        let filter = CardFilter { community: api::id("communityId", &community_id)?, category };
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::cards_count(ctx.app(), filter).await?)
        } else {
            0
        };
        let page = queries::cards(ctx.app(), filter, page).await?;
        let cursor =
            |card: &Card| Cursor { at: card.published_at.unwrap_or_default(), id: card.id.0 };
        Ok(WishCardConnection::new(page, cursor, total, |card| WishCard(Arc::new(card))))
    }

    /// The public card of a wish that can be claimed, or null.
    async fn wish_card(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the wish.")] id: ID,
    ) -> async_graphql::Result<Option<WishCard>> {
        let found = queries::card(ctx.app(), api::id("id", &id)?).await;
        optional(found.map(|card| WishCard(Arc::new(card))))
    }

    /// The orders and wishes of a community in a state, who waits longest first. For those who serve there.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn wishes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "The state.")] state: WishState,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<WishConnection> {
        let filter = Filter { community: api::id("communityId", &community_id)?, state };
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::wishes_count(app, actor, filter).await?)
        } else {
            0
        };
        let page = queries::wishes(app, actor, filter, page).await?;
        let cursor = |row: &wish_row::Model| Cursor {
            at: row.submitted_at.unwrap_or_default(),
            id: row.id.0,
        };
        Ok(WishConnection::new(page, cursor, total, Into::into))
    }

    /// One's own orders and wishes, the latest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn own_wishes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<WishConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::own_count(app, actor).await?)
        } else {
            0
        };
        let page = queries::own(app, actor, page).await?;
        let cursor = |row: &wish_row::Model| Cursor { at: row.created_at, id: row.id.0 };
        Ok(WishConnection::new(page, cursor, total, Into::into))
    }

    /// An order or a wish, or null. For whose it is, and those who serve in its community; others see its
    /// card.
    async fn wish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Wish>> {
        optional(load_wish(ctx, api::id("id", &id)?).await)
    }

    /// One's own claims, the latest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn own_wish_claims(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<WishClaimConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::own_claims_count(app, actor).await?)
        } else {
            0
        };
        let page = queries::own_claims(app, actor, page).await?;
        let cursor = |row: &wish_claim::Model| Cursor { at: row.claimed_at, id: row.id.0 };
        Ok(WishClaimConnection::new(page, cursor, total, Into::into))
    }

    /// A claim, or null. For who has it, whose wish it is of, and those who serve in its community.
    async fn wish_claim(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<WishClaim>> {
        optional(load_claim(ctx, api::id("id", &id)?).await)
    }

    /// Offers by which one is asked, or was, oneself or in a group, the latest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn own_wish_offers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<WishOfferConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::own_offers_count(app, actor).await?)
        } else {
            0
        };
        let page = queries::own_offers(app, actor, page).await?;
        let cursor = |row: &wish_offer::Model| Cursor {
            at: row.opened_at.unwrap_or_default(),
            id: row.id.0,
        };
        Ok(WishOfferConnection::new(page, cursor, total, Into::into))
    }

    /// An offer, or null. For who is asked, and managers of its community.
    async fn wish_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<WishOffer>> {
        let found = queries::offer(ctx.app(), ctx.actor(), api::id("id", &id)?).await;
        optional(found.map(Into::into))
    }

    /// What a team or a party branch fulfilled together in a year. For who runs the community as it is now; for
    /// others in the quarters that are over, and null below ten wishes.
    async fn wishes_together(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] of: WishGroupInput,
        #[graphql(desc = "The year, 2000 to 2200.")] year: i32,
    ) -> async_graphql::Result<Option<WishesTogether>> {
        let done = queries::together(ctx.app(), ctx.actor(), of.check()?, year).await?;
        Ok(done.map(Into::into))
    }

    /// Numbers of wishes: claimed, fulfilled, how long it took, what came of offers.
    #[graphql(complexity = "50 + child_complexity")]
    async fn wish_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is counted.")] input: WishStatisticsInput,
    ) -> async_graphql::Result<WishStatistics> {
        Ok(statistics(ctx, &input).await?)
    }

    /// Volunteers who can do what a wish takes and have time then, who was asked longest ago first; at most
    /// 100. For managers of its community.
    #[graphql(complexity = "100 * child_complexity")]
    async fn wish_candidates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The wish.")] wish_id: ID,
        #[graphql(desc = "When they need time: at most 21.", default)] when: Vec<
            AvailabilityPartInput,
        >,
    ) -> async_graphql::Result<Vec<WishCandidate>> {
        let wish = api::id("wishId", &wish_id)?;
        let when = volunteers::gql::availability("when", when)?;
        let found = queries::candidates(ctx.app(), ctx.actor(), wish, &when).await?;
        let candidate = async |row: linli_entity::volunteer::Model| {
            let person = RecordHolder::new(row.person_id).masked(ctx).await?;
            Ok(WishCandidate { volunteer_id: row.id.to_string().into(), person })
        };
        futures_util::future::try_join_all(found.into_iter().map(candidate)).await
    }
}
