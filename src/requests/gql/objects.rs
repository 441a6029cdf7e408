//! What a request shows, and to whom.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context, Enum, ID, Object, SimpleObject,
    dataloader::{DataLoader, Loader},
};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    contact_attempt, contact_task,
    enums::{
        AuthorKind, Confirmation, ConfirmedVia, ContactWay, ExtensionState, IntakeChannel,
        InternalNoteKind, Outcome, OwnershipKind, PublicNoteKind, ReadPurpose, RequestState,
        ServiceMode,
    },
    event, extension,
    ids::RequestId,
    internal_note, public_note, read_log, request_ownership,
};

use super::trace::DueTrace;
use crate::{
    api::{Ctx, connection, loader},
    catalogue::gql::{Matter, MatterVersion, load_matter, load_version},
    communities::gql::{Place, load as load_place, load_staff},
    identity::gql::{MaskedPerson, PersonLoader, Staff},
    kernel::{
        Action, Actor, App, Error, Result,
        page::{Cursor, PageArgs},
        policy,
    },
    ratings::gql::Rating,
    requests::{
        queries::{self, Content, EventsKey, RequestRow},
        rules::Step,
    },
};

/// Contents of requests: loading one is reading somebody's text, and is written down.
pub struct ContentLoader {
    /// The application.
    pub app: Arc<App>,
    /// Who reads.
    pub actor: Actor,
}

impl Loader<RequestId> for ContentLoader {
    type Value = Content;
    type Error = Error;

    async fn load(&self, keys: &[RequestId]) -> Result<HashMap<RequestId, Content>> {
        queries::contents(&self.app, &self.actor, keys).await
    }
}

loader! {
    /// Newest events of requests.
    EventsLoader(EventsKey => Vec<event::Model>) = queries::events
}
loader! {
    /// Public notes of requests.
    PublicNotesLoader(RequestId => Vec<public_note::Model>) = queries::public_notes
}

/// 办件/诉求: something that a resident asked for.
#[derive(Clone)]
pub struct ServiceRequest {
    pub(super) row: RequestRow,
    /// Newest events, when they came with the row.
    pub(super) events: Option<(EventsKey, Vec<event::Model>)>,
}

impl ServiceRequest {
    /// A request whose visibility the query has decided.
    pub fn new(row: RequestRow) -> Self {
        Self { row, events: None }
    }

    fn may(&self, ctx: &Context<'_>, action: Action) -> bool {
        policy::allowed(ctx.actor(), action, &self.row.target())
    }

    async fn content(&self, ctx: &Context<'_>) -> Result<Content> {
        let loader = ctx.data_unchecked::<DataLoader<ContentLoader>>();
        loader.load_one(self.row.id).await?.ok_or(Error::NotFound)
    }
}

