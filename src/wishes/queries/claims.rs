//! Claims, as far as somebody may see them.

use std::collections::HashMap;

use linli_entity::{
    ids::{ClaimId, WishId},
    wish, wish_claim,
};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, Select, Statement,
    sea_query::Order,
};

use super::{as_read, claim_target, history::marks, record_looks};
use crate::{
    identity,
    kernel::{
        Action, Actor, App, Error, Result,
        page::{Page, PageArgs},
        policy,
    },
};

/// A claim that the reader may see: whose it is, whose wish it is of, and those who serve there. That somebody
/// else opened it is written down.
pub async fn claim(app: &App, actor: &Actor, id: ClaimId) -> Result<wish_claim::Model> {
    actor.signed_in()?;
    let conn = app.db.reader();
    let row = wish_claim::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)?;
    let wish = wish::Entity::find_by_id(row.wish_id).one(conn).await?.ok_or(Error::NotFound)?;
    let holder = identity::queries::holder(conn, wish.person_id).await?;
    let target = claim_target(&row, &wish, holder);
    let target = as_read(app, actor, target, Action::WishClaimRead).await?;
    if !policy::allowed(actor, Action::WishClaimRead, &target) {
        return Err(Error::NotFound);
    }
    if actor.account() != Some(row.account_id) {
        record_looks(app, actor, [(&wish, holder)]).await?;
    }
    Ok(row)
}

/// The claims of wishes, oldest first, for callers that may see the wishes; at most 100 of each: those that wait
/// for an answer, then those that last, then the latest of those that have ended.
pub async fn claims_of(
    app: &App,
    wishes: &[WishId],
) -> Result<HashMap<WishId, Vec<wish_claim::Model>>> {
    let sql = format!(
        "SELECT * FROM (SELECT wish_claim.*, ROW_NUMBER() OVER (PARTITION BY wish_id ORDER BY \
         CASE state WHEN 'DELIVERED' THEN 0 WHEN 'HELD' THEN 1 ELSE 2 END, claimed_at DESC, id DESC) \
         AS place FROM wish_claim WHERE wish_id IN ({})) c WHERE c.place <= 100 \
         ORDER BY c.claimed_at, c.id",
        marks(wishes.len())
    );
    let values = wishes.iter().map(|id| (*id).into());
    let statement = Statement::from_sql_and_values(app.db.backend(), sql, values);
    let rows = wish_claim::Model::find_by_statement(statement).all(app.db.reader()).await?;
    let mut found: HashMap<WishId, Vec<wish_claim::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.wish_id).or_default().push(row);
    }
    Ok(found)
}

fn own_of(actor: &Actor) -> Result<Select<wish_claim::Entity>> {
    let account = actor.signed_in()?.account;
    Ok(wish_claim::Entity::find().filter(wish_claim::Column::AccountId.eq(account)))
}

/// A page of one's own claims, the latest first.
pub async fn own_claims(
    app: &App,
    actor: &Actor,
    page: PageArgs,
) -> Result<Page<wish_claim::Model>> {
    use wish_claim::Column as C;
    let rows =
        page.apply(own_of(actor)?, C::ClaimedAt, C::Id, Order::Desc).all(app.db.reader()).await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn own_claims_count(app: &App, actor: &Actor) -> Result<u64> {
    Ok(own_of(actor)?.count(app.db.reader()).await?)
}
