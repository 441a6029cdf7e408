//! The public incidents of a community as a map (GeoJSON, RFC 7946).

use std::collections::HashMap;

use linli_entity::place;
use serde_json::{Value, json};

use crate::{
    communities,
    incidents::{
        coarse::{Coarse, Spot},
        queries::{self, Mapped},
    },
    kernel::{App, Error, Languages, Result},
};

/// The text of the map.
pub async fn incidents(
    app: &App,
    community: &place::Model,
    languages: Languages,
) -> Result<String> {
    let rows = queries::on_map(app, community.id).await?;
    let mut blocks: Vec<_> = rows.iter().filter_map(|row| row.block).collect();
    blocks.sort_unstable();
    blocks.dedup();
    let blocks = communities::queries::places_by_id(app, &blocks).await?;
    let names: HashMap<_, _> =
        blocks.iter().map(|(id, block)| (*id, languages.pick(&block.names))).collect();
    let features: Vec<Value> = rows
        .iter()
        .map(|row| {
            let block = row.block.and_then(|id| names.get(&id).copied());
            let day = app.day(row.received_at).to_string();
            feature(row, &day, block, languages)
        })
        .collect();
    let map = json!({ "type": "FeatureCollection", "features": features });
    serde_json::to_string(&map).map_err(Error::internal)
}

/// One incident. What cannot be placed has no geometry (section 3.2).
fn feature(row: &Mapped, day: &str, block: Option<&str>, languages: Languages) -> Value {
    let (place, geometry) = match row.place {
        Coarse::Cell(spot) => ("cell", point(spot)),
        Coarse::Block(spot) => ("block", point(spot)),
        Coarse::Nowhere => ("none", Value::Null),
    };
    let id = row.id.to_string();
    json!({
        "type": "Feature",
        "id": id,
        "geometry": geometry,
        "properties": {
            "id": id,
            "number": row.number,
            "kind": row.kind,
            "state": row.state,
            "outcome": row.outcome,
            "day": day,
            "text": languages.pick(&row.card),
            "block": block,
            "place": place,
        },
    })
}

/// Longitude before latitude (section 3.1.1).
fn point(spot: Spot) -> Value {
    let degrees = |e6: i64| f64::from(i32::try_from(e6).unwrap_or_default()) / 1e6;
    json!({ "type": "Point", "coordinates": [degrees(spot.lon_e6), degrees(spot.lat_e6)] })
}
