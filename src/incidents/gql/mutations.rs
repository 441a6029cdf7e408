//! Mutations of incidents.

use async_graphql::{Context, Object};

use super::{
    incident::{
        IncidentCodePayload, IncidentContactPayload, IncidentFollowPayload, IncidentPayload,
    },
    inputs::{
        IncidentAnswerInput, IncidentCodeSendInput, IncidentConsentSetInput,
        IncidentContactRevealInput, IncidentFollowInput, IncidentJointOpenInput,
        IncidentMergeInput, IncidentPublishInput, IncidentReasonInput, IncidentReportInput,
        IncidentResolveInput, IncidentRouteInput, IncidentStepInput, read,
    },
    limits::{IncidentLimitSetInput, IncidentLimits, IncidentLimitsPayload},
    reported::IncidentReportPayload,
};
use crate::{
    api::{self, Ctx},
    identity::gql::Sent,
    incidents::service::{self, Consent},
    requests::gql::{
        FollowCodeSendInput, FollowCodeSendPayload, FollowVerifyInput, FollowVerifyPayload,
    },
};

/// Mutations of incidents.
#[derive(Default)]
pub struct IncidentMutation;

#[Object]
impl IncidentMutation {
    /// Sends a code to a phone, to report something without an account; in the reader's language, as all that
    /// follows, if nobody is known to have the phone. Whether it is known is not told.
    async fn incident_code_send(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The phone.")] input: IncidentCodeSendInput,
    ) -> async_graphql::Result<IncidentCodePayload> {
        let done = async {
            let (call, app) = (ctx.call(), ctx.app());
            let phone = (input.phone.as_str(), call.languages.first());
            service::report_code_send(app, &call.actor, &call.address, phone).await
        }
        .await;
        IncidentCodePayload::new(ctx, done, |()| true)
    }

