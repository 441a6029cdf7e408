//! Blocks, offices and agencies in the schema.

mod agency;
mod inputs;
mod mutations;
mod objects;
mod office;
mod queries;

pub use agency::{Agency, AgencyConnection};
pub use mutations::BlockMutation;
pub use objects::{Block, BlockConnection, load_block};
pub use office::{OfficeTerm, OfficeTermConnection};
pub use queries::BlockQuery;
