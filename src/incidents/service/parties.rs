//! What the parties of a task tell each other, what the community thinks of it, and that it is late.

use linli_entity::{
    agency_task, agency_task_note,
    enums::{IncidentLevel, RatingLevel},
    ids::{AgencyTaskId, AgencyTaskNoteId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::{
    event,
    reporters::check_for_agencies,
    task_edit::{TaskEdit, facts, locked},
};
use crate::{
    incidents::{
        queries,
        rules::{self, TaskStep},
    },
    kernel::{Action, Actor, App, Code, Committed, Once, Rejected, Result, Tx, each_due, text},
};

const JOB: Actor = Actor::System("incidents");

/// A note to be written.
#[derive(Clone, Debug)]
pub struct NewNote {
    /// About which task.
    pub task: AgencyTaskId,
    /// In the words of who writes.
    pub words: String,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// Writes a note for the parties of a task.
pub async fn note(
    app: &App,
    actor: &Actor,
    input: NewNote,
) -> Result<Committed<agency_task::Model>> {
    text::check("words", &input.words, text::BODY)?;
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    if let Some(replay) = tx.once("agencyTaskNote", input.once.as_ref(), input.task.0).await? {
        // Who is no party any more is answered nothing again.
        let (row, _) = queries::task(app, actor, AgencyTaskId(replay.0)).await?;
        return tx.replayed(replay, row).await;
    }
    let edit = TaskEdit::open_in(tx, (input.task, None), TaskStep::Note).await?;
    check_unless_theirs(&edit, "words", &input.words).await?;
    let TaskEdit { tx, incident, row, permit, .. } = edit;
    write_note(&tx, row.id, input.words)?;
    let event = event(permit, "AGENCY_TASK_NOTED", &incident).data(facts(&row, json!({})));
    tx.commit(vec![event], row).await
}

/// Who knows who reported the incident does not name them to an agency. An agency tells nothing that it was not
/// told: a refusal would only tell it who it was.
pub(super) async fn check_unless_theirs(
    edit: &TaskEdit<'_>,
    path: &str,
    words: &String,
) -> Result<()> {
    if edit.speaks() {
        return Ok(());
    }
    check_for_agencies(edit.tx.conn(), edit.incident.id, path, std::iter::once(words)).await
}

/// Writes what somebody says about a task.
pub(super) fn write_note(tx: &Tx<'_>, task: AgencyTaskId, words: String) -> Result<()> {
    let row = agency_task_note::Model {
        id: AgencyTaskNoteId(tx.new_id()),
        task_id: task,
        account_id: tx.actor().signed_in()?.account,
        words: Some(words),
        at: tx.now(),
    };
    tx.insert_last(agency_task_note::ActiveModel::from(row));
    Ok(())
}

/// Rates what an agency did, once, when the incident has ended.
pub async fn rate(
    app: &App,
    actor: &Actor,
    (id, expected_version): (AgencyTaskId, i32),
    (level, reason): (RatingLevel, Option<String>),
) -> Result<Committed<agency_task::Model>> {
    text::check_optional("reason", reason.as_deref(), text::BODY)?;
    let reason = reason.filter(|r| !r.chars().all(char::is_whitespace));
    let mut edit = TaskEdit::open(app, actor, (id, Some(expected_version)), TaskStep::Rate).await?;
    if rules::is_low(level) && reason.is_none() {
        return Err(Rejected::at(Code::ReasonRequired, "reason").into());
    }
    check_for_agencies(edit.tx.conn(), edit.incident.id, "reason", reason.iter()).await?;
    edit.row.rating = Some(level);
    edit.row.rating_reason = reason;
    edit.row.rated_by = Some(actor.signed_in()?.account);
    edit.row.rated_at = Some(edit.tx.now());
    edit.commit("AGENCY_TASK_RATED", json!({ "rating": level })).await
}

/// Tells that agencies are late, once for each limit that passes. Returns how many are.
pub async fn late(app: &App, limit: u64) -> Result<usize> {
    use agency_task::Column as C;
    let due: Vec<AgencyTaskId> = agency_task::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::DueAt.lte(app.clock.now()))
        .order_by_asc(C::DueAt)
        .limit(limit)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("late task", due, |id| late_one(app, id)).await)
}

async fn late_one(app: &App, id: AgencyTaskId) -> Result<bool> {
    let tx = app.begin(&JOB).await?;
    let (incident, before) = locked(&tx, id).await?;
    if before.due_at.is_none_or(|due| tx.now() < due) {
        return Ok(false);
    }
    let permit =
        tx.authorize(Action::IncidentTend, &queries::task_target(&JOB, &before, &incident))?;
    let mut row = before.clone();
    // Who has read the task can go on with it: only when it is looked at next is changed.
    row.due_at = rules::task_due(&row, tx.now());
    tx.update_last(&before, &row);
    let arbitrated = rules::is_arbitrated(&row) || incident.level != IncidentLevel::Block;
    let data = json!({ "clocks": rules::missed(&row, tx.now()), "arbitrated": arbitrated });
    let event = event(permit, "AGENCY_TASK_LATE", &incident).data(facts(&row, data));
    tx.commit(vec![event], ()).await?;
    Ok(true)
}
