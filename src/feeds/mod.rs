//! Calendars, fetched by the programs that people use anyway (iCalendar, RFC 5545): a person's own, and
//! the programme of a community. And a map of its public incidents (GeoJSON, RFC 7946).
//!
//! It promises: one's own calendar behind a link that nobody can guess and that its owner can take back,
//! with nothing of anybody else; entries that keep their identity when they change, so that calendars
//! follow; a map with what staff cleared, and no spot that points at a home.

mod entries;
mod geojson;
pub mod gql;
pub mod http;
pub mod queries;
pub mod rules;
pub mod service;
