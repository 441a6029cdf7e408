//! Rooms: what can be booked, who gets it, what is shown to whom.

use std::sync::Arc;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::world::{Who, World, t0};

pub const BOOKING: &str =
    "booking { id state from until version sequence seriesId groupName availableActions }";
const VENUE: &str = "venue { id name version active week { from until } }";

/// A station of the community, made when there is none.
pub async fn station(world: &World) -> String {
    let community = world.places().await.community.to_string();
    let query = "query($c: ID!) { places(filter: { communityId: $c, kind: SERVICE_STATION }) { nodes { id } } }";
    let found = world.run(Who::Nobody, query, json!({ "c": community })).await;
    if let Some(id) = found["data"]["places"]["nodes"][0]["id"].as_str() {
        return id.to_owned();
    }
    let input = json!({ "kind": "SERVICE_STATION", "code": "S1", "parentId": community,
        "names": { "zhHans": "党群服务中心" } });
    let made = world.mutate(Who::Manager, "placeCreate", input, "place { id }").await;
    made["place"]["id"].as_str().unwrap().to_owned()
}

/// What a new room is made of.
pub async fn room_input(world: &World, more: Value) -> Value {
    let mut input = json!({ "stationId": station(world).await, "kind": "DANCE", "capacity": 20,
        "names": { "zhHans": "舞蹈室", "en": "Dance room", "ug": "ئۇسسۇل ئۆيى" },
        "equipment": [{ "zhHans": "镜子", "en": "Mirrors" }], "leadMinutes": 0 });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

/// A room, open as the community is.
pub async fn room(world: &World, more: Value) -> Value {
    let input = room_input(world, more).await;
    let made = world.mutate(Who::Manager, "venueCreate", input, VENUE).await;
    assert_eq!(made["errors"], json!([]));
    made["venue"].clone()
}

/// `minutes` after 10:00 of the day of the tests.
pub fn at(minutes: i64) -> DateTime<Utc> {
    t0() + Duration::minutes(minutes)
}

pub fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub async fn book(
    world: &World,
    who: Who,
    room: &Value,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    more: Value,
) -> Value {
    let mut input = json!({ "venueId": room["id"], "from": text(from), "until": text(until) });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    world.mutate(who, "venueBook", input, BOOKING).await
}

/// A booking that is made.
pub async fn booked(world: &World, who: Who, room: &Value, from: i64, until: i64) -> Value {
    let made = book(world, who, room, (at(from), at(until)), json!({})).await;
    assert_eq!(made["errors"], json!([]));
    made["booking"].clone()
}

/// An instant in SQL.
fn instant(world: &World, at: DateTime<Utc>) -> String {
    match world.app.db.backend() {
        sea_orm::DbBackend::Postgres => format!("'{}'::timestamptz", text(at)),
        _ => format!(
            "(SELECT MAX(from_at) FROM venue_booking WHERE strftime('%s', from_at) = '{}')",
            at.timestamp()
        ),
    }
}

fn code(payload: &Value) -> &str {
    payload["errors"][0]["code"].as_str().unwrap_or("none")
}

async fn days(world: &World, room: &Value, from: &str, until: &str) -> Vec<Value> {
    let query = "query($v: ID!, $f: NaiveDate!, $u: NaiveDate!) { venueDays(venueId: $v, from: $f, until: $u) \
                 { date kind open { from until } busy { from until } free { from until } } }";
    let variables = json!({ "v": room["id"], "f": from, "u": until });
    let answer = world.run(Who::Nobody, query, variables).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["venueDays"].as_array().unwrap().clone()
}

/// Held rows of one room never overlap, and each booking that counts has exactly one.
async fn whole(world: &World) {
    let overlaps = "SELECT COUNT(*) FROM reservation a JOIN reservation b ON a.resource_id = b.resource_id \
                    AND a.lane = b.lane AND a.id <> b.id AND a.released_at IS NULL AND b.released_at IS NULL \
                    AND a.from_at < b.until_at AND b.from_at < a.until_at";
    assert_eq!(world.number(overlaps).await, 0, "two that are held overlap");
    let odd = "SELECT COUNT(*) FROM venue_booking b WHERE (CASE WHEN b.state = 'CANCELLED' THEN 0 ELSE 1 END) <> \
               (SELECT COUNT(*) FROM reservation r WHERE r.subject_id = b.id AND r.released_at IS NULL \
               AND r.from_at = b.from_at AND r.until_at = b.until_at)";
    assert_eq!(world.number(odd).await, 0, "a booking without its reservation, or the other way");
    let orphans = "SELECT COUNT(*) FROM reservation r WHERE r.released_at IS NULL AND NOT EXISTS \
                   (SELECT 1 FROM venue_booking b WHERE b.id = r.subject_id)";
    assert_eq!(world.number(orphans).await, 0, "a reservation of nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_want_overlapping_hours_those_who_hold_never_overlap() {
    let world = World::new().await;
    let room = room(&world, json!({ "mostHeld": 100 })).await;
    let other = Arc::new(world.another_instance().await);
    let world = Arc::new(world);
    let people = [Who::Resident, Who::Neighbour, Who::Specialist, Who::Colleague, Who::Manager];
    // The same spread every time, and far more than fit into 10:00–14:00 and 16:00–20:00.
    let mut seed: u64 = 20_250_603;
    let mut next = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((seed >> 33) % below).unwrap()
    };
    let mut tasks = Vec::new();
    for n in 0..60 {
        let world = if n % 2 == 0 { world.clone() } else { other.clone() };
        let who = people[n % people.len()];
        let length = 15 + 5 * next(22);
        let opens = if next(2) == 0 { 0 } else { 360 };
        let from = opens + 5 * next((240 - u64::try_from(length).unwrap()) / 5 + 1);
        let room = room.clone();
        tasks.push(tokio::spawn(async move {
            let span = (at(from), at(from + length));
            (length, book(&world, who, &room, span, json!({})).await)
        }));
    }
    let (mut won, mut lost) = (Vec::new(), 0);
    for task in tasks {
        let (length, payload) = task.await.unwrap();
        if payload["errors"] == json!([]) {
            won.push(payload["booking"].clone());
            continue;
        }
        lost += 1;
        assert_eq!(code(&payload), "CONFLICT", "{payload}");
        let near = payload["errors"][0]["alternatives"].as_array().unwrap();
        assert!(near.len() <= 3);
        for span in near {
            let (from, until) = ends(span);
            assert_eq!(until - from, Duration::minutes(length), "{span}");
        }
    }
    assert!(won.len() >= 4 && lost >= 4, "{} won, {lost} lost", won.len());
    let total = i64::try_from(won.len()).unwrap();
    assert_eq!(world.number("SELECT COUNT(*) FROM venue_booking").await, total);
    assert_eq!(world.number("SELECT COUNT(*) FROM event WHERE kind = 'VENUE_BOOKED'").await, total);
    whole(&world).await;
}

/// Begin and end of a time that is offered.
fn ends(free: &Value) -> (DateTime<Utc>, DateTime<Utc>) {
    let end = |name: &str| free[name].as_str().unwrap().parse().unwrap();
    (end("start"), end("end"))
}

#[tokio::test]
async fn what_is_offered_to_who_comes_second_can_be_had() {
    let world = World::new().await;
    let room = room(&world, json!({})).await;
    booked(&world, Who::Neighbour, &room, 60, 180).await;
    let lost = book(&world, Who::Resident, &room, (at(90), at(150)), json!({})).await;
    assert_eq!(code(&lost), "CONFLICT");
    // 10:00–11:00, 13:00–14:00, and after the break.
    let near = [(0, 60), (180, 240)].map(|(f, u)| (at(f), at(u)));
    let offered = lost["errors"][0]["alternatives"].as_array().unwrap().clone();
    assert_eq!(offered.len(), 3, "{lost}");
    assert_eq!([ends(&offered[0]), ends(&offered[1])], near);
    for span in &offered {
        let span = ends(span);
        let made = book(&world, Who::Resident, &room, span, json!({})).await;
        assert_eq!(made["errors"], json!([]), "{span:?}");
    }
    // In the break it is closed, and what is near is said too.
    let closed = book(&world, Who::Resident, &room, (at(200), at(300)), json!({})).await;
    assert_eq!(code(&closed), "OUTSIDE_OPENING_HOURS");
    assert!(!closed["errors"][0]["alternatives"].as_array().unwrap().is_empty());
    whole(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_move_into_a_taken_span_keeps_the_old_one() {
    let world = World::new().await;
    let room = room(&world, json!({})).await;
    let mine = booked(&world, Who::Resident, &room, 60, 120).await;
    booked(&world, Who::Neighbour, &room, 120, 180).await;
    let input = |row: &Value, from: i64, until: i64| json!({ "id": row["id"], "expectedVersion": row["version"], "from": text(at(from)), "until": text(at(until)) });
    let taken =
        world.mutate(Who::Resident, "venueBookingMove", input(&mine, 90, 150), BOOKING).await;
    assert_eq!(code(&taken), "CONFLICT", "{taken}");
    let look = "query($id: ID!) { venueBooking(id: $id) { id state from until version sequence availableActions } }";
    let kept = world.run(Who::Resident, look, json!({ "id": mine["id"] })).await;
    assert_eq!(kept["data"]["venueBooking"]["from"], mine["from"]);
    assert_eq!(kept["data"]["venueBooking"]["version"], 1);
    whole(&world).await;
    // Into a span that overlaps its own old one it goes; sequence and version count.
    let moved =
        world.mutate(Who::Resident, "venueBookingMove", input(&mine, 65, 120), BOOKING).await;
    assert_eq!(
        (&moved["booking"]["sequence"], &moved["booking"]["version"]),
        (&json!(1), &json!(2))
    );
    let stale =
        world.mutate(Who::Resident, "venueBookingMove", input(&mine, 180, 240), BOOKING).await;
    assert_eq!((code(&stale), &stale["errors"][0]["currentVersion"]), ("STALE_VERSION", &json!(2)));
    // Many who move into one hole at once: one gets it, the others keep theirs.
    let mut rows = vec![moved["booking"].clone()];
    rows.push(booked(&world, Who::Resident, &room, 360, 420).await);
    rows.push(booked(&world, Who::Resident, &room, 420, 480).await);
    let other = Arc::new(world.another_instance().await);
    let world = Arc::new(world);
    let mut tasks = Vec::new();
    for (n, row) in rows.iter().enumerate() {
        let world = if n % 2 == 0 { world.clone() } else { other.clone() };
        let input = input(row, 540, 600);
        tasks.push(tokio::spawn(async move {
            world.mutate(Who::Specialist, "venueBookingMove", input, BOOKING).await
        }));
    }
    let mut codes = Vec::new();
    for task in tasks {
        codes.push(code(&task.await.unwrap()).to_owned());
    }
    codes.sort();
    assert_eq!(codes, ["CONFLICT", "CONFLICT", "none"]);
    let there =
        format!("SELECT COUNT(*) FROM venue_booking WHERE from_at = {}", instant(&world, at(540)));
    assert_eq!(world.number(&there).await, 1);
    whole(&world).await;
}

async fn preview(world: &World, input: &Value) -> Vec<Value> {
    let query = "query($i: VenueSeriesPreviewInput!) { venueSeriesPreview(input: $i) { from until availability } }";
    let answer = world.run(Who::Nobody, query, json!({ "i": input })).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["venueSeriesPreview"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_the_preview_of_a_series_says_is_what_is_booked() {
    let world = World::new().await;
    let room = room(&world, json!({ "horizonDays": 200, "mostHeld": 26 })).await;
    let saturday = |week: i64| at(1440 * (4 + 7 * week));
    // Fridays from 6 June 2025 on; the third is somebody else's.
    let friday =
        |week: i64| (saturday(week) - Duration::days(1), saturday(week) - Duration::minutes(1380));
    let taken = friday(2);
    let made = book(&world, Who::Neighbour, &room, taken, json!({})).await;
    assert_eq!(made["errors"], json!([]));
    // A holiday in the middle of it: the second Friday is off by the community's own calendar.
    let day = json!([{ "from": "10:00", "until": "14:00" }]);
    let rules = json!({ "seasons": [{ "from": "01-01", "week": [day, day, day, day, day, [], []] }],
        "days": [{ "date": "2025-06-13", "working": false, "name": "社区活动日" }] });
    let calendar = json!({ "communityId": world.places().await.community.to_string(), "kind": "OPENING",
        "effectiveFrom": "2025-06-04", "rules": rules });
    let published =
        world.mutate(Who::Manager, "calendarPublish", calendar, "calendar { version }").await;
    assert_eq!(published["errors"], json!([]));
    let (from, until) = friday(0);
    let span = json!({ "venueId": room["id"], "from": text(from), "until": text(until), "repeatUntil": "2025-07-04" });
    let seen = preview(&world, &span).await;
    let found: Vec<&str> = seen.iter().map(|d| d["availability"].as_str().unwrap()).collect();
    assert_eq!(found, ["FREE", "CLOSED", "TAKEN", "FREE", "FREE"]);
    let fields = "series { id dates { from until availability booking { id state seriesId } } }";
    // All or none.
    let none = world.mutate(Who::Resident, "venueBookSeries", span.clone(), fields).await;
    assert_eq!(code(&none), "OUTSIDE_OPENING_HOURS");
    assert_eq!(world.number("SELECT COUNT(*) FROM venue_booking").await, 1);
    whole(&world).await;
    let mut input = span.clone();
    input["skipTaken"] = json!(true);
    input["groupName"] = json!("夕阳红舞蹈队");
    input["idempotencyKey"] = json!("series");
    let made = world.mutate(Who::Resident, "venueBookSeries", input.clone(), fields).await;
    assert_eq!(made["errors"], json!([]));
    let dates = made["series"]["dates"].as_array().unwrap();
    for (seen, date) in seen.iter().zip(dates) {
        for key in ["from", "until", "availability"] {
            assert_eq!(seen[key], date[key]);
        }
        assert_eq!(date["booking"].is_object(), date["availability"] == "FREE", "{date}");
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM venue_booking").await, 4);
    // A retry does nothing twice and answers the same.
    let again = world.mutate(Who::Resident, "venueBookSeries", input, fields).await;
    assert_eq!(again, made);
    // What was free is taken now; one who wants all of it gets nothing.
    let mut later = span.clone();
    later["from"] = json!(text(friday(3).0));
    later["until"] = json!(text(friday(3).1));
    let taken = preview(&world, &later).await;
    assert!(taken.iter().all(|d| d["availability"] == "TAKEN"), "{taken:?}");
    later["skipTaken"] = json!(true);
    let refused = world.mutate(Who::Neighbour, "venueBookSeries", later, fields).await;
    assert_eq!(code(&refused), "CONFLICT");
    let mut long = span;
    long["repeatUntil"] = json!("2025-12-31");
    let refused = world.mutate(Who::Resident, "venueBookSeries", long, fields).await;
    assert_eq!(code(&refused), "INVALID_VALUE", "more than 26");
    whole(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_series_that_meet_one_is_booked_whole_or_not_at_all() {
    let world = World::new().await;
    let room = room(&world, json!({ "horizonDays": 200, "mostHeld": 26 })).await;
    let other = Arc::new(world.another_instance().await);
    let world = Arc::new(world);
    let mut tasks = Vec::new();
    for n in 0..6 {
        let (world, who) = if n % 2 == 0 {
            (world.clone(), Who::Resident)
        } else {
            (other.clone(), Who::Neighbour)
        };
        // Wednesdays; each begins a week later than the one before, so that all of them meet.
        let from = at(1440 * (1 + 7 * n));
        let input = json!({ "venueId": room["id"], "from": text(from), "until": text(from + Duration::hours(1)),
            "repeatUntil": "2025-08-06" });
        tasks.push(tokio::spawn(async move {
            world.mutate(who, "venueBookSeries", input, "series { dates { booking { id } } }").await
        }));
    }
    let mut won = Vec::new();
    for task in tasks {
        let payload = task.await.unwrap();
        match payload["errors"].as_array().unwrap().first() {
            None => won.push(payload["series"]["dates"].as_array().unwrap().len()),
            Some(error) => assert_eq!(error["code"], "CONFLICT"),
        }
    }
    assert_eq!(won.len(), 1);
    let held = world.number("SELECT COUNT(*) FROM venue_booking").await;
    assert_eq!(held, i64::try_from(won[0]).unwrap());
    whole(&world).await;
}

#[tokio::test]
async fn a_week_that_crosses_a_season_a_holiday_and_a_make_up_saturday() {
    let world = World::new().await;
    world.advance(Duration::days(112));
    // Tuesday 23 September 2025. National Day is off from 1 to 8 October; 28 September (Sunday) and
    // 11 October (Saturday) are worked; winter hours begin on 1 October.
    let common = room(&world, json!({})).await;
    let hours = json!([{ "from": "09:00", "until": "12:00" }]);
    let week =
        json!([hours, hours, hours, hours, hours, [{ "from": "10:00", "until": "11:00" }], []]);
    let own = room(&world, json!({ "week": week, "names": { "zhHans": "书画室" } })).await;
    let local = |at: &Value| {
        let at: DateTime<Utc> = at.as_str().unwrap().parse().unwrap();
        at.with_timezone(&world.app.zone).format("%H:%M").to_string()
    };
    let open = |day: &Value| {
        let spans = day["open"].as_array().unwrap();
        let shown: Vec<String> =
            spans.iter().map(|s| format!("{}-{}", local(&s["from"]), local(&s["until"]))).collect();
        format!(
            "{} {} {}",
            day["date"].as_str().unwrap(),
            day["kind"].as_str().unwrap(),
            shown.join(" ")
        )
    };
    let shown: Vec<String> =
        days(&world, &common, "2025-09-26", "2025-10-12").await.iter().map(open).collect();
    assert_eq!(shown[0], "2025-09-26 WORKING 10:00-14:00 16:00-20:00");
    assert_eq!(shown[1], "2025-09-27 WEEKEND ");
    assert_eq!(shown[2], "2025-09-28 MAKE_UP 10:00-14:00 16:00-20:00");
    assert_eq!(shown[5], "2025-10-01 HOLIDAY ");
    assert_eq!(shown[13], "2025-10-09 WORKING 10:00-14:00 15:30-19:30");
    assert_eq!(shown[15], "2025-10-11 MAKE_UP 10:00-14:00 15:30-19:30");
    assert_eq!(shown[16], "2025-10-12 WEEKEND ");
    let shown: Vec<String> =
        days(&world, &own, "2025-09-27", "2025-10-11").await.iter().map(open).collect();
    assert_eq!(shown[0], "2025-09-27 WORKING 10:00-11:00", "its own Saturday");
    assert_eq!(shown[1], "2025-09-28 MAKE_UP 09:00-12:00", "made up for with Monday's hours");
    assert_eq!(shown[4], "2025-10-01 HOLIDAY ", "holidays are the calendar's");
    assert_eq!(shown[14], "2025-10-11 MAKE_UP 10:00-11:00");
    // What is shown as open can be booked, and nothing else.
    let at = |text: &str| format!("{text}:00+08:00").parse::<DateTime<Utc>>().unwrap();
    for (from, until, wanted) in [
        ("2025-10-09T15:30", "2025-10-09T16:30", "none"),
        ("2025-09-30T15:30", "2025-09-30T16:30", "OUTSIDE_OPENING_HOURS"),
        ("2025-10-01T10:00", "2025-10-01T11:00", "OUTSIDE_OPENING_HOURS"),
        ("2025-10-11T10:00", "2025-10-11T11:00", "none"),
        ("2025-10-12T10:00", "2025-10-12T11:00", "OUTSIDE_OPENING_HOURS"),
        ("2025-10-09T13:30", "2025-10-09T15:30", "OUTSIDE_OPENING_HOURS"),
    ] {
        let made = book(&world, Who::Resident, &common, (at(from), at(until)), json!({})).await;
        assert_eq!(code(&made), wanted, "{from}");
    }
    let eleventh = &days(&world, &common, "2025-10-11", "2025-10-11").await[0];
    assert_eq!(
        (eleventh["busy"].as_array().unwrap().len(), local(&eleventh["free"][0]["from"])),
        (1, "11:00".to_owned())
    );
    // A year that nobody has published is said to be missing.
    let query = "query($v: ID!) { venueDays(venueId: $v, from: \"2031-01-01\", until: \"2031-01-02\") { date } }";
    let missing = world.run(Who::Nobody, query, json!({ "v": common["id"] })).await;
    assert_eq!(missing["errors"][0]["extensions"]["code"], "CALENDAR_YEAR_MISSING");
}

#[tokio::test]
async fn a_booking_keeps_to_the_terms_of_its_room() {
    let world = World::new().await;
    let terms = json!({ "leadMinutes": 60, "horizonDays": 7, "longestMinutes": 90, "mostHeld": 2 });
    let strict = room(&world, terms).await;
    let none = json!({});
    for (from, until, more, wanted) in [
        (30, 90, none.clone(), "OUTSIDE_BOOKING_WINDOW"),
        (60, 70, none.clone(), "INVALID_VALUE"),
        (61, 121, none.clone(), "INVALID_VALUE"),
        (60, 155, none.clone(), "BOOKING_TOO_LONG"),
        (1440 * 8, 1440 * 8 + 60, none.clone(), "OUTSIDE_BOOKING_WINDOW"),
        (60, 120, json!({ "people": 21 }), "TOO_MANY_PEOPLE"),
        (60, 120, json!({ "people": 0 }), "INVALID_VALUE"),
        (60, 120, json!({ "people": 20, "groupName": "合唱团" }), "none"),
        (120, 180, none.clone(), "none"),
        (360, 420, none.clone(), "TOO_MANY_BOOKINGS"),
    ] {
        let made = book(&world, Who::Resident, &strict, (at(from), at(until)), more).await;
        assert_eq!(code(&made), wanted, "{from} {until} {made}");
    }
    // Staff book for somebody, without lead, and beyond what residents hold.
    let found = world
        .mutate(
            Who::Specialist,
            "personLookup",
            json!({ "communityId": world.places().await.community.to_string(),
            "phone": Who::Resident.phone() }),
            "persons { id }",
        )
        .await;
    let person = json!({ "personId": found["persons"][0]["id"] });
    let made = book(&world, Who::Specialist, &strict, (at(0), at(30)), person.clone()).await;
    assert_eq!(code(&made), "none", "{made}");
    assert_eq!(made["booking"]["availableActions"], json!(["RECORD_USE"]), "it has begun");
    let query = "mutation($i: VenueBookInput!) { venueBook(input: $i) { errors { code } } }";
    let mut input = person;
    input["venueId"] = strict["id"].clone();
    input["from"] = json!(text(at(480)));
    input["until"] = json!(text(at(510)));
    for who in [Who::Neighbour, Who::Stranger, Who::Admin] {
        let refused = world.run(who, query, json!({ "i": input })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{who:?}");
    }
    let open = room(&world, json!({ "bookable": false })).await;
    let refused = book(&world, Who::Neighbour, &open, (at(0), at(60)), json!({})).await;
    assert_eq!(code(&refused), "VENUE_OPEN_USE_ONLY");
    whole(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_resident_never_holds_more_than_one_may_even_at_once() {
    let world = World::new().await;
    let room = room(&world, json!({ "mostHeld": 3 })).await;
    let other = Arc::new(world.another_instance().await);
    let world = Arc::new(world);
    let mut tasks = Vec::new();
    for n in 0..10 {
        let world = if n % 2 == 0 { world.clone() } else { other.clone() };
        let room = room.clone();
        let from = if n < 5 { 30 * n } else { 360 + 30 * (n - 5) };
        tasks.push(tokio::spawn(async move {
            book(&world, Who::Resident, &room, (at(from), at(from + 30)), json!({})).await
        }));
    }
    let mut won = 0;
    for task in tasks {
        let payload = task.await.unwrap();
        match code(&payload) {
            "none" => won += 1,
            other => assert_eq!(other, "TOO_MANY_BOOKINGS"),
        }
    }
    assert_eq!(won, 3);
    whole(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_room_is_not_closed_over_bookings_to_come() {
    let world = World::new().await;
    let room_a = room(&world, json!({})).await;
    let mine = booked(&world, Who::Resident, &room_a, 60, 120).await;
    let close = |room: &Value| json!({ "id": room["id"], "expectedVersion": room["version"], "active": false });
    let refused = world.mutate(Who::Manager, "venueChange", close(&room_a), VENUE).await;
    assert_eq!(code(&refused), "IN_USE");
    let input = json!({ "id": mine["id"], "expectedVersion": 1 });
    let gone = world.mutate(Who::Resident, "venueBookingCancel", input, BOOKING).await;
    assert_eq!(gone["booking"]["state"], "CANCELLED");
    let closed = world.mutate(Who::Manager, "venueChange", close(&room_a), VENUE).await;
    assert_eq!(closed["venue"]["active"], false);
    let late = book(&world, Who::Resident, &room_a, (at(60), at(120)), json!({})).await;
    assert_eq!(code(&late), "VENUE_CLOSED");
    // Closing and booking at the same moment: never both.
    let (world, other) = {
        let other = Arc::new(world.another_instance().await);
        (Arc::new(world), other)
    };
    for _ in 0..6 {
        let room = room(&world, json!({})).await;
        let (a, b) = (world.clone(), other.clone());
        let (input, booked) = (close(&room), room.clone());
        let closing =
            tokio::spawn(async move { a.mutate(Who::Manager, "venueChange", input, VENUE).await });
        let booking = tokio::spawn(async move {
            book(&b, Who::Neighbour, &booked, (at(60), at(120)), json!({})).await
        });
        let (closing, booking) = (closing.await.unwrap(), booking.await.unwrap());
        match (code(&closing), code(&booking)) {
            ("none", "VENUE_CLOSED") | ("IN_USE", "none") => {}
            other => panic!("{other:?}"),
        }
    }
    whole(&world).await;
}

#[tokio::test]
async fn names_are_for_those_who_serve_and_masked() {
    let world = World::new().await;
    let room = room(&world, json!({})).await;
    let made =
        book(&world, Who::Resident, &room, (at(60), at(120)), json!({ "groupName": "合唱团" }))
            .await;
    let id = made["booking"]["id"].clone();
    let list = "query($v: ID!) { venueBookings(venueId: $v, from: \"2025-06-03\", until: \"2025-06-30\") \
                { totalCount nodes { groupName person { name } venue { name } } } }";
    for who in [Who::Specialist, Who::Manager] {
        let seen = world.run(who, list, json!({ "v": room["id"] })).await;
        let node = &seen["data"]["venueBookings"]["nodes"][0];
        assert_eq!(
            *node,
            json!({ "groupName": "合唱团", "person": { "name": "R**" }, "venue": { "name": "Dance room" } })
        );
    }
    let one = "query($id: ID!) { venueBooking(id: $id) { person { name } } }";
    for who in [Who::Neighbour, Who::Stranger, Who::Admin, Who::Overseer, Who::Auditor] {
        let refused = world.run(who, list, json!({ "v": room["id"] })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{who:?}");
        let hidden = world.run(who, one, json!({ "id": id })).await;
        assert!(
            hidden["data"]["venueBooking"].is_null() && hidden["errors"].is_null(),
            "{who:?} {hidden}"
        );
        let input = json!({ "id": id, "expectedVersion": 1 });
        let query = "mutation($i: VenueBookingCancelInput!) { venueBookingCancel(input: $i) { errors { code } } }";
        let refused = world.run(who, query, json!({ "i": input })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "NOT_FOUND", "{who:?}");
    }
    let own = world
        .run(
            Who::Resident,
            "{ ownVenueBookings { totalCount nodes { id person { name } } } }",
            json!({}),
        )
        .await;
    let own = &own["data"]["ownVenueBookings"];
    assert_eq!(
        (&own["totalCount"], &own["nodes"][0]["person"]["name"]),
        (&json!(1), &json!("Resident 全名"))
    );
    // Everybody sees that it is taken, nobody by whom.
    let day = &days(&world, &room, "2025-06-03", "2025-06-03").await[0];
    assert_eq!(
        day["busy"],
        json!([{ "from": text(at(60)).replace('Z', "+00:00"), "until": text(at(120)).replace('Z', "+00:00") }])
    );
    // Nobody records about their own.
    let events = "SELECT COUNT(*) FROM event WHERE CAST(data AS text) LIKE '%合唱团%'";
    assert_eq!(world.number(events).await, 0, "events hold no text of people");
}

#[tokio::test]
async fn the_use_of_rooms_explains_itself() {
    let world = World::new().await;
    let room = room(&world, json!({})).await;
    let (used, missed) = (
        booked(&world, Who::Resident, &room, 0, 60).await,
        booked(&world, Who::Resident, &room, 60, 90).await,
    );
    let dropped = booked(&world, Who::Resident, &room, 360, 420).await;
    booked(&world, Who::Neighbour, &room, 420, 440).await;
    let input = json!({ "id": dropped["id"], "expectedVersion": 1 });
    world.mutate(Who::Resident, "venueBookingCancel", input, BOOKING).await;
    let early = json!({ "id": missed["id"], "expectedVersion": 1, "used": true });
    let refused = world.mutate(Who::Specialist, "venueBookingRecordUse", early, BOOKING).await;
    assert_eq!(code(&refused), "ILLEGAL_TRANSITION", "it has not begun");
    world.advance(Duration::hours(30));
    for (row, came) in [(&used, true), (&missed, false)] {
        let input = json!({ "id": row["id"], "expectedVersion": 1, "used": came });
        let done = world.mutate(Who::Specialist, "venueBookingRecordUse", input, BOOKING).await;
        assert_eq!(done["booking"]["state"], if came { "USED" } else { "NO_SHOW" });
    }
    let query = "query($c: ID!) { venueUse(communityId: $c, from: \"2025-05-01\", to: \"2025-07-01\") { metricId definitionVersion asOf \
                 incomplete total { numerator denominator percent noShowMinutes unrecordedMinutes sessionMinutes } venues { venue { name } value { numerator } } } }";
    let community = world.places().await.community.to_string();
    let seen = world.run(Who::Manager, query, json!({ "c": community })).await;
    let seen = &seen["data"]["venueUse"];
    // Open: 8 hours on Tuesday; on Wednesday until now, 16:00, the 4 of the morning.
    assert_eq!(
        seen["total"],
        json!({ "numerator": 60, "denominator": 720, "percent": "8.3", "noShowMinutes": 30, "unrecordedMinutes": 20,
            "sessionMinutes": 0 })
    );
    assert_eq!((&seen["metricId"], &seen["incomplete"]), (&json!("venue.use"), &json!(true)));
    assert_eq!(
        seen["venues"],
        json!([{ "venue": { "name": "Dance room" }, "value": { "numerator": 60 } }])
    );
    let refused = world.run(Who::Specialist, query, json!({ "c": community })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
    whole(&world).await;
}

#[tokio::test]
async fn a_retry_books_once() {
    let world = World::new().await;
    let room = room(&world, json!({})).await;
    let key = json!({ "idempotencyKey": "k" });
    let first = book(&world, Who::Resident, &room, (at(0), at(60)), key.clone()).await;
    let again = book(&world, Who::Resident, &room, (at(0), at(60)), key).await;
    assert_eq!(first, again);
    assert_eq!(world.number("SELECT COUNT(*) FROM venue_booking").await, 1);
}

#[tokio::test]
async fn bookings_of_a_record_that_was_linked_are_ones_own() {
    let world = World::new().await;
    let room = room(&world, json!({ "mostHeld": 1 })).await;
    let (earlier, facts) = world.earlier_record().await;
    let span = (at(60), at(120));
    let made =
        book(&world, Who::Specialist, &room, span, json!({ "personId": earlier })).await["booking"]
            .clone();
    let own = "{ ownVenueBookings { totalCount nodes { id person { name } availableActions } } }";
    let before = world.run(Who::Resident, own, json!({})).await;
    assert_eq!(before["data"]["ownVenueBookings"]["totalCount"], 0);
    world.link(facts).await;
    let seen = world.run(Who::Resident, own, json!({})).await;
    let node = json!({ "id": made["id"], "person": { "name": "Resident 全名" },
        "availableActions": ["MOVE", "CANCEL"] });
    assert_eq!(seen["data"]["ownVenueBookings"], json!({ "totalCount": 1, "nodes": [node] }));
    let more = book(&world, Who::Resident, &room, (at(180), at(240)), json!({})).await;
    assert_eq!(code(&more), "TOO_MANY_BOOKINGS", "it counts");
    let feed = world.mutate(Who::Resident, "calendarFeedCreate", json!({}), "created { path }");
    let path = feed.await["created"]["path"].as_str().unwrap().to_owned();
    let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
    let (_, _, calendar) = world.send(request).await;
    assert!(calendar.contains(made["id"].as_str().unwrap()), "{calendar}");
    let input = json!({ "id": made["id"], "expectedVersion": 1, "from": text(at(180)), "until": text(at(240)) });
    let moved = world.mutate(Who::Resident, "venueBookingMove", input, BOOKING).await;
    assert_eq!((code(&moved), &moved["booking"]["version"]), ("none", &json!(2)));
    let for_others = "SELECT COUNT(*) FROM event WHERE kind = 'VENUE_BOOKING_MOVED' \
                      AND beneficiary_id IS NOT NULL";
    assert_eq!(world.number(for_others).await, 0, "it is their own");
    let input = json!({ "id": made["id"], "expectedVersion": 2 });
    let gone = world.mutate(Who::Specialist, "venueBookingCancel", input, BOOKING).await;
    assert_eq!(gone["booking"]["state"], "CANCELLED");
    let told = "SELECT COUNT(*) FROM event e JOIN person p ON p.id = e.beneficiary_id \
                WHERE e.kind = 'VENUE_BOOKING_CANCELLED' AND p.phone_verified";
    assert_eq!(world.number(told).await, 1, "who has it now");
    whole(&world).await;
}

#[tokio::test]
async fn a_move_needs_a_room_that_can_be_booked_as_a_booking_does() {
    let world = World::new().await;
    let mut room = room(&world, json!({})).await;
    let mine = book(&world, Who::Resident, &room, (at(60), at(120)), json!({ "people": 8 })).await;
    let mine = mine["booking"].clone();
    let input = json!({ "id": mine["id"], "expectedVersion": 1, "from": text(at(180)), "until": text(at(240)) });
    for (change, wanted) in [
        (json!({ "capacity": 7 }), "TOO_MANY_PEOPLE"),
        (json!({ "capacity": 8, "bookable": false }), "VENUE_OPEN_USE_ONLY"),
        (json!({ "bookable": true }), "none"),
    ] {
        let mut terms = change;
        terms["id"] = room["id"].clone();
        terms["expectedVersion"] = room["version"].clone();
        room = world.mutate(Who::Manager, "venueChange", terms, VENUE).await["venue"].clone();
        let moved = world.mutate(Who::Resident, "venueBookingMove", input.clone(), BOOKING).await;
        assert_eq!(code(&moved), wanted);
        if wanted != "none" {
            assert_eq!(moved["errors"][0]["path"], json!([]), "it is not in the input");
        }
        whole(&world).await;
    }
}

#[tokio::test]
async fn a_booking_that_moves_does_not_stand_in_its_own_way() {
    let world = World::new().await;
    let room = room(&world, json!({})).await;
    booked(&world, Who::Neighbour, &room, 0, 60).await;
    let mine = booked(&world, Who::Resident, &room, 60, 120).await;
    booked(&world, Who::Neighbour, &room, 150, 240).await;
    // Only from its own hours on is there room before the break.
    let input = json!({ "id": mine["id"], "expectedVersion": 1, "from": text(at(90)), "until": text(at(160)) });
    let refused = world.mutate(Who::Resident, "venueBookingMove", input.clone(), BOOKING).await;
    assert_eq!(code(&refused), "CONFLICT");
    let near = ends(&refused["errors"][0]["alternatives"][0]);
    assert_eq!(near, (at(80), at(150)));
    let mut input = input;
    (input["from"], input["until"]) = (json!(text(near.0)), json!(text(near.1)));
    let moved = world.mutate(Who::Resident, "venueBookingMove", input, BOOKING).await;
    assert_eq!(code(&moved), "none");
    whole(&world).await;
}

#[tokio::test]
async fn sessions_in_a_room_are_counted_by_themselves_also_while_it_is_closed() {
    use crate::activities::{drafted, published, stepped};
    let world = World::new().await;
    let room = room(&world, json!({})).await;
    // Tuesday 13:00–15:00, with the break in it, and twelve hours later; both in the room.
    let session = |from: i64, hours: i64| {
        json!({ "from": text(at(60 * from)), "until": text(at(60 * (from + hours))),
            "venueId": room["id"] })
    };
    published(&world, json!({ "sessions": [session(3, 2), session(15, 1)] })).await;
    drafted(&world, json!({ "sessions": [session(24, 1)] })).await;
    let off = published(&world, json!({ "sessions": [session(25, 1)] })).await;
    stepped(&world, "activityCancel", &off, json!({ "reason": "停电" })).await;
    published(&world, json!({ "sessions": [session(26, 4)] })).await;
    published(&world, json!({ "sessions": [session(40, 1)] })).await;
    // Noon on Wednesday: of the one that is under way half an hour has gone by.
    world.advance(Duration::minutes(60 * 26 + 30));
    let query = "query($c: ID!, $f: NaiveDate!, $t: NaiveDate!) { venueUse(communityId: $c, from: $f, \
                 to: $t) { total { numerator denominator sessionMinutes } \
                 venues { value { sessionMinutes } } } }";
    let community = world.places().await.community.to_string();
    for (from, to, wanted) in [
        ("2025-06-03", "2025-06-05", 210),
        ("2025-06-04", "2025-06-05", 90),
        ("2025-06-03", "2025-06-04", 120),
    ] {
        let variables = json!({ "c": community, "f": from, "t": to });
        let seen = world.run(Who::Manager, query, variables).await;
        let seen = &seen["data"]["venueUse"];
        assert_eq!(seen["total"]["sessionMinutes"], wanted, "{from} {to} {seen}");
        assert_eq!(seen["venues"][0]["value"]["sessionMinutes"], wanted);
        assert_eq!(seen["total"]["numerator"], 0);
    }
}

/// The person of somebody, as staff find them.
async fn person(world: &World, who: Who) -> Value {
    let community = world.places().await.community.to_string();
    let input = json!({ "communityId": community, "phone": who.phone() });
    let found = world.mutate(Who::Specialist, "personLookup", input, "persons { id }").await;
    json!({ "personId": found["persons"][0]["id"] })
}

/// Kind and booking of the messages about rooms in somebody's inbox, oldest first.
async fn inbox(world: &World, who: Who) -> Vec<(String, String)> {
    world.work().await;
    let query =
        "{ viewer { ... on Account { inbox(first: 100) { nodes { kind venueBookingId } } } } }";
    let seen = world.run(who, query, json!({})).await;
    let nodes = seen["data"]["viewer"]["inbox"]["nodes"].as_array().unwrap().clone();
    let text = |n: &Value, key: &str| n[key].as_str().unwrap().to_owned();
    let about = nodes.iter().rev().filter(|n| n["venueBookingId"].is_string());
    about.map(|n| (text(n, "kind"), text(n, "venueBookingId"))).collect()
}

fn texts(world: &World, who: Who) -> Vec<String> {
    let to = who.phone();
    world.sms.kept().into_iter().filter(|(phone, _)| *phone == to).map(|(_, t)| t).collect()
}

#[tokio::test]
async fn people_are_told_what_staff_did_with_their_bookings() {
    let world = World::new().await;
    let room = room(&world, json!({})).await;
    booked(&world, Who::Resident, &room, 0, 60).await;
    let resident = person(&world, Who::Resident).await;
    let made = book(&world, Who::Specialist, &room, (at(60), at(120)), resident).await;
    let id = made["booking"]["id"].as_str().unwrap().to_owned();
    assert_eq!(inbox(&world, Who::Resident).await, [("VENUE_BOOKED".to_owned(), id.clone())]);
    let first = "Staff booked “Dance room” for you: 2025-06-03 11:00.";
    assert_eq!(texts(&world, Who::Resident), [first]);
    world.advance(Duration::minutes(1));
    // Moved and then cancelled: that it was moved is no news any more.
    let input =
        json!({ "id": id, "expectedVersion": 1, "from": text(at(120)), "until": text(at(180)) });
    let moved = world.mutate(Who::Specialist, "venueBookingMove", input, BOOKING).await;
    assert_eq!(code(&moved), "none");
    let input = json!({ "id": id, "expectedVersion": 2 });
    let gone = world.mutate(Who::Manager, "venueBookingCancel", input, BOOKING).await;
    assert_eq!(code(&gone), "none");
    let told = inbox(&world, Who::Resident).await;
    assert_eq!(told[1..], [("VENUE_BOOKING_CANCELLED".to_owned(), id)]);
    let last = "Staff cancelled your booking of “Dance room” on 2025-06-03 12:00. If you did not \
                ask for it, tell the community.";
    assert_eq!(texts(&world, Who::Resident), [first, last]);
    // A move alone is told; who wants the inbox only gets no text message.
    let sql = format!(
        "UPDATE person SET contact_preference = 'INBOX' WHERE phone = '{}'",
        Who::Neighbour.phone()
    );
    world.app.db.writer().execute_unprepared(&sql).await.unwrap();
    let mine = booked(&world, Who::Neighbour, &room, 180, 240).await;
    let input = json!({ "id": mine["id"], "expectedVersion": 1, "from": text(at(360)), "until": text(at(420)) });
    world.mutate(Who::Specialist, "venueBookingMove", input, BOOKING).await;
    let id = mine["id"].as_str().unwrap().to_owned();
    assert_eq!(inbox(&world, Who::Neighbour).await, [("VENUE_BOOKING_MOVED".to_owned(), id)]);
    assert_eq!(texts(&world, Who::Neighbour), [""; 0]);
    // What is over is not told.
    let resident = person(&world, Who::Resident).await;
    book(&world, Who::Specialist, &room, (at(60), at(120)), resident).await;
    world.advance(Duration::minutes(120));
    assert_eq!(inbox(&world, Who::Resident).await.len(), 2);
    assert_eq!(texts(&world, Who::Resident).len(), 2);
}

#[tokio::test]
async fn of_a_series_people_get_one_text_message_as_whoever_has_the_record_by_now() {
    let world = World::new().await;
    let room = room(&world, json!({ "horizonDays": 200 })).await;
    let (earlier, facts) = world.earlier_record().await;
    let series = json!({ "venueId": room["id"], "from": text(at(1440)), "until": text(at(1500)),
        "repeatUntil": "2025-06-18", "personId": earlier });
    let made = world.mutate(Who::Specialist, "venueBookSeries", series, "series { id }").await;
    assert_eq!(code(&made), "none");
    world.link(facts).await;
    let told = inbox(&world, Who::Resident).await;
    assert_eq!(told.len(), 3, "every date is there: {told:?}");
    assert!(told.iter().all(|(kind, _)| kind == "VENUE_BOOKED"));
    let said = "Staff booked “Dance room” for you, 3 times: the first is on 2025-06-04 10:00.";
    assert!(texts(&world, Who::Resident).iter().filter(|t| *t == said).count() == 1);
    assert!(!texts(&world, Who::Resident).iter().any(|t| t.contains("for you:")));
}

#[tokio::test]
async fn a_node_is_a_room_for_everybody_and_a_booking_for_those_who_see_it() {
    let world = World::new().await;
    let room = room(&world, json!({})).await;
    let mine = booked(&world, Who::Resident, &room, 60, 120).await;
    let query = "query($id: ID!) { node(id: $id) { __typename id } }";
    let seen = world.run(Who::Nobody, query, json!({ "id": room["id"] })).await;
    assert_eq!(seen["data"]["node"], json!({ "__typename": "Venue", "id": room["id"] }));
    for (who, sees) in [
        (Who::Resident, true),
        (Who::Specialist, true),
        (Who::Manager, true),
        (Who::Neighbour, false),
        (Who::Stranger, false),
        (Who::Admin, false),
    ] {
        let seen = world.run(who, query, json!({ "id": mine["id"] })).await;
        assert!(seen.get("errors").is_none(), "{who:?} {seen}");
        assert_eq!(seen["data"]["node"]["__typename"] == "VenueBooking", sees, "{who:?}");
    }
    let nobody = world.run(Who::Nobody, query, json!({ "id": mine["id"] })).await;
    assert_eq!(nobody["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}
