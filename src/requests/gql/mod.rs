//! Service requests in the schema.

mod inputs;
mod mutations;
mod objects;
mod queries;
mod trace;

pub use mutations::ServiceRequestMutation;
pub use objects::{
    ContentLoader, EventsLoader, PublicNotesLoader, ServiceRequest, ServiceRequestConnection,
};
pub use queries::{ServiceRequestQuery, request_by_id};
