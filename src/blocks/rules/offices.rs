//! Offices: who may hold one, and when.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use linli_entity::{
    enums::{PlaceKind, Role, TermEnd},
    ids::AccountId,
    office_stand_in, office_term,
};

use crate::kernel::{Code, Rejected, Result};

/// Deputies of one block lead.
pub const MOST_DEPUTIES: usize = 3;
/// Days ahead for which an office is settled.
const AHEAD: Days = Days::new(366);
/// Days back that a term may have begun when it is recorded.
const BACK: Days = Days::new(7305);

/// The kind of place that an office answers for; none for what is no office.
pub fn scope(role: Role) -> Option<PlaceKind> {
    match role {
        Role::BlockLead | Role::DeputyBlockLead => Some(PlaceKind::Block),
        Role::GeneralLead => Some(PlaceKind::Subdistrict),
        Role::Volunteer
        | Role::PartyMember
        | Role::Specialist
        | Role::CommunityManager
        | Role::AgencyOfficer
        | Role::BranchSecretary
        | Role::SubdistrictManager
        | Role::Auditor
        | Role::Administrator => None,
    }
}

/// How many hold an office at a time.
pub fn seats(role: Role) -> usize {
    if role == Role::DeputyBlockLead { MOST_DEPUTIES } else { 1 }
}

/// The first instant of a local day.
pub fn midnight(day: NaiveDate, zone: FixedOffset) -> DateTime<Utc> {
    let midnight = zone.from_local_datetime(&day.and_time(NaiveTime::MIN)).single();
    midnight.unwrap_or_default().to_utc()
}

fn refuse(path: &str, wanted: String) -> Result<()> {
    Err(Rejected::at(Code::InvalidValue, path).with("wanted", wanted).into())
}

/// Refuses a first day that nobody can mean.
pub fn check_begin(day: NaiveDate, today: NaiveDate) -> Result<()> {
    let (first, last) = (today - BACK, today + AHEAD);
    if !(first..=last).contains(&day) {
        return refuse("from", format!("{first} to {last}"));
    }
    Ok(())
}

/// The first day without it, of a term that ends: not before it began. What never was ends as it begins.
pub fn end_day(
    begin: NaiveDate,
    day: Option<NaiveDate>,
    because: TermEnd,
    today: NaiveDate,
) -> Result<NaiveDate> {
    if because == TermEnd::Mistake {
        return Ok(begin);
    }
    let last = today + AHEAD;
    // What has not begun ends at the earliest as it begins.
    let day = day.unwrap_or(today.max(begin));
    if !(begin..=last).contains(&day) {
        refuse("until", format!("{begin} to {last}"))?;
    }
    Ok(day)
}

/// Refuses a time of standing in that is over, or does not lie in the term.
pub fn check_stand_in(
    (from, until): (NaiveDate, NaiveDate),
    term: (NaiveDate, Option<NaiveDate>),
    today: NaiveDate,
) -> Result<()> {
    let first = today.max(term.0);
    let last = term.1.unwrap_or(NaiveDate::MAX).min(today + AHEAD);
    if from < first || from >= last {
        refuse("from", format!("{first} to the day before {last}"))?;
    }
    if until <= from || until > last {
        refuse("until", format!("after the first day, until {last}"))?;
    }
    Ok(())
}

/// Whether a term counts at an instant.
pub fn in_force(row: &office_term::Model, now: DateTime<Utc>) -> bool {
    row.from_at <= now && row.until_at.is_none_or(|until| until > now)
}

/// Whether a term is over, or never was.
pub fn is_over(row: &office_term::Model, now: DateTime<Utc>) -> bool {
    row.until_at.is_some_and(|until| until <= now.max(row.from_at))
}

/// Whether somebody stands in at an instant.
pub fn stands_in(row: &office_stand_in::Model, now: DateTime<Utc>) -> bool {
    row.cancelled_at.is_none() && row.from_at <= now && row.until_at > now
}

/// Refuses a term of somebody from an instant on, if those that are known of the place leave no room: too
/// many have the office at one moment from then on, or they have one there already.
pub fn check_room(
    known: &[office_term::Model],
    (role, account): (Role, AccountId),
    from: DateTime<Utc>,
) -> Result<()> {
    let lasting =
        |t: &&office_term::Model| t.until_at.is_none_or(|until| until > from && until > t.from_at);
    if known.iter().filter(lasting).any(|t| t.account_id == account) {
        let wanted = "somebody who has no office there";
        return Err(Rejected::at(Code::InvalidValue, "accountId").with("wanted", wanted).into());
    }
    let others: Vec<_> = known.iter().filter(lasting).filter(|t| t.role == role).collect();
    // They are most at the beginning, or as one of them begins.
    let moments = others.iter().map(|t| t.from_at.max(from));
    let at = |moment| others.iter().filter(|t| in_force(t, moment)).count();
    if moments.map(at).max().unwrap_or_default() >= seats(role) {
        return Err(Rejected::new(Code::OfficeTaken).with("max", seats(role)).into());
    }
    Ok(())
}

