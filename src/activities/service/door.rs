//! Who came: parties by their codes, also from a list that was scanned offline; and who walked in.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use linli_entity::{
    activity_registration, activity_session, check_in,
    enums::{ActivityState, RegistrationState},
    ids::{ActivitySessionId, CheckInId, RegistrationId},
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};
use serde_json::json;

use super::{Locked, lock_session};
use crate::{
    activities::rules,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Rejected, Result, Target, Tx,
        crypto, idempotency::Replay,
    },
};

/// How a party is known at the door.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// By the code that it shows.
    Code(String),
    /// By its registration, found by staff.
    Registration(RegistrationId),
    /// By neither, or by both.
    Unclear,
}

/// A party that came.
#[derive(Clone, Debug)]
pub struct Scan {
    /// Who.
    pub who: Arrival,
    /// How many of the party; all if not given.
    pub people: Option<i32>,
    /// When; now if not given.
    pub at: Option<DateTime<Utc>>,
}

/// What became of a scan.
#[derive(Clone, Debug)]
pub struct CheckInDone {
    /// The check-in, new or from before.
    pub check_in: Option<check_in::Model>,
    /// Whether the party had been checked in before.
    pub before: bool,
    /// Why there is none.
    pub refused: Option<Rejected>,
}

/// Checks a party in; who is checked in already stays so.
pub async fn check_in(
    app: &App,
    actor: &Actor,
    session: ActivitySessionId,
    scan: Scan,
) -> Result<Committed<check_in::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (locked, session) = open(&tx, session).await?;
    let (mut done, events) = record(&tx, &locked, &session, vec![scan]).await?;
    let done = done.pop().ok_or_else(|| Error::internal("a scan without an outcome"))?;
    match (done.check_in, done.refused) {
        (Some(row), _) if done.before => tx.replayed(Replay(row.id.0), row).await,
        (Some(row), _) => tx.commit(events, row).await,
        (None, Some(refused)) => Err(refused.into()),
        (None, None) => Err(Error::internal("a scan without an outcome")),
    }
}

/// Checks in all who stand on a list that was scanned before; each by itself, in the order of the
/// list. What is refused does not hold up the others, and sending the list again changes nothing.
pub async fn check_in_upload(
    app: &App,
    actor: &Actor,
    session: ActivitySessionId,
    scans: Vec<Scan>,
) -> Result<Committed<Vec<CheckInDone>>> {
    actor.signed_in()?;
    if scans.is_empty() || scans.len() > rules::SCANS {
        return Err(Error::bad_input("input.scans", "1 to 200 scans"));
    }
    let tx = app.begin(actor).await?;
    let (locked, session) = open(&tx, session).await?;
    let (done, events) = record(&tx, &locked, &session, scans).await?;
    if events.is_empty() {
        return tx.replayed(Replay(session.id.0), done).await;
    }
    tx.commit(events, done).await
}

async fn open(tx: &Tx<'_>, id: ActivitySessionId) -> Result<(Locked, activity_session::Model)> {
    let (locked, session) = lock_session(tx, id).await?;
    tx.authorize(Action::ActivityDoor, &Target::community(session.community_id))?;
    rules::check_state(locked.row.state, &[ActivityState::Published, ActivityState::Held])?;
    Ok((locked, session))
}

async fn record(
    tx: &Tx<'_>,
    locked: &Locked,
    session: &activity_session::Model,
    scans: Vec<Scan>,
) -> Result<(Vec<CheckInDone>, Vec<Event>)> {
    let parties = parties(tx, locked, &scans).await?;
    let ids = parties.iter().map(|p| p.id);
    let mut known: HashMap<RegistrationId, check_in::Model> = check_in::Entity::find()
        .filter(check_in::Column::SessionId.eq(session.id))
        .filter(check_in::Column::RegistrationId.is_in(ids))
        .all(tx.conn())
        .await?
        .into_iter()
        .map(|row| (row.registration_id, row))
        .collect();
    let (mut done, mut events) = (Vec::new(), Vec::new());
    for scan in scans {
        let party = parties.iter().find(|p| match &scan.who {
            Arrival::Code(code) => p.code == crypto::normalise_code(code),
            Arrival::Registration(id) => p.id == *id,
            Arrival::Unclear => false,
        });
        if let Some(before) = party.and_then(|p| known.get(&p.id)) {
            let check_in = Some(before.clone());
            done.push(CheckInDone { check_in, before: true, refused: None });
            continue;
        }
        match one(tx, session, party, &scan) {
            Ok(row) => {
                tx.insert_last(check_in::ActiveModel::from(row.clone()));
                events.push(event(tx, &row)?);
                known.insert(row.registration_id, row.clone());
                done.push(CheckInDone { check_in: Some(row), before: false, refused: None });
            }
            Err(Error::Rejected(refused)) => {
                let refused = Some(refused);
                done.push(CheckInDone { check_in: None, before: false, refused });
            }
            Err(other) => return Err(other),
        }
    }
    Ok((done, events))
}

