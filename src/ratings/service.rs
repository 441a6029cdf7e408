//! Writes of ratings and corrective actions.

use linli_entity::{
    account, closure_fact, corrective_action,
    enums::{ConfirmedVia, CorrectiveState, RatingLevel},
    ids::{AccountId, CorrectiveActionId, RatingId},
    rating, service_request,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};
use serde_json::json;

use super::queries::{BATCH, target};
use crate::{
    identity,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Permit, Rejected, Result, Tx, policy,
        text,
    },
    requests::{
        facts,
        rules::{self, Step},
        service::{Act, Edit, Opened, Stamp, check_word, owning_roles, supersede_ratings},
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
    /// How it was said: online by the resident, at the window or by phone when staff record it.
    pub via: ConfirmedVia,
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
    check_word(&edit, input.via)?;
    lock_rated(&edit.tx, edit.row.owner_id).await?;
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
        via: Set(input.via),
        batched_at: Set(None),
    };
    rating::Entity::insert(row).exec_without_returning(edit.tx.conn()).await?;
    close_batches(&edit.tx, edit.row.owner_id).await?;
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
    let data = json!({ "rating": id.to_string(), "via": input.via });
    edit.commit(Stamp::Append, "REQUEST_RATED", data).await
}

/// Ratings of one person come one after the other, so that two cannot close one batch. Before any
/// rating is touched: two who rate never wait for each other in a circle.
async fn lock_rated(tx: &Tx<'_>, rated: Option<AccountId>) -> Result<()> {
    if let Some(rated) = rated {
        account::Entity::find_by_id(rated).lock(LockType::NoKeyUpdate).one(tx.conn()).await?;
    }
    Ok(())
}

/// Closes every batch of the rated person that is complete: the oldest valid ratings that are in none
/// yet. A replaced rating that was in none is never read by the rated person.
async fn close_batches(tx: &Tx<'_>, rated: Option<AccountId>) -> Result<()> {
    let Some(rated) = rated else { return Ok(()) };
    loop {
        let batch: Vec<RatingId> = rating::Entity::find()
            .select_only()
            .column(rating::Column::Id)
            .filter(rating::Column::RatedOwnerId.eq(rated))
            .filter(rating::Column::BatchedAt.is_null())
            .filter(rating::Column::Superseded.eq(false))
            .order_by_asc(rating::Column::At)
            .order_by_asc(rating::Column::Id)
            .limit(BATCH)
            .into_tuple()
            .all(tx.conn())
            .await?;
        if u64::try_from(batch.len()).unwrap_or(0) < BATCH {
            return Ok(());
        }
        rating::Entity::update_many()
            .col_expr(rating::Column::BatchedAt, Expr::value(tx.now()))
            .filter(rating::Column::Id.is_in(batch))
            .exec(tx.conn())
            .await?;
    }
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
    let permit = edit.permit_for(edit.via())?;
    let event = Event::new(permit, "CORRECTIVE_ACTION_OPENED", "corrective_action", id)
        .community(edit.row.community_id)
        .data(json!({ "request": edit.row.id.to_string() }))
        .row_held();
    edit.also(event);
    Ok(due)
}

/// Locks a corrective action. To the rated person, and to who has nothing to do with it, there is
/// none.
async fn lock(
    tx: &Tx<'_>,
    action: Action,
    id: CorrectiveActionId,
    expected_version: i32,
) -> Result<(corrective_action::Model, Permit)> {
    let me = tx.actor().account();
    let row = corrective_action::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .filter(|row| row.rated_owner_id.is_none() || row.rated_owner_id != me)
        .ok_or(Error::NotFound)?;
    let target = target(&row);
    let seen = policy::allowed(tx.actor(), Action::CorrectiveHandle, &target);
    let permit = tx.authorize(action, &target).map_err(|e| match e {
        Error::Forbidden if !seen => Error::NotFound,
        other => other,
    })?;
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
    let (before, permit) = lock(&tx, Action::CorrectiveAssign, id, expected_version).await?;
    if before.rated_owner_id == Some(handler) {
        return Err(Rejected::at(Code::RatedMayNotHandle, "handlerId").into());
    }
    let roles = owning_roles(before.confidentiality);
    let (conn, community) = (tx.conn(), before.community_id);
    let serves = identity::queries::staff_person(conn, tx.now(), community, roles, handler);
    if serves.await?.is_none() {
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
    let (before, permit) = lock(&tx, Action::CorrectiveHandle, id, expected_version).await?;
    if !called_back {
        return Err(Rejected::at(Code::CallBackRequired, "calledBack").into());
    }
    let me = actor.signed_in()?.account;
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
