//! Reads of blocks, offices and agencies. All of them are public but the history of offices.

mod offices;

use std::collections::HashMap;

use linli_entity::{
    agency_terms, block, block_address,
    enums::{Parity, PlaceKind},
    ids::PlaceId,
    json::Localised,
    place,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, JsonValue, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};

use super::rules::{
    Point,
    addresses::{self, Line},
    agencies::Terms,
    areas::{self, Area},
};
use crate::{
    communities::queries::{self as places, PlaceFilter},
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

pub use offices::{
    Office, may_read_terms, office_holders, offices, stand_ins, terms_count, terms_of,
};

/// What is known of a block beside its area.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Facts {
    /// The block.
    pub place_id: PlaceId,
    /// The station where its people sit.
    pub station_id: Option<PlaceId>,
    /// When somebody sits there.
    pub hours: Option<Localised>,
    /// How to find them.
    pub address_note: Option<String>,
    /// Version; a block of which nothing was said has none.
    pub version: i32,
}

#[derive(FromQueryResult)]
struct AreaRow {
    code: String,
    place_id: PlaceId,
    area: JsonValue,
}

/// The block in which a point lies; of blocks that share the border on which it is, the one with the
/// lowest code.
pub async fn block_at(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    point: Point,
) -> Result<Option<PlaceId>> {
    let rows = AreaRow::find_by_statement(Statement::from_sql_and_values(
        conn.get_database_backend(),
        "SELECT p.code, b.place_id, b.area FROM block b JOIN place p ON p.id = b.place_id AND p.active \
         WHERE b.community_id = $1 AND b.west <= $2 AND b.east >= $2 AND b.south <= $3 AND b.north >= $3",
        [community.into(), point.lon_e6.into(), point.lat_e6.into()],
    ))
    .all(conn)
    .await?;
    let mut blocks = Vec::with_capacity(rows.len());
    for row in rows {
        blocks.push((row.code, row.place_id, Area::stored(&row.area)?));
    }
    Ok(areas::which(blocks, point))
}

#[derive(FromQueryResult)]
struct LineRow {
    code: String,
    block_id: PlaceId,
    street: String,
    from_number: Option<i32>,
    until_number: Option<i32>,
    parity: Parity,
}

/// The block to which an address belongs by its street and number.
pub async fn block_of_address(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    address: &str,
) -> Result<Option<PlaceId>> {
    let backend = conn.get_database_backend();
    let within = if backend == DbBackend::Postgres { "strpos" } else { "instr" };
    let sql = format!(
        "SELECT p.code, a.block_id, a.street, a.from_number, a.until_number, a.parity \
         FROM block_address a JOIN place p ON p.id = a.block_id AND p.active \
         WHERE a.community_id = $1 AND {within}($2, a.street_key) > 0"
    );
    let values = [community.into(), addresses::key(address).into()];
    let rows = LineRow::find_by_statement(Statement::from_sql_and_values(backend, sql, values));
    let lines = rows.all(conn).await?.into_iter().map(|row| {
        let (from, until) = (row.from_number, row.until_number);
        (row.code, row.block_id, Line { street: row.street, from, until, parity: row.parity })
    });
    Ok(addresses::which(lines, address))
}

/// The block of a community in which something lies: by its point, else by its address.
pub async fn find(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    point: Option<Point>,
    address: Option<&str>,
) -> Result<Option<PlaceId>> {
    if let Some(point) = point
        && let Some(block) = block_at(conn, community, point).await?
    {
        return Ok(Some(block));
    }
    match address {
        Some(address) => block_of_address(conn, community, address).await,
        None => Ok(None),
    }
}

fn filter(kind: PlaceKind, of: PlaceId) -> PlaceFilter {
    let parent = Some(of);
    PlaceFilter { kind: Some(kind), parent, community: None }
}

/// A page of the blocks of a community, or of the agencies of a subdistrict, in the order of their
/// creation.
pub async fn under(
    app: &App,
    actor: &Actor,
    (kind, of): (PlaceKind, PlaceId),
    page: PageArgs,
) -> Result<Page<place::Model>> {
    policy::authorize(actor, Action::BlockRead, &Target::NONE)?;
    places::places(app, filter(kind, of), page).await
}

