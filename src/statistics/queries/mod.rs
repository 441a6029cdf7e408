//! Reads of the statistics: what may be counted for whom, counting, the rows behind the numbers.

mod count;
mod rows;
mod scope;
mod trend;

pub use count::{Counted, Counts, Key, count};
pub use rows::{CountedRow, Part, Rows, Set, rows};
pub use scope::{Audience, Dimension, Scope, Zone, bind, instants, scope, scope_of};
pub use trend::{Step, trend};
