//! Offers: who is asked, and whom one could ask.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use linli_entity::{
    enums::Role,
    ids::{OfferId, PersonId, PlaceId, TeamId, VolunteerId, WishId},
    json::FreePart,
    volunteer, wish, wish_offer,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, Order},
};

use crate::{
    kernel::{
        Action, Actor, App, Error, Result, Target,
        actor::User,
        page::{Page, PageArgs},
        policy,
    },
    volunteers,
};

/// In what capacity somebody is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// They themselves.
    Personally,
    /// As who speaks for the group that is asked: they also decline for it.
    Speaker,
    /// As a member of it.
    Member,
}

/// Branches that somebody belongs to, or is the secretary of.
fn branches(user: &User, role: Option<Role>) -> Vec<PlaceId> {
    let of =
        |r: Role| role.map_or(matches!(r, Role::PartyMember | Role::BranchSecretary), |w| w == r);
    user.grants.iter().filter(|g| of(g.role)).filter_map(|g| g.scope).collect()
}

/// In what capacity somebody is asked by an offer whose turn has come; none if they are not.
pub(in crate::wishes) async fn asked(
    conn: &impl ConnectionTrait,
    user: &User,
    row: &wish_offer::Model,
) -> Result<Option<Asked>> {
    if row.opened_at.is_none() {
        return Ok(None);
    }
    if let Some(id) = row.volunteer_id {
        let own = volunteers::queries::active(conn, row.community_id, user.person).await?;
        return Ok(own.is_some_and(|v| v.id == id).then_some(Asked::Personally));
    }
    if let Some(id) = row.team_id {
        let teams = volunteers::queries::teams_of(conn, user.person).await?;
        let Some(team) = teams.into_iter().find(|t| t.id == id) else { return Ok(None) };
        let own = volunteers::queries::active(conn, row.community_id, user.person).await?;
        let speaks = team.leader_id.is_some() && own.map(|v| v.id) == team.leader_id;
        return Ok(Some(if speaks { Asked::Speaker } else { Asked::Member }));
    }
    let Some(branch) = row.branch_id else { return Ok(None) };
    if branches(user, Some(Role::BranchSecretary)).contains(&branch) {
        return Ok(Some(Asked::Speaker));
    }
    Ok(branches(user, None).contains(&branch).then_some(Asked::Member))
}

/// The last turn of a wish's offers; 0 if nobody was ever asked.
pub(in crate::wishes) async fn last_position(
    conn: &impl ConnectionTrait,
    wish: WishId,
) -> Result<i32> {
    let last: Option<i32> = wish_offer::Entity::find()
        .select_only()
        .column(wish_offer::Column::Position)
        .filter(wish_offer::Column::WishId.eq(wish))
        .order_by_desc(wish_offer::Column::Position)
        .into_tuple()
        .one(conn)
        .await?;
    Ok(last.unwrap_or(0))
}

/// Volunteers who can do what a wish takes, who was asked longest ago first; nobody is ranked by what they
/// did.
pub(in crate::wishes) async fn fitting(
    conn: &impl ConnectionTrait,
    row: &wish::Model,
    wisher: PersonId,
    when: &[FreePart],
) -> Result<Vec<volunteer::Model>> {
    let mut fitting = volunteers::queries::all_active(conn, row.community_id).await?;
    fitting.retain(|v| v.person_id != wisher && volunteers::rules::fits(v, &row.skills.0, when));
    let ids: Vec<VolunteerId> = fitting.iter().map(|v| v.id).collect();
    let last = last_asked(conn, &ids).await?;
    fitting.sort_by_key(|v| (last.get(&v.id).copied(), v.created_at, v.id));
    Ok(fitting)
}

async fn last_asked(
    conn: &impl ConnectionTrait,
    volunteers: &[VolunteerId],
) -> Result<HashMap<VolunteerId, DateTime<Utc>>> {
    use wish_offer::Column as C;
    let rows: Vec<(VolunteerId, DateTime<Utc>)> = wish_offer::Entity::find()
        .select_only()
        .column(C::VolunteerId)
        .column_as(C::OpenedAt.max(), "last")
        .filter(C::VolunteerId.is_in(volunteers.iter().copied()))
        .filter(C::OpenedAt.is_not_null())
        .group_by(C::VolunteerId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Whom a wish can be offered to, for those who dispatch it; at most 100.
pub async fn candidates(
    app: &App,
    actor: &Actor,
    id: WishId,
    when: &[FreePart],
) -> Result<Vec<volunteer::Model>> {
    actor.signed_in()?;
    let conn = app.db.reader();
    let row = wish::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)?;
    let target = super::visible(app, actor, &row).await?;
    policy::authorize(actor, Action::WishDispatch, &target)?;
    let wisher = target.requester.unwrap_or(row.person_id);
    let mut found = fitting(conn, &row, wisher, when).await?;
    found.truncate(100);
    Ok(found)
}

/// Offers whose turn has come by which somebody is asked.
async fn asking(app: &App, user: &User) -> Result<Select<wish_offer::Entity>> {
    use wish_offer::Column as C;
    let conn = app.db.reader();
    let teams: Vec<TeamId> =
        volunteers::queries::teams_of(conn, user.person).await?.into_iter().map(|t| t.id).collect();
    let own: Vec<VolunteerId> = volunteers::queries::active_of(conn, user.person).await?;
    let asked = Condition::any()
        .add(C::TeamId.is_in(teams))
        .add(C::VolunteerId.is_in(own))
        .add(C::BranchId.is_in(branches(user, None)));
    Ok(wish_offer::Entity::find().filter(asked).filter(C::OpenedAt.is_not_null()))
}

/// A page of the offers by which one is asked, or was, the latest first.
pub async fn own_offers(
    app: &App,
    actor: &Actor,
    page: PageArgs,
) -> Result<Page<wish_offer::Model>> {
    use wish_offer::Column as C;
    let select = asking(app, actor.signed_in()?).await?;
    let rows = page.apply(select, C::OpenedAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_offers_count(app: &App, actor: &Actor) -> Result<u64> {
    Ok(asking(app, actor.signed_in()?).await?.count(app.db.reader()).await?)
}

/// An offer that the reader may see: by which they are asked, or were; or of a wish that they dispatch.
pub async fn offer(app: &App, actor: &Actor, id: OfferId) -> Result<wish_offer::Model> {
    let user = actor.signed_in()?;
    let conn = app.db.reader();
    let row = wish_offer::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)?;
    let dispatches =
        policy::allowed(actor, Action::WishDispatch, &Target::community(row.community_id));
    if dispatches || asked(conn, user, &row).await?.is_some() {
        return Ok(row);
    }
    Err(Error::NotFound)
}

/// Who was asked about wishes, in turn, the last 100 of each; for those who may see the wishes, and for who is
/// to answer.
pub async fn offers_of(
    app: &App,
    wishes: &[WishId],
) -> Result<HashMap<WishId, Vec<wish_offer::Model>>> {
    let rows = wish_offer::Entity::find()
        .filter(wish_offer::Column::WishId.is_in(wishes.iter().copied()))
        // Turns are numbered without gaps.
        .filter(Expr::cust(
            "wish_offer.position > (SELECT MAX(o.position) FROM wish_offer o \
             WHERE o.wish_id = wish_offer.wish_id) - 100",
        ))
        .order_by_asc(wish_offer::Column::Position)
        .all(app.db.reader())
        .await?;
    let mut found: HashMap<WishId, Vec<wish_offer::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.wish_id).or_default().push(row);
    }
    Ok(found)
}
