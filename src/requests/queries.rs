//! Reads of service requests. Every one starts from who may see what: visibility is part of the
//! SQL, never a filter afterwards.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use linli_entity::{
    account, contact_attempt, contact_task,
    enums::{
        Confidentiality, Confirmation, ConfirmedVia, ContactPreference, IntakeChannel, Outcome,
        RequestState, Role, ServiceMode,
    },
    event, extension,
    ids::{AccountId, MatterId, MatterVersionId, PersonId, PlaceId, RequestId},
    internal_note,
    json::Answers,
    person, public_note, read_log, request_ownership, service_request,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef, Select,
    Statement,
    sea_query::{Expr, Order},
};

use super::rules::{self, Step};
use crate::kernel::{
    Action, Actor, App, Error, Result, Target,
    page::{Page, PageArgs},
    policy,
};

/// A request as lists show it: without the texts that only its own page needs.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "the columns of service_request, described there")]
pub struct RequestRow {
    pub id: RequestId,
    pub community_id: PlaceId,
    pub number: String,
    pub matter_id: MatterId,
    pub matter_version_id: MatterVersionId,
    pub confidentiality: Confidentiality,
    pub requester_id: Option<PersonId>,
    pub entered_by: Option<AccountId>,
    pub intake_channel: IntakeChannel,
    pub service_mode: ServiceMode,
    pub state: RequestState,
    pub outcome: Option<Outcome>,
    pub confirmation: Option<Confirmation>,
    pub confirmed_via: Option<ConfirmedVia>,
    pub title: Option<String>,
    pub block_id: Option<PlaceId>,
    pub owner_id: Option<AccountId>,
    pub merged_into: Option<RequestId>,
    pub submitted_at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub first_response_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub response_due_at: Option<DateTime<Utc>>,
    pub due_at: Option<DateTime<Utc>>,
    pub original_due_at: Option<DateTime<Utc>>,
    pub legal_due_at: Option<DateTime<Utc>>,
    pub queue_at: DateTime<Utc>,
    pub reopen_until: Option<DateTime<Utc>>,
    pub handled_work_s: Option<i64>,
    pub overdue: bool,
    pub supplements: i32,
    pub transfers: i32,
    pub returns: i32,
    pub reopens: i32,
    pub appealed: bool,
    pub version: i32,
    /// Joined when asked for.
    pub owner_name: Option<String>,
    /// Joined when asked for; masked before it is shown.
    pub requester_name: Option<String>,
    /// Joined when asked for.
    pub requester_contact: Option<ContactPreference>,
}

impl RequestRow {
    /// The row of a request that was just changed; names are loaded when asked for.
    pub fn of(model: service_request::Model) -> Self {
        Self {
            id: model.id,
            community_id: model.community_id,
            number: model.number,
            matter_id: model.matter_id,
            matter_version_id: model.matter_version_id,
            confidentiality: model.confidentiality,
            requester_id: model.requester_id,
            entered_by: model.entered_by,
            intake_channel: model.intake_channel,
            service_mode: model.service_mode,
            state: model.state,
            outcome: model.outcome,
            confirmation: model.confirmation,
            confirmed_via: model.confirmed_via,
            title: model.title,
            block_id: model.block_id,
            owner_id: model.owner_id,
            merged_into: model.merged_into,
            submitted_at: model.submitted_at,
            accepted_at: model.accepted_at,
            first_response_at: model.first_response_at,
            resolved_at: model.resolved_at,
            closed_at: model.closed_at,
            response_due_at: model.response_due_at,
            due_at: model.due_at,
            original_due_at: model.original_due_at,
            legal_due_at: model.legal_due_at,
            queue_at: model.queue_at,
            reopen_until: model.reopen_until,
            handled_work_s: model.handled_work_s,
            overdue: model.overdue,
            supplements: model.supplements,
            transfers: model.transfers,
            returns: model.returns,
            reopens: model.reopens,
            appealed: model.appealed,
            version: model.version,
            owner_name: None,
            requester_name: None,
            requester_contact: None,
        }
    }

    /// The steps that `actor` may take now, by the table and the policy.
    pub fn available(&self, actor: &Actor, now: DateTime<Utc>) -> Vec<Step> {
        let target = self.target();
        Step::ALL
            .into_iter()
            .filter(|step| self.fits(*step, now))
            .filter(|step| step.actions().iter().any(|a| policy::allowed(actor, *a, &target)))
            .collect()
    }

    fn fits(&self, step: Step, now: DateTime<Utc>) -> bool {
        let facts = rules::StepFacts {
            state: self.state,
            outcome: self.outcome,
            reopen_until: self.reopen_until,
            closed_at: self.closed_at,
            appealed: self.appealed,
        };
        rules::check_step(&facts, step, now).is_ok()
    }

