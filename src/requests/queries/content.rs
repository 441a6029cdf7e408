//! What belongs to a request: its texts, events, notes, owners.

use std::collections::{HashMap, HashSet};

use linli_entity::{
    contact_attempt, extension, external_reference, ids::RequestId, internal_note, json::Answers,
    public_note, request_ownership, service_request,
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Statement, Value,
};

use super::{
    find::{RequestFilter, scoped},
    row::{EVENT, EventRow},
};
use crate::{
    delegations,
    kernel::{Actor, App, Result},
    requests::service,
};

/// What only the page of a request shows.
#[derive(Clone, Debug)]
pub struct Content {
    /// Description.
    pub description: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
    /// Answers.
    pub answers: Option<Answers>,
    /// What the clock knows.
    pub clock: serde_json::Value,
}

/// Contents by request, for requests that the actor may see: the reading is written down first.
pub async fn contents(
    app: &App,
    actor: &Actor,
    ids: &[RequestId],
) -> Result<HashMap<RequestId, Content>> {
    let mut rows = scoped(actor, &RequestFilter::default())
        .filter(service_request::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.reader())
        .await?;
    if rows.len() < ids.len() {
        let seen: HashSet<RequestId> = rows.iter().map(|row| row.id).collect();
        rows.extend(acted_on(app, actor, ids.iter().filter(|id| !seen.contains(id))).await?);
    }
    service::record_reads(app, actor, &rows).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let content = Content {
                description: row.description,
                address: row.address,
                position: row.lat.zip(row.long),
                answers: row.answers,
                clock: row.clock,
            };
            (row.id, content)
        })
        .collect())
}

/// Of these requests those of matters in which the actor acts for the requester.
async fn acted_on(
    app: &App,
    actor: &Actor,
    ids: impl Iterator<Item = &RequestId>,
) -> Result<Vec<service_request::Model>> {
    let mut rows = service_request::Entity::find()
        .filter(service_request::Column::Id.is_in(ids.copied()))
        .all(app.db.reader())
        .await?;
    let key = |row: &service_request::Model| Some((row.requester_id?, row.matter_id));
    let wanted: Vec<_> = rows.iter().filter_map(key).collect();
    let acting = delegations::queries::acting(app, actor, &wanted).await?;
    rows.retain(|row| key(row).is_some_and(|key| acting.contains_key(&key)));
    Ok(rows)
}

/// Kinds of events that the resident is not shown.
pub const INTERNAL_EVENTS: &[&str] = &[
    "REQUEST_INTERNAL_NOTE_ADDED",
    "REQUEST_CONTACT_ATTEMPTED",
    "REQUEST_EXTERNAL_REFERENCE_ADDED",
    "REQUEST_REPROJECTED",
    "REQUEST_RESPONSE_OVERDUE",
    "REQUEST_OVERDUE",
    "REQUEST_EXTENSION_ASKED",
    "REQUEST_EXTENSION_REFUSED",
    "PERSONAL_DATA_REVEALED",
    "CONTACT_TASK_DONE",
    "REQUEST_FOLLOWED",
    "REQUEST_NOT_TOLD_YET",
];

/// Kinds of events that the office is not shown: the moment of a rating would say whose it is.
pub const RESIDENTS_EVENTS: &[&str] = &["REQUEST_RATED"];

/// Whether the office may be shown all of these.
pub fn shown_to_office(rows: &[EventRow]) -> bool {
    rows.iter().all(|row| !RESIDENTS_EVENTS.contains(&row.kind.as_str()))
}

/// What the newest events of a request are asked by: the request, how many, whether internal ones
/// too.
pub type EventsKey = (RequestId, u64, bool);

/// The newest events of requests, newest first. One statement for all requests of a page.
pub async fn events(app: &App, keys: &[EventsKey]) -> Result<HashMap<EventsKey, Vec<EventRow>>> {
    let mut found: HashMap<EventsKey, Vec<EventRow>> = HashMap::new();
    let mut groups: HashMap<(u64, bool), Vec<RequestId>> = HashMap::new();
    for (id, newest, internal) in keys {
        groups.entry((*newest, *internal)).or_default().push(*id);
    }
    for ((newest, internal), ids) in groups {
        for row in newest_events(app, &ids, newest, internal).await? {
            found.entry((row.request, newest, internal)).or_default().push(row);
        }
    }
    Ok(found)
}

/// The n newest of each: ranked within their request.
async fn newest_events(
    app: &App,
    ids: &[RequestId],
    newest: u64,
    internal: bool,
) -> Result<Vec<EventRow>> {
    let backend = app.db.backend();
    let mut values: Vec<Value> = ids.iter().map(|id| id.0.into()).collect();
    let marks: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    let hidden = if internal { RESIDENTS_EVENTS } else { INTERNAL_EVENTS };
    let hidden = hidden.iter().map(|k| format!("'{k}'")).collect::<Vec<_>>().join(", ");
    values.push(i64::try_from(newest).unwrap_or(0).into());
    let sql = format!(
        "SELECT {EVENT} FROM (SELECT event.*, ROW_NUMBER() OVER (PARTITION BY aggregate_id \
         ORDER BY seq DESC) AS place FROM event WHERE aggregate_id IN ({}) AND event.kind NOT IN ({hidden})) e \
         WHERE e.place <= ${} ORDER BY e.seq DESC",
        marks.join(", "),
        values.len(),
    );
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(EventRow::find_by_statement(statement).all(app.db.reader()).await?)
}

/// Public notes by request, oldest first; at most 200 each.
pub async fn public_notes(
    app: &App,
    ids: &[RequestId],
) -> Result<HashMap<RequestId, Vec<public_note::Model>>> {
    let rows = public_note::Entity::find()
        .filter(public_note::Column::RequestId.is_in(ids.iter().copied()))
        .order_by_asc(public_note::Column::At)
        .order_by_asc(public_note::Column::Id)
        .all(app.db.reader())
        .await?;
    Ok(grouped(rows, |row| row.request_id))
}

/// Declares a list that hangs on requests and that only staff read: the caller has asked the policy
/// for each of the requests.
macro_rules! hanging {
    ($($(#[$doc:meta])* $name:ident: $table:ident by $at:ident;)*) => { $(
        $(#[$doc])*
        pub async fn $name(
            app: &App,
            ids: &[RequestId],
        ) -> Result<HashMap<RequestId, Vec<$table::Model>>> {
            let rows = $table::Entity::find()
                .filter($table::Column::RequestId.is_in(ids.iter().copied()))
                .order_by_asc($table::Column::$at)
                .all(app.db.reader())
                .await?;
            Ok(grouped(rows, |row| row.request_id))
        }
    )* };
}

hanging! {
    /// Internal notes by request, oldest first; at most 200 each.
    internal_notes: internal_note by At;
    /// Attempts to reach the resident, oldest first; at most 200 each.
    attempts: contact_attempt by At;
    /// The ownership ledger, oldest first; at most 200 each.
    ownership: request_ownership by FromAt;
    /// Extensions, oldest first; at most 200 each.
    extensions: extension by RequestedAt;
    /// Numbers of other systems, oldest first; at most 200 each.
    external_references: external_reference by AddedAt;
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> RequestId) -> HashMap<RequestId, Vec<T>> {
    let mut groups: HashMap<RequestId, Vec<T>> = HashMap::new();
    for row in rows {
        let group = groups.entry(key(&row)).or_default();
        if group.len() < 200 {
            group.push(row);
        }
    }
    groups
}
