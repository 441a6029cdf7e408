//! What a delegation may be, and what can be done with it. Pure.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{delegation, enums::DelegationState, ids::MatterId};

use crate::kernel::{Code, Rejected, Result, throttle::Limit};

/// Delegations that one person may have given at a time.
pub const MOST_OPEN: u64 = 20;
/// Matters that one of them may name.
pub const MOST_MATTERS: usize = 20;
/// How long one may last.
pub const LONGEST: Duration = Duration::days(366);
/// Delegations that one person may give.
pub const GIVEN_BY_ONE: Limit = Limit { hits: 30, window: Duration::hours(1) };
/// Delegations that one person may give to one phone: each is a text message to somebody who did not ask.
pub const GIVEN_TO_PHONE: Limit = Limit { hits: 10, window: Duration::hours(1) };
/// Delegations that may be given to one phone by all together: more, so that nobody uses up what others have.
pub const GIVEN_TO_PHONE_BY_ALL: Limit = Limit { hits: 30, window: Duration::hours(1) };

/// On which side of a delegation somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Gave it.
    Principal,
    /// Was given it.
    Delegate,
}

/// What can be done with a delegation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "DelegationAction")]
pub enum Step {
    /// Accept it.
    Accept,
    /// Decline it.
    Decline,
    /// End it, or give it back.
    End,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 3] = [Self::Accept, Self::Decline, Self::End];
}

/// The state at an instant.
pub fn state(row: &delegation::Model, now: DateTime<Utc>) -> DelegationState {
    match row.state {
        DelegationState::Given | DelegationState::Active if now >= row.until_at => {
            DelegationState::Expired
        }
        state => state,
    }
}

/// Whether somebody acts by it at an instant, as far as the row says.
pub fn in_force(row: &delegation::Model, now: DateTime<Utc>) -> bool {
    state(row, now) == DelegationState::Active && now >= row.from_at
}

/// Whether somebody on this side can do that now.
pub fn possible(step: Step, row: &delegation::Model, side: Side, now: DateTime<Utc>) -> bool {
    match (state(row, now), step, side) {
        (DelegationState::Given, Step::Accept | Step::Decline, Side::Delegate)
        | (DelegationState::Given, Step::End, Side::Principal)
        | (DelegationState::Active, Step::End, Side::Principal | Side::Delegate) => true,
        (
            DelegationState::Given
            | DelegationState::Active
            | DelegationState::Declined
            | DelegationState::Ended
            | DelegationState::Expired,
            Step::Accept | Step::Decline | Step::End,
            Side::Principal | Side::Delegate,
        ) => false,
    }
}

/// First instant and the one after the last: from now, if an earlier one is named or none.
pub fn period(
    from: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, DateTime<Utc>)> {
    let refuse = |path, wanted: &str| -> Result<()> {
        Err(Rejected::at(Code::InvalidValue, path).with("wanted", wanted).into())
    };
    let from = from.map_or(now, |from| from.max(now));
    if from > now + LONGEST {
        refuse("from", "within 366 days")?;
    }
    if until <= from || until - from > LONGEST {
        refuse("until", "ahead, at most 366 days after the begin")?;
    }
    Ok((from, until))
}

/// The named matters, each once. Something must be covered.
pub fn coverage(
    mut matters: Vec<MatterId>,
    wishes: bool,
    registrations: bool,
) -> Result<Vec<MatterId>> {
    matters.sort_unstable();
    matters.dedup();
    if matters.len() > MOST_MATTERS {
        let wanted = format!("at most {MOST_MATTERS} matters");
        return Err(Rejected::at(Code::InvalidValue, "matterIds").with("wanted", wanted).into());
    }
    if matters.is_empty() && !wishes && !registrations {
        return Err(Rejected::at(Code::Required, "matterIds").into());
    }
    Ok(matters)
}

#[cfg(test)]
mod tests {
    use linli_entity::ids::{DelegationId, PersonId};
    use uuid::Uuid;

    use super::*;

    fn row(state: DelegationState) -> delegation::Model {
        let at = DateTime::UNIX_EPOCH;
        delegation::Model {
            id: DelegationId(Uuid::nil()),
            principal_id: PersonId(Uuid::nil()),
            delegate_phone: None,
            delegate_id: None,
            wishes: true,
            registrations: false,
            state,
            from_at: at + Duration::days(1),
            until_at: at + Duration::days(2),
            created_at: at,
            answered_at: None,
            ended_at: None,
            version: 1,
        }
    }

    #[test]
    fn it_is_in_force_from_its_first_instant_and_over_at_its_last() {
        let (row, at) = (row(DelegationState::Active), DateTime::UNIX_EPOCH);
        assert!(!in_force(&row, row.from_at - Duration::microseconds(1)));
        assert!(in_force(&row, row.from_at));
        assert!(!in_force(&row, row.until_at));
        assert_eq!(state(&row, row.until_at), DelegationState::Expired);
        assert!(possible(Step::End, &row, Side::Delegate, at));
        assert!(!possible(Step::End, &row, Side::Principal, row.until_at));
    }

    #[test]
    fn only_the_delegate_answers_and_only_the_principal_takes_an_unanswered_one_back() {
        let (row, now) = (row(DelegationState::Given), DateTime::UNIX_EPOCH);
        let may = |side| Step::ALL.map(|step| possible(step, &row, side, now));
        assert_eq!(may(Side::Delegate), [true, true, false]);
        assert_eq!(may(Side::Principal), [false, false, true]);
    }

    #[test]
    fn a_period_lies_ahead_and_is_no_longer_than_a_year_and_a_day() {
        let now = DateTime::UNIX_EPOCH + Duration::days(400);
        let day = |n| now + Duration::days(n);
        assert_eq!(period(None, day(366), now).unwrap(), (now, day(366)));
        assert_eq!(period(Some(day(-1)), day(1), now).unwrap(), (now, day(1)));
        assert!(period(None, day(367), now).is_err());
        assert!(period(None, now, now).is_err());
        assert!(period(Some(day(3)), day(2), now).is_err());
        assert!(period(Some(day(367)), day(368), now).is_err());
    }
}
