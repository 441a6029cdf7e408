//! The state table of a request and what goes with each step. Pure.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use linli_entity::{
    contact_attempt,
    enums::{Confidentiality, DecidedBy, Outcome, RequestState},
    ids::{AccountId, PersonId, PlaceId, RequestId},
    service_request,
};

use super::clock::{Clock, Projection};
use crate::kernel::{Action, Actor, Code, Error, Followed, Rejected, Result, Target, policy};

/// Silence after which a delivered result closes by itself.
pub const SILENCE: Duration = Duration::days(7);
/// Working days in which a closed request can be reopened and a decline appealed.
pub const REOPEN_DAYS: i32 = 10;
/// Days in which a closure can be rated.
pub const RATE_WITHIN: Duration = Duration::days(30);
/// Working days in which a corrective action is due.
pub const CORRECT_DAYS: i32 = 15;
/// A transfer by the first owner within this time is a correction and does not count.
pub const CORRECTION: Duration = Duration::minutes(30);
/// Requests that one person may submit in an hour.
pub const SUBMISSIONS_PER_HOUR: u64 = 60;

/// A step that somebody takes with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "ServiceRequestAction")]
pub enum Step {
    /// Take it from the pool.
    Take,
    /// Assign it from the pool.
    Assign,
    /// Begin work.
    Start,
    /// Ask the resident a question.
    Ask,
    /// Tell the resident once what is missing.
    Supplement,
    /// Answer, or record the resident's answer.
    Answer,
    /// Hand it to the department that decides.
    HandToDepartment,
    /// Record the department's answer.
    RecordDepartmentAnswer,
    /// Ask for an extension.
    RequestExtension,
    /// Approve or refuse an extension.
    DecideExtension,
    /// Declare time that the law leaves out.
    DeclareStatutoryTime,
    /// Hand it to another owner.
    Transfer,
    /// Return it to the pool.
    ReturnToPool,
    /// Write a note.
    Note,
    /// Give the result.
    Resolve,
    /// Say that it is done, or record that the resident said so.
    Confirm,
    /// Say that it is not done, or record that the resident said so.
    Reopen,
    /// Take one's own request back, or record that the resident did.
    Withdraw,
    /// Decline what is not a matter of this community.
    Decline,
    /// Appeal against a decline, or record the resident's appeal.
    Appeal,
    /// Mark as a duplicate.
    MarkDuplicate,
    /// Rate the result, or record the resident's rating.
    Rate,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 22] = [
        Self::Take,
        Self::Assign,
        Self::Start,
        Self::Ask,
        Self::Supplement,
        Self::Answer,
        Self::HandToDepartment,
        Self::RecordDepartmentAnswer,
        Self::RequestExtension,
        Self::DecideExtension,
        Self::DeclareStatutoryTime,
        Self::Transfer,
        Self::ReturnToPool,
        Self::Note,
        Self::Resolve,
        Self::Confirm,
        Self::Reopen,
        Self::Withdraw,
        Self::Decline,
        Self::Appeal,
        Self::MarkDuplicate,
        Self::Rate,
    ];

    /// Whether the state allows the step: the table of the domain.
    pub fn fits(self, state: RequestState) -> bool {
        use RequestState::{
            Accepted, AwaitingResident, Closed, Declined, InProgress, Resolved, Submitted,
            WithDepartment, Withdrawn,
        };
        match self {
            Self::Take | Self::Assign | Self::Decline => state == Submitted,
            Self::Start => state == Accepted,
            Self::Ask | Self::Supplement => matches!(state, Accepted | InProgress),
            Self::Answer => state == AwaitingResident,
            Self::HandToDepartment => state == InProgress,
            Self::RecordDepartmentAnswer => state == WithDepartment,
            Self::RequestExtension | Self::DecideExtension | Self::DeclareStatutoryTime => {
                matches!(state, InProgress | WithDepartment)
            }
            Self::Transfer => matches!(state, Accepted | InProgress | AwaitingResident),
            Self::ReturnToPool => matches!(state, Accepted | InProgress),
            Self::Note => !matches!(state, Declined | Withdrawn | RequestState::Merged),
            Self::Resolve => {
                matches!(state, Accepted | InProgress | WithDepartment | AwaitingResident)
            }
            Self::Confirm => state == Resolved,
            Self::Reopen => matches!(state, Resolved | Closed),
            Self::Withdraw => {
                matches!(state, Submitted | Accepted | InProgress | AwaitingResident)
            }
            Self::Appeal => state == Declined,
            Self::MarkDuplicate => state.is_open(),
            Self::Rate => state == Closed,
        }
    }

    /// Whether it is the resident's word about the work: staff record it, but not the owner.
    pub fn is_word(self) -> bool {
        matches!(self, Self::Confirm | Self::Reopen | Self::Withdraw | Self::Appeal | Self::Rate)
    }

    /// The actions of the policy that allow the step; any of them is enough. Of a word, the first is
    /// the resident's own.
    pub fn actions(self) -> &'static [Action] {
        match self {
            Self::Take => &[Action::RequestTake],
            Self::Assign => &[Action::RequestAssign],
            Self::Supplement => &[Action::RequestWork, Action::RequestSupplementAgain],
            Self::Start
            | Self::Ask
            | Self::HandToDepartment
            | Self::RecordDepartmentAnswer
            | Self::RequestExtension
            | Self::DeclareStatutoryTime
            | Self::Resolve => &[Action::RequestWork],
            Self::DecideExtension => &[Action::RequestExtensionDecide],
            Self::Answer => &[Action::RequestAnswer, Action::RequestRecordWord],
            Self::Transfer | Self::ReturnToPool => &[Action::RequestTransfer],
            Self::Note => &[Action::RequestNote],
            Self::Confirm => &[Action::RequestConfirm, Action::RequestRecordWord],
            Self::Reopen => &[Action::RequestReopen, Action::RequestRecordWord],
            Self::Withdraw => &[Action::RequestWithdraw, Action::RequestRecordWord],
            Self::Decline => &[Action::RequestDecline],
            Self::Appeal => &[Action::RequestAppeal, Action::RequestRecordWord],
            Self::MarkDuplicate => &[Action::RequestMerge],
            Self::Rate => &[Action::RequestRate, Action::RequestRecordWord],
        }
    }
}

