//! Shifts, and who comes.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use linli_entity::{
    enums::{ShiftState, SignUpEnd},
    ids::{PersonId, PlaceId, ShiftId, ShiftSeriesId, VolunteerId},
    volunteer_shift, volunteer_sign_up,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, sea_query::Order,
};

use crate::{
    kernel::{
        Actor, App, Error, Result,
        page::{Page, PageArgs},
    },
    volunteers::rules::{self, hours},
};

/// A shift, if there is one.
pub(in crate::volunteers) async fn shift_row(
    conn: &impl ConnectionTrait,
    id: ShiftId,
) -> Result<Option<volunteer_shift::Model>> {
    Ok(volunteer_shift::Entity::find_by_id(id).one(conn).await?)
}

/// A shift; it is public, who comes is not.
pub async fn shift(conn: &impl ConnectionTrait, id: ShiftId) -> Result<volunteer_shift::Model> {
    shift_row(conn, id).await?.ok_or(Error::NotFound)
}

/// Shifts by id.
pub async fn shifts_by_id(
    app: &App,
    ids: &[ShiftId],
) -> Result<HashMap<ShiftId, volunteer_shift::Model>> {
    let rows = volunteer_shift::Entity::find()
        .filter(volunteer_shift::Column::Id.is_in(ids.iter().copied()))
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Shifts that were planned together, in order of time.
pub(in crate::volunteers) async fn shifts_of_series(
    conn: &impl ConnectionTrait,
    id: ShiftSeriesId,
) -> Result<Vec<volunteer_shift::Model>> {
    use volunteer_shift::Column as C;
    Ok(volunteer_shift::Entity::find()
        .filter(C::SeriesId.eq(id))
        .order_by_asc(C::FromAt)
        .all(conn)
        .await?)
}

/// Whether a volunteer is signed up for a shift.
pub(in crate::volunteers) async fn is_signed_up(
    conn: &impl ConnectionTrait,
    shift: ShiftId,
    volunteer: VolunteerId,
) -> Result<bool> {
    use volunteer_sign_up::Column as C;
    let found = volunteer_sign_up::Entity::find()
        .filter(C::ShiftId.eq(shift))
        .filter(C::VolunteerId.eq(volunteer))
        .filter(C::EndedAt.is_null())
        .one(conn)
        .await?;
    Ok(found.is_some())
}

fn on_days(
    app: &App,
    community: PlaceId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Select<volunteer_shift::Entity>> {
    use volunteer_shift::Column as C;
    if until < from || (until - from).num_days() >= rules::DAYS {
        return Err(Error::bad_input("until", format!("at most {} days", rules::DAYS)));
    }
    let end = until.checked_add_days(Days::new(1)).unwrap_or(until);
    Ok(volunteer_shift::Entity::find()
        .filter(C::CommunityId.eq(community))
        .filter(C::FromAt.gte(hours::midnight(from, app.zone)))
        .filter(C::FromAt.lt(hours::midnight(end, app.zone))))
}

/// A page of the shifts of a community that begin on some days, in order of time.
pub async fn shifts(
    app: &App,
    community: PlaceId,
    days: (NaiveDate, NaiveDate),
    page: PageArgs,
) -> Result<Page<volunteer_shift::Model>> {
    use volunteer_shift::Column as C;
    let select = on_days(app, community, days)?;
    let rows = page.apply(select, C::FromAt, C::Id, Order::Asc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn shifts_count(
    app: &App,
    community: PlaceId,
    days: (NaiveDate, NaiveDate),
) -> Result<u64> {
    Ok(on_days(app, community, days)?.count(app.db.reader()).await?)
}

/// The shifts that one is signed up for and that have not ended.
fn own_ahead(app: &App, actor: &Actor) -> Result<Select<volunteer_shift::Entity>> {
    use volunteer_shift::Column as S;
    use volunteer_sign_up::Column as C;
    let own = volunteer_sign_up::Entity::find()
        .select_only()
        .column(C::ShiftId)
        .filter(C::PersonId.eq(actor.signed_in()?.person))
        .filter(C::EndedAt.is_null())
        .filter(C::FromAt.gt(app.clock.now() - rules::LONGEST_SHIFT))
        .into_query();
    Ok(volunteer_shift::Entity::find()
        .filter(S::Id.in_subquery(own))
        .filter(S::State.eq(ShiftState::Planned))
        .filter(S::UntilAt.gt(app.clock.now())))
}

/// A page of them, in order of time.
pub async fn own_shifts(
    app: &App,
    actor: &Actor,
    page: PageArgs,
) -> Result<Page<volunteer_shift::Model>> {
    use volunteer_shift::Column as C;
    let select = own_ahead(app, actor)?;
    let rows = page.apply(select, C::FromAt, C::Id, Order::Asc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_shifts_count(app: &App, actor: &Actor) -> Result<u64> {
    Ok(own_ahead(app, actor)?.count(app.db.reader()).await?)
}

/// Who is signed up for shifts, by shift, in the order in which they came; for callers that show it to
/// those who may see it.
pub async fn signed_up(
    app: &App,
    ids: &[ShiftId],
) -> Result<HashMap<ShiftId, Vec<volunteer_sign_up::Model>>> {
    use volunteer_sign_up::Column as C;
    let rows = volunteer_sign_up::Entity::find()
        .filter(C::ShiftId.is_in(ids.iter().copied()))
        .filter(C::EndedAt.is_null())
        .order_by_asc(C::SignedAt)
        .order_by_asc(C::Id)
        .all(app.db.reader())
        .await?;
    let mut found: HashMap<ShiftId, Vec<volunteer_sign_up::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.shift_id).or_default().push(row);
    }
    Ok(found)
}

/// Whose places ended with a shift that was cancelled, as the portal's own jobs see it.
pub async fn left_by_cancelling(app: &App, id: ShiftId) -> Result<Vec<PersonId>> {
    use volunteer_sign_up::Column as C;
    Ok(volunteer_sign_up::Entity::find()
        .select_only()
        .column(C::PersonId)
        .filter(C::ShiftId.eq(id))
        .filter(C::EndedBy.eq(SignUpEnd::Shift))
        .order_by_asc(C::SignedAt)
        .into_tuple()
        .all(app.db.reader())
        .await?)
}
