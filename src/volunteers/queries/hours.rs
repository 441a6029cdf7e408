//! Records of time.

use std::collections::HashMap;

use linli_entity::{
    enums::{HoursState, ReadPurpose},
    ids::{AccountId, HoursId, PersonId, PlaceId},
    volunteer_hours,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    Select,
    sea_query::{Alias, Expr, ExprTrait, Order, Query},
};

use super::teams;
use crate::{
    identity,
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
    reservations::rules::Span,
    volunteers::rules::hours,
};

/// What is asked about: somebody's record, which belongs to who leads the team of it.
pub fn hours_target(row: &volunteer_hours::Model, leader: Option<AccountId>) -> Target {
    let of = Target::community(row.community_id);
    Target { requester: Some(row.person_id), owner: leader, ..of }
}

/// What is asked about a record that the actor may see; who may not is told that there is none.
pub(in crate::volunteers) async fn hours_visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    row: &volunteer_hours::Model,
) -> Result<Target> {
    actor.signed_in()?;
    let leader = match row.team_id {
        Some(team) => teams::leaders_in(conn, &[team]).await?.remove(&team),
        None => None,
    };
    let target = hours_target(row, leader);
    if policy::allowed(actor, Action::HoursRead, &target) {
        return Ok(target);
    }
    Err(Error::NotFound)
}

pub(in crate::volunteers) async fn hours_row(
    conn: &impl ConnectionTrait,
    id: HoursId,
) -> Result<volunteer_hours::Model> {
    volunteer_hours::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)
}

/// A record as the portal's own jobs see it.
pub async fn any_hours(app: &App, id: HoursId) -> Result<Option<volunteer_hours::Model>> {
    Ok(volunteer_hours::Entity::find_by_id(id).one(app.db.reader()).await?)
}

/// Records that count: approved, with an end, and not corrected.
pub(super) fn counts() -> Condition {
    use volunteer_hours::Column as C;
    let newer = Alias::new("newer");
    let correction = Query::select()
        .expr(Expr::val(1))
        .from_as(volunteer_hours::Entity, newer.clone())
        .and_where(
            Expr::col((newer, C::CorrectsId)).eq(Expr::col((volunteer_hours::Entity, C::Id))),
        )
        .to_owned();
    Condition::all()
        .add(C::State.eq(HoursState::Approved))
        .add(C::UntilAt.is_not_null())
        .add(Expr::exists(correction).not())
}

/// A person's time in a community that counts and lies in a span for a part at least; without that of
/// one record.
pub(in crate::volunteers) async fn counting(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    person: PersonId,
    around: Span,
    without: Option<HoursId>,
) -> Result<Vec<Span>> {
    use volunteer_hours::Column as C;
    let mut select = volunteer_hours::Entity::find()
        .filter(C::CommunityId.eq(community))
        .filter(C::PersonId.eq(person))
        // Nothing is longer than that: the index needs both ends.
        .filter(C::FromAt.gt(around.from - hours::LONGEST))
        .filter(C::FromAt.lt(around.until))
        .filter(C::UntilAt.gt(around.from))
        .filter(counts());
    if let Some(id) = without {
        select = select.filter(C::Id.ne(id));
    }
    Ok(select.all(conn).await?.iter().filter_map(hours::counted).collect())
}

/// How many records of a person wait for what a community says.
pub(in crate::volunteers) async fn pending(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    person: PersonId,
) -> Result<u64> {
    use volunteer_hours::Column as C;
    Ok(volunteer_hours::Entity::find()
        .filter(C::CommunityId.eq(community))
        .filter(C::PersonId.eq(person))
        .filter(C::State.eq(HoursState::Pending))
        .count(conn)
        .await?)
}

/// What corrects records, by the record that is corrected.
pub async fn corrections(app: &App, ids: &[HoursId]) -> Result<HashMap<HoursId, HoursId>> {
    use volunteer_hours::Column as C;
    let rows: Vec<(Option<HoursId>, HoursId)> = volunteer_hours::Entity::find()
        .select_only()
        .columns([C::CorrectsId, C::Id])
        .filter(C::CorrectsId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().filter_map(|(corrected, id)| Some((corrected?, id))).collect())
}

fn of_person(person: PersonId, community: Option<PlaceId>) -> Select<volunteer_hours::Entity> {
    use volunteer_hours::Column as C;
    let select = volunteer_hours::Entity::find().filter(C::PersonId.eq(person));
    match community {
        Some(community) => select.filter(C::CommunityId.eq(community)),
        None => select,
    }
}

/// A page of one's own records, the newest first.
pub async fn own_hours(
    app: &App,
    actor: &Actor,
    community: Option<PlaceId>,
    page: PageArgs,
) -> Result<Page<volunteer_hours::Model>> {
    use volunteer_hours::Column as C;
    let select = of_person(actor.signed_in()?.person, community);
    let rows = page.apply(select, C::RecordedAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_hours_count(app: &App, actor: &Actor, community: Option<PlaceId>) -> Result<u64> {
    Ok(of_person(actor.signed_in()?.person, community).count(app.db.reader()).await?)
}

/// The records of a community in a state, as far as the actor decides about them: all of it for those
/// who run it, those of their teams for who leads some.
async fn decided_by(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    state: HoursState,
) -> Result<Select<volunteer_hours::Entity>> {
    use volunteer_hours::Column as C;
    let person = actor.signed_in()?.person;
    let select = volunteer_hours::Entity::find()
        .filter(C::CommunityId.eq(community))
        .filter(C::State.eq(state));
    if policy::allowed(actor, Action::HoursDecide, &Target::community(community)) {
        return Ok(select);
    }
    if teams::leads_any(app, community, person).await? {
        return Ok(select.filter(C::TeamId.in_subquery(teams::led_by(community, person))));
    }
    Err(Error::Forbidden)
}

/// A page of them, the oldest first. That they were opened is written down.
pub async fn hours_to_decide(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    state: HoursState,
    page: PageArgs,
) -> Result<Page<volunteer_hours::Model>> {
    use volunteer_hours::Column as C;
    let select = decided_by(app, actor, community, state).await?;
    let rows = page.apply(select, C::RecordedAt, C::Id, Order::Asc).all(app.db.reader()).await?;
    let page = page.cut(rows);
    let whose = page.rows.iter().map(|row| (row.person_id, row.community_id));
    identity::service::looked(app, actor, ReadPurpose::Volunteer, whose).await?;
    Ok(page)
}

/// How many there are.
pub async fn hours_to_decide_count(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    state: HoursState,
) -> Result<u64> {
    Ok(decided_by(app, actor, community, state).await?.count(app.db.reader()).await?)
}
