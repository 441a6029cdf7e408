//! Numbers of incidents and of what agencies owe: what they count, who sees them how exactly, and the rows
//! behind; and the map of public incidents.

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use chrono::{DateTime, Duration, Utc};
use http_body_util::BodyExt;
use linli::{
    communities::service::{self as places, NewPlace},
    identity,
    kernel::Actor,
};
use linli_entity::{
    agency_task,
    enums::*,
    ids::{AgencyTaskId, IncidentId, JointResponseId, PlaceId},
    incident, joint_response,
    json::Localised,
    place,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    incident_rows,
    world::{Who, World, t0},
};

const RATES: &str = "rates { metric numerator denominator percent }";
const JUNE: (&str, &str) = ("2025-06-01", "2025-07-01");

fn after(minutes: i64) -> DateTime<Utc> {
    t0() + Duration::minutes(minutes)
}

async fn block(world: &World) -> PlaceId {
    let found = place::Entity::find().filter(place::Column::Code.eq("B1"));
    found.one(world.app.db.reader()).await.unwrap().unwrap().id
}

async fn agency(world: &World, code: &str) -> PlaceId {
    let (system, phone) = (Actor::System("test"), Who::Admin.phone());
    let tokens = identity::service::admin_token(&world.app, &system, &phone).await.unwrap();
    let admin = identity::queries::actor(&world.app, &tokens.access_token).await.unwrap();
    let new = NewPlace {
        kind: PlaceKind::Agency,
        code: code.to_owned(),
        parent: Some(world.places().await.subdistrict),
        names: Localised::zh(code),
        address: None,
    };
    places::create(&world.app, &admin, new).await.unwrap().id
}

/// An incident that came in at ten, that nobody has touched.
pub async fn incident(world: &World, change: impl FnOnce(&mut incident::Model)) -> incident::Model {
    let id = IncidentId(world.app.ids.uuid(t0()));
    let of = (world.places().await.community, block(world).await);
    let mut row = incident_rows::incident(id, of, t0());
    change(&mut row);
    // Where something is in hand, it is in somebody's.
    if matches!(row.state, IncidentState::Handling | IncidentState::JointResponse) {
        row.handler_id = Some(world.account(Who::BlockLead).await);
    }
    let model = incident::ActiveModel::from(row.clone());
    incident::Entity::insert(model).exec_without_returning(world.app.db.writer()).await.unwrap();
    row
}

/// What makes an incident a closed one.
fn close(
    row: &mut incident::Model,
    outcome: IncidentOutcome,
    (responded, resolved, closed): (i64, i64, i64),
) {
    row.state = IncidentState::Closed;
    row.outcome = Some(outcome);
    row.responded_at = Some(after(responded));
    row.resolved_at = Some(after(resolved));
    row.answered_at = Some(after(closed));
    row.closed_at = Some(after(closed));
    row.first_closed_at = Some(after(closed));
}

async fn joint(
    world: &World,
    of: &incident::Model,
    opened: i64,
    ended: Option<i64>,
) -> joint_response::Model {
    let row = joint_response::Model {
        id: JointResponseId(world.app.ids.uuid(t0())),
        community_id: of.community_id,
        incident_id: of.id,
        round: 1,
        reason: JointReason::BeyondOurPower,
        opened_by: None,
        opened_at: after(opened),
        ended_at: ended.map(after),
    };
    let model = joint_response::ActiveModel::from(row.clone());
    let insert = joint_response::Entity::insert(model);
    insert.exec_without_returning(world.app.db.writer()).await.unwrap();
    row
}

/// A mandatory task that was asked when the joint response was opened: an hour to sign, two to make contact,
/// ten days to finish.
async fn task(
    world: &World,
    joint: &joint_response::Model,
    agency: PlaceId,
    change: impl FnOnce(&mut agency_task::Model),
) {
    let id = AgencyTaskId(world.app.ids.uuid(t0()));
    let mut row = incident_rows::task(id, joint, agency, joint.opened_at);
    change(&mut row);
    let model = agency_task::ActiveModel::from(row);
    agency_task::Entity::insert(model).exec_without_returning(world.app.db.writer()).await.unwrap();
}

/// What makes a task a done one, by minutes from when it was asked.
fn done(
    row: &mut agency_task::Model,
    outcome: AgencyOutcome,
    (signed, contacted, ended): (i64, i64, i64),
) {
    let at = |minutes: i64| Some(row.asked_at + Duration::minutes(minutes));
    (row.signed_at, row.contacted_at, row.ended_at) = (at(signed), at(contacted), at(ended));
    row.state = AgencyTaskState::Done;
    row.outcome = Some(outcome);
}

fn refuse(row: &mut agency_task::Model, state: AgencyTaskState, minutes: i64, proposed: PlaceId) {
    row.state = state;
    row.refused_at = Some(row.asked_at + Duration::minutes(minutes));
    row.refusal = Some("不归我们管".to_owned());
    row.proposed_id = Some(proposed);
}

fn rate_it(row: &mut agency_task::Model, rating: RatingLevel) {
    row.rating = Some(rating);
    row.rating_reason = Some("来得很快".to_owned());
    row.rated_at = Some(after(60));
}

