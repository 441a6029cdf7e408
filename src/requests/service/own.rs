//! Who owns a request: taking, assigning, handing on, returning.

use std::collections::HashMap;

use linli_entity::{
    enums::{Confidentiality, InternalNoteKind, OwnershipKind, RequestState, Role},
    ids::{AccountId, PlaceId},
    place, request_ownership, service_request,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::edit::{Act, Edit, Stamp, open};
use crate::{
    communities, identity,
    kernel::{Actor, App, Code, Committed, Error, Rejected, Result, Tx, text},
    requests::{
        clock::Tick,
        rules::{self, Step},
    },
};

type Done = Committed<service_request::Model>;

/// Takes a request from the pool. Of two who try, one gets it; the other is told who has it.
pub async fn take(app: &App, actor: &Actor, act: Act) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Take, "serviceRequestTake");
    let me = actor.signed_in()?.account;
    accept(&mut edit, me, OwnershipKind::Taken).await?;
    edit.commit(Stamp::Step, "REQUEST_TAKEN", json!({ "owner": me.to_string() })).await
}

/// Assigns a request from the pool to somebody, or to whom the duty roster gives it.
pub async fn assign(
    app: &App,
    actor: &Actor,
    act: Act,
    assignee: Option<AccountId>,
) -> Result<Done> {
    let mut edit = open!(app, actor, &act, Step::Assign, "serviceRequestAssign");
    let (owner, how) = match assignee {
        Some(assignee) => {
            check_assignee(&edit.tx, &edit.row, assignee, "assigneeId").await?;
            (assignee, OwnershipKind::Assigned)
        }
        None => (next_on_duty(&edit.tx, &edit.row).await?, OwnershipKind::Automatic),
    };
    accept(&mut edit, owner, how).await?;
    let data = json!({ "owner": owner.to_string(), "how": how });
    edit.commit(Stamp::Step, "REQUEST_ASSIGNED", data).await
}

async fn accept(edit: &mut Edit<'_>, owner: AccountId, how: OwnershipKind) -> Result<()> {
    edit.own(Some((owner, how))).await?;
    edit.row.state = RequestState::Accepted;
    edit.tick(Tick::Accepted);
    Ok(())
}

/// Gives a request to another owner, with a reason. The clock goes on.
pub async fn transfer(
    app: &App,
    actor: &Actor,
    act: Act,
    to: AccountId,
    reason: String,
) -> Result<Done> {
    text::check("reason", &reason, text::BODY)?;
    let mut edit = open!(app, actor, &act, Step::Transfer, "serviceRequestTransfer");
    check_assignee(&edit.tx, &edit.row, to, "toId").await?;
    if edit.row.owner_id == Some(to) {
        return Err(Rejected::at(Code::InvalidValue, "toId")
            .with("wanted", "another owner")
            .into());
    }
    let counts = !is_correction(&edit).await?;
    edit.row.transfers += i32::from(counts);
    let note = edit.internal_note(InternalNoteKind::Transfer, reason)?;
    edit.own(Some((to, OwnershipKind::Transferred))).await?;
    let data = json!({ "owner": to.to_string(), "note": note.to_string(), "counted": counts });
    edit.commit(Stamp::Step, "REQUEST_TRANSFERRED", data).await
}

/// Whether the first owner corrects a wrong start within half an hour.
async fn is_correction(edit: &Edit<'_>) -> Result<bool> {
    let owners = request_ownership::Entity::find()
        .filter(request_ownership::Column::RequestId.eq(edit.row.id))
        .order_by_asc(request_ownership::Column::FromAt)
        .limit(2)
        .all(edit.tx.conn())
        .await?;
    Ok(match owners.as_slice() {
        [first] => {
            first.owner_id == edit.tx.actor().account().unwrap_or(first.owner_id)
                && edit.tx.now() - first.from_at <= rules::CORRECTION
        }
        _ => false,
    })
}

/// Returns a request to the pool, with a reason. The clock goes on.
pub async fn return_to_pool(app: &App, actor: &Actor, act: Act, reason: String) -> Result<Done> {
    text::check("reason", &reason, text::BODY)?;
    let mut edit = open!(app, actor, &act, Step::ReturnToPool, "serviceRequestReturn");
    let note = edit.internal_note(InternalNoteKind::Return, reason)?;
    edit.own(None).await?;
    edit.row.state = RequestState::Submitted;
    edit.row.returns += 1;
    edit.commit(Stamp::Step, "REQUEST_RETURNED", json!({ "note": note.to_string() })).await
}

