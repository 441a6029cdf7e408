//! Reads of the catalogue, which is public.

use std::{collections::HashMap, sync::Arc, time::Duration};

use linli_entity::{
    ids::{MatterId, MatterVersionId, PlaceId},
    matter, matter_version,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    Select, sea_query::Order,
};

use crate::kernel::{
    App, Error, Result,
    memo::Epoch,
    page::{Page, PageArgs, contains},
    text,
};

pub(super) const MEMO: &str = "matter";
const MEMO_VERSION: &str = "matter_version";
const IMMUTABLE: Duration = Duration::from_hours(1);
const REMEMBERED: Duration = Duration::from_secs(30);

/// A matter with its current version.
#[derive(Clone, Debug)]
pub struct Current {
    /// The matter.
    pub matter: matter::Model,
    /// Its current version.
    pub version: matter_version::Model,
}

/// Which matters are wanted.
#[derive(Clone, Debug, Default)]
pub struct MatterFilter {
    /// Any part of a title or the code.
    pub search: Option<String>,
    /// Of this department.
    pub department: Option<PlaceId>,
    /// Also those that cannot be requested now.
    pub include_inactive: bool,
}

/// A matter with its current version; the process may know it for some seconds already.
pub async fn current(app: &App, conn: &impl ConnectionTrait, id: MatterId) -> Result<Arc<Current>> {
    app.memo(MEMO, id.0, REMEMBERED, async {
        let matter = matter::Entity::find_by_id(id).one(conn).await?;
        let matter = matter.ok_or(Error::NotFound)?;
        let version = version_of(conn, &matter).await?;
        Ok(Current { matter, version })
    })
    .await
}

/// A matter that the process remembers.
pub fn remembered(app: &App, id: MatterId) -> Option<Arc<Current>> {
    app.remembered(MEMO, id.0, REMEMBERED)
}

/// A version that the process remembers.
pub fn remembered_version(app: &App, id: MatterVersionId) -> Option<Arc<matter_version::Model>> {
    app.remembered(MEMO_VERSION, id.0, IMMUTABLE)
}

/// The current version of a matter.
pub async fn version_of(
    conn: &impl ConnectionTrait,
    matter: &matter::Model,
) -> Result<matter_version::Model> {
    matter_version::Entity::find()
        .filter(matter_version::Column::MatterId.eq(matter.id))
        .filter(matter_version::Column::Number.eq(matter.current_version))
        .one(conn)
        .await?
        .ok_or_else(|| Error::internal("a matter without its current version"))
}

/// A version, which never changes.
pub async fn version(
    app: &App,
    conn: &impl ConnectionTrait,
    id: MatterVersionId,
) -> Result<Arc<matter_version::Model>> {
    app.memo(MEMO_VERSION, id.0, IMMUTABLE, async {
        matter_version::Entity::find_by_id(id).one(conn).await?.ok_or(Error::NotFound)
    })
    .await
}

/// Matters with their current versions, by id; those that the process remembers cost nothing.
pub async fn currents_by_id(
    app: &App,
    ids: &[MatterId],
) -> Result<HashMap<MatterId, Arc<Current>>> {
    let mut found: HashMap<MatterId, Arc<Current>> =
        ids.iter().filter_map(|id| Some((*id, remembered(app, *id)?))).collect();
    let missing: Vec<MatterId> = ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
    if !missing.is_empty() {
        let epoch = app.memo_epoch();
        let rows = matter::Entity::find()
            .filter(matter::Column::Id.is_in(missing))
            .all(app.db.reader())
            .await?;
        found.extend(with_versions(app, epoch, rows).await?.into_iter().map(|c| (c.matter.id, c)));
    }
    Ok(found)
}

