//! Queries of activities.

use async_graphql::{Context, ID, Object};
use linli_entity::{activity, activity_registration, enums::RegistrationState};

use super::{
    inputs::ActivityFilterInput,
    objects::{Activity, ActivityConnection, PartnerOrganisation, Theme, load_activity},
    registration::{
        ActivityFeedback, ActivityRegistration, ActivityRegistrationConnection, ActivityTicket,
    },
    statistics::ActivityStatistics,
};
use crate::{
    activities::queries,
    api::{self, Ctx},
    kernel::{Error, page::Cursor},
};

/// Queries of activities.
#[derive(Default)]
pub struct ActivityQuery;

#[Object]
impl ActivityQuery {
    /// The themes of a year, by month.
    async fn themes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "The year.")] year: i32,
    ) -> async_graphql::Result<Vec<Theme>> {
        let community = api::id("communityId", &community_id)?;
        let rows = queries::themes(ctx.app(), community, year).await?;
        Ok(rows.into_iter().map(Theme).collect())
    }

    /// The organisations that take part in activities of a community; at most 200.
    async fn partner_organisations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
    ) -> async_graphql::Result<Vec<PartnerOrganisation>> {
        let community = api::id("communityId", &community_id)?;
        let rows = queries::partners(ctx.app(), community).await?;
        Ok(rows.into_iter().map(PartnerOrganisation).collect())
    }

    /// An activity, or null. Drafts are for those who plan.
    async fn activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Activity>> {
        match load_activity(ctx, api::id("id", &id)?).await {
            Ok(activity) => Ok(Some(activity)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// Activities of a community, in the order in which they begin. Drafts are for those who plan.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn activities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Which; all if not given.")] filter: Option<ActivityFilterInput>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<ActivityConnection> {
        let community = api::id("communityId", &community_id)?;
        let filter = filter.unwrap_or_default().check()?;
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::activities_count(app, actor, community, filter).await?)
        } else {
            0
        };
        let page = queries::activities(app, actor, community, filter, page).await?;
        let cursor = |row: &activity::Model| Cursor { at: row.starts_at, id: row.id.0 };
        Ok(ActivityConnection::new(page, cursor, total, Activity::new))
    }

    /// Registrations for an activity, in the order in which they came: masked, for staff.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn activity_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The activity.")] activity_id: ID,
        #[graphql(desc = "In this state; all if not given.")] state: Option<RegistrationState>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<ActivityRegistrationConnection> {
        let id = api::id("activityId", &activity_id)?;
        let page = ctx.page(first, after.as_deref())?;
        let page = queries::registrations(ctx.app(), ctx.actor(), id, state, page).await?;
        let total = if api::wants_total(ctx) {
            api::total(queries::registrations_count(ctx.app(), id, state).await?)
        } else {
            0
        };
        let wrap = ActivityRegistration::from;
        Ok(ActivityRegistrationConnection::new(page, registered, total, wrap))
    }

    /// One's own registrations, newest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn my_activity_registrations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<ActivityRegistrationConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let page = queries::mine(ctx.app(), ctx.actor(), page).await?;
        let total = if api::wants_total(ctx) {
            api::total(queries::mine_count(ctx.app(), ctx.actor()).await?)
        } else {
            0
        };
        let wrap = ActivityRegistration::from;
        Ok(ActivityRegistrationConnection::new(page, registered, total, wrap))
    }

    /// What was thought of an activity, best first, without names or times; at most 1000. For staff.
    async fn activity_feedback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The activity.")] activity_id: ID,
    ) -> async_graphql::Result<Vec<ActivityFeedback>> {
        let id = api::id("activityId", &activity_id)?;
        let rows = queries::feedback(ctx.app(), ctx.actor(), id).await?;
        Ok(rows.into_iter().map(ActivityFeedback::from).collect())
    }

    /// The numbers of the queue of a session; at most 1000. For staff.
    async fn activity_tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session.")] session_id: ID,
    ) -> async_graphql::Result<Vec<ActivityTicket>> {
        let id = api::id("sessionId", &session_id)?;
        let rows = queries::tickets(ctx.app(), ctx.actor(), id).await?;
        Ok(rows.into_iter().map(ActivityTicket::from).collect())
    }

    /// One theme a month, one activity a week, and how full and well attended they were. For staff,
    /// the subdistrict and auditors.
    async fn activity_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "The year.")] year: i32,
        #[graphql(desc = "The month, 1 to 12; the whole year if not given.")] month: Option<i32>,
    ) -> async_graphql::Result<ActivityStatistics> {
        let community = api::id("communityId", &community_id)?;
        let bad = |_| Error::bad_input("month", "1 to 12");
        let month = month.map(u32::try_from).transpose().map_err(bad)?;
        let counted = queries::count(ctx.app(), ctx.actor(), community, year, month).await?;
        Ok(counted.into())
    }
}

fn registered(row: &activity_registration::Model) -> Cursor {
    Cursor { at: row.created_at, id: row.id.0 }
}
