//! Venues in the schema.

mod bookings;
mod inputs;
mod objects;

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::NaiveDate;
use linli_entity::{
    ids::{PlaceId, VenueId},
    venue, venue_booking,
};

pub use bookings::{VenueBooking, load_booking};
use bookings::{VenueBookingConnection, VenueBookingPayload, VenueSeriesDate, VenueSeriesPayload};
use inputs::{
    VenueBookInput, VenueBookSeriesInput, VenueBookingCancelInput, VenueBookingMoveInput,
    VenueBookingRecordUseInput, VenueChangeInput, VenueCreateInput, VenueSeriesPreviewInput,
};
pub use objects::Venue;
use objects::{VenueConnection, VenueDay, VenuePayload, VenueUse};

use super::{queries, service};
use crate::{
    api::{self, Ctx, loader},
    kernel::{Error, Result, page::Cursor},
};

loader! {
    /// Venues.
    VenueLoader(VenueId => venue::Model) = queries::venues_by_id
}

/// The venue of an id, through the loader of the request.
pub async fn load_venue(ctx: &Context<'_>, id: VenueId) -> Result<Venue> {
    let found = ctx.load::<VenueLoader, _>(id).await?;
    found.map(|row| Venue(Arc::new(row))).ok_or(Error::NotFound)
}

/// Queries of venues.
#[derive(Default)]
pub struct VenueQuery;

#[Object]
impl VenueQuery {
    /// A venue, or null.
    async fn venue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Venue>> {
        match load_venue(ctx, api::id("id", &id)?).await {
            Ok(venue) => Ok(Some(venue)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// The venues of a community, in the order of their creation.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn venues(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Whether those that were closed for good are listed too.", default)]
        closed_too: bool,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<VenueConnection> {
        let community: PlaceId = api::id("communityId", &community_id)?;
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::venues_count(ctx.app(), community, closed_too).await?)
        } else {
            0
        };
        let page = queries::venues(ctx.app(), community, closed_too, page).await?;
        let cursor = |row: &venue::Model| Cursor { at: row.created_at, id: row.id.0 };
        Ok(VenueConnection::new(page, cursor, total, |row| Venue(Arc::new(row))))
    }

    /// The days of a venue: when it is open, taken and free. At most 31.
    #[graphql(complexity = "31 * child_complexity")]
    async fn venue_days(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The venue.")] venue_id: ID,
        #[graphql(desc = "First day.")] from: NaiveDate,
        #[graphql(desc = "Last day.")] until: NaiveDate,
    ) -> async_graphql::Result<Vec<VenueDay>> {
        let venue = api::id("venueId", &venue_id)?;
        let days = queries::days(ctx.app(), venue, from, until).await?;
        Ok(days.into_iter().map(VenueDay::from).collect())
    }

    /// What each date of a weekly series would get, before anything is booked; at most 26.
    async fn venue_series_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The series.")] input: VenueSeriesPreviewInput,
    ) -> async_graphql::Result<Vec<VenueSeriesDate>> {
        let (venue, first, until) = input.check()?;
        let dates = queries::preview(ctx.app(), venue, first, until).await?;
        Ok(dates.into_iter().map(|(span, a)| VenueSeriesDate::new(span, a, None)).collect())
    }

    /// The bookings of a venue that begin on some days, at most 31, in order of time. For those who
    /// serve in its community; others see in `venueDays` when it is taken.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a field")]
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn venue_bookings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The venue.")] venue_id: ID,
        #[graphql(desc = "First day.")] from: NaiveDate,
        #[graphql(desc = "Last day.")] until: NaiveDate,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<VenueBookingConnection> {
        let venue = api::id("venueId", &venue_id)?;
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor, days) = (ctx.app(), ctx.actor(), (from, until));
        let total = if api::wants_total(ctx) {
            api::total(queries::bookings_count(app, actor, venue, days).await?)
        } else {
            0
        };
        let page = queries::bookings(app, actor, venue, days, page).await?;
        Ok(VenueBookingConnection::new(page, by_time, total, Into::into))
    }

    /// One's own bookings of venues, the latest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn own_venue_bookings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<VenueBookingConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::own_count(app, actor).await?)
        } else {
            0
        };
        let page = queries::own(app, actor, page).await?;
        Ok(VenueBookingConnection::new(page, by_time, total, Into::into))
    }

    /// A booking of a venue, or null; one's own, or for those who serve in its community.
    async fn venue_booking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<VenueBooking>> {
        match load_booking(ctx, api::id("id", &id)?).await {
            Ok(booking) => Ok(Some(booking)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// How the venues of a community were used. For its managers.
    #[graphql(complexity = "50 + child_complexity")]
    async fn venue_use(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "First day of the period.")] from: NaiveDate,
        #[graphql(desc = "Day after the last day of the period; at most 366 days later.")]
        to: NaiveDate,
    ) -> async_graphql::Result<VenueUse> {
        let community = api::id("communityId", &community_id)?;
        let counted = queries::usage(ctx.app(), ctx.actor(), community, from, to).await?;
        let incomplete = ctx.app().day(counted.as_of) < to;
        Ok(VenueUse::new(counted, incomplete))
    }
}

