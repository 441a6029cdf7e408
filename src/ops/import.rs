//! `linli import requests`: streams a CSV file into the database, a batch at a time.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks")]

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use csv::StringRecord;
use indicatif::{ProgressBar, ProgressStyle};
use linli_entity::enums::RatingLevel;

use crate::{
    communities,
    kernel::App,
    requests::import::{ImportRow, Importer},
};

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file.
    pub file: PathBuf,
    /// Code of the community of rows that name none.
    pub community: String,
    /// Whether matters and departments are created.
    pub create_missing: bool,
    /// Where refused lines go.
    pub rejects: Option<PathBuf>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows stored.
    pub imported: usize,
    /// Rows that were there.
    pub known: usize,
    /// Lines refused.
    pub refused: usize,
}

const COLUMNS: [&str; 19] = [
    "id",
    "title",
    "description",
    "category",
    "agency",
    "community",
    "status",
    "channel",
    "created_at",
    "accepted_at",
    "due_at",
    "closed_at",
    "requester",
    "assignee",
    "rating",
    "address",
    "lat",
    "long",
    "source",
];
const NEEDED: [&str; 5] = ["id", "title", "category", "status", "created_at"];
/// Bytes of one row beyond which a quotation mark is missing somewhere.
const LONGEST: usize = 64 * 1024;
/// Rows of one transaction: bounded by the parameters that SQLite takes in one statement.
const BATCH: usize = 400;

/// Runs the command.
pub async fn run(app: &App, options: Options) -> Result<ExitCode, String> {
    let mut summary = Summary::default();
    let result = import(app, &options, &mut summary, true).await;
    println!(
        "{} imported, {} were there already, {} refused",
        summary.imported, summary.known, summary.refused
    );
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(problem) => {
            eprintln!("linli: STOPPED before the end of the file: {problem}");
            eprintln!("linli: what is imported stays; run the same command again to go on");
            Ok(ExitCode::FAILURE)
        }
    }
}

struct Rejects(Option<csv::Writer<File>>);

impl Rejects {
    fn open(path: Option<&PathBuf>, input: &Path) -> Result<Self, String> {
        let Some(path) = path else { return Ok(Self(None)) };
        let same = path.canonicalize().ok().zip(input.canonicalize().ok());
        if same.is_some_and(|(rejects, input)| rejects == input) {
            return Err("--rejects names the file that is to be imported".to_owned());
        }
        let mut writer =
            csv::WriterBuilder::new().flexible(true).from_path(path).map_err(|e| e.to_string())?;
        writer.write_record(["line", "reason", "row"]).map_err(|e| e.to_string())?;
        Ok(Self(Some(writer)))
    }

    fn write(&mut self, line: u64, reason: &str, record: &StringRecord) -> Result<(), String> {
        let Some(writer) = &mut self.0 else {
            eprintln!("line {line}: {reason}");
            return Ok(());
        };
        let line = line.to_string();
        let head = [line.as_str(), reason];
        writer.write_record(head.into_iter().chain(record)).map_err(|e| format!("--rejects: {e}"))
    }

    /// A full disk must be heard of before rows are counted as refused and written down.
    fn flush(&mut self) -> Result<(), String> {
        match &mut self.0 {
            Some(writer) => writer.flush().map_err(|e| format!("--rejects: {e}")),
            None => Ok(()),
        }
    }
}

/// Reads no more for one row than a row may have: after a quotation mark that is not closed, the
/// rest of the file would be one field, and be held in memory.
struct Gate<R> {
    inner: R,
    left: Arc<AtomicUsize>,
}

impl<R: Read> Read for Gate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.load(Ordering::Relaxed);
        if read > left {
            let text =
                format!("a row of more than {LONGEST} bytes: is a quotation mark not closed?");
            return Err(std::io::Error::other(text));
        }
        self.left.store(left - read, Ordering::Relaxed);
        Ok(read)
    }
}

