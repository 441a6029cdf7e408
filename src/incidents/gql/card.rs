//! What everybody may know of incidents.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::NaiveDate;
use linli_entity::{
    enums::{IncidentKind, IncidentOutcome, IncidentState},
    ids::IncidentId,
};

use crate::{
    api::{Ctx, connection, loader},
    blocks::rules::Point,
    communities::gql::{Place, load},
    incidents::queries::{self, Card, Reader},
    kernel::{Error, Locale, Result},
    requests::gql::PositionInput,
};

loader! {
    /// By what name everybody may know who reported incidents.
    NamedLoader(IncidentId => String) = queries::named
}

loader! {
    /// Cards of incidents that the reader reported or follows.
    CardLoader(IncidentId => Card) = queries::cards_by_id
}

/// A point on the map, WGS 84. Coordinates that were shifted for maps of the mainland (GCJ-02) are to be
/// converted before.
#[derive(Clone, Copy, SimpleObject)]
pub struct MapPoint {
    /// Longitude in degrees.
    pub lon: f64,
    /// Latitude in degrees.
    pub lat: f64,
}

impl From<Point> for MapPoint {
    fn from(point: Point) -> Self {
        Self { lon: point.lon(), lat: point.lat() }
    }
}

/// A position as a point.
pub(super) fn point(path: &str, given: Option<PositionInput>) -> Result<Option<Point>> {
    given.map(|p| Point::from_degrees(path, p.long, p.lat)).transpose()
}

/// What everybody may know of an incident: what staff cleared, about where it is, and a masked name of who
/// reported it if they let everybody know.
#[derive(Clone)]
pub struct IncidentCard {
    card: Card,
    reader: Reader,
}

impl IncidentCard {
    /// For everybody.
    pub(super) fn public(card: Card) -> Self {
        // What is not public is found only by who has reported or follows it.
        let reader = if card.published_at.is_some() { Reader::Anybody } else { Reader::Follower };
        Self { card, reader }
    }

    /// For who says that they are there.
    pub(super) fn near(card: Card) -> Self {
        Self { card, reader: Reader::Near }
    }
}

/// What everybody may know of an incident: what staff cleared, about where it is, and a masked name of who
/// reported it if they let everybody know.
#[Object(serial)]
impl IncidentCard {
    /// Opaque id of the incident.
    async fn id(&self) -> ID {
        self.card.id.to_string().into()
    }

    /// Number, as people say it; null to who only asks what is near, until staff have cleared the card.
    async fn number(&self) -> Option<&str> {
        self.card.is_known(self.reader).then_some(&self.card.number)
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.card.community_id).await?)
    }

    /// The block, once it is known.
    async fn block(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Place>> {
        match self.card.block_id {
            Some(id) => Ok(Some(load(ctx, id).await?)),
            None => Ok(None),
        }
    }

    /// Kind.
    async fn kind(&self) -> IncidentKind {
        self.card.kind
    }

    /// State.
    async fn state(&self) -> IncidentState {
        self.card.state
    }

    /// Outcome, once there is one; null to who only asks what is near, until staff have cleared the card.
    async fn outcome(&self) -> Option<IncidentOutcome> {
        self.card.outcome.filter(|_| self.card.is_known(self.reader))
    }

    /// What staff cleared, in the reader's language, else in the source language; null until they have.
    async fn text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> Option<String> {
        self.card.published_at?;
        Some(ctx.languages(language).pick(&self.card.card).to_owned())
    }

    /// About where it is: the middle of a cell of about 200 metres, for who asks what is near, of what one reported,
    /// and of what one follows until staff have cleared it. Of what is public the map tells it, as far as enough
    /// others are there too.
    async fn about(&self) -> Option<MapPoint> {
        self.card.about(self.reader).map(Into::into)
    }

    /// By what name everybody may know who reported it: the first character and a mask, of the first who let them;
    /// null where nobody did, and until staff have cleared the card.
    async fn reporter(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        if self.card.published_at.is_none() {
            return Ok(None);
        }
        Ok(ctx.load::<NamedLoader, _>(self.card.id).await?)
    }

    /// Day on which it came in.
    async fn received_on(&self, ctx: &Context<'_>) -> NaiveDate {
        ctx.app().day(self.card.received_at)
    }
}

connection!(IncidentCardConnection, IncidentCardEdge, IncidentCard, "cards of incidents");

/// The card of an incident that the reader reported, or only follows.
pub(super) async fn load_card(
    ctx: &Context<'_>,
    id: IncidentId,
    follows: bool,
) -> Result<IncidentCard> {
    let card = ctx.load::<CardLoader, _>(id).await?.ok_or(Error::NotFound)?;
    let reader = if follows { Reader::Follower } else { Reader::Reporter };
    Ok(IncidentCard { card, reader })
}
