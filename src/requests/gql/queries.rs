//! Queries of service requests.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use linli_entity::{contact_task, enums::RequestState, ids::RequestId, read_log};

use super::{
    office::{
        ContactTask, ContactTaskConnection, FollowedRequest, ReadLogConnection, ReadLogEntry,
    },
    request::{ServiceRequest, ServiceRequestConnection, cursor, wanted},
    trace::{CalendarPreview, MovedDeadline},
};
use crate::{
    api::{self, Ctx, optional_id},
    calendar,
    kernel::{Action, Error, page::Cursor, policy},
    requests::{
        queries::{self, RequestFilter, RequestOrder, RequestRow},
        service,
    },
};

/// Which requests are wanted.
#[derive(InputObject, Default)]
pub struct ServiceRequestFilter {
    /// Of this community.
    pub community_id: Option<ID>,
    /// In one of these states; at most 10.
    pub states: Option<Vec<RequestState>>,
    /// Only those that still need work.
    #[graphql(default)]
    pub open: bool,
    /// Owned by this account.
    pub owner_id: Option<ID>,
    /// Of this matter.
    pub matter_id: Option<ID>,
    /// Only one's own, as the requester.
    #[graphql(default)]
    pub mine: bool,
    /// Only those whose deadline has passed.
    #[graphql(default)]
    pub overdue: bool,
}

/// Orders of a list of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum ServiceRequestOrder {
    /// The most urgent first.
    #[default]
    Due,
    /// The newest first.
    Newest,
}

impl From<ServiceRequestOrder> for RequestOrder {
    fn from(order: ServiceRequestOrder) -> Self {
        match order {
            ServiceRequestOrder::Due => Self::Due,
            ServiceRequestOrder::Newest => Self::Newest,
        }
    }
}

/// What somebody is about to submit.
#[derive(InputObject)]
pub struct DuplicateCheckInput {
    /// The community.
    pub community_id: ID,
    /// The matter.
    pub matter_id: ID,
    /// The title as far as it is written.
    pub title: String,
    /// For whom, if staff submit for somebody.
    pub person_id: Option<ID>,
}

/// Queries of service requests.
#[derive(Default)]
pub struct ServiceRequestQuery;

/// How many events are asked for, if any are.
fn newest_events(ctx: &Context<'_>) -> Option<u64> {
    let look = ctx.look_ahead().field("events");
    let field = look.selection_fields().into_iter().next()?;
    let last = field
        .arguments()
        .ok()
        .and_then(|a| a.into_iter().find(|(name, _)| name.as_str() == "last"))
        .and_then(|(_, value)| match value {
            async_graphql::Value::Number(n) => n.as_u64(),
            _ => None,
        });
    Some(last.unwrap_or(20).clamp(1, 100))
}

/// A request, with its newest events in the same statement if they are asked for.
async fn one(ctx: &Context<'_>, id: RequestId) -> crate::kernel::Result<ServiceRequest> {
    let want = wanted(ctx, &[""]);
    let Some(newest) = newest_events(ctx) else {
        let row = queries::by_id(ctx.app(), ctx.actor(), id, want).await?;
        return Ok(ServiceRequest::new(row));
    };
    let (row, events) =
        queries::by_id_with_events(ctx.app(), ctx.actor(), id, want, newest).await?;
    let mut request = ServiceRequest::new(row);
    // Who does not see all of them gets others in their place, by the loader.
    if policy::allowed(ctx.actor(), Action::RequestReadInternal, &request.row.target())
        && queries::shown_to_office(&events)
    {
        request.events = Some(((id, newest, true), events));
    }
    Ok(request)
}

/// A request that the reader may see.
pub async fn request_by_id(
    ctx: &Context<'_>,
    id: RequestId,
) -> crate::kernel::Result<ServiceRequest> {
    queries::by_id(ctx.app(), ctx.actor(), id, queries::Want::default())
        .await
        .map(ServiceRequest::new)
}

