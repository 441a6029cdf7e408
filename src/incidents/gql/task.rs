//! Tasks of agencies in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use linli_entity::{
    agency_task, agency_task_note,
    enums::{AgencyOutcome, AgencyTaskState, Danger, IncidentKind, JointReason, RatingLevel},
    ids::{AgencyTaskId, IncidentId, JointResponseId},
    incident,
};
use tokio::sync::OnceCell;

use super::{card::MapPoint, incident::IncidentContact};
use crate::{
    api::{self, Ctx, connection, loader, payload},
    blocks::rules::Point,
    communities::gql::{Place, load, load_staff},
    identity::gql::Staff,
    incidents::{
        queries::{self, TaskFilter},
        rules::{self, Clock, TaskStep},
    },
    kernel::{Action, Error, Result, page::Cursor, policy},
};

loader! {
    /// Incidents of tasks that the reader may see.
    TaskIncidentLoader(IncidentId => Arc<incident::Model>) = queries::incidents_of_tasks
}
loader! {
    /// Why agencies were called in, of joint responses with a task that the reader may see.
    JointReasonLoader(JointResponseId => JointReason) = queries::joint_reasons
}
loader! {
    /// Notes on tasks of which the reader is a party.
    NotesLoader(AgencyTaskId => Vec<agency_task_note::Model>) = queries::notes_of
}

/// A note on a task of an agency, for its parties.
#[derive(Clone)]
pub struct AgencyTaskNote(agency_task_note::Model);

/// A note on a task of an agency, for its parties.
#[Object(serial)]
impl AgencyTaskNote {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Who wrote it.
    async fn author(&self, ctx: &Context<'_>) -> async_graphql::Result<Staff> {
        Ok(load_staff(ctx, self.0.account_id).await?)
    }

