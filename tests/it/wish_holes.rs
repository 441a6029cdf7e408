//! What somebody could have found out or kept for themselves around wishes, and cannot.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{enums::ClaimState, event, wish_claim, wish_offer};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    party,
    wishes::{
        CLAIM, claimed, consistent, fault, look, made, made_by, published, step, team, try_claim,
        verified, volunteer,
    },
    world::{Who, World},
};

fn code(payload: &Value) -> &str {
    payload["errors"][0]["code"].as_str().unwrap_or("")
}

async fn did(world: &World, who: Who, name: &str, on: &Value, more: Value) -> Value {
    let done = step(world, who, name, on, more).await;
    assert_eq!(done["errors"], json!([]), "{name}");
    let field = if name.starts_with("wishClaim") { "claim" } else { "wish" };
    done[field].clone()
}

fn card(text: &str) -> Value {
    json!({ "card": { "zhHans": text, "en": text }, "handOver": "STATION", "category": "OTHER",
        "skills": ["REPAIR"], "valueYuan": 7 })
}

#[tokio::test]
async fn a_card_that_says_too_much_is_corrected_whatever_has_been_claimed() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let wish = published(&world, json!({ "quantity": 2, "wishedBy": "2025-06-20" })).await;
    let claim = claimed(&world, Who::Neighbour, &wish, json!({ "units": 1 })).await;
    let read =
        "query($id: ID!) { wish(id: $id) { category card { text handOver valueYuan skills } } }";
    let before = world.run(Who::Manager, read, json!({ "id": wish["id"] })).await;
    for state in ["PUBLISHED", "CLAIMED", "DELIVERED"] {
        let now = look(&world, Who::Manager, &wish).await;
        assert_eq!(now["state"], state);
        let text = format!("书包 {state}");
        let cleared = did(&world, Who::Manager, "wishVerify", &now, card(&text)).await;
        assert_eq!(cleared["state"], state, "claims and state stay");
        let after = world.run(Who::Manager, read, json!({ "id": wish["id"] })).await;
        let mut expected = before["data"]["wish"].clone();
        expected["card"]["text"] = json!(text);
        assert_eq!(after["data"]["wish"], expected, "nothing but the text");
        match state {
            "PUBLISHED" => {
                claimed(&world, Who::Claimer, &wish, json!({})).await;
            }
            "CLAIMED" => {
                // Also when the day has passed, and by both who have it.
                world.advance(Duration::days(1));
                did(&world, Who::Neighbour, "wishClaimDeliver", &claim, json!({})).await;
                let own = "{ ownWishClaims(first: 1) { nodes { id version } } }";
                let own = world.run(Who::Claimer, own, json!({})).await;
                let own = &own["data"]["ownWishClaims"]["nodes"][0];
                did(&world, Who::Claimer, "wishClaimDeliver", own, json!({})).await;
            }
            _ => {}
        }
    }
    // It is as safe as the first one.
    let now = look(&world, Who::Manager, &wish).await;
    let tells = step(&world, Who::Manager, "wishVerify", &now, card("团结路3号2单元")).await;
    assert_eq!(code(&tells), "CARD_TELLS_WHO");
    consistent(&world).await;
}

