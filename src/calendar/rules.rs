//! The data of a calendar: seasonal weekly hours with breaks, national holidays and make-up
//! working days (调休), local days. Pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::kernel::{Code, Error, Rejected};

/// A time of day in minutes, written `HH:MM`; `24:00` is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Minute(pub u16);

impl TryFrom<String> for Minute {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a time such as 09:30");
        let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
        if hour.len() != 2 || minute.len() != 2 {
            return Err(wrong());
        }
        let hour: u16 = hour.parse().map_err(|_| wrong())?;
        let minute: u16 = minute.parse().map_err(|_| wrong())?;
        if minute > 59 || hour * 60 + minute > 1440 {
            return Err(wrong());
        }
        Ok(Self(hour * 60 + minute))
    }
}

impl From<Minute> for String {
    fn from(Minute(minutes): Minute) -> Self {
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// Opening hours of one day: pairs of from and until, ascending, not touching.
pub type Hours = Vec<(Minute, Minute)>;

/// Weekly hours from a day of the year on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Season {
    /// First day, `MM-DD`; it lasts until the next season begins.
    pub from: String,
    /// Hours by weekday, Monday first; seven entries.
    pub week: Vec<Hours>,
}

/// What a local day is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocalDay {
    /// A day off; holds its name.
    Off(String),
    /// A working day whatever the week says; holds its name.
    Working(String),
}

/// One version of a calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Whether the national holidays and make-up days apply.
    pub national: bool,
    /// Seasons, in the order of the year.
    pub seasons: Vec<Season>,
    /// Local days; they go before the national ones.
    #[serde(default)]
    pub days: BTreeMap<NaiveDate, LocalDay>,
    /// Years for which the local days are complete although the national data does not have them.
    #[serde(default)]
    pub years: BTreeSet<i32>,
}

/// Why a day counts or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
pub enum DayKind {
    /// A working day of the week.
    Working,
    /// A day off of the week.
    Weekend,
    /// A national holiday.
    Holiday,
    /// A weekend that is worked to make up for a holiday (调休).
    MakeUp,
    /// A local day off.
    LocalOff,
    /// A local working day.
    LocalWorking,
}

/// What one day is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Why.
    pub kind: DayKind,
    /// Name of the holiday or local day.
    pub name: Option<String>,
    /// Working hours; empty on a day off.
    pub hours: Hours,
}

/// The calendar has no data for this year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearMissing(pub i32);

impl YearMissing {
    /// The refusal that names the year, for who cannot go on without it.
    pub fn refusal(self) -> Error {
        Rejected::new(Code::CalendarYearMissing).with("year", self.0).into()
    }
}

#[derive(Deserialize)]
struct NationalData {
    years: BTreeSet<i32>,
    off: Vec<Span>,
    make_up: BTreeSet<NaiveDate>,
}

#[derive(Deserialize)]
struct Span {
    name: String,
    from: NaiveDate,
    until: NaiveDate,
}

struct National {
    years: BTreeSet<i32>,
    off: BTreeMap<NaiveDate, String>,
    make_up: BTreeSet<NaiveDate>,
}

/// The State Council's arrangements, as published.
#[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
static NATIONAL: LazyLock<National> = LazyLock::new(|| {
    let data: NationalData =
        serde_json::from_str(include_str!("national.json")).expect("national.json is valid");
    let off = data
        .off
        .iter()
        .flat_map(|s| s.from.iter_days().take_while(|d| *d <= s.until).map(|d| (d, s.name.clone())))
        .collect();
    National { years: data.years, off, make_up: data.make_up }
});

impl Rules {
    /// Five days a week; summer 10:00–14:00 and 16:00–20:00 from 1 May, winter 10:00–14:00 and
    /// 15:30–19:30 from 1 October (the regional notice, in Beijing time); national holidays.
    pub fn standard() -> Self {
        let week = |afternoon: (u16, u16)| {
            let hours =
                vec![(Minute(600), Minute(840)), (Minute(afternoon.0), Minute(afternoon.1))];
            (0..7).map(|d| if d < 5 { hours.clone() } else { Vec::new() }).collect()
        };
        Self {
            national: true,
            seasons: vec![
                Season { from: "05-01".to_owned(), week: week((960, 1200)) },
                Season { from: "10-01".to_owned(), week: week((930, 1170)) },
            ],
            days: BTreeMap::new(),
            years: BTreeSet::new(),
        }
    }

    /// What is wrong with these rules, if anything.
    pub fn problem(&self) -> Option<String> {
        if self.seasons.is_empty() || self.seasons.len() > 12 {
            return Some("1 to 12 seasons".to_owned());
        }
        if self.days.len() > 2000 || self.years.len() > 100 {
            return Some("at most 2000 local days and 100 years".to_owned());
        }
        let starts: Vec<_> = self.seasons.iter().map(|s| month_day(&s.from)).collect();
        if starts.iter().any(Option::is_none) || !starts.is_sorted_by(|a, b| a < b) {
            return Some("seasons begin on ascending days MM-DD".to_owned());
        }
        let hours_fine = |hours: &Hours| {
            hours.len() <= 6
                && hours.iter().all(|(from, until)| from < until)
                && hours.is_sorted_by(|a, b| a.1 < b.0)
        };
        if self.seasons.iter().any(|s| s.week.len() != 7 || !s.week.iter().all(hours_fine)) {
            return Some("seven days of ascending hours that do not touch".to_owned());
        }
        if self.seasons.iter().any(|s| s.week.iter().all(Vec::is_empty)) {
            return Some("every season works on some day of the week".to_owned());
        }
        None
    }

