//! Linli (邻里): the backend of a neighbourhood community-services portal.

pub mod api;
pub mod calendar;
pub mod catalogue;
pub mod communities;
pub mod identity;
pub mod kernel;
pub mod ratings;
pub mod requests;
