//! What happens by itself, under a clock that is moved.

use chrono::Duration;
use serde_json::json;

use crate::world::{Who, World};

#[tokio::test]
async fn seven_days_of_silence_close_a_result_and_say_so() {
    let world = World::new().await;
    let request = world.resolved().await;
    world.advance(Duration::days(7) - Duration::seconds(1));
    world.work().await;
    assert_eq!(world.look(Who::Resident, &request).await["state"], "RESOLVED");
    world.advance(Duration::seconds(1));
    world.work().await;
    let closed = world.look(Who::Resident, &request).await;
    assert_eq!(
        (&closed["state"], &closed["confirmation"]),
        (&json!("CLOSED"), &json!("UNCONFIRMED"))
    );
    assert_eq!(closed["owner"]["name"], "Specialist", "it stays known who answered for it");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM request_ownership WHERE until_at IS NULL").await,
        0
    );
    assert_eq!(world.number("SELECT COUNT(*) FROM closure_fact WHERE solved IS NULL").await, 1);
}

#[tokio::test]
async fn a_pause_ends_by_itself_after_ten_working_days() {
    let world = World::new().await;
    let request = world.submit().await;
    let request = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    let due = request["dueAt"].clone();
    let asked = json!({ "text": "请补充" });
    let request = world.step(Who::Specialist, "serviceRequestAsk", &request, asked).await;
    assert_ne!(request["dueAt"], due, "the deadline moves with the pause");
    world.advance(Duration::days(13));
    world.work().await;
    assert_eq!(world.look(Who::Specialist, &request).await["state"], "AWAITING_RESIDENT");
    world.advance(Duration::days(2));
    world.work().await;
    let resumed = world.look(Who::Specialist, &request).await;
    assert_eq!(resumed["state"], "IN_PROGRESS");
    assert_eq!(resumed["dueAt"], request["dueAt"], "a late worker gives no more time");
}

#[tokio::test]
async fn late_work_is_escalated_once_to_owner_and_manager() {
    let world = World::new().await;
    let request = world.submit().await;
    world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    world.advance(Duration::hours(5));
    world.work().await;
    assert_eq!(
        world.number("SELECT COUNT(*) FROM event WHERE kind = 'REQUEST_RESPONSE_OVERDUE'").await,
        1
    );
    world.advance(Duration::days(10));
    world.work().await;
    world.work().await;
    assert_eq!(world.number("SELECT COUNT(*) FROM event WHERE kind = 'REQUEST_OVERDUE'").await, 1);
    assert_eq!(world.look(Who::Specialist, &request).await["overdue"], true);
    for who in [Who::Specialist, Who::Manager] {
        let query =
            "{ viewer { ... on Account { inbox { nodes { kind requestId } totalCount } } } }";
        let inbox = world.run(who, query, json!({})).await;
        assert!(inbox.to_string().contains("REQUEST_OVERDUE"), "{who:?} {inbox}");
    }
}

