//! Telling people what staff did with their bookings of venues.

use chrono::{DateTime, Utc};
use linli_entity::{enums::ContactPreference, event, ids::VenueBookingId, venue_booking};
use sea_orm::EntityTrait;

use super::{
    service::{About, write_message},
    sms::Sms,
    texts,
};
use crate::{
    identity,
    kernel::{App, Languages, Locale, Result},
    venues,
};

/// Events of bookings that people are told of, unless they did it themselves.
const TOLD: [&str; 3] = ["VENUE_BOOKED", "VENUE_BOOKING_MOVED", "VENUE_BOOKING_CANCELLED"];

/// Whether somebody is to be told of an event.
pub(super) fn is_told(kind: &str) -> bool {
    TOLD.contains(&kind)
}

/// In the inbox, and by text message whoever does not want the inbox only: a call or a visit is not
/// owed for a room. Of a series the inbox has every date, and one text message says how many.
pub(super) async fn tell(app: &App, sms: &Sms, event: &event::Model) -> Result<()> {
    let Some(told) = event.beneficiary_id else { return Ok(()) };
    let id = VenueBookingId(event.aggregate_id);
    let Some(row) = venue_booking::Entity::find_by_id(id).one(app.db.reader()).await? else {
        return Ok(());
    };
    if stale(event, &row, app.clock.now()) {
        return Ok(());
    }
    // Whoever has the record by now.
    let people = identity::queries::record_holders(app, &[told]).await?;
    let Some(person) = people.get(&told) else { return Ok(()) };
    write_message(app, event, person.id, About::VenueBooking(id)).await?;
    let number = |key: &str| event.data[key].as_i64().unwrap_or(1);
    let Some(phone) = &person.phone else { return Ok(()) };
    if number("nth") > 1 || person.contact_preference == ContactPreference::Inbox {
        return Ok(());
    }
    let venue = venues::queries::venue(app.db.reader(), row.venue_id).await?;
    let locale = Locale::from_tag(&person.language).unwrap_or_default();
    let room = Languages::from(locale).pick(&venue.names);
    let time = texts::local(row.from_at, app.zone);
    match texts::venue(locale, &event.kind, (room, &time), number("dates")) {
        Some(text) => sms.send(phone, &text).await,
        None => Ok(()),
    }
}

/// Whether the news is none any more: the booking was moved or cancelled since, or it is over.
/// That of a series stays news whatever becomes of its first date.
fn stale(event: &event::Model, row: &venue_booking::Model, now: DateTime<Utc>) -> bool {
    let series = event.data["dates"].as_i64().is_some_and(|dates| dates > 1);
    let moved_on = event.data["sequence"].as_i64() != Some(i64::from(row.sequence));
    moved_on && !series || now >= row.until_at
}
