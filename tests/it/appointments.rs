//! Appointments: what is offered, who gets it, what becomes of it.

use std::sync::atomic::Ordering;

use chrono::Duration;
use linli::{
    kernel::{Code, Error, Rejected},
    notifications::sms::Sms,
    ops::worker,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    statements::{counted, statements},
    world::{Who, World, input_type},
};

const FIELDS: &str = "id state start end version sequence lateMinutes visitsPromised visitsMade \
                      availableActions staff { name } requester { name }";

/// Wednesday 4 June 2025 at a local time.
pub fn at(time: &str) -> String {
    let local = format!("2025-06-04T{time}:00+08:00");
    let at: chrono::DateTime<chrono::Utc> = local.parse().unwrap();
    at.to_rfc3339()
}

/// A service station with plans: windows for half an hour, visits for an hour and as much of a way.
pub async fn station(world: &World, windows: i32) -> String {
    let community = world.places().await.community.to_string();
    let code = format!("S{}", world.number("SELECT COUNT(*) FROM place").await);
    let new = json!({ "kind": "SERVICE_STATION", "code": code, "parentId": community,
        "names": { "zhHans": "党群服务中心" } });
    let made = world.mutate(Who::Manager, "placeCreate", new, "place { id }").await;
    let station = made["place"]["id"].as_str().unwrap().to_owned();
    for plan in [
        json!({ "kind": "WINDOW", "slotMinutes": 30, "capacity": windows }),
        json!({ "kind": "HOME_VISIT", "slotMinutes": 60, "bufferMinutes": 30 }),
    ] {
        let mut input = plan;
        input["stationId"] = json!(station);
        let set = world.mutate(Who::Manager, "appointmentPlanSet", input, "plan { version }").await;
        assert_eq!(set["errors"], json!([]));
    }
    station
}

/// A mutation of appointments; returns the payload, refusals with what is free instead.
async fn act(world: &World, who: Who, name: &str, input: Value) -> Value {
    let kind = input_type(name);
    let query = format!(
        "mutation($input: {kind}!) {{ {name}(input: $input) {{ appointment {{ {FIELDS} }} errors {{ \
         code path currentVersion alternatives {{ start end }} }} }} }}"
    );
    let answer = world.run(who, &query, json!({ "input": input })).await;
    assert!(answer.get("errors").is_none(), "{name}: {answer}");
    answer["data"][name].clone()
}

pub async fn try_book(
    world: &World,
    who: Who,
    request: &Value,
    (station, kind, start): (&str, &str, &str),
) -> Value {
    let input = json!({ "requestId": request["id"], "stationId": station, "kind": kind,
        "start": start });
    act(world, who, "appointmentBook", input).await
}

pub async fn book(world: &World, request: &Value, slot: (&str, &str, &str)) -> Value {
    let payload = try_book(world, Who::Specialist, request, slot).await;
    assert_eq!(payload["errors"], json!([]));
    payload["appointment"].clone()
}

async fn try_step(world: &World, who: Who, name: &str, row: &Value, more: Value) -> Value {
    let mut input = json!({ "id": row["id"], "expectedVersion": row["version"] });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    act(world, who, name, input).await
}

pub async fn step(world: &World, who: Who, name: &str, row: &Value, more: Value) -> Value {
    let payload = try_step(world, who, name, row, more).await;
    assert_eq!(payload["errors"], json!([]), "{name}");
    payload["appointment"].clone()
}

/// A request of somebody who came to the window.
async fn walk_in(world: &World, preference: &str) -> Value {
    let person = json!({ "name": "周奶奶", "phone": "+8613633330000",
        "contactPreference": preference });
    let input = json!({ "channel": "WINDOW", "beneficiary": person });
    world.submit_as(Who::Specialist, input).await["serviceRequest"].clone()
}

pub async fn look(world: &World, who: Who, row: &Value) -> Value {
    let query = format!("query($id: ID!) {{ appointment(id: $id) {{ {FIELDS} }} }}");
    world.run(who, &query, json!({ "id": row["id"] })).await["data"]["appointment"].clone()
}

async fn slots(world: &World, station: &str, kind: &str, (from, to): (&str, &str)) -> Vec<Value> {
    let query = "query($s: ID!, $k: AppointmentKind!, $f: NaiveDate!, $t: NaiveDate!) { \
                 appointmentSlots(stationId: $s, kind: $k, from: $f, to: $t) { start end free } }";
    let given = json!({ "s": station, "k": kind, "f": from, "t": to });
    let answer = world.run(Who::Nobody, query, given).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["appointmentSlots"].as_array().unwrap().clone()
}

