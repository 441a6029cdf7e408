//! The resident's word: recorded by staff where there is no account; ratings that say nothing of who
//! gave them; corrective actions that the rated person has nothing to do with.

use serde_json::{Value, json};

use crate::world::{Who, World};

const YES: &str = "ONLINE";

/// A request of the resident, done by `owner` and closed with the resident's word.
async fn closed(world: &World, owner: Who) -> Value {
    let request = world.submit().await;
    let request = world.step(owner, "serviceRequestTake", &request, json!({})).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    let request = world.step(owner, "serviceRequestResolve", &request, result).await;
    world.step(Who::Resident, "serviceRequestConfirm", &request, json!({ "via": YES })).await
}

async fn rate(world: &World, request: &Value, level: &str) {
    let rating = json!({ "level": level, "text": level });
    world.step(Who::Resident, "serviceRequestRate", request, rating).await;
}

async fn received(world: &World, who: Who) -> Vec<Value> {
    let query = "{ ratingsReceived { level text batchedOn } }";
    let answer = world.run(who, query, json!({})).await;
    answer["data"]["ratingsReceived"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

#[tokio::test]
async fn ratings_reach_the_rated_in_closed_batches_of_five_that_say_no_time() {
    let world = World::new().await;
    let mut requests = Vec::new();
    for level in ["SATISFIED", "VERY_SATISFIED", "BASICALLY_SATISFIED", "SATISFIED"] {
        let request = closed(&world, Who::Specialist).await;
        rate(&world, &request, level).await;
        requests.push(request);
        world.advance(chrono::Duration::hours(30));
    }
    assert!(received(&world, Who::Specialist).await.is_empty());
    // Replaced before its batch was complete: it counts once.
    rate(&world, &requests[0], "VERY_SATISFIED").await;
    assert!(received(&world, Who::Specialist).await.is_empty());
    requests.push(closed(&world, Who::Specialist).await);
    rate(&world, &requests[4], "VERY_SATISFIED").await;
    let batch = received(&world, Who::Specialist).await;
    let day = json!("2025-06-08");
    assert_eq!(batch.len(), 5);
    assert!(batch.iter().all(|r| r["batchedOn"] == day), "the day of the batch: {batch:?}");
    // Not in the order in which they came.
    let levels: Vec<&str> = batch.iter().map(|r| r["level"].as_str().unwrap()).collect();
    let mut sorted = levels.clone();
    sorted.sort_by_key(|l| {
        ["VERY_SATISFIED", "SATISFIED", "BASICALLY_SATISFIED"].iter().position(|k| k == l)
    });
    assert_eq!(levels, sorted);
    // A closed batch stays as it is, whatever becomes of the ratings in it.
    rate(&world, &requests[2], "DISSATISFIED").await;
    let again = json!({ "via": YES, "reason": "还没好" });
    world.step(Who::Resident, "serviceRequestReopen", &requests[4], again).await;
    assert_eq!(received(&world, Who::Specialist).await, batch);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_rate_at_once_close_one_batch() {
    let a = std::sync::Arc::new(World::new().await);
    let b = std::sync::Arc::new(a.another_instance().await);
    let mut tasks = Vec::new();
    for n in 0..10 {
        let request = closed(&a, Who::Specialist).await;
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        tasks.push(tokio::spawn(async move { rate(&world, &request, "SATISFIED").await }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(received(&a, Who::Specialist).await.len(), 10);
    assert_eq!(a.number("SELECT COUNT(*) FROM rating WHERE batched_at IS NULL").await, 0);
}

#[tokio::test]
async fn the_office_does_not_see_when_it_was_rated() {
    let world = World::new().await;
    let request = closed(&world, Who::Manager).await;
    rate(&world, &request, "SATISFIED").await;
    for query in [
        "query($id: ID!) { serviceRequest(id: $id) { events { kind } ratings { level } } }",
        "query($id: ID!) { serviceRequest(id: $id) { ratings { level } events(last: 3) { kind } } }",
    ] {
        for who in [Who::Manager, Who::Specialist, Who::Resident] {
            let seen = world.run(who, query, json!({ "id": request["id"] })).await;
            let seen = &seen["data"]["serviceRequest"];
            let told = seen["events"].to_string().contains("RATED");
            assert_eq!(told, who == Who::Resident, "{who:?} {seen}");
            // The manager is the rated person here, so the text comes in batches only.
            assert_eq!(seen["ratings"].is_array(), who == Who::Resident, "{who:?} {seen}");
        }
    }
    let query = "{ serviceRequests(filter: {states: [CLOSED]}) { nodes { events { kind } } } }";
    let listed = world.run(Who::Specialist, query, json!({})).await;
    assert!(!listed.to_string().contains("RATED"), "{listed}");
}

#[tokio::test]
async fn a_corrective_action_is_nothing_to_the_rated_and_something_to_its_handler() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let list =
        "query($c: ID!) { correctiveActions(communityId: $c) { nodes { id version } totalCount } }";
    let listed = async |who: Who| {
        let answer = world.run(who, list, json!({ "c": community })).await;
        answer["data"]["correctiveActions"]["nodes"].as_array().cloned()
    };
    // About the manager's own work: nothing to see, to give away or to end.
    let own = closed(&world, Who::Manager).await;
    rate(&world, &own, "DISSATISFIED").await;
    assert_eq!(listed(Who::Manager).await, Some(vec![]));
    let id = "SELECT COUNT(*) FROM corrective_action WHERE state = 'OPEN'";
    assert_eq!(world.number(id).await, 1);
    // About the specialist's: for the manager, who gives it to the colleague.
    let request = closed(&world, Who::Specialist).await;
    rate(&world, &request, "VERY_DISSATISFIED").await;
    let action = listed(Who::Manager).await.unwrap().remove(0);
    for who in [Who::Specialist, Who::Colleague] {
        assert_eq!(listed(who).await, Some(vec![]), "{who:?}");
    }
    assert_eq!(listed(Who::Stranger).await, None);
    let complete = "mutation($i: CorrectiveActionCompleteInput!) { correctiveActionComplete(input: $i) \
                    { correctiveAction { state handler { name } } errors { code } } }";
    let done = |action: &Value| {
        json!({ "i": { "id": action["id"], "expectedVersion": action["version"],
            "measure": "已致歉", "calledBack": true } })
    };
    for who in [Who::Specialist, Who::Colleague, Who::Stranger, Who::Neighbour] {
        let refused = world.run(who, complete, done(&action)).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "NOT_FOUND", "{who:?}");
    }
    let rated = world.account(Who::Specialist).await.to_string();
    let to = |handler: String| json!({ "id": action["id"], "expectedVersion": action["version"], "handlerId": handler });
    let fields = "correctiveAction { id version }";
    let refused = world.mutate(Who::Manager, "correctiveActionAssign", to(rated), fields).await;
    assert_eq!(refused["errors"][0]["code"], "RATED_MAY_NOT_HANDLE");
    let colleague = world.account(Who::Colleague).await.to_string();
    world.mutate(Who::Manager, "correctiveActionAssign", to(colleague), fields).await;
    let given = listed(Who::Colleague).await.unwrap().remove(0);
    let assign = "mutation($i: CorrectiveActionAssignInput!) { correctiveActionAssign(input: $i) { errors { code } } }";
    let manager = world.account(Who::Manager).await.to_string();
    let away = json!({ "i": { "id": given["id"], "expectedVersion": given["version"], "handlerId": manager } });
    let refused = world.run(Who::Colleague, assign, away).await;
    assert_eq!(
        refused["errors"][0]["extensions"]["code"], "FORBIDDEN",
        "given, not to be given on"
    );
    let ended = world.run(Who::Colleague, complete, done(&given)).await;
    let ended = &ended["data"]["correctiveActionComplete"]["correctiveAction"];
    assert_eq!(*ended, json!({ "state": "DONE", "handler": { "name": "Colleague" } }));
}

/// Somebody without an account, who came to the window.
async fn at_the_window(world: &World) -> Value {
    let person = json!({ "name": "周奶奶", "phone": "13655556666", "contactPreference": "SMS" });
    let input = json!({ "channel": "WINDOW", "beneficiary": person });
    world.submit_as(Who::Specialist, input).await["serviceRequest"].clone()
}

#[tokio::test]
async fn appeal_rating_and_withdrawal_are_recorded_by_others_than_the_owner() {
    let world = World::new().await;
    let (owner, clerk) = (Who::Specialist, Who::Colleague);
    let by_phone = |more: Value| {
        let mut input = json!({ "via": "PHONE" });
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    // Withdrawn.
    let request = at_the_window(&world).await;
    let request = world.step(owner, "serviceRequestTake", &request, json!({})).await;
    assert!(!request["availableActions"].to_string().contains("WITHDRAW"), "{request}");
    let name = "serviceRequestWithdraw";
    let refused = world.try_step(owner, name, &request, by_phone(json!({}))).await;
    assert_eq!(refused["errors"][0]["code"], "OWNER_MAY_NOT_CONFIRM");
    let refused = world.try_step(clerk, name, &request, json!({})).await;
    assert_eq!(
        refused["errors"][0]["code"], "INVALID_VALUE",
        "staff cannot withdraw in their own name"
    );
    let gone = world.step(clerk, name, &request, by_phone(json!({}))).await;
    assert_eq!(gone["state"], "WITHDRAWN");
    let query =
        "query($id: ID!) { serviceRequest(id: $id) { confirmedVia events { kind onBehalf } } }";
    let seen = world.run(clerk, query, json!({ "id": gone["id"] })).await;
    let seen = &seen["data"]["serviceRequest"];
    assert_eq!(seen["confirmedVia"], "PHONE");
    assert_eq!(seen["events"][0], json!({ "kind": "WITHDRAWN", "onBehalf": true }));
    let told = world.last_sms("+8613655556666").await.unwrap();
    assert!(told.contains("如非您本意"), "the resident can object: {told}");

    // Appealed.
    let request = at_the_window(&world).await;
    let text = json!({ "text": "请到公安机关办理" });
    let request = world.step(owner, "serviceRequestDecline", &request, text).await;
    let why = by_phone(json!({ "reason": "公安说由社区出具" }));
    let request = world.step(clerk, "serviceRequestAppeal", &request, why).await;
    assert_eq!(request["state"], "SUBMITTED");

    // Rated.
    let request = at_the_window(&world).await;
    let request = world.step(owner, "serviceRequestTake", &request, json!({})).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    let request = world.step(owner, "serviceRequestResolve", &request, result).await;
    let request =
        world.step(clerk, "serviceRequestConfirm", &request, json!({ "via": "PHONE" })).await;
    let bad = by_phone(json!({ "level": "DISSATISFIED", "text": "跑了两趟" }));
    let refused = world.try_step(owner, "serviceRequestRate", &request, bad.clone()).await;
    assert_eq!(refused["errors"][0]["code"], "OWNER_MAY_NOT_CONFIRM");
    world.step(clerk, "serviceRequestRate", &request, bad).await;
    let query = "query($id: ID!) { serviceRequest(id: $id) { ratings { level via } } }";
    let seen = world.run(Who::Manager, query, json!({ "id": request["id"] })).await;
    let ratings = &seen["data"]["serviceRequest"]["ratings"];
    assert_eq!(*ratings, json!([{ "level": "DISSATISFIED", "via": "PHONE" }]));
    assert_eq!(world.number("SELECT COUNT(*) FROM corrective_action").await, 1);
}

#[tokio::test]
async fn the_inbox_is_for_those_who_have_an_account() {
    let world = World::new().await;
    let places = world.places().await;
    let person = json!({ "name": "周奶奶", "phone": "13655556666", "contactPreference": "INBOX" });
    let input = json!({ "communityId": places.community.to_string(), "title": "事",
        "matterId": places.matter.to_string(), "channel": "WINDOW", "beneficiary": person });
    let refused = world.mutate(Who::Specialist, "serviceRequestSubmit", input, "").await;
    assert_eq!(refused["errors"][0]["code"], "INBOX_NEEDS_ACCOUNT");
    assert_eq!(refused["errors"][0]["path"], json!(["beneficiary", "contactPreference"]));
}
