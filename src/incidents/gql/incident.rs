//! Incidents in the schema, for who reported them, answers for them or serves there.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{
    agency_task,
    enums::{Danger, IncidentKind, IncidentLevel, IncidentOutcome, IncidentState},
    event,
    ids::{IncidentId, PersonId},
    incident, incident_report,
};

use super::{AgencyTask, card::MapPoint, history::IncidentEvent, report::IncidentReport};
use crate::{
    api::{Ctx, connection, loader, payload},
    blocks::{
        gql::{Block, load_block},
        rules::Point,
    },
    communities::gql::{Place, load, load_staff},
    identity::gql::Staff,
    incidents::{
        queries,
        rules::{self, Step},
        service::Contact,
    },
    kernel::{Action, Locale, Result, Target, policy},
};

loader! {
    /// Tasks of agencies, of incidents whose parties the reader is of.
    TasksLoader(IncidentId => Vec<agency_task::Model>) = queries::tasks_of
}
loader! {
    /// What happened to incidents that the reader may see.
    HistoryLoader(IncidentId => Vec<event::Model>) = queries::history
}
loader! {
    /// What the reader reported of incidents.
    OwnReportLoader((IncidentId, PersonId) => incident_report::Model) = queries::own_report
}

/// An incident (街区问题): something is wrong with a place or a thing.
#[derive(Clone)]
pub struct Incident {
    row: Arc<incident::Model>,
}

/// An incident that the reader may see.
pub async fn load_incident(ctx: &Context<'_>, id: IncidentId) -> Result<Incident> {
    queries::incident(ctx.app(), ctx.actor(), id).await.map(Into::into)
}

impl From<incident::Model> for Incident {
    fn from(row: incident::Model) -> Self {
        Self { row: Arc::new(row) }
    }
}

impl Incident {
    /// Whether the reader may know where it is: whoever may see it, but for whose report was of another one.
    async fn knows_where(&self, ctx: &Context<'_>) -> Result<bool> {
        let actor = ctx.actor();
        let target = queries::target(&self.row);
        let Some(person) = actor.person() else { return Ok(true) };
        if policy::allowed(actor, Action::IncidentRead, &target) {
            return Ok(true);
        }
        let own = ctx.load::<OwnReportLoader, _>((self.row.id, person)).await?;
        // By number and code, whoever is signed in.
        Ok(own.is_none_or(|report| report.from_id.is_none()))
    }

    /// Whether the reader answers for it or serves there.
    fn serves(&self, ctx: &Context<'_>) -> bool {
        let target = queries::target(&self.row);
        policy::allowed(ctx.actor(), queries::reader(&self.row), &target)
    }
}

