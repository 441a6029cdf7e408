//! The definitions of the numbers of incidents, once. Pure.
//!
//! A rate counts rows of one kind of fact: incidents that came in in a period, tasks that agencies were asked
//! to do in it, or joint responses that were opened in it, each as it stands when it is counted. Both
//! predicates are SQL that both engines read the same, of an incident `i`, a task `t` or a joint response
//! `j`; `$3` is the moment of counting, `$4` the moment behind which nothing can be reopened any more. The
//! numerator is always a part of the denominator. A change of a definition makes a new version.

mod set;
mod times;

use chrono::{DateTime, Utc};
use linli_entity::enums::IncidentOutcome;

pub use set::Set;
pub use times::Time;

/// What a rate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facts {
    /// Incidents that came in in the period.
    Incidents,
    /// Tasks that agencies were asked to do in the period.
    Tasks,
    /// Joint responses that were opened in the period.
    Joints,
}

macro_rules! base {
    () => {
        "i.merged_into IS NULL AND (i.outcome IS NULL OR i.outcome NOT IN ('NOT_OURS', 'ABOUT_A_PERSON'))"
    };
    ($and:literal) => {
        concat!(base!(), " AND (", $and, ")")
    };
}

/// What an agency owes. What was called off is owed by nobody, unless they had refused it before.
macro_rules! asked {
    () => {
        "t.state <> 'CALLED_OFF' OR t.refused_at IS NOT NULL"
    };
}

macro_rules! finished {
    () => {
        "CASE WHEN t.state = 'DONE' THEN t.ended_at END"
    };
}

/// Whether a limit of a task is met or has passed, as long as it was owed: until it was refused or called off.
macro_rules! due {
    ($done:expr, $limit:expr) => {
        concat!($done, " IS NOT NULL OR ", $limit, " <= COALESCE(t.refused_at, t.ended_at, $3)")
    };
}

/// Whether a limit of a task is missed by now.
macro_rules! missed {
    ($done:expr, $limit:expr) => {
        concat!(
            "((",
            due!($done, $limit),
            ") AND (",
            $done,
            " IS NULL OR ",
            $done,
            " > ",
            $limit,
            "))"
        )
    };
    (SIGN) => {
        missed!("t.signed_at", "t.sign_due_at")
    };
    (CONTACT) => {
        missed!("t.contacted_at", "t.contact_due_at")
    };
    (FINISH) => {
        missed!(finished!(), "t.finish_due_at")
    };
    (ANY) => {
        concat!(missed!(SIGN), " OR ", missed!(CONTACT), " OR ", missed!(FINISH))
    };
}

/// Whether a joint response has a task of some sort that the incident waits for, or waited for.
macro_rules! some {
    ($and:expr) => {
        concat!(
            "EXISTS (SELECT 1 FROM agency_task t WHERE t.incident_id = j.incident_id ",
            "AND t.joint_id = j.id AND t.mandatory AND (",
            $and,
            "))"
        )
    };
}

/// Joint responses that ended and in which something was owed, and those that are late.
macro_rules! judged {
    ($missed:expr) => {
        concat!(
            "j.ended_at IS NOT NULL AND ",
            some!("t.state <> 'CALLED_OFF'"),
            " OR ",
            some!($missed)
        )
    };
}

