//! What the office and the resident look up around requests: read log, contact tasks, checks.

use linli_entity::{
    contact_task,
    enums::Confidentiality,
    ids::{ContactTaskId, PersonId, PlaceId},
    incident_report, person, read_log, service_request, wish,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, Statement,
    sea_query::{Expr, Order},
};

use super::find::OPEN;
use crate::{
    identity,
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

/// Entries about a person, and about the earlier records that were linked to them.
fn about(person: PersonId) -> Condition {
    identity::queries::theirs(read_log::Column::SubjectId, person)
}

/// Who opened one's data, newest first.
pub async fn read_log(app: &App, actor: &Actor, page: PageArgs) -> Result<Page<read_log::Model>> {
    let person = actor.signed_in()?.person;
    let select = read_log::Entity::find().filter(about(person));
    let rows = page
        .apply(select, read_log::Column::At, read_log::Column::Id, Order::Desc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// Open contact tasks of a community about requests that the actor serves, and about the wishes and
/// incidents of others.
fn open_tasks(actor: &Actor, community: PlaceId) -> Result<Select<contact_task::Entity>> {
    let confidential = [Confidentiality::None, Confidentiality::Mediation, Confidentiality::Party];
    let target = |c| Target { confidentiality: Some(c), ..Target::community(community) };
    let served: Vec<Confidentiality> = confidential
        .into_iter()
        .filter(|c| policy::allowed(actor, Action::ContactTaskDo, &target(*c)))
        .collect();
    if served.is_empty() {
        policy::authorize(actor, Action::ContactTaskDo, &Target::community(community))?;
    }
    let others_too = served.contains(&Confidentiality::None);
    let requests = service_request::Entity::find()
        .select_only()
        .column(service_request::Column::Id)
        .filter(service_request::Column::CommunityId.eq(community))
        .filter(service_request::Column::Confidentiality.is_in(served))
        .into_query();
    let mut about = Condition::any().add(contact_task::Column::RequestId.in_subquery(requests));
    if others_too {
        let own = wish::Entity::find()
            .select_only()
            .column(wish::Column::Id)
            .filter(identity::queries::theirs(wish::Column::PersonId, actor.signed_in()?.person))
            .into_query();
        about = about.add(
            Condition::all()
                .add(contact_task::Column::WishId.is_not_null())
                .add(contact_task::Column::WishId.not_in_subquery(own)),
        );
        let own = incident_report::Entity::find()
            .select_only()
            .column(incident_report::Column::IncidentId)
            .filter(incident_report::Column::Follows.eq(false))
            .filter(identity::queries::theirs(
                incident_report::Column::PersonId,
                actor.signed_in()?.person,
            ))
            .into_query();
        about = about.add(
            Condition::all()
                .add(contact_task::Column::IncidentId.is_not_null())
                .add(contact_task::Column::IncidentId.not_in_subquery(own)),
        );
    }
    Ok(contact_task::Entity::find()
        .filter(contact_task::Column::CommunityId.eq(community))
        .filter(Expr::cust("done_at IS NULL"))
        .filter(about))
}

/// What a contact task is about, which never changes; for who is going to ask what it is about.
pub async fn contact_task(app: &App, id: ContactTaskId) -> Result<contact_task::Model> {
    let task = contact_task::Entity::find_by_id(id).one(app.db.reader()).await?;
    task.ok_or(Error::NotFound)
}

/// Open contact tasks of a community, oldest first.
pub async fn contact_tasks(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    page: PageArgs,
) -> Result<Page<contact_task::Model>> {
    let select = open_tasks(actor, community)?;
    let rows = page
        .apply(select, contact_task::Column::CreatedAt, contact_task::Column::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many entries one's read log has.
pub async fn read_log_count(app: &App, actor: &Actor) -> Result<u64> {
    let person = actor.signed_in()?.person;
    Ok(read_log::Entity::find().filter(about(person)).count(app.db.reader()).await?)
}

/// How many contact tasks of a community are open.
pub async fn contact_tasks_count(app: &App, actor: &Actor, community: PlaceId) -> Result<u64> {
    Ok(open_tasks(actor, community)?.count(app.db.reader()).await?)
}

/// How many open requests have a date that the calendar cannot give, by year-less communities; for
/// `linli doctor`.
pub async fn without_date(app: &App) -> Result<i64> {
    let conn = app.db.reader();
    let row = conn
        .query_one_raw(Statement::from_string(
            conn.get_database_backend(),
            "SELECT COUNT(*) FROM service_request r JOIN matter_version v \
             ON v.id = r.matter_version_id WHERE r.due_at IS NULL AND (v.promised_days IS NOT NULL \
             OR v.legal_days IS NOT NULL AND r.legal_due_at IS NULL) AND r.state IN ('SUBMITTED', \
             'ACCEPTED', 'IN_PROGRESS', 'WITH_DEPARTMENT', 'AWAITING_RESIDENT')",
        ))
        .await?;
    row.map_or(Ok(0), |r| Ok(r.try_get_by_index(0)?))
}

/// Whether somebody earlier was entered by staff under the phone of the actor, and not linked yet.
pub async fn has_earlier_records(app: &App, actor: &Actor) -> Result<bool> {
    let me = identity::queries::person(app, actor.signed_in()?.person).await?;
    let Some(phone) = me.phone.filter(|_| me.phone_verified) else { return Ok(false) };
    let earlier = person::Entity::find()
        .filter(person::Column::Phone.eq(phone))
        .filter(person::Column::Id.ne(me.id))
        .filter(person::Column::MergedInto.is_null())
        .filter(person::Column::PhoneVerified.eq(false))
        .count(app.db.reader())
        .await?;
    Ok(earlier > 0)
}

/// Open requests of a community, as a new calendar would see them; at most 5,000, oldest deadline
/// first. For the preview of a calendar.
pub async fn open_with_clock(
    app: &App,
    actor: &Actor,
    community: PlaceId,
) -> Result<Vec<service_request::Model>> {
    policy::authorize(actor, Action::CalendarManage, &Target::community(community))?;
    Ok(service_request::Entity::find()
        .filter(service_request::Column::CommunityId.eq(community))
        .filter(Expr::cust(OPEN))
        .order_by_asc(service_request::Column::QueueAt)
        .limit(5000)
        .all(app.db.reader())
        .await?)
}

/// How many of up to `limit` open requests have other dates than their history says; for `linli
/// doctor`.
pub async fn drifted(app: &App, limit: u64) -> Result<usize> {
    use crate::{
        calendar, catalogue,
        requests::{
            clock::{Clock, Limits},
            rules,
        },
    };
    let conn = app.db.reader();
    let rows =
        service_request::Entity::find().filter(Expr::cust(OPEN)).limit(limit).all(conn).await?;
    let mut drifted = 0;
    for row in rows {
        let clock: Clock = serde_json::from_value(row.clock.clone()).map_err(Error::internal)?;
        let calendar = calendar::queries::limits(app, conn, row.community_id).await?;
        let version = catalogue::queries::version(app, conn, row.matter_version_id).await?;
        let projection = clock.project(Limits::from(&*version), &calendar);
        let same = rules::agrees(&row, &projection, &clock);
        drifted += usize::from(!same && row.legacy_id.is_none());
    }
    Ok(drifted)
}