/// What of a request decides whether a step is possible.
#[derive(Clone, Copy, Debug)]
pub struct StepFacts {
    /// State.
    pub state: RequestState,
    /// Result.
    pub outcome: Option<Outcome>,
    /// Last instant for reopening or appealing.
    pub reopen_until: Option<DateTime<Utc>>,
    /// The end.
    pub closed_at: Option<DateTime<Utc>>,
    /// Whether an appeal was made.
    pub appealed: bool,
    /// The owner, or who was it when it ended.
    pub owner: Option<AccountId>,
    /// Supplement notices in the running stage.
    pub stage_supplements: i32,
    /// Promised limit.
    pub due_at: Option<DateTime<Utc>>,
    /// Legal limit.
    pub legal_due_at: Option<DateTime<Utc>>,
    /// Who asked for the extension that waits for a decision.
    pub extension_by: Option<AccountId>,
}

impl From<&service_request::Model> for StepFacts {
    fn from(row: &service_request::Model) -> Self {
        Self {
            state: row.state,
            outcome: row.outcome,
            reopen_until: row.reopen_until,
            closed_at: row.closed_at,
            appealed: row.appealed,
            owner: row.owner_id,
            stage_supplements: row.stage_supplements,
            due_at: row.due_at,
            legal_due_at: row.legal_due_at,
            extension_by: row.extension_by,
        }
    }
}

/// The limit that a request is measured by: the promised one, or the legal one where the matter
/// promises none.
pub fn deadline(
    promised: Option<DateTime<Utc>>,
    legal: Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    promised.or(legal)
}

