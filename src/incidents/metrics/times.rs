//! How long the steps of incidents and of tasks of agencies took. Pure.

use super::Facts;

macro_rules! times {
    ($($(#[$doc:meta])* $name:ident = $id:literal of $facts:ident {
        from $from:literal, end $end:literal, open $open:literal
    })*) => {
        /// How long a step took: a number of minutes by the clock on the wall.
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

            /// Of what it is a time.
            pub fn facts(self) -> Facts {
                match self { $(Self::$name => Facts::$facts),* }
            }

            /// When it begins.
            pub fn from(self) -> &'static str {
                match self { $(Self::$name => $from),* }
            }

            /// When it ends.
            pub fn end(self) -> &'static str {
                match self { $(Self::$name => $end),* }
            }

            /// To what it may still happen, of that to which it has not.
            pub fn open(self) -> &'static str {
                match self { $(Self::$name => $open),* }
            }
        }
    };
}

times! {
    /// From when an incident came in to the first response of a human.
    ToResponse = "incident.minutes.response" of Incidents {
        from "i.received_at", end "i.responded_at", open "i.resolved_at IS NULL"
    }
    /// From when an incident came in to when it first went up.
    ToEscalation = "incident.minutes.escalation" of Incidents {
        from "i.received_at", end "i.escalated_at",
        open "i.state = 'RECEIVED' OR i.state = 'HANDLING' AND i.level = 'BLOCK'"
    }
    /// From when an incident came in to when agencies were first called.
    ToJoint = "incident.minutes.joint" of Incidents {
        from "i.received_at", end "i.joint_at", open "i.state IN ('RECEIVED', 'HANDLING', 'ESCALATED')"
    }
    /// From when an incident came in to the result that stands.
    ToResolution = "incident.minutes.resolution" of Incidents {
        from "i.received_at", end "i.resolved_at", open "1 = 1"
    }
    /// From when an incident came in to the answer to who reported it.
    ToAnswer = "incident.minutes.answer" of Incidents {
        from "i.received_at", end "i.answered_at", open "i.closed_at IS NULL"
    }
    /// From when an incident came in to its end.
    ToClose = "incident.minutes.close" of Incidents {
        from "i.received_at", end "i.closed_at", open "1 = 1"
    }
    /// This step alone: from the first response of a human to the result that stands.
    ResponseToResolution = "incident.minutes.response_to_resolution" of Incidents {
        from "i.responded_at", end "i.resolved_at", open "i.responded_at IS NOT NULL"
    }
    /// This step alone: from the result that stands to the end, when who reported it was answered too.
    ResolutionToClose = "incident.minutes.resolution_to_close" of Incidents {
        from "i.resolved_at", end "i.closed_at", open "i.resolved_at IS NOT NULL"
    }
    /// From when an agency was asked to when it signed.
    ToSign = "agency.minutes.sign" of Tasks {
        from "t.asked_at", end "t.signed_at", open "t.state = 'ASKED'"
    }
    /// From when an agency was asked to when it made contact.
    ToContact = "agency.minutes.contact" of Tasks {
        from "t.asked_at", end "t.contacted_at", open "t.state IN ('ASKED', 'SIGNED')"
    }
    /// From when an agency was asked to when its task was done.
    ToFinish = "agency.minutes.finish" of Tasks {
        from "t.asked_at", end "CASE WHEN t.state = 'DONE' THEN t.ended_at END",
        open "t.state IN ('ASKED', 'SIGNED', 'CONTACTED')"
    }
}

impl Time {
    /// The times of facts.
    pub fn of(facts: Facts) -> impl Iterator<Item = Self> + Clone {
        Self::ALL.iter().copied().filter(move |t| t.facts() == facts)
    }
}
