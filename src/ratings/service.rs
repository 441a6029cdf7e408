//! Writes of ratings and corrective actions.

use linli_entity::{
    closure_fact, corrective_action,
    enums::{CorrectiveState, RatingLevel},
    ids::{AccountId, CorrectiveActionId, RatingId},
    rating, service_request,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};
use serde_json::json;

use crate::{
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Rejected, Result, Target, Tx, text,
    },
    requests::{
        facts,
        rules::{self, Step},
        service::{Act, Edit, Opened, Stamp, owning_roles, supersede_ratings},
    },
};

/// What somebody says of a result.
#[derive(Clone, Debug)]
pub struct NewRating {
    /// Level.
    pub level: RatingLevel,
    /// In their words.
    pub text: Option<String>,
    /// Whether staff may see who wrote it.
    pub show_name: bool,
}

/// Rates the last result of a closed request; a later rating replaces an earlier one. The lower two
/// levels open a corrective action. Neither takes nor makes a version.
pub async fn rate(
    app: &App,
    actor: &Actor,
    act: Act,
    input: NewRating,
) -> Result<Committed<service_request::Model>> {
    text::check_optional("text", input.text.as_deref(), text::BODY)?;
    let mut edit = match Edit::open(app, actor, &act, Step::Rate, "serviceRequestRate").await? {
        Opened::Now(edit) => edit,
        Opened::Before(done) => return Ok(*done),
    };
    if edit.row.closures == 0 {
        return Err(Code::NothingToRate.into());
    }
    supersede_ratings(&edit.tx, edit.row.id).await?;
    let id = RatingId(edit.tx.new_id());
    let row = rating::ActiveModel {
        id: Set(id),
        community_id: Set(edit.row.community_id),
        request_id: Set(edit.row.id),
        closure_no: Set(edit.row.closures),
        level: Set(input.level),
        body: Set(input.text),
        show_name: Set(input.show_name),
        rated_owner_id: Set(edit.row.owner_id),
        at: Set(edit.tx.now()),
        superseded: Set(false),
    };
    rating::Entity::insert(row).exec_without_returning(edit.tx.conn()).await?;
    let points = facts::points(input.level);
    let due = if points <= 2 { Some(open_corrective(&mut edit, id).await?) } else { None };
    let mut fact = closure_fact::Entity::update_many()
        .col_expr(closure_fact::Column::Rating, Expr::value(points));
    if due.is_some() {
        // A new corrective action begins anew; a better rating does not undo an open one.
        fact = fact.col_expr(closure_fact::Column::CorrectiveDueAt, Expr::value(due)).col_expr(
            closure_fact::Column::CorrectiveDoneAt,
            Expr::value(Option::<chrono::DateTime<chrono::Utc>>::None),
        );
    }
    fact.filter(closure_fact::Column::RequestId.eq(edit.row.id))
        .filter(closure_fact::Column::ClosureNo.eq(edit.row.closures))
        .exec(edit.tx.conn())
        .await?;
    edit.commit(Stamp::Append, "REQUEST_RATED", json!({ "rating": id.to_string() })).await
}

async fn open_corrective(
    edit: &mut Edit<'_>,
    rating: RatingId,
) -> Result<chrono::DateTime<chrono::Utc>> {
    let now = edit.tx.now();
    let due = edit
        .calendar
        .close_of_working_day(edit.calendar.date(now), rules::CORRECT_DAYS)
        // Three weeks where the calendar lacks the year; the owner of the calendar is told anyway.
        .unwrap_or(now + chrono::Duration::days(21));
    let id = CorrectiveActionId(edit.tx.new_id());
    let row = corrective_action::ActiveModel {
        id: Set(id),
        community_id: Set(edit.row.community_id),
        request_id: Set(edit.row.id),
        rating_id: Set(rating),
        confidentiality: Set(edit.row.confidentiality),
        rated_owner_id: Set(edit.row.owner_id),
        handler_id: Set(None),
        state: Set(CorrectiveState::Open),
        due_at: Set(due),
        called_back: Set(false),
        measure: Set(None),
        done_at: Set(None),
        opened_at: Set(now),
        version: Set(1),
    };
    corrective_action::Entity::insert(row).exec_without_returning(edit.tx.conn()).await?;
    let permit = edit.permit_for(Action::RequestRate)?;
    let event = Event::new(permit, "CORRECTIVE_ACTION_OPENED", "corrective_action", id)
        .community(edit.row.community_id)
        .data(json!({ "request": edit.row.id.to_string() }))
        .row_held();
    edit.also(event);
    Ok(due)
}

