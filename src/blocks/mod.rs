//! 街区: the blocks of a community, where they lie and which addresses belong to them, and who answers for
//! them (街区长, 副街区长; 总区长 for all blocks of a subdistrict); and what is agreed with agencies.
//!
//! It promises: every point and every address belongs to at most one block; an office has one holder at a
//! time, whom everybody can know; whoever holds it, or stands in, has the role exactly so long, and who held
//! it before is kept.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
