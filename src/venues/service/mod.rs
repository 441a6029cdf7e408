//! Writes of venues: the rooms themselves; bookings.

mod bookings;
mod desk;
mod series;

use chrono::Duration;
use linli_entity::{
    enums::{PlaceKind, ResourceKind, VenueAudience, VenueKind},
    ids::{PersonId, PlaceId, VenueId},
    json::{Equipment, Localised},
    venue, venue_booking,
};
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect};
use serde_json::{Value as Json, json};

pub use bookings::{book, cancel, move_to, record_use};
pub use desk::NewBooking;
pub use series::{NewSeries, Series, SeriesDate, book_series};

use super::{queries, rules};
use crate::{
    calendar::rules::Hours,
    communities,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Permit, Rejected, Result, Target, Tx,
    },
    reservations::{self, rules::Span, service::Subject},
};

/// Most things that a venue's equipment lists.
const EQUIPMENT: usize = 50;

/// What a venue is.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Kind.
    pub kind: VenueKind,
    /// Names.
    pub names: Localised,
    /// Equipment.
    pub equipment: Vec<Localised>,
    /// Who it is meant for.
    pub audience: VenueAudience,
    /// How many people it holds.
    pub capacity: i32,
    /// Weekly hours of its own.
    pub week: Option<Vec<Hours>>,
    /// A resident books at least so long before it begins.
    pub lead_minutes: i32,
    /// Nobody books further ahead.
    pub horizon_days: i32,
    /// Longest booking.
    pub longest_minutes: i32,
    /// Whether it can be booked.
    pub bookable: bool,
    /// Bookings to come that a resident may hold.
    pub most_held: i32,
}

/// What changes of a venue; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct VenueChange {
    /// Kind.
    pub kind: Option<VenueKind>,
    /// Names.
    pub names: Option<Localised>,
    /// Equipment.
    pub equipment: Option<Vec<Localised>>,
    /// Who it is meant for.
    pub audience: Option<VenueAudience>,
    /// How many people it holds.
    pub capacity: Option<i32>,
    /// Weekly hours of its own; `Some(None)` goes back to the community's calendar.
    pub week: Option<Option<Vec<Hours>>>,
    /// A resident books at least so long before it begins.
    pub lead_minutes: Option<i32>,
    /// Nobody books further ahead.
    pub horizon_days: Option<i32>,
    /// Longest booking.
    pub longest_minutes: Option<i32>,
    /// Whether it can be booked.
    pub bookable: Option<bool>,
    /// Bookings to come that a resident may hold.
    pub most_held: Option<i32>,
    /// Whether it is in use.
    pub active: Option<bool>,
}

/// A room of its own: one booking at a time.
fn subject(id: VenueId) -> Subject {
    Subject { kind: ResourceKind::Room, id: id.0, lanes: 1 }
}

fn check(row: &venue::Model) -> Result<()> {
    let limits = [
        ("capacity", row.capacity, 1, 10_000),
        ("leadMinutes", row.lead_minutes, 0, 43_200),
        ("horizonDays", row.horizon_days, 1, 400),
        ("longestMinutes", row.longest_minutes, 15, 1440),
        ("mostHeld", row.most_held, 1, 100),
    ];
    for (path, value, least, most) in limits {
        if !(least..=most).contains(&value) {
            let wanted = format!("{least} to {most}");
            return Err(Rejected::at(Code::InvalidValue, path).with("wanted", wanted).into());
        }
    }
    if row.equipment.0.len() > EQUIPMENT {
        let refused = Rejected::at(Code::InvalidValue, "equipment");
        return Err(refused.with("wanted", format!("at most {EQUIPMENT}")).into());
    }
    Ok(())
}

fn stored(week: Option<Vec<Hours>>) -> Result<Option<serde_json::Value>> {
    let Some(week) = week else { return Ok(None) };
    rules::check_week(&week)?;
    Ok(Some(serde_json::to_value(week).map_err(Error::internal)?))
}

