//! Points, areas, addresses and offices. Pure.

pub mod addresses;
pub mod agencies;
pub mod areas;
pub mod offices;

use std::ops::RangeInclusive;

use crate::kernel::{Error, Result};

/// The side of a cell of the grid on which a place is told coarsely, in millionths of a degree: some 200 metres.
pub const CELL: i64 = 2000;

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
        let wanted = |wanted| Error::bad_input(path, wanted);
        Self::within(lon, lat).map_err(wanted)
    }

    /// From degrees, if they are those of the country; else what is wanted.
    fn within(lon: f64, lat: f64) -> Result<Self, String> {
        if EAST.contains(&lon) && NORTH.contains(&lat) {
            return Ok(Self { lon_e6: millionths(lon), lat_e6: millionths(lat) });
        }
        let (west, east, south, north) = (EAST.start(), EAST.end(), NORTH.start(), NORTH.end());
        Err(format!("WGS 84 in China: longitude {west} to {east}, latitude {south} to {north}"))
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

/// The middle of the cell of the grid in which a coordinate lies, in millionths of a degree.
pub fn middle(e6: i64) -> i64 {
    e6.div_euclid(CELL) * CELL + CELL / 2
}

/// Roughly the same place, as those may know it who need not know it exactly: the middle of a cell of a
/// fixed grid.
#[expect(clippy::cast_possible_truncation, reason = "at most 180 million, and half a cell")]
pub fn coarse(point: Point) -> Point {
    let middle = |e6: i32| middle(e6.into()) as i32;
    Point { lon_e6: middle(point.lon_e6), lat_e6: middle(point.lat_e6) }
}

/// Whether two points are in the same cell of that grid, or in cells that touch: nobody learns by asking what is
/// near more than the cells tell.
pub fn is_near(a: Point, b: Point) -> bool {
    let (a, b) = (coarse(a), coarse(b));
    let touch = |a: i32, b: i32| i64::from(a.abs_diff(b)) <= CELL;
    touch(a.lon_e6, b.lon_e6) && touch(a.lat_e6, b.lat_e6)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIDE: i32 = 2000;

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
            point in point(), east in 0..SIDE, north in 0..SIDE,
        ) {
            let middle = coarse(point);
            prop_assert!((point.lon_e6 - middle.lon_e6).abs() <= SIDE / 2);
            prop_assert!((point.lat_e6 - middle.lat_e6).abs() <= SIDE / 2);
            let corner = Point { lon_e6: middle.lon_e6 - SIDE / 2, lat_e6: middle.lat_e6 - SIDE / 2 };
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
