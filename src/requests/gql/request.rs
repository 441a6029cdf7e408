//! What a request shows, and to whom.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{Confirmation, ConfirmedVia, IntakeChannel, Outcome, RequestState, ServiceMode},
    ids::RequestId,
};

use super::{
    events::ServiceRequestEvent,
    loaders::{
        ActingLoader, AttemptsLoader, ContentLoader, DetailsLoader, EventsLoader, ExtensionsLoader,
        ExternalReferencesLoader, InternalNotesLoader, OwnershipLoader, PublicNotesLoader,
        RatingsLoader, VisibleLoader,
    },
    parts::{
        ContactAttempt, Extension, ExternalReference, InternalNote, Ownership, PublicNote,
        RequestAnswer,
    },
    trace::DueTrace,
};
use crate::{
    api::{Ctx, connection},
    catalogue::gql::{Matter, MatterVersion, load_matter, load_version},
    communities::gql::{Place, load as load_place, load_staff},
    identity::gql::{MaskedPerson, PersonLoader, Staff},
    kernel::{Action, Error, Result, Target, page::Cursor, policy},
    ratings::{gql::Rating, queries::Reader},
    requests::{
        queries::{Content, EventRow, EventsKey, RequestDetails, RequestRow, Want},
        rules::Step,
    },
};

/// The request of an id, through the loader of the request; none if the reader may not see it.
pub async fn visible_request(ctx: &Context<'_>, id: RequestId) -> Result<Option<ServiceRequest>> {
    Ok(ctx.load::<VisibleLoader, _>(id).await?.map(ServiceRequest::new))
}

/// 办件/诉求: something that a resident asked for.
#[derive(Clone)]
pub struct ServiceRequest {
    pub(super) row: Arc<RequestRow>,
    /// Newest events, when they came with the row.
    pub(super) events: Option<(EventsKey, Vec<EventRow>)>,
}

impl ServiceRequest {
    /// A request whose visibility the query has decided.
    pub fn new(row: RequestRow) -> Self {
        Self { row: Arc::new(row), events: None }
    }

    /// What is known of it.
    pub fn row(&self) -> &RequestRow {
        &self.row
    }

    fn may(&self, ctx: &Context<'_>, action: Action) -> bool {
        policy::allowed(ctx.actor(), action, &self.row.target())
    }

    /// What the policy is asked about the requester's own steps: whether the reader acts for the
    /// requester is looked up only if they could not take them otherwise.
    async fn target(&self, ctx: &Context<'_>) -> Result<Target> {
        let mut target = self.row.target();
        let reader = ctx.actor().person();
        let other = self.row.requester_id.filter(|p| reader.is_some() && reader != Some(*p));
        if let Some(principal) = other.filter(|_| !self.may(ctx, Action::RequestRecordWord)) {
            target.delegation =
                ctx.load::<ActingLoader, _>((principal, self.row.matter_id)).await?;
        }
        Ok(target)
    }

    /// As they came with the row, or by the loader of the request.
    async fn details(&self, ctx: &Context<'_>) -> Result<RequestDetails> {
        match &self.row.details {
            Some(details) => Ok(details.clone()),
            None => ctx.load::<DetailsLoader, _>(self.row.id).await?.ok_or(Error::NotFound),
        }
    }

    async fn content(&self, ctx: &Context<'_>) -> Result<Content> {
        ctx.load::<ContentLoader, _>(self.row.id).await?.ok_or(Error::NotFound)
    }
}

/// 办件/诉求: something that a resident asked for.
#[Object(serial)]
impl ServiceRequest {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Number for people: community, year, serial.
    async fn number(&self) -> &str {
        &self.row.number
    }

    /// State.
    async fn state(&self) -> RequestState {
        self.row.state
    }