    /// What the policy needs to know.
    pub fn target(&self) -> Target {
        rules::target_of(
            self.id,
            self.community_id,
            self.confidentiality,
            self.state,
            self.requester_id,
            self.owner_id,
        )
    }
}

/// The names to join into the first statement.
#[derive(Clone, Copy, Debug, Default)]
pub struct Join {
    /// The owner's.
    pub owner: bool,
    /// The requester's.
    pub requester: bool,
}

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
        Actor::Tracking { request, .. } => return any.add(Column::Id.eq(*request)),
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
const OPEN: &str = "service_request.state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS', \
                    'WITH_DEPARTMENT', 'AWAITING_RESIDENT')";

/// Every read of requests starts here.
fn scoped(actor: &Actor, filter: &RequestFilter) -> Select<service_request::Entity> {
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

/// Only the columns of [`RequestRow`], with the names that were asked for.
pub(crate) fn narrow(
    select: Select<service_request::Entity>,
    join: Join,
) -> sea_orm::Selector<sea_orm::SelectModel<RequestRow>> {
    use service_request::Column as C;
    let mut select = select.select_only().columns([
        C::Id,
        C::CommunityId,
        C::Number,
        C::MatterId,
        C::MatterVersionId,
        C::Confidentiality,
        C::RequesterId,
        C::EnteredBy,
        C::IntakeChannel,
        C::ServiceMode,
        C::State,
        C::Outcome,
        C::Confirmation,
        C::ConfirmedVia,
        C::Title,
        C::BlockId,
        C::OwnerId,
        C::MergedInto,
        C::SubmittedAt,
        C::AcceptedAt,
        C::FirstResponseAt,
        C::ResolvedAt,
        C::ClosedAt,
        C::ResponseDueAt,
        C::DueAt,
        C::OriginalDueAt,
        C::LegalDueAt,
        C::QueueAt,
        C::ReopenUntil,
        C::HandledWorkS,
        C::Overdue,
        C::Supplements,
        C::Transfers,
        C::Returns,
        C::Reopens,
        C::Appealed,
        C::Version,
    ]);
    let nothing = || Expr::cust("CAST(NULL AS text)");
    if join.owner {
        let owner: RelationDef = service_request::Entity::belongs_to(account::Entity)
            .from(C::OwnerId)
            .to(account::Column::Id)
            .into();
        select = select
            .join(JoinType::LeftJoin, owner)
            .column_as(account::Column::StaffName, "owner_name");
    } else {
        select = select.column_as(nothing(), "owner_name");
    }
    if join.requester {
        let requester: RelationDef = service_request::Entity::belongs_to(person::Entity)
            .from(C::RequesterId)
            .to(person::Column::Id)
            .into();
        select = select
            .join(JoinType::LeftJoin, requester)
            .column_as(person::Column::Name, "requester_name")
            .column_as(person::Column::ContactPreference, "requester_contact");
    } else {
        select =
            select.column_as(nothing(), "requester_name").column_as(nothing(), "requester_contact");
    }
    select.into_model::<RequestRow>()
}

/// One request, if the actor may see it.
pub async fn by_id(app: &App, actor: &Actor, id: RequestId, join: Join) -> Result<RequestRow> {
    let select =
        scoped(actor, &RequestFilter::default()).filter(service_request::Column::Id.eq(id));
    narrow(select, join).one(app.db.reader()).await?.ok_or(Error::NotFound)
}

/// One request by its number, if the actor may see it.
pub async fn by_number(app: &App, actor: &Actor, number: &str, join: Join) -> Result<RequestRow> {
    let number: String = number.trim().chars().filter(|c| *c != '\0').take(64).collect();
    let select = scoped(actor, &RequestFilter::default())
        .filter(service_request::Column::Number.eq(number.to_uppercase()));
    narrow(select, join).one(app.db.reader()).await?.ok_or(Error::NotFound)
}

/// A page of requests.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: &RequestFilter,
    order: RequestOrder,
    page: PageArgs,
    join: Join,
) -> Result<Page<RequestRow>> {
    use service_request::{Column as C, Entity as E};
    if matches!(actor, Actor::Anonymous) {
        return Err(Error::Unauthenticated);
    }
    let select = scoped(actor, filter);
    let select = match order {
        RequestOrder::Due => page.apply(select, (E, C::QueueAt), (E, C::Id), Order::Asc),
        RequestOrder::Newest => page.apply(select, (E, C::SubmittedAt), (E, C::Id), Order::Desc),
    };
    Ok(page.cut(narrow(select, join).all(app.db.reader()).await?))
}

/// How many there are.
pub async fn count(app: &App, actor: &Actor, filter: &RequestFilter) -> Result<u64> {
    Ok(scoped(actor, filter).count(app.db.reader()).await?)
}

