//! When and where an activity takes place. A session in a room holds it like a booking does.

use chrono::{DateTime, Datelike, Utc};
use linli_entity::{
    activity, activity_registration, activity_session,
    enums::{ActivityState, RegistrationState, ReservationPurpose, ResourceKind},
    ids::{ActivityId, ActivitySessionId, PlaceId, VenueId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

use super::{Locked, lock, lock_session};
use crate::{
    activities::rules,
    kernel::{Actor, App, Code, Committed, Error, Event, Permit, Rejected, Result, Tx, text},
    reservations::{
        rules::{LONGEST, Span, spans_text},
        service::{self as reservations, Holder, Subject},
    },
    venues,
};

/// A new session.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub until: DateTime<Utc>,
    /// Where, in words.
    pub place: Option<String>,
    /// The room that it holds.
    pub venue: Option<VenueId>,
}

/// What changes of a session; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct SessionChange {
    /// First instant.
    pub from: Option<DateTime<Utc>>,
    /// First instant after it.
    pub until: Option<DateTime<Utc>>,
    /// Where, in words; `Some(None)` clears it.
    pub place: Option<Option<String>>,
    /// The room that it holds; `Some(None)` gives it back.
    pub venue: Option<Option<VenueId>>,
}

/// Rows of the sessions of a new activity.
pub(super) fn build(
    tx: &Tx<'_>,
    community: PlaceId,
    activity: ActivityId,
    sessions: Vec<NewSession>,
) -> Result<Vec<activity_session::Model>> {
    if sessions.is_empty() {
        return Err(Rejected::at(Code::Required, "sessions").into());
    }
    if sessions.len() > rules::SESSIONS {
        return Err(Error::bad_input("input.sessions", "at most 50"));
    }
    let row = |new| one(tx, community, activity, new);
    sessions.into_iter().map(row).collect()
}

fn one(
    tx: &Tx<'_>,
    community_id: PlaceId,
    activity_id: ActivityId,
    new: NewSession,
) -> Result<activity_session::Model> {
    let row = activity_session::Model {
        id: ActivitySessionId(tx.new_id()),
        community_id,
        activity_id,
        from_at: new.from,
        until_at: new.until,
        place: new.place,
        venue_id: new.venue,
        walk_ins: 0,
        next_ticket: 1,
    };
    check(tx, &row)?;
    Ok(row)
}

fn check(tx: &Tx<'_>, row: &activity_session::Model) -> Result<()> {
    let wrong = |wanted: &str| -> Result<()> {
        Err(Rejected::at(Code::InvalidValue, "sessions").with("wanted", wanted).into())
    };
    text::check_optional("sessions.place", row.place.as_deref(), text::LINE)?;
    let blank = row.place.as_deref().is_none_or(|p| p.chars().all(char::is_whitespace));
    if blank && row.venue_id.is_none() {
        return Err(Rejected::at(Code::Required, "sessions.place").into());
    }
    if row.from_at <= tx.now() || row.from_at.year() > 2200 {
        return wrong("a session that is to come, until 2200");
    }
    if row.until_at <= row.from_at || row.until_at - row.from_at > LONGEST {
        return wrong("an end after the beginning, at most 7 days later");
    }
    Ok(())
}

/// First and last instant of some sessions.
pub(super) fn span(rows: &[activity_session::Model]) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let starts = rows.iter().map(|s| s.from_at).min();
    let ends = rows.iter().map(|s| s.until_at).max();
    starts.zip(ends).ok_or_else(|| Rejected::at(Code::Required, "sessions").into())
}

/// A room that somebody else has at the time of a session.
#[derive(Debug)]
pub(super) struct Taken {
    room: VenueId,
    wanted: Span,
    moves: Option<Span>,
}

impl Taken {
    /// The refusal, with what is free instead. For after the transaction: nobody else waits meanwhile.
    pub(super) async fn refusal(self, app: &App) -> Error {
        let free = venues::queries::free_for_session(app, self.room, self.wanted, self.moves);
        match free.await {
            Ok(free) => {
                let free = spans_text(&free);
                Rejected::at(Code::Conflict, "sessions").with("alternatives", free).into()
            }
            Err(error) => error,
        }
    }
}

/// Holds the rooms of the sessions of an activity, which must be open rooms of its community: all, or
/// says which is taken, and the transaction must not be committed.
pub(super) async fn reserve(
    tx: &Tx<'_>,
    rows: &[activity_session::Model],
) -> Result<Option<Taken>> {
    let rooms: Vec<Subject> = rows
        .iter()
        .filter_map(|s| s.venue_id)
        .map(|venue| Subject { kind: ResourceKind::Room, id: venue.0, lanes: 1 })
        .collect();
    let Some(community) = rows.first().map(|s| s.community_id).filter(|_| !rooms.is_empty()) else {
        return Ok(None);
    };
    let venues: Vec<VenueId> = rows.iter().filter_map(|s| s.venue_id).collect();
    // What is reserved first, as everybody does who books or changes a room: no circle of waits.
    let locked = reservations::lock_in_tx(tx, &rooms).await?;
    venues::queries::open_rooms(tx, community, &venues).await?;
    let (from, until) = span(rows)?;
    let mut held = locked.held(tx, Span { from, until }).await?;
    for row in rows {
        let Some(venue) = row.venue_id else { continue };
        let holder = Holder {
            community: row.community_id,
            purpose: ReservationPurpose::Session,
            id: row.id.0,
        };
        let (what, span) =
            ((ResourceKind::Room, venue.0), Span { from: row.from_at, until: row.until_at });
        if !locked.reserve(tx, &mut held, what, span, holder)? {
            return Ok(Some(Taken { room: venue, wanted: span, moves: None }));
        }
    }
    Ok(None)
}

