//! Calls and visits that staff owe to wishers.

use linli_entity::{
    contact_task, event,
    ids::{ClaimId, ContactTaskId, EventId, WishId},
    wish_claim,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::{ClaimEdit, event as happened, lock, permit, seen};
use crate::{
    kernel::{Action, Actor, App, Code, Committed, Error, Rejected, Result, Tx},
    wishes::rules,
};

/// Whether a call or a visit is still owed about what was delivered.
pub(super) async fn is_untold(edit: &ClaimEdit<'_>) -> Result<bool> {
    let owed: Vec<EventId> = contact_task::Entity::find()
        .select_only()
        .column(contact_task::Column::EventId)
        .filter(contact_task::Column::WishId.eq(edit.wish.id))
        .filter(contact_task::Column::DoneAt.is_null())
        .into_tuple()
        .all(edit.tx.conn())
        .await?;
    let events =
        event::Entity::find().filter(event::Column::Id.is_in(owed)).all(edit.tx.conn()).await?;
    Ok(events.iter().any(|e| rules::is_delivery(e, &edit.row)))
}

/// Marks a call or a visit that was owed to a wisher as done. The wisher's time to answer what was
/// delivered begins when they are told.
pub async fn contact_task_done(
    app: &App,
    actor: &Actor,
    (id, wish): (ContactTaskId, WishId),
) -> Result<Committed<contact_task::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (wish, holder) = lock(&tx, wish).await?;
    let target = seen(&tx, &wish, holder, Action::ContactTaskDo).await?;
    let permit = permit(&tx, Action::ContactTaskDo, &target)?;
    let before =
        contact_task::Entity::find_by_id(id).one(tx.conn()).await?.ok_or(Error::NotFound)?;
    if before.done_at.is_some() {
        return Err(Rejected::new(Code::IllegalTransition).with("state", "DONE").into());
    }
    let mut row = before.clone();
    row.done_at = Some(tx.now());
    row.done_by = actor.account();
    tx.update_last(&before, &row);
    wait_from_now(&tx, &row).await?;
    let data = json!({ "task": id.to_string() });
    let event = happened(&tx, permit, "CONTACT_TASK_DONE", (&wish, holder), data);
    tx.commit(vec![event], row).await
}

/// Who is told only now has as long to answer as others have.
async fn wait_from_now(tx: &Tx<'_>, task: &contact_task::Model) -> Result<()> {
    let told = event::Entity::find_by_id(task.event_id).one(tx.conn()).await?;
    let Some(told) = told else { return Ok(()) };
    let Some(claim) = told.data["claim"].as_str().and_then(|id| id.parse::<ClaimId>().ok()) else {
        return Ok(());
    };
    let found = wish_claim::Entity::find_by_id(claim).one(tx.conn()).await?;
    let Some(before) = found.filter(|claim| rules::is_delivery(&told, claim)) else {
        return Ok(());
    };
    let mut claim = before.clone();
    claim.due_at = claim.due_at.max(Some(rules::answer_by(tx.now())));
    tx.update_last(&before, &claim);
    Ok(())
}
