//! Areas of blocks, as GeoJSON (RFC 7946).
//!
//! Inside, coordinates are whole numbers of millionths of a degree: the predicates of `geo` are exact on
//! them, so a point on a border is on it for both neighbours.

use geo::{
    Area as _, BooleanOps, BoundingRect, ChamberlainDuquetteArea, Coord, CoordinatePosition,
    LineString, MapCoords, MultiPolygon, Orient, Polygon, RemoveRepeatedPoints, Validation,
    coordinate_position::CoordPos, orient::Direction,
};
use geojson::{GeoJson, Geometry, GeometryValue, Position};
use serde_json::Value;

use super::{Point, millionths};
use crate::kernel::{Code, Error, Rejected, Result};

/// Longest text of an area.
const MOST_BYTES: usize = 100_000;
/// Points of an area, those that close rings included.
const MOST_POINTS: usize = 2000;
/// Rings of an area.
const MOST_RINGS: usize = 100;
/// Square metres of an area: a hundred square kilometres.
const LARGEST: f64 = 100e6;
/// So much of the smaller of two neighbours may lie in the other: borders are drawn by hand.
const SLACK: f64 = 0.01;

/// Where a block lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Area(MultiPolygon<f64>);

/// The box around an area, in millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Westernmost longitude.
    pub west: i32,
    /// Southernmost latitude.
    pub south: i32,
    /// Easternmost longitude.
    pub east: i32,
    /// Northernmost latitude.
    pub north: i32,
}

fn refuse(wanted: impl std::fmt::Display) -> Error {
    Rejected::at(Code::InvalidValue, "area").with("wanted", wanted).into()
}

impl Area {
    /// An area as sent: a polygon or multipolygon in WGS 84, within China, of closed rings that do not
    /// cross. Rounded to six decimals, without points that say nothing, rings turned as the standard wants.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MOST_BYTES {
            return Err(Rejected::at(Code::TooLong, "area").with("max", MOST_BYTES).into());
        }
        let Ok(GeoJson::Geometry(geometry)) = text.parse::<GeoJson>() else {
            return Err(refuse("a GeoJSON geometry"));
        };
        // Before RFC 7946 a document could name another datum.
        if geometry.foreign_members.as_ref().is_some_and(|m| m.contains_key("crs")) {
            return Err(refuse("WGS 84, which is not named"));
        }
        let polygons = polygons(geometry.value)?;
        if polygons.iter().flatten().count() > MOST_RINGS {
            return Err(refuse(format!("at most {MOST_RINGS} rings")));
        }
        if polygons.iter().flatten().flatten().count() > MOST_POINTS {
            return Err(refuse(format!("at most {MOST_POINTS} points")));
        }
        let polygons = polygons.iter().map(|p| polygon(p)).collect::<Result<Vec<_>>>()?;
        let shape = MultiPolygon(polygons).remove_repeated_points().orient(Direction::Default);
        if shape.0.is_empty() {
            return Err(refuse("at least one ring"));
        }
        shape.check_validation().map_err(refuse)?;
        let area = Self(shape);
        if area.square_metres() > LARGEST {
            return Err(refuse("at most 100 square kilometres"));
        }
        Ok(area)
    }

    /// An area that was stored.
    pub fn stored(json: &Value) -> Result<Self> {
        let geometry = serde_json::from_value::<Geometry>(json.clone()).map_err(Error::internal)?;
        let polygons = polygons(geometry.value)?;
        let polygons = polygons.iter().map(|p| polygon(p));
        Ok(Self(MultiPolygon(polygons.collect::<Result<_>>()?)))
    }

    /// As it is stored and shown.
    pub fn json(&self) -> Result<Value> {
        let position = |c: &Coord<f64>| Position::from([c.x / 1e6, c.y / 1e6]);
        let ring = |ring: &LineString<f64>| ring.0.iter().map(position).collect::<Vec<_>>();
        let rings = |p: &Polygon<f64>| {
            std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect::<Vec<_>>()
        };
        let value = match self.0.0.as_slice() {
            [one] => GeometryValue::Polygon { coordinates: rings(one) },
            all => GeometryValue::MultiPolygon { coordinates: all.iter().map(rings).collect() },
        };
        serde_json::to_value(Geometry::new(value)).map_err(Error::internal)
    }

    /// The box around it.
    pub fn bounds(&self) -> Bounds {
        let (mut low, mut high) = ((i32::MAX, i32::MAX), (i32::MIN, i32::MIN));
        if let Some(rect) = self.0.bounding_rect() {
            low = (whole(rect.min().x), whole(rect.min().y));
            high = (whole(rect.max().x), whole(rect.max().y));
        }
        Bounds { west: low.0, south: low.1, east: high.0, north: high.1 }
    }

    /// Whether a point lies in it or on its border.
    pub fn holds(&self, point: Point) -> bool {
        let at = Coord { x: f64::from(point.lon_e6), y: f64::from(point.lat_e6) };
        self.0.0.iter().any(|p| p.coordinate_position(&at) != CoordPos::Outside)
    }

    /// Whether it overlaps another one by more than hands that draw borders do.
    pub fn overlaps(&self, other: &Self) -> bool {
        let smaller = self.0.unsigned_area().min(other.0.unsigned_area());
        self.0.intersection(&other.0).unsigned_area() > smaller * SLACK
    }

    /// How large it is.
    pub fn square_metres(&self) -> f64 {
        let degrees = self.0.map_coords(|c| Coord { x: c.x / 1e6, y: c.y / 1e6 });
        degrees.chamberlain_duquette_unsigned_area()
    }
}

/// A coordinate that is whole already.
fn whole(e6: f64) -> i32 {
    millionths(e6 / 1e6)
}

type Rings = Vec<Vec<Position>>;

fn polygons(value: GeometryValue) -> Result<Vec<Rings>> {
    match value {
        GeometryValue::Polygon { coordinates } => Ok(vec![coordinates]),
        GeometryValue::MultiPolygon { coordinates } => Ok(coordinates),
        _ => Err(refuse("a Polygon or a MultiPolygon")),
    }
}

fn polygon(rings: &[Vec<Position>]) -> Result<Polygon<f64>> {
    let mut rings = rings.iter().map(|r| ring(r)).collect::<Result<Vec<_>>>()?.into_iter();
    let exterior = rings.next().ok_or_else(|| refuse("at least one ring"))?;
    Ok(Polygon::new(exterior, rings.collect()))
}

fn ring(positions: &[Position]) -> Result<LineString<f64>> {
    let points = positions.iter().map(coord).collect::<Result<Vec<_>>>()?;
    if points.len() < 4 || points.first() != points.last() {
        return Err(refuse("closed rings of at least four points"));
    }
    Ok(LineString(points))
}

fn coord(position: &Position) -> Result<Coord<f64>> {
    // A height may follow, and says nothing here.
    let [lon, lat, ..] = *position.as_slice() else {
        return Err(refuse("points of a longitude and a latitude"));
    };
    let point = Point::within(lon, lat).map_err(refuse)?;
    Ok(Coord { x: f64::from(point.lon_e6), y: f64::from(point.lat_e6) })
}

/// Which of some blocks, each with its code, a point lies in: of those that share the border on which it
/// is, the one with the lowest code.
pub fn which<T>(blocks: impl IntoIterator<Item = (String, T, Area)>, point: Point) -> Option<T> {
    let holding = blocks.into_iter().filter(|(_, _, area)| area.holds(point));
    holding.min_by(|a, b| a.0.cmp(&b.0)).map(|(_, block, _)| block)
}

#[cfg(test)]
mod tests;
