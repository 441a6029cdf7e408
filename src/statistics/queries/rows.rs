//! The rows behind a number, by the same predicate that counted them.

use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{IntakeChannel, Outcome, RequestState},
    ids::RequestId,
};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult, Statement};

use super::{
    count::Key,
    scope::{Audience, Dimension, Scope, bind, parameters, within},
};
use crate::{
    kernel::{
        App, Error, Result,
        db::Snapshot,
        page::{Page, PageArgs},
    },
    statistics::metrics::{Exclusion, Facts, Rate, Time},
};

/// Which part of a rate's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "RatePart")]
pub enum Part {
    /// Those counted above the line.
    Numerator,
    /// All of those below the line.
    #[default]
    Denominator,
    /// Those below the line that are not above it.
    Rest,
}

/// What was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// A part of a rate.
    Rate(Rate, Part),
    /// What a distribution is made of.
    Time(Time),
    /// What was left out for a reason, or everything that was received.
    Received(Option<Exclusion>),
    /// An outcome of the base set.
    Outcome(Outcome),
}

/// Rows of a number, of which group.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The number.
    pub set: Set,
    /// Of this group of the scope's breakdown.
    pub group: Option<Key>,
    /// As it was counted.
    pub as_of: DateTime<Utc>,
}

/// A counted row: a request, or of a rate of results one result. Codes, times and counts only.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "described in the schema")]
pub struct CountedRow {
    pub at: DateTime<Utc>,
    pub request: RequestId,
    pub number: String,
    pub state: RequestState,
    pub outcome: Option<Outcome>,
    pub channel: IntakeChannel,
    pub submitted_at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub first_response_at: Option<DateTime<Utc>>,
    pub due_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub work_s: Option<i64>,
    pub transfers: i32,
    pub supplements: i32,
    pub reopens: i32,
    pub closure_no: Option<i32>,
}

impl FromQueryResult for CountedRow {
    fn from_query_result(row: &QueryResult, _: &str) -> std::result::Result<Self, DbErr> {
        Ok(Self {
            at: row.try_get_by_index(0)?,
            request: row.try_get_by_index(1)?,
            number: row.try_get_by_index(2)?,
            state: row.try_get_by_index(3)?,
            outcome: row.try_get_by_index(4)?,
            channel: row.try_get_by_index(5)?,
            submitted_at: row.try_get_by_index(6)?,
            accepted_at: row.try_get_by_index(7)?,
            first_response_at: row.try_get_by_index(8)?,
            due_at: row.try_get_by_index(9)?,
            resolved_at: row.try_get_by_index(10)?,
            closed_at: row.try_get_by_index(11)?,
            work_s: row.try_get_by_index(12)?,
            transfers: row.try_get_by_index(13)?,
            supplements: row.try_get_by_index(14)?,
            reopens: row.try_get_by_index(15)?,
            closure_no: row.try_get_by_index(16)?,
        })
    }
}

const COLUMNS: &str = "r.number, r.state, f.outcome, f.intake_channel, f.submitted_at, \
    f.accepted_at, f.first_response_at, f.due_at, f.resolved_at, r.closed_at, f.work_s, \
    f.transfers, f.supplements, r.reopens, CAST(NULL AS integer)";

const CLOSURE_COLUMNS: &str = "r.number, r.state, c.outcome, c.intake_channel, r.submitted_at, \
    r.accepted_at, r.first_response_at, r.due_at, c.resolved_at, c.closed_at, \
    CAST(NULL AS bigint), r.transfers, r.supplements, r.reopens, c.closure_no";

impl Set {
    /// The set that a client named: at most one of these; none of them is everything received.
    pub fn of(
        rate: Option<(Rate, Part)>,
        time: Option<Time>,
        outcome: Option<Outcome>,
        exclusion: Option<Exclusion>,
    ) -> Result<Self> {
        match (rate, time, outcome, exclusion) {
            (None, None, None, exclusion) => Ok(Self::Received(exclusion)),
            (Some((rate, part)), None, None, None) => Ok(Self::Rate(rate, part)),
            (None, Some(time), None, None) => Ok(Self::Time(time)),
            (None, None, Some(outcome), None) => Ok(Self::Outcome(outcome)),
            _ => Err(Error::bad_input("metric", "one of metric, time, outcome and exclusion")),
        }
    }

