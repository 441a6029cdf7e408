//! A database for tests of the demo, without its two years of requests.

use std::path::PathBuf;

use chrono::{DateTime, Duration, FixedOffset, Utc};

use super::place::{self, Town};
use crate::kernel::{
    App,
    clock::Clock,
    crypto::MasterKey,
    db::{Db, DbOptions},
    ids::Ids,
};

/// The file goes with the test, however it ends.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        for tail in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{tail}", self.0.display()));
        }
    }
}

/// The demo's town, two years ago.
pub struct Stage {
    pub app: App,
    pub town: Town,
    pub now: DateTime<Utc>,
    _file: File,
}

/// A stage of its own for the test of this name.
pub async fn stage(name: &str) -> Stage {
    let file = format!("linli-test-{}-{name}.sqlite", std::process::id());
    let file = File(std::env::temp_dir().join(file));
    let url = format!("sqlite:{}", file.0.display());
    let db = Db::connect(&DbOptions { url, max_connections: 2, forgetful: true }).await.unwrap();
    db.migrate().await.unwrap();
    let now = "2026-03-04T04:00:00Z".parse::<DateTime<Utc>>().unwrap();
    let clock = Clock::fixed(now - Duration::days(731));
    let zone = FixedOffset::east_opt(8 * 3600).unwrap();
    let app = App::new(db, clock, Ids::seeded(1), MasterKey::new([9; 32]), zone);
    let town = place::make(&app).await.unwrap();
    Stage { app, town, now, _file: file }
}