const DAY: i64 = 24 * 60;

/// Seven incidents that count and three that do not, at the beginning of June.
async fn incidents_of_june(world: &World) -> [incident::Model; 2] {
    use IncidentOutcome::{AboutAPerson, Fixed, Merged, NotFixed, NotOurs};
    let first = incident(world, |row| close(row, Fixed, (10, 60, 70))).await;
    incident(world, |row| {
        close(row, Fixed, (30, 100, 110));
        row.level = IncidentLevel::General;
        row.escalated_at = Some(after(20));
        row.first_closed_at = Some(after(50));
        row.reopened = 1;
    })
    .await;
    let together = incident(world, |row| {
        row.kind = IncidentKind::Lift;
        row.state = IncidentState::JointResponse;
        row.responded_at = Some(after(5));
        row.joint_at = Some(after(15));
    })
    .await;
    let waiting = incident(world, |row| {
        row.kind = IncidentKind::Lift;
        row.block_id = None;
        row.state = IncidentState::Escalated;
        row.level = IncidentLevel::General;
        row.escalated_at = Some(after(120));
    })
    .await;
    incident(world, |row| {
        close(row, Merged, (1, 1, 1));
        (row.answered_at, row.merged_into) = (None, Some(first.id));
    })
    .await;
    incident(world, |row| close(row, NotOurs, (7, 8, 9))).await;
    incident(world, |row| {
        close(row, AboutAPerson, (7, 8, 9));
        row.state = IncidentState::Resolved;
        (row.answered_at, row.closed_at, row.first_closed_at) = (None, None, None);
    })
    .await;
    // Closed so late that it can still be taken up again.
    incident(world, |row| close(row, NotFixed, (15, 20 * DAY, 20 * DAY))).await;
    // The first instant of June in Beijing, and the last one before it.
    for instant in ["2025-05-31T16:00:00Z", "2025-05-31T15:59:59Z"] {
        incident(world, |row| {
            row.kind = IncidentKind::Noise;
            row.block_id = None;
            row.received_at = instant.parse().unwrap();
        })
        .await;
    }
    // It began with the general lead, as gas does.
    incident(world, |row| {
        close(row, Fixed, (2, 30, 31));
        row.kind = IncidentKind::GasLeak;
        (row.level, row.first_level) = (IncidentLevel::General, IncidentLevel::General);
    })
    .await;
    [together, waiting]
}

/// Three joint responses and nine tasks of four agencies, one of them called off.
async fn tasks_of_june(world: &World, [together, waiting]: &[incident::Model; 2]) -> Vec<PlaceId> {
    let mut agencies = Vec::new();
    for code in ["WATER", "POWER", "URBAN", "FIRE"] {
        agencies.push(agency(world, code).await);
    }
    let [water, power, urban, fire] = agencies[..] else { panic!() };
    // Late: one finished late, the other did nothing.
    let late = joint(world, together, 15, None).await;
    task(world, &late, water, |t| done(t, AgencyOutcome::Fixed, (60, 100, 11 * DAY))).await;
    task(world, &late, power, |_| {}).await;
    // In time, as far as it had to be; the incident came in before June.
    let before = incident(world, |row| {
        close(row, IncidentOutcome::Fixed, (1, 2, 3));
        row.received_at = t0() - Duration::days(20);
    })
    .await;
    let timely = joint(world, &before, DAY, Some(2 * DAY)).await;
    task(world, &timely, water, |t| {
        done(t, AgencyOutcome::Fixed, (30, 60, 300));
        rate_it(t, RatingLevel::VerySatisfied);
    })
    .await;
    task(world, &timely, power, |t| {
        done(t, AgencyOutcome::NotNeeded, (61, 120, 300));
        t.mandatory = false;
        rate_it(t, RatingLevel::Dissatisfied);
    })
    .await;
    task(world, &timely, power, |t| {
        t.state = AgencyTaskState::CalledOff;
        t.ended_at = Some(after(DAY + 40));
    })
    .await;
    task(world, &timely, urban, |t| {
        refuse(t, AgencyTaskState::Moved, 30, water);
        t.ended_at = Some(after(2 * DAY));
    })
    .await;
    task(world, &timely, urban, |t| {
        refuse(t, AgencyTaskState::Refused, 200, fire);
        t.mandatory = false;
        t.signed_at = Some(t.asked_at + Duration::minutes(10));
    })
    .await;
    task(world, &timely, fire, |t| {
        done(t, AgencyOutcome::NotFixed, (60, 120, 10 * DAY));
        t.mandatory = false;
    })
    .await;
    // Nothing of it is due yet.
    let open = joint(world, waiting, 2 * DAY, None).await;
    task(world, &open, urban, |t| {
        for due in [&mut t.sign_due_at, &mut t.contact_due_at, &mut t.finish_due_at] {
            *due = after(90 * DAY);
        }
    })
    .await;
    agencies
}

const LINES: &str = "incidents { suppressed cameIn received rates { metric numerator denominator percent } \
     times { metric count open p50 p90 } outcomes { outcome count } } \
     tasks { suppressed asked calledOff rates { metric numerator denominator percent } \
     times { metric count open p50 p90 } outcomes { outcome count } \
     ratings { suppressed rates { metric numerator denominator percent } levels { rating count } } }";

