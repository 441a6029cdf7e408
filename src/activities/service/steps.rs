//! The states of an activity.

use chrono::{DateTime, Utc};
use linli_entity::{
    activity, activity_registration, check_in,
    enums::{ActivityState, RegistrationEnd, RegistrationState},
    ids::ActivityId,
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde_json::json;

use super::lock;
use crate::{
    activities::rules,
    kernel::{Actor, App, Code, Committed, Event, Rejected, Result, Tx, text},
    reservations::service as reservations,
};

/// Shows an activity to everybody.
pub async fn publish(
    app: &App,
    actor: &Actor,
    id: ActivityId,
    expected_version: i32,
) -> Result<Committed<activity::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let locked = lock(&tx, id).await?;
    let permit = locked.may_change(&tx, expected_version)?;
    rules::check_state(locked.row.state, &[ActivityState::Draft])?;
    if tx.now() >= locked.row.starts_at {
        return Err(Rejected::new(Code::WindowClosed).into());
    }
    let mut row = locked.row.clone();
    row.state = ActivityState::Published;
    row.published_at = Some(tx.now());
    row.version += 1;
    tx.update_last(&locked.row, &row);
    let event = Event::new(permit, "ACTIVITY_PUBLISHED", "activity", id)
        .community(row.community_id)
        .data(json!({ "state": row.state, "version": row.version }))
        .row_held();
    tx.commit(vec![event], row).await
}

/// Cancels an activity: gives its rooms back and ends its registrations.
pub async fn cancel(
    app: &App,
    actor: &Actor,
    id: ActivityId,
    expected_version: i32,
    reason: String,
) -> Result<Committed<activity::Model>> {
    use activity_registration::Column as C;
    text::check("reason", &reason, text::BODY)?;
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let locked = lock(&tx, id).await?;
    let permit = locked.may_change(&tx, expected_version)?;
    rules::check_state(locked.row.state, &[ActivityState::Draft, ActivityState::Published])?;
    for session in locked.sessions(&tx).await? {
        reservations::release_in_tx(&tx, session.id.0).await?;
    }
    activity_registration::Entity::update_many()
        .col_expr(C::State, Expr::value(RegistrationState::Cancelled))
        .col_expr(C::OfferedUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(C::EndedBy, Expr::value(RegistrationEnd::Activity))
        .col_expr(C::EndedAt, Expr::value(tx.now()))
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(C::ActivityId.eq(id))
        .filter(C::State.ne(RegistrationState::Cancelled))
        .exec(tx.conn())
        .await?;
    let mut seats = locked.seats.clone();
    seats.taken = 0;
    tx.update_last(&locked.seats, &seats);
    let mut row = locked.row.clone();
    row.state = ActivityState::Cancelled;
    row.cancel_reason = Some(reason);
    row.version += 1;
    row.sequence += 1;
    tx.update_last(&locked.row, &row);
    let event = Event::new(permit, "ACTIVITY_CANCELLED", "activity", id)
        .community(row.community_id)
        .data(json!({ "state": row.state, "version": row.version }))
        .row_held();
    tx.commit(vec![event], row).await
}

/// The record of an activity that took place.
#[derive(Clone, Debug)]
pub struct Completion {
    /// How many came, as counted by staff; not needed where parties were checked in.
    pub attendance: Option<i32>,
    /// A short report.
    pub report: String,
}

/// Reports an activity as held.
pub async fn mark_held(
    app: &App,
    actor: &Actor,
    id: ActivityId,
    expected_version: i32,
    input: Completion,
) -> Result<Committed<activity::Model>> {
    text::check("report", &input.report, text::BODY)?;
    if input.attendance.is_some_and(|n| !(0..=100_000).contains(&n)) {
        let wanted = "0 to 100000";
        return Err(Rejected::at(Code::InvalidValue, "attendance").with("wanted", wanted).into());
    }
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let locked = lock(&tx, id).await?;
    let permit = locked.may_change(&tx, expected_version)?;
    rules::check_state(locked.row.state, &[ActivityState::Published])?;
    if tx.now() < locked.row.starts_at {
        return Err(Rejected::new(Code::TooEarly).with("from", locked.row.starts_at).into());
    }
    if input.attendance.is_none() && !has_check_ins(&tx, id).await? {
        return Err(Rejected::at(Code::Required, "attendance").into());
    }
    let mut row = locked.row.clone();
    row.state = ActivityState::Held;
    row.attendance = input.attendance;
    row.report = Some(input.report);
    row.held_at = Some(tx.now());
    row.version += 1;
    tx.update_last(&locked.row, &row);
    let event = Event::new(permit, "ACTIVITY_HELD", "activity", id)
        .community(row.community_id)
        .data(json!({ "state": row.state, "version": row.version }))
        .row_held();
    tx.commit(vec![event], row).await
}

async fn has_check_ins(tx: &Tx<'_>, id: ActivityId) -> Result<bool> {
    let found = check_in::Entity::find()
        .filter(check_in::Column::ActivityId.eq(id))
        .limit(1)
        .one(tx.conn())
        .await?;
    Ok(found.is_some())
}
