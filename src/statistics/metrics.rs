//! The definitions of the metrics, once. Pure.
//!
//! A rate is a pair of predicates over the fact rows, written in SQL that both engines read the
//! same. `$1` and `$2` are the period, `$3` is `asOf`, `$4` is 24 hours before it. The numerator is
//! always a part of the denominator. A change of a definition makes a new version.

/// Which facts a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facts {
    /// Requests submitted in the period.
    Requests,
    /// Results given in the period.
    Closures,
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident = $id:literal v $version:literal of $facts:ident {
        part $numerator:expr, of $denominator:expr
    })*) => {
        /// A rate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        #[graphql(name = "RateMetric")]
        pub enum Rate { $($(#[$doc])* $name),* }

        impl Rate {
            /// Every rate.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Stable id.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// Version of the definition.
            pub fn version(self) -> i32 {
                match self { $(Self::$name => $version),* }
            }

            /// What is counted.
            pub fn facts(self) -> Facts {
                match self { $(Self::$name => Facts::$facts),* }
            }

            /// Predicate of the numerator, to be taken together with the denominator's.
            pub fn numerator(self) -> &'static str {
                match self { $(Self::$name => $numerator),* }
            }

            /// Predicate of the denominator.
            pub fn denominator(self) -> &'static str {
                match self { $(Self::$name => $denominator),* }
            }
        }
    };
}

/// Done, strictly: a result stands, and it is one of those that end a matter.
const DONE: &str = "f.resolved_at IS NOT NULL AND f.outcome IN ('FULFILLED', 'PARTLY', 'REFUSED', 'REFERRED', 'IMPORTED')";

macro_rules! done_or {
    ($or:literal) => {
        concat!(
            "f.exclusion IS NULL AND (f.resolved_at IS NOT NULL AND f.outcome IN ('FULFILLED', ",
            "'PARTLY', 'REFUSED', 'REFERRED', 'IMPORTED') OR ",
            $or,
            ")"
        )
    };
}

macro_rules! done_and {
    ($and:literal) => {
        concat!(
            "f.resolved_at IS NOT NULL AND f.outcome IN ('FULFILLED', 'PARTLY', 'REFUSED', ",
            "'REFERRED', 'IMPORTED') AND ",
            $and
        )
    };
}

metrics! {
    /// 办结率 of those submitted in the period: done by `asOf` / submitted. Fresh requests drag it
    /// down; see `COMPLETION_MATURED`. UNREACHABLE is not done. Reopened is not done.
    CompletionCohort = "request.completion.cohort" v 1 of Requests {
        part DONE, of "f.exclusion IS NULL"
    }
    /// 办结率 of those whose time has come: done / (done or due by `asOf`).
    CompletionMatured = "request.completion.matured" v 1 of Requests {
        part DONE, of done_or!("f.due_at <= $3")
    }
    /// 按时办结率: done by the effective deadline / (done or due), of those that have one. Equality
    /// is on time; open overdue requests count against.
    OnTime = "request.on_time" v 1 of Requests {
        part done_and!("f.resolved_at <= f.due_at"),
        of concat!("f.due_at IS NOT NULL AND ", done_or!("f.due_at <= $3"))
    }
    /// The same against the deadline without extensions.
    OnTimeOriginal = "request.on_time.original" v 1 of Requests {
        part done_and!("f.resolved_at <= f.original_due_at"),
        of concat!("f.original_due_at IS NOT NULL AND ", done_or!("f.original_due_at <= $3"))
    }
    /// 响应率: first message of a human within the limit / (answered or limit passed). Imported
    /// requests do not tell.
    Response = "request.response" v 1 of Requests {
        part "f.first_response_at <= f.response_due_at",
        of "f.exclusion IS NULL AND NOT f.imported AND f.response_due_at IS NOT NULL AND (f.first_response_at IS NOT NULL OR f.response_due_at <= $3)"
    }
    /// First message of a human within 24 hours of wall-clock time / (answered or 24 hours passed).
    Response24H = "request.response.24h" v 1 of Requests {
        part "f.response_s <= 86400",
        of "f.exclusion IS NULL AND NOT f.imported AND (f.first_response_at IS NOT NULL OR f.submitted_at <= $4)"
    }
    /// Transferred at least once (corrections within half an hour left out) / submitted.
    Transfer = "request.transfer" v 1 of Requests {
        part "f.transfers >= 1", of "f.exclusion IS NULL AND NOT f.imported"
    }
    /// Two or more supplement notices / accepted: measures 一次性告知.
    RepeatedSupplement = "request.supplement.repeated" v 1 of Requests {
        part "f.supplements >= 2",
        of "f.exclusion IS NULL AND NOT f.imported AND f.accepted_at IS NOT NULL"
    }
    /// 解决率: residents who said "done" / who said anything, of the results given in the period.
    ConfirmedResolution = "closure.confirmed" v 1 of Closures {
        part "c.solved", of "NOT c.imported AND c.solved IS NOT NULL"
    }
    /// Results on which the resident said anything / results given. Silence is no answer.
    ConfirmationCoverage = "closure.confirmed.coverage" v 1 of Closures {
        part "c.solved IS NOT NULL", of "NOT c.imported"
    }
    /// 满意率: rated basically satisfied or better / rated. Never defaulted.
    Satisfaction = "closure.satisfaction" v 1 of Closures {
        part "c.rating >= 3", of "NOT c.imported AND c.rating IS NOT NULL"
    }
    /// Rated results / results that could be rated: closed, and not reopened.
    SatisfactionCoverage = "closure.satisfaction.coverage" v 2 of Closures {
        part "c.rating IS NOT NULL",
        of "NOT c.imported AND c.reopened_at IS NULL AND c.closed_at IS NOT NULL"
    }
    /// Corrective actions done in time / bad ratings whose corrective action is due.
    RectificationOnTime = "closure.rectification.on_time" v 2 of Closures {
        part "c.corrective_done_at <= c.corrective_due_at", of "c.corrective_due_at <= $3"
    }
    /// Results reopened within 10 working days / results whose window has passed.
    Reopen = "closure.reopen" v 1 of Closures {
        part "c.reopened_at <= c.window_until",
        of "NOT c.imported AND c.window_until <= $3"
    }
}

