//! The working calendar: what counts as working time, and what a deadline is.
//!
//! It promises: adding working time and measuring it are inverse; a year without data is an error,
//! never a guess; every day can say why it counts or does not.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
pub mod time;
