//! Reads of tasks of agencies.
