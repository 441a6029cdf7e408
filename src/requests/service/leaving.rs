//! Who may own requests no more: a role is taken back, an account is locked. No request is left with
//! somebody who cannot act. (It stands here and not in identity, which knows nothing of requests.)

use std::collections::HashMap;

use linli_entity::{
    account,
    enums::{Confidentiality, OwnershipKind, RequestState},
    ids::{AccountId, PlaceId, RequestId, RoleGrantId},
    role_grant, service_request,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

use super::{
    edit::{self, Edit, Stamp},
    own::{least_loaded_lead, owning_roles, stand_in},
};
use crate::{
    communities, identity,
    kernel::{Action, Actor, App, Code, Committed, Event, Rejected, Result, Target, Tx, each_due},
    requests::rules::Step,
};

/// Requests that are handed over in one transaction.
const BATCH: u64 = 200;
/// Why an owner can act no more: the account was locked.
const LOCKED: &str = "ACCOUNT_LOCKED";
/// The same: there is no role any more.
const LEFT: &str = "OWNER_LEFT";

/// Takes a role back. Refused while the person owns open requests that only this role lets them own:
/// who gets them is for a manager to say, by transferring them first. There is no hurry: who must be
/// stopped at once is locked.
pub async fn role_revoke(
    app: &App,
    actor: &Actor,
    id: RoleGrantId,
) -> Result<Committed<role_grant::Model>> {
    let tx = app.begin(actor).await?;
    let (row, event) = identity::service::revoke_grant_in_tx(&tx, id).await?;
    let open = left_behind(&tx, &row).await?;
    if open > 0 {
        return Err(Rejected::new(Code::HasOpenRequests).with("openRequests", open).into());
    }
    tx.commit(vec![event], row).await
}

/// How many open requests lose an owner who can act, now that the role is taken back.
async fn left_behind(tx: &Tx<'_>, revoked: &role_grant::Model) -> Result<u64> {
    let Some(scope) = revoked.scope_id else { return Ok(0) };
    let scope = communities::queries::place(tx.app(), tx.conn(), scope).await?;
    let Some(community) = scope.community_id else { return Ok(0) };
    let mut lost = Vec::new();
    for confidentiality in Confidentiality::ALL.iter().copied() {
        let roles = owning_roles(confidentiality);
        if !roles.contains(&revoked.role) {
            continue;
        }
        let (conn, now, who) = (tx.conn(), tx.now(), revoked.account_id);
        // Another role may still let them own these.
        if identity::queries::staff_person(conn, now, community, roles, who).await?.is_none() {
            lost.push(confidentiality);
        }
    }
    if lost.is_empty() {
        return Ok(0);
    }
    Ok(service_request::Entity::find()
        .filter(service_request::Column::CommunityId.eq(community))
        .filter(service_request::Column::OwnerId.eq(revoked.account_id))
        .filter(service_request::Column::State.is_in(RequestState::OPEN))
        .filter(service_request::Column::Confidentiality.is_in(lost))
        .count(tx.conn())
        .await?)
}

/// Locks an account: nobody signs in with it, and all of its sessions end. That is urgent and always
/// succeeds, so its open requests are handed over and not asked about: those that may return to the
/// pool do; one that waits for a resident or is with a department cannot, and goes to the stand-in, or
/// to the manager (or secretary) with the fewest. A result that waits for the resident's word stays:
/// it is about the work of who gave it, and a reopening finds another owner. The first requests are
/// handed over with the lock, and if there are very many, the others right behind it.
pub async fn account_lock(
    app: &App,
    actor: &Actor,
    id: AccountId,
) -> Result<Committed<account::Model>> {
    let tx = app.begin(actor).await?;
    tx.authorize(Action::GrantManage, &Target::NONE)?;
    // The requests before the account, as every step does whose rows refer to one.
    let owned = lock_owned(&tx, id, None).await?;
    let (row, event) = identity::service::account_lock_in_tx(&tx, id).await?;
    let (tx, mut events) = hand_over(tx, owned, LOCKED).await?;
    events.push(event);
    let done = tx.commit(events, row).await?;
    if let Err(error) = hand_over_rest(app, actor, id).await {
        // The account is locked, and that is what was asked for. Locking it again does the rest.
        tracing::warn!(account = %id, %error, "a locked account still owns requests");
    }
    Ok(done)
}

/// What did not fit into the first transaction, or was taken while it waited.
async fn hand_over_rest(app: &App, actor: &Actor, id: AccountId) -> Result<()> {
    let mut after = None;
    loop {
        let tx = app.begin(actor).await?;
        let owned = lock_owned(&tx, id, after).await?;
        let Some(last) = owned.last() else { return Ok(()) };
        after = Some(last.id);
        let (tx, events) = hand_over(tx, owned, LOCKED).await?;
        if !events.is_empty() {
            tx.commit(events, ()).await?;
        }
    }
}

/// Open requests of an owner, locked in the order of their ids.
async fn lock_owned(
    tx: &Tx<'_>,
    owner: AccountId,
    after: Option<RequestId>,
) -> Result<Vec<service_request::Model>> {
    let mut select = service_request::Entity::find()
        .filter(service_request::Column::OwnerId.eq(owner))
        .filter(service_request::Column::State.is_in(RequestState::OPEN));
    if let Some(after) = after {
        select = select.filter(service_request::Column::Id.gt(after));
    }
    Ok(select
        .order_by_asc(service_request::Column::Id)
        .limit(BATCH)
        .lock_exclusive()
        .all(tx.conn())
        .await?)
}

/// Returns what can return to the pool, and gives the rest to others.
async fn hand_over<'a>(
    mut tx: Tx<'a>,
    owned: Vec<service_request::Model>,
    because: &str,
) -> Result<(Tx<'a>, Vec<Event>)> {
    let mut events = Vec::new();
    // What is written at the end of the transaction is counted by nobody before.
    let mut given: HashMap<AccountId, i64> = HashMap::new();
    for row in owned {
        let permit = tx.authorize(Action::GrantManage, &Target::NONE)?;
        let mut edit = Edit::on(tx, row, permit, Action::GrantManage).await?;
        let (kind, data) = if Step::ReturnToPool.fits(edit.row.state) {
            edit.own(None).await?;
            edit.row.state = RequestState::Submitted;
            ("REQUEST_RETURNED", json!({ "because": because }))
        } else {
            let Some(to) = successor(&edit, &given).await? else {
                // Nobody is there to answer for it; it shows in the queue until somebody is.
                tx = edit.tx;
                continue;
            };
            *given.entry(to).or_default() += 1;
            edit.own(Some((to, OwnershipKind::Transferred))).await?;
            let data = json!({ "owner": to.to_string(), "counted": false, "because": because });
            ("REQUEST_TRANSFERRED", data)
        };
        let (back, mut more, _) = edit.settle(Stamp::Step, kind, data).await?;
        tx = back;
        events.append(&mut more);
    }
    Ok((tx, events))
}