/// Matters with their current versions, in the same order.
async fn with_versions(
    app: &App,
    epoch: Epoch,
    matters: Vec<matter::Model>,
) -> Result<Vec<Arc<Current>>> {
    let keys = matters.iter().map(|m| (m.id, m.current_version));
    let any = keys.fold(Condition::any(), |any, (matter, number)| {
        any.add(
            Condition::all()
                .add(matter_version::Column::MatterId.eq(matter))
                .add(matter_version::Column::Number.eq(number)),
        )
    });
    if matters.is_empty() {
        return Ok(Vec::new());
    }
    let versions = matter_version::Entity::find().filter(any).all(app.db.reader()).await?;
    let mut versions: HashMap<_, _> = versions.into_iter().map(|v| (v.matter_id, v)).collect();
    let current = |matter: matter::Model| {
        let version = versions.remove(&matter.id)?;
        Some(app.remember(epoch, MEMO, matter.id.0, Current { matter, version }))
    };
    Ok(matters.into_iter().filter_map(current).collect())
}

/// Versions by id; those that the process remembers cost nothing.
pub async fn versions_by_id(
    app: &App,
    ids: &[MatterVersionId],
) -> Result<HashMap<MatterVersionId, Arc<matter_version::Model>>> {
    let mut found: HashMap<MatterVersionId, Arc<matter_version::Model>> =
        ids.iter().filter_map(|id| Some((*id, remembered_version(app, *id)?))).collect();
    let missing: Vec<MatterVersionId> =
        ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
    if !missing.is_empty() {
        let epoch = app.memo_epoch();
        let rows = matter_version::Entity::find()
            .filter(matter_version::Column::Id.is_in(missing))
            .all(app.db.reader())
            .await?;
        found.extend(
            rows.into_iter().map(|row| (row.id, app.remember(epoch, MEMO_VERSION, row.id.0, row))),
        );
    }
    Ok(found)
}

fn filtered(app: &App, community: PlaceId, filter: &MatterFilter) -> Select<matter::Entity> {
    let mut select = matter::Entity::find().filter(matter::Column::CommunityId.eq(community));
    if !filter.include_inactive {
        select = select.filter(matter::Column::Active.eq(true));
    }
    if let Some(department) = filter.department {
        select = select.filter(matter::Column::DepartmentId.eq(department));
    }
    if let Some(search) = filter.search.as_deref().filter(|s| !s.is_empty()) {
        let needle = text::fold(search);
        select = select.filter(contains(
            app.db.backend(),
            (matter::Entity, matter::Column::SearchKey),
            &needle,
        ));
    }
    select
}

/// A page of a community's matters, in the order of the catalogue.
pub async fn matters(
    app: &App,
    community: PlaceId,
    filter: &MatterFilter,
    page: PageArgs,
) -> Result<Page<Arc<Current>>> {
    if filter.search.as_deref().is_some_and(|s| s.chars().count() > text::LINE) {
        return Err(Error::bad_input("filter.search", "at most 200 characters"));
    }
    let select = filtered(app, community, filter);
    let epoch = app.memo_epoch();
    let rows = page
        .apply(select, matter::Column::CreatedAt, matter::Column::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(with_versions(app, epoch, rows).await?))
}

/// How many matters there are.
pub async fn matters_count(app: &App, community: PlaceId, filter: &MatterFilter) -> Result<u64> {
    Ok(filtered(app, community, filter).count(app.db.reader()).await?)
}

/// Versions to show of one matter.
pub const VERSIONS: usize = 50;

/// The versions of matters, newest first; at most [`VERSIONS`] of each.
pub async fn versions(
    app: &App,
    matters: &[MatterId],
) -> Result<HashMap<MatterId, Vec<Arc<matter_version::Model>>>> {
    let rows = matter_version::Entity::find()
        .filter(matter_version::Column::MatterId.is_in(matters.iter().copied()))
        .order_by_desc(matter_version::Column::Number)
        .all(app.db.reader())
        .await?;
    let mut found: HashMap<MatterId, Vec<Arc<matter_version::Model>>> = HashMap::new();
    for row in rows {
        let versions = found.entry(row.matter_id).or_default();
        if versions.len() < VERSIONS {
            versions.push(Arc::new(row));
        }
    }
    Ok(found)
}
