//! Telling people: what the outbox delivers becomes inbox messages, text messages, and tasks for
//! staff who call or visit.
//!
//! It promises: everything is sent at least once and written once; nothing personal stands in a
//! message beyond what it is for; a code that has expired is not sent, nor a
//! reminder of what has begun.

mod activities;
mod appointments;
mod delegations;
mod incidents;
pub mod service;
pub mod sms;
pub mod texts;
mod venues;
mod volunteers;
mod wishes;
