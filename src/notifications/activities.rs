//! Telling those who registered for an activity.

use linli_entity::{
    enums::ContactPreference,
    event,
    ids::{ActivityId, PersonId, RegistrationId},
};

use super::{
    service::{About, write_message},
    sms::Sms,
    texts,
};
use crate::{
    activities, identity,
    kernel::{App, Languages, Locale, Result},
};

/// Events of activities that everybody registered or in line is told of.
const ALL_TOLD: &[&str] = &["ACTIVITY_CHANGED", "ACTIVITY_CANCELLED"];
/// Seats are kept for somebody to accept.
const OFFERED: &str = "ACTIVITY_OFFERED";
/// Events of a registration that the person is told of, unless they did it themselves.
const ONE_TOLD: &[&str] = &[
    "ACTIVITY_REGISTERED",
    "ACTIVITY_PROMOTED",
    OFFERED,
    "ACTIVITY_OFFER_ACCEPTED",
    "ACTIVITY_OFFER_EXPIRED",
    "ACTIVITY_REGISTRATION_CANCELLED",
];

/// Whether somebody is to be told of an event.
pub(super) fn is_told(kind: &str) -> bool {
    ALL_TOLD.contains(&kind) || ONE_TOLD.contains(&kind)
}

/// The text for what somebody did: staff, or a delegate of the person.
fn done_by(event: &event::Model) -> &str {
    let by_delegate = event.data.get("delegation").is_some();
    match event.kind.as_str() {
        "ACTIVITY_REGISTERED" if by_delegate => texts::REGISTERED_BY_DELEGATE,
        "ACTIVITY_OFFER_ACCEPTED" if by_delegate => texts::ACCEPTED_BY_DELEGATE,
        "ACTIVITY_REGISTRATION_CANCELLED" if by_delegate => texts::CANCELLED_BY_DELEGATE,
        kind => kind,
    }
}

/// In the inbox, and by text message whoever does not want the inbox only: a call or a visit is not
/// owed for an activity.
pub(super) async fn tell(app: &App, sms: &Sms, event: &event::Model) -> Result<()> {
    let all = ALL_TOLD.contains(&event.kind.as_str());
    let named = event.data.get("activity").and_then(|v| v.as_str()).and_then(|v| v.parse().ok());
    let id = if all { Some(ActivityId(event.aggregate_id)) } else { named };
    let Some(id) = id else { return Ok(()) };
    let Some(activity) = activities::queries::any(app, id).await? else { return Ok(()) };
    let mut until = String::new();
    if event.kind == OFFERED {
        let open = activities::queries::offer(app, RegistrationId(event.aggregate_id)).await?;
        // Whoever has accepted or declined in the meantime is asked no more.
        let Some(open) = open.filter(|until| app.clock.now() < *until) else { return Ok(()) };
        until = texts::local(open, app.zone);
    }
    let kind = done_by(event);
    let people: Vec<PersonId> = match event.beneficiary_id {
        _ if all => activities::queries::concerned(app, id).await?,
        Some(one) => vec![one],
        None => Vec::new(),
    };
    for some in people.chunks(500) {
        for person in identity::queries::record_holders(app, some).await?.into_values() {
            let new = write_message(app, event, person.id, About::Activity(id)).await?;
            // Of many who are told at once, nobody is told again because another one could not be.
            if all && !new {
                continue;
            }
            let locale = Locale::from_tag(&person.language).unwrap_or_default();
            let title = Languages::from(locale).pick(&activity.titles).to_owned();
            let text = texts::activity(locale, kind, &title, &until);
            if let (Some(text), Some(phone)) = (text, &person.phone)
                && person.contact_preference != ContactPreference::Inbox
            {
                match sms.send(phone, &text).await {
                    Err(error) if all => tracing::warn!(event = %event.id, %error, "a text failed"),
                    sent => sent?,
                }
            }
        }
    }
    Ok(())
}