/// Creates a venue in a station.
pub async fn create(
    app: &App,
    actor: &Actor,
    station: PlaceId,
    terms: Terms,
) -> Result<Committed<venue::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let unknown = || Error::from(Rejected::at(Code::UnknownReference, "stationId"));
    let place = match communities::queries::place(app, tx.conn(), station).await {
        Err(Error::NotFound) => return Err(unknown()),
        found => found?,
    };
    let permit = tx.authorize(Action::VenueManage, &Target::place(&place))?;
    let community = place
        .community_id
        .filter(|_| place.kind == PlaceKind::ServiceStation && place.active)
        .ok_or_else(unknown)?;
    let row = venue::Model {
        id: VenueId(tx.new_id()),
        community_id: community,
        station_id: station,
        kind: terms.kind,
        names: terms.names,
        equipment: Equipment(terms.equipment),
        audience: terms.audience,
        capacity: terms.capacity,
        week: stored(terms.week)?,
        lead_minutes: terms.lead_minutes,
        horizon_days: terms.horizon_days,
        longest_minutes: terms.longest_minutes,
        bookable: terms.bookable,
        most_held: terms.most_held,
        closed_at: None,
        created_at: tx.now(),
        version: 1,
    };
    check(&row)?;
    tx.insert_last(venue::ActiveModel::from(row.clone()));
    let event = Event::new(permit, "VENUE_CREATED", "venue", row.id)
        .community(community)
        .data(json!({ "kind": row.kind, "station": station }))
        .row_held();
    tx.commit(vec![event], row).await
}

/// Changes a venue, or closes it: only when nothing of it is held for later. Bookings that were made
/// stay as they are.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: VenueId,
    expected_version: i32,
    input: VenueChange,
) -> Result<Committed<venue::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let seen = queries::venue(tx.conn(), id).await?;
    let permit = tx.authorize(Action::VenueManage, &Target::community(seen.community_id))?;
    // The resource first, as everybody who books does.
    reservations::service::lock_in_tx(&tx, &[subject(id)]).await?;
    let before = venue::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    if before.version != expected_version {
        return Err(stale(before.version));
    }
    let mut row = before.clone();
    row.kind = input.kind.unwrap_or(row.kind);
    row.names = input.names.unwrap_or(row.names);
    row.equipment = input.equipment.map_or(row.equipment, Equipment);
    row.audience = input.audience.unwrap_or(row.audience);
    row.capacity = input.capacity.unwrap_or(row.capacity);
    if let Some(week) = input.week {
        row.week = stored(week)?;
    }
    row.lead_minutes = input.lead_minutes.unwrap_or(row.lead_minutes);
    row.horizon_days = input.horizon_days.unwrap_or(row.horizon_days);
    row.longest_minutes = input.longest_minutes.unwrap_or(row.longest_minutes);
    row.bookable = input.bookable.unwrap_or(row.bookable);
    row.most_held = input.most_held.unwrap_or(row.most_held);
    match input.active {
        Some(false) if row.closed_at.is_none() => {
            unused(&tx, id).await?;
            row.closed_at = Some(tx.now());
        }
        Some(true) => row.closed_at = None,
        Some(false) | None => {}
    }
    row.version += 1;
    check(&row)?;
    let changed = venue::ActiveModel::from(row.clone()).reset_all();
    venue::Entity::update(changed).exec(tx.conn()).await?;
    let event = Event::new(permit, "VENUE_CHANGED", "venue", id)
        .community(row.community_id)
        .data(json!({ "version": row.version, "closed": row.closed_at.is_some() }))
        .row_held();
    tx.commit(vec![event], row).await
}

/// Nothing is held of it for later, be it a booking (which a trigger says too) or a session.
async fn unused(tx: &Tx<'_>, id: VenueId) -> Result<()> {
    let later = Span { from: tx.now(), until: tx.now() + Duration::days(3660) };
    if queries::held(tx.conn(), id, later).await?.is_empty() {
        return Ok(());
    }
    Err(Rejected::at(Code::InUse, "active").into())
}

/// What happened to a booking that `holder` has.
fn event(
    tx: &Tx<'_>,
    permit: Permit,
    kind: &'static str,
    (row, holder): (&venue_booking::Model, PersonId),
    more: Json,
) -> Event {
    let mut data = json!({
        "venue": row.venue_id, "state": row.state, "version": row.version,
        "from": row.from_at, "until": row.until_at, "sequence": row.sequence,
    });
    if let (Some(data), Json::Object(more)) = (data.as_object_mut(), more) {
        data.extend(more);
    }
    let other = tx.actor().person() != Some(holder);
    Event::new(permit, kind, "venue_booking", row.id)
        .community(row.community_id)
        .beneficiary(other.then_some(holder))
        .data(data)
        .row_held()
}

fn stale(current: i32) -> Error {
    Rejected::new(Code::StaleVersion).with("currentVersion", current).into()
}
