//! The minutes of each day, as they follow from the records.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use linli_entity::{
    ids::{HoursId, PersonId, PlaceId},
    volunteer_day,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    kernel::{Result, Tx},
    reservations::rules::Span,
    volunteers::{queries, rules::hours},
};

/// What a change does to what counts.
#[derive(Default)]
pub(super) struct Effect {
    /// Time that counts from now on.
    pub adds: Option<Span>,
    /// Time that counts no more, and the record of it.
    pub drops: Option<(Span, HoursId)>,
}

/// Makes the minutes of the days that a change touches anew; for who has locked the volunteer, so that
/// of two who change something the second sees what the first did.
pub(super) async fn rewrite(
    tx: &Tx<'_>,
    community: PlaceId,
    person: PersonId,
    effect: Effect,
) -> Result<()> {
    use volunteer_day::Column as C;
    let zone = tx.app().zone;
    let dropped = effect.drops.map(|(span, _)| span);
    let touched: BTreeSet<NaiveDate> =
        effect.adds.into_iter().chain(dropped).flat_map(|span| hours::days(span, zone)).collect();
    let (Some(first), Some(last)) = (touched.first(), touched.last()) else { return Ok(()) };
    let around = Span {
        from: hours::midnight(*first, zone),
        until: hours::midnight(*last + Days::new(1), zone),
    };
    let without = effect.drops.map(|(_, id)| id);
    let mut spans = queries::counting(tx.conn(), community, person, around, without).await?;
    spans.extend(effect.adds);
    let mut minutes = hours::minutes_by_day(&spans, zone);
    minutes.retain(|day, _| touched.contains(day));
    volunteer_day::Entity::delete_many()
        .filter(C::CommunityId.eq(community))
        .filter(C::PersonId.eq(person))
        .filter(C::Day.is_in(touched))
        .exec(tx.conn())
        .await?;
    let rows: Vec<volunteer_day::ActiveModel> = minutes
        .into_iter()
        .map(|(day, minutes)| {
            volunteer_day::Model { community_id: community, person_id: person, day, minutes }.into()
        })
        .collect();
    if !rows.is_empty() {
        volunteer_day::Entity::insert_many(rows).exec_without_returning(tx.conn()).await?;
    }
    Ok(())
}
