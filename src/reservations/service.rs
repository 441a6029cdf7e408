//! Holding and giving back, within the transaction of whoever needs it.

use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{ReservationPurpose, ResourceKind},
    ids::{PlaceId, ReservationId, ResourceId},
    reservation, resource,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::rules::{Held, Span};
use crate::kernel::{Error, Result, Tx};

/// A resource by what it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Kind.
    pub kind: ResourceKind,
    /// The station, the venue or the account.
    pub id: Uuid,
    /// How many can be held at once.
    pub lanes: i32,
}

/// What something is held for.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// Community.
    pub community: PlaceId,
    /// What for.
    pub purpose: ReservationPurpose,
    /// The appointment, booking or session.
    pub id: Uuid,
}

/// Resources that nobody else can reserve before this transaction ends.
#[derive(Debug)]
pub struct Locked(Vec<resource::Model>);

/// Locks every resource that may be reserved, all at once and in one order, so that two who want the
/// same ones never wait for each other in a circle; those that are not there yet are made. A
/// transaction calls it once.
pub async fn lock_in_tx(tx: &Tx<'_>, wanted: &[Subject]) -> Result<Locked> {
    let mut wanted = wanted.to_vec();
    wanted.sort();
    wanted.dedup_by_key(|s| (s.kind, s.id));
    if wanted.is_empty() {
        return Ok(Locked(Vec::new()));
    }
    let rows = wanted.iter().map(|subject| {
        resource::ActiveModel::from(resource::Model {
            id: ResourceId(tx.new_id()),
            kind: subject.kind,
            subject_id: subject.id,
            lanes: subject.lanes,
        })
    });
    // They are written one after the other in their order; the update takes the lock of a row that is
    // there.
    let known = OnConflict::columns([resource::Column::Kind, resource::Column::SubjectId])
        .update_column(resource::Column::Lanes)
        .to_owned();
    let locked = resource::Entity::insert_many(rows)
        .on_conflict(known)
        .exec_with_returning(tx.conn())
        .await?;
    if locked.len() < wanted.len() {
        return Err(Error::internal("a resource was not returned"));
    }
    Ok(Locked(locked))
}

/// Holds a lane of a locked resource for a span; `false` if none is free, and nothing is held then.
pub async fn reserve_in_tx(
    tx: &Tx<'_>,
    locked: &Locked,
    (kind, subject): (ResourceKind, Uuid),
    span: Span,
    holder: Holder,
) -> Result<bool> {
    use reservation::Column as C;
    let resource = locked
        .0
        .iter()
        .find(|r| r.kind == kind && r.subject_id == subject)
        .ok_or_else(|| Error::internal("a resource was not locked"))?;
    let held: Vec<(i32, DateTime<Utc>, DateTime<Utc>)> = reservation::Entity::find()
        .select_only()
        .columns([C::Lane, C::FromAt, C::UntilAt])
        .filter(C::ResourceId.eq(resource.id))
        .filter(C::ReleasedAt.is_null())
        .filter(C::UntilAt.gt(span.from))
        .filter(C::FromAt.lt(span.until))
        .into_tuple()
        .all(tx.conn())
        .await?;
    let held = held.into_iter().map(|(lane, from, until)| (subject, lane, Span { from, until }));
    let held: Held = held.collect();
    let Some(lane) = held.free_lanes(subject, resource.lanes, span).next() else {
        return Ok(false);
    };
    let row = reservation::Model {
        id: ReservationId(tx.new_id()),
        community_id: holder.community,
        resource_id: resource.id,
        lane,
        from_at: span.from,
        until_at: span.until,
        purpose: holder.purpose,
        subject_id: holder.id,
        released_at: None,
    };
    // Now, not at the end: a later one of the same transaction must see it.
    reservation::Entity::insert(reservation::ActiveModel::from(row))
        .exec_without_returning(tx.conn())
        .await?;
    Ok(true)
}

/// Gives back everything that an appointment, booking or session holds. What it frees can be
/// reserved in the same transaction.
pub async fn release_in_tx(tx: &Tx<'_>, holder: Uuid) -> Result<()> {
    reservation::Entity::update_many()
        .col_expr(reservation::Column::ReleasedAt, Expr::value(tx.now()))
        .filter(reservation::Column::SubjectId.eq(holder))
        .filter(reservation::Column::ReleasedAt.is_null())
        .exec(tx.conn())
        .await?;
    Ok(())
}
