//! Delivering what the outbox holds.

use std::collections::HashSet;

use linli_entity::{
    contact_task,
    enums::{ContactPreference, ContactWay, VerificationPurpose},
    event,
    ids::{
        ActivityId, AgencyTaskId, ContactTaskId, DelegationId, IncidentId, MessageId, PersonId,
        PlaceId, RequestId, VenueBookingId, VerificationId, WishId,
    },
    inbox_message, incident, person, service_request, verification, wish,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{
    activities, appointments, delegations, incidents, sms::Sms, texts, venues, volunteers, wishes,
};
use crate::{
    identity,
    kernel::{App, Locale, Result, outbox::Delivery},
    requests,
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
/// Of these the residents of its duplicates hear too, each about their own request.
const ENDS: &[&str] = &[
    "REQUEST_EXTENDED",
    "REQUEST_STATUTORY_TIME_DECLARED",
    "REQUEST_RESOLVED",
    "REQUEST_REOPENED",
    "REQUEST_CLOSED_UNCONFIRMED",
    "REQUEST_WITHDRAWN",
    "REQUEST_DECLINED",
];
/// Events of requests that their owner is told of, unless they did it themselves.
const OWNER_TOLD: &[&str] = &[
    "REQUEST_ASSIGNED",
    "REQUEST_TRANSFERRED",
    "REQUEST_ANSWERED",
    "REQUEST_RESIDENT_TIMED_OUT",
    "REQUEST_EXTENDED",
    "REQUEST_EXTENSION_REFUSED",
    "REQUEST_REOPENED",
    "REQUEST_WITHDRAWN",
];
/// Events of requests that the owner and those who lead are told of.
const ESCALATED: &[&str] = &[
    "REQUEST_OVERDUE",
    "REQUEST_RESPONSE_OVERDUE",
    "REQUEST_NOT_TOLD_YET",
    "REQUEST_APPEALED",
    "REQUEST_EXTENSION_ASKED",
];

/// Whether a delegate did it with a request: the requester is told of everything that was done in their
/// name.
fn by_delegate(event: &event::Model) -> bool {
    event.aggregate == "service_request" && event.data.get("delegation").is_some()
}

fn is_told(event: &event::Model) -> bool {
    let kind = event.kind.as_str();
    kind == "VERIFICATION_REQUESTED"
        || by_delegate(event)
        || appointments::is_told(kind)
        || activities::is_told(kind)
        || venues::is_told(kind)
        || wishes::is_told(kind)
        || delegations::is_told(kind)
        || incidents::is_told(kind)
        || volunteers::is_told(kind)
        || [TOLD, ENDS, OWNER_TOLD, ESCALATED].iter().any(|kinds| kinds.contains(&kind))
}

/// Claims of one call: whoever calls looks at other things in between.
const ROUNDS: usize = 20;

/// Delivers what waits, up to a bound; returns how many events were looked at. A delivery that fails
/// goes back with a delay and does not hold up others.
pub async fn deliver_some(app: &App, sms: &Sms) -> Result<usize> {
    let mut seen = 0;
    for _ in 0..ROUNDS {
        let claimed = app.outbox_claim(50).await?;
        if claimed.is_empty() {
            break;
        }
        seen += claimed.len();
        let (told, silent): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|d| is_told(&d.event));
        app.outbox_skip(&silent).await?;
        for delivery in told {
            // Sending takes time: what was claimed with it may be another worker's by now.
            if !app.outbox_hold(&delivery).await? {
                continue;
            }
            match deliver(app, sms, &delivery).await {
                Ok(()) => app.outbox_done(&delivery).await?,
                Err(error) => {
                    tracing::warn!(event = %delivery.event.id, %error, "delivery failed");
                    app.outbox_failed(&delivery, &error.to_string()).await?;
                }
            }
        }
    }
    Ok(seen)
}

/// Delivers until nothing waits.
pub async fn deliver_all(app: &App, sms: &Sms) -> Result<usize> {
    let mut seen = 0;
    loop {
        match deliver_some(app, sms).await? {
            0 => return Ok(seen),
            more => seen += more,
        }
    }
}

async fn deliver(app: &App, sms: &Sms, delivery: &Delivery) -> Result<()> {
    let event = &delivery.event;
    let kind = event.kind.as_str();
    if kind == "VERIFICATION_REQUESTED" {
        return send_code(app, sms, VerificationId(event.aggregate_id)).await;
    }
    if appointments::is_told(kind) {
        return appointments::tell(app, sms, event).await;
    }
    if activities::is_told(kind) {
        return activities::tell(app, sms, event).await;
    }
    if venues::is_told(kind) {
        return venues::tell(app, sms, event).await;
    }
    if wishes::is_told(kind) {
        return wishes::tell(app, sms, event).await;
    }
    if incidents::is_told(kind) {
        return incidents::tell(app, sms, event).await;
    }
    if delegations::is_told(kind) {
        return delegations::tell(app, sms, event).await;
    }
    if volunteers::is_told(kind) {
        return volunteers::tell(app, sms, event).await;
    }
    let id = RequestId(event.aggregate_id);
    let Some(row) = service_request::Entity::find_by_id(id).one(app.db.reader()).await? else {
        return Ok(());
    };
    if OWNER_TOLD.contains(&kind) || ESCALATED.contains(&kind) {
        tell_office(app, event, &row).await?;
    }
    if TOLD.contains(&kind) || ENDS.contains(&kind) || by_delegate(event) {
        tell_residents(app, sms, event, row).await?;
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
    let language = known.map_or(row.language.clone(), |person| person.language);
    let locale = Locale::from_tag(&language).unwrap_or_default();
    if row.deliver {
        let code = identity::service::open_code(app, &row)?;
        return sms.send(&row.phone, &texts::code(locale, &code)).await;
    }
    if row.purpose == VerificationPurpose::Register {
        return sms.send(&row.phone, &texts::already_registered(locale)).await;
    }
    Ok(())
}

/// The requester, and the requesters of its duplicates, each about the request that is theirs.
async fn tell_residents(
    app: &App,
    sms: &Sms,
    event: &event::Model,
    row: service_request::Model,
) -> Result<()> {
    let mut requests = Vec::new();
    let delegate = by_delegate(event);
    let recorded = event.kind == "REQUEST_WITHDRAWN" && event.beneficiary_id.is_some();
    if recorded || delegate || TOLD.contains(&event.kind.as_str()) {
        requests.push(row.clone());
    }
    if ENDS.contains(&event.kind.as_str()) {
        let duplicates = service_request::Entity::find()
            .filter(service_request::Column::MergedInto.eq(row.id))
            .order_by_asc(service_request::Column::SubmittedAt)
            .limit(500)
            .all(app.db.reader())
            .await?;
        requests.extend(duplicates);
    }
    let mut told: HashSet<PersonId> = HashSet::new();
    let ids: Vec<PersonId> = requests.iter().filter_map(|r| r.requester_id).collect();
    let people = identity::queries::persons(app, &ids).await?;
    for own in requests {
        let Some(person) = own.requester_id.and_then(|id| people.get(&id)) else { continue };
        if !told.insert(person.id) {
            continue;
        }
        write_message(app, event, person.id, About::Request(own.id)).await?;
        let locale = Locale::from_tag(&person.language).unwrap_or_default();
        let kind = match own.id == row.id {
            true if delegate => texts::BY_DELEGATE,
            true if recorded => texts::WITHDRAWAL_RECORDED,
            true | false => event.kind.as_str(),
        };
        let Some(text) = texts::request(locale, kind, &own.number) else { continue };
        match (person.contact_preference, &person.phone) {
            (ContactPreference::Sms, Some(phone)) => sms.send(phone, &text).await?,
            // Nobody is called about what they let somebody do for them.
            (ContactPreference::Call | ContactPreference::Visit, _)
                if kind == texts::BY_DELEGATE => {}
            (ContactPreference::Call, _) => owe(app, event, &own, ContactWay::Call).await?,
            (ContactPreference::Visit, _) => owe(app, event, &own, ContactWay::Visit).await?,
            (ContactPreference::Inbox | ContactPreference::Sms, _) => {}
        }
    }
    Ok(())
}

/// The owner, and where it is escalated those who lead, find it in their inboxes.
async fn tell_office(app: &App, event: &event::Model, row: &service_request::Model) -> Result<()> {
    let mut accounts = Vec::new();
    if ESCALATED.contains(&event.kind.as_str()) {
        let lead = requests::service::leading_role(row.confidentiality);
        let (conn, now) = (app.db.reader(), app.clock.now());
        let leads = identity::queries::staff_of(conn, now, row.community_id, &[lead]).await?;
        accounts.extend(leads.into_keys());
    }
    accounts.extend(row.owner_id);
    accounts.retain(|account| event.actor_id != Some(*account));
    for account in identity::queries::accounts(app, &accounts).await?.into_values() {
        write_message(app, event, account.person_id, About::Request(row.id)).await?;
    }
    Ok(())
}

/// What a message is about.
#[derive(Clone, Copy)]
pub(super) enum About {
    Request(RequestId),
    Activity(ActivityId),
    VenueBooking(VenueBookingId),
    Wish(WishId),
    Delegation(DelegationId),
    Incident(IncidentId),
    AgencyTask(AgencyTaskId),
    /// The person's work as a volunteer; what it is in particular they see there.
    Volunteering,
}

/// Puts a message into somebody's inbox; says whether it was not there yet.
pub(super) async fn write_message(
    app: &App,
    event: &event::Model,
    person: PersonId,
    about: About,
) -> Result<bool> {
    let now = app.clock.now();
    let mut row = inbox_message::ActiveModel {
        id: Set(MessageId(app.ids.uuid(now))),
        person_id: Set(person),
        event_id: Set(event.id),
        kind: Set(event.kind.clone()),
        request_id: Set(None),
        activity_id: Set(None),
        venue_booking_id: Set(None),
        wish_id: Set(None),
        delegation_id: Set(None),
        incident_id: Set(None),
        agency_task_id: Set(None),
        created_at: Set(event.at),
        read_at: Set(None),
    };
    match about {
        About::Request(id) => row.request_id = Set(Some(id)),
        About::Activity(id) => row.activity_id = Set(Some(id)),
        About::VenueBooking(id) => row.venue_booking_id = Set(Some(id)),
        About::Volunteering => {}
        About::Wish(id) => row.wish_id = Set(Some(id)),
        About::Delegation(id) => row.delegation_id = Set(Some(id)),
        About::Incident(id) => row.incident_id = Set(Some(id)),
        About::AgencyTask(id) => row.agency_task_id = Set(Some(id)),
    }
    Ok(app.keep::<inbox_message::Entity>([row]).await? == 1)
}

/// Staff owe a call or a visit about a request.
pub(super) async fn owe(
    app: &App,
    event: &event::Model,
    row: &service_request::Model,
    way: ContactWay,
) -> Result<()> {
    let task =
        contact_task::Model { request_id: Some(row.id), ..task(app, event, row.community_id, way) };
    app.keep::<contact_task::Entity>([task]).await?;
    Ok(())
}

/// Staff owe a call or a visit about a wish.
pub(super) async fn owe_wish(
    app: &App,
    event: &event::Model,
    row: &wish::Model,
    way: ContactWay,
) -> Result<()> {
    let task =
        contact_task::Model { wish_id: Some(row.id), ..task(app, event, row.community_id, way) };
    app.keep::<contact_task::Entity>([task]).await?;
    Ok(())
}

/// Staff owe calls or visits about an incident, to those who reported it and want that.
pub(super) async fn owe_incident(
    app: &App,
    event: &event::Model,
    row: &incident::Model,
    way: ContactWay,
) -> Result<()> {
    let task = contact_task::Model {
        incident_id: Some(row.id),
        ..task(app, event, row.community_id, way)
    };
    app.keep::<contact_task::Entity>([task]).await?;
    Ok(())
}

/// A task that is about nothing yet.
fn task(
    app: &App,
    event: &event::Model,
    community: PlaceId,
    way: ContactWay,
) -> contact_task::Model {
    let now = app.clock.now();
    contact_task::Model {
        id: ContactTaskId(app.ids.uuid(now)),
        community_id: community,
        request_id: None,
        wish_id: None,
        incident_id: None,
        event_id: event.id,
        way,
        created_at: now,
        done_at: None,
        done_by: None,
    }
}
