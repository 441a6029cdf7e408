//! What happened to an incident, as it is shown.

use async_graphql::{Context, Enum, Object};
use chrono::{DateTime, Utc};
use linli_entity::{enums::IncidentLevel, event, ids::AccountId};
use serde::Deserialize;

use crate::{communities::gql::load_staff, identity::gql::Staff};

/// What can happen to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IncidentEventKind {
    /// It was reported.
    Reported,
    /// Somebody took care of it.
    Responded,
    /// Somebody took it over from whoever had it.
    TakenOver,
    /// It went up.
    Escalated,
    /// It is late, and those above were told.
    Overdue,
    /// Agencies were called in.
    JointOpened,
    /// Every agency was called off: whoever has it goes on without them.
    JointCalledOff,
    /// There is a result.
    Resolved,
    /// Who reported it was answered.
    Answered,
    /// It ended.
    Closed,
    /// It was taken up again.
    Reopened,
    /// It is of another block or kind, more or less dangerous, or described better where it is.
    Routed,
    /// It is the same as another one.
    Merged,
}

/// Something that happened to an incident.
#[derive(Clone)]
pub struct IncidentEvent {
    row: event::Model,
    kind: IncidentEventKind,
}

impl IncidentEvent {
    /// The events that are shown, in their order.
    pub(super) fn shown(rows: Vec<event::Model>) -> Vec<Self> {
        let event = |row: event::Model| {
            let code = row.kind.strip_prefix("INCIDENT_")?;
            let kind = serde_json::from_value(code.into()).ok()?;
            Some(Self { row, kind })
        };
        rows.into_iter().filter_map(event).collect()
    }

    /// Who decided, where it was somebody in office; that an agency did its part tells of the agency, not of its
    /// officer.
    fn decided(&self) -> Option<AccountId> {
        use IncidentEventKind::{Merged, Overdue, Reopened, Reported};
        let shown = !matches!(self.kind, Reported | Reopened | Merged | Overdue);
        self.row.actor_id.filter(|_| shown && self.row.data["by"] != "AGENCY")
    }
}

/// Something that happened to an incident.
#[Object(serial)]
impl IncidentEvent {
    /// What.
    async fn kind(&self) -> IncidentEventKind {
        self.kind
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.row.at
    }

    /// How far up it was then, where that changed.
    async fn level(&self) -> Option<IncidentLevel> {
        serde_json::from_value(self.row.data["level"].clone()).ok()
    }

    /// Whether it happened by itself, because time was up.
    async fn by_time(&self) -> bool {
        self.row.data["by"] == "TIME"
    }

    /// Who decided; null where nobody did, and of what people do for themselves.
    async fn decider(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        match self.decided() {
            Some(id) => Ok(Some(load_staff(ctx, id).await?)),
            None => Ok(None),
        }
    }
}
