//! What happened to a wish, as it is shown.

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use linli_entity::{event, ids::WishId};
use serde::Deserialize;

use crate::{
    api::{Ctx, loader},
    identity::gql::{AccountLoader, MaskedPerson, RecordHolder},
    wishes::queries,
};

loader! {
    /// Events of wishes that the reader may see.
    HistoryLoader(WishId => Vec<event::Model>) = queries::history
}

/// What can happen to a wish. Who was asked and declined is not among it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WishEventKind {
    /// It was made.
    Made,
    /// It was changed.
    Changed,
    /// It was submitted.
    Submitted,
    /// Staff cleared it.
    Verified,
    /// It was opened to everybody who may claim.
    Published,
    /// It was offered to somebody.
    Dispatched,
    /// The community declined it.
    Declined,
    /// It was taken back.
    Withdrawn,
    /// Somebody claimed some of it.
    Claimed,
    /// A lease was renewed.
    ClaimRenewed,
    /// A claim was given back.
    ClaimReleased,
    /// A lease ended.
    ClaimLapsed,
    /// Somebody else took a claim over.
    HandedOver,
    /// Some of it is done, as who claimed it says.
    Delivered,
    /// Some of it is done, as who wishes says.
    Confirmed,
    /// Some of it is not done, as who wishes says.
    Refused,
    /// Some of it was closed without the word of who wishes.
    ClosedUnconfirmed,
    /// Its time passed.
    Expired,
    /// Somebody looked at how to reach who wishes.
    ContactRevealed,
    /// It was taken back from everybody who may claim.
    Unpublished,
}

/// In what capacity somebody acted on a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum WishActedAs {
    /// Who wishes.
    Wisher,
    /// Who acts for them by a delegation.
    Delegate,
    /// Who has claimed it.
    Claimer,
    /// Staff of the community.
    Staff,
    /// Nobody: it happened by itself.
    Portal,
}

/// Something that happened to a wish.
#[derive(Clone)]
pub struct WishEvent {
    row: event::Model,
    kind: WishEventKind,
}

impl WishEvent {
    /// The events that are shown, in their order.
    pub(super) fn shown(rows: Vec<event::Model>) -> Vec<Self> {
        let event = |row: event::Model| {
            let code = row.kind.strip_prefix("WISH_")?;
            let kind = serde_json::from_value(code.into()).ok()?;
            Some(Self { row, kind })
        };
        rows.into_iter().filter_map(event).collect()
    }

    fn acted(&self) -> WishActedAs {
        let actor = self.row.actor_id.map(|id| id.to_string());
        if actor.is_none() {
            WishActedAs::Portal
        } else if self.row.data["delegation"].is_string() {
            WishActedAs::Delegate
        } else if self.row.data["claimer"].as_str() == actor.as_deref() {
            WishActedAs::Claimer
        } else if self.row.beneficiary_id.is_none() {
            WishActedAs::Wisher
        } else {
            WishActedAs::Staff
        }
    }
}

/// Something that happened to a wish.
#[Object(serial)]
impl WishEvent {
    /// What.
    async fn kind(&self) -> WishEventKind {
        self.kind
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.row.at
    }

    /// In what capacity somebody did it.
    async fn acted_as(&self) -> WishActedAs {
        self.acted()
    }

    /// Who acted for who wishes, masked; null where it was no delegate.
    async fn delegate(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        let (WishActedAs::Delegate, Some(account)) = (self.acted(), self.row.actor_id) else {
            return Ok(None);
        };
        let Some(found) = ctx.load::<AccountLoader, _>(account).await? else { return Ok(None) };
        Ok(Some(RecordHolder::new(found.person_id).masked(ctx).await?))
    }
}
