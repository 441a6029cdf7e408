//! What everybody may read of incidents: no column that the words or the exact place of a report are in is
//! selected.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{Danger, IncidentKind, IncidentOutcome, IncidentState},
    ids::{IncidentId, PlaceId},
    incident, incident_report,
    json::Localised,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, sea_query::Order,
};

use crate::{
    blocks::rules::{Point, coarse, is_near},
    identity,
    incidents::rules,
    kernel::{
        Actor, App, Error, Result, User,
        page::{Page, PageArgs},
    },
};

/// The public face of an incident.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Card {
    /// Id.
    pub id: IncidentId,
    /// Community.
    pub community_id: PlaceId,
    /// Number.
    pub number: String,
    /// Block.
    pub block_id: Option<PlaceId>,
    /// Kind.
    pub kind: IncidentKind,
    /// State.
    pub state: IncidentState,
    /// Outcome.
    pub outcome: Option<IncidentOutcome>,
    /// What staff cleared, once they have.
    pub card: Localised,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// Since when the card is public.
    pub published_at: Option<DateTime<Utc>>,
    /// Longitude; shown coarsely only.
    pub lon_e6: Option<i32>,
    /// Latitude; shown coarsely only.
    pub lat_e6: Option<i32>,
}

/// Who reads a card, which decides what of it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Somebody.
    Anybody,
    /// Somebody who says that they are there.
    Near,
    /// Somebody who follows it.
    Follower,
    /// Somebody who has reported it.
    Reporter,
}

impl Card {
    /// Whether more than what anybody could see on the spot may be told.
    pub fn is_known(&self, reader: Reader) -> bool {
        self.published_at.is_some() || matches!(reader, Reader::Follower | Reader::Reporter)
    }

    /// About where it is: the middle of a cell of some hundred metres. Of what is public the map tells it, as far as
    /// enough others are there too: to who only follows it as to anybody.
    pub fn about(&self, reader: Reader) -> Option<Point> {
        let told = match reader {
            Reader::Anybody => false,
            Reader::Follower => self.published_at.is_none(),
            Reader::Near | Reader::Reporter => true,
        };
        self.point().filter(|_| told).map(coarse)
    }

    /// Where it is, exactly: never shown.
    fn point(&self) -> Option<Point> {
        Some(Point { lon_e6: self.lon_e6?, lat_e6: self.lat_e6? })
    }
}

fn narrow(select: Select<incident::Entity>) -> Select<incident::Entity> {
    use incident::Column as C;
    select.select_only().columns([
        C::Id,
        C::CommunityId,
        C::Number,
        C::BlockId,
        C::Kind,
        C::State,
        C::Outcome,
        C::Card,
        C::ReceivedAt,
        C::PublishedAt,
        C::LonE6,
        C::LatE6,
    ])
}

/// Which cards.
#[derive(Clone, Copy, Debug)]
pub struct CardFilter {
    /// Of which community.
    pub community: PlaceId,
    /// About what.
    pub kind: Option<IncidentKind>,
}

fn public(filter: CardFilter) -> Select<incident::Entity> {
    use incident::Column as C;
    let select = incident::Entity::find()
        .filter(C::CommunityId.eq(filter.community))
        .filter(C::PublishedAt.is_not_null());
    match filter.kind {
        Some(kind) => select.filter(C::Kind.eq(kind)),
        None => select,
    }
}

/// A page of the public incidents of a community, the latest first.
pub async fn cards(app: &App, filter: CardFilter, page: PageArgs) -> Result<Page<Card>> {
    let rows = page
        .apply(
            narrow(public(filter)),
            incident::Column::PublishedAt,
            incident::Column::Id,
            Order::Desc,
        )
        .into_model::<Card>()
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn cards_count(app: &App, filter: CardFilter) -> Result<u64> {
    Ok(public(filter).count(app.db.reader()).await?)
}

/// The card of an incident that is public, or that the reader follows or reported.
pub async fn card(app: &App, actor: &Actor, id: IncidentId) -> Result<Card> {
    use incident::Column as C;
    let mut may = Condition::any().add(C::PublishedAt.is_not_null());
    if let Ok(User { person, .. }) = actor.signed_in() {
        use incident_report::Column as R;
        let theirs = incident_report::Entity::find()
            .select_only()
            .column(R::IncidentId)
            .filter(R::IncidentId.eq(id))
            .filter(identity::queries::theirs(R::PersonId, *person))
            .into_query();
        may = may.add(C::Id.in_subquery(theirs));
    }
    let select = incident::Entity::find_by_id(id).filter(may);
    let found = narrow(select).into_model::<Card>().one(app.db.reader()).await?;
    found.ok_or(Error::NotFound)
}

/// Cards by id, for whose reports they are.
pub async fn cards_by_id(app: &App, ids: &[IncidentId]) -> Result<HashMap<IncidentId, Card>> {
    let select = incident::Entity::find().filter(incident::Column::Id.is_in(ids.iter().copied()));
    let rows = narrow(select).into_model::<Card>().all(app.db.reader()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// What somebody is about to report.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// The community.
    pub community: PlaceId,
    /// The kind.
    pub kind: IncidentKind,
    /// Where on the map …
    pub point: Option<Point>,
    /// … or in which block.
    pub block: Option<PlaceId>,
}

/// Most that are looked at for one draft.
const CANDIDATES: u64 = 500;

/// Open incidents of the same kind that are near, the latest first, at most 5: about as near as everybody may
/// know it; of a draft without a point, those of its block. What is never public is not among them.
pub async fn near(app: &App, draft: Draft) -> Result<Vec<Card>> {
    use incident::Column as C;
    let about = Condition::any()
        .add(C::Outcome.is_null())
        .add(C::Outcome.ne(IncidentOutcome::AboutAPerson));
    let mut select = incident::Entity::find()
        .filter(C::CommunityId.eq(draft.community))
        .filter(C::Kind.eq(draft.kind))
        .filter(C::ClosedAt.is_null())
        .filter(C::Danger.eq(Danger::None))
        .filter(about)
        .filter(C::ReceivedAt.gt(app.clock.now() - rules::NEAR));
    if draft.point.is_none() {
        let Some(block) = draft.block else { return Ok(Vec::new()) };
        select = select.filter(C::BlockId.eq(block));
    }
    let rows = narrow(select)
        .order_by_desc(C::ReceivedAt)
        .limit(CANDIDATES)
        .into_model::<Card>()
        .all(app.db.reader())
        .await?;
    let near = |card: &Card| match draft.point {
        Some(here) => card.point().is_some_and(|there| is_near(here, there)),
        None => true,
    };
    Ok(rows.into_iter().filter(near).take(5).collect())
}
