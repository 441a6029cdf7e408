//! What the community does with a wish before anybody claims it.

use linli_entity::{
    enums::{AgeBand, HandOver, HelpAudience, PlaceKind, WishCategory, WishState},
    help_item,
    ids::{PlaceId, WishId},
    json::{Localised, Skills},
    person, wish,
};
use sea_orm::EntityTrait;
use serde_json::json;

use super::{Edit, dispatch};
use crate::{
    communities,
    kernel::{Action, Actor, App, Code, Committed, Rejected, Result, text},
    wishes::rules::{self, Step},
};

/// What staff cleared.
#[derive(Clone, Debug)]
pub struct Clearance {
    /// What the public may read.
    pub card: Localised,
    /// How it changes hands.
    pub hand_over: HandOver,
    /// About what it is worth.
    pub value_yuan: Option<i32>,
    /// The block on the card.
    pub block: Option<PlaceId>,
    /// The age band on the card.
    pub age_band: Option<AgeBand>,
    /// What it takes; if not said, what the item of the menu takes.
    pub skills: Option<Skills>,
    /// What it is about, if the wisher was mistaken.
    pub category: Option<WishCategory>,
}

/// Clears a wish: the community has looked at it, and says what of it others may read. It can be cleared
/// anew; once somebody has claimed some of it, what the card says is corrected and nothing else changes.
pub async fn verify(
    app: &App,
    actor: &Actor,
    wish: (WishId, i32),
    input: Clearance,
) -> Result<Committed<wish::Model>> {
    rules::check_value(input.value_yuan)?;
    if input.block.is_some() && input.age_band.is_some() {
        let wanted = "a block or an age band, not both";
        return Err(Rejected::at(Code::InvalidValue, "ageBand").with("wanted", wanted).into());
    }
    let mut edit = Edit::open(app, actor, wish, Step::Verify, Action::WishVerify).await?;
    check_safe(&edit, &input).await?;
    let (now, row) = (edit.tx.now(), &mut edit.row);
    row.card = input.card;
    row.block_id = input.block;
    row.age_band = input.age_band;
    if row.claimed == 0 {
        row.hand_over = Some(input.hand_over);
        row.value_yuan = input.value_yuan;
        row.skills = input.skills.unwrap_or_else(|| row.skills.clone());
        row.category = input.category.unwrap_or(row.category);
    }
    if row.state == WishState::Submitted {
        row.state = WishState::Verified;
        row.verified_at = Some(now);
        row.expires_at = Some(rules::expires(row.wished_by, now, app.zone));
    }
    edit.commit("WISH_VERIFIED", json!({})).await
}

/// What must be so before anybody else reads of a wish.
async fn check_safe(edit: &Edit<'_>, input: &Clearance) -> Result<()> {
    let (row, conn) = (&edit.row, edit.tx.conn());
    // Of what somebody has claimed the text alone is corrected, also when its day is over.
    if row.claimed == 0 {
        if row.minor_involved && !row.guardian_consents {
            return Err(Rejected::new(Code::ConsentRequired).into());
        }
        if !row.share_contact && input.hand_over != HandOver::Station {
            return Err(Rejected::at(Code::ContactNotShared, "handOver").into());
        }
        rules::check_day(row.wished_by, edit.tx.app().day(edit.tx.now()))?;
    }
    if let Some(block) = input.block {
        let block = communities::queries::place(edit.tx.app(), conn, block).await;
        let fits = block
            .is_ok_and(|b| b.kind == PlaceKind::Block && b.community_id == Some(row.community_id));
        if !fits {
            return Err(Rejected::at(Code::UnknownReference, "blockId").into());
        }
    }
    if input.block.is_some() && is_for_few(edit).await? {
        return Err(Rejected::at(Code::CardTellsWho, "blockId").into());
    }
    let who = person::Entity::find_by_id(edit.holder).one(conn).await?;
    let (name, phone) = who.map_or((None, None), |p| (p.name, p.phone));
    let secrets = [name.as_deref(), phone.as_deref(), row.address.as_deref()];
    let secrets: Vec<&str> = secrets.into_iter().flatten().collect();
    rules::check_card(&input.card, &secrets, row.address.as_deref())
}

/// Whether it orders what is for few people: a block beside it would lead to their door.
async fn is_for_few(edit: &Edit<'_>) -> Result<bool> {
    let Some(item) = edit.row.item_id else { return Ok(false) };
    let item = help_item::Entity::find_by_id(item).one(edit.tx.conn()).await?;
    Ok(item.is_some_and(|i| i.audience != HelpAudience::Everyone))
}

/// Declines a wish, with a reason that the wisher reads.
pub async fn decline(
    app: &App,
    actor: &Actor,
    wish: (WishId, i32),
    reason: String,
) -> Result<Committed<wish::Model>> {
    text::check("reason", &reason, text::BODY)?;
    let mut edit = Edit::open(app, actor, wish, Step::Decline, Action::WishVerify).await?;
    edit.row.state = WishState::Declined;
    edit.row.ended_at = Some(edit.tx.now());
    edit.row.reason = Some(reason);
    dispatch::end_offers(&edit.tx, edit.row.id);
    edit.commit("WISH_DECLINED", json!({})).await
}

/// Opens a wish to everybody who may claim.
pub async fn publish(
    app: &App,
    actor: &Actor,
    wish: (WishId, i32),
) -> Result<Committed<wish::Model>> {
    let mut edit = Edit::open(app, actor, wish, Step::Publish, Action::WishDispatch).await?;
    let now = edit.tx.now();
    edit.row.open_to_all = true;
    edit.row.published_at = edit.row.published_at.or(Some(now));
    rules::settle(&mut edit.row, false, now);
    edit.commit("WISH_PUBLISHED", json!({})).await
}

/// Takes a wish back from everybody who may claim. Who has claimed some of it keeps that; what they give back
/// is the community's to dispatch.
pub async fn unpublish(
    app: &App,
    actor: &Actor,
    wish: (WishId, i32),
) -> Result<Committed<wish::Model>> {
    let mut edit = Edit::open(app, actor, wish, Step::Unpublish, Action::WishDispatch).await?;
    let now = edit.tx.now();
    edit.row.open_to_all = false;
    rules::settle(&mut edit.row, false, now);
    edit.commit("WISH_UNPUBLISHED", json!({})).await
}
