//! Reads of appointments. What can be booked is public; an appointment is seen by whoever may see its
//! request.

mod booked;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use linli_entity::{
    appointment_plan,
    enums::{AppointmentKind, CalendarKind, Confidentiality, ResourceKind, Role},
    ids::{AccountId, PersonId, PlaceId, RequestId},
    service_request,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

pub(super) use booked::without_staff;
pub use booked::{
    Visits, by_id, day_count, day_list, for_calendar, mine, mine_count, of_request, visits,
};

use super::rules::{self, Team};
use crate::{
    calendar::{self, rules::YearMissing},
    communities, identity,
    kernel::{Action, Actor, App, Code, Error, Rejected, Result, Target, Tx, policy},
    requests::{self, queries::Want},
    reservations::{
        self,
        rules::{Held, Span},
    },
};

/// A time that a plan offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Begin and end.
    pub span: Span,
    /// How many can still book it.
    pub free: usize,
}

/// What of a request decides who can receive its resident.
#[derive(Clone, Copy, Debug)]
pub struct Whose {
    /// How confidential it is.
    pub confidentiality: Confidentiality,
    /// Who owns it.
    pub owner: Option<AccountId>,
    /// Whose it is: nobody handles their own.
    pub requester: Option<PersonId>,
}

impl Whose {
    /// A request that nobody has submitted yet, of a matter that is not confidential.
    pub const ANYBODYS: Self =
        Self { confidentiality: Confidentiality::None, owner: None, requester: None };
}

impl From<&service_request::Model> for Whose {
    fn from(row: &service_request::Model) -> Self {
        Self {
            confidentiality: row.confidentiality,
            owner: row.owner_id,
            requester: row.requester_id,
        }
    }
}

/// The plans of a community's stations; at most 200.
pub async fn plans(
    app: &App,
    actor: &Actor,
    community: PlaceId,
) -> Result<Vec<appointment_plan::Model>> {
    policy::authorize(actor, Action::AppointmentOffersRead, &Target::NONE)?;
    Ok(appointment_plan::Entity::find()
        .filter(appointment_plan::Column::CommunityId.eq(community))
        .order_by_asc(appointment_plan::Column::CreatedAt)
        .order_by_asc(appointment_plan::Column::Id)
        .limit(200)
        .all(app.db.reader())
        .await?)
}

/// The plan of a station for a kind.
pub(super) async fn plan(
    conn: &impl ConnectionTrait,
    station: PlaceId,
    kind: AppointmentKind,
) -> Result<Option<appointment_plan::Model>> {
    Ok(plan_of(station, kind).one(conn).await?)
}

/// The same for who books: whoever changes the plan waits until that is done.
pub(super) async fn plan_in_tx(
    tx: &Tx<'_>,
    station: PlaceId,
    kind: AppointmentKind,
) -> Result<Option<appointment_plan::Model>> {
    Ok(plan_of(station, kind).lock_shared().one(tx.conn()).await?)
}

fn plan_of(station: PlaceId, kind: AppointmentKind) -> Select<appointment_plan::Entity> {
    appointment_plan::Entity::find()
        .filter(appointment_plan::Column::StationId.eq(station))
        .filter(appointment_plan::Column::Kind.eq(kind))
}

/// What can be booked at a station on the days of a span of at most 31 days, the full slots included;
/// for a request, as far as those can receive its resident who may handle it.
pub async fn slots(
    app: &App,
    actor: &Actor,
    (station, kind): (PlaceId, AppointmentKind),
    (from, until): (NaiveDate, NaiveDate),
    request: Option<RequestId>,
) -> Result<Vec<Slot>> {
    policy::authorize(actor, Action::AppointmentOffersRead, &Target::NONE)?;
    if until < from || (until - from).num_days() >= rules::DAYS_AT_ONCE {
        return Err(Error::bad_input("to", "at most 31 days, the first and the last included"));
    }
    let whose = match request {
        None => Whose::ANYBODYS,
        Some(id) => {
            let row = requests::queries::by_id(app, actor, id, Want::default()).await?;
            Whose {
                confidentiality: row.confidentiality,
                owner: row.owner_id,
                requester: row.requester_id,
            }
        }
    };
    match plan(app.db.reader(), station, kind).await? {
        Some(plan) => offered(app, &plan, (from, until), whose).await,
        None => Ok(Vec::new()),
    }
}