fn by_time(row: &venue_booking::Model) -> Cursor {
    Cursor { at: row.from_at, id: row.id.0 }
}

/// Mutations of venues.
#[derive(Default)]
pub struct VenueMutation;

#[Object]
impl VenueMutation {
    /// Creates a venue in a station. For managers of its community.
    async fn venue_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The venue.")] input: VenueCreateInput,
    ) -> async_graphql::Result<VenuePayload> {
        let done = async {
            let (station, terms) = input.check()?;
            service::create(ctx.app(), ctx.actor(), station, terms).await
        }
        .await;
        VenuePayload::new(ctx, done, |row| Venue(Arc::new(row)))
    }

    /// Changes a venue, or closes it. For managers of its community. Bookings that were made stay as
    /// they are; while there are some to come it is not closed (`IN_USE`).
    async fn venue_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: VenueChangeInput,
    ) -> async_graphql::Result<VenuePayload> {
        let done = async {
            let (id, expected_version, change) = input.check()?;
            service::change(ctx.app(), ctx.actor(), id, expected_version, change).await
        }
        .await;
        VenuePayload::new(ctx, done, |row| Venue(Arc::new(row)))
    }

    /// Books a venue, for oneself or a group; those who serve in its community, for somebody else.
    /// Who comes second gets `CONFLICT` and what is free nearby.
    async fn venue_book(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The booking.")] input: VenueBookInput,
    ) -> async_graphql::Result<VenueBookingPayload> {
        let done = async { service::book(ctx.app(), ctx.actor(), input.check()?).await }.await;
        VenueBookingPayload::new(ctx, done, Into::into)
    }

    /// Books the same hours week by week, at most 26 times, in one go. Look at `venueSeriesPreview`
    /// first.
    async fn venue_book_series(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The series.")] input: VenueBookSeriesInput,
    ) -> async_graphql::Result<VenueSeriesPayload> {
        let done =
            async { service::book_series(ctx.app(), ctx.actor(), input.check()?).await }.await;
        VenueSeriesPayload::new(ctx, done, Into::into)
    }

    /// Moves a booking to another time of the same venue, before it begins. If that is taken, the
    /// old one stays. For whose it is, and those who serve in the community.
    async fn venue_booking_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and where to.")] input: VenueBookingMoveInput,
    ) -> async_graphql::Result<VenueBookingPayload> {
        let done = async {
            let (id, span) = input.check()?;
            service::move_to(ctx.app(), ctx.actor(), id, input.expected_version, span).await
        }
        .await;
        VenueBookingPayload::new(ctx, done, Into::into)
    }

    /// Cancels a booking before it begins. For the same people.
    async fn venue_booking_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: VenueBookingCancelInput,
    ) -> async_graphql::Result<VenueBookingPayload> {
        let id = api::id("input.id", &input.id)?;
        let done = service::cancel(ctx.app(), ctx.actor(), id, input.expected_version).await;
        VenueBookingPayload::new(ctx, done, Into::into)
    }

    /// Records whether somebody came, from the beginning of the booking on. For those who serve in
    /// the community, not for one's own.
    async fn venue_booking_record_use(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what came of it.")] input: VenueBookingRecordUseInput,
    ) -> async_graphql::Result<VenueBookingPayload> {
        let id = api::id("input.id", &input.id)?;
        let (version, used) = (input.expected_version, input.used);
        let done = service::record_use(ctx.app(), ctx.actor(), id, version, used).await;
        VenueBookingPayload::new(ctx, done, Into::into)
    }
}
