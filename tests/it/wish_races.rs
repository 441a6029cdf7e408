//! Wishes under many hands at once, on this instance and on another.

use std::sync::Arc;

use chrono::Duration;
use linli::{identity, kernel::Actor};
use linli_entity::{
    account,
    enums::{AccountState, ContactPreference, VolunteerState},
    ids::{AccountId, PersonId, VolunteerId},
    json::{Availability, Skills},
    person, volunteer,
};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::{
    wishes::{CLAIM, claimed, consistent, look, published, step, volunteer},
    world::{Who, World},
};

/// So many volunteers with accounts of their own; their access tokens.
async fn crowd(world: &World, many: usize) -> Vec<String> {
    let now = world.app.clock.now();
    let community = world.places().await.community;
    let (mut persons, mut accounts, mut volunteers) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..many {
        let phone = format!("+86137{n:08}");
        let person_id = PersonId(world.app.ids.uuid(now));
        persons.push(person::ActiveModel::from(person::Model {
            id: person_id,
            name: Some(format!("志愿者{n}")),
            phone: Some(phone.clone()),
            phone_verified: true,
            contact_preference: ContactPreference::Inbox,
            language: "zh-Hans".to_owned(),
            merged_into: None,
            created_at: now,
            version: 1,
        }));
        accounts.push(account::ActiveModel::from(account::Model {
            id: AccountId(world.app.ids.uuid(now)),
            person_id,
            phone,
            password_hash: "none".to_owned(),
            state: AccountState::Active,
            staff_name: None,
            created_at: now,
            password_changed_at: now,
        }));
        volunteers.push(volunteer::ActiveModel::from(volunteer::Model {
            id: VolunteerId(world.app.ids.uuid(now)),
            community_id: community,
            person_id,
            state: VolunteerState::Active,
            refused_because: None,
            skills: Skills::default(),
            availability: Availability::default(),
            created_at: now,
            accepted_at: Some(now),
            changed_at: now,
            version: 1,
        }));
    }
    let conn = world.app.db.writer();
    person::Entity::insert_many(persons).exec_without_returning(conn).await.unwrap();
    account::Entity::insert_many(accounts).exec_without_returning(conn).await.unwrap();
    volunteer::Entity::insert_many(volunteers).exec_without_returning(conn).await.unwrap();
    let mut tokens = Vec::with_capacity(many);
    for n in 0..many {
        let (actor, phone) = (Actor::System("test"), format!("+86137{n:08}"));
        let made = identity::service::admin_token(&world.app, &actor, &phone).await.unwrap();
        tokens.push(made.into_inner().access_token);
    }
    tokens
}

async fn claim_with(world: &World, token: &str, input: Value) -> Value {
    let query = "mutation($i: WishClaimInput!) { wishClaim(input: $i) { claim { id units } \
                 errors { code unitsLeft } } }";
    let answer = world.run_with(Some(token), query, json!({ "i": input })).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["wishClaim"].clone()
}

