//! One binary of tests, the same on both engines: SQLite by default, PostgreSQL when
//! `LINLI_TEST_DATABASE_URL` names a server in which databases may be created.
#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::items_after_statements,
    clippy::needless_pass_by_value,
    clippy::ptr_arg,
    clippy::similar_names,
    clippy::unused_async,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and are told rather than designed"
)]

mod absences;
mod activities;
mod agency_tasks;
mod appointments;
mod architecture;
mod audit;
mod bad_input;
mod block_offices;
mod blocks;
mod calendars;
mod catalogue;
mod delegations;
mod feeds;
mod gql_http;
mod hours;
mod identity;
mod imports;
mod incident_clocks;
mod incident_csv;
mod incident_holes;
mod incident_numbers;
mod incident_operations;
mod incident_rows;
mod incident_tracking;
mod incident_whose;
mod incidents;
mod leaving;
mod looks;
mod numbers_at_once;
mod offers;
mod operations;
mod party;
mod personal_data;
mod policy;
mod races;
mod requests;
mod schema;
mod shifts;
mod statements;
mod statistics;
mod steps;
mod successes;
mod timers;
mod venues;
mod volunteers;
mod wish_calls;
mod wish_holes;
mod wish_numbers;
mod wish_operations;
mod wish_races;
mod wishes;
mod words;
mod world;
