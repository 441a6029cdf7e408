//! Reports in the schema.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use linli_entity::incident_report;

use super::{IncidentCard, card::load_card};
use crate::{
    api::connection,
    identity::gql::{MaskedPerson, RecordHolder},
};

/// That somebody reported an incident, or follows it.
#[derive(Clone)]
pub struct IncidentReport {
    row: incident_report::Model,
    person: RecordHolder,
}

impl From<incident_report::Model> for IncidentReport {
    fn from(row: incident_report::Model) -> Self {
        Self { person: RecordHolder::new(row.person_id), row }
    }
}

/// That somebody reported an incident, or follows it.
#[Object(serial)]
impl IncidentReport {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Opaque id of the incident; who reported it sees more of it by `incident`.
    async fn incident_id(&self) -> ID {
        self.row.incident_id.to_string().into()
    }

    /// The incident, as everybody may know it.
    async fn card(&self, ctx: &Context<'_>) -> async_graphql::Result<IncidentCard> {
        Ok(load_card(ctx, self.row.incident_id, self.row.follows).await?)
    }

    /// Who, masked.
    async fn person(&self, ctx: &Context<'_>) -> async_graphql::Result<MaskedPerson> {
        Ok(self.person.masked(ctx).await?)
    }

    /// What was seen, in their words; null of who only follows it, and after erasure.
    async fn words(&self) -> Option<&str> {
        self.row.words.as_deref()
    }

    /// Whether they only follow it.
    async fn follows(&self) -> bool {
        self.row.follows
    }

    /// Whether the public may not know who reported it.
    async fn anonymous(&self) -> bool {
        self.row.anonymous
    }

    /// Whether agencies may know how to reach them.
    async fn may_contact(&self) -> bool {
        self.row.may_contact
    }

    /// Whether staff or a lead entered it for them.
    async fn entered_by_staff(&self) -> bool {
        self.row.entered_by.is_some()
    }

    /// When.
    async fn reported_at(&self) -> DateTime<Utc> {
        self.row.reported_at
    }
}

connection!(IncidentReportConnection, IncidentReportEdge, IncidentReport, "reports of incidents");
