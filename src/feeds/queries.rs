//! What stands in a person's calendar: one function for each slice that has something to say.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    account, calendar_feed,
    enums::{AccountState, VenueBookingState},
    ids::PersonId,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::rules::Entry;
use crate::{
    communities, identity,
    kernel::{Actor, App, Error, Languages, Result, crypto},
    venues,
};

/// What ended or was cancelled stays in the calendar for so long.
const KEPT: Duration = Duration::days(30);

/// One's own link that is in use.
pub async fn own(app: &App, actor: &Actor) -> Result<Option<calendar_feed::Model>> {
    Ok(calendar_feed::Entity::find()
        .filter(calendar_feed::Column::PersonId.eq(actor.signed_in()?.person))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .one(app.db.reader())
        .await?)
}

/// Whose calendar a token opens, as long as they may sign in.
pub async fn person(app: &App, token: &str) -> Result<PersonId> {
    let hash = crypto::sha256(token.as_bytes());
    let feed = calendar_feed::Entity::find()
        .filter(calendar_feed::Column::TokenHash.eq(hash))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .one(app.db.reader())
        .await?
        .ok_or(Error::NotFound)?;
    account::Entity::find()
        .filter(account::Column::PersonId.eq(feed.person_id))
        .filter(account::Column::State.eq(AccountState::Active))
        .one(app.db.reader())
        .await?
        .ok_or(Error::NotFound)?;
    Ok(feed.person_id)
}

/// Everything in a person's calendar, in the language that they chose.
pub async fn entries(app: &App, person: PersonId) -> Result<Vec<Entry>> {
    let languages = Languages::negotiate(&identity::queries::person(app, person).await?.language);
    let since = app.clock.now() - KEPT;
    // A slice that has entries for a person adds its function here.
    bookings(app, person, since, languages).await
}

/// Rooms that the person has booked.
async fn bookings(
    app: &App,
    person: PersonId,
    since: DateTime<Utc>,
    languages: Languages,
) -> Result<Vec<Entry>> {
    let rows = venues::queries::for_calendar(app, person, since).await?;
    let mut ids: Vec<_> = rows.iter().map(|r| r.venue_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let rooms = venues::queries::venues_by_id(app, &ids).await?;
    let stations: Vec<_> = rooms.values().map(|v| v.station_id).collect();
    let places = communities::queries::places_by_id(app, &stations).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(room) = rooms.get(&row.venue_id) else { continue };
        let name = languages.pick(&room.names);
        let summary = match &row.group_name {
            Some(group) => format!("{name} ({group})"),
            None => name.to_owned(),
        };
        let location = places.get(&room.station_id).map(|station| {
            let name = languages.pick(&station.names);
            match &station.address {
                Some(address) => format!("{name}, {address}"),
                None => name.to_owned(),
            }
        });
        entries.push(Entry {
            uid: format!("{}@linli", row.id),
            sequence: u32::try_from(row.sequence).unwrap_or(0),
            cancelled: row.state == VenueBookingState::Cancelled,
            from: row.from_at,
            until: row.until_at,
            summary,
            location,
            created: row.created_at,
            changed: row.changed_at,
        });
    }
    Ok(entries)
}
