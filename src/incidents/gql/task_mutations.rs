//! Mutations of tasks of agencies.

use async_graphql::{Context, Object};

use super::{
    task::{AgencyTaskPayload, AgencyTaskReporterPayload},
    task_inputs::{
        AgencyTaskCallOffInput, AgencyTaskDecideInput, AgencyTaskFinishInput, AgencyTaskNoteInput,
        AgencyTaskRateInput, AgencyTaskRefuseInput, AgencyTaskReporterRevealInput,
        AgencyTaskStepInput, task,
    },
};
use crate::{
    api::{self, Ctx},
    incidents::service,
};

/// Mutations of tasks of agencies.
#[derive(Default)]
pub struct AgencyTaskMutation;

#[Object]
impl AgencyTaskMutation {
    /// Signs for a task (签收). For officers of the agency; who answers for the block records what the agency
    /// says by phone.
    async fn agency_task_sign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AgencyTaskStepInput,
    ) -> async_graphql::Result<AgencyTaskPayload> {
        let done = async {
            let task = task(&input.id, input.expected_version)?;
            service::sign(ctx.app(), ctx.actor(), task).await
        }
        .await;
        AgencyTaskPayload::new(ctx, done, Into::into)
    }

    /// Says that the agency made contact; it has signed then, too. For officers of the
    /// agency, and for leads who record what it says by phone.
    async fn agency_task_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AgencyTaskStepInput,
    ) -> async_graphql::Result<AgencyTaskPayload> {
        let done = async {
            let task = task(&input.id, input.expected_version)?;
            service::contact(ctx.app(), ctx.actor(), task).await
        }
        .await;
        AgencyTaskPayload::new(ctx, done, Into::into)
    }

    /// Says what came of a task. When no agency owes an outcome any more, the incident is resolved; and closed,
    /// if who reported it was answered. For officers of the agency, and for leads who record what it says by
    /// phone.
    async fn agency_task_finish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what came of it.")] input: AgencyTaskFinishInput,
    ) -> async_graphql::Result<AgencyTaskPayload> {
        let done = async {
            let task = task(&input.id, input.expected_version)?;
            let result = (input.outcome, input.result);
            service::finish(ctx.app(), ctx.actor(), task, result).await
        }
        .await;
        AgencyTaskPayload::new(ctx, done, Into::into)
    }

    /// Says that a task is not the agency's, and whose it is. It waits for a decision then. For officers of
    /// the agency, and for leads who record what it says by phone;
    /// refused with `DECISION_BINDS` when the general lead decided that it is theirs.
    async fn agency_task_refuse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: AgencyTaskRefuseInput,
    ) -> async_graphql::Result<AgencyTaskPayload> {
        let done = async {
            let (task, refusal) = input.check()?;
            service::refuse(ctx.app(), ctx.actor(), task, refusal).await
        }
        .await;
        AgencyTaskPayload::new(ctx, done, Into::into)
    }

    /// Decides whose a refused task is; a new one takes its place. For who leads the block, the general lead and who
    /// manages the subdistrict; from the second refusal on, and where the incident went up, not for who leads the
    /// block. From the second on it binds.
    async fn agency_task_decide(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and whose it is.")] input: AgencyTaskDecideInput,
    ) -> async_graphql::Result<AgencyTaskPayload> {
        let done = async {
            let (task, decision) = input.check()?;
            service::decide(ctx.app(), ctx.actor(), task, decision).await
        }
        .await;
        AgencyTaskPayload::new(ctx, done, Into::into)
    }

    /// Calls a task off: the incident does not wait for it any more. For who leads the block, the general lead and
    /// who manages the subdistrict; not for who leads the block where the incident went up, the task binds or its
    /// second refusal waits for a decision.
    async fn agency_task_call_off(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: AgencyTaskCallOffInput,
    ) -> async_graphql::Result<AgencyTaskPayload> {
        let done = async {
            let task = task(&input.id, input.expected_version)?;
            service::call_off(ctx.app(), ctx.actor(), task, input.reason).await
        }
        .await;
        AgencyTaskPayload::new(ctx, done, Into::into)
    }

    /// Writes a note for the parties of a task: the agency, who answers for the block and who manages the subdistrict.
    async fn agency_task_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The note.")] input: AgencyTaskNoteInput,
    ) -> async_graphql::Result<AgencyTaskPayload> {
        let done = async { service::note(ctx.app(), ctx.actor(), input.check()?).await }.await;
        AgencyTaskPayload::new(ctx, done, Into::into)
    }

    /// Rates what an agency did, once, when the incident is closed. For managers of the community; the parties
    /// read it.
    async fn agency_task_rate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and the rating.")] input: AgencyTaskRateInput,
    ) -> async_graphql::Result<AgencyTaskPayload> {
        let done = async {
            let task = task(&input.id, input.expected_version)?;
            let rating = (input.level, input.reason);
            service::rate(ctx.app(), ctx.actor(), task, rating).await
        }
        .await;
        AgencyTaskPayload::new(ctx, done, Into::into)
    }

    /// Shows how to reach who reported the incident, those of them who allow it. For officers of the agency, as
    /// long as the task is open. Every look is written down, and who reported it can read that.
    async fn agency_task_reporter_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: AgencyTaskReporterRevealInput,
    ) -> async_graphql::Result<AgencyTaskReporterPayload> {
        let done = async {
            let task = api::id("input.id", &input.id)?;
            service::reporter_reveal(ctx.app(), ctx.actor(), task).await
        }
        .await;
        AgencyTaskReporterPayload::new(ctx, done, |found| {
            found.into_iter().map(Into::into).collect()
        })
    }
}
