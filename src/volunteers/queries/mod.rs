//! Reads of volunteers.

mod certificates;
mod checks;
mod dispatch;
mod hours;
mod profiles;
mod shifts;
mod statistics;
mod teams;

pub use certificates::*;
pub use checks::contradictions;
pub use dispatch::*;
pub use hours::*;
pub use profiles::*;
pub use shifts::*;
pub use statistics::*;
pub use teams::*;
