//! The application: everything that services need from outside, injected.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use linli_entity::ids::PlaceId;
use sea_orm::{ConnectionTrait, Statement};
use tokio::sync::Notify;

use super::{
    actor::Actor,
    clock::Clock,
    crypto::MasterKey,
    db::Db,
    error::{Error, Result},
    ids::Ids,
    memo::Memo,
    tx::Tx,
};

/// Everything that services need from outside.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub db: Db,
    /// Time.
    pub clock: Clock,
    /// Ids and randomness.
    pub ids: Ids,
    /// The key that secrets are stored under.
    pub master: MasterKey,
    /// Official time: UTC+8, also in Xinjiang.
    pub zone: FixedOffset,
    pub(super) memo: Memo,
    numbers: Arc<Mutex<NumberBlocks>>,
    outbox: Arc<Notify>,
}

/// By community and year: the next number, and the end of the fetched block.
type NumberBlocks = HashMap<(PlaceId, i32), (i32, i32)>;

/// Numbers fetched at once for one community and year: a submission then rarely waits for another.
const NUMBERS_AT_ONCE: i32 = 20;

impl App {
    /// An application over these.
    pub fn new(db: Db, clock: Clock, ids: Ids, master: MasterKey, zone: FixedOffset) -> Self {
        Self {
            db,
            clock,
            ids,
            master,
            zone,
            memo: Memo::default(),
            numbers: Arc::default(),
            outbox: Arc::default(),
        }
    }

    /// Opens a write transaction: the only way to one.
    pub async fn begin<'a>(&'a self, actor: &'a Actor) -> Result<Tx<'a>> {
        Ok(Tx::new(self, actor, self.db.begin_write().await?))
    }

    /// The local day of an instant.
    pub fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The next number of `community` in `year`: unique, ascending per process, with gaps.
    pub async fn next_number(&self, community: PlaceId, year: i32) -> Result<i32> {
        if let Some(number) = self.cached_number(community, year) {
            return Ok(number);
        }
        let first = self.reserve_numbers(community, year, NUMBERS_AT_ONCE).await?;
        let end = first + NUMBERS_AT_ONCE;
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        // A parallel caller may have fetched a block too; whichever is dropped leaves a gap.
        numbers.insert((community, year), (first + 1, end));
        Ok(first)
    }

    /// Reserves `count` numbers; returns the first.
    pub async fn reserve_numbers(&self, community: PlaceId, year: i32, count: i32) -> Result<i32> {
        let conn = self.db.writer();
        let row = conn
            .query_one_raw(Statement::from_sql_and_values(
                conn.get_database_backend(),
                "INSERT INTO number_counter (community_id, year, next) VALUES ($1, $2, $3) \
                 ON CONFLICT (community_id, year) DO UPDATE SET next = number_counter.next + $4 \
                 RETURNING next",
                [community.into(), year.into(), (count + 1).into(), count.into()],
            ))
            .await?
            .ok_or_else(|| Error::internal("number_counter returned nothing"))?;
        let end: i32 = row.try_get_by_index(0)?;
        Ok(end - count)
    }

    fn cached_number(&self, community: PlaceId, year: i32) -> Option<i32> {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, end) = numbers.get_mut(&(community, year))?;
        (*next < *end).then(|| {
            *next += 1;
            *next - 1
        })
    }

    /// Tells the outbox worker of this process that there is something to deliver.
    pub(super) fn outbox_ready(&self) {
        self.outbox.notify_one();
    }

    /// Waits until there may be something to deliver.
    pub async fn outbox_waits(&self) {
        self.outbox.notified().await;
    }
}
