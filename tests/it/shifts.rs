//! Shifts: who gets the last place, who sees who comes, what a cancelled one does.

use chrono::{Duration, NaiveDate};
use serde_json::{Value, json};

use crate::{
    hours,
    venues::{at, text},
    volunteers::{active, code, community, consistent, crowd, refused, team, versioned, with},
    world::{Who, World},
};

const SHIFT: &str =
    "id state taken needed signedUp version from until title availableActions volunteers { name }";

pub async fn shift_input(world: &World, more: Value) -> Value {
    let input = json!({ "communityId": community(world).await, "titles": { "zhHans": "值守", "en": "Help desk" },
        "place": "一楼", "from": text(at(24 * 60)), "until": text(at(26 * 60)), "needed": 3 });
    with(input, more)
}

/// Shifts that are planned.
pub async fn series(world: &World, more: Value) -> Vec<Value> {
    let input = shift_input(world, more).await;
    let fields = format!("shifts {{ {SHIFT} }}");
    let made = world.mutate(Who::Manager, "shiftCreate", input, &fields).await;
    assert_eq!(made["errors"], json!([]));
    made["shifts"].as_array().unwrap().clone()
}

/// A shift of tomorrow, 10:00 to 12:00.
pub async fn planned(world: &World, more: Value) -> Value {
    series(world, more).await.remove(0)
}

pub async fn try_sign_up(world: &World, who: Who, shift: &Value) -> Value {
    let fields = format!("shift {{ {SHIFT} }}");
    world.mutate(who, "shiftSignUp", json!({ "shiftId": shift["id"] }), &fields).await
}

pub async fn sign_up(world: &World, who: Who, shift: &Value) -> Value {
    let done = try_sign_up(world, who, shift).await;
    assert_eq!(done["errors"], json!([]));
    world.advance(Duration::seconds(1));
    done["shift"].clone()
}

async fn look(world: &World, who: Who, shift: &Value) -> Value {
    let query = format!("query($id: ID!) {{ shift(id: $id) {{ {SHIFT} }} }}");
    let answer = world.run(who, &query, json!({ "id": shift["id"] })).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["shift"].clone()
}

#[tokio::test]
async fn one_signs_up_and_off_and_is_in_one_place_at_a_time() {
    let world = World::new().await;
    let shift = planned(&world, json!({})).await;
    let wanted = json!({ "shiftId": shift["id"] });
    assert_eq!(refused(&world, Who::Resident, "shiftSignUp", wanted.clone()).await, "FORBIDDEN");
    active(&world, Who::Resident).await;
    assert_eq!(look(&world, Who::Resident, &shift).await["availableActions"], json!(["SIGN_UP"]));
    let seen = sign_up(&world, Who::Resident, &shift).await;
    assert_eq!((&seen["taken"], &seen["signedUp"]), (&json!(1), &json!(true)));
    assert_eq!(seen["availableActions"], json!(["SIGN_OFF"]));
    assert_eq!(seen["version"], 1, "who comes makes no version");
    assert_eq!(code(&try_sign_up(&world, Who::Resident, &shift).await), "CONFLICT");
    let overlapping = json!({ "from": text(at(25 * 60)), "until": text(at(26 * 60)) });
    let other = planned(&world, overlapping).await;
    assert_eq!(code(&try_sign_up(&world, Who::Resident, &other).await), "SHIFT_OVERLAPS");
    let behind = json!({ "from": text(at(26 * 60)), "until": text(at(27 * 60)) });
    sign_up(&world, Who::Resident, &planned(&world, behind).await).await;
    let own = "{ ownShifts { totalCount nodes { from } } }";
    let seen = world.run(Who::Resident, own, json!({})).await["data"]["ownShifts"].clone();
    assert_eq!(seen["totalCount"], 2);
    assert!(seen["nodes"][0]["from"].as_str() < seen["nodes"][1]["from"].as_str());
    assert_eq!(refused(&world, Who::Resident, "shiftSignOff", wanted.clone()).await, "none");
    assert_eq!(
        refused(&world, Who::Resident, "shiftSignOff", wanted.clone()).await,
        "NOT_SIGNED_UP"
    );
    sign_up(&world, Who::Resident, &other).await;
    world.advance(Duration::hours(25));
    let late = json!({ "shiftId": other["id"] });
    assert_eq!(refused(&world, Who::Resident, "shiftSignOff", late).await, "WINDOW_CLOSED");
    consistent(&world).await;
}

