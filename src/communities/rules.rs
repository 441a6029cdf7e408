//! What may stand where. Pure.

use linli_entity::enums::PlaceKind;

/// Whether a place of kind `child` may stand under one of kind `parent`; `None` is the top.
pub fn may_hold(parent: Option<PlaceKind>, child: PlaceKind) -> bool {
    use PlaceKind::{Block, Community, Department, PartyBranch, ServiceStation, Subdistrict};
    match child {
        Subdistrict => parent.is_none(),
        Community => parent == Some(Subdistrict),
        Block | ServiceStation => parent == Some(Community),
        Department => matches!(parent, Some(Subdistrict | Department)),
        PartyBranch => matches!(parent, Some(Community | PartyBranch)),
    }
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
}