/// How many can still book a slot of 4 June.
pub async fn free(world: &World, station: &str, kind: &str, time: &str) -> i64 {
    let day = slots(world, station, kind, ("2025-06-04", "2025-06-04")).await;
    let start: chrono::DateTime<chrono::Utc> = at(time).parse().unwrap();
    let same = |slot: &&Value| {
        let found: chrono::DateTime<chrono::Utc> = slot["start"].as_str().unwrap().parse().unwrap();
        found == start
    };
    day.iter().find(same).unwrap_or_else(|| panic!("{time} is not offered"))["free"]
        .as_i64()
        .unwrap()
}

/// Nothing that is held overlaps in one lane.
pub async fn nothing_overlaps(world: &World) {
    let twice = "SELECT COUNT(*) FROM reservation a JOIN reservation b ON a.resource_id = \
                 b.resource_id AND a.lane = b.lane AND a.id < b.id AND a.released_at IS NULL AND \
                 b.released_at IS NULL AND a.from_at < b.until_at AND b.from_at < a.until_at";
    assert_eq!(world.number(twice).await, 0);
    let orphans = "SELECT COUNT(*) FROM reservation r WHERE r.released_at IS NULL AND NOT EXISTS \
                   (SELECT 1 FROM appointment a WHERE a.id = r.subject_id AND a.state <> \
                   'CANCELLED')";
    assert_eq!(world.number(orphans).await, 0, "held for nothing");
}

