//! Mutations of service requests: each parses ids, calls one service and wraps its answer.

use async_graphql::{Context, Object};
use linli_entity::service_request;

use super::{
    inputs::{
        ContactTaskDoneInput, ContactTaskPayload, FollowCodeSendInput, FollowCodeSendPayload,
        FollowVerifyInput, FollowVerifyPayload, PersonLinkInput, PersonLinkPayload,
        PersonLookupInput, PersonLookupPayload, PersonalData, PersonalDataRevealInput,
        PersonalDataRevealPayload, ServiceRequestAppealInput, ServiceRequestAssignInput,
        ServiceRequestConfirmInput, ServiceRequestContactAttemptInput,
        ServiceRequestExtensionDecideInput, ServiceRequestExtensionInput,
        ServiceRequestExternalReferenceInput, ServiceRequestMarkDuplicateInput,
        ServiceRequestNoteInput, ServiceRequestPayload, ServiceRequestRateInput,
        ServiceRequestReasonInput, ServiceRequestReopenInput, ServiceRequestResolveInput,
        ServiceRequestStatutoryInput, ServiceRequestStepInput, ServiceRequestSubmitInput,
        ServiceRequestSubmitPayload, ServiceRequestSupplementInput, ServiceRequestTextInput,
        ServiceRequestTransferInput, ServiceRequestWithdrawInput, SubmittedRequest,
    },
    office::ContactTask,
    request::ServiceRequest,
};
use crate::{
    api::{self, Ctx, optional_id},
    identity::gql::{MaskedPerson, Sent},
    incidents,
    ratings::{self, service::NewRating},
    requests::{
        queries::{self, RequestRow},
        service::{self, ExternalNumber},
    },
    wishes,
};

#[expect(clippy::needless_pass_by_value, reason = "a payload wraps what was committed")]
fn shown(row: service_request::Model) -> ServiceRequest {
    ServiceRequest::new(RequestRow::of(&row))
}

/// Mutations of service requests.
#[derive(Default)]
pub struct ServiceRequestMutation;

