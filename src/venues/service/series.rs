//! The same hours week by week: all of them or none, or those that are free.

use chrono::NaiveDate;
use linli_entity::{
    ids::{VenueBookingId, VenueSeriesId},
    venue_booking,
};
use sea_orm::EntityTrait;
use serde_json::json;

use super::desk::{NewBooking, desk};
use crate::{
    kernel::{Actor, App, Committed, Result, Tx},
    reservations::rules::Span,
    venues::{
        queries,
        rules::{self, Availability},
    },
};

/// A new series: a booking that is repeated every week.
#[derive(Clone, Debug)]
pub struct NewSeries {
    /// The first booking.
    pub first: NewBooking,
    /// Last day on which one may begin.
    pub until: NaiveDate,
    /// Whether dates that cannot be had are left out; else nothing is booked.
    pub skip_taken: bool,
}

/// A date of a series.
#[derive(Clone, Debug)]
pub struct SeriesDate {
    /// From and until.
    pub span: Span,
    /// How it was found.
    pub availability: Availability,
    /// What was booked.
    pub booking: Option<venue_booking::Model>,
}

/// What came of a series.
#[derive(Clone, Debug)]
pub struct Series {
    /// Id, which its bookings carry.
    pub id: VenueSeriesId,
    /// Every date, in order.
    pub dates: Vec<SeriesDate>,
}

/// Books a series in one transaction.
pub async fn book_series(app: &App, actor: &Actor, input: NewSeries) -> Result<Committed<Series>> {
    actor.signed_in()?;
    let spans = rules::weekly(input.first.span, input.until, app.zone)?;
    let tx = app.begin(actor).await?;
    let id = VenueSeriesId(tx.new_id());
    if let Some(replay) = tx.once("venueBookSeries", input.first.once.as_ref(), id.0).await? {
        let series = again(&tx, VenueSeriesId(replay.0), &input, &spans).await?;
        return tx.replayed(replay, series).await;
    }
    let desk = desk(&tx, &input.first).await?;
    let (first, last) = (spans[0], spans[spans.len() - 1]);
    desk.check(&tx, first, last)?;
    let mut dates = Vec::with_capacity(spans.len());
    for span in spans {
        let booking = VenueBookingId(tx.new_id());
        let availability = desk.hold(&tx, booking, span).await?;
        let free = availability == Availability::Free;
        if !free && !input.skip_taken {
            drop(tx);
            return Err(desk.refusal(app, availability, span).await);
        }
        let booking = free.then(|| desk.row(&tx, &input.first, (booking, span), Some(id)));
        dates.push(SeriesDate { span, availability, booking });
    }
    let rows: Vec<venue_booking::Model> = dates.iter().filter_map(|d| d.booking.clone()).collect();
    if rows.is_empty() {
        drop(tx);
        return Err(desk.refusal(app, Availability::Taken, first).await);
    }
    desk.check_count(&tx, rows.len()).await?;
    let mut events = Vec::with_capacity(rows.len());
    for (nth, row) in (1..).zip(&rows) {
        events.push(desk.booked(&tx, row, json!({ "nth": nth, "dates": rows.len() }))?);
    }
    venue_booking::Entity::insert_many(rows.into_iter().map(venue_booking::ActiveModel::from))
        .exec_without_returning(tx.conn())
        .await?;
    tx.commit(events, Series { id, dates }).await
}

/// The answer to a retry: what was booked, as it is now, and how the dates that were left out stand.
async fn again(
    tx: &Tx<'_>,
    id: VenueSeriesId,
    input: &NewSeries,
    spans: &[Span],
) -> Result<Series> {
    let venue = queries::venue(tx.conn(), input.first.venue).await?;
    let calendar = queries::calendar(tx.app(), tx.conn(), &venue).await?;
    let mut booked = queries::series(tx.conn(), id).await?;
    // All of them are one person's.
    if let Some(row) = booked.first() {
        queries::visible(tx.conn(), tx.actor(), row).await?;
    }
    let found = queries::availabilities(tx.conn(), &venue, &calendar, spans).await?;
    let mut dates = Vec::with_capacity(found.len());
    for (span, availability) in found {
        // One that was moved since is found among one's own bookings.
        let made = booked.iter().position(|b| b.from_at == span.from);
        let booking = made.map(|index| booked.remove(index));
        let availability = if booking.is_some() { Availability::Free } else { availability };
        dates.push(SeriesDate { span, availability, booking });
    }
    Ok(Series { id, dates })
}
