//! Mutations of appointments: each parses ids, calls one service and wraps its answer.

use async_graphql::{Context, Object};

use super::{
    appointment::{Appointment, AppointmentPlan},
    inputs::{
        AppointmentBookInput, AppointmentMoveInput, AppointmentPayload, AppointmentPlanSetInput,
        AppointmentPlanSetPayload, AppointmentStepInput, ServiceRequestSubmitWithAppointmentInput,
        ServiceRequestSubmitWithAppointmentPayload, SubmittedWithAppointment,
    },
};
use crate::{
    api::{self, Ctx},
    appointments::service,
};

/// Mutations of appointments.
#[derive(Default)]
pub struct AppointmentMutation;

#[Object]
impl AppointmentMutation {
    /// Says what a station offers by appointment, of one kind. For managers.
    async fn appointment_plan_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The plan.")] input: AppointmentPlanSetInput,
    ) -> async_graphql::Result<AppointmentPlanSetPayload> {
        let done = service::plan_set(ctx.app(), ctx.actor(), input.check()?).await;
        AppointmentPlanSetPayload::new(ctx, done, AppointmentPlan)
    }

    /// Books an appointment for a request: the requester, or staff in their place. Of two who want the
    /// same slot, one gets it; the other is refused with `CONFLICT` and the nearest that are free. A
    /// request has at most one appointment ahead.
    async fn appointment_book(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Request and slot.")] input: AppointmentBookInput,
    ) -> async_graphql::Result<AppointmentPayload> {
        let request = api::id("input.requestId", &input.request_id)?;
        let once = api::once(input.idempotency_key.as_ref(), &input)?;
        let choice = input.choice()?;
        let done = service::book(ctx.app(), ctx.actor(), request, choice, once).await;
        AppointmentPayload::new(ctx, done, Appointment::new)
    }

    /// Submits a request together with its appointment: both, or neither when the slot is taken. For
    /// the same people as `serviceRequestSubmit`.
    async fn service_request_submit_with_appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Request and slot.")] input: ServiceRequestSubmitWithAppointmentInput,
    ) -> async_graphql::Result<ServiceRequestSubmitWithAppointmentPayload> {
        let done = async {
            let (submission, choice) = input.check()?;
            service::submit_with(ctx.app(), ctx.actor(), submission, choice).await
        }
        .await;
        let wrap = SubmittedWithAppointment::from;
        ServiceRequestSubmitWithAppointmentPayload::new(ctx, done, wrap)
    }

    /// Moves an appointment that has not begun to another slot of the same station, maybe with somebody
    /// else of the staff. If that slot is taken, the appointment stays as it is.
    async fn appointment_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to when.")] input: AppointmentMoveInput,
    ) -> async_graphql::Result<AppointmentPayload> {
        let act = input.act()?;
        let done = service::reschedule(ctx.app(), ctx.actor(), act, input.start).await;
        AppointmentPayload::new(ctx, done, Appointment::new)
    }

    /// Cancels an appointment that has not begun. Its slot is free again.
    async fn appointment_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AppointmentStepInput,
    ) -> async_graphql::Result<AppointmentPayload> {
        let done = service::cancel(ctx.app(), ctx.actor(), input.act()?).await;
        AppointmentPayload::new(ctx, done, Appointment::new)
    }

    /// Says that the resident is there, or the visitor at their home; how late it was is kept. For
    /// staff, from the day of the appointment on.
    async fn appointment_arrive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AppointmentStepInput,
    ) -> async_graphql::Result<AppointmentPayload> {
        let done = service::arrive(ctx.app(), ctx.actor(), input.act()?).await;
        AppointmentPayload::new(ctx, done, Appointment::new)
    }

    /// Says that what it was for was dealt with. For staff.
    async fn appointment_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AppointmentStepInput,
    ) -> async_graphql::Result<AppointmentPayload> {
        let done = service::complete(ctx.app(), ctx.actor(), input.act()?).await;
        AppointmentPayload::new(ctx, done, Appointment::new)
    }

    /// Says that nobody came; `TOO_EARLY` until 15 minutes after the begin. For staff. Whoever comes
    /// after that can still arrive.
    async fn appointment_mark_no_show(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AppointmentStepInput,
    ) -> async_graphql::Result<AppointmentPayload> {
        let done = service::mark_no_show(ctx.app(), ctx.actor(), input.act()?).await;
        AppointmentPayload::new(ctx, done, Appointment::new)
    }
}
