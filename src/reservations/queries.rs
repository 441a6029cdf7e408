//! What is held.

use std::collections::HashMap;

use linli_entity::{enums::ResourceKind, reservation, resource};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::rules::Span;
use crate::kernel::Result;

/// What is held of some subjects (stations, venues, accounts) in a span: lane and span, by subject.
/// Subjects of which nothing is held are left out.
pub async fn held(
    conn: &impl ConnectionTrait,
    kind: ResourceKind,
    subjects: &[Uuid],
    span: Span,
) -> Result<HashMap<Uuid, Vec<(i32, Span)>>> {
    use reservation::Column as C;
    let resources: Vec<resource::Model> = resource::Entity::find()
        .filter(resource::Column::Kind.eq(kind))
        .filter(resource::Column::SubjectId.is_in(subjects.iter().copied()))
        .all(conn)
        .await?;
    let subject: HashMap<_, _> = resources.iter().map(|r| (r.id, r.subject_id)).collect();
    let rows: Vec<reservation::Model> = reservation::Entity::find()
        .filter(C::ResourceId.is_in(subject.keys().copied()))
        .filter(C::ReleasedAt.is_null())
        .filter(C::UntilAt.gt(span.from))
        .filter(C::FromAt.lt(span.until))
        .limit(20_000)
        .all(conn)
        .await?;
    let mut found: HashMap<Uuid, Vec<(i32, Span)>> = HashMap::new();
    for row in rows {
        if let Some(subject) = subject.get(&row.resource_id) {
            let span = Span { from: row.from_at, until: row.until_at };
            found.entry(*subject).or_default().push((row.lane, span));
        }
    }
    Ok(found)
}
