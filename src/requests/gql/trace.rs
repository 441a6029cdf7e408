//! How a deadline comes about, for people.

use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};

use crate::{
    api::Ctx,
    calendar::{self, gql::WorkingDay},
    catalogue,
    kernel::{Error, Result},
    requests::{
        clock::{Clock, Limits, Stop},
        queries::RequestRow,
    },
};

/// How the deadline of a request comes about.
#[derive(SimpleObject)]
pub struct DueTrace {
    /// From when the limits count: acceptance of complete materials, or submission if nobody
    /// accepted in time. Null if the calendar lacks the year.
    pub counts_from: Option<DateTime<Utc>>,
    /// Promised working days of the matter version.
    pub promised_days: Option<i32>,
    /// Working days added by approved extensions.
    pub extension_days: i32,
    /// Working days that the law leaves out.
    pub statutory_days: i32,
    /// Spans in which the clock stood still.
    pub stops: Vec<ClockStopSpan>,
    /// Spans in which the department had it; the rest is the community's stage. At most 100.
    pub department_stage: Vec<TimeSpan>,
    /// Every day from `countsFrom` to the deadline: what it is and how much of it counts. At most
    /// 400.
    pub days: Vec<WorkingDay>,
    /// The deadline.
    pub due_at: Option<DateTime<Utc>>,
    /// Version of the calendar; 0 is the built-in one.
    pub calendar_version: i32,
    /// A year that the calendar lacks, so that a date is unknown until it is published.
    pub missing_year: Option<i32>,
}

/// A span of time.
#[derive(SimpleObject)]
pub struct TimeSpan {
    /// From.
    pub from: DateTime<Utc>,
    /// Until.
    pub until: DateTime<Utc>,
}

/// A span in which the clock stood still.
#[derive(SimpleObject)]
pub struct ClockStopSpan {
    /// From.
    pub from: DateTime<Utc>,
    /// Until.
    pub until: DateTime<Utc>,
    /// Why.
    pub why: Stop,
}

impl DueTrace {
    pub(super) async fn of(
        ctx: &Context<'_>,
        row: &RequestRow,
        clock: serde_json::Value,
    ) -> Result<Self> {
        let (app, conn) = (ctx.app(), ctx.app().db.reader());
        let clock: Clock = serde_json::from_value(clock).map_err(Error::internal)?;
        let calendar = calendar::queries::limits(app, conn, row.community_id).await?;
        let version = catalogue::queries::version(app, conn, row.matter_version_id).await?;
        let projection = clock.project(Limits::from(&*version), &calendar);
        let now = app.clock.now();
        let counts_from = clock.base(&calendar).ok();
        let days = match counts_from.zip(projection.due_at) {
            Some((from, until)) => calendar.trace(from, until).unwrap_or_default(),
            None => Vec::new(),
        };
        let stop = |((from, until), why)| ClockStopSpan { from, until, why };
        let span = |(from, until)| TimeSpan { from, until };
        Ok(Self {
            counts_from,
            promised_days: version.promised_days,
            extension_days: clock.extension_days,
            statutory_days: clock.statutory_days,
            stops: clock.stops(now).into_iter().map(stop).collect(),
            department_stage: clock.department_spans(now).into_iter().map(span).collect(),
            days: days.iter().map(WorkingDay::traced).collect(),
            due_at: projection.due_at,
            calendar_version: calendar.version(),
            missing_year: projection.missing_year,
        })
    }
}

/// What a new calendar would do.
#[derive(SimpleObject)]
pub struct CalendarPreview {
    /// Open requests that were looked at; at most 5,000, the most urgent first.
    pub examined: i32,
    /// Those whose deadline would move; at most 500 are listed.
    pub moved: Vec<MovedDeadline>,
    /// How many would move in all.
    pub moved_count: i32,
    /// Those whose deadline would be unknown, because the new calendar lacks a year.
    pub unknown_count: i32,
}

/// A deadline that a new calendar would move.
#[derive(SimpleObject)]
pub struct MovedDeadline {
    /// The request.
    pub request_id: ID,
    /// Its number.
    pub number: String,
    /// The deadline now.
    pub due_at: Option<DateTime<Utc>>,
    /// The deadline as it would be.
    pub new_due_at: Option<DateTime<Utc>>,
}