/// Whether somebody can own requests of this confidentiality here, and is there today. A request
/// never belongs to the person whom it is about. Who is away is refused and not replaced: the one who
/// assigns has chosen a person, and is told the stand-in to choose instead.
async fn check_assignee(
    tx: &Tx<'_>,
    row: &service_request::Model,
    assignee: AccountId,
    path: &str,
) -> Result<()> {
    let refuse = || Err(Rejected::at(Code::NotASpecialist, path).into());
    let roles = owning_roles(row.confidentiality);
    let (conn, now) = (tx.conn(), tx.now());
    let person = identity::queries::staff_person(conn, now, row.community_id, roles, assignee);
    match person.await? {
        Some(person) if Some(person) != row.requester_id => {}
        _ => return refuse(),
    }
    let day = tx.app().day(now);
    let away = communities::queries::away(conn, row.community_id, &[assignee], day).await?;
    let Some(stand_in) = away.get(&assignee) else { return Ok(()) };
    let mut refused = Rejected::at(Code::OnLeave, path);
    if let Some(stand_in) = *stand_in {
        let known = identity::queries::accounts_in(conn, &[stand_in]).await?;
        let name = known.get(&stand_in).and_then(|a| a.staff_name.clone()).unwrap_or_default();
        refused = refused.with("standInId", stand_in).with("standInName", name);
    }
    Err(refused.into())
}

/// Who can own requests of this confidentiality. A specialist gets a mediation only from a manager.
pub(crate) fn owning_roles(confidentiality: Confidentiality) -> &'static [Role] {
    match confidentiality {
        Confidentiality::None | Confidentiality::Mediation => {
            &[Role::Specialist, Role::CommunityManager]
        }
        Confidentiality::Party => &[Role::BranchSecretary],
    }
}

/// Whom the duty roster gives a request to: of those on duty (or their stand-ins) the one with the
/// fewest open requests.
async fn next_on_duty(tx: &Tx<'_>, row: &service_request::Model) -> Result<AccountId> {
    if row.confidentiality != Confidentiality::None {
        // Whom confidential matters go to is for a person to decide.
        return Err(Code::NobodyOnDuty.into());
    }
    let community = row.community_id;
    let mut candidates = working_today(tx.app(), tx.conn(), community).await?;
    let accounts = identity::queries::accounts_in(tx.conn(), &candidates).await?;
    candidates.retain(|a| accounts.get(a).is_none_or(|x| Some(x.person_id) != row.requester_id));
    let load = open_by_owner(tx.conn(), community, &candidates).await?;
    candidates
        .into_iter()
        .min_by_key(|a| (load.get(a).copied().unwrap_or(0), *a))
        .ok_or_else(|| Code::NobodyOnDuty.into())
}

/// The specialists on duty today, or their stand-ins, who are there.
async fn working_today(
    app: &App,
    conn: &impl ConnectionTrait,
    community: PlaceId,
) -> Result<Vec<AccountId>> {
    let now = app.clock.now();
    let day = app.day(now);
    let on_duty = communities::queries::on_duty(conn, community, day).await?;
    if on_duty.is_empty() {
        return Ok(Vec::new());
    }
    let away = communities::queries::away(conn, community, &on_duty, day).await?;
    let mut candidates: Vec<AccountId> =
        on_duty.iter().filter_map(|a| away.get(a).copied().unwrap_or(Some(*a))).collect();
    candidates.sort_unstable();
    candidates.dedup();
    // A stand-in may be away too.
    let also_away = communities::queries::away(conn, community, &candidates, day).await?;
    let specialists = identity::queries::holders(conn, now, Role::Specialist, community).await?;
    candidates.retain(|a| !also_away.contains_key(a) && specialists.contains(a));
    Ok(candidates)
}

