//! Writes of delegations: giving, answering, ending.

use chrono::{DateTime, Utc};
use linli_entity::{
    delegation, delegation_matter,
    enums::DelegationState,
    ids::{DelegationId, MatterId},
    person,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::{
    queries,
    rules::{self, Step},
};
use crate::{
    catalogue,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Target,
        Tx, each_due, text,
    },
};

/// A new delegation.
#[derive(Clone, Debug)]
pub struct NewDelegation {
    /// The phone of whoever is to act.
    pub delegate_phone: String,
    /// For requests of these matters.
    pub matters: Vec<MatterId>,
    /// For wishes.
    pub wishes: bool,
    /// For registrations.
    pub registrations: bool,
    /// From when; from now if not given.
    pub from: Option<DateTime<Utc>>,
    /// Until when.
    pub until: DateTime<Utc>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// Gives a delegation to whoever has an account with that phone, now or later, and accepts. It looks and
/// costs the same for every phone.
pub async fn give(
    app: &App,
    actor: &Actor,
    input: NewDelegation,
) -> Result<Committed<delegation::Model>> {
    let me = actor.signed_in()?.person;
    let phone = text::phone("delegatePhone", &input.delegate_phone)?;
    let matters = rules::coverage(input.matters, input.wishes, input.registrations)?;
    let known = catalogue::queries::currents_by_id(app, &matters).await?;
    if known.len() < matters.len() {
        return Err(Rejected::at(Code::UnknownReference, "matterIds").into());
    }
    let tx = app.begin(actor).await?;
    let id = DelegationId(tx.new_id());
    if let Some(replay) = tx.once("delegationGive", input.once.as_ref(), id.0).await? {
        let row = delegation::Entity::find_by_id(DelegationId(replay.0)).one(tx.conn()).await?;
        return tx.replayed(replay, row.ok_or(Error::NotFound)?).await;
    }
    let permit = tx.authorize(Action::DelegationGive, &Target::NONE)?;
    let (from_at, until_at) = rules::period(input.from, input.until, tx.now())?;
    // One after the other, so that the limit holds.
    let principal = person::Entity::find_by_id(me).lock_exclusive().one(tx.conn()).await?;
    if principal.ok_or(Error::NotFound)?.phone.as_ref() == Some(&phone) {
        let own = Rejected::at(Code::InvalidValue, "delegatePhone");
        return Err(own.with("wanted", "somebody else's phone").into());
    }
    if queries::open_of(&tx, me).await? >= rules::MOST_OPEN {
        return Err(Rejected::new(Code::TooManyDelegations).with("max", rules::MOST_OPEN).into());
    }
    // Only what is given counts. Everybody counts for the phone last: nobody else waits for that long.
    tx.throttle(&format!("delegate:{me}"), rules::GIVEN_BY_ONE).await?;
    tx.throttle(&format!("delegate:{me}:{phone}"), rules::GIVEN_TO_PHONE).await?;
    tx.throttle(&format!("delegate-to:{phone}"), rules::GIVEN_TO_PHONE_BY_ALL).await?;
    let row = delegation::Model {
        id,
        principal_id: me,
        delegate_phone: Some(phone),
        delegate_id: None,
        wishes: input.wishes,
        registrations: input.registrations,
        state: DelegationState::Given,
        from_at,
        until_at,
        created_at: tx.now(),
        answered_at: None,
        ended_at: None,
        version: 1,
    };
    tx.insert_last(delegation::ActiveModel::from(row.clone()));
    for matter_id in matters {
        let named = delegation_matter::Model { delegation_id: id, matter_id };
        tx.insert_last(delegation_matter::ActiveModel::from(named));
    }
    let event = event(&tx, permit, "DELEGATION_GIVEN", &row);
    tx.commit(vec![event], row).await
}

/// Accepts a delegation: from then on one acts by it, while it lasts.
pub async fn accept(
    app: &App,
    actor: &Actor,
    id: DelegationId,
    expected_version: i32,
) -> Result<Committed<delegation::Model>> {
    let me = actor.signed_in()?.person;
    let (tx, before, permit) = open(app, actor, (id, expected_version), Step::Accept).await?;
    let row = delegation::Model {
        state: DelegationState::Active,
        delegate_id: Some(me),
        answered_at: Some(tx.now()),
        ..changed(&before)
    };
    change(tx, permit, "DELEGATION_ACCEPTED", (&before, row)).await
}

/// Declines a delegation. Who declined is not written into it.
pub async fn decline(
    app: &App,
    actor: &Actor,
    id: DelegationId,
    expected_version: i32,
) -> Result<Committed<delegation::Model>> {
    let (tx, before, permit) = open(app, actor, (id, expected_version), Step::Decline).await?;
    let row = delegation::Model {
        state: DelegationState::Declined,
        answered_at: Some(tx.now()),
        ended_at: Some(tx.now()),
        ..changed(&before)
    };
    change(tx, permit, "DELEGATION_DECLINED", (&before, row)).await
}

/// Ends a delegation at once, or gives it back: what has been done by it stands, and nothing more is.
pub async fn end(
    app: &App,
    actor: &Actor,
    id: DelegationId,
    expected_version: i32,
) -> Result<Committed<delegation::Model>> {
    let (tx, before, permit) = open(app, actor, (id, expected_version), Step::End).await?;
    let row = delegation::Model {
        state: DelegationState::Ended,
        ended_at: Some(tx.now()),
        ..changed(&before)
    };
    change(tx, permit, "DELEGATION_ENDED", (&before, row)).await
}

/// How every step begins: the delegation is locked, so that who acts by it at the same moment is done
/// before or comes too late.
async fn open<'a>(
    app: &'a App,
    actor: &'a Actor,
    (id, expected_version): (DelegationId, i32),
    step: Step,
) -> Result<(Tx<'a>, delegation::Model, Permit)> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (row, side) = queries::locked(&tx, id).await?;
    let permit = tx.authorize(action(step), &queries::target(&row, side))?;
    if row.version != expected_version {
        let stale = Rejected::new(Code::StaleVersion);
        return Err(stale.with("currentVersion", row.version).into());
    }
    if !rules::possible(step, &row, side, tx.now()) {
        let state = rules::state(&row, tx.now()).code();
        return Err(Rejected::new(Code::IllegalTransition).with("state", state).into());
    }
    Ok((tx, row, permit))
}

