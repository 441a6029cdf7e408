//! Keeping small cells from pointing at people. Pure.
//!
//! A rate is a whole split into two parts. It is suppressed when the whole or either part is more
//! than nothing and less than `k`; and when exactly one row of a table is suppressed, the smallest
//! other row goes with it, so that nothing is found by subtracting from the total.

/// Which rows of a table are suppressed. Rows are (numerator, denominator).
pub fn suppressed(rows: &[(i64, i64)], k: i64) -> Vec<bool> {
    let small = |n: i64| 0 < n && n < k;
    let mut hidden: Vec<bool> =
        rows.iter().map(|(n, d)| small(*d) || small(*n) || small(d - n)).collect();
    let alone = hidden.iter().filter(|h| **h).count() == 1;
    if alone {
        let next = rows
            .iter()
            .enumerate()
            .filter(|(i, (_, d))| !hidden[*i] && *d > 0)
            .min_by_key(|(i, (_, d))| (*d, *i))
            .map(|(i, _)| i);
        if let Some(next) = next {
            hidden[next] = true;
        }
    }
    hidden
}

/// Whether the total of a table may be shown: not if it is small itself, nor if it would give away
/// the only suppressed row that has no companion.
pub fn total_hidden(total: (i64, i64), rows: &[(i64, i64)], k: i64) -> bool {
    let small = |n: i64| 0 < n && n < k;
    let own = small(total.1) || small(total.0) || small(total.1 - total.0);
    let lonely = suppressed(rows, k).iter().filter(|h| **h).count() == 1;
    own || lonely
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_small_row_takes_a_companion_with_it() {
        assert_eq!(suppressed(&[(10, 20), (2, 3), (30, 60)], 5), [true, true, false]);
        assert_eq!(suppressed(&[(10, 20), (30, 60)], 5), [false, false]);
        assert_eq!(suppressed(&[(1, 20), (0, 3), (30, 60)], 5), [true, true, false]);
        assert_eq!(suppressed(&[(0, 0), (20, 20)], 5), [false, false]);
        assert!(total_hidden((2, 3), &[(2, 3)], 5));
        assert!(total_hidden((12, 23), &[(2, 3)], 5), "nothing to hide behind");
    }

    proptest! {
        /// Nobody learns a small cell by subtracting what is shown from the total: the hidden rows
        /// together are never a single small one.
        #[test]
        fn subtraction_reveals_no_small_row(rows in proptest::collection::vec((0_i64..40, 0_i64..40), 1..8)) {
            let rows: Vec<_> = rows.into_iter().map(|(n, d)| (n.min(d), d)).collect();
            let hidden = suppressed(&rows, 5);
            let total = rows.iter().fold((0, 0), |t, r| (t.0 + r.0, t.1 + r.1));
            let count = hidden.iter().filter(|h| **h).count();
            if !total_hidden(total, &rows, 5) {
                prop_assert!(count != 1);
            }
            for (row, hidden) in rows.iter().zip(&hidden) {
                prop_assert!(*hidden || !(0 < row.1 && row.1 < 5));
            }
        }
    }
}
