//! Numbers: what was counted by hand is what the dashboard, the drill-down and the CSV say.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::Duration;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::world::{Who, World};

const LINE: &str = "received base done open resolved clearance exclusions { reason count } outcomes { outcome count } \
                    rates { metric metricId definitionVersion numerator denominator percent suppressed outside asOf exclusions { count } } \
                    times { metric count p50Seconds p90Seconds suppressed outside asOf }";

pub async fn statistics(world: &World, who: Who, input: Value, more: &str) -> Value {
    let query = format!(
        "query($i: RequestStatisticsInput!) {{ requestStatistics(input: $i) {{ asOf incomplete smallestCell total {{ {LINE} }} {more} }} }}"
    );
    world.run(who, &query, json!({ "i": input })).await
}

fn rate(line: &Value, metric: &str) -> (i64, i64) {
    let rates = line["rates"].as_array().unwrap_or_else(|| panic!("{line}"));
    let rate = rates.iter().find(|r| r["metric"] == metric).unwrap();
    (rate["numerator"].as_i64().unwrap_or(-1), rate["denominator"].as_i64().unwrap_or(-1))
}

/// Six requests with known ends.
async fn known(world: &World) {
    let hour = Duration::hours(1);
    // 1: confirmed and rated well.
    let r = world.resolved().await;
    let r =
        world.step(Who::Resident, "serviceRequestConfirm", &r, json!({ "via": "ONLINE" })).await;
    world.step(Who::Resident, "serviceRequestRate", &r, json!({ "level": "SATISFIED" })).await;
    world.advance(hour);
    // 2: confirmed and rated badly.
    let r = world.resolved().await;
    let r =
        world.step(Who::Resident, "serviceRequestConfirm", &r, json!({ "via": "ONLINE" })).await;
    world
        .step(Who::Resident, "serviceRequestRate", &r, json!({ "level": "VERY_DISSATISFIED" }))
        .await;
    world.advance(hour);
    // 3: reopened, and open now.
    let r = world.resolved().await;
    world
        .step(
            Who::Resident,
            "serviceRequestReopen",
            &r,
            json!({ "via": "ONLINE", "reason": "没好" }),
        )
        .await;
    // 4: waits in the pool. 5: declined. 6: withdrawn at once.
    world.submit().await;
    let r = world.submit().await;
    world.step(Who::Specialist, "serviceRequestDecline", &r, json!({ "text": "请找社保局" })).await;
    let r = world.submit().await;
    world.step(Who::Resident, "serviceRequestWithdraw", &r, json!({})).await;
}

pub async fn input(world: &World, from: &str, to: &str) -> Value {
    let place = world.places().await.community.to_string();
    json!({ "placeId": place, "from": from, "to": to })
}

#[tokio::test]
async fn the_manager_sees_what_was_counted_by_hand() {
    let world = World::new().await;
    known(&world).await;
    let input = input(&world, "2025-06-01", "2025-07-01").await;
    let more = "groups { code line { base done } } trend(step: DAY) { start received resolved }";
    let mut grouped = input.clone();
    grouped["groupBy"] = json!("MATTER");
    let answer = statistics(&world, Who::Manager, grouped, more).await;
    let s = &answer["data"]["requestStatistics"];
    let line = &s["total"];
    assert_eq!(
        (&line["received"], &line["base"], &line["done"], &line["open"]),
        (&json!(6), &json!(4), &json!(2), &json!(2)),
        "{answer}"
    );
    let exclusions: i64 =
        line["exclusions"].as_array().unwrap().iter().map(|e| e["count"].as_i64().unwrap()).sum();
    assert_eq!(line["received"].as_i64().unwrap(), line["base"].as_i64().unwrap() + exclusions);
    for rate in line["rates"].as_array().unwrap() {
        let left_out = rate["exclusions"].as_array().unwrap();
        let whole = if left_out.is_empty() { 3 } else { 6 };
        let sum: i64 = left_out.iter().map(|e| e["count"].as_i64().unwrap()).sum();
        let parts = rate["denominator"].as_i64().unwrap() + rate["outside"].as_i64().unwrap();
        assert_eq!(parts + sum, whole, "parts add up to the whole: {rate}");
        assert_eq!(rate["asOf"], s["asOf"]);
    }
    assert_eq!(rate(line, "COMPLETION_COHORT"), (2, 4));
    assert_eq!(rate(line, "COMPLETION_MATURED"), (2, 2), "nothing else is due yet");
    assert_eq!(rate(line, "ON_TIME"), (2, 2));
    assert_eq!(rate(line, "RESPONSE"), (3, 3));
    assert_eq!(rate(line, "CONFIRMED_RESOLUTION"), (2, 3));
    assert_eq!(rate(line, "CONFIRMATION_COVERAGE"), (3, 3));
    assert_eq!(rate(line, "SATISFACTION"), (1, 2));
    assert_eq!(rate(line, "SATISFACTION_COVERAGE"), (2, 2));
    assert_eq!(rate(line, "RECTIFICATION_ON_TIME"), (0, 0), "not due yet");
    assert_eq!(rate(line, "REOPEN"), (0, 0), "no window has passed");
    assert_eq!(rate(line, "TRANSFER"), (0, 4));
    assert_eq!((&line["resolved"], &line["clearance"]), (&json!(2), &json!("0.500")));
    assert_eq!(s["groups"], json!([{ "code": "CA-06", "line": { "base": 4, "done": 2 } }]));
    let third = s["trend"].as_array().unwrap().iter().find(|t| t["start"] == "2025-06-03").unwrap();
    assert_eq!(
        (&third["received"], &third["resolved"]),
        (&json!(4), &json!(2)),
        "as many as the line counts"
    );
    assert_eq!(s["trend"].as_array().unwrap().len(), 30, "empty days are there");

    world.advance(Duration::days(40));
    world.work().await;
    let answer = statistics(&world, Who::Manager, input, "").await;
    let line = &answer["data"]["requestStatistics"]["total"];
    assert_eq!(rate(line, "COMPLETION_MATURED"), (2, 4), "the open ones are due and count against");
    assert_eq!(rate(line, "ON_TIME"), (2, 4));
    assert_eq!(rate(line, "RESPONSE"), (3, 4));
    assert_eq!(rate(line, "REOPEN"), (1, 3));
    assert_eq!(rate(line, "RECTIFICATION_ON_TIME"), (0, 1));
}

