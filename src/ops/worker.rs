//! What happens by itself, in `serve` or alone as `linli worker`; any number may run.

use std::{sync::Arc, time::Duration};

use linli_entity::ids::PlaceId;
use sea_orm::{ConnectionTrait, Statement};

use crate::{
    kernel::{App, Result, idempotency},
    notifications::{service::deliver_all, sms::Sms},
    requests,
};

/// Works until `stop` resolves.
pub async fn run(app: Arc<App>, sms: Sms, stop: impl Future<Output = ()> + Send) {
    tokio::pin!(stop);
    let mut tick = tokio::time::interval(Duration::from_secs(2));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut round: u64 = 0;
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = tick.tick() => {
                once(&app, &sms, round.is_multiple_of(15)).await;
                round += 1;
            }
            () = app.outbox_waits() => {
                if let Err(error) = deliver_all(&app, &sms).await {
                    tracing::warn!(%error, "delivering failed; it will be tried again");
                }
            }
        }
    }
}

/// One round of everything. What fails is logged and tried again in the next.
pub async fn once(app: &App, sms: &Sms, thorough: bool) {
    let told = |what: &str, result: Result<usize>| match result {
        Ok(0) => {}
        Ok(n) => tracing::info!(what, n, "worker"),
        Err(error) => tracing::warn!(what, %error, "worker failed; it will be tried again"),
    };
    told("deliver", deliver_all(app, sms).await);
    told("wake", requests::service::wake_due(app, 200).await);
    told("assign", requests::service::assign_automatically(app, 100).await);
    if thorough {
        told("reproject", reproject(app).await);
        told("tidy", tidy(app).await);
    }
}

/// Every community has its open requests checked against the newest calendar.
async fn reproject(app: &App) -> Result<usize> {
    let conn = app.db.reader();
    let rows = conn
        .query_all_raw(Statement::from_string(
            conn.get_database_backend(),
            "SELECT id FROM place WHERE kind = 'COMMUNITY' AND active",
        ))
        .await?;
    let mut moved = 0;
    for row in rows {
        let community: PlaceId = row.try_get_by_index(0)?;
        moved += requests::service::reproject_open(app, community, 500).await?;
    }
    Ok(moved)
}

/// Forgets what has served its time.
async fn tidy(app: &App) -> Result<usize> {
    let (now, conn) = (app.clock.now(), app.db.writer());
    let day = chrono::Duration::days(1);
    let jobs = [
        ("DELETE FROM idempotency WHERE created_at < $1", now - idempotency::KEPT),
        ("DELETE FROM throttle WHERE window_until < $1", now),
        ("DELETE FROM verification WHERE expires_at < $1", now - day),
        ("DELETE FROM refresh_token WHERE expires_at < $1", now - day),
        ("DELETE FROM outbox WHERE state = 'DONE' AND available_at < $1", now - day * 7),
        ("DELETE FROM statistics_release WHERE as_of < $1", now - day * 32),
    ];
    let mut gone = 0;
    for (sql, before) in jobs {
        let statement =
            Statement::from_sql_and_values(conn.get_database_backend(), sql, [before.into()]);
        gone += conn.execute_raw(statement).await?.rows_affected();
    }
    Ok(usize::try_from(gone).unwrap_or(usize::MAX))
}
