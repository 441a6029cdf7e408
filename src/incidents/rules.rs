//! What becomes of an incident and of the tasks of agencies. Pure.

mod ladder;

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    agency_task,
    enums::{
        AgencyOutcome, AgencyTaskState, Danger, IncidentLevel, IncidentOutcome, IncidentState,
        RatingLevel,
    },
    incident,
};

pub use ladder::*;

use crate::kernel::{Code, Error, Rejected, Result, throttle::Limit};

/// Reports by one account.
pub const REPORTS: Limit = Limit { hits: 20, window: Duration::hours(24) };
/// Incidents that one account begins to follow.
pub const FOLLOWS: Limit = Limit { hits: 60, window: Duration::hours(1) };
/// Looks for incidents nearby by one account or address.
pub const LOOKS: Limit = Limit { hits: 120, window: Duration::hours(1) };
/// Looks at how to reach who reported something, by one account.
pub const REVEALS: Limit = Limit { hits: 60, window: Duration::hours(1) };
/// Most agencies of a joint response.
pub const AGENCIES: usize = 20;
/// Refusals after which the general lead decides, and what is decided binds.
pub const ARBITRATED: i32 = 2;
/// How old a likely duplicate is at most.
pub const NEAR: Duration = Duration::days(30);
/// How long who reported it can have it taken up again.
pub const REOPEN: Duration = Duration::days(30);
/// How long whose a refused task is may stay open.
const DECIDE: Duration = Duration::hours(24);

/// What can be done with an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "IncidentAction")]
pub enum Step {
    /// Respond: say that one takes care of it; of what somebody else has in hand, take it over.
    Respond,
    /// Take it up to the general lead.
    Escalate,
    /// Call agencies in.
    OpenJoint,
    /// Say what came of it.
    Resolve,
    /// Answer who reported it.
    Answer,
    /// Take it up again.
    Reopen,
    /// Say which block or which kind it is of, how dangerous, or where it is; while agencies are at work, no other kind
    /// and no other block than none.
    Route,
    /// Say that it is the same as another one.
    Merge,
    /// Clear a card of it for everybody.
    Publish,
    /// Take the card back.
    Hide,
}

/// Whether a step is possible with an incident now; who may do it is another question.
pub fn possible(step: Step, row: &incident::Model, now: DateTime<Utc>) -> bool {
    use IncidentState::{Closed, Escalated, Handling, JointResponse, Received, Resolved};
    match step {
        // Whoever it went up to responds anew; and of what somebody else has, takes it over.
        Step::Respond => matches!(row.state, Received | Handling | Escalated),
        Step::Escalate => {
            matches!(row.state, Received | Handling) && row.level == IncidentLevel::Block
        }
        // Whoever does has responded by that.
        Step::OpenJoint | Step::Resolve => matches!(row.state, Received | Handling | Escalated),
        Step::Answer => matches!(row.state, JointResponse | Resolved),
        Step::Reopen => {
            row.merged_into.is_none()
                && (row.state == Resolved
                    || row.state == Closed && row.closed_at.is_some_and(|at| now < at + REOPEN))
        }
        // Of what agencies were called in for, only how dangerous it is.
        Step::Route => matches!(row.state, Received | Handling | Escalated | JointResponse),
        // Agencies that were called in would not know.
        Step::Merge => matches!(row.state, Received | Handling | Escalated),
        Step::Publish => !never_public(row) && row.merged_into.is_none(),
        Step::Hide => row.published_at.is_some(),
    }
}

/// What puts somebody in danger, or turned out to be about a person, is never for everybody.
pub fn never_public(row: &incident::Model) -> bool {
    row.danger != Danger::None || row.outcome == Some(IncidentOutcome::AboutAPerson)
}

/// Whether somebody was said to be in danger and is no more.
pub fn calms(before: &incident::Model, row: &incident::Model) -> bool {
    before.danger != Danger::None && row.danger == Danger::None
}

