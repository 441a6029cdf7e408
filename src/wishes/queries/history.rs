//! What happened to wishes.

use std::collections::HashMap;

use linli_entity::{event, ids::WishId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::kernel::{App, Result};

/// The events of wishes in their order, for callers that may see the wishes.
pub async fn history(app: &App, ids: &[WishId]) -> Result<HashMap<WishId, Vec<event::Model>>> {
    let rows = event::Entity::find()
        .filter(event::Column::AggregateId.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(event::Column::AggregateId)
        .order_by_asc(event::Column::Seq)
        .all(app.db.reader())
        .await?;
    let mut found: HashMap<WishId, Vec<event::Model>> = HashMap::new();
    for row in rows {
        found.entry(WishId(row.aggregate_id)).or_default().push(row);
    }
    Ok(found)
}
