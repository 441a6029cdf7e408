//! Parties: all of a party or none, first in first out.

use linli_entity::{
    activity, activity_feedback, activity_registration, activity_seats, check_in,
    enums::{ActivityState, AgeBand, RegistrationEnd, RegistrationState},
    ids::{ActivityId, FeedbackId, PersonId, RegistrationId},
    registration_member,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::json;

use super::{Locked, lock};
use crate::{
    activities::rules,
    identity,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Target,
        Tx, crypto, each_due, policy, text,
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
    let id = RegistrationId(tx.new_id());
    if let Some(replay) = tx.once("activityRegister", input.once.as_ref(), id.0).await? {
        let id = RegistrationId(replay.0);
        let row = activity_registration::Entity::find_by_id(id).one(tx.conn()).await?;
        return tx.replayed(replay, row.ok_or(Error::NotFound)?).await;
    }
    let locked = lock(&tx, input.activity).await?;
    let permit = may_register(&tx, &locked, &input)?;
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
    let person = match &input.beneficiary {
        None => actor.signed_in()?.person,
        Some(who) => beneficiary_in_tx(&tx, who).await?,
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
        registered_by: input.beneficiary.is_some().then(|| actor.account()).flatten(),
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
        .row_held();
    tx.commit(vec![event], row).await
}

fn may_register(tx: &Tx<'_>, locked: &Locked, input: &NewRegistration) -> Result<Permit> {
    match input.beneficiary {
        None => tx.authorize(Action::ActivityRegister, &Target::NONE),
        Some(_) => {
            let target = Target::community(locked.row.community_id);
            tx.authorize(Action::ActivityRegisterFor, &target)
        }
    }
}

fn take(seats: &mut activity_seats::Model, people: i32) {
    seats.taken += people;
    seats.peak = Ord::max(seats.peak, seats.taken);
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

/// The first parties in line.
async fn line(
    tx: &Tx<'_>,
    activity: ActivityId,
    most: u64,
) -> Result<Vec<activity_registration::Model>> {
    use activity_registration::Column as C;
    Ok(activity_registration::Entity::find()
        .filter(C::ActivityId.eq(activity))
        .filter(C::State.eq(RegistrationState::Waiting))
        .order_by_asc(C::Seq)
        .limit(most)
        .all(tx.conn())
        .await?)
}

/// Gives seats that are free to the line, in the transaction that made them free: at once, or where the
/// activity wants it as an offer that holds them for a time. The caller holds the activity, and writes
/// `seats`; `by` is what it was permitted.
pub(super) async fn promote(
    tx: &Tx<'_>,
    row: &activity::Model,
    seats: &mut activity_seats::Model,
    by: &(Action, Target),
) -> Result<Vec<Event>> {
    let free = seats.capacity - seats.taken;
    if free <= 0 || !rules::promotes(row, tx.now()) {
        return Ok(Vec::new());
    }
    // Every party has somebody: more than `free` of them never fit.
    let waiting = line(tx, row.id, u64::try_from(free).unwrap_or(0)).await?;
    let sizes: Vec<i32> = waiting.iter().map(|w| w.people).collect();
    let mut events = Vec::new();
    for before in &waiting[..rules::promoted(free, &sizes)] {
        let mut after = before.clone();
        after.offered_until = rules::offered_until(row, tx.now());
        let (state, kind) = match after.offered_until {
            None => (RegistrationState::Registered, "ACTIVITY_PROMOTED"),
            Some(_) => (RegistrationState::Offered, "ACTIVITY_OFFERED"),
        };
        after.state = state;
        after.promoted_at = Some(tx.now());
        after.version += 1;
        take(seats, after.people);
        tx.update_last(before, &after);
        let permit = tx.authorize(by.0, &by.1)?;
        let event = Event::new(permit, kind, "activity_registration", after.id)
            .community(row.community_id)
            .beneficiary(Some(after.person_id))
            .data(json!({
                "activity": row.id.to_string(),
                "state": after.state,
                "notAfter": after.offered_until,
            }))
            .row_held();
        events.push(event);
    }
    Ok(events)
}

/// A registration with its activity locked, for somebody who may see it.
async fn open(
    tx: &Tx<'_>,
    id: RegistrationId,
) -> Result<(Locked, activity_registration::Model, Target)> {
    let find = || activity_registration::Entity::find_by_id(id);
    let found = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let locked = lock(tx, found.activity_id).await?;
    let row = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let holder = identity::queries::holder(tx.conn(), row.person_id).await?;
    let target = Target { requester: Some(holder), ..Target::community(row.community_id) };
    if !policy::allowed(tx.actor(), Action::ActivityRegistrationRead, &target) {
        return Err(Error::NotFound);
    }
    Ok((locked, row, target))
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
    let (locked, before, target) = open(&tx, id).await?;
    let by = (Action::ActivityRegistrationKeep, target);
    let permit = tx.authorize(by.0, &by.1)?;
    check_version(&before, expected_version)?;
    if before.state == RegistrationState::Cancelled {
        return Err(wrong_state(&before));
    }
    if tx.now() >= locked.row.starts_at {
        return Err(Rejected::new(Code::WindowClosed).into());
    }
    let came = check_in::Entity::find().filter(check_in::Column::RegistrationId.eq(id));
    if came.count(tx.conn()).await? > 0 {
        // The doors open before it begins.
        return Err(Rejected::new(Code::IllegalTransition).with("state", "CHECKED_IN").into());
    }
    let own = actor.person().is_some() && actor.person() == target.requester;
    let by_whom = if own { RegistrationEnd::Party } else { RegistrationEnd::Staff };
    let (row, promoted) = end(&tx, locked, &before, by_whom, &by).await?;
    let event = Event::new(permit, "ACTIVITY_REGISTRATION_CANCELLED", "activity_registration", id)
        .community(row.community_id)
        .beneficiary(target.requester.filter(|_| !own))
        .data(json!({ "activity": row.activity_id.to_string(), "by": row.ended_by }))
        .row_held();
    let events = std::iter::once(event).chain(promoted).collect();
    tx.commit(events, row).await
}

fn check_version(row: &activity_registration::Model, expected_version: i32) -> Result<()> {
    if row.version == expected_version {
        return Ok(());
    }
    Err(Rejected::new(Code::StaleVersion).with("currentVersion", row.version).into())
}

fn wrong_state(row: &activity_registration::Model) -> Error {
    Rejected::new(Code::IllegalTransition).with("state", row.state.code()).into()
}

/// Ends a registration and gives its seats to the line.
async fn end(
    tx: &Tx<'_>,
    locked: Locked,
    before: &activity_registration::Model,
    by_whom: RegistrationEnd,
    by: &(Action, Target),
) -> Result<(activity_registration::Model, Vec<Event>)> {
    let row = activity_registration::Model {
        state: RegistrationState::Cancelled,
        offered_until: None,
        ended_by: Some(by_whom),
        ended_at: Some(tx.now()),
        version: before.version + 1,
        ..before.clone()
    };
    let mut seats = locked.seats.clone();
    if rules::holds_seats(before.state) {
        seats.taken -= before.people;
    }
    // At once, so that it no longer stands in the line that is read now.
    activity_registration::Entity::update(
        activity_registration::ActiveModel::from(row.clone()).reset_all(),
    )
    .exec(tx.conn())
    .await?;
    let promoted = promote(tx, &locked.row, &mut seats, by).await?;
    tx.update_last(&locked.seats, &seats);
    Ok((row, promoted))
}

/// Accepts seats that are offered, before the offer is over.
pub async fn offer_accept(
    app: &App,
    actor: &Actor,
    id: RegistrationId,
    expected_version: i32,
) -> Result<Committed<activity_registration::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (_, before, target) = open(&tx, id).await?;
    let permit = tx.authorize(Action::ActivityRegistrationKeep, &target)?;
    check_version(&before, expected_version)?;
    let Some(until) = before.offered_until else { return Err(wrong_state(&before)) };
    if tx.now() >= until {
        return Err(Rejected::new(Code::WindowClosed).into());
    }
    let row = activity_registration::Model {
        state: RegistrationState::Registered,
        offered_until: None,
        version: before.version + 1,
        ..before.clone()
    };
    tx.update_last(&before, &row);
    let event = Event::new(permit, "ACTIVITY_OFFER_ACCEPTED", "activity_registration", id)
        .community(row.community_id)
        .beneficiary(target.requester.filter(|p| actor.person() != Some(*p)))
        .data(json!({ "activity": row.activity_id.to_string(), "state": row.state }))
        .row_held();
    tx.commit(vec![event], row).await
}

/// Ends the offers that nobody accepted in time, and offers their seats to the next in line. Returns how
/// many ended.
pub async fn expire_offers(app: &App, limit: u64) -> Result<usize> {
    use activity_registration::Column as C;
    let over: Vec<RegistrationId> = activity_registration::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::State.eq(RegistrationState::Offered))
        .filter(C::OfferedUntil.lte(app.clock.now()))
        .order_by_asc(C::OfferedUntil)
        .limit(limit)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("expire offer", over, |id| expire_offer(app, id)).await)
}

async fn expire_offer(app: &App, id: RegistrationId) -> Result<bool> {
    let actor = Actor::System("activities");
    let tx = app.begin(&actor).await?;
    let find = || activity_registration::Entity::find_by_id(id);
    let found = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let locked = lock(&tx, found.activity_id).await?;
    let before = find().one(tx.conn()).await?.ok_or(Error::NotFound)?;
    if before.offered_until.is_none_or(|until| tx.now() < until) {
        return Ok(false);
    }
    let by = (Action::ActivityTend, Target::NONE);
    let permit = tx.authorize(by.0, &by.1)?;
    let (row, promoted) = end(&tx, locked, &before, RegistrationEnd::Timeout, &by).await?;
    let event = Event::new(permit, "ACTIVITY_OFFER_EXPIRED", "activity_registration", id)
        .community(row.community_id)
        .beneficiary(Some(row.person_id))
        .data(json!({ "activity": row.activity_id.to_string(), "by": row.ended_by }))
        .row_held();
    tx.commit(std::iter::once(event).chain(promoted).collect(), ()).await?;
    Ok(true)
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
    let (locked, registration, target) = open(&tx, id).await?;
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
