//! Submitting, for oneself or for somebody who comes to the window, calls, or has no account.

use linli_entity::{
    enums::{ContactPreference, IntakeChannel, PlaceKind, RequestState, ServiceMode},
    ids::{DelegationId, MatterId, PersonId, PlaceId, RequestId},
    json::Answers,
    matter_version, person, place, request_fact, service_request,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::LockType,
};
use serde_json::json;

use super::{
    acting::{self, may},
    edit::apply_projection,
};
use crate::{
    calendar, catalogue, communities,
    kernel::{
        Actor, App, Code, Committed, Error, Event, Locale, Once, Rejected, Result, Tx, crypto,
        idempotency::Replay, text,
    },
    requests::{
        clock::{Clock, Limits},
        facts, rules,
    },
};

/// For whom a member of staff submits.
#[derive(Clone, Debug)]
pub enum Beneficiary {
    /// Somebody whom we know.
    Known(PersonId),
    /// Somebody new, perhaps without a phone.
    New {
        /// Name.
        name: String,
        /// Phone.
        phone: Option<String>,
        /// How to be told.
        contact_preference: ContactPreference,
        /// Language of what is sent.
        language: Locale,
    },
}

/// A new request.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Where.
    pub community: PlaceId,
    /// What.
    pub matter: MatterId,
    /// Where it came in.
    pub channel: IntakeChannel,
    /// How it is to be served.
    pub mode: ServiceMode,
    /// Title.
    pub title: String,
    /// Description.
    pub description: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Latitude and longitude (WGS 84).
    pub position: Option<(f64, f64)>,
    /// The block that it is in.
    pub block: Option<PlaceId>,
    /// Answers to the matter's questions.
    pub answers: Answers,
    /// For whom, if not for oneself.
    pub beneficiary: Option<Beneficiary>,
    /// By which delegation, if for its principal.
    pub delegation: Option<DelegationId>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// A submitted request, with the code to follow it without an account.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The request.
    pub row: service_request::Model,
    /// 16 characters; shown to the submitter only. None for a delegate: the code would outlast the
    /// delegation.
    pub tracking_code: Option<String>,
}

/// A number for a request, before its transaction. Only a submission that was looked at gets one.
#[derive(Clone, Copy, Debug)]
pub struct Numbered {
    year: i32,
    serial: i32,
}

/// What came of a submission in a transaction that is still open.
#[derive(Debug)]
pub enum Entered {
    /// It is to be committed with this event.
    Now(Submitted, Event),
    /// It was made before, under the same key.
    Before(Replay, Submitted),
}

/// Submits a request. The same key gives the same request and code again.
pub async fn submit(app: &App, actor: &Actor, input: Submission) -> Result<Committed<Submitted>> {
    let number = number(app, actor, &input).await?;
    let tx = app.begin(actor).await?;
    match submit_in_tx(&tx, input, number, "serviceRequestSubmit").await? {
        Entered::Now(submitted, event) => tx.commit(vec![event], submitted).await,
        Entered::Before(replay, submitted) => tx.replayed(replay, submitted).await,
    }
}

/// Looks at a submission and reserves its number, in a short transaction of its own: numbers may have
/// gaps, requests may not wait.
pub async fn number(app: &App, actor: &Actor, input: &Submission) -> Result<Numbered> {
    check_texts(input)?;
    may(actor, input, acting::principal(app, actor, input).await?)?;
    let year = chrono::Datelike::year(&app.day(app.clock.now()));
    match communities::queries::place(app, app.db.reader(), input.community).await {
        Ok(_) => Ok(Numbered { year, serial: app.next_number(input.community, year).await? }),
        Err(Error::NotFound) => Err(unknown("communityId")),
        Err(other) => Err(other),
    }
}

