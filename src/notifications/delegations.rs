//! Telling the two parties of a delegation.

use linli_entity::{
    delegation,
    enums::{ContactPreference, DelegationState},
    event,
    ids::PersonId,
    person,
};

use super::{
    service::{About, write_message},
    sms::Sms,
    texts,
};
use crate::{
    delegations::{self, rules},
    identity,
    kernel::{App, Locale, Result},
};

/// It was given: news only while it waits for an answer.
const GIVEN: &str = "DELEGATION_GIVEN";
/// It was ended, by either of them.
const ENDED: &str = "DELEGATION_ENDED";
/// Events of delegations that the other party is told of.
const TOLD: [&str; 4] = [GIVEN, "DELEGATION_ACCEPTED", "DELEGATION_DECLINED", ENDED];

/// Whether somebody is to be told of an event.
pub(super) fn is_told(kind: &str) -> bool {
    TOLD.contains(&kind)
}

/// In the inbox, and by text message whoever does not want the inbox only. Text messages name nobody:
/// a phone number may have been mistyped.
pub(super) async fn tell(app: &App, sms: &Sms, event: &event::Model) -> Result<()> {
    let Some(row) = delegations::queries::any(app, event.aggregate_id).await? else {
        return Ok(());
    };
    let waits = rules::state(&row, app.clock.now()) == DelegationState::Given;
    // What nobody accepted ends without a word to a phone that may be anybody's.
    let unanswered = event.kind == ENDED && row.delegate_id.is_none();
    if event.kind == GIVEN && !waits || unanswered {
        return Ok(());
    }
    let told = match event.beneficiary_id {
        // What the delegate does the principal is told, and the other way round.
        Some(principal) => holder(app, principal).await?,
        None => delegate(app, &row).await?,
    };
    let mut locale = Locale::default();
    let mut phone = row.delegate_phone.clone();
    if let Some(person) = told {
        write_message(app, event, person.id, About::Delegation(row.id)).await?;
        locale = Locale::from_tag(&person.language).unwrap_or_default();
        let by_text = person.contact_preference != ContactPreference::Inbox;
        phone = person.phone.filter(|_| by_text);
    }
    match (texts::delegation(locale, &event.kind), phone) {
        (Some(text), Some(phone)) => sms.send(&phone, &text).await,
        _ => Ok(()),
    }
}

async fn holder(app: &App, person: PersonId) -> Result<Option<person::Model>> {
    Ok(identity::queries::record_holders(app, &[person]).await?.remove(&person))
}

/// Who accepted it, or else whoever has the phone, if anybody has.
async fn delegate(app: &App, row: &delegation::Model) -> Result<Option<person::Model>> {
    match (row.delegate_id, &row.delegate_phone) {
        (Some(id), _) => holder(app, id).await,
        (None, Some(phone)) => identity::queries::person_by_phone(app, phone).await,
        (None, None) => Ok(None),
    }
}
