//! Counting attempts per bucket (an account, an address) in the database, so that any number of
//! instances count together.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, Statement};

use super::{
    app::App,
    error::{Error, Result},
    tx::Tx,
};

/// At most `hits` in `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Attempts allowed in one window.
    pub hits: i32,
    /// Length of a window.
    pub window: Duration,
}

async fn count(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    bucket: &str,
    limit: Limit,
) -> Result<()> {
    let row = conn
        .query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "INSERT INTO throttle (bucket, window_until, hits) VALUES ($1, $2, 1) \
             ON CONFLICT (bucket) DO UPDATE SET \
             hits = CASE WHEN throttle.window_until <= $3 THEN 1 ELSE throttle.hits + 1 END, \
             window_until = CASE WHEN throttle.window_until <= $3 THEN $2 ELSE \
             throttle.window_until END RETURNING hits, window_until",
            [bucket.into(), (now + limit.window).into(), now.into()],
        ))
        .await?
        .ok_or_else(|| Error::internal("throttle returned nothing"))?;
    let hits: i32 = row.try_get_by_index(0)?;
    if hits > limit.hits {
        let until: DateTime<Utc> = row.try_get_by_index(1)?;
        return Err(Error::RateLimited { retry_after: (until - now).num_seconds().max(1) });
    }
    Ok(())
}

impl Tx<'_> {
    /// As [`App::throttle`], of what is done by this transaction: what it does not do does not count.
    /// Whoever uses the bucket waits for its end; two buckets are taken in the same order by everybody.
    pub async fn throttle(&self, bucket: &str, limit: Limit) -> Result<()> {
        count(self.conn(), self.now(), bucket, limit).await
    }
}

impl App {
    /// Counts one attempt in `bucket` and refuses it beyond `limit`. Commits at once: an attempt
    /// counts whatever becomes of it.
    pub async fn throttle(&self, bucket: &str, limit: Limit) -> Result<()> {
        count(self.db.writer(), self.clock.now(), bucket, limit).await
    }

    /// Takes one attempt in `bucket` back: it was no failure, and only those are to be counted.
    pub async fn throttle_return(&self, bucket: &str) -> Result<()> {
        let conn = self.db.writer();
        conn.execute_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "UPDATE throttle SET hits = hits - 1 WHERE bucket = $1 AND hits > 0",
            [bucket.into()],
        ))
        .await?;
        Ok(())
    }

    /// Forgets the attempts in `bucket` (after a success).
    pub async fn throttle_reset(&self, bucket: &str) -> Result<()> {
        let conn = self.db.writer();
        conn.execute_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            "DELETE FROM throttle WHERE bucket = $1",
            [bucket.into()],
        ))
        .await?;
        Ok(())
    }
}