fn codes(payloads: &[Value]) -> Vec<String> {
    let code = |p: &Value| p["errors"][0]["code"].as_str().map(str::to_owned);
    payloads.iter().filter_map(code).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_hundred_who_want_one_slot_one_gets_it_and_the_others_hear_what_is_free() {
    let (a, b) = World::new().await.pair().await;
    let station = station(&a, 1).await;
    let mut requests = Vec::new();
    for _ in 0..200 {
        requests.push(walk_in(&a, "VISIT").await);
    }
    let mut tasks = Vec::new();
    for (n, request) in requests.into_iter().enumerate() {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let station = station.clone();
        tasks.push(tokio::spawn(async move {
            let slot = (station.as_str(), "WINDOW", at("11:00"));
            try_book(&world, Who::Specialist, &request, (slot.0, slot.1, &slot.2)).await
        }));
    }
    let mut refused = Vec::new();
    for task in tasks {
        let payload = task.await.unwrap();
        if payload["errors"] != json!([]) {
            refused.push(payload);
        }
    }
    assert_eq!(refused.len(), 199, "exactly one wins");
    for payload in &refused {
        assert_eq!(payload["errors"][0]["code"], "CONFLICT", "{payload}");
        let starts: Vec<&str> = payload["errors"][0]["alternatives"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["start"].as_str().unwrap())
            .collect();
        assert_eq!(starts.len(), 3, "{payload}");
        assert!(starts.is_sorted(), "{starts:?}");
    }
    assert_eq!(a.number("SELECT COUNT(*) FROM appointment").await, 1);
    assert_eq!(a.number("SELECT COUNT(*) FROM reservation").await, 2, "a window and a person");
    assert_eq!(a.number("SELECT COUNT(*) FROM event WHERE kind = 'APPOINTMENT_BOOKED'").await, 1);
    assert_eq!(free(&a, &station, "WINDOW", "11:00").await, 0);
    nothing_overlaps(&a).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_home_visit_with_its_way_never_overlaps_another_of_the_same_person() {
    let (a, b) = World::new().await.pair().await;
    let station = station(&a, 3).await;
    // Two specialists: of three who want eleven o'clock, two get it; at noon both are on the way back.
    let mut requests = Vec::new();
    for _ in 0..4 {
        requests.push(walk_in(&a, "VISIT").await);
    }
    let eleven = at("11:00");
    for request in &requests[..2] {
        book(&a, request, (&station, "HOME_VISIT", &eleven)).await;
    }
    let third =
        try_book(&a, Who::Specialist, &requests[2], (&station, "HOME_VISIT", &eleven)).await;
    assert_eq!(third["errors"][0]["code"], "CONFLICT");
    let noon = at("12:00");
    let noon = try_book(&a, Who::Specialist, &requests[2], (&station, "HOME_VISIT", &noon)).await;
    assert_eq!(noon["errors"][0]["code"], "CONFLICT", "until 12:30 they are on the way");
    assert_eq!(free(&a, &station, "WINDOW", "10:30").await, 0, "nor are they at the window");
    assert_eq!(free(&a, &station, "WINDOW", "12:30").await, 2);
    book(&a, &requests[2], (&station, "HOME_VISIT", &at("13:00"))).await;
    assert_eq!(free(&a, &station, "HOME_VISIT", "13:00").await, 1);

    // Visits and windows of every hour, all at once.
    let mut tasks = Vec::new();
    for n in 0..30 {
        let request = walk_in(&a, "VISIT").await;
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let station = station.clone();
        tasks.push(tokio::spawn(async move {
            let (kind, time) = match n % 3 {
                0 => ("WINDOW", format!("{}:30", 16 + n % 4)),
                _ => ("HOME_VISIT", format!("{}:00", 16 + n % 4)),
            };
            try_book(&world, Who::Specialist, &request, (&station, kind, &at(&time))).await
        }));
    }
    let mut payloads = Vec::new();
    for task in tasks {
        payloads.push(task.await.unwrap());
    }
    let refused = codes(&payloads);
    assert!(refused.iter().all(|code| code == "CONFLICT"), "{refused:?}");
    assert!(refused.len() < 30, "some get what they want");
    nothing_overlaps(&a).await;
}

#[tokio::test]
async fn an_appointment_moved_into_a_taken_slot_stays_where_it_is() {
    let world = World::new().await;
    let station = station(&world, 1).await;
    let (mine, other) = (walk_in(&world, "VISIT").await, walk_in(&world, "VISIT").await);
    let row = book(&world, &mine, (&station, "WINDOW", &at("11:00"))).await;
    book(&world, &other, (&station, "WINDOW", &at("12:00"))).await;
    let to = json!({ "start": at("12:00") });
    let refused = try_step(&world, Who::Specialist, "appointmentMove", &row, to).await;
    assert_eq!(refused["errors"][0]["code"], "CONFLICT");
    assert_eq!(refused["errors"][0]["alternatives"].as_array().unwrap().len(), 3);
    assert_eq!(free(&world, &station, "WINDOW", "11:00").await, 0, "the old one is still held");
    assert_eq!(look(&world, Who::Specialist, &row).await, row);
    let to = json!({ "start": at("16:00") });
    let moved = step(&world, Who::Specialist, "appointmentMove", &row, to.clone()).await;
    assert_eq!((&moved["sequence"], &moved["version"]), (&json!(1), &json!(2)));
    assert_eq!(free(&world, &station, "WINDOW", "11:00").await, 1, "the old one is free");
    assert_eq!(free(&world, &station, "WINDOW", "16:00").await, 0);
    let stale = try_step(&world, Who::Specialist, "appointmentMove", &row, to).await;
    assert_eq!(stale["errors"][0]["code"], "STALE_VERSION");
    assert_eq!(stale["errors"][0]["currentVersion"], 2);
    // It may overlap itself.
    let near = json!({ "start": at("16:30") });
    step(&world, Who::Specialist, "appointmentMove", &moved, near).await;
    nothing_overlaps(&world).await;
    world.consistent().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cancelled_and_booked_at_the_same_moment() {
    let (a, b) = World::new().await.pair().await;
    let station = station(&a, 1).await;
    for round in 0..6 {
        let start = at(&format!("{}:00", if round < 4 { 10 + round } else { 12 + round }));
        let (mine, other) = (walk_in(&a, "VISIT").await, walk_in(&a, "VISIT").await);
        let row = book(&a, &mine, (&station, "WINDOW", &start)).await;
        let cancel = {
            let world = a.clone();
            tokio::spawn(async move {
                try_step(&world, Who::Specialist, "appointmentCancel", &row, json!({})).await
            })
        };
        let again = {
            let (world, other) = (b.clone(), other.clone());
            let (station, start) = (station.clone(), start.clone());
            tokio::spawn(async move {
                try_book(&world, Who::Colleague, &other, (&station, "WINDOW", &start)).await
            })
        };
        let cancelled = cancel.await.unwrap();
        assert_eq!(cancelled["appointment"]["state"], "CANCELLED", "{cancelled}");
        let booked = again.await.unwrap();
        if booked["errors"] != json!([]) {
            assert_eq!(booked["errors"][0]["code"], "CONFLICT", "{booked}");
            book(&a, &other, (&station, "WINDOW", &start)).await;
        }
        nothing_overlaps(&a).await;
    }
    let held = "SELECT COUNT(*) FROM appointment WHERE state = 'BOOKED'";
    assert_eq!(a.number(held).await, 6);
}

/// Whoever writes and from wherever: the database itself says no.
#[tokio::test]
async fn the_database_refuses_what_overlaps() {
    let world = World::new().await;
    let station = station(&world, 1).await;
    let request = walk_in(&world, "VISIT").await;
    book(&world, &request, (&station, "WINDOW", &at("11:00"))).await;
    let conn = world.app.db.writer();
    let columns = "community_id, resource_id, lane, from_at, until_at, purpose, subject_id";
    let copy = |released: &str| {
        format!(
            "INSERT INTO reservation (id, {columns}, released_at) SELECT $1, {columns}, {released} \
             FROM reservation WHERE released_at IS NULL LIMIT 1"
        )
    };
    let run = async |sql: String| {
        let id = Uuid::from_u128(7);
        conn.execute_raw(Statement::from_sql_and_values(world.app.db.backend(), sql, [id.into()]))
            .await
    };
    let taken = |error| match Error::from(error) {
        Error::Rejected(Rejected { code, .. }) => assert_eq!(code, Code::Conflict),
        other => panic!("{other}"),
    };
    taken(run(copy("NULL")).await.unwrap_err());
    // What was given back may overlap, but not be taken back.
    run(copy("from_at")).await.unwrap();
    taken(
        run("UPDATE reservation SET released_at = NULL WHERE id = $1".to_owned())
            .await
            .unwrap_err(),
    );
    let twice = "UPDATE appointment SET state = 'BOOKED'";
    conn.execute_unprepared(twice).await.unwrap();
    let second = format!(
        "INSERT INTO appointment (id, {0}) SELECT $1, {0} FROM appointment LIMIT 1",
        "community_id, station_id, request_id, kind, staff_id, from_at, until_at, state, passed, \
         remind_at, booked_at, arrived_at, late_minutes, ended_at, sequence, version"
    );
    match Error::from(run(second).await.unwrap_err()) {
        Error::Rejected(Rejected { code, .. }) => assert_eq!(code, Code::AppointmentExists),
        other => panic!("{other}"),
    }
}

const SUBMIT: &str = "mutation($i: ServiceRequestSubmitWithAppointmentInput!) { \
                      serviceRequestSubmitWithAppointment(input: $i) { done { submitted { \
                      trackingCode serviceRequest { id } } appointment { id start staff { name } } } \
                      errors { code path alternatives { start } } } }";

async fn submit_with(world: &World, who: Who, input: &Value) -> Value {
    let answer = world.run(who, SUBMIT, json!({ "i": input })).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["serviceRequestSubmitWithAppointment"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_and_its_appointment_are_submitted_together_or_not_at_all() {
    let (a, b) = World::new().await.pair().await;
    let station = station(&a, 1).await;
    let places = a.places().await;
    let input = |time: &str, key: &str| {
        json!({ "stationId": station, "kind": "WINDOW", "start": at(time), "request": {
            "communityId": places.community.to_string(), "matterId": places.matter.to_string(),
            "title": "办理老年人优待证", "idempotencyKey": key } })
    };
    let mut tasks = Vec::new();
    for n in 0..8 {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let input = input("11:00", "one");
        tasks.push(tokio::spawn(async move { submit_with(&world, Who::Resident, &input).await }));
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    assert_eq!(answers[0]["errors"], json!([]));
    answers.dedup();
    assert_eq!(answers.len(), 1, "one request, one code, one appointment");
    assert_eq!(a.number("SELECT COUNT(*) FROM appointment").await, 1);
    // Taken: neither is there, and the key is not used up.
    let refused = submit_with(&a, Who::Neighbour, &input("11:00", "two")).await;
    assert_eq!(refused["errors"][0]["code"], "CONFLICT");
    assert_eq!(refused["errors"][0]["alternatives"].as_array().unwrap().len(), 3);
    assert_eq!(a.number("SELECT COUNT(*) FROM service_request").await, 1);
    let done = submit_with(&a, Who::Neighbour, &input("11:30", "two")).await;
    assert_eq!(done["errors"], json!([]), "the key of a refusal is free");
    let reused = submit_with(&a, Who::Neighbour, &input("12:00", "two")).await;
    assert_eq!(reused["errors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(a.number("SELECT COUNT(*) FROM service_request").await, 2);
    // What a submission is refused for, this one is refused for.
    let mut blank = input("12:30", "three");
    blank["request"]["title"] = json!(" ");
    assert_eq!(submit_with(&a, Who::Resident, &blank).await["errors"][0]["code"], "REQUIRED");
    let ids = done["done"]["submitted"]["serviceRequest"]["id"].clone();
    assert_eq!(a.look(Who::Neighbour, &json!({ "id": ids })).await["state"], "SUBMITTED");
    nothing_overlaps(&a).await;
    a.consistent().await;
}

#[tokio::test]
async fn confidential_matters_are_received_by_who_may_handle_them() {
    let world = World::new().await;
    let station = station(&world, 2).await;
    let matter = world.matter("CA-09").await.to_string();
    let made = world.submit_as(Who::Resident, json!({ "matterId": matter })).await;
    let request = &made["serviceRequest"];
    let eleven = at("11:00");
    let query =
        "mutation($i: AppointmentBookInput!) { appointmentBook(input: $i) { errors { code } } }";
    let input = json!({ "requestId": request["id"], "stationId": station, "kind": "WINDOW",
        "start": eleven });
    for who in [Who::Specialist, Who::Neighbour, Who::Stranger, Who::Secretary, Who::Overseer] {
        let answer = world.run(who, query, json!({ "i": input })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{who:?}");
    }
    let row = try_book(&world, Who::Resident, request, (&station, "WINDOW", &eleven)).await;
    let row = &row["appointment"];
    assert_eq!(row["staff"]["name"], "Manager", "specialists do not mediate");
    assert_eq!(row["requester"]["name"], "Resident 全名", "their own name in full");
    let list = "query($s: ID!) { stationAppointments(stationId: $s, day: \"2025-06-04\") { totalCount \
                nodes { id requester { name } } } }";
    let seen = async |who: Who| {
        let answer = world.run(who, list, json!({ "s": station })).await;
        answer["data"]["stationAppointments"].clone()
    };
    assert_eq!(seen(Who::Specialist).await["totalCount"], 0);
    let led = seen(Who::Manager).await;
    assert_eq!(led["totalCount"], 1);
    assert_ne!(led["nodes"][0]["requester"]["name"], "Resident 全名", "masked");
    assert!(look(&world, Who::Specialist, row).await.is_null());
    assert!(seen(Who::Resident).await.is_null());
    // A specialist may enter it for somebody, but not say who receives them.
    let places = world.places().await;
    let input = json!({ "stationId": station, "kind": "WINDOW", "start": at("12:00"), "request": {
        "communityId": places.community.to_string(), "matterId": matter, "title": "邻里噪音",
        "channel": "WINDOW", "beneficiary": { "name": "周奶奶" } } });
    let refused = world.run(Who::Specialist, SUBMIT, json!({ "i": input })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    assert_eq!(world.number("SELECT COUNT(*) FROM service_request").await, 1);
    assert_eq!(submit_with(&world, Who::Manager, &input).await["errors"], json!([]));
    // The slots for it are those of the manager; for a plain one those of the specialists.
    assert_eq!(free(&world, &station, "WINDOW", "11:00").await, 1, "one of two windows");
    let query = "query($s: ID!, $r: ID!) { appointmentSlots(stationId: $s, kind: WINDOW, from: \
                 \"2025-06-04\", to: \"2025-06-04\", requestId: $r) { free } }";
    let given = json!({ "s": station, "r": request["id"] });
    let own = world.run(Who::Resident, query, given.clone()).await;
    assert_eq!(own["data"]["appointmentSlots"][2]["free"], 0, "the manager is taken at 11:00");
    assert_eq!(own["data"]["appointmentSlots"][3]["free"], 1);
    let hidden = world.run(Who::Neighbour, query, given).await;
    assert_eq!(hidden["errors"][0]["extensions"]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn what_becomes_of_an_appointment_is_told_by_staff_in_its_time() {
    let world = World::new().await;
    let station = station(&world, 2).await;
    let request = world.submit().await;
    let slot = (station.as_str(), "WINDOW", at("11:00"));
    let row = book(&world, &request, (slot.0, slot.1, &slot.2)).await;
    assert_eq!(row["availableActions"], json!(["MOVE", "CANCEL"]));
    let again = try_book(&world, Who::Resident, &request, (slot.0, slot.1, &at("12:00"))).await;
    assert_eq!(again["errors"][0]["code"], "APPOINTMENT_EXISTS", "one ahead");
    let early = try_step(&world, Who::Specialist, "appointmentArrive", &row, json!({})).await;
    assert_eq!(early["errors"][0]["code"], "TOO_EARLY", "not on the day before");
    // 11:10 on the day.
    world.advance(Duration::hours(25) + Duration::minutes(10));
    let cancel = try_step(&world, Who::Resident, "appointmentCancel", &row, json!({})).await;
    assert_eq!(cancel["errors"][0]["code"], "WINDOW_CLOSED");
    let missed = try_step(&world, Who::Specialist, "appointmentMarkNoShow", &row, json!({})).await;
    assert_eq!(missed["errors"][0]["code"], "TOO_EARLY", "a quarter of an hour");
    world.advance(Duration::minutes(5));
    let seen = look(&world, Who::Specialist, &row).await;
    assert_eq!(seen["availableActions"], json!(["ARRIVE", "MARK_NO_SHOW"]));
    assert_eq!(look(&world, Who::Resident, &row).await["availableActions"], json!([]));
    let missed = step(&world, Who::Specialist, "appointmentMarkNoShow", &row, json!({})).await;
    assert_eq!((&missed["state"], &missed["visitsMade"]), (&json!("NO_SHOW"), &json!(0)));
    // Twenty-five minutes late, after all.
    world.advance(Duration::minutes(10));
    let arrived = step(&world, Who::Colleague, "appointmentArrive", &missed, json!({})).await;
    assert_eq!((&arrived["state"], &arrived["lateMinutes"]), (&json!("ARRIVED"), &json!(25)));
    let done = step(&world, Who::Specialist, "appointmentComplete", &arrived, json!({})).await;
    assert_eq!((&done["visitsPromised"], &done["visitsMade"]), (&json!(1), &json!(1)));
    let twice = try_step(&world, Who::Specialist, "appointmentComplete", &done, json!({})).await;
    assert_eq!(twice["errors"][0]["code"], "ILLEGAL_TRANSITION");

    // A second trip is one more than was promised, and it shows.
    let second = book(&world, &request, (slot.0, slot.1, &at("16:00"))).await;
    world.advance(Duration::hours(5));
    let second = step(&world, Who::Specialist, "appointmentArrive", &second, json!({})).await;
    assert_eq!((&second["visitsPromised"], &second["visitsMade"]), (&json!(1), &json!(2)));
    world.consistent().await;
}

#[tokio::test]
async fn one_that_nobody_settled_makes_room_and_can_be_settled_later() {
    let world = World::new().await;
    let station = station(&world, 2).await;
    let request = world.submit().await;
    let row = book(&world, &request, (&station, "WINDOW", &at("11:00"))).await;
    world.advance(Duration::hours(26));
    let next = try_book(&world, Who::Resident, &request, (&station, "WINDOW", &at("16:00"))).await;
    assert_eq!(next["errors"], json!([]));
    let old = look(&world, Who::Specialist, &row).await;
    assert_eq!((&old["state"], &old["version"]), (&json!("BOOKED"), &json!(2)));
    let old = step(&world, Who::Specialist, "appointmentMarkNoShow", &old, json!({})).await;
    assert_eq!(old["state"], "NO_SHOW");
    let mine = "{ all: myAppointments { totalCount nodes { start } } \
                ahead: myAppointments(ahead: true) { totalCount nodes { id } } }";
    let mine = world.run(Who::Resident, mine, json!({})).await["data"].clone();
    assert_eq!((&mine["all"]["totalCount"], &mine["ahead"]["totalCount"]), (&json!(2), &json!(1)));
    assert_eq!(mine["ahead"]["nodes"][0]["id"], next["appointment"]["id"]);
    world.consistent().await;
}

#[tokio::test]
async fn an_ended_request_needs_no_appointment() {
    let world = World::new().await;
    let station = station(&world, 1).await;
    let request = world.submit().await;
    let row = book(&world, &request, (&station, "WINDOW", &at("11:00"))).await;
    let ended = world.step(Who::Resident, "serviceRequestWithdraw", &request, json!({})).await;
    let more = try_book(&world, Who::Resident, &ended, (&station, "WINDOW", &at("12:00"))).await;
    assert_eq!(more["errors"][0]["code"], "ILLEGAL_TRANSITION");
    world.work().await;
    world.work().await;
    let row = look(&world, Who::Specialist, &row).await;
    assert_eq!((&row["state"], &row["sequence"]), (&json!("CANCELLED"), &json!(1)));
    assert_eq!(free(&world, &station, "WINDOW", "11:00").await, 1);
    let cancelled = "SELECT COUNT(*) FROM event WHERE kind = 'APPOINTMENT_CANCELLED'";
    assert_eq!(world.number(cancelled).await, 1);
    world.consistent().await;
}

#[tokio::test]
async fn reminders_come_on_the_eve_once_and_as_people_want_to_be_told() {
    let (a, b) = World::new().await.pair().await;
    let station = station(&a, 3).await;
    let by_sms = a.submit().await;
    let by_call = walk_in(&a, "CALL").await;
    let friday = "2025-06-06T03:00:00Z";
    let row = try_book(&a, Who::Resident, &by_sms, (&station, "WINDOW", friday)).await;
    book(&a, &by_call, (&station, "WINDOW", friday)).await;
    let sent = |world: &World| {
        let kept = world.sms.kept();
        kept.iter().filter(|(_, text)| text.starts_with("Reminder")).count()
    };
    let due = "SELECT COUNT(*) FROM event WHERE kind = 'APPOINTMENT_REMINDER_DUE'";
    // Thursday 9:00 is 47 hours after Tuesday 10:00.
    a.advance(Duration::hours(47) - Duration::seconds(1));
    a.work().await;
    assert_eq!(a.number(due).await, 0);
    a.advance(Duration::seconds(1));
    let (x, y) = (a.clone(), b.clone());
    let workers =
        [tokio::spawn(async move { x.work().await }), tokio::spawn(async move { y.work().await })];
    for worker in workers {
        worker.await.unwrap();
    }
    a.work().await;
    b.work().await;
    assert_eq!(a.number(due).await, 2);
    assert_eq!(sent(&a), 1);
    let text = a.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(text.contains("2025-06-06 11:00"), "{text}");
    let calls = "SELECT COUNT(*) FROM contact_task t JOIN event e ON e.id = t.event_id WHERE \
                 e.kind = 'APPOINTMENT_REMINDER_DUE' AND t.way = 'CALL'";
    assert_eq!(a.number(calls).await, 1);
    // A move makes a new reminder; nearer than two hours there is none.
    let row = &row["appointment"];
    let later = json!({ "start": "2025-06-06T08:00:00Z" });
    step(&a, Who::Resident, "appointmentMove", row, later).await;
    a.work().await;
    a.work().await;
    assert_eq!(sent(&a), 2, "the eve at nine is over: at once");
    let near = a.submit().await;
    let soon =
        try_book(&a, Who::Resident, &near, (&station, "WINDOW", "2025-06-05T02:30:00Z")).await;
    assert_eq!(soon["errors"], json!([]));
    a.work().await;
    a.work().await;
    assert_eq!(a.number(due).await, 3, "they know");
}

#[tokio::test]
async fn a_reminder_that_cannot_be_delivered_in_time_is_never_sent() {
    let world = World::new().await;
    let station = station(&world, 1).await;
    let request = world.submit().await;
    let row = try_book(&world, Who::Resident, &request, (&station, "WINDOW", &at("11:00"))).await;
    assert_eq!(row["errors"], json!([]));
    world.work().await;
    // The gateway is down on the eve, and on the morning, and until the appointment has begun.
    let blocked = Sms::Program("false".to_owned());
    for hours in [0, 12, 12] {
        world.advance(Duration::hours(hours));
        worker::once(&world.app, &blocked, false).await;
        worker::once(&world.app, &blocked, false).await;
    }
    let waits = "SELECT COUNT(*) FROM outbox o JOIN event e ON e.id = o.event_id WHERE e.kind = \
                 'APPOINTMENT_REMINDER_DUE' AND o.state = 'READY'";
    assert_eq!(world.number(waits).await, 1, "it was tried, and waits");
    world.advance(Duration::hours(1));
    world.advance(Duration::hours(1));
    world.work().await;
    assert_eq!(world.number(waits).await, 0);
    let late =
        world.sms.kept().into_iter().filter(|(_, text)| text.starts_with("Reminder")).count();
    assert_eq!(late, 0, "too late is worse than never");
}

#[tokio::test]
async fn what_is_offered_follows_the_opening_hours_the_roster_and_the_leaves() {
    let world = World::new().await;
    let station = station(&world, 5).await;
    let community = world.places().await.community.to_string();
    assert_eq!(free(&world, &station, "WINDOW", "11:00").await, 2, "all specialists");
    let roster = json!({ "communityId": community, "from": "2025-06-04", "until": "2025-06-04",
        "accountIds": [world.account(Who::Specialist).await.to_string()] });
    world.mutate(Who::Manager, "dutyRosterSet", roster, "roster { day }").await;
    assert_eq!(free(&world, &station, "WINDOW", "11:00").await, 1, "who is on duty");
    let leave = json!({ "communityId": community, "fromDay": "2025-06-04", "untilDay": "2025-06-04",
        "accountId": world.account(Who::Specialist).await.to_string() });
    world.mutate(Who::Manager, "leaveEnter", leave, "leave { id }").await;
    assert_eq!(free(&world, &station, "WINDOW", "11:00").await, 0, "and not away");
    let request = world.submit().await;
    let full = try_book(&world, Who::Resident, &request, (&station, "WINDOW", &at("11:00"))).await;
    assert_eq!(full["errors"][0]["code"], "CONFLICT");
    assert!(
        !full["errors"][0]["alternatives"].to_string().contains("2025-06-04"),
        "nobody is there that day: {full}"
    );
    // A window that is open on Saturday.
    let saturday = ("2025-06-14", "2025-06-14");
    assert!(slots(&world, &station, "WINDOW", saturday).await.is_empty());
    let day = json!([{ "from": "10:00", "until": "14:00" }, { "from": "16:00", "until": "20:00" }]);
    let morning = json!([{ "from": "10:00", "until": "12:15" }]);
    let week = json!([day, day, day, day, day, morning, []]);
    let rules = json!({ "seasons": [{ "from": "01-01", "week": week }] });
    let input = json!({ "communityId": community, "kind": "OPENING", "effectiveFrom": "2025-06-10",
        "rules": rules });
    let due = world.look(Who::Resident, &request).await["dueAt"].clone();
    let published =
        world.mutate(Who::Manager, "calendarPublish", input, "calendar { version }").await;
    assert_eq!(published["errors"], json!([]));
    world.work().await;
    assert_eq!(slots(&world, &station, "WINDOW", saturday).await.len(), 4, "whole slots only");
    assert_eq!(world.look(Who::Resident, &request).await["dueAt"], due, "no deadline moves");
    for start in [
        at("11:10"),
        at("14:00"),
        "2025-06-03T02:00:00Z".to_owned(),
        "2025-08-20T03:00:00Z".to_owned(),
    ] {
        let refused = try_book(&world, Who::Resident, &request, (&station, "WINDOW", &start)).await;
        assert_eq!(refused["errors"][0]["code"], "SLOT_NOT_OFFERED", "{start}");
    }
    let query = "query($s: ID!) { appointmentSlots(stationId: $s, kind: WINDOW, from: \"2025-06-04\", \
                 to: \"2025-07-05\") { free } }";
    let long = world.run(Who::Nobody, query, json!({ "s": station })).await;
    assert_eq!(long["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "31 days");
}

#[tokio::test]
async fn plans_are_the_managers_and_have_versions() {
    let world = World::new().await;
    let station = station(&world, 1).await;
    let set = async |who: Who, version: Value, more: Value| {
        let mut input = json!({ "stationId": station, "kind": "WINDOW", "slotMinutes": 20,
            "capacity": 2, "expectedVersion": version });
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let fields = "plan { version slotMinutes capacity active }";
        world.mutate(who, "appointmentPlanSet", input, fields).await
    };
    let stale = set(Who::Manager, Value::Null, json!({})).await;
    assert_eq!(stale["errors"][0]["currentVersion"], 1);
    let changed = set(Who::Manager, json!(1), json!({})).await;
    assert_eq!(
        (&changed["plan"]["version"], &changed["plan"]["slotMinutes"]),
        (&json!(2), &json!(20))
    );
    for (more, path) in [
        (json!({ "slotMinutes": 1 }), "slotMinutes"),
        (json!({ "capacity": null }), "capacity"),
        (json!({ "bufferMinutes": 10 }), "bufferMinutes"),
        (json!({ "leadMinutes": -1 }), "leadMinutes"),
        (json!({ "horizonDays": 400 }), "horizonDays"),
        (json!({ "kind": "HOME_VISIT" }), "capacity"),
    ] {
        let refused = set(Who::Manager, json!(2), more).await;
        assert_eq!(refused["errors"][0]["code"], "INVALID_VALUE", "{path}");
        assert_eq!(refused["errors"][0]["path"], json!([path]));
    }
    set(Who::Manager, json!(2), json!({ "active": false })).await;
    assert!(slots(&world, &station, "WINDOW", ("2025-06-04", "2025-06-04")).await.is_empty());
    let query =
        "query($c: ID!) { appointmentPlans(communityId: $c) { kind active station { id } } }";
    let community = world.places().await.community.to_string();
    let plans = world.run(Who::Nobody, query, json!({ "c": community })).await;
    assert_eq!(plans["data"]["appointmentPlans"].as_array().unwrap().len(), 2, "{plans}");
}

/// Every one of them is a round trip on PostgreSQL, where what is written at the end is one statement; some
/// are made while the station's windows are locked.
#[tokio::test]
async fn booking_takes_few_statements_however_many_serve() {
    let world = World::new().await;
    let station = station(&world, 3).await;
    let (first, second) = (world.submit().await, world.submit().await);
    let (world, count) = counted(world).await;
    book(&world, &first, (&station, "WINDOW", &at("11:00"))).await;
    count.store(0, Ordering::SeqCst);
    book(&world, &second, (&station, "WINDOW", &at("11:30"))).await;
    let used = count.load(Ordering::SeqCst);
    let writes = if world.app.db.backend() == DbBackend::Postgres { 1 } else { 5 };
    let shown = 3;
    assert!(used <= 9 + writes + shown, "{used} statements");
}

#[tokio::test]
async fn lists_of_appointments_take_no_more_statements_for_more_rows() {
    let world = World::new().await;
    let station = station(&world, 5).await;
    for n in 0..12 {
        let request = if n % 2 == 0 {
            world.submit_as(Who::Specialist, json!({})).await["serviceRequest"].clone()
        } else {
            walk_in(&world, "VISIT").await
        };
        let minutes = 30 * (n / 2);
        let start = at(&format!("{}:{:02}", 10 + minutes / 60, minutes % 60));
        book(&world, &request, (&station, "WINDOW", &start)).await;
    }
    let (world, count) = counted(world).await;
    let shown = "totalCount nodes { start state station { name } staff { name } requester { name } \
                 serviceRequest { number } visitsPromised visitsMade availableActions }";
    let day = format!(
        "query($s: ID!, $n: Int) {{ stationAppointments(stationId: $s, day: \"2025-06-04\", first: \
         $n) {{ {shown} }} }}"
    );
    let ask = async |query: &str, given: Value| statements(&world, &count, query, given).await;
    let small = ask(&day, json!({ "s": station, "n": 2 })).await;
    let large = ask(&day, json!({ "s": station, "n": 12 })).await;
    assert_eq!(small, large, "they do not grow with the page");
    assert!(large <= 6, "{large} statements");
    let slots = "query($s: ID!, $f: NaiveDate!, $t: NaiveDate!) { appointmentSlots(stationId: $s, \
                 kind: WINDOW, from: $f, to: $t) { start free } }";
    let short = ask(slots, json!({ "s": station, "f": "2025-06-04", "t": "2025-06-04" })).await;
    let long = ask(slots, json!({ "s": station, "f": "2025-06-04", "t": "2025-07-04" })).await;
    assert_eq!(short, long, "nor with the days");
    assert!(long <= 10, "{long} statements");
    let mine = format!("query($n: Int) {{ myAppointments(first: $n) {{ {shown} }} }}");
    let small = ask(&mine, json!({ "n": 1 })).await;
    let large = ask(&mine, json!({ "n": 50 })).await;
    assert_eq!(small, large, "they do not grow with the page");
    assert!(large <= 6, "{large} statements");
}
