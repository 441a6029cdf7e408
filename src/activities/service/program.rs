//! Planning an activity, and changing it.

use chrono::{DateTime, Datelike, Utc};
use linli_entity::{
    activity, activity_partner, activity_registration, activity_seats, activity_session,
    enums::{ActivityKind, ActivityState, RegistrationState},
    ids::{ActivityId, PartnerId, PlaceId, ThemeId},
    json::Localised,
    partner_organisation, theme,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::{
    line::promote,
    lock,
    sessions::{self, NewSession},
};
use crate::{
    activities::rules,
    communities,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Rejected, Result, Target, Tx,
    },
};

/// A new activity.
#[derive(Clone, Debug)]
pub struct NewActivity {
    /// Community.
    pub community: PlaceId,
    /// Kind.
    pub kind: ActivityKind,
    /// The theme that it is of.
    pub theme: Option<ThemeId>,
    /// Title.
    pub titles: Localised,
    /// Description.
    pub descriptions: Localised,
    /// How many people there is room for.
    pub capacity: i32,
    /// Youngest and oldest, in years.
    pub ages: (Option<i32>, Option<i32>),
    /// How long who moves up has to accept, in minutes; none if they have the seats at once.
    pub offer_minutes: Option<i32>,
    /// When registration opens, and the first instant at which it is closed.
    pub window: (DateTime<Utc>, DateTime<Utc>),
    /// Sessions; at least one.
    pub sessions: Vec<NewSession>,
    /// Who takes part.
    pub partners: Vec<PartnerId>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// What changes of an activity; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ActivityChange {
    /// Kind.
    pub kind: Option<ActivityKind>,
    /// The theme that it is of; `Some(None)` takes it away.
    pub theme: Option<Option<ThemeId>>,
    /// Title.
    pub titles: Option<Localised>,
    /// Description.
    pub descriptions: Option<Localised>,
    /// How many people there is room for.
    pub capacity: Option<i32>,
    /// Youngest, in years; `Some(None)` for no limit.
    pub min_age: Option<Option<i32>>,
    /// Oldest, in years; `Some(None)` for no limit.
    pub max_age: Option<Option<i32>>,
    /// How long who moves up has to accept, in minutes; `Some(None)` if they have the seats at once.
    pub offer_minutes: Option<Option<i32>>,
    /// When registration opens.
    pub opens: Option<DateTime<Utc>>,
    /// First instant at which registration is closed.
    pub closes: Option<DateTime<Utc>>,
    /// Who takes part, all of them.
    pub partners: Option<Vec<PartnerId>>,
}

/// Plans an activity: a draft that holds its rooms already.
pub async fn create(
    app: &App,
    actor: &Actor,
    input: NewActivity,
) -> Result<Committed<activity::Model>> {
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::ActivityManage, &Target::community(input.community))?;
    let id = ActivityId(tx.new_id());
    if let Some(replay) = tx.once("activityCreate", input.once.as_ref(), id.0).await? {
        let row = activity::Entity::find_by_id(ActivityId(replay.0)).one(tx.conn()).await?;
        return tx.replayed(replay, row.ok_or(Error::NotFound)?).await;
    }
    communities::queries::active_community(&tx, input.community).await?;
    check_theme(&tx, input.community, input.theme).await?;
    let partners = check_partners(&tx, input.community, input.partners).await?;
    let rows = sessions::build(&tx, input.community, id, input.sessions)?;
    let (starts_at, ends_at) = sessions::span(&rows)?;
    let row = activity::Model {
        id,
        community_id: input.community,
        kind: input.kind,
        theme_id: input.theme,
        titles: input.titles,
        descriptions: input.descriptions,
        state: ActivityState::Draft,
        min_age: input.ages.0,
        max_age: input.ages.1,
        offer_minutes: input.offer_minutes,
        registration_opens_at: input.window.0,
        registration_closes_at: input.window.1,
        starts_at,
        ends_at,
        published_at: None,
        cancel_reason: None,
        attendance: None,
        report: None,
        held_at: None,
        created_at: tx.now(),
        sequence: 0,
        version: 1,
    };
    check(&row, input.capacity)?;
    if let Some(taken) = sessions::reserve(&tx, &rows).await? {
        drop(tx);
        return Err(taken.refusal(app).await);
    }
    tx.insert_last(activity::ActiveModel::from(row.clone()));
    let seats = activity_seats::Model {
        activity_id: id,
        capacity: input.capacity,
        taken: 0,
        peak: 0,
        next_seq: 1,
    };
    tx.insert_last(activity_seats::ActiveModel::from(seats));
    for session in rows {
        tx.insert_last(activity_session::ActiveModel::from(session));
    }
    insert_partners(&tx, &row, &partners);
    let event = Event::new(permit, "ACTIVITY_CREATED", "activity", id)
        .community(row.community_id)
        .data(json!({ "kind": row.kind, "version": row.version }))
        .row_held();
    tx.commit(vec![event], row).await
}

