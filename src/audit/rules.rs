//! What is sealed when, and over which bytes. Pure.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use linli_entity::event;
use serde_json::json;
use uuid::Uuid;

use crate::kernel::crypto;

/// Only events older than this are sealed. An event carries the instant at which its transaction
/// began, and ids do not follow the order of commits: a row may appear behind others that are younger.
/// Batches go by (instant, id), so they must not reach into a time from which something can still
/// come. One statement takes at most 60 seconds and a transaction may idle for 120, a request ends
/// sooner; a quarter of an hour is several times that, and leaves room for clocks that differ.
/// Whatever comes later still falls into a sealed span, and is found there.
pub const SETTLED: Duration = Duration::minutes(15);
/// A quiet chain is sealed when its oldest loose event is this old: one seal an hour, not one a tick.
pub const PATIENCE: Duration = Duration::hours(1);
/// Most events of a batch.
pub const BATCH: usize = 1000;
/// The chain of what belongs to no community.
pub const SYSTEM: Uuid = Uuid::nil();

/// Whether the settled events of a chain, oldest first, are worth a seal.
pub fn ripe(rows: &[event::Model], now: DateTime<Utc>) -> bool {
    rows.len() >= BATCH || rows.first().is_some_and(|row| row.at <= now - PATIENCE)
}

/// The hash of a batch: one line of JSON for the seal, one for every event.
pub fn hash(chain: Uuid, number: i32, previous: &[u8], rows: &[event::Model]) -> Vec<u8> {
    let mut text = json!(["linli-seal-1", chain, number, previous, rows.len()]).to_string();
    for row in rows {
        text.push('\n');
        text.push_str(&line(row));
    }
    crypto::sha256(text.as_bytes())
}

/// An event as it is sealed. Objects have their keys in order, whatever order an engine keeps.
fn line(row: &event::Model) -> String {
    json!([
        row.id.0,
        row.community_id.map(|c| c.0),
        row.aggregate,
        row.aggregate_id,
        row.seq,
        row.kind,
        row.actor_kind,
        row.actor_id.map(|a| a.0),
        row.beneficiary_id.map(|p| p.0),
        row.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        row.data,
    ])
    .to_string()
}

#[cfg(test)]
mod tests {
    use linli_entity::ids::EventId;
    use serde_json::Value;

    use super::*;

    fn event(at: &str, data: &str) -> event::Model {
        event::Model {
            id: EventId(Uuid::nil()),
            community_id: None,
            aggregate: "account".to_owned(),
            aggregate_id: Uuid::nil(),
            seq: 1,
            kind: "SIGNED_IN".to_owned(),
            actor_kind: "USER".to_owned(),
            actor_id: None,
            beneficiary_id: None,
            at: at.parse().unwrap(),
            data: serde_json::from_str::<Value>(data).unwrap(),
        }
    }

    #[test]
    fn the_order_of_keys_does_not_count_and_everything_else_does() {
        let at = "2025-06-03T02:00:00Z";
        let seal = |data: &str| hash(SYSTEM, 1, &[], &[event(at, data)]);
        assert_eq!(seal(r#"{"a":1,"b":2}"#), seal(r#"{"b":2,"a":1}"#));
        assert_ne!(seal(r#"{"a":1}"#), seal(r#"{"a":2}"#));
        let rows = [event(at, "{}")];
        assert_ne!(hash(SYSTEM, 1, &[], &rows), hash(SYSTEM, 2, &[], &rows));
        assert_ne!(hash(SYSTEM, 1, &[], &rows), hash(SYSTEM, 1, &[1], &rows));
        assert_ne!(hash(SYSTEM, 1, &[], &rows), hash(SYSTEM, 1, &[], &[]));
    }

    #[test]
    fn a_quiet_chain_waits_for_an_hour() {
        let row = event("2025-06-03T02:00:00Z", "{}");
        let at = |minutes: i64| row.at + Duration::minutes(minutes);
        assert!(!ripe(std::slice::from_ref(&row), at(59)));
        assert!(ripe(std::slice::from_ref(&row), at(60)));
        assert!(ripe(&vec![row.clone(); BATCH], at(0)));
        assert!(!ripe(&[], at(60)));
    }
}
