//! Queries of volunteers and teams.

use async_graphql::{Context, ID, Object};
use linli_entity::{ids::PlaceId, volunteer, volunteer_team};

use super::{
    Team, Volunteer, inputs::VolunteerFilterInput, load_team, load_volunteer,
    profiles::VolunteerConnection, teams::TeamConnection,
};
use crate::{
    api::{self, Ctx},
    kernel::{Error, page::Cursor},
    volunteers::queries::{self, VolunteerFilter},
};

/// Queries of volunteers and teams.
#[derive(Default)]
pub struct VolunteerQuery;

#[Object]
impl VolunteerQuery {
    /// What one is and was as a volunteer, the newest first; at most 50.
    async fn own_volunteering(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Volunteer>> {
        let rows = queries::own_profiles(ctx.app(), ctx.actor()).await?;
        Ok(rows.into_iter().map(Volunteer).collect())
    }

    /// The volunteers of a community, in the order in which they applied. For its managers.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn volunteers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Which of them; the active ones if not given.")] filter: Option<
            VolunteerFilterInput,
        >,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<VolunteerConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let community = api::id("communityId", &community_id)?;
        let filter = filter.unwrap_or_default();
        let filter = VolunteerFilter { community, state: filter.state, skills: filter.skills };
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::volunteers_count(app, actor, &filter).await?)
        } else {
            0
        };
        let page = queries::volunteers(app, actor, &filter, page).await?;
        let cursor = |row: &volunteer::Model| Cursor { at: row.created_at, id: row.id.0 };
        Ok(VolunteerConnection::new(page, cursor, total, Volunteer))
    }

    /// What somebody is as a volunteer, or null. For themselves and the managers of the community.
    async fn volunteer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Volunteer>> {
        match load_volunteer(ctx, api::id("id", &id)?).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// The teams of a community, in the order of their creation.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn teams(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Whether those that take nothing over are listed too.", default)]
        closed_too: bool,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<TeamConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let community: PlaceId = api::id("communityId", &community_id)?;
        let total = if api::wants_total(ctx) {
            api::total(queries::teams_count(ctx.app(), community, closed_too).await?)
        } else {
            0
        };
        let page = queries::teams(ctx.app(), community, closed_too, page).await?;
        let cursor = |row: &volunteer_team::Model| Cursor { at: row.created_at, id: row.id.0 };
        Ok(TeamConnection::new(page, cursor, total, Team::from))
    }

    /// A team, or null.
    async fn team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Team>> {
        match load_team(ctx, api::id("id", &id)?).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }
}
