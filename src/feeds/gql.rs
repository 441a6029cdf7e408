//! The link to one's own calendar, and the paths of what everybody can fetch, in the schema.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::calendar_feed;

use super::{
    queries,
    service::{self, NewFeed},
};
use crate::api::{self, Ctx, payload};

/// A link under which one's own calendar is fetched.
#[derive(SimpleObject)]
pub struct CalendarFeed {
    /// Opaque id.
    pub id: ID,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl From<calendar_feed::Model> for CalendarFeed {
    fn from(row: calendar_feed::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            created_at: row.created_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// A link that was just made.
#[derive(SimpleObject)]
pub struct CalendarFeedCreated {
    /// The link.
    pub feed: CalendarFeed,
    /// Path of the calendar on this server, such as `/feeds/….ics`. Whoever has it can read the
    /// calendar. It is shown only now: only a hash is stored.
    pub path: String,
}

impl From<NewFeed> for CalendarFeedCreated {
    fn from(made: NewFeed) -> Self {
        Self { feed: made.row.into(), path: format!("/feeds/{}.ics", made.token) }
    }
}

payload! {
    /// Answer of making a link.
    CalendarFeedCreatePayload {
        /// The link with its path.
        created: CalendarFeedCreated
    }
    /// Answer of taking a link back.
    CalendarFeedRevokePayload {
        /// The link.
        feed: CalendarFeed
    }
}

/// A link to make.
#[derive(InputObject)]
pub struct CalendarFeedCreateInput {
    /// Whether one that is in use is taken back; else it is refused with `CONFLICT`.
    #[graphql(default = true)]
    pub replace: bool,
}

/// A link to take back.
#[derive(InputObject)]
pub struct CalendarFeedRevokeInput {
    /// The link.
    pub id: ID,
}

/// Queries of one's own calendar, and of what everybody can fetch.
#[derive(Default)]
pub struct FeedQuery;

#[Object]
impl FeedQuery {
    /// One's own link that is in use, or null.
    async fn calendar_feed(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<CalendarFeed>> {
        Ok(queries::own(ctx.app(), ctx.actor()).await?.map(CalendarFeed::from))
    }

    /// Path of the calendar of a community's published activities in iCalendar, on this server and for
    /// everybody; null if there is no such community. `?language=` behind it says the language.
    async fn activities_feed_path(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
    ) -> async_graphql::Result<Option<String>> {
        let id = api::id("communityId", &community_id)?;
        let community = queries::community(ctx.app(), id).await?;
        Ok(community.map(|community| format!("/feeds/activities/{}.ics", community.code)))
    }

    /// Path of the map of a community's public incidents in GeoJSON, on this server and for everybody; null
    /// if there is no such community. `?language=` behind it says the language.
    async fn incidents_feed_path(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
    ) -> async_graphql::Result<Option<String>> {
        let id = api::id("communityId", &community_id)?;
        let community = queries::community(ctx.app(), id).await?;
        Ok(community.map(|community| format!("/feeds/incidents/{}.geojson", community.code)))
    }
}

/// Mutations of one's own calendar.
#[derive(Default)]
pub struct FeedMutation;

#[Object]
impl FeedMutation {
    /// Makes the link to one's own calendar in iCalendar: appointments, rooms that one booked, activities
    /// for which one has seats.
    async fn calendar_feed_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: CalendarFeedCreateInput,
    ) -> async_graphql::Result<CalendarFeedCreatePayload> {
        let done = service::create(ctx.app(), ctx.actor(), input.replace).await;
        CalendarFeedCreatePayload::new(ctx, done, CalendarFeedCreated::from)
    }

    /// Takes the link to one's own calendar back: it opens nothing any more.
    async fn calendar_feed_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: CalendarFeedRevokeInput,
    ) -> async_graphql::Result<CalendarFeedRevokePayload> {
        let id = api::id("input.id", &input.id)?;
        let done = service::revoke(ctx.app(), ctx.actor(), id).await;
        CalendarFeedRevokePayload::new(ctx, done, CalendarFeed::from)
    }
}