/// An incident (街区问题): something is wrong with a place or a thing.
#[Object(serial)]
impl Incident {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Number, as people say it.
    async fn number(&self) -> &str {
        &self.row.number
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.row.community_id).await?)
    }

    /// The block, once it is known, with who answers for it.
    async fn block(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Block>> {
        match self.row.block_id {
            Some(id) => Ok(Some(load_block(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// Kind.
    async fn kind(&self) -> IncidentKind {
        self.row.kind
    }

    /// Whether somebody is in danger.
    async fn danger(&self) -> Danger {
        self.row.danger
    }

    /// Where, in the words of who reported it first; null after erasure, and to who reported what turned out to be
    /// the same.
    async fn place(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        let knows = self.knows_where(ctx).await?;
        Ok(self.row.place.as_deref().filter(|_| knows))
    }

    /// Where on the map, exactly; null to who reported what turned out to be the same.
    async fn point(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MapPoint>> {
        let point = self.row.lon_e6.zip(self.row.lat_e6);
        let knows = self.knows_where(ctx).await?;
        Ok(point.filter(|_| knows).map(|(lon_e6, lat_e6)| Point { lon_e6, lat_e6 }.into()))
    }

    /// State.
    async fn state(&self) -> IncidentState {
        self.row.state
    }

    /// How far up it is.
    async fn level(&self) -> IncidentLevel {
        self.row.level
    }

    /// Who has it in hand; null until somebody responds.
    async fn handler(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        match self.row.handler_id {
            Some(id) => Ok(Some(load_staff(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// When it came in.
    async fn received_at(&self) -> DateTime<Utc> {
        self.row.received_at
    }

    /// When it goes up by itself, or those above are told that it is late, unless somebody responds, resolves or
    /// answers before.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.row.due_at
    }

    /// First response of a human.
    async fn responded_at(&self) -> Option<DateTime<Utc>> {
        self.row.responded_at
    }

    /// When it first went up.
    async fn escalated_at(&self) -> Option<DateTime<Utc>> {
        self.row.escalated_at
    }

    /// When agencies were first called in.
    async fn joint_at(&self) -> Option<DateTime<Utc>> {
        self.row.joint_at
    }

    /// When there was a result; null while there is none.
    async fn resolved_at(&self) -> Option<DateTime<Utc>> {
        self.row.resolved_at
    }

    /// When who reported it was answered.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.row.answered_at
    }

    /// When it ended.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.row.closed_at
    }

    /// How often it was taken up again.
    async fn reopened(&self) -> i32 {
        self.row.reopened
    }

    /// Why it was taken up again last, in the words of who wanted that; for those who answer for it or serve
    /// there.
    async fn reopen_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.row.reopen_reason.as_deref().filter(|_| self.serves(ctx))
    }

    /// Why it was taken up last, in the words of who did; null where only time did. For those who answer for it
    /// or serve there.
    async fn escalation_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.row.escalation.as_deref().filter(|_| self.serves(ctx))
    }

    /// Outcome, once there is one.
    async fn outcome(&self) -> Option<IncidentOutcome> {
        self.row.outcome
    }

    /// What who reported it was answered.
    async fn answer(&self) -> Option<&str> {
        self.row.answer.as_deref()
    }

    /// Since when everybody may know of it.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.row.published_at
    }

    /// What staff cleared for everybody, in the reader's language; null if nothing.
    async fn card_text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> Option<String> {
        self.row.published_at?;
        Some(ctx.languages(language).pick(&self.row.card).to_owned())
    }

    /// Opaque id of the incident that it is the same as.
    async fn merged_into_id(&self) -> Option<ID> {
        self.row.merged_into.map(|id| id.to_string().into())
    }

    /// What agencies owe and owed, who was asked first first; at most 100. For those who answer for
    /// its block, managers and who oversees them; empty for others.
    #[graphql(complexity = "10 * child_complexity")]
    async fn tasks(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<AgencyTask>> {
        let target = queries::target(&self.row);
        // Where no agency was ever called in nothing is looked up.
        if self.row.joint_at.is_none()
            || !policy::allowed(ctx.actor(), Action::AgencyTaskRead, &target)
        {
            return Ok(Vec::new());
        }
        let found = ctx.load::<TasksLoader, _>(self.row.id).await?.unwrap_or_default();
        let of = |task| AgencyTask::new(task, Arc::clone(&self.row));
        Ok(found.into_iter().map(of).collect())
    }

    /// What the reader reported of it, or of another one that turned out to be the same, and what others may know of
    /// them; null for who has not reported it.
    async fn own_report(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<IncidentReport>> {
        let Some(person) = ctx.actor().person() else { return Ok(None) };
        let own = Target { requester: Some(person), ..queries::target(&self.row) };
        if !policy::allowed(ctx.actor(), Action::IncidentConsent, &own) {
            return Ok(None);
        }
        let found = ctx.load::<OwnReportLoader, _>((self.row.id, person)).await?;
        Ok(found.map(IncidentReport::from))
    }

    /// What happened to it, in order; the last 100.
    #[graphql(complexity = "20 + 20 * child_complexity")]
    async fn events(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<IncidentEvent>> {
        let found = ctx.load::<HistoryLoader, _>(self.row.id).await?;
        Ok(IncidentEvent::shown(found.unwrap_or_default()))
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// What the reader can do with it now.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Step>> {
        let (actor, now) = (ctx.actor(), ctx.app().clock.now());
        let handle = queries::handler(&self.row);
        let mut target = queries::target(&self.row);
        // Whether they reported it is looked up only for who may not do it otherwise.
        if let Some(person) = actor.person()
            && !policy::allowed(actor, Action::IncidentReopen, &target)
            && ctx.load::<OwnReportLoader, _>((self.row.id, person)).await?.is_some()
        {
            target.requester = Some(person);
        }
        let joint = policy::allowed(actor, handle, &target);
        let steps = [
            (Step::Respond, handle),
            (Step::Escalate, handle),
            (Step::OpenJoint, Action::IncidentJointOpen),
            (Step::Resolve, handle),
            (Step::Answer, Action::IncidentAnswer),
            (Step::Reopen, Action::IncidentReopen),
            (Step::Route, queries::router(&self.row)),
            (Step::Merge, queries::router(&self.row)),
            (Step::Publish, Action::IncidentClear),
            (Step::Hide, Action::IncidentClear),
        ];
        let has = self.row.handler_id.is_some() && self.row.handler_id == actor.account();
        let can = |(step, action): &(Step, Action)| {
            rules::possible(*step, &self.row, now)
                && !(has && *step == Step::Respond)
                && policy::allowed(actor, *action, &target)
                && (joint || *step != Step::OpenJoint)
        };
        Ok(steps.into_iter().filter(can).map(|(step, _)| step).collect())
    }
}

connection!(IncidentConnection, IncidentEdge, Incident, "incidents");

/// How to reach somebody who reported an incident.
#[derive(SimpleObject)]
pub struct IncidentContact {
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
}

impl From<Contact> for IncidentContact {
    fn from(contact: Contact) -> Self {
        Self { name: contact.name, phone: contact.phone }
    }
}

payload! {
    /// Answer of a step with an incident.
    IncidentPayload {
        /// The incident.
        incident: Incident
    }
    /// Answer of following an incident.
    IncidentFollowPayload {
        /// Opaque id of the incident.
        incident_id: ID
    }
    /// Answer of asking for a code.
    IncidentCodePayload {
        /// Whether it is on its way; whether the phone is known to the portal is not told.
        sent: bool
    }
    /// Answer of looking at how to reach who reported an incident.
    IncidentContactPayload {
        /// How to reach them, the first first; at most 100.
        contacts: Vec<IncidentContact>
    }
}
