//! Volunteers in the schema.

mod certificates;
mod hours;
mod inputs;
mod mutations;
mod profiles;
mod queries;
mod shifts;
mod teams;
mod time_inputs;
mod time_mutations;
mod time_queries;

use async_graphql::Context;
use futures_util::future::try_join_all;
use linli_entity::{
    enums::DayPart,
    ids::{PersonId, ShiftId, TeamId, VolunteerId},
    json::FreePart,
};

pub use inputs::{AvailabilityPartInput, availability};
pub use mutations::VolunteerMutation;
pub use profiles::Volunteer;
pub use queries::VolunteerQuery;
pub use shifts::Shift;
pub use teams::Team;
pub use time_mutations::VolunteerTimeMutation;
pub use time_queries::VolunteerTimeQuery;

use crate::{
    api::{Ctx, loader},
    identity::gql::{MaskedPerson, PersonLoader},
    kernel::{Error, Result},
};

loader! {
    /// Volunteers, for their names.
    VolunteerLoader(VolunteerId => linli_entity::volunteer::Model) = super::queries::volunteers_by_id
}
loader! {
    /// Teams.
    TeamLoader(TeamId => linli_entity::volunteer_team::Model) = super::queries::teams_by_id
}
loader! {
    /// Accounts of who leads teams.
    LeaderLoader(TeamId => linli_entity::ids::AccountId) = super::queries::leaders
}
loader! {
    /// Who belongs to teams.
    MembersLoader(TeamId => Vec<super::queries::Member>) = super::queries::members_of
}
loader! {
    /// Which people belong to which teams.
    BelongingLoader((TeamId, PersonId) => bool) = super::queries::belonging
}
loader! {
    /// What teams did in a year.
    TeamWorkLoader((TeamId, i32) => super::queries::TeamWork) = super::queries::work_of
}
loader! {
    /// What everybody may know of what teams did in a year.
    TeamSumLoader((TeamId, i32) => i64) = super::queries::sums_of
}
loader! {
    /// What corrects records of time.
    CorrectionLoader(linli_entity::ids::HoursId => linli_entity::ids::HoursId) = super::queries::corrections
}
loader! {
    /// Shifts.
    ShiftLoader(ShiftId => linli_entity::volunteer_shift::Model) = super::queries::shifts_by_id
}
loader! {
    /// Who is signed up for shifts.
    SignUpLoader(ShiftId => Vec<linli_entity::volunteer_sign_up::Model>) = super::queries::signed_up
}

/// A volunteer that the reader may see.
pub async fn load_volunteer(ctx: &Context<'_>, id: VolunteerId) -> Result<Volunteer> {
    super::queries::volunteer(ctx.app(), ctx.actor(), id).await.map(Volunteer)
}

/// The team of an id, through the loader of the request.
pub async fn load_team(ctx: &Context<'_>, id: TeamId) -> Result<Team> {
    ctx.load::<TeamLoader, _>(id).await?.map(Team::from).ok_or(Error::NotFound)
}

/// The shift of an id, through the loader of the request.
pub async fn load_shift(ctx: &Context<'_>, id: ShiftId) -> Result<Shift> {
    ctx.load::<ShiftLoader, _>(id).await?.map(Shift::from).ok_or(Error::NotFound)
}

/// The name of somebody as the reader may see it: in full for themselves, else masked.
async fn name(ctx: &Context<'_>, person: PersonId) -> Result<String> {
    let row = ctx.load::<PersonLoader, _>(person).await?.ok_or(Error::NotFound)?;
    Ok(MaskedPerson::new(ctx.actor(), row.id, row.name.as_deref(), None).name)
}

/// The names of several, fetched together.
async fn names(ctx: &Context<'_>, people: impl Iterator<Item = PersonId>) -> Result<Vec<String>> {
    try_join_all(people.map(|person| name(ctx, person))).await
}

/// A part of a week in which somebody has time.
#[derive(Clone, async_graphql::SimpleObject)]
#[graphql(serial)]
pub struct AvailabilityPart {
    /// Day of the week, 1 (Monday) to 7.
    pub weekday: i32,
    /// Part of the day.
    pub part: DayPart,
}

impl From<FreePart> for AvailabilityPart {
    fn from(part: FreePart) -> Self {
        Self { weekday: part.weekday, part: part.part }
    }
}
