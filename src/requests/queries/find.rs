//! Which requests somebody may see, and finding them.

use std::collections::HashMap;

use linli_entity::{
    account,
    enums::{Confidentiality, RequestState, Role},
    ids::{AccountId, MatterId, PersonId, PlaceId, RequestId},
    person, service_request,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait, RelationDef, Select, Statement,
    sea_query::{Expr, Order},
};

use super::row::{EVENT, EventRow, RequestRow, Want, columns};
use crate::{
    delegations,
    kernel::{
        Action, Actor, App, Error, Followed, Result,
        page::{Page, PageArgs},
        policy,
    },
};

/// Which requests are wanted.
#[derive(Clone, Debug, Default)]
pub struct RequestFilter {
    /// Of this community.
    pub community: Option<PlaceId>,
    /// In one of these states.
    pub states: Option<Vec<RequestState>>,
    /// Only those that still need work.
    pub open: bool,
    /// Owned by this account.
    pub owner: Option<AccountId>,
    /// Of this matter.
    pub matter: Option<MatterId>,
    /// Only one's own, as the requester.
    pub mine: bool,
    /// Only those whose deadline has passed.
    pub overdue: bool,
}

/// Orders of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestOrder {
    /// The most urgent first.
    #[default]
    Due,
    /// The newest first.
    Newest,
}

/// The predicate of visibility: says in SQL what `Action::RequestRead` says in the policy. `by_owner`:
/// the list is one of somebody's own work, where confidential requests assigned to them belong.
pub fn visible(actor: &Actor, community: Option<PlaceId>, by_owner: bool) -> Condition {
    use service_request::Column;
    let mut any = Condition::any();
    match actor {
        Actor::Anonymous => return any.add(Expr::cust("1 = 0")),
        Actor::System(_) => return Condition::all(),
        Actor::Tracking { followed: Followed::Request(id), .. } => {
            return any.add(Column::Id.eq(*id));
        }
        Actor::Tracking { followed: Followed::Incident(_), .. } => {
            return any.add(Expr::cust("1 = 0"));
        }
        Actor::User(_) => {}
    }
    let of = |roles: &[Role]| -> Vec<PlaceId> {
        let mut places = actor.communities(roles);
        places.retain(|p| community.is_none_or(|c| c == *p));
        places
    };
    let within = |places: Vec<PlaceId>| match places.as_slice() {
        [one] => Column::CommunityId.eq(*one),
        many => Column::CommunityId.is_in(many.iter().copied()),
    };
    let plain = of(&[Role::Specialist, Role::CommunityManager, Role::SubdistrictManager]);
    let managed = of(&[Role::CommunityManager]);
    let party = of(&[Role::BranchSecretary]);
    let whole = community.is_some() && !plain.is_empty() && !by_owner;
    if !plain.is_empty() {
        let none = Column::Confidentiality.eq(Confidentiality::None);
        any = any.add(Condition::all().add(within(plain)).add(none));
    }
    if !managed.is_empty() {
        let mediation = Column::Confidentiality.eq(Confidentiality::Mediation);
        any = any.add(Condition::all().add(within(managed)).add(mediation));
    }
    if !party.is_empty() {
        let party_affairs = Column::Confidentiality.eq(Confidentiality::Party);
        any = any.add(Condition::all().add(within(party)).add(party_affairs));
    }
    if whole && of(&[Role::CommunityManager]).is_empty() && of(&[Role::BranchSecretary]).is_empty()
    {
        // The queue of a specialist: one range of one index. Confidential requests that somebody
        // assigned to them, and their own, are in the lists by owner and by requester.
        return any;
    }
    any = any.add(Column::RequesterId.eq(actor.person()));
    let owning = of(&[Role::Specialist, Role::CommunityManager, Role::BranchSecretary]);
    if owning.is_empty() {
        return any;
    }
    any.add(Condition::all().add(Column::OwnerId.eq(actor.account())).add(within(owning)).add(
        Column::State.is_not_in([
            RequestState::Closed,
            RequestState::Declined,
            RequestState::Withdrawn,
            RequestState::Merged,
        ]),
    ))
}

