//! Incidents in the schema.

mod task;
mod task_inputs;
mod task_mutations;

pub use task::{AgencyTask, AgencyTaskQuery, load_task};
pub use task_mutations::AgencyTaskMutation;
