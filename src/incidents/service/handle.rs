//! What leads do with an incident: respond, take it up, call agencies in, say what came of it, answer.

use linli_entity::{
    contact_task,
    enums::{Danger, IncidentKind, IncidentLevel, IncidentOutcome, IncidentState},
    ids::{IncidentId, IncidentReportId, PlaceId},
    incident, incident_report,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use serde_json::json;

use super::{
    Edit, calendar_of,
    clear::tells_who,
    close_if_answered, event, lock, permit,
    report::{ladder, named_block},
    seen, settle, stale, tasks_of,
};
use crate::{
    incidents::{
        queries,
        rules::{self, Step},
    },
    kernel::{Action, Actor, App, Code, Committed, Error, Rejected, Result, Tx, policy, text},
};

/// Responds: whoever does has it in hand, and time does not take it up any more.
pub async fn respond(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
) -> Result<Committed<incident::Model>> {
    let mut edit = Edit::open(app, actor, incident, Step::Respond, queries::handler).await?;
    let now = edit.tx.now();
    if edit.row.state == IncidentState::Received {
        edit.row.state = IncidentState::Handling;
    }
    edit.row.handler_id = actor.account();
    edit.row.responded_at = edit.row.responded_at.or(Some(now));
    edit.row.due_at = Some(handle_by(&edit.tx, &edit.row).await?);
    edit.commit("INCIDENT_RESPONDED", json!({})).await
}

/// By when whoever has it in hand now is to have resolved it.
pub(super) async fn handle_by(
    tx: &Tx<'_>,
    row: &incident::Model,
) -> Result<chrono::DateTime<chrono::Utc>> {
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
    let mut edit = Edit::open(app, actor, incident, Step::Answer, handler_or_below).await?;
    edit.row.answer = Some(answer);
    edit.row.answered_at = Some(edit.tx.now());
    let mut more = Vec::new();
    if edit.row.state == IncidentState::JointResponse {
        let tasks = tasks_of(&edit.tx, edit.row.id).await?;
        more = settle(&edit.tx, &mut edit.row, &tasks, &edit.via).await?;
    } else {
        more.extend(close_if_answered(&edit.tx, &mut edit.row, &edit.via)?);
    }
    edit.commit_with("INCIDENT_ANSWERED", json!({}), more).await
}

/// Who reported it may be answered by whoever answers for the block, wherever it was decided.
fn handler_or_below(_: &incident::Model) -> Action {
    Action::IncidentHandle
}

/// Has it taken up again, by who reported it or by who answers for it: it goes back to who had it.
pub async fn reopen(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
    reason: String,
) -> Result<Committed<incident::Model>> {
    text::check("reason", &reason, text::LINE)?;
    let action = |_: &incident::Model| Action::IncidentReopen;
    let mut edit = Edit::open(app, actor, incident, Step::Reopen, action).await?;
    let row = &mut edit.row;
    row.state = rules::in_hand(row.level);
    row.reopened += 1;
    (row.resolved_at, row.closed_at, row.outcome) = (None, None, None);
    row.responded_at = row.responded_at.or(Some(edit.tx.now()));
    take_answer_back(&edit.tx, row).await?;
    edit.row.due_at = Some(handle_by(&edit.tx, &edit.row).await?);
    edit.row.reopen_reason = Some(reason);
    edit.commit("INCIDENT_REOPENED", json!({})).await
}

/// What is never for everybody has no public card any more, and nobody follows it who has not reported it.
async fn keep_from_others(tx: &Tx<'_>, row: &mut incident::Model) -> Result<()> {
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
pub(super) async fn take_answer_back(tx: &Tx<'_>, row: &mut incident::Model) -> Result<()> {
    (row.answer, row.answered_at) = (None, None);
    contact_task::Entity::update_many()
        .col_expr(contact_task::Column::DoneAt, Expr::value(tx.now()))
        .filter(contact_task::Column::IncidentId.eq(row.id))
        .filter(contact_task::Column::DoneAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Where an incident belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The block, if it is another one.
    pub block: Option<PlaceId>,
    /// The kind, if it is another one.
    pub kind: Option<IncidentKind>,
    /// Whether somebody is in danger, if it was not reported as it is.
    pub danger: Option<Danger>,
}

/// Says which block or which kind it is of, or how dangerous it is. Who reported it does nothing anew.
pub async fn route(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
    route: Route,
) -> Result<Committed<incident::Model>> {
    let mut edit = Edit::open(app, actor, incident, Step::Route, queries::router).await?;
    if route == (Route { block: None, kind: None, danger: None }) {
        return Err(Rejected::at(Code::Required, "blockId").into());
    }
    let (before, row) = (&edit.before, &mut edit.row);
    if let Some(block) = route.block {
        row.block_id = Some(named_block(edit.tx.conn(), row.community_id, block).await?);
    }
    row.kind = route.kind.unwrap_or(row.kind);
    row.danger = route.danger.unwrap_or(row.danger);
    // Whoever says that nobody is in danger after all answers for it.
    if rules::calms(before, row) {
        permit(&edit.tx, Action::IncidentLead, &edit.via.1)?;
    }
    // Where agencies were called in stays as it is; that it is dangerous is said at any time.
    if row.state == IncidentState::JointResponse
        && (row.block_id, row.kind) != (before.block_id, before.kind)
    {
        return Err(rules::wrong_state(row.state.code()));
    }
    if row == before {
        let wanted = "another block, another kind or another danger";
        return Err(Rejected::at(Code::InvalidValue, "blockId").with("wanted", wanted).into());
    }
    belongs(&edit.tx, before, row).await?;
    keep_from_others(&edit.tx, row).await?;
    let facts = json!({ "kind": row.kind, "danger": row.danger, "level": row.level,
        "block": row.block_id.map(|b| b.to_string()) });
    edit.commit("INCIDENT_ROUTED", facts).await
}

/// Who has what belongs elsewhere than before, and until when: whoever answers for another block begins, unless
/// it had gone up; what its kind or its danger takes higher goes there. Passing something on gives nobody more
/// time than was left: only what nobody had a block for, or is dangerous no more, or was in hand, gets a new
/// clock.
async fn belongs(tx: &Tx<'_>, before: &incident::Model, row: &mut incident::Model) -> Result<()> {
    let ladder = ladder(tx, (row.community_id, row.kind)).await?;
    let calendar = calendar_of(tx, row.community_id).await?;
    let first = rules::first_level(row.danger, &ladder);
    if row.state == IncidentState::JointResponse {
        // Agencies have clocks of their own.
        row.level = rules::higher(first, row.level);
        return Ok(());
    }
    let rises = rules::higher(first, row.level) != row.level;
    let moves = row.block_id != before.block_id && row.state != IncidentState::Escalated;
    if rises && row.state == IncidentState::Handling {
        row.state = IncidentState::Escalated;
        row.escalated_at = row.escalated_at.or(Some(tx.now()));
        (row.handler_id, row.level) = (None, first);
    } else if rises || moves {
        row.state = IncidentState::Received;
        row.handler_id = None;
        (row.level, row.first_level) = (first, first);
    }
    let due = match row.handler_id {
        Some(_) => Some(ladder.handle_by(row.danger, tx.now(), &calendar)),
        None => ladder.respond_by((row.level, row.danger), tx.now(), &calendar),
    };
    let anew = before.block_id.is_none()
        || rules::calms(before, row)
        || row.handler_id != before.handler_id;
    row.due_at = if anew {
        due
    } else {
        // What ran out has run out, and those above were told.
        before.due_at.map(|left| due.map_or(left, |due| left.min(due)))
    };
    Ok(())
}

/// Says that two incidents are one: everybody who reported or follows this one is told of the other from now
/// on, and nobody's report is lost.
pub async fn merge(
    app: &App,
    actor: &Actor,
    (id, version): (IncidentId, i32),
    into: IncidentId,
) -> Result<Committed<incident::Model>> {
    actor.signed_in()?;
    let unknown = || Error::from(Rejected::at(Code::UnknownReference, "intoId"));
    if id == into {
        return Err(unknown());
    }
    let tx = app.begin(actor).await?;
    // In the order of their ids, so that two merges cannot wait for each other.
    let (first, second) = (lock(&tx, id.min(into)).await?, lock(&tx, id.max(into)).await?);
    let (before, other) = if first.id == id { (first, second) } else { (second, first) };
    let action = queries::router(&before);
    let target = seen(&tx, &before, action).await?;
    let permit = permit(&tx, action, &target)?;
    if before.version != version {
        return Err(stale(before.version));
    }
    rules::check_step(Step::Merge, &before, tx.now())?;
    let sees = policy::allowed(actor, Action::IncidentRead, &queries::target(&other));
    let same = other.community_id == before.community_id && other.merged_into.is_none();
    // Nobody who follows this one is to follow what turned out to be about a person.
    let over = other.state == IncidentState::Closed
        || other.outcome == Some(IncidentOutcome::AboutAPerson);
    if !sees || !same || over {
        return Err(unknown());
    }
    // Nobody's danger, and nothing that went up, ends in something that waits below.
    if other.danger != before.danger || rules::higher(other.level, before.level) != other.level {
        let wanted = "one of the same danger that has gone up as far";
        return Err(Rejected::at(Code::InvalidValue, "intoId").with("wanted", wanted).into());
    }
    if other.published_at.is_some()
        && tells_who(tx.conn(), other.card.0.values(), (id, None)).await?
    {
        return Err(Rejected::at(Code::CardTellsWho, "intoId").into());
    }
    let mut row = before.clone();
    row.state = IncidentState::Closed;
    row.outcome = Some(IncidentOutcome::Merged);
    row.merged_into = Some(into);
    (row.resolved_at, row.closed_at) = (Some(tx.now()), Some(tx.now()));
    (row.due_at, row.published_at) = (None, None);
    row.version += 1;
    tx.update_last(&before, &row);
    keep_reporters(&tx, &row, &other).await?;
    let facts = json!({ "into": into.to_string(), "state": row.state });
    let merged = event(permit, "INCIDENT_MERGED", &row).data(facts);
    tx.commit(vec![merged], row).await
}

/// Most who are carried over.
const REPORTERS: u64 = 5000;

async fn keep_reporters(tx: &Tx<'_>, row: &incident::Model, other: &incident::Model) -> Result<()> {
    use incident_report::Column as C;
    let of = |id| incident_report::Entity::find().filter(C::IncidentId.eq(id));
    let theirs = of(other.id).limit(REPORTERS).all(tx.conn()).await?;
    let ours = of(row.id).order_by_asc(C::ReportedAt).limit(REPORTERS).all(tx.conn()).await?;
    for report in ours {
        match theirs.iter().find(|t| t.person_id == report.person_id) {
            None => tx.insert_last(incident_report::ActiveModel::from(incident_report::Model {
                id: IncidentReportId(tx.new_id()),
                incident_id: other.id,
                from_id: Some(row.id),
                ..report
            })),
            // Who followed the one and reported the other has reported it.
            Some(known) if known.follows && !report.follows => {
                let mut now = known.clone();
                now.follows = false;
                now.words = report.words;
                now.anonymous = report.anonymous;
                now.may_contact = report.may_contact;
                now.entered_by = report.entered_by;
                now.from_id = Some(row.id);
                tx.update_last(known, &now);
            }
            Some(_) => {}
        }
    }
    Ok(())
}
