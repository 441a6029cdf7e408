//! Teams of volunteers, and who belongs to them.

use linli_entity::{
    enums::VolunteerState,
    ids::{PlaceId, TeamId, TeamMemberId, VolunteerId},
    json::Localised,
    volunteer, volunteer_team, volunteer_team_member,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, sea_query::Expr,
};
use serde_json::{Value as Json, json};

use super::{check_version, lock_of, lock_team, other};
use crate::{
    communities,
    kernel::{
        Action, Actor, App, Code, Committed, Event, Once, Permit, Rejected, Result, Target, Tx,
    },
    volunteers::queries,
};

/// A new team.
#[derive(Clone, Debug)]
pub struct NewTeam {
    /// The community.
    pub community: PlaceId,
    /// Names.
    pub names: Localised,
    /// Who leads it, if anybody does.
    pub leader: Option<VolunteerId>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// What changes of a team; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct TeamChange {
    /// Names.
    pub names: Option<Localised>,
    /// Who leads it; `Some(None)` for nobody.
    pub leader: Option<Option<VolunteerId>>,
    /// Whether it takes anything over.
    pub active: Option<bool>,
}

fn event(permit: Permit, kind: &'static str, row: &volunteer_team::Model, data: Json) -> Event {
    Event::new(permit, kind, "volunteer_team", row.id)
        .community(row.community_id)
        .data(data)
        .row_held()
}

/// An active volunteer of a community who is named at `path`, locked: they stay one until the end.
async fn named(
    tx: &Tx<'_>,
    community: PlaceId,
    id: VolunteerId,
    path: &str,
) -> Result<volunteer::Model> {
    let unknown = || Rejected::at(Code::UnknownReference, path);
    let seen = queries::volunteers_in(tx.conn(), &[id]).await?.remove(&id);
    let seen = seen.filter(|row| row.community_id == community).ok_or_else(unknown)?;
    let rows = lock_of(tx, community, seen.person_id).await?;
    let row = rows.into_iter().find(|row| row.id == id).ok_or_else(unknown)?;
    if row.state != VolunteerState::Active {
        return Err(Rejected::at(Code::NotAVolunteer, path).into());
    }
    Ok(row)
}

/// Creates a team.
pub async fn create(
    app: &App,
    actor: &Actor,
    input: NewTeam,
) -> Result<Committed<volunteer_team::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::TeamManage, &Target::community(input.community))?;
    let id = TeamId(tx.new_id());
    if let Some(replay) = tx.once("teamCreate", input.once.as_ref(), id.0).await? {
        let row = queries::team_row(tx.conn(), TeamId(replay.0)).await?;
        return tx.replayed(replay, row).await;
    }
    // The volunteer before the community, as their time does.
    if let Some(leader) = input.leader {
        named(&tx, input.community, leader, "leaderId").await?;
    }
    communities::queries::active_community(&tx, input.community).await?;
    let row = volunteer_team::Model {
        id,
        community_id: input.community,
        names: input.names,
        leader_id: input.leader,
        active: true,
        created_at: tx.now(),
        version: 1,
    };
    tx.insert_last(volunteer_team::ActiveModel::from(row.clone()));
    let event = event(permit, "TEAM_CREATED", &row, json!({ "leader": row.leader_id }));
    tx.commit(vec![event], row).await
}

/// Changes a team, or closes it.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: TeamId,
    expected_version: i32,
    input: TeamChange,
) -> Result<Committed<volunteer_team::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let seen = queries::team_row(tx.conn(), id).await?;
    let permit = tx.authorize(Action::TeamManage, &Target::community(seen.community_id))?;
    if let Some(Some(leader)) = input.leader {
        named(&tx, seen.community_id, leader, "leaderId").await?;
    }
    let before = lock_team(&tx, id).await?;
    check_version(before.version, expected_version)?;
    let mut row = before.clone();
    row.names = input.names.unwrap_or(row.names);
    row.leader_id = input.leader.unwrap_or(row.leader_id);
    row.active = input.active.unwrap_or(row.active);
    row.version += 1;
    tx.update_last(&before, &row);
    let data = json!({ "leader": row.leader_id, "active": row.active, "version": row.version });
    let event = event(permit, "TEAM_CHANGED", &row, data);
    tx.commit(vec![event], row).await
}

/// Takes an active volunteer into a team.
pub async fn member_add(
    app: &App,
    actor: &Actor,
    id: TeamId,
    member: VolunteerId,
    once: Option<Once>,
) -> Result<Committed<volunteer_team::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let seen = queries::team_row(tx.conn(), id).await?;
    let permit =
        tx.authorize(Action::TeamMembersManage, &queries::team_target(tx.conn(), &seen).await?)?;
    if let Some(replay) = tx.once("teamMemberAdd", once.as_ref(), id.0).await? {
        return tx.replayed(replay, seen).await;
    }
    let member = named(&tx, seen.community_id, member, "volunteerId").await?;
    let team = lock_team(&tx, id).await?;
    if !team.active {
        return Err(Rejected::at(Code::UnknownReference, "id").into());
    }
    let row = volunteer_team_member::Model {
        id: TeamMemberId(tx.new_id()),
        community_id: team.community_id,
        team_id: id,
        volunteer_id: member.id,
        since_at: tx.now(),
        until_at: None,
    };
    tx.insert_last(volunteer_team_member::ActiveModel::from(row));
    let event = event(permit, "TEAM_MEMBER_ADDED", &team, json!({ "volunteer": member.id }))
        .beneficiary(other(&tx, member.person_id));
    tx.commit(vec![event], team).await
}