/// A corrective action is as confidential as its request.
fn target(row: &corrective_action::Model) -> Target {
    Target { confidentiality: Some(row.confidentiality), ..Target::community(row.community_id) }
}

async fn lock(
    tx: &Tx<'_>,
    id: CorrectiveActionId,
    expected_version: i32,
) -> Result<(corrective_action::Model, crate::kernel::Permit)> {
    let row = corrective_action::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let permit = tx.authorize(Action::CorrectiveHandle, &target(&row))?;
    if row.version != expected_version {
        return Err(Rejected::new(Code::StaleVersion).with("currentVersion", row.version).into());
    }
    if row.state == CorrectiveState::Done {
        return Err(Rejected::new(Code::IllegalTransition).with("state", "DONE").into());
    }
    Ok((row, permit))
}

/// Gives a corrective action to somebody other than the rated person.
pub async fn corrective_assign(
    app: &App,
    actor: &Actor,
    id: CorrectiveActionId,
    expected_version: i32,
    handler: AccountId,
) -> Result<Committed<corrective_action::Model>> {
    let tx = app.begin(actor).await?;
    let (before, permit) = lock(&tx, id, expected_version).await?;
    if before.rated_owner_id == Some(handler) {
        return Err(Rejected::at(Code::RatedMayNotHandle, "handlerId").into());
    }
    let roles = owning_roles(before.confidentiality);
    let staff =
        crate::identity::queries::staff_of(tx.conn(), tx.now(), before.community_id, roles).await?;
    if !staff.contains(&handler) {
        return Err(Rejected::at(Code::NotASpecialist, "handlerId").into());
    }
    let mut row = before.clone();
    row.handler_id = Some(handler);
    row.version += 1;
    tx.update_last(&before, &row);
    let event = Event::new(permit, "CORRECTIVE_ACTION_ASSIGNED", "corrective_action", id)
        .community(row.community_id)
        .data(json!({ "handler": handler.to_string() }));
    tx.commit(vec![event], row).await
}

/// Ends a corrective action: what was done, after the resident was called back.
pub async fn corrective_complete(
    app: &App,
    actor: &Actor,
    id: CorrectiveActionId,
    expected_version: i32,
    done: (String, bool),
) -> Result<Committed<corrective_action::Model>> {
    let (measure, called_back) = done;
    text::check("measure", &measure, text::BODY)?;
    let tx = app.begin(actor).await?;
    let (before, permit) = lock(&tx, id, expected_version).await?;
    if !called_back {
        return Err(Rejected::at(Code::CallBackRequired, "calledBack").into());
    }
    let me = actor.signed_in()?.account;
    if before.rated_owner_id == Some(me) {
        return Err(Code::RatedMayNotHandle.into());
    }
    let mut row = before.clone();
    row.handler_id = Some(me);
    row.measure = Some(measure);
    row.called_back = true;
    row.state = CorrectiveState::Done;
    row.done_at = Some(tx.now());
    row.version += 1;
    tx.update_last(&before, &row);
    let rating = rating::Entity::find_by_id(row.rating_id).one(tx.conn()).await?;
    if let Some(rating) = rating {
        // Only the newest corrective action of a result speaks for it: they share the due date.
        closure_fact::Entity::update_many()
            .filter(closure_fact::Column::CorrectiveDueAt.eq(row.due_at))
            .col_expr(closure_fact::Column::CorrectiveDoneAt, Expr::value(row.done_at))
            .filter(closure_fact::Column::RequestId.eq(row.request_id))
            .filter(closure_fact::Column::ClosureNo.eq(rating.closure_no))
            .exec(tx.conn())
            .await?;
    }
    let event = Event::new(permit, "CORRECTIVE_ACTION_DONE", "corrective_action", id)
        .community(row.community_id);
    tx.commit(vec![event], row).await
}
