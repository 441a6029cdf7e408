//! What is counted, and how exactly whom it may be shown.

use chrono::{DateTime, Datelike, Duration, FixedOffset, Months, NaiveDate, TimeZone, Utc};
use linli_entity::ids::PlaceId;
use sea_orm::Value;

use crate::{
    communities,
    kernel::{Action, Actor, App, Code, Error, Rejected, Result, Target, policy},
};

/// How a table is broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "StatisticsDimension")]
pub enum Dimension {
    /// By community.
    Community,
    /// By department.
    Department,
    /// By matter.
    Matter,
    /// By intake channel.
    Channel,
    /// By block; for the responsible unit only.
    Block,
    /// By owner, count and age of open work only, never rates; for managers only.
    Owner,
}

impl Dimension {
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Community => "community_id",
            Self::Department => "department_id",
            Self::Matter => "matter_id",
            Self::Channel => "intake_channel",
            Self::Block => "block_id",
            Self::Owner => "owner_id",
        }
    }
}

/// In which zone days begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "StatisticsZone")]
pub enum Zone {
    /// Official time.
    #[default]
    Local,
    /// UTC.
    Utc,
}

/// What is counted, and for whom.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The communities.
    pub communities: Vec<PlaceId>,
    /// Whether one community was asked for, and not a subdistrict, which may have only one.
    pub single: bool,
    /// The subdistrict that they belong to.
    pub subdistrict: Option<PlaceId>,
    /// Half-open period of days.
    pub days: (NaiveDate, NaiveDate),
    /// Zone of the days.
    pub zone: Zone,
    /// Breakdown.
    pub by: Option<Dimension>,
    /// Who looks.
    pub audience: Audience,
}

/// How exactly somebody may see the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The responsible unit: exact numbers and the rows behind them.
    Exact,
    /// Others of the administration: whole months, cells of less than 5 suppressed.
    Released,
    /// Everybody: whole quarters, cells of less than 10 suppressed.
    Public,
}

impl Audience {
    /// Smallest cell that is shown.
    pub fn k(self) -> i64 {
        match self {
            Self::Exact => 1,
            Self::Released => 5,
            Self::Public => 10,
        }
    }
}

/// Finds out how exactly the actor may see these communities, and checks period and breakdown.
pub async fn scope(
    app: &App,
    actor: &Actor,
    place: PlaceId,
    days: (NaiveDate, NaiveDate),
    zone: Zone,
    by: Option<Dimension>,
) -> Result<Scope> {
    let actions = (Action::StatisticsExact, Action::StatisticsReleased);
    let found = audience(app, actor, place, days, actions).await?;
    check_view(app, found.audience, days, zone)?;
    check_breakdown(found.audience, found.single, by)?;
    Ok(Scope { zone, by, ..found })
}

/// The same of numbers of another kind, in official time: who may see them exactly, and who as they are
/// released, by two actions. Everybody else sees what everybody sees.
pub async fn scope_of(
    app: &App,
    actor: &Actor,
    place: PlaceId,
    days: (NaiveDate, NaiveDate),
    actions: (Action, Action),
) -> Result<Scope> {
    let found = audience(app, actor, place, days, actions).await?;
    check_view(app, found.audience, days, found.zone)?;
    Ok(found)
}

async fn audience(
    app: &App,
    actor: &Actor,
    place: PlaceId,
    days: (NaiveDate, NaiveDate),
    (exact, released): (Action, Action),
) -> Result<Scope> {
    let row = communities::queries::place(app, app.db.reader(), place).await?;
    let communities = match row.community_id {
        Some(community) if community == row.id => vec![community],
        None if row.depth == 0 => communities::queries::communities_of(app, place).await?,
        _ => return Err(Error::bad_input("input.placeId", "a community or a subdistrict")),
    };
    if days.1 <= days.0 || (days.1 - days.0).num_days() > 3700 {
        return Err(bad_period("`to` after `from`, at most ten years"));
    }
    let all =
        |action| communities.iter().all(|c| policy::allowed(actor, action, &Target::community(*c)));
    let audience = if !communities.is_empty() && all(exact) {
        Audience::Exact
    } else if !communities.is_empty() && all(released) {
        Audience::Released
    } else {
        Audience::Public
    };
    let single = row.depth > 0;
    let subdistrict = if single { row.parent_id } else { Some(row.id) };
    Ok(Scope { communities, single, subdistrict, days, zone: Zone::Local, by: None, audience })
}

