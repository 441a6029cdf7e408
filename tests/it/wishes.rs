//! Order, dispatch, accept: what becomes of wishes, and who sees what of them.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    enums::Skill,
    ids::{TeamId, TeamMemberId},
    json::Localised,
    volunteer, volunteer_team, volunteer_team_member,
};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::{
    statements::{counted, statements},
    world::{Who, World},
};

pub const WISH: &str = "wish { id number state version unitsLeft unitsDelivered unitsConfirmed \
                        unitsUnconfirmed confirmation need address reason availableActions endedAt \
                        claims { id state units claimer { name } groupName } }";
pub const CLAIM: &str = "claim { id wishId state units version dueAt renewed doorCode evidence thanks reason \
                         refusals availableActions card { number text unitsLeft } claimer { name } groupName }";
const OFFER: &str = "offer { id state version until handsOver groupName }";

/// Makes somebody a volunteer of the community.
pub async fn volunteer(world: &World, who: Who, skills: &[Skill]) -> volunteer::Model {
    crate::world::volunteer(&world.app, who, world.places().await.community, skills).await
}

/// A team of volunteers; the first leads it.
pub async fn team(world: &World, of: &[&volunteer::Model]) -> TeamId {
    let now = world.app.clock.now();
    let id = TeamId(world.app.ids.uuid(now));
    let conn = world.app.db.writer();
    let row = volunteer_team::Model {
        id,
        community_id: of[0].community_id,
        names: Localised::zh("帮帮团").and("en", "Helping hands"),
        leader_id: Some(of[0].id),
        active: true,
        created_at: now,
        version: 1,
    };
    let model = volunteer_team::ActiveModel::from(row);
    volunteer_team::Entity::insert(model).exec_without_returning(conn).await.unwrap();
    for one in of {
        let row = volunteer_team_member::Model {
            id: TeamMemberId(world.app.ids.uuid(now)),
            community_id: one.community_id,
            team_id: id,
            volunteer_id: one.id,
            since_at: now,
            until_at: None,
        };
        let model = volunteer_team_member::ActiveModel::from(row);
        volunteer_team_member::Entity::insert(model).exec_without_returning(conn).await.unwrap();
    }
    id
}

fn with(mut input: Value, more: Value) -> Value {
    for (key, value) in more.as_object().into_iter().flatten() {
        input[key] = value.clone();
    }
    input
}

/// A wish of the resident's, as they stated it.
pub async fn made(world: &World, more: Value) -> Value {
    made_by(world, Who::Resident, more).await
}

pub async fn made_by(world: &World, who: Who, more: Value) -> Value {
    let input = json!({ "communityId": world.places().await.community.to_string(),
        "category": "DAILY_NEEDS", "need": "孩子上学缺书包，家在团结路3号", "address": "团结路3号2单元",
        "shareContact": true });
    let done = world.mutate(who, "wishMake", with(input, more), WISH).await;
    assert_eq!(done["errors"], json!([]));
    done["wish"].clone()
}

/// A step with a wish; returns the payload.
pub async fn step(world: &World, who: Who, name: &str, wish: &Value, more: Value) -> Value {
    let input = json!({ "id": wish["id"], "expectedVersion": wish["version"] });
    let fields = if name.starts_with("wishClaim") { CLAIM } else { WISH };
    world.mutate(who, name, with(input, more), fields).await
}

async fn stepped(world: &World, who: Who, name: &str, on: &Value, more: Value) -> Value {
    let done = step(world, who, name, on, more).await;
    assert_eq!(done["errors"], json!([]), "{name}");
    let field = if name.starts_with("wishClaim") { "claim" } else { "wish" };
    done[field].clone()
}

pub async fn verified(world: &World, more: Value) -> Value {
    let wish = made(world, more).await;
    clear(world, &wish, json!({})).await
}

async fn clear(world: &World, wish: &Value, more: Value) -> Value {
    let card =
        json!({ "card": { "zhHans": "需要书包", "en": "School bags" }, "handOver": "DOOR_CODE" });
    stepped(world, Who::Manager, "wishVerify", wish, with(card, more)).await
}

/// A wish that is open to all.
pub async fn published(world: &World, more: Value) -> Value {
    let wish = verified(world, more).await;
    stepped(world, Who::Manager, "wishPublish", &wish, json!({})).await
}

pub async fn try_claim(world: &World, who: Who, wish: &Value, more: Value) -> Value {
    let input = with(json!({ "wishId": wish["id"] }), more);
    world.mutate(who, "wishClaim", input, CLAIM).await
}

pub async fn claimed(world: &World, who: Who, wish: &Value, more: Value) -> Value {
    let done = try_claim(world, who, wish, more).await;
    assert_eq!(done["errors"], json!([]));
    done["claim"].clone()
}

pub async fn look(world: &World, who: Who, wish: &Value) -> Value {
    let query = format!("query($id: ID!) {{ {} }}", WISH.replacen("wish", "wish(id: $id)", 1));
    world.run(who, &query, json!({ "id": wish["id"] })).await["data"]["wish"].clone()
}

async fn look_claim(world: &World, who: Who, claim: &Value) -> Value {
    let query =
        format!("query($id: ID!) {{ {} }}", CLAIM.replacen("claim", "wishClaim(id: $id)", 1));
    world.run(who, &query, json!({ "id": claim["id"] })).await["data"]["wishClaim"].clone()
}

/// Nothing about wishes contradicts anything else.
pub async fn consistent(world: &World) {
    assert_eq!(linli::wishes::queries::contradictions(&world.app).await.unwrap(), []);
}

fn code(payload: &Value) -> &str {
    payload["errors"][0]["code"].as_str().unwrap_or("")
}

/// The code of a fault at the top, of a mutation that is not for its caller.
pub async fn fault(world: &World, who: Who, name: &str, input: Value) -> String {
    let query = format!(
        "mutation($i: {}!) {{ {name}(input: $i) {{ errors {{ code }} }} }}",
        crate::world::input_type(name)
    );
    let answer = world.run(who, &query, json!({ "i": input })).await;
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    code.or(answer["data"][name]["errors"][0]["code"].as_str()).unwrap_or("").to_owned()
}

