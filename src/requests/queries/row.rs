//! A request as lists show it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{
        Confidentiality, Confirmation, ConfirmedVia, ContactPreference, IntakeChannel, Outcome,
        RequestState, ServiceMode,
    },
    ids::{AccountId, EventId, MatterId, MatterVersionId, PersonId, PlaceId, RequestId},
    service_request,
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryResult, QuerySelect,
    sea_query::Expr,
};

use crate::{
    kernel::{Actor, App, Target, policy},
    requests::rules::{self, Step},
};

/// Declares rows once: their fields are columns of `service_request`, read by position, which costs
/// a third of reading fifty rows by name.
macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident($columns:ident) { $($column:ident: $type:ty,)* })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $(
                #[doc = concat!("As [`service_request::Model::", stringify!($column), "`].")]
                pub $column: $type,
            )*
        }

        /// The columns of the row in their order, each with a comma behind it.
        const $columns: &str = concat!($("service_request.", stringify!($column), ", ",)*);

        impl $name {
            fn read(row: &QueryResult, next: &mut impl FnMut() -> usize) -> Result<Self, DbErr> {
                Ok(Self { $($column: row.try_get_by_index(next())?,)* })
            }

            fn of(model: &service_request::Model) -> Self {
                Self { $($column: model.$column.clone(),)* }
            }
        }
    )* };
}

rows! {
    /// What is known of every request in a list.
    RequestCore(CORE) {
        id: RequestId,
        community_id: PlaceId,
        number: String,
        matter_id: MatterId,
        matter_version_id: MatterVersionId,
        confidentiality: Confidentiality,
        requester_id: Option<PersonId>,
        state: RequestState,
        title: Option<String>,
        owner_id: Option<AccountId>,
        submitted_at: DateTime<Utc>,
        due_at: Option<DateTime<Utc>>,
        queue_at: DateTime<Utc>,
        version: i32,
    }
    /// What is read only where it is asked for.
    RequestDetails(DETAILS) {
        outcome: Option<Outcome>,
        resolved_at: Option<DateTime<Utc>>,
        closed_at: Option<DateTime<Utc>>,
        reopen_until: Option<DateTime<Utc>>,
        appealed: bool,
        entered_by: Option<AccountId>,
        intake_channel: IntakeChannel,
        service_mode: ServiceMode,
        confirmation: Option<Confirmation>,
        confirmed_via: Option<ConfirmedVia>,
        block_id: Option<PlaceId>,
        merged_into: Option<RequestId>,
        accepted_at: Option<DateTime<Utc>>,
        first_response_at: Option<DateTime<Utc>>,
        response_due_at: Option<DateTime<Utc>>,
        original_due_at: Option<DateTime<Utc>>,
        legal_due_at: Option<DateTime<Utc>>,
        handled_work_s: Option<i64>,
        overdue: bool,
        supplements: i32,
        stage_supplements: i32,
        extension_by: Option<AccountId>,
        transfers: i32,
        returns: i32,
        reopens: i32,
    }
}

/// A request as lists show it: without the texts that only its own page needs.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// What every list knows.
    pub core: RequestCore,
    /// The rest, when it was asked for.
    pub details: Option<RequestDetails>,
    /// The owner's name, when it was asked for.
    pub owner_name: Option<String>,
    /// The requester's name, when it was asked for; masked before it is shown.
    pub requester_name: Option<String>,
    /// How the requester wants to be told, when the requester was asked for.
    pub requester_contact: Option<ContactPreference>,
}

impl std::ops::Deref for RequestRow {
    type Target = RequestCore;

    fn deref(&self) -> &RequestCore {
        &self.core
    }
}

/// What to read with the first statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Want {
    /// The owner's name.
    pub owner: bool,
    /// The requester's name.
    pub requester: bool,
    /// The details.
    pub details: bool,
}

/// The columns of a [`RequestRow`].
pub(super) fn columns(want: Want) -> String {
    let owner = if want.owner { "account.staff_name, " } else { "" };
    let requester = if want.requester { "person.name, person.contact_preference, " } else { "" };
    let details = if want.details { DETAILS } else { "" };
    let columns = format!("{CORE}{owner}{requester}{details}");
    columns.trim_end_matches([',', ' ']).to_owned()
}

