//! Reads of ratings and corrective actions.

use std::collections::HashMap;

use linli_entity::{
    corrective_action,
    enums::{Confidentiality, CorrectiveState},
    ids::{AccountId, PlaceId, RequestId},
    rating,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, sea_query::Order,
};

use crate::kernel::{
    Action, Actor, App, Result, Target,
    page::{Page, PageArgs},
    policy,
};

/// A rated person reads ratings in batches of this many, so that none points at somebody.
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

/// Somebody who may read ratings of a request.
#[derive(Clone, Copy, Debug)]
pub enum Reader {
    /// The requester: all of them.
    Requester,
    /// One who leads and does not own it: those that are not about their own work. Nobody reads single
    /// ratings of their own, whoever owns the request now.
    Lead(Option<AccountId>),
}

impl Reader {
    /// What somebody is to the ratings of a request, which `owner` owns or owned last.
    pub fn of(actor: &Actor, target: &Target, owner: Option<AccountId>) -> Option<Self> {
        let rated = owner.is_some() && owner == actor.account();
        if policy::allowed(actor, Action::RequestRate, target) {
            return Some(Self::Requester);
        }
        let leads = !rated && policy::allowed(actor, Action::CorrectiveAssign, target);
        leads.then(|| Self::Lead(actor.account()))
    }

    /// Those of the ratings that they see.
    pub fn sees(self, rows: Vec<rating::Model>) -> impl Iterator<Item = rating::Model> {
        rows.into_iter().filter(move |row| match self {
            Self::Requester => true,
            Self::Lead(account) => row.rated_owner_id.is_none() || row.rated_owner_id != account,
        })
    }
}

/// One's own ratings as the rated person: the newest twenty batches, oldest first. A batch was closed
/// when it was complete and never changes, also when a rating in it is replaced. Inside a batch the
/// order says nothing of who came first.
pub async fn received(app: &App, actor: &Actor) -> Result<Vec<rating::Model>> {
    let account = actor.signed_in()?.account;
    let mut rows = rating::Entity::find()
        .filter(rating::Column::RatedOwnerId.eq(account))
        .filter(rating::Column::BatchedAt.is_not_null())
        .order_by_desc(rating::Column::BatchedAt)
        .limit(BATCH * 20)
        .all(app.db.reader())
        .await?;
    rows.sort_by(|a, b| (a.batched_at, a.level, &a.body).cmp(&(b.batched_at, b.level, &b.body)));
    Ok(rows)
}

/// What a corrective action is to the policy: as confidential as its request, and its handler's.
pub(super) fn target(row: &corrective_action::Model) -> Target {
    Target {
        confidentiality: Some(row.confidentiality),
        owner: row.handler_id,
        ..Target::community(row.community_id)
    }
}

/// Starts from what the actor leads or was given; never what is about the actor's own work.
fn scoped(
    actor: &Actor,
    community: PlaceId,
    open_only: bool,
) -> Result<Select<corrective_action::Entity>> {
    let me = actor.account();
    let may = |owner: Option<AccountId>| -> Vec<Confidentiality> {
        let target = |c: Confidentiality| Target {
            confidentiality: Some(c),
            owner,
            ..Target::community(community)
        };
        let all = Confidentiality::ALL.iter().copied();
        all.filter(|c| policy::allowed(actor, Action::CorrectiveHandle, &target(*c))).collect()
    };
    let (led, given) = (may(None), may(me));
    if given.is_empty() {
        policy::authorize(actor, Action::CorrectiveHandle, &Target::community(community))?;
    }
    let confidentiality = corrective_action::Column::Confidentiality;
    let mine = Condition::all()
        .add(corrective_action::Column::HandlerId.eq(me))
        .add(confidentiality.is_in(given));
    let others_work = Condition::any()
        .add(corrective_action::Column::RatedOwnerId.is_null())
        .add(corrective_action::Column::RatedOwnerId.ne(me));
    let mut select = corrective_action::Entity::find()
        .filter(corrective_action::Column::CommunityId.eq(community))
        .filter(Condition::any().add(confidentiality.is_in(led)).add(mine))
        .filter(others_work);
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
