//! Inputs and payloads of appointments.

use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::enums::AppointmentKind;

use super::appointment::{Appointment, AppointmentPlan};
use crate::{
    api::{self, payload},
    appointments::{
        rules::Offer,
        service::{Act, Choice, PlanSet, SubmittedWith},
    },
    kernel::{Error, Result},
    requests::{
        gql::{ServiceRequestSubmitInput, SubmittedRequest},
        service::Submission,
    },
};

/// What a station offers by appointment, of one kind; all of it.
#[derive(InputObject)]
pub struct AppointmentPlanSetInput {
    /// The service station.
    pub station_id: ID,
    /// At the window or at home.
    pub kind: AppointmentKind,
    /// The version that was read; leave out for a new plan.
    pub expected_version: Option<i32>,
    /// Length of a slot in minutes: 5 to 240.
    pub slot_minutes: i32,
    /// Windows of the station: 1 to 50. Leave out for visits at home: everybody who is free can go.
    pub capacity: Option<i32>,
    /// Minutes for the way to a visit, and the same again back: 0 to 240; 0 at the window.
    #[graphql(default)]
    pub buffer_minutes: i32,
    /// A slot can be booked until so many minutes before it begins: 0 to 43200.
    #[graphql(default)]
    pub lead_minutes: i32,
    /// Days ahead that can be booked: 1 to 180.
    #[graphql(default = 30)]
    pub horizon_days: i32,
    /// Whether it is offered. What is booked stays.
    #[graphql(default = true)]
    pub active: bool,
}

impl AppointmentPlanSetInput {
    pub(super) fn check(&self) -> Result<PlanSet> {
        Ok(PlanSet {
            station: api::id("input.stationId", &self.station_id)?,
            kind: self.kind,
            expected_version: self.expected_version,
            offer: Offer {
                slot_minutes: self.slot_minutes,
                windows: self.capacity,
                buffer_minutes: self.buffer_minutes,
                lead_minutes: self.lead_minutes,
                horizon_days: self.horizon_days,
                active: self.active,
            },
        })
    }
}

/// An appointment to book.
#[derive(InputObject)]
pub struct AppointmentBookInput {
    /// The request that it is for.
    pub request_id: ID,
    /// The service station.
    pub station_id: ID,
    /// At the window or at home.
    pub kind: AppointmentKind,
    /// Begin of the slot.
    pub start: DateTime<Utc>,
    /// 1 to 100 characters: the same key with the same input gives the same appointment for 24 hours.
    pub idempotency_key: Option<String>,
}

impl AppointmentBookInput {
    pub(super) fn choice(&self) -> Result<Choice> {
        Ok(Choice {
            station: api::id("input.stationId", &self.station_id)?,
            kind: self.kind,
            start: self.start,
        })
    }
}

/// A request and its appointment.
#[derive(InputObject)]
pub struct ServiceRequestSubmitWithAppointmentInput {
    /// The request. Its idempotency key is that of the whole.
    pub request: ServiceRequestSubmitInput,
    /// The service station.
    pub station_id: ID,
    /// At the window or at home.
    pub kind: AppointmentKind,
    /// Begin of the slot.
    pub start: DateTime<Utc>,
}

impl ServiceRequestSubmitWithAppointmentInput {
    pub(super) fn check(self) -> Result<(Submission, Choice)> {
        let once = api::once(self.request.idempotency_key.as_ref(), &self)?;
        let choice = Choice {
            station: api::id("input.stationId", &self.station_id)?,
            kind: self.kind,
            start: self.start,
        };
        if self.request.delegation_id.is_some() {
            return Err(Error::bad_input("input.request.delegationId", "not with an appointment"));
        }
        Ok((Submission { once, ..self.request.check()? }, choice))
    }
}

/// An appointment to move.
#[derive(InputObject)]
pub struct AppointmentMoveInput {
    /// The appointment.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Begin of the new slot, at the same station.
    pub start: DateTime<Utc>,
    /// 1 to 100 characters: a retry with the same key and input gives the same appointment for 24
    /// hours.
    pub idempotency_key: Option<String>,
}

impl AppointmentMoveInput {
    pub(super) fn act(&self) -> Result<Act> {
        Ok(Act {
            id: api::id("input.id", &self.id)?,
            expected_version: self.expected_version,
            once: api::once(self.idempotency_key.as_ref(), self)?,
        })
    }
}

/// A step with an appointment.
#[derive(InputObject)]
pub struct AppointmentStepInput {
    /// The appointment.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// 1 to 100 characters: a retry with the same key and input gives the same appointment for 24
    /// hours.
    pub idempotency_key: Option<String>,
}

impl AppointmentStepInput {
    pub(super) fn act(&self) -> Result<Act> {
        Ok(Act {
            id: api::id("input.id", &self.id)?,
            expected_version: self.expected_version,
            once: api::once(self.idempotency_key.as_ref(), self)?,
        })
    }
}

/// A request that was submitted with its appointment.
#[derive(SimpleObject)]
pub struct SubmittedWithAppointment {
    /// The request, with the code to follow it.
    pub submitted: SubmittedRequest,
    /// Its appointment.
    pub appointment: Appointment,
}

impl From<SubmittedWith> for SubmittedWithAppointment {
    fn from(done: SubmittedWith) -> Self {
        Self { submitted: done.submitted.into(), appointment: Appointment::new(done.appointment) }
    }
}

payload! {
    /// Answer of setting a plan.
    AppointmentPlanSetPayload {
        /// The plan.
        plan: AppointmentPlan
    }
    /// Answer of every step with an appointment.
    AppointmentPayload {
        /// The appointment as it is now.
        appointment: Appointment
    }
    /// Answer of submitting a request with its appointment.
    ServiceRequestSubmitWithAppointmentPayload {
        /// Both.
        done: SubmittedWithAppointment
    }
}
