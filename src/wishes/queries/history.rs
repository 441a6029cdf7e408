//! What happened to wishes.

use std::collections::HashMap;

use linli_entity::{event, ids::WishId};
use sea_orm::{FromQueryResult, Statement};

use crate::kernel::{App, Result};

/// Who is asked and what they answer is not shown, so it takes no place among what is.
const SHOWN: &str = "kind LIKE 'WISH~_%' ESCAPE '~' AND kind NOT LIKE 'WISH~_OFFER%' ESCAPE '~' \
                     AND kind <> 'WISH_NOT_TOLD_YET'";

/// The events of wishes in their order, the last 100 of each, for callers that may see the wishes.
pub async fn history(app: &App, ids: &[WishId]) -> Result<HashMap<WishId, Vec<event::Model>>> {
    let sql = format!(
        "SELECT * FROM (SELECT event.*, ROW_NUMBER() OVER (PARTITION BY aggregate_id \
         ORDER BY seq DESC) AS place FROM event WHERE aggregate_id IN ({}) AND {SHOWN}) e \
         WHERE e.place <= 100 ORDER BY e.seq",
        marks(ids.len())
    );
    let values = ids.iter().map(|id| id.0.into());
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let rows = event::Model::find_by_statement(statement).all(app.db.reader()).await?;
    let mut found: HashMap<WishId, Vec<event::Model>> = HashMap::new();
    for row in rows {
        found.entry(WishId(row.aggregate_id)).or_default().push(row);
    }
    Ok(found)
}

/// As many marks for values.
pub(super) fn marks(count: usize) -> String {
    (1..=count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}
