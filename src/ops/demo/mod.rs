//! `linli demo`: a believable community in an embedded database, made once and then served.
#![expect(clippy::print_stdout, reason = "a command line talks")]

mod blocks;
mod catalogue;
mod history;
mod incidents;
mod meetings;
mod place;
mod present;
mod program;
mod rooms;
#[cfg(test)]
mod testing;
mod volunteers;
mod wishes;

use std::{process::ExitCode, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use linli_entity::duty;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect, Statement};

use super::{
    cli::{prepare, serve},
    config::Config,
    telemetry,
};
use crate::{
    communities,
    kernel::{
        App,
        clock::Clock,
        db::{Db, DbOptions},
        ids::Ids,
    },
    notifications::{service::deliver_all, sms::Sms},
};

/// Code of the demo's community.
const COMMUNITY: &str = "XFL";
/// Everybody's password in the demo.
pub const PASSWORD: &str = "happy neighbours";

/// Makes the data if it is not there, says what to try, and serves.
pub async fn run(no_serve: bool) -> Result<ExitCode, String> {
    let mut config = Config::load()?;
    if std::env::var("DATABASE_URL").is_err() && config.database_url == "sqlite:linli.sqlite" {
        "sqlite:linli-demo.sqlite".clone_into(&mut config.database_url);
    }
    config.development = true;
    telemetry::log(false);
    let app = config.app(false).await?;
    app.db.migrate().await.map_err(|e| e.to_string())?;
    prepare(&app, &config).await?;
    let there = communities::queries::community_by_code(&app, COMMUNITY)
        .await
        .map_err(|e| e.to_string())?;
    if there.is_none() {
        Box::pin(make(&config, &app)).await?;
    }
    if !whole(&app).await.map_err(|e| e.to_string())? {
        return Err(format!(
            "the demo's data is not whole, its making was cut off: delete {} and start again",
            config.database_url.trim_start_matches("sqlite:")
        ));
    }
    tell(&config);
    if no_serve {
        return Ok(ExitCode::SUCCESS);
    }
    serve(app, &config).await
}

/// The data is made through the same services as in daily work, under a clock that walks through
/// two years. What is cut off in between is noticed at the next start.
async fn make(config: &Config, app: &App) -> Result<(), String> {
    println!("Making two years of a community: a minute or so, once.");
    let now = app.clock.now();
    let options = DbOptions {
        url: config.database_url.clone(),
        max_connections: config.max_connections,
        forgetful: true,
    };
    let db = Db::connect(&options).await.map_err(|e| e.to_string())?;
    let clock = Clock::fixed(now - Duration::days(731));
    let past = App::new(db, clock, Ids::seeded(20_240_601), app.master.clone(), app.zone);
    let past = Arc::new(past);
    let town = place::make(&past).await.map_err(|e| e.to_string())?;
    history::make(&past, &town, now).await.map_err(|e| e.to_string())?;
    let rooms = rooms::make(&past, &town, now).await.map_err(|e| e.to_string())?;
    Box::pin(program::make(&past, &town, &rooms, now)).await.map_err(|e| e.to_string())?;
    Box::pin(rooms::book(&past, &town, &rooms, now)).await.map_err(|e| e.to_string())?;
    let helpers = Box::pin(volunteers::make(&past, &town, now)).await.map_err(|e| e.to_string())?;
    Box::pin(wishes::make(&past, &town, &helpers, now)).await.map_err(|e| e.to_string())?;
    let agencies = blocks::make(&past, &town, now).await.map_err(|e| e.to_string())?;
    Box::pin(incidents::make(&past, &town, &agencies, now)).await.map_err(|e| e.to_string())?;
    Box::pin(present::make(&past, &town, now)).await.map_err(|e| e.to_string())?;
    told(&past, now).await.map_err(|e| e.to_string())?;
    place::roster(&past, &town, now).await.map_err(|e| e.to_string())
}

/// Nobody gets text messages about old stories; what is recent lies in the inboxes.
async fn told(app: &App, now: DateTime<Utc>) -> crate::kernel::Result<()> {
    let conn = app.db.writer();
    conn.execute_raw(Statement::from_sql_and_values(
        conn.get_database_backend(),
        "UPDATE outbox SET state = 'DONE' WHERE available_at < $1",
        [(now - Duration::days(21)).into()],
    ))
    .await?;
    deliver_all(app, &Sms::memory()).await?;
    Ok(())
}

/// The duty roster is made last: without it the making was cut off.
async fn whole(app: &App) -> crate::kernel::Result<bool> {
    Ok(duty::Entity::find().limit(1).one(app.db.reader()).await?.is_some())
}

fn tell(config: &Config) {
    println!();
    println!("Linli demo 邻里: 幸福里社区 (code {COMMUNITY}), a made-up place");
    println!("  API        http://{}/graphql  (a browser gets GraphiQL there)", config.listen);
    println!("  password   {PASSWORD}   (everybody's)");
    for (phone, who) in place::ACCOUNTS {
        println!("  {phone}  {who}");
    }
    println!();
    println!("Try: sign in, then ask for the queue:");
    println!(
        "  curl -s http://{}/graphql -H 'content-type: application/json' -d \
         '{{\"query\":\"mutation {{ signIn(input: {{ phone: \\\"13800000101\\\", password: \
         \\\"{PASSWORD}\\\" }}) {{ tokens {{ accessToken }} errors {{ message }} }} }}\"}}'",
        config.listen
    );
    println!("  The README shows the main job in five requests. Text messages appear here.");
    println!();
}
