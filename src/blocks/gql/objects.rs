//! A block.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use linli_entity::{
    block_address,
    enums::{Parity, PlaceKind, Role},
    ids::PlaceId,
    place,
};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::office::{OfficeTerm, OfficesLoader};
use crate::{
    api::{self, Ctx, Loading, Translation, connection, loader},
    blocks::queries::{self, Facts, Office},
    communities::gql::{Place, load},
    kernel::{Error, Locale, Result},
};

loader! {
    /// What is known of blocks.
    FactsLoader(PlaceId => Facts) = queries::facts
}
loader! {
    /// Where blocks lie.
    AreaLoader(PlaceId => Value) = queries::areas
}
loader! {
    /// Addresses of blocks.
    LinesLoader(PlaceId => Vec<block_address::Model>) = queries::lines
}

/// 街区: a part of a community, with somebody who answers for it.
#[derive(Clone)]
pub struct Block {
    place: Arc<place::Model>,
    /// Who answers for it, looked up once.
    offices: Arc<OnceCell<Vec<Office>>>,
}

impl From<place::Model> for Block {
    fn from(row: place::Model) -> Self {
        Self::of(Arc::new(row))
    }
}

/// The block of an id.
pub async fn load_block(ctx: &Context<'_>, id: PlaceId) -> Result<Block> {
    let Place(place) = load(ctx, id).await?;
    if place.kind == PlaceKind::Block { Ok(Block::of(place)) } else { Err(Error::NotFound) }
}

impl Block {
    fn of(place: Arc<place::Model>) -> Self {
        Self { place, offices: Arc::default() }
    }

    fn facts(&self, ctx: &Context<'_>) -> Loading<Facts> {
        ctx.load::<FactsLoader, _>(self.place.id)
    }

    async fn offices(&self, ctx: &Context<'_>, role: Role) -> Result<Vec<OfficeTerm>> {
        let load = async || {
            let found = ctx.load::<OfficesLoader, _>(self.place.id).await;
            found.map(Option::unwrap_or_default)
        };
        let offices = self.offices.get_or_try_init(load).await?;
        let wanted = offices.iter().filter(|office| office.term.role == role).cloned();
        Ok(wanted.map(Into::into).collect())
    }
}

/// 街区: a part of a community, with somebody who answers for it.
#[Object(serial)]
impl Block {
    /// Opaque id: that of the place.
    async fn id(&self) -> ID {
        self.place.id.to_string().into()
    }

    /// Code, unique in the community.
    async fn code(&self) -> &str {
        &self.place.code
    }

    /// Name in the reader's language, else in the source language.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.place.names)
    }

    /// Name in every language that it has.
    async fn names(&self) -> Vec<Translation> {
        api::translations(&self.place.names)
    }

    /// Whether it is in use.
    async fn active(&self) -> bool {
        self.place.active
    }

    /// The community that it is a part of.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        let community = self.place.community_id.ok_or(Error::NotFound)?;
        Ok(load(ctx, community).await?)
    }

    /// The station where its people sit.
    async fn station(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Place>> {
        match self.facts(ctx).await?.and_then(|facts| facts.station_id) {
            Some(station) => Ok(Some(load(ctx, station).await?)),
            None => Ok(None),
        }
    }

    /// When somebody sits there, in the reader's language, else in the source language.
    async fn hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> async_graphql::Result<Option<String>> {
        let hours = self.facts(ctx).await?.and_then(|facts| facts.hours);
        Ok(hours.map(|hours| ctx.languages(language).pick(&hours).to_owned()))
    }

    /// How to find them.
    async fn address_note(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(self.facts(ctx).await?.and_then(|facts| facts.address_note))
    }

    /// Where it lies: a Polygon or MultiPolygon of GeoJSON (RFC 7946), to six decimals. Null where nobody
    /// has drawn it.
    #[graphql(complexity = 20)]
    async fn area(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        let area = ctx.load::<AreaLoader, _>(self.place.id).await?;
        Ok(area.map(|area| area.to_string()))
    }

    /// The addresses that belong to it, in the order in which they were sent; at most 200.
    #[graphql(complexity = "20 * child_complexity")]
    async fn addresses(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<BlockAddress>> {
        let lines = ctx.load::<LinesLoader, _>(self.place.id).await?.unwrap_or_default();
        Ok(lines.into_iter().map(Into::into).collect())
    }

    /// 街区长: who answers for it now; null also while nobody of them can sign in.
    async fn lead(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<OfficeTerm>> {
        Ok(self.offices(ctx, Role::BlockLead).await?.into_iter().next())
    }

    /// 副街区长: who assists now and can sign in; at most 3.
    async fn deputies(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<OfficeTerm>> {
        Ok(self.offices(ctx, Role::DeputyBlockLead).await?)
    }

    /// Version, for changes; 0 while nothing is known but its name.
    async fn version(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(self.facts(ctx).await?.map_or(0, |facts| facts.version))
    }
}

connection!(BlockConnection, BlockEdge, Block, "blocks");

/// House numbers of a street that belong to a block.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct BlockAddress {
    /// The street.
    pub street: String,
    /// First house number; null from the first.
    pub from: Option<i32>,
    /// Last house number; null to the last.
    pub until: Option<i32>,
    /// Which of them.
    pub parity: Parity,
}

impl From<block_address::Model> for BlockAddress {
    fn from(row: block_address::Model) -> Self {
        Self {
            street: row.street,
            from: row.from_number,
            until: row.until_number,
            parity: row.parity,
        }
    }
}
