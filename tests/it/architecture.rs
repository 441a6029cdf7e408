//! Who may import whom, read from the `use` lines; and who may name which library.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

const SLICES: [&str; 20] = [
    "activities",
    "appointments",
    "audit",
    "blocks",
    "calendar",
    "catalogue",
    "communities",
    "delegations",
    "feeds",
    "identity",
    "incidents",
    "notifications",
    "party",
    "ratings",
    "requests",
    "reservations",
    "statistics",
    "venues",
    "volunteers",
    "wishes",
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Room and layer of a file, and its code without comments and tests.
struct Source {
    path: String,
    room: String,
    layer: String,
    code: String,
}

fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files
        .into_iter()
        .map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let mut parts = path.trim_end_matches(".rs").split('/');
            let room = parts.next().unwrap().to_owned();
            let layer = parts.next().unwrap_or("").to_owned();
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let code =
                code.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>();
            Source { path, room, layer, code: code.join("\n") }
        })
        .collect()
}

#[test]
fn libraries_stay_in_their_rooms() {
    for s in all() {
        let gql = s.layer == "gql";
        if s.code.contains("axum::") {
            assert!(["ops", "graphql", "feeds"].contains(&s.room.as_str()), "axum in {}", s.path);
        }
        if s.code.contains("sea_orm::") || s.code.contains("use sea_orm") {
            assert!(!gql && s.layer != "rules", "sea_orm in {}", s.path);
        }
        let enums_only = s.code.matches("async_graphql").count()
            == s.code.matches("async_graphql::Enum").count();
        if s.code.contains("async_graphql") && !enums_only {
            let allowed = gql || ["api", "graphql"].contains(&s.room.as_str());
            assert!(
                allowed || s.path == "ops/http.rs" || s.path.starts_with("ops/csv/"),
                "async_graphql in {}",
                s.path
            );
        }
    }
}

#[test]
fn only_transactions_and_the_kernel_write() {
    for s in all() {
        // The demo rewrites its own history before anybody else sees it.
        let may = s.room == "kernel" || s.path.starts_with("ops/demo/");
        assert!(may || !s.code.contains("db.writer()"), "{} writes without a transaction", s.path);
    }
}

#[test]
fn arrows_point_down() {
    for s in all() {
        let forbidden: Vec<&str> = match s.room.as_str() {
            "kernel" => SLICES.iter().copied().chain(["api", "graphql", "ops"]).collect(),
            "api" => SLICES.iter().copied().chain(["graphql", "ops"]).collect(),
            "graphql" => vec!["ops"],
            room if SLICES.contains(&room) && s.layer != "gql" => vec!["api", "graphql", "ops"],
            room if SLICES.contains(&room) => vec!["graphql", "ops"],
            _ => vec![],
        };
        for room in forbidden {
            for form in [
                format!("crate::{room}::"),
                format!("use crate::{{{room}"),
                format!("\n    {room}::"),
            ] {
                assert!(
                    !s.code.contains(&form)
                        || form.starts_with('\n') && !in_crate_use(&s.code, room),
                    "{} names {room}",
                    s.path
                );
            }
            assert!(!in_crate_use(&s.code, room), "{} uses {room}", s.path);
        }
        let below = s.layer != "gql" && !["ops", "graphql", "api"].contains(&s.room.as_str());
        if below && SLICES.contains(&s.room.as_str()) {
            assert!(
                !s.code.contains("gql::") || s.room == "statistics",
                "{} reaches up into gql",
                s.path
            );
        }
        if s.layer == "rules" {
            for up in ["service::", "queries::"] {
                assert!(!s.code.contains(up), "{} is pure and names {up}", s.path);
            }
        }
    }
}

/// Whether a `use crate::{…}` of the file names the room.
fn in_crate_use(code: &str, room: &str) -> bool {
    rooms(code).contains(room)
}

/// The rooms that the `use crate::…` lines of a file name.
fn rooms(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in code.split("use crate::").skip(1) {
        let statement = part.split(';').next().unwrap();
        if let Some(list) = statement.strip_prefix('{') {
            let (mut depth, mut word) = (0, String::new());
            let mut first = true;
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => first = true,
                    ':' if depth == 0 && first => {
                        found.insert(word.trim().to_owned());
                        word.clear();
                        first = false;
                    }
                    c if depth == 0 && first => word.push(c),
                    _ => {}
                }
                if c == ',' && depth == 0 {
                    if !word.trim().is_empty() {
                        found.insert(word.trim().to_owned());
                    }
                    word.clear();
                }
            }
        } else {
            found.insert(statement.split("::").next().unwrap().trim().to_owned());
        }
    }
    found
}

/// Slices below their gql form no cycle.
#[test]
fn slices_form_no_cycle() {
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for s in all().into_iter().filter(|s| SLICES.contains(&s.room.as_str()) && s.layer != "gql") {
        let mut named = rooms(&s.code);
        for slice in SLICES {
            if s.code.contains(&format!("crate::{slice}::")) {
                named.insert(slice.to_owned());
            }
        }
        named.retain(|r| SLICES.contains(&r.as_str()) && *r != s.room);
        arrows.entry(s.room).or_default().extend(named);
    }
    // Take away whoever depends on nobody that is left; a cycle is what cannot be taken away.
    let mut left: BTreeSet<String> = arrows.keys().cloned().collect();
    loop {
        let free: Vec<String> =
            left.iter().filter(|s| arrows[*s].iter().all(|t| !left.contains(t))).cloned().collect();
        if free.is_empty() {
            break;
        }
        for slice in free {
            left.remove(&slice);
        }
    }
    assert!(left.is_empty(), "in a cycle, or above one: {left:?}");
}

/// A file that one can read in one sitting.
#[test]
fn files_are_short() {
    for s in all() {
        let lines = s.code.lines().count();
        assert!(lines <= 700, "{} has {lines} lines", s.path);
    }
}
