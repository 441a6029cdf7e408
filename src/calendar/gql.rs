//! Working calendars in the schema.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{calendar_version, enums::CalendarKind};

use super::{
    queries,
    rules::{Day, DayKind, Hours, LocalDay, Minute, Rules, Season, YearMissing},
    service::{self, NewCalendar},
    time::TraceDay,
};
use crate::{
    api::{self, Ctx, payload},
    kernel::{Code, Error, Rejected, Result, text},
};

/// Working hours from and until, local time, `HH:MM`.
#[derive(Clone, SimpleObject, InputObject)]
#[graphql(input_name = "WorkingHoursInput")]
pub struct WorkingHours {
    /// From, such as `10:00`.
    pub from: String,
    /// Until, such as `14:00`; `24:00` is the end of the day.
    pub until: String,
}

/// Hours as shown.
pub fn shown_hours(hours: &Hours) -> Vec<WorkingHours> {
    let shown = |(from, until): &(Minute, Minute)| WorkingHours {
        from: String::from(*from),
        until: String::from(*until),
    };
    hours.iter().map(shown).collect()
}

/// What a day is in a working calendar.
#[derive(Clone, SimpleObject)]
pub struct WorkingDay {
    /// The local day.
    pub date: NaiveDate,
    /// Why it counts or does not.
    pub kind: DayKind,
    /// Name of the holiday or local day.
    pub name: Option<String>,
    /// Working hours; empty on a day off; at most 6.
    pub hours: Vec<WorkingHours>,
    /// Seconds of it that count in what is being explained; the whole day's otherwise.
    pub counted_seconds: i64,
    /// Version of the calendar that says so; 0 is the built-in one.
    pub calendar_version: i32,
}

impl WorkingDay {
    /// A day of a trace.
    pub fn traced(day: &TraceDay) -> Self {
        Self::of(day.date, &day.day, day.counted_s, day.version)
    }

    fn of(date: NaiveDate, day: &Day, counted_seconds: i64, calendar_version: i32) -> Self {
        Self {
            date,
            kind: day.kind,
            name: day.name.clone(),
            hours: shown_hours(&day.hours),
            counted_seconds,
            calendar_version,
        }
    }
}

/// A version of a working calendar.
pub struct CalendarVersion(calendar_version::Model);

/// A version of a working calendar.
#[Object]
impl CalendarVersion {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Which calendar.
    async fn kind(&self) -> CalendarKind {
        self.0.kind
    }

    /// Number, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// First day that it governs.
    async fn effective_from(&self) -> NaiveDate {
        self.0.effective_from
    }

    /// When it was published.
    async fn published_at(&self) -> DateTime<Utc> {
        self.0.published_at
    }

    /// Why the past was corrected, if it was.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Its rules, whole: publishing replaces all of them, so send these back with what changes.
    #[expect(clippy::unused_async, reason = "a resolver")]
    async fn rules(&self) -> async_graphql::Result<CalendarRules> {
        let rules: Rules = serde_json::from_value(self.0.rules.clone()).map_err(Error::internal)?;
        Ok(rules.into())
    }
}

/// The rules of a calendar.
#[derive(SimpleObject)]
pub struct CalendarRules {
    /// Whether the national holidays and make-up working days apply.
    pub national: bool,
    /// Seasons in the order of the year; at most 12.
    pub seasons: Vec<CalendarSeason>,
    /// Local days; at most 2000.
    pub days: Vec<CalendarLocalDay>,
    /// Years for which the local days are complete although the national data lacks them.
    pub years: Vec<i32>,
}

/// Weekly hours from a day of the year on.
#[derive(SimpleObject)]
pub struct CalendarSeason {
    /// First day, `MM-DD`; it lasts until the next season begins.
    pub from: String,
    /// Hours by weekday, Monday first: seven lists, empty for a day off.
    pub week: Vec<Vec<WorkingHours>>,
}

/// A local day off or local working day.
#[derive(SimpleObject)]
pub struct CalendarLocalDay {
    /// The day.
    pub date: NaiveDate,
    /// Whether it is worked.
    pub working: bool,
    /// Its name.
    pub name: String,
}

impl From<Rules> for CalendarRules {
    fn from(rules: Rules) -> Self {
        let season = |s: Season| CalendarSeason {
            from: s.from,
            week: s.week.iter().map(shown_hours).collect(),
        };
        let day = |(date, day)| match day {
            LocalDay::Off(name) => CalendarLocalDay { date, working: false, name },
            LocalDay::Working(name) => CalendarLocalDay { date, working: true, name },
        };
        Self {
            national: rules.national,
            seasons: rules.seasons.into_iter().map(season).collect(),
            days: rules.days.into_iter().map(day).collect(),
            years: rules.years.into_iter().collect(),
        }
    }
}

payload! {
    /// Answer of publishing a calendar.
    CalendarPublishPayload {
        /// The new version.
        calendar: CalendarVersion
    }
}

/// Weekly hours from a day of the year on.
#[derive(InputObject)]
pub struct SeasonInput {
    /// First day, `MM-DD`; it lasts until the next season begins.
    pub from: String,
    /// Hours by weekday, Monday first: seven lists, empty for a day off.
    pub week: Vec<Vec<WorkingHours>>,
}

