//! The GraphQL door: assembles the schema, limits what strangers may send, speaks
//! GraphQL-over-HTTP. It holds no rule of the domain.

mod documents;
pub mod http;
pub mod limits;
mod media;
mod schema;

pub use schema::{Linli, build, sdl};
