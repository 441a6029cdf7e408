//! What `availableActions` lists is what the services do: for every request × step × person, a step
//! that is not listed is refused and one that is listed succeeds.

use chrono::Duration;
use serde_json::{Value, json};

use crate::world::{Who, World, input_type};

const ACTORS: [Who; 7] = [
    Who::Resident,
    Who::Specialist,
    Who::Colleague,
    Who::Manager,
    Who::Secretary,
    Who::Overseer,
    Who::Neighbour,
];

const STORIES: [&str; 13] = [
    "submitted",
    "accepted",
    "in progress",
    "supplemented once in this stage",
    "an extension asked for by its owner",
    "an extension asked for by the manager who owns it",
    "after the deadline",
    "waiting for the resident",
    "with the department",
    "resolved",
    "closed",
    "declined",
    "appealed",
];

/// A request in the state that the story tells.
async fn tell(world: &World, story: &str) -> Value {
    let text = json!({ "text": "请稍候" });
    let staff = Who::Specialist;
    let step = async |who, name, request: Value, more| world.step(who, name, &request, more).await;
    let request = world.submit().await;
    if matches!(story, "submitted") {
        return request;
    }
    if matches!(story, "declined" | "appealed") {
        let request = step(staff, "serviceRequestDecline", request, text).await;
        if story == "declined" {
            return request;
        }
        let why = json!({ "reason": "应由社区办理" });
        return step(Who::Resident, "serviceRequestAppeal", request, why).await;
    }
    let manager = story.contains("manager");
    let owner = if manager { Who::Manager } else { staff };
    let request = step(owner, "serviceRequestTake", request, json!({})).await;
    if story == "accepted" {
        return request;
    }
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    if matches!(story, "resolved" | "closed") {
        let request = step(owner, "serviceRequestResolve", request, result).await;
        if story == "resolved" {
            return request;
        }
        let yes = json!({ "via": "ONLINE" });
        return step(Who::Resident, "serviceRequestConfirm", request, yes).await;
    }
    if story.contains("supplemented") {
        let missing = json!({ "missing": "户口簿" });
        let request = step(owner, "serviceRequestSupplement", request, missing).await;
        return step(Who::Resident, "serviceRequestAnswer", request, text).await;
    }
    if story.contains("waiting") {
        return step(owner, "serviceRequestAsk", request, text).await;
    }
    let request = step(owner, "serviceRequestStart", request, json!({})).await;
    if story.contains("extension") {
        let more = json!({ "workingDays": 2, "reason": "等上级系统恢复" });
        return step(owner, "serviceRequestRequestExtension", request, more).await;
    }
    if story.contains("department") {
        return step(owner, "serviceRequestHandToDepartment", request, text).await;
    }
    request
}

/// Every step as the schema names it, its mutation, and what goes with it.
async fn steps(world: &World, who: Who, survivor: &Value) -> Vec<(&'static str, String, Value)> {
    let to = world.account(Who::Colleague).await.to_string();
    let via = if who == Who::Resident { "ONLINE" } else { "PHONE" };
    let (text, reason) = ("请稍候", "另有原因");
    [
        ("TAKE", "Take", json!({})),
        ("ASSIGN", "Assign", json!({ "assigneeId": to })),
        ("START", "Start", json!({})),
        ("ASK", "Ask", json!({ "text": text })),
        ("SUPPLEMENT", "Supplement", json!({ "missing": "户口簿", "reason": reason })),
        ("ANSWER", "Answer", json!({ "text": text })),
        ("HAND_TO_DEPARTMENT", "HandToDepartment", json!({ "text": text })),
        ("RECORD_DEPARTMENT_ANSWER", "RecordDepartmentAnswer", json!({ "text": text })),
        ("REQUEST_EXTENSION", "RequestExtension", json!({ "workingDays": 2, "reason": reason })),
        ("DECIDE_EXTENSION", "DecideExtension", json!({ "approve": true, "text": text })),
        (
            "DECLARE_STATUTORY_TIME",
            "DeclareStatutoryTime",
            json!({ "workingDays": 1, "text": text }),
        ),
        ("TRANSFER", "Transfer", json!({ "toId": to, "reason": reason })),
        ("RETURN_TO_POOL", "Return", json!({ "reason": reason })),
        ("NOTE", "AddInternalNote", json!({ "text": text })),
        ("RESOLVE", "Resolve", json!({ "outcome": "FULFILLED", "text": text })),
        ("CONFIRM", "Confirm", json!({ "via": via })),
        ("REOPEN", "Reopen", json!({ "via": via, "reason": reason })),
        ("WITHDRAW", "Withdraw", json!({ "via": via })),
        ("DECLINE", "Decline", json!({ "text": text })),
        ("APPEAL", "Appeal", json!({ "via": via, "reason": reason })),
        ("MARK_DUPLICATE", "MarkDuplicate", json!({ "survivorId": survivor["id"] })),
        ("RATE", "Rate", json!({ "via": via, "level": "SATISFIED" })),
    ]
    .map(|(step, name, more)| (step, format!("serviceRequest{name}"), more))
    .into()
}