    /// In their words.
    async fn words(&self) -> Option<&str> {
        self.0.words.as_deref()
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

/// A task of an agency (联动任务): what one agency owes in a joint response to an incident, with what it needs
/// to know of the incident for that, and nothing else.
#[derive(Clone)]
pub struct AgencyTask {
    row: agency_task::Model,
    /// Its incident; looked up once.
    incident: Arc<OnceCell<Arc<incident::Model>>>,
}

/// A task that the reader may see.
pub async fn load_task(ctx: &Context<'_>, id: AgencyTaskId) -> Result<AgencyTask> {
    let (row, incident) = queries::task(ctx.app(), ctx.actor(), id).await?;
    Ok(AgencyTask::new(row, Arc::new(incident)))
}

impl From<agency_task::Model> for AgencyTask {
    fn from(row: agency_task::Model) -> Self {
        Self { row, incident: Arc::default() }
    }
}

impl AgencyTask {
    /// A task of an incident that is known already.
    pub fn new(row: agency_task::Model, incident: Arc<incident::Model>) -> Self {
        Self { row, incident: Arc::new(OnceCell::new_with(Some(incident))) }
    }

    async fn incident(&self, ctx: &Context<'_>) -> Result<&incident::Model> {
        let load = async || {
            let found = ctx.load::<TaskIncidentLoader, _>(self.row.incident_id).await?;
            found.ok_or(Error::NotFound)
        };
        Ok(self.incident.get_or_try_init(load).await?)
    }

    async fn is_party(&self, ctx: &Context<'_>) -> Result<bool> {
        let target = queries::task_target(ctx.actor(), &self.row, self.incident(ctx).await?);
        Ok(policy::allowed(ctx.actor(), Action::AgencyTaskNote, &target))
    }
}

/// A task of an agency (联动任务): what one agency owes in a joint response to an incident, with what it needs
/// to know of the incident for that, and nothing else.
#[Object(serial)]
impl AgencyTask {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Number of the incident, as people say it.
    async fn incident_number(&self, ctx: &Context<'_>) -> async_graphql::Result<&str> {
        Ok(&self.incident(ctx).await?.number)
    }

    /// What the incident is about.
    async fn incident_kind(&self, ctx: &Context<'_>) -> async_graphql::Result<IncidentKind> {
        Ok(self.incident(ctx).await?.kind)
    }

    /// Whether somebody is in danger.
    async fn danger(&self, ctx: &Context<'_>) -> async_graphql::Result<Danger> {
        Ok(self.incident(ctx).await?.danger)
    }

    /// Why agencies were called in.
    async fn joint_reason(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<JointReason>> {
        Ok(ctx.load::<JointReasonLoader, _>(self.row.joint_id).await?)
    }

    /// Where it is, in words; for the agency as long as it has something to do there.
    async fn place(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        let row = self.incident(ctx).await?;
        let knows = queries::knows_where(ctx.actor(), &self.row, row);
        Ok(row.place.as_deref().filter(|_| knows))
    }

    /// Where on the map, exactly; for the agency as long as it has something to do there.
    async fn point(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MapPoint>> {
        let row = self.incident(ctx).await?;
        if !queries::knows_where(ctx.actor(), &self.row, row) {
            return Ok(None);
        }
        let point = row.lon_e6.zip(row.lat_e6);
        Ok(point.map(|(lon_e6, lat_e6)| Point { lon_e6, lat_e6 }.into()))
    }

    /// The block in which it is.
    async fn block(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Place>> {
        match self.incident(ctx).await?.block_id {
            Some(id) => Ok(Some(load(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// The community in which it is.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.row.community_id).await?)
    }

    /// The agency.
    async fn agency(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.row.agency_id).await?)
    }

    /// What is asked of the agency.
    async fn brief(&self) -> Option<&str> {
        self.row.brief.as_deref()
    }

    /// Whether the incident waits for it.
    async fn mandatory(&self) -> bool {
        self.row.mandatory
    }

    /// Whether it was decided after two refusals that it is theirs: it cannot be refused.
    async fn binding(&self) -> bool {
        self.row.binding
    }

    /// How often it was refused before it came to this agency.
    async fn refusals(&self) -> i32 {
        self.row.refusals
    }

    /// State.
    async fn state(&self) -> AgencyTaskState {
        self.row.state
    }

    /// When the agency was asked.
    async fn asked_at(&self) -> DateTime<Utc> {
        self.row.asked_at
    }

    /// By when it is to sign for it.
    async fn sign_due_at(&self) -> DateTime<Utc> {
        self.row.sign_due_at
    }

    /// By when it is to make contact.
    async fn contact_due_at(&self) -> DateTime<Utc> {
        self.row.contact_due_at
    }

    /// By when it is to be finished.
    async fn finish_due_at(&self) -> DateTime<Utc> {
        self.row.finish_due_at
    }

    /// When the agency signed for it.
    async fn signed_at(&self) -> Option<DateTime<Utc>> {
        self.row.signed_at
    }

    /// When it made contact.
    async fn contacted_at(&self) -> Option<DateTime<Utc>> {
        self.row.contacted_at
    }

    /// When the agency refused it.
    async fn refused_at(&self) -> Option<DateTime<Utc>> {
        self.row.refused_at
    }

    /// When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.row.ended_at
    }

    /// Limits that were not met in time, also if they were met later; of what was refused or called off, that had
    /// passed by then.
    async fn late_clocks(&self, ctx: &Context<'_>) -> Vec<Clock> {
        rules::missed(&self.row, ctx.app().clock.now())
    }

    /// What came of it.
    async fn outcome(&self) -> Option<AgencyOutcome> {
        self.row.outcome
    }

    /// What was done, as the agency says.
    async fn result(&self) -> Option<&str> {
        self.row.result.as_deref()
    }

    /// Why the agency refused it.
    async fn refusal(&self) -> Option<&str> {
        self.row.refusal.as_deref()
    }

    /// Whose it is, as the agency says that refused it.
    async fn proposed_agency(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Place>> {
        match self.row.proposed_id {
            Some(id) => Ok(Some(load(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// Whether an answer of the agency came by phone, and a lead recorded it.
    async fn relayed(&self) -> bool {
        self.row.relayed
    }

    /// What the community thinks of what the agency did.
    async fn rating(&self) -> Option<RatingLevel> {
        self.row.rating
    }

    /// Why.
    async fn rating_reason(&self) -> Option<&str> {
        self.row.rating_reason.as_deref()
    }

    /// When it was rated.
    async fn rated_at(&self) -> Option<DateTime<Utc>> {
        self.row.rated_at
    }

    /// The latest notes, oldest first; at most 100. For the parties: the agency, who answers for the block and who
    /// manages the subdistrict; null for others.
    #[graphql(complexity = "20 * child_complexity")]
    async fn notes(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<AgencyTaskNote>>> {
        if !self.is_party(ctx).await? {
            return Ok(None);
        }
        let found = ctx.load::<NotesLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(Some(found.into_iter().map(AgencyTaskNote).collect()))
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<TaskStep>> {
        let incident = self.incident(ctx).await?;
        Ok(queries::task_steps(ctx.actor(), &self.row, incident))
    }
}

connection!(AgencyTaskConnection, AgencyTaskEdge, AgencyTask, "tasks of agencies");

payload! {
    /// Answer of a step with a task of an agency.
    AgencyTaskPayload {
        /// The task; of a decision, the one that takes its place.
        task: AgencyTask
    }
    /// Answer of looking at how to reach who reported an incident, as an agency.
    AgencyTaskReporterPayload {
        /// Those who allow it, the first first, at most 100; none if nobody does. Every look is written down, and
        /// they can read that.
        reporters: Vec<IncidentContact>
    }
}

/// Queries of tasks of agencies.
#[derive(Default)]
pub struct AgencyTaskQuery;

#[Object]
impl AgencyTaskQuery {
    /// A task of an agency, or null. For officers of the agency, who answers for the block of the incident,
    /// managers of its community and of its subdistrict.
    async fn agency_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<AgencyTask>> {
        match load_task(ctx, api::id("id", &id)?).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// The tasks of an agency, the latest first. For its officers; for others it has none (`NOT_FOUND`).
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn agency_tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agency.")] agency_id: ID,
        #[graphql(desc = "Only those in one of these states; in any, if none is named.", default)]
        states: Vec<AgencyTaskState>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<AgencyTaskConnection> {
        let filter = TaskFilter { agency: api::id("agencyId", &agency_id)?, states };
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::agency_tasks_count(app, actor, &filter).await?)
        } else {
            0
        };
        let page = queries::agency_tasks(app, actor, &filter, page).await?;
        let cursor = |row: &agency_task::Model| Cursor { at: row.asked_at, id: row.id.0 };
        Ok(AgencyTaskConnection::new(page, cursor, total, Into::into))
    }
}
