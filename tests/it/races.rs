//! Everything runs concurrently with itself, on this instance and on another.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use crate::world::{Who, World};

async fn both(world: World) -> (Arc<World>, Arc<World>) {
    let other = world.another_instance().await;
    (Arc::new(world), Arc::new(other))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_staff_who_take_one_request_one_gets_it() {
    let (a, b) = both(World::new().await).await;
    for _ in 0..5 {
        let request = a.submit().await;
        let mut tasks = Vec::new();
        for n in 0..8 {
            let world = if n % 2 == 0 { a.clone() } else { b.clone() };
            let who = if n % 2 == 0 { Who::Specialist } else { Who::Colleague };
            let request = request.clone();
            tasks.push(tokio::spawn(async move {
                world.try_step(who, "serviceRequestTake", &request, json!({})).await
            }));
        }
        let mut won = 0;
        for task in tasks {
            let payload = task.await.unwrap();
            match payload["errors"].as_array().unwrap().first() {
                None => won += 1,
                Some(error) => {
                    assert_eq!(error["code"], "ALREADY_OWNED", "{payload}");
                    assert!(
                        ["Specialist", "Colleague"].contains(&error["ownerName"].as_str().unwrap())
                    );
                }
            }
        }
        assert_eq!(won, 1);
    }
    let open = "SELECT COUNT(*) FROM request_ownership WHERE until_at IS NULL";
    assert_eq!(a.number(open).await, 5);
    a.consistent().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_parallel_retries_with_one_key_are_one_request() {
    let (a, b) = both(World::new().await).await;
    let mut tasks = Vec::new();
    for n in 0..50 {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        tasks.push(tokio::spawn(async move {
            world.submit_as(Who::Resident, json!({ "idempotencyKey": "one" })).await
        }));
    }
    let mut answers: Vec<Value> = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers.dedup_by(|x, y| {
        x["serviceRequest"]["id"] == y["serviceRequest"]["id"]
            && x["trackingCode"] == y["trackingCode"]
    });
    assert_eq!(answers.len(), 1, "the same request and the same tracking code");
    assert_eq!(a.number("SELECT COUNT(*) FROM service_request").await, 1);
    assert_eq!(a.number("SELECT COUNT(*) FROM event WHERE kind = 'REQUEST_SUBMITTED'").await, 1);
}

#[tokio::test]
async fn a_key_belongs_to_its_input_its_actor_and_its_operation() {
    let world = World::new().await;
    let key = json!({ "idempotencyKey": "k" });
    let first = world.submit_as(Who::Resident, key.clone()).await;
    let other = world.submit_as(Who::Neighbour, key.clone()).await;
    assert_ne!(first["serviceRequest"]["id"], other["serviceRequest"]["id"]);
    let places = world.places().await;
    let input = json!({
        "communityId": places.community.to_string(), "matterId": places.matter.to_string(),
        "title": "另一件", "idempotencyKey": "k",
    });
    let refused = world
        .mutate(Who::Resident, "serviceRequestSubmit", input, "submitted { trackingCode }")
        .await;
    assert_eq!(refused["errors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    // A step is replayed although the version has moved on, and shows the request as it is now.
    let request = first["serviceRequest"].clone();
    let taken = world.step(Who::Specialist, "serviceRequestTake", &request, key.clone()).await;
    world.step(Who::Specialist, "serviceRequestStart", &taken, json!({})).await;
    let again = world.step(Who::Specialist, "serviceRequestTake", &request, key.clone()).await;
    assert_eq!(again["state"], "IN_PROGRESS");
    // It survives a restart, and is forgotten after a day.
    let restarted = world.another_instance().await;
    let replay = restarted.submit_as(Who::Resident, key.clone()).await;
    assert_eq!(replay["serviceRequest"]["id"], request["id"]);
    world.advance(chrono::Duration::hours(25));
    world.work().await;
    let fresh = world.submit_as(Who::Resident, key).await;
    assert_ne!(fresh["serviceRequest"]["id"], request["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_on_two_instances_deliver_and_close_once() {
    let (a, b) = both(World::new().await).await;
    for _ in 0..10 {
        a.resolved().await;
    }
    a.advance(chrono::Duration::days(8));
    let mut tasks = Vec::new();
    for n in 0..6 {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        tasks.push(tokio::spawn(async move { world.work().await }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    a.work().await;
    let closed = "SELECT COUNT(*) FROM event WHERE kind = 'REQUEST_CLOSED_UNCONFIRMED'";
    assert_eq!(a.number(closed).await, 10);
    assert_eq!(a.number("SELECT COUNT(*) FROM outbox WHERE state <> 'DONE'").await, 0);
    let resolved = a.sms.kept().iter().filter(|(_, t)| t.contains("has a result")).count();
    assert_eq!(resolved, 10, "one message each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn confirm_and_reopen_at_the_same_moment_end_in_one_of_them() {
    let (a, b) = both(World::new().await).await;
    for _ in 0..5 {
        let request = a.resolved().await;
        let (x, y) = (request.clone(), request.clone());
        let (a2, b2) = (a.clone(), b.clone());
        let confirm = tokio::spawn(async move {
            a2.try_step(Who::Resident, "serviceRequestConfirm", &x, json!({ "via": "ONLINE" }))
                .await
        });
        let reopen = tokio::spawn(async move {
            let more = json!({ "via": "ONLINE", "reason": "还没好" });
            b2.try_step(Who::Resident, "serviceRequestReopen", &y, more).await
        });
        let ended = [confirm.await.unwrap(), reopen.await.unwrap()];
        let done = ended.iter().filter(|p| p["errors"] == json!([])).count();
        assert_eq!(done, 1, "{ended:?}");
    }
    a.consistent().await;
}

/// Cuts every other connection to the database, as a restart of the server does. An embedded
/// database goes away only with the process.
async fn cut_connections(world: &World) {
    let conn = world.app.db.writer();
    if conn.get_database_backend() == DbBackend::Postgres {
        let sql = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        // The statement itself may be what another one cuts.
        let _ = conn.execute_unprepared(sql).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_that_goes_away_in_the_middle_loses_and_doubles_nothing() {
    let world = Arc::new(World::new().await);
    let places = world.places().await;
    world.token(Who::Resident).await;
    let mut tasks = Vec::new();
    for n in 0..40 {
        let world = world.clone();
        let input = json!({ "input": {
            "communityId": places.community.to_string(),
            "matterId": places.matter.to_string(),
            "title": format!("第 {n} 件"),
            "idempotencyKey": format!("key-{n}"),
        }});
        tasks.push(tokio::spawn(async move {
            let query = "mutation($input: ServiceRequestSubmitInput!) { \
                         serviceRequestSubmit(input: $input) { \
                         submitted { serviceRequest { id } } errors { code } } }";
            // As a client does that wants its request to be there: the same key until it is told.
            for _ in 0..50 {
                let answer = world.run(Who::Resident, query, input.clone()).await;
                let id =
                    &answer["data"]["serviceRequestSubmit"]["submitted"]["serviceRequest"]["id"];
                if let Some(id) = id.as_str() {
                    return id.to_owned();
                }
                let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap();
                assert!(["UNAVAILABLE", "OUTCOME_UNKNOWN"].contains(&code), "{answer}");
            }
            panic!("no answer after 50 attempts");
        }));
    }
    for _ in 0..20 {
        cut_connections(&world).await;
        tokio::task::yield_now().await;
    }
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40, "each key is one request");
    let count = async |sql: &str| loop {
        let asked = Statement::from_string(world.app.db.backend(), sql);
        if let Ok(Some(row)) = world.app.db.reader().query_one_raw(asked).await {
            return row.try_get_by_index::<i64>(0).unwrap();
        }
    };
    assert_eq!(count("SELECT COUNT(*) FROM service_request").await, 40);
    assert_eq!(count("SELECT COUNT(*) FROM event WHERE kind = 'REQUEST_SUBMITTED'").await, 40);
    world.consistent().await;
}
