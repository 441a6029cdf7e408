//! What operations of wishes are asked with: wishes of the resident's, claimed by the claimer.

use serde_json::{Value, json};

use crate::{
    wishes::{claimed, made, published, step, verified},
    world::{Who, World},
};

/// An item of the help menu.
pub async fn item(world: &World) -> Value {
    let community = world.places().await.community.to_string();
    let input = json!({ "communityId": community, "category": "CARE",
        "names": { "zhHans": "义务理发" } });
    let done = world.mutate(Who::Manager, "helpItemCreate", input, "item { id version }").await;
    done["item"].clone()
}

/// A claim that its claimer says is done.
pub async fn delivered(world: &World) -> Value {
    let claim = held(world).await;
    let done = step(world, Who::Claimer, "wishClaimDeliver", &claim, json!({})).await;
    done["claim"].clone()
}

async fn held(world: &World) -> Value {
    let wish = published(world, json!({})).await;
    claimed(world, Who::Claimer, &wish, json!({})).await
}

/// A wish that is offered to somebody, and their offer.
pub async fn offered(world: &World, who: Who) -> (Value, Value) {
    let wish = verified(world, json!({})).await;
    let account = linli::identity::queries::account_by_phone(&world.app, &who.phone()).await;
    let person = account.unwrap().unwrap().person_id;
    let conn = world.app.db.reader();
    let community = world.places().await.community;
    let found = linli::volunteers::queries::active(conn, community, person).await.unwrap();
    let to = json!({ "to": [{ "volunteer": found.unwrap().id.to_string() }] });
    let wish = step(world, Who::Manager, "wishOffer", &wish, to).await["wish"].clone();
    let query = "query($id: ID!) { wish(id: $id) { offers { id version } } }";
    let asked = world.run(Who::Manager, query, json!({ "id": wish["id"] })).await;
    let offers = asked["data"]["wish"]["offers"].as_array().unwrap().clone();
    (wish, offers.last().unwrap().clone())
}

/// The input of a mutation of wishes, with something that is ready for it.
pub async fn input(world: &World, name: &str, way: &str) -> Option<Value> {
    let versioned = |o: &Value| json!({ "id": o["id"], "expectedVersion": o["version"] });
    let card = json!({ "zhHans": "书包" });
    Some(match name {
        "helpItemCreate" => {
            json!({ "names": { "zhHans": "维修" }, "mostOrders": 1, "perDays": 30 })
        }
        "helpItemChange" => versioned(&item(world).await),
        "wishMake" if way == "for somebody" => {
            json!({ "need": "轮椅", "category": "OTHER", "quantity": 1, "itemId": null,
                "wishedBy": null, "beneficiary": { "name": "周奶奶" } })
        }
        "wishMake" => json!({ "need": "轮椅", "category": "OTHER", "quantity": 1 }),
        "wishChange" => versioned(&made(world, json!({})).await),
        "wishSubmit" => versioned(&made(world, json!({ "submit": false })).await),
        "wishWithdraw" => {
            let mut input = versioned(&published(world, json!({})).await);
            input["recorded"] = json!(way == "recorded");
            input
        }
        "wishVerify" => {
            let mut input = versioned(&made(world, json!({})).await);
            input["card"] = card;
            input["handOver"] = json!("STATION");
            input
        }
        "wishDecline" => versioned(&made(world, json!({})).await),
        "wishPublish" => versioned(&verified(world, json!({})).await),
        "wishUnpublish" => versioned(&published(world, json!({})).await),
        "wishOffer" => {
            let mut input = versioned(&verified(world, json!({})).await);
            input["minutes"] = json!(60);
            input
        }
        "wishOffersStop" => versioned(&offered(world, Who::Claimer).await.0),
        "wishOfferAccept" | "wishOfferDecline" => versioned(&offered(world, Who::Claimer).await.1),
        "wishClaim" => json!({ "wishId": published(world, json!({})).await["id"] }),
        "wishClaimRenew" | "wishClaimRelease" | "wishClaimDeliver" => versioned(&held(world).await),
        "wishClaimHandOver" => {
            let mut input = versioned(&held(world).await);
            input["to"] = json!({ "phone": Who::Volunteer.phone() });
            input["minutes"] = json!(60);
            input
        }
        "wishClaimConfirm" | "wishClaimRefuse" => {
            let mut input = versioned(&delivered(world).await);
            input["recorded"] = json!(way == "recorded");
            input
        }
        "wishClaimContactReveal" => json!({ "id": held(world).await["id"] }),
        "wishContactReveal" => json!({ "id": made(world, json!({})).await["id"] }),
        _ => return None,
    })
}

/// The arguments of a query of wishes, with something to be found.
pub async fn arguments(world: &World, name: &str) -> Option<Value> {
    Some(match name {
        "helpItems" => {
            item(world).await;
            json!({})
        }
        "wishCards" => {
            published(world, json!({})).await;
            json!({})
        }
        "wishCard" => json!({ "id": published(world, json!({})).await["id"] }),
        "wishes" => {
            made(world, json!({})).await;
            json!({ "state": "SUBMITTED" })
        }
        "wish" => json!({ "id": made(world, json!({})).await["id"] }),
        "ownWishes" => {
            made(world, json!({})).await;
            json!({})
        }
        "wishClaim" => json!({ "id": held(world).await["id"] }),
        "ownWishClaims" => {
            held(world).await;
            json!({})
        }
        "wishOffer" => json!({ "id": offered(world, Who::Claimer).await.1["id"] }),
        "ownWishOffers" => {
            offered(world, Who::Claimer).await;
            json!({})
        }
        "wishesTogether" => {
            json!({ "of": { "branch": crate::party::branch(world).await }, "year": 2025 })
        }
        "wishCandidates" => json!({ "wishId": verified(world, json!({})).await["id"] }),
        _ => return None,
    })
}
