//! Reads of delegations: one's own, and whether somebody acts for somebody else.

use std::collections::HashMap;

use linli_entity::{
    delegation, delegation_matter,
    enums::DelegationState,
    ids::{DelegationId, MatterId, PersonId},
    person,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Statement, Value, sea_query::Order,
};
use uuid::Uuid;

use super::rules::{self, Side};
use crate::kernel::{
    Action, Actor, App, Code, Error, Rejected, Result, Target, Tx,
    page::{Page, PageArgs},
    policy,
};

/// What a delegation may cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// Requests of a matter.
    Matter(MatterId),
    /// Wishes.
    Wishes,
    /// Registrations for activities.
    Registrations,
}

/// Delegations `d` in force at `$2` of the delegate `$1`. Whoever is locked, or was linked to somebody
/// else, does not act; nor does anybody act for them, because a delegation may have been given by whoever
/// they were locked for.
const IN_FORCE: &str = "delegation d \
    JOIN person p ON p.id = d.delegate_id AND p.merged_into IS NULL \
    JOIN account a ON a.person_id = d.delegate_id AND a.state = 'ACTIVE' \
    JOIN account g ON g.person_id = d.principal_id AND g.state = 'ACTIVE' \
    WHERE d.delegate_id = $1 AND d.state = 'ACTIVE' AND d.from_at <= $2 AND d.until_at > $2";

/// Whether `d` covers something, as SQL whose parameter is `$4`.
fn covered(what: Covers) -> (&'static str, Option<Value>) {
    match what {
        Covers::Matter(id) => (
            "EXISTS (SELECT 1 FROM delegation_matter m WHERE m.delegation_id = d.id \
             AND m.matter_id = $4)",
            Some(id.into()),
        ),
        Covers::Wishes => ("d.wishes", None),
        Covers::Registrations => ("d.registrations", None),
    }
}

/// The end of a statement whose rows stay as they are until the transaction ends: who wants to end a
/// delegation waits for those who act by it, and the other way round. SQLite has one writer anyway.
fn held(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres { " FOR SHARE OF d" } else { "" }
}

/// The delegation by which the actor acts for whoever has the record `principal` now, if there is one;
/// it stays in force until the transaction ends. Ask only for somebody who would otherwise not be
/// permitted: most requests need no delegation, and should not pay for one.
pub async fn acts_for(
    tx: &Tx<'_>,
    principal: PersonId,
    what: Covers,
) -> Result<Option<DelegationId>> {
    let held = held(tx.conn().get_database_backend());
    by_which(tx.conn(), tx.actor(), (principal, what), (tx.now(), held)).await
}

/// The same for a reader.
pub async fn reads_for(
    app: &App,
    actor: &Actor,
    principal: PersonId,
    what: Covers,
) -> Result<Option<DelegationId>> {
    by_which(app.db.reader(), actor, (principal, what), (app.clock.now(), "")).await
}

