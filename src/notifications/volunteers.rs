//! Telling volunteers what was decided about them, about their time, and about their shifts.

use linli_entity::{
    enums::{ContactPreference, HoursState},
    event,
    ids::{HoursId, PersonId, ShiftId, VolunteerId},
    person,
};

use super::{
    service::{About, write_message},
    sms::Sms,
    texts,
};
use crate::{
    communities, identity,
    kernel::{App, Languages, Locale, Result},
    volunteers::queries,
};

/// Events of somebody's work as a volunteer that they are told of.
const OF_VOLUNTEERS: [&str; 2] = ["VOLUNTEER_ACCEPTED", "VOLUNTEER_REFUSED"];
/// Events of their time.
const OF_HOURS: [&str; 3] =
    ["VOLUNTEER_HOURS_DECIDED", "VOLUNTEER_HOURS_CORRECTED", "VOLUNTEER_HOURS_LAPSED"];
/// A shift that everybody who was signed up is told of.
const CANCELLED: &str = "SHIFT_CANCELLED";

/// Whether somebody is to be told of an event.
pub(super) fn is_told(kind: &str) -> bool {
    kind == CANCELLED || OF_VOLUNTEERS.contains(&kind) || OF_HOURS.contains(&kind)
}

/// In the inbox, and by text message whoever does not want the inbox only: a call or a visit is not
/// owed to volunteers.
pub(super) async fn tell(app: &App, sms: &Sms, event: &event::Model) -> Result<()> {
    if event.kind == CANCELLED {
        return cancelled(app, sms, event).await;
    }
    let Some(told) = event.beneficiary_id else { return Ok(()) };
    let people = identity::queries::record_holders(app, &[told]).await?;
    let Some(person) = people.get(&told) else { return Ok(()) };
    write_message(app, event, person.id, About::Volunteering).await?;
    let Some(phone) = by_text(person) else { return Ok(()) };
    let locale = Locale::from_tag(&person.language).unwrap_or_default();
    let text = if OF_HOURS.contains(&event.kind.as_str()) {
        of_hours(app, event, locale).await?
    } else {
        of_volunteer(app, event, locale).await?
    };
    match text {
        Some(text) => sms.send(phone, &text).await,
        None => Ok(()),
    }
}

/// The phone of somebody who wants more than the inbox.
fn by_text(person: &person::Model) -> Option<&str> {
    let wanted = person.contact_preference != ContactPreference::Inbox;
    person.phone.as_deref().filter(|_| wanted)
}

async fn of_volunteer(app: &App, event: &event::Model, locale: Locale) -> Result<Option<String>> {
    let id = VolunteerId(event.aggregate_id);
    let Some(row) = queries::volunteers_by_id(app, &[id]).await?.remove(&id) else {
        return Ok(None);
    };
    let place = communities::queries::place(app, app.db.reader(), row.community_id).await?;
    let name = Languages::from(locale).pick(&place.names);
    Ok(texts::volunteering(locale, &event.kind, name, ""))
}

async fn of_hours(app: &App, event: &event::Model, locale: Locale) -> Result<Option<String>> {
    let Some(row) = queries::any_hours(app, HoursId(event.aggregate_id)).await? else {
        return Ok(None);
    };
    let time = row.from_at.map(|at| texts::local(at, app.zone)).unwrap_or_default();
    let kind = match row.state {
        HoursState::Refused => texts::HOURS_REFUSED,
        HoursState::Open | HoursState::Pending | HoursState::Approved | HoursState::Lapsed => {
            event.kind.as_str()
        }
    };
    Ok(texts::volunteering(locale, kind, "", &time))
}

/// Everybody who was signed up. Of many who are told at once, nobody is told again because another one
/// could not be; and nobody when it would have begun already.
async fn cancelled(app: &App, sms: &Sms, event: &event::Model) -> Result<()> {
    let id = ShiftId(event.aggregate_id);
    let Some(shift) = queries::shifts_by_id(app, &[id]).await?.remove(&id) else { return Ok(()) };
    let late = app.clock.now() >= shift.from_at;
    let time = texts::local(shift.from_at, app.zone);
    let told: Vec<PersonId> = queries::left_by_cancelling(app, id).await?;
    for person in identity::queries::record_holders(app, &told).await?.into_values() {
        let new = write_message(app, event, person.id, About::Volunteering).await?;
        let Some(phone) = by_text(&person).filter(|_| new && !late) else { continue };
        let locale = Locale::from_tag(&person.language).unwrap_or_default();
        let title = Languages::from(locale).pick(&shift.titles);
        let Some(text) = texts::volunteering(locale, &event.kind, title, &time) else { continue };
        if let Err(error) = sms.send(phone, &text).await {
            tracing::warn!(event = %event.id, %error, "a text failed");
        }
    }
    Ok(())
}