fn bad_period(wanted: &str) -> Error {
    Rejected::at(Code::BadPeriod, "from").with("wanted", wanted).into()
}

/// Others than the responsible unit see a subdistrict by community and a community by department,
/// matter or channel: tables of both kinds of one dimension could be subtracted from each other.
fn check_breakdown(audience: Audience, single: bool, by: Option<Dimension>) -> Result<()> {
    let fits = match by {
        None => true,
        Some(Dimension::Community) => !single,
        Some(Dimension::Department | Dimension::Matter | Dimension::Channel) => single,
        Some(Dimension::Block | Dimension::Owner) => false,
    };
    if audience == Audience::Exact || fits {
        return Ok(());
    }
    Err(Rejected::at(Code::BadBreakdown, "groupBy").into())
}

/// Others than the responsible unit see one calendar month (the public: one quarter) that is over, so
/// that no two periods differ by a few people.
fn check_view(
    app: &App,
    audience: Audience,
    (from, to): (NaiveDate, NaiveDate),
    zone: Zone,
) -> Result<()> {
    if audience == Audience::Exact {
        return Ok(());
    }
    let step = if audience == Audience::Public { 3 } else { 1 };
    // Exactly one month or quarter: of two periods, one inside the other, the rest is the difference.
    let unit = from.day() == 1
        && from.month0().is_multiple_of(step)
        && from.checked_add_months(Months::new(step)) == Some(to)
        && from.year() >= 2000;
    let today = app.day(app.clock.now());
    let over = today.with_day(1).is_some_and(|month| to <= month);
    if zone == Zone::Utc || !unit || !over {
        let wanted = if step == 3 { "one whole past quarter" } else { "one whole past month" };
        return Err(bad_period(wanted));
    }
    Ok(())
}

/// `$1`, `$2`: the period as instants; `$3`: `asOf`; `$4`: 24 hours before; then the communities.
pub(super) fn parameters(scope: &Scope, as_of: DateTime<Utc>, zone: FixedOffset) -> Vec<Value> {
    let (from, to) = instants(scope.days, scope.zone, zone);
    let day = Duration::hours(24);
    let mut values: Vec<Value> = vec![from.into(), to.into(), as_of.into(), (as_of - day).into()];
    values.extend(scope.communities.iter().map(|c| Value::from(*c)));
    values
}

/// The period as instants.
pub fn instants(
    (from, to): (NaiveDate, NaiveDate),
    zone: Zone,
    local: FixedOffset,
) -> (DateTime<Utc>, DateTime<Utc>) {
    let start = |d: NaiveDate| {
        let midnight = d.and_time(chrono::NaiveTime::MIN);
        match zone {
            Zone::Utc => midnight.and_utc(),
            Zone::Local => {
                local.from_local_datetime(&midnight).single().unwrap_or_default().to_utc()
            }
        }
    };
    (start(from), start(to))
}

/// The communities as a list of marks behind the four other parameters.
pub(super) fn within(scope: &Scope, alias: &str) -> String {
    let marks: Vec<String> = (0..scope.communities.len()).map(|i| format!("${}", i + 5)).collect();
    match marks.as_slice() {
        [] => "1 = 0".to_owned(),
        [one] => format!("{alias}.community_id = {one}"),
        _ => format!("{alias}.community_id IN ({})", marks.join(", ")),
    }
}

/// The statement with only the parameters that it uses, numbered anew: PostgreSQL refuses the rest.
pub fn bind(sql: &str, values: &[Value]) -> (String, Vec<Value>) {
    let mut used: Vec<usize> = Vec::new();
    let mut out = String::with_capacity(sql.len());
    let mut pieces = sql.split('$');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let digits = piece.len() - piece.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: usize = piece[..digits].parse().unwrap_or(0);
        let position = used.iter().position(|u| *u == number).unwrap_or_else(|| {
            used.push(number);
            used.len() - 1
        });
        out.push('$');
        out.push_str(&(position + 1).to_string());
        out.push_str(&piece[digits..]);
    }
    let chosen = used.iter().filter_map(|n| values.get(n.checked_sub(1)?).cloned()).collect();
    (out, chosen)
}