#[tokio::test]
async fn who_comes_is_shown_to_who_comes_and_to_managers() {
    let world = World::new().await;
    let shift = planned(&world, json!({})).await;
    for who in [Who::Resident, Who::Neighbour] {
        active(&world, who).await;
        sign_up(&world, who, &shift).await;
    }
    active(&world, Who::Colleague).await;
    let names = json!([{ "name": "R**" }, { "name": "N**" }]);
    assert_eq!(look(&world, Who::Manager, &shift).await["volunteers"], names);
    let own = json!([{ "name": "Resident 全名" }, { "name": "N**" }]);
    assert_eq!(look(&world, Who::Resident, &shift).await["volunteers"], own);
    for who in [Who::Nobody, Who::Colleague, Who::Specialist, Who::Admin] {
        let seen = look(&world, who, &shift).await;
        assert_eq!((&seen["volunteers"], &seen["taken"]), (&json!(null), &json!(2)), "{who:?}");
    }
    let query = "query($c: ID!, $u: NaiveDate!) { shifts(communityId: $c, from: \"2025-06-03\", until: $u) { \
                 totalCount nodes { title } } }";
    for (until, count) in
        [("2025-06-03", json!(0)), ("2025-06-04", json!(1)), ("2025-08-04", json!(null))]
    {
        let variables = json!({ "c": community(&world).await, "u": until });
        let seen = world.run(Who::Nobody, query, variables).await;
        assert_eq!(seen["data"]["shifts"]["totalCount"], count, "{seen}");
    }
}

#[tokio::test]
async fn shifts_are_planned_by_managers_to_come_and_week_by_week() {
    let world = World::new().await;
    let input = shift_input(&world, json!({})).await;
    for who in [Who::Resident, Who::Specialist, Who::Stranger] {
        assert_eq!(
            refused(&world, who, "shiftCreate", input.clone()).await,
            "FORBIDDEN",
            "{who:?}"
        );
    }
    for more in [
        json!({ "from": text(at(0)) }),
        json!({ "until": text(at(24 * 60)) }),
        json!({ "until": text(at(36 * 60 + 1)) }),
        json!({ "needed": 0 }),
        json!({ "needed": 201 }),
        json!({ "repeatUntil": "2025-12-31" }),
    ] {
        let wrong = with(input.clone(), more.clone());
        assert_eq!(
            refused(&world, Who::Manager, "shiftCreate", wrong).await,
            "INVALID_VALUE",
            "{more}"
        );
    }
    let keyed = json!({ "repeatUntil": "2025-06-25", "idempotencyKey": "k" });
    let four = series(&world, keyed.clone()).await;
    assert_eq!(four, series(&world, keyed).await);
    let days: Vec<NaiveDate> =
        four.iter().map(|s| s["from"].as_str().unwrap()[..10].parse().unwrap()).collect();
    assert_eq!(days.len(), 4);
    assert!(days.windows(2).all(|w| w[1] - w[0] == Duration::days(7)));
    assert_eq!(world.number("SELECT COUNT(DISTINCT series_id) FROM volunteer_shift").await, 1);
}

