//! Results and ends: resolve, confirm, reopen, withdraw, decline, appeal, duplicates.

use linli_entity::{
    closure_fact, contact_attempt,
    enums::{
        Confirmation, ConfirmedVia, ExtensionState, Outcome, OwnershipKind, PublicNoteKind,
        RequestState,
    },
    extension,
    ids::RequestId,
    rating, request_fact, service_request,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, UpdateMany, sea_query::Expr};
use serde_json::json;

use super::{
    edit::{Act, Edit, Stamp, lock, open},
    own::owner_after_reopening,
};
use crate::{
    kernel::{Action, Actor, App, Code, Committed, Error, Rejected, Result, Tx, policy},
    requests::{
        clock::Tick,
        facts,
        rules::{self, Step},
    },
};

type Done = Committed<service_request::Model>;

/// A result.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// Outcome.
    pub outcome: Outcome,
    /// What the resident is told; for REFUSED the reason, for REFERRED who signed for it.
    pub text: String,
}

/// Gives the result. From here the resident has the word.
pub async fn resolve(app: &App, actor: &Actor, act: Act, result: Resolution) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Resolve, "serviceRequestResolve");
    let attempts = if result.outcome == Outcome::Unreachable {
        contact_attempt::Entity::find()
            .filter(contact_attempt::Column::RequestId.eq(edit.row.id))
            .limit(200)
            .all(edit.tx.conn())
            .await?
    } else {
        Vec::new()
    };
    let calendar = edit.calendar.clone();
    let working = |day| calendar.day(day).is_ok_and(|d| !d.hours.is_empty());
    rules::check_outcome(result.outcome, edit.matter.decided_by, &attempts, working)?;
    let note = edit.public_note(PublicNoteKind::Result, result.text)?;
    edit.tick(Tick::Resolved);
    edit.row.state = RequestState::Resolved;
    edit.row.outcome = Some(result.outcome);
    edit.row.closures += 1;
    record_closure(&mut edit, result.outcome).await?;
    edit.tx.change_last(
        &extension::Entity::update_many()
            .col_expr(extension::Column::State, Expr::value(ExtensionState::Refused))
            .col_expr(extension::Column::DecidedAt, Expr::value(edit.tx.now()))
            .filter(extension::Column::RequestId.eq(edit.row.id))
            .filter(extension::Column::State.eq(ExtensionState::Pending)),
    );
    edit.row.extension_by = None;
    let data = json!({ "outcome": result.outcome, "note": note.to_string() });
    edit.commit(Stamp::Step, "REQUEST_RESOLVED", data).await
}

async fn record_closure(edit: &mut Edit<'_>, outcome: Outcome) -> Result<()> {
    edit.project();
    let now = edit.tx.now();
    let window = edit.calendar.close_of_working_day(edit.calendar.date(now), rules::REOPEN_DAYS);
    let mut fact = edit.fact().await?;
    // The request stays with the department that it came in under, whatever its matter belongs to
    // now.
    let stored = request_fact::Entity::find_by_id(edit.row.id).one(edit.tx.conn()).await?;
    fact.department_id = stored.map_or(fact.department_id, |f| f.department_id);
    let zone = edit.tx.app().zone;
    let row = facts::closure(&fact, edit.row.closures, outcome, now, window.ok(), zone);
    edit.tx.insert_last(closure_fact::ActiveModel::from(row));
    Ok(())
}

/// An update of the fact row of the last result.
fn last_closure(row: &service_request::Model) -> UpdateMany<closure_fact::Entity> {
    closure_fact::Entity::update_many()
        .filter(closure_fact::Column::RequestId.eq(row.id))
        .filter(closure_fact::Column::ClosureNo.eq(row.closures))
}

/// The resident's word is taken online from themselves; at the window or by phone it is recorded.
pub(crate) fn check_word(edit: &Edit<'_>, via: ConfirmedVia) -> Result<()> {
    let recorded = edit.via() == Action::RequestRecordWord;
    if recorded == (via == ConfirmedVia::Online) {
        return Err(Rejected::at(Code::InvalidValue, "via")
            .with("wanted", "ONLINE for oneself, WINDOW or PHONE when recorded by staff")
            .into());
    }
    Ok(())
}

