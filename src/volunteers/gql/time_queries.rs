//! Queries of volunteers' time: records, certificates, shifts, numbers.

use async_graphql::{Context, ID, Object};
use chrono::NaiveDate;
use linli_entity::{
    enums::HoursState, ids::PlaceId, volunteer_certificate, volunteer_hours, volunteer_shift,
};

use super::{
    Shift,
    certificates::{CheckedCertificate, VolunteerCertificate, VolunteerCertificateConnection},
    hours::{VolunteerCount, VolunteerHours, VolunteerHoursConnection, VolunteerStatistics},
    load_shift,
    shifts::ShiftConnection,
};
use crate::{
    api::{self, Ctx, optional_id},
    kernel::{Error, page::Cursor},
    volunteers::queries,
};

/// Queries of volunteers' time.
#[derive(Default)]
pub struct VolunteerTimeQuery;

#[Object]
impl VolunteerTimeQuery {
    /// One's own records of time, the newest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn own_volunteer_hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In this community; in all if not given.")] community_id: Option<ID>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<VolunteerHoursConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let community = optional_id("communityId", community_id.as_ref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::own_hours_count(app, actor, community).await?)
        } else {
            0
        };
        let page = queries::own_hours(app, actor, community, page).await?;
        Ok(VolunteerHoursConnection::new(page, recorded, total, VolunteerHours::from))
    }

    /// One's own minutes of a year in a community that count.
    async fn own_volunteer_minutes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "The year, 2000 to 2200.")] year: i32,
    ) -> async_graphql::Result<VolunteerCount> {
        let community = api::id("communityId", &community_id)?;
        let person = ctx.actor().signed_in()?.person;
        let as_of = ctx.app().clock.now();
        let minutes = queries::own_minutes(ctx.app(), person, community, year).await?;
        Ok(VolunteerCount::minutes(i64::from(minutes), as_of))
    }

    /// The records of time of a community in a state, the oldest first. For those who decide: its
    /// managers, and who leads a team about that team.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn volunteer_hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "In which state.", default_with = "HoursState::Pending")]
        state: HoursState,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<VolunteerHoursConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let community: PlaceId = api::id("communityId", &community_id)?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::hours_to_decide_count(app, actor, community, state).await?)
        } else {
            0
        };
        let page = queries::hours_to_decide(app, actor, community, state, page).await?;
        Ok(VolunteerHoursConnection::new(page, recorded, total, VolunteerHours::from))
    }

    /// The certificate of hours of a number, for whoever has its code; else null.
    async fn volunteer_certificate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its number.")] number: String,
        #[graphql(desc = "Its code of 16 characters.")] code: String,
    ) -> async_graphql::Result<Option<CheckedCertificate>> {
        let address = &ctx.call().address;
        let row = queries::check_certificate(ctx.app(), address, &number, &code).await?;
        Ok(row.map(CheckedCertificate))
    }

    /// One's own certificates of hours, the newest first.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn own_volunteer_certificates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<VolunteerCertificateConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::own_certificates_count(app, actor).await?)
        } else {
            0
        };
        let page = queries::own_certificates(app, actor, page).await?;
        let cursor =
            |row: &volunteer_certificate::Model| Cursor { at: row.issued_at, id: row.id.0 };
        Ok(VolunteerCertificateConnection::new(page, cursor, total, VolunteerCertificate))
    }

    /// The shifts of a community that begin on some days, at most 62, in order of time.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a field")]
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn shifts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "First day.")] from: NaiveDate,
        #[graphql(desc = "Last day.")] until: NaiveDate,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<ShiftConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let community = api::id("communityId", &community_id)?;
        let total = if api::wants_total(ctx) {
            api::total(queries::shifts_count(ctx.app(), community, (from, until)).await?)
        } else {
            0
        };
        let page = queries::shifts(ctx.app(), community, (from, until), page).await?;
        Ok(ShiftConnection::new(page, begins, total, Shift::from))
    }

    /// The shifts that one is signed up for and that have not ended, in order of time.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn own_shifts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<ShiftConnection> {
        let page = ctx.page(first, after.as_deref())?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let total = if api::wants_total(ctx) {
            api::total(queries::own_shifts_count(app, actor).await?)
        } else {
            0
        };
        let page = queries::own_shifts(app, actor, page).await?;
        Ok(ShiftConnection::new(page, begins, total, Shift::from))
    }

    /// A shift, or null.
    async fn shift(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Shift>> {
        match load_shift(ctx, api::id("id", &id)?).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// Numbers of the volunteers of a community in a year, or in a month of it. For those who serve in
    /// it.
    #[graphql(complexity = "50 + child_complexity")]
    async fn volunteer_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "The year, 2000 to 2200.")] year: i32,
        #[graphql(desc = "The month, 1 to 12; the whole year if not given.")] month: Option<u32>,
    ) -> async_graphql::Result<VolunteerStatistics> {
        let community = api::id("communityId", &community_id)?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let counted = queries::volunteer_numbers(app, actor, community, year, month).await?;
        Ok(counted.into())
    }
}

fn recorded(row: &volunteer_hours::Model) -> Cursor {
    Cursor { at: row.recorded_at, id: row.id.0 }
}

fn begins(row: &volunteer_shift::Model) -> Cursor {
    Cursor { at: row.from_at, id: row.id.0 }
}
