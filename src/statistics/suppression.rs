//! Keeping small cells from pointing at people. Pure.
//!
//! A row of a table is shown whole or not at all, because its cells can be computed from each other.
//! It is hidden when any of its cells is more than nothing and less than `k`. Then the smallest other
//! rows go with it until the hidden ones are at least two and no cell of their sum is small, so that
//! nothing is found by subtracting what is shown from the total. Where a table cannot be protected in
//! this way, its total is hidden, and with it everything that adds up to it.

/// A row: its base and every cell that is made of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What companions are chosen by.
    pub base: i64,
    /// Every count of the row, parts and rests of rates included; as many in every row.
    pub cells: Vec<i64>,
}

impl Row {
    fn is_small(&self, k: i64) -> bool {
        self.cells.iter().chain([&self.base]).any(|n| 0 < *n && *n < k)
    }

    fn is_empty(&self) -> bool {
        self.base == 0 && self.cells.iter().all(|n| *n == 0)
    }

    fn sum<'a>(rows: impl Iterator<Item = &'a Self>) -> Self {
        rows.fold(Self::default(), |mut sum, row| {
            sum.base += row.base;
            sum.cells.resize(row.cells.len().max(sum.cells.len()), 0);
            sum.cells.iter_mut().zip(&row.cells).for_each(|(a, b)| *a += b);
            sum
        })
    }

    /// What is left when one knows `part` of it exactly.
    fn without(&self, part: &Self) -> Self {
        let cells = self.cells.iter().zip(&part.cells).map(|(a, b)| a - b).collect();
        Self { base: self.base - part.base, cells }
    }
}

/// Whether the rows that are hidden hide each other.
fn protected(rows: &[Row], hidden: &[bool], k: i64) -> bool {
    let inside = || rows.iter().zip(hidden).filter(|(row, h)| **h && !row.is_empty());
    let sum = Row::sum(inside().map(|(row, _)| row));
    match inside().count() {
        0 => true,
        1 => false,
        _ => !sum.is_small(k),
    }
}

/// Which rows of a table are hidden: the small ones, those that are to be hidden anyway, and as many
/// companions as it takes. Empty rows have nothing to hide.
pub fn hidden(rows: &[Row], forced: &[bool], k: i64) -> Vec<bool> {
    let forced = |i: usize| forced.get(i).copied().unwrap_or(false);
    let mut hidden: Vec<bool> =
        rows.iter().enumerate().map(|(i, row)| row.is_small(k) || forced(i)).collect();
    let mut others: Vec<usize> =
        (0..rows.len()).filter(|i| !hidden[*i] && !rows[*i].is_empty()).collect();
    others.sort_by_key(|i| (rows[*i].base, *i));
    for next in others {
        if protected(rows, &hidden, k) {
            break;
        }
        hidden[next] = true;
    }
    hidden
}

/// The tables of one community, which all add up to the same total. A matter belongs to one of the
/// departments.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// Everything.
    pub total: Row,
    /// By department.
    pub departments: Vec<Row>,
    /// By matter, each with the index of its department.
    pub matters: Vec<(usize, Row)>,
    /// By channel.
    pub channels: Vec<Row>,
}

/// What of [`Tables`] is hidden, in the same order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// The total.
    pub total: bool,
    /// By department.
    pub departments: Vec<bool>,
    /// By matter.
    pub matters: Vec<bool>,
    /// By channel.
    pub channels: Vec<bool>,
}

impl Hidden {
    /// Everything.
    pub fn all(of: &Tables) -> Self {
        Self {
            total: true,
            departments: vec![true; of.departments.len()],
            matters: vec![true; of.matters.len()],
            channels: vec![true; of.channels.len()],
        }
    }
}

/// Judges the tables of a community together; `forced` is hidden in any case.
pub fn judge(tables: &Tables, forced: &Hidden, k: i64) -> Hidden {
    let Tables { total, departments, matters, channels } = tables;
    let mut out = Hidden { matters: vec![false; matters.len()], ..Hidden::default() };
    // The matters of a department are a table whose total is the department.
    let mut exposed = forced.departments.clone();
    exposed.resize(departments.len(), false);
    for (department, exposed) in exposed.iter_mut().enumerate() {
        let inside: Vec<usize> =
            (0..matters.len()).filter(|i| matters[*i].0 == department).collect();
        let rows: Vec<Row> = inside.iter().map(|i| matters[*i].1.clone()).collect();
        let wanted = |i: &usize| forced.matters.get(*i).copied().unwrap_or(false);
        let forced: Vec<bool> = inside.iter().map(wanted).collect();
        let flags = hidden(&rows, &forced, k);
        *exposed |= !protected(&rows, &flags, k);
        inside.iter().zip(&flags).for_each(|(i, flag)| out.matters[*i] = *flag);
    }
    out.departments = hidden(departments, &exposed, k);
    for (flag, (department, _)) in out.matters.iter_mut().zip(matters) {
        // A department that is hidden must not be the sum of what is shown.
        *flag |= out.departments.get(*department).copied().unwrap_or(true);
    }
    out.channels = hidden(channels, &forced.channels, k);
    out.total = forced.total
        || total.is_small(k)
        || !protected(departments, &out.departments, k)
        || !protected(channels, &out.channels, k);
    if out.total { Hidden::all(tables) } else { out }
}

