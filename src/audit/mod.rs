//! The audit trail: every event, for auditors. Events hold ids and codes only.

pub mod gql;
pub mod queries;
