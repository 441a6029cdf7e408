//! The vocabulary that every slice's `gql` shares: context, ids, errors, payloads, pages.
//!
//! It translates and decides nothing.

mod connection;
mod errors;
mod loader;
mod localised;

use std::{hash::Hash, pin::Pin, str::FromStr, sync::Arc};

use async_graphql::{Context, ID, InputType, dataloader::Loader};

use crate::kernel::{Actor, App, Error, Languages, Locale, Once, Result, page::PageArgs};

pub(crate) use connection::connection;
pub use connection::{PageInfo, page_info};
pub(crate) use errors::payload;
pub use errors::{Fault, FreeTime, UserError, message, outcome};
pub(crate) use loader::loader;
pub use loader::{Loaders, RequestLoader};
pub use localised::{LocalisedInput, Translation, translations};

/// What a request carries beside its document.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who asks.
    pub actor: Actor,
    /// In which languages, the best first.
    pub languages: Languages,
    /// From which network address.
    pub address: String,
    /// What its lists fetch together.
    pub loaders: Loaders,
}

/// Most items of a page in this set-up.
#[derive(Clone, Copy, Debug)]
pub struct PageLimit(pub u64);

/// A value on its way.
pub type Loading<T> = Pin<Box<dyn Future<Output = Result<Option<T>>> + Send>>;

/// Shortcuts into the context.
pub trait Ctx {
    /// The application.
    fn app(&self) -> &App;
    /// What the request carries.
    fn call(&self) -> &Call;
    /// The value of `key` through the request's loader `L`; none if there is none. Boxed: the
    /// executor keeps one future for every field of a list, each as large as the largest resolver of
    /// its type.
    fn load<L, K>(&self, key: K) -> Loading<<L as Loader<K>>::Value>
    where
        L: RequestLoader + Loader<K, Error = Error>,
        K: Hash + Eq + Clone + Send + Sync + 'static;
    /// What part of a list is wanted, checked against the limits of this set-up.
    fn page(&self, first: Option<i32>, after: Option<&str>) -> Result<PageArgs>;
    /// Who asks.
    fn actor(&self) -> &Actor {
        &self.call().actor
    }
    /// The reader's languages, unless the argument says otherwise.
    fn languages(&self, argument: Option<Locale>) -> Languages {
        argument.map_or(self.call().languages, Languages::from)
    }
}

impl Ctx for Context<'_> {
    fn app(&self) -> &App {
        self.data_unchecked::<Arc<App>>()
    }

    fn call(&self) -> &Call {
        self.data_unchecked::<Call>()
    }

    fn page(&self, first: Option<i32>, after: Option<&str>) -> Result<PageArgs> {
        PageArgs::new(first, after, self.data_unchecked::<PageLimit>().0)
    }

    fn load<L, K>(&self, key: K) -> Loading<<L as Loader<K>>::Value>
    where
        L: RequestLoader + Loader<K, Error = Error>,
        K: Hash + Eq + Clone + Send + Sync + 'static,
    {
        let call = self.call();
        let loader = call.loaders.get::<L, K>(self.data_unchecked::<Arc<App>>(), call);
        Box::pin(async move { loader.load_one(key).await })
    }
}

/// A typed id from an opaque one; `path` is where it stands.
pub fn id<T>(path: &str, id: &ID) -> Result<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    id.as_str().parse().map_err(|e: T::Err| Error::bad_input(path, e.to_string()))
}

/// Like [`id`], for an optional one.
pub fn optional_id<T>(path: &str, given: Option<&ID>) -> Result<Option<T>>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    given.map(|g| id(path, g)).transpose()
}

/// The idempotency of a mutation: its key, and the hash of all that was sent.
pub fn once<I: InputType>(key: Option<&String>, input: &I) -> Result<Option<Once>> {
    key.map(|key| Once::new(key.clone(), &input.to_value().to_string())).transpose()
}

/// Whether the client asks for `totalCount` of the connection that is being resolved.
pub fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// A count as the schema shows it.
pub fn total(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Cost of a page: every item costs what was asked of one.
pub fn page_cost(first: Option<i32>, child: usize) -> usize {
    usize::try_from(first.unwrap_or(20)).unwrap_or(0).min(100) * child
}
