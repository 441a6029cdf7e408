//! Offices of blocks over time, blocks that are closed and opened again, and how much it takes to read them.

use std::sync::atomic::Ordering;

use chrono::Duration;
use linli::kernel::Actor;
use linli_entity::{enums::Role, ids::PlaceId};
use sea_orm::DbBackend;
use serde_json::{Value, json};

use crate::{
    blocks::{TERM, ask, begun, block, change, changed, code, day, ending, square, standing_in},
    statements,
    world::{Who, World},
};

const DEPUTY: &str = "DEPUTY_BLOCK_LEAD";

/// Lets somebody be a deputy from a day on; returns the payload.
async fn deputy(world: &World, block: &Value, whom: Who, from: i64) -> Value {
    let account = world.account(whom).await.to_string();
    let input = json!({ "placeId": block["id"], "role": DEPUTY, "accountId": account,
        "from": day(world, from) });
    world.mutate(Who::Manager, "officeTermBegin", input, TERM).await
}

/// Ends a term on a day; returns the payload.
async fn end(world: &World, term: &Value, until: i64) -> Value {
    let mut input = ending(term, "TERM_OVER");
    input["until"] = json!(day(world, until));
    world.mutate(Who::Manager, "officeTermEnd", input, TERM).await
}

async fn place(world: &World, block: &Value, version: i32, active: bool) -> Value {
    let input = json!({ "id": block["id"], "expectedVersion": version, "active": active });
    world.mutate(Who::Manager, "placeChange", input, "place { active }").await
}

#[tokio::test]
async fn a_seat_that_somebody_left_is_free_and_a_term_can_always_end_sooner() {
    let world = World::new().await;
    let block = block(&world).await;
    let first = begun(&world, &block, DEPUTY, Who::Resident).await;
    let second = begun(&world, &block, DEPUTY, Who::Neighbour).await;
    let third = begun(&world, &block, DEPUTY, Who::Specialist).await;
    world.advance(Duration::days(10));
    assert_eq!(end(&world, &first, 0).await["errors"], json!([]));
    let fourth = begun(&world, &block, DEPUTY, Who::Colleague).await;
    world.advance(Duration::days(10));
    // Four have been deputies since the second began, but never more than three at a time.
    assert_eq!(end(&world, &second, 0).await["errors"], json!([]));

    // Somebody ahead, in the seat of somebody whose end is known.
    let third = end(&world, &third, 10).await["term"].clone();
    assert_eq!(deputy(&world, &block, Who::Stranger, 0).await["errors"], json!([]));
    assert_eq!(deputy(&world, &block, Who::Officer, 9).await["errors"][0]["code"], "OFFICE_TAKEN");
    assert_eq!(deputy(&world, &block, Who::Officer, 10).await["errors"], json!([]));
    let longer = end(&world, &third, 11).await;
    assert_eq!(longer["errors"][0]["code"], "OFFICE_TAKEN", "{longer}");
    let sooner = end(&world, &third, 5).await;
    assert_eq!(sooner["errors"], json!([]));
    assert_eq!(end(&world, &sooner["term"], 10).await["errors"], json!([]), "and back again");
    assert_eq!(end(&world, &fourth, 3).await["errors"], json!([]));
}

#[tokio::test]
async fn whoever_begins_a_term_does_not_wait_for_whoever_draws_a_block() {
    let world = World::new().await;
    if world.app.db.backend() != DbBackend::Postgres {
        // SQLite has one writer.
        return;
    }
    let (block, community) = (block(&world).await, world.places().await.community);
    let system = Actor::System("test");
    let tx = world.app.begin(&system).await.unwrap();
    linli::communities::queries::active_community(&tx, community).await.unwrap();
    let begun = begun(&world, &block, "BLOCK_LEAD", Who::Colleague);
    tokio::time::timeout(std::time::Duration::from_secs(30), begun).await.unwrap();
}

