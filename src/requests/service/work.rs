//! Work on a request: questions, materials, the department, extensions, notes.

use chrono::{DateTime, Utc};
use linli_entity::{
    contact_attempt as attempt, contact_task,
    enums::{ContactWay, ExtensionState, InternalNoteKind, PublicNoteKind, RequestState},
    extension, external_reference as reference,
    ids::ExtensionId,
    service_request,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};
use serde_json::json;

use super::edit::{Act, Stamp, open};
use crate::{
    kernel::{Action, Actor, App, Code, Committed, Rejected, Result, text},
    requests::{clock::Tick, rules::Step},
};

type Done = Committed<service_request::Model>;

/// Begins work.
pub async fn start(app: &App, actor: &Actor, act: Act) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Start, "serviceRequestStart");
    edit.row.state = RequestState::InProgress;
    edit.commit(Stamp::Step, "REQUEST_STARTED", json!({})).await
}

/// Asks the resident; the clock pauses.
pub async fn ask(app: &App, actor: &Actor, act: Act, question: String) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Ask, "serviceRequestAsk");
    let note = edit.public_note(PublicNoteKind::Question, question)?;
    edit.tick(Tick::Paused);
    edit.row.state = RequestState::AwaitingResident;
    edit.commit(Stamp::Step, "REQUEST_QUESTION_ASKED", json!({ "note": note.to_string() })).await
}

/// Tells the resident everything that is missing, once per stage (一次性告知). A second notice in
/// a stage needs a manager's word, and is counted.
pub async fn supplement(
    app: &App,
    actor: &Actor,
    act: Act,
    missing: String,
    reason: Option<String>,
) -> Result<Done> {
    let operation = "serviceRequestSupplement";
    let mut edit = open!(app, actor, &act, Step::Supplement, operation);
    if edit.row.stage_supplements > 0 {
        let reason = reason.unwrap_or_default();
        text::check("reason", &reason, text::BODY)?;
        edit.internal_note(InternalNoteKind::Supplement, reason)?;
    }
    let note = edit.public_note(PublicNoteKind::Supplement, missing)?;
    edit.row.supplements += 1;
    edit.row.stage_supplements += 1;
    edit.tick(Tick::SupplementAsked);
    edit.tick(Tick::Paused);
    edit.row.state = RequestState::AwaitingResident;
    let data = json!({ "note": note.to_string(), "count": edit.row.supplements });
    edit.commit(Stamp::Step, "REQUEST_SUPPLEMENT_ASKED", data).await
}

/// What the resident delivered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What they said, or what staff write down of it.
    pub text: String,
}

/// The resident answers, or staff record the answer; the clock goes on.
pub async fn answer(app: &App, actor: &Actor, act: Act, answer: Answer) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Answer, "serviceRequestAnswer");
    let note = edit.public_note(PublicNoteKind::Answer, answer.text)?;
    edit.tick(Tick::Resumed);
    edit.row.state = RequestState::InProgress;
    let data = json!({
        "note": note.to_string(),
        "recorded": edit.via() == Action::RequestRecordWord,
    });
    edit.commit(Stamp::Step, "REQUEST_ANSWERED", data).await
}

/// Hands the request to the department that decides. The owner stays and answers for it.
pub async fn hand_to_department(app: &App, actor: &Actor, act: Act, note: String) -> Result<Done> {
    let operation = "serviceRequestHandToDepartment";
    let mut edit = open!(app, actor, &act, Step::HandToDepartment, operation);
    let note = edit.internal_note(InternalNoteKind::Handover, note)?;
    edit.tick(Tick::HandedOver);
    edit.row.stage_supplements = 0;
    edit.row.state = RequestState::WithDepartment;
    edit.commit(Stamp::Step, "REQUEST_HANDED_TO_DEPARTMENT", json!({ "note": note.to_string() }))
        .await
}

