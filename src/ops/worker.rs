//! What happens by itself, in `serve` or alone as `linli worker`; any number may run.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior},
};

use crate::{
    activities, appointments, audit, communities, delegations, identity, incidents,
    kernel::{App, Result},
    notifications::{
        service::{deliver_all, deliver_some},
        sms::Sms,
    },
    party, requests, statistics, volunteers, wishes,
};

/// Works until `stop` resolves: messages and timed work side by side, so that a slow gateway of text
/// messages holds no deadline up. What has begun is finished first.
pub async fn run(app: Arc<App>, sms: Sms, stop: impl Future<Output = ()> + Send) {
    let (tell, stopped) = watch::channel(false);
    let wait = async move {
        stop.await;
        let _ = tell.send(true);
    };
    tokio::join!(wait, messages(&app, &sms, stopped.clone()), timers(&app, stopped));
}

/// Rounds of two seconds in a day.
const ROUNDS_A_DAY: u64 = 43_200;
/// The round of the day in which stored rows are checked: not at the start, which has better to do.
const FIRST_CHECK: u64 = 300;

/// Looks for what may never be in the rows; what is found stays an error in the log and a figure
/// above zero in the metrics until somebody has mended it.
async fn check(app: &App) -> Result<usize> {
    let mut found = requests::queries::contradictions(app).await?;
    found.extend(activities::queries::contradictions(app).await?);
    found.extend(wishes::queries::contradictions(app).await?);
    found.extend(volunteers::queries::contradictions(app).await?);
    found.extend(incidents::queries::contradictions(app).await?);
    found.extend(party::queries::contradictions(app).await?);
    for (what, rows) in &found {
        tracing::error!(what, rows, "stored rows contradict each other: run `linli doctor`");
    }
    metrics::gauge!("linli_contradictions")
        .set(f64::from(u32::try_from(found.len()).unwrap_or(u32::MAX)));
    Ok(found.len())
}

fn ticks() -> Interval {
    let mut tick = tokio::time::interval(Duration::from_secs(2));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}

async fn messages(app: &App, sms: &Sms, mut stopped: watch::Receiver<bool>) {
    let mut tick = ticks();
    while !*stopped.borrow() {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = tick.tick() => {}
            () = app.outbox_waits() => {}
        }
        // More may wait than one call delivers.
        while told("deliver", deliver_some(app, sms).await) > 0 && !*stopped.borrow() {}
    }
}

async fn timers(app: &App, mut stopped: watch::Receiver<bool>) {
    let mut tick = ticks();
    let mut round: u64 = 0;
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = tick.tick() => {}
        }
        timed(app, round.is_multiple_of(15)).await;
        if round % ROUNDS_A_DAY == FIRST_CHECK {
            told("check", check(app).await);
        }
        round += 1;
    }
}

/// Logs what a piece of work came to; what failed is tried again in the next round.
fn told(what: &str, result: Result<usize>) -> usize {
    match result {
        Ok(0) => 0,
        Ok(n) => {
            tracing::info!(what, n, "worker");
            n
        }
        Err(error) => {
            tracing::warn!(what, %error, "worker failed; it will be tried again");
            0
        }
    }
}

/// One round of everything.
pub async fn once(app: &App, sms: &Sms, thorough: bool) {
    told("deliver", deliver_all(app, sms).await);
    timed(app, thorough).await;
}

async fn timed(app: &App, thorough: bool) {
    told("wake", requests::service::wake_due(app, 200).await);
    told("assign", requests::service::assign_automatically(app, 100).await);
    told("cancel", appointments::service::cancel_ended(app, 100).await);
    told("expire", activities::service::expire_offers(app, 200).await);
    told("settle claims", wishes::service::settle_claims(app, 200).await);
    told("time out offers", wishes::service::time_out_offers(app, 200).await);
    told("expire wishes", wishes::service::expire(app, 200).await);
    told("escalate", incidents::service::escalate_due(app, 200).await);
    told("remind", appointments::service::remind_due(app, 200).await);
    told("lapse", volunteers::service::lapse_open(app, 200).await);
    told("linked memberships", party::service::settle_linked(app, 100).await);
    told("late tasks", incidents::service::late(app, 200).await);
    if thorough {
        told("hand over", requests::service::hand_over_left(app, 1000).await);
        told("reassign", appointments::service::reassign_absent(app, 1000).await);
        told("reproject", reproject(app).await);
        told("seal", audit::service::seal(app).await);
        told("tidy", tidy(app).await);
    }
}

/// Every community has its open requests checked against the newest calendar.
async fn reproject(app: &App) -> Result<usize> {
    let mut moved = 0;
    for community in communities::queries::active_communities(app).await? {
        moved += requests::service::reproject_open(app, community, 500).await?;
    }
    Ok(moved)
}

/// Forgets what has served its time.
async fn tidy(app: &App) -> Result<usize> {
    Ok(app.tidy().await?
        + identity::service::tidy(app).await?
        + delegations::service::tidy(app, 1000).await?
        + statistics::release::tidy(app).await?)
}
