//! Reads of activities. What is published is everybody's; drafts are for those who plan.

mod checks;
mod parts;
mod statistics;

use chrono::{DateTime, Utc};
use linli_entity::{
    activity, activity_feedback, activity_registration, activity_session, activity_ticket,
    enums::{ActivityKind, ActivityState, ReadPurpose, RegistrationEnd, RegistrationState},
    ids::{ActivityId, ActivitySessionId, PersonId, PlaceId, RegistrationId, ThemeId},
    partner_organisation, theme,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, sea_query::Order,
};

pub use checks::contradictions;
pub use parts::{
    Seats, activities_by_id, check_ins_of, history_of, members_of, partners_of, positions_of,
    seats_of, sessions_of, themes_by_id,
};
pub use statistics::{Counted, MonthLine, count};

use crate::{
    identity,
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

/// Which activities are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActivityFilter {
    /// Of this kind.
    pub kind: Option<ActivityKind>,
    /// Of this theme.
    pub theme: Option<ThemeId>,
    /// In this state.
    pub state: Option<ActivityState>,
    /// That begin then or later.
    pub from: Option<DateTime<Utc>>,
    /// That begin before then.
    pub until: Option<DateTime<Utc>>,
}

/// Whether somebody sees an activity: a draft that was cancelled was nobody's business either.
pub fn sees(actor: &Actor, row: &activity::Model) -> bool {
    row.published_at.is_some()
        || policy::allowed(actor, Action::ActivityManage, &Target::community(row.community_id))
}

/// What somebody sees of a community's activities: says in SQL what [`sees`] says.
fn visible(actor: &Actor, community: PlaceId) -> Condition {
    let of_community = Condition::all().add(activity::Column::CommunityId.eq(community));
    if policy::allowed(actor, Action::ActivityManage, &Target::community(community)) {
        return of_community;
    }
    of_community.add(activity::Column::PublishedAt.is_not_null())
}

/// An activity that somebody sees.
pub async fn activity(app: &App, actor: &Actor, id: ActivityId) -> Result<activity::Model> {
    let row = activity::Entity::find_by_id(id).one(app.db.reader()).await?;
    row.filter(|r| sees(actor, r)).ok_or(Error::NotFound)
}

fn filtered(actor: &Actor, community: PlaceId, filter: ActivityFilter) -> Select<activity::Entity> {
    use activity::Column as C;
    activity::Entity::find()
        .filter(visible(actor, community))
        .apply_if(filter.kind, |s, kind| s.filter(C::Kind.eq(kind)))
        .apply_if(filter.theme, |s, theme| s.filter(C::ThemeId.eq(theme)))
        .apply_if(filter.state, |s, state| s.filter(C::State.eq(state)))
        .apply_if(filter.from, |s, from| s.filter(C::StartsAt.gte(from)))
        .apply_if(filter.until, |s, until| s.filter(C::StartsAt.lt(until)))
}