/// Adds a session.
pub async fn session_add(
    app: &App,
    actor: &Actor,
    id: ActivityId,
    expected_version: i32,
    input: NewSession,
) -> Result<Committed<activity::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let locked = lock(&tx, id).await?;
    let permit = open(&tx, &locked, expected_version)?;
    let mut rows = locked.sessions(&tx).await?;
    if rows.len() >= rules::SESSIONS {
        return Err(Error::bad_input("input.session", "at most 50 sessions"));
    }
    let row = one(&tx, locked.row.community_id, id, input)?;
    if let Some(taken) = reserve(&tx, std::slice::from_ref(&row)).await? {
        drop(tx);
        return Err(taken.refusal(app).await);
    }
    tx.insert_last(activity_session::ActiveModel::from(row.clone()));
    rows.push(row);
    finish(tx, locked, permit, &rows).await
}

/// Moves a session. Into a room that is taken it is not moved, and keeps the one that it has.
pub async fn session_change(
    app: &App,
    actor: &Actor,
    id: ActivitySessionId,
    expected_version: i32,
    input: SessionChange,
) -> Result<Committed<activity::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (locked, before) = lock_session(&tx, id).await?;
    let permit = open(&tx, &locked, expected_version)?;
    not_begun(&tx, &before)?;
    let mut row = before.clone();
    row.from_at = input.from.unwrap_or(row.from_at);
    row.until_at = input.until.unwrap_or(row.until_at);
    row.place = input.place.unwrap_or(row.place);
    row.venue_id = input.venue.unwrap_or(row.venue_id);
    check(&tx, &row)?;
    let held = |s: &activity_session::Model| (s.venue_id, s.from_at, s.until_at);
    if held(&row) != held(&before) {
        reservations::release_in_tx(&tx, id.0).await?;
        if let Some(taken) = reserve(&tx, std::slice::from_ref(&row)).await? {
            drop(tx);
            let own = Span { from: before.from_at, until: before.until_at };
            let moves = (before.venue_id == row.venue_id).then_some(own);
            return Err(Taken { moves, ..taken }.refusal(app).await);
        }
    }
    let mut rows = locked.sessions(&tx).await?;
    rows.retain(|s| s.id != id);
    tx.update_last(&before, &row);
    rows.push(row);
    finish(tx, locked, permit, &rows).await
}

/// Takes a session out; one must be left.
pub async fn session_remove(
    app: &App,
    actor: &Actor,
    id: ActivitySessionId,
    expected_version: i32,
) -> Result<Committed<activity::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (locked, session) = lock_session(&tx, id).await?;
    let permit = open(&tx, &locked, expected_version)?;
    not_begun(&tx, &session)?;
    reservations::release_in_tx(&tx, id.0).await?;
    let mut rows = locked.sessions(&tx).await?;
    rows.retain(|s| s.id != id);
    activity_session::Entity::delete_by_id(id).exec(tx.conn()).await?;
    finish(tx, locked, permit, &rows).await
}

fn open(tx: &Tx<'_>, locked: &Locked, expected_version: i32) -> Result<Permit> {
    let permit = locked.may_change(tx, expected_version)?;
    rules::check_state(locked.row.state, &[ActivityState::Draft, ActivityState::Published])?;
    Ok(permit)
}

/// Once its doors may be open, a session stays what it is.
fn not_begun(tx: &Tx<'_>, session: &activity_session::Model) -> Result<()> {
    if tx.now() >= session.from_at - rules::DOORS_OPEN {
        return Err(Rejected::new(Code::WindowClosed).into());
    }
    Ok(())
}

/// No offer outlives the begin of its activity.
fn cap_offers(tx: &Tx<'_>, row: &activity::Model) {
    use activity_registration::Column as C;
    tx.change_last(
        &activity_registration::Entity::update_many()
            .col_expr(C::OfferedUntil, Expr::value(row.starts_at))
            .filter(C::ActivityId.eq(row.id))
            .filter(C::State.eq(RegistrationState::Offered))
            .filter(C::OfferedUntil.gt(row.starts_at)),
    );
}

async fn finish(
    tx: Tx<'_>,
    locked: Locked,
    permit: Permit,
    rows: &[activity_session::Model],
) -> Result<Committed<activity::Model>> {
    let (before, kind) = (&locked.row, locked.changed_kind());
    let mut row = before.clone();
    (row.starts_at, row.ends_at) = span(rows)?;
    row.version += 1;
    row.sequence += i32::from(row.state == ActivityState::Published);
    tx.update_last(before, &row);
    if row.starts_at < before.starts_at {
        cap_offers(&tx, &row);
    }
    let event = Event::new(permit, kind, "activity", row.id)
        .community(row.community_id)
        .data(json!({ "version": row.version, "sequence": row.sequence }))
        .row_held();
    tx.commit(vec![event], row).await
}