/// Refuses a time in which somebody stands in already.
pub fn check_alone(
    known: &[office_stand_in::Model],
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<()> {
    let lasting = |s: &office_stand_in::Model| {
        s.cancelled_at.is_none() && s.from_at < until && s.until_at > from
    };
    if known.iter().any(lasting) {
        return Err(Rejected::new(Code::OfficeTaken).with("max", 1).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use linli_entity::ids::{PlaceId, TermId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn day(n: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(n)
    }

    fn at(n: u64) -> DateTime<Utc> {
        midnight(day(n), FixedOffset::east_opt(8 * 3600).unwrap())
    }

    fn term(role: Role, who: u128, from: u64, until: Option<u64>) -> office_term::Model {
        office_term::Model {
            id: TermId(Uuid::nil()),
            community_id: None,
            place_id: PlaceId(Uuid::nil()),
            role,
            account_id: AccountId(Uuid::from_u128(who)),
            from_at: at(from),
            until_at: until.map(at),
            ended_because: until.map(|_| TermEnd::TermOver),
            recorded_at: at(0),
            recorded_by: None,
            version: 1,
        }
    }

    fn room(known: &[office_term::Model], role: Role, who: u128, from: u64) -> bool {
        check_room(known, (role, AccountId(Uuid::from_u128(who))), at(from)).is_ok()
    }

    #[test]
    fn one_lead_and_three_deputies_at_a_time() {
        let (lead, deputy) = (Role::BlockLead, Role::DeputyBlockLead);
        let mut known = vec![term(lead, 1, 0, None)];
        assert!(!room(&known, lead, 2, 50));
        known[0].until_at = Some(at(50));
        assert!(room(&known, lead, 2, 50) && !room(&known, lead, 2, 49));
        for who in 3..6 {
            assert!(room(&known, deputy, who, 10));
            known.push(term(deputy, who, 10, None));
        }
        assert!(!room(&known, deputy, 9, 10));
        assert!(!room(&known, lead, 3, 50), "a deputy is not their own lead");
        // Whoever follows somebody has their seat.
        let seats = [(3, 0, Some(20)), (4, 20, None), (5, 0, Some(10)), (6, 10, None)];
        let known = seats.map(|(who, from, until)| term(deputy, who, from, until));
        assert!(room(&known, deputy, 9, 0) && room(&known, deputy, 9, 15));
        let known = [&known[..], &[term(deputy, 7, 30, None)]].concat();
        assert!(!room(&known, deputy, 9, 15), "from day 30 on there would be four");
        // What never was leaves room.
        assert!(room(&[term(lead, 1, 20, Some(20))], lead, 1, 10));
    }

    #[test]
    fn an_end_lies_in_the_term_and_a_mistake_never_was() {
        let end = |begin, day, because| end_day(begin, day, because, self::day(10));
        assert_eq!(end(day(1), None, TermEnd::Resigned).unwrap(), day(10));
        assert_eq!(end(day(20), None, TermEnd::Moved).unwrap(), day(20));
        assert_eq!(end(day(1), Some(day(30)), TermEnd::TermOver).unwrap(), day(30));
        assert_eq!(end(day(1), Some(day(30)), TermEnd::Mistake).unwrap(), day(1));
        assert!(end(day(5), Some(day(4)), TermEnd::Resigned).is_err());
        assert!(end(day(1), Some(day(900)), TermEnd::TermOver).is_err());
    }

    #[test]
    fn whoever_stands_in_does_so_ahead_and_within_the_term() {
        let check =
            |from, until, end| check_stand_in((day(from), day(until)), (day(5), end), day(10));
        assert!(check(10, 12, None).is_ok());
        assert!(check(9, 12, None).is_err());
        assert!(check(12, 12, None).is_err());
        assert!(check(10, 12, Some(day(11))).is_err());
        assert!(check(10, 900, None).is_err());
    }

    proptest! {
        #[test]
        fn a_term_is_in_force_over_or_ahead(from in 0..50_u64, length in proptest::option::of(0..50_u64), now in 0..120_u64) {
            let row = term(Role::BlockLead, 1, from, length.map(|l| from + l));
            let ahead = now < from && length != Some(0);
            let states = [in_force(&row, at(now)), is_over(&row, at(now)), ahead];
            prop_assert_eq!(states.iter().filter(|s| **s).count(), 1, "{:?}", states);
        }
    }
}
