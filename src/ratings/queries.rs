//! Reads of ratings and corrective actions.

use std::collections::HashMap;

use linli_entity::{
    corrective_action,
    enums::{Confidentiality, CorrectiveState},
    ids::{PlaceId, RequestId},
    rating,
};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Order,
};

use crate::kernel::{
    Action, Actor, App, Result, Target,
    page::{Page, PageArgs},
    policy,
};

/// A rated person reads ratings in batches of at least this many, so that none points at somebody.
pub const BATCH: u64 = 5;

/// Ratings by request, newest first; at most 20 each. For callers that asked the policy.
pub async fn of_requests(
    app: &App,
    requests: &[RequestId],
) -> Result<HashMap<RequestId, Vec<rating::Model>>> {
    let rows = rating::Entity::find()
        .filter(rating::Column::RequestId.is_in(requests.iter().copied()))
        .order_by_desc(rating::Column::At)
        .order_by_desc(rating::Column::Id)
        .all(app.db.reader())
        .await?;
    let mut found: HashMap<RequestId, Vec<rating::Model>> = HashMap::new();
    for row in rows {
        let ratings = found.entry(row.request_id).or_default();
        if ratings.len() < 20 {
            ratings.push(row);
        }
    }
    Ok(found)
}

/// One's own ratings as the rated person, oldest first, in whole batches: fewer than five since the
/// last batch are not shown yet. At most 100.
pub async fn received(app: &App, actor: &Actor) -> Result<Vec<rating::Model>> {
    let account = actor.signed_in()?.account;
    let mine = || {
        rating::Entity::find()
            .filter(rating::Column::RatedOwnerId.eq(account))
            .filter(rating::Column::Superseded.eq(false))
    };
    let total = mine().count(app.db.reader()).await?;
    let mut rows = mine()
        .order_by_desc(rating::Column::At)
        .order_by_desc(rating::Column::Id)
        .offset(total % BATCH)
        .limit(100)
        .all(app.db.reader())
        .await?;
    rows.reverse();
    Ok(rows)
}

/// Starts from what the actor leads: a corrective action is as confidential as its request.
fn scoped(
    actor: &Actor,
    community: PlaceId,
    open_only: bool,
) -> Result<Select<corrective_action::Entity>> {
    let target = |confidentiality: Confidentiality| Target {
        confidentiality: Some(confidentiality),
        ..Target::community(community)
    };
    let led: Vec<Confidentiality> = Confidentiality::ALL
        .iter()
        .copied()
        .filter(|c| policy::allowed(actor, Action::CorrectiveHandle, &target(*c)))
        .collect();
    if led.is_empty() {
        policy::authorize(actor, Action::CorrectiveHandle, &Target::community(community))?;
    }
    let mut select = corrective_action::Entity::find()
        .filter(corrective_action::Column::CommunityId.eq(community))
        .filter(corrective_action::Column::Confidentiality.is_in(led));
    if open_only {
        select = select.filter(corrective_action::Column::State.eq(CorrectiveState::Open));
    }
    Ok(select)
}

/// A page of a community's corrective actions, the most urgent first.
pub async fn corrective_actions(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    open_only: bool,
    page: PageArgs,
) -> Result<Page<corrective_action::Model>> {
    let rows = page
        .apply(
            scoped(actor, community, open_only)?,
            corrective_action::Column::DueAt,
            corrective_action::Column::Id,
            Order::Asc,
        )
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many there are.
pub async fn corrective_count(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    open_only: bool,
) -> Result<u64> {
    Ok(scoped(actor, community, open_only)?.count(app.db.reader()).await?)
}
