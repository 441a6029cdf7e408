//! Themes, activities, parties, the line, the door.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{activity_registration, enums::RegistrationState, ids::ActivityId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::{
    statements::{counted, statements},
    world::{Who, World},
};

pub const ACTIVITY: &str = "id state version sequence capacity freeSeats waiting startsAt endsAt \
                            sessions { id from until place venueId walkIns }";
pub const PARTY: &str =
    "registration { id state people code version waitingPosition offeredUntil endedBy }";

fn hours(world: &World, hours: i64) -> DateTime<Utc> {
    world.app.clock.now() + Duration::hours(hours)
}

/// A session of two hours, so many hours from now.
pub fn session(world: &World, from: i64) -> Value {
    json!({ "from": hours(world, from), "until": hours(world, from + 2), "place": "社区广场" })
}

/// The input of a new activity.
pub async fn plan(world: &World, more: Value) -> Value {
    let mut input = json!({
        "communityId": world.places().await.community.to_string(),
        "kind": "CULTURE", "titles": { "zhHans": "剪纸", "en": "Paper cutting" }, "capacity": 30,
        "registrationOpensAt": hours(world, -1), "registrationClosesAt": hours(world, 2),
        "sessions": [session(world, 3)],
    });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

pub async fn drafted(world: &World, more: Value) -> Value {
    let input = plan(world, more).await;
    let fields = format!("activity {{ {ACTIVITY} }}");
    let made = world.mutate(Who::Manager, "activityCreate", input, &fields).await;
    assert_eq!(made["errors"], json!([]));
    made["activity"].clone()
}

/// A step of the manager's with an activity.
pub async fn step(world: &World, name: &str, activity: &Value, more: Value) -> Value {
    let mut input = json!({ "id": activity["id"], "expectedVersion": activity["version"] });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    world.mutate(Who::Manager, name, input, &format!("activity {{ {ACTIVITY} }}")).await
}

pub async fn stepped(world: &World, name: &str, activity: &Value, more: Value) -> Value {
    let payload = step(world, name, activity, more).await;
    assert_eq!(payload["errors"], json!([]), "{name}");
    payload["activity"].clone()
}

pub async fn published(world: &World, more: Value) -> Value {
    let draft = drafted(world, more).await;
    stepped(world, "activityPublish", &draft, json!({})).await
}

/// Moves the clock to the begin of an activity.
pub fn begin(world: &World, activity: &Value) {
    let at: DateTime<Utc> = activity["startsAt"].as_str().unwrap().parse().unwrap();
    world.app.clock.set(at.max(world.app.clock.now()));
}

pub async fn begun(world: &World, more: Value) -> Value {
    let activity = published(world, more).await;
    begin(world, &activity);
    activity
}

async fn try_register(world: &World, who: Who, activity: &Value, more: Value) -> Value {
    let mut input = json!({ "activityId": activity["id"] });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    world.mutate(who, "activityRegister", input, PARTY).await
}

pub async fn register(world: &World, who: Who, activity: &Value, more: Value) -> Value {
    let payload = try_register(world, who, activity, more).await;
    assert_eq!(payload["errors"], json!([]));
    payload["registration"].clone()
}

/// Somebody new with so many people, registered by staff.
pub async fn party(
    world: &World,
    who: Who,
    activity: &Value,
    (name, people): (&str, usize),
) -> Value {
    let members = vec![json!({ "name": "家人", "ageBand": "ADULT" }); people - 1];
    let more = json!({ "beneficiary": { "name": name }, "members": members });
    register(world, who, activity, more).await
}

pub async fn cancel(world: &World, who: Who, registration: &Value) -> Value {
    let input = json!({ "registrationId": registration["id"],
        "expectedVersion": registration["version"] });
    world.mutate(who, "activityRegistrationCancel", input, PARTY).await
}

pub async fn look(world: &World, who: Who, activity: &Value) -> Value {
    let query = format!("query($id: ID!) {{ activity(id: $id) {{ {ACTIVITY} }} }}");
    world.run(who, &query, json!({ "id": activity["id"] })).await["data"]["activity"].clone()
}

/// All parties of an activity, as they stand in line.
pub async fn line(world: &World, activity: &Value) -> Vec<activity_registration::Model> {
    let id: ActivityId = activity["id"].as_str().unwrap().parse().unwrap();
    activity_registration::Entity::find()
        .filter(activity_registration::Column::ActivityId.eq(id))
        .order_by_asc(activity_registration::Column::Seq)
        .all(world.app.db.reader())
        .await
        .unwrap()
}

/// Nothing in the stored rows contradicts anything else.
pub async fn consistent(world: &World) {
    assert_eq!(linli::activities::queries::contradictions(&world.app).await.unwrap(), []);
}

#[tokio::test]
async fn a_theme_is_one_a_month_and_drafts_are_for_those_who_plan() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let theme = json!({ "communityId": community, "year": 2025, "month": 6,
        "titles": { "zhHans": "文化月", "en": "Month of culture" } });
    let made = world.mutate(Who::Manager, "themeCreate", theme.clone(), "theme { id title }").await;
    assert_eq!(made["theme"]["title"], "Month of culture");
    let again = world.mutate(Who::Manager, "themeCreate", theme, "theme { id }").await;
    assert_eq!(again["errors"][0]["code"], "CONFLICT");
    let draft = drafted(&world, json!({ "themeId": made["theme"]["id"] })).await;
    for (who, seen) in [
        (Who::Nobody, false),
        (Who::Resident, false),
        (Who::Specialist, false),
        (Who::Overseer, false),
        (Who::Manager, true),
    ] {
        assert_eq!(look(&world, who, &draft).await.is_object(), seen, "{who:?}");
        let query = "query($c: ID!) { activities(communityId: $c) { totalCount nodes { id } } }";
        let list = world.run(who, query, json!({ "c": community })).await;
        assert_eq!(list["data"]["activities"]["totalCount"], i32::from(seen), "{who:?}");
    }
    let query =
        "mutation($i: ActivityRegisterInput!) { activityRegister(input: $i) { errors { code } } }";
    let input = json!({ "i": { "activityId": draft["id"] } });
    let hidden = world.run(Who::Resident, query, input).await;
    assert_eq!(hidden["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let shown = stepped(&world, "activityPublish", &draft, json!({})).await;
    assert_eq!((&shown["state"], &shown["freeSeats"]), (&json!("PUBLISHED"), &json!(30)));
    assert!(look(&world, Who::Nobody, &draft).await.is_object());
    let stale = step(&world, "activityPublish", &draft, json!({})).await;
    assert_eq!(stale["errors"][0]["code"], "STALE_VERSION");
    let twice = step(&world, "activityPublish", &shown, json!({})).await;
    assert_eq!(twice["errors"][0]["code"], "ILLEGAL_TRANSITION");
    consistent(&world).await;
}

#[tokio::test]
async fn a_party_registers_whole_or_not_at_all() {
    let world = World::new().await;
    let activity = published(&world, json!({ "capacity": 4, "minAge": 6, "maxAge": 13 })).await;
    let child = json!({ "name": "小明", "ageBand": "CHILD" });
    let adult = json!({ "name": "爷爷", "ageBand": "SENIOR" });
    for (more, code) in [
        (json!({ "attends": false, "members": [child] }), "GUARDIAN_REQUIRED"),
        (json!({}), "AGE_OUT_OF_RANGE"),
        (json!({ "attends": false }), "REQUIRED"),
        (json!({ "members": [child, child, child, child] }), "PARTY_TOO_LARGE"),
        (json!({ "members": [{ "name": "", "ageBand": "CHILD" }] }), "REQUIRED"),
    ] {
        let refused = try_register(&world, Who::Resident, &activity, more).await;
        assert_eq!(refused["errors"][0]["code"], code);
    }
    let more = json!({ "attends": false, "members": [child, adult], "idempotencyKey": "k" });
    let made = register(&world, Who::Resident, &activity, more.clone()).await;
    assert_eq!((&made["people"], &made["state"]), (&json!(2), &json!("REGISTERED")));
    assert_eq!(made["code"].as_str().unwrap().len(), 10);
    let again = register(&world, Who::Resident, &activity, more).await;
    assert_eq!(again["id"], made["id"], "the same key is the same registration");
    let twice = json!({ "attends": false, "members": [child, adult] });
    let twice = try_register(&world, Who::Resident, &activity, twice).await;
    assert_eq!(twice["errors"][0]["code"], "ALREADY_REGISTERED");
    // Others see neither name nor code.
    let query = "query($a: ID!) { activityRegistrations(activityId: $a) { nodes { code person { name } \
                 members { name ageBand } } } }";
    let seen = world.run(Who::Specialist, query, json!({ "a": activity["id"] })).await;
    let seen = &seen["data"]["activityRegistrations"]["nodes"][0];
    assert!(seen["code"].is_null() && seen["person"]["name"] == "R**", "{seen}");
    assert_eq!(seen["members"][0], json!({ "name": "小**", "ageBand": "CHILD" }));
    let query =
        "{ myActivityRegistrations { nodes { code members { name } activity { title } } } }";
    let own = world.run(Who::Resident, query, json!({})).await;
    let own = &own["data"]["myActivityRegistrations"]["nodes"][0];
    assert_eq!((&own["code"], &own["members"][0]["name"]), (&made["code"], &json!("小明")));
    for who in [Who::Neighbour, Who::Stranger, Who::Auditor] {
        let query = "mutation($i: ActivityRegistrationCancelInput!) { activityRegistrationCancel(input: $i) \
                     { errors { code } } }";
        let input = json!({ "i": { "registrationId": made["id"], "expectedVersion": 1 } });
        let answer = world.run(who, query, input).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{who:?}");
    }
    consistent(&world).await;
}

#[tokio::test]
async fn the_line_is_first_in_first_out_and_nobody_jumps() {
    let world = World::new().await;
    let activity = published(&world, json!({ "capacity": 4 })).await;
    let staff = Who::Specialist;
    let three = party(&world, staff, &activity, ("三", 3)).await;
    let two = party(&world, staff, &activity, ("二", 2)).await;
    let one = register(&world, Who::Resident, &activity, json!({})).await;
    assert_eq!((&two["state"], &two["waitingPosition"]), (&json!("WAITING"), &json!(1)));
    assert_eq!((&one["state"], &one["waitingPosition"]), (&json!("WAITING"), &json!(2)));
    assert_eq!(look(&world, Who::Nobody, &activity).await["freeSeats"], 1, "and nobody has it");
    // The canceller stands at the end when they come again.
    let gone = cancel(&world, Who::Resident, &one).await;
    assert_eq!(gone["registration"]["state"], "CANCELLED");
    let last = party(&world, staff, &activity, ("末", 1)).await;
    let one = register(&world, Who::Resident, &activity, json!({})).await;
    assert_eq!((&last["waitingPosition"], &one["waitingPosition"]), (&json!(2), &json!(3)));
    // Three seats are free: the two and the one behind them fit, then there is one left.
    assert_eq!(cancel(&world, staff, &three).await["errors"], json!([]));
    let states = |rows: &[activity_registration::Model]| {
        rows.iter().map(|r| r.state.code()).collect::<Vec<_>>().join(" ")
    };
    let rows = line(&world, &activity).await;
    assert_eq!(states(&rows), "CANCELLED REGISTERED CANCELLED REGISTERED REGISTERED");
    assert_eq!(world.number("SELECT peak FROM activity_seats").await, 4);
    let four = party(&world, staff, &activity, ("四", 4)).await;
    assert_eq!(four["state"], "WAITING");
    let now = look(&world, Who::Manager, &activity).await;
    let refused = step(&world, "activityChange", &now, json!({ "capacity": 3 })).await;
    assert_eq!(refused["errors"][0]["code"], "CAPACITY_TOO_LOW");
    stepped(&world, "activityChange", &now, json!({ "capacity": 8 })).await;
    assert_eq!(line(&world, &activity).await.last().unwrap().state, RegistrationState::Registered);
    consistent(&world).await;
    // Those who got seats out of the line are told.
    world.work().await;
    let phone = Who::Resident.phone();
    let told = world.sms.kept();
    assert!(told.iter().any(|(to, text)| *to == phone && text.contains("have seats")), "{told:?}");
    let query = "{ viewer { ... on Account { inbox { nodes { kind activityId } } } } }";
    let inbox = world.run(Who::Resident, query, json!({})).await["data"].to_string();
    assert!(inbox.contains("ACTIVITY_PROMOTED") && inbox.contains("act_"), "{inbox}");
}

#[tokio::test]
async fn after_registration_has_closed_nobody_is_promoted() {
    let world = World::new().await;
    let activity = published(&world, json!({ "capacity": 1 })).await;
    let first = register(&world, Who::Resident, &activity, json!({})).await;
    register(&world, Who::Neighbour, &activity, json!({})).await;
    world.advance(Duration::hours(2));
    let late = try_register(&world, Who::Colleague, &activity, json!({})).await;
    assert_eq!(late["errors"][0]["code"], "REGISTRATION_CLOSED");
    assert_eq!(cancel(&world, Who::Resident, &first).await["errors"], json!([]));
    let rows = line(&world, &activity).await;
    assert_eq!(rows[1].state, RegistrationState::Waiting);
    world.advance(Duration::hours(2));
    let query = "{ myActivityRegistrations { nodes { id version } } }";
    let own = world.run(Who::Neighbour, query, json!({})).await;
    let own = &own["data"]["myActivityRegistrations"]["nodes"][0];
    let late = cancel(&world, Who::Neighbour, own).await;
    assert_eq!(late["errors"][0]["code"], "WINDOW_CLOSED");
    consistent(&world).await;
}

#[tokio::test]
async fn cancelling_frees_the_room_ends_registrations_and_tells_everybody() {
    let world = World::new().await;
    let mut in_room = session(&world, 3);
    in_room["venueId"] = super::venues::room(&world, json!({})).await["id"].clone();
    let activity = published(&world, json!({ "capacity": 1, "sessions": [in_room] })).await;
    let taken = plan(&world, json!({ "sessions": [in_room] })).await;
    let refused =
        world.mutate(Who::Manager, "activityCreate", taken.clone(), "activity { id }").await;
    assert_eq!(refused["errors"][0]["code"], "CONFLICT");
    assert_eq!(world.number("SELECT COUNT(*) FROM activity").await, 1, "nothing half done");
    register(&world, Who::Resident, &activity, json!({})).await;
    register(&world, Who::Neighbour, &activity, json!({})).await;
    let input = json!({ "reason": "停电" });
    let ended = stepped(&world, "activityCancel", &activity, input).await;
    assert_eq!((&ended["state"], &ended["sequence"]), (&json!("CANCELLED"), &json!(1)));
    for row in line(&world, &activity).await {
        assert_eq!(row.state, RegistrationState::Cancelled);
    }
    for who in [Who::Resident, Who::Neighbour] {
        let text = world.last_sms(&who.phone()).await.unwrap();
        assert!(text.contains("“Paper cutting”") && text.contains("cancelled"), "{text}");
    }
    let again = world.mutate(Who::Manager, "activityCreate", taken, "activity { id }").await;
    assert_eq!(again["errors"], json!([]), "the room is free again");
    consistent(&world).await;
}

#[tokio::test]
async fn an_activity_is_held_with_a_record_and_then_judged_without_names() {
    let world = World::new().await;
    let activity = published(&world, json!({ "capacity": 9 })).await;
    let mine = register(&world, Who::Resident, &activity, json!({})).await;
    register(&world, Who::Neighbour, &activity, json!({})).await;
    let report = json!({ "report": "很热闹" });
    let early = step(&world, "activityMarkHeld", &activity, report.clone()).await;
    assert_eq!(early["errors"][0]["code"], "TOO_EARLY");
    begin(&world, &activity);
    let bare = step(&world, "activityMarkHeld", &activity, report.clone()).await;
    assert_eq!(bare["errors"][0]["code"], "REQUIRED");
    let input = json!({ "sessionId": activity["sessions"][0]["id"], "registrationId": mine["id"] });
    let came = world.mutate(Who::Specialist, "activityCheckIn", input, "checkIn { people }").await;
    assert_eq!(came["checkIn"]["people"], 1);
    let held = stepped(&world, "activityMarkHeld", &activity, report).await;
    assert_eq!(held["state"], "HELD");
    let say = async |who: Who, id: &Value| {
        let input = json!({ "registrationId": id, "score": 4, "text": "学会了" });
        world.mutate(who, "activityFeedbackGive", input, "feedback { score }").await
    };
    let early = say(Who::Resident, &mine["id"]).await;
    assert_eq!(early["errors"][0]["code"], "TOO_EARLY");
    world.advance(Duration::hours(2));
    assert_eq!(say(Who::Resident, &mine["id"]).await["errors"], json!([]));
    assert_eq!(say(Who::Resident, &mine["id"]).await["errors"][0]["code"], "CONFLICT");
    let query = "query($a: ID!) { activityFeedback(activityId: $a) { score text } }";
    let read = world.run(Who::Manager, query, json!({ "a": activity["id"] })).await;
    assert_eq!(read["data"]["activityFeedback"], json!([{ "score": 4, "text": "学会了" }]));
}

#[tokio::test]
async fn a_list_scanned_offline_counts_once_and_at_its_own_time() {
    let world = World::new().await;
    let activity = published(&world, json!({ "capacity": 3 })).await;
    let two = party(&world, Who::Specialist, &activity, ("二", 2)).await;
    let one = register(&world, Who::Resident, &activity, json!({})).await;
    let waits = register(&world, Who::Neighbour, &activity, json!({})).await;
    begin(&world, &activity);
    world.advance(Duration::days(1));
    let starts: DateTime<Utc> = activity["startsAt"].as_str().unwrap().parse().unwrap();
    let at = |minutes: i64| starts + Duration::minutes(minutes);
    let spoken = two["code"].as_str().unwrap().to_lowercase();
    let scans = json!([
        { "code": spoken, "scannedAt": at(-5), "people": 1 },
        { "code": two["code"], "scannedAt": at(1) },
        { "code": one["code"], "scannedAt": at(-121) },
        { "code": one["code"], "scannedAt": at(60 * 24 * 2) },
        { "code": waits["code"], "scannedAt": at(0) },
        { "code": "NONSENSE", "scannedAt": at(0) },
        { "code": one["code"], "scannedAt": at(0), "people": 2 },
        { "code": one["code"], "scannedAt": at(3) },
    ]);
    let input = json!({ "sessionId": activity["sessions"][0]["id"], "scans": scans });
    let fields = "results { outcome checkIn { people scannedAt receivedAt } error { code } }";
    let upload = async || {
        let name = "activityCheckInUpload";
        let done = world.mutate(Who::Specialist, name, input.clone(), fields).await;
        assert_eq!(done["errors"], json!([]));
        done["results"].as_array().unwrap().clone()
    };
    let done = upload().await;
    let told: Vec<_> = done
        .iter()
        .map(|r| r["error"]["code"].as_str().or(r["outcome"].as_str()).unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "CHECKED_IN",
            "ALREADY",
            "TOO_EARLY",
            "INVALID_VALUE",
            "NOT_REGISTERED",
            "NOT_REGISTERED",
            "INVALID_VALUE",
            "CHECKED_IN"
        ]
    );
    let first: DateTime<Utc> = done[0]["checkIn"]["scannedAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(first, at(-5));
    let events = world.number("SELECT COUNT(*) FROM event").await;
    let again = upload().await;
    assert_eq!(
        (&again[0]["outcome"], &again[7]["outcome"]),
        (&json!("ALREADY"), &json!("ALREADY"))
    );
    assert_eq!(again[0]["checkIn"], done[0]["checkIn"]);
    assert_eq!(world.number("SELECT COUNT(*) FROM check_in").await, 2);
    assert_eq!(world.number("SELECT COUNT(*) FROM event").await, events);
}

#[tokio::test]
async fn numbers_explain_themselves() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let theme = json!({ "communityId": community, "year": 2025, "month": 6,
        "titles": { "zhHans": "文化月" } });
    let theme = world.mutate(Who::Manager, "themeCreate", theme, "theme { id }").await;
    let exempt = |week: i32| {
        json!({ "communityId": community, "isoYear": 2025, "isoWeek": week,
        "reason": "古尔邦节" })
    };
    let name = "activityWeekExempt";
    let late = world.mutate(Who::Manager, name, exempt(23), "week { isoWeek }").await;
    assert_eq!(late["errors"][0]["code"], "WINDOW_CLOSED", "the week has begun");
    for week in [24, 25] {
        world.mutate(Who::Manager, name, exempt(week), "week { isoWeek }").await;
    }
    let mut again = exempt(25);
    again.as_object_mut().unwrap().remove("reason");
    let name = "activityWeekInclude";
    let taken_back = world.mutate(Who::Manager, name, again.clone(), "week { isoWeek }").await;
    assert_eq!(taken_back["week"]["isoWeek"], 25);
    let twice = world.mutate(Who::Manager, name, again, "week { isoWeek }").await;
    assert_eq!(twice["errors"][0]["code"], "UNKNOWN_REFERENCE");
    let query = "query($c: ID!) { activityStatistics(communityId: $c, year: 2025, month: 6) { \
                 weeklyCoverage { metricId numerator denominator percent definitionVersion asOf } \
                 longestGapWeeks { count } themeCoverage { numerator denominator percent } \
                 fill { numerator denominator percent } attendance { numerator denominator percent } \
                 noShow { numerator denominator } notRecorded { count } walkIns { count } held { count } \
                 weeks { isoWeek monday held exempt elapsed } } }";
    let counted = async || {
        let answer = world.run(Who::Manager, query, json!({ "c": community })).await;
        answer["data"]["activityStatistics"].clone()
    };
    let none = counted().await;
    for rate in ["weeklyCoverage", "themeCoverage", "fill", "attendance"] {
        assert_eq!((&none[rate]["denominator"], &none[rate]["percent"]), (&json!(0), &Value::Null));
    }
    // Tuesday of week 23: three of four seats, two of three came, five walked in.
    let more = json!({ "capacity": 4, "themeId": theme["theme"]["id"] });
    let activity = published(&world, more).await;
    let two = party(&world, Who::Specialist, &activity, ("二", 2)).await;
    register(&world, Who::Resident, &activity, json!({})).await;
    begin(&world, &activity);
    let session = &activity["sessions"][0]["id"];
    for _ in 0..2 {
        let input = json!({ "sessionId": session, "code": two["code"] });
        world.mutate(Who::Specialist, "activityCheckIn", input, "checkIn { id }").await;
    }
    let input = json!({ "sessionId": session, "people": 5, "idempotencyKey": "walk" });
    for _ in 0..2 {
        let fields = "session { walkIns }";
        let done = world.mutate(Who::Colleague, "activityWalkInsAdd", input.clone(), fields).await;
        assert_eq!(done["session"]["walkIns"], 5);
    }
    stepped(&world, "activityMarkHeld", &activity, json!({ "report": "好" })).await;
    // Another without a check-in, and one that is cancelled and never counts.
    let other = begun(&world, json!({ "capacity": 10 })).await;
    let record = json!({ "report": "好", "attendance": 8 });
    stepped(&world, "activityMarkHeld", &other, record).await;
    let gone =
        published(&world, json!({ "sessions": [super::activities::session(&world, 24 * 14)] }))
            .await;
    stepped(&world, "activityCancel", &gone, json!({ "reason": "雨" })).await;
    world.app.clock.set("2025-07-07T02:00:00Z".parse().unwrap());
    let all = counted().await;
    assert_eq!(all["held"]["count"], 2);
    assert_eq!(all["weeklyCoverage"]["metricId"], "activity.coverage.weekly");
    assert_eq!(all["weeklyCoverage"]["percent"], "33.3", "weeks 23, 25 and 26; 24 is exempt");
    assert_eq!(all["longestGapWeeks"]["count"], 2);
    assert_eq!(all["themeCoverage"]["percent"], "100.0");
    assert_eq!((&all["fill"]["numerator"], &all["fill"]["denominator"]), (&json!(3), &json!(14)));
    assert_eq!(all["attendance"]["percent"], "66.7");
    assert_eq!(all["noShow"]["numerator"], 1);
    assert_eq!((&all["notRecorded"]["count"], &all["walkIns"]["count"]), (&json!(1), &json!(5)));
    let weeks = all["weeks"].as_array().unwrap();
    assert_eq!(weeks.len(), 4);
    assert_eq!(
        weeks[1],
        json!({ "isoWeek": 24, "monday": "2025-06-09", "held": 0,
        "exempt": true, "elapsed": true })
    );
}

#[tokio::test]
async fn a_page_of_fifty_activities_takes_at_most_six_statements() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let (mut partners, mut themes) = (Vec::new(), Vec::new());
    for n in 1..=3 {
        let names = json!({ "zhHans": format!("单位{n}") });
        let new = json!({ "communityId": community, "names": names });
        let name = "partnerOrganisationCreate";
        let made = world.mutate(Who::Manager, name, new, "partner { id }").await;
        partners.push(made["partner"]["id"].clone());
        let new =
            json!({ "communityId": community, "year": 2025, "month": 5 + n, "titles": names });
        let made = world.mutate(Who::Manager, "themeCreate", new, "theme { id }").await;
        themes.push(made["theme"]["id"].clone());
    }
    for n in 0..50 {
        let more = json!({ "partnerIds": partners[..n % 4], "themeId": themes[n % 3],
            "sessions": [session(&world, 3), session(&world, 20)] });
        published(&world, more).await;
    }
    let (world, count) = counted(world).await;
    let query = "query($c: ID!, $n: Int) { activities(communityId: $c, first: $n) { totalCount nodes { \
                 id title kind state community { name } theme { title } sessions { from place venueId } \
                 partners { name } freeSeats waiting registrationOpen } pageInfo { hasNextPage } } }";
    let small = statements(&world, &count, query, json!({ "c": community, "n": 2 })).await;
    let large = statements(&world, &count, query, json!({ "c": community, "n": 50 })).await;
    assert!(small <= 6 && large <= 6, "{small} and {large} statements");
    assert_eq!(small, large, "they do not grow with the page");
    let page = world.run(Who::Nobody, query, json!({ "c": community, "n": 50 })).await;
    let nodes = page["data"]["activities"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 50);
    let all = |n: &Value| n["sessions"].as_array().unwrap().len() == 2 && n["theme"].is_object();
    assert!(nodes.iter().all(all));
    assert_eq!(nodes.iter().map(|n| n["partners"].as_array().unwrap().len()).sum::<usize>(), 73);
}