#[tokio::test]
async fn a_wish_goes_from_the_resident_to_their_thanks() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let wish = made(&world, json!({})).await;
    assert_eq!(wish["state"], "SUBMITTED");
    assert!(wish["number"].as_str().unwrap().starts_with("XF01-W2025-"), "{wish}");
    let wish = clear(&world, &wish, json!({})).await;
    assert_eq!(wish["state"], "VERIFIED");
    let wish = stepped(&world, Who::Manager, "wishPublish", &wish, json!({})).await;
    assert_eq!((&wish["state"], &wish["unitsLeft"]), (&json!("PUBLISHED"), &json!(1)));
    let claim = claimed(&world, Who::Neighbour, &wish, json!({})).await;
    assert_eq!(claim["state"], "HELD");
    let due: DateTime<Utc> = claim["dueAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(due, world.app.clock.now() + Duration::days(14));
    assert_eq!(look(&world, Who::Resident, &wish).await["state"], "CLAIMED");
    let evidence = json!({ "evidence": "已送到门口" });
    let claim = stepped(&world, Who::Neighbour, "wishClaimDeliver", &claim, evidence).await;
    let now = look(&world, Who::Resident, &wish).await;
    assert_eq!((&now["state"], &now["unitsDelivered"]), (&json!("DELIVERED"), &json!(1)));
    assert_eq!(now["confirmation"], json!(null), "the claimer's word is not the wisher's");
    world.work().await;
    let told = world.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(told.contains("within 7 days"), "{told}");
    let thanks = json!({ "thanks": "谢谢 🎒" });
    let claim = stepped(&world, Who::Resident, "wishClaimConfirm", &claim, thanks).await;
    assert_eq!((&claim["state"], &claim["thanks"]), (&json!("CONFIRMED"), &json!("谢谢 🎒")));
    let now = look(&world, Who::Resident, &wish).await;
    assert_eq!((&now["state"], &now["confirmation"]), (&json!("FULFILLED"), &json!("CONFIRMED")));
    world.work().await;
    let told = world.last_sms(&Who::Neighbour.phone()).await.unwrap();
    assert!(told.contains("Thank you"), "{told}");
    consistent(&world).await;
}

#[tokio::test]
async fn a_card_never_tells_who_wishes() {
    let world = World::new().await;
    let wish = made(&world, json!({})).await;
    for text in [
        "给Resident 全名的书包",
        "电话 139-0000-0000",
        "送到团结路3号2单元",
        "To ＲＥＳＩＤＥＮＴ全名",
    ] {
        let card = json!({ "card": { "zhHans": text }, "handOver": "STATION" });
        let refused = step(&world, Who::Manager, "wishVerify", &wish, card).await;
        assert_eq!(code(&refused), "CARD_TELLS_WHO", "{text}: {refused}");
    }
    let both = json!({ "card": { "zhHans": "书包" }, "handOver": "STATION", "ageBand": "CHILD",
        "blockId": world.places().await.community.to_string() });
    assert_eq!(code(&step(&world, Who::Manager, "wishVerify", &wish, both).await), "INVALID_VALUE");
    let dear = json!({ "card": { "zhHans": "书包" }, "handOver": "STATION", "valueYuan": 501 });
    assert_eq!(code(&step(&world, Who::Manager, "wishVerify", &wish, dear).await), "INVALID_VALUE");
    // A minor needs a guardian's consent; who keeps their contact gets it at the station.
    let minor = made(&world, json!({ "minorInvolved": true, "shareContact": false })).await;
    let card = json!({ "card": { "zhHans": "书包" }, "handOver": "STATION" });
    let refused = step(&world, Who::Manager, "wishVerify", &minor, card.clone()).await;
    assert_eq!(code(&refused), "CONSENT_REQUIRED");
    let minor =
        stepped(&world, Who::Resident, "wishChange", &minor, json!({ "guardianConsents": true }))
            .await;
    let door = json!({ "card": { "zhHans": "书包" }, "handOver": "DOOR_CODE" });
    let refused = step(&world, Who::Manager, "wishVerify", &minor, door).await;
    assert_eq!(code(&refused), "CONTACT_NOT_SHARED");
    let minor = stepped(&world, Who::Manager, "wishVerify", &minor, card).await;
    let minor = stepped(&world, Who::Manager, "wishPublish", &minor, json!({})).await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let claim = claimed(&world, Who::Neighbour, &minor, json!({})).await;
    let input = json!({ "id": claim["id"] });
    let refused =
        world.mutate(Who::Neighbour, "wishClaimContactReveal", input, "contact { phone }").await;
    assert_eq!(code(&refused), "CONTACT_NOT_SHARED");
}

#[tokio::test]
async fn units_are_claimed_delivered_and_closed_one_by_one() {
    let world = World::new().await;
    for who in [Who::Neighbour, Who::Colleague, Who::Auditor] {
        volunteer(&world, who, &[]).await;
    }
    let wish = published(&world, json!({ "quantity": 5 })).await;
    let first = claimed(&world, Who::Neighbour, &wish, json!({ "units": 2 })).await;
    let refused = try_claim(&world, Who::Neighbour, &wish, json!({ "units": 1 })).await;
    assert_eq!(code(&refused), "ALREADY_CLAIMED");
    let refused = try_claim(&world, Who::Colleague, &wish, json!({ "units": 4 })).await;
    assert_eq!(code(&refused), "CONFLICT");
    let query =
        "mutation($i: WishClaimInput!) { wishClaim(input: $i) { errors { unitsLeft message } } }";
    let input = json!({ "i": { "wishId": wish["id"], "units": 4 } });
    let left = world.run(Who::Colleague, query, input).await;
    assert_eq!(left["data"]["wishClaim"]["errors"][0]["unitsLeft"], 3, "{left}");
    let second = claimed(&world, Who::Colleague, &wish, json!({})).await;
    assert_eq!(second["units"], 3, "all that are left");
    assert_eq!(code(&try_claim(&world, Who::Auditor, &wish, json!({})).await), "CONFLICT");
    let first = stepped(&world, Who::Neighbour, "wishClaimDeliver", &first, json!({})).await;
    stepped(&world, Who::Resident, "wishClaimConfirm", &first, json!({})).await;
    let now = look(&world, Who::Resident, &wish).await;
    assert_eq!((&now["state"], &now["unitsConfirmed"]), (&json!("CLAIMED"), &json!(2)));
    let reason = json!({ "reason": "出差" });
    stepped(&world, Who::Colleague, "wishClaimRelease", &second, reason).await;
    let now = look(&world, Who::Resident, &wish).await;
    assert_eq!((&now["state"], &now["unitsLeft"]), (&json!("PUBLISHED"), &json!(3)));
    consistent(&world).await;
    // Silence closes it, and is labelled.
    let third = claimed(&world, Who::Auditor, &wish, json!({})).await;
    stepped(&world, Who::Auditor, "wishClaimDeliver", &third, json!({})).await;
    world.advance(Duration::days(7));
    world.work().await;
    let now = look(&world, Who::Resident, &wish).await;
    assert_eq!((&now["state"], &now["confirmation"]), (&json!("FULFILLED"), &json!("UNCONFIRMED")));
    assert_eq!((&now["unitsConfirmed"], &now["unitsUnconfirmed"]), (&json!(2), &json!(3)));
    consistent(&world).await;
}