async fn successor(edit: &Edit<'_>, given: &HashMap<AccountId, i64>) -> Result<Option<AccountId>> {
    let Some(owner) = edit.row.owner_id else { return Ok(None) };
    match stand_in(edit, owner).await? {
        Some(found) => Ok(Some(found)),
        None => least_loaded_lead(edit, given).await,
    }
}

/// Hands over what belongs to somebody who cannot act for it any more, at most `limit` in each
/// community: because their role ended by its date, or because it was taken back, or their account
/// locked, at the very moment in which they became the owner. Returns how many.
pub async fn hand_over_left(app: &App, limit: u64) -> Result<usize> {
    let mut handed = 0;
    for community in communities::queries::active_communities(app).await? {
        let left = left_in(app, community, limit).await?;
        handed += each_due("hand over", left, |id| hand_over_one(app, id)).await;
    }
    Ok(handed)
}

/// Open requests of a community whose owners seem to have left.
async fn left_in(app: &App, community: PlaceId, limit: u64) -> Result<Vec<RequestId>> {
    use service_request::Column as C;
    let (conn, now) = (app.db.reader(), app.clock.now());
    let open = || {
        service_request::Entity::find()
            .select_only()
            .filter(C::CommunityId.eq(community))
            .filter(C::State.is_in(RequestState::OPEN))
    };
    let owners: Vec<(AccountId, Confidentiality)> = open()
        .columns([C::OwnerId, C::Confidentiality])
        .filter(C::OwnerId.is_not_null())
        .distinct()
        .into_tuple()
        .all(conn)
        .await?;
    let mut left = Condition::any();
    for confidentiality in Confidentiality::ALL.iter().copied() {
        let of: Vec<AccountId> =
            owners.iter().filter(|(_, c)| *c == confidentiality).map(|(owner, _)| *owner).collect();
        if of.is_empty() {
            continue;
        }
        let roles = owning_roles(confidentiality);
        let serving = identity::queries::staff_of(conn, now, community, roles).await?;
        let gone = of.into_iter().filter(|owner| !serving.contains_key(owner));
        let theirs = Condition::all()
            .add(C::Confidentiality.eq(confidentiality))
            .add(C::OwnerId.is_in(gone));
        left = left.add(theirs);
    }
    if left.is_empty() {
        return Ok(Vec::new());
    }
    let ids = open().column(C::Id).filter(left).order_by_asc(C::Id).limit(limit);
    Ok(ids.into_tuple().all(conn).await?)
}

async fn hand_over_one(app: &App, id: RequestId) -> Result<bool> {
    let actor = Actor::System("leaving");
    let tx = app.begin(&actor).await?;
    let row = edit::lock(&tx, id).await?;
    let Some(owner) = row.owner_id.filter(|_| row.state.is_open()) else { return Ok(false) };
    let (roles, community) = (owning_roles(row.confidentiality), row.community_id);
    let serves =
        identity::queries::staff_person(tx.conn(), tx.now(), community, roles, owner).await?;
    if serves.is_some() {
        return Ok(false);
    }
    let (tx, events) = hand_over(tx, vec![row], LEFT).await?;
    if events.is_empty() {
        return Ok(false);
    }
    tx.commit(events, ()).await?;
    Ok(true)
}
