//! One theme a month, one activity a week: planning, parties that register, who came.
//!
//! It promises: the seats that are taken are the people of the registered parties, never more than
//! there are (the database refuses it); the line is strictly first in, first out; two sessions are
//! never in one room at once. Whoever changes anything about an activity first locks the row of its
//! seats, so that nothing about it happens twice or in between.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
