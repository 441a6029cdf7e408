//! Party organisation (党总支 → 党支部 → 党员): who belongs to which branch, and since when.
//!
//! It promises: whoever belongs to a branch is known to themselves and to the secretary of that branch, and
//! to nobody else, nor does the audit trail name them; nobody belongs to two branches at a time; what was
//! is kept.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
