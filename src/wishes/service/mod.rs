//! Writes of wishes. Whoever changes anything about a wish holds its row.

mod answer;
mod claims;
mod clear;
mod contact;
mod dispatch;
mod items;
mod make;
mod offers;
mod timers;
mod told;

use linli_entity::{
    enums::OfferState,
    ids::{ClaimId, PersonId, WishId},
    wish, wish_claim, wish_offer,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value as Json, json};

use super::{
    queries,
    rules::{self, ClaimStep, Step},
};
use crate::{
    delegations::queries::{Covers, acts_for},
    identity,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Permit, Rejected, Result, Target, Tx,
        policy,
    },
};

pub use answer::{NewAnswer, confirm, refuse};
pub use claims::{NewClaim, claim, deliver, release, renew};
pub use clear::{Clearance, decline, publish, unpublish, verify};
pub use contact::{Contact, claim_contact_reveal, contact_reveal};
pub use dispatch::{NewOffers, Whom, offer, offers_stop};
pub use items::{ItemChange, ItemTerms, item_change, item_create};
pub use make::{Change, Consents, NewWish, change, make, submit, withdraw};
pub use offers::{Accepted, HandOver, To, accept, decline as offer_decline, hand_over};
pub use timers::{expire, settle_claims, time_out_offers};
pub use told::contact_task_done;

#[derive(FromQueryResult)]
struct Locked {
    #[sea_orm(nested)]
    wish: wish::Model,
    holder: PersonId,
}

/// A wish whose row nobody else changes before this transaction ends, and who has it: in one statement,
/// because everything that is done with a wish begins with it.
async fn lock(tx: &Tx<'_>, id: WishId) -> Result<(wish::Model, PersonId)> {
    let locked = wish::Entity::find_by_id(id)
        .expr_as(identity::queries::holder_of(wish::Column::PersonId), "holder")
        .lock_exclusive()
        .into_model::<Locked>()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    Ok((locked.wish, locked.holder))
}

fn stale(version: i32) -> Error {
    Rejected::new(Code::StaleVersion).with("currentVersion", version).into()
}

/// A wish in change: locked, permitted, in the right state.
struct Edit<'a> {
    tx: Tx<'a>,
    before: wish::Model,
    row: wish::Model,
    holder: PersonId,
    permit: Permit,
    via: (Action, Target),
}

impl<'a> Edit<'a> {
    /// Opens a step with a wish as it was read.
    async fn open(
        app: &'a App,
        actor: &'a Actor,
        (id, expected_version): (WishId, i32),
        step: Step,
        action: Action,
    ) -> Result<Self> {
        actor.signed_in()?;
        let tx = app.begin(actor).await?;
        let (row, holder) = lock(&tx, id).await?;
        let target = seen(&tx, &row, holder, action).await?;
        let permit = permit(&tx, action, &target)?;
        if row.version != expected_version {
            return Err(stale(row.version));
        }
        rules::check_step(step, &row, tx.now())?;
        Ok(Self { tx, before: row.clone(), row, holder, permit, via: (action, target) })
    }

    /// Writes the step.
    async fn commit(self, kind: &'static str, data: Json) -> Result<Committed<wish::Model>> {
        self.commit_with(kind, data, Vec::new()).await
    }

    /// Writes the step, and what else came of it.
    async fn commit_with(
        self,
        kind: &'static str,
        data: Json,
        more: Vec<Event>,
    ) -> Result<Committed<wish::Model>> {
        let Self { tx, before, mut row, holder, permit, via } = self;
        row.version += 1;
        tx.update_last(&before, &row);
        let event = event(&tx, permit, kind, (&row, holder), data).delegation(via.1.delegation);
        tx.commit(std::iter::once(event).chain(more).collect(), row).await
    }
}

/// What the policy is asked about an action on a wish that the actor sees: as whose it is, as who serves
/// there, or by a delegation. That is looked up only for who could not do it otherwise, also of those who
/// serve there.
async fn seen(tx: &Tx<'_>, row: &wish::Model, holder: PersonId, action: Action) -> Result<Target> {
    let mut target = queries::target(row, holder);
    let may = policy::allowed(tx.actor(), action, &target);
    if !may || !queries::sees(tx.actor(), row, &target) {
        target.delegation = acts_for(tx, holder, Covers::Wishes).await?;
    }
    if queries::sees(tx.actor(), row, &target) { Ok(target) } else { Err(Error::NotFound) }
}

/// The policy's word about something that is visible.
fn permit(tx: &Tx<'_>, action: Action, target: &Target) -> Result<Permit> {
    if !policy::allowed(tx.actor(), action, target) {
        return Err(Error::Forbidden);
    }
    tx.authorize(action, target)
}