    /// Whether there is data for `year`.
    pub fn knows(&self, year: i32) -> bool {
        self.years.contains(&year) || (self.national && NATIONAL.years.contains(&year))
    }

    /// What `date` is.
    pub fn day(&self, date: NaiveDate) -> Result<Day, YearMissing> {
        if !self.knows(date.year()) {
            return Err(YearMissing(date.year()));
        }
        let of_week = self.hours_of(date, date.weekday());
        Ok(match self.days.get(&date) {
            Some(LocalDay::Off(name)) => off(DayKind::LocalOff, Some(name)),
            Some(LocalDay::Working(name)) => {
                self.worked(date, DayKind::LocalWorking, Some(name.clone()))
            }
            None if self.national && NATIONAL.make_up.contains(&date) => {
                self.worked(date, DayKind::MakeUp, None)
            }
            None => match NATIONAL.off.get(&date).filter(|_| self.national) {
                Some(name) => off(DayKind::Holiday, Some(name)),
                None if of_week.is_empty() => off(DayKind::Weekend, None),
                None => Day { kind: DayKind::Working, name: None, hours: of_week },
            },
        })
    }

    /// A day that is worked although the week may not say so: with its own hours where it has
    /// some, else Monday's.
    fn worked(&self, date: NaiveDate, kind: DayKind, name: Option<String>) -> Day {
        let own = self.hours_of(date, date.weekday());
        let hours = if own.is_empty() { self.hours_of(date, Weekday::Mon) } else { own };
        Day { kind, name, hours }
    }

    fn hours_of(&self, date: NaiveDate, weekday: Weekday) -> Hours {
        let today = (date.month(), date.day());
        let season = self
            .seasons
            .iter()
            .rev()
            .find(|s| month_day(&s.from).is_some_and(|from| from <= today))
            .or(self.seasons.last());
        season
            .and_then(|s| s.week.get(weekday.num_days_from_monday() as usize))
            .cloned()
            .unwrap_or_default()
    }
}

fn off(kind: DayKind, name: Option<&String>) -> Day {
    Day { kind, name: name.cloned(), hours: Vec::new() }
}

/// `MM-DD` as month and day; 29 February is not a day of every year.
fn month_day(text: &str) -> Option<(u32, u32)> {
    let (month, day) = text.split_once('-')?;
    if month.len() != 2 || day.len() != 2 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(2025, month.parse().ok()?, day.parse().ok()?)?;
    Some((date.month(), date.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Rules::standard().day(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_national_arrangements_are_as_published() {
        assert_eq!(day("2024-02-04").kind, DayKind::MakeUp);
        assert_eq!(day("2024-02-09").kind, DayKind::Working);
        assert_eq!(day("2025-01-26").kind, DayKind::MakeUp);
        assert_eq!(day("2025-01-28").name.as_deref(), Some("春节"));
        assert_eq!(day("2025-10-08").kind, DayKind::Holiday);
        assert_eq!(day("2026-02-23").kind, DayKind::Holiday);
        assert_eq!(day("2026-02-28").kind, DayKind::MakeUp);
        assert_eq!(day("2026-10-10").kind, DayKind::MakeUp);
        assert_eq!(day("2026-11-24").kind, DayKind::Working);
        // Every make-up day is a weekend, every year has 7 or 8 kinds of leave.
        assert!(NATIONAL.make_up.iter().all(|d| d.weekday().number_from_monday() > 5));
    }

    #[test]
    fn hours_switch_with_the_season_on_its_first_day() {
        let afternoon = |text: &str| day(text).hours[1].0.0;
        assert_eq!(afternoon("2025-04-30"), 930);
        assert_eq!(afternoon("2025-05-06"), 960);
        assert_eq!(afternoon("2025-09-30"), 960);
        assert_eq!(afternoon("2025-10-09"), 930);
        assert_eq!(afternoon("2025-01-02"), 930);
    }

    #[test]
    fn local_days_go_before_national_ones() {
        let mut rules = Rules::standard();
        let date: NaiveDate = "2025-06-06".parse().unwrap();
        rules.days.insert(date, LocalDay::Off("古尔邦节".to_owned()));
        let holiday: NaiveDate = "2025-10-01".parse().unwrap();
        rules.days.insert(holiday, LocalDay::Working("值守".to_owned()));
        assert_eq!(rules.day(date).unwrap().kind, DayKind::LocalOff);
        assert_eq!(rules.day(holiday).unwrap().kind, DayKind::LocalWorking);
    }

    #[test]
    fn a_year_without_data_is_reported() {
        let date: NaiveDate = "2031-01-05".parse().unwrap();
        assert_eq!(Rules::standard().day(date), Err(YearMissing(2031)));
        let mut rules = Rules::standard();
        rules.years.insert(2031);
        assert_eq!(rules.day(date).unwrap().kind, DayKind::Weekend);
    }

    #[test]
    fn contradictory_rules_are_refused() {
        assert_eq!(Rules::standard().problem(), None);
        let mut rules = Rules::standard();
        rules.seasons[0].week[0] = vec![(Minute(600), Minute(840)), (Minute(840), Minute(900))];
        assert!(rules.problem().is_some());
        let mut rules = Rules::standard();
        rules.seasons.reverse();
        assert!(rules.problem().is_some());
        assert!(Minute::try_from("24:01".to_owned()).is_err());
        assert!(Minute::try_from("9:30".to_owned()).is_err());
    }
}
