//! The audit trail in the schema.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::event;

use super::queries;
use crate::{
    api::{Ctx, connection, optional_id},
    kernel::page::Cursor,
};

/// Something that happened, as auditors see it: ids and codes, no personal content.
#[derive(Clone, SimpleObject)]
pub struct AuditEvent {
    /// Opaque id.
    pub id: ID,
    /// What happened, such as `REQUEST_TAKEN`.
    pub kind: String,
    /// Kind of the object, such as `service_request`.
    pub aggregate: String,
    /// Id of the object, as stored.
    pub aggregate_id: String,
    /// Position among the events of the object, from 1 and without gaps.
    pub seq: i32,
    /// `USER`, `TRACKING`, `SYSTEM` or `ANONYMOUS`.
    pub actor_kind: String,
    /// The account that acted.
    pub actor_id: Option<ID>,
    /// The person for whom, where it is not the one who acted.
    pub beneficiary_id: Option<ID>,
    /// When.
    pub at: DateTime<Utc>,
    /// Ids and codes, as JSON.
    pub data: String,
}

impl From<event::Model> for AuditEvent {
    fn from(row: event::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            kind: row.kind,
            aggregate: row.aggregate,
            aggregate_id: row.aggregate_id.to_string(),
            seq: row.seq,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id.map(|a| a.to_string().into()),
            beneficiary_id: row.beneficiary_id.map(|p| p.to_string().into()),
            at: row.at,
            data: row.data.to_string(),
        }
    }
}

connection!(AuditEventConnection, AuditEventEdge, AuditEvent, "the audit trail");

/// Queries of the audit trail.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// What happened in a community, newest first. For auditors; without a community, for auditors
    /// of the whole system. `totalCount` is that of the page.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn audit_trail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community; the whole system if not given.")] community_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<AuditEventConnection> {
        let community = optional_id("communityId", community_id.as_ref())?;
        let page = ctx.page(first, after.as_deref())?;
        let page = queries::trail(ctx.app(), ctx.actor(), community, page).await?;
        let total = i64::try_from(page.rows.len()).unwrap_or(i64::MAX);
        let cursor = |row: &event::Model| Cursor { at: row.at, id: row.id.0 };
        Ok(AuditEventConnection::new(page, cursor, total, AuditEvent::from))
    }
}
