//! What is held.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use linli_entity::{enums::ResourceKind, ids::ResourceId, reservation, resource};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef,
};
use uuid::Uuid;

use super::rules::{Held, LONGEST, Span};
use crate::kernel::Result;

/// What is held of some subjects (stations, venues, accounts) in a span. No more than fits into it:
/// nothing overlaps in a lane.
pub async fn held(
    conn: &impl ConnectionTrait,
    kind: ResourceKind,
    subjects: &[Uuid],
    span: Span,
) -> Result<Held> {
    let resources: HashMap<ResourceId, Uuid> = resource::Entity::find()
        .select_only()
        .columns([resource::Column::Id, resource::Column::SubjectId])
        .filter(resource::Column::Kind.eq(kind))
        .filter(resource::Column::SubjectId.is_in(subjects.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?
        .into_iter()
        .collect();
    held_of(conn, &resources, span).await
}

/// When a holder (an appointment, a booking, a session) holds a subject, if it does.
pub async fn span_of(
    conn: &impl ConnectionTrait,
    kind: ResourceKind,
    subject: Uuid,
    holder: Uuid,
) -> Result<Option<Span>> {
    use reservation::Column as C;
    let resource: RelationDef = reservation::Entity::belongs_to(resource::Entity)
        .from(C::ResourceId)
        .to(resource::Column::Id)
        .into();
    let row: Option<(DateTime<Utc>, DateTime<Utc>)> = reservation::Entity::find()
        .select_only()
        .columns([C::FromAt, C::UntilAt])
        .join(JoinType::InnerJoin, resource)
        .filter(resource::Column::Kind.eq(kind))
        .filter(resource::Column::SubjectId.eq(subject))
        .filter(C::SubjectId.eq(holder))
        .filter(C::ReleasedAt.is_null())
        .into_tuple()
        .one(conn)
        .await?;
    Ok(row.map(|(from, until)| Span { from, until }))
}

/// The same as [`held`] of resources whose subjects are known.
pub(super) async fn held_of(
    conn: &impl ConnectionTrait,
    resources: &HashMap<ResourceId, Uuid>,
    span: Span,
) -> Result<Held> {
    use reservation::Column as C;
    let rows: Vec<(ResourceId, i32, DateTime<Utc>, DateTime<Utc>)> = reservation::Entity::find()
        .select_only()
        .columns([C::ResourceId, C::Lane, C::FromAt, C::UntilAt])
        .filter(C::ResourceId.is_in(resources.keys().copied()))
        .filter(C::ReleasedAt.is_null())
        .filter(C::UntilAt.gt(span.from))
        // Follows from the other two, and spares the index everything that is held later.
        .filter(C::UntilAt.lt(span.until + LONGEST))
        .filter(C::FromAt.lt(span.until))
        .into_tuple()
        .all(conn)
        .await?;
    let row = |(id, lane, from, until)| Some((*resources.get(&id)?, lane, Span { from, until }));
    Ok(rows.into_iter().filter_map(row).collect())
}
