//! Reads of volunteers.

mod dispatch;

pub use dispatch::*;
