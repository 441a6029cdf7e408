//! The help menu in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use linli_entity::{
    enums::{HelpAudience, Skill, WishCategory},
    help_item,
    ids::{HelpItemId, PlaceId},
    json::Skills,
};

use crate::{
    api::{self, Ctx, LocalisedInput, Translation, connection, loader, payload},
    kernel::{Locale, Once, Result, text},
    wishes::{
        queries,
        service::{ItemChange, ItemTerms},
    },
};

loader! {
    /// Items of the help menu.
    ItemLoader(HelpItemId => help_item::Model) = queries::items_by_id
}

/// An item of the menu, through the loader of the request; the menu is public.
pub(super) async fn load_item(
    ctx: &Context<'_>,
    id: Option<HelpItemId>,
) -> Result<Option<HelpItem>> {
    let Some(id) = id else { return Ok(None) };
    let found = ctx.load::<ItemLoader, _>(id).await?;
    Ok(found.map(|row| HelpItem(Arc::new(row))))
}

/// An item of the help menu (服务菜单项): help that residents order.
#[derive(Clone)]
pub struct HelpItem(pub Arc<help_item::Model>);

/// An item of the help menu (服务菜单项): help that residents order.
#[Object(serial)]
impl HelpItem {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The community.
    async fn community_id(&self) -> ID {
        self.0.community_id.to_string().into()
    }

    /// What it is about.
    async fn category(&self) -> WishCategory {
        self.0.category
    }

    /// Name in the reader's language, else in the source language.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.names)
    }

    /// Name in every language that it has.
    async fn names(&self) -> Vec<Translation> {
        api::translations(&self.0.names)
    }

    /// Description in the reader's language, else in the source language; may be empty.
    async fn description(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.descriptions)
    }

    /// Whom it is for. Who orders says that it is so; staff look at every order.
    async fn audience(&self) -> HelpAudience {
        self.0.audience
    }

    /// What it takes.
    async fn skills(&self) -> &[Skill] {
        &self.0.skills.0
    }

    /// One person orders it at most so often within `perDays`.
    async fn most_orders(&self) -> i32 {
        self.0.most_orders
    }

    /// Days within which orders are counted.
    async fn per_days(&self) -> i32 {
        self.0.per_days
    }

    /// Whether it can be ordered.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

connection!(HelpItemConnection, HelpItemEdge, HelpItem, "items of the help menu");

payload! {
    /// Answer of a change of the help menu.
    HelpItemPayload {
        /// The item.
        item: HelpItem
    }
}

/// A new item of the help menu.
#[derive(InputObject)]
pub struct HelpItemCreateInput {
    /// The community.
    pub community_id: ID,
    /// What it is about.
    pub category: WishCategory,
    /// Names: at most 200 characters each.
    pub names: LocalisedInput,
    /// Descriptions: at most 4000 characters each.
    pub descriptions: Option<LocalisedInput>,
    /// Whom it is for.
    #[graphql(default_with = "HelpAudience::Everyone")]
    pub audience: HelpAudience,
    /// What it takes.
    #[graphql(default)]
    pub skills: Vec<Skill>,
    /// One person orders it at most so often within `perDays`: 1 to 100.
    #[graphql(default = 1)]
    pub most_orders: i32,
    /// Days within which orders are counted: 1 to 366.
    #[graphql(default = 30)]
    pub per_days: i32,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

/// A change of an item; what is left out stays.
#[derive(InputObject)]
pub struct HelpItemChangeInput {
    /// The item.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// What it is about.
    pub category: Option<WishCategory>,
    /// Names: at most 200 characters each.
    pub names: Option<LocalisedInput>,
    /// Descriptions: at most 4000 characters each.
    pub descriptions: Option<LocalisedInput>,
    /// Whom it is for.
    pub audience: Option<HelpAudience>,
    /// What it takes. Replaces what was there.
    pub skills: Option<Vec<Skill>>,
    /// One person orders it at most so often within `perDays`: 1 to 100.
    pub most_orders: Option<i32>,
    /// Days within which orders are counted: 1 to 366.
    pub per_days: Option<i32>,
    /// Whether it can be ordered.
    pub active: Option<bool>,
}

/// Each of them once, in a fixed order.
pub(super) fn skills(mut given: Vec<Skill>) -> Skills {
    given.sort_unstable();
    given.dedup();
    Skills(given)
}

impl HelpItemCreateInput {
    /// Checks and translates.
    pub fn check(self) -> Result<(PlaceId, ItemTerms, Option<Once>)> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        let community = api::id("input.communityId", &self.community_id)?;
        let descriptions =
            LocalisedInput::check_optional(self.descriptions, "descriptions", text::BODY)?;
        let terms = ItemTerms {
            category: self.category,
            names: self.names.check("names", text::LINE)?,
            descriptions: descriptions.unwrap_or_default(),
            audience: self.audience,
            skills: skills(self.skills),
            most_orders: self.most_orders,
            per_days: self.per_days,
        };
        Ok((community, terms, once))
    }
}

impl HelpItemChangeInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((HelpItemId, i32), ItemChange)> {
        let id = api::id("input.id", &self.id)?;
        let change = ItemChange {
            category: self.category,
            names: LocalisedInput::check_optional(self.names, "names", text::LINE)?,
            descriptions: LocalisedInput::check_optional(
                self.descriptions,
                "descriptions",
                text::BODY,
            )?,
            audience: self.audience,
            skills: self.skills.map(skills),
            most_orders: self.most_orders,
            per_days: self.per_days,
            active: self.active,
        };
        Ok(((id, self.expected_version), change))
    }
}