#[tokio::test]
async fn a_public_card_is_taken_back_from_the_pool() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let seen = "query($id: ID!) { wishCard(id: $id) { text } }";
    let wish = published(&world, json!({ "quantity": 2 })).await;
    let claim = claimed(&world, Who::Neighbour, &wish, json!({ "units": 1 })).await;
    let wish = look(&world, Who::Manager, &wish).await;
    let actions = wish["availableActions"].as_array().unwrap();
    assert!(actions.contains(&json!("UNPUBLISH")), "{wish}");
    let input = json!({ "id": wish["id"], "expectedVersion": wish["version"] });
    for who in [Who::Resident, Who::Specialist] {
        assert_eq!(fault(&world, who, "wishUnpublish", input.clone()).await, "FORBIDDEN");
    }
    let wish = did(&world, Who::Manager, "wishUnpublish", &wish, json!({})).await;
    assert_eq!(wish["state"], "VERIFIED");
    let gone = world.run(Who::Nobody, seen, json!({ "id": wish["id"] })).await;
    assert_eq!(gone["data"]["wishCard"], json!(null));
    let refused = fault(&world, Who::Claimer, "wishClaim", json!({ "wishId": wish["id"] })).await;
    assert_eq!(refused, "NOT_FOUND");
    let twice = step(&world, Who::Manager, "wishUnpublish", &wish, json!({})).await;
    assert_eq!(code(&twice), "ILLEGAL_TRANSITION");
    // Who has some of it keeps it; what they give back does not become public again.
    did(&world, Who::Neighbour, "wishClaimRelease", &claim, json!({})).await;
    let wish = look(&world, Who::Manager, &wish).await;
    assert_eq!((&wish["state"], &wish["unitsLeft"]), (&json!("VERIFIED"), &json!(2)));
    consistent(&world).await;
    let wish = did(&world, Who::Manager, "wishPublish", &wish, json!({})).await;
    // The same of what is claimed to the last unit.
    let claim = claimed(&world, Who::Claimer, &wish, json!({})).await;
    let wish = look(&world, Who::Manager, &wish).await;
    let wish = did(&world, Who::Manager, "wishUnpublish", &wish, json!({})).await;
    assert_eq!(wish["state"], "CLAIMED");
    did(&world, Who::Claimer, "wishClaimRelease", &claim, json!({})).await;
    assert_eq!(look(&world, Who::Manager, &wish).await["state"], "VERIFIED");
    consistent(&world).await;
}

#[tokio::test]
async fn only_who_wishes_says_that_no_minor_is_involved() {
    let world = World::new().await;
    let wish = made(&world, json!({})).await;
    let input = |wish: &Value, minor: bool| json!({ "id": wish["id"], "expectedVersion": wish["version"], "minorInvolved": minor });
    // Staff who notice one say so; nobody but the wisher says that there is none.
    assert_eq!(fault(&world, Who::Specialist, "wishChange", input(&wish, true)).await, "");
    let wish = look(&world, Who::Manager, &wish).await;
    for who in [Who::Specialist, Who::Manager] {
        assert_eq!(fault(&world, who, "wishChange", input(&wish, false)).await, "FORBIDDEN");
    }
    assert_eq!(fault(&world, Who::Resident, "wishChange", input(&wish, false)).await, "");
    // What staff entered, they write down as it was said.
    let person = json!({ "beneficiary": { "name": "周奶奶", "contactPreference": "VISIT" }, "minorInvolved": true });
    let entered = made_by(&world, Who::Specialist, person).await;
    assert_eq!(fault(&world, Who::Manager, "wishChange", input(&entered, false)).await, "");
}

#[tokio::test]
async fn time_for_a_claim_of_a_branch_does_not_name_the_member() {
    let world = World::new().await;
    party::member(&world, Who::Claimer).await;
    let community = world.places().await.community.to_string();
    let wish = published(&world, json!({})).await;
    let branch = json!({ "branchId": party::branch(&world).await });
    let claim = claimed(&world, Who::Claimer, &wish, branch).await;
    let fields = "hours { id version state claimId }";
    let work = json!({ "communityId": community, "claimId": claim["id"] });
    let done = world.mutate(Who::Claimer, "hoursCheckIn", work.clone(), fields).await;
    assert_eq!(done["errors"], json!([]));
    let mut entered = work;
    entered["from"] = json!("2025-06-02T01:00:00Z");
    entered["until"] = json!("2025-06-02T02:00:00Z");
    let entered = world.mutate(Who::Claimer, "hoursEnter", entered, fields).await;
    assert_eq!(entered["errors"], json!([]), "{entered}");
    for hours in [&done["hours"], &entered["hours"]] {
        assert_eq!(hours["claimId"], json!(null));
    }
    assert_eq!(
        world.number("SELECT COUNT(*) FROM volunteer_hours WHERE claim_id IS NOT NULL").await,
        0
    );
}

