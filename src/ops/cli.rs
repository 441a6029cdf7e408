//! The command line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks")]

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use clap::{Parser, Subcommand};
use linli_entity::enums::{PlaceKind, Role};

use super::{config::Config, demo, doctor, http, import, telemetry, worker};
use crate::{
    communities, graphql, identity,
    identity::service::{NewGrant, NewStaff},
    kernel::{Actor, App, Error, text},
};

/// Linli (邻里): the backend of a neighbourhood community-services portal.
///
/// Start with `linli demo`: it makes a believable community in an embedded database and serves it.
/// Settings come from linli.toml and the environment; `linli config` prints every one of them with
/// its default and meaning.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API (and do the worker's work, unless worker = false).
    Serve,
    /// Do timed work and deliver messages, without serving.
    Worker,
    /// Bring the database schema up to date.
    Migrate,
    /// Make a believable community, once, and serve it.
    Demo {
        /// Make the data and end, without serving.
        #[arg(long)]
        no_serve: bool,
    },
    /// Print the GraphQL schema.
    Schema,
    /// Print every setting with its default and meaning.
    Config,
    /// Bring data in from other systems.
    #[command(subcommand)]
    Import(Import),
    /// Accounts and keys, for operators.
    #[command(subcommand)]
    Admin(Admin),
    /// Say what is wrong with this set-up, and what to do.
    Doctor,
}

