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
        let known = {
            let entries = self.memo.0.lock().unwrap_or_else(PoisonError::into_inner);
            entries.get(&(kind, id)).filter(|(at, _)| at.elapsed() < ttl).map(|(_, v)| v.clone())
        };
        if let Some(value) = known.and_then(|v| v.downcast::<T>().ok()) {
            return Ok(value);
        }
        let value = Arc::new(load.await?);
        let mut entries = self.memo.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert((kind, id), (Instant::now(), value.clone()));
        Ok(value)
    }

    /// Forgets one value, because this process changed it.
    pub fn forget(&self, kind: &'static str, id: Uuid) {
        self.memo.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(kind, id));
    }
}