async fn open_by_owner(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    owners: &[AccountId],
) -> Result<HashMap<AccountId, i64>> {
    let rows: Vec<(AccountId, i64)> = service_request::Entity::find()
        .select_only()
        .column(service_request::Column::OwnerId)
        .column_as(service_request::Column::Id.count(), "n")
        .filter(service_request::Column::CommunityId.eq(community))
        .filter(service_request::Column::OwnerId.is_in(owners.iter().copied()))
        .filter(service_request::Column::State.is_in(RequestState::OPEN))
        .group_by(service_request::Column::OwnerId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Who gets a reopened request: its last owner; the stand-in if that one is away; the last owner
/// all the same if there is none, because somebody must answer for it.
pub(super) async fn owner_after_reopening(edit: &Edit<'_>) -> Result<Option<AccountId>> {
    let Some(last) = edit.row.owner_id else { return Ok(None) };
    if let Some(found) = stand_in(edit, last).await? {
        return Ok(Some(found));
    }
    let (conn, now, row) = (edit.tx.conn(), edit.tx.now(), &edit.row);
    let roles = owning_roles(row.confidentiality);
    let still = identity::queries::staff_person(conn, now, row.community_id, roles, last).await?;
    Ok(still.map(|_| last))
}

/// Who stands in for somebody today, if that is somebody who may own this request.
pub(super) async fn stand_in(edit: &Edit<'_>, account: AccountId) -> Result<Option<AccountId>> {
    let (conn, now, row) = (edit.tx.conn(), edit.tx.now(), &edit.row);
    let day = edit.tx.app().day(now);
    let away = communities::queries::away(conn, row.community_id, &[account], day).await?;
    let Some(found) = away.get(&account).copied().flatten() else { return Ok(None) };
    let roles = owning_roles(row.confidentiality);
    let person = identity::queries::staff_person(conn, now, row.community_id, roles, found).await?;
    Ok(person.filter(|person| Some(*person) != row.requester_id).map(|_| found))
}

/// Of those who lead work on requests like this one, who has the fewest open ones. Never the person
/// whom it is about.
/// `given`: what this transaction gives to whom beside that.
pub(super) async fn least_loaded_lead(
    edit: &Edit<'_>,
    given: &HashMap<AccountId, i64>,
) -> Result<Option<AccountId>> {
    let (conn, now, row) = (edit.tx.conn(), edit.tx.now(), &edit.row);
    let role = leading_role(row.confidentiality);
    let staff = identity::queries::staff_of(conn, now, row.community_id, &[role]).await?;
    let others = staff.into_iter().filter(|(_, person)| Some(*person) != row.requester_id);
    let mut leads: Vec<AccountId> = others.map(|(account, _)| account).collect();
    let day = edit.tx.app().day(now);
    let away = communities::queries::away(conn, row.community_id, &leads, day).await?;
    // Somebody must answer for it, even if all of them are away.
    if leads.iter().any(|lead| !away.contains_key(lead)) {
        leads.retain(|lead| !away.contains_key(lead));
    }
    let load = open_by_owner(conn, row.community_id, &leads).await?;
    let owned = |a: &AccountId| load.get(a).unwrap_or(&0) + given.get(a).unwrap_or(&0);
    Ok(leads.into_iter().min_by_key(|a| (owned(a), *a)))
}

/// Who leads work on requests of this confidentiality.
pub(crate) fn leading_role(confidentiality: Confidentiality) -> Role {
    match confidentiality {
        Confidentiality::None | Confidentiality::Mediation => Role::CommunityManager,
        Confidentiality::Party => Role::BranchSecretary,
    }
}

/// Gives requests that wait in the pools of communities with automatic assignment to whoever is on
/// duty, at most `limit` in each. Returns how many.
pub async fn assign_automatically(app: &App, limit: u64) -> Result<usize> {
    let communities = place::Entity::find()
        .filter(place::Column::AutoAssign.eq(true))
        .filter(place::Column::Active.eq(true))
        .all(app.db.reader())
        .await?;
    let mut assigned = 0;
    for community in communities {
        assigned += assign_waiting(app, community.id, limit).await?;
    }
    Ok(assigned)
}

async fn assign_waiting(app: &App, community: PlaceId, limit: u64) -> Result<usize> {
    let actor = Actor::System("assignment");
    // With nobody there, every request that waits would be locked and let go again, round after round.
    if working_today(app, app.db.reader(), community).await?.is_empty() {
        return Ok(0);
    }
    let waiting = service_request::Entity::find()
        .filter(service_request::Column::CommunityId.eq(community))
        .filter(service_request::Column::State.eq(RequestState::Submitted))
        .filter(service_request::Column::Appealed.eq(false))
        // What somebody gave back is for a person to look at: it would only come back to them.
        .filter(service_request::Column::Returns.eq(0))
        .filter(service_request::Column::Confidentiality.eq(Confidentiality::None))
        .order_by_asc(service_request::Column::QueueAt)
        .limit(limit)
        .all(app.db.reader())
        .await?;
    let mut assigned = 0;
    for row in waiting {
        let act = Act { id: row.id, expected_version: Some(row.version), once: None };
        match assign(app, &actor, act, None).await {
            Ok(_) => assigned += 1,
            // Somebody was faster, or nobody is there for this one (such as their own).
            Err(Error::Rejected(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(assigned)
}