async fn by_which(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    (principal, what): (PersonId, Covers),
    (now, held): (chrono::DateTime<chrono::Utc>, &str),
) -> Result<Option<DelegationId>> {
    let Actor::User(user) = actor else { return Ok(None) };
    let (covered, parameter) = covered(what);
    let backend = conn.get_database_backend();
    let sql = format!(
        "SELECT d.id FROM {IN_FORCE} AND d.principal_id = \
         COALESCE((SELECT r.merged_into FROM person r WHERE r.id = $3), $3) AND {covered} \
         ORDER BY d.created_at, d.id LIMIT 1{held}"
    );
    let values = [user.person.into(), now.into(), principal.into()];
    let values = values.into_iter().chain(parameter);
    let row = conn.query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// For whom the actor acts by this delegation; it stays in force until the transaction ends. Not found
/// if the actor does not act by it now.
pub async fn principal_in_tx(tx: &Tx<'_>, id: DelegationId, what: Covers) -> Result<PersonId> {
    let held = held(tx.conn().get_database_backend());
    find(tx.conn(), tx.actor(), (id, what), (tx.now(), held)).await
}

/// The same before a transaction, where it is looked at again.
pub async fn principal(
    app: &App,
    actor: &Actor,
    id: DelegationId,
    what: Covers,
) -> Result<PersonId> {
    find(app.db.reader(), actor, (id, what), (app.clock.now(), "")).await
}

async fn find(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    (id, what): (DelegationId, Covers),
    (now, held): (chrono::DateTime<chrono::Utc>, &str),
) -> Result<PersonId> {
    let me = actor.signed_in()?.person;
    let (covered, parameter) = covered(what);
    let sql =
        format!("SELECT d.principal_id, {covered} AS covered FROM {IN_FORCE} AND d.id = $3{held}");
    let values = [me.into(), now.into(), id.into()].into_iter().chain(parameter);
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let row = conn.query_one_raw(statement).await?.ok_or(Error::NotFound)?;
    let covered: bool = row.try_get_by_index(1)?;
    if !covered {
        return Err(Rejected::at(Code::NotDelegated, "delegationId").into());
    }
    Ok(row.try_get_by_index(0)?)
}

/// Of these persons and matters those for which the actor acts now, each with a delegation that says so.
pub async fn acting(
    app: &App,
    actor: &Actor,
    wanted: &[(PersonId, MatterId)],
) -> Result<HashMap<(PersonId, MatterId), DelegationId>> {
    let (Actor::User(user), false) = (actor, wanted.is_empty()) else { return Ok(HashMap::new()) };
    let mut values: Vec<Value> = vec![user.person.into(), app.clock.now().into()];
    values.extend(wanted.iter().map(|(principal, _)| Value::from(*principal)));
    let marks: Vec<String> = (3..=values.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT d.principal_id, m.matter_id, d.id FROM delegation_matter m, {IN_FORCE} \
         AND d.id = m.delegation_id AND d.principal_id IN ({}) ORDER BY d.created_at DESC, d.id DESC",
        marks.join(", ")
    );
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let mut found = HashMap::new();
    for row in app.db.reader().query_all_raw(statement).await? {
        let pair = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        if wanted.contains(&pair) {
            found.insert(pair, row.try_get_by_index(2)?);
        }
    }
    Ok(found)
}

/// Whether a delegation is in force for its reader, as everybody who acts by it is asked.
pub async fn in_force(app: &App, row: &delegation::Model) -> Result<bool> {
    let (now, Some(delegate)) = (app.clock.now(), row.delegate_id) else { return Ok(false) };
    if !rules::in_force(row, now) {
        return Ok(false);
    }
    let sql = format!("SELECT 1 FROM {IN_FORCE} AND d.id = $3");
    let values = [delegate.into(), now.into(), row.id.into()];
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    Ok(app.db.reader().query_one_raw(statement).await?.is_some())
}

/// What the policy is asked about.
pub fn target(row: &delegation::Model, side: Side) -> Target {
    let delegation = (side == Side::Delegate).then_some(row.id);
    Target { delegation, ..Target::person(row.principal_id) }
}

/// The verified phone of a person, as a subquery.
fn own_phone(person: PersonId) -> sea_orm::sea_query::SelectStatement {
    person::Entity::find()
        .select_only()
        .column(person::Column::Phone)
        .filter(person::Column::Id.eq(person))
        .filter(person::Column::PhoneVerified.eq(true))
        .filter(person::Column::Phone.is_not_null())
        .into_query()
}

/// What somebody gave, was given, or may accept now.
fn own(person: PersonId, now: chrono::DateTime<chrono::Utc>) -> Select<delegation::Entity> {
    use delegation::Column as C;
    let waiting = Condition::all()
        .add(C::State.eq(DelegationState::Given))
        .add(C::UntilAt.gt(now))
        .add(C::DelegatePhone.in_subquery(own_phone(person)));
    delegation::Entity::find().filter(
        Condition::any().add(C::PrincipalId.eq(person)).add(C::DelegateId.eq(person)).add(waiting),
    )
}

/// On which side somebody stands to a delegation that they see: see [`own`].
pub fn side(actor: &Actor, row: &delegation::Model) -> Side {
    if actor.person() == Some(row.principal_id) { Side::Principal } else { Side::Delegate }
}

/// A delegation that the reader may see.
pub async fn delegation(app: &App, actor: &Actor, id: DelegationId) -> Result<delegation::Model> {
    let seen = own(actor.signed_in()?.person, app.clock.now());
    let row = seen.filter(delegation::Column::Id.eq(id)).one(app.db.reader()).await?;
    let row = row.ok_or(Error::NotFound)?;
    policy::authorize(actor, Action::DelegationRead, &target(&row, side(actor, &row)))?;
    Ok(row)
}

/// The same within a transaction, locked to be changed.
pub(super) async fn locked(tx: &Tx<'_>, id: DelegationId) -> Result<(delegation::Model, Side)> {
    let seen = own(tx.actor().signed_in()?.person, tx.now());
    let row = seen
        .filter(delegation::Column::Id.eq(id))
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let side = side(tx.actor(), &row);
    Ok((row, side))
}

/// A page of one's own delegations, given and received, newest first.
pub async fn own_page(app: &App, actor: &Actor, page: PageArgs) -> Result<Page<delegation::Model>> {
    use delegation::Column as C;
    let select = own(actor.signed_in()?.person, app.clock.now());
    let rows = page.apply(select, C::CreatedAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_count(app: &App, actor: &Actor) -> Result<u64> {
    Ok(own(actor.signed_in()?.person, app.clock.now()).count(app.db.reader()).await?)
}

/// How many of a person's delegations wait or last.
pub(super) async fn open_of(tx: &Tx<'_>, principal: PersonId) -> Result<u64> {
    use delegation::Column as C;
    Ok(delegation::Entity::find()
        .filter(C::PrincipalId.eq(principal))
        .filter(C::State.is_in([DelegationState::Given, DelegationState::Active]))
        .filter(C::UntilAt.gt(tx.now()))
        .count(tx.conn())
        .await?)
}

/// The matters that delegations name, in a fixed order.
pub async fn matters_of(
    app: &App,
    ids: &[DelegationId],
) -> Result<HashMap<DelegationId, Vec<MatterId>>> {
    use delegation_matter::Column as C;
    let rows = delegation_matter::Entity::find()
        .filter(C::DelegationId.is_in(ids.iter().copied()))
        .order_by_asc(C::MatterId)
        .all(app.db.reader())
        .await?;
    let mut found: HashMap<DelegationId, Vec<MatterId>> = HashMap::new();
    for row in rows {
        found.entry(row.delegation_id).or_default().push(row.matter_id);
    }
    Ok(found)
}

/// A delegation as the portal's own jobs see it.
pub async fn any(app: &App, id: Uuid) -> Result<Option<delegation::Model>> {
    Ok(delegation::Entity::find_by_id(DelegationId(id)).one(app.db.reader()).await?)
}