#[Object]
impl ServiceRequestMutation {
    /// Submits a request: a resident online for themselves; staff through the other channels for
    /// somebody else, who keeps every right.
    async fn service_request_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: ServiceRequestSubmitInput,
    ) -> async_graphql::Result<ServiceRequestSubmitPayload> {
        let done = async { service::submit(ctx.app(), ctx.actor(), input.check()?).await }.await;
        ServiceRequestSubmitPayload::new(ctx, done, SubmittedRequest::from)
    }

    /// Takes a request from the pool. Of two who try, one gets it; the other is told who has it.
    async fn service_request_take(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestStepInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::take(app, actor, act).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Assigns a request from the pool, to somebody or by the duty roster. For managers. Somebody who is on leave today is refused with `ON_LEAVE`, which names the stand-in.
    async fn service_request_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestAssignInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = {
            let to = optional_id("input.assigneeId", input.assignee_id.as_ref())?;
            service::assign(app, actor, act, to).await
        };
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Begins work. For the owner.
    async fn service_request_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestStepInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::start(app, actor, act).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Gives a request to another owner. For the owner and managers. The clock goes on. Somebody who is on leave today is refused with `ON_LEAVE`, which names the stand-in.
    async fn service_request_transfer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestTransferInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = {
            let to = api::id("input.toId", &input.to_id)?;
            service::transfer(app, actor, act, to, input.reason).await
        };
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Returns a request to the pool. For the owner and managers. The clock goes on.
    async fn service_request_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestReasonInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::return_to_pool(app, actor, act, input.reason).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Asks the resident; the clock pauses. For the owner.
    async fn service_request_ask(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestTextInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::ask(app, actor, act, input.text).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Tells the resident once what is missing; the clock pauses. For the owner; a second time in a stage, for managers.
    async fn service_request_supplement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestSupplementInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::supplement(app, actor, act, input.missing, input.reason).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Answers, or records the resident's answer; the clock goes on.
    async fn service_request_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestTextInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::answer(app, actor, act, service::Answer { text: input.text }).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Hands a request to the department that decides; the owner stays. For the owner. The text is for staff only.
    async fn service_request_hand_to_department(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestTextInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::hand_to_department(app, actor, act, input.text).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Records the department's answer; work goes on. For the owner. The text is for staff only.
    async fn service_request_record_department_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestTextInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::record_department_answer(app, actor, act, input.text).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Asks for more time, before the deadline. For the owner.
    async fn service_request_request_extension(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestExtensionInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done =
            service::extension_request(app, actor, act, input.working_days, input.reason).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Approves or refuses more time; approval before the deadline. For managers.
    async fn service_request_decide_extension(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestExtensionDecideInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::extension_decide(app, actor, act, input.approve, input.text).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Declares working days that the law leaves out of the limit; the resident is told. For the owner.
    async fn service_request_declare_statutory_time(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestStatutoryInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done =
            service::declare_statutory(app, actor, act, input.working_days, input.text).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Writes a note that the resident reads. Takes and makes no version.
    async fn service_request_add_public_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestNoteInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::note_public(app, actor, act, input.text).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Writes a note that only staff read. Takes and makes no version.
    async fn service_request_add_internal_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestNoteInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::note_internal(app, actor, act, input.text).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Logs an attempt to reach the resident. Takes and makes no version.
    async fn service_request_record_contact_attempt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestContactAttemptInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::contact_attempt(app, actor, act, input.way, input.reached).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Adds the number by which another system knows it, once each. Takes and makes no version.
    async fn service_request_add_external_reference(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestExternalReferenceInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let reference =
            ExternalNumber { system: input.system, number: input.number, due_at: input.due_at };
        let done = service::external_reference(app, actor, act, reference).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Gives the result; the resident has the word. For the owner.
    async fn service_request_resolve(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestResolveInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = {
            let result = service::Resolution { outcome: input.outcome, text: input.text };
            service::resolve(app, actor, act, result).await
        };
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Says that it is done. For the requester; at the window or by phone recorded by staff other than the owner.
    async fn service_request_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestConfirmInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::confirm(app, actor, act, input.via).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Says that it is not done, within 10 working days. For the requester; at the window or by phone recorded by staff other than the owner.
    async fn service_request_reopen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestReopenInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::reopen(app, actor, act, input.via, input.reason).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Takes one's own request back. Staff cannot; what the resident said at the window or by phone is
    /// recorded by staff other than the owner, labelled, and the resident is told.
    async fn service_request_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestWithdrawInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::withdraw(app, actor, act, input.via).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Declines what is not a matter of this community: why, and whom to ask instead. For staff.
    async fn service_request_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestTextInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::decline(app, actor, act, input.text).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Appeals, once and within 10 working days, against a decline. For the requester; at the window or by phone recorded by staff.
    async fn service_request_appeal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestAppealInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = service::appeal(app, actor, act, input.via, input.reason).await;
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Marks a request as a duplicate of another one, which lives on. For staff.
    async fn service_request_mark_duplicate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestMarkDuplicateInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = {
            let survivor = api::id("input.survivorId", &input.survivor_id)?;
            service::mark_duplicate(app, actor, act, survivor).await
        };
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Rates the result of a closed request, within 30 days. Voluntary; at the window or by phone recorded by staff other than the owner. The lower two levels open a corrective action. Takes and makes no version.
    async fn service_request_rate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what goes with the step.")]
        input: ServiceRequestRateInput,
    ) -> async_graphql::Result<ServiceRequestPayload> {
        let (app, actor, act) = (ctx.app(), ctx.actor(), input.act()?);
        let done = {
            let rating = NewRating {
                level: input.level,
                text: input.text,
                show_name: input.show_name.unwrap_or(false),
                via: input.via,
            };
            ratings::service::rate(app, actor, act, rating).await
        };
        ServiceRequestPayload::new(ctx, done, shown)
    }

    /// Reveals name, phone and address of a requester to staff who need them. The resident sees who
    /// did it, and why.
    async fn personal_data_reveal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which request, and why.")] input: PersonalDataRevealInput,
    ) -> async_graphql::Result<PersonalDataRevealPayload> {
        let id = api::id("input.requestId", &input.request_id)?;
        let done = service::reveal(ctx.app(), ctx.actor(), id, input.reason).await;
        PersonalDataRevealPayload::new(ctx, done, PersonalData::from)
    }

    /// Finds persons by exact phone number, masked. For staff; counted, and logged for the persons
    /// to see.
    async fn person_lookup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The phone.")] input: PersonLookupInput,
    ) -> async_graphql::Result<PersonLookupPayload> {
        let community = api::id("input.communityId", &input.community_id)?;
        let actor = ctx.actor();
        let done = service::person_lookup(ctx.app(), actor, community, &input.phone).await;
        PersonLookupPayload::new(ctx, done, |rows| {
            rows.iter().map(|row| MaskedPerson::found(actor, row)).collect()
        })
    }

    /// Links requests that staff entered under one's verified phone before one registered. The further
    /// fact is the tracking code of one of them: it stands on the paper receipt and in no message, so
    /// that the phone alone opens nothing.
    async fn person_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The further fact.")] input: PersonLinkInput,
    ) -> async_graphql::Result<PersonLinkPayload> {
        let PersonLinkInput { request_number, tracking_code } = &input;
        let done =
            service::person_link(ctx.app(), ctx.actor(), request_number, tracking_code).await;
        PersonLinkPayload::new(ctx, done, |id| id.to_string().into())
    }

    /// Sends a one-time code to the phone on record of a followed request.
    async fn service_request_follow_code_send(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request.")] input: FollowCodeSendInput,
    ) -> async_graphql::Result<FollowCodeSendPayload> {
        let call = ctx.call();
        let FollowCodeSendInput { number, tracking_code } = &input;
        let done =
            service::follow_code_send(ctx.app(), &call.actor, &call.address, number, tracking_code)
                .await;
        FollowCodeSendPayload::new(ctx, done, |()| Sent::Sent)
    }

    /// Exchanges a one-time code for a token that may act on the one followed request.
    async fn service_request_follow_verify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and the code.")] input: FollowVerifyInput,
    ) -> async_graphql::Result<FollowVerifyPayload> {
        let call = ctx.call();
        let with = (input.number.as_str(), input.tracking_code.as_str());
        let code = &input.one_time_code;
        let done = service::follow_verify(ctx.app(), &call.actor, &call.address, with, code).await;
        FollowVerifyPayload::new(ctx, done, Into::into)
    }

    /// Marks a call or visit that was owed to a resident as done. For staff.
    async fn contact_task_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ContactTaskDoneInput,
    ) -> async_graphql::Result<ContactTaskPayload> {
        let id = api::id("input.id", &input.id)?;
        let (app, actor) = (ctx.app(), ctx.actor());
        actor.signed_in()?;
        let task = queries::contact_task(app, id).await?;
        let done = match (task.wish_id, task.incident_id) {
            (Some(wish), _) => wishes::service::contact_task_done(app, actor, (id, wish)).await,
            (_, Some(incident)) => {
                incidents::service::contact_task_done(app, actor, (id, incident)).await
            }
            (None, None) => service::contact_task_done(app, actor, id).await,
        };
        ContactTaskPayload::new(ctx, done, ContactTask::from)
    }
}