#[tokio::test]
async fn the_duty_roster_gives_to_whoever_has_least_and_to_stand_ins() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let specialist = world.account(Who::Specialist).await.to_string();
    let colleague = world.account(Who::Colleague).await.to_string();
    let request = world.submit().await;
    let payload = world.try_step(Who::Manager, "serviceRequestAssign", &request, json!({})).await;
    assert_eq!(payload["errors"][0]["code"], "NOBODY_ON_DUTY");
    let roster = json!({ "communityId": community, "from": "2025-06-03", "until": "2025-06-30", "accountIds": [specialist] });
    world.mutate(Who::Manager, "dutyRosterSet", roster, "roster { day }").await;
    let one = world.step(Who::Manager, "serviceRequestAssign", &request, json!({})).await;
    assert_eq!(one["owner"]["name"], "Specialist");
    let both = json!({ "communityId": community, "from": "2025-06-03", "until": "2025-06-30", "accountIds": [specialist, colleague] });
    world.mutate(Who::Manager, "dutyRosterSet", both, "roster { day }").await;
    let request = world.submit().await;
    let two = world.step(Who::Manager, "serviceRequestAssign", &request, json!({})).await;
    assert_eq!(two["owner"]["name"], "Colleague", "has fewer open requests");
    let leave = json!({ "communityId": community, "accountId": colleague, "standInId": specialist, "fromDay": "2025-06-03", "untilDay": "2025-06-05" });
    world.mutate(Who::Manager, "leaveEnter", leave, "leave { id }").await;
    let request = world.submit().await;
    let three = world.step(Who::Manager, "serviceRequestAssign", &request, json!({})).await;
    assert_eq!(three["owner"]["name"], "Specialist", "the stand-in");
    // The worker does the same where the community wants it.
    let query = "query($id: ID!) { place(id: $id) { version } }";
    let version = world.run(Who::Manager, query, json!({ "id": community })).await["data"]["place"]
        ["version"]
        .clone();
    let change = json!({ "id": community, "expectedVersion": version, "autoAssign": true });
    let done = world.mutate(Who::Manager, "placeChange", change, "place { autoAssign }").await;
    assert_eq!(done["place"]["autoAssign"], true, "{done}");
    let request = world.submit().await;
    world.work().await;
    assert_eq!(world.look(Who::Resident, &request).await["state"], "ACCEPTED");
}

#[tokio::test]
async fn reopening_has_a_window_and_goes_back_to_the_owner() {
    let world = World::new().await;
    let request = world.resolved().await;
    let request = world
        .step(Who::Resident, "serviceRequestConfirm", &request, json!({ "via": "ONLINE" }))
        .await;
    let again = json!({ "via": "ONLINE", "reason": "证件姓名有误" });
    let reopened = world.step(Who::Resident, "serviceRequestReopen", &request, again.clone()).await;
    assert_eq!(
        (&reopened["state"], &reopened["owner"]["name"]),
        (&json!("IN_PROGRESS"), &json!("Specialist"))
    );
    assert_eq!(reopened["outcome"], json!(null));
    let result = json!({ "outcome": "FULFILLED", "text": "已更正" });
    let request = world.step(Who::Specialist, "serviceRequestResolve", &reopened, result).await;
    let request = world
        .step(Who::Resident, "serviceRequestConfirm", &request, json!({ "via": "ONLINE" }))
        .await;
    world.advance(Duration::days(20));
    let late = world.try_step(Who::Resident, "serviceRequestReopen", &request, again).await;
    assert_eq!(late["errors"][0]["code"], "WINDOW_CLOSED");
    assert_eq!(world.number("SELECT COUNT(*) FROM closure_fact").await, 2, "one fact per result");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM closure_fact WHERE reopened_at IS NOT NULL").await,
        1
    );
}

#[tokio::test]
async fn what_begins_after_the_deadline_does_not_bring_it_back() {
    let world = World::new().await;
    let request = world.submit().await;
    let request = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    let due = request["dueAt"].clone();
    assert_eq!(due, "2025-06-10T12:00:00+00:00");
    world.advance(Duration::days(8));
    world.work().await;
    let request = world.look(Who::Specialist, &request).await;
    assert_eq!(request["overdue"], true);
    let asked = json!({ "text": "请补充" });
    let request = world.step(Who::Specialist, "serviceRequestAsk", &request, asked).await;
    world.advance(Duration::days(3));
    let answered = json!({ "text": "已补充" });
    let request = world.step(Who::Resident, "serviceRequestAnswer", &request, answered).await;
    assert_eq!(request["dueAt"], due, "asking late makes nobody punctual");
    let notice = json!({ "workingDays": 5, "text": "公示" });
    let refused = world
        .try_step(Who::Specialist, "serviceRequestDeclareStatutoryTime", &request, notice)
        .await;
    assert_eq!(refused["errors"][0]["code"], "DEADLINE_PASSED");
}

