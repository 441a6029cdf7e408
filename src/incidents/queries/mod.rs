//! Reads of incidents, as far as somebody may see them.

mod cards;
mod checks;
mod map;
mod numbers;
mod reports;
mod tasks;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use linli_entity::{
    agency_task,
    enums::{IncidentKind, IncidentLevel, IncidentState},
    event,
    ids::{IncidentId, PersonId, PlaceId},
    incident, incident_limit, incident_report,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    Select, Statement, sea_query::Order,
};

use super::rules;
use crate::{
    identity,
    kernel::{
        Action, Actor, App, Error, Followed, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

pub use cards::*;
pub use checks::contradictions;
pub use map::{Mapped, on_map};
pub use numbers::{
    CountedIncident, CountedJoint, CountedRow, CountedTask, Incidents, Minutes, Numbers, Opinions,
    Shown, Table, Tables, Tasks, Wanted, numbers, page as counted_page, rows as counted_rows,
    rows_scope as counted_scope,
};
pub use reports::*;
pub use tasks::*;

/// What is asked about an incident, by somebody who has not reported it.
pub fn target(row: &incident::Model) -> Target {
    let followed = Some(Followed::Incident(row.id));
    Target { place: row.block_id, followed, ..Target::community(row.community_id) }
}

/// The same of a task of an agency. Its owner is who speaks for the agency.
pub fn task_target(actor: &Actor, task: &agency_task::Model, row: &incident::Model) -> Target {
    let target = Target { agency: Some(task.agency_id), ..target(row) };
    let speaks = policy::allowed(actor, Action::AgencyTaskAnswer, &target);
    Target { owner: actor.account().filter(|_| speaks), ..target }
}

/// Who decides about an incident: of what went up, the general lead.
pub(in crate::incidents) fn handler(row: &incident::Model) -> Action {
    match row.level {
        IncidentLevel::Block => Action::IncidentHandle,
        IncidentLevel::General | IncidentLevel::Subdistrict => Action::IncidentLead,
    }
}

/// Who reads who reported what of an incident: of what went up also those above.
pub(in crate::incidents) fn reader(row: &incident::Model) -> Action {
    match row.level {
        IncidentLevel::Block => Action::IncidentContactReveal,
        IncidentLevel::General | IncidentLevel::Subdistrict => Action::IncidentReportsAbove,
    }
}

/// Who says where an incident belongs: of what went up, nobody below the general lead, but staff.
pub(in crate::incidents) fn router(row: &incident::Model) -> Action {
    match row.level {
        IncidentLevel::Block => Action::IncidentRoute,
        IncidentLevel::General | IncidentLevel::Subdistrict => Action::IncidentRouteAbove,
    }
}

/// Who acts, if they reported an incident; not if they only follow it.
pub(in crate::incidents) async fn reporter(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: IncidentId,
) -> Result<Option<PersonId>> {
    let Some(person) = actor.person() else { return Ok(None) };
    let found = incident_report::Entity::find()
        .filter(incident_report::Column::IncidentId.eq(id))
        .filter(incident_report::Column::Follows.eq(false))
        .filter(identity::queries::theirs(incident_report::Column::PersonId, person))
        .count(conn)
        .await?;
    Ok((found > 0).then_some(person))
}

/// Whether somebody may follow an incident: one whose card is public, and one that is offered as nearby.
pub(in crate::incidents) fn may_follow(row: &incident::Model, now: DateTime<Utc>) -> bool {
    let offered = row.state != IncidentState::Closed && now < row.received_at + rules::NEAR;
    !rules::never_public(row)
        && row.merged_into.is_none()
        && (row.published_at.is_some() || offered)
}

/// What these people reported of these incidents, for their own eyes: of each that one, or else another one that
/// turned out to be the same.
pub async fn own_report(
    app: &App,
    keys: &[(IncidentId, PersonId)],
) -> Result<HashMap<(IncidentId, PersonId), incident_report::Model>> {
    use incident_report::Column as C;
    let mut found = HashMap::new();
    let people: BTreeSet<PersonId> = keys.iter().map(|key| key.1).collect();
    // Of one request there is one reader.
    for person in people {
        let ids = keys.iter().filter(|key| key.1 == person).map(|key| key.0);
        let theirs = incident_report::Entity::find()
            .filter(C::IncidentId.is_in(ids))
            .filter(C::Follows.eq(false))
            .filter(identity::queries::theirs(C::PersonId, person))
            .all(app.db.reader())
            .await?;
        for report in theirs {
            let key = (report.incident_id, person);
            let known = found.entry(key).or_insert_with(|| report.clone());
            if report.from_id.is_none() {
                *known = report;
            }
        }
    }
    Ok(found)
}

/// An incident that the reader may see.
pub async fn incident(app: &App, actor: &Actor, id: IncidentId) -> Result<incident::Model> {
    actor.known()?;
    let found = incident::Entity::find_by_id(id).one(app.db.reader()).await?;
    let row = found.ok_or(Error::NotFound)?;
    let mut target = target(&row);
    if !policy::allowed(actor, Action::IncidentRead, &target) {
        target.requester = reporter(app.db.reader(), actor, id).await?;
    }
    if policy::allowed(actor, Action::IncidentRead, &target) {
        Ok(row)
    } else {
        Err(Error::NotFound)
    }
}

/// Which incidents.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Of which community.
    pub community: PlaceId,
    /// Of which block.
    pub block: Option<PlaceId>,
    /// In which state.
    pub state: Option<IncidentState>,
}

/// Incidents of a community or of a block, for those who answer for it or serve there.
fn of_place(actor: &Actor, filter: Filter) -> Result<Select<incident::Entity>> {
    actor.signed_in()?;
    let target = Target { place: filter.block, ..Target::community(filter.community) };
    policy::authorize(actor, Action::IncidentRead, &target)?;
    let mut select =
        incident::Entity::find().filter(incident::Column::CommunityId.eq(filter.community));
    if let Some(block) = filter.block {
        select = select.filter(incident::Column::BlockId.eq(block));
    }
    if let Some(state) = filter.state {
        select = select.filter(incident::Column::State.eq(state));
    }
    Ok(select)
}

/// A page of them, the latest first.
pub async fn incidents(
    app: &App,
    actor: &Actor,
    filter: Filter,
    page: PageArgs,
) -> Result<Page<incident::Model>> {
    use incident::Column as C;
    let rows = page
        .apply(of_place(actor, filter)?, C::ReceivedAt, C::Id, Order::Desc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn incidents_count(app: &App, actor: &Actor, filter: Filter) -> Result<u64> {
    Ok(of_place(actor, filter)?.count(app.db.reader()).await?)
}

/// Who follows it, what agencies are asked and who looked is not shown, so it takes no place among what is.
const SHOWN: &str = "kind LIKE 'INCIDENT~_%' ESCAPE '~' AND kind NOT IN ('INCIDENT_FOLLOWED', \
                     'INCIDENT_UNFOLLOWED', 'INCIDENT_PUBLISHED', 'INCIDENT_HIDDEN', \
                     'INCIDENT_CONTACT_REVEALED', 'INCIDENT_TRACKED', 'INCIDENT_CONSENT_CHANGED')";

/// The events of incidents in their order, the last 100 of each, for callers that may see them.
pub async fn history(
    app: &App,
    ids: &[IncidentId],
) -> Result<HashMap<IncidentId, Vec<event::Model>>> {
    let sql = format!(
        "SELECT * FROM (SELECT event.*, ROW_NUMBER() OVER (PARTITION BY aggregate_id \
         ORDER BY seq DESC) AS back FROM event WHERE aggregate_id IN ({}) AND {SHOWN}) e \
         WHERE e.back <= 100 ORDER BY e.seq",
        marks(ids.len())
    );
    let values = ids.iter().map(|id| id.0.into());
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let rows = event::Model::find_by_statement(statement).all(app.db.reader()).await?;
    let mut found: HashMap<IncidentId, Vec<event::Model>> = HashMap::new();
    for row in rows {
        found.entry(IncidentId(row.aggregate_id)).or_default().push(row);
    }
    Ok(found)
}

/// As many marks for values.
fn marks(count: usize) -> String {
    (1..=count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// The limits that a community has agreed, by kind. Everybody may know how long an answer takes.
pub async fn limits(
    app: &App,
    community: PlaceId,
) -> Result<HashMap<IncidentKind, incident_limit::Model>> {
    let rows = incident_limit::Entity::find()
        .filter(incident_limit::Column::CommunityId.eq(community))
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row)).collect())
}