impl RequestRow {
    /// Reads what [`columns`] wrote for the same `want`, and says how many columns that were.
    pub(super) fn read(row: &QueryResult, want: Want) -> Result<(Self, usize), DbErr> {
        let mut read = 0;
        let mut next = || {
            read += 1;
            read - 1
        };
        let core = RequestCore::read(row, &mut next)?;
        let mut found = Self {
            core,
            details: None,
            owner_name: None,
            requester_name: None,
            requester_contact: None,
        };
        if want.owner {
            found.owner_name = row.try_get_by_index(next())?;
        }
        if want.requester {
            found.requester_name = row.try_get_by_index(next())?;
            found.requester_contact = row.try_get_by_index(next())?;
        }
        if want.details {
            found.details = Some(RequestDetails::read(row, &mut next)?);
        }
        Ok((found, read))
    }
}

struct Identified(RequestId, RequestDetails);

impl FromQueryResult for Identified {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        let mut index = 0..;
        let mut next = || index.next().unwrap_or(0);
        Ok(Self(row.try_get_by_index(next())?, RequestDetails::read(row, &mut next)?))
    }
}

/// The details of requests whose visibility was decided before.
pub async fn details(
    app: &App,
    ids: &[RequestId],
) -> crate::kernel::Result<HashMap<RequestId, RequestDetails>> {
    let columns = format!("service_request.id, {DETAILS}");
    let rows = service_request::Entity::find()
        .select_only()
        .expr(Expr::cust(columns.trim_end_matches([',', ' ']).to_owned()))
        .filter(service_request::Column::Id.is_in(ids.iter().copied()))
        .into_model::<Identified>()
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.0, row.1)).collect())
}

/// An event as a request shows it.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Its id.
    pub id: EventId,
    /// Position among the events of the request, from 1.
    pub seq: i32,
    /// What.
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The account that did it.
    pub actor_id: Option<AccountId>,
    /// For whom, where it was somebody else.
    pub beneficiary_id: Option<PersonId>,
    /// `USER`, `TRACKING`, `SYSTEM` or `ANONYMOUS`.
    pub actor_kind: String,
    /// The delegation by which the actor acted for them, as it is written; none for others.
    pub delegation: Option<String>,
    /// The request.
    pub request: RequestId,
}

/// The columns of an [`EventRow`] in their order, of the table that is called `e`.
pub(super) const EVENT: &str = "e.id, e.seq, e.kind, e.at, e.actor_id, e.beneficiary_id, e.aggregate_id, e.actor_kind, \
     e.data->>'delegation'";

impl EventRow {
    pub(super) fn read(row: &QueryResult, first: usize) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.try_get_by_index(first)?,
            seq: row.try_get_by_index(first + 1)?,
            kind: row.try_get_by_index(first + 2)?,
            at: row.try_get_by_index(first + 3)?,
            actor_id: row.try_get_by_index(first + 4)?,
            beneficiary_id: row.try_get_by_index(first + 5)?,
            request: row.try_get_by_index(first + 6)?,
            actor_kind: row.try_get_by_index(first + 7)?,
            delegation: row.try_get_by_index(first + 8)?,
        })
    }
}

impl FromQueryResult for EventRow {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        Self::read(row, 0)
    }
}

impl RequestRow {
    /// The row of a request that was just changed; names are loaded when asked for.
    pub fn of(model: &service_request::Model) -> Self {
        Self {
            core: RequestCore::of(model),
            details: Some(RequestDetails::of(model)),
            owner_name: None,
            requester_name: None,
            requester_contact: None,
        }
    }
}

impl RequestRow {
    /// The steps that `actor` may take now with what is `target` to them: what the services would not
    /// refuse.
    pub fn available(
        &self,
        details: &RequestDetails,
        (actor, target): (&Actor, &Target),
        now: DateTime<Utc>,
    ) -> Vec<Step> {
        let facts = rules::StepFacts {
            state: self.state,
            outcome: details.outcome,
            reopen_until: details.reopen_until,
            closed_at: details.closed_at,
            appealed: details.appealed,
            owner: self.owner_id,
            stage_supplements: details.stage_supplements,
            due_at: self.due_at,
            legal_due_at: details.legal_due_at,
            extension_by: details.extension_by,
        };
        Step::ALL
            .into_iter()
            .filter(|step| rules::check_step(&facts, *step, now).is_ok())
            .filter(|step| step.actions().iter().any(|a| policy::allowed(actor, *a, target)))
            .filter(|step| rules::check_actor(&facts, *step, actor, target).is_ok())
            .collect()
    }

    /// What the policy needs to know.
    pub fn target(&self) -> Target {
        rules::target_of(
            self.id,
            self.community_id,
            self.confidentiality,
            self.state,
            self.requester_id,
            self.owner_id,
        )
    }
}
