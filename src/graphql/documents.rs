//! Documents that have been sent before: their texts by hash (automatic persisted queries), and
//! parsed, once they have passed every limit and been answered. A stranger can fill neither beyond
//! a bound.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::parser::{parse_query, types::ExecutableDocument};
use axum::http::StatusCode;
use serde_json::{Map, Value as Json};

use super::{
    http::{Refusal, refuse},
    limits::{self, Limits},
};
use crate::kernel::crypto;

/// Documents that this process remembers.
#[derive(Default)]
pub(super) struct Documents {
    parsed: Mutex<Bounded<Arc<str>, Arc<ExecutableDocument>>>,
    persisted: Mutex<Bounded<Vec<u8>, Arc<str>>>,
}

/// A document that was parsed for the first time.
pub(super) struct Fresh {
    text: Arc<str>,
    document: Arc<ExecutableDocument>,
}

/// Bytes of source text beyond which a table is emptied. A parsed document takes some ten times as
/// much as its text.
const MOST_BYTES: usize = 512 * 1024;

/// A table that is emptied when it is full.
struct Bounded<K, V> {
    entries: HashMap<K, V>,
    bytes: usize,
}

impl<K, V> Default for Bounded<K, V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), bytes: 0 }
    }
}

impl<K: Hash + Eq, V: Clone> Bounded<K, V> {
    fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.entries.get(key).cloned()
    }

    fn insert(&mut self, key: K, value: V, bytes: usize) {
        if bytes > MOST_BYTES / 8 {
            return;
        }
        if self.bytes + bytes > MOST_BYTES {
            self.entries.clear();
            self.bytes = 0;
        }
        if self.entries.insert(key, value).is_none() {
            self.bytes += bytes;
        }
    }
}

impl Documents {
    /// The document's text: as sent, or remembered under its hash (automatic persisted queries).
    pub(super) fn text(
        &self,
        query: Option<String>,
        extensions: Option<&Map<String, Json>>,
    ) -> Result<Arc<str>, Refusal> {
        let bad = StatusCode::BAD_REQUEST;
        let Some(persisted) = extensions.and_then(|e| e.get("persistedQuery")) else {
            return match query {
                Some(query) => Ok(query.into()),
                None => refuse(bad, "BAD_REQUEST", "`query` is missing."),
            };
        };
        let hash = persisted.get("sha256Hash").and_then(Json::as_str).and_then(from_hex);
        let (Some(1), Some(hash)) = (persisted.get("version").and_then(Json::as_i64), hash) else {
            return refuse(bad, "BAD_REQUEST", "persistedQuery needs version 1 and sha256Hash.");
        };
        let mut known = self.persisted.lock().unwrap_or_else(PoisonError::into_inner);
        match query {
            None => match known.get(&hash) {
                Some(text) => Ok(text),
                None => refuse(bad, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"),
            },
            Some(query) if crypto::sha256(query.as_bytes()) == hash => {
                let text: Arc<str> = query.into();
                known.insert(hash, text.clone(), text.len());
                Ok(text)
            }
            Some(_) => refuse(bad, "BAD_REQUEST", "sha256Hash is not the hash of query."),
        }
    }

    /// The document of a text within the limits. A new one comes back twice: once it has been
    /// answered, it is worth remembering.
    pub(super) fn document(
        &self,
        text: Arc<str>,
        limits: &Limits,
    ) -> Result<(Arc<ExecutableDocument>, Option<Fresh>), Refusal> {
        let known = self.parsed.lock().unwrap_or_else(PoisonError::into_inner).get(&*text);
        if let Some(document) = known {
            return Ok((document, None));
        }
        let document = Arc::new(parse(&text, limits)?);
        Ok((document.clone(), Some(Fresh { text, document })))
    }

    /// Remembers a document that was answered.
    pub(super) fn remember(&self, fresh: Fresh) {
        let bytes = fresh.text.len();
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        parsed.insert(fresh.text, fresh.document, bytes);
    }
}

/// Parses a text and holds it against everything that can be known without the schema.
fn parse(text: &str, limits: &Limits) -> Result<ExecutableDocument, Refusal> {
    let bad = StatusCode::BAD_REQUEST;
    if limits::tokens(text) > limits.tokens {
        let text = format!("At most {} tokens.", limits.tokens);
        return refuse(bad, "LIMIT_EXCEEDED", text);
    }
    // The parser calls itself for every level: it must not see more than its stack holds.
    if limits::nesting(text) > limits::MOST_NESTING {
        return refuse(bad, "LIMIT_EXCEEDED", "Nested too deep.");
    }
    let document = match parse_query(text) {
        Ok(document) => document,
        Err(error) => return refuse(bad, "GRAPHQL_PARSE_FAILED", error.to_string()),
    };
    match limits::size(&document) {
        Some(size) if size.aliases > limits.aliases => {
            let text = format!("At most {} aliases.", limits.aliases);
            return refuse(bad, "LIMIT_EXCEEDED", text);
        }
        Some(size) if size.selections <= limits::MOST_SELECTIONS => {}
        Some(_) => return refuse(bad, "LIMIT_EXCEEDED", "Too many selections."),
        None => return refuse(bad, "GRAPHQL_VALIDATION_FAILED", "A fragment uses itself."),
    }
    if let Some(key) = limits::repeated_mutation(&document) {
        // By the specification the two are one; the executor would do it twice.
        let text = format!("`{key}` stands twice: ask for it once, or use an alias.");
        return refuse(bad, "GRAPHQL_VALIDATION_FAILED", text);
    }
    Ok(document)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..32).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()).collect()
}
