//! Writes of the place: the tree, the duty roster, leaves.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use linli_entity::{
    duty,
    enums::{PlaceKind, Role},
    ids::{AccountId, LeaveId, PlaceId},
    json::Localised,
    place, staff_leave,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};

use super::{queries, rules};
use crate::{
    identity,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Permit, Rejected, Result, Target, Tx,
        text,
    },
};

/// A new place.
#[derive(Clone, Debug)]
pub struct NewPlace {
    /// Kind.
    pub kind: PlaceKind,
    /// Code.
    pub code: String,
    /// Where it stands; none for a subdistrict.
    pub parent: Option<PlaceId>,
    /// Names.
    pub names: Localised,
    /// Address.
    pub address: Option<String>,
}

/// What changes of a place; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct PlaceChange {
    /// Names.
    pub names: Option<Localised>,
    /// Address; `Some(None)` clears it.
    pub address: Option<Option<String>>,
    /// Another parent of the same depth.
    pub parent: Option<PlaceId>,
    /// Whether the duty roster takes requests from the pool (communities only).
    pub auto_assign: Option<bool>,
    /// Whether it is in use.
    pub active: Option<bool>,
}

/// Creates a place.
pub async fn create(app: &App, actor: &Actor, input: NewPlace) -> Result<Committed<place::Model>> {
    let tx = app.begin(actor).await?;
    let parent = match input.parent {
        Some(id) => Some(find(&tx, id, "parentId").await?),
        None => None,
    };
    let target = parent.as_ref().map_or(Target::NONE, Target::place);
    let permit = tx.authorize(Action::PlaceManage, &target)?;
    let (row, event) = create_in_tx(&tx, permit, input, parent.as_ref()).await?;
    tx.commit(vec![event], row).await
}

/// Creates a place within a transaction; the caller was permitted and loaded the parent.
pub async fn create_in_tx(
    tx: &Tx<'_>,
    permit: Permit,
    input: NewPlace,
    parent: Option<&place::Model>,
) -> Result<(place::Model, Event)> {
    if !rules::may_hold(parent.map(|p| p.kind), input.kind) {
        return Err(Rejected::at(Code::BadParent, "parentId").into());
    }
    if !rules::code_fits(input.kind, &input.code) {
        let wanted = "1 to 64 characters without spaces; communities: 1 to 16 of A-Z and 0-9";
        return Err(Rejected::at(Code::InvalidValue, "code").with("wanted", wanted).into());
    }
    text::check_optional("address", input.address.as_deref(), text::LINE)?;
    let id = PlaceId(tx.new_id());
    let community = match input.kind {
        PlaceKind::Community => Some(id),
        PlaceKind::Subdistrict | PlaceKind::Department | PlaceKind::Agency => None,
        PlaceKind::Block | PlaceKind::ServiceStation | PlaceKind::PartyBranch => {
            parent.and_then(|p| p.community_id)
        }
    };
    let row = place::Model {
        id,
        kind: input.kind,
        code: input.code,
        parent_id: parent.map(|p| p.id),
        parent_depth: parent.map(|p| p.depth),
        depth: parent.map_or(0, |p| p.depth + 1),
        community_id: community,
        names: input.names,
        address: input.address,
        auto_assign: false,
        active: true,
        created_at: tx.now(),
        version: 1,
    };
    place::Entity::insert(place::ActiveModel::from(row.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    let event = Event::new(permit, "PLACE_CREATED", "place", id)
        .community(community)
        .data(serde_json::json!({ "kind": row.kind }))
        .row_held();
    Ok((row, event))
}

async fn find(tx: &Tx<'_>, id: PlaceId, path: &str) -> Result<place::Model> {
    place::Entity::find_by_id(id)
        .one(tx.conn())
        .await?
        .ok_or_else(|| Rejected::at(Code::UnknownReference, path).into())
}

/// Changes a place. A new parent must have the depth of the old one: then no subtree moves, and a
/// cycle cannot come about. That a community with unfinished requests is not closed, and none is
/// submitted to a closed one, is kept by the database: this slice knows nothing of requests, and only
/// there can both sides of a race meet. The lock on the row is what makes submissions wait.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: PlaceId,
    expected_version: i32,
    input: PlaceChange,
) -> Result<Committed<place::Model>> {
    let address = input.address.as_ref().and_then(Option::as_deref);
    text::check_optional("address", address, text::LINE)?;
    let tx = app.begin(actor).await?;
    let mut row = place::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let permit = tx.authorize(Action::PlaceManage, &Target::place(&row))?;
    if row.version != expected_version {
        return Err(Rejected::new(Code::StaleVersion).with("currentVersion", row.version).into());
    }
    if let Some(parent) = input.parent {
        let parent = find(&tx, parent, "parentId").await?;
        let same_tenant =
            row.kind == PlaceKind::Community || parent.community_id == row.community_id;
        if !rules::may_hold(Some(parent.kind), row.kind)
            || parent.depth + 1 != row.depth
            || !same_tenant
        {
            return Err(Rejected::at(Code::BadParent, "parentId").into());
        }
        tx.authorize(Action::PlaceManage, &Target::place(&parent))?;
        row.parent_id = Some(parent.id);
    }
    row.names = input.names.unwrap_or(row.names);
    row.address = input.address.unwrap_or(row.address);
    row.auto_assign =
        input.auto_assign.unwrap_or(row.auto_assign) && row.kind == PlaceKind::Community;
    if row.active && input.active == Some(false) {
        check_vacant(&tx, id).await?;
    }
    row.active = input.active.unwrap_or(row.active);
    row.version += 1;
    let changed = place::ActiveModel::from(row.clone()).reset_all();
    place::Entity::update(changed).exec(tx.conn()).await?;
    tx.forgets(queries::MEMO, id.0);
    let event = Event::new(permit, "PLACE_CHANGED", "place", id)
        .community(row.community_id)
        .data(serde_json::json!({ "version": row.version }));
    tx.commit(vec![event], row).await
}

/// Refuses to close a place that somebody answers for, or will: they would keep their role. Whoever begins a term
/// there locks its row too, and finds it closed.
async fn check_vacant(tx: &Tx<'_>, id: PlaceId) -> Result<()> {
    let offices = [Role::BlockLead, Role::DeputyBlockLead, Role::GeneralLead];
    if identity::queries::held(tx.conn(), tx.now(), &offices, id).await? {
        return Err(Rejected::at(Code::OfficeHeld, "active").into());
    }
    Ok(())
}

/// Sets who is on duty on the days of a span (at most 62), replacing what was there.
pub async fn roster_set(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    days: (NaiveDate, NaiveDate),
    accounts: Vec<AccountId>,
) -> Result<Committed<Vec<duty::Model>>> {
    let (from, until) = days;
    if until < from || (until - from).num_days() > 62 || accounts.len() > 50 {
        return Err(Error::bad_input("input", "at most 62 days and 50 people"));
    }
    let accounts: BTreeSet<AccountId> = accounts.into_iter().collect();
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::RosterManage, &Target::community(community))?;
    // Two who set a roster at once do it one after the other.
    queries::active_community(&tx, community).await?;
    let staff =
        identity::queries::holders(tx.conn(), tx.now(), Role::Specialist, community).await?;
    if accounts.iter().any(|a| !staff.contains(a)) {
        return Err(Rejected::at(Code::NotASpecialist, "accountIds").into());
    }
    duty::Entity::delete_many()
        .filter(duty::Column::CommunityId.eq(community))
        .filter(duty::Column::Day.between(from, until))
        .exec(tx.conn())
        .await?;
    let rows: Vec<duty::Model> = from
        .iter_days()
        .take_while(|d| *d <= until)
        .flat_map(|day| {
            accounts.iter().map(move |a| duty::Model {
                community_id: community,
                day,
                account_id: *a,
            })
        })
        .collect();
    for chunk in rows.chunks(500) {
        duty::Entity::insert_many(chunk.iter().cloned().map(duty::ActiveModel::from))
            .exec_without_returning(tx.conn())
            .await?;
    }
    let event = Event::new(permit, "DUTY_ROSTER_SET", "place", community)
        .community(community)
        .data(serde_json::json!({ "from": from, "until": until }));
    tx.commit(vec![event], rows).await
}

