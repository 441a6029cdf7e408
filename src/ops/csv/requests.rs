//! The requests behind a number.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::Stream;
use linli_entity::enums::Outcome;

use super::{Asked, Export, Exports, Source, stream, text, time};
use crate::{
    kernel::{
        Actor, App, Result,
        db::Snapshot,
        page::{Cursor, PageArgs},
    },
    statistics::{
        gql::decode,
        queries::{self, CountedRow, Key, Part, Rows, Scope, Set, Zone},
    },
};

/// The rows that the query of a URL asks for: `placeId`, `from`, `to` and optionally `metric` with
/// `part`, `time`, `outcome` or `exclusion`, `groupBy` with `group`, and `zone`, as in the schema.
pub async fn requests(
    app: Arc<App>,
    exports: &Exports,
    actor: Actor,
    query: &str,
) -> Result<Export<impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static>> {
    let asked = Asked::parse(query);
    let zone = asked.value("zone")?.unwrap_or(Zone::Local);
    let part = asked.value("part")?.unwrap_or(Part::Denominator);
    let set = Set::of(
        asked.value("metric")?.map(|rate| (rate, part)),
        asked.value("time")?,
        asked.value::<Outcome>("outcome")?,
        asked.value("exclusion")?,
    )?;
    let (place, days, by) = (asked.place()?, asked.days()?, asked.value("groupBy")?);
    let scope = queries::scope(&app, &actor, place, days, zone, by).await?;
    let group = asked.get("group").map(|g| decode(scope.by, g)).transpose()?;
    stream(app, exports, Requests { scope, set, group }).await
}

struct Requests {
    scope: Scope,
    set: Set,
    group: Option<Key>,
}

impl Source for Requests {
    const HEADER: &'static [&'static str] = &[
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

    async fn page(
        &self,
        app: &App,
        (snapshot, as_of): (&Snapshot, DateTime<Utc>),
        page: PageArgs,
    ) -> Result<(Vec<Vec<String>>, Option<Cursor>)> {
        let rows = Rows { set: self.set, group: self.group.clone(), as_of };
        let page = queries::rows(app, snapshot, &self.scope, &rows, page).await?;
        let last = page.rows.last().filter(|_| page.more);
        let after = last.map(|row| Cursor { at: row.at, id: row.request.0 });
        Ok((page.rows.iter().map(fields).collect(), after))
    }
}

fn fields(row: &CountedRow) -> Vec<String> {
    vec![
        row.number.clone(),
        row.state.code(),
        text(row.outcome.map(Outcome::code)),
        row.channel.code(),
        time(Some(row.submitted_at)),
        time(row.accepted_at),
        time(row.first_response_at),
        time(row.due_at),
        time(row.resolved_at),
        time(row.closed_at),
        text(row.work_s),
        row.transfers.to_string(),
        row.supplements.to_string(),
        row.reopens.to_string(),
        text(row.closure_no),
    ]
}
