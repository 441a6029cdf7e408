//! The help menu.

use linli_entity::{
    enums::{HelpAudience, WishCategory},
    help_item,
    ids::{HelpItemId, PlaceId},
    json::{Localised, Skills},
};
use sea_orm::{EntityTrait, QuerySelect};
use serde_json::json;

use super::stale;
use crate::{
    communities,
    kernel::{Action, Actor, App, Committed, Error, Event, Once, Result, Target},
    wishes::rules,
};

/// What an item of the menu is.
#[derive(Clone, Debug)]
pub struct ItemTerms {
    /// Category.
    pub category: WishCategory,
    /// Names.
    pub names: Localised,
    /// Descriptions; may be empty.
    pub descriptions: Localised,
    /// Whom it is for.
    pub audience: HelpAudience,
    /// What it takes.
    pub skills: Skills,
    /// One person orders it at most so often …
    pub most_orders: i32,
    /// … in so many days.
    pub per_days: i32,
}

/// Puts an item on the menu of a community.
pub async fn item_create(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    terms: ItemTerms,
    once: Option<Once>,
) -> Result<Committed<help_item::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::HelpItemManage, &Target::community(community))?;
    communities::queries::active_community(&tx, community).await?;
    let id = HelpItemId(tx.new_id());
    if let Some(replay) = tx.once("helpItemCreate", once.as_ref(), id.0).await? {
        let found = help_item::Entity::find_by_id(HelpItemId(replay.0)).one(tx.conn()).await?;
        return tx.replayed(replay, found.ok_or(Error::NotFound)?).await;
    }
    let row = help_item::Model {
        id,
        community_id: community,
        category: terms.category,
        names: terms.names,
        descriptions: terms.descriptions,
        audience: terms.audience,
        skills: terms.skills,
        most_orders: terms.most_orders,
        per_days: terms.per_days,
        active: true,
        created_at: tx.now(),
        version: 1,
    };
    rules::check_item(&row)?;
    tx.insert_last(help_item::ActiveModel::from(row.clone()));
    let event =
        Event::new(permit, "HELP_ITEM_CREATED", "help_item", id).community(community).row_held();
    tx.commit(vec![event], row).await
}

/// A change of an item; what is left out stays.
#[derive(Clone, Debug, Default)]
pub struct ItemChange {
    /// Category.
    pub category: Option<WishCategory>,
    /// Names.
    pub names: Option<Localised>,
    /// Descriptions.
    pub descriptions: Option<Localised>,
    /// Whom it is for.
    pub audience: Option<HelpAudience>,
    /// What it takes.
    pub skills: Option<Skills>,
    /// How often.
    pub most_orders: Option<i32>,
    /// In how many days.
    pub per_days: Option<i32>,
    /// Whether it can be ordered.
    pub active: Option<bool>,
}

/// Changes an item. Orders that were made stay as they are.
pub async fn item_change(
    app: &App,
    actor: &Actor,
    (id, expected_version): (HelpItemId, i32),
    change: ItemChange,
) -> Result<Committed<help_item::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let before = help_item::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let target = Target::community(before.community_id);
    let permit = tx.authorize(Action::HelpItemManage, &target)?;
    if before.version != expected_version {
        return Err(stale(before.version));
    }
    let mut row = before.clone();
    macro_rules! take {
        ($($field:ident),*) => { $(if let Some(new) = change.$field { row.$field = new; })* };
    }
    take!(category, names, descriptions, audience, skills, most_orders, per_days, active);
    row.version += 1;
    rules::check_item(&row)?;
    tx.update_last(&before, &row);
    let event = Event::new(permit, "HELP_ITEM_CHANGED", "help_item", id)
        .community(row.community_id)
        .data(json!({ "active": row.active }))
        .row_held();
    tx.commit(vec![event], row).await
}
