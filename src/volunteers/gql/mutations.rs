//! Mutations of volunteers and teams.

use async_graphql::{Context, Object};

use super::{
    Team, Volunteer,
    inputs::{
        TeamChangeInput, TeamCreateInput, TeamLeaveInput, TeamMemberAddInput,
        TeamMemberRemoveInput, VolunteerApplyInput, VolunteerChangeInput, VolunteerDecideInput,
        VolunteerLeaveInput,
    },
    profiles::VolunteerPayload,
    teams::TeamPayload,
};
use crate::{
    api::{self, Ctx},
    volunteers::service,
};

/// Mutations of volunteers and teams.
#[derive(Default)]
pub struct VolunteerMutation;

#[Object]
impl VolunteerMutation {
    /// Asks to be a volunteer of a community; it decides.
    async fn volunteer_apply(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The application.")] input: VolunteerApplyInput,
    ) -> async_graphql::Result<VolunteerPayload> {
        let done = async { service::apply(ctx.app(), ctx.actor(), input.check()?).await }.await;
        VolunteerPayload::new(ctx, done, Volunteer)
    }

    /// Accepts or refuses an application. For managers of the community, not about themselves.
    async fn volunteer_decide(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: VolunteerDecideInput,
    ) -> async_graphql::Result<VolunteerPayload> {
        let done = async {
            let (id, decision) = input.check()?;
            service::decide(ctx.app(), ctx.actor(), id, input.expected_version, decision).await
        }
        .await;
        VolunteerPayload::new(ctx, done, Volunteer)
    }

    /// Changes one's own skills and availability, pauses and goes on. Neither has consequences.
    async fn volunteer_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: VolunteerChangeInput,
    ) -> async_graphql::Result<VolunteerPayload> {
        let done = async {
            let (id, expected_version, change) = input.check()?;
            service::change(ctx.app(), ctx.actor(), id, expected_version, change).await
        }
        .await;
        VolunteerPayload::new(ctx, done, Volunteer)
    }

    /// Stops being a volunteer: leaves teams and shifts to come. What was done stays counted.
    async fn volunteer_leave(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: VolunteerLeaveInput,
    ) -> async_graphql::Result<VolunteerPayload> {
        let id = api::id("input.id", &input.id)?;
        let done = service::leave(ctx.app(), ctx.actor(), id, input.expected_version).await;
        VolunteerPayload::new(ctx, done, Volunteer)
    }

    /// Creates a team. For managers of the community.
    async fn team_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The team.")] input: TeamCreateInput,
    ) -> async_graphql::Result<TeamPayload> {
        let done =
            async { service::team_create(ctx.app(), ctx.actor(), input.check()?).await }.await;
        TeamPayload::new(ctx, done, Team::from)
    }

    /// Changes a team, or closes it. For managers of the community.
    async fn team_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: TeamChangeInput,
    ) -> async_graphql::Result<TeamPayload> {
        let done = async {
            let (id, expected_version, change) = input.check()?;
            service::team_change(ctx.app(), ctx.actor(), id, expected_version, change).await
        }
        .await;
        TeamPayload::new(ctx, done, Team::from)
    }

    /// Takes an active volunteer into a team. For managers of the community and who leads the team.
    async fn team_member_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and into which team.")] input: TeamMemberAddInput,
    ) -> async_graphql::Result<TeamPayload> {
        let (team, volunteer, once) = input.check()?;
        let done = service::member_add(ctx.app(), ctx.actor(), team, volunteer, once).await;
        TeamPayload::new(ctx, done, Team::from)
    }

    /// Takes a volunteer out of a team. For the same people.
    async fn team_member_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and out of which team.")] input: TeamMemberRemoveInput,
    ) -> async_graphql::Result<TeamPayload> {
        let team = api::id("input.id", &input.id)?;
        let volunteer = api::id("input.volunteerId", &input.volunteer_id)?;
        let done = service::member_remove(ctx.app(), ctx.actor(), team, volunteer).await;
        TeamPayload::new(ctx, done, Team::from)
    }

    /// Leaves a team, and its lead.
    async fn team_leave(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TeamLeaveInput,
    ) -> async_graphql::Result<TeamPayload> {
        let id = api::id("input.id", &input.id)?;
        let done = service::team_leave(ctx.app(), ctx.actor(), id).await;
        TeamPayload::new(ctx, done, Team::from)
    }
}
