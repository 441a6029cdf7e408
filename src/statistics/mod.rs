//! Numbers that explain themselves.
//!
//! It promises: every value says what was counted, out of what, and when; dashboard, drill-down and
//! CSV share one predicate; whoever is not the responsible unit gets numbers from which nobody can
//! be picked out.

pub mod gql;
pub mod metrics;
pub mod queries;
pub mod release;
pub mod suppression;
