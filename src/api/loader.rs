//! Batching of what lists would otherwise fetch one by one.

/// Declares a loader of `$value` by `$key` that calls one query for all keys of a tick.
macro_rules! loader {
    ($(#[$doc:meta])* $name:ident($key:ty => $value:ty) = $load:path) => {
        $(#[$doc])*
        pub struct $name(pub std::sync::Arc<$crate::kernel::App>);

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
