//! The audit trail: found by what one looks for, and sealed.

use linli::{
    audit::{queries::verify, service::seal},
    identity::service::{NewGrant, grant},
    kernel::Actor,
};
use linli_entity::enums::Role;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::world::{Who, World};

const TRAIL: &str = "query($c: ID, $f: AuditFilterInput, $n: Int) { auditTrail(communityId: $c, \
                     filter: $f, first: $n) { nodes { kind aggregateId at } totalCount } }";

async fn trail(world: &World, who: Who, variables: Value) -> (i64, Vec<String>) {
    let answer = world.run(who, TRAIL, variables).await;
    let trail = &answer["data"]["auditTrail"];
    let nodes = trail["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let kinds = nodes.iter().map(|n| n["kind"].as_str().unwrap().to_owned()).collect();
    (trail["totalCount"].as_i64().unwrap(), kinds)
}

#[tokio::test]
async fn the_trail_is_filtered_and_counted() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let request = world.submit().await;
    world.advance(chrono::Duration::hours(1));
    let taken = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    world.advance(chrono::Duration::minutes(1));
    world.step(Who::Specialist, "serviceRequestStart", &taken, json!({})).await;
    world.submit().await;
    let ask = async |filter: Value| {
        trail(&world, Who::Auditor, json!({ "c": community, "f": filter, "n": 1 })).await
    };
    let (total, page) = ask(json!({ "aggregateId": request["id"] })).await;
    assert_eq!((total, page), (3, vec!["REQUEST_STARTED".to_owned()]));
    assert_eq!(ask(json!({ "kind": "REQUEST_SUBMITTED" })).await.0, 2);
    let actor = world.account(Who::Specialist).await.to_string();
    assert_eq!(ask(json!({ "actorId": actor })).await.0, 2);
    let hour = "2025-06-03T03:00:00Z";
    let (early, late) = (json!({ "until": hour }), json!({ "from": hour }));
    assert_eq!(ask(late).await.0, 3);
    assert_eq!(ask(early).await.0 + 3, ask(json!({})).await.0);
    let wrong = json!({ "c": community, "f": { "kind": "x'\u{0}" } });
    let refused = world.run(Who::Auditor, TRAIL, wrong).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{refused}");
}

#[tokio::test]
async fn the_auditor_of_a_community_sees_who_was_given_what_there() {
    let world = World::new().await;
    let community = world.places().await.community;
    let account = world.account(Who::Neighbour).await;
    let (scope, role) = (Some(community), Role::Auditor);
    let new = NewGrant { account, role, scope, valid_until: None, staff_name: None };
    grant(&world.app, &Actor::System("test"), new).await.unwrap();
    let account = world.account(Who::Resident).await.to_string();
    let input = json!({ "accountId": account, "role": "SPECIALIST", "scopeId": community.to_string(),
        "staffName": "新专员" });
    let made = world.mutate(Who::Admin, "roleGrant", input, "grant { id }").await;
    let input = json!({ "grantId": made["grant"]["id"] });
    world.mutate(Who::Admin, "roleRevoke", input, "grant { id }").await;
    let of = |kind: &str| json!({ "c": community.to_string(), "f": { "kind": kind } });
    let before = trail(&world, Who::Neighbour, of("ROLE_GRANTED")).await.0;
    assert!(before >= 2, "{before}");
    assert_eq!(trail(&world, Who::Neighbour, of("ROLE_REVOKED")).await.0, 1);
    let whole = world.run(Who::Neighbour, TRAIL, json!({})).await;
    assert_eq!(whole["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

async fn broken(world: &World) -> Vec<String> {
    let chains = verify(&world.app).await.unwrap();
    chains.into_iter().flat_map(|c| c.broken).collect()
}

async fn sql(world: &World, sql: &str) {
    let conn = world.app.db.writer();
    conn.execute_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
}

#[tokio::test]
async fn what_has_settled_is_sealed_once_and_a_changed_row_is_found() {
    let world = World::new().await;
    let request = world.submit().await;
    world.advance(chrono::Duration::minutes(10));
    assert_eq!(seal(&world.app).await.unwrap(), 0, "something may still come");
    world.advance(chrono::Duration::hours(1));
    world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    let (here, there) = (&world, world.another_instance().await);
    let (one, other) = tokio::join!(seal(&here.app), seal(&there.app));
    let batches = world.number("SELECT COUNT(*) FROM audit_seal").await;
    assert_eq!(one.unwrap() + other.unwrap(), usize::try_from(batches).unwrap());
    let taken = "SELECT COUNT(*) FROM event WHERE kind = 'REQUEST_TAKEN'";
    let all = world.number("SELECT COUNT(*) FROM event").await;
    let sealed = world.number("SELECT SUM(events) FROM audit_seal").await;
    assert!(sealed < all && world.number(taken).await == 1, "the newest is not sealed yet");
    world.advance(chrono::Duration::hours(2));
    world.work().await;
    assert!(world.number("SELECT MAX(number) + 0 FROM audit_seal").await >= 2);
    assert_eq!(broken(&world).await, Vec::<String>::new());

    sql(&world, "UPDATE event SET kind = 'REQUEST_STARTED' WHERE kind = 'REQUEST_TAKEN'").await;
    assert_eq!(broken(&world).await, ["batch 2: an event was changed"]);
    sql(&world, "UPDATE event SET kind = 'REQUEST_TAKEN' WHERE kind = 'REQUEST_STARTED'").await;
    assert_eq!(broken(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_row_that_comes_late_and_a_seal_that_is_missing_are_found() {
    let world = World::new().await;
    for _ in 0..3 {
        world.submit().await;
        world.advance(chrono::Duration::hours(2));
        world.work().await;
    }
    assert_eq!(broken(&world).await, Vec::<String>::new());
    let (c, there) = (world.places().await.community, "(SELECT community_id FROM matter LIMIT 1)");
    world.advance(chrono::Duration::hours(-4));
    world.submit().await;
    world.advance(chrono::Duration::hours(4));
    let late = broken(&world).await;
    assert_eq!(late.len(), 1, "{late:?} {c}");
    assert!(late[0].contains("events were sealed, there are"), "{late:?}");
    sql(&world, &format!("DELETE FROM audit_seal WHERE number = 2 AND chain = {there}")).await;
    let gone = broken(&world).await;
    assert!(gone.iter().any(|b| b.contains("batch 2 is missing")), "{gone:?}");
}
