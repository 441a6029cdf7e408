//! Reads of the place. The tree itself is public.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::NaiveDate;
use linli_entity::{
    account, duty,
    enums::{PlaceKind, Role},
    ids::{AccountId, PlaceId},
    place, staff_leave,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{LockType, Order},
};

use crate::{
    identity,
    kernel::{
        Action, Actor, App, Code, Error, Rejected, Result, Target, Tx,
        page::{Page, PageArgs},
        policy,
    },
};

pub(super) const MEMO: &str = "place";
const REMEMBERED: Duration = Duration::from_secs(30);

/// What places are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlaceFilter {
    /// Of this kind.
    pub kind: Option<PlaceKind>,
    /// Directly under this one.
    pub parent: Option<PlaceId>,
    /// In this community.
    pub community: Option<PlaceId>,
}

/// A place; the process may know it for some seconds already.
pub async fn place(
    app: &App,
    conn: &impl ConnectionTrait,
    id: PlaceId,
) -> Result<Arc<place::Model>> {
    app.memo(MEMO, id.0, REMEMBERED, async {
        place::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)
    })
    .await
}

/// A place that the process remembers.
pub fn remembered(app: &App, id: PlaceId) -> Option<Arc<place::Model>> {
    app.remembered(MEMO, id.0, REMEMBERED)
}

/// A community in use, locked: whoever writes about it in this way, changes it or closes it waits for others who
/// do. Rows that only name it do not wait.
pub async fn active_community(tx: &Tx<'_>, id: PlaceId) -> Result<place::Model> {
    place::Entity::find_by_id(id)
        .filter(place::Column::Kind.eq(PlaceKind::Community))
        .filter(place::Column::Active.eq(true))
        .lock(LockType::NoKeyUpdate)
        .one(tx.conn())
        .await?
        .ok_or_else(|| Rejected::at(Code::UnknownReference, "communityId").into())
}

/// Communities that take requests.
pub async fn active_communities(app: &App) -> Result<Vec<PlaceId>> {
    Ok(place::Entity::find()
        .select_only()
        .column(place::Column::Id)
        .filter(place::Column::Kind.eq(PlaceKind::Community))
        .filter(place::Column::Active.eq(true))
        .order_by_asc(place::Column::Code)
        .into_tuple()
        .all(app.db.reader())
        .await?)
}

/// A community by its code.
pub async fn community_by_code(app: &App, code: &str) -> Result<Option<place::Model>> {
    place_by_code(app, PlaceKind::Community, code, None).await
}

/// A place by kind and code: within a community, or of those whose codes are unique.
pub async fn place_by_code(
    app: &App,
    kind: PlaceKind,
    code: &str,
    community: Option<PlaceId>,
) -> Result<Option<place::Model>> {
    let mut select = place::Entity::find()
        .filter(place::Column::Kind.eq(kind))
        .filter(place::Column::Code.eq(code));
    if let Some(community) = community {
        select = select.filter(place::Column::CommunityId.eq(community));
    }
    Ok(select.one(app.db.reader()).await?)
}

/// Places by id; those that the process remembers cost nothing.
pub async fn places_by_id(
    app: &App,
    ids: &[PlaceId],
) -> Result<HashMap<PlaceId, Arc<place::Model>>> {
    let mut found: HashMap<PlaceId, Arc<place::Model>> =
        ids.iter().filter_map(|id| Some((*id, remembered(app, *id)?))).collect();
    let missing: Vec<PlaceId> = ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
    if !missing.is_empty() {
        let epoch = app.memo_epoch();
        let rows = place::Entity::find()
            .filter(place::Column::Id.is_in(missing))
            .all(app.db.reader())
            .await?;
        found
            .extend(rows.into_iter().map(|row| (row.id, app.remember(epoch, MEMO, row.id.0, row))));
    }
    Ok(found)
}

fn filtered(filter: PlaceFilter) -> Select<place::Entity> {
    let mut select = place::Entity::find();
    if let Some(kind) = filter.kind {
        select = select.filter(place::Column::Kind.eq(kind));
    }
    if let Some(parent) = filter.parent {
        select = select.filter(place::Column::ParentId.eq(parent));
    }
    if let Some(community) = filter.community {
        select = select.filter(place::Column::CommunityId.eq(community));
    }
    select
}