/// A leave.
#[derive(Clone, Copy, Debug)]
pub struct NewLeave {
    /// Where.
    pub community: PlaceId,
    /// Who is away.
    pub account: AccountId,
    /// Who stands in.
    pub stand_in: Option<AccountId>,
    /// First and last day.
    pub days: (NaiveDate, NaiveDate),
}

/// Enters a leave. The stand-in gets what the duty roster would have given to the one away. Nobody
/// is away twice on one day: there would be two stand-ins.
pub async fn leave_enter(
    app: &App,
    actor: &Actor,
    input: NewLeave,
) -> Result<Committed<staff_leave::Model>> {
    let (from_day, until_day) = input.days;
    if until_day < from_day || (until_day - from_day).num_days() > 400 {
        return Err(Error::bad_input("untilDay", "not before the first day, at most 400 days"));
    }
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::RosterManage, &Target::community(input.community))?;
    let staff =
        identity::queries::holders(tx.conn(), tx.now(), Role::Specialist, input.community).await?;
    if !staff.contains(&input.account) {
        return Err(Rejected::at(Code::NotASpecialist, "accountId").into());
    }
    if input.stand_in.is_some_and(|s| s == input.account || !staff.contains(&s)) {
        return Err(Rejected::at(Code::NotASpecialist, "standInId").into());
    }
    // A trigger says the same of two that are entered at the same moment.
    let known = queries::leaves_of(tx.conn(), input.community, input.account, from_day).await?;
    if known.iter().any(|l| rules::overlap((l.from_day, l.until_day), input.days)) {
        return Err(Rejected::at(Code::LeaveOverlaps, "fromDay").into());
    }
    let row = staff_leave::Model {
        id: LeaveId(tx.new_id()),
        community_id: input.community,
        account_id: input.account,
        stand_in_id: input.stand_in,
        from_day,
        until_day,
        cancelled_at: None,
    };
    staff_leave::Entity::insert(staff_leave::ActiveModel::from(row.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    let event = Event::new(permit, "LEAVE_ENTERED", "account", input.account)
        .community(input.community)
        .data(serde_json::json!({ "from": from_day, "until": until_day }));
    tx.commit(vec![event], row).await
}

/// Cancels a leave.
pub async fn leave_cancel(
    app: &App,
    actor: &Actor,
    id: LeaveId,
) -> Result<Committed<staff_leave::Model>> {
    let tx = app.begin(actor).await?;
    let mut row = staff_leave::Entity::find_by_id(id)
        .filter(staff_leave::Column::CancelledAt.is_null())
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let permit = tx.authorize(Action::RosterManage, &Target::community(row.community_id))?;
    row.cancelled_at = Some(tx.now());
    staff_leave::Entity::update_many()
        .col_expr(staff_leave::Column::CancelledAt, Expr::value(tx.now()))
        .filter(staff_leave::Column::Id.eq(id))
        .exec(tx.conn())
        .await?;
    let event = Event::new(permit, "LEAVE_CANCELLED", "account", row.account_id)
        .community(row.community_id);
    tx.commit(vec![event], row).await
}
