//! One binary of tests, the same on both engines: SQLite by default, PostgreSQL when
//! `LINLI_TEST_DATABASE_URL` names a server in which databases may be created.
#![expect(missing_docs, reason = "tests name themselves")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking and says which engine it ran on"
)]

mod architecture;
mod bad_input;
mod calendars;
mod catalogue;
mod gql_http;
mod identity;
mod imports;
mod personal_data;
mod policy;
mod races;
mod requests;
mod schema;
mod statements;
mod statistics;
mod timers;
mod world;
