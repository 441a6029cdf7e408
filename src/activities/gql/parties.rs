//! Mutations of those who come, and of staff at the door.

use async_graphql::{Context, Object};

use super::{
    objects::ActivitySession,
    party_inputs::{
        ActivityCheckInInput, ActivityCheckInUploadInput, ActivityFeedbackGiveInput,
        ActivityOfferAcceptInput, ActivityRegisterInput, ActivityRegistrationCancelInput,
        ActivityTicketCallInput, ActivityTicketIssueInput, ActivityTicketServeInput,
        ActivityWalkInsAddInput,
    },
    registration::{ActivityFeedback, ActivityRegistration, ActivityTicket, CheckIn, ScanResult},
};
use crate::{
    activities::service::{self, NewFeedback, Scan},
    api::{self, Ctx, payload},
};

payload! {
    /// Answer of registering a party, or taking its registration back.
    ActivityRegistrationPayload {
        /// The registration.
        registration: ActivityRegistration
    }
    /// Answer of checking a party in.
    CheckInPayload {
        /// The check-in, new or from before.
        check_in: CheckIn
    }
    /// Answer of checking in a list.
    CheckInUploadPayload {
        /// What became of each scan, in the order of the list.
        results: Vec<ScanResult>
    }
    /// Answer of counting people who walk in.
    ActivityWalkInsPayload {
        /// The session.
        session: ActivitySession
    }
    /// Answer of giving, calling or serving a number.
    ActivityTicketPayload {
        /// The number.
        ticket: ActivityTicket
    }
    /// Answer of saying what one thought of an activity.
    ActivityFeedbackPayload {
        /// What was said.
        feedback: ActivityFeedback
    }
}

/// Mutations of those who come, and of staff at the door.
#[derive(Default)]
pub struct ActivityPartyMutation;

#[Object]
impl ActivityPartyMutation {
    /// Registers a party: oneself and one's family, or for staff a resident and theirs. All of it gets
    /// seats, or all of it stands in line behind all others, even where there is room for it. One
    /// registration for each person and activity.
    async fn activity_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The party.")] input: ActivityRegisterInput,
    ) -> async_graphql::Result<ActivityRegistrationPayload> {
        let done = async { service::register(ctx.app(), ctx.actor(), input.check()?).await }.await;
        ActivityRegistrationPayload::new(ctx, done, ActivityRegistration::made)
    }

    /// Accepts the seats that are offered, until `offeredUntil`; whoever lets the time pass is out of the
    /// line. Taking the registration back declines them.
    async fn activity_offer_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ActivityOfferAcceptInput,
    ) -> async_graphql::Result<ActivityRegistrationPayload> {
        let id = api::id("input.registrationId", &input.registration_id)?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let done = service::offer_accept(app, actor, id, input.expected_version).await;
        ActivityRegistrationPayload::new(ctx, done, ActivityRegistration::from)
    }

    /// Takes a registration back, until the activity begins. While registration is open its seats go to
    /// the first in line in the same moment. Whoever registers again stands at the end.
    async fn activity_registration_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ActivityRegistrationCancelInput,
    ) -> async_graphql::Result<ActivityRegistrationPayload> {
        let id = api::id("input.registrationId", &input.registration_id)?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let done = service::registration_cancel(app, actor, id, input.expected_version).await;
        ActivityRegistrationPayload::new(ctx, done, ActivityRegistration::from)
    }

    /// Checks a party in to a session. Doing it again changes nothing. For staff.
    async fn activity_check_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The party.")] input: ActivityCheckInInput,
    ) -> async_graphql::Result<CheckInPayload> {
        let session = api::id("input.sessionId", &input.session_id)?;
        let scan = input.check()?;
        let done = service::check_in(ctx.app(), ctx.actor(), session, scan).await;
        CheckInPayload::new(ctx, done, CheckIn::from)
    }

    /// Checks in those on a list that was scanned while there was no network, each at its own time and
    /// each by itself. Sending it again changes nothing. For staff.
    async fn activity_check_in_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The list.")] input: ActivityCheckInUploadInput,
    ) -> async_graphql::Result<CheckInUploadPayload> {
        let session = api::id("input.sessionId", &input.session_id)?;
        let scans = input.scans.into_iter().map(Scan::from).collect();
        let done = service::check_in_upload(ctx.app(), ctx.actor(), session, scans).await;
        CheckInUploadPayload::new(ctx, done, |done| {
            done.into_iter().map(|one| ScanResult::new(ctx, one)).collect()
        })
    }

    /// Counts people who came to a session without a registration. They take no seats and count in no
    /// rate. For staff.
    async fn activity_walk_ins_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many more.")] input: ActivityWalkInsAddInput,
    ) -> async_graphql::Result<ActivityWalkInsPayload> {
        let session = api::id("input.sessionId", &input.session_id)?;
        let once = api::once(input.idempotency_key.as_ref(), &input)?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let done = service::walk_ins_add(app, actor, session, input.people, once).await;
        ActivityWalkInsPayload::new(ctx, done, Into::into)
    }

    /// Gives the next number of a session of a free clinic or of haircuts. For staff.
    async fn activity_ticket_issue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where.")] input: ActivityTicketIssueInput,
    ) -> async_graphql::Result<ActivityTicketPayload> {
        let session = api::id("input.sessionId", &input.session_id)?;
        let once = api::once(input.idempotency_key.as_ref(), &input)?;
        let done = service::ticket_issue(ctx.app(), ctx.actor(), session, once).await;
        ActivityTicketPayload::new(ctx, done, ActivityTicket::from)
    }

    /// Calls the lowest number that waits; `UNKNOWN_REFERENCE` if none does. For staff.
    async fn activity_ticket_call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where.")] input: ActivityTicketCallInput,
    ) -> async_graphql::Result<ActivityTicketPayload> {
        let session = api::id("input.sessionId", &input.session_id)?;
        let once = api::once(input.idempotency_key.as_ref(), &input)?;
        let done = service::ticket_call(ctx.app(), ctx.actor(), session, once).await;
        ActivityTicketPayload::new(ctx, done, ActivityTicket::from)
    }

    /// Says that a number that was called has been served. For staff.
    async fn activity_ticket_serve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ActivityTicketServeInput,
    ) -> async_graphql::Result<ActivityTicketPayload> {
        let id = api::id("input.ticketId", &input.ticket_id)?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let done = service::ticket_serve(app, actor, id, input.expected_version).await;
        ActivityTicketPayload::new(ctx, done, ActivityTicket::from)
    }

    /// Says what one thought of an activity that is over and that one had seats in; once. Staff read
    /// it without a name.
    async fn activity_feedback_give(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What one thought.")] input: ActivityFeedbackGiveInput,
    ) -> async_graphql::Result<ActivityFeedbackPayload> {
        let id = api::id("input.registrationId", &input.registration_id)?;
        let new = NewFeedback { score: input.score, text: input.text };
        let done = service::feedback_give(ctx.app(), ctx.actor(), id, new).await;
        ActivityFeedbackPayload::new(ctx, done, ActivityFeedback::from)
    }
}