/// The code of the refusal, or nothing if it was done.
async fn refusal(
    world: &World,
    who: Who,
    name: &str,
    request: &Value,
    more: &Value,
) -> Option<String> {
    let kind = input_type(name);
    let mut input = more.clone();
    input["id"] = request["id"].clone();
    if !["serviceRequestAddInternalNote", "serviceRequestRate"].contains(&name) {
        input["expectedVersion"] = request["version"].clone();
    }
    let query = format!(
        "mutation($i: {kind}!) {{ {name}(input: $i) {{ serviceRequest {{ id }} errors {{ code }} }} }}"
    );
    let answer = world.run(who, &query, json!({ "i": input })).await;
    if let Some(error) = answer["errors"].get(0) {
        let code = error["extensions"]["code"].as_str().unwrap_or_default().to_owned();
        let known = ["FORBIDDEN", "NOT_FOUND"].contains(&code.as_str());
        assert!(known, "{who:?} {name}: {answer}");
        return Some(code);
    }
    let errors = &answer["data"][name]["errors"];
    errors.get(0).map(|e| e["code"].as_str().unwrap().to_owned())
}

async fn available(world: &World, who: Who, request: &Value) -> Vec<String> {
    let query = "query($id: ID!) { serviceRequest(id: $id) { availableActions } }";
    let answer = world.run(who, query, json!({ "id": request["id"] })).await;
    let listed = answer["data"]["serviceRequest"]["availableActions"].as_array().cloned();
    listed.unwrap_or_default().iter().map(|a| a.as_str().unwrap().to_owned()).collect()
}

async fn told(story: &'static str) {
    let world = World::new().await;
    let survivor = world.submit_as(Who::Neighbour, json!({})).await["serviceRequest"].clone();
    let request = tell(&world, story).await;
    if story == "after the deadline" {
        world.advance(Duration::days(9));
        world.work().await;
    }
    for who in ACTORS {
        let listed = available(&world, who, &request).await;
        let steps = steps(&world, who, &survivor).await;
        for (step, name, more) in steps {
            if !listed.contains(&step.to_owned()) {
                let refused = refusal(&world, who, &name, &request, &more).await;
                assert!(refused.is_some(), "{story}: {who:?} may {step}, which was not listed");
                continue;
            }
            // A fresh one, because this one is needed again; and of the same age.
            let fresh = if story == "after the deadline" {
                if step == "NOTE" { request.clone() } else { continue }
            } else {
                tell(&world, story).await
            };
            let mut more = more;
            if fresh["owner"]["name"] == "Colleague" && step == "TRANSFER" {
                more["toId"] = json!(world.account(Who::Specialist).await.to_string());
            }
            let refused = refusal(&world, who, &name, &fresh, &more).await;
            assert_eq!(refused, None, "{story}: {step} was listed for {who:?}");
        }
        assert_eq!(
            world.look(Who::Resident, &request).await["version"],
            request["version"],
            "{story}: what was refused changed nothing"
        );
    }
}

#[tokio::test]
async fn what_is_listed_is_done_and_what_is_not_listed_is_refused() {
    for story in STORIES {
        told(story).await;
    }
}

#[tokio::test]
async fn the_four_rules_that_depend_on_what_was_done_before_are_seen_beforehand() {
    let world = World::new().await;
    let has = async |who, request: &Value, step: &str| {
        available(&world, who, request).await.contains(&step.to_owned())
    };
    let request = tell(&world, "accepted").await;
    assert!(has(Who::Specialist, &request, "SUPPLEMENT").await);
    assert!(!has(Who::Manager, &request, "SUPPLEMENT").await, "the first is the owner's");
    let request = tell(&world, "supplemented once in this stage").await;
    assert!(!has(Who::Specialist, &request, "SUPPLEMENT").await);
    assert!(has(Who::Manager, &request, "SUPPLEMENT").await);
    let request = tell(&world, "resolved").await;
    assert!(!has(Who::Specialist, &request, "CONFIRM").await, "the owner");
    assert!(has(Who::Colleague, &request, "CONFIRM").await);
    let request = tell(&world, "in progress").await;
    assert!(has(Who::Specialist, &request, "REQUEST_EXTENSION").await);
    assert!(!has(Who::Manager, &request, "DECIDE_EXTENSION").await, "none is pending");
    let request = tell(&world, "an extension asked for by its owner").await;
    assert!(!has(Who::Specialist, &request, "REQUEST_EXTENSION").await, "one is pending");
    assert!(has(Who::Manager, &request, "DECIDE_EXTENSION").await);
    let request = tell(&world, "appealed").await;
    assert!(!has(Who::Specialist, &request, "TAKE").await);
    assert!(has(Who::Manager, &request, "TAKE").await);
    let late = tell(&world, "in progress").await;
    world.advance(Duration::days(9));
    assert!(!has(Who::Specialist, &late, "REQUEST_EXTENSION").await, "the deadline has passed");
}
