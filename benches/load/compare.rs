//! Measures the server and the reference one after the other, in the same run.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::Days;
use clap::Args;
use linli::{
    appointments, communities, identity,
    kernel::{Actor, App},
    ops::config::Config,
};
use linli_entity::{
    account,
    enums::{AppointmentKind, Confidentiality, IntakeChannel, PlaceKind, ServiceMode},
    ids::PlaceId,
    matter, matter_version, person,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::process::Command;

use crate::{
    Problem,
    client::{self, Measured, as_f64},
    data::{
        self, BOOKINGS, CLAIMS, COMMUNITIES, HORIZON_DAYS, NEIGHBOURS, POOL, POOLS, SLOT_MINUTES,
        VOLUNTEERS, WISHES,
    },
    processes::cpu_seconds,
    work::{Script, Staff, Used, Work, World},
};

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// The server.
    #[arg(long)]
    address: SocketAddr,
    /// Its process.
    #[arg(long)]
    server: u32,
    /// The process of PostgreSQL's postmaster; without it there is no reference.
    #[arg(long)]
    database: Option<u32>,
    /// Requests in the database.
    #[arg(long)]
    requests: u64,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Times that everything is measured; the medians are printed.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// Connections.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    connections: Vec<usize>,
    /// Kinds of work; all if not given.
    #[arg(long, value_delimiter = ',')]
    work: Vec<Work>,
}

/// One measurement with the CPU time that it took.
#[derive(Clone, Copy, Default)]
struct Sample {
    measured: Measured,
    server_cpu: f64,
    database_cpu: f64,
}

