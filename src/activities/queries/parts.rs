//! What belongs to activities and registrations, for many at once.

use std::collections::HashMap;

use linli_entity::{
    activity, activity_session, check_in, event,
    ids::{ActivityId, RegistrationId, ThemeId},
    partner_organisation, registration_member, theme,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Statement,
    Value,
};
use uuid::Uuid;

use crate::kernel::{App, Result};

/// The seats of an activity.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Seats {
    activity_id: ActivityId,
    /// How many people there is room for.
    pub capacity: i32,
    /// People of the parties that are registered, or have seats on offer.
    pub taken: i32,
    /// Parties in line.
    pub waiting: i64,
}

/// The marks of as many values.
fn marks(count: usize) -> String {
    (1..=count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

fn group<K: std::hash::Hash + Eq, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut found: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        found.entry(key(&row)).or_default().push(row);
    }
    found
}

/// Activities by id, for readers of their own registrations.
pub async fn activities_by_id(
    app: &App,
    ids: &[ActivityId],
) -> Result<HashMap<ActivityId, activity::Model>> {
    let rows = activity::Entity::find()
        .filter(activity::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The events of registrations in their order, for callers that may see the registrations.
pub async fn history_of(
    app: &App,
    ids: &[RegistrationId],
) -> Result<HashMap<RegistrationId, Vec<event::Model>>> {
    let rows = event::Entity::find()
        .filter(event::Column::AggregateId.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(event::Column::AggregateId)
        .order_by_asc(event::Column::Seq)
        .all(app.db.reader())
        .await?;
    Ok(group(rows, |row| RegistrationId(row.aggregate_id)))
}

/// Sessions by activity, in order of time.
pub async fn sessions_of(
    app: &App,
    ids: &[ActivityId],
) -> Result<HashMap<ActivityId, Vec<activity_session::Model>>> {
    use activity_session::Column as C;
    let rows = activity_session::Entity::find()
        .filter(C::ActivityId.is_in(ids.iter().copied()))
        .order_by_asc(C::FromAt)
        .order_by_asc(C::Id)
        .all(app.db.reader())
        .await?;
    Ok(group(rows, |row| row.activity_id))
}

/// Seats by activity.
pub async fn seats_of(app: &App, ids: &[ActivityId]) -> Result<HashMap<ActivityId, Seats>> {
    let sql = format!(
        "SELECT s.activity_id, s.capacity, s.taken, (SELECT COUNT(*) FROM activity_registration r \
         WHERE r.activity_id = s.activity_id AND r.state = 'WAITING') AS waiting \
         FROM activity_seats s WHERE s.activity_id IN ({})",
        marks(ids.len())
    );
    let conn = app.db.reader();
    let values: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    let rows = Seats::find_by_statement(Statement::from_sql_and_values(
        conn.get_database_backend(),
        sql,
        values,
    ))
    .all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.activity_id, row)).collect())
}

/// Partner organisations by activity, in the order in which they were entered.
pub async fn partners_of(
    app: &App,
    ids: &[ActivityId],
) -> Result<HashMap<ActivityId, Vec<partner_organisation::Model>>> {
    let sql = format!(
        "SELECT ap.activity_id AS of_activity, p.* FROM activity_partner ap \
         JOIN partner_organisation p ON p.id = ap.partner_id WHERE ap.activity_id IN ({}) \
         ORDER BY p.created_at, p.id",
        marks(ids.len())
    );
    let conn = app.db.reader();
    let values: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let mut found: HashMap<ActivityId, Vec<partner_organisation::Model>> = HashMap::new();
    for row in conn.query_all_raw(statement).await? {
        let activity: Uuid = row.try_get("", "of_activity")?;
        let partner = partner_organisation::Model::from_query_result(&row, "")?;
        found.entry(ActivityId(activity)).or_default().push(partner);
    }
    Ok(found)
}

/// Themes by id.
pub async fn themes_by_id(app: &App, ids: &[ThemeId]) -> Result<HashMap<ThemeId, theme::Model>> {
    let rows = theme::Entity::find()
        .filter(theme::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Members by registration, in the order in which they were named.
pub async fn members_of(
    app: &App,
    ids: &[RegistrationId],
) -> Result<HashMap<RegistrationId, Vec<registration_member::Model>>> {
    use registration_member::Column as C;
    let rows = registration_member::Entity::find()
        .filter(C::RegistrationId.is_in(ids.iter().copied()))
        .order_by_asc(C::RegistrationId)
        .order_by_asc(C::Position)
        .all(app.db.reader())
        .await?;
    Ok(group(rows, |row| row.registration_id))
}

/// Check-ins by registration, in the order of arrival.
pub async fn check_ins_of(
    app: &App,
    ids: &[RegistrationId],
) -> Result<HashMap<RegistrationId, Vec<check_in::Model>>> {
    use check_in::Column as C;
    let rows = check_in::Entity::find()
        .filter(C::RegistrationId.is_in(ids.iter().copied()))
        .order_by_asc(C::ScannedAt)
        .order_by_asc(C::Id)
        .all(app.db.reader())
        .await?;
    Ok(group(rows, |row| row.registration_id))
}

/// Places in line, from 1, of those registrations that wait.
pub async fn positions_of(
    app: &App,
    ids: &[RegistrationId],
) -> Result<HashMap<RegistrationId, i64>> {
    let sql = format!(
        "SELECT r.id, (SELECT COUNT(*) FROM activity_registration w WHERE w.activity_id = \
         r.activity_id AND w.state = 'WAITING' AND w.seq <= r.seq) AS place \
         FROM activity_registration r WHERE r.state = 'WAITING' AND r.id IN ({})",
        marks(ids.len())
    );
    let conn = app.db.reader();
    let values: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let mut found = HashMap::new();
    for row in conn.query_all_raw(statement).await? {
        let id: Uuid = row.try_get("", "id")?;
        found.insert(RegistrationId(id), row.try_get("", "place")?);
    }
    Ok(found)
}
