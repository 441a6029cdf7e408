//! Who you are: registration by phone, sign-in, sessions, access tokens, role grants.
//!
//! It promises: nobody learns from an answer whether a phone number is registered; a refresh token
//! works once; a revoked session ends within seconds on every instance; secrets are stored hashed
//! or sealed.

pub mod gql;
pub mod queries;
pub mod rules;
pub mod service;
pub mod tokens;
