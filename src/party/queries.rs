//! Reads of memberships: for the member, and for the secretary of the branch.

use linli_entity::{
    ids::{PartyMembershipId, PersonId, PlaceId},
    party_membership,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Select,
    sea_query::Order,
};

use crate::{
    identity,
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

/// A branch, as a decision needs it: a grant for another branch of the same community, or for one above it,
/// does not reach it.
pub fn branch_target(branch: PlaceId) -> Target {
    Target { place: Some(branch), ..Target::NONE }
}

/// A membership that `holder` has now.
pub fn target(row: &party_membership::Model, holder: PersonId) -> Target {
    Target { requester: Some(holder), ..branch_target(row.branch_id) }
}

/// Who has a membership now. Who may not know of it is told that it is not there.
pub(in crate::party) async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    row: &party_membership::Model,
) -> Result<PersonId> {
    actor.signed_in()?;
    let holder = identity::queries::holder(conn, row.person_id).await?;
    if policy::allowed(actor, Action::PartyMembershipRead, &target(row, holder)) {
        return Ok(holder);
    }
    Err(Error::NotFound)
}

/// A membership that the reader may know of.
pub async fn membership(
    app: &App,
    actor: &Actor,
    id: PartyMembershipId,
) -> Result<party_membership::Model> {
    let conn = app.db.reader();
    let row = party_membership::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)?;
    visible(conn, actor, &row).await?;
    Ok(row)
}

fn of_branch(
    actor: &Actor,
    branch: PlaceId,
    past: bool,
) -> Result<Select<party_membership::Entity>> {
    actor.signed_in()?;
    policy::authorize(actor, Action::PartyMembershipRead, &branch_target(branch))?;
    let select =
        party_membership::Entity::find().filter(party_membership::Column::BranchId.eq(branch));
    let until = party_membership::Column::UntilDay;
    Ok(select.filter(if past { until.is_not_null() } else { until.is_null() }))
}

/// A page of the members of a branch, or of those who were, in the order in which they were recorded.
pub async fn members(
    app: &App,
    actor: &Actor,
    (branch, past): (PlaceId, bool),
    page: PageArgs,
) -> Result<Page<party_membership::Model>> {
    use party_membership::Column as C;
    let select = of_branch(actor, branch, past)?;
    let rows = page.apply(select, C::RecordedAt, C::Id, Order::Asc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn members_count(app: &App, actor: &Actor, branch: PlaceId, past: bool) -> Result<u64> {
    Ok(of_branch(actor, branch, past)?.count(app.db.reader()).await?)
}

fn own_of(actor: &Actor) -> Result<Select<party_membership::Entity>> {
    let theirs =
        identity::queries::theirs(party_membership::Column::PersonId, actor.signed_in()?.person);
    Ok(party_membership::Entity::find().filter(theirs))
}

/// A page of one's own memberships, the latest first.
pub async fn own(
    app: &App,
    actor: &Actor,
    page: PageArgs,
) -> Result<Page<party_membership::Model>> {
    use party_membership::Column as C;
    let select = own_of(actor)?;
    let rows = page.apply(select, C::RecordedAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_count(app: &App, actor: &Actor) -> Result<u64> {
    Ok(own_of(actor)?.count(app.db.reader()).await?)
}
