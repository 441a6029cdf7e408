//! Incidents in the schema.

mod counted;
mod statistics;

pub use statistics::IncidentStatisticsQuery;
