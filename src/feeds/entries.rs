//! What stands in a calendar: one function for each slice that has something to say.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    activity, appointment,
    enums::{ActivityState, AppointmentKind, AppointmentState, VenueBookingState},
    ids::{PersonId, PlaceId, VenueId},
    place, venue, venue_booking,
};

use super::rules::{self, Entry};
use crate::{
    activities, appointments, audit, communities, identity,
    kernel::{App, Languages, Result},
    venues,
};

/// What ended or was cancelled stays in a person's calendar for so long.
const KEPT: Duration = Duration::days(30);
/// What is over stays in a community's calendar for so long.
const SHOWN: Duration = Duration::days(90);

/// Everything in a person's calendar, in the language that they chose.
pub async fn of_person(app: &App, person: PersonId) -> Result<Vec<Entry>> {
    let languages = Languages::negotiate(&identity::queries::person(app, person).await?.language);
    let since = app.clock.now() - KEPT;
    // A slice that has entries for a person adds its function here.
    let mut entries = bookings(app, person, since, languages).await?;
    entries.extend(visits(app, person, since, languages).await?);
    let joined = activities::queries::of_person_for_calendar(app, person, since).await?;
    entries.extend(sessions(app, joined, languages).await?);
    Ok(entries)
}

/// The programme of a community, for everybody.
pub async fn of_community(
    app: &App,
    community: &place::Model,
    languages: Languages,
) -> Result<Vec<Entry>> {
    let since = app.clock.now() - SHOWN;
    let published = activities::queries::for_calendar(app, community.id, since).await?;
    sessions(app, published, languages).await
}

/// The sessions of activities. One that was taken out of its activity is there no more.
async fn sessions(
    app: &App,
    rows: Vec<activity::Model>,
    languages: Languages,
) -> Result<Vec<Entry>> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let by_activity = activities::queries::sessions_of(app, &ids).await?;
    let objects: Vec<_> = ids.iter().map(|id| id.0).collect();
    let changes = audit::queries::last_changes(app, &objects).await?;
    let held = by_activity.values().flatten().filter_map(|session| session.venue_id);
    let rooms = Rooms::load(app, held.collect()).await?;
    let mut entries = Vec::new();
    for row in &rows {
        for session in by_activity.get(&row.id).into_iter().flatten() {
            let room = session.venue_id.and_then(|id| rooms.location(id, languages));
            let place = [session.place.clone(), room].into_iter().flatten().collect::<Vec<_>>();
            entries.push(Entry {
                uid: format!("{}@linli", session.id),
                sequence: u32::try_from(row.sequence).unwrap_or(0),
                cancelled: row.state == ActivityState::Cancelled,
                from: session.from_at,
                until: session.until_at,
                summary: languages.pick(&row.titles).to_owned(),
                description: Some(languages.pick(&row.descriptions).to_owned()),
                location: (!place.is_empty()).then(|| place.join(", ")),
                created: row.created_at,
                changed: changes.get(&row.id.0).copied().unwrap_or(row.created_at),
            });
        }
    }
    Ok(entries)
}

/// Appointments of the person: at the window, and visits at their home.
async fn visits(
    app: &App,
    person: PersonId,
    since: DateTime<Utc>,
    languages: Languages,
) -> Result<Vec<Entry>> {
    let rows = appointments::queries::for_calendar(app, person, since).await?;
    let objects: Vec<_> = rows.iter().map(|(row, _)| row.id.0).collect();
    let changes = audit::queries::last_changes(app, &objects).await?;
    let mut stations: Vec<_> = rows.iter().map(|(row, _)| row.station_id).collect();
    stations.sort_unstable();
    stations.dedup();
    let places = communities::queries::places_by_id(app, &stations).await?;
    let entry = |(row, number): (appointment::Model, String)| {
        let station = places.get(&row.station_id).filter(|_| row.kind == AppointmentKind::Window);
        Entry {
            uid: format!("{}@linli", row.id),
            sequence: u32::try_from(row.sequence).unwrap_or(0),
            cancelled: row.state == AppointmentState::Cancelled,
            from: row.from_at,
            until: row.until_at,
            summary: rules::visit(languages.first(), row.kind, &number),
            description: None,
            // The home is known to those who live there, and not to who gets hold of the link.
            location: station.map(|station| address(station, languages)),
            created: row.booked_at,
            changed: changes.get(&row.id.0).copied().unwrap_or(row.booked_at),
        }
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// Rooms with the stations that they are in.
struct Rooms {
    rooms: HashMap<VenueId, venue::Model>,
    stations: HashMap<PlaceId, Arc<place::Model>>,
}

impl Rooms {
    async fn load(app: &App, ids: BTreeSet<VenueId>) -> Result<Self> {
        let ids: Vec<VenueId> = ids.into_iter().collect();
        let rooms = venues::queries::venues_by_id(app, &ids).await?;
        let stations: Vec<_> = rooms.values().map(|v| v.station_id).collect();
        let stations = communities::queries::places_by_id(app, &stations).await?;
        Ok(Self { rooms, stations })
    }

    fn name(&self, id: VenueId, languages: Languages) -> Option<&str> {
        self.rooms.get(&id).map(|room| languages.pick(&room.names))
    }

    /// The station of a room, with its address.
    fn station(&self, id: VenueId, languages: Languages) -> Option<String> {
        let station = self.stations.get(&self.rooms.get(&id)?.station_id)?;
        Some(address(station, languages))
    }

    /// The room in its station.
    fn location(&self, id: VenueId, languages: Languages) -> Option<String> {
        let name = self.name(id, languages)?;
        Some(match self.station(id, languages) {
            Some(station) => format!("{name}, {station}"),
            None => name.to_owned(),
        })
    }
}

fn address(station: &place::Model, languages: Languages) -> String {
    let name = languages.pick(&station.names);
    match &station.address {
        Some(address) => format!("{name}, {address}"),
        None => name.to_owned(),
    }
}

/// Rooms that the person has booked.
async fn bookings(
    app: &App,
    person: PersonId,
    since: DateTime<Utc>,
    languages: Languages,
) -> Result<Vec<Entry>> {
    let rows = venues::queries::for_calendar(app, person, since).await?;
    let rooms = Rooms::load(app, rows.iter().map(|row| row.venue_id).collect()).await?;
    let entry = |row: venue_booking::Model| {
        let name = rooms.name(row.venue_id, languages)?;
        let summary = match &row.group_name {
            Some(group) => format!("{name} ({group})"),
            None => name.to_owned(),
        };
        Some(Entry {
            uid: format!("{}@linli", row.id),
            sequence: u32::try_from(row.sequence).unwrap_or(0),
            cancelled: row.state == VenueBookingState::Cancelled,
            from: row.from_at,
            until: row.until_at,
            summary,
            description: None,
            location: rooms.station(row.venue_id, languages),
            created: row.created_at,
            changed: row.changed_at,
        })
    };
    Ok(rows.into_iter().filter_map(entry).collect())
}