/// Refuses a step that the request as it is does not allow to anybody.
pub fn check_step(row: &StepFacts, step: Step, now: DateTime<Utc>) -> Result<()> {
    if !step.fits(row.state) || row.outcome == Some(Outcome::Imported) && step != Step::Note {
        let refused = Rejected::new(Code::IllegalTransition).with("state", row.state.code());
        return Err(refused.into());
    }
    let window_closed = match step {
        Step::Reopen => {
            row.state == RequestState::Closed && row.reopen_until.is_none_or(|t| now > t)
        }
        Step::Appeal => row.reopen_until.is_none_or(|t| now > t),
        Step::Rate => row.closed_at.is_none_or(|t| now > t + RATE_WITHIN),
        _ => false,
    };
    if window_closed {
        return Err(Code::WindowClosed.into());
    }
    let refused: Error = match step {
        Step::Appeal if row.appealed => Code::AlreadyAppealed.into(),
        // Only a promise can be extended, and only while it holds.
        Step::RequestExtension if row.due_at.is_none_or(|due| now > due) => {
            Code::DeadlinePassed.into()
        }
        Step::RequestExtension if row.extension_by.is_some() => Code::ExtensionPending.into(),
        Step::DecideExtension if row.extension_by.is_none() => {
            Rejected::at(Code::UnknownReference, "id").into()
        }
        Step::DeclareStatutoryTime
            if deadline(row.due_at, row.legal_due_at).is_some_and(|due| now > due) =>
        {
            Code::DeadlinePassed.into()
        }
        _ => return Ok(()),
    };
    Err(refused)
}

/// Refuses a step to somebody to whom the policy's table allows its action, because of what was done
/// to the request before or by whom. With [`check_step`] and [`Step::actions`] this is the whole
/// answer to what somebody may do next, for the services and for `availableActions`.
pub fn check_actor(row: &StepFacts, step: Step, actor: &Actor, target: &Target) -> Result<()> {
    let may = |action| policy::allowed(actor, action, target);
    let is = |account: Option<AccountId>| account.is_some() && account == actor.account();
    let refused: Error = match step {
        // An appeal is for a manager.
        Step::Take | Step::Decline if row.appealed && !may(Action::RequestAssign) => {
            Error::Forbidden
        }
        // The first notice is the owner's, every further one of a stage a manager's.
        Step::Supplement if row.stage_supplements == 0 && !may(Action::RequestWork) => {
            Error::Forbidden
        }
        Step::Supplement if row.stage_supplements > 0 && !may(Action::RequestSupplementAgain) => {
            Code::SupplementAlreadyAsked.into()
        }
        // The resident's word is recorded by somebody other than the owner.
        word if word.is_word() && is(row.owner) && !may(word.actions()[0]) => {
            Code::OwnerMayNotConfirm.into()
        }
        // Nobody approves what they asked for.
        Step::DecideExtension if is(row.extension_by) => Error::Forbidden,
        _ => return Ok(()),
    };
    Err(refused)
}

/// What the policy needs to know of a request.
pub fn target(row: &service_request::Model) -> Target {
    target_of(
        row.id,
        row.community_id,
        row.confidentiality,
        row.state,
        row.requester_id,
        row.owner_id,
    )
}

/// The same from its parts. Who owned a finished request owns it no more.
pub fn target_of(
    request: RequestId,
    community: PlaceId,
    confidentiality: Confidentiality,
    state: RequestState,
    requester: Option<PersonId>,
    owner: Option<AccountId>,
) -> Target {
    let done = matches!(
        state,
        RequestState::Closed
            | RequestState::Declined
            | RequestState::Withdrawn
            | RequestState::Merged
    );
    Target {
        place: None,
        under: None,
        community: Some(community),
        agency: None,
        confidentiality: Some(confidentiality),
        requester,
        owner: owner.filter(|_| !done),
        followed: Some(Followed::Request(request)),
        delegation: None,
    }
}

/// When the worker must look at a request next.
pub fn wake_at(
    row: &service_request::Model,
    projection: &Projection,
    clock: &Clock,
) -> Option<DateTime<Utc>> {
    match row.state {
        RequestState::Resolved => clock.silent_at(),
        RequestState::AwaitingResident => projection.pause_ends_at,
        state if state.is_open() => {
            let due = deadline(projection.due_at, projection.legal_due_at);
            let due = due.filter(|_| !row.overdue);
            let response = projection
                .response_due_at
                .filter(|_| row.first_response_at.is_none() && !clock.response_escalated);
            due.into_iter().chain(response).min()
        }
        _ => None,
    }
}

