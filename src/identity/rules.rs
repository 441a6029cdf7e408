//! Limits and checks of identity. Pure.

use chrono::Duration;
use linli_entity::enums::{PlaceKind, Role};

use crate::kernel::{Code, Error, Rejected, throttle::Limit};

/// Life of an access token.
pub const ACCESS_TOKEN: Duration = Duration::minutes(15);
/// Life of a refresh token.
pub const REFRESH_TOKEN: Duration = Duration::days(30);
/// Life of a session, however often it is refreshed.
pub const SESSION: Duration = Duration::days(90);
/// Life of a verification code.
pub const VERIFICATION: Duration = Duration::minutes(10);
/// Wrong tries after which a code is dead.
pub const VERIFICATION_TRIES: i32 = 5;

/// Sign-ins of one account.
pub const SIGN_IN_PER_ACCOUNT: Limit = Limit { hits: 10, window: Duration::minutes(15) };
/// Sign-ins from one address.
pub const SIGN_IN_PER_ADDRESS: Limit = Limit { hits: 60, window: Duration::minutes(15) };
/// Codes sent to one phone.
pub const CODES_PER_PHONE: Limit = Limit { hits: 5, window: Duration::hours(1) };
/// Codes asked for, and typed, from one address.
pub const CODES_PER_ADDRESS: Limit = Limit { hits: 60, window: Duration::hours(1) };
/// Codes typed for one phone.
pub const CODE_TRIES_PER_PHONE: Limit = Limit { hits: 20, window: Duration::hours(1) };

/// Passwords that everybody tries first and that pass the length rule.
const COMMON: &[&str] = &[
    "1234567890",
    "12345678910",
    "0123456789",
    "0987654321",
    "1111111111",
    "0000000000",
    "1q2w3e4r5t",
    "qwertyuiop",
    "password12",
    "password123",
    "password1234",
    "passw0rd123",
    "abcdefghij",
    "abcd123456",
    "abc1234567",
    "a123456789",
    "aa12345678",
    "woaini1314",
    "woaini520520",
    "5201314520",
    "1314520520",
    "iloveyou12",
    "administrator",
    "linli12345",
];

/// Whether a password may be used: 10 to 128 characters (NIST SP 800-63B asks for length, not for
/// signs), not common, not the phone number.
pub fn check_password(path: &str, password: &str, phone: &str) -> Result<(), Error> {
    let length = password.chars().count();
    let folded = password.to_lowercase();
    let monotonous = password.chars().next().is_some_and(|f| password.chars().all(|c| c == f));
    let own = phone.trim_start_matches("+86");
    if !(10..=128).contains(&length)
        || password.len() > 512
        || COMMON.contains(&folded.as_str())
        || monotonous
        || (own.len() >= 7 && folded.contains(own))
    {
        return Err(Rejected::at(Code::WeakPassword, path).into());
    }
    Ok(())
}

/// Whether residents see the name of whoever holds the role.
pub fn meets_residents(role: Role) -> bool {
    !matches!(role, Role::Volunteer | Role::PartyMember | Role::Auditor | Role::Administrator)
}

/// Whether administrators grant a role. The others follow from a volunteer's registration, from the books
/// of a party branch, which administrators do not read, and from terms of office.
pub fn is_granted(role: Role) -> bool {
    !matches!(
        role,
        Role::Volunteer
            | Role::PartyMember
            | Role::BlockLead
            | Role::DeputyBlockLead
            | Role::GeneralLead
    )
}

/// The kinds of place that a role is granted for; `None` in the list is the whole system.
pub fn scopes(role: Role) -> &'static [Option<PlaceKind>] {
    const COMMUNITY: &[Option<PlaceKind>] = &[Some(PlaceKind::Community)];
    match role {
        Role::Volunteer => &[Some(PlaceKind::Community), Some(PlaceKind::PartyBranch)],
        Role::PartyMember | Role::BranchSecretary => &[Some(PlaceKind::PartyBranch)],
        Role::Specialist | Role::CommunityManager => COMMUNITY,
        Role::BlockLead | Role::DeputyBlockLead => &[Some(PlaceKind::Block)],
        Role::GeneralLead | Role::SubdistrictManager => &[Some(PlaceKind::Subdistrict)],
        Role::AgencyOfficer => &[Some(PlaceKind::Agency)],
        Role::Auditor => &[None, Some(PlaceKind::Subdistrict), Some(PlaceKind::Community)],
        Role::Administrator => &[None],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_common_and_personal_passwords_are_refused() {
        let refused = |p: &str| check_password("password", p, "+8613800000001").is_err();
        assert!(refused("short"));
        assert!(refused("Password123"));
        assert!(refused("zzzzzzzzzzzz"));
        assert!(refused("x13800000001"));
        assert!(refused(&"长".repeat(129)));
        assert!(!refused("我家在幸福社区三号楼"));
        assert!(!refused("correct horse"));
    }
}
