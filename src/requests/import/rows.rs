//! The rows of a batch, with their own times.

use linli_entity::{
    closure_fact,
    enums::{ConfirmedVia, ContactPreference, IntakeChannel, Outcome, RequestState, ServiceMode},
    ids::{PersonId, RatingId, RequestId},
    person, rating, request_fact, service_request,
};
use sea_orm::EntityTrait;

use super::{ImportRow, Importer, mapping::Mapped};
use crate::{
    kernel::{Error, Result, Tx},
    requests::{
        clock::{self, Clock, Limits, Tick},
        facts,
    },
};

impl Importer {
    /// Adds the rows of a request to those of the batch.
    pub(super) fn build(
        &self,
        tx: &Tx<'_>,
        row: &ImportRow,
        mapped: &Mapped,
        number: &str,
        out: &mut Rows,
    ) -> Result<RequestId> {
        let zone = tx.app().zone;
        let clock = clock(row);
        let requester = row.requester.as_ref().map(|name| out.person(tx, name));
        let owner = row.assignee.as_ref().and_then(|name| self.staff.get(name)).copied();
        let mut model = self.request(tx, row, mapped, &clock)?;
        number.clone_into(&mut model.number);
        model.requester_id = requester;
        model.owner_id = owner.filter(|_| row.closed);
        let fact = facts::of(&model, mapped.department, &clock, zone);
        if let Some(closed) = model.closed_at {
            let mut closure = facts::closure(&fact, 1, Outcome::Imported, closed, None, zone);
            closure.rating = row.rating.map(facts::points);
            closure.closed_at = Some(closed);
            out.ratings.extend(row.rating.map(|level| rating::Model {
                id: RatingId(tx.new_id()),
                community_id: self.community.id,
                request_id: model.id,
                closure_no: 1,
                level,
                body: None,
                show_name: false,
                rated_owner_id: owner,
                at: closed,
                superseded: false,
                via: ConfirmedVia::Online,
                batched_at: None,
            }));
            out.closures.push(closure);
        }
        let id = model.id;
        out.facts.push(fact);
        out.requests.push(model);
        Ok(id)
    }

    /// The request alone: without number, requester and owner.
    fn request(
        &self,
        tx: &Tx<'_>,
        row: &ImportRow,
        Mapped { matter, version, .. }: &Mapped,
        clock: &Clock,
    ) -> Result<service_request::Model> {
        let estimate = || clock::estimate(clock, Limits::from(version));
        Ok(service_request::Model {
            id: RequestId(tx.app().ids.uuid(row.created_at)),
            community_id: self.community.id,
            number: String::new(),
            tracking_hash: None,
            matter_id: matter.id,
            matter_version_id: version.id,
            confidentiality: matter.confidentiality,
            requester_id: None,
            entered_by: None,
            intake_channel: IntakeChannel::Import,
            service_mode: ServiceMode::Window,
            state: if row.closed { RequestState::Closed } else { RequestState::Submitted },
            outcome: row.closed.then_some(Outcome::Imported),
            confirmation: None,
            confirmed_via: None,
            title: Some(row.title.clone()),
            description: row.description.clone(),
            address: row.address.clone(),
            lat: row.position.map(|(lat, _)| lat),
            long: row.position.map(|(_, long)| long),
            answers: None,
            block_id: None,
            owner_id: None,
            merged_into: None,
            legacy_source: Some(row.source.clone()),
            legacy_id: Some(row.id.clone()),
            submitted_at: row.created_at,
            accepted_at: clock.accepted_at,
            first_response_at: None,
            resolved_at: clock.resolved_at,
            closed_at: row.closed_at.filter(|_| row.closed),
            response_due_at: None,
            due_at: row.due_at,
            original_due_at: row.due_at,
            legal_due_at: None,
            queue_at: row.due_at.unwrap_or_else(estimate),
            wake_at: row.due_at.filter(|due| !row.closed && *due >= tx.now()),
            reopen_until: None,
            handled_work_s: None,
            clock: serde_json::to_value(clock).map_err(Error::internal)?,
            calendar_version: self.calendar,
            overdue: !row.closed && row.due_at.is_some_and(|due| due < tx.now()),
            supplements: 0,
            stage_supplements: 0,
            transfers: 0,
            returns: 0,
            reopens: 0,
            closures: i32::from(row.closed),
            appealed: false,
            extension_by: None,
            version: 1,
        })
    }
}

/// The clock of a row. What another system promised is not escalated here.
fn clock(row: &ImportRow) -> Clock {
    let mut clock = Clock::start(row.created_at);
    clock.given_due_at = row.due_at;
    clock.response_escalated = true;
    if let Some(accepted) = row.accepted_at {
        clock.apply(Tick::Accepted, accepted);
    }
    if let Some(closed) = row.closed_at.filter(|_| row.closed) {
        clock.apply(Tick::Resolved, closed);
    }
    clock
}

/// Rows of a batch, by table.
#[derive(Default)]
pub(super) struct Rows {
    persons: Vec<person::Model>,
    requests: Vec<service_request::Model>,
    facts: Vec<request_fact::Model>,
    closures: Vec<closure_fact::Model>,
    ratings: Vec<rating::Model>,
}

impl Rows {
    fn person(&mut self, tx: &Tx<'_>, name: &str) -> PersonId {
        let id = PersonId(tx.new_id());
        self.persons.push(person::Model {
            id,
            name: Some(name.to_owned()),
            phone: None,
            phone_verified: false,
            contact_preference: ContactPreference::Visit,
            language: "zh-Hans".to_owned(),
            merged_into: None,
            created_at: tx.now(),
            version: 1,
        });
        id
    }

    pub(super) async fn insert(self, tx: &Tx<'_>) -> Result<()> {
        macro_rules! insert {
            ($rows:expr, $table:ident) => {
                if !$rows.is_empty() {
                    $table::Entity::insert_many($rows.into_iter().map($table::ActiveModel::from))
                        .exec_without_returning(tx.conn())
                        .await?;
                }
            };
        }
        insert!(self.persons, person);
        insert!(self.requests, service_request);
        insert!(self.facts, request_fact);
        insert!(self.closures, closure_fact);
        insert!(self.ratings, rating);
        Ok(())
    }
}
