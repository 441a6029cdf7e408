//! What leads do with an incident: respond, take it up, call agencies in, say what came of it, answer.

use linli_entity::{
    contact_task,
    enums::{IncidentLevel, IncidentOutcome, IncidentState, Role},
    ids::{AccountId, IncidentId, PlaceId},
    incident, incident_report,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

use super::{
    Edit, calendar_of, close_if_answered, event, permit,
    report::{first_level, ladder},
};
use crate::{
    blocks, communities, identity,
    incidents::{
        queries,
        rules::{self, Step},
    },
    kernel::{Action, Actor, App, Code, Committed, Rejected, Result, Tx, text},
};

/// Responds: whoever does has it in hand, and time does not take it up any more. Who takes it over from whoever
/// had it has the time that was left.
pub async fn respond(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
) -> Result<Committed<incident::Model>> {
    let mut edit = Edit::open(app, actor, incident, Step::Respond, queries::handler).await?;
    let had = std::mem::replace(&mut edit.row.handler_id, actor.account());
    if had == edit.row.handler_id {
        return Err(rules::wrong_state(edit.row.state.code()));
    }
    if had.is_some() {
        return edit.commit("INCIDENT_TAKEN_OVER", json!({})).await;
    }
    let now = edit.tx.now();
    if edit.row.state == IncidentState::Received {
        edit.row.state = IncidentState::Handling;
    }
    edit.row.responded_at = edit.row.responded_at.or(Some(now));
    edit.row.due_at = Some(handle_by(&edit.tx, &edit.row).await?);
    edit.commit("INCIDENT_RESPONDED", json!({})).await
}

/// By when whoever has it in hand now is to have resolved it.
async fn handle_by(tx: &Tx<'_>, row: &incident::Model) -> Result<chrono::DateTime<chrono::Utc>> {
    let ladder = ladder(tx, (row.community_id, row.kind)).await?;
    Ok(ladder.handle_by(row.danger, tx.now(), &*calendar_of(tx, row.community_id).await?))
}

/// By when who reported it is to be answered, if there is a result now.
pub(super) async fn answer_by(
    tx: &Tx<'_>,
    row: &incident::Model,
) -> Result<chrono::DateTime<chrono::Utc>> {
    let ladder = ladder(tx, (row.community_id, row.kind)).await?;
    Ok(ladder.answer_by(tx.now(), &*calendar_of(tx, row.community_id).await?))
}

/// Takes it up to the general lead, who is to respond in turn.
pub async fn escalate(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
    reason: String,
) -> Result<Committed<incident::Model>> {
    text::check("reason", &reason, text::LINE)?;
    let mut edit = Edit::open(app, actor, incident, Step::Escalate, queries::handler).await?;
    go_up(&edit.tx, &mut edit.row).await?;
    edit.row.escalation = Some(reason);
    edit.commit("INCIDENT_ESCALATED", json!({ "by": "PERSON", "level": IncidentLevel::General }))
        .await
}

/// The next level has it now, and its own time to respond.
pub(super) async fn go_up(tx: &Tx<'_>, row: &mut incident::Model) -> Result<()> {
    row.level = rules::above(row.level);
    row.state = IncidentState::Escalated;
    row.handler_id = None;
    row.escalated_at = row.escalated_at.or(Some(tx.now()));
    let ladder = ladder(tx, (row.community_id, row.kind)).await?;
    let calendar = calendar_of(tx, row.community_id).await?;
    row.due_at = ladder.respond_by((row.level, row.danger), tx.now(), &calendar);
    Ok(())
}

/// Says what came of it. While agencies that it waits for owe an outcome, nobody does: what they came to is
/// what came of it.
pub async fn resolve(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
    outcome: IncidentOutcome,
    answer: Option<String>,
) -> Result<Committed<incident::Model>> {
    if let Some(answer) = &answer {
        text::check("answer", answer, text::BODY)?;
    }
    if outcome == IncidentOutcome::Merged {
        let wanted = "use incidentMerge";
        return Err(Rejected::at(Code::InvalidValue, "outcome").with("wanted", wanted).into());
    }
    let mut edit = Edit::open(app, actor, incident, Step::Resolve, queries::handler).await?;
    let now = edit.tx.now();
    // Whoever resolves it without having responded has responded by that.
    edit.row.handler_id = edit.row.handler_id.or(actor.account());
    edit.row.responded_at = edit.row.responded_at.or(Some(now));
    edit.row.state = IncidentState::Resolved;
    edit.row.outcome = Some(outcome);
    edit.row.resolved_at = Some(now);
    edit.row.due_at = Some(answer_by(&edit.tx, &edit.row).await?);
    keep_from_others(&edit.tx, &mut edit.row).await?;
    let mut more = Vec::new();
    if answer.is_some() {
        edit.row.answer = answer;
        edit.row.answered_at = Some(now);
        // Who reported it is told that they were answered, however they were.
        let permit = permit(&edit.tx, edit.via.0, &edit.via.1)?;
        let answered = event(permit, "INCIDENT_ANSWERED", &edit.row);
        more.push(answered.data(json!({ "state": edit.row.state })));
    }
    more.extend(close_if_answered(&edit.tx, &mut edit.row, &edit.via)?);
    let facts = json!({ "outcome": outcome });
    edit.commit_with("INCIDENT_RESOLVED", facts, more).await
}

/// Answers who reported it. With a result it is closed by that; while agencies still work, when the last of
/// them has an outcome.
pub async fn answer(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
    answer: String,
) -> Result<Committed<incident::Model>> {
    text::check("answer", &answer, text::BODY)?;
    // Wherever it was decided.
    let action = |_: &incident::Model| Action::IncidentAnswer;
    let mut edit = Edit::open(app, actor, incident, Step::Answer, action).await?;
    edit.row.answer = Some(answer);
    edit.row.answered_at = Some(edit.tx.now());
    // While agencies work it is closed by the last of them.
    let more = close_if_answered(&edit.tx, &mut edit.row, &edit.via)?.into_iter().collect();
    edit.commit_with("INCIDENT_ANSWERED", json!({}), more).await
}

/// Whether somebody is still in an office, or stands in, by which they may have an incident in hand where it is.
async fn answers_for(tx: &Tx<'_>, row: &incident::Model, account: AccountId) -> Result<bool> {
    let community = communities::queries::place(tx.app(), tx.conn(), row.community_id).await?;
    let block = row.block_id.filter(|_| row.level == IncidentLevel::Block);
    let scopes: Vec<PlaceId> = block.into_iter().chain(community.parent_id).collect();
    let offices = [Role::BlockLead, Role::DeputyBlockLead, Role::GeneralLead];
    let held = blocks::queries::office_holders(tx.conn(), &offices, &scopes, tx.now()).await?;
    if held.into_values().flatten().any(|holder| holder == account) {
        return Ok(true);
    }
    let Some(above) = community.parent_id else { return Ok(false) };
    let role = Role::SubdistrictManager;
    Ok(identity::queries::holders(tx.conn(), tx.now(), role, above).await?.contains(&account))
}

/// Has it taken up again, by who reported it or by who answers for it: it goes back to who had it, or has to be
/// responded to anew if they answer for it no more.
pub async fn reopen(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
    reason: String,
) -> Result<Committed<incident::Model>> {
    text::check("reason", &reason, text::LINE)?;
    let action = |_: &incident::Model| Action::IncidentReopen;
    let mut edit = Edit::open(app, actor, incident, Step::Reopen, action).await?;
    let (tx, row) = (&edit.tx, &mut edit.row);
    row.reopened += 1;
    (row.resolved_at, row.closed_at, row.outcome) = (None, None, None);
    row.responded_at = row.responded_at.or(Some(tx.now()));
    go_on(tx, row).await?;
    edit.row.reopen_reason = Some(reason);
    edit.commit("INCIDENT_REOPENED", json!({})).await
}

/// It goes on with whoever had it, and no answer holds any more. If they answer for it no more, whoever does is to
/// respond: where it is or, if nobody does there, above.
pub(super) async fn go_on(tx: &Tx<'_>, row: &mut incident::Model) -> Result<()> {
    take_answer_back(tx, row).await?;
    row.state = rules::in_hand(row);
    let stays = match row.handler_id {
        Some(handler) => answers_for(tx, row, handler).await?,
        None => false,
    };
    if stays {
        row.due_at = Some(handle_by(tx, row).await?);
        return Ok(());
    }
    row.handler_id = None;
    let ladder = ladder(tx, (row.community_id, row.kind)).await?;
    let level = rules::higher(row.level, first_level(tx, row, &ladder).await?);
    if level != row.level {
        row.level = level;
        row.escalated_at = row.escalated_at.or(Some(tx.now()));
    }
    row.state = match row.escalated_at {
        None => IncidentState::Received,
        Some(_) => IncidentState::Escalated,
    };
    let calendar = calendar_of(tx, row.community_id).await?;
    row.due_at = ladder.respond_by((row.level, row.danger), tx.now(), &calendar);
    Ok(())
}

/// What is never for everybody has no public card any more, and nobody follows it who has not reported it.
pub(super) async fn keep_from_others(tx: &Tx<'_>, row: &mut incident::Model) -> Result<()> {
    if rules::never_public(row) {
        row.published_at = None;
        incident_report::Entity::delete_many()
            .filter(incident_report::Column::IncidentId.eq(row.id))
            .filter(incident_report::Column::Follows.eq(true))
            .exec(tx.conn())
            .await?;
    }
    Ok(())
}

/// What was answered holds no longer, and nobody is to be called or visited about it.
async fn take_answer_back(tx: &Tx<'_>, row: &mut incident::Model) -> Result<()> {
    (row.answer, row.answered_at) = (None, None);
    contact_task::Entity::update_many()
        .col_expr(contact_task::Column::DoneAt, Expr::value(tx.now()))
        .filter(contact_task::Column::IncidentId.eq(row.id))
        .filter(contact_task::Column::DoneAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(())
}
