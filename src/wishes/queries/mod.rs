//! Reads of wishes, as far as somebody may see them.

mod cards;
mod checks;
mod claims;
mod history;
mod numbers;
mod offers;
mod together;

use std::collections::HashMap;

use linli_entity::{
    enums::{ReadPurpose, WishState},
    help_item,
    ids::{HelpItemId, PersonId, PlaceId, WishId},
    person, read_log, wish, wish_claim,
};
use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QuerySelect, Select,
    sea_query::Order,
};

use crate::{
    delegations::queries::{Covers, reads_for},
    identity::{
        self,
        service::{Look, looks},
    },
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

pub use cards::*;
pub use checks::contradictions;
pub use claims::*;
pub use history::history;
pub use numbers::*;
pub use offers::*;
pub use together::*;

/// What is asked about: a wish that `holder` has now.
pub fn target(row: &wish::Model, holder: PersonId) -> Target {
    Target { requester: Some(holder), ..Target::community(row.community_id) }
}

/// The same of a claim.
pub fn claim_target(claim: &wish_claim::Model, wish: &wish::Model, holder: PersonId) -> Target {
    Target { owner: Some(claim.account_id), ..target(wish, holder) }
}

/// Whether a wish was opened to everybody who may claim: whoever asks for it may know that it is there.
pub fn was_public(row: &wish::Model) -> bool {
    row.open_to_all && row.published_at.is_some() && row.state != WishState::Withdrawn
}

/// Whether the actor sees a wish. A draft is nobody else's business, unless staff entered it.
pub(in crate::wishes) fn sees(actor: &Actor, row: &wish::Model, target: &Target) -> bool {
    let own = actor.person().is_some() && actor.person() == target.requester
        || target.delegation.is_some();
    let by_staff = row.entered_by.is_some() && row.delegation_id.is_none();
    let draft = row.state == WishState::Draft && !by_staff;
    policy::allowed(actor, Action::WishRead, target) && (own || !draft)
}

/// What the policy is asked about a wish that the reader sees. Who may not see it is told that it is not
/// there.
pub(in crate::wishes) async fn visible(
    app: &App,
    actor: &Actor,
    row: &wish::Model,
) -> Result<Target> {
    actor.signed_in()?;
    let holder = identity::queries::holder(app.db.reader(), row.person_id).await?;
    let mut target = target(row, holder);
    // A draft is no business of who serves there, but of who acts for the wisher.
    if !sees(actor, row, &target) {
        target.delegation = reads_for(app, actor, holder, Covers::Wishes).await?;
    }
    if sees(actor, row, &target) { Ok(target) } else { Err(Error::NotFound) }
}

/// Wishes by id, for callers that were permitted.
pub async fn wishes_by_id(app: &App, ids: &[WishId]) -> Result<HashMap<WishId, wish::Model>> {
    let rows = wish::Entity::find()
        .filter(wish::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Who has a wish now.
#[derive(Clone, Copy, Debug)]
pub struct Wisher {
    /// Who.
    pub person: PersonId,
    /// Whether who claims it may know how to reach them.
    pub shares_contact: bool,
}

/// Who has wishes now, for callers that may know of them.
pub async fn wishers(app: &App, ids: &[WishId]) -> Result<HashMap<WishId, Wisher>> {
    let rows: Vec<(WishId, PersonId, Option<PersonId>, bool)> = wish::Entity::find()
        .select_only()
        .column(wish::Column::Id)
        .column(wish::Column::PersonId)
        .column(person::Column::MergedInto)
        .column(wish::Column::ShareContact)
        .join(
            JoinType::InnerJoin,
            wish::Entity::belongs_to(person::Entity)
                .from(wish::Column::PersonId)
                .to(person::Column::Id)
                .into(),
        )
        .filter(wish::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(app.db.reader())
        .await?;
    let wisher = |record, holder: Option<PersonId>, shares_contact| Wisher {
        person: holder.unwrap_or(record),
        shares_contact,
    };
    Ok(rows.into_iter().map(|(id, r, h, shares)| (id, wisher(r, h, shares))).collect())
}

/// A wish that the reader may see. That staff opened it is written down.
pub async fn wish(app: &App, actor: &Actor, id: WishId) -> Result<wish::Model> {
    let conn = app.db.reader();
    let row = wish::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)?;
    let target = visible(app, actor, &row).await?;
    record_looks(app, actor, [(&row, target.requester.unwrap_or(row.person_id))]).await?;
    Ok(row)
}

/// A page of the wishes of a person, the latest first, for a caller who was permitted. That somebody else
/// opened them is written down.
pub async fn of_principal(
    app: &App,
    actor: &Actor,
    principal: PersonId,
    page: PageArgs,
) -> Result<Page<wish::Model>> {
    let rows = page
        .apply(of_person(principal), wish::Column::CreatedAt, wish::Column::Id, Order::Desc)
        .all(app.db.reader())
        .await?;
    let page = page.cut(rows);
    record_looks(app, actor, page.rows.iter().map(|row| (row, principal))).await?;
    Ok(page)
}

/// How many there are.
pub async fn of_principal_count(app: &App, principal: PersonId) -> Result<u64> {
    Ok(of_person(principal).count(app.db.reader()).await?)
}

/// What the policy is asked about something of a wish, by a reader who sees it: only for who sees it by a
/// delegation this is looked up.
pub async fn as_read(app: &App, actor: &Actor, target: Target, by: Action) -> Result<Target> {
    let Some(wisher) = target.requester.filter(|_| !policy::allowed(actor, by, &target)) else {
        return Ok(target);
    };
    let delegation = reads_for(app, actor, wisher, Covers::Wishes).await?;
    Ok(Target { delegation, ..target })
}

/// One row an hour for each wisher whose wish somebody else opens; each wish with who has it now.
async fn record_looks<'a>(
    app: &App,
    actor: &Actor,
    rows: impl IntoIterator<Item = (&'a wish::Model, PersonId)>,
) -> Result<()> {
    let Actor::User(user) = actor else { return Ok(()) };
    let others = rows.into_iter().filter(|(_, holder)| *holder != user.person);
    let others = others.map(|(row, holder)| Look {
        wish: Some(row.id),
        ..Look::new(holder, user.account, row.community_id, ReadPurpose::Wish)
    });
    app.keep::<read_log::Entity>(looks(app, others)?).await?;
    Ok(())
}

/// Which wishes of a community.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// The community.
    pub community: PlaceId,
    /// In this state.
    pub state: WishState,
}

/// Wishes of a community, for those who serve there. Drafts are not among them.
fn of_community(actor: &Actor, filter: Filter) -> Result<Select<wish::Entity>> {
    actor.signed_in()?;
    policy::authorize(actor, Action::WishRead, &Target::community(filter.community))?;
    Ok(wish::Entity::find()
        .filter(wish::Column::CommunityId.eq(filter.community))
        .filter(wish::Column::State.eq(filter.state))
        .filter(wish::Column::SubmittedAt.is_not_null()))
}

/// A page of them, who waits longest first.
pub async fn wishes(
    app: &App,
    actor: &Actor,
    filter: Filter,
    page: PageArgs,
) -> Result<Page<wish::Model>> {
    let select = of_community(actor, filter)?;
    let rows = page
        .apply(select, wish::Column::SubmittedAt, wish::Column::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    let page = page.cut(rows);
    let records: Vec<PersonId> = page.rows.iter().map(|row| row.person_id).collect();
    let holders = identity::queries::record_holders(app, &records).await?;
    let holder = |record| holders.get(&record).map_or(record, |person| person.id);
    record_looks(app, actor, page.rows.iter().map(|row| (row, holder(row.person_id)))).await?;
    Ok(page)
}

/// How many there are.
pub async fn wishes_count(app: &App, actor: &Actor, filter: Filter) -> Result<u64> {
    Ok(of_community(actor, filter)?.count(app.db.reader()).await?)
}

fn of_person(person: PersonId) -> Select<wish::Entity> {
    wish::Entity::find().filter(identity::queries::theirs(wish::Column::PersonId, person))
}

/// A page of one's own wishes, the latest first.
pub async fn own(app: &App, actor: &Actor, page: PageArgs) -> Result<Page<wish::Model>> {
    let select = of_person(actor.signed_in()?.person);
    let rows = page
        .apply(select, wish::Column::CreatedAt, wish::Column::Id, Order::Desc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_count(app: &App, actor: &Actor) -> Result<u64> {
    Ok(of_person(actor.signed_in()?.person).count(app.db.reader()).await?)
}

/// Items of the menu by id.
pub async fn items_by_id(
    app: &App,
    ids: &[HelpItemId],
) -> Result<HashMap<HelpItemId, help_item::Model>> {
    let rows = help_item::Entity::find()
        .filter(help_item::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn menu_of(community: PlaceId, inactive_too: bool) -> Select<help_item::Entity> {
    let select = help_item::Entity::find().filter(help_item::Column::CommunityId.eq(community));
    if inactive_too { select } else { select.filter(help_item::Column::Active.eq(true)) }
}

/// A page of the menu of a community, in the order of its making.
pub async fn menu(
    app: &App,
    community: PlaceId,
    inactive_too: bool,
    page: PageArgs,
) -> Result<Page<help_item::Model>> {
    let select = menu_of(community, inactive_too);
    let rows = page
        .apply(select, help_item::Column::CreatedAt, help_item::Column::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn menu_count(app: &App, community: PlaceId, inactive_too: bool) -> Result<u64> {
    Ok(menu_of(community, inactive_too).count(app.db.reader()).await?)
}