/// The predicate of the partial index behind every queue, word for word: an engine uses the index
/// only if it can see that it covers the query.
pub(super) const OPEN: &str = "service_request.state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS', \
                    'WITH_DEPARTMENT', 'AWAITING_RESIDENT')";

/// Every read of requests starts here.
pub(super) fn scoped(actor: &Actor, filter: &RequestFilter) -> Select<service_request::Entity> {
    use service_request::Column;
    let mut select = service_request::Entity::find();
    if filter.mine && matches!(actor, Actor::User(_)) {
        select = select.filter(Column::RequesterId.eq(actor.person()));
    } else {
        select = select.filter(visible(actor, filter.community, filter.owner.is_some()));
    }
    if let Some(community) = filter.community {
        select = select.filter(Column::CommunityId.eq(community));
    }
    if filter.open {
        select = select.filter(Expr::cust(OPEN));
    }
    if let Some(states) = &filter.states {
        select = select.filter(Column::State.is_in(states.iter().copied()));
    }
    if let Some(owner) = filter.owner {
        select = select.filter(Column::OwnerId.eq(owner));
    }
    if let Some(matter) = filter.matter {
        select = select.filter(Column::MatterId.eq(matter));
    }
    if filter.overdue {
        select = select.filter(Column::Overdue.eq(true));
    }
    select
}

/// The columns of a [`RequestRow`], with what was asked for.
pub(crate) fn narrow(
    select: Select<service_request::Entity>,
    want: Want,
) -> Select<service_request::Entity> {
    use service_request::Column as C;
    let mut select = select.select_only();
    if want.owner {
        let owner: RelationDef = service_request::Entity::belongs_to(account::Entity)
            .from(C::OwnerId)
            .to(account::Column::Id)
            .into();
        select = select.join(JoinType::LeftJoin, owner);
    }
    if want.requester {
        let requester: RelationDef = service_request::Entity::belongs_to(person::Entity)
            .from(C::RequesterId)
            .to(person::Column::Id)
            .into();
        select = select.join(JoinType::LeftJoin, requester);
    }
    select.expr(Expr::cust(columns(want)))
}

/// One request, if the actor may see it: of one object the policy is asked itself.
pub async fn by_id(app: &App, actor: &Actor, id: RequestId, want: Want) -> Result<RequestRow> {
    let sql = format!(
        "SELECT {} FROM service_request {} WHERE service_request.id = $1",
        columns(want),
        joins(want),
    );
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, [id.into()]);
    let row = app.db.reader().query_one_raw(statement).await?.ok_or(Error::NotFound)?;
    seen(app, actor, RequestRow::read(&row, want)?.0).await
}

/// Of these requests those that the actor may see, with details.
pub async fn by_ids(
    app: &App,
    actor: &Actor,
    ids: &[RequestId],
) -> Result<HashMap<RequestId, RequestRow>> {
    let want = Want { owner: true, requester: true, details: true };
    let select = service_request::Entity::find()
        .filter(service_request::Column::Id.is_in(ids.iter().copied()));
    let rows = all(app, narrow(select, want).build(app.db.backend()), want).await?;
    Ok(all_seen(app, actor, rows).await?.into_iter().map(|row| (row.id, row)).collect())
}

