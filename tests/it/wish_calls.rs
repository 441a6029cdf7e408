//! Wishers who want to be called or visited: staff owe them that, and time waits for it.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{enums::ContactPreference, person};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use crate::{
    wishes::{claimed, fault, made_by, step, volunteer},
    world::{Who, World},
};

const DONE: &str =
    "SELECT COUNT(*) FROM event WHERE kind = 'CONTACT_TASK_DONE' AND aggregate = 'wish'";

/// A wish that staff entered for somebody who wants visits and has no phone; open to all.
async fn of_a_neighbour_without_a_phone(world: &World) -> Value {
    let person = json!({ "name": "周奶奶", "contactPreference": "VISIT" });
    let wish = made_by(world, Who::Specialist, json!({ "beneficiary": person })).await;
    opened(world, &wish).await
}

async fn opened(world: &World, wish: &Value) -> Value {
    let card = json!({ "card": { "zhHans": "需要书包" }, "handOver": "STATION" });
    let wish = step(world, Who::Manager, "wishVerify", wish, card).await["wish"].clone();
    step(world, Who::Manager, "wishPublish", &wish, json!({})).await["wish"].clone()
}

/// The open tasks of the community, oldest first.
async fn tasks(world: &World, who: Who) -> Value {
    let query = "query($c: ID!) { contactTasks(communityId: $c) { nodes { way requestId wishId id } totalCount } }";
    let community = world.places().await.community.to_string();
    let answer = world.run(who, query, json!({ "c": community })).await;
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => json!(code),
        None => {
            let list = &answer["data"]["contactTasks"];
            assert_eq!(list["totalCount"], list["nodes"].as_array().unwrap().len());
            list["nodes"].clone()
        }
    }
}

async fn complete(world: &World, who: Who, task: &Value) -> Value {
    let fields = "contactTask { wishId requestId doneAt }";
    world.mutate(who, "contactTaskComplete", json!({ "id": task["id"] }), fields).await
}

async fn claim_in_state(world: &World, state: &str) -> bool {
    world.number(&format!("SELECT COUNT(*) FROM wish_claim WHERE state = '{state}'")).await == 1
}

async fn due_at(world: &World, claim: &Value) -> DateTime<Utc> {
    let query = "query($id: ID!) { wishClaim(id: $id) { dueAt } }";
    let answer = world.run(Who::Neighbour, query, json!({ "id": claim["id"] })).await;
    answer["data"]["wishClaim"]["dueAt"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn who_has_to_be_visited_has_seven_days_from_being_told() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let wish = of_a_neighbour_without_a_phone(&world).await;
    world.work().await;
    assert_eq!(tasks(&world, Who::Specialist).await, json!([]), "they were there");
    let claim = claimed(&world, Who::Neighbour, &wish, json!({})).await;
    world.work().await;
    world.advance(Duration::seconds(1));
    step(&world, Who::Neighbour, "wishClaimDeliver", &claim, json!({})).await;
    world.work().await;
    let owed = tasks(&world, Who::Specialist).await;
    assert_eq!(owed.as_array().unwrap().len(), 2, "claimed and delivered: {owed}");
    for task in owed.as_array().unwrap() {
        assert_eq!(task["way"], "VISIT");
        assert_eq!((&task["wishId"], &task["requestId"]), (&wish["id"], &json!(null)));
    }
    // Nobody else's business.
    for who in [Who::Stranger, Who::Neighbour, Who::Secretary, Who::Overseer] {
        let seen = tasks(&world, who).await;
        assert!(seen.is_string() || seen == json!([]), "{who:?}: {seen}");
        let refused = fault(&world, who, "contactTaskComplete", json!({ "id": owed[1]["id"] }));
        assert!(["NOT_FOUND", "FORBIDDEN"].contains(&refused.await.as_str()), "{who:?}");
    }
    // Nobody has come by yet: that is no silence.
    for _ in 0..9 {
        world.advance(Duration::days(1));
        world.work().await;
        assert!(claim_in_state(&world, "DELIVERED").await);
    }
    // That it was claimed is one thing, that it is delivered another.
    complete(&world, Who::Colleague, &owed[0]).await;
    let now = world.app.clock.now();
    assert!(due_at(&world, &claim).await <= now + Duration::days(1));
    let done = complete(&world, Who::Specialist, &owed[1]).await;
    assert_eq!(done["contactTask"]["wishId"], wish["id"], "{done}");
    assert_eq!(due_at(&world, &claim).await, now + Duration::days(7));
    assert_eq!(tasks(&world, Who::Specialist).await, json!([]));
    let again = complete(&world, Who::Specialist, &owed[1]).await;
    assert_eq!(again["errors"][0]["code"], "ILLEGAL_TRANSITION");
    assert_eq!(world.number(DONE).await, 2);
    world.advance(Duration::days(6));
    world.work().await;
    assert!(claim_in_state(&world, "DELIVERED").await);
    world.advance(Duration::days(2));
    world.work().await;
    assert!(claim_in_state(&world, "UNCONFIRMED").await);
    world.work().await;
    let owed = tasks(&world, Who::Manager).await;
    assert_eq!(owed.as_array().unwrap().len(), 1, "that it was closed: {owed}");
    crate::wishes::consistent(&world).await;
}

#[tokio::test]
async fn of_what_was_refused_and_delivered_again_the_latest_counts() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let wish = of_a_neighbour_without_a_phone(&world).await;
    let claim = claimed(&world, Who::Neighbour, &wish, json!({})).await;
    let deliver = "wishClaimDeliver";
    let claim = step(&world, Who::Neighbour, deliver, &claim, json!({})).await["claim"].clone();
    world.work().await;
    let no = json!({ "reason": "还没收到", "recorded": true });
    let claim = step(&world, Who::Specialist, "wishClaimRefuse", &claim, no).await["claim"].clone();
    world.advance(Duration::days(1));
    let claim = step(&world, Who::Neighbour, deliver, &claim, json!({})).await["claim"].clone();
    world.work().await;
    let owed = tasks(&world, Who::Specialist).await;
    assert_eq!(owed.as_array().unwrap().len(), 3, "{owed}");
    world.advance(Duration::days(3));
    // Of the first delivery; of the second nothing was said with it.
    let before = due_at(&world, &claim).await;
    complete(&world, Who::Specialist, &owed[1]).await;
    assert_eq!(due_at(&world, &claim).await, before);
    complete(&world, Who::Specialist, &owed[2]).await;
    assert_eq!(due_at(&world, &claim).await, world.app.clock.now() + Duration::days(7));
}

