//! What a team or a party branch fulfilled together: sums, never by person, and for others than who runs the
//! community neither of few wishes nor of what is going on.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use linli_entity::ids::{PlaceId, TeamId};
use sea_orm::{ConnectionTrait, Statement, Value};

use crate::{
    communities,
    kernel::{Action, Actor, App, Error, Result, Target, policy},
    volunteers,
    wishes::rules,
};

/// Who did something together.
#[derive(Clone, Copy, Debug)]
pub enum Group {
    /// A team of volunteers.
    Team(TeamId),
    /// A party branch.
    Branch(PlaceId),
}

/// What a group did in a year.
#[derive(Clone, Copy, Debug)]
pub struct Together {
    /// The year.
    pub year: i32,
    /// Wishes of which it brought something to an end.
    pub wishes: i64,
    /// Units that the wishers confirmed.
    pub confirmed: i64,
    /// Units that were closed without their word.
    pub unconfirmed: i64,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

/// Fewest wishes that others than who runs the community are told of.
const FEWEST: i64 = 10;

/// Counts what a group brought to an end in a year, 2000 to 2200: exactly for who runs the community; for
/// others in the quarters that are over, and nothing if that is little.
pub async fn together(
    app: &App,
    actor: &Actor,
    group: Group,
    year: i32,
) -> Result<Option<Together>> {
    let first =
        |year| NaiveDate::from_ymd_opt(year, 1, 1).filter(|_| (2000..=2201).contains(&year));
    let wanted = || Error::bad_input("year", "2000 to 2200");
    let from = first(year).ok_or_else(wanted)?;
    let mut to = first(year + 1).ok_or_else(wanted)?;
    let community = community(app, group).await?;
    let exact = community
        .is_some_and(|id| policy::allowed(actor, Action::StatisticsExact, &Target::community(id)));
    if !exact {
        to = to.min(quarter(app.day(app.clock.now())));
    }
    let (column, id): (_, Value) = match group {
        Group::Team(id) => ("team_id", id.into()),
        Group::Branch(id) => ("branch_id", id.into()),
    };
    let sql = format!(
        "SELECT COUNT(DISTINCT wish_id), \
         CAST(COALESCE(SUM(CASE WHEN state = 'CONFIRMED' THEN units ELSE 0 END), 0) AS bigint), \
         CAST(COALESCE(SUM(CASE WHEN state = 'UNCONFIRMED' THEN units ELSE 0 END), 0) AS bigint) \
         FROM wish_claim WHERE {column} = $1 AND ended_at >= $2 AND ended_at < $3 \
         AND state IN ('CONFIRMED', 'UNCONFIRMED')"
    );
    let period = [from, to].map(|day| Value::from(rules::midnight(day, app.zone)));
    let values = std::iter::once(id).chain(period);
    let as_of = app.clock.now();
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let row = app.db.reader().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("a sum of nothing"))?;
    let done = Together {
        year,
        wishes: row.try_get_by_index(0)?,
        confirmed: row.try_get_by_index(1)?,
        unconfirmed: row.try_get_by_index(2)?,
        as_of,
    };
    Ok(Some(done).filter(|done| exact || done.wishes >= FEWEST))
}

/// The first day of the quarter of a day.
fn quarter(day: NaiveDate) -> NaiveDate {
    let month = day.month0() / 3 * 3 + 1;
    NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
}

/// The community of a group, if there is such a group.
async fn community(app: &App, group: Group) -> Result<Option<PlaceId>> {
    let conn = app.db.reader();
    match group {
        Group::Team(id) => {
            let found = volunteers::queries::teams_in(conn, &[id]).await?;
            Ok(found.get(&id).map(|team| team.community_id))
        }
        Group::Branch(id) => match communities::queries::place(app, conn, id).await {
            Err(Error::NotFound) => Ok(None),
            found => Ok(found?.community_id),
        },
    }
}