/// The resident says that it is done.
pub async fn confirm(app: &App, actor: &Actor, act: Act, via: ConfirmedVia) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Confirm, "serviceRequestConfirm");
    check_word(&edit, via)?;
    edit.row.confirmed_via = Some(via);
    close(&mut edit, Confirmation::Confirmed).await?;
    last_closure(&edit.row)
        .col_expr(closure_fact::Column::Solved, Expr::value(true))
        .exec(edit.tx.conn())
        .await?;
    edit.commit(Stamp::Step, "REQUEST_CONFIRMED", json!({ "via": via })).await
}

/// Closes a resolved request.
pub(super) async fn close(edit: &mut Edit<'_>, confirmation: Confirmation) -> Result<()> {
    let now = edit.tx.now();
    let until = edit.calendar.close_of_working_day(edit.calendar.date(now), rules::REOPEN_DAYS);
    edit.row.state = RequestState::Closed;
    edit.row.confirmation = Some(confirmation);
    edit.row.closed_at = Some(now);
    // Without data for the year the resident gets the longer time, not the shorter.
    edit.row.reopen_until = Some(until.unwrap_or(now + chrono::Duration::days(30)));
    last_closure(&edit.row)
        .col_expr(closure_fact::Column::ClosedAt, Expr::value(now))
        .col_expr(closure_fact::Column::RatingUntil, Expr::value(now + rules::RATE_WITHIN))
        .col_expr(closure_fact::Column::WindowUntil, Expr::value(edit.row.reopen_until))
        .exec(edit.tx.conn())
        .await?;
    edit.disown_at_end().await
}

/// The resident says that it is not done. It goes back to its last owner or a stand-in.
pub async fn reopen(
    app: &App,
    actor: &Actor,
    act: Act,
    via: ConfirmedVia,
    reason: String,
) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Reopen, "serviceRequestReopen");
    check_word(&edit, via)?;
    let note = edit.public_note(PublicNoteKind::Reopen, reason)?;
    last_closure(&edit.row)
        .col_expr(closure_fact::Column::Solved, Expr::value(false))
        .col_expr(closure_fact::Column::ReopenedAt, Expr::value(edit.tx.now()))
        // A rating before a reopening is history and does not count.
        .col_expr(closure_fact::Column::Rating, Expr::value(Option::<i32>::None))
        .exec(edit.tx.conn())
        .await?;
    supersede_ratings(&edit.tx, edit.row.id).await?;
    let owner = owner_after_reopening(&edit).await?;
    let open = edit.row.state == RequestState::Resolved;
    if !(open && owner == edit.row.owner_id) {
        edit.own(owner.map(|o| (o, OwnershipKind::Reopened))).await?;
    }
    edit.tick(Tick::Reopened);
    edit.row.state =
        if owner.is_some() { RequestState::InProgress } else { RequestState::Submitted };
    edit.row.outcome = None;
    edit.row.confirmation = None;
    edit.row.confirmed_via = None;
    edit.row.closed_at = None;
    edit.row.reopen_until = None;
    edit.row.reopens += 1;
    edit.row.overdue = false;
    edit.row.stage_supplements = 0;
    let data = json!({ "note": note.to_string(), "owner": owner.map(|o| o.to_string()) });
    edit.commit(Stamp::Step, "REQUEST_REOPENED", data).await
}

