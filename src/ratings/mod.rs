//! Ratings (好差评) and corrective actions (整改).
//!
//! It promises: one valid rating per result, voluntary, never defaulted; a bad one opens a
//! corrective action that the rated person may not handle; silence is not satisfaction.

pub mod gql;
pub mod queries;
pub mod service;
