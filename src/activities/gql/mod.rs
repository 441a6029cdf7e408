//! Activities in the schema.

mod history;
mod inputs;
mod objects;
mod parties;
mod party_inputs;
mod plan;
mod queries;
mod registration;
mod statistics;

pub use objects::{Activity, load_activity};
pub use parties::ActivityPartyMutation;
pub use plan::ActivityPlanMutation;
pub use queries::ActivityQuery;
pub use registration::{ActivityRegistration, ActivityRegistrationConnection};
