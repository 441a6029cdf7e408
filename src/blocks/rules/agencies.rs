//! What is agreed with agencies.

use linli_entity::{agency_terms, ids::PlaceId, json::Localised};

use crate::kernel::{Code, Rejected, Result};

/// Longest text of what an agency is for, in each language.
pub const LONGEST_DUTIES: usize = 1000;

/// What is agreed with an agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What it is called in for.
    pub duties: Option<Localised>,
    /// Minutes in which a task is signed for, day and night.
    pub sign_minutes: i32,
    /// Minutes in which the parties are contacted, day and night.
    pub contact_minutes: i32,
    /// Working days in which it is done.
    pub finish_days: i32,
    /// Minutes in which an emergency is done, day and night.
    pub urgent_finish_minutes: i32,
    /// Version; 0 while nothing was agreed.
    pub version: i32,
}

impl Default for Terms {
    /// Where nothing was agreed: signed for in an hour, contacted in a day, done in three working days.
    fn default() -> Self {
        Self {
            duties: None,
            sign_minutes: 60,
            contact_minutes: 1440,
            finish_days: 3,
            urgent_finish_minutes: 1440,
            version: 0,
        }
    }
}

impl From<agency_terms::Model> for Terms {
    fn from(row: agency_terms::Model) -> Self {
        Self {
            duties: row.duties,
            sign_minutes: row.sign_minutes,
            contact_minutes: row.contact_minutes,
            finish_days: row.finish_days,
            urgent_finish_minutes: row.urgent_finish_minutes,
            version: row.version,
        }
    }
}

impl Terms {
    /// Refuses limits that nobody can mean.
    pub fn check(&self) -> Result<()> {
        for (path, value, most) in [
            ("signMinutes", self.sign_minutes, 10_080),
            ("contactMinutes", self.contact_minutes, 43_200),
            ("urgentFinishMinutes", self.urgent_finish_minutes, 43_200),
        ] {
            bounded(path, value, 5, most)?;
        }
        bounded("finishDays", self.finish_days, 1, 90)
    }

    /// The row of an agency.
    pub fn row(self, agency: PlaceId, now: chrono::DateTime<chrono::Utc>) -> agency_terms::Model {
        agency_terms::Model {
            place_id: agency,
            duties: self.duties,
            sign_minutes: self.sign_minutes,
            contact_minutes: self.contact_minutes,
            finish_days: self.finish_days,
            urgent_finish_minutes: self.urgent_finish_minutes,
            changed_at: now,
            version: self.version,
        }
    }
}

fn bounded(path: &str, value: i32, least: i32, most: i32) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let wanted = format!("{least} to {most}");
    Err(Rejected::at(Code::InvalidValue, path).with("wanted", wanted).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_an_hour_a_day_and_three_days() {
        let terms = Terms::default();
        assert!(terms.check().is_ok());
        assert_eq!((terms.sign_minutes, terms.contact_minutes, terms.finish_days), (60, 1440, 3));
        assert!(Terms { sign_minutes: 0, ..Terms::default() }.check().is_err());
        assert!(Terms { finish_days: 91, ..Terms::default() }.check().is_err());
    }
}