/// 办件/诉求: something that a resident asked for.
#[Object]
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
    async fn outcome(&self) -> Option<Outcome> {
        self.row.outcome
    }

    /// Whether the closure has the resident's word.
    async fn confirmation(&self) -> Option<Confirmation> {
        self.row.confirmation
    }

    /// How the resident's word reached us.
    async fn confirmed_via(&self) -> Option<ConfirmedVia> {
        self.row.confirmed_via
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
        if ctx.actor().person() != self.row.requester_id {
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
        match self.row.block_id {
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
        let loader = ctx.data_unchecked::<DataLoader<PersonLoader>>();
        let person = loader.load_one(id).await?;
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
    async fn assisted(&self) -> bool {
        self.row.entered_by.is_some()
    }

    /// Where it came in.
    async fn intake_channel(&self) -> IntakeChannel {
        self.row.intake_channel
    }

    /// How it is served.
    async fn service_mode(&self) -> ServiceMode {
        self.row.service_mode
    }

    /// Submission: the clock starts here.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.row.submitted_at
    }

    /// First acceptance.
    async fn accepted_at(&self) -> Option<DateTime<Utc>> {
        self.row.accepted_at
    }

    /// First message of a human to the resident.
    async fn first_response_at(&self) -> Option<DateTime<Utc>> {
        self.row.first_response_at
    }

    /// The result that stands.
    async fn resolved_at(&self) -> Option<DateTime<Utc>> {
        self.row.resolved_at
    }

    /// The end.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.row.closed_at
    }

    /// Limit of the first response.
    async fn response_due_at(&self) -> Option<DateTime<Utc>> {
        self.row.response_due_at
    }

    /// Promised limit with pauses and approved extensions. Null where the matter promises none, or
    /// the calendar lacks the year (`dueTrace` says which).
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.row.due_at
    }

    /// Promised limit without extensions.
    async fn original_due_at(&self) -> Option<DateTime<Utc>> {
        self.row.original_due_at
    }

    /// Legal limit.
    async fn legal_due_at(&self) -> Option<DateTime<Utc>> {
        self.row.legal_due_at
    }

    /// Whether the deadline passed while it was open.
    async fn overdue(&self) -> bool {
        self.row.overdue
    }

    /// Last instant at which it can be reopened, or a decline appealed.
    async fn reopen_until(&self) -> Option<DateTime<Utc>> {
        self.row.reopen_until
    }

    /// Working seconds from submission to the result, pauses left out.
    async fn handled_work_seconds(&self) -> Option<i64> {
        self.row.handled_work_s
    }

    /// Wall-clock seconds since submission, until the result if there is one: what the resident
    /// feels.
    async fn elapsed_seconds(&self, ctx: &Context<'_>) -> i64 {
        let until = self.row.resolved_at.or(self.row.closed_at);
        (until.unwrap_or_else(|| ctx.app().clock.now()) - self.row.submitted_at).num_seconds()
    }

    /// Supplement notices in all.
    async fn supplements(&self) -> i32 {
        self.row.supplements
    }

    /// Transfers, corrections left out.
    async fn transfers(&self) -> i32 {
        self.row.transfers
    }

    /// Returns to the pool.
    async fn returns(&self) -> i32 {
        self.row.returns
    }

    /// Reopenings.
    async fn reopens(&self) -> i32 {
        self.row.reopens
    }

    /// Version: send it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// The request that it is a duplicate of.
    async fn merged_into_id(&self) -> Option<ID> {
        self.row.merged_into.map(|id| id.to_string().into())
    }

    /// What the reader may do with it now, by the same rules as the mutations.
    async fn available_actions(&self, ctx: &Context<'_>) -> Vec<Step> {
        let now = ctx.app().clock.now();
        self.row.available(ctx.actor(), now)
    }

    /// What happened, newest first. Residents do not see what is internal to the office.
    #[graphql(complexity = "crate::api::page_cost(Some(last), child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many of the newest: 1 to 100.")] last: i32,
    ) -> async_graphql::Result<Vec<ServiceRequestEvent>> {
        let newest = PageArgs::new(Some(last), None)?.size();
        let internal = self.may(ctx, Action::RequestReadInternal);
        let key = (self.row.id, newest, internal);
        let rows = match &self.events {
            Some((known, rows)) if *known == key => rows.clone(),
            _ => {
                let loader = ctx.data_unchecked::<DataLoader<EventsLoader>>();
                loader.load_one(key).await?.unwrap_or_default()
            }
        };
        Ok(rows.into_iter().map(|row| ServiceRequestEvent { row, internal }).collect())
    }

    /// What the resident and staff told each other, oldest first; at most 200. Reading it is written
    /// down like the description.
    async fn public_notes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PublicNote>> {
        if ctx.actor().person() != self.row.requester_id {
            self.content(ctx).await?;
        }
        let loader = ctx.data_unchecked::<DataLoader<PublicNotesLoader>>();
        let rows = loader.load_one(self.row.id).await?.unwrap_or_default();
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
        let rows = queries::internal_notes(ctx.app(), ctx.actor(), &self.row).await?;
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
        let rows = queries::attempts(ctx.app(), ctx.actor(), &self.row).await?;
        Ok(Some(rows.into_iter().map(ContactAttempt::from).collect()))
    }

    /// Who owned it when, oldest first; at most 200. Null for residents.
    async fn ownership(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Ownership>>> {
        if !self.may(ctx, Action::RequestReadInternal) {
            return Ok(None);
        }
        let rows = queries::ownership(ctx.app(), ctx.actor(), &self.row).await?;
        Ok(Some(rows.into_iter().map(Ownership).collect()))
    }

    /// Extensions, oldest first; at most 50. Null for residents, who are told by a public note.
    async fn extensions(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Extension>>> {
        if !self.may(ctx, Action::RequestReadInternal) {
            return Ok(None);
        }
        let rows = queries::extensions(ctx.app(), ctx.actor(), &self.row).await?;
        Ok(Some(rows.into_iter().map(Extension::from).collect()))
    }

    /// Ratings, newest first; at most 20. For the requester and for managers, who see the text but
    /// not the name. Null for others.
    async fn ratings(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<Rating>>> {
        let own = self.may(ctx, Action::RequestRate);
        let rated = self.row.owner_id.is_some() && self.row.owner_id == ctx.actor().account();
        let leads = !rated && self.may(ctx, Action::CorrectiveHandle);
        if !own && !leads {
            return Ok(None);
        }
        let rows = crate::ratings::queries::of_request(ctx.app(), self.row.id).await?;
        Ok(Some(rows.into_iter().map(Rating::from).collect()))
    }

    /// How the deadline comes about, day by day.
    async fn due_trace(&self, ctx: &Context<'_>) -> async_graphql::Result<DueTrace> {
        Ok(DueTrace::of(ctx, &self.row, self.content(ctx).await?.clock).await?)
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

/// An answer to a question of the matter.
#[derive(SimpleObject)]
pub struct RequestAnswer {
    /// Code of the question.
    pub code: String,
    /// What was answered; several for multiple choice, at most 50.
    pub values: Vec<String>,
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        /// What can happen to a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub enum ServiceRequestEventKind {
            $($(#[$doc])* $name,)*
            /// Something that this version of the schema has no word for.
            Other,
        }

        impl ServiceRequestEventKind {
            fn of(code: &str) -> Self {
                match code {
                    $($code => Self::$name,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

event_kinds! {
    /// It was submitted.
    Submitted = "REQUEST_SUBMITTED",
    /// It was imported from another system.
    Imported = "REQUEST_IMPORTED",
    /// Somebody took it.
    Taken = "REQUEST_TAKEN",
    /// It was assigned.
    Assigned = "REQUEST_ASSIGNED",
    /// Work began.
    Started = "REQUEST_STARTED",
    /// It got another owner.
    Transferred = "REQUEST_TRANSFERRED",
    /// It went back to the pool.
    Returned = "REQUEST_RETURNED",
    /// The resident was asked something.
    QuestionAsked = "REQUEST_QUESTION_ASKED",
    /// The resident was told what is missing.
    SupplementAsked = "REQUEST_SUPPLEMENT_ASKED",
    /// The resident answered.
    Answered = "REQUEST_ANSWERED",
    /// The resident did not answer in time; work goes on.
    ResidentTimedOut = "REQUEST_RESIDENT_TIMED_OUT",
    /// It was handed to the department.
    HandedToDepartment = "REQUEST_HANDED_TO_DEPARTMENT",
    /// The department answered.
    DepartmentAnswered = "REQUEST_DEPARTMENT_ANSWERED",
    /// More time was asked for.
    ExtensionAsked = "REQUEST_EXTENSION_ASKED",
    /// The deadline was extended.
    Extended = "REQUEST_EXTENDED",
    /// An extension was refused.
    ExtensionRefused = "REQUEST_EXTENSION_REFUSED",
    /// Time that the law leaves out was declared.
    StatutoryTimeDeclared = "REQUEST_STATUTORY_TIME_DECLARED",
    /// A public note was written.
    NoteAdded = "REQUEST_NOTE_ADDED",
    /// An internal note was written.
    InternalNoteAdded = "REQUEST_INTERNAL_NOTE_ADDED",
    /// Somebody tried to reach the resident.
    ContactAttempted = "REQUEST_CONTACT_ATTEMPTED",
    /// A contact task was done.
    ContactTaskDone = "CONTACT_TASK_DONE",
    /// A result was given.
    Resolved = "REQUEST_RESOLVED",
    /// The resident said that it is done.
    Confirmed = "REQUEST_CONFIRMED",
    /// It closed after seven days of silence.
    ClosedUnconfirmed = "REQUEST_CLOSED_UNCONFIRMED",
    /// It was reopened.
    Reopened = "REQUEST_REOPENED",
    /// The resident took it back.
    Withdrawn = "REQUEST_WITHDRAWN",
    /// It was declined.
    Declined = "REQUEST_DECLINED",
    /// The decline was appealed against.
    Appealed = "REQUEST_APPEALED",
    /// It was marked as a duplicate.
    Merged = "REQUEST_MERGED",
    /// It was rated.
    Rated = "REQUEST_RATED",
    /// The deadline passed.
    Overdue = "REQUEST_OVERDUE",
    /// The first response is late.
    ResponseOverdue = "REQUEST_RESPONSE_OVERDUE",
    /// Its dates were computed again.
    Reprojected = "REQUEST_REPROJECTED",
    /// Personal data was revealed to staff.
    PersonalDataRevealed = "PERSONAL_DATA_REVEALED",
    /// It was followed with a one-time code.
    Followed = "REQUEST_FOLLOWED",
}

/// Something that happened to a request.
#[derive(Clone)]
pub struct ServiceRequestEvent {
    row: event::Model,
    internal: bool,
}

/// Something that happened to a request.
#[Object]
impl ServiceRequestEvent {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Position among the events of the request, from 1.
    async fn seq(&self) -> i32 {
        self.row.seq
    }

    /// What.
    async fn kind(&self) -> ServiceRequestEventKind {
        ServiceRequestEventKind::of(&self.row.kind)
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.row.at
    }

    /// Which member of staff or resident did it; null for residents, and for what the portal did
    /// by itself.
    async fn actor(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        match self.row.actor_id.filter(|_| self.internal) {
            Some(id) => Ok(Some(load_staff(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// Whether it was done for the requester by somebody else.
    async fn on_behalf(&self) -> bool {
        self.row.beneficiary_id.is_some() && self.row.actor_id.is_some()
    }
}

/// What residents read.
#[derive(Clone, SimpleObject)]
pub struct PublicNote {
    /// Opaque id.
    pub id: ID,
    /// Kind.
    pub kind: PublicNoteKind,
    /// Who wrote it, as far as it is told.
    pub author: AuthorKind,
    /// The text; null after erasure.
    pub text: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<public_note::Model> for PublicNote {
    fn from(row: public_note::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            kind: row.kind,
            author: row.author_kind,
            text: row.body,
            at: row.at,
        }
    }
}

/// What only staff read. It has a type of its own, so that it cannot stand where residents read.
pub struct InternalNote(internal_note::Model);

/// What only staff read. It has a type of its own, so that it cannot stand where residents read.
#[Object]
impl InternalNote {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Kind.
    async fn kind(&self) -> InternalNoteKind {
        self.0.kind
    }

    /// Who wrote it.
    async fn author(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        match self.0.author_id {
            Some(id) => Ok(Some(load_staff(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// The text; null after erasure.
    async fn text(&self) -> Option<&str> {
        self.0.body.as_deref()
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

/// An attempt to reach the resident.
#[derive(SimpleObject)]
pub struct ContactAttempt {
    /// How.
    pub way: ContactWay,
    /// Whether they were reached.
    pub reached: bool,
    /// Local day.
    pub day: NaiveDate,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<contact_attempt::Model> for ContactAttempt {
    fn from(row: contact_attempt::Model) -> Self {
        Self { way: row.way, reached: row.reached, day: row.day, at: row.at }
    }
}

/// An interval of ownership.
pub struct Ownership(request_ownership::Model);

/// An interval of ownership.
#[Object]
impl Ownership {
    /// Who.
    async fn owner(&self, ctx: &Context<'_>) -> async_graphql::Result<Staff> {
        Ok(load_staff(ctx, self.0.owner_id).await?)
    }

    /// How they came to own it.
    async fn how(&self) -> OwnershipKind {
        self.0.how
    }

    /// Since when.
    async fn from(&self) -> DateTime<Utc> {
        self.0.from_at
    }

    /// Until when; null while it lasts.
    async fn until(&self) -> Option<DateTime<Utc>> {
        self.0.until_at
    }
}

/// An extension of the deadline.
#[derive(SimpleObject)]
pub struct Extension {
    /// Opaque id.
    pub id: ID,
    /// Working days.
    pub working_days: i32,
    /// State.
    pub state: ExtensionState,
    /// Why it was asked for.
    pub reason: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
}

impl From<extension::Model> for Extension {
    fn from(row: extension::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            working_days: row.working_days,
            state: row.state,
            reason: row.reason,
            requested_at: row.requested_at,
            decided_at: row.decided_at,
        }
    }
}

/// A request that is followed by number and tracking code: its state and what residents read,
/// nothing else.
pub struct FollowedRequest(pub RequestRow);

/// A request that is followed by number and tracking code: its state and what residents read,
/// nothing else.
#[Object]
impl FollowedRequest {
    /// Number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// State.
    async fn state(&self) -> RequestState {
        self.0.state
    }

    /// Result, once there is one.
    async fn outcome(&self) -> Option<Outcome> {
        self.0.outcome
    }

    /// Title of the matter in the reader's language.
    async fn matter_title(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        let version = load_version(ctx, self.0.matter_version_id).await?;
        Ok(ctx.locale(None).pick(&version.0.titles).to_owned())
    }

    /// Submission.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// Promised limit.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.0.due_at
    }

    /// What the resident and staff told each other, oldest first; at most 200.
    async fn public_notes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PublicNote>> {
        let loader = ctx.data_unchecked::<DataLoader<PublicNotesLoader>>();
        let rows = loader.load_one(self.0.id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(PublicNote::from).collect())
    }
}

/// Somebody opened one's data.
#[derive(Clone)]
pub struct ReadLogEntry(pub(super) read_log::Model);

/// Somebody opened one's data.
#[Object]
impl ReadLogEntry {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Who.
    async fn staff(&self, ctx: &Context<'_>) -> async_graphql::Result<Staff> {
        Ok(load_staff(ctx, self.0.account_id).await?)
    }

    /// Why: opened the content, revealed personal data, looked up by phone.
    async fn purpose(&self) -> ReadPurpose {
        self.0.purpose
    }

    /// The reason that was given for revealing.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The request, where it was about one.
    async fn request_id(&self) -> Option<ID> {
        self.0.request_id.map(|id| id.to_string().into())
    }

    /// When; content is written down once an hour.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

connection!(ReadLogConnection, ReadLogEdge, ReadLogEntry, "the read log");

/// A call or visit that is owed to a resident who wants to be told that way.
#[derive(Clone, SimpleObject)]
pub struct ContactTask {
    /// Opaque id.
    pub id: ID,
    /// How.
    pub way: ContactWay,
    /// The request.
    pub request_id: ID,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
}

impl From<contact_task::Model> for ContactTask {
    fn from(row: contact_task::Model) -> Self {
        Self {
            id: row.id.to_string().into(),
            way: row.way,
            request_id: row.request_id.to_string().into(),
            created_at: row.created_at,
            done_at: row.done_at,
        }
    }
}

connection!(ContactTaskConnection, ContactTaskEdge, ContactTask, "contact tasks");

/// Makes sure that a page of requests can say which names were joined.
pub(super) fn joins(ctx: &Context<'_>, under: &[&str]) -> queries::Join {
    let selected = |field: &str| {
        under.iter().any(|path| {
            let mut look = ctx.look_ahead();
            for part in path.split('.').filter(|p| !p.is_empty()) {
                look = look.field(part);
            }
            look.field(field).exists()
        })
    };
    queries::Join { owner: selected("owner"), requester: selected("requester") }
}