/// Submits within a transaction of `operation`, to which the key belongs. The request is written when
/// it is committed.
pub async fn submit_in_tx(
    tx: &Tx<'_>,
    input: Submission,
    Numbered { year, serial }: Numbered,
    operation: &'static str,
) -> Result<Entered> {
    let (app, actor) = (tx.app(), tx.actor());
    // Before a retry is answered too: the delegation may have ended in between.
    let principal = acting::principal_in_tx(tx, &input).await?;
    let permit = may(actor, &input, principal)?;
    let delegation = input.delegation;
    let shown = |code: String| delegation.is_none().then_some(code);
    let id = RequestId(tx.new_id());
    if let Some(replay) = tx.once(operation, input.once.as_ref(), id.0).await? {
        let row = super::edit::lock(tx, RequestId(replay.0)).await?;
        let tracking_code = shown(tracking_code(app, row.id));
        return Ok(Entered::Before(replay, Submitted { row, tracking_code }));
    }
    let community = communities::queries::place(app, tx.conn(), input.community).await?;
    let current = match catalogue::queries::current(app, tx.conn(), input.matter).await {
        Ok(current) => current,
        Err(Error::NotFound) => return Err(unknown("matterId")),
        Err(other) => return Err(other),
    };
    check_places(tx, &input, &community).await?;
    check_matter(&input, &current.matter, &current.version)?;
    let requester = requester(tx, &input, principal).await?;
    let tracking_code = tracking_code(app, id);
    let number = format!("{}-{year}-{serial:06}", community.code);
    let (row, clock) = build(tx, input, &current, id, requester, number, &tracking_code).await?;
    let fact = facts::of(&row, current.matter.department_id, &clock, app.zone);
    tx.insert_last(service_request::ActiveModel::from(row.clone()));
    tx.insert_last(request_fact::ActiveModel::from(fact));
    let on_behalf = actor.person() != Some(requester);
    let event = Event::new(permit, "REQUEST_SUBMITTED", "service_request", id)
        .community(row.community_id)
        .beneficiary(on_behalf.then_some(requester))
        .data(json!({ "state": row.state, "version": row.version, "channel": row.intake_channel }))
        .delegation(delegation)
        .row_held();
    Ok(Entered::Now(Submitted { row, tracking_code: shown(tracking_code) }, event))
}

fn unknown(path: &str) -> Error {
    Rejected::at(Code::UnknownReference, path).into()
}

fn check_texts(input: &Submission) -> Result<()> {
    text::check("title", &input.title, text::TITLE)?;
    text::check_optional("description", input.description.as_deref(), text::BODY)?;
    text::check_optional("address", input.address.as_deref(), text::LINE)?;
    if let Some((lat, long)) = input.position
        && !((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&long))
    {
        let wanted = "latitude -90 to 90, longitude -180 to 180";
        return Err(Rejected::at(Code::InvalidValue, "position").with("wanted", wanted).into());
    }
    Ok(())
}

async fn check_places(tx: &Tx<'_>, input: &Submission, community: &place::Model) -> Result<()> {
    if community.kind != PlaceKind::Community || !community.active {
        return Err(unknown("communityId"));
    }
    if let Some(block) = input.block {
        let block = communities::queries::place(tx.app(), tx.conn(), block).await;
        let fits =
            block.is_ok_and(|b| b.kind == PlaceKind::Block && b.community_id == Some(community.id));
        if !fits {
            return Err(unknown("blockId"));
        }
    }
    Ok(())
}

fn check_matter(
    input: &Submission,
    matter: &linli_entity::matter::Model,
    version: &matter_version::Model,
) -> Result<()> {
    if matter.community_id != input.community {
        return Err(unknown("matterId"));
    }
    if !matter.active {
        return Err(Rejected::at(Code::MatterInactive, "matterId").into());
    }
    if !version.channels.0.contains(&input.channel) {
        return Err(Rejected::at(Code::ChannelNotOffered, "channel").into());
    }
    if !version.service_modes.0.contains(&input.mode) {
        return Err(Rejected::at(Code::ModeNotOffered, "serviceMode").into());
    }
    catalogue::rules::check_answers(&version.questions.0, &input.answers)
}

async fn requester(
    tx: &Tx<'_>,
    input: &Submission,
    principal: Option<PersonId>,
) -> Result<PersonId> {
    let person = match (principal, &input.beneficiary) {
        (Some(principal), _) => principal,
        (None, Some(who)) => return beneficiary_in_tx(tx, who).await,
        (None, None) => tx.actor().signed_in()?.person,
    };
    let recent = service_request::Entity::find()
        .filter(service_request::Column::RequesterId.eq(person))
        .filter(service_request::Column::SubmittedAt.gt(tx.now() - chrono::Duration::hours(1)))
        .count(tx.conn())
        .await?;
    if recent >= rules::SUBMISSIONS_PER_HOUR {
        return Err(Error::RateLimited { retry_after: 3600 });
    }
    Ok(person)
}