/// Whether somebody is said to be in danger and was not before.
pub fn alarms(before: &incident::Model, row: &incident::Model) -> bool {
    before.danger == Danger::None && row.danger != Danger::None
}

/// Refuses a step that is not possible, and says why.
pub fn check_step(step: Step, row: &incident::Model, now: DateTime<Utc>) -> Result<()> {
    if possible(step, row, now) {
        return Ok(());
    }
    if step == Step::Resolve && row.state == IncidentState::JointResponse {
        return Err(Code::TasksOpen.into());
    }
    if step == Step::Publish && never_public(row) {
        return Err(Code::NeverPublic.into());
    }
    if step == Step::Reopen && row.state == IncidentState::Closed && row.merged_into.is_none() {
        return Err(Code::WindowClosed.into());
    }
    Err(wrong_state(row.state.code()))
}

/// Where an incident is that somebody has in hand again: where it was, if it had gone up.
pub fn in_hand(row: &incident::Model) -> IncidentState {
    match row.escalated_at {
        None => IncidentState::Handling,
        Some(_) => IncidentState::Escalated,
    }
}

/// What can be done with a task of an agency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "AgencyTaskAction")]
pub enum TaskStep {
    /// Sign for it.
    Sign,
    /// Say that contact was made.
    Contact,
    /// Say what came of it.
    Finish,
    /// Say that it is not theirs, and whose it is.
    Refuse,
    /// Decide whose it is.
    Decide,
    /// Call it off.
    CallOff,
    /// Write a note for the parties.
    Note,
    /// Rate the agency.
    Rate,
    /// Look at how to reach who reported the incident.
    RevealReporter,
}

/// Whether a step is possible with a task now.
pub fn task_possible(step: TaskStep, row: &agency_task::Model) -> bool {
    use AgencyTaskState::{Asked, Contacted, Done, Refused, Signed};
    let open = matches!(row.state, Asked | Signed | Contacted);
    match step {
        TaskStep::Sign => row.state == Asked,
        TaskStep::Contact => matches!(row.state, Asked | Signed),
        TaskStep::Finish => open,
        TaskStep::Refuse => matches!(row.state, Asked | Signed) && !row.binding,
        TaskStep::Decide => row.state == Refused,
        TaskStep::CallOff => open || row.state == Refused,
        // Also while the parties wait for a decision.
        TaskStep::Note => open || row.state == Refused,
        TaskStep::RevealReporter => open,
        TaskStep::Rate => row.state == Done && row.rating.is_none(),
    }
}

/// Whether the incident is where a step with one of its tasks needs it: what an agency did is rated when the
/// incident has ended. Any other step is one of a joint response that is open: with its end every task ends.
pub fn task_fits(step: TaskStep, state: IncidentState) -> bool {
    step != TaskStep::Rate || state == IncidentState::Closed
}

/// Refuses a step that is not possible with a task, or not while its incident is in the state `of`.
pub fn check_task(step: TaskStep, row: &agency_task::Model, of: IncidentState) -> Result<()> {
    let state = match (task_possible(step, row), task_fits(step, of)) {
        (true, true) => return Ok(()),
        (true, false) => of.code(),
        (false, _) => row.state.code(),
    };
    if step == TaskStep::Refuse && row.binding {
        return Err(Code::DecisionBinds.into());
    }
    Err(wrong_state(state))
}

/// That a step is not possible in a state.
pub fn wrong_state(state: impl std::fmt::Display) -> Error {
    Rejected::new(Code::IllegalTransition).with("state", state).into()
}

/// Whether something is still to become of a task.
pub fn is_open(row: &agency_task::Model) -> bool {
    use AgencyTaskState::{Asked, Contacted, Refused, Signed};
    matches!(row.state, Asked | Signed | Contacted | Refused)
}

