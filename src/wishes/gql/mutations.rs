//! Mutations of orders and wishes.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{
    HelpItem, HelpItemPayload, WishClaimPayload, WishContactPayload, WishOfferPayload, WishPayload,
    inputs::{
        self, WishChangeInput, WishClaimConfirmInput, WishClaimContactRevealInput,
        WishClaimDeliverInput, WishClaimHandOverInput, WishClaimInput, WishClaimRefuseInput,
        WishClaimReleaseInput, WishClaimStepInput, WishContactRevealInput, WishDeclineInput,
        WishMakeInput, WishOfferAcceptInput, WishOfferDeclineInput, WishOfferInput, WishStepInput,
        WishVerifyInput, WishWithdrawInput,
    },
    items::{HelpItemChangeInput, HelpItemCreateInput},
};
use crate::{
    api::{self, Ctx},
    wishes::service,
};

/// Mutations of orders and wishes.
#[derive(Default)]
pub struct WishMutation;

#[Object]
impl WishMutation {
    /// Puts an item on the help menu. For managers of the community.
    async fn help_item_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The item.")] input: HelpItemCreateInput,
    ) -> async_graphql::Result<HelpItemPayload> {
        let done = async {
            let (community, terms, once) = input.check()?;
            service::item_create(ctx.app(), ctx.actor(), community, terms, once).await
        }
        .await;
        HelpItemPayload::new(ctx, done, |row| HelpItem(Arc::new(row)))
    }

    /// Changes an item of the help menu, or takes it off. For managers of the community. Orders that were
    /// made stay as they are.
    async fn help_item_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: HelpItemChangeInput,
    ) -> async_graphql::Result<HelpItemPayload> {
        let done = async {
            let (item, change) = input.check()?;
            service::item_change(ctx.app(), ctx.actor(), item, change).await
        }
        .await;
        HelpItemPayload::new(ctx, done, |row| HelpItem(Arc::new(row)))
    }

    /// Orders something of the help menu, or states a micro-wish. Those who serve in the community do it for
    /// somebody, who keeps every right.
    async fn wish_make(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order or wish.")] input: WishMakeInput,
    ) -> async_graphql::Result<WishPayload> {
        let done = async { service::make(ctx.app(), ctx.actor(), input.check()?).await }.await;
        WishPayload::new(ctx, done, Into::into)
    }

    /// Changes a wish that has not been cleared. For whose it is, and those who serve in the community.
    async fn wish_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: WishChangeInput,
    ) -> async_graphql::Result<WishPayload> {
        let done = async {
            let (wish, change) = input.check()?;
            service::change(ctx.app(), ctx.actor(), wish, change).await
        }
        .await;
        WishPayload::new(ctx, done, Into::into)
    }

    /// Submits a draft. For the same people.
    async fn wish_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WishStepInput,
    ) -> async_graphql::Result<WishPayload> {
        let done = async {
            let wish = inputs::wish(&input.id, input.expected_version)?;
            service::submit(ctx.app(), ctx.actor(), wish).await
        }
        .await;
        WishPayload::new(ctx, done, Into::into)
    }

    /// Takes a wish back, or what of it has not been delivered. For whose it is; those who serve in the
    /// community record it.
    async fn wish_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WishWithdrawInput,
    ) -> async_graphql::Result<WishPayload> {
        let done = async {
            let wish = inputs::wish(&input.id, input.expected_version)?;
            service::withdraw(ctx.app(), ctx.actor(), wish, input.recorded).await
        }
        .await;
        WishPayload::new(ctx, done, Into::into)
    }

    /// Clears a wish: says what of it others may read. Nobody is asked before. Once some of it is claimed, text,
    /// block and age band of the card are corrected, and the rest of the input changes nothing. For managers of
    /// the community, not for their own.
    async fn wish_verify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what is cleared.")] input: WishVerifyInput,
    ) -> async_graphql::Result<WishPayload> {
        let done = async {
            let (wish, clearance) = input.check()?;
            service::verify(ctx.app(), ctx.actor(), wish, clearance).await
        }
        .await;
        WishPayload::new(ctx, done, Into::into)
    }

    /// Declines a wish, with a reason. For the same people.
    async fn wish_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: WishDeclineInput,
    ) -> async_graphql::Result<WishPayload> {
        let done = async {
            let wish = inputs::wish(&input.id, input.expected_version)?;
            service::decline(ctx.app(), ctx.actor(), wish, input.reason).await
        }
        .await;
        WishPayload::new(ctx, done, Into::into)
    }

    /// Opens a wish to everybody who may claim: its card is public from now on. For the same people.
    async fn wish_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WishStepInput,
    ) -> async_graphql::Result<WishPayload> {
        let done = async {
            let wish = inputs::wish(&input.id, input.expected_version)?;
            service::publish(ctx.app(), ctx.actor(), wish).await
        }
        .await;
        WishPayload::new(ctx, done, Into::into)
    }

    /// Takes a wish back from everybody who may claim: its card is public no more. Who has claimed some of it
    /// keeps that. For the same people.
    async fn wish_unpublish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WishStepInput,
    ) -> async_graphql::Result<WishPayload> {
        let done = async {
            let wish = inputs::wish(&input.id, input.expected_version)?;
            service::unpublish(ctx.app(), ctx.actor(), wish).await
        }
        .await;
        WishPayload::new(ctx, done, Into::into)
    }

    /// Offers a wish to a team, a branch or a volunteer for a time, and then to the next. It is not public
    /// by this. For the same people.
    async fn wish_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and who is asked.")] input: WishOfferInput,
    ) -> async_graphql::Result<WishPayload> {
        let done = async { service::offer(ctx.app(), ctx.actor(), input.check()?).await }.await;
        WishPayload::new(ctx, done, Into::into)
    }

    /// Calls the offers of a wish off. For the same people.
    async fn wish_offers_stop(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WishStepInput,
    ) -> async_graphql::Result<WishPayload> {
        let done = async {
            let wish = inputs::wish(&input.id, input.expected_version)?;
            service::offers_stop(ctx.app(), ctx.actor(), wish).await
        }
        .await;
        WishPayload::new(ctx, done, Into::into)
    }

    /// Accepts an offer, for oneself or for the group that is asked. For who is asked.
    async fn wish_offer_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and how much of it.")] input: WishOfferAcceptInput,
    ) -> async_graphql::Result<WishClaimPayload> {
        let done = async {
            let offer = inputs::offer(&input.id, input.expected_version)?;
            service::accept(ctx.app(), ctx.actor(), offer, input.units).await
        }
        .await;
        WishClaimPayload::new(ctx, done, Into::into)
    }

    /// Declines an offer; this costs nothing. For who is asked; for a group, who speaks for it.
    async fn wish_offer_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WishOfferDeclineInput,
    ) -> async_graphql::Result<WishOfferPayload> {
        let done = async {
            let offer = inputs::offer(&input.id, input.expected_version)?;
            service::offer_decline(ctx.app(), ctx.actor(), offer, input.reason).await
        }
        .await;
        WishOfferPayload::new(ctx, done, Into::into)
    }

    /// Claims some of a wish that is open to all. For volunteers and members of party branches of the
    /// community. Who comes second gets `CONFLICT`, and `unitsLeft`.
    async fn wish_claim(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and how much of it.")] input: WishClaimInput,
    ) -> async_graphql::Result<WishClaimPayload> {
        let done = async { service::claim(ctx.app(), ctx.actor(), input.check()?).await }.await;
        WishClaimPayload::new(ctx, done, Into::into)
    }

    /// Renews the lease of a claim by 14 days, once. For who has it.
    async fn wish_claim_renew(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WishClaimStepInput,
    ) -> async_graphql::Result<WishClaimPayload> {
        let done = async {
            let claim = inputs::claim(&input.id, input.expected_version)?;
            service::renew(ctx.app(), ctx.actor(), claim).await
        }
        .await;
        WishClaimPayload::new(ctx, done, Into::into)
    }

    /// Gives a claim back; this costs nothing. For who has it.
    async fn wish_claim_release(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WishClaimReleaseInput,
    ) -> async_graphql::Result<WishClaimPayload> {
        let done = async {
            let claim = inputs::claim(&input.id, input.expected_version)?;
            service::release(ctx.app(), ctx.actor(), claim, input.reason).await
        }
        .await;
        WishClaimPayload::new(ctx, done, Into::into)
    }

    /// Offers a claim to somebody else. Until they accept, one has it oneself. For who has it.
    async fn wish_claim_hand_over(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to whom.")] input: WishClaimHandOverInput,
    ) -> async_graphql::Result<WishOfferPayload> {
        let done = async { service::hand_over(ctx.app(), ctx.actor(), input.check()?).await }.await;
        WishOfferPayload::new(ctx, done, Into::into)
    }

    /// Says that what was claimed is done. It counts when who wishes says so too, within 7 days. For who has
    /// it.
    async fn wish_claim_deliver(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and how.")] input: WishClaimDeliverInput,
    ) -> async_graphql::Result<WishClaimPayload> {
        let done = async {
            let claim = inputs::claim(&input.id, input.expected_version)?;
            service::deliver(ctx.app(), ctx.actor(), claim, input.evidence).await
        }
        .await;
        WishClaimPayload::new(ctx, done, Into::into)
    }

    /// Says that what was delivered is done. For whose wish it is; those who serve in the community record
    /// it, but not who has claimed it.
    async fn wish_claim_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and thanks.")] input: WishClaimConfirmInput,
    ) -> async_graphql::Result<WishClaimPayload> {
        let done = async {
            let (id, version) = (&input.id, input.expected_version);
            let answer = inputs::answer(id, version, input.recorded, input.thanks)?;
            service::confirm(ctx.app(), ctx.actor(), answer).await
        }
        .await;
        WishClaimPayload::new(ctx, done, Into::into)
    }

    /// Says that what was delivered is not done, and why; who claimed it has it again for 7 days. For the
    /// same people.
    async fn wish_claim_refuse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: WishClaimRefuseInput,
    ) -> async_graphql::Result<WishClaimPayload> {
        let done = async {
            let (id, version) = (&input.id, input.expected_version);
            let answer = inputs::answer(id, version, input.recorded, Some(input.reason))?;
            service::refuse(ctx.app(), ctx.actor(), answer).await
        }
        .await;
        WishClaimPayload::new(ctx, done, Into::into)
    }

    /// Shows how to reach who wishes, to who has claimed the wish, while the claim lasts. Every look is
    /// written down; who wishes can read that.
    async fn wish_claim_contact_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WishClaimContactRevealInput,
    ) -> async_graphql::Result<WishContactPayload> {
        let done = async {
            let id = api::id("input.id", &input.id)?;
            service::claim_contact_reveal(ctx.app(), ctx.actor(), id).await
        }
        .await;
        WishContactPayload::new(ctx, done, Into::into)
    }

    /// Shows how to reach who wishes, to those who serve in the community, with a reason. Every look is
    /// written down; who wishes can read that.
    async fn wish_contact_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: WishContactRevealInput,
    ) -> async_graphql::Result<WishContactPayload> {
        let done = async {
            let id = api::id("input.id", &input.id)?;
            service::contact_reveal(ctx.app(), ctx.actor(), id, input.reason).await
        }
        .await;
        WishContactPayload::new(ctx, done, Into::into)
    }
}
