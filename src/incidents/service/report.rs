//! Reporting: by residents, by staff and leads for somebody, by visitors who hold a phone.

use chrono::NaiveDate;
use linli_entity::{
    enums::{
        ContactPreference, Danger, IncidentKind, IncidentLevel, IncidentState, PlaceKind, Role,
        VerificationPurpose,
    },
    ids::{IncidentId, IncidentReportId, PersonId, PlaceId},
    incident, incident_limit, incident_report,
    json::Localised,
    place,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::{calendar_of, event};
use crate::{
    blocks::{self, rules::Point},
    communities,
    identity::{
        rules as identity_rules,
        service::{Verdict, check_in_tx, start_in_tx},
    },
    incidents::rules::{self, Ladder},
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Locale, Once, Permit, Rejected, Result,
        Target, Tx, policy, text,
    },
    requests::service::{Beneficiary, beneficiary_in_tx},
};

/// Somebody without an account who holds a phone.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Name.
    pub name: String,
    /// Phone, as typed.
    pub phone: String,
    /// The code that was sent to it.
    pub code: String,
    /// Language of what is sent.
    pub language: Locale,
}

/// A report.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// The community.
    pub community: PlaceId,
    /// What it is about.
    pub kind: IncidentKind,
    /// Whether somebody is in danger.
    pub danger: Danger,
    /// Where, in words.
    pub place: String,
    /// Where on the map.
    pub point: Option<Point>,
    /// The block, if it is known.
    pub block: Option<PlaceId>,
    /// What was seen.
    pub words: String,
    /// Whether the public may not know who reported it.
    pub anonymous: bool,
    /// Whether agencies may know how to reach who reported it.
    pub may_contact: bool,
    /// For whom staff or a lead enter it.
    pub beneficiary: Option<Beneficiary>,
    /// Who reports it without an account.
    pub visitor: Option<Visitor>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// What came of a report.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The incident.
    pub row: incident::Model,
    /// With this code and the number it is looked up without an account.
    pub tracking_code: String,
}

/// Sends a code to the phone of a visitor who wants to report something.
pub async fn report_code_send(
    app: &App,
    actor: &Actor,
    address: &str,
    (phone, language): (&str, Locale),
) -> Result<Committed<()>> {
    let phone = text::phone("phone", phone)?;
    app.throttle(&format!("code-address:{address}"), identity_rules::CODES_PER_ADDRESS).await?;
    app.throttle(&format!("code:{phone}"), identity_rules::CODES_PER_PHONE).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    let purpose = VerificationPurpose::Report;
    let event = start_in_tx(&tx, permit, (&phone, language), purpose, None, true).await?;
    tx.commit(vec![event], ()).await
}