/// How many there are.
pub async fn under_count(app: &App, kind: PlaceKind, of: PlaceId) -> Result<u64> {
    places::places_count(app, filter(kind, of)).await
}

/// What is known of blocks; of some, nothing.
pub async fn facts(app: &App, ids: &[PlaceId]) -> Result<HashMap<PlaceId, Facts>> {
    use block::Column as C;
    let rows = block::Entity::find()
        .select_only()
        .columns([C::PlaceId, C::StationId, C::Hours, C::AddressNote, C::Version])
        .filter(C::PlaceId.is_in(ids.iter().copied()))
        .into_model::<Facts>()
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.place_id, row)).collect())
}

/// The areas of blocks, as they are stored.
pub async fn areas(app: &App, ids: &[PlaceId]) -> Result<HashMap<PlaceId, JsonValue>> {
    let rows = block::Entity::find()
        .filter(block::Column::PlaceId.is_in(ids.iter().copied()))
        .filter(block::Column::Area.is_not_null())
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.place_id, row.area?))).collect())
}

/// The addresses that belong to blocks, in the order in which they were sent.
pub async fn lines(
    app: &App,
    ids: &[PlaceId],
) -> Result<HashMap<PlaceId, Vec<block_address::Model>>> {
    let rows = block_address::Entity::find()
        .filter(block_address::Column::BlockId.is_in(ids.iter().copied()))
        .order_by_asc(block_address::Column::Position)
        .all(app.db.reader())
        .await?;
    let mut found: HashMap<PlaceId, Vec<block_address::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.block_id).or_default().push(row);
    }
    Ok(found)
}

/// What is agreed with agencies; where nothing was agreed, the defaults.
pub async fn agency_terms(
    conn: &impl ConnectionTrait,
    ids: &[PlaceId],
) -> Result<HashMap<PlaceId, Terms>> {
    let rows = agency_terms::Entity::find()
        .filter(agency_terms::Column::PlaceId.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    let mut found: HashMap<PlaceId, Terms> = ids.iter().map(|id| (*id, Terms::default())).collect();
    found.extend(rows.into_iter().map(|row| (row.place_id, row.into())));
    Ok(found)
}

/// The same for the readers of a list.
pub async fn agencies(app: &App, ids: &[PlaceId]) -> Result<HashMap<PlaceId, Terms>> {
    agency_terms(app.db.reader(), ids).await
}

/// The areas of the other blocks whose boxes touch that of an area, with their names.
pub(super) async fn neighbours(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    (block, area): (PlaceId, &Area),
) -> Result<Vec<(Localised, Area)>> {
    #[derive(FromQueryResult)]
    struct Row {
        names: Localised,
        area: JsonValue,
    }
    let bounds = area.bounds();
    let rows = Row::find_by_statement(Statement::from_sql_and_values(
        conn.get_database_backend(),
        "SELECT p.names, b.area FROM block b JOIN place p ON p.id = b.place_id \
         WHERE b.community_id = $1 AND b.place_id <> $2 AND b.west <= $3 AND b.east >= $4 \
         AND b.south <= $5 AND b.north >= $6 ORDER BY p.code",
        [
            community.into(),
            block.into(),
            bounds.east.into(),
            bounds.west.into(),
            bounds.north.into(),
            bounds.south.into(),
        ],
    ))
    .all(conn)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.push((row.names, Area::stored(&row.area)?));
    }
    Ok(found)
}

/// A place of a kind; as the process remembers it. Everything else is not found.
pub async fn place_of_kind(
    app: &App,
    conn: &impl ConnectionTrait,
    (id, kind): (PlaceId, PlaceKind),
) -> Result<std::sync::Arc<place::Model>> {
    let place = places::place(app, conn, id).await?;
    if place.kind == kind { Ok(place) } else { Err(Error::NotFound) }
}