#[tokio::test]
async fn a_block_that_is_closed_keeps_its_area_and_nobody_in_office() {
    let world = World::new().await;
    let (first, second) = (block(&world).await, block(&world).await);
    changed(&world, &first, 0, json!({ "area": square(0, 0, 4) })).await;
    let term = begun(&world, &first, "BLOCK_LEAD", Who::Colleague).await;
    assert_eq!(place(&world, &first, 1, false).await["errors"][0]["code"], "OFFICE_HELD");
    let ahead = end(&world, &term, 9).await["term"].clone();
    assert_eq!(place(&world, &first, 1, false).await["errors"][0]["code"], "OFFICE_HELD");
    assert_eq!(end(&world, &ahead, 0).await["errors"], json!([]));
    // Who is to come is in office soon; who was to come by mistake never is.
    let later = deputy(&world, &first, Who::Stranger, 5).await["term"].clone();
    assert_eq!(place(&world, &first, 1, false).await["errors"][0]["code"], "OFFICE_HELD");
    world.mutate(Who::Manager, "officeTermEnd", ending(&later, "MISTAKE"), TERM).await;
    assert_eq!(place(&world, &first, 1, false).await["place"]["active"], false);

    // What is drawn over it would lie in it when it is opened again.
    let refused = change(&world, &second, 0, json!({ "area": square(0, 0, 4) })).await;
    assert_eq!(refused["errors"][0]["code"], "BLOCKS_OVERLAP");
    changed(&world, &first, 1, json!({ "area": null })).await;
    changed(&world, &second, 0, json!({ "area": square(0, 0, 4) })).await;
    assert_eq!(place(&world, &first, 2, true).await["place"]["active"], true);
    let refused = change(&world, &first, 2, json!({ "area": square(0, 0, 4) })).await;
    assert_eq!(refused["errors"][0]["code"], "BLOCKS_OVERLAP");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_block_that_is_closed_and_a_term_that_begins_there_at_once_one_is_done() {
    let (a, b) = World::new().await.pair().await;
    for _ in 0..5 {
        let block = block(&a).await;
        let (world, closed) = (a.clone(), block.clone());
        let closing = tokio::spawn(async move { place(&world, &closed, 1, false).await });
        let answer = ask(&b, Who::Manager, &block, "BLOCK_LEAD", Who::Colleague).await;
        let closing = closing.await.unwrap()["errors"][0]["code"].clone();
        match (closing.as_str(), code(&answer, "officeTermBegin").as_str()) {
            (None, "BAD_SCOPE") | (Some("OFFICE_HELD"), "none") => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_another_instance_closed_is_closed() {
    let (a, b) = World::new().await.pair().await;
    let community = a.places().await.community.to_string();
    let input = json!({ "kind": "SERVICE_STATION", "code": "S1", "parentId": community,
        "names": { "zhHans": "服务站" } });
    let station = a.mutate(Who::Manager, "placeCreate", input, "place { id }").await;
    let station = station["place"].clone();
    let block = block(&a).await;
    // Both are remembered.
    changed(&a, &block, 0, json!({ "stationId": station["id"] })).await;
    let query = "query($b: ID!) { block(id: $b) { active station { active } } }";
    let seen = a.run(Who::Nobody, query, json!({ "b": block["id"] })).await;
    let open = json!({ "active": true, "station": { "active": true } });
    assert_eq!(seen["data"]["block"], open);
    for closed in [&block, &station] {
        assert_eq!(place(&b, closed, 1, false).await["errors"], json!([]));
    }
    let begun = ask(&a, Who::Manager, &block, "BLOCK_LEAD", Who::Colleague).await;
    assert_eq!(code(&begun, "officeTermBegin"), "BAD_SCOPE");
    let refused = change(&a, &block, 1, json!({ "stationId": station["id"] })).await;
    assert_eq!(refused["errors"][0]["code"], "UNKNOWN_REFERENCE");
}

#[tokio::test]
async fn addresses_stay_in_the_order_in_which_they_were_sent() {
    let world = World::new().await;
    let block = block(&world).await;
    for version in 0..2 {
        let sent: Vec<String> =
            (0..40).map(|n| format!("第{}街", (n * 17 + version) % 40)).collect();
        let lines: Vec<Value> = sent.iter().map(|street| json!({ "street": street })).collect();
        let made = changed(&world, &block, version, json!({ "addresses": lines })).await;
        let shown = made["addresses"].as_array().unwrap();
        let shown: Vec<&str> = shown.iter().map(|a| a["street"].as_str().unwrap()).collect();
        assert_eq!(shown, sent);
    }
}

#[tokio::test]
async fn whoever_is_locked_out_of_their_account_answers_for_nothing() {
    let world = World::new().await;
    let block = block(&world).await;
    let term = begun(&world, &block, "BLOCK_LEAD", Who::Colleague).await;
    let input = standing_in(&world, &term, Who::Stranger, (0, 9)).await;
    world.mutate(Who::Manager, "officeStandInSet", input, TERM).await;
    let other = begun(&world, &block, DEPUTY, Who::Neighbour).await;
    assert_eq!(other["staff"]["name"], "Neighbour");
    let lock = async |who: Who, name: &str| {
        let input = json!({ "accountId": world.account(who).await.to_string() });
        let done = world.mutate(Who::Admin, name, input, "account { state }").await;
        assert_eq!(done["errors"], json!([]));
    };
    let scope: PlaceId = block["id"].as_str().unwrap().parse().unwrap();
    let seen = async || {
        let query = "query($id: ID!) { block(id: $id) { lead { staff { name } standIn { staff { name } } } \
                     deputies { staff { name } } } }";
        let answer = world.run(Who::Nobody, query, json!({ "id": block["id"] })).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        let block = answer["data"]["block"].clone();
        let (conn, now) = (world.app.db.reader(), world.app.clock.now());
        let told =
            linli::blocks::queries::office_holders(conn, &[Role::BlockLead], &[scope], now).await;
        (block, told.unwrap().remove(&scope).unwrap_or_default())
    };
    let named = |name: &str| json!({ "staff": { "name": name } });
    let (lead, stand_in) =
        (world.account(Who::Colleague).await, world.account(Who::Stranger).await);
    let (shown, told) = seen().await;
    assert_eq!(shown["lead"]["staff"]["name"], "Colleague");
    assert_eq!(shown["deputies"], json!([named("Neighbour")]));
    assert_eq!(told, [lead, stand_in]);

    lock(Who::Colleague, "accountLock").await;
    lock(Who::Neighbour, "accountLock").await;
    let (shown, told) = seen().await;
    assert_eq!(shown["lead"], json!({ "staff": null, "standIn": named("Stranger") }));
    assert_eq!(shown["deputies"], json!([]));
    assert_eq!(told, [stand_in]);

    lock(Who::Stranger, "accountLock").await;
    let (shown, told) = seen().await;
    assert_eq!((&shown["lead"], told.len()), (&Value::Null, 0));
    // Whoever manages them sees who has it.
    let query = "query($id: ID!) { officeTerms(placeId: $id) { nodes { role staff { name } } } }";
    let kept = world.run(Who::Manager, query, json!({ "id": block["id"] })).await;
    let nodes = kept["data"]["officeTerms"]["nodes"].as_array().unwrap();
    assert!(nodes.iter().any(|n| n["staff"]["name"] == "Colleague"), "{kept}");

    lock(Who::Colleague, "accountUnlock").await;
    let (shown, told) = seen().await;
    assert_eq!(shown["lead"], json!({ "staff": { "name": "Colleague" }, "standIn": null }));
    assert_eq!(told, [lead]);
}

#[tokio::test]
async fn a_page_of_whole_blocks_or_of_terms_takes_fewer_statements_than_it_has_of_them() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let people = [Who::Resident, Who::Neighbour, Who::Colleague];
    let mut last = Value::Null;
    for n in 0..16_usize {
        let block = block(&world).await;
        let more = json!({ "area": square(4 * i32::try_from(n).unwrap(), 0, 4), "addresses": [{ "street": "团结路" }],
            "hours": { "zhHans": "周一" } });
        changed(&world, &block, 0, more).await;
        let term = begun(&world, &block, "BLOCK_LEAD", people[n % 3]).await;
        let input = standing_in(&world, &term, Who::Stranger, (0, 9)).await;
        world.mutate(Who::Manager, "officeStandInSet", input, TERM).await;
        begun(&world, &block, DEPUTY, people[(n + 1) % 3]).await;
        last = block;
    }
    for n in 0..16 {
        let whom = [Who::Officer, Who::Specialist][n % 2];
        let term = begun(&world, &last, DEPUTY, whom).await;
        let input = standing_in(&world, &term, people[n % 3], (0, 9)).await;
        let done = world.mutate(Who::Manager, "officeStandInSet", input, TERM).await;
        assert_eq!(end(&world, &done["term"], 0).await["errors"], json!([]));
    }
    let (world, count) = statements::counted(world).await;
    let term = "id role place { name } staff { name } from until endedBecause inForce version \
                standIn { staff { name } } standIns { staff { name } cancelledAt }";
    let blocks = format!(
        "query($p: ID!, $n: Int) {{ found: blocks(communityId: $p, first: $n) {{ totalCount nodes {{ code name \
         community {{ name }} station {{ name }} hours addressNote area addresses {{ street }} version \
         lead {{ {term} }} deputies {{ {term} }} }} }} }}"
    );
    let terms = format!(
        "query($p: ID!, $n: Int) {{ found: officeTerms(placeId: $p, first: $n) {{ totalCount nodes {{ {term} }} }} }}"
    );
    for (query, of) in [(blocks, json!(community)), (terms, last["id"].clone())] {
        let mut used = Vec::new();
        for n in [2, 16] {
            let variables = json!({ "p": of, "n": n });
            let warm = world.run(Who::Manager, &query, variables.clone()).await;
            assert_eq!(warm["data"]["found"]["nodes"].as_array().map(Vec::len), Some(n), "{warm}");
            count.store(0, Ordering::SeqCst);
            world.run(Who::Manager, &query, variables).await;
            used.push(count.load(Ordering::SeqCst));
        }
        // How much is loaded together depends on what is asked for at the same moment; one for each of a page
        // would be more.
        assert!(used.iter().all(|n| *n <= 13), "{used:?}");
    }
}
