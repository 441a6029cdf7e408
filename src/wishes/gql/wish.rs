//! Orders and wishes in the schema, for who wishes and those who serve there.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{Confirmation, WishCategory, WishState},
    ids::WishId,
    wish, wish_claim, wish_offer,
};

use super::{
    HelpItem, WishCard, WishClaim, WishOffer,
    card::load_card,
    history::{HistoryLoader, WishEvent},
    load_item,
};
use crate::{
    api::{Ctx, connection, loader, payload},
    communities::gql::{Place, load},
    identity::gql::{MaskedPerson, RecordHolder},
    kernel::{Action, Result, policy},
    wishes::{
        queries,
        rules::{self, Step},
    },
};

loader! {
    /// Claims of wishes that the reader may see.
    ClaimsLoader(WishId => Vec<wish_claim::Model>) = queries::claims_of
}
loader! {
    /// Offers of wishes that the reader may see.
    OffersLoader(WishId => Vec<wish_offer::Model>) = queries::offers_of
}

/// An order or a micro-wish (微心愿), as who wishes and those who serve in its community see it. What others
/// see is its card.
#[derive(Clone)]
pub struct Wish {
    row: wish::Model,
    holder: RecordHolder,
}

/// A wish that the reader may see.
pub async fn load_wish(ctx: &Context<'_>, id: WishId) -> Result<Wish> {
    queries::wish(ctx.app(), ctx.actor(), id).await.map(Into::into)
}

impl From<wish::Model> for Wish {
    fn from(row: wish::Model) -> Self {
        Self { holder: RecordHolder::new(row.person_id), row }
    }
}

/// An order or a micro-wish (微心愿), as who wishes and those who serve in its community see it. What others
/// see is its card.
#[Object(serial)]
impl Wish {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Number, as people say it.
    async fn number(&self) -> &str {
        &self.row.number
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.row.community_id).await?)
    }

    /// Who wishes.
    async fn person(&self, ctx: &Context<'_>) -> async_graphql::Result<MaskedPerson> {
        Ok(self.holder.masked(ctx).await?)
    }

    /// Whether staff entered it for who wishes.
    async fn entered_by_staff(&self) -> bool {
        self.row.entered_by.is_some() && self.row.delegation_id.is_none()
    }

    /// Whether a delegate entered it for who wishes.
    async fn entered_by_delegate(&self) -> bool {
        self.row.delegation_id.is_some()
    }

    /// What of the help menu it orders; null for a free wish.
    async fn item(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<HelpItem>> {
        Ok(load_item(ctx, self.row.item_id).await?)
    }

    /// What it is about.
    async fn category(&self) -> WishCategory {
        self.row.category
    }

    /// What is wished for, in the words of who wishes; null after erasure.
    async fn need(&self) -> Option<&str> {
        self.row.need.as_deref()
    }

    /// Where; for who wishes. Staff reveal it with a reason.
    async fn address(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        let own = self.holder.is_reader(ctx).await?;
        Ok(if own { self.row.address.as_deref() } else { None })
    }

    /// How many units are wished for.
    async fn quantity(&self) -> i32 {
        self.row.quantity
    }

    /// Units that nobody has claimed.
    async fn units_left(&self) -> i32 {
        rules::left(&self.row)
    }

    /// Units that are done, as who claimed them says.
    async fn units_delivered(&self) -> i32 {
        self.row.delivered
    }

    /// Units that are done, as who wishes says.
    async fn units_confirmed(&self) -> i32 {
        self.row.confirmed
    }

    /// Units that were closed because who wishes did not answer.
    async fn units_unconfirmed(&self) -> i32 {
        self.row.closed - self.row.confirmed
    }

    /// By which day.
    async fn wished_by(&self) -> Option<NaiveDate> {
        self.row.wished_by
    }

    /// Whether its card may be public.
    async fn may_publish(&self) -> bool {
        self.row.may_publish
    }

    /// Whether who claims it may know name, phone and address.
    async fn share_contact(&self) -> bool {
        self.row.share_contact
    }

    /// Whether a minor is involved.
    async fn minor_involved(&self) -> bool {
        self.row.minor_involved
    }

    /// Whether the guardian consents.
    async fn guardian_consents(&self) -> bool {
        self.row.guardian_consents
    }

    /// What others see of it; null before it is cleared.
    async fn card(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<WishCard>> {
        if self.row.verified_at.is_none() {
            return Ok(None);
        }
        Ok(Some(load_card(ctx, self.row.id).await?))
    }

    /// State.
    async fn state(&self) -> WishState {
        self.row.state
    }

    /// How it was fulfilled: as who wishes says, or without their word. Null before.
    async fn confirmation(&self) -> Option<Confirmation> {
        rules::confirmation(&self.row)
    }

    /// Why it was declined.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// Who has claimed how much of it, oldest first; at most 100: what lasts, and the latest of what has ended.
    async fn claims(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<WishClaim>> {
        let found = ctx.load::<ClaimsLoader, _>(self.row.id).await?.unwrap_or_default();
        let holder = self.holder.id(ctx).await?;
        Ok(found.into_iter().map(|row| WishClaim::new(row, holder)).collect())
    }

    /// Who was asked, in turn, the last 100; empty for who wishes.
    async fn offers(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<WishOffer>> {
        let target = queries::target(&self.row, self.holder.id(ctx).await?);
        if !policy::allowed(ctx.actor(), Action::WishDispatch, &target) {
            return Ok(Vec::new());
        }
        let found = ctx.load::<OffersLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(found.into_iter().map(WishOffer::from).collect())
    }

    /// What happened to it, the last 100, in order. Every act says whether who wishes, a delegate, who has claimed it or
    /// staff did it.
    async fn events(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<WishEvent>> {
        let found = ctx.load::<HistoryLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(WishEvent::shown(found))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When it was submitted.
    async fn submitted_at(&self) -> Option<DateTime<Utc>> {
        self.row.submitted_at
    }

    /// When others were first asked: published, or offered to somebody.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.row.published_at
    }

    /// From when on nobody claims it any more.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.row.expires_at
    }

    /// When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.row.ended_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Step>> {
        let (actor, now) = (ctx.actor(), ctx.app().clock.now());
        let target = queries::target(&self.row, self.holder.id(ctx).await?);
        let target = queries::as_read(ctx.app(), actor, target, Action::WishRead).await?;
        let own_or_recorded = [Action::WishOwnWord, Action::WishRecordWord];
        let steps: [(Step, &[Action]); 10] = [
            (Step::Change, &[Action::WishChange]),
            (Step::Submit, &[Action::WishChange]),
            (Step::Withdraw, &own_or_recorded),
            (Step::Verify, &[Action::WishVerify]),
            (Step::Decline, &[Action::WishVerify]),
            (Step::Publish, &[Action::WishDispatch]),
            (Step::Offer, &[Action::WishDispatch]),
            (Step::StopOffers, &[Action::WishDispatch]),
            (Step::Claim, &[Action::WishClaim]),
            (Step::Unpublish, &[Action::WishDispatch]),
        ];
        let can = |(step, actions): &(Step, &[Action])| {
            rules::possible(*step, &self.row, now)
                && actions.iter().any(|a| policy::allowed(actor, *a, &target))
        };
        Ok(steps.into_iter().filter(can).map(|(step, _)| step).collect())
    }
}

connection!(WishConnection, WishEdge, Wish, "orders and wishes");

payload! {
    /// Answer of a step with an order or a wish.
    WishPayload {
        /// The wish.
        wish: Wish
    }
}