    fn facts(self) -> Facts {
        match self {
            Self::Rate(rate, _) => rate.facts(),
            Self::Time(_) | Self::Received(_) | Self::Outcome(_) => Facts::Requests,
        }
    }

    /// The whole predicate, the period included.
    fn predicate(self) -> String {
        let submitted = "f.submitted_at >= $1 AND f.submitted_at < $2";
        match self {
            Self::Rate(rate, part) => {
                let (whole, numerator) = (rate.denominator(), rate.numerator());
                let part = match part {
                    Part::Denominator => format!("({whole})"),
                    Part::Numerator => format!("({whole}) AND ({numerator})"),
                    Part::Rest => format!("({whole}) AND ({numerator}) IS NOT TRUE"),
                };
                match rate.facts() {
                    Facts::Requests => format!("{submitted} AND {part}"),
                    Facts::Closures => {
                        format!("c.resolved_at >= $1 AND c.resolved_at < $2 AND {part}")
                    }
                }
            }
            Self::Time(time) => time.set().to_owned(),
            Self::Received(None) => submitted.to_owned(),
            Self::Received(Some(reason)) => {
                format!("{submitted} AND f.exclusion = '{}'", reason.code())
            }
            Self::Outcome(outcome) => {
                format!("{submitted} AND f.exclusion IS NULL AND f.outcome = '{}'", outcome.code())
            }
        }
    }
}

/// The rows behind a number, in the order of submission (of results: of the result); for the
/// responsible unit. What a row shows is not personal, so that the list is as long as the number:
/// requests that the reader may not open are in it.
pub async fn rows(
    app: &App,
    snapshot: &Snapshot,
    scope: &Scope,
    rows: &Rows,
    page: PageArgs,
) -> Result<Page<CountedRow>> {
    let conn = snapshot.conn();
    // Of an owner only open work is shown, never what rates are made of.
    if scope.audience != Audience::Exact
        || (scope.by == Some(Dimension::Owner) && rows.set != Set::Time(Time::OpenAge))
    {
        return Err(Error::Forbidden);
    }
    let mut values = parameters(scope, rows.as_of, app.zone);
    let (alias, table, columns, at) = match rows.set.facts() {
        Facts::Requests => ("f", "request_fact", COLUMNS, "f.submitted_at"),
        Facts::Closures => ("c", "closure_fact", CLOSURE_COLUMNS, "c.resolved_at"),
    };
    let mut predicate = vec![within(scope, alias), rows.set.predicate()];
    if let (Some(by), Some(key)) = (scope.by, &rows.group) {
        let column = format!("{alias}.{}", by.column());
        match key {
            Key::None => predicate.push(format!("{column} IS NULL")),
            Key::Id(id) => values.push((*id).into()),
            Key::Code(code) => values.push(code.clone().into()),
        }
        if *key != Key::None {
            predicate.push(format!("{column} = ${}", values.len()));
        }
    }
    if let Some(cursor) = page.after {
        values.extend([cursor.at.into(), cursor.id.into()]);
        let n = values.len();
        predicate.push(format!("({at}, {alias}.request_id) > (${}, ${n})", n - 1));
    }
    let sql = format!(
        "SELECT {at}, {alias}.request_id, {columns} FROM {table} {alias} JOIN service_request r \
         ON r.id = {alias}.request_id WHERE {} ORDER BY {at}, {alias}.request_id LIMIT {}",
        predicate.join(" AND "),
        page.size() + 1,
    );
    let (sql, values) = bind(&sql, &values);
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(page.cut(CountedRow::find_by_statement(statement).all(conn).await?))
}