/// Takes the valid rating of a request out of the count: it was replaced, or the request reopened.
/// Its corrective action stays.
pub(crate) async fn supersede_ratings(tx: &Tx<'_>, request: RequestId) -> Result<()> {
    rating::Entity::update_many()
        .col_expr(rating::Column::Superseded, Expr::value(true))
        .filter(rating::Column::RequestId.eq(request))
        .filter(rating::Column::Superseded.eq(false))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// The resident takes it back. When staff record that, the resident is told.
pub async fn withdraw(app: &App, actor: &Actor, act: Act, via: ConfirmedVia) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Withdraw, "serviceRequestWithdraw");
    check_word(&edit, via)?;
    edit.row.confirmed_via = Some(via);
    edit.tick(Tick::Resumed);
    edit.row.state = RequestState::Withdrawn;
    edit.row.closed_at = Some(edit.tx.now());
    edit.disown_at_end().await?;
    edit.commit(Stamp::Step, "REQUEST_WITHDRAWN", json!({ "via": via })).await
}

/// Declines what is not a matter of this community; says why, and whom to ask instead.
pub async fn decline(app: &App, actor: &Actor, act: Act, text: String) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Decline, "serviceRequestDecline");
    let note = edit.public_note(PublicNoteKind::Decline, text)?;
    let now = edit.tx.now();
    let until = edit.calendar.close_of_working_day(edit.calendar.date(now), rules::REOPEN_DAYS);
    edit.row.state = RequestState::Declined;
    edit.row.closed_at = Some(now);
    edit.row.reopen_until = Some(until.unwrap_or(now + chrono::Duration::days(30)));
    edit.commit(Stamp::Step, "REQUEST_DECLINED", json!({ "note": note.to_string() })).await
}

/// Appeals, once, against a decline; a manager looks at it.
pub async fn appeal(
    app: &App,
    actor: &Actor,
    act: Act,
    via: ConfirmedVia,
    reason: String,
) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Appeal, "serviceRequestAppeal");
    check_word(&edit, via)?;
    let note = edit.public_note(PublicNoteKind::Appeal, reason)?;
    if let Some(declined) = edit.row.closed_at {
        // The office did not have it in between.
        edit.tick(Tick::Appealed(declined));
    }
    edit.row.state = RequestState::Submitted;
    edit.row.appealed = true;
    edit.row.closed_at = None;
    edit.row.reopen_until = None;
    let data = json!({ "note": note.to_string(), "via": via });
    edit.commit(Stamp::Step, "REQUEST_APPEALED", data).await
}

/// Marks an open request as a duplicate of another one of the same community, which lives on and
/// keeps both residents informed.
pub async fn mark_duplicate(
    app: &App,
    actor: &Actor,
    act: Act,
    survivor: RequestId,
) -> Result<Done> {
    let refuse = || Error::from(Rejected::at(Code::BadDuplicate, "survivorId"));
    let operation = "serviceRequestMarkDuplicate";
    let mut edit = open!(app, actor, &act, Step::MarkDuplicate, operation, beside Some(survivor));
    if survivor == edit.row.id {
        return Err(refuse());
    }
    let other = lock(&edit.tx, survivor).await.map_err(|e| match e {
        Error::NotFound => Error::from(Rejected::at(Code::UnknownReference, "survivorId")),
        other => other,
    })?;
    if !policy::allowed(actor, Action::RequestRead, &rules::target(&other))
        || other.community_id != edit.row.community_id
    {
        return Err(Rejected::at(Code::UnknownReference, "survivorId").into());
    }
    let lives = other.state.is_open() || other.state == RequestState::Resolved;
    if !lives || other.confidentiality != edit.row.confidentiality {
        return Err(refuse());
    }
    edit.tick(Tick::Resumed);
    edit.row.state = RequestState::Merged;
    edit.row.merged_into = Some(survivor);
    // Duplicates of this one are duplicates of the one that lives on: their residents hear of it.
    service_request::Entity::update_many()
        .col_expr(service_request::Column::MergedInto, Expr::value(survivor))
        .filter(service_request::Column::MergedInto.eq(edit.row.id))
        .exec(edit.tx.conn())
        .await?;
    edit.row.closed_at = Some(edit.tx.now());
    edit.disown_at_end().await?;
    edit.commit(Stamp::Step, "REQUEST_MERGED", json!({ "survivor": survivor.to_string() })).await
}