/// Whether the stored dates are those that follow from what happened.
pub fn agrees(row: &service_request::Model, projection: &Projection, clock: &Clock) -> bool {
    row.accepted_at == clock.accepted_at
        && row.due_at == projection.due_at
        && row.original_due_at == projection.original_due_at
        && row.legal_due_at == projection.legal_due_at
        && row.response_due_at == projection.response_due_at
        && row.handled_work_s == projection.handled_work_s
        && row.wake_at == wake_at(row, projection, clock)
}

/// Checks an outcome against the matter and what was done to reach the resident.
pub fn check_outcome(
    outcome: Outcome,
    decided_by: DecidedBy,
    attempts: &[contact_attempt::Model],
    is_working_day: impl Fn(NaiveDate) -> bool,
) -> Result<()> {
    match outcome {
        Outcome::Fulfilled | Outcome::Partly | Outcome::Refused => Ok(()),
        Outcome::Imported => Err(Error::from(Rejected::at(Code::OutcomeNotAllowed, "outcome"))),
        Outcome::Referred if decided_by == DecidedBy::Department => {
            Err(Rejected::at(Code::OutcomeNotAllowed, "outcome").into())
        }
        Outcome::Referred => Ok(()),
        Outcome::Unreachable => {
            let failed: Vec<_> = attempts.iter().filter(|a| !a.reached).collect();
            let days: BTreeSet<_> =
                failed.iter().map(|a| a.day).filter(|d| is_working_day(*d)).collect();
            if failed.len() < 3 || days.len() < 2 {
                return Err(Rejected::at(Code::NotEnoughAttempts, "outcome").into());
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_domains() {
        use Step::*;
        let steps = |state: RequestState| -> Vec<Step> {
            Step::ALL.into_iter().filter(|s| s.fits(state)).collect()
        };
        assert_eq!(
            steps(RequestState::Submitted),
            [Take, Assign, Note, Withdraw, Decline, MarkDuplicate]
        );
        assert_eq!(
            steps(RequestState::Accepted),
            [
                Start,
                Ask,
                Supplement,
                Transfer,
                ReturnToPool,
                Note,
                Resolve,
                Withdraw,
                MarkDuplicate
            ]
        );
        assert_eq!(
            steps(RequestState::AwaitingResident),
            [Answer, Transfer, Note, Resolve, Withdraw, MarkDuplicate]
        );
        assert_eq!(steps(RequestState::Resolved), [Note, Confirm, Reopen]);
        assert_eq!(steps(RequestState::Closed), [Note, Reopen, Rate]);
        assert_eq!(steps(RequestState::Declined), [Appeal]);
        assert_eq!(steps(RequestState::Withdrawn), []);
        assert_eq!(steps(RequestState::Merged), []);
    }

    #[test]
    fn unreachable_needs_three_failed_attempts_on_two_working_days() {
        let attempt = |day: &str, reached: bool| contact_attempt::Model {
            id: uuid::Uuid::nil(),
            community_id: linli_entity::ids::PlaceId(uuid::Uuid::nil()),
            request_id: linli_entity::ids::RequestId(uuid::Uuid::nil()),
            account_id: linli_entity::ids::AccountId(uuid::Uuid::nil()),
            way: linli_entity::enums::ContactWay::Call,
            reached,
            day: day.parse().unwrap(),
            at: DateTime::UNIX_EPOCH,
        };
        let check = |attempts: &[contact_attempt::Model]| {
            check_outcome(Outcome::Unreachable, DecidedBy::Community, attempts, |_| true).is_ok()
        };
        let (a, b) = ("2025-06-03", "2025-06-04");
        assert!(!check(&[attempt(a, false), attempt(a, false), attempt(a, false)]));
        assert!(!check(&[attempt(a, false), attempt(b, false), attempt(b, true)]));
        assert!(check(&[attempt(a, false), attempt(b, false), attempt(b, false)]));
        assert!(
            check_outcome(Outcome::Referred, DecidedBy::Department, &[], |_| true).is_err(),
            "never for a matter that the community takes in for a department"
        );
    }
}
