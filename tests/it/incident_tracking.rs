//! Who reported something without an account has the same rights: with number, code and phone.

use serde_json::{Value, json};

use crate::{
    incidents::{report_input, reported, step},
    world::{Who, World},
};

const PHONE: &str = "+8613799990003";
const SEEN: &str = "query($id: ID!) { incident(id: $id) { state version place availableActions } }";

/// What a visitor reported: its id, number and code.
async fn visited(world: &World) -> Value {
    world.mutate(Who::Nobody, "incidentCodeSend", json!({ "phone": PHONE }), "sent").await;
    let visitor = json!({ "name": "过路人", "phone": PHONE, "code": world.code(PHONE).await });
    reported(world, Who::Nobody, json!({ "visitor": visitor })).await
}

/// What is sent to exchange the code that came to the phone.
async fn with_code(world: &World, made: &Value) -> Value {
    let mut with = json!({ "number": made["number"], "trackingCode": made["trackingCode"] });
    // What else waits goes out first, so that the code is the last message.
    world.work().await;
    let sent = world.mutate(Who::Nobody, "incidentTrackCodeSend", with.clone(), "status").await;
    assert_eq!(sent["errors"], json!([]), "{sent}");
    with["oneTimeCode"] = json!(world.code(PHONE).await);
    with
}

/// A token of who made a report.
async fn token(world: &World, made: &Value) -> String {
    let with = with_code(world, made).await;
    let fields = "follow { token }";
    let done = world.mutate(Who::Nobody, "incidentTrackVerify", with, fields).await;
    done["follow"]["token"].as_str().unwrap_or_else(|| panic!("{done}")).to_owned()
}

async fn reopen(world: &World, token: Option<&str>, id: &Value, version: i32) -> Value {
    let query = "mutation($i: IncidentReasonInput!) { incidentReopen(input: $i) { incident { state reopened } \
                 errors { code } } }";
    let input = json!({ "id": id, "expectedVersion": version, "reason": "灯又灭了" });
    world.run_with(token, query, json!({ "i": input })).await
}

#[tokio::test]
async fn a_visitor_has_it_taken_up_again() {
    let world = World::new().await;
    let made = visited(&world).await;
    let id = &made["incidentId"];
    step(&world, Who::BlockLead, "incidentRespond", id, json!({})).await;
    let result = json!({ "outcome": "FIXED", "answer": "已修好" });
    step(&world, Who::BlockLead, "incidentResolve", id, result).await;
    world.work().await;
    let told = world.last_sms(PHONE).await.unwrap();
    assert!(told.contains("within 30 days: sign in, or use its number and code"), "{told}");
    // Number and code alone read, and change nothing.
    let query = "query($n: String!, $c: String!) { incidentByCode(number: $n, trackingCode: $c) { state availableActions } }";
    let with = json!({ "n": made["number"], "c": made["trackingCode"] });
    let seen = world.run(Who::Nobody, query, with).await;
    let expected = json!({ "state": "CLOSED", "availableActions": [] });
    assert_eq!(seen["data"]["incidentByCode"], expected, "{seen}");
    let refused = reopen(&world, None, id, 3).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");

    let mut guessed = with_code(&world, &made).await;
    let right = guessed["oneTimeCode"].clone();
    guessed["oneTimeCode"] = json!(if right == "000000" { "111111" } else { "000000" });
    let fields = "follow { token }";
    let wrong = world.mutate(Who::Nobody, "incidentTrackVerify", guessed.clone(), fields).await;
    assert_eq!(wrong["errors"][0]["code"], "WRONG_CODE");
    guessed["oneTimeCode"] = right;
    let opened = world.mutate(Who::Nobody, "incidentTrackVerify", guessed.clone(), fields).await;
    let token = opened["follow"]["token"].as_str().unwrap();
    let twice = world.mutate(Who::Nobody, "incidentTrackVerify", guessed, fields).await;
    assert_eq!(twice["errors"][0]["code"], "WRONG_CODE", "a code is good once");

    let seen = world.run_with(Some(token), SEEN, json!({ "id": id })).await;
    let seen = &seen["data"]["incident"];
    assert_eq!(seen["availableActions"], json!(["REOPEN"]), "{seen}");
    assert_eq!(seen["place"], "幸福路 12 号门口");
    let done = reopen(&world, Some(token), id, 3).await;
    let expected = json!({ "incident": { "state": "HANDLING", "reopened": 1 }, "errors": [] });
    assert_eq!(done["data"]["incidentReopen"], expected, "{done}");
    world.work().await;
}

