//! How incidents go up, and by when. Pure.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    enums::{Danger, IncidentKind, IncidentLevel},
    incident_limit,
};

use crate::{
    calendar::time::Calendar,
    kernel::{Code, Rejected, Result},
};

/// How long anybody has to respond who is told that somebody is in danger.
const DANGER: Duration = Duration::minutes(15);
/// Working minutes that who reported it waits for an answer at most, once there is a result.
const ANSWER_MINUTES: i32 = 8 * 60;
/// How a kind of incident goes up: the limits of a community, or the standard ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// Who is told first.
    pub starts_at: IncidentLevel,
    /// Whether minutes count at night and on days off too.
    pub around_the_clock: bool,
    /// Minutes that the block lead has to respond.
    pub block_minutes: i32,
    /// Minutes that the general lead has.
    pub general_minutes: i32,
    /// Minutes that whoever responded has to resolve it.
    pub handle_minutes: i32,
}

impl From<&incident_limit::Model> for Ladder {
    fn from(row: &incident_limit::Model) -> Self {
        Self {
            starts_at: row.starts_at,
            around_the_clock: row.around_the_clock,
            block_minutes: row.block_minutes,
            general_minutes: row.general_minutes,
            handle_minutes: row.handle_minutes,
        }
    }
}

/// What can burn or explode: it waits neither for a working hour nor for long.
fn is_urgent(kind: IncidentKind) -> bool {
    matches!(kind, IncidentKind::GasLeak | IncidentKind::FireHazard)
}

/// Most minutes to respond to what can burn or explode.
const URGENT_MINUTES: i32 = 60;

impl Ladder {
    /// Refuses limits that leave what can burn or explode lying.
    pub fn check(&self, kind: IncidentKind) -> Result<()> {
        let wrong = |path: &str, wanted: &str| {
            Err(Rejected::at(Code::InvalidValue, path).with("wanted", wanted).into())
        };
        let late = |minutes| is_urgent(kind) && minutes > URGENT_MINUTES;
        if is_urgent(kind) && !self.around_the_clock {
            return wrong("aroundTheClock", "around the clock, because it can burn or explode");
        }
        if late(self.block_minutes) {
            return wrong("blockMinutes", "5 to 60");
        }
        if late(self.general_minutes) {
            return wrong("generalMinutes", "5 to 60");
        }
        Ok(())
    }

    /// The ladder of a kind where the community has agreed nothing else: what can burn or explode goes to the
    /// general lead at once, whatever the hour; anything else has two working hours, then two more, and three
    /// working days of eight hours in the hands of whoever responded.
    pub fn standard(kind: IncidentKind) -> Self {
        if is_urgent(kind) {
            Self {
                starts_at: IncidentLevel::General,
                around_the_clock: true,
                block_minutes: 15,
                general_minutes: 15,
                handle_minutes: 240,
            }
        } else {
            Self {
                starts_at: IncidentLevel::Block,
                around_the_clock: false,
                block_minutes: 120,
                general_minutes: 120,
                handle_minutes: 3 * 8 * 60,
            }
        }
    }

    /// By when somebody at a level is to respond; none at the top, where nobody else is told.
    pub fn respond_by(
        &self,
        (level, danger): (IncidentLevel, Danger),
        from: DateTime<Utc>,
        calendar: &Calendar,
    ) -> Option<DateTime<Utc>> {
        let minutes = match level {
            IncidentLevel::Block => self.block_minutes,
            IncidentLevel::General => self.general_minutes,
            IncidentLevel::Subdistrict => return None,
        };
        let agreed = self.after(from, minutes, calendar);
        Some(if danger == Danger::None { agreed } else { agreed.min(from + DANGER) })
    }

    /// By when whoever responded is to have resolved it; what puts somebody in danger does not wait for the
    /// next working day.
    pub fn handle_by(
        &self,
        danger: Danger,
        from: DateTime<Utc>,
        calendar: &Calendar,
    ) -> DateTime<Utc> {
        let always = self.around_the_clock || danger != Danger::None;
        Self { around_the_clock: always, ..*self }.after(from, self.handle_minutes, calendar)
    }

    /// By when who reported it is to be answered, once there is a result.
    pub fn answer_by(&self, from: DateTime<Utc>, calendar: &Calendar) -> DateTime<Utc> {
        Self { around_the_clock: false, ..*self }.after(from, ANSWER_MINUTES, calendar)
    }

    fn after(&self, from: DateTime<Utc>, minutes: i32, calendar: &Calendar) -> DateTime<Utc> {
        let around = from + Duration::minutes(minutes.into());
        if self.around_the_clock {
            return around;
        }
        // Nobody waits because the notice of a year has not been published.
        calendar.add(from, i64::from(minutes) * 60).unwrap_or(around)
    }
}

/// The level at which an incident begins.
pub fn first_level(danger: Danger, ladder: &Ladder) -> IncidentLevel {
    if danger == Danger::None { ladder.starts_at } else { IncidentLevel::General }
}

/// The next level up.
pub fn above(level: IncidentLevel) -> IncidentLevel {
    match level {
        IncidentLevel::Block => IncidentLevel::General,
        IncidentLevel::General | IncidentLevel::Subdistrict => IncidentLevel::Subdistrict,
    }
}

/// The higher of two levels.
pub fn higher(a: IncidentLevel, b: IncidentLevel) -> IncidentLevel {
    let height = |level: &IncidentLevel| match level {
        IncidentLevel::Block => 0,
        IncidentLevel::General => 1,
        IncidentLevel::Subdistrict => 2,
    };
    std::cmp::max_by_key(a, b, height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danger_goes_to_the_general_lead_whatever_it_is_about() {
        let noise = Ladder::standard(IncidentKind::Noise);
        assert_eq!(first_level(Danger::None, &noise), IncidentLevel::Block);
        assert_eq!(first_level(Danger::Life, &noise), IncidentLevel::General);
        let gas = Ladder::standard(IncidentKind::GasLeak);
        assert_eq!(first_level(Danger::None, &gas), IncidentLevel::General);
    }
}
