//! Parties: all of a party or none, first in first out.

use linli_entity::{
    activity_feedback, activity_registration, check_in,
    enums::{ActivityState, AgeBand, RegistrationEnd, RegistrationState},
    ids::{ActivityId, DelegationId, FeedbackId, PersonId, RegistrationId},
    registration_member,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::{
    Locked,
    line::{end, kept, line, open, take},
    lock,
};
use crate::{
    activities::rules,
    delegations::queries::{Covers, principal_in_tx},
    identity,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Target,
        Tx, crypto, text,
    },
    requests::service::{Beneficiary, beneficiary_in_tx},
};

/// Characters of the code that checks a party in: 50 random bits.
const CODE: usize = 10;

/// Somebody who comes with who registers.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// Name.
    pub name: String,
    /// Age band.
    pub age_band: AgeBand,
}

/// A party.
#[derive(Clone, Debug)]
pub struct NewRegistration {
    /// For what.
    pub activity: ActivityId,
    /// For whom, if not for oneself.
    pub beneficiary: Option<Beneficiary>,
    /// By which delegation, if for its principal.
    pub delegation: Option<DelegationId>,
    /// The age band of who registers; none if they do not come themselves.
    pub age_band: Option<AgeBand>,
    /// Who comes with them.
    pub members: Vec<NewMember>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// Registers a party: it gets its seats, or stands in line behind all others. Who finds others in
/// line stands behind them, even where there is room.
pub async fn register(
    app: &App,
    actor: &Actor,
    input: NewRegistration,
) -> Result<Committed<activity_registration::Model>> {
    actor.signed_in()?;
    for member in &input.members {
        text::check("members.name", &member.name, text::LINE)?;
    }
    let tx = app.begin(actor).await?;
    // First of all: who acts for somebody no more gets no answer to a retry either.
    let principal = match input.delegation {
        Some(delegation) => Some(principal_in_tx(&tx, delegation, Covers::Registrations).await?),
        None => None,
    };
    let id = RegistrationId(tx.new_id());
    if let Some(replay) = tx.once("activityRegister", input.once.as_ref(), id.0).await? {
        let id = RegistrationId(replay.0);
        let row = activity_registration::Entity::find_by_id(id).one(tx.conn()).await?;
        return tx.replayed(replay, row.ok_or(Error::NotFound)?).await;
    }
    let locked = lock(&tx, input.activity).await?;
    let permit = may_register(&tx, &locked, (&input, principal))?;
    if !rules::is_open(&locked.row, tx.now()) {
        return Err(Rejected::new(Code::RegistrationClosed).into());
    }
    let members = input.members.iter().map(|m| m.age_band);
    let bands: Vec<AgeBand> = input.age_band.into_iter().chain(members).collect();
    rules::check_party(&bands, (locked.row.min_age, locked.row.max_age))?;
    let people = i32::try_from(bands.len()).map_err(Error::internal)?;
    if people > locked.seats.capacity {
        let too_large = Rejected::at(Code::PartyTooLarge, "members");
        return Err(too_large.with("max", locked.seats.capacity).into());
    }
    let person = match (&input.beneficiary, principal) {
        (_, Some(principal)) => principal,
        (Some(who), None) => beneficiary_in_tx(&tx, who).await?,
        (None, None) => actor.signed_in()?.person,
    };
    not_registered(&tx, input.activity, person).await?;
    let waiting = line(&tx, input.activity, 1).await?;
    let mut seats = locked.seats.clone();
    let fits = waiting.is_empty() && seats.taken + people <= seats.capacity;
    let row = activity_registration::Model {
        id,
        community_id: locked.row.community_id,
        activity_id: input.activity,
        person_id: person,
        seq: seats.next_seq,
        people,
        age_band: input.age_band,
        state: if fits { RegistrationState::Registered } else { RegistrationState::Waiting },
        ended_by: None,
        code: crypto::code(&app.ids, CODE),
        registered_by: actor
            .account()
            .filter(|_| input.beneficiary.is_some() || input.delegation.is_some()),
        delegation_id: input.delegation,
        created_at: tx.now(),
        promoted_at: None,
        offered_until: None,
        ended_at: None,
        version: 1,
    };
    seats.next_seq += 1;
    if fits {
        take(&mut seats, people);
    }
    tx.update_last(&locked.seats, &seats);
    insert(&tx, &row, input.members);
    let event = Event::new(permit, "ACTIVITY_REGISTERED", "activity_registration", id)
        .community(row.community_id)
        .beneficiary((actor.person() != Some(person)).then_some(person))
        .data(json!({ "activity": row.activity_id.to_string(), "state": row.state }))
        .delegation(input.delegation)
        .row_held();
    tx.commit(vec![event], row).await
}

fn may_register(
    tx: &Tx<'_>,
    locked: &Locked,
    (input, principal): (&NewRegistration, Option<PersonId>),
) -> Result<Permit> {
    let community = Target::community(locked.row.community_id);
    match (principal, &input.beneficiary) {
        (Some(_), _) => {
            let delegation = input.delegation;
            let target = Target { requester: principal, delegation, ..community };
            tx.authorize(Action::ActivityRegisterAsDelegate, &target)
        }
        (None, Some(_)) => tx.authorize(Action::ActivityRegisterFor, &community),
        (None, None) => tx.authorize(Action::ActivityRegister, &Target::NONE),
    }
}

fn insert(tx: &Tx<'_>, row: &activity_registration::Model, members: Vec<NewMember>) {
    tx.insert_last(activity_registration::ActiveModel::from(row.clone()));
    for (position, member) in (1..).zip(members) {
        tx.insert_last(registration_member::ActiveModel::from(registration_member::Model {
            registration_id: row.id,
            position,
            name: Some(member.name),
            age_band: member.age_band,
        }));
    }
}

/// One registration for each person, also for one whose earlier records were linked. An index stands
/// behind it.
async fn not_registered(tx: &Tx<'_>, activity: ActivityId, person: PersonId) -> Result<()> {
    use activity_registration::Column as C;
    let known = activity_registration::Entity::find()
        .filter(C::ActivityId.eq(activity))
        .filter(C::State.ne(RegistrationState::Cancelled))
        .filter(identity::queries::theirs(C::PersonId, person))
        .count(tx.conn())
        .await?;
    if known > 0 {
        return Err(Rejected::new(Code::AlreadyRegistered).into());
    }
    Ok(())
}

/// Takes a registration back, before the activity begins. Its seats go to the line in the same
/// transaction, while registration is open.
pub async fn registration_cancel(
    app: &App,
    actor: &Actor,
    id: RegistrationId,
    expected_version: i32,
) -> Result<Committed<activity_registration::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (locked, before, by, permit) = kept(&tx, id, expected_version).await?;
    let came = check_in::Entity::find().filter(check_in::Column::RegistrationId.eq(id));
    let came = came.count(tx.conn()).await? > 0;
    rules::check_cancel(&before, &locked.row, came, tx.now())?;
    let holder = by.1.requester;
    let own = actor.person().is_some() && actor.person() == holder;
    let delegation = by.1.delegation;
    let of_party = own || delegation.is_some();
    let by_whom = if of_party { RegistrationEnd::Party } else { RegistrationEnd::Staff };
    let (row, promoted) = end(&tx, locked, &before, by_whom, &by).await?;
    let event = Event::new(permit, "ACTIVITY_REGISTRATION_CANCELLED", "activity_registration", id)
        .community(row.community_id)
        .beneficiary(holder.filter(|_| !own))
        .data(json!({ "activity": row.activity_id.to_string(), "by": row.ended_by }))
        .delegation(delegation)
        .row_held();
    let events = std::iter::once(event).chain(promoted).collect();
    tx.commit(events, row).await
}

