//! Who answers for a block or a subdistrict, and who stands in. A term, or standing in, gives the role: it
//! holds as soon as it is committed, and ends the same way.

use std::sync::Arc;

use chrono::NaiveDate;
use linli_entity::{
    enums::{AccountState, Role, TermEnd},
    ids::{AccountId, PlaceId, StandInId, TermId},
    office_stand_in, office_term, place,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::{check_version, lock};
use crate::{
    blocks::rules::offices,
    communities, identity,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Target,
        Tx,
    },
};

/// A new term.
#[derive(Clone, Debug)]
pub struct NewTerm {
    /// The block or subdistrict.
    pub place: PlaceId,
    /// Block lead, deputy or general lead.
    pub role: Role,
    /// Who is to have it.
    pub account: AccountId,
    /// First day; today if none.
    pub from: Option<NaiveDate>,
    /// The name that everybody sees, for an account that has none.
    pub staff_name: Option<String>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// Who stands in, and when.
#[derive(Clone, Debug)]
pub struct NewStandIn {
    /// Who.
    pub account: AccountId,
    /// First day; today if none.
    pub from: Option<NaiveDate>,
    /// First day after it.
    pub until: NaiveDate,
    /// The name that everybody sees, for an account that has none.
    pub staff_name: Option<String>,
}

/// Asks the policy: whoever is to have the office does not decide about it.
fn authorize(
    tx: &Tx<'_>,
    place: &place::Model,
    role: Role,
    account: Option<AccountId>,
) -> Result<Permit> {
    let action = match role {
        Role::GeneralLead => Action::GeneralLeadManage,
        _ => Action::BlockOfficeManage,
    };
    tx.authorize(action, &Target { owner: account, ..Target::place(place) })
}

async fn place_of(tx: &Tx<'_>, id: PlaceId) -> Result<Arc<place::Model>> {
    tx.actor().signed_in()?;
    communities::queries::place(tx.app(), tx.conn(), id).await
}

fn event(permit: Permit, kind: &'static str, row: &office_term::Model, who: AccountId) -> Event {
    Event::new(permit, kind, "office_term", row.id)
        .community(row.community_id)
        .data(json!({
            "place": row.place_id.to_string(),
            "role": row.role,
            "account": who.to_string(),
            "version": row.version,
        }))
        .row_held()
}

/// An account in use, locked, with a name that everybody may see.
async fn appointee(tx: &Tx<'_>, account: AccountId, name: Option<&str>) -> Result<()> {
    let account = identity::service::public_name_in_tx(tx, account, name).await?;
    if account.state != AccountState::Active {
        return Err(Rejected::at(Code::UnknownReference, "accountId").into());
    }
    Ok(())
}

/// Begins a term. Two who settle one office do it one after the other; the second finds it taken.
pub async fn begin(
    app: &App,
    actor: &Actor,
    input: NewTerm,
) -> Result<Committed<office_term::Model>> {
    let tx = app.begin(actor).await?;
    let place = place_of(&tx, input.place).await?;
    let permit = authorize(&tx, &place, input.role, Some(input.account))?;
    let id = TermId(tx.new_id());
    if let Some(replay) = tx.once("officeTermBegin", input.once.as_ref(), id.0).await? {
        let row = office_term::Entity::find_by_id(TermId(replay.0)).one(tx.conn()).await?;
        return tx.replayed(replay, row.ok_or(Error::NotFound)?).await;
    }
    // Whoever closes it meanwhile waits, or was first.
    let place = lock(&tx, place.id).await?;
    if offices::scope(input.role) != Some(place.kind) || !place.active {
        return Err(Rejected::at(Code::BadScope, "placeId").into());
    }
    let today = app.day(tx.now());
    let from = input.from.unwrap_or(today);
    offices::check_begin(from, today)?;
    let from_at = offices::midnight(from, app.zone);
    appointee(&tx, input.account, input.staff_name.as_deref()).await?;
    let known = office_term::Entity::find()
        .filter(office_term::Column::PlaceId.eq(place.id))
        .filter(
            Condition::any()
                .add(office_term::Column::UntilAt.is_null())
                .add(office_term::Column::UntilAt.gt(from_at)),
        )
        .all(tx.conn())
        .await?;
    offices::check_room(&known, (input.role, input.account), from_at)?;
    let row = office_term::Model {
        id,
        community_id: place.community_id,
        place_id: place.id,
        role: input.role,
        account_id: input.account,
        from_at,
        until_at: None,
        ended_because: None,
        recorded_at: tx.now(),
        recorded_by: actor.account(),
        version: 1,
    };
    tx.insert_last(office_term::ActiveModel::from(row.clone()));
    identity::service::roles_changed_in_tx(&tx);
    let event = event(permit, "OFFICE_TERM_BEGUN", &row, row.account_id);
    tx.commit(vec![event], row).await
}

/// A term to be changed, locked, as it was read.
async fn locked(tx: &Tx<'_>, id: TermId) -> Result<(office_term::Model, Arc<place::Model>)> {
    tx.actor().signed_in()?;
    let row = office_term::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let place = place_of(tx, row.place_id).await?;
    Ok((row, place))
}

fn check_lasts(tx: &Tx<'_>, row: &office_term::Model) -> Result<()> {
    if !offices::is_over(row, tx.now()) {
        return Ok(());
    }
    let state = row.ended_because.map(TermEnd::code).unwrap_or_default();
    Err(Rejected::new(Code::IllegalTransition).with("state", state).into())
}

/// Ends a term, and with it the role and whoever stands in: at once, or on a day ahead, which can be moved
/// until it comes.
pub async fn end(
    app: &App,
    actor: &Actor,
    (id, expected_version): (TermId, i32),
    (until, because): (Option<NaiveDate>, TermEnd),
) -> Result<Committed<office_term::Model>> {
    let tx = app.begin(actor).await?;
    let (before, place) = locked(&tx, id).await?;
    let permit = authorize(&tx, &place, before.role, None)?;
    check_version(before.version, expected_version)?;
    check_lasts(&tx, &before)?;
    let until = offices::end_day(app.day(before.from_at), until, because, app.day(tx.now()))?;
    let row = office_term::Model {
        until_at: Some(offices::midnight(until, app.zone)),
        ended_because: Some(because),
        version: before.version + 1,
        ..before.clone()
    };
    tx.update_last(&before, &row);
    identity::service::roles_changed_in_tx(&tx);
    let event = event(permit, "OFFICE_TERM_ENDED", &row, row.account_id);
    tx.commit(vec![event], row).await
}

/// Lets somebody stand in for whoever has the office. They hold the same role as long as it lasts.
pub async fn stand_in_set(
    app: &App,
    actor: &Actor,
    (id, expected_version): (TermId, i32),
    input: NewStandIn,
) -> Result<Committed<office_term::Model>> {
    let tx = app.begin(actor).await?;
    let (before, place) = locked(&tx, id).await?;
    let permit = authorize(&tx, &place, before.role, Some(input.account))?;
    check_version(before.version, expected_version)?;
    check_lasts(&tx, &before)?;
    if input.account == before.account_id {
        let wanted = "somebody else";
        return Err(Rejected::at(Code::InvalidValue, "accountId").with("wanted", wanted).into());
    }
    let today = app.day(tx.now());
    let days = (input.from.unwrap_or(today), input.until);
    let term = (app.day(before.from_at), before.until_at.map(|until| app.day(until)));
    offices::check_stand_in(days, term, today)?;
    appointee(&tx, input.account, input.staff_name.as_deref()).await?;
    let known = office_stand_in::Entity::find()
        .filter(office_stand_in::Column::TermId.eq(id))
        .filter(office_stand_in::Column::UntilAt.gt(tx.now()))
        .all(tx.conn())
        .await?;
    let span = (offices::midnight(days.0, app.zone), offices::midnight(days.1, app.zone));
    offices::check_alone(&known, span)?;
    let stand_in = office_stand_in::Model {
        id: StandInId(tx.new_id()),
        term_id: id,
        account_id: input.account,
        from_at: span.0,
        until_at: span.1,
        cancelled_at: None,
        recorded_at: tx.now(),
        recorded_by: actor.account(),
    };
    let row = office_term::Model { version: before.version + 1, ..before.clone() };
    tx.insert_last(office_stand_in::ActiveModel::from(stand_in));
    tx.update_last(&before, &row);
    identity::service::roles_changed_in_tx(&tx);
    let event = event(permit, "OFFICE_STAND_IN_SET", &row, input.account);
    tx.commit(vec![event], row).await
}

/// Ends standing in at once. `expected_version` is that of the term.
pub async fn stand_in_cancel(
    app: &App,
    actor: &Actor,
    (id, expected_version): (StandInId, i32),
) -> Result<Committed<office_term::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let find = || office_stand_in::Entity::find_by_id(id).one(tx.conn());
    let term = find().await?.ok_or(Error::NotFound)?.term_id;
    let (before, place) = locked(&tx, term).await?;
    let permit = authorize(&tx, &place, before.role, None)?;
    check_version(before.version, expected_version)?;
    // Read again under the lock of its term.
    let stand_in = find().await?.ok_or(Error::NotFound)?;
    if stand_in.cancelled_at.is_some() || stand_in.until_at <= tx.now() {
        return Err(Rejected::new(Code::IllegalTransition).with("state", "OVER").into());
    }
    let cancelled = office_stand_in::Model { cancelled_at: Some(tx.now()), ..stand_in.clone() };
    let row = office_term::Model { version: before.version + 1, ..before.clone() };
    tx.update_last(&stand_in, &cancelled);
    tx.update_last(&before, &row);
    identity::service::roles_changed_in_tx(&tx);
    let event = event(permit, "OFFICE_STAND_IN_CANCELLED", &row, stand_in.account_id);
    tx.commit(vec![event], row).await
}