/// A local day off or local working day.
#[derive(InputObject)]
pub struct LocalDayInput {
    /// The day.
    pub date: NaiveDate,
    /// Whether it is worked.
    pub working: bool,
    /// Its name: at most 200 characters.
    pub name: String,
}

/// The rules of a calendar.
#[derive(InputObject)]
pub struct CalendarRulesInput {
    /// Whether the national holidays and make-up working days apply.
    #[graphql(default = true)]
    pub national: bool,
    /// Seasons in the order of the year; 1 to 12.
    pub seasons: Vec<SeasonInput>,
    /// Local days; at most 2000. They go before the national ones.
    #[graphql(default)]
    pub days: Vec<LocalDayInput>,
    /// Years for which the local days are complete although the national data lacks them.
    #[graphql(default)]
    pub years: Vec<i32>,
}

impl CalendarRulesInput {
    fn check(self) -> Result<Rules> {
        let wrong = |wanted: String| -> Error {
            Rejected::at(Code::CalendarInvalid, "rules").with("wanted", wanted).into()
        };
        let minute = |text: &String| Minute::try_from(text.clone()).map_err(wrong);
        let hours = |day: &Vec<WorkingHours>| -> Result<Hours> {
            day.iter().map(|h| Ok((minute(&h.from)?, minute(&h.until)?))).collect()
        };
        let season = |s: SeasonInput| -> Result<Season> {
            let week: Result<Vec<Hours>> = s.week.iter().map(hours).collect();
            Ok(Season { from: s.from, week: week? })
        };
        let seasons: Result<Vec<Season>> = self.seasons.into_iter().map(season).collect();
        let mut days = BTreeMap::new();
        for day in self.days {
            text::check("rules.days.name", &day.name, text::LINE)?;
            let local =
                if day.working { LocalDay::Working(day.name) } else { LocalDay::Off(day.name) };
            if days.insert(day.date, local).is_some() {
                return Err(wrong(format!("{} stands twice", day.date)));
            }
        }
        let years: BTreeSet<i32> = self.years.into_iter().collect();
        Ok(Rules { national: self.national, seasons: seasons?, days, years })
    }
}

/// A new version of a calendar.
#[derive(InputObject)]
pub struct CalendarPublishInput {
    /// The community.
    pub community_id: ID,
    /// Which calendar.
    pub kind: CalendarKind,
    /// First day that it governs: tomorrow or later. Earlier only for administrators, with a reason.
    pub effective_from: NaiveDate,
    /// The rules.
    pub rules: CalendarRulesInput,
    /// Why the past is corrected: at most 4000 characters.
    pub reason: Option<String>,
}

impl CalendarPublishInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewCalendar> {
        Ok(NewCalendar {
            community: api::id("input.communityId", &self.community_id)?,
            kind: self.kind,
            effective_from: self.effective_from,
            rules: self.rules.check()?,
            reason: self.reason,
        })
    }
}

/// Queries of working calendars.
#[derive(Default)]
pub struct CalendarQuery;

#[Object]
impl CalendarQuery {
    /// What the days of a span of at most 400 days are. A year without data is an error with the
    /// code `CALENDAR_YEAR_MISSING`, not a guess.
    #[graphql(complexity = "100 * child_complexity")]
    async fn working_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "First day.")] from: NaiveDate,
        #[graphql(desc = "Last day.")] until: NaiveDate,
        #[graphql(desc = "Which calendar; deadlines' if not given.")] kind: Option<CalendarKind>,
    ) -> async_graphql::Result<Vec<WorkingDay>> {
        let community = api::id("communityId", &community_id)?;
        if until < from || (until - from).num_days() > 400 {
            return Err(Error::bad_input("until", "at most 400 days from `from`").into());
        }
        let kind = kind.unwrap_or(CalendarKind::Limits);
        let app = ctx.app();
        let calendar = queries::load(app, app.db.reader(), community, kind).await?;
        let days = calendar.days(from, until).map_err(YearMissing::refusal)?;
        Ok(days.iter().map(WorkingDay::traced).collect())
    }

    /// The versions of a calendar, newest first; at most 100.
    async fn calendar_versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Which calendar.")] kind: CalendarKind,
    ) -> async_graphql::Result<Vec<CalendarVersion>> {
        let community = api::id("communityId", &community_id)?;
        let rows = queries::versions(ctx.app(), community, kind).await?;
        Ok(rows.into_iter().map(CalendarVersion).collect())
    }
}

/// Mutations of working calendars.
#[derive(Default)]
pub struct CalendarMutation;

#[Object]
impl CalendarMutation {
    /// Publishes a version of a calendar; the deadlines of open requests follow. For managers; for
    /// past days, administrators with a reason. Look at `calendarPreview` first.
    async fn calendar_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version.")] input: CalendarPublishInput,
    ) -> async_graphql::Result<CalendarPublishPayload> {
        let done = async { service::publish(ctx.app(), ctx.actor(), input.check()?).await }.await;
        CalendarPublishPayload::new(ctx, done, CalendarVersion)
    }
}
