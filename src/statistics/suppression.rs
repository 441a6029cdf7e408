//! Keeping small cells from pointing at people. Pure.
//!
//! A row of a table is shown whole or not at all, because its cells can be computed from each other.
//! It is hidden when any of its cells is more than nothing and less than `k`. Then the smallest other
//! rows go with it until the hidden ones are at least two and no cell of their sum is small, nor of their
//! sum without any one of them: nothing is found by subtracting what is shown from the total, nor by who
//! knows one row exactly, as a community, a block and an agency do of their own. Where a table cannot be
//! protected in this way, its total is hidden, and with it everything that adds up to it.

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

/// Whether the rows that are hidden hide each other, from who knows one of them too.
fn protected(rows: &[Row], hidden: &[bool], k: i64) -> bool {
    let inside: Vec<&Row> = rows
        .iter()
        .zip(hidden)
        .filter(|(row, hidden)| **hidden && !row.is_empty())
        .map(|(row, _)| row)
        .collect();
    let sum = Row::sum(inside.iter().copied());
    let told = || inside.iter().any(|row| sum.without(row).is_small(k));
    inside.len() != 1 && !sum.is_small(k) && !told()
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
    // The matters of departments that are hidden are told by the total alone.
    let rows: Vec<Row> = matters.iter().map(|(_, row)| row.clone()).collect();
    out.total = forced.total
        || total.is_small(k)
        || !protected(departments, &out.departments, k)
        || !protected(&rows, &out.matters, k)
        || !protected(channels, &out.channels, k);
    if out.total { Hidden::all(tables) } else { out }
}

/// Judges the totals of the communities of a subdistrict; says which are hidden, and whether their
/// sum is.
pub fn judge_subdistrict(rows: &[Row], forced: &[bool], k: i64) -> (Vec<bool>, bool) {
    let flags = hidden(rows, forced, k);
    let sum_hidden = Row::sum(rows.iter()).is_small(k) || !protected(rows, &flags, k);
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
        let rows = [row(20, 10), row(3, 0), row(60, 30), row(70, 30)];
        // Who knows the twenty would find the three in what is left of the hidden ones.
        assert_eq!(hidden(&rows, &[], 5), [true, true, true, false]);
        assert_eq!(hidden(&[row(20, 10), row(60, 30)], &[], 5), [false, false]);
        assert_eq!(hidden(&[row(1, 1), row(1, 1), row(60, 30)], &[], 5), [true, true, true]);
        assert_eq!(hidden(&[row(0, 0), row(20, 20)], &[], 5), [false, false]);
        // 8, 20 and 50 together would still show whoever knows the fifty that one is missing.
        let rows = [row(8, 7), row(20, 20), row(60, 54), row(50, 45), row(90, 45)];
        assert_eq!(hidden(&rows, &[], 5), [true, true, true, true, false]);
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

    #[test]
    fn who_knows_one_row_finds_no_other() {
        let rows = [row(60, 30), row(20, 10), row(3, 0)];
        assert_eq!(judge_subdistrict(&rows, &[], 10), (vec![true; 3], false));
        let rows = [row(60, 60), row(40, 20), row(30, 3)];
        assert_eq!(judge_subdistrict(&rows, &[], 10), (vec![true; 3], false));
        // Of what only two have, each knows the other's.
        let rows = [row(60, 60), row(40, 37), row(40, 20)];
        assert_eq!(judge_subdistrict(&rows, &[], 10), (vec![true; 3], true));
        // The matters of two departments that are hidden add up to what is left of the total.
        let of = |a: i64, b: i64| Row { base: a + b, cells: vec![a, b] };
        let matters = vec![(0, of(20, 30)), (0, of(3, 0)), (1, of(0, 30)), (1, of(0, 40))];
        let departments = vec![of(23, 30), of(0, 70)];
        let tables = Tables { total: of(23, 100), departments, matters, channels: Vec::new() };
        assert_eq!(judge(&tables, &Hidden::default(), 10), Hidden::all(&tables));
    }

    fn rows() -> impl Strategy<Value = Vec<(usize, Row)>> {
        proptest::collection::vec((0_usize..4, 0_i64..40, 0_i64..40), 1..14).prop_map(|parts| {
            parts.into_iter().map(|(d, a, b)| (d, row(a.max(b), a.min(b)))).collect()
        })
    }

    /// What is left of the total for who knows one row exactly, or none, and the rows that it can be of.
    fn left(
        total: &Row,
        rows: &[Row],
        flags: &[bool],
        insider: Option<usize>,
    ) -> (Row, Vec<usize>) {
        let unknown: Vec<usize> = (0..rows.len())
            .filter(|i| flags[*i] && Some(*i) != insider && !rows[*i].is_empty())
            .collect();
        let known = rows.iter().enumerate().filter(|(i, _)| !unknown.contains(i));
        (total.without(&Row::sum(known.map(|(_, r)| r).chain([&row(0, 0)]))), unknown)
    }

    /// No shown row is small, and nothing that is left of a shown total.
    fn holds(total: &Row, shown: bool, rows: &[Row], flags: &[bool], k: i64) {
        for (row, flag) in rows.iter().zip(flags) {
            assert!(*flag || !row.is_small(k), "{row:?} is shown");
        }
        for insider in (0..rows.len()).map(Some).chain([None]).filter(|_| shown) {
            let (rest, _) = left(total, rows, flags, insider);
            assert!(!rest.is_small(k), "{insider:?} finds {rest:?} in {total:?} {rows:?}");
        }
    }

    /// Every way in which `n` rows can add up to `rest`.
    fn ways(rest: i64, n: usize) -> Vec<Vec<i64>> {
        if n == 0 {
            return if rest == 0 { vec![Vec::new()] } else { Vec::new() };
        }
        let with = |first: i64| {
            ways(rest - first, n - 1).into_iter().map(move |more| [vec![first], more].concat())
        };
        (0..=rest).flat_map(with).collect()
    }

    proptest! {
        #[test]
        fn who_knows_a_row_can_think_of_others_than_small_ones(
            parts in proptest::collection::vec((0_i64..6, 0_i64..6), 1..5)
        ) {
            let rows: Vec<Row> = parts.iter().map(|(a, b)| row(*a.max(b), *a.min(b))).collect();
            let (k, total) = (3, Row::sum(rows.iter()));
            let (flags, sum_hidden) = judge_subdistrict(&rows, &[], k);
            holds(&total, !sum_hidden, &rows, &flags, k);
            for insider in (0..rows.len()).map(Some).chain([None]).filter(|_| !sum_hidden) {
                let (rest, unknown) = left(&total, &rows, &flags, insider);
                for (cell, rest) in rest.cells.iter().enumerate() {
                    let ways = ways(*rest, unknown.len());
                    for (at, own) in unknown.iter().enumerate() {
                        let own = rows[*own].cells[cell];
                        let other = ways.iter().any(|way| way[at] == 0 || way[at] >= k);
                        assert!(own == 0 || own >= k || other, "{insider:?} finds {own} in {rows:?}");
                    }
                }
            }
        }

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
