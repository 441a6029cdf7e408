//! The wishes behind a number, by the same predicate that counted them.

use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::{
    enums::{WishCategory, WishState},
    ids::WishId,
};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::{
    Numbers,
    count::{marks, values},
};
use crate::{
    kernel::{
        App, Error, Result,
        page::{Page, PageArgs},
    },
    wishes::metrics::{Part, Rate},
};

/// A counted wish: codes, times and counts only.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "described in the schema")]
pub struct CountedWish {
    pub id: WishId,
    pub number: String,
    pub category: WishCategory,
    pub state: WishState,
    pub quantity: i32,
    pub claimed: i32,
    pub delivered: i32,
    pub closed: i32,
    pub confirmed: i32,
    pub wished_by: Option<NaiveDate>,
    pub published_at: DateTime<Utc>,
    pub first_claimed_at: Option<DateTime<Utc>>,
    pub fulfilled_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// A page of the wishes behind a rate, or of all that were counted, in the order of publication, and how
/// many there are; for the responsible unit, in the state of the database that was counted.
pub async fn rows(
    app: &App,
    numbers: &Numbers,
    set: Option<(Rate, Part)>,
    category: Option<WishCategory>,
    page: PageArgs,
) -> Result<(Page<CountedWish>, i64)> {
    let snapshot = numbers.snapshot.as_ref().ok_or(Error::Forbidden)?;
    let conn = snapshot.conn();
    let communities = &numbers.scope.communities;
    let mut values = values(app, communities, numbers.scope.days);
    let mut predicate = vec![
        format!("w.community_id IN ({})", marks(communities)),
        "w.published_at >= $1 AND w.published_at < $2".to_owned(),
    ];
    if let Some((rate, part)) = set {
        let (whole, of) = (rate.whole().0, rate.part().0);
        predicate.push(format!("({whole})"));
        if part == Part::Numerator {
            predicate.push(format!("({of})"));
        }
    }
    if let Some(category) = category {
        values.push(category.code().into());
        predicate.push(format!("w.category = ${}", values.len()));
    }
    let backend = conn.get_database_backend();
    let sql = format!("SELECT COUNT(*) FROM wish w WHERE {}", predicate.join(" AND "));
    let counted =
        conn.query_one_raw(Statement::from_sql_and_values(backend, sql, values.clone())).await?;
    let total = counted.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    if let Some(cursor) = page.after {
        values.extend([cursor.at.into(), cursor.id.into()]);
        let n = values.len();
        predicate.push(format!("(w.published_at, w.id) > (${}, ${n})", n - 1));
    }
    let sql = format!(
        "SELECT w.id, w.number, w.category, w.state, w.quantity, w.claimed, w.delivered, w.closed, \
         w.confirmed, w.wished_by, w.published_at, w.first_claimed_at, w.fulfilled_at, w.ended_at \
         FROM wish w WHERE {} ORDER BY w.published_at, w.id LIMIT {}",
        predicate.join(" AND "),
        page.size() + 1
    );
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok((page.cut(CountedWish::find_by_statement(statement).all(conn).await?), total))
}
