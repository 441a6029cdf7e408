//! Delivering what the outbox holds.

use linli_entity::{
    contact_task,
    enums::{ContactPreference, ContactWay, Role, VerificationPurpose},
    event,
    ids::{ContactTaskId, MessageId, PersonId, RequestId, VerificationId},
    inbox_message, person, service_request, verification,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict,
};

use super::{sms::Sms, texts};
use crate::{
    identity,
    kernel::{App, Locale, Result, outbox::Delivery},
};

/// Events of requests that residents are told of.
const TOLD: &[&str] = &[
    "REQUEST_SUBMITTED",
    "REQUEST_TAKEN",
    "REQUEST_ASSIGNED",
    "REQUEST_QUESTION_ASKED",
    "REQUEST_SUPPLEMENT_ASKED",
    "REQUEST_EXTENDED",
    "REQUEST_STATUTORY_TIME_DECLARED",
    "REQUEST_NOTE_ADDED",
    "REQUEST_RESOLVED",
    "REQUEST_REOPENED",
    "REQUEST_CLOSED_UNCONFIRMED",
    "REQUEST_DECLINED",
    "REQUEST_MERGED",
];
/// Events of requests that the owner and the managers are told of.
const ESCALATED: &[&str] =
    &["REQUEST_OVERDUE", "REQUEST_RESPONSE_OVERDUE", "REQUEST_APPEALED", "REQUEST_EXTENSION_ASKED"];

/// Delivers until nothing waits; returns how many were delivered. A delivery that fails goes back
/// with a delay and does not hold up others.
pub async fn deliver_all(app: &App, sms: &Sms) -> Result<usize> {
    let mut delivered = 0;
    loop {
        let claimed = app.outbox_claim(50).await?;
        if claimed.is_empty() {
            return Ok(delivered);
        }
        for delivery in claimed {
            match deliver(app, sms, &delivery).await {
                Ok(()) => {
                    app.outbox_done(&delivery).await?;
                    delivered += 1;
                }
                Err(error) => {
                    tracing::warn!(event = %delivery.event.id, %error, "delivery failed");
                    app.outbox_failed(&delivery, &error.to_string()).await?;
                }
            }
        }
    }
}

async fn deliver(app: &App, sms: &Sms, delivery: &Delivery) -> Result<()> {
    let event = &delivery.event;
    let kind = event.kind.as_str();
    if kind == "VERIFICATION_REQUESTED" {
        return send_code(app, sms, VerificationId(event.aggregate_id)).await;
    }
    if TOLD.contains(&kind) {
        tell_residents(app, sms, event).await?;
    }
    if ESCALATED.contains(&kind) {
        tell_office(app, event).await?;
    }
    Ok(())
}

async fn send_code(app: &App, sms: &Sms, id: VerificationId) -> Result<()> {
    let Some(row) = verification::Entity::find_by_id(id).one(app.db.reader()).await? else {
        return Ok(());
    };
    // Too late is worse than never.
    if row.expires_at <= app.clock.now() || row.used_at.is_some() {
        return Ok(());
    }
    let known = person::Entity::find()
        .filter(person::Column::Phone.eq(&row.phone))
        .one(app.db.reader())
        .await?;
    let locale = known.and_then(|p| Locale::from_tag(&p.language)).unwrap_or_default();
    if row.deliver {
        let code = identity::service::open_code(app, &row)?;
        return sms.send(&row.phone, &texts::code(locale, &code)).await;
    }
    if row.purpose == VerificationPurpose::Register {
        return sms.send(&row.phone, &texts::already_registered(locale)).await;
    }
    Ok(())
}

async fn tell_residents(app: &App, sms: &Sms, event: &event::Model) -> Result<()> {
    let id = RequestId(event.aggregate_id);
    let conn = app.db.reader();
    let Some(row) = service_request::Entity::find_by_id(id).one(conn).await? else {
        return Ok(());
    };
    // A duplicate's resident hears of the request that lives on.
    let merged = service_request::Entity::find()
        .filter(service_request::Column::MergedInto.eq(id))
        .limit(50)
        .all(conn)
        .await?;
    let mut people: Vec<PersonId> =
        merged.iter().chain([&row]).filter_map(|r| r.requester_id).collect();
    people.sort_unstable();
    people.dedup();
    for person in identity::queries::persons(app, &people).await?.into_values() {
        write_message(app, event, person.id, Some(id)).await?;
        let locale = Locale::from_tag(&person.language).unwrap_or_default();
        // The call is owed about the request that this person made.
        let own = merged.iter().find(|r| r.requester_id == Some(person.id)).unwrap_or(&row);
        let Some(text) = texts::request(locale, &event.kind, &row.number) else { continue };
        match (person.contact_preference, &person.phone) {
            (ContactPreference::Sms, Some(phone)) => sms.send(phone, &text).await?,
            (ContactPreference::Call, _) => owe(app, event, own, ContactWay::Call).await?,
            (ContactPreference::Visit, _) => owe(app, event, own, ContactWay::Visit).await?,
            (ContactPreference::Inbox | ContactPreference::Sms, _) => {}
        }
    }
    Ok(())
}

/// The owner and the managers of the community find it in their inboxes.
async fn tell_office(app: &App, event: &event::Model) -> Result<()> {
    let id = RequestId(event.aggregate_id);
    let conn = app.db.reader();
    let Some(row) = service_request::Entity::find_by_id(id).one(conn).await? else {
        return Ok(());
    };
    let mut accounts =
        identity::queries::holders(conn, app.clock.now(), Role::CommunityManager, row.community_id)
            .await?;
    accounts.extend(row.owner_id);
    for account in identity::queries::accounts(app, &accounts).await?.into_values() {
        write_message(app, event, account.person_id, Some(id)).await?;
    }
    Ok(())
}

async fn write_message(
    app: &App,
    event: &event::Model,
    person: PersonId,
    request: Option<RequestId>,
) -> Result<()> {
    let now = app.clock.now();
    let row = inbox_message::ActiveModel {
        id: Set(MessageId(app.ids.uuid(now))),
        person_id: Set(person),
        event_id: Set(event.id),
        kind: Set(event.kind.clone()),
        request_id: Set(request),
        created_at: Set(event.at),
        read_at: Set(None),
    };
    inbox_message::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(app.db.writer())
        .await?;
    Ok(())
}

async fn owe(
    app: &App,
    event: &event::Model,
    row: &service_request::Model,
    way: ContactWay,
) -> Result<()> {
    let now = app.clock.now();
    let task = contact_task::ActiveModel {
        id: Set(ContactTaskId(app.ids.uuid(now))),
        community_id: Set(row.community_id),
        request_id: Set(row.id),
        event_id: Set(event.id),
        way: Set(way),
        created_at: Set(now),
        done_at: Set(None),
        done_by: Set(None),
    };
    contact_task::Entity::insert(task)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(app.db.writer())
        .await?;
    Ok(())
}