#[tokio::test]
async fn a_lease_ends_by_itself_and_is_renewed_once() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let wish = published(&world, json!({})).await;
    let claim = claimed(&world, Who::Neighbour, &wish, json!({})).await;
    let claim = stepped(&world, Who::Neighbour, "wishClaimRenew", &claim, json!({})).await;
    let again = step(&world, Who::Neighbour, "wishClaimRenew", &claim, json!({})).await;
    assert_eq!(code(&again), "ALREADY_RENEWED");
    world.advance(Duration::days(28) - Duration::seconds(1));
    world.work().await;
    assert_eq!(look(&world, Who::Resident, &wish).await["state"], "CLAIMED");
    world.advance(Duration::seconds(1));
    let late = step(&world, Who::Neighbour, "wishClaimDeliver", &claim, json!({})).await;
    assert_eq!(code(&late), "WINDOW_CLOSED");
    world.work().await;
    let now = look(&world, Who::Resident, &wish).await;
    assert_eq!(
        (&now["state"], &now["claims"][0]["state"]),
        (&json!("PUBLISHED"), &json!("LAPSED"))
    );
    // 90 days after it was cleared nobody is asked any more.
    world.advance(Duration::days(63));
    world.work().await;
    assert_eq!(look(&world, Who::Resident, &wish).await["state"], "EXPIRED");
    consistent(&world).await;
}

#[tokio::test]
async fn a_no_returns_it_with_the_reason() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let wish = published(&world, json!({})).await;
    let claim = claimed(&world, Who::Neighbour, &wish, json!({})).await;
    let claim = stepped(&world, Who::Neighbour, "wishClaimDeliver", &claim, json!({})).await;
    let blank = json!({ "reason": " " });
    assert_eq!(
        code(&step(&world, Who::Resident, "wishClaimRefuse", &claim, blank).await),
        "REQUIRED"
    );
    let reason = json!({ "reason": "拉链是坏的" });
    let claim = stepped(&world, Who::Resident, "wishClaimRefuse", &claim, reason).await;
    assert_eq!((&claim["state"], &claim["refusals"]), (&json!("HELD"), &json!(1)));
    assert_eq!(look(&world, Who::Resident, &wish).await["state"], "CLAIMED");
    world.work().await;
    let told = world.last_sms(&Who::Neighbour.phone()).await.unwrap();
    assert!(told.contains("not done yet"), "{told}");
    let seen = look_claim(&world, Who::Neighbour, &claim).await;
    assert_eq!(seen["reason"], "拉链是坏的");
    let claim = stepped(&world, Who::Neighbour, "wishClaimDeliver", &claim, json!({})).await;
    // Said at the window, and written down by staff; not by who has claimed it.
    volunteer(&world, Who::Specialist, &[]).await;
    let recorded = json!({ "recorded": true });
    let done = stepped(&world, Who::Specialist, "wishClaimConfirm", &claim, recorded).await;
    assert_eq!(done["state"], "CONFIRMED");
    consistent(&world).await;
}

#[tokio::test]
async fn staff_do_not_confirm_what_they_claimed_themselves() {
    let world = World::new().await;
    volunteer(&world, Who::Specialist, &[]).await;
    let wish = published(&world, json!({})).await;
    let claim = claimed(&world, Who::Specialist, &wish, json!({})).await;
    let claim = stepped(&world, Who::Specialist, "wishClaimDeliver", &claim, json!({})).await;
    let input = json!({ "id": claim["id"], "expectedVersion": claim["version"], "recorded": true });
    let own = fault(&world, Who::Specialist, "wishClaimConfirm", input.clone()).await;
    assert_eq!(own, "FORBIDDEN");
    assert_eq!(fault(&world, Who::Colleague, "wishClaimConfirm", input).await, "");
}

#[tokio::test]
async fn a_wish_is_offered_to_one_after_the_other() {
    let world = World::new().await;
    let cutter = volunteer(&world, Who::Neighbour, &[Skill::Haircut]).await;
    world.advance(Duration::seconds(1));
    let other = volunteer(&world, Who::Colleague, &[Skill::Haircut, Skill::Repair]).await;
    let driver = volunteer(&world, Who::Auditor, &[Skill::Transport]).await;
    let wish = made(&world, json!({ "mayPublish": false })).await;
    let wish = clear(&world, &wish, json!({ "skills": ["HAIRCUT"] })).await;
    let publish = step(&world, Who::Manager, "wishPublish", &wish, json!({})).await;
    assert_eq!(code(&publish), "NOT_PUBLIC");
    let cannot = json!({ "to": [{ "volunteer": driver.id.to_string() }] });
    let refused = step(&world, Who::Manager, "wishOffer", &wish, cannot).await;
    assert_eq!(code(&refused), "UNKNOWN_REFERENCE");
    // Nobody is named: those who can do it are asked in turn.
    let hour = json!({ "minutes": 60 });
    let wish = stepped(&world, Who::Manager, "wishOffer", &wish, hour).await;
    assert_eq!(wish["state"], "OFFERED");
    let own = "{ ownWishOffers { nodes { id state version card { text } } } }";
    let mine =
        world.run(Who::Neighbour, own, json!({})).await["data"]["ownWishOffers"]["nodes"].clone();
    assert_eq!(mine[0]["card"]["text"], "School bags", "{mine}");
    let theirs = world.run(Who::Colleague, own, json!({})).await;
    assert_eq!(theirs["data"]["ownWishOffers"]["nodes"], json!([]), "not their turn");
    world.work().await;
    assert!(
        world.last_sms(&Who::Neighbour.phone()).await.unwrap().contains("Declining costs nothing")
    );
    // It is not public, and who is not asked learns nothing.
    let hidden = try_error(&world, Who::Neighbour, &wish).await;
    assert_eq!(hidden, "NOT_FOUND");
    let input =
        json!({ "id": mine[0]["id"], "expectedVersion": mine[0]["version"], "reason": "没空" });
    assert_eq!(fault(&world, Who::Colleague, "wishOfferDecline", input.clone()).await, "NOT_FOUND");
    let declined = world.mutate(Who::Neighbour, "wishOfferDecline", input, OFFER).await;
    assert_eq!(declined["offer"]["state"], "DECLINED");
    let next =
        world.run(Who::Colleague, own, json!({})).await["data"]["ownWishOffers"]["nodes"].clone();
    assert_eq!(next[0]["state"], "OPEN", "{next}");
    world.advance(Duration::minutes(61));
    let input = json!({ "id": next[0]["id"], "expectedVersion": next[0]["version"] });
    let late = world.mutate(Who::Colleague, "wishOfferAccept", input, CLAIM).await;
    assert_eq!(code(&late), "WINDOW_CLOSED");
    world.work().await;
    let now = look(&world, Who::Manager, &wish).await;
    assert_eq!(now["state"], "VERIFIED", "nobody is left: the community decides anew");
    let states = "query($id: ID!) { wish(id: $id) { offers { state volunteerId } } }";
    let asked = world.run(Who::Manager, states, json!({ "id": wish["id"] })).await;
    let asked = &asked["data"]["wish"]["offers"];
    assert_eq!(asked[0], json!({ "state": "DECLINED", "volunteerId": cutter.id.to_string() }));
    assert_eq!(asked[1], json!({ "state": "TIMED_OUT", "volunteerId": other.id.to_string() }));
    let own = world.run(Who::Resident, states, json!({ "id": wish["id"] })).await;
    assert_eq!(own["data"]["wish"]["offers"], json!([]), "who declined is nobody's business");
    // Next time who was asked longest ago comes first.
    let wish = stepped(&world, Who::Manager, "wishOffer", &now, json!({ "minutes": 60 })).await;
    let asked = world.run(Who::Manager, states, json!({ "id": wish["id"] })).await;
    assert_eq!(asked["data"]["wish"]["offers"][2]["volunteerId"], cutter.id.to_string());
    stepped(&world, Who::Manager, "wishOffersStop", &wish, json!({})).await;
    consistent(&world).await;
}

