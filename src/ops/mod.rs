//! Running Linli: configuration, command line, HTTP, worker, demo.

pub mod cli;
pub mod config;
pub mod csv;
pub mod demo;
pub mod doctor;
pub mod http;
pub mod import;
pub mod telemetry;
pub mod worker;
