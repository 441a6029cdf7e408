//! Booking a room, for oneself or by staff for somebody; moving, cancelling, recording who came.

use super::{
    desk::{NewBooking, desk, desk_of},
    event, stale, subject,
};
use crate::{
    kernel::{Action, Actor, App, Code, Committed, Error, Permit, Rejected, Result, Tx, policy},
    reservations::{
        rules::Span,
        service::{lock_in_tx, release_in_tx},
    },
    venues::{
        queries,
        rules::{self, Availability, Step},
    },
};
use linli_entity::{
    enums::VenueBookingState,
    ids::{PersonId, VenueBookingId},
    venue_booking,
};
use sea_orm::{EntityTrait, QuerySelect};
use serde_json::json;

/// Books a venue.
pub async fn book(
    app: &App,
    actor: &Actor,
    input: NewBooking,
) -> Result<Committed<venue_booking::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let id = VenueBookingId(tx.new_id());
    if let Some(replay) = tx.once("venueBook", input.once.as_ref(), id.0).await? {
        let row = queries::booking_row(tx.conn(), VenueBookingId(replay.0)).await?;
        queries::visible(tx.conn(), actor, &row).await?;
        return tx.replayed(replay, row).await;
    }
    let desk = desk(&tx, &input).await?;
    desk.check(&tx, input.span, input.span)?;
    desk.check_count(&tx, 1).await?;
    let found = desk.hold(&tx, id, input.span).await?;
    if found != Availability::Free {
        drop(tx);
        return Err(desk.refusal(app, found, input.span).await);
    }
    let row = desk.row(&tx, &input, (id, input.span), None);
    tx.insert_last(venue_booking::ActiveModel::from(row.clone()));
    let event = desk.booked(&tx, &row, json!({}))?;
    tx.commit(vec![event], row).await
}

/// A booking to be changed, locked, with what the actor may do to it and who has it now.
async fn locked(
    tx: &Tx<'_>,
    id: VenueBookingId,
    expected_version: i32,
    action: Action,
) -> Result<(venue_booking::Model, Permit, PersonId)> {
    let row = venue_booking::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let holder = queries::visible(tx.conn(), tx.actor(), &row).await?;
    let target = queries::target(&row, holder);
    if !policy::allowed(tx.actor(), action, &target) {
        return Err(Error::Forbidden);
    }
    let permit = tx.authorize(action, &target)?;
    if row.version != expected_version {
        return Err(stale(row.version));
    }
    Ok((row, permit, holder))
}

fn check_step(step: Step, row: &venue_booking::Model, tx: &Tx<'_>) -> Result<()> {
    if rules::possible(step, row, tx.now()) {
        return Ok(());
    }
    let begun = step != Step::RecordUse && row.state == VenueBookingState::Booked;
    if begun {
        return Err(Code::WindowClosed.into());
    }
    Err(Rejected::new(Code::IllegalTransition).with("state", row.state.code()).into())
}

/// Moves a booking to another time of the same venue. If that is taken, the old one stays.
pub async fn move_to(
    app: &App,
    actor: &Actor,
    id: VenueBookingId,
    expected_version: i32,
    span: Span,
) -> Result<Committed<venue_booking::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let seen = queries::booking_row(tx.conn(), id).await?;
    queries::visible(tx.conn(), actor, &seen).await?;
    // The resource first, as everybody who books does.
    let resources = lock_in_tx(&tx, &[subject(seen.venue_id)]).await?;
    let (before, permit, holder) =
        locked(&tx, id, expected_version, Action::VenueBookingChange).await?;
    check_step(Step::Move, &before, &tx)?;
    let desk = desk_of(&tx, resources, &before, holder).await?;
    desk.check(&tx, span, span)?;
    release_in_tx(&tx, id.0).await?;
    let found = desk.hold(&tx, id, span).await?;
    if found != Availability::Free {
        drop(tx);
        return Err(desk.refusal(app, found, span).await);
    }
    let row = venue_booking::Model {
        from_at: span.from,
        until_at: span.until,
        ..changed(&tx, &before, true)
    };
    tx.update_last(&before, &row);
    let event = event(&tx, permit, "VENUE_BOOKING_MOVED", (&row, holder), json!({}));
    tx.commit(vec![event], row).await
}

/// The row after a change; a change that others see in their calendars counts there too.
fn changed(tx: &Tx<'_>, before: &venue_booking::Model, shown: bool) -> venue_booking::Model {
    venue_booking::Model {
        sequence: before.sequence + i32::from(shown),
        changed_at: tx.now(),
        version: before.version + 1,
        ..before.clone()
    }
}

/// Cancels a booking before it begins; the venue is free again.
pub async fn cancel(
    app: &App,
    actor: &Actor,
    id: VenueBookingId,
    expected_version: i32,
) -> Result<Committed<venue_booking::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (before, permit, holder) =
        locked(&tx, id, expected_version, Action::VenueBookingChange).await?;
    check_step(Step::Cancel, &before, &tx)?;
    release_in_tx(&tx, id.0).await?;
    let row =
        venue_booking::Model { state: VenueBookingState::Cancelled, ..changed(&tx, &before, true) };
    tx.update_last(&before, &row);
    let event = event(&tx, permit, "VENUE_BOOKING_CANCELLED", (&row, holder), json!({}));
    tx.commit(vec![event], row).await
}

/// Records whether somebody came, from the beginning on; a mistake is recorded anew.
pub async fn record_use(
    app: &App,
    actor: &Actor,
    id: VenueBookingId,
    expected_version: i32,
    used: bool,
) -> Result<Committed<venue_booking::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (before, permit, holder) =
        locked(&tx, id, expected_version, Action::VenueBookingRecord).await?;
    check_step(Step::RecordUse, &before, &tx)?;
    let state = if used { VenueBookingState::Used } else { VenueBookingState::NoShow };
    let row = venue_booking::Model { state, ..changed(&tx, &before, false) };
    tx.update_last(&before, &row);
    let event = event(&tx, permit, "VENUE_BOOKING_RECORDED", (&row, holder), json!({}));
    tx.commit(vec![event], row).await
}
