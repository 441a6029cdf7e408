//! What becomes of wishes by itself.

use linli_entity::{
    enums::{ClaimState, OfferState, WishState},
    ids::{ClaimId, OfferId, WishId},
    wish, wish_claim, wish_offer,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;

use super::{ClaimEdit, dispatch, event, lock, told};
use crate::{
    kernel::{Action, Actor, App, Error, Result, each_due},
    wishes::{queries, rules},
};

const JOB: Actor = Actor::System("wishes");

/// Takes back claims whose lease is over, and closes what the wisher did not answer in time. Returns how
/// many.
pub async fn settle_claims(app: &App, limit: u64) -> Result<usize> {
    use wish_claim::Column as C;
    let due: Vec<ClaimId> = wish_claim::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::DueAt.lte(app.clock.now()))
        .order_by_asc(C::DueAt)
        .limit(limit)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("settle claim", due, |id| settle_claim(app, id)).await)
}

async fn settle_claim(app: &App, id: ClaimId) -> Result<bool> {
    let tx = app.begin(&JOB).await?;
    let mut edit = ClaimEdit::locked(tx, id, Action::WishTend).await?;
    if edit.row.due_at.is_none_or(|due| edit.tx.now() < due) {
        return Ok(false);
    }
    if edit.row.state == ClaimState::Delivered && told::is_untold(&edit).await? {
        // Who was to be called or visited has heard nothing: that is no silence.
        edit.row.due_at = Some(rules::told_by(edit.tx.now()));
        edit.commit("WISH_NOT_TOLD_YET", json!({})).await?;
        return Ok(true);
    }
    let kind = if edit.row.state == ClaimState::Held {
        edit.end(ClaimState::Lapsed);
        "WISH_CLAIM_LAPSED"
    } else {
        edit.end(ClaimState::Unconfirmed);
        "WISH_CLOSED_UNCONFIRMED"
    };
    edit.commit(kind, json!({})).await?;
    Ok(true)
}

/// Ends wishes whose time is over and of which nobody has anything. Returns how many.
pub async fn expire(app: &App, limit: u64) -> Result<usize> {
    use wish::Column as C;
    let over: Vec<WishId> = wish::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::ExpiresAt.lte(app.clock.now()))
        .filter(C::EndedAt.is_null())
        .filter(Expr::col(C::Claimed).eq(Expr::col(C::Closed)))
        .order_by_asc(C::ExpiresAt)
        .limit(limit)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("expire wish", over, |id| expire_one(app, id)).await)
}

async fn expire_one(app: &App, id: WishId) -> Result<bool> {
    let tx = app.begin(&JOB).await?;
    let (before, holder) = lock(&tx, id).await?;
    let mut row = before.clone();
    let via = (Action::WishTend, queries::target(&row, holder));
    if row.ended_at.is_some() || !rules::is_expired(&row, tx.now()) {
        return Ok(false);
    }
    let more = dispatch::settle(&tx, &mut row, &via).await?;
    if row.state != WishState::Expired {
        return Ok(false);
    }
    row.version += 1;
    tx.update_last(&before, &row);
    tx.commit(more, ()).await?;
    Ok(true)
}

/// Ends offers that nobody answered in time; the next is asked. Returns how many.
pub async fn time_out_offers(app: &App, limit: u64) -> Result<usize> {
    use wish_offer::Column as C;
    let over: Vec<OfferId> = wish_offer::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::UntilAt.lte(app.clock.now()))
        .order_by_asc(C::UntilAt)
        .limit(limit)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("time out offer", over, |id| time_out(app, id)).await)
}

async fn time_out(app: &App, id: OfferId) -> Result<bool> {
    let tx = app.begin(&JOB).await?;
    let find = || wish_offer::Entity::find_by_id(id);
    let found = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let (before, holder) = lock(&tx, found.wish_id).await?;
    let mut offer = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    if offer.until_at.is_none_or(|until| tx.now() < until) {
        return Ok(false);
    }
    let via = (Action::WishTend, queries::target(&before, holder));
    let permit = tx.authorize(via.0, &via.1)?;
    offer.state = OfferState::TimedOut;
    offer.until_at = None;
    offer.answered_at = Some(tx.now());
    offer.version += 1;
    let facts = json!({ "offer": id.to_string(), "claim": offer.claim_id.map(|c| c.to_string()) });
    let hands_over = offer.claim_id.is_some();
    // At once: the next is looked for among those that wait.
    wish_offer::Entity::update(wish_offer::ActiveModel::from(offer).reset_all())
        .exec(tx.conn())
        .await?;
    let mut row = before.clone();
    let mut more = Vec::new();
    if !hands_over {
        more = dispatch::settle(&tx, &mut row, &via).await?;
        row.version += 1;
        tx.update_last(&before, &row);
    }
    let event = event(&tx, permit, "WISH_OFFER_TIMED_OUT", (&row, holder), facts);
    tx.commit(std::iter::once(event).chain(more).collect(), ()).await?;
    Ok(true)
}
