//! A person's own calendar, fetched by the programs that they use anyway (iCalendar, RFC 5545).
//!
//! It promises: a link that nobody can guess and that its owner can take back; entries that keep
//! their identity when they change, so that calendars follow; nothing of anybody else.

pub mod gql;
pub mod http;
pub mod queries;
pub mod rules;
pub mod service;
