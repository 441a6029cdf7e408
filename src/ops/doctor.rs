//! `linli doctor`: says what is wrong with a set-up, and what to do.

use linli_entity::enums::CalendarKind;

use super::config::Config;
use crate::{
    activities, audit, calendar, communities, identity, incidents, kernel::App, party, requests,
    volunteers, wishes,
};

/// What was found, line by line; the second says whether it is fine.
pub async fn examine(config: &Config) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    if let Err(problem) = config.check() {
        found.push((problem, false));
        return found;
    }
    found.push(("configuration is valid".to_owned(), true));
    if config.sms == "console" && !config.database_url.starts_with("sqlite:") {
        let text = "sms = \"console\" prints codes and phones to the log: name a program";
        found.push((text.to_owned(), false));
    }
    if let Err(problem) = config.master() {
        found.push((problem, false));
        return found;
    }
    key_rights(config, &mut found);
    match config.app(false).await {
        Err(problem) => found.push((problem, false)),
        Ok(app) => {
            if let Err(error) = database(&app, &mut found).await {
                found.push((format!("database: {error}"), false));
            }
        }
    }
    found
}

fn key_rights(config: &Config, found: &mut Vec<(String, bool)>) {
    use std::os::unix::fs::PermissionsExt;

    let Some(path) = config.key_file().filter(|p| config.master_key.is_empty() && p.exists())
    else {
        return;
    };
    if let Ok(meta) = std::fs::metadata(&path) {
        let open = meta.permissions().mode() & 0o077 != 0;
        let text = if open {
            format!("{}: others can read the master key: chmod 600 it", path.display())
        } else {
            format!("{}: only its owner can read it", path.display())
        };
        found.push((text, !open));
    }
}

async fn database(app: &App, found: &mut Vec<(String, bool)>) -> crate::kernel::Result<()> {
    app.db.ping().await?;
    found.push((format!("the database answers ({:?})", app.db.backend()), true));
    if !app.db.is_migrated().await? {
        found.push(("the schema is not up to date: run `linli migrate`".to_owned(), false));
        return Ok(());
    }
    found.push(("the schema is up to date".to_owned(), true));
    let administrators = identity::queries::administrators(app).await?;
    let text = if administrators == 0 {
        "there is no administrator: run `linli admin create`".to_owned()
    } else {
        format!("{administrators} administrator(s)")
    };
    found.push((text, administrators > 0));
    calendars(app, found).await?;
    let unknown = requests::queries::without_date(app).await?;
    if unknown > 0 {
        let text = format!("{unknown} open request(s) have no deadline: a calendar lacks a year");
        found.push((text, false));
    }
    let drift = requests::queries::drifted(app, 2000).await?;
    let text = if drift == 0 {
        "deadlines agree with what happened".to_owned()
    } else {
        format!(
            "{drift} open request(s) have other dates than their history says: after a new calendar the worker rewrites them; otherwise please report it"
        )
    };
    found.push((text, drift == 0));
    let mut contradictions = requests::queries::contradictions(app).await?;
    contradictions.extend(activities::queries::contradictions(app).await?);
    contradictions.extend(wishes::queries::contradictions(app).await?);
    contradictions.extend(incidents::queries::contradictions(app).await?);
    contradictions.extend(volunteers::queries::contradictions(app).await?);
    contradictions.extend(party::queries::contradictions(app).await?);
    if contradictions.is_empty() {
        found.push(("requests, owners, events and statistics agree".to_owned(), true));
    }
    for (what, rows) in contradictions {
        found.push((format!("{rows} of: {what}; please report it"), false));
    }
    let (waiting, dead) = app.outbox_backlog().await?;
    found.push((format!("outbox: {waiting} waiting, {dead} given up"), dead == 0));
    seals(app, found).await
}

/// The seals of the audit trail agree with what happened. The newest hash of each chain is worth
/// keeping elsewhere: who can write to the database could make a whole chain anew.
async fn seals(app: &App, found: &mut Vec<(String, bool)>) -> crate::kernel::Result<()> {
    for chain in audit::queries::verify(app).await?.into_iter().filter(|c| c.batches > 0) {
        let newest: Vec<String> = chain.newest.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!(
            "audit {}: {} events in {} sealed batches, newest {}",
            chain.name,
            chain.events,
            chain.batches,
            newest.concat()
        );
        found.push((text, chain.broken.is_empty()));
        for broken in chain.broken {
            found.push((format!("audit {}, {broken}", chain.name), false));
        }
    }
    Ok(())
}

/// Every community's calendar should reach two months ahead.
async fn calendars(app: &App, found: &mut Vec<(String, bool)>) -> crate::kernel::Result<()> {
    let ahead = app.day(app.clock.now()) + chrono::Days::new(60);
    for community in communities::queries::active_communities(app).await? {
        let kind = CalendarKind::Limits;
        let calendar = calendar::queries::load(app, app.db.reader(), community, kind).await?;
        if calendar.day(ahead).is_err() {
            let year = chrono::Datelike::year(&ahead);
            let conn = app.db.reader();
            let place = communities::queries::place(app, conn, community).await?;
            let text = format!(
                "community {}: the calendar has no data for {year}; publish it with calendarPublish",
                place.code
            );
            found.push((text, false));
        }
    }
    Ok(())
}