#[derive(Subcommand)]
enum Import {
    /// Import service requests from a CSV file. Safe to repeat: rows that are there are skipped.
    Requests {
        /// The file; its first line names the columns, in any order: id, title, category, status and
        /// created_at are needed, the others known are description, agency, community, channel,
        /// accepted_at, due_at, closed_at, requester, assignee, rating, address, lat, long, source.
        file: PathBuf,
        /// Code of the community of rows that name none.
        #[arg(long)]
        community: String,
        /// Create matters and departments that are not there.
        #[arg(long)]
        create_missing: bool,
        /// Write refused lines with their number and reason to this file.
        #[arg(long)]
        rejects: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Admin {
    /// Create an account for a member of staff; without a role it may do nothing yet.
    Create {
        /// Phone number to sign in with.
        #[arg(long)]
        phone: String,
        /// Name, shown to residents.
        #[arg(long)]
        name: String,
        /// Also grant ADMINISTRATOR for the whole system.
        #[arg(long)]
        administrator: bool,
        /// First password, read from this environment variable so that it is in no history. Without
        /// it, the person sets one with a code sent to the phone.
        #[arg(long, value_name = "VARIABLE")]
        password_from: Option<String>,
    },
    /// Grant a role.
    Grant {
        /// Phone number of the account.
        #[arg(long)]
        phone: String,
        /// The role.
        #[arg(long)]
        #[arg(value_parser = role)]
        role: Role,
        /// Code of the community; without any place the role is for the whole system.
        #[arg(long)]
        community: Option<String>,
        /// Code of a block of the community, for block leads.
        #[arg(long, requires = "community", conflicts_with = "branch")]
        block: Option<String>,
        /// Code of a party branch of the community.
        #[arg(long, requires = "community")]
        branch: Option<String>,
        /// Code of the subdistrict, for its managers and general leads.
        #[arg(long, conflicts_with = "community")]
        subdistrict: Option<String>,
        /// Name that residents see, for somebody who registered as a resident.
        #[arg(long)]
        staff_name: Option<String>,
    },
    /// Print a short-lived access token for an account. It is written into the audit trail.
    Token {
        /// Phone number of the account.
        #[arg(long)]
        phone: String,
    },
    /// Make a new signing key; the old ones retire when every token that they signed has ended.
    RotateKeys,
}

/// A role by its name, in any case, with hyphens or underscores.
fn role(text: &str) -> Result<Role, String> {
    let wanted = text.to_uppercase().replace('-', "_");
    Role::ALL.iter().copied().find(|r| r.code() == wanted).ok_or_else(|| {
        let all: Vec<String> =
            Role::ALL.iter().map(|r| r.code().to_lowercase().replace('_', "-")).collect();
        format!("one of {}", all.join(", "))
    })
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("linli: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("linli: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, String> {
    match command {
        Command::Schema => {
            print!("{}", graphql::sdl());
            return Ok(ExitCode::SUCCESS);
        }
        Command::Config => {
            print!("{}", super::config::DEFAULTS);
            return Ok(ExitCode::SUCCESS);
        }
        Command::Demo { no_serve } => return Box::pin(demo::run(no_serve)).await,
        _ => {}
    }
    let config = Config::load()?;
    if matches!(command, Command::Doctor) {
        return Ok(report(&doctor::examine(&config).await));
    }
    telemetry::log(config.log_format == "json");
    let app = config.app(false).await?;
    if matches!(command, Command::Migrate) {
        app.db.migrate().await.map_err(told)?;
        println!("The schema is up to date.");
        return Ok(ExitCode::SUCCESS);
    }
    prepare(&app, &config).await?;
    match command {
        Command::Serve => serve(app, &config).await,
        Command::Worker => {
            Box::pin(worker::run(app, config.sms()?, stop_signal())).await;
            Ok(ExitCode::SUCCESS)
        }
        Command::Import(Import::Requests { file, community, create_missing, rejects }) => {
            let options = import::Options { file, community, create_missing, rejects };
            import::run(&app, options).await
        }
        Command::Admin(admin) => administer(&app, admin).await.map_err(told),
        Command::Schema
        | Command::Config
        | Command::Demo { .. }
        | Command::Migrate
        | Command::Doctor => Ok(ExitCode::SUCCESS),
    }
}

fn told(error: Error) -> String {
    match error {
        Error::Rejected(r) => crate::kernel::messages::render(&r, crate::kernel::Locale::En),
        other => other.to_string(),
    }
}

/// SQLite brings its own schema up to date; PostgreSQL is migrated on purpose.
pub(super) async fn prepare(app: &App, config: &Config) -> Result<(), String> {
    if config.database_url.starts_with("sqlite:") {
        app.db.migrate().await.map_err(told)?;
    } else if !app.db.is_migrated().await.map_err(told)? {
        return Err("the schema is not up to date: run `linli migrate`".to_owned());
    }
    identity::tokens::ready(app).await.map_err(told)
}

fn report(found: &[(String, bool)]) -> ExitCode {
    for (text, fine) in found {
        println!("{} {text}", if *fine { "ok  " } else { "FIX " });
    }
    if found.iter().all(|(_, fine)| *fine) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How long what has begun may take to end.
const SHUTDOWN: std::time::Duration = std::time::Duration::from_secs(30);

/// Serves until it is told to stop.
pub(super) async fn serve(app: Arc<App>, config: &Config) -> Result<ExitCode, String> {
    telemetry::metrics();
    let listener = tokio::net::TcpListener::bind(&config.listen)
        .await
        .map_err(|e| format!("{}: {e}", config.listen))?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let until = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
        let _ = stopped.wait_for(|s| *s).await;
    };
    let worker = config
        .worker
        .then(|| -> Result<_, String> {
            let sms = config.sms()?;
            Ok(tokio::spawn(worker::run(app.clone(), sms, until(stopped.clone()))))
        })
        .transpose()?;
    tokio::spawn(async move {
        stop_signal().await;
        tracing::info!("stopping: finishing what has begun");
        let _ = stop.send(true);
    });
    tracing::info!(listen = config.listen, "serving");
    let router = http::router(app.clone(), config);
    let headers = Duration::from_millis(config.limits.header_timeout_ms);
    let serving = http::serve(listener, router, headers, until(stopped.clone()));
    let deadline = async {
        until(stopped).await;
        let mut limit = tokio::time::interval(SHUTDOWN);
        limit.tick().await;
        limit.tick().await;
    };
    tokio::select! {
        () = serving => {}
        () = deadline => tracing::warn!("some requests did not end in time"),
    }
    if let Some(worker) = worker {
        let _ = tokio::time::timeout(SHUTDOWN, worker).await;
    }
    Ok(ExitCode::SUCCESS)
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}

async fn administer(app: &App, command: Admin) -> Result<ExitCode, Error> {
    let actor = Actor::System("cli");
    match command {
        Admin::Create { phone, name, administrator, password_from } => {
            let password = match password_from {
                None => None,
                Some(variable) => Some(std::env::var(&variable).map_err(|_| {
                    Error::bad_input(variable, "the environment variable is not set")
                })?),
            };
            let staff = NewStaff { phone, name, password };
            let account = identity::service::staff_create(app, &actor, staff).await?;
            if administrator {
                let grant = NewGrant {
                    account: account.id,
                    role: Role::Administrator,
                    scope: None,
                    valid_until: None,
                    staff_name: None,
                };
                identity::service::grant(app, &actor, grant).await?;
            }
            println!("{}", account.id);
        }
        Admin::Grant { phone, role, community, block, branch, subdistrict, staff_name } => {
            let phone = text::phone("phone", &phone)?;
            let account =
                identity::queries::account_by_phone(app, &phone).await?.ok_or(Error::NotFound)?;
            let find = async |kind, code: &str, under| {
                let found = communities::queries::place_by_code(app, kind, code, under).await?;
                let wanted = format!("there is no such place: `{code}`");
                found.map(|p| p.id).ok_or_else(|| Error::bad_input("grant", wanted))
            };
            let mut scope = None;
            if let Some(code) = &subdistrict {
                scope = Some(find(PlaceKind::Subdistrict, code, None).await?);
            }
            if let Some(code) = &community {
                scope = Some(find(PlaceKind::Community, code, None).await?);
            }
            if let Some(code) = &block {
                scope = Some(find(PlaceKind::Block, code, scope).await?);
            } else if let Some(code) = &branch {
                scope = Some(find(PlaceKind::PartyBranch, code, scope).await?);
            }
            let grant =
                NewGrant { account: account.id, role, scope, valid_until: None, staff_name };
            let grant = identity::service::grant(app, &actor, grant).await?;
            println!("{}", grant.id);
        }
        Admin::Token { phone } => {
            let tokens = identity::service::admin_token(app, &actor, &phone).await?;
            println!("{}", tokens.access_token);
        }
        Admin::RotateKeys => {
            println!("{}", *identity::tokens::rotate(app, &actor).await?);
        }
    }
    Ok(ExitCode::SUCCESS)
}
