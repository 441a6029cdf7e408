//! Delivering what happened, at least once and per object in order.
//!
//! A row is claimed with a lease and a fence: whoever comes back after its lease ran out finds the
//! fence moved and changes nothing. Events of one object go out in their order; there is no order
//! between objects. Handlers deduplicate by event id.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{event, ids::EventId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, Statement,
    Value,
};

use super::{app::App, error::Result};

/// How long a claim is good for.
const LEASE: Duration = Duration::seconds(60);
/// After this many failures a row is dead, and counted in the metrics.
const MAX_ATTEMPTS: i32 = 12;

/// A claimed outbox row with its event.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The event.
    pub event: event::Model,
    fence: i32,
    attempts: i32,
}

#[derive(FromQueryResult)]
struct Claimed {
    event_id: EventId,
    fence: i32,
    attempts: i32,
}

impl App {
    /// Claims up to `limit` deliveries.
    pub async fn outbox_claim(&self, limit: u32) -> Result<Vec<Delivery>> {
        let now = self.clock.now();
        let conn = self.db.writer();
        let backend = conn.get_database_backend();
        let skip = if backend == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
        let sql = format!(
            "UPDATE outbox SET lease_until = $2, fence = fence + 1, attempts = attempts + 1 \
             WHERE state = 'READY' AND event_id IN (SELECT o.event_id FROM outbox o \
             WHERE o.state = 'READY' AND o.available_at <= $1 \
             AND (o.lease_until IS NULL OR o.lease_until <= $1) \
             AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.aggregate_id = o.aggregate_id \
             AND p.seq < o.seq AND p.state = 'READY') \
             ORDER BY o.available_at LIMIT {limit} {skip}) RETURNING event_id, fence, attempts"
        );
        let values = [now.into(), (now + LEASE).into()];
        let claimed =
            Claimed::find_by_statement(Statement::from_sql_and_values(backend, sql, values))
                .all(conn)
                .await?;
        let events = event::Entity::find()
            .filter(event::Column::Id.is_in(claimed.iter().map(|c| c.event_id)))
            .all(conn)
            .await?;
        Ok(events
            .into_iter()
            .filter_map(|event| {
                let claim = claimed.iter().find(|c| c.event_id == event.id)?;
                Some(Delivery { event, fence: claim.fence, attempts: claim.attempts })
            })
            .collect())
    }

    /// Renews the lease of a delivery; false if another worker has it by now, who delivers it.
    pub async fn outbox_hold(&self, delivery: &Delivery) -> Result<bool> {
        let conn = self.db.writer();
        let held = conn
            .execute_raw(Statement::from_sql_and_values(
                conn.get_database_backend(),
                "UPDATE outbox SET lease_until = $3 WHERE event_id = $1 AND fence = $2 AND state = \
                 'READY'",
                [
                    delivery.event.id.into(),
                    delivery.fence.into(),
                    (self.clock.now() + LEASE).into(),
                ],
            ))
            .await?;
        Ok(held.rows_affected() == 1)
    }

    /// Marks deliveries as done that nobody is to be told of.
    pub async fn outbox_skip(&self, deliveries: &[Delivery]) -> Result<()> {
        if deliveries.is_empty() {
            return Ok(());
        }
        let marks: Vec<String> = (2..deliveries.len() + 2).map(|n| format!("${n}")).collect();
        let mut values: Vec<Value> = vec![self.clock.now().into()];
        values.extend(deliveries.iter().map(|d| Value::from(d.event.id)));
        let sql = format!(
            "UPDATE outbox SET state = 'DONE', available_at = $1, lease_until = NULL WHERE state = \
             'READY' AND event_id IN ({})",
            marks.join(", ")
        );
        let conn = self.db.writer();
        let backend = conn.get_database_backend();
        conn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(())
    }

    /// Marks a delivery as done, unless its lease was lost.
    pub async fn outbox_done(&self, delivery: &Delivery) -> Result<()> {
        self.outbox_end(delivery, "DONE", self.clock.now(), None).await
    }

    /// Puts a failed delivery back with growing delay, or gives it up.
    pub async fn outbox_failed(&self, delivery: &Delivery, why: &str) -> Result<()> {
        let attempts = delivery.attempts;
        let state = if attempts >= MAX_ATTEMPTS { "DEAD" } else { "READY" };
        let delay = Duration::seconds(1 << attempts.clamp(0, 11));
        self.outbox_end(delivery, state, self.clock.now() + delay, Some(why)).await
    }

    async fn outbox_end(
        &self,
        delivery: &Delivery,
        state: &str,
        available_at: DateTime<Utc>,
        error: Option<&str>,
    ) -> Result<()> {
        let conn = self.db.writer();
        conn.execute_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "UPDATE outbox SET state = $3, available_at = $4, last_error = $5, lease_until = NULL \
             WHERE event_id = $1 AND fence = $2 AND state = 'READY'",
            [
                delivery.event.id.into(),
                delivery.fence.into(),
                state.into(),
                available_at.into(),
                error.map(str::to_owned).into(),
            ],
        ))
        .await?;
        Ok(())
    }

    /// Rows that wait, and rows that were given up.
    pub async fn outbox_backlog(&self) -> Result<(i64, i64)> {
        let conn = self.db.reader();
        let row = conn
            .query_one_raw(Statement::from_string(
                conn.get_database_backend(),
                "SELECT (SELECT COUNT(*) FROM outbox WHERE state = 'READY'), \
                 (SELECT COUNT(*) FROM outbox WHERE state = 'DEAD')",
            ))
            .await?;
        match row {
            Some(row) => Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)),
            None => Ok((0, 0)),
        }
    }
}
