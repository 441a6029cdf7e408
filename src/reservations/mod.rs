//! Who gets the slot: the one mechanism behind appointments, home visits, rooms and sessions.
//!
//! It promises: two things that are held never overlap in one lane of a resource, whoever writes and
//! from wherever; the database refuses it (`reservation_no_overlap`). Whoever comes second is told so
//! before that, and nothing of theirs is half done.

pub mod queries;
pub mod rules;
pub mod service;
