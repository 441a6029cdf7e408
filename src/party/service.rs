//! Writes of memberships, by the secretary of the branch.

use chrono::{Duration, NaiveDate};
use linli_entity::{
    enums::{MembershipEnd, PlaceKind, ReadPurpose},
    ids::{PartyMembershipId, PersonId, PlaceId},
    party_membership, person, read_log,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::LockType,
};
use serde_json::json;

use super::{queries, rules};
use crate::{
    communities,
    identity::{
        self,
        service::{Look, looks},
    },
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Target,
        Tx, each_due, policy, throttle::Limit,
    },
    requests::service::{Beneficiary, beneficiary_in_tx},
};

/// Members recorded by one account.
const ADDED: Limit = Limit { hits: 60, window: Duration::hours(1) };

/// Of these that may have belonged somewhere already: who is told so learns something.
const REFUSED: Limit = Limit { hits: 10, window: Duration::hours(24) };

/// A member of a branch.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// The branch.
    pub branch: PlaceId,
    /// Who.
    pub member: Beneficiary,
    /// First day.
    pub since: NaiveDate,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// A branch in use, and its community.
async fn branch(tx: &Tx<'_>, id: PlaceId, path: &str) -> Result<PlaceId> {
    let unknown = || Error::from(Rejected::at(Code::UnknownReference, path));
    let place = match communities::queries::place(tx.app(), tx.conn(), id).await {
        Err(Error::NotFound) => return Err(unknown()),
        found => found?,
    };
    let fits = place.kind == PlaceKind::PartyBranch && place.active;
    place.community_id.filter(|_| fits).ok_or_else(unknown)
}

/// Records that somebody belongs to a branch. They hold the role of a member from now on.
pub async fn member_add(
    app: &App,
    actor: &Actor,
    input: NewMember,
) -> Result<Committed<party_membership::Model>> {
    let account = actor.signed_in()?.account;
    app.throttle(&format!("party-member:{account}"), ADDED).await?;
    rules::check_day("since", input.since, None, app.day(app.clock.now()))?;
    // Counted beforehand, so that no two learn it at once.
    let refusals = format!("party-refused:{account}");
    app.throttle(&refusals, REFUSED).await?;
    let done = add(app, actor, input).await;
    if !matches!(&done, Err(Error::Rejected(no)) if no.code == Code::Conflict) {
        app.throttle_return(&refusals).await?;
    }
    done
}

async fn add(
    app: &App,
    actor: &Actor,
    input: NewMember,
) -> Result<Committed<party_membership::Model>> {
    let account = actor.signed_in()?.account;
    let tx = app.begin(actor).await?;
    let target = queries::branch_target(input.branch);
    tx.authorize(Action::PartyMembershipManage, &target)?;
    let id = PartyMembershipId(tx.new_id());
    if let Some(replay) = tx.once("partyMemberAdd", input.once.as_ref(), id.0).await? {
        let id = PartyMembershipId(replay.0);
        let row = party_membership::Entity::find_by_id(id).one(tx.conn()).await?;
        // Of what was refused under this key there is no row.
        return tx.replayed(replay, row.ok_or_else(belongs)?).await;
    }
    let community = branch(&tx, input.branch, "branchId").await?;
    let person = beneficiary_in_tx(&tx, &input.member).await?;
    let holder = identity::queries::holder(tx.conn(), person).await?;
    let target = Target { requester: Some(holder), ..target };
    let permit = tx.authorize(Action::PartyMembershipManage, &target)?;
    let free = belongs_nowhere(&tx, holder, input.since).await?;
    // Who is known already can read that their name was looked at, also when it was refused: that tells that
    // they belong somewhere.
    let known = !free || matches!(input.member, Beneficiary::Known(_));
    let look = Look::new(holder, account, community, ReadPurpose::Lookup);
    tx.keep::<read_log::Entity>(looks(app, known.then_some(look))?).await?;
    if !free {
        let tried = Event::new(permit, "PARTY_MEMBER_REFUSED", "party_membership", id)
            .community(community)
            .data(json!({ "branch": input.branch.to_string() }))
            .row_held();
        return Err(tx.reject_and_commit(tried, belongs()).await);
    }
    let row = party_membership::Model {
        id,
        community_id: community,
        branch_id: input.branch,
        person_id: person,
        since_day: input.since,
        until_day: None,
        ended_by: None,
        from_id: None,
        recorded_at: tx.now(),
        recorded_by: actor.account(),
        version: 1,
    };
    tx.insert_last(party_membership::ActiveModel::from(row.clone()));
    identity::service::roles_changed_in_tx(&tx);
    let event = event(permit, "PARTY_MEMBER_ADDED", &row);
    tx.commit(vec![event], row).await
}

/// That somebody belongs to another branch is not said, nor until when they did: it exists already.
fn belongs() -> Error {
    Rejected::at(Code::Conflict, "member").into()
}

/// One branch at a time, also for whose earlier records were linked: whether somebody belongs to none, and to
/// none since that day. What was recorded by mistake never was. An index stands behind it.
async fn belongs_nowhere(tx: &Tx<'_>, holder: PersonId, since: NaiveDate) -> Result<bool> {
    use party_membership::Column as C;
    person::Entity::find_by_id(holder).lock(LockType::NoKeyUpdate).one(tx.conn()).await?;
    let later =
        Condition::all().add(C::UntilDay.gt(since)).add(C::EndedBy.ne(MembershipEnd::Mistake));
    let overlap = party_membership::Entity::find()
        .filter(identity::queries::theirs(C::PersonId, holder))
        .filter(Condition::any().add(C::UntilDay.is_null()).add(later))
        .count(tx.conn())
        .await?;
    Ok(overlap == 0)
}