async fn asked(world: &World, who: Who, days: (&str, &str), by: Value) -> Value {
    let place = world.places().await.community.to_string();
    let query = format!(
        "query($i: IncidentStatisticsInput!) {{ incidentStatistics(input: $i) {{ exact smallestCell incomplete \
         {LINES} groups {{ key kind place {{ id code }} {LINES} }} }} }}"
    );
    let input = json!({ "placeId": place, "from": days.0, "to": days.1, "groupBy": by });
    world.run(who, &query, json!({ "i": input })).await
}

pub async fn numbers(world: &World, who: Who, days: (&str, &str), by: Value) -> Value {
    let answer = asked(world, who, days, by).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["incidentStatistics"].clone()
}

async fn rows(world: &World, who: Who, days: (&str, &str), more: Value) -> Value {
    let place = world.places().await.community.to_string();
    let query = "query($i: IncidentStatisticsInput!, $m: IncidentMetric, $p: IncidentMetricPart!, $g: String, \
         $t: IncidentTime, $open: Boolean!, $o: IncidentOutcome, $to: AgencyOutcome, $r: RatingLevel, $off: Boolean!, \
         $f: Int, $a: String) { incidentStatisticsRows(input: $i, metric: $m, part: $p, group: $g, time: $t, \
         open: $open, outcome: $o, taskOutcome: $to, rating: $r, calledOff: $off, first: $f, after: $a) { totalCount pageInfo { hasNextPage endCursor } nodes { incidentId kind task { taskId agencyId } \
         jointResponse { jointResponseId } } } }";
    let mut input = json!({ "placeId": place, "from": days.0, "to": days.1 });
    let mut variables = json!({ "p": "DENOMINATOR", "open": false, "off": false });
    for (key, value) in more.as_object().unwrap() {
        if key == "groupBy" {
            input["groupBy"] = value.clone();
        } else {
            variables[key] = value.clone();
        }
    }
    variables["i"] = input;
    world.run(who, query, variables).await
}

/// All pages of the rows behind a number.
async fn listed(world: &World, more: Value) -> Vec<Value> {
    let (mut all, mut more) = (Vec::new(), more);
    more["f"] = json!(2);
    loop {
        let answer = rows(world, Who::Manager, JUNE, more.clone()).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        let page = &answer["data"]["incidentStatisticsRows"];
        all.extend(page["nodes"].as_array().unwrap().clone());
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], all.len());
            return all;
        }
        more["a"] = page["pageInfo"]["endCursor"].clone();
    }
}

pub fn rate(line: &Value, metric: &str) -> (i64, i64) {
    let rates = line["rates"].as_array().unwrap();
    let rate = rates.iter().find(|r| r["metric"] == metric).unwrap_or_else(|| panic!("{metric}"));
    (rate["numerator"].as_i64().unwrap(), rate["denominator"].as_i64().unwrap())
}

fn percent<'a>(line: &'a Value, metric: &str) -> &'a Value {
    let rates = line["rates"].as_array().unwrap();
    &rates.iter().find(|r| r["metric"] == metric).unwrap()["percent"]
}

