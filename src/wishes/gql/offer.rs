//! Offers in the schema.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use linli_entity::{enums::OfferState, wish_offer};

use super::{WishCard, card::load_card, claim::group_name};
use crate::{
    api::{connection, payload},
    wishes::service::Accepted,
};

/// An offer (派单): somebody, or a group, is asked whether they take a wish over. Declining costs nothing.
#[derive(Clone)]
pub struct WishOffer(wish_offer::Model);

impl From<wish_offer::Model> for WishOffer {
    fn from(row: wish_offer::Model) -> Self {
        Self(row)
    }
}

impl From<Accepted> for WishOffer {
    fn from(accepted: Accepted) -> Self {
        Self(accepted.offer)
    }
}

/// An offer (派单): somebody, or a group, is asked whether they take a wish over. Declining costs nothing.
#[Object(serial)]
impl WishOffer {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The wish, as everybody may see it.
    async fn card(&self, ctx: &Context<'_>) -> async_graphql::Result<WishCard> {
        Ok(load_card(ctx, self.0.wish_id).await?)
    }

    /// Whose turn comes first: 1 is asked first.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// The team that is asked.
    async fn team_id(&self) -> Option<ID> {
        self.0.team_id.map(|id| id.to_string().into())
    }

    /// The party branch that is asked.
    async fn branch_id(&self) -> Option<ID> {
        self.0.branch_id.map(|id| id.to_string().into())
    }

    /// The volunteer who is asked.
    async fn volunteer_id(&self) -> Option<ID> {
        self.0.volunteer_id.map(|id| id.to_string().into())
    }

    /// Name of the team or branch, in the reader's language.
    async fn group_name(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(group_name(ctx, self.0.team_id, self.0.branch_id).await?)
    }

    /// Whether it hands over what somebody else has claimed.
    async fn hands_over(&self) -> bool {
        self.0.claim_id.is_some()
    }

    /// State.
    async fn state(&self) -> OfferState {
        self.0.state
    }

    /// Since when it waits for an answer; null before its turn.
    async fn opened_at(&self) -> Option<DateTime<Utc>> {
        self.0.opened_at
    }

    /// Until when it can be answered; null when it cannot.
    async fn until(&self) -> Option<DateTime<Utc>> {
        self.0.until_at
    }

    /// When it was answered, called off or over.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }

    /// Why it was declined, if they said so.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Version, for the answer.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

connection!(WishOfferConnection, WishOfferEdge, WishOffer, "offers");

payload! {
    /// Answer of a step with an offer.
    WishOfferPayload {
        /// The offer.
        offer: WishOffer
    }
}
