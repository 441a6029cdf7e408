//! The audit trail: every event, for auditors. Events hold ids and codes only.
//!
//! It promises: what is older than a quarter of an hour is sealed in batches, each with the hash of
//! the one before, so that a row that was changed, taken out or slipped in later is found.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
