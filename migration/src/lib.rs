//! The schema of Linli: one change a file, the same on SQLite and PostgreSQL.
//!
//! A migration is plain SQL with a few type words that differ between the engines (see [`ddl`]).
//! Constraints carry names, because the application turns a violated constraint into the
//! message that people see by that name. Migrations never import the entities: they must keep
//! meaning what they meant on the day they were written. Until the first release (0.1) a file may still be
//! corrected; from then on it never changes, and what follows is a migration of its own.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m0001_kernel;
mod m0002_people;
mod m0003_places;
mod m0004_catalogue;
mod m0005_requests;
mod m0006_statistics;
mod m0007_facts_and_indexes;
mod m0008_guards;
mod m0009_ratings_and_seals;
mod m0010_external_references;
mod m0011_reservations;
mod m0012_appointments;
mod m0013_venues;
mod m0014_activities;
mod m0015_told_of_bookings;
mod m0016_volunteers_and_party;
mod m0017_wishes;
mod m0018_volunteer_hours;
mod m0019_delegations;
mod m0020_blocks;
mod m0021_incidents;

/// Applies every migration in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_kernel::Migration),
            Box::new(m0002_people::Migration),
            Box::new(m0003_places::Migration),
            Box::new(m0004_catalogue::Migration),
            Box::new(m0005_requests::Migration),
            Box::new(m0006_statistics::Migration),
            Box::new(m0007_facts_and_indexes::Migration),
            Box::new(m0008_guards::Migration),
            Box::new(m0009_ratings_and_seals::Migration),
            Box::new(m0010_external_references::Migration),
            Box::new(m0011_reservations::Migration),
            Box::new(m0012_appointments::Migration),
            Box::new(m0013_venues::Migration),
            Box::new(m0014_activities::Migration),
            Box::new(m0015_told_of_bookings::Migration),
            Box::new(m0016_volunteers_and_party::Migration),
            Box::new(m0017_wishes::Migration),
            Box::new(m0018_volunteer_hours::Migration),
            Box::new(m0019_delegations::Migration),
            Box::new(m0020_blocks::Migration),
            Box::new(m0021_incidents::Migration),
        ]
    }
}

/// Runs `sql`, statement by statement, after replacing the type words of this schema by those of
/// the engine at hand:
///
/// | word | SQLite | PostgreSQL | holds |
/// |---|---|---|---|
/// | `:uuid` | 16-byte blob | `uuid` | ids |
/// | `:ts` | text, UTC, `+00:00` | `timestamptz` | instants |
/// | `:day` | text `YYYY-MM-DD` | `date` | local days |
/// | `:json` | text | `jsonb` | maps that are never filtered on |
/// | `:text` | text | `text COLLATE "C"` | everything people write |
/// | `:blob` | blob | `bytea` | hashes and sealed secrets |
pub(crate) async fn ddl(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let words: [(&str, &str); 6] = match manager.get_database_backend() {
        sea_orm_migration::sea_orm::DbBackend::Postgres => [
            (":uuid", "uuid"),
            (":ts", "timestamp with time zone"),
            (":day", "date"),
            (":json", "jsonb"),
            (":text", "text COLLATE \"C\""),
            (":blob", "bytea"),
        ],
        _ => [
            (":uuid", "uuid_text"),
            (":ts", "timestamp_with_timezone_text"),
            (":day", "date_text"),
            (":json", "jsonb_text"),
            (":text", "text"),
            (":blob", "blob"),
        ],
    };
    let sql = words.iter().fold(sql.to_owned(), |sql, (word, ty)| sql.replace(word, ty));
    for statement in sql.split(';').map(str::trim).filter(|s| !s.is_empty()) {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Runs the statements of the engine at hand, as they are: triggers and constraints that each engine
/// says in its own words.
pub(crate) async fn guards(
    manager: &SchemaManager<'_>,
    sqlite: &[&str],
    postgres: &[&str],
) -> Result<(), DbErr> {
    let guards = match manager.get_database_backend() {
        sea_orm_migration::sea_orm::DbBackend::Postgres => postgres,
        _ => sqlite,
    };
    for guard in guards {
        manager.get_connection().execute_unprepared(guard).await?;
    }
    Ok(())
}

/// Declares a migration whose whole content is one SQL text, or that and guards of each engine.
macro_rules! sql_migration {
    ($sql:expr) => {
        crate::sql_migration!($sql, sqlite: &[], postgres: &[]);
    };
    ($sql:expr, sqlite: $sqlite:expr, postgres: $postgres:expr) => {
        #[derive(sea_orm_migration::prelude::DeriveMigrationName)]
        pub(crate) struct Migration;

        #[expect(elided_lifetimes_in_paths, reason = "the trait is declared so")]
        #[async_trait::async_trait]
        impl sea_orm_migration::prelude::MigrationTrait for Migration {
            async fn up(
                &self,
                manager: &sea_orm_migration::prelude::SchemaManager,
            ) -> Result<(), sea_orm_migration::prelude::DbErr> {
                crate::ddl(manager, $sql).await?;
                crate::guards(manager, $sqlite, $postgres).await
            }

            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }
        }
    };
}
pub(crate) use sql_migration;