/// Everybody at once, on two instances in turn.
async fn all(
    (a, b): (&Arc<World>, &Arc<World>),
    tokens: Vec<String>,
    input: impl Fn(usize) -> Value,
) -> Vec<Value> {
    let mut tasks = Vec::new();
    for (n, token) in tokens.into_iter().enumerate() {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let input = input(n);
        tasks.push(tokio::spawn(async move { claim_with(&world, &token, input).await }));
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_five_hundred_who_claim_one_wish_one_gets_it() {
    let (a, b) = World::new().await.pair().await;
    let wish = published(&a, json!({})).await;
    let tokens = crowd(&a, 500).await;
    let answers = all((&a, &b), tokens, |_| json!({ "wishId": wish["id"] })).await;
    let won = answers.iter().filter(|p| p["errors"] == json!([])).count();
    let lost = answers.iter().filter(|p| p["errors"][0]["code"] == "CONFLICT").count();
    assert_eq!((won, lost), (1, 499));
    assert_eq!(a.number("SELECT COUNT(*) FROM wish_claim").await, 1);
    assert_eq!(a.number("SELECT COUNT(*) FROM event WHERE kind = 'WISH_CLAIMED'").await, 1);
    consistent(&a).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_schoolbags_are_twenty_whoever_claims_how_many() {
    let (a, b) = World::new().await.pair().await;
    let wish = published(&a, json!({ "quantity": 20 })).await;
    let tokens = crowd(&a, 60).await;
    let input = |n: usize| json!({ "wishId": wish["id"], "units": 1 + n % 3 });
    let answers = all((&a, &b), tokens.clone(), input).await;
    let units = |answers: &[Value]| -> i64 {
        answers.iter().filter_map(|p| p["claim"]["units"].as_i64()).sum()
    };
    for refused in answers.iter().filter(|p| p["claim"].is_null()) {
        assert_eq!(refused["errors"][0]["code"], "CONFLICT", "{refused}");
        assert!(refused["errors"][0]["unitsLeft"].as_i64().unwrap() < 3, "{refused}");
    }
    // Who was refused takes what is left, until nothing is.
    let mut got = units(&answers);
    for (n, answer) in answers.iter().enumerate() {
        if answer["claim"].is_null() && got < 20 {
            let again =
                claim_with(&b, &tokens[n], json!({ "wishId": wish["id"], "units": 1 })).await;
            got += units(&[again]);
        }
    }
    assert_eq!(got, 20);
    let held = "SELECT COALESCE(SUM(units), 0) FROM wish_claim WHERE state = 'HELD'";
    assert_eq!(a.number(held).await, 20);
    let late = claim_with(&a, &tokens[59], json!({ "wishId": wish["id"], "units": 1 })).await;
    assert!(["CONFLICT", "ALREADY_CLAIMED"].contains(&late["errors"][0]["code"].as_str().unwrap()));
    assert_eq!(look(&a, Who::Resident, &wish).await["state"], "CLAIMED");
    consistent(&a).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_release_and_a_claim_at_the_same_moment_leave_one_claim() {
    let (a, b) = World::new().await.pair().await;
    volunteer(&a, Who::Neighbour, &[]).await;
    let tokens = crowd(&a, 4).await;
    for round in 0..8 {
        let wish = published(&a, json!({})).await;
        let claim = claimed(&a, Who::Neighbour, &wish, json!({})).await;
        let releasing = {
            let (a, claim) = (a.clone(), claim.clone());
            tokio::spawn(async move {
                step(&a, Who::Neighbour, "wishClaimRelease", &claim, json!({})).await
            })
        };
        let answers = all((&b, &a), tokens.clone(), |_| json!({ "wishId": wish["id"] })).await;
        assert_eq!(releasing.await.unwrap()["errors"], json!([]));
        let won = answers.iter().filter(|p| p["errors"] == json!([])).count();
        assert!(won <= 1, "round {round}: {answers:?}");
        let held = format!(
            "SELECT COUNT(*) FROM wish_claim c JOIN wish w ON w.id = c.wish_id \
             WHERE c.state = 'HELD' AND w.number = '{}'",
            wish["number"].as_str().unwrap()
        );
        assert_eq!(a.number(&held).await, i64::try_from(won).unwrap());
        consistent(&a).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_lease_that_ends_while_it_is_renewed_is_one_or_the_other() {
    let (a, b) = World::new().await.pair().await;
    volunteer(&a, Who::Neighbour, &[]).await;
    for round in 0..6 {
        let wish = published(&a, json!({})).await;
        let claim = claimed(&a, Who::Neighbour, &wish, json!({})).await;
        // In every other round the renewal comes a moment before the end.
        let early = if round % 2 == 0 { Duration::zero() } else { Duration::milliseconds(1) };
        a.advance(Duration::days(14) - early);
        let worker = {
            let b = b.clone();
            tokio::spawn(async move {
                b.work().await;
            })
        };
        let renewed = step(&a, Who::Neighbour, "wishClaimRenew", &claim, json!({})).await;
        worker.await.unwrap();
        b.work().await;
        let now = look(&a, Who::Resident, &wish).await;
        let done = renewed["errors"] == json!([]);
        assert_eq!(done, round % 2 == 1, "{renewed}");
        let expected = if done { ("CLAIMED", "HELD") } else { ("PUBLISHED", "LAPSED") };
        assert_eq!(now["state"], expected.0);
        assert_eq!(now["claims"][0]["state"], expected.1);
        consistent(&a).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_devices_that_deliver_are_one_delivery() {
    let (a, b) = World::new().await.pair().await;
    volunteer(&a, Who::Neighbour, &[]).await;
    for _ in 0..5 {
        let wish = published(&a, json!({ "quantity": 2 })).await;
        let claim = claimed(&a, Who::Neighbour, &wish, json!({})).await;
        let mut tasks = Vec::new();
        for n in 0..6 {
            let world = if n % 2 == 0 { a.clone() } else { b.clone() };
            let claim = claim.clone();
            tasks.push(tokio::spawn(async move {
                let input = json!({ "id": claim["id"], "expectedVersion": claim["version"] });
                world.mutate(Who::Neighbour, "wishClaimDeliver", input, CLAIM).await
            }));
        }
        let mut done = 0;
        for task in tasks {
            let payload = task.await.unwrap();
            match payload["errors"][0]["code"].as_str() {
                None => done += 1,
                Some(code) => assert_eq!(code, "STALE_VERSION"),
            }
        }
        assert_eq!(done, 1);
        let now = look(&b, Who::Resident, &wish).await;
        assert_eq!((&now["state"], &now["unitsDelivered"]), (&json!("DELIVERED"), &json!(2)));
        consistent(&a).await;
    }
}
