//! Queries of blocks, offices and agencies.

use async_graphql::{Context, ID, Object};
use linli_entity::{enums::PlaceKind, ids::PlaceId, place};

use super::{
    agency::{Agency, AgencyConnection},
    objects::{Block, BlockConnection, load_block},
    office::{OfficeTerm, OfficeTermConnection, OfficesLoader, terms},
};
use crate::{
    api::{self, Ctx},
    blocks::{queries, rules::Point},
    kernel::{
        Action, Error, Result, Target,
        page::{Cursor, Page},
        policy, text,
    },
};

/// Queries of blocks, offices and agencies.
#[derive(Default)]
pub struct BlockQuery;

fn readable(ctx: &Context<'_>) -> Result<()> {
    policy::authorize(ctx.actor(), Action::BlockRead, &Target::NONE).map(|_| ())
}

/// A page of places of a kind under another one, and how many there are if that is wanted.
async fn under(
    ctx: &Context<'_>,
    (kind, of): (PlaceKind, PlaceId),
    (first, after): (Option<i32>, Option<String>),
) -> Result<(Page<place::Model>, i64)> {
    let page = ctx.page(first, after.as_deref())?;
    let total = if api::wants_total(ctx) {
        api::total(queries::under_count(ctx.app(), kind, of).await?)
    } else {
        0
    };
    Ok((queries::under(ctx.app(), ctx.actor(), (kind, of), page).await?, total))
}

fn cursor(row: &place::Model) -> Cursor {
    Cursor { at: row.created_at, id: row.id.0 }
}

async fn shown(ctx: &Context<'_>, id: PlaceId) -> async_graphql::Result<Option<Block>> {
    match load_block(ctx, id).await {
        Ok(block) => Ok(Some(block)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

#[Object]
impl BlockQuery {
    /// A block, or null.
    async fn block(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Block>> {
        readable(ctx)?;
        shown(ctx, api::id("id", &id)?).await
    }

    /// The blocks of a community, in the order of their creation.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn blocks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<BlockConnection> {
        let of = (PlaceKind::Block, api::id("communityId", &community_id)?);
        let (page, total) = under(ctx, of, (first, after)).await?;
        Ok(BlockConnection::new(page, cursor, total, Block::from))
    }

    /// The block of a community in which something lies, or null: by its point, else by its address. One of
    /// them must be given. On a border that blocks share, the block with the lowest code.
    async fn block_find(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community.")] community_id: ID,
        #[graphql(desc = "Longitude in degrees, WGS 84; with the latitude.")] lon: Option<f64>,
        #[graphql(desc = "Latitude in degrees, WGS 84; with the longitude.")] lat: Option<f64>,
        #[graphql(desc = "Address: at most 200 characters.")] address: Option<String>,
    ) -> async_graphql::Result<Option<Block>> {
        readable(ctx)?;
        let community = api::id("communityId", &community_id)?;
        let point = match (lon, lat) {
            (Some(lon), Some(lat)) => Some(Point::from_degrees("lon", lon, lat)?),
            (None, None) => None,
            _ => return Err(Error::bad_input("lon", "longitude and latitude").into()),
        };
        text::check_optional("address", address.as_deref(), text::LINE)?;
        if point.is_none() && address.is_none() {
            return Err(Error::bad_input("address", "a point or an address").into());
        }
        let conn = ctx.app().db.reader();
        match queries::find(conn, community, point, address.as_deref()).await? {
            Some(id) => shown(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The agencies of a subdistrict, in the order of their creation.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn agencies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subdistrict.")] subdistrict_id: ID,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<AgencyConnection> {
        let of = (PlaceKind::Agency, api::id("subdistrictId", &subdistrict_id)?);
        let (page, total) = under(ctx, of, (first, after)).await?;
        Ok(AgencyConnection::new(page, cursor, total, Agency::from))
    }

    /// 总区长: who answers for all blocks of a subdistrict now, or null; also while nobody of them can sign in.
    async fn general_lead(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subdistrict.")] subdistrict_id: ID,
    ) -> async_graphql::Result<Option<OfficeTerm>> {
        readable(ctx)?;
        let id: PlaceId = api::id("subdistrictId", &subdistrict_id)?;
        let offices = ctx.load::<OfficesLoader, _>(id).await?.unwrap_or_default();
        // Of a block there is none.
        let mut general = offices.into_iter().filter(|o| o.term.community_id.is_none());
        Ok(general.next().map(Into::into))
    }

    /// Everybody who had an office of a block or a subdistrict, has or will, the latest first. For those who
    /// manage them, subdistrict managers and administrators.
    #[graphql(complexity = "crate::api::page_cost(first, child_complexity)")]
    async fn office_terms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The block or subdistrict.")] place_id: ID,
        #[graphql(desc = "How many, 1 to 100; 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "Cursor of the item to go on behind.")] after: Option<String>,
    ) -> async_graphql::Result<OfficeTermConnection> {
        let page = ctx.page(first, after.as_deref())?;
        Ok(terms(ctx, api::id("placeId", &place_id)?, page).await?)
    }
}
