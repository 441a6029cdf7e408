//! Keeping small cells from pointing at people. Pure.
//!
//! A row of a table is shown whole or not at all, because its cells can be computed from each other.
//! It is hidden when any of its cells is more than nothing and less than `k`. Then the smallest other
//! rows go with it until the hidden ones together are at least two and at least `k` in their base,
//! so that nothing is found by subtracting what is shown from the total.

/// A row: its base and every cell that is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What companions are chosen by, and what hidden rows must add up to.
    pub base: i64,
    /// Every count of the row, parts and rests of rates included.
    pub cells: Vec<i64>,
}

/// Whether a row by itself could point at people.
pub fn is_small(row: &Row, k: i64) -> bool {
    row.cells.iter().chain([&row.base]).any(|n| 0 < *n && *n < k)
}

/// Which rows of a table are hidden.
pub fn hidden(rows: &[Row], k: i64) -> Vec<bool> {
    let mut hidden: Vec<bool> = rows.iter().map(|row| is_small(row, k)).collect();
    if !hidden.contains(&true) {
        return hidden;
    }
    let mut others: Vec<usize> =
        (0..rows.len()).filter(|i| !hidden[*i] && rows[*i].base > 0).collect();
    others.sort_by_key(|i| (rows[*i].base, *i));
    let mut others = others.into_iter();
    loop {
        let inside = hidden.iter().zip(rows).filter(|(h, _)| **h);
        let (count, base) = inside.fold((0, 0), |(n, sum), (_, row)| (n + 1, sum + row.base));
        if count >= 2 && base >= k {
            return hidden;
        }
        match others.next() {
            Some(next) => hidden[next] = true,
            None => return hidden,
        }
    }
}

/// Whether the total of a table may not be shown: it is small itself, or what is hidden has too
/// little to hide behind.
pub fn total_hidden(total: &Row, rows: &[Row], k: i64) -> bool {
    let hidden = hidden(rows, k);
    let inside = || rows.iter().zip(&hidden).filter(|(_, h)| **h);
    let (count, base) = (inside().count(), inside().map(|(row, _)| row.base).sum::<i64>());
    is_small(total, k) || (count > 0 && (count < 2 || base < k))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(base: i64, part: i64) -> Row {
        Row { base, cells: vec![part, base - part] }
    }

    #[test]
    fn a_small_row_takes_companions_with_it() {
        assert_eq!(hidden(&[row(20, 10), row(3, 0), row(60, 30)], 5), [true, true, false]);
        assert_eq!(hidden(&[row(20, 10), row(60, 30)], 5), [false, false]);
        assert_eq!(hidden(&[row(1, 1), row(1, 1), row(60, 30)], 5), [true, true, true]);
        assert_eq!(hidden(&[row(0, 0), row(20, 20)], 5), [false, false]);
        assert!(total_hidden(&row(3, 2), &[row(3, 2)], 5));
        assert!(total_hidden(&row(23, 12), &[row(3, 0)], 5), "nothing to hide behind");
        assert!(is_small(&row(100, 98), 5), "two are missing");
    }

    proptest! {
        /// What is hidden is never one row, and never fewer than k, unless the total is hidden too.
        #[test]
        fn subtraction_reveals_no_small_row(parts in proptest::collection::vec((0_i64..40, 0_i64..40), 1..8)) {
            let rows: Vec<_> = parts.into_iter().map(|(a, b)| row(a.max(b), a.min(b))).collect();
            let flags = hidden(&rows, 5);
            let base = rows.iter().map(|r| r.base).sum();
            let part = rows.iter().map(|r| r.cells[0]).sum();
            let inside: Vec<_> = rows.iter().zip(&flags).filter(|(_, h)| **h).collect();
            if !total_hidden(&row(base, part), &rows, 5) && !inside.is_empty() {
                prop_assert!(inside.len() >= 2);
                prop_assert!(inside.iter().map(|(r, _)| r.base).sum::<i64>() >= 5);
            }
            for (row, hidden) in rows.iter().zip(&flags) {
                prop_assert!(*hidden || !is_small(row, 5));
            }
        }
    }
}
