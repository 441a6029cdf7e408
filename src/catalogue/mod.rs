//! The catalogue: matters and their versions.
//!
//! It promises: a version never changes once it is published; a running request keeps the one it
//! started with; search finds any part of a title or code, in any script.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
