//! The one way in which a request changes.

use std::sync::Arc;

use linli_entity::{
    enums::{AuthorKind, InternalNoteKind, OwnershipKind, PublicNoteKind, RequestState},
    ids::{AccountId, DelegationId, NoteId, RequestId},
    internal_note, matter_version, public_note, request_fact, request_ownership, service_request,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};
use serde_json::{Value as Json, json};

use crate::{
    calendar::{self, time::Calendar},
    catalogue, identity,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Target,
        Tx, policy, text,
    },
    requests::{
        clock::{self, Clock, Limits, Projection, Tick},
        facts,
        rules::{self, Step},
    },
};

/// Which request, as the caller knows it.
#[derive(Clone, Debug)]
pub struct Act {
    /// The request.
    pub id: RequestId,
    /// The version that the caller has seen; not needed for acts that only append.
    pub expected_version: Option<i32>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// What opening an edit found.
pub(crate) enum Opened<'a> {
    /// The step may be taken.
    Now(Box<Edit<'a>>),
    /// It has been taken before, under the same key.
    Before(Box<Committed<service_request::Model>>),
}

/// Opens an edit, or returns what was done before under the same key.
macro_rules! open {
    ($app:expr, $actor:expr, $act:expr, $step:expr, $operation:expr) => {
        open!($app, $actor, $act, $step, $operation, beside None)
    };
    ($app:expr, $actor:expr, $act:expr, $step:expr, $operation:expr, beside $other:expr) => {{
        let how = ($operation, $other);
        let opened =
            $crate::requests::service::Edit::open_beside($app, $actor, $act, $step, how);
        // On the heap, or the future of every step would be as large as this one.
        match Box::pin(opened).await? {
            $crate::requests::service::Opened::Now(edit) => edit,
            $crate::requests::service::Opened::Before(done) => return Ok(*done),
        }
    }};
}
pub(super) use open;

/// Whether an event makes a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// A step: the version grows.
    Step,
    /// An act that only appends: the version stays.
    Append,
}

/// A request in change: locked, permitted, in the right state.
pub(crate) struct Edit<'a> {
    pub tx: Tx<'a>,
    pub row: service_request::Model,
    pub clock: Clock,
    pub calendar: Arc<Calendar>,
    pub matter: Arc<matter_version::Model>,
    before: service_request::Model,
    clock_before: Clock,
    permit: Option<Permit>,
    via: Action,
    delegation: Option<DelegationId>,
    events: Vec<Event>,
}

