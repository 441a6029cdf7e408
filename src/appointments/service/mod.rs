//! Writes of appointments. Whoever writes one holds the lock of its request first, then that of the
//! appointment, then those of the resources.
//!
//! The appointment of a request that ends is cancelled by the worker ([`cancel_ended`]), within
//! seconds and not in the transaction that ends it: this slice stands on requests, so requests cannot
//! call it, and a step that ends a request should not have to know what else hangs on it. Between the
//! two nothing can go wrong: a request that has ended gets no appointment, the worker looks at both
//! rows under their locks, and one that was reopened in the meantime keeps its appointment.

mod book;
mod plan;
mod steps;
mod timers;

pub use book::{Choice, SubmittedWith, book, submit_with};
pub use plan::{PlanSet, plan_set};
pub use steps::{Act, arrive, cancel, complete, mark_no_show, reschedule};
pub use timers::{cancel_ended, reassign_absent, remind_due};