async fn hand_over(world: &World, who: Who, claim: &Value, to: Value) -> Value {
    let input =
        json!({ "id": claim["id"], "expectedVersion": claim["version"], "to": to, "minutes": 60 });
    world.mutate(who, "wishClaimHandOver", input, "offer { id version state }").await
}

async fn claim_now(world: &World, who: Who, claim: &Value) -> Value {
    let query = "query($id: ID!) { wishClaim(id: $id) { id version state dueAt renewed } }";
    let seen = world.run(who, query, json!({ "id": claim["id"] })).await;
    seen["data"]["wishClaim"].clone()
}

#[tokio::test]
async fn a_claim_of_ones_own_is_not_handed_to_the_branch() {
    let world = World::new().await;
    party::member(&world, Who::Claimer).await;
    let branch = party::branch(&world).await;
    let own = published(&world, json!({})).await;
    let own = claimed(&world, Who::Claimer, &own, json!({})).await;
    let refused = hand_over(&world, Who::Claimer, &own, json!({ "branch": branch })).await;
    assert_eq!(code(&refused), "INVALID_VALUE", "{refused}");
    assert_eq!(world.number("SELECT COUNT(*) FROM wish_offer").await, 0);
    // What was claimed for it stays in it.
    let wish = published(&world, json!({})).await;
    let of_branch = claimed(&world, Who::Claimer, &wish, json!({ "branchId": branch })).await;
    let done = hand_over(&world, Who::Claimer, &of_branch, json!({ "branch": branch })).await;
    assert_eq!(done["errors"], json!([]));
}

async fn exhausted(world: &World) -> i64 {
    world.number("SELECT COUNT(*) FROM event WHERE kind = 'WISH_OFFERS_EXHAUSTED'").await
}

#[tokio::test]
async fn managers_are_told_when_what_was_dispatched_comes_back() {
    let world = World::new().await;
    let one = volunteer(&world, Who::Neighbour, &[]).await;
    for lapses in [false, true] {
        let wish = verified(&world, json!({ "mayPublish": false })).await;
        let to = json!({ "to": [{ "volunteer": one.id.to_string() }], "minutes": 60 });
        let wish = did(&world, Who::Manager, "wishOffer", &wish, to).await;
        let own = "{ ownWishOffers(first: 1) { nodes { id version } } }";
        let mine = world.run(Who::Neighbour, own, json!({})).await;
        let offer = &mine["data"]["ownWishOffers"]["nodes"][0];
        let input = json!({ "id": offer["id"], "expectedVersion": offer["version"] });
        let taken = world.mutate(Who::Neighbour, "wishOfferAccept", input, CLAIM).await;
        assert_eq!(taken["errors"], json!([]));
        let before = exhausted(&world).await;
        if lapses {
            world.advance(Duration::days(15));
        } else {
            did(&world, Who::Neighbour, "wishClaimRelease", &taken["claim"], json!({})).await;
        }
        world.work().await;
        world.work().await;
        assert_eq!(look(&world, Who::Manager, &wish).await["state"], "VERIFIED");
        assert_eq!(exhausted(&world).await, before + 1);
        let told = "SELECT COUNT(*) FROM inbox_message WHERE kind = 'WISH_OFFERS_EXHAUSTED'";
        assert!(world.number(told).await > before, "managers have a message");
        world.advance(Duration::seconds(1));
    }
    // Of what is open to all everybody can read it.
    let wish = published(&world, json!({})).await;
    let claim = claimed(&world, Who::Claimer, &wish, json!({})).await;
    did(&world, Who::Claimer, "wishClaimRelease", &claim, json!({})).await;
    assert_eq!(exhausted(&world).await, 2);
}

