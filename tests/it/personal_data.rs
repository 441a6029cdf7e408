//! Personal data: masked, revealed with a reason, logged for the resident; persons without accounts.

use chrono::Duration;
use serde_json::{Value, json};

use crate::world::{Who, World};

#[tokio::test]
async fn names_are_masked_until_revealed_and_the_resident_sees_who_looked() {
    let world = World::new().await;
    let made = world
        .submit_as(Who::Resident, json!({ "description": "详情", "address": "团结路8号" }))
        .await;
    let request = made["serviceRequest"].clone();
    let query = "query($id: ID!) { serviceRequest(id: $id) { description address requester { name phone } } }";
    let seen = world.run(Who::Specialist, query, json!({ "id": request["id"] })).await["data"]["serviceRequest"].clone();
    assert_eq!(seen["requester"]["name"], "R**");
    assert_eq!((&seen["address"], &seen["description"]), (&json!(null), &json!("详情")));
    world.run(Who::Specialist, query, json!({ "id": request["id"] })).await;
    let own = world.run(Who::Resident, query, json!({ "id": request["id"] })).await["data"]["serviceRequest"].clone();
    assert_eq!(
        (&own["address"], &own["requester"]["name"]),
        (&json!("团结路8号"), &json!("Resident 全名"))
    );

    let reveal = |reason: &str| json!({ "requestId": request["id"], "reason": reason });
    let fields = "personalData { name phone address }";
    let blank = world.mutate(Who::Specialist, "personalDataReveal", reveal(" "), fields).await;
    assert_eq!(blank["errors"][0]["code"], "REQUIRED");
    let done =
        world.mutate(Who::Specialist, "personalDataReveal", reveal("约上门时间"), fields).await;
    assert_eq!(done["personalData"]["phone"], Who::Resident.phone());
    let log = "{ readLog { nodes { purpose reason staff { name } } totalCount } }";
    let log = world.run(Who::Resident, log, json!({})).await["data"]["readLog"].clone();
    assert_eq!(log["totalCount"], 2, "content once an hour, every reveal: {log}");
    assert!(log.to_string().contains("约上门时间") && log.to_string().contains("Specialist"));
    world.advance(Duration::hours(1));
    world.run(Who::Specialist, query, json!({ "id": request["id"] })).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM read_log WHERE purpose = 'CONTENT'").await, 2);
    // Lists do not read texts, so they write nothing.
    world
        .run(
            Who::Specialist,
            "{ serviceRequests { nodes { title requester { name } } } }",
            json!({}),
        )
        .await;
    assert_eq!(world.number("SELECT COUNT(*) FROM read_log").await, 3);
}

#[tokio::test]
async fn internal_words_never_reach_a_resident() {
    let world = World::new().await;
    let request = world.submit().await;
    let request = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    world
        .step(
            Who::Specialist,
            "serviceRequestAddInternalNote",
            &request,
            json!({ "text": "内部备注" }),
        )
        .await;
    world
        .step(
            Who::Specialist,
            "serviceRequestAddPublicNote",
            &request,
            json!({ "text": "公开答复" }),
        )
        .await;
    let query = "query($id: ID!) { serviceRequest(id: $id) { publicNotes { text author } internalNotes { text } \
                 contactAttempts { way } ownership { how } events(last: 100) { kind actor { name } } } }";
    let staff = world.run(Who::Colleague, query, json!({ "id": request["id"] })).await.to_string();
    assert!(staff.contains("内部备注") && staff.contains("INTERNAL_NOTE_ADDED"));
    let own = world.run(Who::Resident, query, json!({ "id": request["id"] })).await;
    assert!(own.to_string().contains("公开答复"));
    assert!(
        !own.to_string().contains("内部备注") && !own.to_string().contains("INTERNAL_NOTE"),
        "{own}"
    );
    assert_eq!(own["data"]["serviceRequest"]["internalNotes"], json!(null));
    assert_eq!(
        request["version"],
        world.look(Who::Resident, &request).await["version"],
        "notes make no version"
    );
}

