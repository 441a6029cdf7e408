//! Reads of calendars. Calendars are public: everybody may know when an office works.

use std::{sync::Arc, time::Duration};

use linli_entity::{calendar_version, enums::CalendarKind, ids::PlaceId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{rules::Rules, time::Calendar};
use crate::kernel::{App, Error, Result};

pub(super) const MEMO: &str = "calendar";
const REMEMBERED: Duration = Duration::from_secs(30);

/// The calendar for deadlines of a community; the process may know it for some seconds already.
pub async fn limits(
    app: &App,
    conn: &impl ConnectionTrait,
    community: PlaceId,
) -> Result<Arc<Calendar>> {
    app.memo(MEMO, community.0, REMEMBERED, async {
        load(app, conn, community, CalendarKind::Limits).await
    })
    .await
}

/// A calendar as stored now.
pub async fn load(
    app: &App,
    conn: &impl ConnectionTrait,
    community: PlaceId,
    kind: CalendarKind,
) -> Result<Calendar> {
    let rows = all(conn, community, kind).await?;
    let mut versions = Vec::with_capacity(rows.len());
    for row in rows {
        let rules: Rules = serde_json::from_value(row.rules).map_err(Error::internal)?;
        versions.push((row.effective_from, row.version, rules));
    }
    Ok(Calendar::new(app.zone, versions))
}

/// Every version of a calendar: what its days are made of.
pub async fn all(
    conn: &impl ConnectionTrait,
    community: PlaceId,
    kind: CalendarKind,
) -> Result<Vec<calendar_version::Model>> {
    Ok(calendar_version::Entity::find()
        .filter(calendar_version::Column::CommunityId.eq(community))
        .filter(calendar_version::Column::Kind.eq(kind))
        .all(conn)
        .await?)
}

/// The versions of a calendar, newest first; at most 100.
pub async fn versions(
    app: &App,
    community: PlaceId,
    kind: CalendarKind,
) -> Result<Vec<calendar_version::Model>> {
    Ok(calendar_version::Entity::find()
        .filter(calendar_version::Column::CommunityId.eq(community))
        .filter(calendar_version::Column::Kind.eq(kind))
        .order_by_desc(calendar_version::Column::Version)
        .limit(100)
        .all(app.db.reader())
        .await?)
}
