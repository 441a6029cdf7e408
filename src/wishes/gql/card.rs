//! The public face of a wish in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{AgeBand, HandOver, Skill, WishCategory},
    ids::WishId,
};

use super::{HelpItem, load_item};
use crate::{
    api::{self, Ctx, Translation, connection, loader},
    communities::gql::{Place, load},
    kernel::{Error, Locale, Result},
    wishes::queries::{self, Card},
};

loader! {
    /// Cards of wishes that somebody has claimed or is asked about.
    CardLoader(WishId => Card) = queries::cards_by_id
}

/// The card of a wish, for a reader who may see it by something else that they have.
pub(super) async fn load_card(ctx: &Context<'_>, id: WishId) -> Result<WishCard> {
    let found = ctx.load::<CardLoader, _>(id).await?;
    found.map(|card| WishCard(Arc::new(card))).ok_or(Error::NotFound)
}

/// The public face of an order or a wish: the need, never the person. Everything on it was cleared by staff.
#[derive(Clone)]
pub struct WishCard(pub(super) Arc<Card>);

/// The public face of an order or a wish: the need, never the person. Everything on it was cleared by staff.
#[Object(serial)]
impl WishCard {
    /// Opaque id of the wish.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Number, as people say it.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// What it is about.
    async fn category(&self) -> WishCategory {
        self.0.category
    }

    /// What of the help menu it orders; null for a free wish.
    async fn item(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<HelpItem>> {
        Ok(load_item(ctx, self.0.item_id).await?)
    }

    /// What is wished for, in the reader's language, else in the source language.
    async fn text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.card)
    }

    /// The same in every language that it has.
    async fn texts(&self) -> Vec<Translation> {
        api::translations(&self.0.card)
    }

    /// How many units are wished for.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// How many of them nobody has claimed.
    async fn units_left(&self) -> i32 {
        self.0.quantity - self.0.claimed
    }

    /// By which day.
    async fn wished_by(&self) -> Option<NaiveDate> {
        self.0.wished_by
    }

    /// How it changes hands.
    async fn hand_over(&self) -> Option<HandOver> {
        self.0.hand_over
    }

    /// About what it is worth, in yuan: 0 to 500.
    async fn value_yuan(&self) -> Option<i32> {
        self.0.value_yuan
    }

    /// The block that it comes from; a card tells this or the age band, never both.
    async fn block(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Place>> {
        match self.0.block_id {
            Some(id) => Ok(Some(load(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// How old who wishes is, about.
    async fn age_band(&self) -> Option<AgeBand> {
        self.0.age_band
    }

    /// What it takes.
    async fn skills(&self) -> &[Skill] {
        &self.0.skills.0
    }

    /// Since when it is open to others.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// From when on nobody claims it any more.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }
}

connection!(WishCardConnection, WishCardEdge, WishCard, "public cards of wishes");
