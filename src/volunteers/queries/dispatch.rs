//! Whom an order can be given to.

use std::collections::HashMap;

use linli_entity::{
    enums::VolunteerState,
    ids::{PersonId, PlaceId, TeamId, VolunteerId},
    person, volunteer, volunteer_team, volunteer_team_member,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};

use crate::kernel::Result;

/// The volunteer that somebody is in a community now.
pub async fn active(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    person: PersonId,
) -> Result<Option<volunteer::Model>> {
    Ok(volunteer::Entity::find()
        .filter(volunteer::Column::PersonId.eq(person))
        .filter(volunteer::Column::CommunityId.eq(community))
        .filter(volunteer::Column::State.eq(VolunteerState::Active))
        .one(conn)
        .await?)
}

/// The volunteers of a community who are asked now, oldest first; at most 1000.
pub async fn all_active(
    conn: &impl ConnectionTrait,
    community: PlaceId,
) -> Result<Vec<volunteer::Model>> {
    Ok(volunteer::Entity::find()
        .filter(volunteer::Column::CommunityId.eq(community))
        .filter(volunteer::Column::State.eq(VolunteerState::Active))
        .order_by_asc(volunteer::Column::CreatedAt)
        .order_by_asc(volunteer::Column::Id)
        .limit(1000)
        .all(conn)
        .await?)
}

/// Volunteers by id, whatever their state.
pub async fn volunteers_in(
    conn: &impl ConnectionTrait,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, volunteer::Model>> {
    let rows = volunteer::Entity::find()
        .filter(volunteer::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Teams by id, whatever their state.
pub async fn teams_in(
    conn: &impl ConnectionTrait,
    ids: &[TeamId],
) -> Result<HashMap<TeamId, volunteer_team::Model>> {
    let rows = volunteer_team::Entity::find()
        .filter(volunteer_team::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The active volunteers who belong to a team now, who leads it among them; at most 500.
pub async fn members(conn: &impl ConnectionTrait, team: TeamId) -> Result<Vec<volunteer::Model>> {
    let members = volunteer_team_member::Entity::find()
        .select_only()
        .column(volunteer_team_member::Column::VolunteerId)
        .filter(volunteer_team_member::Column::TeamId.eq(team))
        .filter(volunteer_team_member::Column::UntilAt.is_null())
        .into_query();
    let leader = volunteer_team::Entity::find()
        .select_only()
        .column(volunteer_team::Column::LeaderId)
        .filter(volunteer_team::Column::Id.eq(team))
        .filter(volunteer_team::Column::LeaderId.is_not_null())
        .into_query();
    let belongs = Condition::any()
        .add(volunteer::Column::Id.in_subquery(members))
        .add(volunteer::Column::Id.in_subquery(leader));
    Ok(volunteer::Entity::find()
        .filter(belongs)
        .filter(volunteer::Column::State.eq(VolunteerState::Active))
        .limit(500)
        .all(conn)
        .await?)
}

/// The active teams that somebody belongs to or leads now, as an active volunteer; at most 100.
pub async fn teams_of(
    conn: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<volunteer_team::Model>> {
    let own = volunteer::Entity::find()
        .select_only()
        .column(volunteer::Column::Id)
        .filter(volunteer::Column::PersonId.eq(person))
        .filter(volunteer::Column::State.eq(VolunteerState::Active))
        .into_query();
    let teams = volunteer_team_member::Entity::find()
        .select_only()
        .column(volunteer_team_member::Column::TeamId)
        .filter(volunteer_team_member::Column::VolunteerId.in_subquery(own.clone()))
        .filter(volunteer_team_member::Column::UntilAt.is_null())
        .into_query();
    let belongs = Condition::any()
        .add(volunteer_team::Column::Id.in_subquery(teams))
        .add(volunteer_team::Column::LeaderId.in_subquery(own));
    Ok(volunteer_team::Entity::find()
        .filter(belongs)
        .filter(volunteer_team::Column::Active.eq(true))
        .order_by_asc(volunteer_team::Column::Id)
        .limit(100)
        .all(conn)
        .await?)
}

/// The active volunteer of a community with exactly this verified phone.
pub async fn by_phone(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    phone: &str,
) -> Result<Option<volunteer::Model>> {
    let persons = person::Entity::find()
        .select_only()
        .column(person::Column::Id)
        .filter(person::Column::Phone.eq(phone))
        .filter(person::Column::PhoneVerified.eq(true))
        .into_query();
    Ok(volunteer::Entity::find()
        .filter(volunteer::Column::PersonId.in_subquery(persons))
        .filter(volunteer::Column::CommunityId.eq(community))
        .filter(volunteer::Column::State.eq(VolunteerState::Active))
        .one(conn)
        .await?)
}

/// The active volunteers that somebody is, in whatever community.
pub async fn active_of(conn: &impl ConnectionTrait, person: PersonId) -> Result<Vec<VolunteerId>> {
    Ok(volunteer::Entity::find()
        .select_only()
        .column(volunteer::Column::Id)
        .filter(volunteer::Column::PersonId.eq(person))
        .filter(volunteer::Column::State.eq(VolunteerState::Active))
        .limit(100)
        .into_tuple()
        .all(conn)
        .await?)
}
