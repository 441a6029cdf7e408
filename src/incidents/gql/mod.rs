//! Incidents in the schema.

mod card;
mod counted;
mod history;
mod incident;
mod inputs;
mod limits;
mod mutations;
mod report;
mod reported;
mod statistics;
mod task;
mod task_inputs;
mod task_mutations;

use async_graphql::{Context, ID, Object};
use linli_entity::{
    enums::{IncidentKind, IncidentState},
    incident as incident_row, incident_report,
};

pub use card::IncidentCard;
use card::{IncidentCardConnection, point};
use incident::IncidentConnection;
pub use incident::{Incident, load_incident};
use limits::IncidentLimits;
pub use mutations::IncidentMutation;
pub use report::IncidentReport;
use report::IncidentReportConnection;
pub use statistics::IncidentStatisticsQuery;
pub use task::{AgencyTask, AgencyTaskQuery, load_task};
pub use task_mutations::AgencyTaskMutation;

use super::queries::{self, CardFilter, Draft, Filter};
use crate::{
    api::{self, Ctx, optional_id},
    incidents::{rules, service},
    kernel::{Error, Result, page::Cursor},
    requests::gql::PositionInput,
};

/// What there is, or null.
fn optional<T>(found: Result<T>) -> async_graphql::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// Queries of incidents.
#[derive(Default)]
pub struct IncidentQuery;

#[Object]
impl IncidentQuery {
    /// An incident, for who reported it, who answers for its block, who serves in its community and who oversees
    /// it; else null.
    async fn incident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident.")] id: ID,
    ) -> async_graphql::Result<Option<Incident>> {
        let id = api::id("id", &id)?;
        let found = queries::incident(ctx.app(), ctx.actor(), id).await;
        Ok(optional(found)?.map(Incident::from))
    }

    /// Incidents of a community or of one of its blocks, the latest first; for those who answer for it, serve
    /// there or oversee it. Whoever answers for one block asks for that block.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "the arguments of a field")]
    async fn incidents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Of this block only.")] block_id: Option<ID>,
        #[graphql(desc = "In this state only.")] state: Option<IncidentState>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<IncidentConnection> {
        let filter = Filter {
            community: api::id("communityId", &community_id)?,
            block: optional_id("blockId", block_id.as_ref())?,
            state,
        };
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::incidents_count(ctx.app(), ctx.actor(), filter).await?)
        } else {
            0
        };
        let page = queries::incidents(ctx.app(), ctx.actor(), filter, page).await?;
        let cursor = |row: &incident_row::Model| Cursor { at: row.received_at, id: row.id.0 };
        Ok(IncidentConnection::new(page, cursor, total, Incident::from))
    }

    /// What was said about an incident and by whom, the first first. For those who answer for it or serve there, and of
    /// what went up who manages the subdistrict; that they looked is written down, and who reported it can read that.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn incident_reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident.")] incident_id: ID,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<IncidentReportConnection> {
        let id = api::id("incidentId", &incident_id)?;
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::reports_count(ctx.app(), ctx.actor(), id).await?)
        } else {
            0
        };
        let page = queries::reports(ctx.app(), ctx.actor(), id, page).await?;
        Ok(IncidentReportConnection::new(page, report_cursor, total, IncidentReport::from))
    }

    /// What one reported or follows, the latest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn own_incident_reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<IncidentReportConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::own_reports_count(ctx.app(), ctx.actor()).await?)
        } else {
            0
        };
        let page = queries::own_reports(ctx.app(), ctx.actor(), page).await?;
        Ok(IncidentReportConnection::new(page, report_cursor, total, IncidentReport::from))
    }

    /// What everybody may know of the incidents of a community, the latest first: only what staff have cleared.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn incident_cards(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Of this kind only.")] kind: Option<IncidentKind>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<IncidentCardConnection> {
        let filter = CardFilter { community: api::id("communityId", &community_id)?, kind };
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::cards_count(ctx.app(), filter).await?)
        } else {
            0
        };
        let page = queries::cards(ctx.app(), filter, page).await?;
        let cursor =
            |c: &queries::Card| Cursor { at: c.published_at.unwrap_or(c.received_at), id: c.id.0 };
        Ok(IncidentCardConnection::new(page, cursor, total, IncidentCard::public))
    }

    /// What everybody may know of an incident; also of one that the reader reported or follows. Else null.
    async fn incident_card(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident.")] id: ID,
    ) -> async_graphql::Result<Option<IncidentCard>> {
        let id = api::id("id", &id)?;
        Ok(optional(queries::card(ctx.app(), ctx.actor(), id).await)?.map(IncidentCard::public))
    }

    /// Before one reports: open incidents of the same kind in the same cell of about 200 metres or one that
    /// touches it (of a draft without a point: in the same block) of the last 30 days, the latest first, at most
    /// 5, to follow instead. What is dangerous is not among them, and of what staff have not cleared only its
    /// kind, block, state, day and about where it is is told.
    #[graphql(complexity = "5 * child_complexity")]
    async fn incidents_near(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "The kind.")] kind: IncidentKind,
        #[graphql(desc = "Where on the map.")] position: Option<PositionInput>,
        #[graphql(desc = "In which block.")] block_id: Option<ID>,
    ) -> async_graphql::Result<Vec<IncidentCard>> {
        let who = match ctx.actor().account() {
            Some(account) => account.to_string(),
            None => ctx.call().address.clone(),
        };
        ctx.app().throttle(&format!("incidents-near:{who}"), rules::LOOKS).await?;
        let draft = Draft {
            community: api::id("communityId", &community_id)?,
            kind,
            point: point("position", position)?,
            block: optional_id("blockId", block_id.as_ref())?,
        };
        let found = queries::near(ctx.app(), draft).await?;
        Ok(found.into_iter().map(IncidentCard::near).collect())
    }

    /// What became of a report, for who knows its number and code, without an account; else null.
    async fn incident_by_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number.")] number: String,
        #[graphql(desc = "The code that was shown with it.")] tracking_code: String,
    ) -> async_graphql::Result<Option<Incident>> {
        let address = &ctx.call().address;
        let found = service::by_code(ctx.app(), address, &number, &tracking_code).await;
        Ok(optional(found)?.map(Incident::from))
    }

    /// How long anybody has to respond to and to resolve each kind of incident in a community.
    async fn incident_limits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
    ) -> async_graphql::Result<Vec<IncidentLimits>> {
        let community = api::id("communityId", &community_id)?;
        let agreed = queries::limits(ctx.app(), community).await?;
        let of = |kind: &IncidentKind| IncidentLimits::new(*kind, agreed.get(kind));
        Ok(IncidentKind::ALL.iter().map(of).collect())
    }
}

fn report_cursor(row: &incident_report::Model) -> Cursor {
    Cursor { at: row.reported_at, id: row.id.0 }
}