    /// Result, once there is one.
    async fn outcome(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Outcome>> {
        Ok(self.details(ctx).await?.outcome)
    }

    /// Whether the closure has the resident's word.
    async fn confirmation(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Confirmation>> {
        Ok(self.details(ctx).await?.confirmation)
    }

    /// How the resident's word reached us.
    async fn confirmed_via(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<ConfirmedVia>> {
        Ok(self.details(ctx).await?.confirmed_via)
    }

    /// Title; null after erasure.
    async fn title(&self) -> Option<&str> {
        self.row.title.as_deref()
    }

    /// Description. Reading it is written down for the resident to see, unless one is the requester
    /// or the owner.
    async fn description(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(self.content(ctx).await?.description)
    }

    /// Address; for the requester. Staff reveal it with `personalDataReveal`.
    async fn address(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        if !self.may(ctx, Action::RequestReadAddress) {
            return Ok(None);
        }
        Ok(self.content(ctx).await?.address)
    }

    /// Answers to the matter's questions. Reading them is written down like the description; at most
    /// 50.
    async fn answers(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<RequestAnswer>> {
        let answers = self.content(ctx).await?.answers.unwrap_or_default();
        Ok(answers.0.into_iter().map(|(code, values)| RequestAnswer { code, values }).collect())
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load_place(ctx, self.row.community_id).await?)
    }

    /// The block that it is in.
    async fn block(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Place>> {
        match self.details(ctx).await?.block_id {
            Some(block) => Ok(Some(load_place(ctx, block).await?)),
            None => Ok(None),
        }
    }

    /// The matter.
    async fn matter(&self, ctx: &Context<'_>) -> async_graphql::Result<Matter> {
        Ok(load_matter(ctx, self.row.matter_id).await?)
    }

    /// The version of the matter that it started with and keeps.
    async fn matter_version(&self, ctx: &Context<'_>) -> async_graphql::Result<MatterVersion> {
        Ok(load_version(ctx, self.row.matter_version_id).await?)
    }

    /// Who asked; masked for everybody else.
    async fn requester(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<MaskedPerson>> {
        let Some(id) = self.row.requester_id else { return Ok(None) };
        if self.row.requester_contact.is_some() {
            let name = self.row.requester_name.as_deref();
            return Ok(Some(MaskedPerson::new(ctx.actor(), id, name, self.row.requester_contact)));
        }
        let person = ctx.load::<PersonLoader, _>(id).await?;
        Ok(person.map(|p| {
            MaskedPerson::new(ctx.actor(), id, p.name.as_deref(), Some(p.contact_preference))
        }))
    }

    /// 首接责任人: who answers for it; after the end, who did.
    async fn owner(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        match (self.row.owner_id, &self.row.owner_name) {
            (None, _) => Ok(None),
            (Some(id), Some(name)) => Ok(Some(Staff::new(id, Some(name)))),
            (Some(id), None) => Ok(Some(load_staff(ctx, id).await?)),
        }
    }

    /// Whether somebody other than the requester entered it.
    async fn assisted(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        Ok(self.details(ctx).await?.entered_by.is_some())
    }

    /// Where it came in.
    async fn intake_channel(&self, ctx: &Context<'_>) -> async_graphql::Result<IntakeChannel> {
        Ok(self.details(ctx).await?.intake_channel)
    }

    /// How it is served.
    async fn service_mode(&self, ctx: &Context<'_>) -> async_graphql::Result<ServiceMode> {
        Ok(self.details(ctx).await?.service_mode)
    }

    /// Submission: the clock starts here.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.row.submitted_at
    }

    /// First acceptance.
    async fn accepted_at(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DateTime<Utc>>> {
        Ok(self.details(ctx).await?.accepted_at)
    }

    /// First message of a human to the resident.
    async fn first_response_at(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<DateTime<Utc>>> {
        Ok(self.details(ctx).await?.first_response_at)
    }

    /// The result that stands.
    async fn resolved_at(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DateTime<Utc>>> {
        Ok(self.details(ctx).await?.resolved_at)
    }

    /// The end.
    async fn closed_at(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<DateTime<Utc>>> {
        Ok(self.details(ctx).await?.closed_at)
    }

    /// Limit of the first response.
    async fn response_due_at(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<DateTime<Utc>>> {
        Ok(self.details(ctx).await?.response_due_at)
    }

    /// Promised limit with pauses and approved extensions. Null where the matter promises none, or
    /// the calendar lacks the year (`dueTrace` says which).
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.row.due_at
    }

    /// Promised limit without extensions.
    async fn original_due_at(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<DateTime<Utc>>> {
        Ok(self.details(ctx).await?.original_due_at)
    }

    /// Legal limit.
    async fn legal_due_at(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<DateTime<Utc>>> {
        Ok(self.details(ctx).await?.legal_due_at)
    }

    /// Whether the deadline passed while it was open: the promised one, or the legal one where
    /// nothing is promised.
    async fn overdue(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        Ok(self.details(ctx).await?.overdue)
    }

    /// Last instant at which it can be reopened, or a decline appealed.
    async fn reopen_until(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<DateTime<Utc>>> {
        Ok(self.details(ctx).await?.reopen_until)
    }

    /// Working seconds from submission to the result, pauses left out.
    async fn handled_work_seconds(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<i64>> {
        Ok(self.details(ctx).await?.handled_work_s)
    }

    /// Wall-clock seconds since submission, until the result if there is one: what the resident
    /// feels.
    async fn elapsed_seconds(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        let details = self.details(ctx).await?;
        let until = details.resolved_at.or(details.closed_at);
        let until = until.unwrap_or_else(|| ctx.app().clock.now());
        Ok((until - self.row.submitted_at).num_seconds())
    }

    /// Supplement notices in all.
    async fn supplements(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.details(ctx).await?.supplements)
    }

    /// Transfers, corrections left out.
    async fn transfers(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.details(ctx).await?.transfers)
    }

    /// Returns to the pool.
    async fn returns(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.details(ctx).await?.returns)
    }

    /// Reopenings.
    async fn reopens(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.details(ctx).await?.reopens)
    }

    /// Version: send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// The request that it is a duplicate of.
    async fn merged_into_id(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ID>> {
        Ok(self.details(ctx).await?.merged_into.map(|id| id.to_string().into()))
    }

    /// What the reader may do with it now, by the same rules as the mutations.
    async fn available_actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Step>> {
        let (details, now) = (self.details(ctx).await?, ctx.app().clock.now());
        let target = self.target(ctx).await?;
        Ok(self.row.available(&details, (ctx.actor(), &target), now))
    }

    /// What happened, newest first. Residents do not see what is internal to the office, and the
    /// office not when it was rated.
    #[graphql(complexity = "crate::api::page_cost(Some(last), child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many of the newest: 1 to 100.")] last: i32,
    ) -> async_graphql::Result<Vec<ServiceRequestEvent>> {
        let newest = ctx.page(Some(last), None)?.size();
        let internal = self.may(ctx, Action::RequestReadInternal);
        let key = (self.row.id, newest, internal);
        let rows = match &self.events {
            Some((known, rows)) if *known == key => rows.clone(),
            _ => ctx.load::<EventsLoader, _>(key).await?.unwrap_or_default(),
        };
        let requester = self.row.requester_id;
        let shown = |row| ServiceRequestEvent { row, internal, requester };
        Ok(rows.into_iter().map(shown).collect())
    }

    /// What the resident and staff told each other, oldest first; at most 200. Reading it is written
    /// down like the description.
    async fn public_notes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PublicNote>> {
        if ctx.actor().person() != self.row.requester_id {
            self.content(ctx).await?;
        }
        let rows = ctx.load::<PublicNotesLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(PublicNote::from).collect())
    }

    /// What staff told each other, oldest first; at most 200. Null for residents.
    async fn internal_notes(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<InternalNote>>> {
        if !self.may(ctx, Action::RequestReadInternal) {
            return Ok(None);
        }
        // They are about the resident: reading them is written down like the description.
        self.content(ctx).await?;
        let rows = ctx.load::<InternalNotesLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(Some(rows.into_iter().map(InternalNote).collect()))
    }

    /// Attempts to reach the resident, oldest first; at most 200. Null for residents.
    async fn contact_attempts(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<ContactAttempt>>> {
        if !self.may(ctx, Action::RequestReadInternal) {
            return Ok(None);
        }
        let rows = ctx.load::<AttemptsLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(Some(rows.into_iter().map(ContactAttempt::from).collect()))
    }

    /// Who owned it when, oldest first; at most 200. Null for residents.
    async fn ownership(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Ownership>>> {
        if !self.may(ctx, Action::RequestReadInternal) {
            return Ok(None);
        }
        let rows = ctx.load::<OwnershipLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(Some(rows.into_iter().map(Ownership).collect()))
    }

    /// Extensions, oldest first; at most 50. Null for residents, who are told by a public note.
    async fn extensions(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Extension>>> {
        if !self.may(ctx, Action::RequestReadInternal) {
            return Ok(None);
        }
        let rows = ctx.load::<ExtensionsLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(Some(rows.into_iter().map(Extension::from).collect()))
    }

    /// Numbers by which other systems know it, oldest first; at most 200. Null for residents.
    async fn external_references(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<Vec<ExternalReference>>> {
        if !self.may(ctx, Action::RequestReadInternal) {
            return Ok(None);
        }
        let rows = ctx.load::<ExternalReferencesLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(Some(rows.into_iter().map(ExternalReference::from).collect()))
    }

    /// Ratings, newest first; at most 20. For the requester and for managers, who see the text but
    /// not the name. Null for others.
    async fn ratings(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Rating>>> {
        let (actor, target) = (ctx.actor(), self.row.target());
        let Some(reader) = Reader::of(actor, &target, self.row.owner_id) else { return Ok(None) };
        let rows = ctx.load::<RatingsLoader, _>(self.row.id).await?.unwrap_or_default();
        Ok(Some(reader.sees(rows).map(Rating::from).collect()))
    }

    /// How the deadline comes about, day by day.
    async fn due_trace(&self, ctx: &Context<'_>) -> async_graphql::Result<DueTrace> {
        let clock = self.content(ctx).await?.clock;
        Ok(Box::pin(DueTrace::of(ctx, &self.row, clock)).await?)
    }
}

connection!(ServiceRequestConnection, ServiceRequestEdge, ServiceRequest, "service requests");

/// The cursor of a request in an order.
pub(super) fn cursor(
    order: crate::requests::queries::RequestOrder,
) -> impl Fn(&RequestRow) -> Cursor {
    move |row| Cursor {
        at: match order {
            crate::requests::queries::RequestOrder::Due => row.queue_at,
            crate::requests::queries::RequestOrder::Newest => row.submitted_at,
        },
        id: row.id.0,
    }
}

/// The fields that need the details of a request.
const DETAILS: [&str; 24] = [
    "outcome",
    "resolvedAt",
    "closedAt",
    "reopenUntil",
    "elapsedSeconds",
    "availableActions",
    "assisted",
    "intakeChannel",
    "serviceMode",
    "confirmation",
    "confirmedVia",
    "block",
    "mergedIntoId",
    "acceptedAt",
    "firstResponseAt",
    "responseDueAt",
    "originalDueAt",
    "legalDueAt",
    "handledWorkSeconds",
    "overdue",
    "supplements",
    "transfers",
    "returns",
    "reopens",
];

/// What the requests under these paths are asked for, so that one statement can bring it.
pub(super) fn wanted(ctx: &Context<'_>, under: &[&str]) -> Want {
    let mut want = Want::default();
    for path in under {
        let mut look = ctx.look_ahead();
        for part in path.split('.').filter(|p| !p.is_empty()) {
            look = look.field(part);
        }
        for field in look.selection_fields() {
            for asked in field.selection_set() {
                match asked.name() {
                    "owner" => want.owner = true,
                    "requester" => want.requester = true,
                    other => want.details |= DETAILS.contains(&other),
                }
            }
        }
    }
    want
}
