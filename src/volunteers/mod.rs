//! Volunteers: who they are, what they can do and when, their teams, their hours, their shifts.
//!
//! It promises: whoever is a volunteer now holds that role by it and by nothing else; nobody is
//! ranked; what was counted is only ever corrected by something that is added; time that was recorded
//! twice counts once, and nobody approves their own; a shift has no more people than it needs, and
//! nobody is in two at once.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
