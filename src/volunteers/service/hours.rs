//! Recording time: checking in and out, entering afterwards, deciding about it.

use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{HoursSource, HoursState},
    ids::{ClaimId, HoursId, PlaceId, ShiftId, TeamId},
    volunteer, volunteer_hours, wish_claim,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use serde_json::json;

use super::{
    check_version,
    days::{self, Effect},
    lock_of, lock_own, other,
};
use crate::{
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Permit, Rejected, Result, Tx,
        each_due, text,
    },
    reservations::rules::Span,
    volunteers::{
        queries,
        rules::{
            self, ShiftStep,
            hours::{self, HoursStep},
        },
    },
};

/// What time was given for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    /// With this team.
    pub team: Option<TeamId>,
    /// In this shift.
    pub shift: Option<ShiftId>,
    /// For this claim of an order or wish, that is the volunteer's own.
    pub claim: Option<ClaimId>,
}

/// Time that somebody enters afterwards.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The community.
    pub community: PlaceId,
    /// What for.
    pub work: Work,
    /// When.
    pub span: Span,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

pub(super) fn event(
    tx: &Tx<'_>,
    permit: Permit,
    kind: &'static str,
    row: &volunteer_hours::Model,
) -> Event {
    let data = json!({ "state": row.state, "version": row.version, "from": row.from_at,
        "until": row.until_at, "corrects": row.corrects_id });
    Event::new(permit, kind, "volunteer_hours", row.id)
        .community(row.community_id)
        .beneficiary(other(tx, row.person_id))
        .data(data)
        .row_held()
}

/// A new record of a volunteer.
fn record(
    tx: &Tx<'_>,
    id: HoursId,
    of: &volunteer::Model,
    source: HoursSource,
    work: Work,
) -> volunteer_hours::Model {
    volunteer_hours::Model {
        id,
        community_id: of.community_id,
        volunteer_id: of.id,
        person_id: of.person_id,
        source,
        state: hours::first_state(source),
        from_at: None,
        until_at: None,
        team_id: work.team,
        claim_id: work.claim,
        shift_id: work.shift,
        corrects_id: None,
        reason: None,
        recorded_at: tx.now(),
        recorded_by: tx.actor().account(),
        decided_at: None,
        decided_by: None,
        version: 1,
    }
}

/// With which team, for something that is a team's: with that one. Who leads it approves the time, and
/// nobody chooses by whom it is approved.
fn with_team(
    named: Option<TeamId>,
    of_work: Option<TeamId>,
    wanted: &str,
) -> Result<Option<TeamId>> {
    if of_work.is_some() && named.is_some() && named != of_work {
        return Err(Rejected::at(Code::InvalidValue, "teamId").with("wanted", wanted).into());
    }
    Ok(named.or(of_work))
}

/// What the work is for, checked: a shift that the volunteer is signed up for, a team that they belong
/// to, or did when the work began. That of a team's shift is the team's. Who checks in is there now;
/// who enters it names when it was.
async fn checked(
    tx: &Tx<'_>,
    of: &volunteer::Model,
    mut work: Work,
    when: Option<Span>,
) -> Result<Work> {
    let unknown = |path| Error::from(Rejected::at(Code::UnknownReference, path));
    let mut of_shift = None;
    if let Some(id) = work.claim {
        let claim = wish_claim::Entity::find_by_id(id)
            .filter(wish_claim::Column::PersonId.eq(of.person_id))
            .filter(wish_claim::Column::CommunityId.eq(of.community_id))
            .one(tx.conn())
            .await?;
        // Who is there now has it now.
        let claim = claim.filter(|c| when.is_some() || c.due_at.is_some());
        let claim = claim.ok_or_else(|| unknown("claimId"))?;
        work.team = with_team(work.team, claim.team_id, "the team of the claim")?;
        // Who reads the record would learn who belongs to the branch.
        work.claim = claim.branch_id.is_none().then_some(id);
    }
    if let Some(id) = work.shift {
        let shift = queries::shift_row(tx.conn(), id).await?;
        let shift = shift.filter(|row| row.community_id == of.community_id);
        let shift = shift.ok_or_else(|| unknown("shiftId"))?;
        if !queries::is_signed_up(tx.conn(), id, of.id).await? {
            return Err(Rejected::at(Code::NotSignedUp, "shiftId").into());
        }
        match when {
            None if !rules::shift_possible(ShiftStep::CheckIn, &shift, true, tx.now()) => {
                return Err(Rejected::at(Code::WindowClosed, "shiftId").into());
            }
            Some(span) if !span.overlaps(Span { from: shift.from_at, until: shift.until_at }) => {
                let elsewhere = Rejected::at(Code::InvalidValue, "shiftId");
                return Err(elsewhere.with("wanted", "a shift of that time").into());
            }
            None | Some(_) => {}
        }
        of_shift = shift.team_id;
        work.team = with_team(work.team, of_shift, "the team of the shift")?;
    }
    if let Some(id) = work.team.filter(|id| of_shift != Some(*id)) {
        let team = queries::teams_in(tx.conn(), &[id]).await?.remove(&id);
        let team = team
            .filter(|row| row.community_id == of.community_id)
            .filter(|row| row.active || when.is_some())
            .ok_or_else(|| unknown("teamId"))?;
        let after = when.map_or_else(|| tx.now(), |span| span.from);
        let leads = team.leader_id == Some(of.id);
        if !leads && !queries::belonged(tx.conn(), id, of.id, after).await? {
            return Err(unknown("teamId"));
        }
    }
    Ok(work)
}

