//! Seats that are offered to the next in line, and kept for a time.

use chrono::{DateTime, Duration, Utc};
use linli_entity::enums::RegistrationState as State;
use serde_json::{Value, json};

use crate::{
    activities::{
        ACTIVITY, PARTY, begin, cancel, consistent, line, look, party, published, register,
        session, stepped,
    },
    world::{Who, World},
};

async fn accept(world: &World, who: Who, registration: &Value) -> Value {
    let input = json!({ "registrationId": registration["id"],
        "expectedVersion": registration["version"] });
    world.mutate(who, "activityOfferAccept", input, PARTY).await
}

/// One's own registration as it is now.
async fn mine(world: &World, who: Who) -> Value {
    let query = format!(
        "{{ myActivityRegistrations {{ nodes {{ {} }} }} }}",
        PARTY.trim_start_matches("registration {").trim_end_matches('}')
    );
    world.run(who, &query, json!({})).await["data"]["myActivityRegistrations"]["nodes"][0].clone()
}

async fn states(world: &World, activity: &Value) -> Vec<State> {
    line(world, activity).await.into_iter().map(|row| row.state).collect()
}

#[tokio::test]
async fn who_moves_up_says_whether_they_still_come() {
    let world = World::new().await;
    let activity = published(&world, json!({ "capacity": 2, "offerMinutes": 30 })).await;
    let first = party(&world, Who::Specialist, &activity, ("先", 2)).await;
    register(&world, Who::Neighbour, &activity, json!({})).await;
    register(&world, Who::Resident, &activity, json!({})).await;
    cancel(&world, Who::Specialist, &first).await;
    // One mutation, and the seats are nobody else's.
    assert_eq!(states(&world, &activity).await, [State::Cancelled, State::Offered, State::Offered]);
    let now = look(&world, Who::Nobody, &activity).await;
    assert_eq!((&now["freeSeats"], &now["waiting"]), (&json!(0), &json!(0)));
    let late = party(&world, Who::Specialist, &activity, ("后", 1)).await;
    assert_eq!(late["state"], "WAITING");
    consistent(&world).await;
    let offered = mine(&world, Who::Resident).await;
    let until: DateTime<Utc> = offered["offeredUntil"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, world.app.clock.now() + Duration::minutes(30));
    world.work().await;
    let told = world.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(told.contains("accept them by 2025-06-03 10:30"), "{told}");
    // Of others nobody learns anything.
    for who in [Who::Neighbour, Who::Stranger] {
        let query = "mutation($i: ActivityOfferAcceptInput!) { activityOfferAccept(input: $i) { errors { code } } }";
        let input = json!({ "i": { "registrationId": offered["id"], "expectedVersion": 2 } });
        let answer = world.run(who, query, input).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{who:?}");
    }
    let done = accept(&world, Who::Resident, &offered).await;
    assert_eq!(done["registration"]["state"], "REGISTERED");
    assert_eq!(done["registration"]["offeredUntil"], json!(null));
    let twice = accept(&world, Who::Resident, &done["registration"]).await;
    assert_eq!(twice["errors"][0]["code"], "ILLEGAL_TRANSITION");
    // Who declines makes room at once.
    let declined = cancel(&world, Who::Neighbour, &mine(&world, Who::Neighbour).await).await;
    assert_eq!(declined["registration"]["endedBy"], "PARTY");
    let after = [State::Cancelled, State::Cancelled, State::Registered, State::Offered];
    assert_eq!(states(&world, &activity).await, after);
    consistent(&world).await;
    // Who has not accepted is not let in.
    begin(&world, &activity);
    let code = late["code"].clone();
    let input = json!({ "sessionId": activity["sessions"][0]["id"], "code": code });
    let door = world.mutate(Who::Specialist, "activityCheckIn", input, "checkIn { id }").await;
    assert_ne!(door["errors"], json!([]), "{door}");
}