/// The slots of some days with what is free of them. The number of statements does not grow with the
/// days.
async fn offered(
    app: &App,
    plan: &appointment_plan::Model,
    days: (NaiveDate, NaiveDate),
    whose: Whose,
) -> Result<Vec<Slot>> {
    let (conn, now) = (app.db.reader(), app.clock.now());
    let Some(days) = rules::bookable(plan, app.zone, now, days) else { return Ok(Vec::new()) };
    if !communities::queries::place(app, conn, plan.station_id).await?.active {
        return Ok(Vec::new());
    }
    let calendar =
        calendar::queries::load(app, conn, plan.community_id, CalendarKind::Opening).await?;
    let spans =
        rules::slots(plan, (&calendar, app.zone), now, days).map_err(YearMissing::refusal)?;
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(Vec::new()) };
    let around = rules::with_way(plan, Span { from: first.from, until: last.until });
    let team = team(conn, now, plan.community_id, whose, days).await?;
    let staff = held_of(conn, &team.everybody(), around).await?;
    let windows = match plan.kind {
        AppointmentKind::HomeVisit => Held::default(),
        AppointmentKind::Window => {
            let stations = [plan.station_id.0];
            reservations::queries::held(conn, ResourceKind::Window, &stations, around).await?
        }
    };
    let mut present: BTreeMap<NaiveDate, Vec<AccountId>> = BTreeMap::new();
    let slot = |span: Span| {
        let day = app.day(span.from);
        let people = present.entry(day).or_insert_with(|| team.on(day));
        Slot { span, free: rules::free(plan, span, people, (&windows, &staff)) }
    };
    Ok(spans.into_iter().map(slot).collect())
}

/// What is held of the time of accounts.
pub(super) async fn held_of(
    conn: &impl ConnectionTrait,
    accounts: &[AccountId],
    span: Span,
) -> Result<Held> {
    let ids: Vec<Uuid> = accounts.iter().map(|a| a.0).collect();
    reservations::queries::held(conn, ResourceKind::Staff, &ids, span).await
}

/// Who receives residents of requests of this confidentiality; beside them their owners.
fn receiving_role(confidentiality: Confidentiality) -> Role {
    match confidentiality {
        Confidentiality::None => Role::Specialist,
        confidential => requests::service::leading_role(confidential),
    }
}

/// Who can receive the resident of a request on the days of a span: who handles such requests in the
/// community, and its owner.
pub(super) async fn team(
    conn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    community: PlaceId,
    whose: Whose,
    days: (NaiveDate, NaiveDate),
) -> Result<Team> {
    let role = receiving_role(whose.confidentiality);
    // Nobody receives themselves.
    let other = |person: &PersonId| whose.requester != Some(*person);
    let mut members = identity::queries::staff_of(conn, now, community, &[role]).await?;
    let owner = whose.owner.filter(|owner| !members.contains_key(owner));
    members.retain(|_, person| other(person));
    let mut team = Team { members: members.into_keys().collect(), ..Team::default() };
    // The roster is one of specialists.
    if role == Role::Specialist {
        for duty in communities::queries::duties(conn, community, days).await? {
            team.duties.entry(duty.day).or_default().insert(duty.account_id);
        }
    }
    if let Some(owner) = owner {
        let roles = requests::service::owning_roles(whose.confidentiality);
        let person = identity::queries::staff_person(conn, now, community, roles, owner).await?;
        team.beside = person.filter(other).map(|_| owner);
    }
    team.leaves = communities::queries::absences(conn, community, days).await?;
    Ok(team)
}

/// The nearest free slots around an instant, in their order; at most 3.
pub(super) async fn alternatives(
    app: &App,
    plan: &appointment_plan::Model,
    wanted: DateTime<Utc>,
    whose: Whose,
) -> Result<Vec<Span>> {
    let day = app.day(wanted);
    let days = (day - Days::new(10), day + Days::new(14));
    let slots = match offered(app, plan, days, whose).await {
        // As far as the calendar goes.
        Err(Error::Rejected(Rejected { code: Code::CalendarYearMissing, .. })) => {
            let end = NaiveDate::from_ymd_opt(day.year(), 12, 31).unwrap_or(day);
            offered(app, plan, (days.0, end), whose).await?
        }
        other => other?,
    };
    let free: Vec<Span> = slots.iter().filter(|s| s.free > 0).map(|s| s.span).collect();
    Ok(reservations::rules::nearest(&free, wanted, 3))
}