/// Something happened to a wish that the transaction holds.
fn event(
    tx: &Tx<'_>,
    permit: Permit,
    kind: &'static str,
    (row, holder): (&wish::Model, PersonId),
    data: Json,
) -> Event {
    Event::new(permit, kind, "wish", row.id)
        .community(row.community_id)
        .beneficiary((tx.actor().person() != Some(holder)).then_some(holder))
        .data(data)
        .row_held()
}

/// A claim in change, with its wish locked.
struct ClaimEdit<'a> {
    tx: Tx<'a>,
    wish_before: wish::Model,
    wish: wish::Model,
    before: wish_claim::Model,
    row: wish_claim::Model,
    holder: PersonId,
    permit: Permit,
    via: (Action, Target),
}

impl<'a> ClaimEdit<'a> {
    /// Opens a step with a claim; as it was read, where the caller says so.
    async fn open(
        app: &'a App,
        actor: &'a Actor,
        (id, expected_version): (ClaimId, Option<i32>),
        step: ClaimStep,
        action: Action,
    ) -> Result<Self> {
        actor.signed_in()?;
        let tx = app.begin(actor).await?;
        let edit = Self::locked(tx, id, action).await?;
        if let Some(expected) = expected_version
            && expected != edit.row.version
        {
            return Err(stale(edit.row.version));
        }
        rules::check_claim(step, &edit.row, edit.tx.now())?;
        Ok(edit)
    }

    /// A claim with its wish locked, for somebody who may see it and do this.
    async fn locked(tx: Tx<'a>, id: ClaimId, action: Action) -> Result<Self> {
        let find = || wish_claim::Entity::find_by_id(id);
        let found = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
        let (wish, holder) = lock(&tx, found.wish_id).await?;
        let row = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
        let mut target = queries::claim_target(&row, &wish, holder);
        let sees = |target: &Target| {
            matches!(tx.actor(), Actor::System(_))
                || policy::allowed(tx.actor(), Action::WishClaimRead, target)
        };
        if !sees(&target) || !policy::allowed(tx.actor(), action, &target) {
            target.delegation = acts_for(&tx, holder, Covers::Wishes).await?;
        }
        if !sees(&target) {
            return Err(Error::NotFound);
        }
        let permit = permit(&tx, action, &target)?;
        let (wish_before, before) = (wish.clone(), row.clone());
        Ok(Self { tx, wish_before, wish, before, row, holder, permit, via: (action, target) })
    }

    /// Writes the step: what it counts for the wish, who is asked now, and what happened.
    async fn commit(self, kind: &'static str, data: Json) -> Result<Committed<wish_claim::Model>> {
        let Self { tx, wish_before, mut wish, before, mut row, holder, permit, via } = self;
        row.version += 1;
        rules::count(&mut wish, row.units, Some(before.state), Some(row.state));
        let more = dispatch::settle(&tx, &mut wish, &via).await?;
        if before.state != row.state && wish.ended_at.is_none() {
            close_hand_overs(&tx, &row);
        }
        wish.version += 1;
        tx.update_last(&wish_before, &wish);
        tx.update_last(&before, &row);
        let mut facts = json!({ "claim": row.id.to_string(), "claimer": row.account_id.to_string(),
            "units": row.units, "state": wish.state });
        for (key, value) in data.as_object().into_iter().flatten() {
            facts[key] = value.clone();
        }
        let event = event(&tx, permit, kind, (&wish, holder), facts).delegation(via.1.delegation);
        tx.commit(std::iter::once(event).chain(more).collect(), row).await
    }
}

/// A claim that is no longer held is not handed over any more.
fn close_hand_overs(tx: &Tx<'_>, claim: &wish_claim::Model) {
    tx.change_last(&of_claim(tx, claim));
}

/// Calls off to whom a claim is offered.
fn of_claim(tx: &Tx<'_>, claim: &wish_claim::Model) -> sea_orm::UpdateMany<wish_offer::Entity> {
    let of_wish = cancelled(tx).filter(wish_offer::Column::WishId.eq(claim.wish_id));
    of_wish.filter(wish_offer::Column::ClaimId.eq(claim.id))
}

/// Offers that nobody has answered are called off.
fn cancelled(tx: &Tx<'_>) -> sea_orm::UpdateMany<wish_offer::Entity> {
    use wish_offer::Column as C;
    wish_offer::Entity::update_many()
        .col_expr(C::State, Expr::value(OfferState::Cancelled.to_value()))
        .col_expr(C::UntilAt, Expr::value(Option::<chrono::DateTime<chrono::Utc>>::None))
        .col_expr(C::AnsweredAt, Expr::value(tx.now()))
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(C::State.is_in([OfferState::Waiting, OfferState::Open]))
}
