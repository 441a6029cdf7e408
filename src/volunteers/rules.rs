//! What fits whom, and what can be done with a volunteer and a shift. Pure.

pub mod hours;

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    enums::{ShiftState, Skill, VolunteerState},
    json::FreePart,
    volunteer, volunteer_shift,
};

use crate::{
    kernel::{Code, Rejected},
    reservations::rules::Span,
};

/// The longest shift.
pub const LONGEST_SHIFT: Duration = Duration::hours(12);
/// How far ahead shifts are planned, in days.
pub const HORIZON_DAYS: i64 = 400;
/// Most days of shifts that are looked at in one query.
pub const DAYS: i64 = 62;

/// What can be done with somebody's work as a volunteer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "VolunteerAction")]
pub enum Step {
    /// Accept or refuse the application.
    Decide,
    /// Change skills and availability.
    Change,
    /// Be asked no more for a while.
    Pause,
    /// Be asked again.
    Resume,
    /// Stop being a volunteer.
    Leave,
}

/// Whether a step is possible in a state; who may do it is another question.
pub fn possible(step: Step, state: VolunteerState) -> bool {
    use VolunteerState::{Active, Applied, Paused};
    match step {
        Step::Decide => state == Applied,
        Step::Change | Step::Leave => [Applied, Active, Paused].contains(&state),
        Step::Pause => state == Active,
        Step::Resume => state == Paused,
    }
}

/// The refusal of a step that the state does not allow.
pub fn check_step(step: Step, state: VolunteerState) -> Result<(), Rejected> {
    if possible(step, state) {
        return Ok(());
    }
    Err(Rejected::new(Code::IllegalTransition).with("state", state.code()))
}

/// Whether somebody was a volunteer all of that time: accepted before, and not gone. A pause ends that they
/// are asked, not that they are one. Who has left never changes again: the last change is when they did.
pub fn served(row: &volunteer::Model, span: Span) -> bool {
    let gone = (row.state == VolunteerState::Left).then_some(row.changed_at);
    row.accepted_at.is_some_and(|at| at <= span.from) && gone.is_none_or(|at| span.until <= at)
}

/// Skills, each once, in the order of declaration.
pub fn skills(given: &[Skill]) -> Vec<Skill> {
    given.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Parts of the week, each once, in order.
pub fn availability(
    path: &'static str,
    given: impl IntoIterator<Item = FreePart>,
) -> Result<Vec<FreePart>, Rejected> {
    let given: BTreeSet<_> = given.into_iter().collect();
    if given.iter().any(|part| !(1..=7).contains(&part.weekday)) {
        let refused = Rejected::at(Code::InvalidValue, path);
        return Err(refused.with("wanted", "weekdays from 1 (Monday) to 7"));
    }
    Ok(given.into_iter().collect())
}

/// What can be done with a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "ShiftAction")]
pub enum ShiftStep {
    /// Sign up for it.
    SignUp,
    /// Sign off.
    SignOff,
    /// Say that one is there.
    CheckIn,
    /// Cancel it.
    Cancel,
}

/// Whether a step is possible with a shift now, for somebody who is signed up or not; who may do it is
/// another question, and so is whether a place is free.
pub fn shift_possible(
    step: ShiftStep,
    row: &volunteer_shift::Model,
    signed_up: bool,
    now: DateTime<Utc>,
) -> bool {
    let planned = row.state == ShiftState::Planned;
    match step {
        ShiftStep::SignUp => planned && !signed_up && now < row.until_at,
        ShiftStep::SignOff => planned && signed_up && now < row.from_at,
        ShiftStep::CheckIn => {
            planned && signed_up && row.from_at - hours::DOORS_OPEN <= now && now < row.until_at
        }
        ShiftStep::Cancel => planned && now < row.until_at,
    }
}

/// Whether shifts can be planned for these spans by now: to come, and neither endless nor empty.
pub fn check_shift(span: Span, needed: i32, now: DateTime<Utc>) -> Result<(), Rejected> {
    let wrong = |path, wanted| Err(Rejected::at(Code::InvalidValue, path).with("wanted", wanted));
    if span.until <= span.from || span.until - span.from > LONGEST_SHIFT {
        return wrong("until", "after `from`, at most 12 hours later");
    }
    if span.from <= now || span.from > now + Duration::days(HORIZON_DAYS) {
        return wrong("from", "to come, at most 400 days ahead");
    }
    if !(1..=200).contains(&needed) {
        return wrong("needed", "1 to 200");
    }
    Ok(())
}

/// Whether a volunteer can do what is needed, and has time then. Who did not say when they have time is
/// asked at any time.
pub fn fits(row: &volunteer::Model, skills: &[Skill], when: &[FreePart]) -> bool {
    let can = skills.iter().all(|skill| row.skills.0.contains(skill));
    let free = &row.availability.0;
    can && (when.is_empty() || free.is_empty() || when.iter().any(|part| free.contains(part)))
}
