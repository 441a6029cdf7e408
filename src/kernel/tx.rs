//! The way of every write: begin, authorize, change, commit with events.
//!
//! The types leave no other way. A writable connection comes only from [`App::begin`]; an
//! [`Event`] needs a [`Permit`], which only the policy makes; a [`Committed`] comes only from
//! [`Tx::commit`], which writes event (audit) and outbox rows first; and payloads take nothing
//! else. Dropping a [`Tx`] rolls back.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use linli_entity::ids::{DelegationId, EventId, PersonId, PlaceId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait,
    Insert, Iterable, ModelTrait, PrimaryKeyToColumn, QueryFilter, QueryTrait, Statement,
    UpdateMany, Value, sea_query::Expr,
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    actor::Actor,
    app::App,
    error::{Error, Result},
    memo::Forgotten,
    policy::{self, Action, Permit, Target},
};

/// An open write transaction of one actor at one instant.
#[derive(Debug)]
pub struct Tx<'a> {
    app: &'a App,
    actor: &'a Actor,
    now: DateTime<Utc>,
    inner: DatabaseTransaction,
    forgets: Mutex<Vec<Forgotten>>,
    last: Mutex<Vec<Statement>>,
}

/// Something that is safely stored, together with its events. Made only by committing.
#[derive(Debug)]
pub struct Committed<T>(T);

impl<T> Committed<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::ops::Deref for Committed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Something that happened. Ids and codes only: no text that people wrote, no secrets.
#[derive(Debug)]
pub struct Event {
    permit: Permit,
    kind: &'static str,
    aggregate: &'static str,
    aggregate_id: Uuid,
    community: Option<PlaceId>,
    beneficiary: Option<PersonId>,
    delegation: Option<DelegationId>,
    data: Json,
    row_held: bool,
}

impl Event {
    /// `kind` happened to the object `id`, as `permit` allows.
    pub fn new(
        permit: Permit,
        kind: &'static str,
        aggregate: &'static str,
        id: impl Into<Uuid>,
    ) -> Self {
        Self {
            permit,
            kind,
            aggregate,
            aggregate_id: id.into(),
            community: None,
            beneficiary: None,
            delegation: None,
            data: Json::Object(serde_json::Map::new()),
            row_held: false,
        }
    }

    /// In this community.
    #[must_use]
    pub fn community(mut self, community: impl Into<Option<PlaceId>>) -> Self {
        self.community = community.into();
        self
    }

    /// For this person, where it is not the one who acts.
    #[must_use]
    pub fn beneficiary(mut self, person: Option<PersonId>) -> Self {
        self.beneficiary = person;
        self
    }

    /// By this delegation, where who acts is the delegate of whom it is for.
    #[must_use]
    pub fn delegation(mut self, delegation: Option<DelegationId>) -> Self {
        self.delegation = delegation;
        self
    }

    /// Of an object whose row the transaction has locked or just made, so that nobody else numbers
    /// its events at the same time. Others are serialised by a lock of their own.
    #[must_use]
    pub fn row_held(mut self) -> Self {
        self.row_held = true;
        self
    }

    /// The data as stored: a delegate's act names the delegation.
    fn stored_data(&self) -> Json {
        let mut data = self.data.clone();
        if let (Some(id), Some(map)) = (self.delegation, data.as_object_mut()) {
            map.insert("delegation".to_owned(), Json::String(id.to_string()));
        }
        data
    }

    /// With these ids and codes.
    #[must_use]
    pub fn data(mut self, data: Json) -> Self {
        self.data = data;
        self
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(app: &'a App, actor: &'a Actor, inner: DatabaseTransaction) -> Self {
        Self {
            app,
            actor,
            now: app.clock.now(),
            inner,
            forgets: Mutex::default(),
            last: Mutex::default(),
        }
    }

    /// The connection of this transaction, for statements of the slices.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// The application.
    pub fn app(&self) -> &'a App {
        self.app
    }

