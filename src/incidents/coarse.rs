//! Where public incidents are, coarse enough that no spot points at a home. Pure.
//!
//! A spot is shown as the centre of its cell of a grid where at least [`K`] of those listed are in the cell;
//! else as the middle of what is listed of its block, moved to the centre of a cell too; else nowhere.

use std::collections::BTreeMap;

use crate::blocks::rules;

/// How many of those listed a cell or a block has at least when it is told.
pub const K: usize = 5;

/// A spot in micro-degrees (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Longitude.
    pub lon_e6: i64,
    /// Latitude.
    pub lat_e6: i64,
}

/// How exactly a spot is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coarse {
    /// As the centre of its cell.
    Cell(Spot),
    /// As the middle of what is listed of its block.
    Block(Spot),
    /// Not at all.
    Nowhere,
}

/// The centre of the cell that a spot is in.
pub fn centre(spot: Spot) -> Spot {
    Spot { lon_e6: rules::middle(spot.lon_e6), lat_e6: rules::middle(spot.lat_e6) }
}

/// The centre of the cell in which the mean of the centres lies.
fn middle(centres: &[Spot]) -> Option<Spot> {
    let n = i64::try_from(centres.len()).ok().filter(|n| *n > 0)?;
    let mean = |of: fn(&Spot) -> i64| centres.iter().map(of).sum::<i64>().div_euclid(n);
    Some(centre(Spot { lon_e6: mean(|s| s.lon_e6), lat_e6: mean(|s| s.lat_e6) }))
}

/// Where each of those listed is shown, by its spot and its block, as far as they are known.
pub fn coarse<B: Copy + Ord>(listed: &[(Option<Spot>, Option<B>)]) -> Vec<Coarse> {
    let mut cells: BTreeMap<Spot, usize> = BTreeMap::new();
    let mut blocks: BTreeMap<B, Vec<Spot>> = BTreeMap::new();
    for (spot, block) in listed {
        let Some(cell) = spot.map(centre) else { continue };
        *cells.entry(cell).or_default() += 1;
        if let Some(block) = block {
            blocks.entry(*block).or_default().push(cell);
        }
    }
    blocks.retain(|_, centres| centres.len() >= K);
    let middles: BTreeMap<B, Spot> =
        blocks.iter().filter_map(|(block, centres)| Some((*block, middle(centres)?))).collect();
    let shown = |(spot, block): &(Option<Spot>, Option<B>)| {
        if let Some(cell) = spot.map(centre)
            && cells.get(&cell).is_some_and(|n| *n >= K)
        {
            return Coarse::Cell(cell);
        }
        let middle = block.and_then(|block| middles.get(&block));
        middle.map_or(Coarse::Nowhere, |middle| Coarse::Block(*middle))
    };
    listed.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::blocks::rules::CELL;

    fn spot(lon_e6: i64, lat_e6: i64) -> Spot {
        Spot { lon_e6, lat_e6 }
    }

    #[test]
    fn a_centre_is_in_its_cell_on_either_side_of_zero() {
        assert_eq!(centre(spot(87_600_000, 43_801_999)), spot(87_601_000, 43_801_000));
        assert_eq!(centre(spot(-1, 1_999)), spot(-1_000, 1_000));
        assert_eq!(centre(centre(spot(-1, 1_999))), spot(-1_000, 1_000));
    }

    #[test]
    fn a_cell_is_told_from_five_on_and_a_block_then() {
        let dense = |i: i64| (Some(spot(87_600_100 + i, 43_800_200 + i)), Some(1));
        let mut listed: Vec<_> = (0..4).map(dense).collect();
        let nowhere = vec![Coarse::Nowhere; 4];
        assert_eq!(coarse(&listed), nowhere, "four are too few for a cell, and for a block");
        listed.push(dense(4));
        listed.push((Some(spot(87_608_100, 43_800_200)), Some(1)));
        listed.push((None, Some(1)));
        listed.push((Some(spot(87_608_100, 43_800_200)), None));
        let shown = coarse(&listed);
        assert_eq!(shown[..5], [Coarse::Cell(spot(87_601_000, 43_801_000)); 5]);
        // (5 × 87.601 + 87.609) / 6 lies in the cell of 87.602.
        let middle = Coarse::Block(spot(87_603_000, 43_801_000));
        assert_eq!(shown[5..7], [middle; 2], "also without a spot of its own");
        assert_eq!(shown[7], Coarse::Nowhere);
        assert_eq!(coarse::<u8>(&[]), []);
    }

    fn listed() -> impl Strategy<Value = Vec<(Option<Spot>, Option<u8>)>> {
        let spot = (-6_000_i64..6_000, 43_800_000_i64..43_806_000).prop_map(|(x, y)| spot(x, y));
        let one = (proptest::option::weighted(0.9, spot), proptest::option::of(0_u8..4));
        proptest::collection::vec(one, 0..60)
    }

    proptest! {
        #[test]
        fn nothing_is_told_of_fewer_than_five(listed in listed()) {
            let shown = coarse(&listed);
            prop_assert_eq!(shown.len(), listed.len());
            for ((own, block), coarse) in listed.iter().zip(&shown) {
                let of_cell = |c: Spot| listed.iter().filter(|(s, _)| s.map(centre) == Some(c)).count();
                let (told, enough) = match coarse {
                    Coarse::Cell(cell) => {
                        prop_assert_eq!(own.map(centre), Some(*cell));
                        (Some(*cell), of_cell(*cell) >= K)
                    }
                    Coarse::Block(middle) => {
                        let of_block = listed.iter().filter(|(s, b)| s.is_some() && b == block).count();
                        prop_assert!(block.is_some() && own.is_none_or(|s| of_cell(centre(s)) < K));
                        (Some(*middle), of_block >= K)
                    }
                    Coarse::Nowhere => (None, true),
                };
                prop_assert!(enough);
                if let Some(told) = told {
                    prop_assert_eq!(told, centre(told), "always the centre of a cell");
                    let exact = listed.iter().filter_map(|(s, _)| *s).any(|s| s == told && s != centre(s));
                    prop_assert!(!exact);
                }
            }
        }

        #[test]
        fn it_does_not_matter_where_in_its_cell_something_is(listed in listed(), by in 0_i64..CELL) {
            let moved: Vec<_> = listed.iter().map(|(own, block)| {
                let within = |e6: i64| e6.div_euclid(CELL) * CELL + (e6 + by).rem_euclid(CELL);
                (own.map(|s| spot(within(s.lon_e6), within(s.lat_e6))), *block)
            }).collect();
            prop_assert_eq!(coarse(&listed), coarse(&moved));
        }
    }
}