/// A page of places, in the order of their creation.
pub async fn places(app: &App, filter: PlaceFilter, page: PageArgs) -> Result<Page<place::Model>> {
    let rows = page
        .apply(filtered(filter), place::Column::CreatedAt, place::Column::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many places there are.
pub async fn places_count(app: &App, filter: PlaceFilter) -> Result<u64> {
    Ok(filtered(filter).count(app.db.reader()).await?)
}

/// The communities of a subdistrict.
pub async fn communities_of(app: &App, subdistrict: PlaceId) -> Result<Vec<PlaceId>> {
    let rows = filtered(PlaceFilter {
        kind: Some(PlaceKind::Community),
        parent: Some(subdistrict),
        community: None,
    })
    .all(app.db.reader())
    .await?;
    Ok(rows.into_iter().map(|p| p.id).collect())
}

/// Who is on duty on the days of a span, for staff of the community; at most 62 days.
pub async fn roster(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<duty::Model>> {
    policy::authorize(actor, Action::RosterRead, &Target::community(community))?;
    if until < from || (until - from).num_days() > 62 {
        return Err(Error::bad_input("until", "at most 62 days from `from`"));
    }
    Ok(duty::Entity::find()
        .filter(duty::Column::CommunityId.eq(community))
        .filter(duty::Column::Day.between(from, until))
        .order_by_asc(duty::Column::Day)
        .order_by_asc(duty::Column::AccountId)
        .limit(2000)
        .all(app.db.reader())
        .await?)
}

/// Leaves of a community that end today or later, for its staff; at most 200.
pub async fn leaves(
    app: &App,
    actor: &Actor,
    community: PlaceId,
) -> Result<Vec<staff_leave::Model>> {
    policy::authorize(actor, Action::RosterRead, &Target::community(community))?;
    Ok(staff_leave::Entity::find()
        .filter(staff_leave::Column::CommunityId.eq(community))
        .filter(staff_leave::Column::CancelledAt.is_null())
        .filter(staff_leave::Column::UntilDay.gte(app.day(app.clock.now())))
        .order_by_asc(staff_leave::Column::FromDay)
        .limit(200)
        .all(app.db.reader())
        .await?)
}

/// The leaves of somebody that end on `day` or later.
pub(super) async fn leaves_of(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    account: AccountId,
    day: NaiveDate,
) -> Result<Vec<staff_leave::Model>> {
    Ok(staff_leave::Entity::find()
        .filter(staff_leave::Column::CommunityId.eq(community))
        .filter(staff_leave::Column::AccountId.eq(account))
        .filter(staff_leave::Column::CancelledAt.is_null())
        .filter(staff_leave::Column::UntilDay.gte(day))
        .all(conn)
        .await?)
}

/// The specialists of a community, for its staff; at most 200.
pub async fn specialists(
    app: &App,
    actor: &Actor,
    community: PlaceId,
) -> Result<Vec<account::Model>> {
    policy::authorize(actor, Action::RosterRead, &Target::community(community))?;
    let ids =
        identity::queries::holders(app.db.reader(), app.clock.now(), Role::Specialist, community)
            .await?;
    let mut staff: Vec<_> = identity::queries::accounts(app, &ids).await?.into_values().collect();
    staff.sort_by_key(|a| a.created_at);
    Ok(staff)
}

/// Who stands in for `account` on `day`: the stand-in of a leave, or nobody where there is none.
/// Nothing if the account is not away.
pub async fn away(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    accounts: &[AccountId],
    day: NaiveDate,
) -> Result<HashMap<AccountId, Option<AccountId>>> {
    let rows = staff_leave::Entity::find()
        .filter(staff_leave::Column::CommunityId.eq(community))
        .filter(staff_leave::Column::AccountId.is_in(accounts.iter().copied()))
        .filter(staff_leave::Column::CancelledAt.is_null())
        .filter(staff_leave::Column::FromDay.lte(day))
        .filter(staff_leave::Column::UntilDay.gte(day))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|l| (l.account_id, l.stand_in_id)).collect())
}

/// The accounts on duty on a day.
pub async fn on_duty(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    day: NaiveDate,
) -> Result<Vec<AccountId>> {
    let rows = duty::Entity::find()
        .filter(duty::Column::CommunityId.eq(community))
        .filter(duty::Column::Day.eq(day))
        .order_by_asc(duty::Column::AccountId)
        .limit(200)
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|d| d.account_id).collect())
}

/// Who is on duty on the days of a span, the first and the last included. For callers that asked the
/// policy, or show nobody's name.
pub async fn duties(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<duty::Model>> {
    Ok(duty::Entity::find()
        .filter(duty::Column::CommunityId.eq(community))
        .filter(duty::Column::Day.between(from, until))
        .limit(10_000)
        .all(conn)
        .await?)
}

/// Leaves that have a day in common with a span. For the same callers.
pub async fn absences(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<staff_leave::Model>> {
    Ok(staff_leave::Entity::find()
        .filter(staff_leave::Column::CommunityId.eq(community))
        .filter(staff_leave::Column::CancelledAt.is_null())
        .filter(staff_leave::Column::FromDay.lte(until))
        .filter(staff_leave::Column::UntilDay.gte(from))
        .limit(2000)
        .all(conn)
        .await?)
}
