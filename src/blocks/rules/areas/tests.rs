use geo::CoordsIter;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A rectangle in millionths of a degree.
fn rectangle(west: i32, south: i32, east: i32, north: i32) -> Area {
    let deg = |e6: i32| f64::from(e6) / 1e6;
    let ring = [(west, south), (east, south), (east, north), (west, north), (west, south)];
    let ring = ring.map(|(lon, lat)| [deg(lon), deg(lat)]);
    Area::parse(&json!({ "type": "Polygon", "coordinates": [ring] }).to_string()).unwrap()
}

fn refused(area: &Value) -> String {
    match Area::parse(&area.to_string()) {
        Err(Error::Rejected(rejected)) => rejected.fact("wanted").unwrap().to_owned(),
        other => panic!("{area}: {other:?}"),
    }
}

const SQUARE: [[f64; 2]; 5] =
    [[81.3, 43.9], [81.4, 43.9], [81.4, 44.0], [81.3, 44.0], [81.3, 43.9]];

#[test]
fn only_areas_within_the_country_are_taken() {
    let polygon = |ring: Value| json!({ "type": "Polygon", "coordinates": [ring] });
    let good = polygon(json!(SQUARE));
    assert!(Area::parse(&good.to_string()).is_ok());
    for bad in [
        json!({ "type": "Point", "coordinates": [81.3, 43.9] }),
        json!({ "type": "Feature", "geometry": good, "properties": {} }),
        json!({ "type": "Polygon", "coordinates": [] }),
        json!({ "type": "MultiPolygon", "coordinates": [] }),
        json!({ "type": "Polygon", "coordinates": [[]] }),
        json!("Polygon"),
        // Latitude first; not closed; no area; a bow tie; a hole that is elsewhere; another datum; too large.
        polygon(json!([[43.9, 81.3], [43.9, 81.4], [44.0, 81.4], [43.9, 81.3]])),
        polygon(json!(SQUARE[..4])),
        polygon(json!([[81.3, 43.9], [81.4, 43.9], [81.3, 43.9], [81.3, 43.9]])),
        polygon(json!([[81.3, 43.9], [81.4, 44.0], [81.4, 43.9], [81.3, 44.0], [81.3, 43.9]])),
        json!({ "type": "Polygon", "coordinates": [SQUARE, SQUARE.map(|[x, y]| [x + 1.0, y])] }),
        json!({ "type": "Polygon", "coordinates": [SQUARE], "crs": { "type": "name" } }),
        polygon(json!(SQUARE.map(|[x, y]| [x, 43.0 + (y - 43.9) * 5.0]))),
    ] {
        refused(&bad);
    }
    assert!(Area::parse("{").is_err());
    assert!(Area::parse(&" ".repeat(MOST_BYTES + 1)).is_err());
}

#[test]
fn two_thousand_points_are_taken_and_one_more_is_not() {
    let circle = |points: u32| {
        let at = |n: u32| {
            let angle = f64::from(n % points) / f64::from(points) * std::f64::consts::TAU;
            [81.3 + 0.02 * angle.cos(), 43.9 + 0.02 * angle.sin()]
        };
        json!({ "type": "Polygon", "coordinates": [(0..=points).map(at).collect::<Vec<_>>()] })
    };
    let area = Area::parse(&circle(1999).to_string()).unwrap();
    assert_eq!(area.0.coords_count(), 2000);
    assert!(refused(&circle(2000)).contains("2000 points"));
}

#[test]
fn it_is_written_in_one_way() {
    // Clockwise, with a height, a repeated point and more decimals than anybody can measure.
    let sent = r#"{ "type": "MultiPolygon", "bbox": [0, 0, 1, 1], "coordinates": [[[[81.30000004, 43.9, 600],
        [81.3, 44.0], [81.3, 44.0], [81.4, 44.0], [81.4, 43.9], [81.3, 43.9]]]] }"#;
    let json = Area::parse(sent).unwrap().json().unwrap();
    assert_eq!(json, json!({ "type": "Polygon", "coordinates": [SQUARE] }));
    assert_eq!(Area::stored(&json).unwrap().json().unwrap(), json);
}

#[test]
fn what_is_inside_and_what_is_not() {
    let hole = [[81.34, 43.94], [81.34, 43.96], [81.36, 43.96], [81.36, 43.94], [81.34, 43.94]];
    let area = json!({ "type": "Polygon", "coordinates": [SQUARE, hole] }).to_string();
    let area = Area::parse(&area).unwrap();
    let holds = |lon, lat| area.holds(Point::from_degrees("lon", lon, lat).unwrap());
    assert!(holds(81.31, 43.91) && holds(81.3, 43.9) && holds(81.35, 43.9) && holds(81.34, 43.95));
    assert!(!holds(81.35, 43.95), "in the hole");
    assert!(!holds(81.299_999, 43.95) && !holds(81.35, 44.000_001));
    let bounds =
        Bounds { west: 81_300_000, south: 43_900_000, east: 81_400_000, north: 44_000_000 };
    assert_eq!(area.bounds(), bounds);
}

#[test]
fn on_a_shared_border_the_lowest_code_has_it() {
    let west = rectangle(81_300_000, 43_900_000, 81_310_000, 43_910_000);
    let east = rectangle(81_310_000, 43_900_000, 81_320_000, 43_910_000);
    assert!(!west.overlaps(&east), "neighbours");
    let blocks = || [("B2".to_owned(), 2, west.clone()), ("B10".to_owned(), 10, east.clone())];
    let at = |lon_e6| which(blocks(), Point { lon_e6, lat_e6: 43_905_000 });
    assert_eq!(at(81_305_000), Some(2));
    assert_eq!(at(81_310_000), Some(10), "by code, letter by letter");
    assert_eq!(at(81_310_001), Some(10));
    assert_eq!(at(81_320_001), None);
}

proptest! {
    #[test]
    fn two_overlap_when_they_share_more_than_a_hundredth_of_the_smaller(
        shared in 0..=1000_i32, height in 1..=1000_i32,
    ) {
        // A thousand wide each; the second lies `shared` in the first, and may be lower.
        let first = rectangle(81_300_000, 43_900_000, 81_301_000, 43_901_000);
        let west = 81_301_000 - shared;
        let second = rectangle(west, 43_900_000, west + 1000, 43_900_000 + height);
        prop_assume!(shared != 10);
        prop_assert_eq!(first.overlaps(&second), shared > 10);
        prop_assert_eq!(second.overlaps(&first), shared > 10);
    }

    #[test]
    fn a_slanted_border_belongs_to_both_neighbours(n in 0..=100_i32) {
        // From (0, 0) to (300, 700) in a hundred steps: every point of it is whole.
        let (x, y) = (81_300_000, 43_900_000);
        let ring = |corner: (i32, i32)| {
            let points = [(x, y), (x + 300, y + 700), corner, (x, y)];
            let points = points.map(|(lon, lat)| [f64::from(lon) / 1e6, f64::from(lat) / 1e6]);
            Area::parse(&json!({ "type": "Polygon", "coordinates": [points] }).to_string()).unwrap()
        };
        let (left, right) = (ring((x, y + 700)), ring((x + 300, y)));
        let point = Point { lon_e6: x + 3 * n, lat_e6: y + 7 * n };
        prop_assert!(left.holds(point) && right.holds(point));
        let beside = Point { lon_e6: point.lon_e6 + 1, ..point };
        prop_assert!(!left.holds(beside));
    }
}
