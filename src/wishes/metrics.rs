//! The definitions of the numbers of wishes, once. Pure.
//!
//! A rate weighs the wishes that were first published or offered in a period, as they stand when it is
//! counted: each counts as one, or with so many of its units. Both predicates and weights are SQL that both
//! engines read the same, of a wish `w`. The numerator is always a part of the denominator. A change of a
//! definition makes a new version.

macro_rules! rates {
    ($($(#[$doc:meta])* $name:ident = $id:literal {
        part $part:literal weighs $part_weight:literal, of $whole:literal weighs $weight:literal
    })*) => {
        /// A rate of wishes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        #[graphql(name = "WishRateMetric")]
        pub enum Rate { $($(#[$doc])* $name),* }

        impl Rate {
            /// Every rate.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Stable id.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// What counts above the line: a predicate, to be taken together with [`Rate::whole`], and how
            /// much each wish weighs.
            pub fn part(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($part, $part_weight)),* }
            }

            /// What counts below the line.
            pub fn whole(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($whole, $weight)),* }
            }
        }
    };
}

rates! {
    /// 认领率: wishes of which somebody has some, or had it to the end / published. What lapsed and nobody
    /// took over is not claimed.
    Claimed = "wish.claimed" {
        part "w.claimed > 0" weighs "1", of "w.published_at IS NOT NULL" weighs "1"
    }
    /// Wishes that were ever claimed / published.
    EverClaimed = "wish.claimed.ever" {
        part "w.first_claimed_at IS NOT NULL" weighs "1",
        of "w.published_at IS NOT NULL" weighs "1"
    }
    /// Units that the wisher confirmed / units wished for (cohort). What was taken back is left out, and
    /// shown.
    Fulfilled = "wish.fulfilled.cohort" {
        part "w.confirmed > 0" weighs "w.confirmed",
        of "w.state <> 'WITHDRAWN'" weighs "w.quantity"
    }
    /// Units that the wisher confirmed / units claimed.
    FulfilledOfClaimed = "wish.fulfilled.of_claimed" {
        part "w.confirmed > 0" weighs "w.confirmed",
        of "w.state <> 'WITHDRAWN' AND w.claimed > 0" weighs "w.claimed"
    }
    /// Units that are done by the claimer's word alone / units wished for: reported, not fulfilled.
    Reported = "wish.reported" {
        part "w.delivered > w.confirmed" weighs "w.delivered - w.confirmed",
        of "w.state <> 'WITHDRAWN'" weighs "w.quantity"
    }
}

/// Every definition's version.
pub const VERSION: i32 = 1;

/// Which part of a rate's wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "WishRatePart")]
pub enum Part {
    /// Those that count above the line.
    Numerator,
    /// All of those below the line.
    #[default]
    Denominator,
}

/// How long it took, in whole calendar days, by nearest rank: the smallest value whose rank is at least so
/// many percent of all. None of nothing.
pub fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[7], 90), Some(7));
        assert_eq!(percentile(&[1, 2, 3, 4], 50), Some(2));
        assert_eq!(percentile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90), Some(9));
        assert_eq!(percentile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 90), Some(10));
    }
}