    /// Reports that something is wrong with a place or a thing: signed in, by staff for somebody, or
    /// without an account with a code. Before, `incidentsNear` tells what is known already. Who reports
    /// danger is told at once whom to call, whether it can be recorded or not.
    async fn incident_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report.")] input: IncidentReportInput,
    ) -> async_graphql::Result<IncidentReportPayload> {
        let about = (input.kind, input.danger);
        let done = async {
            let call = ctx.call();
            let report = input.check(call.languages.first())?;
            service::report(ctx.app(), &call.actor, &call.address, report).await
        }
        .await;
        IncidentReportPayload::new(ctx, done, about)
    }

    /// Follows what somebody else has reported, instead of reporting it again.
    async fn incident_follow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident.")] input: IncidentFollowInput,
    ) -> async_graphql::Result<IncidentFollowPayload> {
        let done = async {
            service::follow(ctx.app(), ctx.actor(), api::id("input.id", &input.id)?).await
        }
        .await;
        IncidentFollowPayload::new(ctx, done, |row| row.id.to_string().into())
    }

    /// Follows it no longer. Who reported it does not stop having reported it.
    async fn incident_unfollow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident.")] input: IncidentFollowInput,
    ) -> async_graphql::Result<IncidentFollowPayload> {
        let done = async {
            service::unfollow(ctx.app(), ctx.actor(), api::id("input.id", &input.id)?).await
        }
        .await;
        IncidentFollowPayload::new(ctx, done, |row| row.id.to_string().into())
    }

    /// Sends a one-time code to the phone on record of a report, for who knows its number and tracking code.
    async fn incident_track_code_send(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which report.")] input: FollowCodeSendInput,
    ) -> async_graphql::Result<FollowCodeSendPayload> {
        let (call, FollowCodeSendInput { number, tracking_code }) = (ctx.call(), &input);
        let done =
            service::track_code_send(ctx.app(), &call.actor, &call.address, number, tracking_code)
                .await;
        FollowCodeSendPayload::new(ctx, done, |()| Sent::Sent)
    }

    /// Exchanges a one-time code for a token that reads and reopens the one incident, and says what others may know,
    /// as who reported it.
    async fn incident_track_verify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which report, and the code.")] input: FollowVerifyInput,
    ) -> async_graphql::Result<FollowVerifyPayload> {
        let call = ctx.call();
        let with = (input.number.as_str(), input.tracking_code.as_str());
        let code = &input.one_time_code;
        let done = service::track_verify(ctx.app(), &call.actor, &call.address, with, code).await;
        FollowVerifyPayload::new(ctx, done, Into::into)
    }

    /// Says anew what others may know of oneself, of an incident that one reported and of what it turned out to be
    /// the same as. It holds from now on, for whoever looks; what was written for agencies while they might know stays
    /// as it was written. For who reported it.
    async fn incident_consent_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident, and what others may know.")] input: IncidentConsentSetInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            let IncidentConsentSetInput { id, anonymous, may_contact } = &input;
            let consent = Consent { anonymous: *anonymous, may_contact: *may_contact };
            service::consent_set(ctx.app(), ctx.actor(), api::id("input.id", id)?, consent).await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// Responds: says that one takes care of it, which stops the time that takes it up; or takes it over from
    /// whoever had it, with the time that was left. For who answers for the block; where it went up, for the
    /// general lead and who manages the subdistrict.
    async fn incident_respond(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident.")] input: IncidentStepInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            service::respond(ctx.app(), ctx.actor(), read(&input.id, input.expected_version)?).await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// Takes it up to the general lead. For who answers for the block.
    async fn incident_escalate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident, and why.")] input: IncidentReasonInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            let incident = read(&input.id, input.expected_version)?;
            service::escalate(ctx.app(), ctx.actor(), incident, input.reason).await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// Calls agencies in, each with a task and a clock of its own. For block leads and the general lead;
    /// where it went up, for the general lead and who manages the subdistrict.
    async fn incident_joint_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which agencies, and why.")] input: IncidentJointOpenInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            let (incident, joint) = input.check()?;
            service::open_joint(ctx.app(), ctx.actor(), incident, joint).await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// Says what came of it; with an answer to who reported it, it is closed at once. Not while agencies
    /// that it waits for owe an outcome.
    async fn incident_resolve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What came of it.")] input: IncidentResolveInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            let incident = read(&input.id, input.expected_version)?;
            service::resolve(ctx.app(), ctx.actor(), incident, input.outcome, input.answer).await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// Answers who reported it. What has a result is closed by that; while agencies work, it is when the
    /// last of them has an outcome.
    async fn incident_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answer.")] input: IncidentAnswerInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            let incident = read(&input.id, input.expected_version)?;
            service::answer(ctx.app(), ctx.actor(), incident, input.answer).await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// Has it taken up again, within 30 days; it goes back to who had it, or waits for a response if they answer for it
    /// no more. For who reported it, who answers for the block, and managers.
    async fn incident_reopen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident, and why.")] input: IncidentReasonInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            let incident = read(&input.id, input.expected_version)?;
            service::reopen(ctx.app(), ctx.actor(), incident, input.reason).await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// Says which block or which kind it is of, that somebody is in danger after all, or where it is in words that
    /// name nobody. Who reported it does nothing anew. What is corrected has the time that was left; whoever
    /// answers for another block, or for danger that was not known, is to respond anew. For those who serve in the
    /// community or answer for the block; of what went up, not for who leads the block.
    async fn incident_route(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where it belongs.")] input: IncidentRouteInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            let (incident, route) = input.check()?;
            service::route(ctx.app(), ctx.actor(), incident, route).await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// Says that it is the same as another one, which goes on and is of the same danger and no less far up.
    /// Everybody who reported or follows either is told of that one from now on. For whom routing is.
    async fn incident_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The two.")] input: IncidentMergeInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            let incident = read(&input.id, input.expected_version)?;
            service::merge(
                ctx.app(),
                ctx.actor(),
                incident,
                api::id("input.intoId", &input.into_id)?,
            )
            .await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// Clears a card of it for everybody, or a better one. Never of what is dangerous. For those who serve
    /// in the community.
    async fn incident_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The card.")] input: IncidentPublishInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            let (incident, card) = input.check()?;
            service::publish(ctx.app(), ctx.actor(), incident, card).await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// Takes the card back. For those who serve in the community.
    async fn incident_hide(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident.")] input: IncidentStepInput,
    ) -> async_graphql::Result<IncidentPayload> {
        let done = async {
            service::hide(ctx.app(), ctx.actor(), read(&input.id, input.expected_version)?).await
        }
        .await;
        IncidentPayload::new(ctx, done, Into::into)
    }

    /// How to reach who reported it, with a reason. Every look is written down, and they can read that. For
    /// those who answer for the block or serve in the community.
    async fn incident_contact_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The incident, and why.")] input: IncidentContactRevealInput,
    ) -> async_graphql::Result<IncidentContactPayload> {
        let done = async {
            service::contact_reveal(
                ctx.app(),
                ctx.actor(),
                api::id("input.id", &input.id)?,
                input.reason,
            )
            .await
        }
        .await;
        IncidentContactPayload::new(ctx, done, |found| found.into_iter().map(Into::into).collect())
    }

    /// Agrees limits of a kind of incident. For managers of the community.
    async fn incident_limit_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The limits.")] input: IncidentLimitSetInput,
    ) -> async_graphql::Result<IncidentLimitsPayload> {
        let done = async { service::limit_set(ctx.app(), ctx.actor(), input.check()?).await }.await;
        IncidentLimitsPayload::new(ctx, done, |row| IncidentLimits::new(row.kind, Some(&row)))
    }
}