/// Records what the department answered; the work goes on.
pub async fn record_department_answer(
    app: &App,
    actor: &Actor,
    act: Act,
    note: String,
) -> Result<Done> {
    let operation = "serviceRequestRecordDepartmentAnswer";
    let mut edit = open!(app, actor, &act, Step::RecordDepartmentAnswer, operation);
    let note = edit.internal_note(InternalNoteKind::Handover, note)?;
    edit.tick(Tick::DepartmentAnswered);
    edit.row.state = RequestState::InProgress;
    edit.commit(Stamp::Step, "REQUEST_DEPARTMENT_ANSWERED", json!({ "note": note.to_string() }))
        .await
}

/// Asks for more time, before the deadline and with a reason; a manager decides.
pub async fn extension_request(
    app: &App,
    actor: &Actor,
    act: Act,
    working_days: i32,
    reason: String,
) -> Result<Done> {
    text::check("reason", &reason, text::BODY)?;
    if !(1..=60).contains(&working_days) {
        return Err(Rejected::at(Code::InvalidValue, "workingDays")
            .with("wanted", "1 to 60")
            .into());
    }
    let operation = "serviceRequestRequestExtension";
    let mut edit = open!(app, actor, &act, Step::RequestExtension, operation);
    let me = actor.signed_in()?.account;
    let row = extension::ActiveModel {
        id: Set(ExtensionId(edit.tx.new_id())),
        community_id: Set(edit.row.community_id),
        request_id: Set(edit.row.id),
        working_days: Set(working_days),
        requested_by: Set(me),
        requested_at: Set(edit.tx.now()),
        state: Set(ExtensionState::Pending),
        decided_by: Set(None),
        decided_at: Set(None),
        reason: Set(Some(reason)),
    };
    extension::Entity::insert(row).exec_without_returning(edit.tx.conn()).await?;
    edit.row.extension_by = Some(me);
    edit.commit(Stamp::Step, "REQUEST_EXTENSION_ASKED", json!({ "days": working_days })).await
}

/// Approves or refuses the pending extension. Approval must come before the deadline; the resident
/// is told the new date and the reason.
pub async fn extension_decide(
    app: &App,
    actor: &Actor,
    act: Act,
    approve: bool,
    text: String,
) -> Result<Done> {
    text::check("text", &text, text::BODY)?;
    let operation = "serviceRequestDecideExtension";
    let mut edit = open!(app, actor, &act, Step::DecideExtension, operation);
    let pending = extension::Entity::find()
        .filter(extension::Column::RequestId.eq(edit.row.id))
        .filter(extension::Column::State.eq(ExtensionState::Pending))
        .lock_exclusive()
        .one(edit.tx.conn())
        .await?
        .ok_or_else(|| Rejected::at(Code::UnknownReference, "id"))?;
    if approve && edit.row.due_at.is_none_or(|due| edit.tx.now() > due) {
        return Err(Code::DeadlinePassed.into());
    }
    let state = if approve { ExtensionState::Approved } else { ExtensionState::Refused };
    extension::Entity::update_many()
        .col_expr(extension::Column::State, Expr::value(state))
        .col_expr(extension::Column::DecidedBy, Expr::value(actor.account()))
        .col_expr(extension::Column::DecidedAt, Expr::value(edit.tx.now()))
        .filter(extension::Column::Id.eq(pending.id))
        .exec(edit.tx.conn())
        .await?;
    edit.row.extension_by = None;
    let data = json!({ "extension": pending.id.to_string(), "approved": approve });
    if approve {
        edit.tick(Tick::Extended(pending.working_days));
        edit.public_note(PublicNoteKind::Extension, text)?;
        return edit.commit(Stamp::Step, "REQUEST_EXTENDED", data).await;
    }
    edit.internal_note(InternalNoteKind::Extension, text)?;
    edit.commit(Stamp::Step, "REQUEST_EXTENSION_REFUSED", data).await
}

/// Declares working days that the law leaves out of the limit (public notice, assessment); the
/// resident is told.
pub async fn declare_statutory(
    app: &App,
    actor: &Actor,
    act: Act,
    working_days: i32,
    text: String,
) -> Result<Done> {
    if !(1..=250).contains(&working_days) {
        return Err(Rejected::at(Code::InvalidValue, "workingDays")
            .with("wanted", "1 to 250")
            .into());
    }
    let operation = "serviceRequestDeclareStatutoryTime";
    let mut edit = open!(app, actor, &act, Step::DeclareStatutoryTime, operation);
    let note = edit.public_note(PublicNoteKind::Statutory, text)?;
    edit.tick(Tick::Statutory(working_days));
    let data = json!({ "note": note.to_string(), "days": working_days });
    edit.commit(Stamp::Step, "REQUEST_STATUTORY_TIME_DECLARED", data).await
}

