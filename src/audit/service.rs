//! Sealing the audit trail.

use linli_entity::audit_seal;
use uuid::Uuid;

use super::{queries, rules};
use crate::kernel::{App, Result};

/// Batches of one chain in one call: the worker looks at other things in between.
const ROUNDS: usize = 20;

/// Seals what has settled, chain by chain and in order; returns how many batches.
pub async fn seal(app: &App) -> Result<usize> {
    let mut sealed = 0;
    for chain in queries::chains(app).await?.into_keys() {
        for _ in 0..ROUNDS {
            if !seal_next(app, chain).await? {
                break;
            }
            sealed += 1;
        }
    }
    Ok(sealed)
}

/// Seals the next batch of a chain, if there is one. Any number of instances may try: the chain has
/// one seal of each number, and whoever is second leaves it.
async fn seal_next(app: &App, chain: Uuid) -> Result<bool> {
    let now = app.clock.now();
    let last = queries::last_seal(app, chain).await?;
    let after = last.as_ref().map(|seal| (seal.last_at, seal.last_id));
    let settled = queries::Until::Before(now - rules::SETTLED);
    let rows = queries::span(app, chain, after, settled, rules::BATCH).await?;
    let (Some(first), Some(end)) = (rows.first(), rows.last()) else { return Ok(false) };
    if !rules::ripe(&rows, now) {
        return Ok(false);
    }
    let (number, previous) = last.map_or((1, Vec::new()), |seal| (seal.number + 1, seal.hash));
    let seal = audit_seal::Model {
        chain,
        number,
        first_at: first.at,
        first_id: first.id,
        last_at: end.at,
        last_id: end.id,
        events: i32::try_from(rows.len()).unwrap_or(i32::MAX),
        hash: rules::hash(chain, number, &previous, &rows),
        previous,
        sealed_at: now,
    };
    Ok(app.keep::<audit_seal::Entity>([seal]).await? == 1)
}
