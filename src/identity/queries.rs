//! Reads of identity.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};

use linli_entity::{
    account,
    enums::{AccountState, Role},
    ids::{AccountId, PersonId, PlaceId, SessionId},
    inbox_message, person, place, role_grant, session,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
    sea_query::{Expr, ExprTrait, Func, Order, SimpleExpr},
};

use super::tokens::{self, Proof};
use crate::kernel::{
    Actor, App, Error, Result,
    actor::{Grant, User},
    page::{Page, PageArgs},
};

pub(super) const MEMO: &str = "actor";
/// For so long an instance may not know that a session was revoked or a grant changed elsewhere.
const REMEMBERED: Duration = Duration::from_secs(5);

#[derive(FromQueryResult)]
struct ActorRow {
    account_id: AccountId,
    person_id: PersonId,
    role: Option<Role>,
    scope_id: Option<PlaceId>,
    community_id: Option<PlaceId>,
}

/// Who sends this access token.
pub async fn actor(app: &App, token: &str) -> Result<Actor> {
    match tokens::verify(app, token).await? {
        Proof::Tracking(followed, person) => Ok(Actor::Tracking { followed, person }),
        Proof::Session(_, session) => {
            let actor = app.memo(MEMO, session.0, REMEMBERED, load_actor(app, session)).await?;
            Ok(Actor::clone(&actor))
        }
    }
}

/// Session, account and grants in one statement; the scope of a grant is widened to the communities
/// that it covers or lies in.
async fn load_actor(app: &App, session: SessionId) -> Result<Actor> {
    let conn = app.db.reader();
    let rows = ActorRow::find_by_statement(Statement::from_sql_and_values(
        conn.get_database_backend(),
        "SELECT s.account_id, a.person_id, g.role, g.scope_id, c.id AS community_id \
         FROM session s JOIN account a ON a.id = s.account_id AND a.state = 'ACTIVE' \
         LEFT JOIN role_held g ON g.account_id = a.id \
         AND (g.valid_from IS NULL OR g.valid_from <= $2) \
         AND (g.valid_until IS NULL OR g.valid_until > $2) \
         LEFT JOIN place p ON p.id = g.scope_id \
         LEFT JOIN place c ON c.kind = 'COMMUNITY' AND (c.id = p.community_id OR c.parent_id = p.id) \
         WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2",
        [session.into(), app.clock.now().into()],
    ))
    .all(conn)
    .await?;
    let first = rows.first().ok_or(Error::Unauthenticated)?;
    let (account, person) = (first.account_id, first.person_id);
    let mut grants: Vec<Grant> = Vec::new();
    for row in rows {
        let Some(role) = row.role else { continue };
        let known = grants.iter_mut().find(|g| g.role == role && g.scope == row.scope_id);
        match known {
            Some(grant) => grant.communities.extend(row.community_id),
            None => grants.push(Grant {
                role,
                scope: row.scope_id,
                communities: row.community_id.into_iter().collect(),
            }),
        }
    }
    Ok(Actor::User(User { account, person, session, grants }))
}

/// One's own sessions that are still good, newest first; at most 50.
pub async fn sessions(app: &App, account: AccountId) -> Result<Vec<session::Model>> {
    Ok(session::Entity::find()
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(app.clock.now()))
        .order_by_desc(session::Column::CreatedAt)
        .limit(50)
        .all(app.db.reader())
        .await?)
}

/// One's own person.
pub async fn person(app: &App, id: PersonId) -> Result<person::Model> {
    person::Entity::find_by_id(id).one(app.db.reader()).await?.ok_or(Error::NotFound)
}

/// Accounts by id, for those who may know the names of staff.
pub async fn accounts(app: &App, ids: &[AccountId]) -> Result<HashMap<AccountId, account::Model>> {
    accounts_in(app.db.reader(), ids).await
}

