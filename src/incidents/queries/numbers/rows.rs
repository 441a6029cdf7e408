//! The rows behind a number, by the same predicate that counted them.

use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{
        AgencyOutcome, AgencyTaskState, IncidentKind, IncidentLevel, IncidentOutcome,
        IncidentState, RatingLevel,
    },
    ids::{AgencyTaskId, IncidentId, JointResponseId, PlaceId},
};
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult, Statement, Value};
use uuid::Uuid;

use super::count::{NO_BLOCK, alias, source, values, within};
use crate::{
    incidents::metrics::{Dimension, Facts, Set},
    kernel::{
        Actor, App, Error, Result,
        db::Snapshot,
        page::{Page, PageArgs},
    },
    statistics::queries::{Audience, Scope, bind},
};

/// A counted incident, or that of a counted task or joint response: codes, times and counts only.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "described in the schema")]
pub struct CountedIncident {
    pub id: IncidentId,
    pub number: String,
    pub kind: IncidentKind,
    pub block_id: Option<PlaceId>,
    pub state: IncidentState,
    pub level: IncidentLevel,
    pub first_level: IncidentLevel,
    pub outcome: Option<IncidentOutcome>,
    pub received_at: DateTime<Utc>,
    pub responded_at: Option<DateTime<Utc>>,
    pub escalated_at: Option<DateTime<Utc>>,
    pub joint_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    pub first_closed_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub reopened: i32,
}

/// A counted task of an agency.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "described in the schema")]
pub struct CountedTask {
    pub id: AgencyTaskId,
    pub agency_id: PlaceId,
    pub state: AgencyTaskState,
    pub mandatory: bool,
    pub asked_at: DateTime<Utc>,
    pub sign_due_at: DateTime<Utc>,
    pub signed_at: Option<DateTime<Utc>>,
    pub contact_due_at: DateTime<Utc>,
    pub contacted_at: Option<DateTime<Utc>>,
    pub finish_due_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub refused_at: Option<DateTime<Utc>>,
    pub outcome: Option<AgencyOutcome>,
    pub rating: Option<RatingLevel>,
}

/// A counted joint response.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "described in the schema")]
pub struct CountedJoint {
    pub id: JointResponseId,
    pub round: i32,
    pub opened_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// One thing that was counted.
#[derive(Clone, Debug)]
pub struct CountedRow {
    /// When it began.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
    /// The incident.
    pub incident: CountedIncident,
    /// The task, of a number of agencies.
    pub task: Option<CountedTask>,
    /// The joint response, of a number of joint responses.
    pub joint: Option<CountedJoint>,
}

const INCIDENT: &str = "id number kind block_id state level first_level outcome received_at \
    responded_at escalated_at joint_at resolved_at answered_at first_closed_at closed_at reopened";
const TASK: &str = "id agency_id state mandatory asked_at sign_due_at signed_at contact_due_at \
    contacted_at finish_due_at ended_at refused_at outcome rating";
const JOINT: &str = "id round opened_at ended_at";

impl CountedRow {
    fn columns(facts: Facts) -> String {
        let of = |alias: &str, names: &str| {
            let names = names.split_whitespace().map(|n| format!("{alias}.{n} AS {alias}_{n}"));
            names.collect::<Vec<_>>().join(", ")
        };
        let incident = of("i", INCIDENT);
        match facts {
            Facts::Incidents => incident,
            Facts::Tasks => format!("{incident}, {}", of("t", TASK)),
            Facts::Joints => format!("{incident}, {}", of("j", JOINT)),
        }
    }

    fn read(facts: Facts, row: &QueryResult) -> Result<Self> {
        let incident = CountedIncident::from_query_result(row, "i_")?;
        let (at, id) = (incident.received_at, incident.id.0);
        let mut found = Self { at, id, incident, task: None, joint: None };
        match facts {
            Facts::Incidents => {}
            Facts::Tasks => {
                let task = CountedTask::from_query_result(row, "t_")?;
                (found.at, found.id) = (task.asked_at, task.id.0);
                found.task = Some(task);
            }
            Facts::Joints => {
                let joint = CountedJoint::from_query_result(row, "j_")?;
                (found.at, found.id) = (joint.opened_at, joint.id.0);
                found.joint = Some(joint);
            }
        }
        Ok(found)
    }
}

/// Which rows are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of a community or a subdistrict.
    pub place: PlaceId,
    /// In a period.
    pub days: (NaiveDate, NaiveDate),
    /// Behind this number.
    pub set: Set,
    /// Of a group of a breakdown alone.
    pub group: Option<(Dimension, String)>,
}

