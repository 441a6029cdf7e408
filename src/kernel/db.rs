//! The database: SQLite by default, PostgreSQL in production, chosen by the URL.
//!
//! SQLite has one writer and a pool of read-only readers; PostgreSQL has one pool for both. An
//! acknowledged commit survives a power cut: `synchronous` is FULL unless the caller says that
//! everything can be made again (tests, the demo's data).

use std::{str::FromStr, time::Duration};

use linli_migration::{Migrator, MigratorTrait};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    IsolationLevel, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sqlx::{
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::error::{Error, Result};

/// Connections to one database.
#[derive(Clone, Debug)]
pub struct Db {
    write: DatabaseConnection,
    read: DatabaseConnection,
}

/// One state of the database, as long as it lives; it holds a connection.
#[derive(Debug)]
pub struct Snapshot(DatabaseTransaction);

impl Snapshot {
    /// For the reads that are to agree.
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.0
    }
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// `sqlite:PATH` (or `sqlite::memory:` is refused: it cannot be shared) or `postgres://…`.
    pub url: String,
    /// Connections of the PostgreSQL pool; readers of SQLite.
    pub max_connections: u32,
    /// Whether a power cut may lose the last commits (tests and rebuilt data only).
    pub forgetful: bool,
}

/// Every connection to PostgreSQL: no statement, no wait for a lock and no forgotten transaction
/// holds others up for long; and a prepared statement is planned once. Every query here is written
/// for its index whatever the values are, so planning it anew for each value (as PostgreSQL does
/// where `LIMIT` is a parameter) only doubles what it costs.
const SETTINGS: [(&str, &str); 4] = [
    ("statement_timeout", "60s"),
    ("lock_timeout", "20s"),
    ("idle_in_transaction_session_timeout", "120s"),
    ("plan_cache_mode", "force_generic_plan"),
];

/// Arbitrary but fixed: the advisory lock that lets one process migrate at a time.
const MIGRATION_LOCK: i64 = 0x6c69_6e6c_6901;

impl Db {
    /// Connects; creates the SQLite file if it is missing.
    pub async fn connect(options: &DbOptions) -> Result<Self> {
        if options.url.starts_with("sqlite:") {
            return Self::connect_sqlite(options).await;
        }
        if options.url.starts_with("postgres:") || options.url.starts_with("postgresql:") {
            return Self::connect_postgres(options).await;
        }
        Err(Error::bad_input("DATABASE_URL", "a URL that starts with `sqlite:` or `postgres:`"))
    }

    async fn connect_sqlite(options: &DbOptions) -> Result<Self> {
        if options.url.contains(":memory:") {
            return Err(Error::bad_input("DATABASE_URL", "a file, such as sqlite:linli.sqlite"));
        }
        let synchronous =
            if options.forgetful { SqliteSynchronous::Off } else { SqliteSynchronous::Full };
        let base = SqliteConnectOptions::from_str(&options.url)
            .map_err(|e| Error::bad_input("DATABASE_URL", e.to_string()))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", "-16000");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .test_before_acquire(false)
            .connect_with(base.clone())
            .await
            .map_err(|e| Error::Unavailable(e.to_string().into()))?;
        let read = SqlitePoolOptions::new()
            .max_connections(options.max_connections.clamp(1, 8))
            .test_before_acquire(false)
            .connect_lazy_with(base.pragma("query_only", "1"));
        Ok(Self { write: write.into(), read: read.into() })
    }

    async fn connect_postgres(options: &DbOptions) -> Result<Self> {
        let connect = PgConnectOptions::from_str(&options.url)
            .map_err(|e| Error::bad_input("DATABASE_URL", e.to_string()))?
            .application_name("linli")
            // Statements differ in the columns that they change.
            .statement_cache_capacity(300)
            .options(SETTINGS.iter().copied());
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections.max(2))
            .acquire_timeout(Duration::from_secs(5))
            // A round trip per query otherwise; a broken connection fails once and is replaced.
            .test_before_acquire(false)
            .max_lifetime(Duration::from_mins(30))
            .connect_with(connect)
            .await
            .map_err(|e| Error::Unavailable(e.to_string().into()))?;
        let write: DatabaseConnection = pool.into();
        Ok(Self { read: write.clone(), write })
    }

    /// The engine.
    pub fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// For reads outside a transaction.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For the kernel's own single statements (throttle, outbox, jobs). Slices use [`App::begin`].
    ///
    /// [`App::begin`]: super::App::begin
    pub fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Observes every statement; for tests that count them.
    pub fn on_statement<F>(&mut self, observe: F)
    where
        F: Fn(&str) + Clone + Send + Sync + 'static,
    {
        for connection in [&mut self.write, &mut self.read] {
            let observe = observe.clone();
            connection.set_metric_callback(move |info| observe(&info.statement.sql));
        }
    }

    pub(super) async fn begin_write(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.write.begin_with_options(options).await?)
    }

    /// A read transaction that sees one state of the database, for numbers that must agree.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let options = match self.backend() {
            DbBackend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                sqlite_transaction_mode: None,
            },
            _ => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                ..TransactionOptions::default()
            },
        };
        Ok(Snapshot(self.read.begin_with_options(options).await?))
    }

    /// Brings the schema up to date; one process at a time.
    pub async fn migrate(&self) -> Result<()> {
        if self.backend() != DbBackend::Postgres {
            return Ok(Migrator::up(&self.write, None).await?);
        }
        // Waiting for another migration, and building an index, may take as long as they take.
        let patient = [("statement_timeout", "0"), ("lock_timeout", "0")];
        let options = self.write.get_postgres_connection_pool().connect_options();
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .connect_with(PgConnectOptions::clone(&options).options(patient))
            .await
            .map_err(|e| Error::Unavailable(e.to_string().into()))?;
        // The lock belongs to a session, so it needs a connection of its own for that long.
        let mut guard =
            pool.acquire().await.map_err(|e| Error::Unavailable(e.to_string().into()))?.detach();
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(MIGRATION_LOCK)
            .execute(&mut guard)
            .await
            .map_err(Error::internal)?;
        let patient: DatabaseConnection = pool.into();
        let done = Migrator::up(&patient, None).await;
        // Closing the session frees the lock, also when migrating failed.
        drop(guard);
        patient.close().await?;
        Ok(done?)
    }

    /// Whether every migration has been applied.
    pub async fn is_migrated(&self) -> Result<bool> {
        Ok(Migrator::get_pending_migrations(&self.write).await?.is_empty())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.read.execute_raw(Statement::from_string(self.backend(), "SELECT 1")).await?;
        Ok(())
    }

    /// Closes every connection.
    pub async fn close(self) -> Result<()> {
        self.read.close().await?;
        self.write.close().await?;
        Ok(())
    }
}
