//! Linli (邻里): the backend of a neighbourhood community-services portal.
//!
//! Vertical slices over one small kernel: see `docs/architecture.md`.
// The futures of the merged query and mutation objects lie within each other, one level for each slice.
#![recursion_limit = "256"]

pub mod activities;
pub mod api;
pub mod appointments;
pub mod audit;
pub mod blocks;
pub mod calendar;
pub mod catalogue;
pub mod communities;
pub mod delegations;
pub mod feeds;
pub mod graphql;
pub mod identity;
pub mod incidents;
pub mod kernel;
pub mod notifications;
pub mod ops;
pub mod party;
pub mod ratings;
pub mod requests;
pub mod reservations;
pub mod statistics;
pub mod venues;
pub mod volunteers;
pub mod wishes;
