//! Calendars: published for coming days, looked at before, followed by open requests.

use serde_json::{Value, json};

use crate::world::{Who, World};

fn rules(extra: Value) -> Value {
    let day = json!([{ "from": "10:00", "until": "14:00" }, { "from": "16:00", "until": "20:00" }]);
    let week = json!([day, day, day, day, day, [], []]);
    let mut rules = json!({ "seasons": [{ "from": "01-01", "week": week }] });
    for (key, value) in extra.as_object().unwrap() {
        rules[key] = value.clone();
    }
    rules
}

async fn input(world: &World, from: &str, extra: Value) -> Value {
    let community = world.places().await.community.to_string();
    json!({ "communityId": community, "kind": "LIMITS", "effectiveFrom": from, "rules": rules(extra) })
}

#[tokio::test]
async fn a_new_calendar_is_previewed_then_moves_the_open_deadlines() {
    let world = World::new().await;
    let request = world.submit().await;
    let request = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    let day_off =
        json!({ "days": [{ "date": "2025-06-06", "working": false, "name": "古尔邦节" }] });
    let new = input(&world, "2025-06-04", day_off).await;
    let query = "query($i: CalendarPublishInput!) { calendarPreview(input: $i) { examined movedCount moved { number dueAt newDueAt } unknownCount } }";
    let preview = world.run(Who::Manager, query, json!({ "i": new })).await;
    let preview = &preview["data"]["calendarPreview"];
    assert_eq!((&preview["examined"], &preview["movedCount"]), (&json!(1), &json!(1)), "{preview}");
    assert_eq!(preview["moved"][0]["newDueAt"], "2025-06-11T12:00:00+00:00");
    assert_eq!(
        world.look(Who::Specialist, &request).await["dueAt"],
        request["dueAt"],
        "nothing is stored"
    );

    let done = world.mutate(Who::Manager, "calendarPublish", new, "calendar { version }").await;
    assert_eq!(done["calendar"]["version"], 1);
    world.work().await;
    assert_eq!(world.look(Who::Specialist, &request).await["dueAt"], "2025-06-11T12:00:00+00:00");
    let trace = "query($id: ID!) { serviceRequest(id: $id) { dueTrace { countsFrom promisedDays calendarVersion days { date kind name countedSeconds calendarVersion } } } }";
    let trace = world.run(Who::Specialist, trace, json!({ "id": request["id"] })).await;
    let days = trace["data"]["serviceRequest"]["dueTrace"]["days"].as_array().unwrap().clone();
    let friday = days.iter().find(|d| d["date"] == "2025-06-06").unwrap();
    assert_eq!((&friday["kind"], &friday["name"]), (&json!("LOCAL_OFF"), &json!("古尔邦节")));
    assert_eq!(friday["countedSeconds"], 0);
}

#[tokio::test]
async fn the_past_is_corrected_by_an_administrator_with_a_reason() {
    let world = World::new().await;
    let past = input(&world, "2025-06-03", json!({})).await;
    let refused =
        world.mutate(Who::Manager, "calendarPublish", past.clone(), "calendar { id }").await;
    assert_eq!(refused["errors"][0]["code"], "CALENDAR_NOT_FUTURE");
    let silent = world.mutate(Who::Admin, "calendarPublish", past.clone(), "calendar { id }").await;
    assert_eq!(silent["errors"][0]["code"], "REQUIRED");
    let mut reasoned = past;
    reasoned["reason"] = json!("通知补发");
    let done = world.mutate(Who::Admin, "calendarPublish", reasoned, "calendar { reason }").await;
    assert_eq!(done["calendar"]["reason"], "通知补发");
}

#[tokio::test]
async fn a_calendar_without_the_year_is_reported_and_nothing_is_guessed() {
    let world = World::new().await;
    let bare = input(&world, "2031-01-01", json!({})).await;
    let refused = world.mutate(Who::Manager, "calendarPublish", bare, "calendar { id }").await;
    assert_eq!(refused["errors"][0]["code"], "CALENDAR_YEAR_MISSING");
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains("2031"));
    world.advance(chrono::Duration::days(575));
    let request = world.submit().await;
    let query = "query($id: ID!) { serviceRequest(id: $id) { dueAt dueTrace { missingYear } } }";
    let seen = world.run(Who::Resident, query, json!({ "id": request["id"] })).await;
    assert_eq!(seen["data"]["serviceRequest"]["dueAt"], json!(null));
    assert_eq!(seen["data"]["serviceRequest"]["dueTrace"]["missingYear"], 2027);
    let doctor = linli::requests::queries::without_date(&world.app).await.unwrap();
    assert_eq!(doctor, 1);
    // Publishing the year gives the date.
    let day = input(&world, "2027-01-01", json!({ "years": [2027] })).await;
    world.mutate(Who::Manager, "calendarPublish", day, "calendar { id }").await;
    world.work().await;
    assert!(world.look(Who::Resident, &request).await["dueAt"].is_string());
}

#[tokio::test]
async fn contradictory_rules_are_refused() {
    let world = World::new().await;
    let mut wrong = input(&world, "2025-07-01", json!({})).await;
    wrong["rules"]["seasons"][0]["week"][0] = json!([{ "from": "14:00", "until": "10:00" }]);
    let refused = world.mutate(Who::Manager, "calendarPublish", wrong, "calendar { id }").await;
    assert_eq!(refused["errors"][0]["code"], "CALENDAR_INVALID");
}