/// The parties of the activity that the scans name, whatever their state.
async fn parties(
    tx: &Tx<'_>,
    locked: &Locked,
    scans: &[Scan],
) -> Result<Vec<activity_registration::Model>> {
    use activity_registration::Column as C;
    let (mut codes, mut ids) = (Vec::new(), Vec::new());
    for scan in scans {
        match &scan.who {
            // Longer than any code, and not worth asking for.
            Arrival::Code(code) if code.len() > 64 => {}
            Arrival::Code(code) => codes.push(crypto::normalise_code(code)),
            Arrival::Registration(id) => ids.push(*id),
            Arrival::Unclear => return Err(Rejected::at(Code::Required, "code").into()),
        }
    }
    codes.retain(|code| !code.contains('\0'));
    Ok(activity_registration::Entity::find()
        .filter(C::ActivityId.eq(locked.row.id))
        .filter(C::Code.is_in(codes).or(C::Id.is_in(ids)))
        .all(tx.conn())
        .await?)
}

fn one(
    tx: &Tx<'_>,
    session: &activity_session::Model,
    party: Option<&activity_registration::Model>,
    scan: &Scan,
) -> Result<check_in::Model> {
    let party = party.filter(|p| p.state == RegistrationState::Registered);
    let party = party.ok_or_else(|| Rejected::at(Code::NotRegistered, "code"))?;
    let scanned_at = scan.at.unwrap_or(tx.now());
    rules::check_scan(scanned_at, session.from_at, tx.now())?;
    let people = scan.people.unwrap_or(party.people);
    if !(1..=party.people).contains(&people) {
        let wanted = format!("1 to {}", party.people);
        return Err(Rejected::at(Code::InvalidValue, "people").with("wanted", wanted).into());
    }
    Ok(check_in::Model {
        id: CheckInId(tx.new_id()),
        community_id: session.community_id,
        activity_id: session.activity_id,
        session_id: session.id,
        registration_id: party.id,
        people,
        scanned_at,
        received_at: tx.now(),
        recorded_by: tx.actor().account(),
    })
}

fn event(tx: &Tx<'_>, row: &check_in::Model) -> Result<Event> {
    let permit = tx.authorize(Action::ActivityDoor, &Target::community(row.community_id))?;
    let data = json!({ "session": row.session_id.to_string(), "scannedAt": row.scanned_at });
    Ok(Event::new(permit, "ACTIVITY_CHECKED_IN", "activity_registration", row.registration_id)
        .community(row.community_id)
        .data(data)
        .row_held())
}

/// Counts people who came to a session without a registration; a negative number takes back what was
/// counted too much.
pub async fn walk_ins_add(
    app: &App,
    actor: &Actor,
    session: ActivitySessionId,
    people: i32,
    once: Option<Once>,
) -> Result<Committed<activity_session::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (_, before) = open(&tx, session).await?;
    let permit = tx.authorize(Action::ActivityDoor, &Target::community(before.community_id))?;
    if let Some(replay) = tx.once("activityWalkInsAdd", once.as_ref(), session.0).await? {
        return tx.replayed(replay, before).await;
    }
    let from = before.from_at - rules::DOORS_OPEN;
    if tx.now() < from {
        return Err(Rejected::new(Code::TooEarly).with("from", from).into());
    }
    let mut row = before.clone();
    row.walk_ins = before.walk_ins.saturating_add(people);
    if people == 0 || !(0..=100_000).contains(&row.walk_ins) {
        let wanted = "a number that leaves 0 to 100000";
        return Err(Rejected::at(Code::InvalidValue, "people").with("wanted", wanted).into());
    }
    tx.update_last(&before, &row);
    let event = Event::new(permit, "ACTIVITY_WALK_INS_COUNTED", "activity_session", session)
        .community(row.community_id)
        .data(json!({ "people": people, "walkIns": row.walk_ins }));
    tx.commit(vec![event], row).await
}
