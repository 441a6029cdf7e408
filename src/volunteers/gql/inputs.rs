//! Inputs of volunteers and teams.

use async_graphql::{ID, InputObject, MaybeUndefined};
use linli_entity::{
    enums::{DayPart, Skill, VolunteerRefusal, VolunteerState},
    ids::{TeamId, VolunteerId},
    json::FreePart,
};

use crate::{
    api::{self, LocalisedInput, optional_id},
    kernel::{Code, Once, Rejected, Result, text},
    volunteers::{
        rules,
        service::{Decision, NewTeam, NewVolunteer, ProfileChange, TeamChange},
    },
};

/// A part of a week in which somebody has time.
#[derive(Clone, InputObject)]
pub struct AvailabilityPartInput {
    /// Day of the week, 1 (Monday) to 7.
    pub weekday: i32,
    /// Part of the day.
    pub part: DayPart,
}

/// Parts of a week, each once.
pub fn availability(
    path: &'static str,
    given: Vec<AvailabilityPartInput>,
) -> Result<Vec<FreePart>> {
    Ok(rules::availability(path, given.into_iter().map(Into::into))?)
}

impl From<AvailabilityPartInput> for FreePart {
    fn from(given: AvailabilityPartInput) -> Self {
        Self { weekday: given.weekday, part: given.part }
    }
}

/// Which volunteers are listed.
#[derive(InputObject)]
pub struct VolunteerFilterInput {
    /// In this state.
    #[graphql(default_with = "VolunteerState::Active")]
    pub state: VolunteerState,
    /// With all of these skills.
    #[graphql(default)]
    pub skills: Vec<Skill>,
}

impl Default for VolunteerFilterInput {
    fn default() -> Self {
        Self { state: VolunteerState::Active, skills: Vec::new() }
    }
}

/// An application to be a volunteer.
#[derive(InputObject)]
pub struct VolunteerApplyInput {
    /// The community.
    pub community_id: ID,
    /// What one can do.
    #[graphql(default)]
    pub skills: Vec<Skill>,
    /// When one has time; empty if one does not say.
    #[graphql(default)]
    pub availability: Vec<AvailabilityPartInput>,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl VolunteerApplyInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewVolunteer> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        Ok(NewVolunteer {
            community: api::id("input.communityId", &self.community_id)?,
            skills: self.skills,
            availability: self.availability.into_iter().map(Into::into).collect(),
            once,
        })
    }
}

/// A decision about an application.
#[derive(InputObject)]
pub struct VolunteerDecideInput {
    /// The volunteer.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Whether they are a volunteer from now on.
    pub accept: bool,
    /// Why not, if one says so.
    pub reason: Option<VolunteerRefusal>,
}

impl VolunteerDecideInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<(VolunteerId, Decision)> {
        let id = api::id("input.id", &self.id)?;
        match (self.accept, self.reason) {
            (true, None) => Ok((id, Decision::Accept)),
            (true, Some(_)) => {
                let refused = Rejected::at(Code::InvalidValue, "reason");
                Err(refused.with("wanted", "only with a refusal").into())
            }
            (false, reason) => Ok((id, Decision::Refuse(reason))),
        }
    }
}

/// A change of what one is as a volunteer; what is left out stays.
#[derive(InputObject)]
pub struct VolunteerChangeInput {
    /// The volunteer.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// What one can do. Replaces what was there.
    pub skills: Option<Vec<Skill>>,
    /// When one has time. Replaces what was there.
    pub availability: Option<Vec<AvailabilityPartInput>>,
    /// Whether one is not to be asked for a while.
    pub paused: Option<bool>,
}

impl VolunteerChangeInput {
    /// Checks and translates.
    pub fn check(self) -> Result<(VolunteerId, i32, ProfileChange)> {
        let id = api::id("input.id", &self.id)?;
        let change = ProfileChange {
            skills: self.skills,
            availability: self
                .availability
                .map(|parts| parts.into_iter().map(Into::into).collect()),
            paused: self.paused,
        };
        Ok((id, self.expected_version, change))
    }
}

/// Whose work as a volunteer ends.
#[derive(InputObject)]
pub struct VolunteerLeaveInput {
    /// The volunteer.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// A new team.
#[derive(InputObject)]
pub struct TeamCreateInput {
    /// The community.
    pub community_id: ID,
    /// Names: at most 200 characters each.
    pub names: LocalisedInput,
    /// The volunteer who leads it, if anybody does.
    pub leader_id: Option<ID>,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl TeamCreateInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewTeam> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        Ok(NewTeam {
            community: api::id("input.communityId", &self.community_id)?,
            names: self.names.check("names", text::LINE)?,
            leader: optional_id("input.leaderId", self.leader_id.as_ref())?,
            once,
        })
    }
}

/// A change of a team; what is left out stays.
#[derive(InputObject)]
pub struct TeamChangeInput {
    /// The team.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Names: at most 200 characters each.
    pub names: Option<LocalisedInput>,
    /// The volunteer who leads it; null for nobody.
    pub leader_id: MaybeUndefined<ID>,
    /// Whether it takes anything over.
    pub active: Option<bool>,
}

impl TeamChangeInput {
    /// Checks and translates.
    pub fn check(self) -> Result<(TeamId, i32, TeamChange)> {
        let id = api::id("input.id", &self.id)?;
        let leader = match self.leader_id {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(given) => Some(Some(api::id("input.leaderId", &given)?)),
        };
        let names = LocalisedInput::check_optional(self.names, "names", text::LINE)?;
        Ok((id, self.expected_version, TeamChange { names, leader, active: self.active }))
    }
}

/// Who comes into a team.
#[derive(InputObject)]
pub struct TeamMemberAddInput {
    /// The team.
    pub id: ID,
    /// The volunteer.
    pub volunteer_id: ID,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl TeamMemberAddInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<(TeamId, VolunteerId, Option<Once>)> {
        let once = api::once(self.idempotency_key.as_ref(), self)?;
        let member = api::id("input.volunteerId", &self.volunteer_id)?;
        Ok((api::id("input.id", &self.id)?, member, once))
    }
}

/// Who goes out of a team.
#[derive(InputObject)]
pub struct TeamMemberRemoveInput {
    /// The team.
    pub id: ID,
    /// The volunteer.
    pub volunteer_id: ID,
}

/// Which team one leaves.
#[derive(InputObject)]
pub struct TeamLeaveInput {
    /// The team.
    pub id: ID,
}
