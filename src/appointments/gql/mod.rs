//! Appointments in the schema.

mod appointment;
mod inputs;
mod mutations;
mod queries;

pub use appointment::{Appointment, AppointmentConnection};
pub use mutations::AppointmentMutation;
pub use queries::AppointmentQuery;