#[tokio::test]
async fn handing_over_is_no_way_to_call_everybody_again_and_again() {
    let world = World::new().await;
    let leader = volunteer(&world, Who::Neighbour, &[]).await;
    let member = volunteer(&world, Who::Colleague, &[]).await;
    let team = team(&world, &[&leader, &member]).await.to_string();
    let wish = published(&world, json!({})).await;
    let mut claim = claimed(&world, Who::Neighbour, &wish, json!({})).await;
    let to = json!({ "team": team });
    for _ in 0..10 {
        let done = hand_over(&world, Who::Neighbour, &claim, to.clone()).await;
        assert_eq!(done["errors"], json!([]));
        let before = claim;
        claim = claim_now(&world, Who::Neighbour, &before).await;
        assert!(claim["version"].as_i64() > before["version"].as_i64(), "once for one version");
    }
    let input =
        json!({ "id": claim["id"], "expectedVersion": claim["version"], "to": to, "minutes": 60 });
    assert_eq!(fault(&world, Who::Neighbour, "wishClaimHandOver", input).await, "RATE_LIMITED");
    // The next day, by the version that was read before.
    world.advance(Duration::hours(25));
    let done = hand_over(&world, Who::Neighbour, &claim, to.clone()).await;
    assert_eq!(done["errors"], json!([]));
    let stale = hand_over(&world, Who::Neighbour, &claim, to).await;
    assert_eq!(code(&stale), "STALE_VERSION");
}

#[tokio::test]
async fn who_gave_a_claim_back_does_not_keep_it_by_claiming_again() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let wish = published(&world, json!({})).await;
    let claim = claimed(&world, Who::Neighbour, &wish, json!({})).await;
    did(&world, Who::Neighbour, "wishClaimRelease", &claim, json!({})).await;
    let again = try_claim(&world, Who::Neighbour, &wish, json!({})).await;
    assert_eq!(code(&again), "CLAIMED_BEFORE", "{again}");
    // Others can, and so can they when others had time to.
    let other = claimed(&world, Who::Claimer, &wish, json!({})).await;
    did(&world, Who::Claimer, "wishClaimRelease", &other, json!({})).await;
    world.advance(Duration::days(3));
    let second = claimed(&world, Who::Neighbour, &wish, json!({})).await;
    assert_eq!(second["renewed"], true);
    let more = step(&world, Who::Neighbour, "wishClaimRenew", &second, json!({})).await;
    assert_eq!(code(&more), "ALREADY_RENEWED");
    world.advance(Duration::days(15));
    world.work().await;
    assert_eq!(claim_now(&world, Who::Neighbour, &second).await["state"], "LAPSED");
    let lapsed = try_claim(&world, Who::Neighbour, &wish, json!({})).await;
    assert_eq!(code(&lapsed), "CLAIMED_BEFORE", "{lapsed}");
    consistent(&world).await;
}

#[tokio::test]
async fn a_claim_that_goes_back_and_forth_ends_when_it_ends() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let wish = published(&world, json!({})).await;
    let mut claim = claimed(&world, Who::Neighbour, &wish, json!({})).await;
    let end: DateTime<Utc> = claim["dueAt"].as_str().unwrap().parse().unwrap();
    let pair = [Who::Neighbour, Who::Claimer];
    world.advance(Duration::days(13));
    for n in 0..4 {
        let (from, to) = (pair[n % 2], pair[(n + 1) % 2]);
        let now = claim_now(&world, from, &claim).await;
        let offer = hand_over(&world, from, &now, json!({ "phone": to.phone() })).await;
        assert_eq!(offer["errors"], json!([]), "{n}");
        let offer = &offer["offer"];
        let input = json!({ "id": offer["id"], "expectedVersion": offer["version"] });
        claim = world.mutate(to, "wishOfferAccept", input, CLAIM).await["claim"].clone();
        let due: DateTime<Utc> = claim["dueAt"].as_str().unwrap().parse().unwrap();
        assert!(due <= end + Duration::days(3), "{n}: {due}");
        world.advance(Duration::hours(20));
    }
    consistent(&world).await;
}