/// Imports a file; `summary` says how far it came, also when it fails.
pub async fn import(
    app: &App,
    options: &Options,
    summary: &mut Summary,
    progress: bool,
) -> Result<(), String> {
    let file = File::open(&options.file).map_err(|e| format!("{}: {e}", options.file.display()))?;
    let bytes = file.metadata().map_err(|e| e.to_string())?.len();
    let bar = if progress { ProgressBar::new(bytes) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {msg} {eta}") {
        bar.set_style(style);
    }
    let left = Arc::new(AtomicUsize::new(LONGEST));
    let gate = Gate { inner: bar.wrap_read(file), left: left.clone() };
    let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(gate);
    let header = reader.headers().map_err(|e| format!("header: {e}"))?.clone();
    let mut job = Job {
        app,
        options,
        columns: columns(&header)?,
        rejects: Rejects::open(options.rejects.as_ref(), &options.file)?,
        importers: HashMap::new(),
        missing: HashSet::new(),
        pending: HashMap::new(),
        summary,
    };
    let mut record = StringRecord::new();
    let read = loop {
        let line = reader.position().line();
        left.store(LONGEST, Ordering::Relaxed);
        match reader.read_record(&mut record) {
            Ok(false) => break Ok(()),
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                job.take(line, &record).await?;
                bar.set_message(format!("{} rows", job.summary.imported + job.summary.known));
            }
            Err(error) if error.is_io_error() => break Err(format!("line {line}: {error}")),
            Err(error) => job.refuse(line, &error.to_string(), &StringRecord::new())?,
        }
    };
    // What was read is stored, also where the file cannot be read on.
    job.flush_all().await?;
    bar.finish();
    read
}

/// An import under way.
struct Job<'a> {
    app: &'a App,
    options: &'a Options,
    columns: HashMap<&'static str, usize>,
    rejects: Rejects,
    importers: HashMap<String, Importer>,
    /// Codes of communities that are not there; no more of them than a file of mistakes would have.
    missing: HashSet<String>,
    pending: HashMap<String, Vec<Pending>>,
    summary: &'a mut Summary,
}

/// Wrong community codes remembered; others are looked up again.
const MISSING: usize = 10_000;

impl Job<'_> {
    fn refuse(&mut self, line: u64, reason: &str, record: &StringRecord) -> Result<(), String> {
        self.summary.refused += 1;
        self.rejects.write(line, reason, record)
    }

    /// Takes one row; a full batch is stored.
    async fn take(&mut self, line: u64, record: &StringRecord) -> Result<(), String> {
        let row = match parse(record, &self.columns, self.app) {
            Ok(row) => row,
            Err(reason) => return self.refuse(line, &reason, record),
        };
        let code = self.columns.get("community").and_then(|c| record.get(*c)).unwrap_or_default();
        let code = if code.is_empty() { &self.options.community } else { code }.to_owned();
        if !self.knows(&code).await? {
            return self.refuse(line, &format!("there is no community `{code}`"), record);
        }
        let batch = self.pending.entry(code.clone()).or_default();
        batch.push(Pending { line, row, record: record.clone() });
        if batch.len() >= BATCH {
            let batch = self.pending.remove(&code).unwrap_or_default();
            self.flush(&code, batch).await?;
        }
        Ok(())
    }

    async fn knows(&mut self, code: &str) -> Result<bool, String> {
        if self.importers.contains_key(code) || self.missing.contains(code) {
            return Ok(self.importers.contains_key(code));
        }
        let told = |e: crate::kernel::Error| e.to_string();
        let there = communities::queries::community_by_code(self.app, code).await.map_err(told)?;
        match there {
            Some(community) => {
                let create = self.options.create_missing;
                let importer = Importer::new(self.app, community, create).await.map_err(told)?;
                self.importers.insert(code.to_owned(), importer);
                Ok(true)
            }
            None if code == self.options.community => {
                Err(format!("there is no community `{code}`"))
            }
            None => {
                if self.missing.len() < MISSING {
                    self.missing.insert(code.to_owned());
                }
                Ok(false)
            }
        }
    }

    async fn flush_all(&mut self) -> Result<(), String> {
        for (code, batch) in std::mem::take(&mut self.pending) {
            self.flush(&code, batch).await?;
        }
        self.rejects.flush()
    }

    async fn flush(&mut self, code: &str, batch: Vec<Pending>) -> Result<(), String> {
        let Some(importer) = self.importers.get_mut(code) else { return Ok(()) };
        let rows: Vec<ImportRow> = batch.iter().map(|p| p.row.clone()).collect();
        let done = importer.batch(self.app, &rows).await.map_err(|e| e.to_string())?;
        self.summary.imported += done.imported;
        self.summary.known += done.known;
        for (index, reason) in done.refused {
            self.refuse(batch[index].line, &reason, &batch[index].record)?;
        }
        self.rejects.flush()
    }
}

