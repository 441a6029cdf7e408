//! Numbers of wishes: what they count, who sees them how exactly, and the rows behind.

use chrono::Duration;
use serde_json::{Value, json};

use crate::{
    wish_operations::offered,
    wishes::{CLAIM, claimed, made, published, step},
    world::{Who, World},
};

const LINE: &str = "{ suppressed published withdrawn rates { metric numerator denominator percent } \
                    toClaim { count open p50 p90 } toFulfil { count open p50 p90 } \
                    offers { outcome count } offerAcceptance }";

pub async fn numbers(world: &World, who: Who, days: (&str, &str)) -> Value {
    let place = world.places().await.community.to_string();
    let query = format!(
        "query($i: WishStatisticsInput!) {{ wishStatistics(input: $i) {{ exact smallestCell total {LINE} \
         groups {{ category line {LINE} }} }} }}"
    );
    let input = json!({ "i": { "placeId": place, "from": days.0, "to": days.1 } });
    let answer = world.run(who, &query, input).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["wishStatistics"].clone()
}

async fn rows(world: &World, who: Who, arguments: &str) -> Value {
    let place = world.places().await.community.to_string();
    let query = format!(
        "query($i: WishStatisticsInput!) {{ wishStatistics(input: $i) {{ rows(first: 100{arguments}) {{ \
         totalCount nodes {{ number category units unitsConfirmed unitsClaimed }} }} }} }}"
    );
    let input = json!({ "i": { "placeId": place, "from": "2025-06-01", "to": "2025-07-01" } });
    world.run(who, &query, input).await
}

fn rate(line: &Value, metric: &str) -> (i64, i64) {
    let rates = line["rates"].as_array().unwrap();
    let rate = rates.iter().find(|r| r["metric"] == metric).unwrap();
    (rate["numerator"].as_i64().unwrap(), rate["denominator"].as_i64().unwrap())
}

async fn done(world: &World, wish: &Value, units: i32) {
    let claim = claimed(world, Who::Claimer, wish, json!({ "units": units })).await;
    let claim = step(world, Who::Claimer, "wishClaimDeliver", &claim, json!({})).await;
    let done = step(world, Who::Resident, "wishClaimConfirm", &claim["claim"], json!({})).await;
    assert_eq!(done["errors"], json!([]));
}

/// What there is in June: one fulfilled of each category and one in part, one lapsed, one unconfirmed, one
/// taken back, and three offers.
async fn june(world: &World) {
    let first = published(world, json!({})).await;
    let bags = published(world, json!({ "quantity": 20, "category": "LEARNING" })).await;
    let lapsed = published(world, json!({ "category": "LEARNING" })).await;
    let silent = published(world, json!({})).await;
    let gone = published(world, json!({})).await;
    // Never shown to anybody: in no number.
    made(world, json!({})).await;
    world.advance(Duration::days(3));
    done(world, &first, 1).await;
    done(world, &bags, 5).await;
    claimed(world, Who::Volunteer, &lapsed, json!({})).await;
    world.advance(Duration::days(2));
    let claim = claimed(world, Who::Volunteer, &silent, json!({})).await;
    step(world, Who::Volunteer, "wishClaimDeliver", &claim, json!({})).await;
    step(world, Who::Resident, "wishWithdraw", &gone, json!({})).await;
    let (_, offer) = offered(world, Who::Claimer).await;
    let input = json!({ "id": offer["id"], "expectedVersion": offer["version"] });
    world.mutate(Who::Claimer, "wishOfferAccept", input, CLAIM).await;
    let (_, offer) = offered(world, Who::Claimer).await;
    let input = json!({ "id": offer["id"], "expectedVersion": offer["version"] });
    world.mutate(Who::Claimer, "wishOfferDecline", input, "offer { state }").await;
    offered(world, Who::Claimer).await;
    // The lease ends, and so does the wait for an answer.
    world.advance(Duration::days(12));
    world.work().await;
    world.work().await;
}

