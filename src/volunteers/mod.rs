//! Volunteers: who they are, what they can do and when, their teams, their hours.
//!
//! It promises: whoever is a volunteer now holds that role by it and by nothing else; nobody is
//! ranked; what was counted is only ever corrected by something that is added.

pub mod queries;
pub mod rules;
