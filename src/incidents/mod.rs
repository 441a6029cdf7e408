//! Incidents: a problem of a block is handled where it is, goes up step by step when it is not, and brings
//! in the agencies that can solve it, each with its own duty and its own clock.
//!
//! An incident is about a place or a thing, never about a person: there is no field for one. It promises: what
//! was reported is never lost, nobody's report is dropped when two are one; what is dangerous is answered with
//! the emergency numbers at once and never becomes public, and nothing does that staff did not clear; time
//! alone takes it up until a human responds; it is closed once, when every agency that it waits for has an
//! outcome and who reported it was answered; an agency sees its own tasks and nothing else.

pub mod coarse;
pub mod emergency;
pub mod gql;
pub mod metrics;
pub mod queries;
pub mod rules;
pub mod service;
