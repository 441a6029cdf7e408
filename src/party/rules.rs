//! Memberships. Pure.

use chrono::NaiveDate;
use linli_entity::{enums::MembershipEnd, party_membership};

use crate::kernel::{Code, Rejected, Result};

/// Refuses a day on which nothing can be recorded: in the future, before the membership began, or before
/// anybody alive could have joined.
pub fn check_day(
    path: &str,
    day: NaiveDate,
    begin: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<()> {
    let earliest = begin.unwrap_or(NaiveDate::from_ymd_opt(1921, 7, 1).unwrap_or_default());
    if day < earliest || day > today {
        let wanted = format!("{earliest} to {today}");
        return Err(Rejected::at(Code::InvalidValue, path).with("wanted", wanted).into());
    }
    Ok(())
}

/// Refuses a change of what has ended.
pub fn check_lasts(row: &party_membership::Model) -> Result<()> {
    if row.until_day.is_none() {
        return Ok(());
    }
    let state = row.ended_by.map(MembershipEnd::code).unwrap_or_default();
    Err(Rejected::new(Code::IllegalTransition).with("state", state).into())
}
