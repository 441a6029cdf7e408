//! Ratings and corrective actions in the schema.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    corrective_action,
    enums::{ConfirmedVia, CorrectiveState, RatingLevel},
    rating,
};

use super::{queries, service};
use crate::{
    api::{self, Ctx, connection, payload},
    communities::gql::load_staff,
    identity::gql::Staff,
    kernel::page::Cursor,
};

/// 评价: what a resident said of a result. It never says who.
#[derive(Clone, SimpleObject)]
pub struct Rating {
    /// Opaque id.
    pub id: ID,
    /// The level.
    pub level: RatingLevel,
    /// In their words; null after erasure.
    pub text: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// How it was said: ONLINE by the resident, else recorded by staff.
    pub via: ConfirmedVia,
    /// Whether it counts: replaced ratings, and those before a reopening, are history.
    pub counts: bool,
}

/// A rating as the rated person reads it: nothing in it says who gave it, or when.
#[derive(Clone, SimpleObject)]
pub struct ReceivedRating {
    /// The level.
    pub level: RatingLevel,
    /// In their words; null after erasure.
    pub text: Option<String>,
    /// The day on which its batch of five was complete.
    pub batched_on: NaiveDate,
}

impl From<rating::Model> for Rating {
    fn from(row: rating::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            level: row.level,
            text: row.body,
            at: row.at,
            via: row.via,
            counts: !row.superseded,
        }
    }
}

/// 整改: what is done about a bad rating.
#[derive(Clone)]
pub struct CorrectiveAction(corrective_action::Model);

/// 整改: what is done about a bad rating.
#[Object]
impl CorrectiveAction {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The request.
    async fn request_id(&self) -> ID {
        self.0.request_id.to_string().into()
    }

    /// State.
    async fn state(&self) -> CorrectiveState {
        self.0.state
    }

    /// Limit: 15 working days.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// Who handles it; never the rated person.
    async fn handler(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        match self.0.handler_id {
            Some(id) => Ok(Some(load_staff(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// What was done.
    async fn measure(&self) -> Option<&str> {
        self.0.measure.as_deref()
    }

    /// Whether the resident was called back.
    async fn called_back(&self) -> bool {
        self.0.called_back
    }

    /// When it was done.
    async fn done_at(&self) -> Option<DateTime<Utc>> {
        self.0.done_at
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

connection!(
    CorrectiveActionConnection,
    CorrectiveActionEdge,
    CorrectiveAction,
    "corrective actions"
);

payload! {
    /// Answer of assigning or completing a corrective action.
    CorrectiveActionPayload {
        /// The corrective action.
        corrective_action: CorrectiveAction
    }
}

/// Giving a corrective action to somebody.
#[derive(InputObject)]
pub struct CorrectiveActionAssignInput {
    /// The corrective action.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// To whom; never the rated person.
    pub handler_id: ID,
}

/// Ending a corrective action.
#[derive(InputObject)]
pub struct CorrectiveActionCompleteInput {
    /// The corrective action.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// What was done: at most 4000 characters.
    pub measure: String,
    /// That the resident was called back; it cannot end otherwise.
    pub called_back: bool,
}

/// Queries of ratings.
#[derive(Default)]
pub struct RatingQuery;

#[Object]
impl RatingQuery {
    /// Ratings of one's own work in closed batches of five, so that none points at somebody: the
    /// newest twenty batches, oldest first, in no order within a batch. A batch never changes.
    async fn ratings_received(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Vec<ReceivedRating>> {
        let rows = queries::received(ctx.app(), ctx.actor()).await?;
        let shown = |row: rating::Model| {
            let batched_on = ctx.app().day(row.batched_at?);
            Some(ReceivedRating { level: row.level, text: row.body, batched_on })
        };
        Ok(rows.into_iter().filter_map(shown).collect())
    }

    /// Corrective actions of a community, the most urgent first: for managers all but those about
    /// their own work, for others those that were given to them.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn corrective_actions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(default = true, desc = "Only those to be done.")] open: bool,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<CorrectiveActionConnection> {
        let (app, actor) = (ctx.app(), ctx.actor());
        let community = api::id("communityId", &community_id)?;
        let page = ctx.page(first, after.as_deref())?;
        let page = queries::corrective_actions(app, actor, community, open, page).await?;
        let total = if api::wants_total(ctx) {
            api::total(queries::corrective_count(app, actor, community, open).await?)
        } else {
            0
        };
        let cursor = |row: &corrective_action::Model| Cursor { at: row.due_at, id: row.id.0 };
        Ok(CorrectiveActionConnection::new(page, cursor, total, CorrectiveAction))
    }
}

/// Mutations of corrective actions.
#[derive(Default)]
pub struct RatingMutation;

#[Object]
impl RatingMutation {
    /// Gives a corrective action to somebody other than the rated person. For managers.
    async fn corrective_action_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to whom.")] input: CorrectiveActionAssignInput,
    ) -> async_graphql::Result<CorrectiveActionPayload> {
        let id = api::id("input.id", &input.id)?;
        let handler = api::id("input.handlerId", &input.handler_id)?;
        let version = input.expected_version;
        let done = service::corrective_assign(ctx.app(), ctx.actor(), id, version, handler).await;
        CorrectiveActionPayload::new(ctx, done, CorrectiveAction)
    }

    /// Ends a corrective action, after the resident was called back. For managers and for whom it was
    /// given to, but not for the rated person.
    async fn corrective_action_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what was done.")] input: CorrectiveActionCompleteInput,
    ) -> async_graphql::Result<CorrectiveActionPayload> {
        let id = api::id("input.id", &input.id)?;
        let done = (input.measure, input.called_back);
        let version = input.expected_version;
        let done = service::corrective_complete(ctx.app(), ctx.actor(), id, version, done).await;
        CorrectiveActionPayload::new(ctx, done, CorrectiveAction)
    }
}
