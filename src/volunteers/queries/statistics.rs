//! Numbers of volunteers: of everybody together, of nobody alone.

use chrono::{DateTime, Months, NaiveDate, Utc};
use linli_entity::ids::{PersonId, PlaceId};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::certificates;
use crate::kernel::{Action, Actor, App, Error, Result, Target, policy};

/// What was counted.
#[derive(Clone, Copy, Debug)]
pub struct VolunteerNumbers {
    /// Minutes that count.
    pub minutes: i64,
    /// People with a minute that counts.
    pub people: i64,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
    /// Whether the period goes on after that.
    pub incomplete: bool,
}

#[derive(FromQueryResult)]
struct Sums {
    minutes: i64,
    people: i64,
}

/// The first day of a year, and of the next.
pub(super) fn year(year: i32) -> Result<(NaiveDate, NaiveDate)> {
    period(year, None)
}

fn period(year: i32, month: Option<u32>) -> Result<(NaiveDate, NaiveDate)> {
    let wanted = || Error::bad_input("year", "2000 to 2200, and a month from 1 to 12");
    if !(2000..=2200).contains(&year) {
        return Err(wanted());
    }
    let from = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), 1).ok_or_else(wanted)?;
    let to = from.checked_add_months(Months::new(if month.is_some() { 1 } else { 12 }));
    Ok((from, to.ok_or_else(wanted)?))
}

/// Counts a year of a community, or a month of it. For those who serve in it.
pub async fn volunteer_numbers(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    year: i32,
    month: Option<u32>,
) -> Result<VolunteerNumbers> {
    policy::authorize(actor, Action::VolunteerStatistics, &Target::community(community))?;
    let (from, to) = period(year, month)?;
    let sql = "SELECT CAST(COALESCE(SUM(minutes), 0) AS bigint) AS minutes, \
               COUNT(DISTINCT person_id) AS people FROM volunteer_day \
               WHERE community_id = $1 AND day >= $2 AND day < $3";
    let values = [community.into(), from.into(), to.into()];
    let snapshot = app.db.snapshot().await?;
    let (conn, as_of) = (snapshot.conn(), app.clock.now());
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    let sums = Sums::find_by_statement(statement).one(conn).await?;
    let sums = sums.unwrap_or(Sums { minutes: 0, people: 0 });
    Ok(VolunteerNumbers {
        minutes: sums.minutes,
        people: sums.people,
        as_of,
        incomplete: app.day(as_of) < to,
    })
}

/// One's own minutes of a year in a community that count.
pub async fn own_minutes(
    app: &App,
    person: PersonId,
    community: PlaceId,
    of_year: i32,
) -> Result<i32> {
    let (from, to) = year(of_year)?;
    let last = to.pred_opt().unwrap_or(to);
    certificates::minutes(app.db.reader(), community, person, (from, last)).await
}