macro_rules! rates {
    ($($(#[$doc:meta])* $name:ident = $id:literal of $facts:ident {
        part $part:expr, of $whole:expr
    })*) => {
        /// A rate of incidents, of tasks of agencies or of joint responses.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        #[graphql(name = "IncidentMetric")]
        pub enum Rate { $($(#[$doc])* $name),* }

        impl Rate {
            /// Every rate.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Stable id.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// What it counts.
            pub fn facts(self) -> Facts {
                match self { $(Self::$name => Facts::$facts),* }
            }

            /// What counts above the line: a predicate, to be taken together with [`Rate::whole`].
            pub fn part(self) -> &'static str {
                match self { $(Self::$name => $part),* }
            }

            /// What counts below the line.
            pub fn whole(self) -> &'static str {
                match self { $(Self::$name => $whole),* }
            }
        }
    };
}

rates! {
    /// Incidents that are the same as another one / all that came in. They are in no other number of
    /// incidents.
    ExcludedMerged = "incident.excluded.merged" of Incidents {
        part "i.merged_into IS NOT NULL", of "1 = 1"
    }
    /// Incidents that are not in this community, or not for it to handle / all that came in. They are in no
    /// other number of incidents.
    ExcludedNotOurs = "incident.excluded.not_ours" of Incidents {
        part "i.outcome = 'NOT_OURS'", of "1 = 1"
    }
    /// Incidents that are about a person, which is for mediation / all that came in. They are in no other
    /// number of incidents.
    ExcludedAboutAPerson = "incident.excluded.about_a_person" of Incidents {
        part "i.outcome = 'ABOUT_A_PERSON'", of "1 = 1"
    }
    /// Incidents with a result / received.
    Resolved = "incident.resolved" of Incidents {
        part "i.resolved_at IS NOT NULL", of base!()
    }
    /// Incidents with a result whose reporters were answered / received.
    Closed = "incident.closed" of Incidents {
        part "i.closed_at IS NOT NULL", of base!()
    }
    /// 街区内解决率: incidents with a result that never went up nor to agencies / those with a result, and
    /// those that went up or to agencies. What began with the general lead is in neither; what was routed to a
    /// block before it went up began there.
    AtBlock = "incident.at_block" of Incidents {
        part "i.resolved_at IS NOT NULL AND i.escalated_at IS NULL AND i.joint_at IS NULL",
        of base!(
            "i.first_level = 'BLOCK' AND (i.resolved_at IS NOT NULL OR i.escalated_at IS NOT NULL OR i.joint_at IS NOT NULL)"
        )
    }
    /// Incidents that went up / received.
    Escalated = "incident.escalated" of Incidents {
        part "i.escalated_at IS NOT NULL", of base!()
    }
    /// Incidents to which agencies were called / received.
    Joint = "incident.joint" of Incidents {
        part "i.joint_at IS NOT NULL", of base!()
    }
    /// Incidents that were taken up again after they were first closed / those that were first closed 30 days
    /// ago, or earlier. Each counts once; what was taken up again before it was closed is not in it.
    Reopened = "incident.reopened" of Incidents {
        part "i.closed_at IS NULL OR i.closed_at > i.first_closed_at",
        of base!("i.first_closed_at <= $4")
    }
    /// Joint responses in which every mandatory task met its limits / those that ended, and those that are
    /// late. One in which nothing was owed, and nothing was late, is in neither.
    JointOnTime = "joint.on_time" of Joints {
        part concat!("NOT ", some!(missed!(ANY))), of judged!(missed!(ANY))
    }
    /// As `JOINT_ON_TIME`, of signing alone: joint responses in which every mandatory task was signed for
    /// in time.
    JointSignedOnTime = "joint.sign.on_time" of Joints {
        part concat!("NOT ", some!(missed!(SIGN))), of judged!(missed!(SIGN))
    }
    /// As `JOINT_ON_TIME`, of contact alone: joint responses in which contact was made in time in every
    /// mandatory task.
    JointContactedOnTime = "joint.contact.on_time" of Joints {
        part concat!("NOT ", some!(missed!(CONTACT))), of judged!(missed!(CONTACT))
    }
    /// As `JOINT_ON_TIME`, of the outcome alone: joint responses in which every mandatory task was finished
    /// in time.
    JointFinishedOnTime = "joint.finish.on_time" of Joints {
        part concat!("NOT ", some!(missed!(FINISH))), of judged!(missed!(FINISH))
    }
    /// 签收及时率: tasks signed for within the limit / those signed for, and those whose limit has passed, or
    /// had passed when they were refused or called off.
    SignedOnTime = "agency.sign.on_time" of Tasks {
        part "t.signed_at <= t.sign_due_at", of due!("t.signed_at", "t.sign_due_at")
    }
    /// 到场及时率: tasks in which contact was made within the limit / those in which it was made, and those
    /// whose limit has passed, or had passed when they were refused or called off.
    ContactedOnTime = "agency.contact.on_time" of Tasks {
        part "t.contacted_at <= t.contact_due_at", of due!("t.contacted_at", "t.contact_due_at")
    }
    /// 办结及时率: tasks finished within the limit / those finished, and those whose limit has passed, or had
    /// passed when they were refused or called off.
    FinishedOnTime = "agency.finish.on_time" of Tasks {
        part "t.state = 'DONE' AND t.ended_at <= t.finish_due_at", of due!(finished!(), "t.finish_due_at")
    }
    /// Tasks that the agency refused, also if they were called off then / tasks asked, without those that
    /// were called off and not refused.
    Refused = "agency.refused" of Tasks {
        part "t.refused_at IS NOT NULL", of ASKED
    }
    /// Tasks that were rated / tasks done, of incidents that are closed.
    RatingCoverage = "agency.rating.coverage" of Tasks {
        part "t.rating IS NOT NULL", of "t.state = 'DONE' AND i.state = 'CLOSED'"
    }
    /// Tasks with one of the three good ratings / those rated, of incidents that are closed.
    Satisfied = "agency.satisfied" of Tasks {
        part "t.rating IN ('VERY_SATISFIED', 'SATISFIED', 'BASICALLY_SATISFIED')",
        of "t.state = 'DONE' AND i.state = 'CLOSED' AND t.rating IS NOT NULL"
    }
}

impl Rate {
    /// Whether it tells what somebody thinks of an agency.
    pub fn is_opinion(self) -> bool {
        matches!(self, Self::RatingCoverage | Self::Satisfied)
    }

    /// The rates of facts, opinions apart.
    pub fn of(facts: Facts, opinions: bool) -> impl Iterator<Item = Self> + Clone {
        Self::ALL.iter().copied().filter(move |r| r.facts() == facts && r.is_opinion() == opinions)
    }
}

/// What counts among the incidents of a period at all.
pub const RECEIVED: &str = base!();

/// What counts among the tasks of a period at all.
pub const ASKED: &str = asked!();

/// What can come of an incident that counts; the other outcomes are those that are left out.
pub const OUTCOMES: [IncidentOutcome; 4] = [
    IncidentOutcome::Fixed,
    IncidentOutcome::PartlyFixed,
    IncidentOutcome::NotFixed,
    IncidentOutcome::NotFound,
];

/// Every definition's version. What is released is kept by it, and by the place of a number among the others:
/// another order makes a new version too.
pub const VERSION: i32 = 1;

/// Which part of a rate's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "IncidentMetricPart")]
pub enum Part {
    /// Those that count above the line.
    Numerator,
    /// All of those below the line.
    #[default]
    Denominator,
}

/// What a table is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "IncidentDimension")]
pub enum Dimension {
    /// By what it is about.
    Kind,
    /// By block; those whose block is not known yet stand apart.
    Block,
    /// By agency: their tasks alone.
    Agency,
}

/// Whole minutes between two instants, none of them negative.
pub fn minutes(from: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
    (until - from).num_minutes().max(0)
}

/// The smallest value whose rank is at least so many percent of all (nearest rank); none of nothing.
pub fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<&str> = Rate::ALL.iter().map(|r| r.id()).collect();
        ids.extend(Time::ALL.iter().map(|t| t.id()));
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }

    #[test]
    fn percentiles_are_nearest_rank() {
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[7], 90), Some(7));
        assert_eq!(percentile(&[1, 2, 3, 4], 50), Some(2));
        assert_eq!(percentile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90), Some(9));
    }
}