#[tokio::test]
async fn the_time_between_a_decline_and_its_appeal_is_nobodys() {
    let world = World::new().await;
    let request = world.submit().await;
    let text = json!({ "text": "请找社保局" });
    let request = world.step(Who::Specialist, "serviceRequestDecline", &request, text).await;
    world.advance(Duration::days(9));
    let why = json!({ "reason": "社保局说是社区的事" });
    let request = world.step(Who::Resident, "serviceRequestAppeal", &request, why).await;
    world.work().await;
    assert_eq!(world.look(Who::Resident, &request).await["overdue"], false);
    let take = json!({});
    let request = world.step(Who::Manager, "serviceRequestTake", &request, take).await;
    let due: chrono::DateTime<chrono::Utc> = request["dueAt"].as_str().unwrap().parse().unwrap();
    assert!(due > world.app.clock.now() + Duration::days(3), "{due}");
}

#[tokio::test]
async fn who_has_to_be_called_has_seven_days_from_being_told() {
    let world = World::new().await;
    let person = json!({ "name": "周爷爷", "phone": "13633334444", "contactPreference": "CALL" });
    let input = json!({ "channel": "WINDOW", "beneficiary": person });
    let request = world.submit_as(Who::Specialist, input).await["serviceRequest"].clone();
    let request = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    let request = world.step(Who::Specialist, "serviceRequestResolve", &request, result).await;
    world.work().await;
    world.advance(Duration::days(8));
    world.work().await;
    let waiting = world.look(Who::Specialist, &request).await;
    assert_eq!(waiting["state"], "RESOLVED", "nobody has called yet");
    let reached = json!({ "way": "CALL", "reached": true });
    world.step(Who::Specialist, "serviceRequestRecordContactAttempt", &request, reached).await;
    world.advance(Duration::days(6));
    world.work().await;
    assert_eq!(world.look(Who::Specialist, &request).await["state"], "RESOLVED");
    world.advance(Duration::days(2));
    world.work().await;
    assert_eq!(world.look(Who::Specialist, &request).await["state"], "CLOSED");
}

#[tokio::test]
async fn where_only_the_law_sets_a_limit_that_limit_escalates() {
    let world = World::new().await;
    let matter = world.places().await.matter.to_string();
    let content = json!({ "titles": { "zhHans": "只有法定期限" }, "channels": ["ONLINE"],
        "serviceModes": ["WINDOW"], "decidedBy": "COMMUNITY", "legalDays": 3 });
    let input = json!({ "id": matter, "expectedVersion": 1, "content": content });
    world.mutate(Who::Manager, "matterPublish", input, "matter { id }").await;
    let request = world.submit().await;
    let request = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    let request = world.step(Who::Specialist, "serviceRequestStart", &request, json!({})).await;
    assert_eq!(request["dueAt"], json!(null), "nothing was promised");
    let ask = json!({ "workingDays": 2, "reason": "等材料" });
    let none =
        world.try_step(Who::Specialist, "serviceRequestRequestExtension", &request, ask).await;
    assert_eq!(none["errors"][0]["code"], "DEADLINE_PASSED", "no promise to extend");
    let overdue = "SELECT COUNT(*) FROM event WHERE kind = 'REQUEST_OVERDUE'";
    world.advance(Duration::days(2));
    world.work().await;
    assert_eq!(world.number(overdue).await, 0);
    world.advance(Duration::days(2));
    world.work().await;
    world.work().await;
    assert_eq!(world.number(overdue).await, 1);
    let request = world.look(Who::Specialist, &request).await;
    assert_eq!(request["overdue"], true);
    let notice = json!({ "workingDays": 5, "text": "公示" });
    let refused = world
        .try_step(Who::Specialist, "serviceRequestDeclareStatutoryTime", &request, notice)
        .await;
    assert_eq!(refused["errors"][0]["code"], "DEADLINE_PASSED");
}
