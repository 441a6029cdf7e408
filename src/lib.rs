//! Linli (邻里): the backend of a neighbourhood community-services portal.

pub mod calendar;
pub mod kernel;
