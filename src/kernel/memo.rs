//! What a process may remember of rarely changing rows (calendars, keys, the actor of a session):
//! each for a few seconds, so that no instance is wrong for longer than that.

use std::{
    any::Any,
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{app::App, error::Result};

type Entry = (Instant, Arc<dyn Any + Send + Sync>);

/// What is to be forgotten: a kind, and of it one id or all.
pub type Forgotten = (&'static str, Option<Uuid>);

/// Remembered values by kind and id.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    entries: Arc<Mutex<HashMap<(&'static str, Uuid), Entry>>>,
    /// Grows whenever something is forgotten: what was read before that is not remembered after.
    epoch: Arc<AtomicU64>,
}

/// Entries beyond which everything is forgotten: memory stays bounded.
const MOST: usize = 20_000;

/// The state of the memo before something is read.
#[derive(Clone, Copy, Debug)]
pub struct Epoch(u64);

impl App {
    /// The value of `kind` and `id`, at most `ttl` old; loads it otherwise.
    pub async fn memo<T: Send + Sync + 'static>(
        &self,
        kind: &'static str,
        id: Uuid,
        ttl: Duration,
        load: impl Future<Output = Result<T>> + Send,
    ) -> Result<Arc<T>> {
        if let Some(value) = self.remembered(kind, id, ttl) {
            return Ok(value);
        }
        let epoch = self.memo_epoch();
        Ok(self.remember(epoch, kind, id, load.await?))
    }

    /// Taken before rows are read that [`App::remember`] is given.
    pub fn memo_epoch(&self) -> Epoch {
        Epoch(self.memo.epoch.load(Ordering::Acquire))
    }

    /// A value that is remembered, at most `ttl` old.
    pub fn remembered<T: Send + Sync + 'static>(
        &self,
        kind: &'static str,
        id: Uuid,
        ttl: Duration,
    ) -> Option<Arc<T>> {
        let entries = self.memo.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, value) = entries.get(&(kind, id))?;
        let fresh = at.elapsed() < ttl;
        let value = fresh.then(|| value.clone())?;
        value.downcast::<T>().ok()
    }

    /// Remembers a value that was read after `epoch`, unless something was forgotten since: it may
    /// be the very row that changed meanwhile.
    pub fn remember<T: Send + Sync + 'static>(
        &self,
        epoch: Epoch,
        kind: &'static str,
        id: Uuid,
        value: T,
    ) -> Arc<T> {
        let value = Arc::new(value);
        let mut entries = self.memo.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if self.memo.epoch.load(Ordering::Acquire) != epoch.0 {
            return value;
        }
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert((kind, id), (Instant::now(), value.clone()));
        value
    }

    /// Forgets values that this process has changed; called when the change is committed.
    pub(super) fn forget(&self, forgotten: &[Forgotten]) {
        if forgotten.is_empty() {
            return;
        }
        let mut entries = self.memo.entries.lock().unwrap_or_else(PoisonError::into_inner);
        self.memo.epoch.fetch_add(1, Ordering::AcqRel);
        for (kind, id) in forgotten {
            match id {
                Some(id) => _ = entries.remove(&(*kind, *id)),
                None => entries.retain(|(known, _), _| known != kind),
            }
        }
    }
}
