//! How fast Linli is, next to what the database can do by itself. Run through `scripts/bench`.
//!
//! `fill` makes the data, `compare` measures the server against fixed, hand-tuned reference scripts
//! in the same run, `constant` is the HTTP answer that `{ __typename }` is held against.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark talks")]

mod client;
mod compare;
mod data;
mod fill;
mod incidents;
mod processes;
mod work;

use std::{net::SocketAddr, process::ExitCode};

use axum::{Router, routing::post};
use clap::{Parser, Subcommand};
use linli::ops::config::Config;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever stops a benchmark.
type Problem = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Passed by cargo.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Fill a database that holds the demo with copies of its community.
    Fill {
        /// Requests in all.
        #[arg(long, default_value_t = 1_000_000)]
        requests: u64,
    },
    /// Measure, and print a table.
    Compare(compare::Options),
    /// Serve one constant answer.
    Constant {
        /// Where to listen.
        listen: SocketAddr,
    },
}

#[tokio::main(flavor = "multi_thread")]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Fill { requests } => fill(requests).await,
        Command::Compare(options) => compare::run(&options).await,
        Command::Constant { listen } => constant(listen).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("load: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn fill(requests: u64) -> Result<(), Problem> {
    let config = Config::load()?;
    let app = config.app(true).await?;
    fill::run(&app, requests).await
}

async fn constant(listen: SocketAddr) -> Result<(), Problem> {
    let body = r#"{"data":{"__typename":"Query"}}"#;
    let answer = move || async move { ([("content-type", "application/json")], body) };
    let router = Router::new().route("/graphql", post(answer));
    let listener = tokio::net::TcpListener::bind(listen).await?;
    Ok(axum::serve(listener, router).await?)
}
