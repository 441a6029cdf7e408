//! Becoming a volunteer, being one, and being one no more.

use linli_entity::{
    enums::{Skill, VolunteerRefusal, VolunteerState},
    ids::{PlaceId, VolunteerId},
    json::{Availability, FreePart, Skills},
    volunteer,
};
use serde_json::json;

use super::{check_version, lock, other, sign_ups, teams};
use crate::{
    communities, identity,
    kernel::{Action, Actor, App, Committed, Event, Once, Permit, Result, Target, Tx},
    volunteers::{
        queries,
        rules::{self, Step},
    },
};

/// An application.
#[derive(Clone, Debug)]
pub struct NewVolunteer {
    /// The community.
    pub community: PlaceId,
    /// What they can do.
    pub skills: Vec<Skill>,
    /// When they have time.
    pub availability: Vec<FreePart>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// What a community decides about an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They are a volunteer from now on.
    Accept,
    /// They are not, for this reason, where one is given.
    Refuse(Option<VolunteerRefusal>),
}

/// What a volunteer changes of themselves; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// What they can do.
    pub skills: Option<Vec<Skill>>,
    /// When they have time.
    pub availability: Option<Vec<FreePart>>,
    /// Whether they are asked no more for a while.
    pub paused: Option<bool>,
}

fn event(tx: &Tx<'_>, permit: Permit, kind: &'static str, row: &volunteer::Model) -> Event {
    Event::new(permit, kind, "volunteer", row.id)
        .community(row.community_id)
        .beneficiary(other(tx, row.person_id))
        .data(json!({ "state": row.state, "version": row.version }))
        .row_held()
}

/// Asks to be a volunteer of a community; it decides.
pub async fn apply(
    app: &App,
    actor: &Actor,
    input: NewVolunteer,
) -> Result<Committed<volunteer::Model>> {
    let person = actor.signed_in()?.person;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::VolunteerApply, &Target::NONE)?;
    let id = VolunteerId(tx.new_id());
    if let Some(replay) = tx.once("volunteerApply", input.once.as_ref(), id.0).await? {
        let row = queries::visible(tx.conn(), actor, VolunteerId(replay.0)).await?;
        return tx.replayed(replay, row).await;
    }
    let community = communities::queries::active_community(&tx, input.community).await?;
    let row = volunteer::Model {
        id,
        community_id: community.id,
        person_id: person,
        state: VolunteerState::Applied,
        refused_because: None,
        skills: Skills(rules::skills(&input.skills)),
        availability: Availability(rules::availability("availability", input.availability)?),
        created_at: tx.now(),
        accepted_at: None,
        changed_at: tx.now(),
        version: 1,
    };
    tx.insert_last(volunteer::ActiveModel::from(row.clone()));
    let event = event(&tx, permit, "VOLUNTEER_APPLIED", &row);
    tx.commit(vec![event], row).await
}

/// The row after a change.
fn changed(tx: &Tx<'_>, before: &volunteer::Model) -> volunteer::Model {
    volunteer::Model { changed_at: tx.now(), version: before.version + 1, ..before.clone() }
}

/// Accepts or refuses an application.
pub async fn decide(
    app: &App,
    actor: &Actor,
    id: VolunteerId,
    expected_version: i32,
    decision: Decision,
) -> Result<Committed<volunteer::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let before = lock(&tx, id).await?;
    let permit = tx.authorize(Action::VolunteerManage, &queries::target(&before))?;
    check_version(before.version, expected_version)?;
    rules::check_step(Step::Decide, before.state)?;
    let mut row = changed(&tx, &before);
    match decision {
        Decision::Accept => {
            row.state = VolunteerState::Active;
            row.accepted_at = Some(tx.now());
        }
        Decision::Refuse(reason) => {
            row.state = VolunteerState::Refused;
            row.refused_because = reason;
        }
    }
    tx.update_last(&before, &row);
    identity::service::roles_changed_in_tx(&tx);
    let kind = match decision {
        Decision::Accept => "VOLUNTEER_ACCEPTED",
        Decision::Refuse(_) => "VOLUNTEER_REFUSED",
    };
    let event = event(&tx, permit, kind, &row);
    tx.commit(vec![event], row).await
}

/// Changes one's own skills and availability, pauses and goes on.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: VolunteerId,
    expected_version: i32,
    input: ProfileChange,
) -> Result<Committed<volunteer::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let before = lock(&tx, id).await?;
    let permit = tx.authorize(Action::VolunteerOwn, &queries::target(&before))?;
    check_version(before.version, expected_version)?;
    rules::check_step(Step::Change, before.state)?;
    let mut row = changed(&tx, &before);
    if let Some(skills) = input.skills {
        row.skills = Skills(rules::skills(&skills));
    }
    if let Some(parts) = input.availability {
        row.availability = Availability(rules::availability("availability", parts)?);
    }
    match (input.paused, before.state) {
        (None, _)
        | (Some(true), VolunteerState::Paused)
        | (Some(false), VolunteerState::Active) => {}
        (Some(true), state) => {
            rules::check_step(Step::Pause, state)?;
            row.state = VolunteerState::Paused;
        }
        (Some(false), state) => {
            rules::check_step(Step::Resume, state)?;
            row.state = VolunteerState::Active;
        }
    }
    tx.update_last(&before, &row);
    if row.state != before.state {
        identity::service::roles_changed_in_tx(&tx);
    }
    let event = event(&tx, permit, "VOLUNTEER_CHANGED", &row);
    tx.commit(vec![event], row).await
}

/// Stops being a volunteer: leaves teams and shifts to come. What was done stays counted.
pub async fn leave(
    app: &App,
    actor: &Actor,
    id: VolunteerId,
    expected_version: i32,
) -> Result<Committed<volunteer::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let before = lock(&tx, id).await?;
    let target = queries::target(&before);
    let permit = tx.authorize(Action::VolunteerOwn, &target)?;
    check_version(before.version, expected_version)?;
    rules::check_step(Step::Leave, before.state)?;
    let mut events = teams::leave_all(&tx, id).await?;
    events.extend(sign_ups::sign_off_all(&tx, id, &target).await?);
    let row = volunteer::Model { state: VolunteerState::Left, ..changed(&tx, &before) };
    tx.update_last(&before, &row);
    identity::service::roles_changed_in_tx(&tx);
    events.push(event(&tx, permit, "VOLUNTEER_LEFT", &row));
    tx.commit(events, row).await
}
