//! The rows behind a number in the schema.

use async_graphql::{ComplexObject, Context, SimpleObject};
use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{IntakeChannel, Outcome, RequestState},
    ids::RequestId,
};

use crate::{
    api::connection,
    requests::gql::{ServiceRequest, visible_request},
    statistics::queries::CountedRow,
};

/// A counted row: a request, or of a rate of results one result (then `closureNo` says which).
/// Codes, times and counts only; the CSV has the same columns.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct CountedRequest {
    /// Number for people.
    pub number: String,
    /// State now.
    pub state: RequestState,
    /// Outcome: the standing one, or the result's.
    pub outcome: Option<Outcome>,
    /// Where it came in.
    pub intake_channel: IntakeChannel,
    /// Submission.
    pub submitted_at: DateTime<Utc>,
    /// First acceptance.
    pub accepted_at: Option<DateTime<Utc>>,
    /// First message of a human to the resident.
    pub first_response_at: Option<DateTime<Utc>>,
    /// Deadline.
    pub due_at: Option<DateTime<Utc>>,
    /// The standing result, or this result.
    pub resolved_at: Option<DateTime<Utc>>,
    /// The end.
    pub closed_at: Option<DateTime<Utc>>,
    /// Working seconds from submission to the standing result.
    pub handled_work_seconds: Option<i64>,
    /// Transfers.
    pub transfers: i32,
    /// Supplement notices.
    pub supplements: i32,
    /// Reopenings.
    pub reopens: i32,
    /// Which result, from 1; null where requests were counted.
    pub closure_no: Option<i32>,
    #[graphql(skip)]
    request: RequestId,
}

#[ComplexObject]
impl CountedRequest {
    /// The request; null where the reader may not open it, such as party affairs.
    async fn request(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ServiceRequest>> {
        Ok(visible_request(ctx, self.request).await?)
    }
}

impl From<CountedRow> for CountedRequest {
    fn from(row: CountedRow) -> Self {
        Self {
            number: row.number,
            state: row.state,
            outcome: row.outcome,
            intake_channel: row.channel,
            submitted_at: row.submitted_at,
            accepted_at: row.accepted_at,
            first_response_at: row.first_response_at,
            due_at: row.due_at,
            resolved_at: row.resolved_at,
            closed_at: row.closed_at,
            handled_work_seconds: row.work_s,
            transfers: row.transfers,
            supplements: row.supplements,
            reopens: row.reopens,
            closure_no: row.closure_no,
            request: row.request,
        }
    }
}

connection!(CountedRequestConnection, CountedRequestEdge, CountedRequest, "counted rows");
