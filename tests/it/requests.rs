//! The main job: a resident asks, staff answer.

use serde_json::json;

use crate::world::{Who, World};

#[tokio::test]
async fn a_resident_asks_a_specialist_answers_and_the_resident_confirms() {
    let world = World::new().await;
    let request = world.submit().await;
    assert_eq!(request["state"], "SUBMITTED");
    assert_eq!(request["number"], "XF01-2025-000001");
    assert_eq!(request["availableActions"], json!(["WITHDRAW"]));

    let request = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    assert_eq!(request["state"], "ACCEPTED");
    assert_eq!(request["owner"]["name"], "Specialist");
    assert_eq!(request["dueAt"], "2025-06-10T12:00:00+00:00", "five working days, at the close");

    let request = world.step(Who::Specialist, "serviceRequestStart", &request, json!({})).await;
    let asked = json!({ "text": "请补充照片" });
    let request = world.step(Who::Specialist, "serviceRequestAsk", &request, asked).await;
    assert_eq!(request["state"], "AWAITING_RESIDENT");
    let answered = json!({ "text": "已上传" });
    let request = world.step(Who::Resident, "serviceRequestAnswer", &request, answered).await;
    assert_eq!(request["state"], "IN_PROGRESS");

    let result = json!({ "outcome": "FULFILLED", "text": "已办好,请来取" });
    let request = world.step(Who::Specialist, "serviceRequestResolve", &request, result).await;
    assert_eq!(request["state"], "RESOLVED");
    let request = world
        .step(Who::Resident, "serviceRequestConfirm", &request, json!({ "via": "ONLINE" }))
        .await;
    assert_eq!(
        (&request["state"], &request["confirmation"]),
        (&json!("CLOSED"), &json!("CONFIRMED"))
    );
    let rating = json!({ "level": "VERY_SATISFIED", "text": "很好" });
    world.step(Who::Resident, "serviceRequestRate", &request, rating).await;

    // Every change has its event, numbered without a gap, and its outbox row.
    assert_eq!(
        world.number("SELECT COUNT(*) FROM event WHERE aggregate = 'service_request'").await,
        8
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM event e LEFT JOIN outbox o ON o.event_id = e.id WHERE o.event_id IS NULL").await,
        0
    );
    assert_eq!(
        world.number("SELECT MAX(seq) + 0 FROM event WHERE aggregate = 'service_request'").await,
        8
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM request_ownership WHERE until_at IS NULL").await,
        0
    );
    assert_eq!(
        world.number("SELECT COUNT(*) FROM closure_fact WHERE solved AND rating = 5").await,
        1
    );
}

#[tokio::test]
async fn the_receipt_says_what_one_needs_and_another_systems_number_is_added_once() {
    let world = World::new().await;
    let places = world.places().await;
    let query = "mutation($i: ServiceRequestSubmitInput!) { serviceRequestSubmit(input: $i) { \
                 submitted { trackingCode receipt en: receipt(language: EN) \
                 serviceRequest { id number version } } } }";
    let input = json!({ "communityId": places.community.to_string(),
        "matterId": places.matter.to_string(), "title": "办理老年人优待证" });
    let answer = world.run(Who::Resident, query, json!({ "i": input })).await;
    let submitted = &answer["data"]["serviceRequestSubmit"]["submitted"];
    let (receipt, code) = (submitted["receipt"].as_str().unwrap(), &submitted["trackingCode"]);
    let number = submitted["serviceRequest"]["number"].as_str().unwrap();
    assert!(receipt.contains(number) && receipt.contains(code.as_str().unwrap()), "{receipt}");
    assert!(submitted["en"].as_str().unwrap().contains("Tracking code: "), "{answer}");
    assert!(!receipt.contains("Resident"), "nothing of the person: {receipt}");

    let request = &submitted["serviceRequest"];
    let request = world.step(Who::Specialist, "serviceRequestTake", request, json!({})).await;
    let order = json!({ "system": "12345", "number": "工单-7", "dueAt": "2025-06-09T10:00:00Z" });
    let add = "serviceRequestAddExternalReference";
    world.step(Who::Specialist, add, &request, order.clone()).await;
    let again = world.try_step(Who::Specialist, add, &request, order).await;
    assert_eq!(again["errors"][0]["code"], "CONFLICT");
    let query = "query($id: ID!) { serviceRequest(id: $id) { dueAt externalReferences { system number dueAt } } }";
    let id = json!({ "id": request["id"] });
    let seen = world.run(Who::Manager, query, id.clone()).await;
    let seen = &seen["data"]["serviceRequest"];
    assert_eq!(
        seen["externalReferences"],
        json!([{ "system": "12345", "number": "工单-7", "dueAt": "2025-06-09T10:00:00+00:00" }])
    );
    assert_eq!(seen["dueAt"], request["dueAt"], "another system's deadline moves none of ours");
    let seen = world.run(Who::Resident, query, id).await;
    assert_eq!(seen["data"]["serviceRequest"]["externalReferences"], json!(null));
}
