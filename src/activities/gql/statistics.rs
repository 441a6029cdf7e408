//! Numbers of activities in the schema.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    activities::{
        queries::{Counted, MonthLine},
        rules::{self, WeekLine},
    },
    statistics::metrics::percent,
};

/// A share that explains itself.
#[derive(Clone, SimpleObject)]
pub struct ActivityRate {
    /// Stable id of the metric.
    pub metric_id: String,
    /// Version of its definition.
    pub definition_version: i32,
    /// Above the line.
    pub numerator: i64,
    /// Below the line.
    pub denominator: i64,
    /// In percent with one decimal, half to even; null for an empty whole. 100.0 only if nothing is
    /// missing.
    pub percent: Option<String>,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

/// A count that explains itself.
#[derive(Clone, SimpleObject)]
pub struct ActivityCount {
    /// Stable id of the metric.
    pub metric_id: String,
    /// Version of its definition.
    pub definition_version: i32,
    /// How many.
    pub count: i64,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

/// A week of the ISO calendar. It belongs to the month of its Thursday.
#[derive(Clone, SimpleObject)]
pub struct ActivityWeek {
    /// ISO year.
    pub iso_year: i32,
    /// ISO week, 1 to 53.
    pub iso_week: i32,
    /// Its first day.
    pub monday: NaiveDate,
    /// Activities held that began in it.
    pub held: i64,
    /// Whether it was declared before it began that none was owed.
    pub exempt: bool,
    /// Whether it is over. Only then it counts.
    pub elapsed: bool,
}

impl From<WeekLine> for ActivityWeek {
    fn from(line: WeekLine) -> Self {
        Self {
            iso_year: line.week.year,
            iso_week: line.week.week,
            monday: line.monday,
            held: line.held,
            exempt: line.exempt,
            elapsed: line.elapsed,
        }
    }
}

/// A month and its theme.
#[derive(Clone, SimpleObject)]
pub struct ThemeMonth {
    /// First day of the month.
    pub month: NaiveDate,
    /// The theme, if there is one.
    pub theme_id: Option<ID>,
    /// Activities of the theme that were held.
    pub held: i64,
    /// Whether the month is over. Only then it counts.
    pub elapsed: bool,
}

impl From<MonthLine> for ThemeMonth {
    fn from(line: MonthLine) -> Self {
        Self {
            month: line.month,
            theme_id: line.theme.map(|t| t.to_string().into()),
            held: line.held,
            elapsed: line.elapsed,
        }
    }
}

/// Numbers of the activities of a community that began in a month or a year. Only what was held
/// counts; what was planned or cancelled never does.
#[derive(Clone, SimpleObject)]
pub struct ActivityStatistics {
    /// Activities held that began in the period.
    pub held: ActivityCount,
    /// 一周一活动: weeks with at least one activity held that began in them / weeks that are over and
    /// not exempt.
    pub weekly_coverage: ActivityRate,
    /// The most weeks in a row without one; exempt weeks neither make a gap nor end it.
    pub longest_gap_weeks: ActivityCount,
    /// 一月一主题: months with a theme and at least one activity of it held / months that are over.
    pub theme_coverage: ActivityRate,
    /// The most people that were registered at once / seats, as they were in the end.
    pub fill: ActivityRate,
    /// People registered who came / people registered at the begin. A party counts its people; who
    /// came twice counts once; who walked in does not count. Only activities where somebody was
    /// checked in.
    pub attendance: ActivityRate,
    /// People registered who did not come, of the same.
    pub no_show: ActivityRate,
    /// Activities held where nobody was checked in: in neither of the two rates before.
    pub not_recorded: ActivityCount,
    /// People who came without a registration, in no rate.
    pub walk_ins: ActivityCount,
    /// Every week of the period.
    pub weeks: Vec<ActivityWeek>,
    /// Every month of the period.
    pub months: Vec<ThemeMonth>,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

impl From<Counted> for ActivityStatistics {
    fn from(counted: Counted) -> Self {
        let as_of = counted.as_of;
        let rate = |metric: &str, (numerator, denominator): (i64, i64)| ActivityRate {
            metric_id: metric.to_owned(),
            definition_version: 1,
            numerator,
            denominator,
            percent: percent(numerator, denominator),
            as_of,
        };
        let number = |metric: &str, count: i64| ActivityCount {
            metric_id: metric.to_owned(),
            definition_version: 1,
            count,
            as_of,
        };
        let (covered, weeks, gap) = rules::coverage(&counted.weeks);
        let (came, registered) = counted.attendance;
        Self {
            held: number("activity.held", counted.held),
            weekly_coverage: rate("activity.coverage.weekly", (covered, weeks)),
            longest_gap_weeks: number("activity.coverage.longest_gap", gap),
            theme_coverage: rate("activity.coverage.theme", themes(&counted.months)),
            fill: rate("activity.fill", counted.fill),
            attendance: rate("activity.attendance", (came, registered)),
            no_show: rate("activity.no_show", (registered - came, registered)),
            not_recorded: number("activity.not_recorded", counted.not_recorded),
            walk_ins: number("activity.walk_ins", counted.walk_ins),
            weeks: counted.weeks.into_iter().map(ActivityWeek::from).collect(),
            months: counted.months.into_iter().map(ThemeMonth::from).collect(),
            as_of,
        }
    }
}

fn themes(months: &[MonthLine]) -> (i64, i64) {
    let over = months.iter().filter(|m| m.elapsed);
    over.fold((0, 0), |(part, whole), m| {
        (part + i64::from(m.theme.is_some() && m.held > 0), whole + 1)
    })
}