/// The same within a transaction.
pub async fn accounts_in(
    conn: &impl ConnectionTrait,
    ids: &[AccountId],
) -> Result<HashMap<AccountId, account::Model>> {
    let rows = account::Entity::find()
        .filter(account::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Persons by id, for callers that mask or were permitted.
pub async fn persons(app: &App, ids: &[PersonId]) -> Result<HashMap<PersonId, person::Model>> {
    let rows = person::Entity::find()
        .filter(person::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What is somebody's: `column` is their person, or an earlier record that was linked to them.
pub fn theirs(column: impl ColumnTrait, person: PersonId) -> Condition {
    let linked = person::Entity::find()
        .select_only()
        .column(person::Column::Id)
        .filter(person::Column::MergedInto.eq(person))
        .into_query();
    Condition::any().add(column.eq(person)).add(column.in_subquery(linked))
}

/// Who has a record now: the person of it, or whom it was linked to.
pub async fn holder(conn: &impl ConnectionTrait, record: PersonId) -> Result<PersonId> {
    let row = person::Entity::find_by_id(record).one(conn).await?;
    Ok(row.and_then(|p| p.merged_into).unwrap_or(record))
}

/// The same as an expression, for statements that read the record in `column` anyway.
pub fn holder_of(column: impl ColumnTrait) -> SimpleExpr {
    let linked = person::Entity::find()
        .select_only()
        .column(person::Column::MergedInto)
        .filter(Expr::col(person::Column::Id.as_column_ref()).equals(column.as_column_ref()))
        .into_query();
    let linked = SimpleExpr::SubQuery(None, Box::new(linked.into()));
    Func::coalesce([linked, Expr::col(column.as_column_ref())]).into()
}

/// The same for many, by record; for callers that mask or were permitted.
pub async fn record_holders(
    app: &App,
    records: &[PersonId],
) -> Result<HashMap<PersonId, person::Model>> {
    let mut found = persons(app, records).await?;
    let linked: Vec<PersonId> = found.values().filter_map(|p| p.merged_into).collect();
    if linked.is_empty() {
        return Ok(found);
    }
    let holders = persons(app, &linked).await?;
    for row in found.values_mut() {
        if let Some(holder) = row.merged_into.and_then(|id| holders.get(&id)) {
            row.clone_from(holder);
        }
    }
    Ok(found)
}

/// Grants that count now.
fn in_force(now: DateTime<Utc>) -> Condition {
    Condition::all().add(role_grant::Column::RevokedAt.is_null()).add(
        Condition::any()
            .add(role_grant::Column::ValidUntil.is_null())
            .add(role_grant::Column::ValidUntil.gt(now)),
    )
}

/// Grants in force of an account.
pub async fn grants(app: &App, account: AccountId) -> Result<Vec<role_grant::Model>> {
    Ok(role_grant::Entity::find()
        .filter(role_grant::Column::AccountId.eq(account))
        .filter(in_force(app.clock.now()))
        .order_by_asc(role_grant::Column::GrantedAt)
        .limit(100)
        .all(app.db.reader())
        .await?)
}

/// How many grants of an administrator are in force.
pub async fn administrators(app: &App) -> Result<u64> {
    Ok(role_grant::Entity::find()
        .filter(role_grant::Column::Role.eq(Role::Administrator))
        .filter(in_force(app.clock.now()))
        .count(app.db.reader())
        .await?)
}

/// Active accounts that hold `role` for exactly this place; at most 200.
pub async fn holders(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    role: Role,
    scope: PlaceId,
) -> Result<Vec<AccountId>> {
    let rows = role_grant::Entity::find()
        .filter(role_grant::Column::ScopeId.eq(scope))
        .filter(role_grant::Column::Role.eq(role))
        .filter(in_force(now))
        .limit(200)
        .all(conn)
        .await?;
    let ids: Vec<_> = rows.into_iter().map(|g| g.account_id).collect();
    let active = account::Entity::find()
        .filter(account::Column::Id.is_in(ids))
        .filter(account::Column::State.eq(AccountState::Active))
        .all(conn)
        .await?;
    Ok(active.into_iter().map(|a| a.id).collect())
}

/// Whether anybody holds one of `roles` for exactly this place, or will.
pub async fn held(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    roles: &[Role],
    scope: PlaceId,
) -> Result<bool> {
    let marks: Vec<String> = (3..roles.len() + 3).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT 1 FROM role_held g WHERE g.scope_id = $1 AND g.role IN ({}) AND (g.valid_until IS NULL \
         OR (g.valid_until > $2 AND (g.valid_from IS NULL OR g.valid_until > g.valid_from))) LIMIT 1",
        marks.join(", ")
    );
    let mut values = vec![scope.into(), now.into()];
    values.extend(roles.iter().map(|role| (*role).into()));
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.query_one_raw(statement).await?.is_some())
}

/// Active accounts that hold one of `roles` in a community or in a part of it, and the persons behind
/// them; at most 500.
pub async fn staff_of(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    community: PlaceId,
    roles: &[Role],
) -> Result<HashMap<AccountId, PersonId>> {
    let rows: Vec<(AccountId, PersonId)> = staff(now, community, roles)
        .select_only()
        .columns([account::Column::Id, account::Column::PersonId])
        .limit(500)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The person behind an active account, if it holds one of `roles` in a community or in a part of
/// it.
pub async fn staff_person(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    community: PlaceId,
    roles: &[Role],
    account: AccountId,
) -> Result<Option<PersonId>> {
    Ok(staff(now, community, roles)
        .select_only()
        .column(account::Column::PersonId)
        .filter(account::Column::Id.eq(account))
        .into_tuple()
        .one(conn)
        .await?)
}

fn staff(now: DateTime<Utc>, community: PlaceId, roles: &[Role]) -> Select<account::Entity> {
    let scopes = place::Entity::find()
        .select_only()
        .column(place::Column::Id)
        .filter(place::Column::CommunityId.eq(community))
        .into_query();
    let grants = role_grant::Entity::find()
        .select_only()
        .column(role_grant::Column::AccountId)
        .filter(role_grant::Column::Role.is_in(roles.iter().copied()))
        .filter(in_force(now))
        .filter(role_grant::Column::ScopeId.in_subquery(scopes))
        .into_query();
    account::Entity::find()
        .filter(account::Column::Id.in_subquery(grants))
        .filter(account::Column::State.eq(AccountState::Active))
}

/// An account by exact phone number; for administrators.
pub async fn account_by_phone(app: &App, phone: &str) -> Result<Option<account::Model>> {
    Ok(account::Entity::find()
        .filter(account::Column::Phone.eq(phone))
        .one(app.db.reader())
        .await?)
}

/// The person with an account who verified this phone, for the portal's own jobs.
pub async fn person_by_phone(app: &App, phone: &str) -> Result<Option<person::Model>> {
    let Some(account) = account_by_phone(app, phone).await? else { return Ok(None) };
    let verified = person::Entity::find_by_id(account.person_id)
        .filter(person::Column::Phone.eq(phone))
        .filter(person::Column::PhoneVerified.eq(true));
    Ok(verified.one(app.db.reader()).await?)
}

/// One's own inbox, newest first.
pub async fn inbox(
    app: &App,
    person: PersonId,
    page: PageArgs,
) -> Result<Page<inbox_message::Model>> {
    let select = inbox_message::Entity::find().filter(inbox_message::Column::PersonId.eq(person));
    let rows = page
        .apply(select, inbox_message::Column::CreatedAt, inbox_message::Column::Id, Order::Desc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many messages one's own inbox has.
pub async fn inbox_count(app: &App, person: PersonId) -> Result<u64> {
    Ok(inbox_message::Entity::find()
        .filter(inbox_message::Column::PersonId.eq(person))
        .count(app.db.reader())
        .await?)
}