/// Ids and codes only, and not of whom: the trail is read by auditors.
fn event(permit: Permit, kind: &'static str, row: &party_membership::Model) -> Event {
    Event::new(permit, kind, "party_membership", row.id)
        .community(row.community_id)
        .data(json!({ "branch": row.branch_id.to_string(), "version": row.version }))
        .row_held()
}

/// A membership to be changed, locked, with what the actor may do to it.
async fn locked(
    tx: &Tx<'_>,
    (id, expected_version): (PartyMembershipId, i32),
) -> Result<(party_membership::Model, Permit)> {
    let row = party_membership::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let holder = queries::visible(tx.conn(), tx.actor(), &row).await?;
    let target = queries::target(&row, holder);
    if !policy::allowed(tx.actor(), Action::PartyMembershipManage, &target) {
        return Err(Error::Forbidden);
    }
    let permit = tx.authorize(Action::PartyMembershipManage, &target)?;
    if row.version != expected_version {
        let stale = Rejected::new(Code::StaleVersion);
        return Err(stale.with("currentVersion", row.version).into());
    }
    rules::check_lasts(&row)?;
    Ok((row, permit))
}

/// Ends a membership at once: the next one of the same person may begin in the same transaction.
async fn end(
    tx: &Tx<'_>,
    before: party_membership::Model,
    day: NaiveDate,
    by: MembershipEnd,
) -> Result<party_membership::Model> {
    let row = party_membership::Model {
        until_day: Some(day),
        ended_by: Some(by),
        version: before.version + 1,
        ..before
    };
    let model = party_membership::ActiveModel::from(row.clone()).reset_all();
    party_membership::Entity::update(model).exec(tx.conn()).await?;
    identity::service::roles_changed_in_tx(tx);
    Ok(row)
}

/// Records that a member goes on in another branch (组织关系接转); both memberships are kept. From now on
/// the secretary of that branch knows of the new one.
pub async fn transfer(
    app: &App,
    actor: &Actor,
    membership: (PartyMembershipId, i32),
    (to, day): (PlaceId, NaiveDate),
) -> Result<Committed<party_membership::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (before, permit) = locked(&tx, membership).await?;
    rules::check_day("day", day, Some(before.since_day), app.day(tx.now()))?;
    if before.branch_id == to {
        let wanted = "another branch";
        return Err(Rejected::at(Code::InvalidValue, "toBranchId").with("wanted", wanted).into());
    }
    let community = branch(&tx, to, "toBranchId").await?;
    let ended = end(&tx, before, day, MembershipEnd::Transferred).await?;
    let row = party_membership::Model {
        id: PartyMembershipId(tx.new_id()),
        community_id: community,
        branch_id: to,
        since_day: day,
        until_day: None,
        ended_by: None,
        from_id: Some(ended.id),
        recorded_at: tx.now(),
        recorded_by: actor.account(),
        version: 1,
        ..ended.clone()
    };
    tx.insert_last(party_membership::ActiveModel::from(row));
    let event = event(permit, "PARTY_MEMBER_TRANSFERRED", &ended);
    tx.commit(vec![event], ended).await
}

/// Records that a membership ended, or that it was recorded by mistake.
pub async fn membership_end(
    app: &App,
    actor: &Actor,
    membership: (PartyMembershipId, i32),
    (day, mistake): (NaiveDate, bool),
) -> Result<Committed<party_membership::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (before, permit) = locked(&tx, membership).await?;
    rules::check_day("day", day, Some(before.since_day), app.day(tx.now()))?;
    let by = if mistake { MembershipEnd::Mistake } else { MembershipEnd::Left };
    let row = end(&tx, before, day, by).await?;
    let event = event(permit, "PARTY_MEMBERSHIP_ENDED", &row);
    tx.commit(vec![event], row).await
}

/// Whoever linked an earlier record that belongs to a branch, and belongs to one themselves, goes on in the one
/// that they came to last; the others ended when they did. Returns for how many.
pub async fn settle_linked(app: &App, limit: u64) -> Result<usize> {
    let due = queries::in_two_branches(app, limit).await?;
    Ok(each_due("linked memberships", due, |holder| settle(app, holder)).await)
}

async fn settle(app: &App, holder: PersonId) -> Result<bool> {
    use party_membership::Column as C;
    let actor = Actor::System("party");
    let tx = app.begin(&actor).await?;
    person::Entity::find_by_id(holder).lock(LockType::NoKeyUpdate).one(tx.conn()).await?;
    let mut lasting = party_membership::Entity::find()
        .filter(identity::queries::theirs(C::PersonId, holder))
        .filter(C::UntilDay.is_null())
        .order_by_asc(C::SinceDay)
        .order_by_asc(C::RecordedAt)
        .order_by_asc(C::Id)
        .lock_exclusive()
        .all(tx.conn())
        .await?;
    let Some(last) = lasting.pop().filter(|_| !lasting.is_empty()) else { return Ok(false) };
    let mut events = Vec::with_capacity(lasting.len());
    for earlier in lasting {
        let permit = tx.authorize(Action::PartyTend, &queries::branch_target(earlier.branch_id))?;
        let row = end(&tx, earlier, last.since_day, MembershipEnd::Transferred).await?;
        events.push(event(permit, "PARTY_MEMBERSHIP_ENDED", &row));
    }
    tx.commit(events, ()).await?;
    Ok(true)
}
