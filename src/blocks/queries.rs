//! Reads of blocks, offices and agencies. All of them are public but the history of offices.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use linli_entity::{
    account, agency_terms, block, block_address,
    enums::{AccountState, Parity, PlaceKind, Role},
    ids::{AccountId, PlaceId, TermId},
    json::Localised,
    office_stand_in, office_term, place,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, JoinType,
    JsonValue, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef, Select,
    Statement,
    sea_query::{Expr, ExprTrait, Order},
};

use super::rules::{
    Point,
    addresses::{self, Line},
    agencies::Terms,
    areas::{self, Area},
};
use crate::{
    communities::queries::{self as places, PlaceFilter},
    identity,
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
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

/// A term in force, and who stands in now.
#[derive(Clone, Debug)]
pub struct Office {
    /// The term.
    pub term: office_term::Model,
    /// The name of whoever has it.
    pub name: Option<String>,
    /// Who stands in, with their name.
    pub stand_in: Option<(office_stand_in::Model, Option<String>)>,
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

/// The blocks of a community.
pub async fn blocks(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    page: PageArgs,
) -> Result<Page<place::Model>> {
    under(app, actor, (PlaceKind::Block, community), page).await
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
        .order_by_asc(block_address::Column::Id)
        .all(app.db.reader())
        .await?;
    let mut found: HashMap<PlaceId, Vec<block_address::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.block_id).or_default().push(row);
    }
    Ok(found)
}

/// From a term to who stands in at an instant.
fn standing_in(now: DateTime<Utc>) -> RelationDef {
    use office_stand_in::Column as C;
    office_term::Entity::belongs_to(office_stand_in::Entity)
        .from(office_term::Column::Id)
        .to(C::TermId)
        .on_condition(move |_, stand_in| {
            let column = |c: C| Expr::col((stand_in.clone(), c));
            Condition::all()
                .add(column(C::CancelledAt).is_null())
                .add(column(C::FromAt).lte(now))
                .add(column(C::UntilAt).gt(now))
        })
        .into()
}

async fn in_force(
    conn: &impl ConnectionTrait,
    ids: &[PlaceId],
    roles: &[Role],
    now: DateTime<Utc>,
) -> Result<Vec<(office_term::Model, Option<office_stand_in::Model>)>> {
    use office_term::Column as C;
    Ok(office_term::Entity::find()
        .join(JoinType::LeftJoin, standing_in(now))
        .select_also(office_stand_in::Entity)
        .filter(C::PlaceId.is_in(ids.iter().copied()))
        .filter(C::Role.is_in(roles.iter().copied()))
        .filter(C::FromAt.lte(now))
        .filter(Condition::any().add(C::UntilAt.is_null()).add(C::UntilAt.gt(now)))
        .order_by_asc(C::FromAt)
        .order_by_asc(C::Id)
        .all(conn)
        .await?)
}

/// Who answers for blocks or subdistricts now.
pub async fn offices(app: &App, ids: &[PlaceId]) -> Result<HashMap<PlaceId, Vec<Office>>> {
    let roles = [Role::BlockLead, Role::DeputyBlockLead, Role::GeneralLead];
    let rows = in_force(app.db.reader(), ids, &roles, app.clock.now()).await?;
    let mut people: Vec<AccountId> = rows
        .iter()
        .flat_map(|(term, other)| [Some(term.account_id), other.as_ref().map(|o| o.account_id)])
        .flatten()
        .collect();
    people.sort_unstable();
    people.dedup();
    let people = identity::queries::accounts(app, &people).await?;
    let name = |id: AccountId| people.get(&id).and_then(|account| account.staff_name.clone());
    let mut found: HashMap<PlaceId, Vec<Office>> = HashMap::new();
    for (term, other) in rows {
        let stand_in = other.map(|other| (other.clone(), name(other.account_id)));
        let office = Office { name: name(term.account_id), term, stand_in };
        found.entry(office.term.place_id).or_default().push(office);
    }
    Ok(found)
}

/// The active accounts that hold an office at an instant, by the place that it answers for: those who have
/// it first, then those who stand in.
pub async fn office_holders(
    conn: &impl ConnectionTrait,
    role: Role,
    scopes: &[PlaceId],
    now: DateTime<Utc>,
) -> Result<HashMap<PlaceId, Vec<AccountId>>> {
    let offices = in_force(conn, scopes, &[role], now).await?;
    let holders = offices.iter().map(|(term, _)| (term.place_id, term.account_id));
    let stand_ins =
        offices.iter().filter_map(|(t, other)| Some((t.place_id, other.as_ref()?.account_id)));
    let all: Vec<(PlaceId, AccountId)> = holders.chain(stand_ins).collect();
    let active: Vec<AccountId> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::Id.is_in(all.iter().map(|(_, id)| *id)))
        .filter(account::Column::State.eq(AccountState::Active))
        .into_tuple()
        .all(conn)
        .await?;
    let mut found: HashMap<PlaceId, Vec<AccountId>> = HashMap::new();
    for (place, account) in all.into_iter().filter(|(_, id)| active.contains(id)) {
        let holders = found.entry(place).or_default();
        if !holders.contains(&account) {
            holders.push(account);
        }
    }
    Ok(found)
}

/// Whether the reader may know who had the offices of a place before.
pub fn may_read_terms(actor: &Actor, place: &place::Model) -> bool {
    policy::allowed(actor, Action::OfficeTermsRead, &Target::place(place))
}

async fn of_place(app: &App, actor: &Actor, id: PlaceId) -> Result<Select<office_term::Entity>> {
    actor.signed_in()?;
    let place = places::place(app, app.db.reader(), id).await?;
    policy::authorize(actor, Action::OfficeTermsRead, &Target::place(&place))?;
    Ok(office_term::Entity::find().filter(office_term::Column::PlaceId.eq(id)))
}

/// A page of the terms of the offices of a block or subdistrict, the latest first; for those who manage
/// them.
pub async fn terms_of(
    app: &App,
    actor: &Actor,
    id: PlaceId,
    page: PageArgs,
) -> Result<Page<office_term::Model>> {
    use office_term::Column as C;
    let select = of_place(app, actor, id).await?;
    let rows = page.apply(select, C::FromAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn terms_count(app: &App, actor: &Actor, id: PlaceId) -> Result<u64> {
    Ok(of_place(app, actor, id).await?.count(app.db.reader()).await?)
}

/// Who stood in, stands in or will, by term, in the order of their beginning.
pub async fn stand_ins(
    app: &App,
    ids: &[TermId],
) -> Result<HashMap<TermId, Vec<office_stand_in::Model>>> {
    let rows = office_stand_in::Entity::find()
        .filter(office_stand_in::Column::TermId.is_in(ids.iter().copied()))
        .order_by_asc(office_stand_in::Column::FromAt)
        .order_by_asc(office_stand_in::Column::Id)
        .all(app.db.reader())
        .await?;
    let mut found: HashMap<TermId, Vec<office_stand_in::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.term_id).or_default().push(row);
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

/// The areas of the other blocks in use whose boxes touch that of an area, with their names.
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
        "SELECT p.names, b.area FROM block b JOIN place p ON p.id = b.place_id AND p.active \
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
