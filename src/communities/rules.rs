//! What may stand where. Pure.

use chrono::NaiveDate;
use linli_entity::enums::PlaceKind;

/// Whether a place of kind `child` may stand under one of kind `parent`; `None` is the top.
pub fn may_hold(parent: Option<PlaceKind>, child: PlaceKind) -> bool {
    use PlaceKind::{
        Agency, Block, Community, Department, PartyBranch, ServiceStation, Subdistrict,
    };
    match child {
        Subdistrict => parent.is_none(),
        Community | Agency => parent == Some(Subdistrict),
        Block | ServiceStation => parent == Some(Community),
        Department => matches!(parent, Some(Subdistrict | Department)),
        PartyBranch => matches!(parent, Some(Community | PartyBranch)),
    }
}

/// Whether two spans of days, first and last included, have a day in common.
pub fn overlap(a: (NaiveDate, NaiveDate), b: (NaiveDate, NaiveDate)) -> bool {
    a.0 <= b.1 && b.0 <= a.1
}

/// Whether a code fits its kind. A community's code opens the numbers of its requests, so it is
/// short and can be read over the phone.
pub fn code_fits(kind: PlaceKind, code: &str) -> bool {
    let plain = !code.is_empty() && !code.chars().any(|c| c.is_control() || c.is_whitespace());
    match kind {
        PlaceKind::Community => {
            plain
                && code.len() <= 16
                && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        }
        _ => plain && code.chars().count() <= 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_has_its_order() {
        assert!(may_hold(None, PlaceKind::Subdistrict));
        assert!(may_hold(Some(PlaceKind::PartyBranch), PlaceKind::PartyBranch));
        assert!(!may_hold(Some(PlaceKind::Block), PlaceKind::Community));
        assert!(!may_hold(None, PlaceKind::Community));
        assert!(code_fits(PlaceKind::Community, "XF01") && !code_fits(PlaceKind::Community, "xf"));
    }

    #[test]
    fn leaves_that_share_a_day_overlap() {
        let day = |d| NaiveDate::from_ymd_opt(2025, 6, d).unwrap();
        assert!(overlap((day(1), day(3)), (day(3), day(5))));
        assert!(overlap((day(1), day(9)), (day(3), day(5))));
        assert!(!overlap((day(1), day(2)), (day(3), day(5))));
    }
}