#[Object]
impl ServiceRequestQuery {
    /// A request that the reader may see, or null.
    async fn service_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<ServiceRequest>> {
        let id: RequestId = api::id("id", &id)?;
        match one(ctx, id).await {
            Ok(request) => Ok(Some(request)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// The request of an exact number that the reader may see, or null.
    async fn service_request_by_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its number.")] number: String,
    ) -> async_graphql::Result<Option<ServiceRequest>> {
        match queries::by_number(ctx.app(), ctx.actor(), &number, wanted(ctx, &[""])).await {
            Ok(row) => Ok(Some(ServiceRequest::new(row))),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// Requests that the reader may see.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn service_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; all that one may see if not given.")] filter: Option<
            ServiceRequestFilter,
        >,
        #[graphql(default, desc = "In which order.")] order_by: ServiceRequestOrder,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<ServiceRequestConnection> {
        let filter = filter.unwrap_or_default();
        if filter.states.as_ref().is_some_and(|s| s.len() > 10) {
            return Err(Error::bad_input("filter.states", "at most 10").into());
        }
        let filter = RequestFilter {
            community: optional_id("filter.communityId", filter.community_id.as_ref())?,
            states: filter.states,
            open: filter.open,
            owner: optional_id("filter.ownerId", filter.owner_id.as_ref())?,
            matter: optional_id("filter.matterId", filter.matter_id.as_ref())?,
            mine: filter.mine,
            overdue: filter.overdue,
        };
        let page = ctx.page(first, after.as_deref())?;
        let order = RequestOrder::from(order_by);
        let (app, actor) = (ctx.app(), ctx.actor());
        let want = wanted(ctx, &["nodes", "edges.node"]);
        let rows = queries::list(app, actor, &filter, order, page, want).await?;
        let total = if api::wants_total(ctx) {
            api::total(queries::count(app, actor, &filter).await?)
        } else {
            0
        };
        Ok(ServiceRequestConnection::new(rows, cursor(order), total, ServiceRequest::new))
    }

    /// A request by its number and tracking code, without an account. A wrong number and a wrong
    /// code are both null.
    async fn service_request_follow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its number.")] number: String,
        #[graphql(desc = "The tracking code that the submitter got.")] tracking_code: String,
    ) -> async_graphql::Result<Option<FollowedRequest>> {
        let address = &ctx.call().address;
        match service::follow(ctx.app(), address, &number, &tracking_code).await {
            Ok(row) => Ok(Some(FollowedRequest(RequestRow::of(&row)))),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// Open requests of the same person that are likely the same; at most 5. Ask before submitting.
    async fn service_request_likely_duplicates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is about to be submitted.")] input: DuplicateCheckInput,
    ) -> async_graphql::Result<Vec<ServiceRequest>> {
        let draft = service::Draft {
            community: api::id("input.communityId", &input.community_id)?,
            matter: api::id("input.matterId", &input.matter_id)?,
            title: input.title,
            beneficiary: optional_id("input.personId", input.person_id.as_ref())?,
        };
        let rows = service::likely_duplicates(ctx.app(), ctx.actor(), draft).await?;
        Ok(rows.into_iter().map(|row| ServiceRequest::new(RequestRow::of(&row))).collect())
    }

    /// Who opened one's own data, newest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn read_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<ReadLogConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::read_log_count(ctx.app(), ctx.actor()).await?)
        } else {
            0
        };
        let page = queries::read_log(ctx.app(), ctx.actor(), page).await?;
        let cursor = |row: &read_log::Model| Cursor { at: row.at, id: row.id.0 };
        Ok(ReadLogConnection::new(page, cursor, total, ReadLogEntry))
    }

    /// Whether staff entered something under one's phone before one registered; link it with
    /// `personLink`.
    async fn has_earlier_records(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        Ok(queries::has_earlier_records(ctx.app(), ctx.actor()).await?)
    }

    /// Calls and visits that are owed to residents of a community, oldest first. For its staff.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn contact_tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<ContactTaskConnection> {
        let community = api::id("communityId", &community_id)?;
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::contact_tasks_count(app, actor, community).await?)
        } else {
            0
        };
        let page = queries::contact_tasks(app, actor, community, page).await?;
        let cursor = |row: &contact_task::Model| Cursor { at: row.created_at, id: row.id.0 };
        Ok(ContactTaskConnection::new(page, cursor, total, ContactTask::from))
    }

    /// Which open requests a new calendar would move, before it is published. For managers.
    async fn calendar_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version as it would be published.")]
        input: calendar::gql::CalendarPublishInput,
    ) -> async_graphql::Result<CalendarPreview> {
        let input = input.check()?;
        let preview = service::calendar_preview(ctx.app(), ctx.actor(), &input).await?;
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let shown = |m: service::Moved| MovedDeadline {
            request_id: m.request.to_string().into(),
            number: m.number,
            due_at: m.due_at,
            new_due_at: m.new_due_at,
        };
        Ok(CalendarPreview {
            examined: count(preview.examined),
            moved_count: count(preview.moved.len()),
            unknown_count: count(preview.unknown),
            moved: preview.moved.into_iter().take(500).map(shown).collect(),
        })
    }
}
