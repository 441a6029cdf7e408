//! Service requests in the schema.

mod events;
mod inputs;
mod loaders;
mod mutations;
mod office;
mod parts;
mod queries;
mod receipt;
mod request;
mod trace;

pub(crate) use inputs::{
    BeneficiaryInput, FollowCodeSendInput, FollowCodeSendPayload, FollowVerifyInput,
    FollowVerifyPayload, PositionInput,
};
pub use inputs::{ServiceRequestSubmitInput, SubmittedRequest};
pub use mutations::ServiceRequestMutation;
pub use queries::{ServiceRequestQuery, request_by_id};
pub use request::{ServiceRequest, ServiceRequestConnection, visible_request};
