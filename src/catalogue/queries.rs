//! Reads of the catalogue, which is public.

use std::{collections::HashMap, sync::Arc, time::Duration};

use linli_entity::{
    ids::{MatterId, MatterVersionId, PlaceId},
    matter, matter_version,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, sea_query::Order,
};

use crate::kernel::{
    App, Error, Result,
    page::{Page, PageArgs, contains},
    text,
};

const MEMO: &str = "matter";
const MEMO_MATTER: &str = "matter_row";
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

/// Forgets a matter that this process changed.
pub(super) fn forget(app: &App, id: MatterId) {
    app.forget(MEMO, id.0);
    app.forget(MEMO_MATTER, id.0);
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

/// Matters by id; those that the process remembers cost nothing.
pub async fn matters_by_id(
    app: &App,
    ids: &[MatterId],
) -> Result<HashMap<MatterId, Arc<matter::Model>>> {
    let mut found: HashMap<MatterId, Arc<matter::Model>> = ids
        .iter()
        .filter_map(|id| Some((*id, app.remembered(MEMO_MATTER, id.0, REMEMBERED)?)))
        .collect();
    let missing: Vec<MatterId> = ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
    if !missing.is_empty() {
        let rows = matter::Entity::find()
            .filter(matter::Column::Id.is_in(missing))
            .all(app.db.reader())
            .await?;
        found
            .extend(rows.into_iter().map(|row| (row.id, app.remember(MEMO_MATTER, row.id.0, row))));
    }
    Ok(found)
}

/// Versions by id; those that the process remembers cost nothing.
pub async fn versions_by_id(
    app: &App,
    ids: &[MatterVersionId],
) -> Result<HashMap<MatterVersionId, Arc<matter_version::Model>>> {
    let mut found: HashMap<MatterVersionId, Arc<matter_version::Model>> = ids
        .iter()
        .filter_map(|id| Some((*id, app.remembered(MEMO_VERSION, id.0, IMMUTABLE)?)))
        .collect();
    let missing: Vec<MatterVersionId> =
        ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
    if !missing.is_empty() {
        let rows = matter_version::Entity::find()
            .filter(matter_version::Column::Id.is_in(missing))
            .all(app.db.reader())
            .await?;
        found.extend(
            rows.into_iter().map(|row| (row.id, app.remember(MEMO_VERSION, row.id.0, row))),
        );
    }
    Ok(found)
}

/// The key of a matter's current version.
pub type CurrentKey = (MatterId, i32);

/// Current versions by matter and number.
pub async fn versions_by_number(
    app: &App,
    keys: &[CurrentKey],
) -> Result<HashMap<CurrentKey, matter_version::Model>> {
    let any = keys.iter().fold(Condition::any(), |any, (matter, number)| {
        any.add(
            Condition::all()
                .add(matter_version::Column::MatterId.eq(*matter))
                .add(matter_version::Column::Number.eq(*number)),
        )
    });
    let rows = matter_version::Entity::find().filter(any).all(app.db.reader()).await?;
    Ok(rows.into_iter().map(|row| ((row.matter_id, row.number), row)).collect())
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
) -> Result<Page<matter::Model>> {
    if filter.search.as_deref().is_some_and(|s| s.chars().count() > text::LINE) {
        return Err(Error::bad_input("filter.search", "at most 200 characters"));
    }
    let select = filtered(app, community, filter);
    let rows = page
        .apply(select, matter::Column::CreatedAt, matter::Column::Id, Order::Asc)
        .all(app.db.reader())
        .await?;
    Ok(page.cut(rows))
}

/// How many matters there are.
pub async fn matters_count(app: &App, community: PlaceId, filter: &MatterFilter) -> Result<u64> {
    Ok(filtered(app, community, filter).count(app.db.reader()).await?)
}

/// The versions of a matter, newest first; at most 50.
pub async fn versions(app: &App, matter: MatterId) -> Result<Vec<matter_version::Model>> {
    Ok(matter_version::Entity::find()
        .filter(matter_version::Column::MatterId.eq(matter))
        .order_by_desc(matter_version::Column::Number)
        .limit(50)
        .all(app.db.reader())
        .await?)
}