/// Measures everything and prints a table.
pub async fn run(options: &Options) -> Result<(), Problem> {
    let config = Config::load()?;
    let app = config.app(false).await?;
    println!(
        "| work | connections | requests/s | p50 ms | p99 ms | server CPU µs | database CPU µs | reference/s | its mean ms | its CPU µs | share | asked |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let works = if options.work.is_empty() { Work::ALL.to_vec() } else { options.work.clone() };
    let runs = u64::try_from(options.connections.len() * options.rounds)?.max(1);
    let used = Arc::new(Used::default());
    for work in works {
        // Access tokens live for a quarter of an hour: new ones for each kind of work.
        let world = Arc::new(world(&app, options, work, used.clone()).await?);
        let pool = Pool::of(work, options.requests, runs);
        for connections in &options.connections {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..options.rounds {
                theirs.push(reference(&config, options, work, *connections, &pool).await?);
                ours.push(server(options, work, *connections, &world).await?);
            }
            print(work, *connections, median(ours), median(theirs));
        }
    }
    Ok(())
}

fn median(mut samples: Vec<Sample>) -> Sample {
    samples.sort_by(|a, b| a.measured.per_second.total_cmp(&b.measured.per_second));
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

fn print(work: Work, connections: usize, ours: Sample, theirs: Sample) {
    let micros = |seconds: f64, of: Measured| seconds * 1e6 / as_f64(of.done.max(1));
    let m = ours.measured;
    let asked = if connections == 16 { format!("{:.2}", work.target()) } else { String::new() };
    let share = if theirs.measured.per_second > 0.0 {
        format!("{:.2}", m.per_second / theirs.measured.per_second)
    } else {
        String::new()
    };
    println!(
        "| {} | {connections} | {:.0} | {:.2} | {:.2} | {:.0} | {:.0} | {:.0} | {:.2} | {:.0} | {share} | {asked} |",
        work.name(),
        m.per_second,
        m.p50,
        m.p99,
        micros(ours.server_cpu, m),
        micros(ours.database_cpu, m),
        theirs.measured.per_second,
        theirs.measured.p50,
        micros(theirs.server_cpu + theirs.database_cpu, theirs.measured),
    );
}

async fn server(
    options: &Options,
    work: Work,
    connections: usize,
    world: &Arc<World>,
) -> Result<Sample, Problem> {
    let scripts = |seed: u64| -> Vec<Script> {
        (0..connections as u64).map(|i| Script::new(work, world.clone(), seed + i)).collect()
    };
    // What a process remembers is warm in daily work too.
    client::run(options.address, scripts(1000), Duration::from_secs(1)).await?;
    let database = || options.database.map_or(0.0, cpu_seconds);
    let before = (cpu_seconds(options.server), database());
    let time = Duration::from_secs(options.seconds);
    let measured = client::run(options.address, scripts(1), time).await?;
    Ok(Sample {
        measured,
        server_cpu: cpu_seconds(options.server) - before.0,
        database_cpu: database() - before.1,
    })
}

/// Requests that the reference assigns or books for, or claims that it makes: the upper half of those that
/// wait for it, a part for each run.
struct Pool {
    first: u64,
    size: u64,
    run: AtomicU64,
}

impl Pool {
    fn of(work: Work, requests: u64, runs: u64) -> Self {
        let (first, all) = match work {
            Work::Book => (requests + POOL, BOOKINGS),
            Work::Claim => (0, CLAIMS),
            _ => (requests, POOL),
        };
        Self { first: first + all / 2, size: all / 2 / runs, run: AtomicU64::new(0) }
    }
}

async fn reference(
    config: &Config,
    options: &Options,
    work: Work,
    connections: usize,
    pool: &Pool,
) -> Result<Sample, Problem> {
    if work == Work::Typename {
        return constant(options, connections).await;
    }
    let Some(postmaster) = options.database else { return Ok(Sample::default()) };
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches/load/reference")
        .join(format!("{}.sql", work.name()));
    let part = pool.run.fetch_add(1, Ordering::Relaxed) * pool.size;
    let (from, to) = days(90);
    let before = cpu_seconds(postmaster);
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-j", "1"])
        .args(["-c", &connections.to_string(), "-T", &options.seconds.to_string()])
        .args(["-D", &format!("requests={}", options.requests)])
        .args(["-D", &format!("communities={COMMUNITIES}"), "-D", &format!("pools={POOLS}")])
        .args(["-D", &format!("neighbours={NEIGHBOURS}")])
        .args(["-D", &format!("from={from}"), "-D", &format!("to={to}")])
        .args(["-D", &format!("first={}", pool.first)])
        .args(["-D", &format!("pool={}", pool.first + part)])
        .args(["-D", &format!("stride={}", pool.size / connections as u64), "-D", "i=0"])
        .args(["-D", &format!("clients={connections}")])
        .args(["-D", &format!("slot={SLOT_MINUTES}"), "-D", &format!("horizon={HORIZON_DAYS}")])
        .args(["-D", &format!("wishes={}", WISHES / 2), "-D", &format!("volunteers={VOLUNTEERS}")])
        .arg("-f")
        .arg(&script)
        .arg(&config.database_url)
        .stderr(Stdio::inherit())
        .output()
        .await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = |label: &str| -> Option<f64> {
        let rest = text.lines().find_map(|l| l.trim().strip_prefix(label))?;
        rest.trim_start_matches([' ', '=', ':']).split([' ', '/']).next()?.parse().ok()
    };
    let per_second = number("tps").ok_or_else(|| format!("{}: {text}", script.display()))?;
    let failed = number("number of failed transactions").unwrap_or(0.0);
    if failed > 0.0 || !output.status.success() {
        return Err(format!("{}: {text}", script.display()).into());
    }
    let done = as_u64(number("number of transactions actually processed").unwrap_or(0.0));
    let p50 = number("latency average").unwrap_or(0.0);
    let measured = Measured { per_second, done, p50, p99: 0.0 };
    Ok(Sample { measured, server_cpu: 0.0, database_cpu: cpu_seconds(postmaster) - before })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn as_u64(n: f64) -> u64 {
    n as u64
}

/// A constant axum answer from a process of its own.
async fn constant(options: &Options, connections: usize) -> Result<Sample, Problem> {
    let free = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["constant", &free.to_string()])
        .kill_on_drop(true)
        .spawn()?;
    while tokio::net::TcpStream::connect(free).await.is_err() {
        tokio::task::yield_now().await;
    }
    let world = Arc::new(World {
        host: free.to_string(),
        requests: 1,
        staff: Vec::new(),
        days: days(90),
        slots: Vec::new(),
        volunteers: Vec::new(),
        used: Arc::default(),
    });
    let scripts =
        (0..connections as u64).map(|i| Script::new(Work::Typename, world.clone(), i)).collect();
    let pid = child.id().unwrap_or(0);
    let before = cpu_seconds(pid);
    let measured = client::run(free, scripts, Duration::from_secs(options.seconds)).await?;
    let server_cpu = cpu_seconds(pid) - before;
    child.kill().await?;
    Ok(Sample { measured, server_cpu, database_cpu: 0.0 })
}

/// First and last day of a period that ends today.
#[expect(clippy::disallowed_methods, reason = "a benchmark runs today")]
fn days(count: u64) -> (String, String) {
    let today = chrono::Utc::now().date_naive();
    ((today - Days::new(count)).to_string(), today.to_string())
}

/// Tokens and ids that the requests need.
async fn world(
    app: &App,
    options: &Options,
    work: Work,
    used: Arc<Used>,
) -> Result<World, Problem> {
    let token = async |phone: &str| -> Result<String, Problem> {
        let actor = Actor::System("cli");
        let tokens = identity::service::admin_token(app, &actor, phone).await?;
        Ok(tokens.access_token.clone())
    };
    let mut staff = Vec::new();
    let resident = person::Entity::find()
        .filter(person::Column::Phone.eq("+8613800000201"))
        .one(app.db.reader())
        .await?
        .ok_or("run `linli demo --no-serve` on this database first")?;
    for c in 0..COMMUNITIES + POOLS {
        let phone = |tail: &str| data::phone(tail, c);
        let specialist = account::Entity::find()
            .filter(account::Column::Phone.eq(phone("0101")))
            .one(app.db.reader())
            .await?
            .ok_or("fill the database first")?;
        staff.push(Staff {
            specialist: token(&phone("0101")).await?,
            specialist_id: specialist.id,
            manager: token(&phone("0110")).await?,
            residents: (0..NEIGHBOURS).map(|n| data::resident(resident.id, c, n)).collect(),
            matter: matter(app, c).await?,
            station: station(app, c).await?,
        });
    }
    let slots = match work {
        Work::Book => slots(app, station(app, COMMUNITIES).await?).await?,
        _ => Vec::new(),
    };
    let mut volunteers = Vec::new();
    if work == Work::Claim {
        for n in 0..POOLS * VOLUNTEERS {
            volunteers.push(token(&data::volunteer_phone(n)).await?);
        }
    }
    Ok(World {
        host: options.address.to_string(),
        requests: options.requests,
        staff,
        days: days(90),
        slots,
        volunteers,
        used,
    })
}

/// A matter that is asked for at the window without further questions.
async fn matter(app: &App, c: u64) -> Result<linli_entity::ids::MatterId, Problem> {
    let versions = matter_version::Entity::find()
        .filter(matter_version::Column::CommunityId.eq(data::community(c)))
        .all(app.db.reader())
        .await?;
    let matters = matter::Entity::find()
        .filter(matter::Column::CommunityId.eq(data::community(c)))
        .filter(matter::Column::Confidentiality.eq(Confidentiality::None))
        .all(app.db.reader())
        .await?;
    matters
        .iter()
        .find(|m| {
            versions.iter().any(|v| {
                v.matter_id == m.id
                    && v.number == m.current_version
                    && v.channels.0.contains(&IntakeChannel::Window)
                    && v.service_modes.0.contains(&ServiceMode::Window)
                    && v.questions.0.iter().all(|q| !q.required)
            })
        })
        .map(|m| m.id)
        .ok_or_else(|| "no matter without questions".into())
}

async fn station(app: &App, c: u64) -> Result<PlaceId, Problem> {
    let (kind, community) = (PlaceKind::ServiceStation, Some(data::community(c)));
    let found = communities::queries::place_by_code(app, kind, "S1", community).await?;
    Ok(found.ok_or("fill the database first")?.id)
}

/// The begins of the slots that a station of the pools offers from tomorrow on; the others offer the
/// same. First the first of every day, then the second: days fill evenly, as those of an office do,
/// and stay far from full.
async fn slots(app: &App, station: PlaceId) -> Result<Vec<String>, Problem> {
    let tomorrow = app.day(app.clock.now()) + Days::new(1);
    let mut of_day = HashMap::new();
    let mut found = Vec::new();
    for days in (0..u64::try_from(HORIZON_DAYS)?).step_by(31) {
        let from = tomorrow + Days::new(days);
        let what = (station, AppointmentKind::Window);
        let days = (from, from + Days::new(30));
        let offered =
            appointments::queries::slots(app, &Actor::Anonymous, what, days, None).await?;
        for slot in offered {
            let nth = of_day.entry(app.day(slot.span.from)).or_insert(0);
            *nth += 1;
            found.push((*nth, slot.span.from));
        }
    }
    found.sort_unstable();
    if found.is_empty() {
        return Err("no slots are offered".into());
    }
    Ok(found.into_iter().map(|(_, start)| start.to_rfc3339()).collect())
}
