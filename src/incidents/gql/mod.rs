//! Incidents in the schema.
