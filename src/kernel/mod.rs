//! What must exist exactly once: time, ids, randomness, actors, policy, transactions, events,
//! errors, paging. Every slice stands on it; it knows no slice.

pub mod actor;
pub mod app;
pub mod clock;
pub mod crypto;
pub mod db;
pub mod derived;
pub mod due;
pub mod error;
pub mod idempotency;
pub mod ids;
pub mod locale;
pub mod memo;
pub mod messages;
pub mod outbox;
pub mod page;
pub mod policy;
pub mod text;
pub mod throttle;
pub mod tx;

pub use actor::{Actor, Followed, User};
pub use app::App;
pub use due::each_due;
pub use error::{Code, Error, Rejected, Result};
pub use idempotency::Once;
pub use locale::{Languages, Locale};
pub use policy::{Action, Permit, Target};
pub use tx::{Committed, Event, Tx};