impl<'a> Edit<'a> {
    /// Locks the request and checks everything that is the same for all steps.
    pub async fn open(
        app: &'a App,
        actor: &'a Actor,
        act: &Act,
        step: Step,
        operation: &'static str,
    ) -> Result<Opened<'a>> {
        Box::pin(Self::open_beside(app, actor, act, step, (operation, None))).await
    }

    /// The same, for a step that will lock another request too. Two such steps that name each
    /// other's requests must not wait for one another, so the lower id is locked first.
    pub async fn open_beside(
        app: &'a App,
        actor: &'a Actor,
        act: &Act,
        step: Step,
        (operation, other): (&'static str, Option<RequestId>),
    ) -> Result<Opened<'a>> {
        let tx = app.begin(actor).await?;
        if let Some(other) = other.filter(|other| *other < act.id) {
            // Whether it is there, and may be named, is looked at when the step gets to it.
            match lock(&tx, other).await {
                Ok(_) | Err(Error::NotFound) => {}
                Err(failed) => return Err(failed),
            }
        }
        let row = lock(&tx, act.id).await?;
        let target = super::acting::target(&tx, &row, step.actions()).await?;
        if let Some(replay) = tx.once(operation, act.once.as_ref(), act.id.0).await? {
            tx.authorize(Action::RequestRead, &target)?;
            return Ok(Opened::Before(Box::new(tx.replayed(replay, row).await?)));
        }
        let (permit, via) = permit(&tx, step, &target)?;
        if step == Step::Take
            && let Some(owner) = row.owner_id.filter(|_| row.state.is_open())
        {
            return Err(already_owned(&tx, owner).await);
        }
        if let Some(expected) = act.expected_version
            && expected != row.version
        {
            let stale = Rejected::new(Code::StaleVersion).with("currentVersion", row.version);
            return Err(stale.into());
        }
        let facts = rules::StepFacts::from(&row);
        rules::check_step(&facts, step, tx.now())?;
        rules::check_actor(&facts, step, actor, &target)?;
        let edit = Self::on(tx, row, permit, via).await?;
        Ok(Opened::Now(Box::new(Edit { delegation: target.delegation, ..edit })))
    }

    /// An edit over a locked and permitted row.
    pub async fn on(
        tx: Tx<'a>,
        row: service_request::Model,
        permit: Permit,
        via: Action,
    ) -> Result<Edit<'a>> {
        let calendar = calendar::queries::limits(tx.app(), tx.conn(), row.community_id).await?;
        let matter =
            catalogue::queries::version(tx.app(), tx.conn(), row.matter_version_id).await?;
        let clock: Clock = serde_json::from_value(row.clock.clone()).map_err(Error::internal)?;
        Ok(Edit {
            before: row.clone(),
            clock_before: clock.clone(),
            permit: Some(permit),
            via,
            delegation: None,
            events: Vec::new(),
            tx,
            row,
            clock,
            calendar,
            matter,
        })
    }

    /// The action of the policy that allowed the step.
    pub fn via(&self) -> Action {
        self.via
    }

    /// Moves the clock.
    pub fn tick(&mut self, tick: Tick) {
        self.clock.apply(tick, self.tx.now());
    }

    /// Writes what residents read. The first such word of a member of staff is the first response.
    pub fn public_note(&mut self, kind: PublicNoteKind, body: String) -> Result<NoteId> {
        text::check("text", &body, text::BODY)?;
        let by_resident = self.tx.actor().person() == self.row.requester_id
            || matches!(
                kind,
                PublicNoteKind::Answer | PublicNoteKind::Reopen | PublicNoteKind::Appeal
            );
        let author_kind = match self.tx.actor() {
            Actor::System(_) => AuthorKind::System,
            _ if by_resident => AuthorKind::Resident,
            _ => AuthorKind::Staff,
        };
        if author_kind == AuthorKind::Staff {
            self.tick(Tick::Responded);
        }
        let row = public_note::ActiveModel {
            id: Set(NoteId(self.tx.new_id())),
            community_id: Set(self.row.community_id),
            request_id: Set(self.row.id),
            kind: Set(kind),
            author_kind: Set(author_kind),
            author_id: Set(self.tx.actor().account()),
            body: Set(Some(body)),
            at: Set(self.tx.now()),
        };
        let id = *row.id.as_ref();
        self.tx.insert_last(row);
        Ok(id)
    }

    /// Writes what only staff read.
    pub fn internal_note(&self, kind: InternalNoteKind, body: String) -> Result<NoteId> {
        text::check("text", &body, text::BODY)?;
        let row = internal_note::ActiveModel {
            id: Set(NoteId(self.tx.new_id())),
            community_id: Set(self.row.community_id),
            request_id: Set(self.row.id),
            kind: Set(kind),
            author_id: Set(self.tx.actor().account()),
            body: Set(Some(body)),
            at: Set(self.tx.now()),
        };
        let id = *row.id.as_ref();
        self.tx.insert_last(row);
        Ok(id)
    }

    /// Ends the open ownership, if there is one, and begins another for `owner`.
    pub async fn own(&mut self, owner: Option<(AccountId, OwnershipKind)>) -> Result<()> {
        if self.before.state != RequestState::Submitted {
            request_ownership::Entity::update_many()
                .col_expr(request_ownership::Column::UntilAt, Expr::value(self.tx.now()))
                .filter(request_ownership::Column::RequestId.eq(self.row.id))
                .filter(request_ownership::Column::UntilAt.is_null())
                .exec(self.tx.conn())
                .await?;
        }
        if let Some((owner, how)) = owner {
            let row = request_ownership::ActiveModel {
                id: Set(self.tx.new_id()),
                community_id: Set(self.row.community_id),
                request_id: Set(self.row.id),
                owner_id: Set(owner),
                how: Set(how),
                from_at: Set(self.tx.now()),
                until_at: Set(None),
            };
            self.tx.insert_last(row);
        }
        self.row.owner_id = owner.map(|(owner, _)| owner);
        Ok(())
    }

    /// Ends the open ownership but remembers on the row who had it.
    pub async fn disown_at_end(&mut self) -> Result<()> {
        let last = self.row.owner_id;
        self.own(None).await?;
        self.row.owner_id = last;
        Ok(())
    }

    /// The fact row as it is now.
    pub async fn fact(&self) -> Result<request_fact::Model> {
        self.fact_of(&self.row, &self.clock).await
    }

    async fn fact_of(
        &self,
        row: &service_request::Model,
        clock: &Clock,
    ) -> Result<request_fact::Model> {
        let app = self.tx.app();
        let matter = catalogue::queries::current(app, self.tx.conn(), row.matter_id).await?;
        Ok(facts::of(row, matter.matter.department_id, clock, app.zone))
    }

    /// Adds another event of the same change.
    pub fn also(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Rewrites the dates that follow from the clock. Called by [`Edit::commit`], and earlier by
    /// steps that need to know them.
    pub fn project(&mut self) -> Projection {
        let limits = Limits::from(&*self.matter);
        let projection = self.clock.project(limits, &self.calendar);
        apply_projection(&mut self.row, &self.clock, limits, &projection, &self.calendar);
        projection
    }

    /// Stores the change with its event `kind`. `data` holds ids and codes only.
    pub async fn commit(
        self,
        stamp: Stamp,
        kind: &'static str,
        data: Json,
    ) -> Result<Committed<service_request::Model>> {
        self.commit_as(stamp, kind, data, |row| row).await
    }

    /// The same, for an act that is about something else than the request itself.
    pub async fn commit_as<T>(
        self,
        stamp: Stamp,
        kind: &'static str,
        data: Json,
        value: impl FnOnce(service_request::Model) -> T,
    ) -> Result<Committed<T>> {
        let (tx, events, row) = self.settle(stamp, kind, data).await?;
        tx.commit(events, value(row)).await
    }

    /// Prepares the change and gives the transaction back with the events that it must commit, for
    /// acts that change more than one request.
    pub async fn settle(
        mut self,
        stamp: Stamp,
        kind: &'static str,
        data: Json,
    ) -> Result<(Tx<'a>, Vec<Event>, service_request::Model)> {
        self.project();
        self.row.clock = serde_json::to_value(&self.clock).map_err(Error::internal)?;
        if stamp == Stamp::Step {
            self.row.version += 1;
        }
        let (before, after) = (
            self.fact_of(&self.before, &self.clock_before).await?,
            self.fact_of(&self.row, &self.clock).await?,
        );
        self.tx.update_last(&self.before, &self.row);
        self.tx.update_last(&before, &after);
        let permit = self.permit.take().ok_or_else(|| Error::internal("a permit used twice"))?;
        let mut event = Event::new(permit, kind, "service_request", self.row.id)
            .community(self.row.community_id)
            .data(with_state(data, &self.row))
            .delegation(self.delegation)
            .row_held();
        if self.tx.actor().person() != self.row.requester_id {
            event = event.beneficiary(self.row.requester_id);
        }
        let mut events = vec![event];
        events.append(&mut self.events);
        Ok((self.tx, events, self.row))
    }

    /// A permit for a further event of this change.
    pub fn permit_for(&self, action: Action) -> Result<Permit> {
        self.tx.authorize(action, &rules::target(&self.before))
    }
}