async fn follow(world: &World, number: &Value, code: &str) -> Value {
    let query = "query($n: String!, $c: String!) { serviceRequestFollow(number: $n, trackingCode: $c) { state publicNotes { text } } }";
    world.run(Who::Nobody, query, json!({ "n": number, "c": code })).await["data"]["serviceRequestFollow"].clone()
}

#[tokio::test]
async fn a_request_is_followed_without_an_account_and_cannot_be_guessed() {
    let world = World::new().await;
    let person = json!({ "name": "赵奶奶", "phone": "13611112222", "contactPreference": "CALL" });
    let made = world
        .submit_as(Who::Specialist, json!({ "channel": "WINDOW", "beneficiary": person }))
        .await;
    let (request, code) =
        (made["serviceRequest"].clone(), made["trackingCode"].as_str().unwrap().to_owned());
    assert_eq!(code.len(), 16);
    let spoken = code.to_lowercase().replace('0', "o");
    assert_eq!(follow(&world, &request["number"], &spoken).await["state"], "SUBMITTED");
    assert_eq!(follow(&world, &request["number"], "0000000000000000").await, json!(null));
    assert_eq!(follow(&world, &json!("XF01-2025-999999"), &code).await, json!(null));

    let taken = world.step(Who::Colleague, "serviceRequestTake", &request, json!({})).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    let resolved = world.step(Who::Colleague, "serviceRequestResolve", &taken, result).await;
    let with = json!({ "number": request["number"], "trackingCode": code });
    world.mutate(Who::Nobody, "serviceRequestFollowCodeSend", with.clone(), "status").await;
    let one_time = world.code("+8613611112222").await;
    let mut verify = with;
    verify["oneTimeCode"] = json!(one_time);
    let token = world
        .mutate(Who::Nobody, "serviceRequestFollowVerify", verify.clone(), "follow { token }")
        .await;
    let token = token["follow"]["token"].as_str().unwrap().to_owned();
    let used =
        world.mutate(Who::Nobody, "serviceRequestFollowVerify", verify, "follow { token }").await;
    assert_eq!(used["errors"][0]["code"], "WRONG_CODE");
    let confirm = "mutation($i: ServiceRequestConfirmInput!) { serviceRequestConfirm(input: $i) { serviceRequest { state confirmation } errors { code } } }";
    let input =
        json!({ "id": resolved["id"], "expectedVersion": resolved["version"], "via": "ONLINE" });
    let done = world.run_with(Some(&token), confirm, json!({ "i": input })).await;
    assert_eq!(
        done["data"]["serviceRequestConfirm"]["serviceRequest"]["confirmation"], "CONFIRMED",
        "{done}"
    );
    // The token opens this one request and nothing else.
    let other = world.submit().await;
    let input = json!({ "id": other["id"], "expectedVersion": 1, "via": "ONLINE" });
    let refused = world.run_with(Some(&token), confirm, json!({ "i": input })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "NOT_FOUND");
    // A resident who wants calls has one waiting at the office.
    let tasks = "query($c: ID!) { contactTasks(communityId: $c) { nodes { id way } totalCount } }";
    let community = world.places().await.community.to_string();
    world.work().await;
    let tasks = world.run(Who::Specialist, tasks, json!({ "c": community })).await;
    assert_eq!(
        tasks["data"]["contactTasks"]["totalCount"], 1,
        "the result is owed by a call: {tasks}"
    );
}

#[tokio::test]
async fn guessing_tracking_codes_is_throttled() {
    let world = World::new().await;
    let request = world.submit().await;
    let query = "query($n: String!) { serviceRequestFollow(number: $n, trackingCode: \"0000000000000000\") { state } }";
    let mut limited = false;
    for _ in 0..121 {
        let answer = world.run(Who::Nobody, query, json!({ "n": request["number"] })).await;
        limited |= answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED";
    }
    assert!(limited);
}

