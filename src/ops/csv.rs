//! The rows behind a number as CSV: the same rows as the drill-down, by the same predicate, all of
//! them in one state of the database.

use std::{sync::Arc, time::Duration};

use async_graphql::resolver_utils::EnumType;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::stream::{self, Stream, StreamExt};
use linli_entity::{enums::Outcome, ids::PlaceId};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{
    kernel::{
        Actor, App, Error, Result,
        db::Snapshot,
        page::{Cursor, PageArgs},
    },
    statistics::{
        gql::decode,
        queries::{self, CountedRow, Part, Rows, Scope, Set, Zone},
    },
};

/// Exports that a process makes at the same time: each holds a connection.
const AT_ONCE: usize = 2;
/// A reader that is slower than this is cut off.
const LONGEST: Duration = Duration::from_mins(10);

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

const HEADER: &[&str] = &[
    "number",
    "state",
    "outcome",
    "channel",
    "submitted_at",
    "accepted_at",
    "first_response_at",
    "due_at",
    "resolved_at",
    "closed_at",
    "handled_work_seconds",
    "transfers",
    "supplements",
    "reopens",
    "closure_no",
];

/// The rows that the query of a URL asks for: `placeId`, `from`, `to` and optionally `metric` with
/// `part`, `time`, `outcome` or `exclusion`, `groupBy` with `group`, and `zone`, as in the schema.
/// For the responsible unit. Streams; holds no more than a page.
pub async fn requests(
    app: Arc<App>,
    exports: &Exports,
    actor: Actor,
    query: &str,
) -> Result<Export<impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static>> {
    let asked = Asked::parse(query)?;
    let (days, zone) = (asked.days, asked.zone);
    let scope = queries::scope(&app, &actor, asked.place, days, zone, asked.by).await?;
    let group = asked.group.as_deref().map(|g| decode(scope.by, g)).transpose()?;
    let busy = |_| Error::RateLimited { retry_after: 30 };
    let permit = exports.0.clone().try_acquire_owned().map_err(busy)?;
    let snapshot = app.db.snapshot().await?;
    let as_of = app.clock.now();
    let rows = Rows { set: asked.set, group, as_of };
    let state = State {
        app,
        snapshot,
        scope,
        rows,
        after: None,
        done: false,
        first: true,
        until: Instant::now() + LONGEST,
        _permit: permit,
    };
    // The first page is read before anything is sent: a refusal still has its status.
    let (first, state) = state.next().await?;
    let head = stream::iter([Ok(first)]);
    let rest = stream::unfold(Some(state), |state| async move {
        let state = state.filter(|s| !s.done)?;
        match state.next().await {
            Ok((bytes, state)) => Some((Ok(bytes), Some(state))),
            Err(error) => {
                // The body breaks off, so that nobody takes a part for the whole.
                tracing::error!(%error, "CSV broke off");
                Some((Err(std::io::Error::other("broken off")), None))
            }
        }
    });
    Ok(Export { as_of, lines: head.chain(Box::pin(rest)) })
}

/// What a URL asks for.
struct Asked {
    place: PlaceId,
    days: (chrono::NaiveDate, chrono::NaiveDate),
    zone: Zone,
    by: Option<queries::Dimension>,
    group: Option<String>,
    set: Set,
}

impl Asked {
    fn parse(query: &str) -> Result<Self> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .map(|(n, v)| (n.into_owned(), v.into_owned()))
            .collect();
        let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let need = |name: &str| get(name).ok_or_else(|| Error::bad_input(name, "is missing"));
        let day = |name: &str| {
            need(name)?.parse().map_err(|_| Error::bad_input(name, "a day such as 2026-01-31"))
        };
        let part = optional(get("part"), "part")?.unwrap_or(Part::Denominator);
        let set = Set::of(
            optional(get("metric"), "metric")?.map(|rate| (rate, part)),
            optional(get("time"), "time")?,
            optional::<Outcome>(get("outcome"), "outcome")?,
            optional(get("exclusion"), "exclusion")?,
        )?;
        Ok(Self {
            place: need("placeId")?
                .parse()
                .map_err(|_| Error::bad_input("placeId", "the id of a place"))?,
            days: (day("from")?, day("to")?),
            zone: optional(get("zone"), "zone")?.unwrap_or(Zone::Local),
            by: optional(get("groupBy"), "groupBy")?,
            group: get("group").map(str::to_owned),
            set,
        })
    }
}

fn optional<T: EnumType>(text: Option<&str>, path: &str) -> Result<Option<T>> {
    text.map(|text| by_name(text, path)).transpose()
}

fn by_name<T: EnumType>(text: &str, path: &str) -> Result<T> {
    T::items()
        .iter()
        .find(|item| item.name == text)
        .map(|item| item.value)
        .ok_or_else(|| Error::bad_input(path, "a value of the schema"))
}

struct State {
    app: Arc<App>,
    snapshot: Snapshot,
    scope: Scope,
    rows: Rows,
    after: Option<Cursor>,
    done: bool,
    first: bool,
    until: Instant,
    _permit: OwnedSemaphorePermit,
}

impl State {
    async fn next(mut self) -> Result<(Vec<u8>, Self)> {
        if Instant::now() > self.until {
            return Err(Error::internal("the reader was too slow"));
        }
        let page = PageArgs { first: Some(500), after: self.after };
        let page = queries::rows(&self.app, &self.snapshot, &self.scope, &self.rows, page).await?;
        let mut writer = csv::Writer::from_writer(Vec::new());
        if self.first {
            writer.write_record(HEADER).map_err(Error::internal)?;
            self.first = false;
        }
        for row in &page.rows {
            writer.write_record(fields(row)).map_err(Error::internal)?;
        }
        self.after = page.rows.last().map(|r| Cursor { at: r.at, id: r.request.0 });
        self.done = !page.more;
        Ok((writer.into_inner().map_err(Error::internal)?, self))
    }
}

/// Codes, times and counts only: nothing that people wrote, so nothing that a spreadsheet could
/// take for a formula.
fn fields(row: &CountedRow) -> Vec<String> {
    let time = |t: Option<DateTime<Utc>>| {
        t.map_or(String::new(), |t| t.to_rfc3339_opts(SecondsFormat::Secs, true))
    };
    vec![
        row.number.clone(),
        row.state.code(),
        row.outcome.map_or(String::new(), Outcome::code),
        row.channel.code(),
        time(Some(row.submitted_at)),
        time(row.accepted_at),
        time(row.first_response_at),
        time(row.due_at),
        time(row.resolved_at),
        time(row.closed_at),
        row.work_s.map_or(String::new(), |s| s.to_string()),
        row.transfers.to_string(),
        row.supplements.to_string(),
        row.reopens.to_string(),
        row.closure_no.map_or(String::new(), |n| n.to_string()),
    ]
}
