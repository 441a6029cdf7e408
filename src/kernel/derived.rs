//! Rows that need no decision and no event: they follow from others and could be made again, or
//! they only remember that something was read. Everything else is written in a transaction.

use chrono::{DateTime, Utc};
use linli_entity::{audit_seal, contact_task, inbox_message, read_log};
use sea_orm::{
    ConnectionTrait, EntityTrait, IntoActiveModel, Statement, Value, sea_query::OnConflict,
};

use super::{app::App, error::Result, tx::Tx};

/// A table of such rows; what makes a row the same again is a constraint of it.
pub trait Derived: EntityTrait {}

/// A message follows from an event and a person.
impl Derived for inbox_message::Entity {}
/// A call or a visit that is owed follows from an event.
impl Derived for contact_task::Entity {}
/// A look at somebody's data.
impl Derived for read_log::Entity {}
/// A seal follows from the events that it seals.
impl Derived for audit_seal::Entity {}

async fn keep<E: Derived>(
    conn: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = impl IntoActiveModel<E::ActiveModel>>,
) -> Result<u64> {
    let rows: Vec<_> = rows.into_iter().map(IntoActiveModel::into_active_model).collect();
    if rows.is_empty() {
        return Ok(0);
    }
    Ok(E::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(conn)
        .await?)
}

impl Tx<'_> {
    /// As [`App::keep`], within the transaction.
    pub async fn keep<E: Derived>(
        &self,
        rows: impl IntoIterator<Item = impl IntoActiveModel<E::ActiveModel>>,
    ) -> Result<u64> {
        keep::<E>(self.conn(), rows).await
    }
}

impl App {
    /// Stores rows; those that are there stay as they are. Says how many are new.
    pub async fn keep<E: Derived>(
        &self,
        rows: impl IntoIterator<Item = impl IntoActiveModel<E::ActiveModel>>,
    ) -> Result<u64> {
        keep::<E>(self.db.writer(), rows).await
    }

    /// The same by a statement that leaves alone what is there, for what has no entity.
    pub async fn keep_by(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        let statement = Statement::from_sql_and_values(self.db.backend(), sql, values);
        Ok(self.db.writer().execute_raw(statement).await?.rows_affected())
    }

    /// Deletes by a statement what has served its time: `$1` is the instant until when it did.
    pub async fn expire(&self, sql: &str, before: DateTime<Utc>) -> Result<usize> {
        let statement = Statement::from_sql_and_values(self.db.backend(), sql, [before.into()]);
        let gone = self.db.writer().execute_raw(statement).await?.rows_affected();
        Ok(usize::try_from(gone).unwrap_or(usize::MAX))
    }

    /// Of things that may never be, each with the statement that counts the rows in which it is: those
    /// that are, with how many rows; all of one state of the database.
    pub async fn contradictions(
        &self,
        never: &[(&'static str, &'static str)],
    ) -> Result<Vec<(&'static str, i64)>> {
        let snapshot = self.db.snapshot().await?;
        let mut found = Vec::new();
        for (what, sql) in never {
            let statement = Statement::from_string(self.db.backend(), *sql);
            let row = snapshot.conn().query_one_raw(statement).await?;
            let rows: i64 = row.map_or(Ok(0), |r| r.try_get_by_index(0))?;
            if rows > 0 {
                found.push((*what, rows));
            }
        }
        Ok(found)
    }

    /// Forgets keys, counters and delivered messages that have served their time.
    pub async fn tidy(&self) -> Result<usize> {
        let now = self.clock.now();
        let week_ago = now - chrono::Duration::days(7);
        Ok(self
            .expire("DELETE FROM idempotency WHERE created_at < $1", now - super::idempotency::KEPT)
            .await?
            + self.expire("DELETE FROM throttle WHERE window_until < $1", now).await?
            + self
                .expire("DELETE FROM outbox WHERE state = 'DONE' AND available_at < $1", week_ago)
                .await?)
    }
}
