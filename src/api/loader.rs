//! Batching of what lists would otherwise fetch one by one.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::dataloader::{DataLoader, Loader};

use super::Call;
use crate::kernel::App;

/// A loader that one request makes for itself.
pub trait RequestLoader: Sized + Send + Sync + 'static {
    /// A loader over an application, for what carries the request.
    fn of(app: &Arc<App>, call: &Call) -> Self;
}

/// The loaders of one request: each is made when it is first needed.
#[derive(Clone, Default)]
pub struct Loaders(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl std::fmt::Debug for Loaders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Loaders")
    }
}

impl Loaders {
    /// The loader of type `L`.
    pub fn get<L, K>(&self, app: &Arc<App>, call: &Call) -> Arc<DataLoader<L>>
    where
        L: RequestLoader + Loader<K>,
        K: Hash + Eq + Clone + Send + Sync + 'static,
    {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = made.get(&TypeId::of::<L>()).cloned();
        if let Some(known) = known.and_then(|k| k.downcast::<DataLoader<L>>().ok()) {
            return known;
        }
        let loader = Arc::new(DataLoader::new(L::of(app, call), tokio::spawn));
        made.insert(TypeId::of::<L>(), loader.clone());
        loader
    }
}

/// Declares a loader of `$value` by `$key` that calls one query for all keys of a tick.
macro_rules! loader {
    ($(#[$doc:meta])* $name:ident($key:ty => $value:ty) = $load:path) => {
        $(#[$doc])*
        pub struct $name(std::sync::Arc<$crate::kernel::App>);

        impl $crate::api::RequestLoader for $name {
            fn of(app: &std::sync::Arc<$crate::kernel::App>, _: &$crate::api::Call) -> Self {
                Self(app.clone())
            }
        }

        impl async_graphql::dataloader::Loader<$key> for $name {
            type Value = $value;
            type Error = $crate::kernel::Error;

            async fn load(
                &self,
                keys: &[$key],
            ) -> $crate::kernel::Result<std::collections::HashMap<$key, $value>> {
                $load(&self.0, keys).await
            }
        }
    };
}
pub(crate) use loader;