/// Whether a task still keeps its incident open.
pub fn is_owed(row: &agency_task::Model) -> bool {
    row.mandatory && is_open(row)
}

/// Whether the next decision about whose a refused task is binds, and is the general lead's.
pub fn is_arbitrated(row: &agency_task::Model) -> bool {
    row.refusals + 1 >= ARBITRATED
}

/// By when it is decided whose a refused task is.
fn decide_due(row: &agency_task::Model) -> Option<DateTime<Utc>> {
    row.refused_at.map(|at| at + DECIDE)
}

/// When the worker looks at a task next: the first limit that is not met and has not passed.
pub fn task_due(row: &agency_task::Model, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if !is_open(row) {
        return None;
    }
    if row.state == AgencyTaskState::Refused {
        return decide_due(row).filter(|due| *due > now);
    }
    let sign = row.signed_at.is_none().then_some(row.sign_due_at);
    let contact = row.contacted_at.is_none().then_some(row.contact_due_at);
    [sign, contact, Some(row.finish_due_at)].into_iter().flatten().filter(|due| *due > now).min()
}

/// A limit of a task of an agency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "AgencyTaskClock")]
pub enum Clock {
    /// To sign for it.
    Sign,
    /// To make contact.
    Contact,
    /// To finish it.
    Finish,
    /// To decide whose it is, for who called the agency in: 24 hours after it was refused.
    Decide,
}

/// The limits of a task that were not met in time, by `now`; or by when it ended or was refused.
pub fn missed(row: &agency_task::Model, now: DateTime<Utc>) -> Vec<Clock> {
    let by = row.refused_at.or(row.ended_at).unwrap_or(now);
    let finished = row.ended_at.filter(|_| row.state == AgencyTaskState::Done);
    let late = |done: Option<DateTime<Utc>>, due| done.map_or(due <= by, |at| due < at);
    let clocks = [
        (Clock::Sign, late(row.signed_at, row.sign_due_at)),
        (Clock::Contact, late(row.contacted_at, row.contact_due_at)),
        (Clock::Finish, late(finished, row.finish_due_at)),
        (Clock::Decide, decide_due(row).is_some_and(|due| due <= row.ended_at.unwrap_or(now))),
    ];
    clocks.into_iter().filter(|(_, late)| *late).map(|(clock, _)| clock).collect()
}

/// What the agencies together came to: fixed if each of them fixed its part or had nothing to do.
pub fn together(outcomes: &[AgencyOutcome]) -> IncidentOutcome {
    use AgencyOutcome::{Fixed, NotFixed, NotNeeded, PartlyFixed};
    let did: Vec<_> = outcomes.iter().filter(|o| **o != NotNeeded).collect();
    if did.is_empty() || did.iter().all(|o| **o == NotFixed) {
        return IncidentOutcome::NotFixed;
    }
    if did.iter().all(|o| **o == Fixed) {
        return IncidentOutcome::Fixed;
    }
    debug_assert!(did.iter().any(|o| matches!(o, Fixed | PartlyFixed)));
    IncidentOutcome::PartlyFixed
}

/// Whether a rating has to say why.
pub fn is_low(rating: RatingLevel) -> bool {
    matches!(rating, RatingLevel::Dissatisfied | RatingLevel::VeryDissatisfied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn together_they_are_as_good_as_the_worst_that_had_something_to_do() {
        use AgencyOutcome::{Fixed, NotFixed, NotNeeded, PartlyFixed};
        assert_eq!(together(&[Fixed, NotNeeded]), IncidentOutcome::Fixed);
        assert_eq!(together(&[Fixed, NotFixed]), IncidentOutcome::PartlyFixed);
        assert_eq!(together(&[PartlyFixed]), IncidentOutcome::PartlyFixed);
        assert_eq!(together(&[NotFixed, NotNeeded]), IncidentOutcome::NotFixed);
        assert_eq!(together(&[]), IncidentOutcome::NotFixed);
    }
}
