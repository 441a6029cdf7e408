//! What is answered to whoever reports an incident.

use async_graphql::{Context, ErrorExtensions, ID, Object, SimpleObject};
use linli_entity::{
    enums::{Danger, IncidentKind},
    ids::IncidentId,
};

use super::{IncidentCard, card::load_card};
use crate::{
    api::{Ctx, UserError, outcome},
    incidents::{
        emergency::{self, EmergencyService},
        service::Reported,
    },
    kernel::{Committed, Result},
};

/// Somebody to call at once.
#[derive(SimpleObject)]
pub struct EmergencyCall {
    /// Whom.
    pub service: EmergencyService,
    /// The number, the same in the whole country.
    pub number: &'static str,
}

/// What is answered at once to whoever reports that somebody is in danger.
#[derive(SimpleObject)]
pub struct EmergencyNotice {
    /// Whom to call, the first first.
    pub calls: Vec<EmergencyCall>,
    /// What to do, in the reader's language.
    pub advice: &'static str,
}

impl EmergencyNotice {
    /// What is answered about something that is reported; nothing if nobody is in danger.
    fn of(ctx: &Context<'_>, kind: IncidentKind, danger: Danger) -> Option<Self> {
        let call = |service: &EmergencyService| EmergencyCall {
            service: *service,
            number: service.number(),
        };
        let calls: Vec<_> = emergency::services(kind, danger).iter().map(call).collect();
        let advice = emergency::advice(ctx.call().languages.first());
        (!calls.is_empty()).then_some(Self { calls, advice })
    }
}

/// A report that was recorded.
pub struct IncidentReported {
    id: IncidentId,
    number: String,
    tracking_code: String,
}

impl From<Reported> for IncidentReported {
    fn from(reported: Reported) -> Self {
        let Reported { row, tracking_code } = reported;
        Self { id: row.id, number: row.number, tracking_code }
    }
}

/// A report that was recorded.
#[Object(serial)]
impl IncidentReported {
    /// Opaque id of the incident.
    async fn incident_id(&self) -> ID {
        self.id.to_string().into()
    }

    /// Number, as people say it.
    async fn number(&self) -> &str {
        &self.number
    }

    /// With this code and the number it is looked up without an account. Whoever has it can: keep it.
    async fn tracking_code(&self) -> &str {
        &self.tracking_code
    }

    /// The incident, as everybody may know it; null for who has no account.
    async fn card(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<IncidentCard>> {
        if ctx.actor().person().is_none() {
            return Ok(None);
        }
        Ok(Some(load_card(ctx, self.id, false).await?))
    }
}

/// Answer of reporting an incident.
#[derive(SimpleObject)]
pub struct IncidentReportPayload {
    /// What was recorded.
    pub reported: Option<IncidentReported>,
    /// Whom to call at once, also if it was refused; null if nobody is in danger
    /// and nothing can burn or explode. Where there is no payload at all, the numbers are in
    /// `extensions.call` of the error. A call that is not read (a token that is over, an input that is not of the
    /// schema) has neither: show 120, 110 and 119 wherever somebody can say that there is danger.
    pub emergency: Option<EmergencyNotice>,
    /// Why it was refused; empty when it was done.
    pub errors: Vec<UserError>,
}

impl IncidentReportPayload {
    /// Wraps what was recorded, or says why it was refused; either way whom to call.
    pub fn new(
        ctx: &Context<'_>,
        done: Result<Committed<Reported>>,
        (kind, danger): (IncidentKind, Danger),
    ) -> async_graphql::Result<Self> {
        let emergency = EmergencyNotice::of(ctx, kind, danger);
        let (reported, errors) = outcome(ctx, done).map_err(|fault| {
            let Some(notice) = &emergency else { return fault };
            let numbers: Vec<_> = notice.calls.iter().map(|call| call.number).collect();
            fault.extend_with(|_, more| more.set("call", numbers.clone()))
        })?;
        Ok(Self { reported: reported.map(Into::into), emergency, errors })
    }
}
