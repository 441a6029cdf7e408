//! The place in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use chrono::NaiveDate;
use linli_entity::{
    duty,
    enums::PlaceKind,
    ids::{AccountId, PlaceId},
    place, staff_leave,
};

use super::{
    queries::{self, PlaceFilter},
    service::{self, NewLeave, NewPlace, PlaceChange},
};
use crate::{
    api::{self, Ctx, LocalisedInput, Translation, connection, loader, optional_id, payload},
    identity::gql::{AccountLoader, Staff},
    kernel::{Error, Locale, Result, page::Cursor, text},
};

loader! {
    /// Places.
    PlaceLoader(PlaceId => Arc<place::Model>) = queries::places_by_id
}

/// A place: a node of the tree of subdistricts, communities, blocks, stations, departments, agencies and
/// party branches.
#[derive(Clone)]
pub struct Place(pub Arc<place::Model>);

/// The place of an id: as the process remembers it, or through the loader of the request.
pub async fn load(ctx: &Context<'_>, id: PlaceId) -> Result<Place> {
    if let Some(known) = queries::remembered(ctx.app(), id) {
        return Ok(Place(known));
    }
    ctx.load::<PlaceLoader, _>(id).await?.map(Place).ok_or(Error::NotFound)
}

/// The name of a member of staff, through the loader of the request.
pub async fn load_staff(ctx: &Context<'_>, id: AccountId) -> Result<Staff> {
    let account = ctx.load::<AccountLoader, _>(id).await?;
    Ok(Staff::new(id, account.and_then(|a| a.staff_name).as_deref()))
}

/// A place: a node of the tree of subdistricts, communities, blocks, stations, departments, agencies and
/// party branches.
#[Object(serial)]
impl Place {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What kind of place it is.
    async fn kind(&self) -> PlaceKind {
        self.0.kind
    }

    /// Code, unique among siblings; of communities and subdistricts, in the system.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name in the reader's language, else in the source language.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.names)
    }

    /// Name in every language that it has.
    async fn names(&self) -> Vec<Translation> {
        api::translations(&self.0.names)
    }

    /// Address.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// Whether it is in use.
    async fn active(&self) -> bool {
        self.0.active
    }

    /// Whether the duty roster takes requests from the pool (communities only).
    async fn auto_assign(&self) -> bool {
        self.0.auto_assign
    }

    /// Version, for changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Where it stands.
    async fn parent(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Self>> {
        match self.0.parent_id {
            Some(parent) => Ok(Some(load(ctx, parent).await?)),
            None => Ok(None),
        }
    }

    /// The community that it belongs to; itself for a community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Self>> {
        match self.0.community_id {
            Some(community) => Ok(Some(load(ctx, community).await?)),
            None => Ok(None),
        }
    }
}

connection!(PlaceConnection, PlaceEdge, Place, "places");

/// Somebody on duty on a day.
#[derive(Clone)]
pub struct Duty(duty::Model);

/// Somebody on duty on a day.
#[Object]
impl Duty {
    /// The local day.
    async fn day(&self) -> NaiveDate {
        self.0.day
    }

    /// Who.
    async fn staff(&self, ctx: &Context<'_>) -> async_graphql::Result<Staff> {
        Ok(load_staff(ctx, self.0.account_id).await?)
    }
}

/// A leave of a member of staff.
#[derive(Clone)]
pub struct Leave(staff_leave::Model);

/// A leave of a member of staff.
#[Object]
impl Leave {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Who is away.
    async fn staff(&self, ctx: &Context<'_>) -> async_graphql::Result<Staff> {
        Ok(load_staff(ctx, self.0.account_id).await?)
    }

