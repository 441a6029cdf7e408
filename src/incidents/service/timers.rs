//! What becomes of incidents by itself.

use linli_entity::{
    enums::{IncidentLevel, IncidentState},
    ids::IncidentId,
    incident,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::{event, handle, lock};
use crate::{
    incidents::queries,
    kernel::{Action, Actor, App, Result, each_due},
};

const JOB: Actor = Actor::System("incidents");

/// Takes up what nobody responded to in time, or what was not resolved or answered in time. Returns how many.
pub async fn escalate_due(app: &App, limit: u64) -> Result<usize> {
    use incident::Column as C;
    let due: Vec<IncidentId> = incident::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::DueAt.lte(app.clock.now()))
        .order_by_asc(C::DueAt)
        .limit(limit)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("escalate incident", due, |id| escalate(app, id)).await)
}

async fn escalate(app: &App, id: IncidentId) -> Result<bool> {
    let tx = app.begin(&JOB).await?;
    let before = lock(&tx, id).await?;
    if before.due_at.is_none_or(|due| tx.now() < due) {
        return Ok(false);
    }
    let permit = tx.authorize(Action::IncidentTend, &queries::target(&before))?;
    let mut row = before.clone();
    let unanswered = row.handler_id.is_none();
    // There is a result, and who reported it has not been told.
    let resolved = row.state == IncidentState::Resolved;
    let kind = if resolved
        || row.level == IncidentLevel::Subdistrict
        || !unanswered && row.level == IncidentLevel::General
    {
        // Whoever has it keeps it; those above are told, once.
        row.due_at = None;
        "INCIDENT_OVERDUE"
    } else {
        handle::go_up(&tx, &mut row).await?;
        "INCIDENT_ESCALATED"
    };
    row.version += 1;
    tx.update_last(&before, &row);
    let facts = json!({ "by": "TIME", "level": row.level, "state": row.state });
    let event = event(permit, kind, &row).data(facts);
    tx.commit(vec![event], ()).await?;
    Ok(true)
}