#[tokio::test]
async fn rows_that_contradict_each_other_are_found() {
    let world = World::new().await;
    known(&world).await;
    world.consistent().await;
    let conn = world.app.db.writer();
    for sql in [
        "UPDATE request_fact SET transfers = 7 WHERE state = 'CLOSED'",
        "UPDATE closure_fact SET rating = 1 WHERE rating = 4",
        "UPDATE request_ownership SET until_at = from_at WHERE until_at IS NULL",
    ] {
        conn.execute_unprepared(sql).await.unwrap();
    }
    let found = linli::requests::queries::contradictions(&world.app).await.unwrap();
    let rows: Vec<i64> = found.iter().map(|(_, rows)| *rows).collect();
    assert_eq!(rows, [2, 1, 1], "{found:?}");
}

#[tokio::test]
async fn drill_down_and_csv_list_the_rows_that_were_counted() {
    let world = World::new().await;
    known(&world).await;
    world.advance(Duration::days(40));
    world.work().await;
    let input = input(&world, "2025-06-01", "2025-07-01").await;
    let answer = statistics(&world, Who::Manager, input.clone(), "").await;
    let line = answer["data"]["requestStatistics"]["total"].clone();
    let token = world.token(Who::Manager).await.unwrap();
    for counted in line["rates"].as_array().unwrap() {
        let metric = counted["metric"].as_str().unwrap();
        for (part, count) in
            [("NUMERATOR", &counted["numerator"]), ("DENOMINATOR", &counted["denominator"])]
        {
            let more = format!(
                "rows(metric: {metric}, part: {part}, first: 100) {{ totalCount nodes {{ number }} }}"
            );
            let rows = statistics(&world, Who::Manager, input.clone(), &more).await;
            let rows = &rows["data"]["requestStatistics"]["rows"];
            assert_eq!(rows["totalCount"], *count, "{metric} {part}");
            let listed = rows["nodes"].as_array().unwrap();
            assert_eq!(json!(listed.len()), *count, "{metric} {part}: {rows}");
            let uri = format!(
                "/statistics/requests.csv?placeId={}&from=2025-06-01&to=2025-07-01&metric={metric}&part={part}",
                input["placeId"].as_str().unwrap()
            );
            let request = Request::get(uri)
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .body(Body::empty())
                .unwrap();
            let (status, _, csv) = world.send(request).await;
            assert_eq!(status, StatusCode::OK);
            let numbers: Vec<&str> =
                csv.lines().skip(1).map(|l| l.split(',').next().unwrap()).collect();
            let listed: Vec<&str> = listed.iter().map(|n| n["number"].as_str().unwrap()).collect();
            assert_eq!(numbers, listed, "{metric} {part}");
        }
    }
}

