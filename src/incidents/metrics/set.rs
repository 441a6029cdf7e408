//! What a number counts: the same predicate counts it and lists the rows behind it. Pure.

use linli_entity::enums::{AgencyOutcome, IncidentOutcome, RatingLevel};

use super::{ASKED, Facts, Part, RECEIVED, Rate, Time};
use crate::kernel::{Error, Result};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// The incidents received.
    Received,
    /// A side of a rate.
    Rate(Rate, Part),
    /// What a time is of; or that to which it may still happen.
    Time(Time, bool),
    /// Incidents with an outcome. What is left out has outcomes of its own.
    Outcome(IncidentOutcome),
    /// Tasks with an outcome.
    TaskOutcome(AgencyOutcome),
    /// Tasks that were rated so, of incidents that are closed.
    Rating(RatingLevel),
    /// Tasks that were called off, unless they were refused before.
    CalledOff,
    /// The other ones.
    Asked,
    /// Tasks done that nobody rates yet, because the incident is not closed.
    Early,
}

impl Set {
    /// The one that was named, of several that can be; without any the incidents received.
    pub fn one(named: impl IntoIterator<Item = Option<Self>>) -> Result<Self> {
        let mut named = named.into_iter().flatten();
        match (named.next(), named.next()) {
            (None, _) => Ok(Self::Received),
            (Some(set), None) => Ok(set),
            (Some(_), Some(_)) => Err(Error::bad_input("metric", "one number")),
        }
    }

    /// What it is a number of.
    pub fn facts(self) -> Facts {
        match self {
            Self::Received | Self::Outcome(_) => Facts::Incidents,
            Self::Rate(rate, _) => rate.facts(),
            Self::Time(time, _) => time.facts(),
            Self::TaskOutcome(_)
            | Self::Rating(_)
            | Self::CalledOff
            | Self::Asked
            | Self::Early => Facts::Tasks,
        }
    }

    /// What holds of it beside where and when it is of.
    pub fn predicate(self) -> String {
        match self {
            Self::Received => format!("({RECEIVED})"),
            Self::Rate(rate, Part::Denominator) => format!("({})", rate.whole()),
            Self::Rate(rate, Part::Numerator) => {
                format!("({}) AND ({})", rate.whole(), rate.part())
            }
            Self::Time(time, open) => {
                let of = if time.facts() == Facts::Incidents { RECEIVED } else { "1 = 1" };
                let (from, end) = (time.from(), time.end());
                if open {
                    format!("({of}) AND ({end}) IS NULL AND ({})", time.open())
                } else {
                    format!("({of}) AND {from} IS NOT NULL AND ({end}) IS NOT NULL")
                }
            }
            Self::Outcome(outcome) => format!("i.outcome = '{}'", outcome.code()),
            Self::TaskOutcome(outcome) => format!("t.outcome = '{}'", outcome.code()),
            Self::Rating(level) => {
                format!("({}) AND t.rating = '{}'", Rate::Satisfied.whole(), level.code())
            }
            Self::CalledOff => format!("NOT ({ASKED})"),
            Self::Asked => format!("({ASKED})"),
            Self::Early => "t.state = 'DONE' AND i.state <> 'CLOSED'".to_owned(),
        }
    }
}
