//! 预约、上门: appointments at the window and visits at home, for service requests.
//!
//! It promises: what is offered comes from a station's opening hours, its windows and the people who
//! are there; nobody's time and no window is given twice, and who comes second is told what is free
//! instead; a move loses nothing; one trip that was promised can be compared with the trips that were
//! made; no reminder comes after the begin.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
