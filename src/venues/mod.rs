//! Rooms for the old and the young: what there is, when it is open, who has it when.
//!
//! It promises: two bookings of a room never overlap; a booking lies within the opening hours as the
//! calendar has them; who comes second is shown what is free nearby; names are seen by those who
//! serve, others see that the room is taken.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
