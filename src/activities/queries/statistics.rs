//! Counting: one a month, one a week, and how full and how well attended.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use linli_entity::{
    exempt_week,
    ids::{PlaceId, ThemeId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement};

use crate::{
    activities::rules::{self, Week, WeekLine},
    kernel::{Action, Actor, App, Error, Result, Target, policy},
};

/// An activity that was held.
#[derive(FromQueryResult)]
struct Held {
    starts_at: DateTime<Utc>,
    capacity: i32,
    peak: i32,
    registered: i64,
    attended: i64,
    check_ins: i64,
    walk_ins: i64,
}

/// A month and its theme.
#[derive(Clone, Copy, Debug)]
pub struct MonthLine {
    /// First day.
    pub month: NaiveDate,
    /// The theme, if there is one.
    pub theme: Option<ThemeId>,
    /// Activities of the theme that were held.
    pub held: i64,
    /// Whether it is over.
    pub elapsed: bool,
}

/// What was counted.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Activities held that began in the period.
    pub held: i64,
    /// Every week of the period.
    pub weeks: Vec<WeekLine>,
    /// Every month of the period.
    pub months: Vec<MonthLine>,
    /// The most that was taken / the seats.
    pub fill: (i64, i64),
    /// People registered who came / people registered, where check-ins were recorded.
    pub attendance: (i64, i64),
    /// Activities held without a single check-in.
    pub not_recorded: i64,
    /// People who came without a registration.
    pub walk_ins: i64,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

/// Counts the months of `year`, or one of them.
pub async fn count(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    year: i32,
    month: Option<u32>,
) -> Result<Counted> {
    policy::authorize(actor, Action::ActivityStatistics, &Target::community(community))?;
    let (from, to) = period(year, month)?;
    let snapshot = app.db.snapshot().await?;
    let (conn, as_of) = (snapshot.conn(), app.clock.now());
    // Weeks reach beyond the period by up to six days at both ends.
    let all = held(app, conn, community, (from - Days::new(7), to + Days::new(7))).await?;
    let mut by_week: BTreeMap<Week, i64> = BTreeMap::new();
    for activity in &all {
        *by_week.entry(Week::of(app.day(activity.starts_at))).or_default() += 1;
    }
    let exempt: BTreeSet<Week> = exempt_week::Entity::find()
        .filter(exempt_week::Column::CommunityId.eq(community))
        .filter(exempt_week::Column::IsoYear.between(year - 1, year + 1))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| Week { year: row.iso_year, week: row.iso_week })
        .collect();
    let today = app.day(as_of);
    let within: Vec<&Held> =
        all.iter().filter(|a| (from..to).contains(&app.day(a.starts_at))).collect();
    let recorded: Vec<&&Held> = within.iter().filter(|a| a.check_ins > 0).collect();
    Ok(Counted {
        held: count_of(within.len()),
        weeks: rules::week_lines((from, to), &by_week, &exempt, today),
        months: months(conn, app, community, (from, to), today).await?,
        fill: within.iter().fold((0, 0), |(part, whole), a| {
            (part + i64::from(a.peak.min(a.capacity)), whole + i64::from(a.capacity))
        }),
        attendance: recorded
            .iter()
            .fold((0, 0), |(part, whole), a| (part + a.attended, whole + a.registered)),
        not_recorded: count_of(within.len() - recorded.len()),
        walk_ins: within.iter().map(|a| a.walk_ins).sum(),
        as_of,
    })
}

fn count_of(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn first_of(year: i32, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, 1)
}

fn period(year: i32, month: Option<u32>) -> Result<(NaiveDate, NaiveDate)> {
    let wanted = || Error::bad_input("month", "year 2000 to 2200, month 1 to 12");
    if !(2000..=2200).contains(&year) || month.is_some_and(|m| !(1..=12).contains(&m)) {
        return Err(wanted());
    }
    let from = first_of(year, month.unwrap_or(1)).ok_or_else(wanted)?;
    let to = match month {
        Some(month) if month < 12 => first_of(year, month + 1),
        _ => first_of(year + 1, 1),
    };
    Ok((from, to.ok_or_else(wanted)?))
}

/// The first instant of a local day.
fn instant(app: &App, day: NaiveDate) -> DateTime<Utc> {
    let midnight = app.zone.from_local_datetime(&day.and_time(NaiveTime::MIN));
    midnight.earliest().map_or_else(DateTime::default, |at| at.with_timezone(&Utc))
}

async fn held(
    app: &App,
    conn: &impl ConnectionTrait,
    community: PlaceId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<Held>> {
    let sql = "SELECT a.starts_at, s.capacity, s.peak, \
         CAST((SELECT COALESCE(SUM(r.people), 0) FROM activity_registration r \
         WHERE r.activity_id = a.id AND r.state = 'REGISTERED') AS bigint) AS registered, \
         CAST((SELECT COALESCE(SUM(c.people), 0) FROM (SELECT MAX(k.people) AS people \
         FROM check_in k JOIN activity_registration g ON g.id = k.registration_id \
         WHERE k.activity_id = a.id AND g.state = 'REGISTERED' GROUP BY k.registration_id) c) \
         AS bigint) \
         AS attended, \
         (SELECT COUNT(*) FROM check_in k WHERE k.activity_id = a.id) AS check_ins, \
         CAST((SELECT COALESCE(SUM(w.walk_ins), 0) FROM activity_session w \
         WHERE w.activity_id = a.id) AS bigint) AS walk_ins \
         FROM activity a JOIN activity_seats s ON s.activity_id = a.id \
         WHERE a.community_id = $1 AND a.state = 'HELD' AND a.starts_at >= $2 \
         AND a.starts_at < $3 ORDER BY a.starts_at, a.id";
    let values = [community.into(), instant(app, from).into(), instant(app, to).into()];
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    Ok(Held::find_by_statement(statement).all(conn).await?)
}

#[derive(FromQueryResult)]
struct ThemeRow {
    id: ThemeId,
    year: i32,
    month: i32,
    held: i64,
}

async fn months(
    conn: &impl ConnectionTrait,
    app: &App,
    community: PlaceId,
    (from, to): (NaiveDate, NaiveDate),
    today: NaiveDate,
) -> Result<Vec<MonthLine>> {
    use chrono::Datelike;
    let sql = "SELECT t.id, t.year, t.month, (SELECT COUNT(*) FROM activity a \
         WHERE a.theme_id = t.id AND a.state = 'HELD') AS held \
         FROM theme t WHERE t.community_id = $1 AND t.year = $2";
    let values = [community.into(), from.year().into()];
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let themes = ThemeRow::find_by_statement(statement).all(conn).await?;
    let mut lines = Vec::new();
    for day in from.iter_days().take_while(|d| *d < to).filter(|d| d.day() == 1) {
        let of_month = |t: &&ThemeRow| {
            t.year == day.year() && u32::try_from(t.month).ok() == Some(day.month())
        };
        let theme = themes.iter().find(of_month);
        lines.push(MonthLine {
            month: day,
            theme: theme.map(|t| t.id),
            held: theme.map_or(0, |t| t.held),
            elapsed: day.checked_add_months(chrono::Months::new(1)).is_some_and(|n| n <= today),
        });
    }
    Ok(lines)
}