    /// Who stands in.
    async fn stand_in(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Staff>> {
        match self.0.stand_in_id {
            Some(id) => Ok(Some(load_staff(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// First day away.
    async fn from_day(&self) -> NaiveDate {
        self.0.from_day
    }

    /// Last day away.
    async fn until_day(&self) -> NaiveDate {
        self.0.until_day
    }

    /// Whether it was cancelled.
    async fn cancelled(&self) -> bool {
        self.0.cancelled_at.is_some()
    }
}

payload! {
    /// Answer of creating or changing a place.
    PlacePayload {
        /// The place.
        place: Place
    }
    /// Answer of setting the duty roster.
    DutyRosterPayload {
        /// The roster of the span.
        roster: Vec<Duty>
    }
    /// Answer of entering or cancelling a leave.
    LeavePayload {
        /// The leave.
        leave: Leave
    }
}

/// Which places are wanted.
#[derive(InputObject, Default)]
pub struct PlaceFilterInput {
    /// Of this kind.
    pub kind: Option<PlaceKind>,
    /// Directly under this one.
    pub parent_id: Option<ID>,
    /// Of this community.
    pub community_id: Option<ID>,
}

/// A new place.
#[derive(InputObject)]
pub struct PlaceCreateInput {
    /// Kind.
    pub kind: PlaceKind,
    /// Code: 1 to 64 characters without spaces; for a community 1 to 16 of A–Z and 0–9, because it
    /// opens the numbers of its requests.
    pub code: String,
    /// Where it stands; leave out for a subdistrict.
    pub parent_id: Option<ID>,
    /// Names: at most 200 characters each.
    pub names: LocalisedInput,
    /// Address: at most 200 characters.
    pub address: Option<String>,
}

/// A change of a place; what is left out stays.
#[derive(InputObject)]
pub struct PlaceChangeInput {
    /// The place.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Names: at most 200 characters each.
    pub names: Option<LocalisedInput>,
    /// Address: at most 200 characters; null clears it.
    pub address: MaybeUndefined<String>,
    /// Another parent of the same depth.
    pub parent_id: Option<ID>,
    /// Whether the duty roster takes requests from the pool (communities only).
    pub auto_assign: Option<bool>,
    /// Whether it is in use. A community is closed only when every request in it has ended; else
    /// `IN_USE`, and so with a block or a community and its incidents, and with an agency and its tasks. A block or a subdistrict only when nobody has
    /// an office of it, or will; else `OFFICE_HELD`.
    pub active: Option<bool>,
}

/// Who is on duty on the days of a span.
#[derive(InputObject)]
pub struct DutyRosterSetInput {
    /// The community.
    pub community_id: ID,
    /// First day.
    pub from: NaiveDate,
    /// Last day; at most 62 days later.
    pub until: NaiveDate,
    /// Specialists of the community; at most 50. Replaces what was there.
    pub account_ids: Vec<ID>,
}

/// A leave.
#[derive(InputObject)]
pub struct LeaveEnterInput {
    /// The community.
    pub community_id: ID,
    /// Who is away.
    pub account_id: ID,
    /// Who stands in.
    pub stand_in_id: Option<ID>,
    /// First day away.
    pub from_day: NaiveDate,
    /// Last day away.
    pub until_day: NaiveDate,
}

/// A leave to cancel.
#[derive(InputObject)]
pub struct LeaveCancelInput {
    /// The leave.
    pub id: ID,
}

/// Queries of the place.
#[derive(Default)]
pub struct PlaceQuery;

#[Object]
impl PlaceQuery {
    /// A place, or null.
    async fn place(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Place>> {
        match load(ctx, api::id("id", &id)?).await {
            Ok(place) => Ok(Some(place)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// A community by its code, or null.
    async fn community(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its code.")] code: String,
    ) -> async_graphql::Result<Option<Place>> {
        text::check_optional("code", Some(&code), text::LINE)?;
        let row = queries::community_by_code(ctx.app(), &code).await?;
        Ok(row.map(|row| Place(Arc::new(row))))
    }

    /// Places, in the order of their creation.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn places(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; all if not given.")] filter: Option<PlaceFilterInput>,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<PlaceConnection> {
        let filter = filter.unwrap_or_default();
        let filter = PlaceFilter {
            kind: filter.kind,
            parent: optional_id("filter.parentId", filter.parent_id.as_ref())?,
            community: optional_id("filter.communityId", filter.community_id.as_ref())?,
        };
        let page = ctx.page(first, after.as_deref())?;
        let total = if api::wants_total(ctx) {
            api::total(queries::places_count(ctx.app(), filter).await?)
        } else {
            0
        };
        let page = queries::places(ctx.app(), filter, page).await?;
        let cursor = |row: &place::Model| Cursor { at: row.created_at, id: row.id.0 };
        Ok(PlaceConnection::new(page, cursor, total, |row| Place(Arc::new(row))))
    }

    /// Who is on duty on the days of a span of at most 62 days. For staff of the community.
    async fn duty_roster(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "First day.")] from: NaiveDate,
        #[graphql(desc = "Last day.")] until: NaiveDate,
    ) -> async_graphql::Result<Vec<Duty>> {
        let community = api::id("communityId", &community_id)?;
        let rows = queries::roster(ctx.app(), ctx.actor(), community, from, until).await?;
        Ok(rows.into_iter().map(Duty).collect())
    }

    /// Leaves that end today or later; at most 200. For staff of the community.
    async fn leaves(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
    ) -> async_graphql::Result<Vec<Leave>> {
        let community = api::id("communityId", &community_id)?;
        let rows = queries::leaves(ctx.app(), ctx.actor(), community).await?;
        Ok(rows.into_iter().map(Leave).collect())
    }

    /// The specialists of a community; at most 200. For its staff.
    async fn specialists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
    ) -> async_graphql::Result<Vec<Staff>> {
        let community = api::id("communityId", &community_id)?;
        let rows = queries::specialists(ctx.app(), ctx.actor(), community).await?;
        Ok(rows.iter().map(|a| Staff::new(a.id, a.staff_name.as_deref())).collect())
    }
}

/// Mutations of the place.
#[derive(Default)]
pub struct PlaceMutation;

#[Object]
impl PlaceMutation {
    /// Creates a place. For administrators, subdistrict managers, and managers within their
    /// community.
    async fn place_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The place.")] input: PlaceCreateInput,
    ) -> async_graphql::Result<PlacePayload> {
        let done = async {
            let input = NewPlace {
                kind: input.kind,
                code: input.code,
                parent: optional_id("input.parentId", input.parent_id.as_ref())?,
                names: input.names.check("names", text::LINE)?,
                address: input.address,
            };
            service::create(ctx.app(), ctx.actor(), input).await
        }
        .await;
        PlacePayload::new(ctx, done, |row| Place(Arc::new(row)))
    }

    /// Changes a place. For the same people.
    async fn place_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: PlaceChangeInput,
    ) -> async_graphql::Result<PlacePayload> {
        let done = async {
            let id = api::id("input.id", &input.id)?;
            let change = PlaceChange {
                names: LocalisedInput::check_optional(input.names, "names", text::LINE)?,
                address: input.address.as_opt_ref().map(Option::<&String>::cloned),
                parent: optional_id("input.parentId", input.parent_id.as_ref())?,
                auto_assign: input.auto_assign,
                active: input.active,
            };
            service::change(ctx.app(), ctx.actor(), id, input.expected_version, change).await
        }
        .await;
        PlacePayload::new(ctx, done, |row| Place(Arc::new(row)))
    }

    /// Sets who is on duty on the days of a span. For managers.
    async fn duty_roster_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Days and people.")] input: DutyRosterSetInput,
    ) -> async_graphql::Result<DutyRosterPayload> {
        let community = api::id("input.communityId", &input.community_id)?;
        let accounts = input
            .account_ids
            .iter()
            .map(|id| api::id("input.accountIds", id))
            .collect::<Result<Vec<AccountId>>>()?;
        let days = (input.from, input.until);
        let done = service::roster_set(ctx.app(), ctx.actor(), community, days, accounts).await;
        DutyRosterPayload::new(ctx, done, |rows| rows.into_iter().map(Duty).collect())
    }

    /// Enters a leave with its stand-in. For managers. Days on which the person is away already are
    /// refused with `LEAVE_OVERLAPS`.
    async fn leave_enter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, when, and who stands in.")] input: LeaveEnterInput,
    ) -> async_graphql::Result<LeavePayload> {
        let input = NewLeave {
            community: api::id("input.communityId", &input.community_id)?,
            account: api::id("input.accountId", &input.account_id)?,
            stand_in: optional_id("input.standInId", input.stand_in_id.as_ref())?,
            days: (input.from_day, input.until_day),
        };
        LeavePayload::new(ctx, service::leave_enter(ctx.app(), ctx.actor(), input).await, Leave)
    }

    /// Cancels a leave. For managers.
    async fn leave_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: LeaveCancelInput,
    ) -> async_graphql::Result<LeavePayload> {
        let id = api::id("input.id", &input.id)?;
        LeavePayload::new(ctx, service::leave_cancel(ctx.app(), ctx.actor(), id).await, Leave)
    }
}
