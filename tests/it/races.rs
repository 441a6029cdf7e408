//! Everything runs concurrently with itself, on this instance and on another.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use crate::world::{Who, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_staff_who_take_one_request_one_gets_it() {
    let (a, b) = World::new().await.pair().await;
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
    let (a, b) = World::new().await.pair().await;
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
    let (a, b) = World::new().await.pair().await;
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
    let (a, b) = World::new().await.pair().await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_requests_marked_as_duplicates_of_each_other_end_in_one() {
    let (a, b) = World::new().await.pair().await;
    for _ in 0..8 {
        let (x, y) = (a.submit().await, a.submit().await);
        let mut tasks = Vec::new();
        for (world, who, from, into) in [
            (a.clone(), Who::Specialist, x.clone(), y.clone()),
            (b.clone(), Who::Colleague, y.clone(), x.clone()),
        ] {
            tasks.push(tokio::spawn(async move {
                let more = json!({ "survivorId": into["id"] });
                // A deadlock would be an error at the top, which panics.
                world.try_step(who, "serviceRequestMarkDuplicate", &from, more).await
            }));
        }
        let mut refused = Vec::new();
        for task in tasks {
            let payload = task.await.unwrap();
            refused.extend(payload["errors"].as_array().unwrap().iter().map(|e| e["code"].clone()));
        }
        assert_eq!(refused, ["BAD_DUPLICATE"], "one wins, the other is told why not");
    }
    let merged = "SELECT COUNT(*) FROM service_request WHERE state = 'MERGED'";
    assert_eq!(a.number(merged).await, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_leave_entered_twice_at_the_same_moment_is_entered_once() {
    let (a, b) = World::new().await.pair().await;
    let community = a.places().await.community.to_string();
    let account = a.account(Who::Colleague).await.to_string();
    let mut tasks = Vec::new();
    for n in 0..6 {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let input = json!({ "communityId": community, "accountId": account,
            "fromDay": "2025-06-10", "untilDay": "2025-06-12" });
        tasks.push(tokio::spawn(async move {
            world.mutate(Who::Manager, "leaveEnter", input, "leave { id }").await
        }));
    }
    let mut entered = 0;
    for task in tasks {
        let payload = task.await.unwrap();
        match payload["errors"].as_array().unwrap().first() {
            None => entered += 1,
            Some(error) => assert_eq!(error["code"], "LEAVE_OVERLAPS", "{payload}"),
        }
    }
    assert_eq!(entered, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_submitted_into_a_community_while_it_is_closed() {
    let (a, b) = World::new().await.pair().await;
    let places = a.places().await;
    let community = places.community.to_string();
    b.step(Who::Resident, "serviceRequestWithdraw", &b.submit().await, json!({})).await;
    let shut = {
        let (world, community) = (a.clone(), community.clone());
        tokio::spawn(async move {
            let input = json!({ "id": community, "expectedVersion": 1, "active": false });
            world.mutate(Who::Admin, "placeChange", input, "place { active }").await
        })
    };
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let world = b.clone();
        let input = json!({ "communityId": community, "matterId": places.matter.to_string(),
            "title": "赶在最后" });
        tasks.push(tokio::spawn(async move {
            let fields = "submitted { trackingCode }";
            world.mutate(Who::Resident, "serviceRequestSubmit", input, fields).await
        }));
    }
    let closed = shut.await.unwrap()["errors"] == json!([]);
    let mut submitted = 0;
    for task in tasks {
        submitted += i64::from(task.await.unwrap()["errors"] == json!([]));
    }
    let open = "SELECT COUNT(*) FROM service_request WHERE state = 'SUBMITTED'";
    assert_eq!(a.number(open).await, submitted);
    assert!(!closed || submitted == 0, "closed over {submitted} requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn linking_records_does_not_wait_for_who_reads_one_of_them() {
    let (a, b) = World::new().await.pair().await;
    for n in 0..4 {
        // A record that staff entered under the resident's own phone.
        let person = json!({ "name": format!("旧记录{n}"), "phone": Who::Resident.phone() });
        let input = json!({ "channel": "WINDOW", "beneficiary": person });
        let submitted = a.submit_as(Who::Specialist, input).await;
        let made = submitted["serviceRequest"].clone();
        let mut tasks = Vec::new();
        for _ in 0..4 {
            let (world, request) = (b.clone(), made.clone());
            tasks.push(tokio::spawn(async move {
                let input = json!({ "requestId": request["id"], "reason": "送证上门" });
                let fields = "personalData { name }";
                world.mutate(Who::Specialist, "personalDataReveal", input, fields).await
            }));
        }
        let input = json!({
            "requestNumber": made["number"],
            "trackingCode": submitted["trackingCode"],
        });
        let linked = a.mutate(Who::Resident, "personLink", input, "personId").await;
        assert_eq!(linked["errors"], json!([]));
        for task in tasks {
            assert_eq!(task.await.unwrap()["errors"], json!([]));
        }
    }
}
