//! 委托: a resident lets a family member or neighbour act for named matters, wishes or registrations,
//! for a time.
//!
//! It promises: it is ended at once. Whoever acts reads the delegation in the transaction that acts and
//! holds its row until the end, so that an act either comes before the ending or does not happen; no
//! process remembers one. Giving says nothing about whether a phone is known here.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
