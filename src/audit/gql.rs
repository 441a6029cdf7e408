//! The audit trail in the schema.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::event;

use super::queries::{self, TrailFilter};
use crate::{
    api::{self, Ctx, connection, optional_id},
    kernel::{Error, Result, page::Cursor},
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

/// Which events are wanted; all conditions hold together.
#[derive(InputObject, Default)]
pub struct AuditFilterInput {
    /// By this account.
    pub actor_id: Option<ID>,
    /// Of this kind, such as `REQUEST_TAKEN`.
    pub kind: Option<String>,
    /// About the object of this id, as `aggregateId` or as the schema shows it elsewhere.
    pub aggregate_id: Option<ID>,
    /// At this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
}

impl AuditFilterInput {
    fn check(self, community: Option<&ID>) -> Result<TrailFilter> {
        let code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if self.kind.as_deref().is_some_and(|k| k.len() > 64 || !k.chars().all(code)) {
            return Err(Error::bad_input("filter.kind", "a kind such as REQUEST_TAKEN"));
        }
        // An id is its kind's letters and the UUID that the trail holds.
        let aggregate = self.aggregate_id.map(|id| {
            let uuid = id.rsplit('_').next().unwrap_or_default();
            uuid::Uuid::try_parse(uuid).map_err(|_| Error::bad_input("filter.aggregateId", "an id"))
        });
        Ok(TrailFilter {
            community: optional_id("communityId", community)?,
            actor: optional_id("filter.actorId", self.actor_id.as_ref())?,
            kind: self.kind,
            aggregate: aggregate.transpose()?,
            from: self.from,
            until: self.until,
        })
    }
}

/// Queries of the audit trail.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// What happened in a community, newest first. For auditors; without a community, for auditors
    /// of the whole system.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn audit_trail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community; the whole system if not given.")] community_id: Option<ID>,
        #[graphql(desc = "Which; all if not given.")] filter: Option<AuditFilterInput>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<AuditEventConnection> {
        let filter = filter.unwrap_or_default().check(community_id.as_ref())?;
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let page = queries::trail(app, actor, &filter, page).await?;
        let total = if api::wants_total(ctx) {
            api::total(queries::trail_count(app, actor, &filter).await?)
        } else {
            0
        };
        let cursor = |row: &event::Model| Cursor { at: row.at, id: row.id.0 };
        Ok(AuditEventConnection::new(page, cursor, total, AuditEvent::from))
    }
}
