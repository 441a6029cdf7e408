//! Configuration: the commented defaults, a file, the environment, in this order.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::FixedOffset;
use figment::{
    Figment,
    providers::{Env, Format, Toml},
};
use serde::Deserialize;

use crate::{
    graphql::limits::Limits,
    kernel::{
        App,
        clock::Clock,
        crypto::MasterKey,
        db::{Db, DbOptions},
        ids::Ids,
    },
    notifications::sms::Sms,
};

/// Every setting with its default and what it means.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// All settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "described in config.default.toml")]
#[expect(clippy::struct_excessive_bools, reason = "they are switches")]
pub struct Config {
    pub listen: String,
    pub database_url: String,
    pub max_connections: u32,
    pub master_key: String,
    pub time_zone: String,
    pub force_time_zone: bool,
    pub development: bool,
    pub introspection: bool,
    pub suggestions: bool,
    pub trust_forwarded_for: bool,
    pub worker: bool,
    pub sms: String,
    pub log_format: String,
    pub limits: Limits,
}

/// What is wrong with a set-up, for people.
pub type Problem = String;

impl Config {
    /// Reads defaults, file and environment.
    pub fn load() -> Result<Self, Problem> {
        let named = std::env::var("LINLI_CONFIG").ok();
        if let Some(file) = named.as_ref().filter(|f| !Path::new(f).exists()) {
            return Err(format!("LINLI_CONFIG: there is no file `{file}`"));
        }
        let file = named.unwrap_or_else(|| "linli.toml".to_owned());
        let ours = |key: &figment::value::UncasedStr| {
            !["config", "test_database_url", "log", "bench_database_url"].iter().any(|k| key == *k)
        };
        let figment = Figment::new()
            .merge(Toml::string(DEFAULTS))
            .merge(Toml::file(file))
            .merge(Env::raw().only(&["DATABASE_URL"]))
            .merge(Env::prefixed("LINLI_").filter(ours).split("__"));
        let config: Self = figment.extract().map_err(|e| format!("configuration: {e}"))?;
        config.check()?;
        Ok(config)
    }

    /// Checks what one setting alone cannot say.
    pub fn check(&self) -> Result<(), Problem> {
        self.zone()?;
        self.listen.parse::<std::net::SocketAddr>().map_err(|_| {
            format!("listen: `{}` is not an address such as 127.0.0.1:8080", self.listen)
        })?;
        if !["text", "json"].contains(&self.log_format.as_str()) {
            return Err("log_format: text or json".to_owned());
        }
        if self.limits.depth == 0 || self.limits.complexity == 0 || self.limits.body_bytes == 0 {
            return Err("limits: 0 would refuse everything".to_owned());
        }
        if !(1..=crate::kernel::page::MAX).contains(&self.limits.page_size) {
            return Err("limits.page_size: 1 to 100".to_owned());
        }
        Ok(())
    }

    /// Official time. All of China has one; a deployment in another country is not foreseen.
    pub fn zone(&self) -> Result<FixedOffset, Problem> {
        let hours = match (self.time_zone.as_str(), self.force_time_zone) {
            ("Asia/Shanghai", _) => 8,
            ("Asia/Urumqi", true) => 6,
            ("Asia/Urumqi", false) => {
                return Err("time_zone: Asia/Urumqi is UTC+6, official time is UTC+8: use \
                            Asia/Shanghai, or set force_time_zone = true"
                    .to_owned());
            }
            (other, _) => return Err(format!("time_zone: `{other}`; use Asia/Shanghai")),
        };
        FixedOffset::east_opt(hours * 3600).ok_or_else(|| "time_zone".to_owned())
    }

    /// The gateway of text messages.
    pub fn sms(&self) -> Result<Sms, Problem> {
        match self.sms.split_once(':') {
            None if self.sms == "console" && (self.development || self.embedded()) => {
                Ok(Sms::Console)
            }
            None if self.sms == "console" => Err(
                "sms: \"console\" would print verification codes into the log: name a program, \
                     sms = \"program:/path\" (or set development = true to try things out)"
                    .to_owned(),
            ),
            Some(("program", path)) if !path.is_empty() => Ok(Sms::Program(path.to_owned())),
            _ => Err("sms: \"console\" or \"program:/path\"".to_owned()),
        }
    }

    /// Whether the database is the embedded one.
    fn embedded(&self) -> bool {
        self.database_url.starts_with("sqlite:")
    }

    /// The master key: from the settings, or on SQLite from the file beside the database, which is
    /// made if it is missing.
    pub fn master(&self) -> Result<MasterKey, Problem> {
        if !self.master_key.is_empty() {
            return parse_key(&self.master_key)
                .ok_or_else(|| "master_key: 64 hexadecimal digits".to_owned());
        }
        let Some(path) = self.key_file() else {
            return Err(
                "master_key: PostgreSQL needs one: set LINLI_MASTER_KEY to 64 hexadecimal \
                        digits (openssl rand -hex 32) and keep it safe"
                    .to_owned(),
            );
        };
        if !path.exists() {
            make_key(&path)?;
        }
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        parse_key(text.trim()).ok_or_else(|| format!("{}: not a key", path.display()))
    }

    /// Where the master key of a SQLite database lies.
    pub fn key_file(&self) -> Option<PathBuf> {
        let path = self.database_url.strip_prefix("sqlite:")?.trim_start_matches("//");
        let path = path.split('?').next().unwrap_or(path);
        Some(PathBuf::from(format!("{path}.key")))
    }

    /// Connects.
    pub async fn app(&self, forgetful: bool) -> Result<Arc<App>, Problem> {
        let options = DbOptions {
            url: self.database_url.clone(),
            max_connections: self.max_connections,
            forgetful,
        };
        let db = Db::connect(&options).await.map_err(|e| format!("database: {e}"))?;
        Ok(Arc::new(App::new(db, Clock::system(), Ids::system(), self.master()?, self.zone()?)))
    }
}

fn parse_key(text: &str) -> Option<MasterKey> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(MasterKey::new(key))
}

/// Writes a new key that only its owner can read.
fn make_key(path: &Path) -> Result<(), Problem> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};

    let mut key = [0; 32];
    Ids::system().fill(&mut key);
    let mut text = String::new();
    for byte in key {
        let _ = write!(text, "{byte:02x}");
    }
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    // Everything sealed is lost with it: it must outlive a power cut.
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|e| format!("{}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> Config {
        Figment::new().merge(Toml::string(DEFAULTS)).extract().unwrap()
    }

    #[test]
    fn the_commented_defaults_are_a_valid_set_up() {
        let config = defaults();
        config.check().unwrap();
        assert_eq!(config.limits, Limits::default());
    }

    #[test]
    fn the_wrong_zone_is_refused_unless_forced() {
        let mut config = defaults();
        config.time_zone = "Asia/Urumqi".to_owned();
        assert!(config.check().is_err());
        config.force_time_zone = true;
        assert!(config.check().is_ok());
    }

    #[test]
    fn postgresql_needs_a_master_key() {
        let mut config = defaults();
        config.database_url = "postgres://localhost/linli".to_owned();
        assert!(config.master().is_err());
        config.master_key = "ab".repeat(32);
        assert!(config.master().is_ok());
        config.master_key = "xy".repeat(32);
        assert!(config.master().is_err());
    }
}