async fn seen(app: &App, actor: &Actor, row: RequestRow) -> Result<RequestRow> {
    all_seen(app, actor, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// Of these rows those that the actor may see: by themselves, or for the requester, which is looked up
/// only where it matters.
async fn all_seen(app: &App, actor: &Actor, rows: Vec<RequestRow>) -> Result<Vec<RequestRow>> {
    let own = |row: &RequestRow| policy::allowed(actor, Action::RequestRead, &row.target());
    let others = rows.iter().filter(|row| !own(row));
    let others: Vec<_> = others.filter_map(|r| Some((r.requester_id?, r.matter_id))).collect();
    let acting = delegations::queries::acting(app, actor, &others).await?;
    let for_them = |row: &RequestRow| {
        row.requester_id.is_some_and(|p| acting.contains_key(&(p, row.matter_id)))
    };
    Ok(rows.into_iter().filter(|row| own(row) || for_them(row)).collect())
}

/// Requests of a person of some matters, newest first; for those who may act for them.
fn of(person: PersonId, matters: &[MatterId]) -> Select<service_request::Entity> {
    service_request::Entity::find()
        .filter(service_request::Column::RequesterId.eq(person))
        .filter(service_request::Column::MatterId.is_in(matters.iter().copied()))
}

/// A page of them.
pub async fn of_matters(
    app: &App,
    person: PersonId,
    matters: &[MatterId],
    page: PageArgs,
) -> Result<Page<RequestRow>> {
    use service_request::{Column as C, Entity as E};
    let want = Want { owner: true, requester: true, details: true };
    let select = narrow(of(person, matters), want);
    let select = page.order(select, (E, C::SubmittedAt), (E, C::Id), Order::Desc);
    let statement = page.statement(&select, app.db.backend());
    Ok(page.cut(all(app, statement, want).await?))
}

/// How many there are.
pub async fn of_matters_count(app: &App, person: PersonId, matters: &[MatterId]) -> Result<u64> {
    Ok(of(person, matters).count(app.db.reader()).await?)
}

fn joins(want: Want) -> String {
    let owner =
        if want.owner { "LEFT JOIN account ON account.id = service_request.owner_id " } else { "" };
    let requester = if want.requester {
        "LEFT JOIN person ON person.id = service_request.requester_id "
    } else {
        ""
    };
    format!("{owner}{requester}")
}

/// One request, if the actor may see it, with its `newest` events, newest first, those that are
/// internal to the office included; all in one statement.
pub async fn by_id_with_events(
    app: &App,
    actor: &Actor,
    id: RequestId,
    want: Want,
    newest: u64,
) -> Result<(RequestRow, Vec<EventRow>)> {
    // Events of one object are numbered without gaps.
    let sql = format!(
        "SELECT {}, {EVENT} FROM service_request JOIN event e ON e.aggregate_id = \
         service_request.id AND e.seq > (SELECT MAX(x.seq) - {newest} FROM event x \
         WHERE x.aggregate_id = $1) {} WHERE service_request.id = $1 ORDER BY e.seq DESC",
        columns(want),
        joins(want),
    );
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, [id.into()]);
    let rows = app.db.reader().query_all_raw(statement).await?;
    let first = rows.first().ok_or(Error::NotFound)?;
    let (request, width) = RequestRow::read(first, want)?;
    let request = seen(app, actor, request).await?;
    let events = rows.iter().map(|row| EventRow::read(row, width));
    Ok((request, events.collect::<std::result::Result<_, _>>()?))
}

/// One request by its number, if the actor may see it.
pub async fn by_number(app: &App, actor: &Actor, number: &str, want: Want) -> Result<RequestRow> {
    let number: String = number.trim().chars().filter(|c| *c != '\0').take(64).collect();
    let select = service_request::Entity::find()
        .filter(service_request::Column::Number.eq(number.to_uppercase()));
    let statement = narrow(select, want).build(app.db.backend());
    let row = all(app, statement, want).await?.pop().ok_or(Error::NotFound)?;
    seen(app, actor, row).await
}

/// The rows of a statement that selects [`columns`].
async fn all(app: &App, statement: Statement, want: Want) -> Result<Vec<RequestRow>> {
    let rows = app.db.reader().query_all_raw(statement).await?;
    let read = |row| RequestRow::read(row, want).map(|(row, _)| row);
    Ok(rows.iter().map(read).collect::<std::result::Result<_, _>>()?)
}

/// A page of requests.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: &RequestFilter,
    order: RequestOrder,
    page: PageArgs,
    want: Want,
) -> Result<Page<RequestRow>> {
    use service_request::{Column as C, Entity as E};
    if matches!(actor, Actor::Anonymous) {
        return Err(Error::Unauthenticated);
    }
    let select = scoped(actor, filter);
    let select = narrow(select, want);
    let select = match order {
        RequestOrder::Due => page.order(select, (E, C::QueueAt), (E, C::Id), Order::Asc),
        RequestOrder::Newest => page.order(select, (E, C::SubmittedAt), (E, C::Id), Order::Desc),
    };
    let statement = page.statement(&select, app.db.backend());
    Ok(page.cut(all(app, statement, want).await?))
}

/// How many there are.
pub async fn count(app: &App, actor: &Actor, filter: &RequestFilter) -> Result<u64> {
    Ok(scoped(actor, filter).count(app.db.reader()).await?)
}
