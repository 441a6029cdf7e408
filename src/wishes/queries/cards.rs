//! What everybody may read of a wish: no column that a wisher's words or whereabouts are in is selected.

use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{AgeBand, HandOver, WishCategory, WishState},
    ids::{HelpItemId, PlaceId, WishId},
    json::{Localised, Skills},
    wish,
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect, Select,
    sea_query::Order,
};

use crate::kernel::{
    App, Error, Result,
    page::{Page, PageArgs},
};

/// The public face of a wish.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Card {
    /// Id.
    pub id: WishId,
    /// Community.
    pub community_id: PlaceId,
    /// Number.
    pub number: String,
    /// Category.
    pub category: WishCategory,
    /// What of the menu.
    pub item_id: Option<HelpItemId>,
    /// What staff cleared.
    pub card: Localised,
    /// Units.
    pub quantity: i32,
    /// Units that somebody has.
    pub claimed: i32,
    /// By which day.
    pub wished_by: Option<NaiveDate>,
    /// How it changes hands.
    pub hand_over: Option<HandOver>,
    /// About what it is worth.
    pub value_yuan: Option<i32>,
    /// The block.
    pub block_id: Option<PlaceId>,
    /// The age band.
    pub age_band: Option<AgeBand>,
    /// What it takes.
    pub skills: Skills,
    /// State.
    pub state: WishState,
    /// Since when it is public.
    pub published_at: Option<DateTime<Utc>>,
    /// From when on nobody claims it.
    pub expires_at: Option<DateTime<Utc>>,
}

fn narrow(select: Select<wish::Entity>) -> Select<wish::Entity> {
    use wish::Column as C;
    select.select_only().columns([
        C::Id,
        C::CommunityId,
        C::Number,
        C::Category,
        C::ItemId,
        C::Card,
        C::Quantity,
        C::Claimed,
        C::WishedBy,
        C::HandOver,
        C::ValueYuan,
        C::BlockId,
        C::AgeBand,
        C::Skills,
        C::State,
        C::PublishedAt,
        C::ExpiresAt,
    ])
}

/// Which cards.
#[derive(Clone, Copy, Debug)]
pub struct CardFilter {
    /// Of which community.
    pub community: PlaceId,
    /// About what.
    pub category: Option<WishCategory>,
}

fn open(app: &App, filter: CardFilter) -> Select<wish::Entity> {
    use wish::Column as C;
    let select = wish::Entity::find()
        .filter(C::CommunityId.eq(filter.community))
        .filter(C::State.eq(WishState::Published))
        .filter(C::ExpiresAt.gt(app.clock.now()));
    match filter.category {
        Some(category) => select.filter(C::Category.eq(category)),
        None => select,
    }
}

/// A page of the wishes of a community that can be claimed, the latest first.
pub async fn cards(app: &App, filter: CardFilter, page: PageArgs) -> Result<Page<Card>> {
    let select = open(app, filter);
    let rows = page
        .apply(narrow(select), wish::Column::PublishedAt, wish::Column::Id, Order::Desc)
        .into_model::<Card>()
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn cards_count(app: &App, filter: CardFilter) -> Result<u64> {
    Ok(open(app, filter).count(app.db.reader()).await?)
}

/// The card of a wish that is open to everybody.
pub async fn card(app: &App, id: WishId) -> Result<Card> {
    let select = wish::Entity::find_by_id(id)
        .filter(wish::Column::State.eq(WishState::Published))
        .filter(wish::Column::ExpiresAt.gt(app.clock.now()));
    let found = narrow(select).into_model::<Card>().one(app.db.reader()).await?;
    found.ok_or(Error::NotFound)
}

/// The cards of wishes, whatever their state; for who has claimed them or is asked.
pub async fn cards_by_id(
    app: &App,
    ids: &[WishId],
) -> Result<std::collections::HashMap<WishId, Card>> {
    let select = wish::Entity::find().filter(wish::Column::Id.is_in(ids.iter().copied()));
    let rows = narrow(select).into_model::<Card>().all(app.db.reader()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