/// Writes a note that the resident reads.
pub async fn note_public(app: &App, actor: &Actor, act: Act, text: String) -> Result<Done> {
    let operation = "serviceRequestAddPublicNote";
    let mut edit = open!(app, actor, &act, Step::Note, operation);
    let note = edit.public_note(PublicNoteKind::Note, text)?;
    edit.commit(Stamp::Append, "REQUEST_NOTE_ADDED", json!({ "note": note.to_string() })).await
}

/// Writes a note that only staff read.
pub async fn note_internal(app: &App, actor: &Actor, act: Act, text: String) -> Result<Done> {
    let operation = "serviceRequestAddInternalNote";
    let edit = open!(app, actor, &act, Step::Note, operation);
    let note = edit.internal_note(InternalNoteKind::Note, text)?;
    edit.commit(Stamp::Append, "REQUEST_INTERNAL_NOTE_ADDED", json!({ "note": note.to_string() }))
        .await
}

/// A number by which another system knows a request.
#[derive(Clone, Debug)]
pub struct ExternalNumber {
    /// Which system.
    pub system: String,
    /// Its number there.
    pub number: String,
    /// The deadline there.
    pub due_at: Option<DateTime<Utc>>,
}

/// Adds the number of another system, such as a work order of the city's hotline; each once.
pub async fn external_reference(
    app: &App,
    actor: &Actor,
    act: Act,
    input: ExternalNumber,
) -> Result<Done> {
    text::check("system", &input.system, 64)?;
    text::check("number", &input.number, 64)?;
    let operation = "serviceRequestAddExternalReference";
    let edit = open!(app, actor, &act, Step::Note, operation);
    let id = edit.tx.new_id();
    let row = reference::Model {
        id,
        community_id: edit.row.community_id,
        request_id: edit.row.id,
        system: input.system,
        number: input.number,
        due_at: input.due_at,
        added_by: actor.signed_in()?.account,
        added_at: edit.tx.now(),
    };
    reference::Entity::insert(reference::ActiveModel::from(row))
        .exec_without_returning(edit.tx.conn())
        .await?;
    let data = json!({ "reference": id.to_string() });
    edit.commit(Stamp::Append, "REQUEST_EXTERNAL_REFERENCE_ADDED", data).await
}

/// Logs an attempt to reach the resident. One that reached them is a human response.
pub async fn contact_attempt(
    app: &App,
    actor: &Actor,
    act: Act,
    way: ContactWay,
    reached: bool,
) -> Result<Done> {
    let operation = "serviceRequestRecordContactAttempt";
    let mut edit = open!(app, actor, &act, Step::Note, operation);
    let row = attempt::ActiveModel {
        id: Set(edit.tx.new_id()),
        community_id: Set(edit.row.community_id),
        request_id: Set(edit.row.id),
        account_id: Set(actor.signed_in()?.account),
        way: Set(way),
        reached: Set(reached),
        day: Set(app.day(edit.tx.now())),
        at: Set(edit.tx.now()),
    };
    attempt::Entity::insert(row).exec_without_returning(edit.tx.conn()).await?;
    if reached {
        edit.tick(Tick::Responded);
        if edit.row.state == RequestState::Resolved {
            edit.tick(Tick::ResultTold);
        }
        contact_task::Entity::update_many()
            .col_expr(contact_task::Column::DoneAt, Expr::value(edit.tx.now()))
            .col_expr(contact_task::Column::DoneBy, Expr::value(actor.account()))
            .filter(contact_task::Column::RequestId.eq(edit.row.id))
            .filter(contact_task::Column::DoneAt.is_null())
            .exec(edit.tx.conn())
            .await?;
    }
    let data = json!({ "way": way, "reached": reached });
    edit.commit(Stamp::Append, "REQUEST_CONTACT_ATTEMPTED", data).await
}