fn with_state(mut data: Json, row: &service_request::Model) -> Json {
    if let Some(map) = data.as_object_mut() {
        map.insert("state".to_owned(), json!(row.state));
        map.insert("version".to_owned(), json!(row.version));
    }
    data
}

/// Writes what the projection says into the columns that lists need.
pub(super) fn apply_projection(
    row: &mut service_request::Model,
    clock: &Clock,
    limits: Limits,
    projection: &Projection,
    calendar: &Calendar,
) {
    row.accepted_at = clock.accepted_at;
    row.first_response_at = clock.first_response_at;
    row.resolved_at = clock.resolved_at;
    row.response_due_at = projection.response_due_at;
    row.due_at = projection.due_at;
    row.original_due_at = projection.original_due_at;
    row.legal_due_at = projection.legal_due_at;
    row.handled_work_s = projection.handled_work_s;
    row.queue_at = rules::deadline(projection.due_at, projection.legal_due_at)
        .unwrap_or_else(|| clock::estimate(clock, limits));
    row.wake_at = rules::wake_at(row, projection, clock);
    row.calendar_version = calendar.version();
}

/// Locks a request; absent means not found.
pub(crate) async fn lock(tx: &Tx<'_>, id: RequestId) -> Result<service_request::Model> {
    service_request::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)
}

fn permit(tx: &Tx<'_>, step: Step, target: &Target) -> Result<(Permit, Action)> {
    let fitting = step.actions().iter().find(|a| policy::allowed(tx.actor(), **a, target));
    let action = *fitting.or(step.actions().first()).unwrap_or(&Action::RequestRead);
    Ok((tx.authorize(action, target)?, action))
}

async fn already_owned(tx: &Tx<'_>, owner: AccountId) -> Error {
    let known = identity::queries::accounts_in(tx.conn(), &[owner]).await;
    let name = known.ok().and_then(|mut a| a.remove(&owner)).and_then(|a| a.staff_name);
    Rejected::new(Code::AlreadyOwned).with("ownerName", name.unwrap_or_default()).into()
}
