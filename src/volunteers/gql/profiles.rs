//! Volunteers in the schema.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{Skill, VolunteerRefusal, VolunteerState},
    volunteer,
};

use super::{AvailabilityPart, name};
use crate::{
    api::{Ctx, connection, payload},
    communities::gql::{Place, load},
    kernel::{Action, policy},
    volunteers::{
        queries,
        rules::{self, Step},
    },
};

/// What somebody is as a volunteer of a community. For themselves, and for those who run it.
#[derive(Clone)]
pub struct Volunteer(pub volunteer::Model);

/// What somebody is as a volunteer of a community. For themselves, and for those who run it.
#[Object(serial)]
impl Volunteer {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.0.community_id).await?)
    }

    /// Name: first character and a mask; in full for the volunteer.
    async fn name(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        Ok(name(ctx, self.0.person_id).await?)
    }

    /// State.
    async fn state(&self) -> VolunteerState {
        self.0.state
    }

    /// Why the community refused, where it says so.
    async fn refused_because(&self) -> Option<VolunteerRefusal> {
        self.0.refused_because
    }

    /// What they can do.
    async fn skills(&self) -> &[Skill] {
        &self.0.skills.0
    }

    /// When they have time; empty if they did not say.
    async fn availability(&self) -> Vec<AvailabilityPart> {
        self.0.availability.0.iter().copied().map(Into::into).collect()
    }

    /// When they applied.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> Vec<Step> {
        let target = queries::target(&self.0);
        let steps = [
            (Step::Decide, Action::VolunteerManage),
            (Step::Change, Action::VolunteerOwn),
            (Step::Pause, Action::VolunteerOwn),
            (Step::Resume, Action::VolunteerOwn),
            (Step::Leave, Action::VolunteerOwn),
        ];
        let open = steps.into_iter().filter(|(step, action)| {
            rules::possible(*step, self.0.state) && policy::allowed(ctx.actor(), *action, &target)
        });
        open.map(|(step, _)| step).collect()
    }
}

connection!(VolunteerConnection, VolunteerEdge, Volunteer, "volunteers");

payload! {
    /// Answer of a step with somebody's work as a volunteer.
    VolunteerPayload {
        /// The volunteer.
        volunteer: Volunteer
    }
}