#[tokio::test]
async fn a_token_opens_one_incident_and_nothing_else() {
    let world = World::new().await;
    let (made, other) = (visited(&world).await, visited(&world).await);
    let request = world.submit().await;
    let token = token(&world, &made).await;
    let theirs = world.run_with(Some(&token), SEEN, json!({ "id": other["incidentId"] })).await;
    assert_eq!(theirs["data"]["incident"], json!(null), "of the same person: {theirs}");
    let refused = reopen(&world, Some(&token), &other["incidentId"], 1).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "NOT_FOUND", "{refused}");
    let query = "query($id: ID!) { serviceRequest(id: $id) { number } }";
    let seen = world.run_with(Some(&token), query, json!({ "id": request["id"] })).await;
    assert_eq!(seen["data"]["serviceRequest"], json!(null));
    for query in ["{ ownIncidentReports { totalCount } }", "{ ownWishes { totalCount } }"] {
        let own = world.run_with(Some(&token), query, json!({})).await;
        assert_eq!(own["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{query}: {own}");
    }
    let own = world.run_with(Some(&token), "{ serviceRequests { totalCount } }", json!({})).await;
    assert_ne!(own["data"]["serviceRequests"]["totalCount"], json!(1), "{own}");
    let version = json!({ "id": made["incidentId"], "expectedVersion": 1 });
    let query =
        "mutation($i: IncidentStepInput!) { incidentRespond(input: $i) { errors { code } } }";
    let refused = world.run_with(Some(&token), query, json!({ "i": version })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    // Reporting is by the phone or the account, never by a token.
    let query =
        "mutation($i: IncidentReportInput!) { incidentReport(input: $i) { errors { code } } }";
    let input = report_input(&world, json!({})).await;
    let refused = world.run_with(Some(&token), query, json!({ "i": input })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{refused}");
}

#[tokio::test]
async fn what_turned_out_to_be_the_same_is_followed_where_it_goes_on() {
    let world = World::new().await;
    let made = visited(&world).await;
    let into = reported(&world, Who::Resident, json!({ "place": "别处" })).await;
    let merge = json!({ "intoId": into["incidentId"] });
    step(&world, Who::Manager, "incidentMerge", &made["incidentId"], merge).await;
    let token = token(&world, &made).await;
    let seen = world.run_with(Some(&token), SEEN, json!({ "id": into["incidentId"] })).await;
    let expected =
        json!({ "state": "RECEIVED", "version": 1, "place": null, "availableActions": [] });
    assert_eq!(seen["data"]["incident"], expected, "where somebody else saw it is theirs: {seen}");
    let result = json!({ "outcome": "FIXED", "answer": "已修好" });
    step(&world, Who::BlockLead, "incidentResolve", &into["incidentId"], result).await;
    let done = reopen(&world, Some(&token), &into["incidentId"], 2).await;
    assert_eq!(done["data"]["incidentReopen"]["incident"]["reopened"], 1, "{done}");
    // What they are told is told by the number that their code opens.
    world.work().await;
    let told = world.last_sms(PHONE).await.unwrap();
    assert!(told.contains(made["number"].as_str().unwrap()), "{told}");
}

#[tokio::test]
async fn who_reported_what_goes_on_keeps_it_whoever_is_added() {
    let world = World::new().await;
    let first = reported(&world, Who::Resident, json!({})).await;
    world.advance(chrono::Duration::seconds(1));
    let made = visited(&world).await;
    let merge = json!({ "intoId": made["incidentId"] });
    step(&world, Who::Manager, "incidentMerge", &first["incidentId"], merge).await;
    let token = token(&world, &made).await;
    let seen = world.run_with(Some(&token), SEEN, json!({ "id": made["incidentId"] })).await;
    assert_eq!(seen["data"]["incident"]["place"], "幸福路 12 号门口", "{seen}");
}