impl Wanted {
    /// What holds of the rows beside where and when they are of.
    fn predicate(&self, values: &mut Vec<Value>) -> Result<String> {
        let mut all = vec![self.set.predicate()];
        let wrong = || Error::bad_input("group", "a key of this breakdown");
        let of_agency = self.set.facts() == Facts::Tasks;
        match &self.group {
            None => {}
            Some((Dimension::Block, key)) if !of_agency && key == NO_BLOCK => {
                all.push("i.block_id IS NULL".to_owned());
            }
            Some((Dimension::Block, key)) if !of_agency => {
                values.push(key.parse::<PlaceId>().map_err(|_| wrong())?.into());
                all.push(format!("i.block_id = ${}", values.len()));
            }
            Some((Dimension::Kind, key)) if !of_agency => {
                let kind = IncidentKind::ALL.iter().find(|k| k.code() == *key);
                values.push(kind.ok_or_else(wrong)?.code().into());
                all.push(format!("i.kind = ${}", values.len()));
            }
            Some((Dimension::Agency, key)) if of_agency => {
                values.push(key.parse::<PlaceId>().map_err(|_| wrong())?.into());
                all.push(format!("t.agency_id = ${}", values.len()));
            }
            Some(_) => return Err(Error::bad_input("group", "a group in which it is counted")),
        }
        Ok(all.join(" AND "))
    }
}

/// Of what the rows behind a number are; for who is responsible.
pub async fn scope(app: &App, actor: &Actor, wanted: &Wanted) -> Result<Scope> {
    actor.signed_in()?;
    let scope = super::scope(app, actor, wanted.place, wanted.days).await?;
    if scope.audience == Audience::Exact { Ok(scope) } else { Err(Error::Forbidden) }
}

/// Where the rows are read, what holds of them, and with which values.
fn source_of(
    app: &App,
    as_of: DateTime<Utc>,
    (scope, wanted): (&Scope, &Wanted),
) -> Result<(String, Vec<Value>)> {
    let facts = wanted.set.facts();
    let mut values = values(app, &scope.communities, scope.days, as_of);
    let within = within(facts, scope.communities.len());
    let predicate = wanted.predicate(&mut values)?;
    Ok((format!("{} WHERE {within} AND {predicate}", source(facts).0), values))
}

fn statement(conn: &impl ConnectionTrait, sql: &str, values: &[Value]) -> Statement {
    let (sql, values) = bind(sql, values);
    Statement::from_sql_and_values(conn.get_database_backend(), sql, values)
}

/// A page of the rows behind a number in the order in which they began, and how many there are if that is
/// asked; for who is responsible.
pub async fn rows(
    app: &App,
    actor: &Actor,
    wanted: &Wanted,
    args: PageArgs,
    count: bool,
) -> Result<(Page<CountedRow>, i64)> {
    let scope = scope(app, actor, wanted).await?;
    let snapshot = app.db.snapshot().await?;
    let as_of = app.clock.now();
    let mut total = 0;
    if count {
        let (from, values) = source_of(app, as_of, (&scope, wanted))?;
        let conn = snapshot.conn();
        let sql = format!("SELECT COUNT(*) FROM {from}");
        let counted = conn.query_one_raw(statement(conn, &sql, &values)).await?;
        total = counted.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    }
    Ok((page(app, (&snapshot, as_of), &scope, wanted, args).await?, total))
}

/// A page of them in one state of the database.
pub async fn page(
    app: &App,
    (snapshot, as_of): (&Snapshot, DateTime<Utc>),
    scope: &Scope,
    wanted: &Wanted,
    page: PageArgs,
) -> Result<Page<CountedRow>> {
    let facts = wanted.set.facts();
    let (at, alias) = (source(facts).1, alias(facts));
    let (mut from, mut values) = source_of(app, as_of, (scope, wanted))?;
    if let Some(cursor) = page.after {
        values.extend([cursor.at.into(), cursor.id.into()]);
        let n = values.len();
        from = format!("{from} AND ({at}, {alias}.id) > (${}, ${n})", n - 1);
    }
    let sql = format!(
        "SELECT {} FROM {from} ORDER BY {at}, {alias}.id LIMIT {}",
        CountedRow::columns(facts),
        page.size() + 1
    );
    let conn = snapshot.conn();
    let found = conn.query_all_raw(statement(conn, &sql, &values)).await?;
    let found = found.iter().map(|row| CountedRow::read(facts, row)).collect::<Result<Vec<_>>>()?;
    Ok(page.cut(found))
}
