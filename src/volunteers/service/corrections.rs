//! Correcting time: a record stands for another one, which stays and counts no more.

use linli_entity::{
    enums::{HoursSource, HoursState},
    ids::HoursId,
    volunteer_hours,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    days::{self, Effect},
    hours::{event, illegal, lock_hours},
};
use crate::{
    kernel::{Action, Actor, App, Code, Committed, Once, Rejected, Result, Tx, text},
    reservations::rules::Span,
    volunteers::{
        queries,
        rules::hours::{self, HoursStep},
    },
};

/// A correction.
#[derive(Clone, Debug)]
pub struct Correction {
    /// The record that it stands for.
    pub corrects: HoursId,
    /// The version of it that was read.
    pub expected_version: i32,
    /// When it was in truth; none if it was not.
    pub span: Option<Span>,
    /// Why.
    pub reason: String,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// Puts another record in the place of one that counts. It is on the day on which the work was.
pub async fn correct(
    app: &App,
    actor: &Actor,
    input: Correction,
) -> Result<Committed<volunteer_hours::Model>> {
    text::check("reason", &input.reason, text::LINE)?;
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let id = HoursId(tx.new_id());
    if let Some(replay) = tx.once("hoursCorrect", input.once.as_ref(), id.0).await? {
        let row = queries::hours_row(tx.conn(), HoursId(replay.0)).await?;
        queries::hours_visible(tx.conn(), actor, &row).await?;
        return tx.replayed(replay, row).await;
    }
    let (wrong, permit) =
        lock_hours(&tx, input.corrects, input.expected_version, Action::HoursCorrect).await?;
    if is_corrected(&tx, wrong.id).await? {
        return Err(Rejected::at(Code::Conflict, "id").into());
    }
    if !hours::possible(HoursStep::Correct, &wrong, false) {
        return Err(illegal(&wrong));
    }
    if let Some(span) = input.span {
        let about = wrong.from_at.unwrap_or(wrong.recorded_at);
        hours::check_corrected(span, about, tx.now())?;
    }
    let row = volunteer_hours::Model {
        id,
        source: HoursSource::Correction,
        state: HoursState::Approved,
        from_at: input.span.map(|s| s.from),
        until_at: input.span.map(|s| s.until),
        corrects_id: Some(wrong.id),
        reason: Some(input.reason),
        recorded_at: tx.now(),
        recorded_by: actor.account(),
        decided_at: None,
        decided_by: None,
        version: 1,
        ..wrong.clone()
    };
    let drops = hours::counted(&wrong).map(|span| (span, wrong.id));
    let effect = Effect { adds: input.span, drops };
    days::rewrite(&tx, row.community_id, row.person_id, effect).await?;
    tx.insert_last(volunteer_hours::ActiveModel::from(row.clone()));
    let event = event(&tx, permit, "VOLUNTEER_HOURS_CORRECTED", &row);
    tx.commit(vec![event], row).await
}

async fn is_corrected(tx: &Tx<'_>, id: HoursId) -> Result<bool> {
    let found = volunteer_hours::Entity::find()
        .filter(volunteer_hours::Column::CorrectsId.eq(id))
        .one(tx.conn())
        .await?;
    Ok(found.is_some())
}