async fn replayed(tx: &Tx<'_>, id: HoursId) -> Result<volunteer_hours::Model> {
    let row = queries::hours_row(tx.conn(), id).await?;
    (tx.actor().person() == Some(row.person_id)).then_some(row).ok_or(Error::NotFound)
}

/// Says that one is there: time counts from now on. One is checked in at one place at most.
pub async fn check_in(
    app: &App,
    actor: &Actor,
    community: PlaceId,
    work: Work,
    once: Option<Once>,
) -> Result<Committed<volunteer_hours::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let id = HoursId(tx.new_id());
    if let Some(replay) = tx.once("hoursCheckIn", once.as_ref(), id.0).await? {
        let row = replayed(&tx, HoursId(replay.0)).await?;
        return tx.replayed(replay, row).await;
    }
    let own = lock_own(&tx, community).await?;
    let permit = tx.authorize(Action::VolunteerOwn, &queries::target(&own))?;
    let work = checked(&tx, &own, work, None).await?;
    let row = volunteer_hours::Model {
        from_at: Some(tx.now()),
        ..record(&tx, id, &own, HoursSource::CheckIn, work)
    };
    tx.insert_last(volunteer_hours::ActiveModel::from(row.clone()));
    let event = event(&tx, permit, "VOLUNTEER_CHECKED_IN", &row);
    tx.commit(vec![event], row).await
}

/// A record whose volunteer nobody else changes before this transaction ends.
pub(super) async fn lock_hours(
    tx: &Tx<'_>,
    id: HoursId,
    expected_version: i32,
    action: Action,
) -> Result<(volunteer_hours::Model, Permit)> {
    let seen = queries::hours_row(tx.conn(), id).await?;
    let target = queries::hours_visible(tx.conn(), tx.actor(), &seen).await?;
    let permit = tx.authorize(action, &target)?;
    lock_of(tx, seen.community_id, seen.person_id).await?;
    let row = queries::hours_row(tx.conn(), id).await?;
    check_version(row.version, expected_version)?;
    Ok((row, permit))
}

pub(super) fn illegal(row: &volunteer_hours::Model) -> Error {
    Rejected::new(Code::IllegalTransition).with("state", row.state.code()).into()
}

/// Says that one leaves: the time counts at once.
pub async fn check_out(
    app: &App,
    actor: &Actor,
    id: HoursId,
    expected_version: i32,
) -> Result<Committed<volunteer_hours::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (before, permit) = lock_hours(&tx, id, expected_version, Action::VolunteerOwn).await?;
    if !hours::possible(HoursStep::CheckOut, &before, false) {
        return Err(illegal(&before));
    }
    let from = before.from_at.ok_or_else(|| Error::internal("open without a begin"))?;
    hours::check_out(from, tx.now())?;
    let row = volunteer_hours::Model {
        state: HoursState::Approved,
        until_at: Some(tx.now()),
        version: before.version + 1,
        ..before.clone()
    };
    let effect = Effect { adds: hours::counted(&row), drops: None };
    days::rewrite(&tx, row.community_id, row.person_id, effect).await?;
    tx.update_last(&before, &row);
    let event = event(&tx, permit, "VOLUNTEER_CHECKED_OUT", &row);
    tx.commit(vec![event], row).await
}