async fn try_error(world: &World, who: Who, wish: &Value) -> String {
    fault(world, who, "wishClaim", json!({ "wishId": wish["id"] })).await
}

#[tokio::test]
async fn a_group_accepts_and_hands_over() {
    let world = World::new().await;
    let leader = volunteer(&world, Who::Neighbour, &[]).await;
    let member = volunteer(&world, Who::Colleague, &[]).await;
    volunteer(&world, Who::Auditor, &[]).await;
    let team = team(&world, &[&leader, &member]).await;
    let wish = verified(&world, json!({ "quantity": 3 })).await;
    let to = json!({ "to": [{ "team": team.to_string() }], "minutes": 60 });
    let wish = stepped(&world, Who::Manager, "wishOffer", &wish, to).await;
    let own = "{ ownWishOffers { nodes { id state version groupName } } }";
    let offer = world.run(Who::Colleague, own, json!({})).await["data"]["ownWishOffers"]["nodes"]
        [0]
    .clone();
    assert_eq!(offer["groupName"], "Helping hands");
    let input = json!({ "id": offer["id"], "expectedVersion": offer["version"] });
    let member_declines = fault(&world, Who::Colleague, "wishOfferDecline", input.clone()).await;
    assert_eq!(member_declines, "FORBIDDEN", "who speaks for the team does");
    let some = with(input, json!({ "units": 2 }));
    let claim = world.mutate(Who::Colleague, "wishOfferAccept", some, CLAIM).await;
    assert_eq!(claim["claim"]["groupName"], "Helping hands", "{claim}");
    let claim = claim["claim"].clone();
    let now = look(&world, Who::Manager, &wish).await;
    assert_eq!((&now["state"], &now["unitsLeft"]), (&json!("VERIFIED"), &json!(1)));
    // One who belongs to nothing is told nothing; a phone of nobody and of a stranger are the same.
    for to in [json!({ "phone": "13700001111" }), json!({ "phone": Who::Stranger.phone() })] {
        let input = json!({ "to": to });
        let refused = hand_over(&world, Who::Colleague, &claim, input).await;
        assert_eq!(code(&refused), "UNKNOWN_REFERENCE");
    }
    let to = json!({ "to": { "phone": Who::Auditor.phone() }, "minutes": 60 });
    let handed = hand_over(&world, Who::Colleague, &claim, to.clone()).await;
    assert_eq!(handed["offer"]["handsOver"], true, "{handed}");
    // Whom it was offered to before has nothing to answer any more.
    let stale = hand_over(&world, Who::Colleague, &claim, to.clone()).await;
    assert_eq!(code(&stale), "STALE_VERSION", "what was read is offered once");
    let claim = look_claim(&world, Who::Colleague, &claim).await;
    let twice = hand_over(&world, Who::Colleague, &claim, to).await;
    let offer = &handed["offer"];
    let input = json!({ "id": offer["id"], "expectedVersion": offer["version"] });
    let late = world.mutate(Who::Auditor, "wishOfferAccept", input, CLAIM).await;
    assert_eq!(code(&late), "STALE_VERSION", "{late}");
    let offer = &twice["offer"];
    let input = json!({ "id": offer["id"], "expectedVersion": offer["version"] });
    let taken = world.mutate(Who::Auditor, "wishOfferAccept", input, CLAIM).await;
    assert_eq!((&taken["claim"]["units"], &taken["errors"]), (&json!(2), &json!([])));
    let before = look_claim(&world, Who::Colleague, &claim).await;
    assert_eq!(before["state"], "HANDED_OVER");
    let input = json!({ "id": claim["id"] });
    let reveal = fault(&world, Who::Colleague, "wishClaimContactReveal", input).await;
    assert_eq!(reveal, "ILLEGAL_TRANSITION", "the contact went with the claim");
    consistent(&world).await;
}

async fn hand_over(world: &World, who: Who, claim: &Value, more: Value) -> Value {
    let input = json!({ "id": claim["id"], "expectedVersion": claim["version"] });
    world.mutate(who, "wishClaimHandOver", with(input, more), OFFER).await
}

#[tokio::test]
async fn the_menu_says_how_often() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let input = json!({ "communityId": community, "category": "CARE", "names": { "zhHans": "义务理发" },
        "skills": ["HAIRCUT", "HAIRCUT"], "mostOrders": 1, "perDays": 30 });
    let fields = "item { id version skills }";
    let item = world.mutate(Who::Manager, "helpItemCreate", input, fields).await["item"].clone();
    assert_eq!(item["skills"], json!(["HAIRCUT"]));
    let order = json!({ "itemId": item["id"], "category": null });
    let first = made(&world, order.clone()).await;
    let again = with(order.clone(), json!({ "communityId": community, "need": "再来一次" }));
    let refused = world.mutate(Who::Resident, "wishMake", again.clone(), WISH).await;
    assert_eq!(code(&refused), "TOO_MANY_WISHES");
    // What was taken back does not count.
    stepped(&world, Who::Resident, "wishWithdraw", &first, json!({})).await;
    let second = made(&world, order.clone()).await;
    world.advance(Duration::days(31));
    made(&world, order).await;
    let cleared = clear(&world, &second, json!({})).await;
    assert_eq!(
        code(&step(&world, Who::Manager, "wishPublish", &cleared, json!({})).await),
        "NOT_PUBLIC"
    );
    let input = json!({ "id": item["id"], "expectedVersion": item["version"], "active": false });
    world.mutate(Who::Manager, "helpItemChange", input, fields).await;
    let gone = world.mutate(Who::Resident, "wishMake", again, WISH).await;
    assert_eq!(code(&gone), "UNKNOWN_REFERENCE");
}