/// Changes what an activity is; its sessions have steps of their own. More seats go to those in line
/// at once.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: ActivityId,
    expected_version: i32,
    input: ActivityChange,
) -> Result<Committed<activity::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let locked = lock(&tx, id).await?;
    let permit = locked.may_change(&tx, expected_version)?;
    let (before, kind) = (&locked.row, locked.changed_kind());
    rules::check_state(before.state, &[ActivityState::Draft, ActivityState::Published])?;
    if before.state == ActivityState::Published && tx.now() >= before.starts_at {
        return Err(Rejected::new(Code::WindowClosed).into());
    }
    let mut row = before.clone();
    if let Some(theme) = input.theme {
        check_theme(&tx, row.community_id, theme).await?;
        row.theme_id = theme;
    }
    row.kind = input.kind.unwrap_or(row.kind);
    row.titles = input.titles.unwrap_or(row.titles);
    row.descriptions = input.descriptions.unwrap_or(row.descriptions);
    row.min_age = input.min_age.unwrap_or(row.min_age);
    row.max_age = input.max_age.unwrap_or(row.max_age);
    row.offer_minutes = input.offer_minutes.unwrap_or(row.offer_minutes);
    row.registration_opens_at = input.opens.unwrap_or(row.registration_opens_at);
    row.registration_closes_at = input.closes.unwrap_or(row.registration_closes_at);
    row.version += 1;
    row.sequence += i32::from(row.state == ActivityState::Published);
    let mut seats = locked.seats.clone();
    seats.capacity = input.capacity.unwrap_or(seats.capacity);
    check(&row, seats.capacity)?;
    check_capacity(&tx, &seats).await?;
    if let Some(partners) = input.partners {
        let partners = check_partners(&tx, row.community_id, partners).await?;
        activity_partner::Entity::delete_many()
            .filter(activity_partner::Column::ActivityId.eq(id))
            .exec(tx.conn())
            .await?;
        insert_partners(&tx, &row, &partners);
    }
    let by = (Action::ActivityManage, Target::community(row.community_id));
    let mut events = promote(&tx, &row, &mut seats, &by).await?;
    tx.update_last(before, &row);
    tx.update_last(&locked.seats, &seats);
    events.insert(
        0,
        Event::new(permit, kind, "activity", id)
            .community(row.community_id)
            .data(json!({ "version": row.version, "sequence": row.sequence }))
            .row_held(),
    );
    tx.commit(events, row).await
}

/// What must fit together of an activity.
fn check(row: &activity::Model, capacity: i32) -> Result<()> {
    let wrong = |path: &str, wanted: &str| -> Result<()> {
        Err(Rejected::at(Code::InvalidValue, path).with("wanted", wanted).into())
    };
    if !(1..=10_000).contains(&capacity) {
        return wrong("capacity", "1 to 10000");
    }
    let ages = [row.min_age, row.max_age];
    if ages.iter().flatten().any(|age| !(0..=120).contains(age)) {
        return wrong("minAge", "0 to 120");
    }
    if let [Some(min), Some(max)] = ages
        && min > max
    {
        return wrong("maxAge", "not below minAge");
    }
    if row.offer_minutes.is_some_and(|minutes| !(30..=10_080).contains(&minutes)) {
        return wrong("offerMinutes", "30 to 10080");
    }
    let ends = [row.registration_opens_at, row.registration_closes_at];
    if ends.iter().any(|at| !(2000..=2200).contains(&at.year())) {
        return wrong("registrationOpensAt", "years 2000 to 2200");
    }
    if row.registration_closes_at <= row.registration_opens_at {
        return wrong("registrationClosesAt", "after registrationOpensAt");
    }
    Ok(())
}

/// Nobody loses their seats, and nobody waits for more seats than there are.
async fn check_capacity(tx: &Tx<'_>, seats: &activity_seats::Model) -> Result<()> {
    use activity_registration::Column as C;
    let largest: Option<i32> = activity_registration::Entity::find()
        .select_only()
        .column(C::People)
        .filter(C::ActivityId.eq(seats.activity_id))
        .filter(C::State.eq(RegistrationState::Waiting))
        .order_by_desc(C::People)
        .into_tuple()
        .one(tx.conn())
        .await?;
    if seats.capacity < seats.taken || largest.is_some_and(|l| seats.capacity < l) {
        return Err(Rejected::at(Code::CapacityTooLow, "capacity").into());
    }
    Ok(())
}

async fn check_theme(tx: &Tx<'_>, community: PlaceId, id: Option<ThemeId>) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    let found = theme::Entity::find_by_id(id).one(tx.conn()).await?;
    if found.is_some_and(|t| t.community_id == community) {
        return Ok(());
    }
    Err(Rejected::at(Code::UnknownReference, "themeId").into())
}

async fn check_partners(
    tx: &Tx<'_>,
    community: PlaceId,
    mut ids: Vec<PartnerId>,
) -> Result<Vec<PartnerId>> {
    use partner_organisation::Column as C;
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > rules::PARTNERS {
        return Err(Error::bad_input("input.partnerIds", "at most 20"));
    }
    if ids.is_empty() {
        return Ok(ids);
    }
    let known = partner_organisation::Entity::find()
        .filter(C::Id.is_in(ids.iter().copied()))
        .filter(C::CommunityId.eq(community))
        .filter(C::Active.eq(true))
        .count(tx.conn())
        .await?;
    if usize::try_from(known).ok() != Some(ids.len()) {
        return Err(Rejected::at(Code::UnknownReference, "partnerIds").into());
    }
    Ok(ids)
}

fn insert_partners(tx: &Tx<'_>, row: &activity::Model, partners: &[PartnerId]) {
    for partner in partners {
        tx.insert_last(activity_partner::ActiveModel::from(activity_partner::Model {
            activity_id: row.id,
            partner_id: *partner,
            community_id: row.community_id,
        }));
    }
}
