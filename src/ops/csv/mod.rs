//! The rows behind a number as CSV: the same rows as the drill-down, by the same predicate, all of
//! them in one state of the database. For the responsible unit.
//!
//! A URL asks for `placeId`, `from` and `to`, and for what is counted by the names of the schema. Codes, times,
//! counts and ids only: nothing that people wrote, so nothing that a spreadsheet could take for a formula.

mod incidents;
mod requests;

use std::{sync::Arc, time::Duration};

use async_graphql::resolver_utils::EnumType;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use futures_util::stream::{self, Stream, StreamExt};
use linli_entity::ids::PlaceId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

pub use incidents::incidents;
pub use requests::requests;

use crate::kernel::{
    App, Error, Result,
    db::Snapshot,
    page::{Cursor, PageArgs},
};

/// Exports that a process makes at the same time: each holds a connection.
const AT_ONCE: usize = 2;
/// A reader that is slower than this is cut off.
const LONGEST: Duration = Duration::from_mins(10);
/// Rows that are held at once.
const PAGE: u64 = 500;

/// The exports of a process.
#[derive(Clone)]
pub struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// An export that has begun: when it was counted, and its lines.
pub struct Export<S> {
    /// The state of the database that all of its rows are of.
    pub as_of: DateTime<Utc>,
    /// The text.
    pub lines: S,
}

/// What an export is of.
trait Source: Send + Sync + 'static {
    /// The names of its columns.
    const HEADER: &'static [&'static str];

    /// The records of a page, and where the next one begins, if there is one.
    fn page(
        &self,
        app: &App,
        state: (&Snapshot, DateTime<Utc>),
        page: PageArgs,
    ) -> impl Future<Output = Result<(Vec<Vec<String>>, Option<Cursor>)>> + Send;
}

/// Streams an export; holds no more than a page.
async fn stream<S: Source>(
    app: Arc<App>,
    exports: &Exports,
    source: S,
) -> Result<Export<impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static>> {
    let busy = |_| Error::RateLimited { retry_after: 30 };
    let permit = exports.0.clone().try_acquire_owned().map_err(busy)?;
    let snapshot = app.db.snapshot().await?;
    let as_of = app.clock.now();
    let until = Instant::now() + LONGEST;
    let mut state =
        State { app, source, snapshot, as_of, after: None, done: false, until, _permit: permit };
    // The first page is read before anything is sent: a refusal still has its status.
    let mut first = lines(&[S::HEADER])?;
    first.extend(state.next().await?);
    let head = stream::iter([Ok(first)]);
    let rest = stream::unfold(Some(state), |state| async move {
        let mut state = state.filter(|s| !s.done)?;
        match state.next().await {
            Ok(bytes) => Some((Ok(bytes), Some(state))),
            Err(error) => {
                // The body breaks off, so that nobody takes a part for the whole.
                tracing::error!(%error, "CSV broke off");
                Some((Err(std::io::Error::other("broken off")), None))
            }
        }
    });
    Ok(Export { as_of, lines: head.chain(Box::pin(rest)) })
}

struct State<S> {
    app: Arc<App>,
    source: S,
    snapshot: Snapshot,
    as_of: DateTime<Utc>,
    after: Option<Cursor>,
    done: bool,
    until: Instant,
    _permit: OwnedSemaphorePermit,
}

impl<S: Source> State<S> {
    async fn next(&mut self) -> Result<Vec<u8>> {
        if Instant::now() > self.until {
            return Err(Error::internal("the reader was too slow"));
        }
        let page = PageArgs { first: Some(PAGE), after: self.after };
        let state = (&self.snapshot, self.as_of);
        let (records, after) = self.source.page(&self.app, state, page).await?;
        (self.after, self.done) = (after, after.is_none());
        lines(&records)
    }
}

fn lines<T: AsRef<[u8]>>(records: &[impl AsRef<[T]>]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.write_record(record.as_ref()).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(Error::internal)
}

/// What a URL says.
struct Asked(Vec<(String, String)>);

impl Asked {
    fn parse(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    fn need(&self, name: &str) -> Result<&str> {
        self.get(name).ok_or_else(|| Error::bad_input(name, "is missing"))
    }

    /// Of which place, which is never left out.
    fn place(&self) -> Result<PlaceId> {
        let wrong = |_| Error::bad_input("placeId", "the id of a place");
        self.need("placeId")?.parse().map_err(wrong)
    }

    /// In which period, which is never left out.
    fn days(&self) -> Result<(NaiveDate, NaiveDate)> {
        let day = |name: &str| {
            self.need(name)?.parse().map_err(|_| Error::bad_input(name, "a day such as 2026-01-31"))
        };
        Ok((day("from")?, day("to")?))
    }

    /// A value of an enum, by its name in the schema.
    fn value<T: EnumType>(&self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let found = T::items().iter().find(|item| item.name == text).map(|item| item.value);
        found.map(Some).ok_or_else(|| Error::bad_input(name, "a value of the schema"))
    }

    /// Whether something is said to be so; not, if nothing is said.
    fn says(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Error::bad_input(name, "true or false")),
        }
    }
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map_or(String::new(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// What there is, as text.
fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}
