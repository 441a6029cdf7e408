//! The place: subdistricts, communities, blocks, stations, departments, branches; who is on duty
//! there and who is away.
//!
//! It promises a tree without cycles (the database refuses them), codes that are unique among
//! siblings, and names in the reader's language.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