/// Reports an incident. It is recorded whatever it is; who reports that somebody is in danger is told whom to
/// call.
pub async fn report(
    app: &App,
    actor: &Actor,
    address: &str,
    mut input: NewReport,
) -> Result<Committed<Reported>> {
    text::check("place", &input.place, text::LINE)?;
    text::check("words", &input.words, text::BODY)?;
    let phone = match &input.visitor {
        None => {
            actor.signed_in()?;
            None
        }
        Some(visitor) => Some(visitors_phone(app, address, visitor).await?),
    };
    // Visitors have no account that would tell their keys apart.
    let held = phone.as_ref().map(|phone| app.master.derive_code(&format!("once:{phone}")));
    input.once = input.once.map(|once| once.held_by(held.as_deref()));
    input.block = block(app.db.reader(), &input).await?;
    may(actor, &input)?;
    let number = number(app, input.community).await?;
    let tx = app.begin(actor).await?;
    // Who reads the id of what is near does not read from it when it was reported.
    let (id, report) = (IncidentId(app.ids.hidden()), IncidentReportId(tx.new_id()));
    let tracking_code = tracking_code(app, id);
    if let Some(replay) = tx.once("incidentReport", input.once.as_ref(), id.0).await? {
        let id = IncidentId(replay.0);
        let row = incident::Entity::find_by_id(id).one(tx.conn()).await?.ok_or(Error::NotFound)?;
        let tracking_code = self::tracking_code(app, id);
        return tx.replayed(replay, Reported { row, tracking_code }).await;
    }
    let permit = may(actor, &input)?;
    if let (Some(phone), Some(visitor)) = (phone, &input.visitor) {
        let purpose = VerificationPurpose::Report;
        if let Verdict::Wrong(row) = check_in_tx(&tx, &phone, purpose, None, &visitor.code).await? {
            let wrong = Error::from(Rejected::at(Code::WrongCode, "visitor.code"));
            let Some(row) = row else { return Err(wrong) };
            // Nothing was done under this key.
            tx.not_once("incidentReport", input.once.as_ref()).await?;
            let failed = Event::new(permit, "VERIFICATION_FAILED", "verification", row);
            return Err(tx.reject_and_commit(failed, wrong).await);
        }
    }
    let person = by(&tx, &input).await?;
    let row = received(&tx, &input, id, number).await?;
    let said = said(&tx, &input, (id, report), person);
    // In this order: a report is of an incident that is there.
    incident::Entity::insert(incident::ActiveModel::from(row.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    tx.insert_last(incident_report::ActiveModel::from(said));
    let other = (actor.person() != Some(person)).then_some(person);
    let facts = json!({ "kind": row.kind, "danger": row.danger, "level": row.level,
        "block": row.block_id.map(|b| b.to_string()), "state": row.state });
    let event = event(permit, "INCIDENT_REPORTED", &row).beneficiary(other).data(facts);
    tx.commit(vec![event], Reported { row, tracking_code }).await
}

async fn visitors_phone(app: &App, address: &str, visitor: &Visitor) -> Result<String> {
    let phone = text::phone("visitor.phone", &visitor.phone)?;
    text::check("visitor.name", &visitor.name, text::LINE)?;
    app.throttle(&format!("code-address:{address}"), identity_rules::CODES_PER_ADDRESS).await?;
    app.throttle(&format!("code-try:{phone}"), identity_rules::CODE_TRIES_PER_PHONE).await?;
    Ok(phone)
}

/// Whether the actor may report this way.
fn may(actor: &Actor, input: &NewReport) -> Result<Permit> {
    let target = Target { place: input.block, ..Target::community(input.community) };
    if input.beneficiary.is_some() {
        if !policy::allowed(actor, Action::IncidentReportFor, &target) {
            return Err(Error::Forbidden);
        }
        return policy::authorize(actor, Action::IncidentReportFor, &target);
    }
    policy::authorize(actor, Action::IncidentReport, &target)
}

/// Who reports it.
async fn by(tx: &Tx<'_>, input: &NewReport) -> Result<PersonId> {
    let new;
    let who = match (&input.beneficiary, &input.visitor) {
        (Some(who), _) => who,
        (None, Some(visitor)) => {
            new = Beneficiary::New {
                name: visitor.name.clone(),
                phone: Some(visitor.phone.clone()),
                contact_preference: ContactPreference::Sms,
                language: visitor.language,
            };
            &new
        }
        (None, None) => {
            let person = tx.actor().signed_in()?.person;
            let recent = incident_report::Entity::find()
                .filter(incident_report::Column::PersonId.eq(person))
                .filter(incident_report::Column::Follows.eq(false))
                // What was carried over to another one is not reported anew.
                .filter(incident_report::Column::FromId.is_null())
                .filter(incident_report::Column::ReportedAt.gt(tx.now() - rules::REPORTS.window))
                .count(tx.conn())
                .await?;
            let most = u64::from(rules::REPORTS.hits.unsigned_abs());
            // What puts somebody in danger is recorded, also from who has reported a lot.
            let most = if input.danger == Danger::None { most } else { 3 * most };
            if recent >= most {
                return Err(Error::RateLimited { retry_after: 3600 });
            }
            return Ok(person);
        }
    };
    beneficiary_in_tx(tx, who).await
}

/// The number of an incident, before its transaction: numbers may have gaps, reports may not wait.
async fn number(app: &App, community: PlaceId) -> Result<String> {
    let unknown = || Error::from(Rejected::at(Code::UnknownReference, "communityId"));
    let place = match communities::queries::place(app, app.db.reader(), community).await {
        Err(Error::NotFound) => return Err(unknown()),
        found => found?,
    };
    if place.community_id != Some(place.id) || !place.active {
        return Err(unknown());
    }
    let day: NaiveDate = app.day(app.clock.now());
    let year = chrono::Datelike::year(&day);
    let serial = app.next_number(community, year).await?;
    Ok(format!("{}-I{year}-{serial:06}", place.code))
}

/// The block that was named, or the one in which the place is. Who enters a report for somebody may do so as who
/// answers for it.
async fn block(conn: &impl ConnectionTrait, input: &NewReport) -> Result<Option<PlaceId>> {
    match input.block {
        Some(id) => Ok(Some(named_block(conn, input.community, id).await?)),
        None => {
            let (place, community) = (Some(input.place.as_str()), input.community);
            blocks::queries::find(conn, community, input.point, place).await
        }
    }
}

/// A block of a community that is in use.
pub(super) async fn named_block(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    id: PlaceId,
) -> Result<PlaceId> {
    let found = place::Entity::find_by_id(id)
        .filter(place::Column::Kind.eq(PlaceKind::Block))
        .filter(place::Column::CommunityId.eq(community))
        .filter(place::Column::Active.eq(true))
        .count(conn)
        .await?;
    if found == 1 { Ok(id) } else { Err(Rejected::at(Code::UnknownReference, "blockId").into()) }
}

/// The limits of a kind in a community.
pub(super) async fn ladder(tx: &Tx<'_>, row: (PlaceId, IncidentKind)) -> Result<Ladder> {
    let found = incident_limit::Entity::find()
        .filter(incident_limit::Column::CommunityId.eq(row.0))
        .filter(incident_limit::Column::Kind.eq(row.1))
        .one(tx.conn())
        .await?;
    Ok(found.as_ref().map_or_else(|| Ladder::standard(row.1), Ladder::from))
}

async fn received(
    tx: &Tx<'_>,
    input: &NewReport,
    id: IncidentId,
    number: String,
) -> Result<incident::Model> {
    let ladder = ladder(tx, (input.community, input.kind)).await?;
    let calendar = calendar_of(tx, input.community).await?;
    let mut row = incident::Model {
        id,
        community_id: input.community,
        number,
        block_id: input.block,
        kind: input.kind,
        danger: input.danger,
        place: Some(input.place.clone()),
        lon_e6: input.point.map(|p| p.lon_e6),
        lat_e6: input.point.map(|p| p.lat_e6),
        state: IncidentState::Received,
        level: ladder.starts_at,
        first_level: ladder.starts_at,
        handler_id: None,
        received_at: tx.now(),
        due_at: None,
        responded_at: None,
        escalated_at: None,
        joint_at: None,
        resolved_at: None,
        answered_at: None,
        closed_at: None,
        first_closed_at: None,
        reopened: 0,
        reopen_reason: None,
        escalation: None,
        outcome: None,
        answer: None,
        card: Localised::default(),
        published_at: None,
        merged_into: None,
        version: 1,
    };
    row.level = first_level(tx, &row, &ladder).await?;
    row.first_level = row.level;
    row.due_at = ladder.respond_by((row.level, row.danger), tx.now(), &calendar);
    Ok(row)
}

/// The level at which an incident begins: where nobody answers for the block, the general lead does.
pub(super) async fn first_level(
    tx: &Tx<'_>,
    row: &incident::Model,
    ladder: &Ladder,
) -> Result<IncidentLevel> {
    let Some(block) = row.block_id else { return Ok(IncidentLevel::General) };
    let roles = [Role::BlockLead, Role::DeputyBlockLead];
    let answered_for =
        blocks::queries::office_holders(tx.conn(), &roles, &[block], tx.now()).await?;
    Ok(if answered_for.is_empty() {
        IncidentLevel::General
    } else {
        rules::first_level(row.danger, ladder)
    })
}

fn said(
    tx: &Tx<'_>,
    input: &NewReport,
    (incident, id): (IncidentId, IncidentReportId),
    person: PersonId,
) -> incident_report::Model {
    incident_report::Model {
        id,
        community_id: input.community,
        incident_id: incident,
        person_id: person,
        entered_by: input.beneficiary.as_ref().and_then(|_| tx.actor().account()),
        words: Some(input.words.clone()),
        follows: false,
        anonymous: input.anonymous,
        may_contact: input.may_contact,
        from_id: None,
        reported_at: tx.now(),
    }
}

pub(super) fn tracking_code(app: &App, id: IncidentId) -> String {
    app.master.derive_code(&format!("incident:{id}"))
}