#[tokio::test]
async fn wishes_are_counted_by_what_became_of_them() {
    let world = World::new().await;
    june(&world).await;
    let seen = numbers(&world, Who::Manager, ("2025-06-01", "2025-07-01")).await;
    assert_eq!(seen["exact"], true);
    let total = &seen["total"];
    assert_eq!((&total["published"], &total["withdrawn"]), (&json!(8), &json!(1)));
    assert_eq!(rate(total, "EVER_CLAIMED"), (5, 8));
    assert_eq!(rate(total, "CLAIMED"), (4, 8), "what lapsed and nobody took over is not claimed");
    assert_eq!(rate(total, "FULFILLED"), (6, 26), "units, without what was taken back");
    assert_eq!(rate(total, "FULFILLED_OF_CLAIMED"), (6, 8));
    assert_eq!(rate(total, "REPORTED"), (1, 26), "by the claimer's word alone");
    assert_eq!(total["toClaim"], json!({ "count": 5, "open": 2, "p50": 3, "p90": 5 }));
    assert_eq!(total["toFulfil"]["count"], 1, "the bags are not all there");
    let offers = json!([{ "outcome": "ACCEPTED", "count": 1 }, { "outcome": "DECLINED", "count": 1 },
        { "outcome": "TIMED_OUT", "count": 1 }]);
    assert_eq!((&total["offers"], &total["offerAcceptance"]), (&offers, &json!("33.3")));
    // Parts add up to the whole.
    let groups = seen["groups"].as_array().unwrap();
    for metric in ["CLAIMED", "FULFILLED", "REPORTED"] {
        let parts = groups.iter().map(|g| rate(&g["line"], metric));
        let sum = parts.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        assert_eq!(sum, rate(total, metric), "{metric}");
    }
    // The rows are those that were counted.
    for (metric, part, units) in [
        ("FULFILLED", "NUMERATOR", 6),
        ("FULFILLED", "DENOMINATOR", 26),
        ("FULFILLED_OF_CLAIMED", "DENOMINATOR", 8),
    ] {
        let arguments = format!(", metric: {metric}, part: {part}");
        let listed = rows(&world, Who::Manager, &arguments).await;
        let nodes = listed["data"]["wishStatistics"]["rows"]["nodes"].as_array().unwrap().clone();
        let field = match (metric, part) {
            (_, "NUMERATOR") => "unitsConfirmed",
            ("FULFILLED", _) => "units",
            _ => "unitsClaimed",
        };
        let sum: i64 = nodes.iter().map(|n| n[field].as_i64().unwrap()).sum();
        assert_eq!(sum, units, "{metric} {part}: {listed}");
    }
    let learning = rows(&world, Who::Manager, ", category: LEARNING").await;
    assert_eq!(learning["data"]["wishStatistics"]["rows"]["totalCount"], 2);
    let empty = numbers(&world, Who::Manager, ("2025-08-01", "2025-09-01")).await;
    assert_eq!(empty["total"]["rates"][0]["percent"], json!(null), "nothing of nothing is no rate");
}

#[tokio::test]
async fn others_see_whole_months_with_small_cells_suppressed() {
    let world = World::new().await;
    for n in 0..30 {
        if n % 10 == 0 {
            world.advance(Duration::minutes(70));
        }
        let category = match n {
            2 | 5 => "LEARNING",
            _ if n % 2 == 0 => "DAILY_NEEDS",
            _ => "OTHER",
        };
        let wish = published(&world, json!({ "category": category })).await;
        match n % 3 {
            // Room for more.
            0 => _ = step(&world, Who::Resident, "wishWithdraw", &wish, json!({})).await,
            1 => done(&world, &wish, 1).await,
            _ => {}
        }
    }
    let current = json!({ "i": { "placeId": world.places().await.community.to_string(),
        "from": "2025-06-01", "to": "2025-07-01" } });
    let query =
        "query($i: WishStatisticsInput!) { wishStatistics(input: $i) { total { published } } }";
    let refused = world.run(Who::Specialist, query, current).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_PERIOD", "the month is not over");
    world.advance(Duration::days(30));
    let exact = numbers(&world, Who::Manager, ("2025-06-01", "2025-07-01")).await;
    assert_eq!(exact["total"]["published"], 30);
    let seen = numbers(&world, Who::Specialist, ("2025-06-01", "2025-07-01")).await;
    assert_eq!((&seen["exact"], &seen["smallestCell"]), (&json!(false), &json!(5)));
    // The whole is told, and nothing of the kinds: one of the larger two would tell who knows the other one
    // what the third is.
    assert_eq!(seen["total"]["published"], 30);
    for category in ["LEARNING", "DAILY_NEEDS", "OTHER"] {
        let groups = seen["groups"].as_array().unwrap();
        let group = groups.iter().find(|g| g["category"] == category).unwrap();
        let line = &group["line"];
        assert_eq!((&line["suppressed"], &line["published"]), (&json!(true), &json!(null)));
        for rate in line["rates"].as_array().unwrap() {
            assert_eq!((&rate["numerator"], &rate["percent"]), (&json!(null), &json!(null)));
        }
    }
    // No rows, and nothing changes within a month.
    let refused = rows(&world, Who::Specialist, "").await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(numbers(&world, Who::Specialist, ("2025-06-01", "2025-07-01")).await, seen);
    // The public sees whole quarters only.
    world.advance(Duration::days(5));
    let public = numbers(&world, Who::Nobody, ("2025-04-01", "2025-07-01")).await;
    assert_eq!(public["smallestCell"], 10);
}

#[tokio::test]
async fn twenty_units_of_one_wish_are_one_wish() {
    let world = World::new().await;
    let bags = published(&world, json!({ "quantity": 20 })).await;
    done(&world, &bags, 10).await;
    claimed(&world, Who::Volunteer, &bags, json!({})).await;
    for _ in 0..12 {
        let wish = published(&world, json!({})).await;
        claimed(&world, Who::Volunteer, &wish, json!({})).await;
    }
    world.advance(Duration::days(30));
    let june = ("2025-06-01", "2025-07-01");
    let exact = numbers(&world, Who::Manager, june).await;
    assert_eq!(rate(&exact["total"], "FULFILLED"), (10, 32));
    // Ten units are no small cell, but they are of one wish.
    let seen = numbers(&world, Who::Specialist, june).await;
    assert_eq!(
        (&seen["total"]["suppressed"], &seen["total"]["published"]),
        (&json!(true), &json!(null)),
        "{seen}"
    );
}
