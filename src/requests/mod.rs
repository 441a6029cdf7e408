//! Service requests (办件): submit → one accountable owner → work → result → the resident's word.
//!
//! It promises: an owner or the pool at every instant; nothing happens twice; deadlines that one
//! pure function derives from what happened and can explain day by day; what is internal never
//! reaches a resident, by type.

pub mod clock;
pub mod facts;
pub mod gql;
pub mod import;
pub mod queries;
pub mod receipt;
pub mod rules;
pub mod service;
