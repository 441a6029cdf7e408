//! What a process may remember of rarely changing rows (calendars, keys, the actor of a session):
//! each for a few seconds, so that no instance is wrong for longer than that.

use std::{
    any::Any,
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{app::App, error::Result};

type Entry = (Instant, Arc<dyn Any + Send + Sync>);

/// Remembered values by kind and id.
#[derive(Clone, Debug, Default)]
pub struct Memo(Arc<Mutex<HashMap<(&'static str, Uuid), Entry>>>);

/// Entries beyond which everything is forgotten: memory stays bounded.
const MOST: usize = 20_000;

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
        Ok(self.remember(kind, id, load.await?))
    }

    /// A value that is remembered, at most `ttl` old.
    pub fn remembered<T: Send + Sync + 'static>(
        &self,
        kind: &'static str,
        id: Uuid,
        ttl: Duration,
    ) -> Option<Arc<T>> {
        let entries = self.memo.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, value) = entries.get(&(kind, id))?;
        let fresh = at.elapsed() < ttl;
        let value = fresh.then(|| value.clone())?;
        value.downcast::<T>().ok()
    }

    /// Remembers a value.
    pub fn remember<T: Send + Sync + 'static>(
        &self,
        kind: &'static str,
        id: Uuid,
        value: T,
    ) -> Arc<T> {
        let value = Arc::new(value);
        let mut entries = self.memo.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert((kind, id), (Instant::now(), value.clone()));
        value
    }

    /// Forgets one value, because this process changed it.
    pub fn forget(&self, kind: &'static str, id: Uuid) {
        self.memo.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(kind, id));
    }
}