#[tokio::test]
async fn others_see_whole_months_with_small_cells_hidden_and_no_rows() {
    let world = World::new().await;
    known(&world).await;
    world.advance(Duration::days(40));
    let month = input(&world, "2025-06-01", "2025-07-01").await;
    for who in [Who::Specialist, Who::Overseer, Who::Auditor] {
        let answer = statistics(&world, who, month.clone(), "").await;
        let s = &answer["data"]["requestStatistics"];
        assert_eq!(s["smallestCell"], 5, "{who:?} {answer}");
        assert_eq!(s["total"]["received"], json!(null), "four are fewer than five");
        assert!(
            s["total"]["rates"]
                .as_array()
                .unwrap()
                .iter()
                .all(|r| { r["suppressed"] == true || r["denominator"] == 0 }),
            "{who:?}"
        );
        let rows =
            statistics(&world, who, month.clone(), "rows(metric: ON_TIME) { totalCount }").await;
        assert_eq!(rows["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let part = input(&world, "2025-06-02", "2025-07-01").await;
        let refused = statistics(&world, who, part, "").await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_PERIOD", "{refused}");
        let mut owner = month.clone();
        owner["groupBy"] = json!("OWNER");
        assert!(statistics(&world, who, owner, "").await["errors"].is_array());
    }
    let public = statistics(&world, Who::Nobody, month, "").await;
    assert!(public["errors"].is_array(), "the public sees quarters");
    world.advance(Duration::days(30));
    let quarter = input(&world, "2025-04-01", "2025-07-01").await;
    let public = statistics(&world, Who::Resident, quarter, "").await;
    assert_eq!(public["data"]["requestStatistics"]["smallestCell"], 10, "{public}");
}

#[tokio::test]
async fn a_release_does_not_change_within_its_month() {
    let world = World::new().await;
    for _ in 0..6 {
        world.submit().await;
    }
    world.advance(Duration::days(40));
    let month = input(&world, "2025-06-01", "2025-07-01").await;
    let before = statistics(&world, Who::Overseer, month.clone(), "").await;
    let list = world
        .run(Who::Specialist, "{ serviceRequests(first: 1) { nodes { id version } } }", json!({}))
        .await;
    let one = list["data"]["serviceRequests"]["nodes"][0].clone();
    world
        .step(Who::Specialist, "serviceRequestDecline", &one, json!({ "text": "不属本社区" }))
        .await;
    let after = statistics(&world, Who::Overseer, month.clone(), "").await;
    assert_eq!(before["data"], after["data"], "late changes come with the next month");
    assert_eq!(
        statistics(&world, Who::Manager, month, "").await["data"]["requestStatistics"]["total"]["base"],
        5
    );
}

#[tokio::test]
async fn by_owner_only_open_work_is_shown() {
    let world = World::new().await;
    let request = world.submit().await;
    world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    world.resolved().await;
    let mut input = input(&world, "2025-06-01", "2025-07-01").await;
    input["groupBy"] = json!("OWNER");
    let more = &format!("groups {{ label line {{ {LINE} }} }}");
    let answer = statistics(&world, Who::Manager, input, more).await;
    let groups = answer["data"]["requestStatistics"]["groups"].as_array().unwrap().clone();
    let own = groups.iter().find(|g| g["label"] == "Specialist").unwrap();
    assert_eq!((&own["line"]["open"], &own["line"]["rates"]), (&json!(1), &json!([])), "{own}");
}

/// What is counted is listed, whether the reader may open it or not; a result that was reopened and
/// the one after it are two rows.
#[tokio::test]
async fn the_list_is_as_long_as_the_number() {
    let world = World::new().await;
    let party = world.matter("PA-01").await.to_string();
    world.submit_as(Who::Resident, json!({ "matterId": party })).await;
    world.advance(Duration::minutes(1));
    let request = world.resolved().await;
    let again = json!({ "via": "ONLINE", "reason": "没好" });
    let request = world.step(Who::Resident, "serviceRequestReopen", &request, again).await;
    world.advance(Duration::hours(1));
    let result = json!({ "outcome": "FULFILLED", "text": "好了" });
    world.step(Who::Specialist, "serviceRequestResolve", &request, result).await;
    let mut input = input(&world, "2025-06-01", "2025-07-01").await;
    let rows = |args: &str| {
        format!(
            "rows({args}) {{ totalCount nodes {{ number closureNo request {{ number title }} }} }}"
        )
    };
    let answer = statistics(&world, Who::Manager, input.clone(), &rows("first: 50")).await;
    let all = &answer["data"]["requestStatistics"]["rows"];
    assert_eq!(all["totalCount"], 2);
    let opened: Vec<bool> =
        all["nodes"].as_array().unwrap().iter().map(|n| !n["request"].is_null()).collect();
    assert_eq!(opened, [false, true], "party affairs are counted and stay closed: {all}");
    let metric = rows("metric: CONFIRMATION_COVERAGE, first: 50");
    let answer = statistics(&world, Who::Manager, input.clone(), &metric).await;
    let results = &answer["data"]["requestStatistics"]["rows"];
    assert_eq!(results["totalCount"], 2);
    let numbers: Vec<&Value> =
        results["nodes"].as_array().unwrap().iter().map(|n| &n["closureNo"]).collect();
    assert_eq!(numbers, [1, 2], "{results}");
    for args in
        ["time: HANDLING_WALL", "time: OPEN_AGE", "outcome: FULFILLED", "exclusion: DECLINED"]
    {
        let answer = statistics(&world, Who::Manager, input.clone(), &rows(args)).await;
        let rows = &answer["data"]["requestStatistics"]["rows"];
        assert_eq!(rows["totalCount"], rows["nodes"].as_array().unwrap().len(), "{args}: {rows}");
    }
    input["groupBy"] = json!("MATTER");
    let group = world.matter("PA-01").await.to_string();
    let answer =
        statistics(&world, Who::Manager, input, &rows(&format!("group: \"{group}\""))).await;
    assert_eq!(answer["data"]["requestStatistics"]["rows"]["totalCount"], 1, "{answer}");
}