    /// Who acts.
    pub fn actor(&self) -> &'a Actor {
        self.actor
    }

    /// The instant of everything in this transaction.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A new id.
    pub fn new_id(&self) -> Uuid {
        self.app.ids.uuid(self.now)
    }

    /// When this is committed, the process forgets what it remembers of `kind` and `id`, or of the
    /// whole kind.
    pub fn forgets(&self, kind: &'static str, id: impl Into<Option<Uuid>>) {
        self.forgets.lock().unwrap_or_else(PoisonError::into_inner).push((kind, id.into()));
    }

    /// Asks the policy.
    pub fn authorize(&self, action: Action, target: &Target) -> Result<Permit> {
        policy::authorize(self.actor, action, target)
    }

    /// Writes a row at the end of the transaction, together with everything else that waits for it:
    /// nothing in between sees it, and on PostgreSQL all of it is one statement. Two writes that
    /// wait must not touch one row, nor one after the other one entry of a unique index.
    pub fn insert_last<A>(&self, row: A)
    where
        A: ActiveModelTrait,
    {
        self.write_last(Insert::one(row).build(self.inner.get_database_backend()));
    }

    /// Changes rows at the end, like [`Tx::insert_last`].
    pub fn change_last<E: EntityTrait>(&self, change: &UpdateMany<E>) {
        self.write_last(change.build(self.inner.get_database_backend()));
    }

    fn write_last(&self, statement: Statement) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
    }

    /// Updates, of one row, the columns in which `after` differs from `before`; at the end, like
    /// [`Tx::insert_last`].
    pub fn update_last<M: ModelTrait + Sync>(&self, before: &M, after: &M) {
        let mut update = <M::Entity as EntityTrait>::update_many();
        let mut changed = false;
        for column in <M::Entity as EntityTrait>::Column::iter() {
            let value = after.get(column);
            if value != before.get(column) {
                update = update.col_expr(column, Expr::value(value));
                changed = true;
            }
        }
        for key in <M::Entity as EntityTrait>::PrimaryKey::iter() {
            let column = key.into_column();
            update = update.filter(column.eq(before.get(column)));
        }
        if changed {
            self.write_last(update.build(self.inner.get_database_backend()));
        }
    }

    /// Writes the events with their outbox rows and commits.
    pub async fn commit<T>(self, events: Vec<Event>, value: T) -> Result<Committed<T>> {
        self.write(&events).await?;
        let app = self.app;
        self.end().await?;
        app.outbox_ready();
        Ok(Committed(value))
    }

    /// The second legal end: the operation is refused, but that it was tried must be remembered
    /// (a wrong password, a wrong code, a token used twice).
    pub async fn reject_and_commit(self, event: Event, error: impl Into<Error>) -> Error {
        if let Err(failed) = self.write(std::slice::from_ref(&event)).await {
            return failed;
        }
        match self.end().await {
            Ok(()) => error.into(),
            Err(failed) => failed,
        }
    }

    /// Commits. A connection that is lost right now leaves open whether it was done.
    async fn end(self) -> Result<()> {
        let Self { app, inner, forgets, .. } = self;
        inner.commit().await.map_err(Error::at_commit)?;
        app.forget(&forgets.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    /// The third legal end: a retry of something that was done before. Nothing was changed.
    pub async fn replayed<T>(
        self,
        _: super::idempotency::Replay,
        value: T,
    ) -> Result<Committed<T>> {
        self.inner.rollback().await?;
        Ok(Committed(value))
    }

    async fn write(&self, events: &[Event]) -> Result<()> {
        if events.is_empty() {
            return Err(Error::internal("a change without an event"));
        }
        let waiting =
            std::mem::take(&mut *self.last.lock().unwrap_or_else(PoisonError::into_inner));
        let backend = self.inner.get_database_backend();
        if backend == DbBackend::Postgres {
            self.serialise(events).await?;
            return self.write_together(waiting, events).await;
        }
        for statement in waiting {
            self.inner.execute_raw(statement).await?;
        }
        let mut values = Vec::with_capacity(events.len() * 10);
        let insert = self.insert_events(events, &mut values);
        let ids: Vec<Value> = values.iter().step_by(10).cloned().collect();
        self.inner.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await?;
        let marks = (1..=ids.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "INSERT INTO outbox (event_id, aggregate_id, seq, kind, state, available_at) \
             SELECT id, aggregate_id, seq, kind, 'READY', at FROM event WHERE id IN ({marks})"
        );
        self.inner.execute_raw(Statement::from_sql_and_values(backend, sql, ids)).await?;
        Ok(())
    }

    /// Everything that waits, the events and their outbox rows in one statement: a round trip each
    /// would cost more than the writes themselves.
    async fn write_together(&self, waiting: Vec<Statement>, events: &[Event]) -> Result<()> {
        let mut values: Vec<Value> = Vec::new();
        let mut parts = Vec::with_capacity(waiting.len() + 1);
        for (index, statement) in waiting.into_iter().enumerate() {
            let sql = shift_marks(&statement.sql, values.len());
            parts.push(format!("w{index} AS ({sql})"));
            values.extend(statement.values.into_iter().flat_map(|v| v.0));
        }
        let insert = self.insert_events(events, &mut values);
        parts.push(format!("e AS ({insert} RETURNING id, aggregate_id, seq, kind, at)"));
        let sql = format!(
            "WITH {} INSERT INTO outbox (event_id, aggregate_id, seq, kind, state, available_at) \
             SELECT id, aggregate_id, seq, kind, 'READY', at FROM e",
            parts.join(", ")
        );
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.inner.execute_raw(statement).await?;
        Ok(())
    }

    fn insert_events(&self, events: &[Event], values: &mut Vec<Value>) -> String {
        let mut rows = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            let earlier =
                events[..index].iter().filter(|e| e.aggregate_id == event.aggregate_id).count();
            rows.push(self.row(event, earlier, values));
        }
        format!(
            "INSERT INTO event (id, community_id, aggregate, aggregate_id, seq, kind, actor_kind, \
             actor_id, beneficiary_id, at, data) VALUES {}",
            rows.join(", ")
        )
    }

    /// Two transactions that write events of one object number them one after the other. (SQLite has
    /// one writer anyway.) In the order of ids, so that they cannot wait for each other.
    async fn serialise(&self, events: &[Event]) -> Result<()> {
        let mut ids: Vec<Uuid> =
            events.iter().filter(|e| !e.row_held).map(|e| e.aggregate_id).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            let (high, low) = id.as_u64_pair();
            let key = (high ^ low).cast_signed();
            let sql = "SELECT pg_advisory_xact_lock($1)";
            let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()]);
            self.inner.execute_raw(statement).await?;
        }
        Ok(())
    }

    /// One row of the insert: ten values, and the sequence number computed in place. A
    /// unique key stands behind it.
    fn row(&self, event: &Event, earlier: usize, values: &mut Vec<Value>) -> String {
        tracing::debug!(kind = event.kind, action = ?event.permit.action(), "event");
        let first = values.len();
        values.extend([
            EventId(self.new_id()).into(),
            event.community.into(),
            event.aggregate.into(),
            event.aggregate_id.into(),
            event.kind.into(),
            self.actor.kind().into(),
            self.actor.account().into(),
            event.beneficiary.into(),
            self.now.into(),
            event.stored_data().into(),
        ]);
        let mark = |index: usize| format!("${}", first + index);
        format!(
            "({}, {}, {}, {}, (SELECT COALESCE(MAX(seq), 0) + {} FROM event WHERE aggregate_id = \
             {}), {}, {}, {}, {}, {}, {})",
            mark(1),
            mark(2),
            mark(3),
            mark(4),
            earlier + 1,
            mark(4),
            mark(5),
            mark(6),
            mark(7),
            mark(8),
            mark(9),
            mark(10),
        )
    }
}

/// The statement with every `$n` as `$(n + by)`. What the query builder writes holds no text of its
/// own, only marks.
fn shift_marks(sql: &str, by: usize) -> String {
    if by == 0 {
        return sql.to_owned();
    }
    let mut pieces = sql.split('$');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let number: usize = piece[..piece.len() - rest.len()].parse().unwrap_or(0);
        out.push('$');
        out.push_str(&(number + by).to_string());
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn marks_move_on_by_as_many_values_as_stand_before_them() {
        assert_eq!(super::shift_marks("a = $1 AND b = $12", 3), "a = $4 AND b = $15");
        assert_eq!(super::shift_marks("a = $1", 0), "a = $1");
    }
}