#[tokio::test]
async fn a_cancelled_shift_tells_who_was_signed_up_and_frees_their_time() {
    let world = World::new().await;
    let shift = planned(&world, json!({})).await;
    for who in [Who::Resident, Who::Neighbour] {
        active(&world, who).await;
        sign_up(&world, who, &shift).await;
    }
    let off = json!({ "shiftId": shift["id"] });
    assert_eq!(refused(&world, Who::Neighbour, "shiftSignOff", off).await, "none");
    let stop = versioned(&shift);
    assert_eq!(refused(&world, Who::Resident, "shiftCancel", stop.clone()).await, "FORBIDDEN");
    let fields = format!("shift {{ {SHIFT} }}");
    let done = world.mutate(Who::Manager, "shiftCancel", stop.clone(), &fields).await;
    assert_eq!(
        (&done["shift"]["state"], &done["shift"]["taken"]),
        (&json!("CANCELLED"), &json!(0))
    );
    assert_eq!(refused(&world, Who::Manager, "shiftCancel", stop).await, "STALE_VERSION");
    let text = world.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(text.contains("Help desk") && text.contains("2025-06-04 10:00"), "{text}");
    let told = "SELECT COUNT(*) FROM inbox_message WHERE kind = 'SHIFT_CANCELLED'";
    assert_eq!(world.number(told).await, 1, "not who had signed off before");
    assert_eq!(code(&try_sign_up(&world, Who::Resident, &shift).await), "ILLEGAL_TRANSITION");
    sign_up(&world, Who::Resident, &planned(&world, json!({})).await).await;
    consistent(&world).await;
}

#[tokio::test]
async fn one_checks_in_for_a_shift_around_its_time() {
    let world = World::new().await;
    let leader = active(&world, Who::Resident).await;
    active(&world, Who::Neighbour).await;
    let team = team(&world, &[&leader]).await;
    let shift = planned(&world, json!({ "teamId": team["id"] })).await;
    sign_up(&world, Who::Neighbour, &shift).await;
    let input = json!({ "communityId": community(&world).await, "shiftId": shift["id"] });
    assert_eq!(
        refused(&world, Who::Resident, "hoursCheckIn", input.clone()).await,
        "NOT_SIGNED_UP"
    );
    assert_eq!(refused(&world, Who::Neighbour, "hoursCheckIn", input).await, "WINDOW_CLOSED");
    world.advance(Duration::hours(23));
    let seen = look(&world, Who::Neighbour, &shift).await;
    assert_eq!(seen["availableActions"], json!(["SIGN_OFF", "CHECK_IN"]));
    let row = hours::check_in(&world, Who::Neighbour, json!({ "shiftId": shift["id"] })).await;
    assert_eq!(row["team"]["id"], team["id"], "a team's shift is the team's work");
    world.advance(Duration::hours(2));
    hours::check_out(&world, Who::Neighbour, &row).await;
    consistent(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_thirty_who_want_five_places_five_get_one() {
    let (a, b) = World::new().await.pair().await;
    let shift = planned(&a, json!({ "needed": 5 })).await;
    let mut tasks = Vec::new();
    for (n, token) in crowd(&a, 30).await.into_iter().enumerate() {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let input = json!({ "i": { "shiftId": shift["id"] } });
        tasks.push(tokio::spawn(async move {
            let query =
                "mutation($i: ShiftSignUpInput!) { shiftSignUp(input: $i) { errors { code } } }";
            world.run_with(Some(&token), query, input).await["data"]["shiftSignUp"].clone()
        }));
    }
    let mut got = 0;
    for task in tasks {
        match code(&task.await.unwrap()) {
            "none" => got += 1,
            other => assert_eq!(other, "CONFLICT"),
        }
    }
    assert_eq!(got, 5);
    assert_eq!(a.number("SELECT taken FROM volunteer_shift").await, 5);
    let names = look(&a, Who::Manager, &shift).await["volunteers"].as_array().unwrap().len();
    assert_eq!(names, 5);
    consistent(&a).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_volunteer_on_many_devices_is_in_one_of_overlapping_shifts() {
    let (a, b) = World::new().await.pair().await;
    active(&a, Who::Resident).await;
    let mut tasks = Vec::new();
    for n in 0..8 {
        let more =
            json!({ "from": text(at(24 * 60 + 10 * n)), "until": text(at(26 * 60 + 10 * n)) });
        let shift = planned(&a, more).await;
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        tasks.push(async move { try_sign_up(&world, Who::Resident, &shift).await });
    }
    let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut got = 0;
    for task in tasks {
        match code(&task.await.unwrap()) {
            "none" => got += 1,
            other => assert_eq!(other, "SHIFT_OVERLAPS"),
        }
    }
    assert_eq!(got, 1);
    consistent(&a).await;
}
