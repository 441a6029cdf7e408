//! Reads of the audit trail and of its seals.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use linli_entity::{
    audit_seal,
    enums::PlaceKind,
    event,
    ids::{AccountId, EventId, PlaceId},
    place,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, sea_query::Order,
};
use uuid::Uuid;

use super::rules;
use crate::kernel::{
    Action, Actor, App, Result, Target,
    page::{Page, PageArgs},
    policy,
};

/// Which events are wanted.
#[derive(Clone, Debug, Default)]
pub struct TrailFilter {
    /// Of this community; of the whole system if there is none.
    pub community: Option<PlaceId>,
    /// By this account.
    pub actor: Option<AccountId>,
    /// Of this kind.
    pub kind: Option<String>,
    /// About this object.
    pub aggregate: Option<Uuid>,
    /// At this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// Starts from what the actor may audit.
fn scoped(actor: &Actor, filter: &TrailFilter) -> Result<Select<event::Entity>> {
    // Only a grant for the whole system covers everything.
    let target = filter.community.map_or(Target::NONE, Target::community);
    policy::authorize(actor, Action::AuditRead, &target)?;
    let mut wanted = Condition::all()
        .add_option(filter.community.map(|c| event::Column::CommunityId.eq(c)))
        .add_option(filter.actor.map(|a| event::Column::ActorId.eq(a)))
        .add_option(filter.aggregate.map(|a| event::Column::AggregateId.eq(a)))
        .add_option(filter.from.map(|t| event::Column::At.gte(t)))
        .add_option(filter.until.map(|t| event::Column::At.lt(t)));
    if let Some(kind) = &filter.kind {
        wanted = wanted.add(event::Column::Kind.eq(kind));
    }
    Ok(event::Entity::find().filter(wanted))
}

/// When something last happened to some objects, for callers that may see them.
pub async fn last_changes(app: &App, objects: &[Uuid]) -> Result<HashMap<Uuid, DateTime<Utc>>> {
    let rows: Vec<(Uuid, DateTime<Utc>)> = event::Entity::find()
        .select_only()
        .column(event::Column::AggregateId)
        .column_as(event::Column::At.max(), "last")
        .filter(event::Column::AggregateId.is_in(objects.iter().copied()))
        .group_by(event::Column::AggregateId)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(rows.into_iter().collect())
}

/// A page of the trail, newest first.
pub async fn trail(
    app: &App,
    actor: &Actor,
    filter: &TrailFilter,
    page: PageArgs,
) -> Result<Page<event::Model>> {
    let rows = page
        .apply(scoped(actor, filter)?, event::Column::At, event::Column::Id, Order::Desc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many events there are.
pub async fn trail_count(app: &App, actor: &Actor, filter: &TrailFilter) -> Result<u64> {
    Ok(scoped(actor, filter)?.count(app.db.reader()).await?)
}

/// Every chain of seals with its name: one for each community, and one for what belongs to none.
pub async fn chains(app: &App) -> Result<BTreeMap<Uuid, String>> {
    let communities: Vec<(PlaceId, String)> = place::Entity::find()
        .select_only()
        .columns([place::Column::Id, place::Column::Code])
        .filter(place::Column::Kind.eq(PlaceKind::Community))
        .into_tuple()
        .all(app.db.reader())
        .await?;
    let system = (rules::SYSTEM, "system".to_owned());
    Ok(communities.into_iter().map(|(id, code)| (id.0, code)).chain([system]).collect())
}

/// The newest seal of a chain.
pub async fn last_seal(app: &App, chain: Uuid) -> Result<Option<audit_seal::Model>> {
    Ok(audit_seal::Entity::find()
        .filter(audit_seal::Column::Chain.eq(chain))
        .order_by_desc(audit_seal::Column::Number)
        .one(app.db.reader())
        .await?)
}

/// Where a span of events ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// Before this instant.
    Before(DateTime<Utc>),
    /// With this event.
    With(DateTime<Utc>, EventId),
}

/// At most `most` events of a chain in the order of (instant, id), behind `after`.
pub(super) async fn span(
    app: &App,
    chain: Uuid,
    after: Option<(DateTime<Utc>, EventId)>,
    until: Until,
    most: usize,
) -> Result<Vec<event::Model>> {
    let (at, id) = (event::Column::At, event::Column::Id);
    let of_chain = if chain == rules::SYSTEM {
        event::Column::CommunityId.is_null()
    } else {
        event::Column::CommunityId.eq(chain)
    };
    let mut select = event::Entity::find().filter(of_chain);
    if let Some((from, last)) = after {
        let same = Condition::all().add(at.eq(from)).add(id.gt(last));
        select = select.filter(at.gte(from)).filter(Condition::any().add(at.gt(from)).add(same));
    }
    select = match until {
        Until::Before(end) => select.filter(at.lt(end)),
        Until::With(end, last) => {
            let same = Condition::all().add(at.eq(end)).add(id.lte(last));
            select.filter(at.lte(end)).filter(Condition::any().add(at.lt(end)).add(same))
        }
    };
    Ok(select
        .order_by_asc(at)
        .order_by_asc(id)
        .limit(u64::try_from(most).unwrap_or(0))
        .all(app.db.reader())
        .await?)
}

/// What the seals of a chain say.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// The code of the community, or `system`.
    pub name: String,
    /// How many batches are sealed.
    pub batches: usize,
    /// How many events they hold.
    pub events: i64,
    /// The hash of the newest seal. Whoever keeps it elsewhere can tell later whether somebody has
    /// made the whole chain anew.
    pub newest: Vec<u8>,
    /// What is wrong, batch by batch.
    pub broken: Vec<String>,
}

/// Examines every seal against its events; for `linli doctor`.
pub async fn verify(app: &App) -> Result<Vec<Chain>> {
    let mut examined = Vec::new();
    for (chain, name) in chains(app).await? {
        examined.push(verify_chain(app, chain, name).await?);
    }
    Ok(examined)
}

async fn verify_chain(app: &App, chain: Uuid, name: String) -> Result<Chain> {
    let mut found = Chain { name, ..Chain::default() };
    let mut next = 1;
    let mut after = None;
    loop {
        let seals = audit_seal::Entity::find()
            .filter(audit_seal::Column::Chain.eq(chain))
            .filter(audit_seal::Column::Number.gte(next))
            .order_by_asc(audit_seal::Column::Number)
            .limit(200)
            .all(app.db.reader())
            .await?;
        if seals.is_empty() {
            return Ok(found);
        }
        for seal in seals {
            let most = rules::BATCH * 2;
            let rows =
                span(app, chain, after, Until::With(seal.last_at, seal.last_id), most).await?;
            let held = i32::try_from(rows.len()).unwrap_or(i32::MAX);
            let wrong = if seal.number != next {
                Some(format!("batch {next} is missing"))
            } else if seal.previous != found.newest {
                Some("it does not follow from the batch before".to_owned())
            } else if held != seal.events {
                Some(format!("{} events were sealed, there are {held}", seal.events))
            } else if rules::hash(chain, seal.number, &seal.previous, &rows) != seal.hash {
                Some("an event was changed".to_owned())
            } else {
                None
            };
            found.broken.extend(wrong.map(|w| format!("batch {}: {w}", seal.number)));
            found.batches += 1;
            found.events += i64::from(seal.events);
            next = seal.number + 1;
            after = Some((seal.last_at, seal.last_id));
            found.newest = seal.hash;
        }
    }
}
