//! Volunteers, as far as somebody may see them.

use std::collections::HashMap;

use linli_entity::{
    enums::{ReadPurpose, Skill, VolunteerState},
    ids::{PlaceId, VolunteerId},
    volunteer,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Func, Order},
};

use crate::{
    identity,
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

/// What is asked about: somebody's work as a volunteer.
pub fn target(row: &volunteer::Model) -> Target {
    Target { requester: Some(row.person_id), ..Target::community(row.community_id) }
}

/// A volunteer whom the actor may see; who may not is told that there is none.
pub(in crate::volunteers) async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: VolunteerId,
) -> Result<volunteer::Model> {
    actor.signed_in()?;
    let row = volunteer::Entity::find_by_id(id).one(conn).await?;
    row.filter(|row| policy::allowed(actor, Action::VolunteerRead, &target(row)))
        .ok_or(Error::NotFound)
}

/// A volunteer whom the reader may see. That somebody else opened it is written down.
pub async fn volunteer(app: &App, actor: &Actor, id: VolunteerId) -> Result<volunteer::Model> {
    let row = visible(app.db.reader(), actor, id).await?;
    record_looks(app, actor, std::slice::from_ref(&row)).await?;
    Ok(row)
}

async fn record_looks(app: &App, actor: &Actor, rows: &[volunteer::Model]) -> Result<()> {
    let whose = rows.iter().map(|row| (row.person_id, row.community_id));
    identity::service::looked(app, actor, ReadPurpose::Volunteer, whose).await
}

/// Volunteers by id, for callers that mask or were permitted.
pub async fn volunteers_by_id(
    app: &App,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, volunteer::Model>> {
    super::volunteers_in(app.db.reader(), ids).await
}

/// What one is and was as a volunteer, the newest first; at most 50.
pub async fn own_profiles(app: &App, actor: &Actor) -> Result<Vec<volunteer::Model>> {
    Ok(volunteer::Entity::find()
        .filter(volunteer::Column::PersonId.eq(actor.signed_in()?.person))
        .order_by_desc(volunteer::Column::CreatedAt)
        .limit(50)
        .all(app.db.reader())
        .await?)
}

/// Which volunteers of a community are listed.
#[derive(Clone, Debug)]
pub struct VolunteerFilter {
    /// The community.
    pub community: PlaceId,
    /// In this state.
    pub state: VolunteerState,
    /// With all of these skills.
    pub skills: Vec<Skill>,
}

fn listed(app: &App, actor: &Actor, filter: &VolunteerFilter) -> Result<Select<volunteer::Entity>> {
    actor.signed_in()?;
    policy::authorize(actor, Action::VolunteerManage, &Target::community(filter.community))?;
    let mut select = volunteer::Entity::find()
        .filter(volunteer::Column::CommunityId.eq(filter.community))
        .filter(volunteer::Column::State.eq(filter.state));
    let function = if app.db.backend() == DbBackend::Postgres { "strpos" } else { "instr" };
    for skill in &filter.skills {
        // A code with its quotes stands in the list as text if and only if it is in it.
        let text = Expr::col((volunteer::Entity, volunteer::Column::Skills)).cast_as("text");
        let found = Func::cust(function).arg(text).arg(format!("\"{}\"", skill.code()));
        select = select.filter(Expr::expr(found).gt(0));
    }
    Ok(select)
}

/// A page of the volunteers of a community, for those who run it, in the order in which they applied. That
/// they opened them is written down.
pub async fn volunteers(
    app: &App,
    actor: &Actor,
    filter: &VolunteerFilter,
    page: PageArgs,
) -> Result<Page<volunteer::Model>> {
    let select = listed(app, actor, filter)?;
    let rows = page
        .apply(select, volunteer::Column::CreatedAt, volunteer::Column::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    let page = page.cut(rows);
    record_looks(app, actor, &page.rows).await?;
    Ok(page)
}

/// How many there are.
pub async fn volunteers_count(app: &App, actor: &Actor, filter: &VolunteerFilter) -> Result<u64> {
    Ok(listed(app, actor, filter)?.count(app.db.reader()).await?)
}
