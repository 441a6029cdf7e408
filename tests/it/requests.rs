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
