//! Planning and cancelling shifts.

use chrono::NaiveDate;
use linli_entity::{
    enums::{ShiftState, SignUpEnd},
    ids::{PlaceId, ShiftId, ShiftSeriesId, TeamId},
    json::Localised,
    volunteer_shift, volunteer_sign_up,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde_json::json;

use super::check_version;
use crate::{
    communities,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Rejected, Result, Target, Tx, text,
    },
    reservations::rules::Span,
    venues,
    volunteers::{
        queries,
        rules::{self, ShiftStep},
    },
};

/// A new shift, or one a week.
#[derive(Clone, Debug)]
pub struct NewShift {
    /// The community.
    pub community: PlaceId,
    /// Whose shift it is, if a team's.
    pub team: Option<TeamId>,
    /// What is done.
    pub titles: Localised,
    /// Where.
    pub place: String,
    /// When.
    pub span: Span,
    /// How many are needed.
    pub needed: i32,
    /// Last day on which one of a weekly series may lie.
    pub repeat_until: Option<NaiveDate>,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// Plans a shift, or one a week; in order of time.
pub async fn create(
    app: &App,
    actor: &Actor,
    input: NewShift,
) -> Result<Committed<Vec<volunteer_shift::Model>>> {
    text::check("place", &input.place, text::LINE)?;
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let target = Target::community(input.community);
    tx.authorize(Action::ShiftManage, &target)?;
    let series = ShiftSeriesId(tx.new_id());
    if let Some(replay) = tx.once("shiftCreate", input.once.as_ref(), series.0).await? {
        let rows = queries::shifts_of_series(tx.conn(), ShiftSeriesId(replay.0)).await?;
        return tx.replayed(replay, rows).await;
    }
    rules::check_shift(input.span, input.needed, tx.now())?;
    communities::queries::active_community(&tx, input.community).await?;
    check_team(&tx, input.community, input.team).await?;
    let dates = match input.repeat_until {
        None => vec![input.span],
        Some(until) => venues::rules::weekly(input.span, until, app.zone)?,
    };
    let rows: Vec<volunteer_shift::Model> = dates
        .into_iter()
        .map(|span| volunteer_shift::Model {
            id: ShiftId(tx.new_id()),
            community_id: input.community,
            team_id: input.team,
            series_id: series,
            titles: input.titles.clone(),
            place: input.place.clone(),
            from_at: span.from,
            until_at: span.until,
            needed: input.needed,
            taken: 0,
            state: ShiftState::Planned,
            created_at: tx.now(),
            version: 1,
        })
        .collect();
    let mut events = Vec::with_capacity(rows.len());
    for row in &rows {
        tx.insert_last(volunteer_shift::ActiveModel::from(row.clone()));
        let permit = tx.authorize(Action::ShiftManage, &target)?;
        events.push(
            Event::new(permit, "SHIFT_CREATED", "volunteer_shift", row.id)
                .community(row.community_id)
                .data(json!({ "from": row.from_at, "until": row.until_at, "needed": row.needed }))
                .row_held(),
        );
    }
    tx.commit(events, rows).await
}

async fn check_team(tx: &Tx<'_>, community: PlaceId, team: Option<TeamId>) -> Result<()> {
    let Some(id) = team else { return Ok(()) };
    let found = queries::teams_in(tx.conn(), &[id]).await?.remove(&id);
    found
        .filter(|row| row.community_id == community && row.active)
        .map(|_| ())
        .ok_or_else(|| Rejected::at(Code::UnknownReference, "teamId").into())
}

/// A shift whose places nobody else takes before this transaction ends.
pub(super) async fn lock_shift(tx: &Tx<'_>, id: ShiftId) -> Result<volunteer_shift::Model> {
    volunteer_shift::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)
}

/// The refusal of a step that is not possible with a shift now.
pub(super) fn refusal(row: &volunteer_shift::Model) -> Error {
    match row.state {
        ShiftState::Planned => Code::WindowClosed.into(),
        ShiftState::Cancelled => {
            Rejected::new(Code::IllegalTransition).with("state", row.state.code()).into()
        }
    }
}

/// Cancels a shift: whoever is signed up is told.
pub async fn cancel(
    app: &App,
    actor: &Actor,
    id: ShiftId,
    expected_version: i32,
) -> Result<Committed<volunteer_shift::Model>> {
    use volunteer_sign_up::Column as C;
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let before = lock_shift(&tx, id).await?;
    let permit = tx.authorize(Action::ShiftManage, &Target::community(before.community_id))?;
    check_version(before.version, expected_version)?;
    if !rules::shift_possible(ShiftStep::Cancel, &before, false, tx.now()) {
        return Err(refusal(&before));
    }
    volunteer_sign_up::Entity::update_many()
        .col_expr(C::EndedAt, Expr::value(tx.now()))
        .col_expr(C::EndedBy, Expr::value(SignUpEnd::Shift))
        .filter(C::ShiftId.eq(id))
        .filter(C::EndedAt.is_null())
        .exec(tx.conn())
        .await?;
    let mut row = before.clone();
    row.state = ShiftState::Cancelled;
    row.taken = 0;
    row.version += 1;
    tx.update_last(&before, &row);
    let event = Event::new(permit, "SHIFT_CANCELLED", "volunteer_shift", id)
        .community(row.community_id)
        .data(json!({ "version": row.version }))
        .row_held();
    tx.commit(vec![event], row).await
}