/// The action of the policy that allows a step.
pub(super) fn action(step: Step) -> Action {
    match step {
        Step::Accept | Step::Decline => Action::DelegationAnswer,
        Step::End => Action::DelegationEnd,
    }
}

/// The row after any step: nobody needs the phone any more.
fn changed(before: &delegation::Model) -> delegation::Model {
    delegation::Model { delegate_phone: None, version: before.version + 1, ..before.clone() }
}

async fn change(
    tx: Tx<'_>,
    permit: Permit,
    kind: &'static str,
    (before, row): (&delegation::Model, delegation::Model),
) -> Result<Committed<delegation::Model>> {
    tx.update_last(before, &row);
    let event = event(&tx, permit, kind, &row);
    tx.commit(vec![event], row).await
}

/// An event of a delegation whose row is locked or new.
fn event(tx: &Tx<'_>, permit: Permit, kind: &'static str, row: &delegation::Model) -> Event {
    let by_delegate = tx.actor().person() != Some(row.principal_id);
    Event::new(permit, kind, "delegation", row.id)
        .beneficiary(by_delegate.then_some(row.principal_id))
        .data(json!({ "state": row.state, "version": row.version }))
        .row_held()
}

/// Forgets the phones of those who never answered: what was given is over. Returns how many there were.
pub async fn tidy(app: &App, most: u64) -> Result<usize> {
    use delegation::Column as C;
    let over: Vec<DelegationId> = delegation::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::State.eq(DelegationState::Given))
        .filter(C::UntilAt.lte(app.clock.now()))
        .order_by_asc(C::UntilAt)
        .limit(most)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("delegation", over, |id| expire(app, id)).await)
}

async fn expire(app: &App, id: DelegationId) -> Result<bool> {
    let actor = Actor::System("delegations");
    let tx = app.begin(&actor).await?;
    let before = delegation::Entity::find_by_id(id).lock_exclusive().one(tx.conn()).await?;
    let before = before.ok_or(Error::NotFound)?;
    if before.state != DelegationState::Given || tx.now() < before.until_at {
        return Ok(false);
    }
    let permit = tx.authorize(Action::DelegationTend, &Target::NONE)?;
    let row = delegation::Model {
        state: DelegationState::Ended,
        ended_at: Some(before.until_at),
        ..changed(&before)
    };
    change(tx, permit, "DELEGATION_EXPIRED", (&before, row)).await?;
    Ok(true)
}