/// Whom a member of staff enters something for, within a transaction; the caller was permitted.
pub(crate) async fn beneficiary_in_tx(tx: &Tx<'_>, who: &Beneficiary) -> Result<PersonId> {
    match who {
        Beneficiary::Known(id) => {
            person::Entity::find_by_id(*id)
                .filter(person::Column::MergedInto.is_null())
                .lock(LockType::NoKeyUpdate)
                .one(tx.conn())
                .await?
                .ok_or_else(|| unknown("beneficiary.personId"))?;
            Ok(*id)
        }
        Beneficiary::New { name, phone, contact_preference, language } => {
            new_person(tx, name, phone.as_deref(), (*contact_preference, *language)).await
        }
    }
}

/// The person of that name and phone whom staff entered before, or a new one.
async fn new_person(
    tx: &Tx<'_>,
    name: &str,
    phone: Option<&str>,
    (contact_preference, language): (ContactPreference, Locale),
) -> Result<PersonId> {
    text::check("beneficiary.name", name, text::LINE)?;
    let phone = phone.map(|p| text::phone("beneficiary.phone", p)).transpose()?;
    if phone.is_none()
        && matches!(contact_preference, ContactPreference::Sms | ContactPreference::Call)
    {
        return Err(Rejected::at(Code::Required, "beneficiary.phone").into());
    }
    if let Some(phone) = &phone {
        let known = person::Entity::find()
            .filter(person::Column::Phone.eq(phone))
            .filter(person::Column::Name.eq(name))
            .filter(person::Column::MergedInto.is_null())
            .one(tx.conn())
            .await?;
        if let Some(known) = known {
            return Ok(known.id);
        }
    }
    if contact_preference == ContactPreference::Inbox {
        // Somebody new has no account to read it with, so they would never be told.
        let path = "beneficiary.contactPreference";
        return Err(Rejected::at(Code::InboxNeedsAccount, path).into());
    }
    let id = PersonId(tx.new_id());
    let row = person::ActiveModel {
        id: Set(id),
        name: Set(Some(name.to_owned())),
        phone: Set(phone),
        phone_verified: Set(false),
        contact_preference: Set(contact_preference),
        language: Set(language.tag().to_owned()),
        merged_into: Set(None),
        created_at: Set(tx.now()),
        version: Set(1),
    };
    tx.insert_last(row);
    Ok(id)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one row")]
async fn build(
    tx: &Tx<'_>,
    input: Submission,
    current: &catalogue::queries::Current,
    id: RequestId,
    requester: PersonId,
    number: String,
    tracking_code: &str,
) -> Result<(service_request::Model, Clock)> {
    let clock = Clock::start(tx.now());
    let calendar = calendar::queries::limits(tx.app(), tx.conn(), input.community).await?;
    let mut row = service_request::Model {
        id,
        community_id: input.community,
        number,
        tracking_hash: Some(crypto::sha256(tracking_code.as_bytes())),
        matter_id: current.matter.id,
        matter_version_id: current.version.id,
        confidentiality: current.matter.confidentiality,
        requester_id: Some(requester),
        entered_by: tx
            .actor()
            .account()
            .filter(|_| input.beneficiary.is_some() || input.delegation.is_some()),
        intake_channel: input.channel,
        service_mode: input.mode,
        state: RequestState::Submitted,
        outcome: None,
        confirmation: None,
        confirmed_via: None,
        title: Some(input.title),
        description: input.description,
        address: input.address,
        lat: input.position.map(|(lat, _)| lat),
        long: input.position.map(|(_, long)| long),
        answers: Some(input.answers).filter(|a| !a.0.is_empty()),
        block_id: input.block,
        owner_id: None,
        merged_into: None,
        legacy_source: None,
        legacy_id: None,
        submitted_at: tx.now(),
        accepted_at: None,
        first_response_at: None,
        resolved_at: None,
        closed_at: None,
        response_due_at: None,
        due_at: None,
        original_due_at: None,
        legal_due_at: None,
        queue_at: tx.now(),
        wake_at: None,
        reopen_until: None,
        handled_work_s: None,
        clock: serde_json::to_value(&clock).map_err(Error::internal)?,
        calendar_version: 0,
        overdue: false,
        supplements: 0,
        stage_supplements: 0,
        transfers: 0,
        returns: 0,
        reopens: 0,
        closures: 0,
        appealed: false,
        extension_by: None,
        version: 1,
    };
    let limits = Limits::from(&current.version);
    let projection = clock.project(limits, &calendar);
    apply_projection(&mut row, &clock, limits, &projection, &calendar);
    Ok((row, clock))
}

/// The code that follows a request: derived from its id under the master key, so that a retry gets
/// the same one although only its hash is stored.
fn tracking_code(app: &App, id: RequestId) -> String {
    app.master.derive_code(&format!("tracking:{id}"))
}