#[tokio::test]
async fn staff_enter_a_wish_for_somebody_who_keeps_every_right() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let person = json!({ "name": "老人", "phone": "13811112222", "contactPreference": "CALL" });
    let wish = made_by(&world, Who::Specialist, json!({ "beneficiary": person })).await;
    assert!(look(&world, Who::Resident, &wish).await.is_null());
    let wish = clear(&world, &wish, json!({})).await;
    let wish = stepped(&world, Who::Manager, "wishPublish", &wish, json!({})).await;
    claimed(&world, Who::Neighbour, &wish, json!({})).await;
    let now = look(&world, Who::Specialist, &wish).await;
    assert!(now["availableActions"].as_array().unwrap().contains(&json!("WITHDRAW")));
    let unsaid =
        step(&world, Who::Specialist, "wishWithdraw", &now, json!({ "recorded": true })).await;
    assert_eq!(unsaid["wish"]["state"], "WITHDRAWN");
    world.work().await;
    let told = world.last_sms(&Who::Neighbour.phone()).await.unwrap();
    assert!(told.contains("taken back"), "{told}");
    // A draft is nobody else's business.
    let draft = made(&world, json!({ "submit": false })).await;
    assert_eq!(draft["state"], "DRAFT");
    assert!(look(&world, Who::Manager, &draft).await.is_null());
    let draft = stepped(&world, Who::Resident, "wishSubmit", &draft, json!({})).await;
    assert_eq!(draft["state"], "SUBMITTED");
    let reason = json!({ "reason": "不在本社区范围" });
    let draft = stepped(&world, Who::Manager, "wishDecline", &draft, reason).await;
    assert_eq!(look(&world, Who::Resident, &draft).await["reason"], "不在本社区范围");
    consistent(&world).await;
}

/// What somebody sees of a wish, field by field: the names of what is not null.
async fn sees(world: &World, who: Who, wish: &Value, claim: Option<&Value>) -> String {
    let query = "query($w: ID!, $c: ID!) { \
        card: wishCard(id: $w) { number text unitsLeft } \
        wish(id: $w) { number need address person { name } claims { id doorCode claimer { name } } } \
        claim: wishClaim(id: $c) { state doorCode units claimer { name } card { number text } } }";
    let none = json!("clm_00000000000070008000000000000000");
    let ids = json!({ "w": wish["id"], "c": claim.map_or(&none, |c| &c["id"]) });
    let answer = world.run(who, query, ids).await;
    let seen = &answer["data"];
    let reveal = match claim {
        None => "-".to_owned(),
        Some(claim) => {
            let name = "wishClaimContactReveal";
            let query = "mutation($i: WishClaimContactRevealInput!) { wishClaimContactReveal(input: $i) \
                         { contact { name phone address need } errors { code } } }";
            let input = json!({ "i": { "id": claim["id"] } });
            let answer = world.run(who, query, input).await;
            match answer["data"][name]["contact"]["phone"].as_str() {
                Some(phone) => format!("phone …{}", &phone[phone.len() - 2..]),
                None => answer["data"][name]["errors"][0]["code"]
                    .as_str()
                    .or(answer["errors"][0]["extensions"]["code"].as_str())
                    .unwrap_or("")
                    .to_owned(),
            }
        }
    };
    format!(
        "card: {} | wish: {} | claim: {} | contact: {reveal}",
        seen["card"],
        strip(&seen["wish"]),
        strip(&seen["claim"])
    )
}