/// Every count of a line, by what it counts.
fn counts(value: &Value, path: &str, found: &mut Vec<(String, i64)>) {
    match value {
        Value::Object(fields) => {
            let name = ["metric", "outcome", "rating"].iter().find_map(|k| fields.get(*k));
            let path = format!("{path}.{}", name.and_then(Value::as_str).unwrap_or_default());
            for (key, value) in fields.iter().filter(|(k, _)| !["p50", "p90"].contains(&k.as_str()))
            {
                counts(value, &format!("{path}.{key}"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| counts(item, path, found)),
        Value::Number(n) => found.push((path.to_owned(), n.as_i64().unwrap())),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn time(metric: &str, n: i64, open: i64, p50: i64, p90: i64) -> Value {
    json!({ "metric": metric, "count": n, "open": open, "p50": p50, "p90": p90 })
}

#[tokio::test]
async fn incidents_are_counted_by_what_became_of_them() {
    let world = World::new().await;
    incidents_of_june(&world).await;
    world.advance(Duration::days(40));
    let seen = numbers(&world, Who::Manager, JUNE, json!(null)).await;
    assert_eq!((&seen["exact"], &seen["smallestCell"]), (&json!(true), &json!(1)));
    assert_eq!((&seen["incomplete"], &seen["groups"]), (&json!(false), &json!([])));
    let line = &seen["incidents"];
    assert_eq!((&line["cameIn"], &line["received"]), (&json!(10), &json!(7)));
    for (metric, wanted) in [
        ("EXCLUDED_MERGED", (1, 10)),
        ("EXCLUDED_NOT_OURS", (1, 10)),
        ("EXCLUDED_ABOUT_A_PERSON", (1, 10)),
        ("RESOLVED", (4, 7)),
        ("CLOSED", (4, 7)),
        // Not the gas: it was never with the block.
        ("AT_BLOCK", (2, 5)),
        ("ESCALATED", (2, 7)),
        ("JOINT", (1, 7)),
        // Not the one that was closed twenty days ago.
        ("REOPENED", (1, 3)),
        ("JOINT_ON_TIME", (0, 0)),
    ] {
        assert_eq!(rate(line, metric), wanted, "{metric}");
    }
    assert_eq!(percent(line, "RESOLVED"), "57.1");
    assert_eq!(percent(line, "JOINT_ON_TIME"), &json!(null), "nothing of nothing is no rate");
    let wanted = json!([
        time("TO_RESPONSE", 5, 2, 10, 30),
        time("TO_ESCALATION", 2, 1, 20, 120),
        time("TO_JOINT", 1, 2, 15, 15),
        time("TO_RESOLUTION", 4, 3, 60, 28_800),
        time("TO_ANSWER", 4, 3, 70, 28_800),
        time("TO_CLOSE", 4, 3, 70, 28_800),
        time("RESPONSE_TO_RESOLUTION", 4, 1, 50, 28_785),
        time("RESOLUTION_TO_CLOSE", 4, 0, 1, 10),
    ]);
    assert_eq!(line["times"], wanted);
    let outcome = |outcome: &str, n: i64| json!({ "outcome": outcome, "count": n });
    let wanted = json!([
        outcome("FIXED", 3),
        outcome("PARTLY_FIXED", 0),
        outcome("NOT_FIXED", 1),
        outcome("NOT_FOUND", 0)
    ]);
    assert_eq!(line["outcomes"], wanted, "what is left out has outcomes of its own");
    let empty = numbers(&world, Who::Manager, ("2025-08-01", "2025-09-01"), json!("KIND")).await;
    assert_eq!((&empty["incidents"]["received"], &empty["incomplete"]), (&json!(0), &json!(true)));
    assert_eq!(
        empty["incidents"]["times"][0],
        json!({ "metric": "TO_RESPONSE", "count": 0,
        "open": 0, "p50": null, "p90": null })
    );
}

#[tokio::test]
async fn agencies_are_held_to_what_fell_due() {
    let world = World::new().await;
    let rows = incidents_of_june(&world).await;
    let agencies = tasks_of_june(&world, &rows).await;
    world.advance(Duration::days(40));
    let seen = numbers(&world, Who::Manager, JUNE, json!("AGENCY")).await;
    for metric in [
        "JOINT_ON_TIME",
        "JOINT_SIGNED_ON_TIME",
        "JOINT_CONTACTED_ON_TIME",
        "JOINT_FINISHED_ON_TIME",
    ] {
        assert_eq!(rate(&seen["incidents"], metric), (1, 2), "{metric}: one is not due yet");
    }
    let line = &seen["tasks"];
    assert_eq!((&line["asked"], &line["calledOff"]), (&json!(8), &json!(1)));
    for (metric, wanted, shown) in [
        ("SIGNED_ON_TIME", (4, 6), "66.7"),
        ("CONTACTED_ON_TIME", (4, 6), "66.7"),
        ("FINISHED_ON_TIME", (3, 5), "60.0"),
        ("REFUSED", (2, 8), "25.0"),
    ] {
        assert_eq!(
            (rate(line, metric), percent(line, metric)),
            (wanted, &json!(shown)),
            "{metric}"
        );
    }
    let wanted = json!([
        time("TO_SIGN", 5, 2, 60, 61),
        time("TO_CONTACT", 4, 2, 100, 120),
        time("TO_FINISH", 4, 2, 300, 11 * DAY),
    ]);
    assert_eq!(line["times"], wanted);
    let outcome = |outcome: &str, n: i64| json!({ "outcome": outcome, "count": n });
    let wanted = json!([
        outcome("FIXED", 2),
        outcome("PARTLY_FIXED", 0),
        outcome("NOT_FIXED", 1),
        outcome("NOT_NEEDED", 1)
    ]);
    assert_eq!(line["outcomes"], wanted);
    let ratings = &line["ratings"];
    assert_eq!(rate(ratings, "RATING_COVERAGE"), (2, 3), "of the incident that is closed");
    assert_eq!(rate(ratings, "SATISFIED"), (1, 2));
    let levels: Vec<_> =
        ratings["levels"].as_array().unwrap().iter().map(|l| &l["count"]).collect();
    assert_eq!(levels, [1, 0, 0, 1, 0]);
    // Each by itself.
    let groups = seen["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 4);
    let of = |index: usize| {
        let id = agencies[index].to_string();
        let group = groups.iter().find(|g| g["key"] == id).unwrap();
        assert_eq!((&group["place"]["id"], &group["incidents"]), (&json!(id), &json!(null)));
        &group["tasks"]
    };
    let of_each = |metric: &str| [0, 1, 2, 3].map(|index| rate(of(index), metric));
    assert_eq!(of_each("SIGNED_ON_TIME"), [(2, 2), (0, 2), (1, 1), (1, 1)]);
    assert_eq!(of_each("CONTACTED_ON_TIME"), [(2, 2), (1, 2), (0, 1), (1, 1)]);
    assert_eq!(of_each("FINISHED_ON_TIME"), [(1, 2), (1, 2), (0, 0), (1, 1)]);
    assert_eq!(of_each("REFUSED"), [(0, 2), (0, 2), (2, 3), (0, 1)]);
    assert_eq!(percent(of(2), "FINISHED_ON_TIME"), &json!(null));
    assert_eq!(of(2)["times"][0], time("TO_SIGN", 1, 1, 10, 10));
    assert_eq!(of(3)["times"][2], time("TO_FINISH", 1, 0, 10 * DAY, 10 * DAY));
}

#[tokio::test]
async fn rows_and_groups_add_up_to_the_numbers() {
    let world = World::new().await;
    let made = incidents_of_june(&world).await;
    tasks_of_june(&world, &made).await;
    world.advance(Duration::days(40));
    for by in ["KIND", "BLOCK", "AGENCY"] {
        let seen = numbers(&world, Who::Manager, JUNE, json!(by)).await;
        let line = if by == "AGENCY" { "tasks" } else { "incidents" };
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        counts(&seen[line], "", &mut whole);
        for group in seen["groups"].as_array().unwrap() {
            counts(&group[line], "", &mut parts);
            for (mut more, n) in numbers_of(&group[line]) {
                (more["groupBy"], more["g"]) = (json!(by), group["key"].clone());
                assert_eq!(listed(&world, more.clone()).await.len(), n, "{more} {group}");
            }
        }
        for (path, n) in &whole {
            let sum: i64 = parts.iter().filter(|(p, _)| p == path).map(|(_, n)| n).sum();
            assert_eq!(sum, *n, "{by} {path}");
        }
        let all = numbers_of(&seen[line]);
        assert_eq!(all.len(), whole.len(), "every number has its rows");
        for (more, n) in all {
            let found = listed(&world, more.clone()).await;
            let mut ids: Vec<String> = found.iter().map(identity_of).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), n, "{more}");
        }
    }
    let seen = numbers(&world, Who::Manager, JUNE, json!("BLOCK")).await;
    let keys: Vec<_> = seen["groups"].as_array().unwrap().iter().map(|g| &g["key"]).collect();
    assert!(keys.len() == 2 && keys.contains(&&json!("none")), "{keys:?}");
    assert_eq!(listed(&world, json!({})).await.len(), 7, "without a metric what was received");
    let wrong = json!({ "m": "REFUSED", "groupBy": "KIND", "g": "ROAD" });
    for wrong in [wrong, json!({ "m": "RESOLVED", "t": "TO_CLOSE" })] {
        let refused = rows(&world, Who::Manager, JUNE, wrong).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
}

/// What a row is of.
fn identity_of(row: &Value) -> String {
    let ids =
        [&row["task"]["taskId"], &row["jointResponse"]["jointResponseId"], &row["incidentId"]];
    ids.into_iter().find_map(Value::as_str).unwrap().to_owned()
}

/// Every number of a line: how its rows are asked for, and how many they are.
fn numbers_of(line: &Value) -> Vec<(Value, usize)> {
    let all = |line: &Value, field: &str| line[field].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    let mut put = |more: Value, n: &Value| {
        found.push((more, usize::try_from(n.as_u64().unwrap()).unwrap()));
    };
    for rate in [all(line, "rates"), all(&line["ratings"], "rates")].concat() {
        put(json!({ "m": rate["metric"], "p": "NUMERATOR" }), &rate["numerator"]);
        put(json!({ "m": rate["metric"], "p": "DENOMINATOR" }), &rate["denominator"]);
    }
    for time in all(line, "times") {
        put(json!({ "t": time["metric"] }), &time["count"]);
        put(json!({ "t": time["metric"], "open": true }), &time["open"]);
    }
    let outcome_of = if line["asked"].is_null() { "o" } else { "to" };
    for outcome in all(line, "outcomes") {
        put(json!({ outcome_of: outcome["outcome"] }), &outcome["count"]);
    }
    for level in all(&line["ratings"], "levels") {
        put(json!({ "r": level["rating"] }), &level["count"]);
    }
    if outcome_of == "o" {
        put(json!({ "m": "EXCLUDED_MERGED" }), &line["cameIn"]);
        put(json!({}), &line["received"]);
    } else {
        put(json!({ "m": "REFUSED" }), &line["asked"]);
        put(json!({ "off": true }), &line["calledOff"]);
    }
    found
}

#[tokio::test]
async fn others_see_whole_months_with_small_cells_suppressed() {
    let world = World::new().await;
    let water = agency(&world, "WATER").await;
    for n in 0..30 {
        incident(&world, |row| {
            row.kind = match n {
                0..2 => IncidentKind::Lift,
                2..12 => IncidentKind::Noise,
                _ => IncidentKind::Road,
            };
        })
        .await;
    }
    for n in 0..12 {
        let before = incident(&world, |row| {
            close(row, IncidentOutcome::Fixed, (1, 2, 3));
            row.received_at = t0() - Duration::days(20);
        })
        .await;
        let timely = joint(&world, &before, DAY, Some(2 * DAY)).await;
        task(&world, &timely, water, |t| {
            done(t, AgencyOutcome::Fixed, (30, 60, 300));
            if n < 10 {
                rate_it(t, RatingLevel::Satisfied);
            }
        })
        .await;
    }
    world.advance(Duration::days(40));
    let seen = numbers(&world, Who::Specialist, JUNE, json!("KIND")).await;
    assert_eq!((&seen["exact"], &seen["smallestCell"]), (&json!(false), &json!(5)));
    // The whole is told, and nothing of the kinds: one of the larger two would tell who knows the other one
    // what the third is.
    assert_eq!(seen["incidents"]["received"], 30);
    assert_eq!(rate(&seen["incidents"], "JOINT_ON_TIME"), (12, 12));
    assert_eq!(seen["groups"].as_array().unwrap().len(), 3);
    for group in seen["groups"].as_array().unwrap() {
        let line = &group["incidents"];
        let mut told = Vec::new();
        counts(line, "", &mut told);
        assert_eq!((&line["suppressed"], told.as_slice()), (&json!(true), &[][..]));
        assert!(line["times"].as_array().unwrap().iter().all(|t| t["p50"].is_null()));
        assert!(line["rates"].as_array().unwrap().iter().all(|r| r["percent"].is_null()));
    }
    let blocks = numbers(&world, Who::Specialist, JUNE, json!("BLOCK")).await;
    assert_eq!(blocks["groups"][0]["incidents"]["received"], 30);
    assert_eq!(blocks["groups"][0]["place"]["code"], "B1");
    // What two were not rated for would tell on whoever did not rate; what the agency did is told.
    let agencies = numbers(&world, Who::Overseer, JUNE, json!("AGENCY")).await;
    let line = &agencies["groups"][0]["tasks"];
    assert_eq!((rate(line, "SIGNED_ON_TIME"), &line["asked"]), ((12, 12), &json!(12)));
    let ratings = &line["ratings"];
    assert_eq!(
        (&ratings["suppressed"], &ratings["levels"][1]["count"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(agencies["tasks"]["ratings"]["suppressed"], true);
    let exact = numbers(&world, Who::Manager, JUNE, json!("AGENCY")).await;
    assert_eq!(rate(&exact["groups"][0]["tasks"]["ratings"], "RATING_COVERAGE"), (10, 12));
    // Nothing changes within a month.
    incident(&world, |_| {}).await;
    assert_eq!(numbers(&world, Who::Specialist, JUNE, json!("KIND")).await, seen);
    let exact = numbers(&world, Who::Manager, JUNE, json!("KIND")).await;
    assert_eq!(exact["incidents"]["received"], 31);
}

#[tokio::test]
async fn who_is_not_responsible_gets_no_rows_and_no_other_period() {
    let world = World::new().await;
    let made = incidents_of_june(&world).await;
    tasks_of_june(&world, &made).await;
    world.advance(Duration::days(40));
    let week = ("2025-06-02", "2025-06-09");
    for who in [Who::Manager, Who::GeneralLead] {
        assert_eq!(numbers(&world, who, week, json!(null)).await["exact"], true, "{who:?}");
    }
    let code = |answer: &Value| answer["errors"][0]["extensions"]["code"].clone();
    for who in [Who::Specialist, Who::Auditor, Who::Overseer] {
        assert_eq!(code(&asked(&world, who, week, json!(null)).await), "BAD_PERIOD", "{who:?}");
        assert_eq!(numbers(&world, who, JUNE, json!(null)).await["smallestCell"], 5, "{who:?}");
        assert_eq!(code(&rows(&world, who, JUNE, json!({})).await), "FORBIDDEN", "{who:?}");
    }
    let quarter = ("2025-04-01", "2025-07-01");
    for who in [Who::Stranger, Who::BlockLead, Who::Resident, Who::Nobody] {
        assert_eq!(code(&asked(&world, who, JUNE, json!(null)).await), "BAD_PERIOD", "{who:?}");
        let seen = numbers(&world, who, quarter, json!("AGENCY")).await;
        assert_eq!(seen["smallestCell"], 10, "{who:?}");
        // So few are nobody's business.
        let mut told = Vec::new();
        counts(&json!([seen["incidents"], seen["tasks"], seen["groups"]]), "", &mut told);
        assert_eq!(told, [], "{who:?}");
        let refused = if who == Who::Nobody { "UNAUTHENTICATED" } else { "FORBIDDEN" };
        assert_eq!(code(&rows(&world, who, quarter, json!({})).await), refused, "{who:?}");
    }
    let input = json!({ "i": { "placeId": block(&world).await.to_string(), "from": JUNE.0, "to": JUNE.1 } });
    let query = format!(
        "query($i: IncidentStatisticsInput!) {{ incidentStatistics(input: $i) {{ incidents {{ {RATES} }} }} }}"
    );
    assert_eq!(code(&world.run(Who::Manager, &query, input).await), "BAD_USER_INPUT");
}

async fn fetch(
    world: &World,
    path: &str,
    (name, value): (header::HeaderName, &str),
) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).header(name, value).body(Body::empty()).unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

/// A public incident somewhere.
fn publish(row: &mut incident::Model, (lon, lat): (i32, i32)) {
    row.card = Localised::zh("路面有坑").and("en", "A hole in the road");
    row.published_at = Some(after(30));
    (row.lon_e6, row.lat_e6) = (Some(lon), Some(lat));
}

#[tokio::test]
async fn the_map_shows_what_was_cleared_and_no_exact_place() {
    let world = World::new().await;
    let mut exact = Vec::new();
    for n in 0..5 {
        let at = (87_600_123 + n * 311, 43_800_457 + n * 173);
        exact.extend([at.0, at.1]);
        incident(&world, |row| publish(row, at)).await;
    }
    let aside = incident(&world, |row| {
        publish(row, (87_604_777, 43_800_333));
        close(row, IncidentOutcome::Fixed, (1, 2, 3));
        row.received_at = t0() - Duration::hours(9);
    })
    .await;
    let alone = incident(&world, |row| {
        publish(row, (87_655_555, 43_855_555));
        row.block_id = None;
    })
    .await;
    exact.extend([87_604_777, 43_800_333, 87_655_555, 43_855_555]);
    // None of these is for everybody.
    let first = incident(&world, |row| {
        publish(row, (87_600_999, 43_800_999));
        row.published_at = None;
    })
    .await;
    incident(&world, |row| row.danger = Danger::Life).await;
    incident(&world, |row| {
        publish(row, (87_600_999, 43_800_999));
        close(row, IncidentOutcome::Merged, (1, 1, 1));
        row.merged_into = Some(first.id);
    })
    .await;
    incident(&world, |row| {
        publish(row, (87_600_999, 43_800_999));
        row.received_at = t0() - Duration::days(366);
    })
    .await;
    let path = "/feeds/incidents/XF01.geojson";
    let (status, headers, body) = fetch(&world, path, (header::ACCEPT_LANGUAGE, "zh-CN")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "application/geo+json");
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=300");
    assert_eq!(headers[header::VARY], "accept-language");
    let map: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(map["type"], "FeatureCollection");
    let features = map["features"].as_array().unwrap();
    assert_eq!(features.len(), 7);
    let point = |x: f64, y: f64| json!({ "type": "Point", "coordinates": [x, y] });
    let of =
        |row: &incident::Model| features.iter().find(|f| f["id"] == row.id.to_string()).unwrap();
    let cells = features.iter().filter(|f| f["properties"]["place"] == "cell");
    assert!(
        cells.clone().count() == 5 && cells.clone().all(|f| f["geometry"] == point(87.601, 43.801))
    );
    assert_eq!(
        of(&aside),
        &json!({
            "type": "Feature",
            "id": aside.id.to_string(),
            // The mean of five centres at 87.601 and one at 87.605 lies in the cell of 87.601.
            "geometry": point(87.601, 43.801),
            "properties": { "id": aside.id.to_string(), "number": aside.number, "kind": "ROAD",
                "state": "CLOSED", "outcome": "FIXED", "day": "2025-06-03", "text": "路面有坑",
                "block": "一号街区", "place": "block" },
        })
    );
    let lost = of(&alone);
    assert_eq!((&lost["geometry"], &lost["properties"]["place"]), (&json!(null), &json!("none")));
    assert_eq!(lost["properties"]["block"], json!(null));
    for e6 in exact {
        let degrees = (f64::from(e6) / 1e6).to_string();
        assert!(!body.contains(&degrees) && !body.contains(&e6.to_string()), "{degrees}");
    }
    assert!(!body.contains("后门旁边"), "the words of a report are not the card");
    // In the language that is asked for, and nothing at all where nothing is new.
    let english = format!("{path}?lang=en");
    let (_, headers, body) = fetch(&world, &english, (header::ACCEPT_LANGUAGE, "zh-CN")).await;
    assert!(body.contains("A hole in the road") && !body.contains("路面有坑"));
    let tag = headers[header::ETAG].to_str().unwrap();
    let (status, _, body) = fetch(&world, &english, (header::IF_NONE_MATCH, tag)).await;
    assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""));
}

#[tokio::test]
async fn only_communities_have_a_map() {
    let world = World::new().await;
    let language = (header::ACCEPT_LANGUAGE, "en");
    let (status, _, body) = fetch(&world, "/feeds/incidents/XF01.geojson", language).await;
    assert_eq!(status, StatusCode::OK);
    let empty: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(empty, json!({ "type": "FeatureCollection", "features": [] }));
    for wrong in ["XF01", "XF01.ics", "NOPE.geojson", "YY.geojson", "B1.geojson", ".geojson"] {
        let path = format!("/feeds/incidents/{wrong}");
        let (status, ..) = fetch(&world, &path, (header::ACCEPT_LANGUAGE, "en")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn what_is_called_off_leaves_no_refusal_and_no_delay_behind() {
    let world = World::new().await;
    let water = agency(&world, "WATER").await;
    let mut joints = Vec::new();
    for _ in 0..3 {
        let of = incident(&world, |row| {
            close(row, IncidentOutcome::Fixed, (1, 2, 3));
            row.joint_at = Some(after(2));
        })
        .await;
        joints.push(joint(&world, &of, 2, Some(DAY)).await);
    }
    let [late, timely, empty] = &joints[..] else { panic!() };
    let off = |t: &mut agency_task::Model, minutes: i64| {
        t.state = AgencyTaskState::CalledOff;
        t.ended_at = Some(t.asked_at + Duration::minutes(minutes));
    };
    // Called off when two of its limits had passed; the other one met all of them.
    task(&world, late, water, |t| off(t, 121)).await;
    task(&world, late, water, |t| done(t, AgencyOutcome::Fixed, (1, 2, 3))).await;
    // Refused in time, and too late; called off then: what is refused is owed no longer.
    for minutes in [20, 90] {
        task(&world, timely, water, |t| {
            refuse(t, AgencyTaskState::CalledOff, minutes, water);
            off(t, 500);
            t.mandatory = false;
        })
        .await;
    }
    task(&world, timely, water, |t| done(t, AgencyOutcome::Fixed, (1, 2, 3))).await;
    // Signed in time, and called off before anything else was due: there nothing was owed at the end.
    task(&world, empty, water, |t| {
        t.signed_at = Some(t.asked_at + Duration::minutes(5));
        off(t, 30);
    })
    .await;
    world.advance(Duration::days(40));
    let seen = numbers(&world, Who::Manager, JUNE, json!("AGENCY")).await;
    for line in [&seen["tasks"], &seen["groups"][0]["tasks"]] {
        assert_eq!((&line["asked"], &line["calledOff"]), (&json!(4), &json!(2)));
        for (metric, wanted) in [
            ("REFUSED", (2, 4)),
            ("SIGNED_ON_TIME", (3, 5)),
            ("CONTACTED_ON_TIME", (2, 3)),
            ("FINISHED_ON_TIME", (2, 2)),
        ] {
            assert_eq!(rate(line, metric), wanted, "{metric}");
        }
    }
    for (metric, wanted) in [
        ("JOINT_ON_TIME", (1, 2)),
        ("JOINT_SIGNED_ON_TIME", (1, 2)),
        ("JOINT_CONTACTED_ON_TIME", (1, 2)),
        ("JOINT_FINISHED_ON_TIME", (2, 2)),
    ] {
        assert_eq!(rate(&seen["incidents"], metric), wanted, "{metric}");
    }
    let refused = listed(&world, json!({ "m": "REFUSED", "p": "NUMERATOR" })).await;
    assert_eq!(refused.len(), 2);
}

#[tokio::test]
async fn the_block_answers_for_what_began_with_it() {
    let world = World::new().await;
    let general = |row: &mut incident::Model| {
        row.kind = IncidentKind::GasLeak;
        (row.level, row.first_level) = (IncidentLevel::General, IncidentLevel::General);
    };
    // One can still go up to the subdistrict, the other one did.
    incident(&world, general).await;
    incident(&world, |row| {
        general(row);
        row.state = IncidentState::Escalated;
        row.level = IncidentLevel::Subdistrict;
        row.escalated_at = Some(after(15));
    })
    .await;
    // What the general lead has in hand goes up no more.
    incident(&world, |row| {
        general(row);
        row.state = IncidentState::Handling;
        row.responded_at = Some(after(5));
    })
    .await;
    incident(&world, |row| close(row, IncidentOutcome::Fixed, (1, 2, 3))).await;
    let line = &numbers(&world, Who::Manager, JUNE, json!(null)).await["incidents"];
    assert_eq!(rate(line, "AT_BLOCK"), (1, 1));
    assert_eq!(rate(line, "ESCALATED"), (1, 4));
    assert_eq!(line["times"][1], time("TO_ESCALATION", 1, 1, 15, 15));
}

#[tokio::test]
async fn another_block_is_where_it_begins() {
    let world = World::new().await;
    let gas = json!({ "kind": "GAS_LEAK" });
    let id = crate::incidents::reported(&world, Who::Resident, gas).await["incidentId"].clone();
    let row = async || {
        let key: IncidentId = id.as_str().unwrap().parse().unwrap();
        incident::Entity::find_by_id(key).one(world.app.db.reader()).await.unwrap().unwrap()
    };
    assert_eq!(row().await.first_level, IncidentLevel::General);
    let other = crate::blocks::block(&world).await;
    crate::blocks::begun(&world, &other, "BLOCK_LEAD", Who::Colleague).await;
    let to = json!({ "blockId": other["id"], "kind": "STREET_LIGHT" });
    crate::incidents::step(&world, Who::Specialist, "incidentRoute", &id, to).await;
    assert_eq!(row().await.first_level, IncidentLevel::Block);
}

#[tokio::test]
async fn taken_up_again_is_what_had_been_closed() {
    let world = World::new().await;
    // Before it was closed for the first time.
    incident(&world, |row| {
        close(row, IncidentOutcome::Fixed, (1, 20, 30));
        row.reopened = 1;
    })
    .await;
    // After that, and closed again.
    incident(&world, |row| {
        close(row, IncidentOutcome::Fixed, (1, 20, 30));
        row.first_closed_at = Some(after(10));
        row.reopened = 1;
    })
    .await;
    // So lately that others of that day can still be taken up again too.
    incident(&world, |row| {
        row.state = IncidentState::Handling;
        row.responded_at = Some(after(1));
        row.first_closed_at = Some(after(20 * DAY));
        row.reopened = 1;
    })
    .await;
    world.advance(Duration::days(40));
    let now = async || numbers(&world, Who::Manager, JUNE, json!(null)).await["incidents"].clone();
    assert_eq!(rate(&now().await, "REOPENED"), (1, 2));
    world.advance(Duration::days(10));
    assert_eq!(rate(&now().await, "REOPENED"), (2, 3));
}
