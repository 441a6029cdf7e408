//! Doing things once although they are sent twice.
//!
//! The key is inserted first, in the transaction that does the work, so both live or die together
//! and a parallel retry waits for the first to end. Only the hash of the input and the id of the
//! object are kept, for 24 hours; a retry is answered with the object as it is now.

use chrono::Duration;
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use super::{
    crypto,
    error::{Code, Error, Rejected, Result},
    tx::Tx,
};

/// How long a key is kept.
pub const KEPT: Duration = Duration::hours(24);

/// A client's key with the hash of what it sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    key: String,
    hash: Vec<u8>,
}

/// Proof that something was done before; ends a transaction without events.
#[derive(Debug)]
pub struct Replay(pub Uuid);

impl Once {
    /// Key and input of one operation. The key has 1 to 100 characters.
    pub fn new(key: String, input: &str) -> Result<Self> {
        if key.is_empty() || key.len() > 100 || key.contains('\0') {
            return Err(Error::bad_input("input.idempotencyKey", "1 to 100 characters"));
        }
        Ok(Self { key, hash: crypto::sha256(input.as_bytes()) })
    }

    /// The same key, as one of whoever holds something: people without an account share one name.
    #[must_use]
    pub fn held_by(mut self, holder: Option<&str>) -> Self {
        if let Some(holder) = holder {
            self.key = format!("{holder}:{}", self.key);
        }
        self
    }
}

impl Tx<'_> {
    /// Takes back that `operation` is being done under this key: it is refused, and something about that is
    /// committed.
    pub async fn not_once(&self, operation: &'static str, once: Option<&Once>) -> Result<()> {
        let Some(once) = once else { return Ok(()) };
        let conn = self.conn();
        let key = [self.actor().key().into(), operation.into(), once.key.clone().into()];
        conn.execute_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "DELETE FROM idempotency WHERE actor_key = $1 AND operation = $2 AND idempotency_key = $3",
            key,
        ))
        .await?;
        Ok(())
    }

    /// Records that `operation` on the object `id` is being done under this key, or says that it
    /// has been done.
    pub async fn once(
        &self,
        operation: &'static str,
        once: Option<&Once>,
        id: Uuid,
    ) -> Result<Option<Replay>> {
        let Some(once) = once else { return Ok(None) };
        let conn = self.conn();
        let backend = conn.get_database_backend();
        let actor = self.actor().key();
        let key = [actor.into(), operation.into(), once.key.clone().into()];
        let stored = [once.hash.clone().into(), id.into(), self.now().into()];
        let inserted = conn
            .execute_raw(Statement::from_sql_and_values(
                backend,
                "INSERT INTO idempotency (actor_key, operation, idempotency_key, input_hash, \
                 object_id, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                key.iter().chain(&stored).cloned(),
            ))
            .await?;
        if inserted.rows_affected() == 1 {
            return Ok(None);
        }
        let row = conn
            .query_one_raw(Statement::from_sql_and_values(
                backend,
                "SELECT input_hash, object_id FROM idempotency WHERE actor_key = $1 AND operation \
                 = $2 AND idempotency_key = $3",
                key,
            ))
            .await?
            .ok_or(Error::Rejected(Rejected::new(Code::Conflict)))?;
        let hash: Vec<u8> = row.try_get_by_index(0)?;
        if hash != once.hash {
            return Err(Rejected::at(Code::IdempotencyKeyReused, "idempotencyKey").into());
        }
        Ok(Some(Replay(row.try_get_by_index(1)?)))
    }
}