/// Enters time that is gone by; somebody else decides about it. It is that of the volunteer whom they were
/// then: whoever has stopped being one meanwhile may still enter what they did before.
pub async fn enter(
    app: &App,
    actor: &Actor,
    input: Entry,
) -> Result<Committed<volunteer_hours::Model>> {
    let person = actor.signed_in()?.person;
    let tx = app.begin(actor).await?;
    let id = HoursId(tx.new_id());
    if let Some(replay) = tx.once("hoursEnter", input.once.as_ref(), id.0).await? {
        let row = replayed(&tx, HoursId(replay.0)).await?;
        return tx.replayed(replay, row).await;
    }
    hours::check_entered(input.span, tx.now())?;
    let rows = lock_of(&tx, input.community, person).await?;
    let own = rows.into_iter().rev().find(|row| rules::served(row, input.span));
    let own = own.ok_or_else(|| Error::from(Rejected::at(Code::NotAVolunteer, "from")))?;
    let permit = tx.authorize(Action::VolunteerOwn, &queries::target(&own))?;
    if queries::pending(tx.conn(), own.community_id, person).await? >= hours::MOST_PENDING {
        let refused = Rejected::new(Code::TooManyPending);
        return Err(refused.with("max", hours::MOST_PENDING).into());
    }
    let work = checked(&tx, &own, input.work, Some(input.span)).await?;
    let row = volunteer_hours::Model {
        from_at: Some(input.span.from),
        until_at: Some(input.span.until),
        ..record(&tx, id, &own, HoursSource::Entered, work)
    };
    tx.insert_last(volunteer_hours::ActiveModel::from(row.clone()));
    let event = event(&tx, permit, "VOLUNTEER_HOURS_ENTERED", &row);
    tx.commit(vec![event], row).await
}

/// Approves or refuses time that somebody else entered.
pub async fn decide(
    app: &App,
    actor: &Actor,
    id: HoursId,
    expected_version: i32,
    (approve, reason): (bool, Option<String>),
) -> Result<Committed<volunteer_hours::Model>> {
    text::check_optional("reason", reason.as_deref(), text::LINE)?;
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let (before, permit) = lock_hours(&tx, id, expected_version, Action::HoursDecide).await?;
    if !hours::possible(HoursStep::Decide, &before, false) {
        return Err(illegal(&before));
    }
    let row = volunteer_hours::Model {
        state: if approve { HoursState::Approved } else { HoursState::Refused },
        reason,
        decided_at: Some(tx.now()),
        decided_by: actor.account(),
        version: before.version + 1,
        ..before.clone()
    };
    let effect = Effect { adds: hours::counted(&row), drops: None };
    days::rewrite(&tx, row.community_id, row.person_id, effect).await?;
    tx.update_last(&before, &row);
    let event = event(&tx, permit, "VOLUNTEER_HOURS_DECIDED", &row);
    tx.commit(vec![event], row).await
}

/// Ends what nobody checked out of in time: it does not count. Returns how many there were.
pub async fn lapse_open(app: &App, most: u64) -> Result<usize> {
    use volunteer_hours::Column as C;
    let before: DateTime<Utc> = app.clock.now() - hours::LONGEST;
    let due: Vec<HoursId> = volunteer_hours::Entity::find()
        .select_only()
        .column(C::Id)
        // As the index says it: of all records only the open ones are looked at.
        .filter(Expr::cust("state = 'OPEN'"))
        .filter(C::FromAt.lt(before))
        .order_by_asc(C::FromAt)
        .limit(most)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("volunteer hours", due, |id| lapse(app, id)).await)
}

async fn lapse(app: &App, id: HoursId) -> Result<bool> {
    let actor = Actor::System("volunteers");
    let tx = app.begin(&actor).await?;
    let seen = queries::hours_row(tx.conn(), id).await?;
    lock_of(&tx, seen.community_id, seen.person_id).await?;
    let before = queries::hours_row(tx.conn(), id).await?;
    if before.state != HoursState::Open {
        return Ok(false);
    }
    let permit = tx.authorize(Action::VolunteerTend, &queries::hours_target(&before, None))?;
    let mut row = before.clone();
    row.state = HoursState::Lapsed;
    row.version += 1;
    tx.update_last(&before, &row);
    let event = event(&tx, permit, "VOLUNTEER_HOURS_LAPSED", &row);
    tx.commit(vec![event], ()).await?;
    Ok(true)
}
