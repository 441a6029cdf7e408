//! The definitions of the numbers of incidents, once. Pure.
//!
//! A rate counts rows of one kind of fact: incidents that came in in a period, tasks that agencies were asked
//! to do in it, or joint responses that were opened in it, each as it stands when it is counted. Both
//! predicates are SQL that both engines read the same, of an incident `i`, a task `t` or a joint response
//! `j`; `$3` is the moment of counting, `$4` the moment behind which nothing can be reopened any more. The
//! numerator is always a part of the denominator. A change of a definition makes a new version.

use chrono::{DateTime, Utc};

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

/// What is no longer wanted is owed by nobody.
macro_rules! wanted {
    () => {
        "t.state <> 'CALLED_OFF'"
    };
}

/// Whether a limit of a task is met or has passed. Of whoever refused it is owed only until then.
macro_rules! due {
    ($done:literal, $limit:literal) => {
        concat!(
            $done,
            " IS NOT NULL OR ",
            $limit,
            " <= CASE WHEN t.state IN ('REFUSED', 'MOVED') THEN t.refused_at ELSE $3 END"
        )
    };
}

/// Whether a limit of a task is missed by now.
macro_rules! missed {
    ($done:literal, $limit:literal) => {
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
}

/// Tasks of a joint response that the incident waits for, or waited for.
macro_rules! owed {
    () => {
        concat!(
            "SELECT 1 FROM agency_task t WHERE t.incident_id = j.incident_id AND t.joint_id = j.id ",
            "AND t.mandatory AND ",
            wanted!()
        )
    };
}

macro_rules! some_missed {
    () => {
        concat!(
            "EXISTS (",
            owed!(),
            " AND (",
            missed!("t.signed_at", "t.sign_due_at"),
            " OR ",
            missed!("t.contacted_at", "t.contact_due_at"),
            " OR ",
            missed!("CASE WHEN t.state = 'DONE' THEN t.ended_at END", "t.finish_due_at"),
            "))"
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
    /// Incidents that are the same as another one / all that came in. They are in no other number.
    ExcludedMerged = "incident.excluded.merged" of Incidents {
        part "i.merged_into IS NOT NULL", of "1 = 1"
    }
    /// Incidents that are not in this community, or not for it to handle / all that came in. They are in no
    /// other number.
    ExcludedNotOurs = "incident.excluded.not_ours" of Incidents {
        part "i.outcome = 'NOT_OURS'", of "1 = 1"
    }
    /// Incidents that are about a person, which is for mediation / all that came in. They are in no other
    /// number.
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
    /// those that went up or to agencies. What began with the general lead is in neither.
    AtBlock = "incident.at_block" of Incidents {
        part "i.resolved_at IS NOT NULL AND i.escalated_at IS NULL AND i.joint_at IS NULL",
        of base!(
            "(i.level = 'BLOCK' OR i.escalated_at IS NOT NULL) AND (i.resolved_at IS NOT NULL OR i.escalated_at IS NOT NULL OR i.joint_at IS NOT NULL)"
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
    /// Incidents that were taken up again / those that were closed and were taken up again, or cannot be any
    /// more because their 30 days have passed. Each counts once.
    Reopened = "incident.reopened" of Incidents {
        part "i.reopened > 0",
        of base!("i.first_closed_at IS NOT NULL AND (i.reopened > 0 OR i.first_closed_at <= $4)")
    }
    /// Joint responses in which every mandatory task met its limits / those that ended, and those that are
    /// late. One in which nothing was owed is in neither.
    JointOnTime = "joint.on_time" of Joints {
        part concat!("NOT ", some_missed!()),
        of concat!("EXISTS (", owed!(), ") AND (j.ended_at IS NOT NULL OR ", some_missed!(), ")")
    }
    /// 签收及时率: tasks signed for within the limit / those signed for, and those whose limit has passed.
    SignedOnTime = "agency.sign.on_time" of Tasks {
        part "t.signed_at <= t.sign_due_at",
        of concat!(wanted!(), " AND (", due!("t.signed_at", "t.sign_due_at"), ")")
    }
    /// 到场及时率: tasks in which contact was made within the limit / those in which it was made, and those
    /// whose limit has passed.
    ContactedOnTime = "agency.contact.on_time" of Tasks {
        part "t.contacted_at <= t.contact_due_at",
        of concat!(wanted!(), " AND (", due!("t.contacted_at", "t.contact_due_at"), ")")
    }
    /// 办结及时率: tasks finished within the limit / those finished, and those whose limit has passed.
    FinishedOnTime = "agency.finish.on_time" of Tasks {
        part "t.state = 'DONE' AND t.ended_at <= t.finish_due_at",
        of concat!(
            wanted!(),
            " AND (",
            due!("CASE WHEN t.state = 'DONE' THEN t.ended_at END", "t.finish_due_at"),
            ")"
        )
    }
    /// Tasks that the agency refused / tasks asked, without those that were called off.
    Refused = "agency.refused" of Tasks {
        part "t.refused_at IS NOT NULL", of wanted!()
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

macro_rules! times {
    ($($(#[$doc:meta])* $name:ident = $id:literal { end $end:literal, open $open:literal })*) => {
        /// How far an incident came: a number of minutes by the clock on the wall, from when it came in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        #[graphql(name = "IncidentTime")]
        pub enum Time { $($(#[$doc])* $name),* }

        impl Time {
            /// Every time.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Stable id.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// The column of its end.
            pub fn end(self) -> &'static str {
                match self { $(Self::$name => $end),* }
            }

            /// To which incidents it may still happen, of those to which it has not.
            pub fn open(self) -> &'static str {
                match self { $(Self::$name => $open),* }
            }
        }
    };
}

times! {
    /// To the first response of a human.
    ToResponse = "incident.minutes.response" {
        end "i.responded_at", open "i.resolved_at IS NULL"
    }
    /// To when it first went up.
    ToEscalation = "incident.minutes.escalation" {
        end "i.escalated_at", open "i.level = 'BLOCK' AND i.state IN ('RECEIVED', 'HANDLING')"
    }
    /// To the result that stands.
    ToResolution = "incident.minutes.resolution" {
        end "i.resolved_at", open "1 = 1"
    }
    /// To the answer to who reported it.
    ToAnswer = "incident.minutes.answer" {
        end "i.answered_at", open "i.closed_at IS NULL"
    }
    /// To its end.
    ToClose = "incident.minutes.close" {
        end "i.closed_at", open "1 = 1"
    }
}

/// What counts among the incidents of a period at all.
pub const RECEIVED: &str = base!();

/// Every definition's version.
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