/// Ids and codes differ in every run.
fn strip(seen: &Value) -> Value {
    match seen {
        Value::Object(fields) => fields
            .iter()
            .map(|(k, v)| {
                let hidden = matches!(k.as_str(), "id" | "doorCode" | "number") && !v.is_null();
                (k.clone(), if hidden { json!("…") } else { strip(v) })
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(strip).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn everybody_sees_what_the_policy_says_before_during_and_after_a_claim() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    volunteer(&world, Who::BlockLead, &[]).await;
    let wish = published(&world, json!({})).await;
    let number = wish["number"].as_str().unwrap().to_owned();
    let mut text = String::new();
    let everybody = [
        ("visitor", Who::Nobody),
        ("another resident", Who::Overseer),
        ("claimer", Who::Neighbour),
        ("another volunteer", Who::BlockLead),
        ("wisher", Who::Resident),
        ("specialist", Who::Specialist),
        ("manager", Who::Manager),
        ("specialist elsewhere", Who::Stranger),
    ];
    for (name, who) in everybody {
        text.push_str(&format!("before, {name}: {}\n", sees(&world, who, &wish, None).await));
    }
    let claim = claimed(&world, Who::Neighbour, &wish, json!({})).await;
    for (name, who) in everybody {
        let seen = sees(&world, who, &wish, Some(&claim)).await;
        text.push_str(&format!("during, {name}: {seen}\n"));
    }
    let delivered = stepped(&world, Who::Neighbour, "wishClaimDeliver", &claim, json!({})).await;
    let seen = sees(&world, Who::Neighbour, &wish, Some(&claim)).await;
    text.push_str(&format!("delivered, claimer: {seen}\n"));
    stepped(&world, Who::Resident, "wishClaimConfirm", &delivered, json!({})).await;
    for (name, who) in everybody {
        let seen = sees(&world, who, &wish, Some(&claim)).await;
        text.push_str(&format!("after, {name}: {seen}\n"));
    }
    insta::assert_snapshot!(text.replace(&number, "NUMBER"));
    // The wisher reads who looked, and what for.
    let query = "{ readLog { nodes { purpose wishId staff { name } } } }";
    let log = world.run(Who::Resident, query, json!({})).await["data"]["readLog"]["nodes"].clone();
    let of = |purpose: &str| {
        let rows = log.as_array().unwrap().iter().filter(|r| r["purpose"] == purpose);
        rows.map(|r| r["staff"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("WISH_CONTACT"), ["Neighbour"], "{log}");
    let mut looked = of("WISH");
    looked.sort();
    assert_eq!(looked, ["Manager", "Specialist"], "{log}");
    assert_eq!(log[0]["wishId"], wish["id"]);
}

#[tokio::test]
async fn a_page_of_fifty_cards_takes_at_most_four_statements() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let query =
        "query($c: ID!) { places(filter: { communityId: $c, kind: BLOCK }) { nodes { id } } }";
    let found = world.run(Who::Nobody, query, json!({ "c": community })).await;
    let block = &found["data"]["places"]["nodes"][0]["id"];
    for n in 0..19 {
        let who = if n % 2 == 0 { Who::Resident } else { Who::Neighbour };
        let wish = made_by(&world, who, json!({})).await;
        let wish = clear(&world, &wish, json!({ "blockId": block })).await;
        stepped(&world, Who::Manager, "wishPublish", &wish, json!({})).await;
    }
    let (world, count) = counted(world).await;
    let query = "query($c: ID!, $n: Int) { wishCards(communityId: $c, first: $n) { totalCount nodes { number \
                 text category unitsLeft item { name } block { name } ageBand skills publishedAt } } }";
    let small = statements(&world, &count, query, json!({ "c": community, "n": 2 })).await;
    let large = statements(&world, &count, query, json!({ "c": community, "n": 50 })).await;
    assert!(large <= 4, "{large} statements");
    assert_eq!(small, large, "they do not grow with the page");
    let query = "query($c: ID!, $n: Int) { wishes(communityId: $c, state: PUBLISHED, first: $n) { nodes { number \
                 need state availableActions person { name } claims { state units claimer { name } } card { text } \
                 offers { state } } } }";
    let small = statements(&world, &count, query, json!({ "c": community, "n": 2 })).await;
    let large = statements(&world, &count, query, json!({ "c": community, "n": 19 })).await;
    assert!(large <= 8, "{large} statements");
    assert_eq!(small, large, "they do not grow with the page");
}

#[tokio::test]
async fn a_neighbour_wishes_for_somebody_by_a_delegation() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let phone = json!({ "delegatePhone": Who::Neighbour.phone(), "wishes": true,
        "until": "2025-07-03T00:00:00Z" });
    let fields = "delegation { id version }";
    let given = world.mutate(Who::Resident, "delegationGive", phone, fields).await;
    let given = &given["delegation"];
    let input = json!({ "id": given["id"], "expectedVersion": given["version"] });
    let accepted = world.mutate(Who::Neighbour, "delegationAccept", input, fields).await;
    let accepted = &accepted["delegation"];
    let by = json!({ "delegationId": accepted["id"], "shareContact": false });
    let wish = made_by(&world, Who::Neighbour, by.clone()).await;
    let own = "{ ownWishes { nodes { id enteredByDelegate enteredByStaff } } }";
    let mine = world.run(Who::Resident, own, json!({})).await;
    let seen = json!({ "id": wish["id"], "enteredByDelegate": true, "enteredByStaff": false });
    assert_eq!(mine["data"]["ownWishes"]["nodes"][0], seen, "the principal keeps every right");
    // The delegate sees it, takes it to the end, and is not the one who claimed it.
    let at_station = json!({ "handOver": "STATION" });
    let wish = clear(&world, &wish, at_station.clone()).await;
    let wish = stepped(&world, Who::Manager, "wishPublish", &wish, json!({})).await;
    let claim = claimed(&world, Who::Claimer, &wish, json!({})).await;
    let claim = stepped(&world, Who::Claimer, "wishClaimDeliver", &claim, json!({})).await;
    let seen = look_claim(&world, Who::Neighbour, &claim).await;
    assert_eq!(seen["availableActions"], json!(["CONFIRM", "REFUSE"]), "{seen}");
    stepped(&world, Who::Neighbour, "wishClaimConfirm", &claim, json!({ "thanks": "代谢" })).await;
    let query = "query($id: ID!) { delegation(id: $id) { wishes { totalCount nodes { state events { kind \
                 actedAs delegate { name } } } } } }";
    let listed = world.run(Who::Neighbour, query, json!({ "id": accepted["id"] })).await;
    let listed = &listed["data"]["delegation"]["wishes"];
    assert_eq!(
        (&listed["totalCount"], &listed["nodes"][0]["state"]),
        (&json!(1), &json!("FULFILLED"))
    );
    let events = listed["nodes"][0]["events"].as_array().unwrap();
    let acted: Vec<_> = events.iter().map(|e| format!("{} {}", e["kind"], e["actedAs"])).collect();
    assert_eq!(
        acted.join(", ").replace('"', ""),
        "MADE DELEGATE, VERIFIED STAFF, PUBLISHED STAFF, CLAIMED CLAIMER, DELIVERED CLAIMER, \
         CONFIRMED DELEGATE"
    );
    // Who claims what they wished for by a delegation does not confirm it too.
    let other = made_by(&world, Who::Neighbour, by.clone()).await;
    let other = clear(&world, &other, at_station).await;
    let other = stepped(&world, Who::Manager, "wishPublish", &other, json!({})).await;
    let own = claimed(&world, Who::Neighbour, &other, json!({})).await;
    let own = stepped(&world, Who::Neighbour, "wishClaimDeliver", &own, json!({})).await;
    let input = json!({ "id": own["id"], "expectedVersion": own["version"] });
    assert_eq!(fault(&world, Who::Neighbour, "wishClaimConfirm", input).await, "FORBIDDEN");
    // It ends at once.
    let input = json!({ "id": accepted["id"], "expectedVersion": accepted["version"] });
    let ended = world.mutate(Who::Resident, "delegationEnd", input, fields).await;
    assert_eq!(ended["errors"], json!([]));
    assert!(look(&world, Who::Neighbour, &wish).await.is_null());
    let input = with(
        json!({ "communityId": world.places().await.community.to_string(),
        "category": "OTHER", "need": "再要一个" }),
        by,
    );
    assert_eq!(fault(&world, Who::Neighbour, "wishMake", input).await, "NOT_FOUND");
    consistent(&world).await;
}

#[tokio::test]
async fn what_a_team_fulfilled_is_a_sum() {
    let world = World::new().await;
    let member = volunteer(&world, Who::Neighbour, &[]).await;
    let team = team(&world, &[&member]).await;
    let together = async |who: Who, year: i32| {
        let query = "query($t: ID!, $y: Int!) { wishesTogether(of: { team: $t }, year: $y) \
                     { wishes unitsConfirmed unitsUnconfirmed } }";
        let sum = world.run(who, query, json!({ "t": team.to_string(), "y": year })).await;
        assert!(sum.get("errors").is_none(), "{sum}");
        sum["data"]["wishesTogether"].clone()
    };
    let mut claims = Vec::new();
    for quantity in 1..=10 {
        let wish = published(&world, json!({ "quantity": quantity })).await;
        let claim =
            claimed(&world, Who::Neighbour, &wish, json!({ "teamId": team.to_string() })).await;
        claims.push(stepped(&world, Who::Neighbour, "wishClaimDeliver", &claim, json!({})).await);
    }
    for claim in claims.iter().take(9) {
        stepped(&world, Who::Resident, "wishClaimConfirm", claim, json!({})).await;
    }
    let expected = |wishes: i32, confirmed: i32, unconfirmed: i32| json!({ "wishes": wishes, "unitsConfirmed": confirmed, "unitsUnconfirmed": unconfirmed });
    assert_eq!(together(Who::Manager, 2025).await, expected(9, 45, 0), "exact for who runs it");
    assert_eq!(together(Who::Manager, 2024).await, expected(0, 0, 0));
    for who in [Who::Nobody, Who::Neighbour, Who::Specialist] {
        assert_eq!(together(who, 2025).await, json!(null), "{who:?}: the quarter goes on");
    }
    world.advance(Duration::days(30));
    assert_eq!(together(Who::Nobody, 2025).await, json!(null), "too few");
    world.work().await;
    assert_eq!(together(Who::Manager, 2025).await, expected(10, 45, 10));
    assert_eq!(together(Who::Nobody, 2025).await, json!(null), "the tenth is of this quarter");
    world.advance(Duration::days(95));
    assert_eq!(together(Who::Nobody, 2025).await, expected(10, 45, 10));
    assert_eq!(together(Who::Nobody, 2024).await, json!(null));
}

#[tokio::test]
async fn nobody_fulfils_their_own_wish() {
    let world = World::new().await;
    let wisher = volunteer(&world, Who::Resident, &[]).await;
    let member = volunteer(&world, Who::Neighbour, &[]).await;
    let team = team(&world, &[&member, &wisher]).await;
    let wish = verified(&world, json!({})).await;
    let to = json!({ "to": [{ "team": team.to_string() }], "minutes": 60 });
    stepped(&world, Who::Manager, "wishOffer", &wish, to).await;
    let own = "{ ownWishOffers { nodes { id version } } }";
    let seen = world.run(Who::Resident, own, json!({})).await;
    let offer = &seen["data"]["ownWishOffers"]["nodes"][0];
    let input = json!({ "id": offer["id"], "expectedVersion": offer["version"] });
    assert_eq!(fault(&world, Who::Resident, "wishOfferAccept", input).await, "FORBIDDEN");
    let open = published(&world, json!({})).await;
    assert_eq!(try_error(&world, Who::Resident, &open).await, "FORBIDDEN");
}

#[tokio::test]
async fn who_cannot_be_asked_any_more_is_passed_over() {
    let world = World::new().await;
    let first = volunteer(&world, Who::Neighbour, &[]).await;
    let second = volunteer(&world, Who::Colleague, &[]).await;
    let third = volunteer(&world, Who::Auditor, &[]).await;
    let wish = verified(&world, json!({})).await;
    let to: Vec<Value> = [&first, &second, &third]
        .iter()
        .map(|v| json!({ "volunteer": v.id.to_string() }))
        .collect();
    let wish =
        stepped(&world, Who::Manager, "wishOffer", &wish, json!({ "to": to, "minutes": 60 })).await;
    let pause = json!({ "id": second.id.to_string(), "expectedVersion": 1, "paused": true });
    let paused =
        world.mutate(Who::Colleague, "volunteerChange", pause, "volunteer { state }").await;
    assert_eq!(paused["volunteer"]["state"], "PAUSED", "{paused}");
    world.advance(Duration::minutes(61));
    world.work().await;
    let states = "query($id: ID!) { wish(id: $id) { offers { state } } }";
    let asked = world.run(Who::Manager, states, json!({ "id": wish["id"] })).await;
    let expected = json!([{ "state": "TIMED_OUT" }, { "state": "CANCELLED" }, { "state": "OPEN" }]);
    assert_eq!(asked["data"]["wish"]["offers"], expected);
    world.work().await;
    assert!(world.last_sms(&Who::Auditor.phone()).await.unwrap().contains("asked"));
    // The wish ends while somebody is asked, and who wishes hears of it.
    world.advance(Duration::days(91));
    world.work().await;
    world.work().await;
    assert_eq!(look(&world, Who::Resident, &wish).await["state"], "EXPIRED");
    let told = world.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(told.contains("is over"), "{told}");
    consistent(&world).await;
}

#[tokio::test]
async fn only_who_wishes_says_what_may_be_done_with_it() {
    let world = World::new().await;
    let wish = made(&world, json!({ "shareContact": false })).await;
    let input =
        json!({ "id": wish["id"], "expectedVersion": wish["version"], "shareContact": true });
    assert_eq!(fault(&world, Who::Specialist, "wishChange", input.clone()).await, "FORBIDDEN");
    let other = json!({ "id": wish["id"], "expectedVersion": wish["version"], "quantity": 2 });
    assert_eq!(fault(&world, Who::Specialist, "wishChange", other).await, "");
    world.work().await;
    let told = world.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(told.contains("was changed"), "{told}");
    // What should not have been published is taken down.
    let open = published(&world, json!({})).await;
    let reason = json!({ "reason": "内容不实" });
    let down = stepped(&world, Who::Manager, "wishDecline", &open, reason).await;
    assert_eq!(down["state"], "DECLINED");
    // A number on the way to the door is not on the card either.
    let card = json!({ "card": { "zhHans": "送到3号2单元楼下" }, "handOver": "STATION" });
    let refused =
        step(&world, Who::Manager, "wishVerify", &made(&world, json!({})).await, card).await;
    assert_eq!(code(&refused), "CARD_TELLS_WHO");
    consistent(&world).await;
}

#[tokio::test]
async fn a_page_of_claims_takes_as_many_statements_whatever_its_size() {
    let world = World::new().await;
    volunteer(&world, Who::Specialist, &[]).await;
    for _ in 0..6 {
        let wish = published(&world, json!({})).await;
        claimed(&world, Who::Specialist, &wish, json!({})).await;
    }
    let (world, count) = counted(world).await;
    let query = "query($n: Int) { ownWishClaims(first: $n) { nodes { state doorCode availableActions groupName \
                 claimer { name } card { number text } } } }";
    let small = statements(&world, &count, query, json!({ "n": 2 })).await;
    let large = statements(&world, &count, query, json!({ "n": 6 })).await;
    assert!(large <= 5, "{large} statements");
    assert_eq!(small, large, "they do not grow with the page");
}

#[tokio::test]
async fn time_is_given_for_a_claim_of_ones_own() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let wish = published(&world, json!({})).await;
    let claim = claimed(&world, Who::Claimer, &wish, json!({})).await;
    let input = json!({ "communityId": community, "claimId": claim["id"] });
    let other = world.mutate(Who::Volunteer, "hoursCheckIn", input.clone(), "hours { id }").await;
    assert_eq!(code(&other), "UNKNOWN_REFERENCE");
    let fields = "hours { id version claimId }";
    let done = world.mutate(Who::Claimer, "hoursCheckIn", input.clone(), fields).await;
    assert_eq!(done["hours"]["claimId"], claim["id"], "{done}");
    world.advance(Duration::minutes(40));
    let leave = json!({ "id": done["hours"]["id"], "expectedVersion": done["hours"]["version"] });
    let left = world.mutate(Who::Claimer, "hoursCheckOut", leave, "hours { state }").await;
    assert_eq!(left["hours"]["state"], "APPROVED", "{left}");
    stepped(&world, Who::Claimer, "wishClaimRelease", &claim, json!({})).await;
    let late = world.mutate(Who::Claimer, "hoursCheckIn", input, fields).await;
    assert_eq!(code(&late), "UNKNOWN_REFERENCE", "it lasts no more");
}

#[tokio::test]
async fn only_who_wishes_says_what_others_may_know_of_them() {
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let given = crate::delegations::accepted(&world, json!({ "wishes": true })).await;
    let by = json!({ "delegationId": given["id"] });
    for (share, guardian, path) in
        [(true, false, "shareContact"), (false, true, "guardianConsents")]
    {
        let input = json!({ "communityId": world.places().await.community.to_string(),
            "category": "OTHER", "need": "轮椅", "shareContact": share, "minorInvolved": guardian,
            "guardianConsents": guardian });
        let done = world.mutate(Who::Neighbour, "wishMake", with(input, by.clone()), WISH).await;
        assert_eq!(code(&done), "NOT_BY_DELEGATE", "{done}");
        assert_eq!(done["errors"][0]["path"], json!([path]));
    }
    let silent = json!({ "shareContact": false });
    let wish = made_by(&world, Who::Neighbour, with(by.clone(), silent.clone())).await;
    // Nor does a delegate say it later, be it of a wish that staff entered.
    let account =
        linli::identity::queries::account_by_phone(&world.app, &Who::Resident.phone()).await;
    let person = account.unwrap().unwrap().person_id.to_string();
    let more = with(json!({ "beneficiary": { "personId": person } }), silent);
    let entered = made_by(&world, Who::Specialist, more).await;
    for (wish, field) in
        [(&wish, "shareContact"), (&entered, "shareContact"), (&entered, "guardianConsents")]
    {
        let mut input = json!({ "id": wish["id"], "expectedVersion": wish["version"] });
        input[field] = json!(true);
        let refused = fault(&world, Who::Neighbour, "wishChange", input).await;
        assert_eq!(refused, "FORBIDDEN", "{field}");
    }
    let told = json!({ "shareContact": true });
    stepped(&world, Who::Specialist, "wishChange", &entered, told.clone()).await;
    let said = "SELECT COUNT(*) FROM wish WHERE share_contact";
    assert_eq!(world.number(said).await, 1, "staff write down what they were told");
    let open = async |wish: &Value, at: &str| {
        let wish = clear(&world, wish, json!({ "handOver": at })).await;
        let wish = stepped(&world, Who::Manager, "wishPublish", &wish, json!({})).await;
        let claim = claimed(&world, Who::Neighbour, &wish, json!({})).await;
        world
            .mutate(
                Who::Neighbour,
                "wishClaimContactReveal",
                json!({ "id": claim["id"] }),
                "contact { phone }",
            )
            .await
    };
    assert_eq!(code(&open(&wish, "STATION").await), "CONTACT_NOT_SHARED");
    let own = made_by(&world, Who::Neighbour, with(by, json!({ "shareContact": false }))).await;
    let own = stepped(&world, Who::Resident, "wishChange", &own, told).await;
    assert_eq!(open(&own, "DOOR_CODE").await["contact"]["phone"], Who::Resident.phone());
}

#[tokio::test]
async fn a_specialist_is_their_mothers_delegate() {
    let world = World::new().await;
    let phone = json!({ "wishes": true, "delegatePhone": Who::Specialist.phone() });
    let given = crate::delegations::given(&world, phone).await;
    crate::delegations::step(&world, Who::Specialist, "delegationAccept", &given).await;
    let acted = async |wish: &Value| {
        let query = "query($id: ID!) { wish(id: $id) { events { kind actedAs } } }";
        let seen = world.run(Who::Resident, query, json!({ "id": wish["id"] })).await;
        let last = seen["data"]["wish"]["events"].as_array().unwrap().last().unwrap().clone();
        format!("{} {}", last["kind"].as_str().unwrap(), last["actedAs"].as_str().unwrap())
    };
    // A draft is no business of staff, but of the delegate.
    let draft = made(&world, json!({ "submit": false })).await;
    assert_eq!(look(&world, Who::Specialist, &draft).await["state"], "DRAFT");
    assert!(look(&world, Who::Colleague, &draft).await.is_null());
    let mine = json!({ "recorded": false });
    let input = json!({ "id": draft["id"], "expectedVersion": draft["version"] });
    let other = fault(&world, Who::Colleague, "wishWithdraw", input).await;
    assert_eq!(other, "NOT_FOUND");
    stepped(&world, Who::Specialist, "wishWithdraw", &draft, mine.clone()).await;
    assert_eq!(acted(&draft).await, "WITHDRAWN DELEGATE");
    // What staff may do they do as staff; the wisher's own word as the delegate.
    let wish = made(&world, json!({})).await;
    let input = json!({ "id": wish["id"], "expectedVersion": wish["version"], "recorded": false });
    assert_eq!(fault(&world, Who::Colleague, "wishWithdraw", input).await, "FORBIDDEN");
    stepped(&world, Who::Specialist, "wishWithdraw", &wish, mine.clone()).await;
    assert_eq!(acted(&wish).await, "WITHDRAWN DELEGATE");
    let wish = made(&world, json!({})).await;
    stepped(&world, Who::Specialist, "wishWithdraw", &wish, json!({ "recorded": true })).await;
    assert_eq!(acted(&wish).await, "WITHDRAWN STAFF");
    let wish = published(&world, json!({})).await;
    let claim = claimed(&world, Who::Claimer, &wish, json!({})).await;
    let claim = stepped(&world, Who::Claimer, "wishClaimDeliver", &claim, json!({})).await;
    let input = json!({ "id": claim["id"], "expectedVersion": claim["version"] });
    assert_eq!(fault(&world, Who::Colleague, "wishClaimConfirm", input).await, "FORBIDDEN");
    stepped(&world, Who::Specialist, "wishClaimConfirm", &claim, mine).await;
    assert_eq!(acted(&wish).await, "CONFIRMED DELEGATE");
    consistent(&world).await;
}