#[tokio::test]
async fn an_offer_that_nobody_takes_goes_on_to_the_next_until_registration_closes() {
    let world = World::new().await;
    // Registration closes in two hours, and it begins in three.
    let activity = published(&world, json!({ "capacity": 1, "offerMinutes": 60 })).await;
    let first = party(&world, Who::Specialist, &activity, ("先", 1)).await;
    register(&world, Who::Resident, &activity, json!({})).await;
    register(&world, Who::Neighbour, &activity, json!({})).await;
    party(&world, Who::Specialist, &activity, ("后", 1)).await;
    cancel(&world, Who::Specialist, &first).await;
    let offered = mine(&world, Who::Resident).await;
    world.advance(Duration::minutes(60));
    let late = accept(&world, Who::Resident, &offered).await;
    assert_eq!(late["errors"][0]["code"], "WINDOW_CLOSED", "the worker need not have come by");
    let other = world.another_instance().await;
    tokio::join!(world.work(), other.work());
    let next = [State::Cancelled, State::Cancelled, State::Offered, State::Waiting];
    assert_eq!(states(&world, &activity).await, next);
    assert_eq!(mine(&world, Who::Resident).await["endedBy"], "TIMEOUT");
    let over = "SELECT COUNT(*) FROM event WHERE kind = 'ACTIVITY_OFFER_EXPIRED'";
    assert_eq!(world.number(over).await, 1);
    consistent(&world).await;
    // The next offer ends as registration does: the seat stays empty, and the last one waits.
    world.advance(Duration::minutes(60));
    world.work().await;
    let last = [State::Cancelled, State::Cancelled, State::Cancelled, State::Waiting];
    assert_eq!(states(&world, &activity).await, last);
    consistent(&world).await;
    world.consistent().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepted_and_taken_back_at_the_same_moment() {
    let (a, b) = World::new().await.pair().await;
    for round in 0..6 {
        // The newest of one's registrations is the one of this round.
        a.advance(Duration::seconds(1));
        let activity = published(&a, json!({ "capacity": 1, "offerMinutes": 60 })).await;
        let first = party(&a, Who::Specialist, &activity, ("先", 1)).await;
        register(&a, Who::Resident, &activity, json!({})).await;
        register(&a, Who::Neighbour, &activity, json!({})).await;
        cancel(&a, Who::Specialist, &first).await;
        let offered = mine(&a, Who::Resident).await;
        let (x, y) = (a.clone(), b.clone());
        let (mine_a, mine_b) = (offered.clone(), offered);
        let accepting = tokio::spawn(async move { accept(&x, Who::Resident, &mine_a).await });
        let leaving = tokio::spawn(async move { cancel(&y, Who::Specialist, &mine_b).await });
        let (accepted, left) = (accepting.await.unwrap(), leaving.await.unwrap());
        let done = [&accepted, &left].map(|p| p["errors"] == json!([]));
        assert_eq!(done.iter().filter(|d| **d).count(), 1, "{round}: {accepted} {left}");
        let rest = if done[0] {
            [State::Cancelled, State::Registered, State::Waiting]
        } else {
            [State::Cancelled, State::Cancelled, State::Offered]
        };
        assert_eq!(states(&a, &activity).await, rest);
        consistent(&a).await;
    }
}

#[tokio::test]
async fn an_offer_ends_with_its_activity_and_never_outlives_the_begin() {
    let world = World::new().await;
    let more = json!({ "capacity": 1, "offerMinutes": 120, "sessions": [session(&world, 30)],
        "registrationClosesAt": world.app.clock.now() + Duration::hours(29) });
    let activity = published(&world, more).await;
    let first = party(&world, Who::Specialist, &activity, ("先", 1)).await;
    register(&world, Who::Resident, &activity, json!({})).await;
    cancel(&world, Who::Specialist, &first).await;
    world.advance(Duration::minutes(90));
    let earlier = world.app.clock.now() + Duration::minutes(10);
    // A session in ten minutes becomes the first one: the offer ends with its begin.
    let soon = json!({ "activityId": activity["id"], "expectedVersion": activity["version"],
        "session": { "from": earlier, "until": earlier + Duration::hours(1), "place": "社区广场" } });
    let fields = format!("activity {{ {ACTIVITY} }}");
    let added = world.mutate(Who::Manager, "activitySessionAdd", soon, &fields).await;
    assert_eq!(added["errors"], json!([]));
    let offered = mine(&world, Who::Resident).await;
    let until: DateTime<Utc> = offered["offeredUntil"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, earlier);
    let activity = &added["activity"];
    let cancelled = stepped(&world, "activityCancel", activity, json!({ "reason": "下雨" })).await;
    assert_eq!(cancelled["state"], "CANCELLED");
    let gone = mine(&world, Who::Resident).await;
    assert_eq!((&gone["state"], &gone["endedBy"]), (&json!("CANCELLED"), &json!("ACTIVITY")));
    let late = accept(&world, Who::Resident, &gone).await;
    assert_eq!(late["errors"][0]["code"], "ILLEGAL_TRANSITION");
    consistent(&world).await;
}
