//! Bookings of rooms, as far as somebody may see them.

use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::VenueBookingState,
    ids::{PersonId, VenueBookingId, VenueId, VenueSeriesId},
    venue_booking,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, sea_query::Order,
};

use super::{check_days, days_span, venue};
use crate::{
    calendar::time::Calendar,
    identity,
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

/// What is asked about: a booking that `holder` has now, in its community.
pub fn target(row: &venue_booking::Model, holder: PersonId) -> Target {
    Target { requester: Some(holder), ..Target::community(row.community_id) }
}

/// Who has a booking now. Who may not see it is told that it is not there.
pub(in crate::venues) async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    row: &venue_booking::Model,
) -> Result<PersonId> {
    actor.signed_in()?;
    let holder = identity::queries::holder(conn, row.person_id).await?;
    if policy::allowed(actor, Action::VenueBookingRead, &target(row, holder)) {
        return Ok(holder);
    }
    Err(Error::NotFound)
}

/// A booking that the reader may see.
pub async fn booking(app: &App, actor: &Actor, id: VenueBookingId) -> Result<venue_booking::Model> {
    let row = booking_row(app.db.reader(), id).await?;
    visible(app.db.reader(), actor, &row).await?;
    Ok(row)
}

pub(in crate::venues) async fn booking_row(
    conn: &impl ConnectionTrait,
    id: VenueBookingId,
) -> Result<venue_booking::Model> {
    venue_booking::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)
}

/// The bookings of a series, in order of time.
pub(in crate::venues) async fn series(
    conn: &impl ConnectionTrait,
    id: VenueSeriesId,
) -> Result<Vec<venue_booking::Model>> {
    Ok(venue_booking::Entity::find()
        .filter(venue_booking::Column::SeriesId.eq(id))
        .order_by_asc(venue_booking::Column::FromAt)
        .all(conn)
        .await?)
}

/// How many bookings of a venue a person holds that have not ended.
pub(in crate::venues) async fn held_by(
    conn: &impl ConnectionTrait,
    venue: VenueId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<u64> {
    Ok(venue_booking::Entity::find()
        .filter(venue_booking::Column::VenueId.eq(venue))
        .filter(identity::queries::theirs(venue_booking::Column::PersonId, person))
        .filter(venue_booking::Column::State.eq(VenueBookingState::Booked))
        .filter(venue_booking::Column::UntilAt.gt(now))
        .count(conn)
        .await?)
}

/// The bookings of a venue on some days, for those who serve in its community.
async fn of_venue(
    app: &App,
    actor: &Actor,
    id: VenueId,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Select<venue_booking::Entity>> {
    check_days(from, until)?;
    actor.signed_in()?;
    let venue = venue(app.db.reader(), id).await?;
    policy::authorize(actor, Action::VenueBookingRead, &Target::community(venue.community_id))?;
    let span = days_span(&Calendar::new(app.zone, Vec::new()), from, until);
    Ok(venue_booking::Entity::find()
        .filter(venue_booking::Column::VenueId.eq(id))
        .filter(venue_booking::Column::FromAt.gte(span.from))
        .filter(venue_booking::Column::FromAt.lt(span.until)))
}

/// A page of the bookings of a venue on some days, in order of time.
pub async fn bookings(
    app: &App,
    actor: &Actor,
    id: VenueId,
    (from, until): (NaiveDate, NaiveDate),
    page: PageArgs,
) -> Result<Page<venue_booking::Model>> {
    use venue_booking::Column as C;
    let select = of_venue(app, actor, id, from, until).await?;
    let rows = page.apply(select, C::FromAt, C::Id, Order::Asc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn bookings_count(
    app: &App,
    actor: &Actor,
    id: VenueId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<u64> {
    Ok(of_venue(app, actor, id, from, until).await?.count(app.db.reader()).await?)
}

fn of_person(person: PersonId) -> Select<venue_booking::Entity> {
    let theirs = identity::queries::theirs(venue_booking::Column::PersonId, person);
    venue_booking::Entity::find().filter(theirs)
}

/// A page of one's own bookings, the latest first.
pub async fn own(app: &App, actor: &Actor, page: PageArgs) -> Result<Page<venue_booking::Model>> {
    use venue_booking::Column as C;
    let select = of_person(actor.signed_in()?.person);
    let rows = page.apply(select, C::FromAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_count(app: &App, actor: &Actor) -> Result<u64> {
    Ok(of_person(actor.signed_in()?.person).count(app.db.reader()).await?)
}

/// The bookings of a person, for their own calendar: what ended or was cancelled before `since` is
/// left out; at most 500.
pub async fn for_calendar(
    app: &App,
    person: PersonId,
    since: DateTime<Utc>,
) -> Result<Vec<venue_booking::Model>> {
    use venue_booking::Column as C;
    let held =
        Condition::all().add(C::State.ne(VenueBookingState::Cancelled)).add(C::UntilAt.gt(since));
    let cancelled =
        Condition::all().add(C::State.eq(VenueBookingState::Cancelled)).add(C::ChangedAt.gt(since));
    Ok(of_person(person)
        .filter(Condition::any().add(held).add(cancelled))
        .order_by_desc(C::FromAt)
        .limit(500)
        .all(app.db.reader())
        .await?)
}