#[tokio::test]
async fn who_opens_a_claim_is_in_the_log_of_the_wisher() {
    let world = World::new().await;
    let wish = published(&world, json!({})).await;
    let claim = claimed(&world, Who::Claimer, &wish, json!({})).await;
    let looked = "SELECT COUNT(*) FROM read_log WHERE purpose = 'WISH'";
    let before = world.number(looked).await;
    for who in [Who::Claimer, Who::Resident] {
        claim_now(&world, who, &claim).await;
    }
    assert_eq!(world.number(looked).await, before, "what is one's own is nobody's look");
    claim_now(&world, Who::Specialist, &claim).await;
    assert_eq!(world.number(looked).await, before + 1);
}

#[tokio::test]
async fn who_linked_an_earlier_record_does_not_look_at_themselves() {
    let world = World::new().await;
    let (earlier, facts) = world.earlier_record().await;
    let wish = json!({ "beneficiary": { "personId": earlier } });
    let wish = made_by(&world, Who::Specialist, wish).await;
    world.link(facts).await;
    let looked = "SELECT COUNT(*) FROM read_log WHERE purpose = 'WISH'";
    let before = world.number(looked).await;
    let seen = look(&world, Who::Resident, &wish).await;
    assert_eq!(seen["id"], wish["id"]);
    assert_eq!(world.number(looked).await, before);
    world.advance(Duration::hours(2));
    let list = "query($c: ID!) { wishes(communityId: $c, state: SUBMITTED) { nodes { id } } }";
    let community = world.places().await.community.to_string();
    world.run(Who::Colleague, list, json!({ "c": community })).await;
    world.advance(Duration::hours(2));
    look(&world, Who::Colleague, &wish).await;
    let log = "{ readLog { nodes { purpose wishId } } }";
    let log = world.run(Who::Resident, log, json!({})).await;
    let nodes = log["data"]["readLog"]["nodes"].as_array().unwrap();
    let of_it = nodes.iter().filter(|n| n["purpose"] == "WISH").count();
    assert_eq!(of_it, 2, "{log}");
    assert_eq!(
        world.number("SELECT COUNT(*) FROM read_log r JOIN person p ON p.id = r.subject_id WHERE r.purpose = 'WISH' AND p.merged_into IS NOT NULL").await,
        0
    );
}

/// A claim as it is stored, to be copied.
async fn stored(world: &World, claim: &Value) -> wish_claim::Model {
    let id: linli_entity::ids::ClaimId = claim["id"].as_str().unwrap().parse().unwrap();
    wish_claim::Entity::find_by_id(id).one(world.app.db.reader()).await.unwrap().unwrap()
}

#[tokio::test]
async fn nobody_claims_or_looks_without_end() {
    let world = World::new().await;
    let wish = published(&world, json!({})).await;
    let claim = claimed(&world, Who::Claimer, &wish, json!({})).await;
    let one = stored(&world, &claim).await;
    let ended = |n: i32| {
        let id = linli_entity::ids::ClaimId(world.app.ids.uuid(world.app.clock.now()));
        wish_claim::ActiveModel::from(wish_claim::Model {
            id,
            state: ClaimState::Withdrawn,
            due_at: None,
            ended_at: Some(one.claimed_at),
            version: n,
            ..one.clone()
        })
    };
    let conn = world.app.db.writer();
    wish_claim::Entity::insert_many((0..59).map(ended)).exec_without_returning(conn).await.unwrap();
    let next = published(&world, json!({})).await;
    let refused = fault(&world, Who::Claimer, "wishClaim", json!({ "wishId": next["id"] })).await;
    assert_eq!(refused, "RATE_LIMITED");
    let input = json!({ "id": claim["id"] });
    for _ in 0..60 {
        assert_eq!(fault(&world, Who::Claimer, "wishClaimContactReveal", input.clone()).await, "");
    }
    let refused = fault(&world, Who::Claimer, "wishClaimContactReveal", input.clone()).await;
    assert_eq!(refused, "RATE_LIMITED");
    world.advance(Duration::minutes(61));
    assert_eq!(fault(&world, Who::Claimer, "wishClaimContactReveal", input).await, "");
    claimed(&world, Who::Claimer, &next, json!({})).await;
}