/// Replays the line: what it must have come to if everybody came one after the other.
fn assert_fifo(rows: &[activity_registration::Model], capacity: i32) {
    let taken: i32 =
        rows.iter().filter(|r| r.state == RegistrationState::Registered).map(|r| r.people).sum();
    assert!(taken <= capacity, "{taken} of {capacity}");
    let seated = rows.iter().filter(|r| r.state == RegistrationState::Registered).map(|r| r.seq);
    let mut waiting = rows.iter().filter(|r| r.state == RegistrationState::Waiting);
    if let Some(first) = waiting.next() {
        assert!(seated.max().unwrap_or(0) < first.seq, "somebody jumped the line");
        assert!(taken + first.people > capacity, "the first in line fits and waits");
    }
    for (row, seq) in rows.iter().zip(1..) {
        assert_eq!(row.seq, seq, "a place in line was given twice or left out");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_hundred_parties_for_thirty_seats() {
    let (a, b) = World::new().await.pair().await;
    let activity = published(&a, json!({ "capacity": 30 })).await;
    let mut tasks = Vec::new();
    for worker in 0..20 {
        let world = if worker % 2 == 0 { a.clone() } else { b.clone() };
        let who = [Who::Specialist, Who::Colleague, Who::Manager][worker % 3];
        let activity = activity.clone();
        tasks.push(tokio::spawn(async move {
            for n in 0..25 {
                let name = format!("居民{worker}-{n}");
                party(&world, who, &activity, (&name, 1 + (worker + n) % 3)).await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let rows = line(&a, &activity).await;
    assert_eq!(rows.len(), 500);
    assert_fifo(&rows, 30);
    let taken = a.number("SELECT taken FROM activity_seats").await;
    assert!((28..=30).contains(&taken), "the first party that did not fit needed at most 3 seats");
    assert_eq!(a.number("SELECT next_seq FROM activity_seats").await, 501);
    consistent(&a).await;
    // Where everybody comes alone, not one seat stays empty.
    let alone = published(&a, json!({ "capacity": 30 })).await;
    let mut tasks = Vec::new();
    for worker in 0..8 {
        let world = if worker % 2 == 0 { a.clone() } else { b.clone() };
        let activity = alone.clone();
        tasks.push(tokio::spawn(async move {
            for n in 0..6 {
                party(&world, Who::Specialist, &activity, (&format!("独{worker}-{n}"), 1)).await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(look(&b, Who::Nobody, &alone).await["freeSeats"], 0);
    assert_fifo(&line(&b, &alone).await, 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cancelling_and_registering_at_the_same_moment_keep_the_line() {
    let (a, b) = World::new().await.pair().await;
    let activity = published(&a, json!({ "capacity": 10 })).await;
    let mut made = Vec::new();
    for n in 0..24 {
        made.push(party(&a, Who::Specialist, &activity, (&format!("先{n}"), 1 + n % 3)).await);
    }
    let mut tasks = Vec::new();
    for (n, registration) in made.iter().cloned().enumerate() {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let activity = activity.clone();
        tasks.push(tokio::spawn(async move {
            if n % 3 == 0 {
                party(&world, Who::Colleague, &activity, (&format!("后{n}"), 1 + n % 2)).await;
            } else if n % 3 == 1 || n < 6 {
                let done = cancel(&world, Who::Specialist, &registration).await;
                // Whoever was given seats meanwhile is told that it has changed.
                let code = done["errors"][0]["code"].as_str();
                assert!(code.is_none_or(|c| c == "STALE_VERSION"), "{done}");
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_fifo(&line(&a, &activity).await, 10);
    consistent(&a).await;
    // One seat, cancelled by many at once: it is given once.
    let single = published(&a, json!({ "capacity": 1 })).await;
    let first = party(&a, Who::Specialist, &single, ("首", 1)).await;
    for n in 0..4 {
        party(&a, Who::Specialist, &single, (&format!("候{n}"), 1)).await;
    }
    let mut tasks = Vec::new();
    for n in 0..6 {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let first = first.clone();
        tasks.push(tokio::spawn(async move { cancel(&world, Who::Specialist, &first).await }));
    }
    let mut done = 0;
    for task in tasks {
        done += i32::from(task.await.unwrap()["errors"] == json!([]));
    }
    assert_eq!(done, 1);
    let rows = line(&a, &single).await;
    assert_fifo(&rows, 1);
    assert_eq!(rows[1].state, RegistrationState::Registered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_moved_into_a_taken_room_keeps_the_old_one() {
    let (a, b) = World::new().await.pair().await;
    let mut rooms = Vec::new();
    for _ in 0..3 {
        let room = super::venues::room(&a, json!({})).await;
        rooms.push(room["id"].as_str().unwrap().to_owned());
    }
    let in_room = |room: &str| {
        let mut session = session(&a, 50);
        session["venueId"] = json!(room);
        json!({ "sessions": [session] })
    };
    published(&a, in_room(&rooms[0])).await;
    let other = published(&a, in_room(&rooms[1])).await;
    let session = &other["sessions"][0]["id"];
    let fields = format!("activity {{ {ACTIVITY} }}");
    let moved = json!({ "sessionId": session, "venueId": rooms[0], "expectedVersion": 2 });
    let refused = a.mutate(Who::Manager, "activitySessionChange", moved, &fields).await;
    assert_eq!(refused["errors"][0]["code"], "CONFLICT");
    let free = refused["errors"][0]["alternatives"].as_array().unwrap();
    assert_eq!(free.len(), 3, "{refused}");
    let near = &free[0];
    let input = json!({ "sessionId": session, "venueId": rooms[0], "expectedVersion": 2,
        "from": near["start"], "until": near["end"] });
    let other = a.mutate(Who::Manager, "activitySessionChange", input, &fields).await;
    assert_eq!(other["errors"], json!([]), "what is offered can be had");
    let back = json!({ "sessionId": session, "venueId": rooms[1], "expectedVersion": 3 });
    let other =
        a.mutate(Who::Manager, "activitySessionChange", back, &fields).await["activity"].clone();
    let moved = json!({ "sessionId": session, "venueId": rooms[0], "expectedVersion": 4,
        "from": hours(&a, 50), "until": hours(&a, 52) });
    let refused = a.mutate(Who::Manager, "activitySessionChange", moved, &fields).await;
    assert_eq!(refused["errors"][0]["code"], "CONFLICT");
    let now = look(&a, Who::Nobody, &other).await;
    assert_eq!((&now["sessions"], &now["version"]), (&other["sessions"], &json!(4)));
    consistent(&a).await;
    // Of many who move into one free room at once, one gets it.
    let mut tasks = Vec::new();
    for n in 0..6 {
        let activity =
            published(&a, json!({ "sessions": [super::activities::session(&a, 50)] })).await;
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let (fields, free) = (fields.clone(), rooms[2].clone());
        tasks.push(tokio::spawn(async move {
            let input = json!({ "sessionId": activity["sessions"][0]["id"], "venueId": free,
                "expectedVersion": activity["version"] });
            world.mutate(Who::Manager, "activitySessionChange", input, &fields).await
        }));
    }
    let mut won = 0;
    for task in tasks {
        let payload = task.await.unwrap();
        match payload["errors"].as_array().unwrap().first() {
            None => won += 1,
            Some(error) => assert_eq!(error["code"], "CONFLICT"),
        }
    }
    assert_eq!(won, 1);
    consistent(&a).await;
}

#[tokio::test]
async fn a_session_is_only_in_an_open_room_of_its_community_which_is_not_closed_over_it() {
    let world = World::new().await;
    let room = super::venues::room(&world, json!({})).await;
    let with = |room: &Value| {
        let mut session = session(&world, 50);
        session["venueId"] = room.clone();
        json!({ "sessions": [session] })
    };
    let refused = async |room: &Value| {
        let input = plan(&world, with(room)).await;
        world.mutate(Who::Manager, "activityCreate", input, "activity { id }").await["errors"][0]
            ["code"]
            .clone()
    };
    let nowhere = json!("ven_00000000000070008000000000000001");
    assert_eq!(refused(&nowhere).await, "UNKNOWN_REFERENCE");
    let held = published(&world, with(&room["id"])).await;
    let close = json!({ "id": room["id"], "expectedVersion": 1, "active": false });
    let shut = async |input: &Value| {
        world.mutate(Who::Manager, "venueChange", input.clone(), "venue { id }").await
    };
    assert_eq!(shut(&close).await["errors"][0]["code"], "IN_USE");
    stepped(&world, "activityCancel", &held, json!({ "reason": "停电" })).await;
    assert_eq!(shut(&close).await["errors"], json!([]));
    assert_eq!(refused(&room["id"]).await, "UNKNOWN_REFERENCE", "it is closed");
    assert_eq!(world.number("SELECT COUNT(*) FROM activity").await, 1, "nothing half done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn numbers_and_check_ins_are_given_once_from_everywhere() {
    let (a, b) = World::new().await.pair().await;
    let activity = published(&a, json!({ "kind": "FREE_CLINIC" })).await;
    let made = register(&a, Who::Resident, &activity, json!({})).await;
    begin(&a, &activity);
    let session = activity["sessions"][0]["id"].clone();
    let mut tasks = Vec::new();
    for n in 0..12 {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let (session, code) = (session.clone(), made["code"].clone());
        tasks.push(tokio::spawn(async move {
            let input = json!({ "sessionId": session, "code": code });
            let done =
                world.mutate(Who::Specialist, "activityCheckIn", input, "checkIn { id }").await;
            let input = json!({ "sessionId": session });
            let name = "activityTicketIssue";
            let given = world.mutate(Who::Colleague, name, input, "ticket { number }").await;
            (done["checkIn"]["id"].to_string(), given["ticket"]["number"].as_i64().unwrap())
        }));
    }
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for task in tasks {
        let (id, number) = task.await.unwrap();
        ids.push(id);
        numbers.push(number);
    }
    ids.dedup();
    numbers.sort_unstable();
    assert_eq!(ids.len(), 1);
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    let mut called = Vec::new();
    for (world, key) in [(&a, "first"), (&b, "second"), (&a, "second")] {
        let input = json!({ "sessionId": session, "idempotencyKey": key });
        let fields = "ticket { id number version }";
        let ticket = world.mutate(Who::Colleague, "activityTicketCall", input, fields).await;
        called.push(ticket["ticket"]["number"].clone());
    }
    assert_eq!(called, [json!(1), json!(2), json!(2)], "a retry calls no other");
    let other = published(&a, json!({})).await;
    let input = json!({ "sessionId": other["sessions"][0]["id"] });
    let none = a.mutate(Who::Colleague, "activityTicketIssue", input, "ticket { id }").await;
    assert_eq!(none["errors"][0]["code"], "INVALID_VALUE", "only where one walks in");
}

#[tokio::test]
async fn a_registration_of_a_record_that_was_linked_is_ones_own() {
    let world = World::new().await;
    let activity = published(&world, json!({})).await;
    let (earlier, facts) = world.earlier_record().await;
    let child = json!({ "name": "小明", "ageBand": "CHILD" });
    let more = json!({ "beneficiary": { "personId": earlier }, "members": [child] });
    let made = register(&world, Who::Specialist, &activity, more).await;
    world.link(facts).await;
    let shown = "code members { name } person { name }";
    let query = format!("{{ myActivityRegistrations {{ totalCount nodes {{ {shown} }} }} }}");
    let own = world.run(Who::Resident, &query, json!({})).await;
    let row = json!({ "code": made["code"], "members": [{ "name": "小明" }],
        "person": { "name": "Resident 全名" } });
    let wanted = json!({ "totalCount": 1, "nodes": [row] });
    assert_eq!(own["data"]["myActivityRegistrations"], wanted);
    let twice = try_register(&world, Who::Resident, &activity, json!({})).await;
    assert_eq!(twice["errors"][0]["code"], "ALREADY_REGISTERED");
    let input = json!({ "registrationId": made["id"], "expectedVersion": 1 });
    let fields = format!("registration {{ endedBy {shown} }}");
    let gone = world.mutate(Who::Resident, "activityRegistrationCancel", input, &fields).await;
    let gone = &gone["registration"];
    assert_eq!(
        (&gone["endedBy"], &gone["code"], &gone["members"][0]["name"]),
        (&json!("PARTY"), &made["code"], &json!("小明"))
    );
    consistent(&world).await;
}
