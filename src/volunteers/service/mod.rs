//! Writes of volunteers. Whoever changes what somebody is or did as a volunteer of a community holds
//! the rows of that volunteer first, then those of teams, then those of shifts.

mod certificates;
mod corrections;
mod days;
mod hours;
mod profiles;
mod shifts;
mod sign_ups;
mod teams;

use linli_entity::{
    enums::VolunteerState,
    ids::{PersonId, PlaceId, TeamId, VolunteerId},
    volunteer, volunteer_team,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

pub use certificates::{NewCertificate, issue};
pub use corrections::{Correction, correct};
pub use hours::{Entry, Work, check_in, check_out, decide as hours_decide, enter, lapse_open};
pub use profiles::{Decision, NewVolunteer, ProfileChange, apply, change, decide, leave};
pub use shifts::{NewShift, cancel as shift_cancel, create as shift_create};
pub use sign_ups::{sign_off, sign_up};
pub use teams::{
    NewTeam, TeamChange, change as team_change, create as team_create, leave as team_leave,
    member_add, member_remove,
};

use super::queries;
use crate::kernel::{Code, Error, Rejected, Result, Tx};

/// Everything that somebody is or was as a volunteer of a community, locked: nobody else changes it,
/// nor what they did, before this transaction ends.
async fn lock_of(
    tx: &Tx<'_>,
    community: PlaceId,
    person: PersonId,
) -> Result<Vec<volunteer::Model>> {
    Ok(volunteer::Entity::find()
        .filter(volunteer::Column::PersonId.eq(person))
        .filter(volunteer::Column::CommunityId.eq(community))
        .order_by_asc(volunteer::Column::Id)
        .lock_exclusive()
        .all(tx.conn())
        .await?)
}

/// A volunteer whom the actor may see, locked.
async fn lock(tx: &Tx<'_>, id: VolunteerId) -> Result<volunteer::Model> {
    let seen = queries::visible(tx.conn(), tx.actor(), id).await?;
    let rows = lock_of(tx, seen.community_id, seen.person_id).await?;
    rows.into_iter().find(|row| row.id == id).ok_or(Error::NotFound)
}

/// Oneself as an active volunteer of a community, locked.
async fn lock_own(tx: &Tx<'_>, community: PlaceId) -> Result<volunteer::Model> {
    let person = tx.actor().signed_in()?.person;
    let rows = lock_of(tx, community, person).await?;
    let active = rows.into_iter().find(|row| row.state == VolunteerState::Active);
    active.ok_or_else(|| Code::NotAVolunteer.into())
}

/// A team, locked.
async fn lock_team(tx: &Tx<'_>, id: TeamId) -> Result<volunteer_team::Model> {
    volunteer_team::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)
}

fn check_version(current: i32, expected: i32) -> Result<()> {
    if current == expected {
        return Ok(());
    }
    Err(Rejected::new(Code::StaleVersion).with("currentVersion", current).into())
}

/// Whom an event is about, where it is not the one who acts.
fn other(tx: &Tx<'_>, person: PersonId) -> Option<PersonId> {
    (tx.actor().person() != Some(person)).then_some(person)
}