/// Ends a membership; says whether there was one.
async fn end(tx: &Tx<'_>, team: TeamId, member: VolunteerId) -> Result<bool> {
    use volunteer_team_member::Column as C;
    let ended = volunteer_team_member::Entity::update_many()
        .col_expr(C::UntilAt, Expr::value(tx.now()))
        .filter(C::TeamId.eq(team))
        .filter(C::VolunteerId.eq(member))
        .filter(C::UntilAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(ended.rows_affected > 0)
}

/// Takes a volunteer out of a team.
pub async fn member_remove(
    app: &App,
    actor: &Actor,
    id: TeamId,
    member: VolunteerId,
) -> Result<Committed<volunteer_team::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let team = lock_team(&tx, id).await?;
    let permit =
        tx.authorize(Action::TeamMembersManage, &queries::team_target(tx.conn(), &team).await?)?;
    if !end(&tx, id, member).await? {
        return Err(Rejected::at(Code::UnknownReference, "volunteerId").into());
    }
    let person = queries::volunteers_in(tx.conn(), &[member]).await?.remove(&member);
    let event = event(permit, "TEAM_MEMBER_REMOVED", &team, json!({ "volunteer": member }))
        .beneficiary(person.and_then(|row| other(&tx, row.person_id)));
    tx.commit(vec![event], team).await
}

/// Leaves a team, and its lead.
pub async fn leave(
    app: &App,
    actor: &Actor,
    id: TeamId,
) -> Result<Committed<volunteer_team::Model>> {
    let person = actor.signed_in()?.person;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::TeamLeave, &Target::NONE)?;
    let seen = queries::team_row(tx.conn(), id).await?;
    let own = lock_of(&tx, seen.community_id, person).await?;
    let before = lock_team(&tx, id).await?;
    let mut row = before.clone();
    let mut left = None;
    for volunteer in own {
        if before.leader_id == Some(volunteer.id) {
            row.leader_id = None;
            row.version += 1;
            left = Some(volunteer.id);
        }
        if end(&tx, id, volunteer.id).await? {
            left = Some(volunteer.id);
        }
    }
    let Some(left) = left else {
        return Err(Rejected::at(Code::UnknownReference, "id").into());
    };
    tx.update_last(&before, &row);
    let event = event(permit, "TEAM_LEFT", &row, json!({ "volunteer": left }));
    tx.commit(vec![event], row).await
}

/// Leaves every team, and its lead, with an event for each; for who has locked the volunteer, whom nobody
/// takes into another one meanwhile.
pub(super) async fn leave_all(tx: &Tx<'_>, id: VolunteerId) -> Result<Vec<Event>> {
    use volunteer_team::Column as T;
    use volunteer_team_member::Column as M;
    let open = || {
        volunteer_team_member::Entity::find()
            .select_only()
            .column(M::TeamId)
            .filter(M::VolunteerId.eq(id))
            .filter(M::UntilAt.is_null())
    };
    let theirs = T::LeaderId.eq(id).or(T::Id.in_subquery(open().into_query()));
    // In the order of ids, so that two who leave cannot wait for each other.
    let teams = volunteer_team::Entity::find()
        .filter(Condition::all().add(theirs))
        .order_by_asc(T::Id)
        .lock_exclusive()
        .all(tx.conn())
        .await?;
    // Somebody may have taken them out of one while we waited.
    let member: Vec<TeamId> = open().into_tuple().all(tx.conn()).await?;
    volunteer_team::Entity::update_many()
        .col_expr(T::LeaderId, Expr::value(Option::<VolunteerId>::None))
        .col_expr(T::Version, Expr::col(T::Version).add(1))
        .filter(T::LeaderId.eq(id))
        .exec(tx.conn())
        .await?;
    volunteer_team_member::Entity::update_many()
        .col_expr(M::UntilAt, Expr::value(tx.now()))
        .filter(M::VolunteerId.eq(id))
        .filter(M::UntilAt.is_null())
        .exec(tx.conn())
        .await?;
    let left = |row: &volunteer_team::Model| row.leader_id == Some(id) || member.contains(&row.id);
    let mut events = Vec::with_capacity(teams.len());
    for row in teams.into_iter().filter(left) {
        let permit = tx.authorize(Action::TeamLeave, &Target::NONE)?;
        events.push(event(permit, "TEAM_LEFT", &row, json!({ "volunteer": id })));
    }
    Ok(events)
}