/// A page of the activities of a community, in the order in which they begin.
pub async fn activities(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    filter: ActivityFilter,
    page: PageArgs,
) -> Result<Page<activity::Model>> {
    let select = filtered(actor, community, filter);
    let rows = page
        .apply(select, activity::Column::StartsAt, activity::Column::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many activities there are.
pub async fn activities_count(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    filter: ActivityFilter,
) -> Result<u64> {
    Ok(filtered(actor, community, filter).count(app.db.reader()).await?)
}

/// The themes of a year, by month; at most 12.
pub async fn themes(app: &App, community: PlaceId, year: i32) -> Result<Vec<theme::Model>> {
    Ok(theme::Entity::find()
        .filter(theme::Column::CommunityId.eq(community))
        .filter(theme::Column::Year.eq(year))
        .order_by_asc(theme::Column::Month)
        .limit(12)
        .all(app.db.reader())
        .await?)
}

/// The partner organisations of a community; at most 200.
pub async fn partners(app: &App, community: PlaceId) -> Result<Vec<partner_organisation::Model>> {
    Ok(partner_organisation::Entity::find()
        .filter(partner_organisation::Column::CommunityId.eq(community))
        .order_by_asc(partner_organisation::Column::CreatedAt)
        .order_by_asc(partner_organisation::Column::Id)
        .limit(200)
        .all(app.db.reader())
        .await?)
}

fn registered(
    activity: ActivityId,
    state: Option<RegistrationState>,
) -> Select<activity_registration::Entity> {
    use activity_registration::Column as C;
    activity_registration::Entity::find()
        .filter(C::ActivityId.eq(activity))
        .apply_if(state, |s, state| s.filter(C::State.eq(state)))
}

/// A page of the registrations for an activity, in the order in which they came; for staff. That they
/// opened them is written down.
pub async fn registrations(
    app: &App,
    actor: &Actor,
    id: ActivityId,
    state: Option<RegistrationState>,
    page: PageArgs,
) -> Result<Page<activity_registration::Model>> {
    use activity_registration::Column as C;
    actor.signed_in()?;
    let row = activity(app, actor, id).await?;
    let target = Target::community(row.community_id);
    policy::authorize(actor, Action::ActivityRegistrationRead, &target)?;
    let rows = page
        .apply(registered(id, state), C::CreatedAt, C::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    let page = page.cut(rows);
    record_looks(app, actor, &page.rows).await?;
    Ok(page)
}

async fn record_looks(
    app: &App,
    actor: &Actor,
    rows: &[activity_registration::Model],
) -> Result<()> {
    let whose = rows.iter().map(|row| (row.person_id, row.community_id));
    identity::service::looked(app, actor, ReadPurpose::Registration, whose).await
}

/// How many registrations an activity has; for those who may read them.
pub async fn registrations_count(
    app: &App,
    id: ActivityId,
    state: Option<RegistrationState>,
) -> Result<u64> {
    Ok(registered(id, state).count(app.db.reader()).await?)
}

/// A person's registrations, newest first; for those who may act for them, of whom that is written down.
pub async fn of_principal(
    app: &App,
    actor: &Actor,
    principal: PersonId,
    page: PageArgs,
) -> Result<Page<activity_registration::Model>> {
    let page = of_person(app, principal, page).await?;
    record_looks(app, actor, &page.rows).await?;
    Ok(page)
}

async fn of_person(
    app: &App,
    person: PersonId,
    page: PageArgs,
) -> Result<Page<activity_registration::Model>> {
    use activity_registration::Column as C;
    let rows =
        page.apply(of(person), C::CreatedAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many registrations a person has; for those who may act for them.
pub async fn of_person_count(app: &App, person: PersonId) -> Result<u64> {
    Ok(of(person).count(app.db.reader()).await?)
}

/// Registrations of a person and of the records that were linked to them.
fn of(person: PersonId) -> Select<activity_registration::Entity> {
    let theirs = identity::queries::theirs(activity_registration::Column::PersonId, person);
    activity_registration::Entity::find().filter(theirs)
}

/// One's own registrations, newest first.
pub async fn mine(
    app: &App,
    actor: &Actor,
    page: PageArgs,
) -> Result<Page<activity_registration::Model>> {
    of_person(app, actor.signed_in()?.person, page).await
}

/// How many registrations one has.
pub async fn mine_count(app: &App, actor: &Actor) -> Result<u64> {
    of_person_count(app, actor.signed_in()?.person).await
}

/// The activities of a community that were published and are not over since `since`, for its public
/// calendar: those to come first in line, at most 500.
pub async fn for_calendar(
    app: &App,
    community: PlaceId,
    since: DateTime<Utc>,
) -> Result<Vec<activity::Model>> {
    use activity::Column as C;
    Ok(activity::Entity::find()
        .filter(C::CommunityId.eq(community))
        .filter(C::PublishedAt.is_not_null())
        .filter(C::EndsAt.gt(since))
        .order_by_desc(C::StartsAt)
        .limit(500)
        .all(app.db.reader())
        .await?)
}

/// The activities for which a person has seats, and those that were cancelled over their registration; not
/// those that were over before `since`; at most 500.
pub async fn of_person_for_calendar(
    app: &App,
    person: PersonId,
    since: DateTime<Utc>,
) -> Result<Vec<activity::Model>> {
    use activity_registration::Column as C;
    let seats = C::State.eq(RegistrationState::Registered);
    let lost = C::EndedBy.eq(RegistrationEnd::Activity);
    let registered = of(person).select_only().column(C::ActivityId).filter(seats.or(lost));
    Ok(activity::Entity::find()
        .filter(activity::Column::Id.in_subquery(registered.into_query()))
        .filter(activity::Column::EndsAt.gt(since))
        .order_by_desc(activity::Column::StartsAt)
        .limit(500)
        .all(app.db.reader())
        .await?)
}

/// What was thought of an activity, best first; without names or times. At most 1000.
pub async fn feedback(
    app: &App,
    actor: &Actor,
    id: ActivityId,
) -> Result<Vec<activity_feedback::Model>> {
    use activity_feedback::Column as C;
    actor.signed_in()?;
    let row = activity(app, actor, id).await?;
    policy::authorize(actor, Action::ActivityFeedbackRead, &Target::community(row.community_id))?;
    Ok(activity_feedback::Entity::find()
        .filter(C::ActivityId.eq(id))
        .order_by_desc(C::Score)
        .order_by_asc(C::Body)
        .limit(1000)
        .all(app.db.reader())
        .await?)
}

/// The numbers of a session, for staff; at most 1000.
pub async fn tickets(
    app: &App,
    actor: &Actor,
    id: ActivitySessionId,
) -> Result<Vec<activity_ticket::Model>> {
    actor.signed_in()?;
    let session = activity_session::Entity::find_by_id(id).one(app.db.reader()).await?;
    let session = session.ok_or(Error::NotFound)?;
    activity(app, actor, session.activity_id).await?;
    policy::authorize(actor, Action::ActivityDoor, &Target::community(session.community_id))?;
    Ok(activity_ticket::Entity::find()
        .filter(activity_ticket::Column::SessionId.eq(id))
        .order_by_asc(activity_ticket::Column::Number)
        .limit(1000)
        .all(app.db.reader())
        .await?)
}

/// Who is to be told of what happened to an activity: those who have seats or wait, and when it was
/// cancelled those whose registration ended with it.
pub async fn concerned(app: &App, id: ActivityId) -> Result<Vec<PersonId>> {
    use activity_registration::Column as C;
    let ended = C::EndedBy.eq(RegistrationEnd::Activity);
    Ok(activity_registration::Entity::find()
        .select_only()
        .column(C::PersonId)
        .filter(C::ActivityId.eq(id))
        .filter(C::State.ne(RegistrationState::Cancelled).or(ended))
        .order_by_asc(C::Seq)
        .into_tuple()
        .all(app.db.reader())
        .await?)
}

/// Until when a registration has seats on offer, as the portal's own jobs see it; none if it has not.
pub async fn offer(app: &App, id: RegistrationId) -> Result<Option<DateTime<Utc>>> {
    let row = activity_registration::Entity::find_by_id(id).one(app.db.reader()).await?;
    Ok(row.and_then(|row| row.offered_until))
}

/// An activity as the portal's own jobs see it.
pub async fn any(app: &App, id: ActivityId) -> Result<Option<activity::Model>> {
    Ok(activity::Entity::find_by_id(id).one(app.db.reader()).await?)
}