/// What only the page of a request shows.
#[derive(Clone, Debug)]
pub struct Content {
    /// Description.
    pub description: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
    /// Answers.
    pub answers: Option<Answers>,
    /// What the clock knows.
    pub clock: serde_json::Value,
}

/// Contents by request, for requests that the actor may see: the reading is written down first.
pub async fn contents(
    app: &App,
    actor: &Actor,
    ids: &[RequestId],
) -> Result<HashMap<RequestId, Content>> {
    let rows = scoped(actor, &RequestFilter::default())
        .filter(service_request::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.reader())
        .await?;
    super::service::record_reads(app, actor, &rows).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let content = Content {
                description: row.description,
                address: row.address,
                position: row.lat.zip(row.long),
                answers: row.answers,
                clock: row.clock,
            };
            (row.id, content)
        })
        .collect())
}

/// Kinds of events that the resident is not shown.
pub const INTERNAL_EVENTS: &[&str] = &[
    "REQUEST_INTERNAL_NOTE_ADDED",
    "REQUEST_CONTACT_ATTEMPTED",
    "REQUEST_REPROJECTED",
    "REQUEST_RESPONSE_OVERDUE",
    "REQUEST_OVERDUE",
    "REQUEST_EXTENSION_ASKED",
    "REQUEST_EXTENSION_REFUSED",
    "PERSONAL_DATA_REVEALED",
    "CONTACT_TASK_DONE",
    "REQUEST_FOLLOWED",
];

/// What the newest events of a request are asked by: the request, how many, whether internal ones
/// too.
pub type EventsKey = (RequestId, u64, bool);

/// The newest events of requests, newest first. One statement for all requests of a page.
pub async fn events(
    app: &App,
    keys: &[EventsKey],
) -> Result<HashMap<EventsKey, Vec<event::Model>>> {
    let mut found: HashMap<EventsKey, Vec<event::Model>> = HashMap::new();
    let mut groups: HashMap<(u64, bool), Vec<RequestId>> = HashMap::new();
    for (id, newest, internal) in keys {
        groups.entry((*newest, *internal)).or_default().push(*id);
    }
    for ((newest, internal), ids) in groups {
        for row in newest_events(app, &ids, newest, internal).await? {
            let key = (RequestId(row.aggregate_id), newest, internal);
            found.entry(key).or_default().push(row);
        }
    }
    Ok(found)
}

async fn newest_events(
    app: &App,
    ids: &[RequestId],
    newest: u64,
    internal: bool,
) -> Result<Vec<event::Model>> {
    let mut select = event::Entity::find();
    if !internal {
        select = select.filter(event::Column::Kind.is_not_in(INTERNAL_EVENTS.iter().copied()));
    }
    if let [id] = ids {
        return Ok(select
            .filter(event::Column::AggregateId.eq(id.0))
            .order_by_desc(event::Column::Seq)
            .limit(newest)
            .all(app.db.reader())
            .await?);
    }
    // The n newest of each: rank them within their request.
    let mut inner = select
        .filter(event::Column::AggregateId.is_in(ids.iter().map(|id| id.0)))
        .select_only()
        .column(event::Column::Id)
        .column_as(
            Expr::cust("ROW_NUMBER() OVER (PARTITION BY aggregate_id ORDER BY seq DESC)"),
            "rank",
        );
    let ranked = QuerySelect::query(&mut inner).take();
    let ids_query = sea_orm::sea_query::Query::select()
        .column("id")
        .from_subquery(ranked, "r")
        .and_where(sea_orm::ExprTrait::lte(Expr::col("rank"), newest))
        .to_owned();
    Ok(event::Entity::find()
        .filter(event::Column::Id.in_subquery(ids_query))
        .order_by_desc(event::Column::Seq)
        .all(app.db.reader())
        .await?)
}

/// Public notes by request, oldest first; at most 200 each.
pub async fn public_notes(
    app: &App,
    ids: &[RequestId],
) -> Result<HashMap<RequestId, Vec<public_note::Model>>> {
    let rows = public_note::Entity::find()
        .filter(public_note::Column::RequestId.is_in(ids.iter().copied()))
        .order_by_asc(public_note::Column::At)
        .order_by_asc(public_note::Column::Id)
        .all(app.db.reader())
        .await?;
    Ok(grouped(rows, |row| row.request_id))
}

/// Internal notes of a request, oldest first; at most 200. For staff only.
pub async fn internal_notes(
    app: &App,
    actor: &Actor,
    row: &RequestRow,
) -> Result<Vec<internal_note::Model>> {
    policy::authorize(actor, Action::RequestReadInternal, &row.target())?;
    Ok(internal_note::Entity::find()
        .filter(internal_note::Column::RequestId.eq(row.id))
        .order_by_asc(internal_note::Column::At)
        .limit(200)
        .all(app.db.reader())
        .await?)
}

