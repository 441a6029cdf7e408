//! Reads of memberships: for the member, and for the secretary of the branch.

use linli_entity::{
    ids::{PartyMembershipId, PersonId, PlaceId},
    party_membership,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Select, Statement,
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

/// Who has several memberships that last, of whatever record.
macro_rules! several {
    () => {
        "SELECT COALESCE(p.merged_into, p.id) AS holder FROM party_membership m \
         JOIN person p ON p.id = m.person_id WHERE m.until_day IS NULL \
         GROUP BY COALESCE(p.merged_into, p.id) HAVING COUNT(*) > 1"
    };
}

/// Who belongs to two branches since an earlier record was linked to them; so many at most.
pub(in crate::party) async fn in_two_branches(app: &App, limit: u64) -> Result<Vec<PersonId>> {
    let conn = app.db.reader();
    let sql = format!("{} LIMIT {limit}", several!());
    let rows = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// What may never be, and the statement that counts the rows in which it is.
const NEVER: [(&str, &str); 1] = [(
    "people who belong to two party branches at a time",
    concat!("SELECT COUNT(*) FROM (", several!(), ") x"),
)];

/// What contradicts itself in the books of branches, and in how many rows; nothing on a sound database.
pub async fn contradictions(app: &App) -> Result<Vec<(&'static str, i64)>> {
    app.contradictions(&NEVER).await
}
