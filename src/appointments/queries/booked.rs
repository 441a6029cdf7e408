//! Reads of what is booked.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use linli_entity::{
    appointment,
    enums::{AppointmentState, Confidentiality},
    ids::{AccountId, AppointmentId, PersonId, PlaceId, RequestId},
    service_request,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, JoinType, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef, Select, Statement, Value,
    sea_query::{Expr, Order, SelectStatement},
};

use crate::{
    appointments::{queries::receiving_role, rules},
    communities, identity,
    kernel::{
        Action, Actor, App, Error, Followed, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
    requests,
};

/// An appointment, whoever asks: for callers that ask the policy about its request.
pub async fn by_id(app: &App, id: AppointmentId) -> Result<appointment::Model> {
    appointment::Entity::find_by_id(id).one(app.db.reader()).await?.ok_or(Error::NotFound)
}

/// The appointments of a request, the latest begin first; at most 50. For callers that asked the policy
/// about the request.
pub async fn of_request(app: &App, request: RequestId) -> Result<Vec<appointment::Model>> {
    Ok(appointment::Entity::find()
        .filter(appointment::Column::RequestId.eq(request))
        .order_by_desc(appointment::Column::FromAt)
        .order_by_desc(appointment::Column::Id)
        .limit(50)
        .all(app.db.reader())
        .await?)
}

/// Appointments ahead whose staff are on leave on that day, or receive the residents of such requests no
/// more; the nearest first, at most `limit` of a community for each confidentiality.
pub(crate) async fn without_staff(app: &App, limit: u64) -> Result<Vec<AppointmentId>> {
    use appointment::Column as C;
    use service_request::Column as R;
    let (conn, now) = (app.db.reader(), app.clock.now());
    let request: RelationDef = appointment::Entity::belongs_to(service_request::Entity)
        .from(C::RequestId)
        .to(R::Id)
        .into();
    let ahead = || {
        let booked = C::State.eq(AppointmentState::Booked);
        let select = appointment::Entity::find().select_only().filter(booked);
        select.filter(C::FromAt.gt(now)).join(JoinType::InnerJoin, request.clone())
    };
    let booked: Vec<(PlaceId, Confidentiality, AccountId)> = ahead()
        .columns([C::CommunityId])
        .columns([R::Confidentiality])
        .columns([C::StaffId])
        .distinct()
        .into_tuple()
        .all(conn)
        .await?;
    let mut by_team: HashMap<(PlaceId, Confidentiality), Vec<AccountId>> = HashMap::new();
    for (community, confidentiality, account) in booked {
        by_team.entry((community, confidentiality)).or_default().push(account);
    }
    let days = (app.day(now), app.day(now) + Days::new(366));
    let mut found = Vec::new();
    for ((community, confidentiality), accounts) in by_team {
        let role = [receiving_role(confidentiality)];
        let receiving = identity::queries::staff_of(conn, now, community, &role).await?;
        let owning = requests::service::owning_roles(confidentiality);
        let owning = identity::queries::staff_of(conn, now, community, owning).await?;
        let beside = accounts.iter().filter(|a| !receiving.contains_key(a)).copied();
        let gone = accounts
            .iter()
            .filter(|a| !receiving.contains_key(a) && !owning.contains_key(a))
            .copied();
        let not_theirs = Condition::any().add(R::OwnerId.is_null()).add(
            Expr::col((service_request::Entity, R::OwnerId))
                .ne(Expr::col((appointment::Entity, C::StaffId))),
        );
        // Who does not receive such residents may still receive those of their own requests.
        let mut absent = Condition::any()
            .add(C::StaffId.is_in(gone))
            .add(Condition::all().add(C::StaffId.is_in(beside)).add(not_theirs));
        for leave in communities::queries::absences(conn, community, days).await? {
            let (first, last) = (leave.from_day, leave.until_day);
            let away = Condition::all()
                .add(C::StaffId.eq(leave.account_id))
                .add(C::FromAt.gte(rules::whole_day(app.zone, first).from))
                .add(C::FromAt.lt(rules::whole_day(app.zone, last).until));
            absent = absent.add(away);
        }
        let of_team: Vec<AppointmentId> = ahead()
            .column(C::Id)
            .filter(C::CommunityId.eq(community))
            .filter(R::Confidentiality.eq(confidentiality))
            .filter(absent)
            .order_by_asc(C::FromAt)
            .limit(limit)
            .into_tuple()
            .all(conn)
            .await?;
        found.extend(of_team);
    }
    Ok(found)
}

fn requests_of(person: PersonId) -> SelectStatement {
    service_request::Entity::find()
        .select_only()
        .column(service_request::Column::Id)
        .filter(service_request::Column::RequesterId.eq(person))
        .into_query()
}

/// One's own appointments: those of one's own requests, or of the one that is followed.
fn own(actor: &Actor, ahead: Option<DateTime<Utc>>) -> Result<Select<appointment::Entity>> {
    use appointment::Column as C;
    let select = appointment::Entity::find();
    let select = match actor {
        Actor::Tracking { followed: Followed::Request(id), .. } => {
            select.filter(C::RequestId.eq(*id))
        }
        Actor::Tracking { followed: Followed::Incident(_), .. }
        | Actor::Anonymous
        | Actor::User(_)
        | Actor::System(_) => {
            select.filter(C::RequestId.in_subquery(requests_of(actor.signed_in()?.person)))
        }
    };
    Ok(match ahead {
        None => select,
        Some(now) => {
            select.filter(C::State.eq(AppointmentState::Booked)).filter(C::UntilAt.gt(now))
        }
    })
}

/// A page of one's own appointments, the latest begin first; or only those ahead, the next first.
pub async fn mine(
    app: &App,
    actor: &Actor,
    ahead: bool,
    page: PageArgs,
) -> Result<Page<appointment::Model>> {
    use appointment::Column as C;
    let order = if ahead { Order::Asc } else { Order::Desc };
    let select = own(actor, ahead.then(|| app.clock.now()))?;
    let rows = page.apply(select, C::FromAt, C::Id, order).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// The appointments of a person with the numbers of their requests, for their own calendar: what was over
/// or was cancelled before `since` is left out; at most 500.
pub async fn for_calendar(
    app: &App,
    person: PersonId,
    since: DateTime<Utc>,
) -> Result<Vec<(appointment::Model, String)>> {
    use appointment::Column as C;
    let cancelled = C::State.eq(AppointmentState::Cancelled);
    let shown = Condition::any()
        .add(C::State.ne(AppointmentState::Cancelled).and(C::UntilAt.gt(since)))
        .add(cancelled.and(C::EndedAt.gt(since)));
    let rows = appointment::Entity::find()
        .filter(C::RequestId.in_subquery(requests_of(person)))
        .filter(shown)
        .order_by_desc(C::FromAt)
        .limit(500)
        .all(app.db.reader())
        .await?;
    let numbers: HashMap<RequestId, String> = service_request::Entity::find()
        .select_only()
        .columns([service_request::Column::Id, service_request::Column::Number])
        .filter(service_request::Column::Id.is_in(rows.iter().map(|row| row.request_id)))
        .into_tuple()
        .all(app.db.reader())
        .await?
        .into_iter()
        .collect();
    let numbered = |row: appointment::Model| {
        let number = numbers.get(&row.request_id).cloned().unwrap_or_default();
        (row, number)
    };
    Ok(rows.into_iter().map(numbered).collect())
}

/// How many they are.
pub async fn mine_count(app: &App, actor: &Actor, ahead: bool) -> Result<u64> {
    Ok(own(actor, ahead.then(|| app.clock.now()))?.count(app.db.reader()).await?)
}

/// The appointments of a station's day whose requests the actor may see.
async fn of_day(
    app: &App,
    actor: &Actor,
    station: PlaceId,
    day: NaiveDate,
) -> Result<Select<appointment::Entity>> {
    use appointment::Column as C;
    let place = communities::queries::place(app, app.db.reader(), station).await?;
    policy::authorize(actor, Action::AppointmentDayRead, &Target::place(&place))?;
    let day = rules::whole_day(app.zone, day);
    let seen = service_request::Entity::find()
        .select_only()
        .column(service_request::Column::Id)
        .filter(requests::queries::visible(actor, place.community_id, true))
        .into_query();
    Ok(appointment::Entity::find()
        .filter(C::StationId.eq(station))
        .filter(C::FromAt.gte(day.from))
        .filter(C::FromAt.lt(day.until))
        .filter(C::RequestId.in_subquery(seen)))
}

/// A page of a station's day in the order of time, for its staff.
pub async fn day_list(
    app: &App,
    actor: &Actor,
    (station, day): (PlaceId, NaiveDate),
    page: PageArgs,
) -> Result<Page<appointment::Model>> {
    use appointment::Column as C;
    let select = of_day(app, actor, station, day).await?;
    let rows = page.apply(select, C::FromAt, C::Id, Order::Asc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many they are.
pub async fn day_count(app: &App, actor: &Actor, station: PlaceId, day: NaiveDate) -> Result<u64> {
    Ok(of_day(app, actor, station, day).await?.count(app.db.reader()).await?)
}

/// How often the resident of a request was told to come, and how often they did.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Visits {
    request_id: RequestId,
    /// What the matter promises, in the version that the request keeps.
    pub promised: i32,
    /// Appointments at the window to which the resident came.
    pub made: i64,
}

/// The same of several requests. For callers that asked the policy.
pub async fn visits(app: &App, ids: &[RequestId]) -> Result<HashMap<RequestId, Visits>> {
    let marks: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT r.id AS request_id, v.visits_promised AS promised, (SELECT COUNT(*) FROM \
         appointment a WHERE a.request_id = r.id AND a.kind = 'WINDOW' AND a.state IN ('ARRIVED', \
         'DONE')) AS made FROM service_request r JOIN matter_version v ON v.id = \
         r.matter_version_id WHERE r.id IN ({})",
        marks.join(", ")
    );
    let values = ids.iter().map(|id| Value::from(*id));
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let rows = Visits::find_by_statement(statement).all(app.db.reader()).await?;
    Ok(rows.into_iter().map(|row| (row.request_id, row)).collect())
}