/// A time whose distribution is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "TimeMetric")]
pub enum Time {
    /// Working seconds from submission to the standing result, pauses left out, of requests resolved
    /// in the period. Imported requests are left out.
    HandlingWork,
    /// Wall-clock seconds from submission to the standing result, of requests resolved in the
    /// period: what residents feel.
    HandlingWall,
    /// Wall-clock age in seconds of everything open at `asOf`, whenever it was submitted.
    OpenAge,
}

impl Time {
    /// Every time.
    pub const ALL: [Self; 3] = [Self::HandlingWork, Self::HandlingWall, Self::OpenAge];

    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::HandlingWork => "request.handling.work",
            Self::HandlingWall => "request.handling.wall",
            Self::OpenAge => "request.open.age",
        }
    }

    /// Predicate of the set.
    pub fn set(self) -> &'static str {
        match self {
            Self::HandlingWork => {
                "f.resolved_at >= $1 AND f.resolved_at < $2 AND f.exclusion IS NULL AND NOT f.imported AND f.work_s IS NOT NULL"
            }
            Self::HandlingWall => {
                "f.resolved_at >= $1 AND f.resolved_at < $2 AND f.exclusion IS NULL"
            }
            Self::OpenAge => "f.resolved_at IS NULL AND f.exclusion IS NULL",
        }
    }
}

/// Why a request is not in the base set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "StatisticsExclusion")]
pub enum Exclusion {
    /// Not a matter of the community.
    Declined,
    /// A duplicate of another one.
    Merged,
    /// Taken back before anybody accepted it.
    WithdrawnBeforeAcceptance,
    /// Taken back later.
    Withdrawn,
}

impl Exclusion {
    /// Every reason, in the order in which they are shown.
    pub const ALL: [Self; 4] =
        [Self::Declined, Self::Merged, Self::WithdrawnBeforeAcceptance, Self::Withdrawn];

    /// As the facts store it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Declined => "DECLINED",
            Self::Merged => "MERGED",
            Self::WithdrawnBeforeAcceptance => "WITHDRAWN_BEFORE_ACCEPTANCE",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

/// A share in percent with one decimal, half to even, as text. It is `100.0` only if everything is
/// in it, and null for an empty whole.
pub fn percent(numerator: i64, denominator: i64) -> Option<String> {
    if denominator <= 0 {
        return None;
    }
    let scaled = i128::from(numerator) * 1000;
    let whole = i128::from(denominator);
    let (mut tenths, rest) = (scaled / whole, scaled % whole);
    if 2 * rest > whole || (2 * rest == whole && tenths % 2 == 1) {
        tenths += 1;
    }
    if numerator < denominator {
        tenths = tenths.min(999);
    }
    Some(format!("{}.{}", tenths / 10, tenths % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_percent_is_never_the_result_of_rounding() {
        assert_eq!(percent(0, 0), None);
        assert_eq!(percent(3, 3).as_deref(), Some("100.0"));
        assert_eq!(percent(19_851, 19_859).as_deref(), Some("99.9"));
        assert_eq!(percent(999_999, 1_000_000).as_deref(), Some("99.9"));
        assert_eq!(percent(1, 3).as_deref(), Some("33.3"));
        assert_eq!(percent(1, 16).as_deref(), Some("6.2"), "6.25 goes to the even digit");
        assert_eq!(percent(3, 16).as_deref(), Some("18.8"), "18.75 goes to the even digit");
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = Rate::ALL.iter().map(|r| r.id()).collect();
        ids.extend(Time::ALL.iter().map(|t| t.id()));
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
