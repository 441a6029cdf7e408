//! Queries of appointments.

use async_graphql::{Context, ID, Object};
use chrono::NaiveDate;
use linli_entity::enums::AppointmentKind;

use super::appointment::{Appointment, AppointmentConnection, AppointmentPlan, AppointmentSlot};
use crate::{
    api::{self, Ctx, optional_id},
    appointments::queries,
    kernel::Error,
    requests::gql::visible_request,
};

/// Queries of appointments.
#[derive(Default)]
pub struct AppointmentQuery;

#[Object]
impl AppointmentQuery {
    /// What the service stations of a community offer by appointment; at most 200.
    async fn appointment_plans(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
    ) -> async_graphql::Result<Vec<AppointmentPlan>> {
        let community = api::id("communityId", &community_id)?;
        let rows = queries::plans(ctx.app(), ctx.actor(), community).await?;
        Ok(rows.into_iter().map(AppointmentPlan).collect())
    }

    /// The slots of a station on the days of a span of at most 31 days that can be booked now, also
    /// those that are full. They come from the station's opening hours, not from the calendar of
    /// deadlines. A year without data is an error with the code `CALENDAR_YEAR_MISSING`, not a guess.
    #[expect(clippy::too_many_arguments, reason = "arguments of a field")]
    #[graphql(complexity = "100 * child_complexity")]
    async fn appointment_slots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The service station.")] station_id: ID,
        #[graphql(desc = "At the window or at home.")] kind: AppointmentKind,
        #[graphql(desc = "First local day.")] from: NaiveDate,
        #[graphql(desc = "Last local day.")] to: NaiveDate,
        #[graphql(
            desc = "The request that it is for: of confidential ones other people receive the \
                          resident."
        )]
        request_id: Option<ID>,
    ) -> async_graphql::Result<Vec<AppointmentSlot>> {
        let station = api::id("stationId", &station_id)?;
        let request = optional_id("requestId", request_id.as_ref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let slots = queries::slots(app, actor, (station, kind), (from, to), request).await?;
        Ok(slots.into_iter().map(AppointmentSlot::from).collect())
    }

    /// An appointment of a request that the reader may see, or null.
    async fn appointment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Appointment>> {
        let row = match queries::by_id(ctx.app(), api::id("id", &id)?).await {
            Ok(row) => row,
            Err(Error::NotFound) => return Ok(None),
            Err(other) => return Err(other.into()),
        };
        let seen = visible_request(ctx, row.request_id).await?.is_some();
        Ok(seen.then(|| Appointment::new(row)))
    }

    /// The appointments of a request that the reader may see, the latest begin first; at most 50.
    #[graphql(complexity = "50 * child_complexity")]
    async fn request_appointments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] request_id: ID,
    ) -> async_graphql::Result<Vec<Appointment>> {
        let request = api::id("requestId", &request_id)?;
        visible_request(ctx, request).await?.ok_or(Error::NotFound)?;
        let rows = queries::of_request(ctx.app(), request).await?;
        Ok(rows.into_iter().map(Appointment::new).collect())
    }

    /// One's own appointments, the latest begin first; or only those ahead, the next first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn my_appointments(
        &self,
        ctx: &Context<'_>,
        #[graphql(default, desc = "Only those ahead.")] ahead: bool,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<AppointmentConnection> {
        let (app, actor) = (ctx.app(), ctx.actor());
        let page = ctx.page(first, after.as_deref())?;
        let page = queries::mine(app, actor, ahead, page).await?;
        let total = if api::wants_total(ctx) {
            api::total(queries::mine_count(app, actor, ahead).await?)
        } else {
            0
        };
        Ok(AppointmentConnection::new(page, Appointment::cursor, total, Appointment::new))
    }

    /// The appointments of a station's day in the order of time, with masked names. For its staff, as
    /// far as they may see the requests.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn station_appointments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The service station.")] station_id: ID,
        #[graphql(desc = "The local day.")] day: NaiveDate,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<AppointmentConnection> {
        let (app, actor) = (ctx.app(), ctx.actor());
        let station = api::id("stationId", &station_id)?;
        let page = ctx.page(first, after.as_deref())?;
        let page = queries::day_list(app, actor, (station, day), page).await?;
        let total = if api::wants_total(ctx) {
            api::total(queries::day_count(app, actor, station, day).await?)
        } else {
            0
        };
        Ok(AppointmentConnection::new(page, Appointment::cursor, total, Appointment::new))
    }
}