#[tokio::test]
async fn staff_who_wish_are_told_by_somebody_else() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let wish = made_by(&world, Who::Specialist, json!({})).await;
    let phone = Who::Specialist.phone();
    let account = linli::identity::queries::account_by_phone(&world.app, &phone);
    let person = account.await.unwrap().unwrap().person_id;
    let call = ContactPreference::Call;
    person::Entity::update_many()
        .col_expr(person::Column::ContactPreference, Expr::value(call))
        .filter(person::Column::Id.eq(person))
        .exec(world.app.db.writer())
        .await
        .unwrap();
    let wish = opened(&world, &wish).await;
    world.work().await;
    let before = world.last_sms(&phone).await;
    claimed(&world, Who::Neighbour, &wish, json!({})).await;
    world.work().await;
    assert_eq!(world.last_sms(&phone).await, before, "a call, not a text");
    assert_eq!(tasks(&world, Who::Specialist).await, json!([]));
    let owed = tasks(&world, Who::Colleague).await;
    assert_eq!((&owed[0]["way"], &owed[0]["wishId"]), (&json!("CALL"), &wish["id"]));
    let own = json!({ "id": owed[0]["id"] });
    assert_eq!(fault(&world, Who::Specialist, "contactTaskComplete", own).await, "FORBIDDEN");
    let done = complete(&world, Who::Colleague, &owed[0]).await;
    assert_eq!(done["errors"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_complete_a_task_at_once_one_did() {
    let (a, b) = World::new().await.pair().await;
    volunteer(&a, Who::Neighbour, &[]).await;
    let wish = of_a_neighbour_without_a_phone(&a).await;
    claimed(&a, Who::Neighbour, &wish, json!({})).await;
    a.work().await;
    let task = tasks(&a, Who::Specialist).await[0].clone();
    let (one, other) =
        tokio::join!(complete(&a, Who::Specialist, &task), complete(&b, Who::Colleague, &task));
    let mut codes = [&one, &other].map(|p| p["errors"][0]["code"].as_str().unwrap_or("done"));
    codes.sort_unstable();
    assert_eq!(codes, ["ILLEGAL_TRANSITION", "done"]);
    assert_eq!(a.number(DONE).await, 1);
}
