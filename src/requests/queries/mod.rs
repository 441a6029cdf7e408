//! Reads of service requests. Every one starts from who may see what: visibility is part of the
//! SQL, never a filter afterwards.

mod checks;
mod content;
mod find;
mod office;
mod row;

pub use checks::contradictions;
pub use content::*;
pub use find::*;
pub use office::*;
pub use row::{EventRow, RequestDetails, RequestRow, Want, details};
