//! Where a block lies, and where its people sit.

use linli_entity::{
    block, block_address,
    enums::PlaceKind,
    ids::{BlockAddressId, PlaceId},
    json::Localised,
    place,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType};
use serde_json::json;

use super::{check_version, lock};
use crate::{
    blocks::{
        queries,
        rules::{
            addresses::{self, Line},
            areas::Area,
        },
    },
    communities,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Rejected, Result, Target, Tx, policy,
        text,
    },
};

/// What changes of a block; what is `None` stays, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct BlockChange {
    /// The station where its people sit.
    pub station: Option<Option<PlaceId>>,
    /// When somebody sits there.
    pub hours: Option<Option<Localised>>,
    /// How to find them.
    pub address_note: Option<Option<String>>,
    /// Where it lies, as GeoJSON.
    pub area: Option<Option<String>>,
    /// The addresses that belong to it, instead of those that did.
    pub addresses: Option<Vec<Line>>,
}

/// Changes what is known of a block. Areas of a community are drawn one after the other, so that no two
/// overlap: also none of a block that is closed, which may be opened again.
pub async fn change(
    app: &App,
    actor: &Actor,
    (id, expected_version): (PlaceId, i32),
    input: BlockChange,
) -> Result<Committed<place::Model>> {
    actor.signed_in()?;
    let known = queries::place_of_kind(app, app.db.reader(), (id, PlaceKind::Block)).await?;
    policy::authorize(actor, Action::BlockChange, &Target::place(&known))?;
    // What is drawn is read before anybody else has to wait.
    check(&input)?;
    let area = match input.area.as_ref() {
        Some(Some(text)) => Some(Some(Area::parse(text)?)),
        Some(None) => Some(None),
        None => None,
    };
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::BlockChange, &Target::place(&known))?;
    let community = known.community_id.ok_or_else(|| Error::internal("a block of no community"))?;
    if matches!(area, Some(Some(_))) {
        communities::queries::active_community(&tx, community).await?;
    }
    let place = lock(&tx, id).await?;
    let before = block::Entity::find_by_id(id).one(tx.conn()).await?;
    check_version(before.as_ref().map_or(0, |b| b.version), expected_version)?;
    let mut row = before.clone().unwrap_or(block::Model {
        place_id: id,
        community_id: community,
        station_id: None,
        hours: None,
        address_note: None,
        area: None,
        west: None,
        south: None,
        east: None,
        north: None,
        version: 0,
    });
    row.version += 1;
    if let Some(station) = input.station {
        row.station_id = station;
        check_station(&tx, community, station).await?;
    }
    row.hours = input.hours.unwrap_or(row.hours);
    row.address_note = input.address_note.unwrap_or(row.address_note);
    if let Some(area) = area {
        if let Some(area) = &area {
            check_neighbours(&tx, community, (id, area)).await?;
        }
        draw(&mut row, area.as_ref())?;
    }
    match &before {
        Some(before) => tx.update_last(before, &row),
        None => {
            let new = block::ActiveModel::from(row.clone());
            block::Entity::insert(new).exec_without_returning(tx.conn()).await?;
        }
    }
    if let Some(lines) = input.addresses {
        replace(&tx, &row, lines).await?;
    }
    let event = Event::new(permit, "BLOCK_CHANGED", "block", id)
        .community(community)
        .data(json!({ "version": row.version }))
        .row_held();
    tx.commit(vec![event], place).await
}

fn check(input: &BlockChange) -> Result<()> {
    let note = input.address_note.as_ref().and_then(Option::as_deref);
    text::check_optional("addressNote", note, text::LINE)?;
    let lines = input.addresses.as_deref().unwrap_or_default();
    if lines.len() > addresses::MOST_LINES {
        let wanted = format!("at most {} addresses", addresses::MOST_LINES);
        return Err(Rejected::at(Code::InvalidValue, "addresses").with("wanted", wanted).into());
    }
    lines.iter().try_for_each(Line::check)
}

async fn check_station(tx: &Tx<'_>, community: PlaceId, station: Option<PlaceId>) -> Result<()> {
    let Some(station) = station else { return Ok(()) };
    // Whoever closes it meanwhile waits.
    let found = place::Entity::find_by_id(station)
        .filter(place::Column::Kind.eq(PlaceKind::ServiceStation))
        .filter(place::Column::CommunityId.eq(community))
        .filter(place::Column::Active.eq(true))
        .lock(LockType::KeyShare)
        .one(tx.conn())
        .await?;
    match found {
        Some(_) => Ok(()),
        None => Err(Rejected::at(Code::UnknownReference, "stationId").into()),
    }
}

async fn check_neighbours(
    tx: &Tx<'_>,
    community: PlaceId,
    (id, area): (PlaceId, &Area),
) -> Result<()> {
    let others = queries::neighbours(tx.conn(), community, (id, area)).await?;
    let Some((names, _)) = others.into_iter().find(|(_, other)| area.overlaps(other)) else {
        return Ok(());
    };
    // In the source language, which every name has.
    let name = names.0.get("zh-Hans").cloned().unwrap_or_default();
    Err(Rejected::at(Code::BlocksOverlap, "area").with("block", name).into())
}

fn draw(row: &mut block::Model, area: Option<&Area>) -> Result<()> {
    let bounds = area.map(Area::bounds);
    row.area = area.map(Area::json).transpose()?;
    row.west = bounds.map(|b| b.west);
    row.south = bounds.map(|b| b.south);
    row.east = bounds.map(|b| b.east);
    row.north = bounds.map(|b| b.north);
    Ok(())
}

async fn replace(tx: &Tx<'_>, row: &block::Model, lines: Vec<Line>) -> Result<()> {
    block_address::Entity::delete_many()
        .filter(block_address::Column::BlockId.eq(row.place_id))
        .exec(tx.conn())
        .await?;
    if lines.is_empty() {
        return Ok(());
    }
    let rows = (0..).zip(lines).map(|(position, line)| {
        block_address::ActiveModel::from(block_address::Model {
            id: BlockAddressId(tx.new_id()),
            block_id: row.place_id,
            community_id: row.community_id,
            street_key: addresses::key(&line.street),
            street: line.street,
            from_number: line.from,
            until_number: line.until,
            parity: line.parity,
            position,
        })
    });
    block_address::Entity::insert_many(rows).exec_without_returning(tx.conn()).await?;
    Ok(())
}
