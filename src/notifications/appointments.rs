//! Telling people of appointments.

use chrono::{DateTime, Utc};
use linli_entity::{
    appointment,
    enums::{AppointmentState, ContactPreference, ContactWay},
    event,
    ids::{AccountId, AppointmentId},
    service_request,
};
use sea_orm::EntityTrait;

use super::{
    service::{About, owe, write_message},
    sms::Sms,
    texts,
};
use crate::{
    identity,
    kernel::{App, Locale, Result},
};

/// Due on the eve of an appointment.
const REMINDER: &str = "APPOINTMENT_REMINDER_DUE";
/// Somebody else receives the resident, for whom nothing changes.
const REASSIGNED: &str = "APPOINTMENT_REASSIGNED";
/// Events of appointments that people are told of.
const TOLD: [&str; 5] =
    ["APPOINTMENT_BOOKED", "APPOINTMENT_MOVED", "APPOINTMENT_CANCELLED", REASSIGNED, REMINDER];

/// Whether people are told of it.
pub(super) fn is_told(kind: &str) -> bool {
    TOLD.contains(&kind)
}

/// Tells the resident by the way that they want, and whoever receives them, in the inbox.
pub(super) async fn tell(app: &App, sms: &Sms, event: &event::Model) -> Result<()> {
    let id = AppointmentId(event.aggregate_id);
    let Some(row) = appointment::Entity::find_by_id(id).one(app.db.reader()).await? else {
        return Ok(());
    };
    let current = !stale(event, &row, app.clock.now());
    if event.kind != REMINDER {
        tell_staff(app, event, &row, current).await?;
    }
    if !current || event.kind == REASSIGNED {
        return Ok(());
    }
    let request = service_request::Entity::find_by_id(row.request_id).one(app.db.reader()).await?;
    let Some(request) = request else { return Ok(()) };
    let Some(requester) = request.requester_id else { return Ok(()) };
    let people = identity::queries::persons(app, &[requester]).await?;
    let Some(person) = people.get(&requester) else { return Ok(()) };
    write_message(app, event, person.id, About::Request(request.id)).await?;
    // What they did themselves, they know; who was at the window or on the phone, too.
    let reminder = event.kind == REMINDER;
    let by_others = event.beneficiary_id.is_some() && event.actor_kind == "USER";
    let called = reminder || by_others && event.kind != "APPOINTMENT_BOOKED";
    match (person.contact_preference, &person.phone) {
        (ContactPreference::Sms, Some(phone)) if reminder || event.beneficiary_id.is_some() => {
            let locale = Locale::from_tag(&person.language).unwrap_or_default();
            let time = texts::local(row.from_at, app.zone);
            let text = texts::appointment(locale, &event.kind, &request.number, &time);
            let Some(text) = text else { return Ok(()) };
            sms.send(phone, &text).await
        }
        (ContactPreference::Call, _) if called => owe(app, event, &request, ContactWay::Call).await,
        (ContactPreference::Visit, _) if called => {
            owe(app, event, &request, ContactWay::Visit).await
        }
        _ => Ok(()),
    }
}

/// Whether the news is none any more: the appointment was moved or cancelled since, or its time has
/// come. Too late is worse than never.
fn stale(event: &event::Model, row: &appointment::Model, now: DateTime<Utc>) -> bool {
    let good_until = event.data["notAfter"].as_str().and_then(|at| at.parse().ok());
    let late = good_until.is_some_and(|at: DateTime<Utc>| now >= at);
    let moved_on = event.data["sequence"].as_i64() != Some(i64::from(row.sequence));
    let over = event.kind == REMINDER && row.state != AppointmentState::Booked;
    late || moved_on || over
}

/// Who receives the resident, and who does no longer: they are told even if it was moved on since.
async fn tell_staff(
    app: &App,
    event: &event::Model,
    row: &appointment::Model,
    current: bool,
) -> Result<()> {
    let before = event.data["before"]["staff"].as_str().and_then(|id| id.parse().ok());
    let former = before.filter(|account| *account != row.staff_id);
    let mut accounts: Vec<AccountId> =
        former.into_iter().chain(current.then_some(row.staff_id)).collect();
    accounts.retain(|account| event.actor_id != Some(*account));
    for account in identity::queries::accounts(app, &accounts).await?.into_values() {
        write_message(app, event, account.person_id, About::Request(row.request_id)).await?;
    }
    Ok(())
}
