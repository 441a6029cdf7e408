//! What everybody may see of the incidents of a community on a map.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    enums::{Danger, IncidentKind, IncidentOutcome, IncidentState},
    ids::{IncidentId, PlaceId},
    incident,
    json::Localised,
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    incidents::coarse::{Coarse, Spot, coarse},
    kernel::{App, Result},
};

/// How long ago an incident came in at most.
const SHOWN: Duration = Duration::days(365);
/// How many there are at most.
const MOST: u64 = 2_000;

/// An incident whose card staff cleared, and about where it is.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "as in the row")]
pub struct Mapped {
    pub id: IncidentId,
    pub number: String,
    pub kind: IncidentKind,
    pub state: IncidentState,
    pub outcome: Option<IncidentOutcome>,
    pub received_at: DateTime<Utc>,
    pub card: Localised,
    pub block: Option<PlaceId>,
    /// About where it is; where exactly is not told.
    pub place: Coarse,
}

#[derive(FromQueryResult)]
struct Row {
    id: IncidentId,
    number: String,
    kind: IncidentKind,
    state: IncidentState,
    outcome: Option<IncidentOutcome>,
    received_at: DateTime<Utc>,
    card: Localised,
    block_id: Option<PlaceId>,
    lon_e6: Option<i32>,
    lat_e6: Option<i32>,
}

/// The public incidents of a community, the newest first.
pub async fn on_map(app: &App, community: PlaceId) -> Result<Vec<Mapped>> {
    use incident::Column;
    let columns = [
        Column::Id,
        Column::Number,
        Column::Kind,
        Column::State,
        Column::Outcome,
        Column::ReceivedAt,
        Column::Card,
        Column::BlockId,
        Column::LonE6,
        Column::LatE6,
    ];
    let rows: Vec<Row> = incident::Entity::find()
        .select_only()
        .columns(columns)
        .filter(Column::CommunityId.eq(community))
        .filter(Column::ReceivedAt.gte(app.clock.now() - SHOWN))
        .filter(Column::PublishedAt.is_not_null())
        .filter(Column::Danger.eq(Danger::None))
        .filter(Column::MergedInto.is_null())
        .order_by_desc(Column::ReceivedAt)
        .order_by_desc(Column::Id)
        .limit(MOST)
        .into_model()
        .all(app.db.reader())
        .await?;
    let listed: Vec<_> = rows.iter().map(|row| (row.spot(), row.block_id)).collect();
    let places = coarse(&listed);
    let mapped = |(row, place): (Row, Coarse)| Mapped {
        id: row.id,
        number: row.number,
        kind: row.kind,
        state: row.state,
        outcome: row.outcome,
        received_at: row.received_at,
        card: row.card,
        block: row.block_id,
        place,
    };
    Ok(rows.into_iter().zip(places).map(mapped).collect())
}

impl Row {
    fn spot(&self) -> Option<Spot> {
        Some(Spot { lon_e6: self.lon_e6?.into(), lat_e6: self.lat_e6?.into() })
    }
}