struct Pending {
    line: u64,
    row: ImportRow,
    record: StringRecord,
}

/// Where the columns are; unknown ones are reported once.
fn columns(header: &StringRecord) -> Result<HashMap<&'static str, usize>, String> {
    let mut found = HashMap::new();
    for (index, name) in header.iter().enumerate() {
        let name = name.trim_start_matches('\u{FEFF}').trim().to_lowercase();
        match COLUMNS.iter().find(|c| **c == name) {
            Some(known) => {
                found.insert(*known, index);
            }
            None => eprintln!("linli: column `{name}` is unknown and left out"),
        }
    }
    let missing: Vec<&str> = NEEDED.into_iter().filter(|n| !found.contains_key(n)).collect();
    if missing.is_empty() {
        return Ok(found);
    }
    Err(format!("the file lacks the column(s) {}", missing.join(", ")))
}

fn parse(
    record: &StringRecord,
    columns: &HashMap<&'static str, usize>,
    app: &App,
) -> Result<ImportRow, String> {
    let get = |name: &str| {
        columns.get(name).and_then(|c| record.get(*c)).filter(|v| !v.trim().is_empty())
    };
    let owned = |name: &str| get(name).map(str::to_owned);
    let need = |name: &str| owned(name).ok_or_else(|| format!("{name} is empty"));
    let time =
        |name: &str| get(name).map(|v| instant(v, app).ok_or(format!("{name}: `{v}`"))).transpose();
    let number = |name: &str| {
        get(name).map(|v| v.trim().parse::<f64>().map_err(|_| format!("{name}: `{v}`"))).transpose()
    };
    let position = number("lat")?.zip(number("long")?);
    let inside = |(lat, long): (f64, f64)| lat.abs() <= 90.0 && long.abs() <= 180.0;
    if position.is_some_and(|p| !inside(p)) {
        return Err("lat and long are outside of the world".to_owned());
    }
    Ok(ImportRow {
        id: need("id")?,
        title: need("title")?,
        description: owned("description"),
        category: need("category")?,
        agency: owned("agency"),
        closed: is_closed(&need("status")?)?,
        channel: owned("channel"),
        created_at: time("created_at")?.ok_or("created_at is empty")?,
        accepted_at: time("accepted_at")?,
        due_at: time("due_at")?,
        closed_at: time("closed_at")?,
        requester: owned("requester"),
        assignee: owned("assignee"),
        rating: get("rating").map(level).transpose()?,
        address: owned("address"),
        position,
        source: owned("source").unwrap_or_else(|| "import".to_owned()),
    })
}

/// RFC 3339, or `YYYY-MM-DD HH:MM:SS` in official time.
fn instant(text: &str, app: &App) -> Option<DateTime<Utc>> {
    use chrono::SubsecRound;
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc().trunc_subsecs(6));
    }
    let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(app.zone.from_local_datetime(&naive).single()?.to_utc())
}

fn is_closed(status: &str) -> Result<bool, String> {
    match status.trim().to_lowercase().as_str() {
        "closed" | "resolved" | "completed" | "complete" | "done" | "fixed" | "办结" | "已办结" => {
            Ok(true)
        }
        "open" | "new" | "submitted" | "accepted" | "assigned" | "started" | "pending"
        | "in progress" | "in_progress" | "待办" | "办理中" => Ok(false),
        other => Err(format!("status: `{other}` is neither open nor closed")),
    }
}

fn level(text: &str) -> Result<RatingLevel, String> {
    let text = text.trim();
    let by_points = match text {
        "5" => Some(RatingLevel::VerySatisfied),
        "4" => Some(RatingLevel::Satisfied),
        "3" => Some(RatingLevel::BasicallySatisfied),
        "2" => Some(RatingLevel::Dissatisfied),
        "1" => Some(RatingLevel::VeryDissatisfied),
        _ => None,
    };
    by_points
        .or_else(|| RatingLevel::ALL.iter().copied().find(|l| l.code() == text.to_uppercase()))
        .ok_or_else(|| format!("rating: `{text}` is not 1 to 5"))
}
