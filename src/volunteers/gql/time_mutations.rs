//! Mutations of volunteers' time: records, certificates, shifts.

use async_graphql::{Context, Object};

use super::{
    Shift,
    certificates::{VolunteerCertificate, VolunteerCertificatePayload},
    hours::{VolunteerHours, VolunteerHoursPayload},
    shifts::{ShiftPayload, ShiftsPayload},
    time_inputs::{
        HoursCheckInInput, HoursCheckOutInput, HoursCorrectInput, HoursDecideInput,
        HoursEnterInput, ShiftCancelInput, ShiftCreateInput, ShiftSignOffInput, ShiftSignUpInput,
        VolunteerCertificateIssueInput,
    },
};
use crate::{
    api::{self, Ctx},
    volunteers::service,
};

/// Mutations of volunteers' time.
#[derive(Default)]
pub struct VolunteerTimeMutation;

#[Object]
impl VolunteerTimeMutation {
    /// Says that one is there: time counts from now on. One is checked in at one place at most.
    async fn hours_check_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and what for.")] input: HoursCheckInInput,
    ) -> async_graphql::Result<VolunteerHoursPayload> {
        let (community, work, once) = input.check()?;
        let done = service::check_in(ctx.app(), ctx.actor(), community, work, once).await;
        VolunteerHoursPayload::new(ctx, done, VolunteerHours::from)
    }

    /// Says that one leaves, a minute later at least: the time counts at once. After 12 hours it is too
    /// late; then one enters the time, and somebody approves it.
    async fn hours_check_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which record.")] input: HoursCheckOutInput,
    ) -> async_graphql::Result<VolunteerHoursPayload> {
        let id = api::id("input.id", &input.id)?;
        let done = service::check_out(ctx.app(), ctx.actor(), id, input.expected_version).await;
        VolunteerHoursPayload::new(ctx, done, VolunteerHours::from)
    }

    /// Enters time that is gone by, for somebody else to approve.
    async fn hours_enter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The time.")] input: HoursEnterInput,
    ) -> async_graphql::Result<VolunteerHoursPayload> {
        let done = async { service::enter(ctx.app(), ctx.actor(), input.check()?).await }.await;
        VolunteerHoursPayload::new(ctx, done, VolunteerHours::from)
    }

    /// Approves or refuses time that somebody entered. For managers of the community and who leads the
    /// team of it, never about one's own.
    async fn hours_decide(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: HoursDecideInput,
    ) -> async_graphql::Result<VolunteerHoursPayload> {
        let id = api::id("input.id", &input.id)?;
        let (version, decision) = (input.expected_version, (input.approve, input.reason));
        let done = service::hours_decide(ctx.app(), ctx.actor(), id, version, decision).await;
        VolunteerHoursPayload::new(ctx, done, VolunteerHours::from)
    }

    /// Puts another record in the place of one that counts, or takes it back. The corrected one stays,
    /// and counts no more. For managers of the community, never about one's own.
    async fn hours_correct(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The correction.")] input: HoursCorrectInput,
    ) -> async_graphql::Result<VolunteerHoursPayload> {
        let done = async { service::correct(ctx.app(), ctx.actor(), input.check()?).await }.await;
        VolunteerHoursPayload::new(ctx, done, VolunteerHours::from)
    }

    /// Certifies one's own minutes of a period, as they count now.
    async fn volunteer_certificate_issue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be certified.")] input: VolunteerCertificateIssueInput,
    ) -> async_graphql::Result<VolunteerCertificatePayload> {
        let done = async { service::issue(ctx.app(), ctx.actor(), input.check()?).await }.await;
        VolunteerCertificatePayload::new(ctx, done, VolunteerCertificate)
    }

    /// Plans a shift, or one a week. For managers of the community.
    async fn shift_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The shift.")] input: ShiftCreateInput,
    ) -> async_graphql::Result<ShiftsPayload> {
        let done =
            async { service::shift_create(ctx.app(), ctx.actor(), input.check()?).await }.await;
        ShiftsPayload::new(ctx, done, |rows| rows.into_iter().map(Shift::from).collect())
    }

    /// Cancels a shift before it ends; whoever is signed up is told. For managers of the community.
    async fn shift_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ShiftCancelInput,
    ) -> async_graphql::Result<ShiftPayload> {
        let id = api::id("input.id", &input.id)?;
        let done = service::shift_cancel(ctx.app(), ctx.actor(), id, input.expected_version).await;
        ShiftPayload::new(ctx, done, Shift::from)
    }

    /// Takes a place in a shift, as an active volunteer of the community. Of two who want the last one
    /// the second gets `CONFLICT`.
    async fn shift_sign_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ShiftSignUpInput,
    ) -> async_graphql::Result<ShiftPayload> {
        let (id, once) = input.check()?;
        let done = service::sign_up(ctx.app(), ctx.actor(), id, once).await;
        ShiftPayload::new(ctx, done, Shift::from)
    }

    /// Gives a place back before the shift begins. It has no consequences.
    async fn shift_sign_off(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ShiftSignOffInput,
    ) -> async_graphql::Result<ShiftPayload> {
        let id = api::id("input.shiftId", &input.shift_id)?;
        let done = service::sign_off(ctx.app(), ctx.actor(), id).await;
        ShiftPayload::new(ctx, done, Shift::from)
    }
}
