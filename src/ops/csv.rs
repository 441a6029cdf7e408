//! The rows behind a rate as CSV: the same rows as the drill-down, by the same predicate.

use std::sync::Arc;

use async_graphql::resolver_utils::EnumType;
use futures_util::stream::{self, Stream};
use linli_entity::{enums::Outcome, ids::PlaceId};

use crate::{
    kernel::{
        Actor, App, Error, Result,
        page::{Cursor, PageArgs},
    },
    requests::queries::RequestRow,
    statistics::{
        metrics::Rate,
        queries::{self, Part, Rows, Scope, Zone},
    },
};

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
];

/// The rows that the query of a URL asks for: `placeId`, `from`, `to`, `metric` and optionally
/// `part` and `zone`, as in the schema. For the responsible unit. Streams; holds no more than a
/// page.
pub async fn requests(
    app: Arc<App>,
    actor: Actor,
    query: &str,
) -> Result<impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .map(|(n, v)| (n.into_owned(), v.into_owned()))
        .collect();
    let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let need = |name: &str| get(name).ok_or_else(|| Error::bad_input(name, "is missing"));
    let place: PlaceId =
        need("placeId")?.parse().map_err(|_| Error::bad_input("placeId", "the id of a place"))?;
    let day = |name: &str| {
        need(name)?.parse().map_err(|_| Error::bad_input(name, "a day such as 2026-01-31"))
    };
    let zone = match get("zone") {
        None => Zone::Local,
        Some(text) => by_name(text, "zone")?,
    };
    let rate: Rate = by_name(need("metric")?, "metric")?;
    let part: Part = get("part").map_or(Ok(Part::Denominator), |p| by_name(p, "part"))?;
    let days = (day("from")?, day("to")?);
    let scope = queries::scope(&app, &actor, place, days, zone, None).await?;
    let rows = Rows { rate, part, group: None, as_of: app.clock.now() };
    // The first page is read before anything is sent: a refusal still has its status.
    let state = State { app, actor, scope, rows, after: None, done: false, first: true };
    let (first, state) = state.next().await?;
    let head = stream::iter([Ok(first)]);
    let rest = stream::unfold(state, |state| async move {
        if state.done {
            return None;
        }
        let last = state.clone();
        match state.next().await {
            Ok((bytes, state)) => Some((Ok(bytes), state)),
            Err(error) => {
                // The body breaks off, so that nobody takes a part for the whole.
                tracing::error!(%error, "CSV broke off");
                Some((Err(std::io::Error::other("broken off")), State { done: true, ..last }))
            }
        }
    });
    Ok(futures_util::StreamExt::chain(head, Box::pin(rest)))
}

fn by_name<T: EnumType>(text: &str, path: &str) -> Result<T> {
    T::items()
        .iter()
        .find(|item| item.name == text)
        .map(|item| item.value)
        .ok_or_else(|| Error::bad_input(path, "a value of the schema"))
}

#[derive(Clone)]
struct State {
    app: Arc<App>,
    actor: Actor,
    scope: Scope,
    rows: Rows,
    after: Option<Cursor>,
    done: bool,
    first: bool,
}

impl State {
    async fn next(mut self) -> Result<(Vec<u8>, Self)> {
        let page = PageArgs { first: Some(500), after: self.after };
        let page = queries::rows(&self.app, &self.actor, &self.scope, &self.rows, page).await?;
        let mut writer = csv::Writer::from_writer(Vec::new());
        if self.first {
            writer.write_record(HEADER).map_err(Error::internal)?;
            self.first = false;
        }
        for row in &page.rows {
            writer.write_record(fields(row)).map_err(Error::internal)?;
        }
        self.after = page.rows.last().map(|r| Cursor { at: r.submitted_at, id: r.id.0 });
        self.done = !page.more;
        Ok((writer.into_inner().map_err(Error::internal)?, self))
    }
}

/// Codes, times and counts only: nothing that people wrote, so nothing that a spreadsheet could
/// take for a formula.
fn fields(row: &RequestRow) -> Vec<String> {
    let time = |t: Option<chrono::DateTime<chrono::Utc>>| {
        t.map_or(String::new(), |t| t.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    };
    vec![
        row.number.clone(),
        row.state.code(),
        row.outcome.map_or(String::new(), Outcome::code),
        row.intake_channel.code(),
        time(Some(row.submitted_at)),
        time(row.accepted_at),
        time(row.first_response_at),
        time(row.due_at),
        time(row.resolved_at),
        time(row.closed_at),
        row.handled_work_s.map_or(String::new(), |s| s.to_string()),
        row.transfers.to_string(),
        row.supplements.to_string(),
        row.reopens.to_string(),
    ]
}
