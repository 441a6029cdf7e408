//! Order, dispatch, accept (群众点单、社区派单、党员接单): the help menu, micro-wishes, claims, offers.
//!
//! It promises: what is claimed of a wish is never more than there is; the public reads what staff cleared
//! and nothing else; whoever has claimed a wish learns how to reach the wisher, leaves a trace by it, and
//! knows it only as long as the claim lasts; a wish counts as fulfilled when the wisher says so, and what
//! was closed without their word is labelled. Whoever changes anything about a wish first locks its row.

pub mod gql;
pub mod metrics;
pub mod queries;
pub mod rules;
pub mod service;