#[tokio::test]
async fn lists_of_a_wish_are_bounded() {
    let world = World::new().await;
    let wish = published(&world, json!({ "quantity": 2 })).await;
    let claim = claimed(&world, Who::Claimer, &wish, json!({ "units": 1 })).await;
    let one = stored(&world, &claim).await;
    let later = |n: i64| one.claimed_at + Duration::seconds(n);
    let new_id = |n: i64| world.app.ids.uuid(later(n));
    let conn = world.app.db.writer();
    let claims = (1..=120).map(|n| {
        wish_claim::ActiveModel::from(wish_claim::Model {
            id: linli_entity::ids::ClaimId(new_id(n)),
            state: ClaimState::Released,
            claimed_at: later(n),
            due_at: None,
            ended_at: Some(later(n)),
            ..one.clone()
        })
    });
    wish_claim::Entity::insert_many(claims).exec_without_returning(conn).await.unwrap();
    let branch: linli_entity::ids::PlaceId =
        party::branch(&world).await.as_str().unwrap().parse().unwrap();
    let offers = (1..=120).map(|n| {
        wish_offer::ActiveModel::from(wish_offer::Model {
            id: linli_entity::ids::OfferId(new_id(i64::from(n))),
            community_id: one.community_id,
            wish_id: one.wish_id,
            position: n,
            team_id: None,
            branch_id: Some(branch),
            volunteer_id: None,
            claim_id: None,
            minutes: 60,
            state: linli_entity::enums::OfferState::Declined,
            made_at: later(0),
            opened_at: Some(later(0)),
            until_at: None,
            answered_at: Some(later(i64::from(n))),
            answered_by: None,
            reason: None,
            version: 1,
        })
    });
    wish_offer::Entity::insert_many(offers).exec_without_returning(conn).await.unwrap();
    let known = event::Entity::find().filter(event::Column::AggregateId.eq(one.wish_id.0));
    let known = known.all(conn).await.unwrap();
    let last = known.iter().max_by_key(|e| e.seq).unwrap().clone();
    let events = (1..=240_i32).map(|n| {
        let kind = if n <= 120 { "WISH_CLAIM_RELEASED" } else { "WISH_OFFER_DECLINED" };
        event::ActiveModel::from(event::Model {
            id: linli_entity::ids::EventId(new_id(i64::from(n))),
            seq: last.seq + n,
            kind: kind.to_owned(),
            ..last.clone()
        })
    });
    event::Entity::insert_many(events).exec_without_returning(conn).await.unwrap();
    let query = "query($id: ID!) { wish(id: $id) { claims { id state } offers { state } events { kind } } }";
    let seen = world.run(Who::Manager, query, json!({ "id": wish["id"] })).await;
    let list = |name: &str| seen["data"]["wish"][name].as_array().unwrap().clone();
    let claims = list("claims");
    assert_eq!(claims.len(), 100);
    assert_eq!(claims[0]["id"], claim["id"], "what lasts is always there, and the oldest first");
    assert_eq!(list("offers").len(), 100);
    let events = list("events");
    assert_eq!(events.len(), 100, "what is not shown counts not");
    assert_eq!(events[99]["kind"], "CLAIM_RELEASED");
}