/// Judges the totals of the communities of a subdistrict; says which are hidden, and whether their
/// sum is. Each community knows its own numbers, so the sum without it must not be small either.
pub fn judge_subdistrict(rows: &[Row], forced: &[bool], k: i64) -> (Vec<bool>, bool) {
    let flags = hidden(rows, forced, k);
    let sum = Row::sum(rows.iter());
    let known = rows.iter().any(|row| !row.is_empty() && sum.without(row).is_small(k));
    let sum_hidden = sum.is_small(k) || !protected(rows, &flags, k) || known;
    (flags, sum_hidden)
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
        assert_eq!(hidden(&[row(20, 10), row(3, 0), row(60, 30)], &[], 5), [true, true, false]);
        assert_eq!(hidden(&[row(20, 10), row(60, 30)], &[], 5), [false, false]);
        assert_eq!(hidden(&[row(1, 1), row(1, 1), row(60, 30)], &[], 5), [true, true, true]);
        assert_eq!(hidden(&[row(0, 0), row(20, 20)], &[], 5), [false, false]);
        // 8 and 20 together would still show that one is missing.
        let rows = [row(8, 7), row(20, 20), row(60, 54), row(50, 45)];
        assert_eq!(hidden(&rows, &[], 5), [true, true, false, true]);
    }

    #[test]
    fn what_cannot_be_protected_takes_its_total_along() {
        let alone = Tables {
            total: row(23, 12),
            departments: vec![row(3, 0), row(0, 0)],
            channels: vec![row(23, 12)],
            ..Tables::default()
        };
        assert_eq!(judge(&alone, &Hidden::default(), 5), Hidden::all(&alone));
        let (flags, sum) = judge_subdistrict(&[row(40, 20), row(3, 3)], &[], 5);
        assert_eq!((flags, sum), (vec![true, true], true), "the larger one knows the smaller");
        assert!(!judge_subdistrict(&[row(40, 20), row(30, 15)], &[], 5).1);
    }

    fn rows() -> impl Strategy<Value = Vec<(usize, Row)>> {
        proptest::collection::vec((0_usize..4, 0_i64..40, 0_i64..40), 1..14).prop_map(|parts| {
            parts.into_iter().map(|(d, a, b)| (d, row(a.max(b), a.min(b)))).collect()
        })
    }

    /// No shown row is small, and no difference between a shown total and the shown rows that it is
    /// made of.
    fn holds(total: &Row, shown: bool, rows: &[Row], flags: &[bool], k: i64) {
        for (row, flag) in rows.iter().zip(flags) {
            assert!(*flag || !row.is_small(k), "{row:?} is shown");
        }
        let visible = rows.iter().zip(flags).filter(|(_, h)| !**h).map(|(r, _)| r);
        let rest = total.without(&Row::sum(visible.chain([&row(0, 0)])));
        assert!(!shown || !rest.is_small(k), "{rest:?} is left of {total:?}");
    }

    proptest! {
        #[test]
        fn subtraction_reveals_no_small_row(matters in rows(), other in 0_i64..100) {
            let within = |d: usize| matters.iter().filter(move |(m, _)| *m == d).map(|(_, r)| r);
            let zero = row(0, 0);
            let departments: Vec<Row> =
                (0..4).map(|d| Row::sum(within(d).chain([&zero]))).collect();
            let total = Row::sum(departments.iter());
            // Two channels, split somewhere.
            let first = row(total.base.min(other), total.cells[0].min(other / 2).min(total.base));
            let channels = vec![first.clone(), total.without(&first)];
            prop_assume!(channels[1].cells.iter().all(|n| *n >= 0));
            let tables = Tables { total: total.clone(), departments, matters, channels };
            let out = judge(&tables, &Hidden::default(), 5);
            holds(&total, !out.total, &tables.departments, &out.departments, 5);
            holds(&total, !out.total, &tables.channels, &out.channels, 5);
            for (d, department) in tables.departments.iter().enumerate() {
                let inside: Vec<(Row, bool)> = tables.matters.iter().zip(&out.matters)
                    .filter(|((m, _), _)| *m == d).map(|((_, r), h)| (r.clone(), *h)).collect();
                let (rows, flags): (Vec<Row>, Vec<bool>) = inside.into_iter().unzip();
                holds(department, !out.departments[d], &rows, &flags, 5);
            }
        }
    }
}