#[tokio::test]
async fn earlier_records_are_linked_after_one_more_fact() {
    let world = World::new().await;
    let person = json!({ "name": "周爷爷", "phone": "13633334444", "contactPreference": "VISIT" });
    let window = json!({ "channel": "WINDOW", "beneficiary": person });
    let made = world.submit_as(Who::Specialist, window.clone()).await;
    let receipt = made["trackingCode"].clone();
    let made = made["serviceRequest"].clone();
    world.submit_as(Who::Colleague, window).await;
    assert_eq!(world.number("SELECT COUNT(*) FROM person WHERE phone = '+8613633334444'").await, 1);
    let phone = json!({ "phone": "13633334444" });
    world.mutate(Who::Nobody, "registrationCodeSend", phone, "status").await;
    let code = world.code("+8613633334444").await;
    let input = json!({ "phone": "13633334444", "code": code, "password": "我家在幸福社区三号楼", "name": "周爷爷" });
    let tokens = world.mutate(Who::Nobody, "register", input, "tokens { accessToken }").await;
    let token = tokens["tokens"]["accessToken"].as_str().unwrap().to_owned();
    let seen = world
        .run_with(Some(&token), "{ hasEarlierRecords serviceRequests { totalCount } }", json!({}))
        .await;
    assert_eq!(
        seen["data"],
        json!({ "hasEarlierRecords": true, "serviceRequests": { "totalCount": 0 } })
    );
    let link = "mutation($n: String!, $t: String!) { personLink(input: { requestNumber: $n, \
                trackingCode: $t }) { errors { code } } }";
    let strange = world.submit_as(Who::Resident, json!({})).await;
    // Somebody else's receipt; and what the phone's messages hold: a number without its code.
    for (number, code) in [
        (&strange["serviceRequest"]["number"], &strange["trackingCode"]),
        (&made["number"], &strange["trackingCode"]),
        (&made["number"], &json!("")),
    ] {
        let wrong = world.run_with(Some(&token), link, json!({ "n": number, "t": code })).await;
        assert_eq!(wrong["data"]["personLink"]["errors"][0]["code"], "UNKNOWN_REFERENCE");
    }
    let receipt_in_sms =
        world.sms.kept().iter().any(|(_, t)| t.contains(receipt.as_str().unwrap()));
    assert!(!receipt_in_sms, "the further fact is in no message");
    let facts = json!({ "n": made["number"], "t": receipt });
    let right = world.run_with(Some(&token), link, facts).await;
    assert_eq!(right["data"]["personLink"]["errors"], json!([]));
    let seen = world
        .run_with(Some(&token), "{ hasEarlierRecords serviceRequests { totalCount } }", json!({}))
        .await;
    assert_eq!(
        seen["data"],
        json!({ "hasEarlierRecords": false, "serviceRequests": { "totalCount": 2 } })
    );
}

#[tokio::test]
async fn staff_find_a_person_by_exact_phone_masked_and_logged() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let input = json!({ "communityId": community, "phone": Who::Resident.phone() });
    let found = world
        .mutate(Who::Specialist, "personLookup", input.clone(), "persons { id name phone }")
        .await;
    assert_eq!(found["persons"][0]["name"], "R**");
    assert_eq!(found["persons"][0]["phone"], "****0000");
    assert_eq!(world.number("SELECT COUNT(*) FROM read_log WHERE purpose = 'LOOKUP'").await, 1);
    let known =
        json!({ "channel": "PHONE", "beneficiary": { "personId": found["persons"][0]["id"] } });
    let made = world.submit_as(Who::Specialist, known).await["serviceRequest"].clone();
    assert_eq!(
        world.look(Who::Resident, &made).await["state"],
        "SUBMITTED",
        "with the same rights"
    );
    let query = "mutation($i: PersonLookupInput!) { personLookup(input: $i) { errors { code } } }";
    for who in [Who::Stranger, Who::Resident, Who::Auditor, Who::Admin] {
        let answer = world.run(who, query, json!({ "i": input })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{who:?}");
    }
}
