//! What fits whom. Pure.

use linli_entity::{enums::Skill, json::FreePart, volunteer};

/// Whether a volunteer can do what is needed, and has time then. Who did not say when they have time is
/// asked at any time.
pub fn fits(row: &volunteer::Model, skills: &[Skill], when: &[FreePart]) -> bool {
    let can = skills.iter().all(|skill| row.skills.0.contains(skill));
    let free = &row.availability.0;
    can && (when.is_empty() || free.is_empty() || when.iter().any(|part| free.contains(part)))
}
