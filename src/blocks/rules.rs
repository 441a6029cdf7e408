//! Points, areas, addresses and offices. Pure.

pub mod addresses;
pub mod agencies;
pub mod areas;
pub mod offices;

use std::ops::RangeInclusive;

use crate::kernel::{Error, Result};

/// A cell of the grid on which a place is told coarsely, in millionths of a degree: some 200 metres.
const CELL: i32 = 2000;

/// Degrees of longitude between which the country lies, rounded outwards: from the Pamirs (73°33′) to where the
/// Heilong Jiang and the Ussuri meet (135°05′).
const EAST: RangeInclusive<f64> = 73.0..=136.0;
/// Degrees of latitude: from the Zengmu Shoal (3°52′) to the Heilong Jiang near Mohe (53°33′).
const NORTH: RangeInclusive<f64> = 3.0..=54.0;

/// A point on the map, in WGS 84. Whole millionths of a degree (a tenth of a metre), so that it is the same
/// on every engine and a border is exactly where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// Longitude.
    pub lon_e6: i32,
    /// Latitude.
    pub lat_e6: i32,
}

impl Point {
    /// From degrees as clients send them; `path` is where the longitude stands. Who mixes up the two, or sends
    /// zeros, is told: what lies outside of the country is of no block.
    pub fn from_degrees(path: &str, lon: f64, lat: f64) -> Result<Self> {
        if !EAST.contains(&lon) || !NORTH.contains(&lat) {
            let wanted = "WGS 84 in China: longitude 73 to 136, latitude 3 to 54";
            return Err(Error::bad_input(path, wanted));
        }
        Ok(Self { lon_e6: millionths(lon), lat_e6: millionths(lat) })
    }

    /// Longitude in degrees.
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e6) / 1e6
    }

    /// Latitude in degrees.
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e6) / 1e6
    }
}

/// Degrees, at most a full circle, in whole millionths.
#[expect(clippy::cast_possible_truncation, reason = "at most 180 million, and rounded")]
fn millionths(degrees: f64) -> i32 {
    (degrees * 1e6).round() as i32
}

/// Roughly the same place, as those may know it who need not know it exactly: the middle of a cell of a
/// fixed grid.
pub fn coarse(point: Point) -> Point {
    let middle = |e6: i32| e6.div_euclid(CELL) * CELL + CELL / 2;
    Point { lon_e6: middle(point.lon_e6), lat_e6: middle(point.lat_e6) }
}

/// Whether two points are in the same cell of that grid, or in cells that touch: nobody learns by asking what is
/// near more than the cells tell.
pub fn is_near(a: Point, b: Point) -> bool {
    let (a, b) = (coarse(a), coarse(b));
    a.lon_e6.abs_diff(b.lon_e6) <= CELL.unsigned_abs()
        && a.lat_e6.abs_diff(b.lat_e6) <= CELL.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point() -> impl Strategy<Value = Point> {
        (73_000_000..135_000_000, 18_000_000..54_000_000)
            .prop_map(|(lon_e6, lat_e6)| Point { lon_e6, lat_e6 })
    }

    proptest! {
        #[test]
        fn what_degrees_say_is_what_is_kept(point in point()) {
            let again = Point::from_degrees("lon", point.lon(), point.lat()).unwrap();
            prop_assert_eq!(again, point);
        }

        #[test]
        fn a_coarse_point_is_near_and_says_nothing_of_where_in_its_cell(
            point in point(), east in 0..CELL, north in 0..CELL,
        ) {
            let middle = coarse(point);
            prop_assert!(point.lon_e6.abs_diff(middle.lon_e6) <= CELL.unsigned_abs() / 2);
            prop_assert!(point.lat_e6.abs_diff(middle.lat_e6) <= CELL.unsigned_abs() / 2);
            let corner = Point { lon_e6: middle.lon_e6 - CELL / 2, lat_e6: middle.lat_e6 - CELL / 2 };
            let other = Point { lon_e6: corner.lon_e6 + east, lat_e6: corner.lat_e6 + north };
            prop_assert_eq!(coarse(other), middle);
        }
    }

    #[test]
    fn what_is_near_is_in_a_cell_that_touches() {
        let at = |lon_e6, lat_e6| Point { lon_e6, lat_e6 };
        let here = at(81_300_100, 43_900_100);
        assert!(is_near(here, at(81_303_900, 43_898_000)));
        assert!(!is_near(here, at(81_304_000, 43_900_100)));
        // Wherever in its cell one asks from, the answer is the same.
        for asked in [at(81_300_000, 43_900_000), at(81_301_999, 43_901_999)] {
            assert!(is_near(asked, at(81_303_999, 43_903_999)));
            assert!(!is_near(asked, at(81_304_000, 43_904_000)));
        }
    }

    #[test]
    fn what_is_nowhere_is_refused() {
        let nowhere = [(f64::NAN, 43.9), (81.3, f64::INFINITY), (0.0, 0.0), (43.9, 81.3)];
        for (lon, lat) in nowhere {
            assert!(Point::from_degrees("lon", lon, lat).is_err());
        }
    }
}