/// Attempts to reach the resident, oldest first; at most 200. For staff only.
pub async fn attempts(
    app: &App,
    actor: &Actor,
    row: &RequestRow,
) -> Result<Vec<contact_attempt::Model>> {
    policy::authorize(actor, Action::RequestReadInternal, &row.target())?;
    Ok(contact_attempt::Entity::find()
        .filter(contact_attempt::Column::RequestId.eq(row.id))
        .order_by_asc(contact_attempt::Column::At)
        .limit(200)
        .all(app.db.reader())
        .await?)
}

/// The ownership ledger of a request, oldest first; at most 200. For staff only.
pub async fn ownership(
    app: &App,
    actor: &Actor,
    row: &RequestRow,
) -> Result<Vec<request_ownership::Model>> {
    policy::authorize(actor, Action::RequestReadInternal, &row.target())?;
    Ok(request_ownership::Entity::find()
        .filter(request_ownership::Column::RequestId.eq(row.id))
        .order_by_asc(request_ownership::Column::FromAt)
        .limit(200)
        .all(app.db.reader())
        .await?)
}

/// Extensions of a request, oldest first; at most 50. For staff only.
pub async fn extensions(
    app: &App,
    actor: &Actor,
    row: &RequestRow,
) -> Result<Vec<extension::Model>> {
    policy::authorize(actor, Action::RequestReadInternal, &row.target())?;
    Ok(extension::Entity::find()
        .filter(extension::Column::RequestId.eq(row.id))
        .order_by_asc(extension::Column::RequestedAt)
        .limit(50)
        .all(app.db.reader())
        .await?)
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> RequestId) -> HashMap<RequestId, Vec<T>> {
    let mut groups: HashMap<RequestId, Vec<T>> = HashMap::new();
    for row in rows {
        let group = groups.entry(key(&row)).or_default();
        if group.len() < 200 {
            group.push(row);
        }
    }
    groups
}

/// Entries about a person, and about the earlier records that were linked to them.
fn about(person: PersonId) -> Condition {
    let earlier = person::Entity::find()
        .select_only()
        .column(person::Column::Id)
        .filter(person::Column::MergedInto.eq(person))
        .into_query();
    Condition::any()
        .add(read_log::Column::SubjectId.eq(person))
        .add(read_log::Column::SubjectId.in_subquery(earlier))
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

/// Open contact tasks of a community, oldest first.
pub async fn contact_tasks(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    page: PageArgs,
) -> Result<Page<contact_task::Model>> {
    policy::authorize(actor, Action::ContactTaskDo, &Target::community(community))?;
    let select = contact_task::Entity::find()
        .filter(contact_task::Column::CommunityId.eq(community))
        .filter(Expr::cust("done_at IS NULL"));
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
    policy::authorize(actor, Action::ContactTaskDo, &Target::community(community))?;
    Ok(contact_task::Entity::find()
        .filter(contact_task::Column::CommunityId.eq(community))
        .filter(Expr::cust("done_at IS NULL"))
        .count(app.db.reader())
        .await?)
}

/// How many open requests have a date that the calendar cannot give, by year-less communities; for
/// `linli doctor`.
pub async fn without_date(app: &App) -> Result<i64> {
    let conn = app.db.reader();
    let row = conn
        .query_one_raw(Statement::from_string(
            conn.get_database_backend(),
            "SELECT COUNT(*) FROM service_request r JOIN matter_version v \
             ON v.id = r.matter_version_id WHERE v.promised_days IS NOT NULL AND r.due_at IS NULL \
             AND r.state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS', 'WITH_DEPARTMENT', \
             'AWAITING_RESIDENT')",
        ))
        .await?;
    row.map_or(Ok(0), |r| Ok(r.try_get_by_index(0)?))
}

/// Whether somebody earlier was entered by staff under the phone of the actor, and not linked yet.
pub async fn has_earlier_records(app: &App, actor: &Actor) -> Result<bool> {
    let me = crate::identity::queries::person(app, actor.signed_in()?.person).await?;
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
        requests::clock::{Clock, Limits},
    };
    let conn = app.db.reader();
    let rows =
        service_request::Entity::find().filter(Expr::cust(OPEN)).limit(limit).all(conn).await?;
    let mut drifted = 0;
    for row in rows {
        let clock: Clock = serde_json::from_value(row.clock).map_err(Error::internal)?;
        let calendar = calendar::queries::limits(app, conn, row.community_id).await?;
        let version = catalogue::queries::version(app, conn, row.matter_version_id).await?;
        let projection = clock.project(Limits::from(&*version), &calendar);
        let same = projection.due_at == row.due_at && clock.accepted_at == row.accepted_at;
        drifted += usize::from(!same && row.legacy_id.is_none());
    }
    Ok(drifted)
}
