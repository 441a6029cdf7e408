//! Holding and giving back, within the transaction of whoever needs it.

use linli_entity::{
    enums::{ReservationPurpose, ResourceKind},
    ids::{PlaceId, ReservationId, ResourceId},
    reservation, resource,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    queries,
    rules::{self, Held, Span},
};
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

impl Locked {
    /// What is held of them in a span. Nobody changes it before this transaction ends.
    pub async fn held(&self, tx: &Tx<'_>, span: Span) -> Result<Held> {
        let subjects = self.0.iter().map(|resource| (resource.id, resource.subject_id)).collect();
        queries::held_of(tx.conn(), &subjects, span).await
    }

    /// Holds a lane of one of them for a span, of which `held` is known; `false` if none is free, and
    /// nothing is held then.
    pub fn reserve(
        &self,
        tx: &Tx<'_>,
        held: &mut Held,
        (kind, subject): (ResourceKind, Uuid),
        span: Span,
        holder: Holder,
    ) -> Result<bool> {
        let resource = self
            .0
            .iter()
            .find(|r| r.kind == kind && r.subject_id == subject)
            .ok_or_else(|| Error::internal("a resource was not locked"))?;
        if span.until - span.from > rules::LONGEST {
            return Err(Error::internal("a reservation is longer than any may be"));
        }
        let Some(lane) = held.free_lanes(subject, resource.lanes, span).next() else {
            return Ok(false);
        };
        held.add(subject, lane, span);
        tx.insert_last(reservation::ActiveModel::from(reservation::Model {
            id: ReservationId(tx.new_id()),
            community_id: holder.community,
            resource_id: resource.id,
            lane,
            from_at: span.from,
            until_at: span.until,
            purpose: holder.purpose,
            subject_id: holder.id,
            released_at: None,
        }));
        Ok(true)
    }
}

/// Passes what a holder holds of one subject to another one, both locked. `false` if it holds nothing of the
/// first, or the second is taken then; nothing is changed.
pub async fn hand_on_in_tx(
    tx: &Tx<'_>,
    locked: &Locked,
    (kind, from, to): (ResourceKind, Uuid, Uuid),
    holder: Holder,
) -> Result<bool> {
    use reservation::Column as C;
    let Some(resource) = locked.0.iter().find(|r| r.kind == kind && r.subject_id == from) else {
        return Ok(false);
    };
    let held = reservation::Entity::find()
        .filter(C::ResourceId.eq(resource.id))
        .filter(C::SubjectId.eq(holder.id))
        .filter(C::ReleasedAt.is_null())
        .one(tx.conn())
        .await?;
    let Some(row) = held else { return Ok(false) };
    let span = Span { from: row.from_at, until: row.until_at };
    let mut others = locked.held(tx, span).await?;
    if !locked.reserve(tx, &mut others, (kind, to), span, holder)? {
        return Ok(false);
    }
    let released = reservation::Model { released_at: Some(tx.now()), ..row.clone() };
    tx.update_last(&row, &released);
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