/// What somebody thought of an activity.
#[derive(Clone, Debug)]
pub struct NewFeedback {
    /// 1 to 5.
    pub score: i32,
    /// In their words.
    pub text: Option<String>,
}

/// Says what one thought of an activity that is over and that one had seats in; once.
pub async fn feedback_give(
    app: &App,
    actor: &Actor,
    id: RegistrationId,
    input: NewFeedback,
) -> Result<Committed<activity_feedback::Model>> {
    text::check_optional("text", input.text.as_deref(), text::BODY)?;
    if !(1..=5).contains(&input.score) {
        return Err(Rejected::at(Code::InvalidValue, "score").with("wanted", "1 to 5").into());
    }
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (locked, registration, target) = open(&tx, id, Action::ActivityFeedbackGive).await?;
    let permit = tx.authorize(Action::ActivityFeedbackGive, &target)?;
    rules::check_state(locked.row.state, &[ActivityState::Published, ActivityState::Held])?;
    if registration.state != RegistrationState::Registered {
        return Err(Rejected::new(Code::NotRegistered).into());
    }
    if tx.now() < locked.row.ends_at {
        return Err(Rejected::new(Code::TooEarly).with("from", locked.row.ends_at).into());
    }
    let row = activity_feedback::Model {
        id: FeedbackId(tx.new_id()),
        community_id: registration.community_id,
        activity_id: registration.activity_id,
        registration_id: id,
        score: input.score,
        body: input.text,
        at: tx.now(),
    };
    tx.insert_last(activity_feedback::ActiveModel::from(row.clone()));
    let event = Event::new(permit, "ACTIVITY_FEEDBACK_GIVEN", "activity_registration", id)
        .community(row.community_id)
        .data(json!({ "activity": row.activity_id.to_string() }))
        .row_held();
    tx.commit(vec![event], row).await
}
