//! Who belongs to which branch, and who knows.

use serde_json::{Value, json};

use crate::{
    wishes::{CLAIM, claimed, fault, published, step, verified},
    world::{Who, World},
};

const MEMBERSHIP: &str =
    "membership { id version name since until endedBy transferred branch { code } }";

/// The branch of the secretary.
pub async fn branch(world: &World) -> Value {
    let query = "query($c: ID!) { places(filter: { communityId: $c, kind: PARTY_BRANCH }) { nodes { id code } } }";
    let community = world.places().await.community.to_string();
    let found = world.run(Who::Nobody, query, json!({ "c": community })).await;
    let nodes = found["data"]["places"]["nodes"].as_array().unwrap().clone();
    nodes.into_iter().find(|n| n["code"] == "P1").unwrap()["id"].clone()
}

/// Another branch, below it.
pub async fn another_branch(world: &World) -> Value {
    let code = format!("P{}", world.number("SELECT COUNT(*) FROM place").await);
    let input = json!({ "kind": "PARTY_BRANCH", "code": code, "parentId": branch(world).await,
        "names": { "zhHans": "第一支部" } });
    let made = world.mutate(Who::Manager, "placeCreate", input, "place { id }").await;
    made["place"]["id"].clone()
}

async fn person_id(world: &World, who: Who) -> String {
    let found = linli::identity::queries::account_by_phone(&world.app, &who.phone()).await;
    found.unwrap().unwrap().person_id.to_string()
}

async fn try_add(world: &World, branch: &Value, who: Who) -> Value {
    let input = json!({ "branchId": branch, "member": { "personId": person_id(world, who).await },
        "since": "2020-07-01" });
    world.mutate(Who::Secretary, "partyMemberAdd", input, MEMBERSHIP).await
}

/// Makes somebody a member of the secretary's branch.
pub async fn member(world: &World, who: Who) -> Value {
    let done = try_add(world, &branch(world).await, who).await;
    assert_eq!(done["errors"], json!([]));
    done["membership"].clone()
}

async fn sees(world: &World, who: Who, membership: &Value) -> bool {
    let query = "query($id: ID!) { partyMembership(id: $id) { name } }";
    let seen = world.run(who, query, json!({ "id": membership["id"] })).await;
    !seen["data"]["partyMembership"].is_null()
}

#[tokio::test]
async fn a_membership_is_known_to_the_member_and_the_secretary_alone() {
    let world = World::new().await;
    let membership = member(&world, Who::Neighbour).await;
    assert_eq!(membership["name"], "Neighbour 全名");
    for who in Who::SIGNED_IN {
        let knows = matches!(who, Who::Neighbour | Who::Secretary);
        assert_eq!(sees(&world, who, &membership).await, knows, "{who:?}");
    }
    let own = "{ ownPartyMemberships { nodes { since branch { code } } } }";
    let mine = world.run(Who::Neighbour, own, json!({})).await;
    assert_eq!(mine["data"]["ownPartyMemberships"]["nodes"][0]["branch"]["code"], "P1");
    // Not even a grant, or the trail, tells others.
    let query = "query($p: String!) { staffByPhone(phone: $p) { grants { role } } }";
    let seen = world.run(Who::Admin, query, json!({ "p": Who::Neighbour.phone() })).await;
    assert_eq!(seen["data"]["staffByPhone"]["grants"], json!([]), "{seen}");
    let trail =
        "{ auditTrail(filter: { kind: \"PARTY_MEMBER_ADDED\" }) { nodes { beneficiaryId data } } }";
    let seen = world.run(Who::Auditor, trail, json!({})).await;
    let row = &seen["data"]["auditTrail"]["nodes"][0];
    assert_eq!(row["beneficiaryId"], json!(null), "{seen}");
    let person = person_id(&world, Who::Neighbour).await;
    assert!(!row["data"].as_str().unwrap().contains(&person));
    // Nobody grants what follows from the books.
    let account = world.account(Who::Colleague).await.to_string();
    let input =
        json!({ "accountId": account, "role": "PARTY_MEMBER", "scopeId": branch(&world).await });
    let refused = world.mutate(Who::Admin, "roleGrant", input, "grant { id }").await;
    assert_eq!(refused["errors"][0]["code"], "INVALID_VALUE");
}

#[tokio::test]
async fn who_goes_to_another_branch_keeps_their_history() {
    let world = World::new().await;
    let other = another_branch(&world).await;
    let input = json!({ "accountId": world.account(Who::Colleague).await.to_string(),
        "role": "BRANCH_SECRETARY", "scopeId": other });
    let granted = world.mutate(Who::Admin, "roleGrant", input, "grant { id }").await;
    assert_eq!(granted["errors"], json!([]));
    let first = member(&world, Who::Neighbour).await;
    assert_eq!(
        try_add(&world, &branch(&world).await, Who::Neighbour).await["errors"][0]["code"],
        "CONFLICT"
    );
    assert!(!sees(&world, Who::Colleague, &first).await);
    let versioned = json!({ "id": first["id"], "expectedVersion": first["version"] });
    let mut input = versioned.clone();
    input["toBranchId"] = other.clone();
    input["day"] = json!("2026-01-01");
    let future =
        world.mutate(Who::Secretary, "partyMembershipTransfer", input.clone(), MEMBERSHIP).await;
    assert_eq!(future["errors"][0]["code"], "INVALID_VALUE");
    input["day"] = json!("2025-06-01");
    let own = fault(&world, Who::Neighbour, "partyMembershipTransfer", input.clone()).await;
    assert_eq!(own, "FORBIDDEN", "one sees it, and does not keep the books");
    let done = world.mutate(Who::Secretary, "partyMembershipTransfer", input, MEMBERSHIP).await;
    assert_eq!(done["membership"]["endedBy"], "TRANSFERRED", "{done}");
    let query = "query($b: ID!, $p: Boolean!) { partyMembers(branchId: $b, past: $p) { totalCount nodes { id name until } } }";
    let gone = json!({ "b": branch(&world).await, "p": true });
    let gone = world.run(Who::Secretary, query, gone).await;
    assert_eq!(gone["data"]["partyMembers"]["nodes"][0]["until"], "2025-06-01");
    let there = json!({ "b": other, "p": false });
    let there = world.run(Who::Colleague, query, there.clone()).await;
    assert_eq!(there["data"]["partyMembers"]["totalCount"], 1, "{there}");
    let own = "{ ownPartyMemberships { nodes { transferred until branch { id } } } }";
    let mine = world.run(Who::Neighbour, own, json!({})).await;
    let mine = mine["data"]["ownPartyMemberships"]["nodes"].as_array().unwrap().clone();
    assert_eq!(mine.len(), 2);
    // The general branch's secretary does not read the books of a branch below.
    let below = json!({ "b": other, "p": false });
    let refused = world.run(Who::Secretary, query, below).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn a_branch_claims_without_naming_its_member() {
    let world = World::new().await;
    member(&world, Who::Neighbour).await;
    let branch = branch(&world).await;
    let wish = published(&world, json!({ "quantity": 2 })).await;
    let claim =
        claimed(&world, Who::Neighbour, &wish, json!({ "branchId": branch, "units": 1 })).await;
    let query = "query($id: ID!) { wish(id: $id) { claims { groupName claimer { name } } } }";
    for who in [Who::Resident, Who::Manager] {
        let seen = world.run(who, query, json!({ "id": wish["id"] })).await;
        let claims = &seen["data"]["wish"]["claims"];
        assert_eq!(claims[0], json!({ "groupName": "P1", "claimer": null }), "{who:?}");
    }
    // Nor does the log of who looked.
    let input = json!({ "id": claim["id"] });
    world.mutate(Who::Neighbour, "wishClaimContactReveal", input, "contact { phone }").await;
    let log = "{ readLog { nodes { purpose staff { name } reader { name } branch { code } } } }";
    let log = world.run(Who::Resident, log, json!({})).await;
    let looked = json!({ "purpose": "WISH_CONTACT", "staff": null, "reader": null, "branch": { "code": "P1" } });
    assert!(log["data"]["readLog"]["nodes"].as_array().unwrap().contains(&looked), "{log}");
    // Who is no volunteer claims for the branch, also when they do not say so.
    let unsaid = published(&world, json!({})).await;
    let unsaid = claimed(&world, Who::Neighbour, &unsaid, json!({})).await;
    assert_eq!(unsaid["groupName"], "P1");
    let stranger = json!({ "wishId": wish["id"], "branchId": branch });
    let refused = world.mutate(Who::Volunteer, "wishClaim", stranger, CLAIM).await;
    assert_eq!(refused["errors"][0]["code"], "UNKNOWN_REFERENCE");
    // Who speaks for a branch declines for it, and need not belong to it.
    let wish = verified(&world, json!({})).await;
    let to = json!({ "to": [{ "branch": branch }], "minutes": 60 });
    step(&world, Who::Manager, "wishOffer", &wish, to).await;
    let own = "{ ownWishOffers { nodes { id version } } }";
    let asked = world.run(Who::Secretary, own, json!({})).await["data"]["ownWishOffers"]["nodes"]
        [0]
    .clone();
    let input = json!({ "id": asked["id"], "expectedVersion": asked["version"] });
    assert_eq!(fault(&world, Who::Secretary, "wishOfferAccept", input.clone()).await, "FORBIDDEN");
    assert_eq!(fault(&world, Who::Secretary, "wishOfferDecline", input).await, "");
    // Offered to the branch: a member accepts for it.
    world.advance(chrono::Duration::seconds(1));
    let wish = verified(&world, json!({})).await;
    let to = json!({ "to": [{ "branch": branch }], "minutes": 60 });
    step(&world, Who::Manager, "wishOffer", &wish, to).await;
    world.work().await;
    let told = world.last_sms(&Who::Secretary.phone()).await.unwrap();
    assert!(told.contains("asked"), "{told}");
    let own = "{ ownWishOffers { nodes { id version groupName } } }";
    let offer = world.run(Who::Neighbour, own, json!({})).await["data"]["ownWishOffers"]["nodes"]
        [0]
    .clone();
    let input = json!({ "id": offer["id"], "expectedVersion": offer["version"] });
    let member = fault(&world, Who::Neighbour, "wishOfferDecline", input.clone()).await;
    assert_eq!(member, "FORBIDDEN");
    let done = world.mutate(Who::Neighbour, "wishOfferAccept", input, CLAIM).await;
    assert_eq!(done["claim"]["groupName"], "P1", "{done}");
    // Who belongs to it no more claims nothing more, but brings to an end what they have.
    let query = "{ ownPartyMemberships { nodes { id version } } }";
    let mine = world.run(Who::Neighbour, query, json!({})).await;
    let mine = &mine["data"]["ownPartyMemberships"]["nodes"][0];
    let input =
        json!({ "id": mine["id"], "expectedVersion": mine["version"], "day": "2025-06-03" });
    world.mutate(Who::Secretary, "partyMembershipEnd", input, MEMBERSHIP).await;
    let next = published(&world, json!({})).await;
    assert_eq!(
        fault(&world, Who::Neighbour, "wishClaim", json!({ "wishId": next["id"] })).await,
        "FORBIDDEN"
    );
    let input = json!({ "id": claim["id"] });
    let contact = fault(&world, Who::Neighbour, "wishClaimContactReveal", input).await;
    assert_eq!(contact, "FORBIDDEN");
    let done = step(&world, Who::Neighbour, "wishClaimDeliver", &claim, json!({})).await;
    assert_eq!(done["errors"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_recorded_in_two_branches_at_the_same_moment() {
    let (a, b) = World::new().await.pair().await;
    let branch = branch(&a).await;
    let mut tasks = Vec::new();
    for n in 0..8 {
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        let branch = branch.clone();
        tasks.push(tokio::spawn(async move { try_add(&world, &branch, Who::Neighbour).await }));
    }
    let mut done = 0;
    for task in tasks {
        let payload = task.await.unwrap();
        match payload["errors"][0]["code"].as_str() {
            None => done += 1,
            Some(code) => assert_eq!(code, "CONFLICT"),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(a.number("SELECT COUNT(*) FROM party_membership").await, 1);
}

/// The input of a mutation of party organisation, with something that is ready for it.
pub async fn input(world: &World, name: &str) -> Option<Value> {
    let versioned =
        |o: &Value| json!({ "id": o["id"], "expectedVersion": o["version"], "day": "2025-06-03" });
    let fresh = || async {
        let person = json!({ "name": "新党员", "contactPreference": "VISIT" });
        let input =
            json!({ "branchId": branch(world).await, "member": person, "since": "2024-07-01" });
        let done = world.mutate(Who::Secretary, "partyMemberAdd", input, MEMBERSHIP).await;
        done["membership"].clone()
    };
    Some(match name {
        "partyMemberAdd" => json!({ "branchId": branch(world).await, "since": "2024-07-01",
            "member": { "name": "新党员", "contactPreference": "VISIT" } }),
        "partyMembershipTransfer" => {
            let mut input = versioned(&fresh().await);
            input["toBranchId"] = another_branch(world).await;
            input
        }
        "partyMembershipEnd" => versioned(&fresh().await),
        _ => return None,
    })
}

/// The arguments of a query of party organisation, with something to be found.
pub async fn arguments(world: &World, name: &str) -> Option<Value> {
    if !name.contains("arty") || !name.contains("ember") {
        return None;
    }
    let known = world.number("SELECT COUNT(*) FROM party_membership WHERE until_day IS NULL").await;
    let membership = if known == 0 { member(world, Who::Resident).await } else { json!(null) };
    Some(match name {
        "partyMembers" => json!({ "branchId": branch(world).await }),
        "partyMembership" => {
            let query = "query($b: ID!) { partyMembers(branchId: $b) { nodes { id } } }";
            let found = world.run(Who::Secretary, query, json!({ "b": branch(world).await })).await;
            let id = &found["data"]["partyMembers"]["nodes"][0]["id"];
            json!({ "id": if membership.is_null() { id } else { &membership["id"] } })
        }
        "ownPartyMemberships" => json!({}),
        _ => return None,
    })
}

async fn end(world: &World, membership: &Value, day: &str, mistake: bool) {
    let input = json!({ "id": membership["id"], "expectedVersion": membership["version"],
        "day": day, "mistake": mistake });
    let done = world.mutate(Who::Secretary, "partyMembershipEnd", input, MEMBERSHIP).await;
    assert_eq!(done["errors"], json!([]));
}

async fn add_since(world: &World, person: &Value, since: &str) -> Value {
    let input = json!({ "branchId": branch(world).await, "member": { "personId": person }, "since": since });
    world.mutate(Who::Secretary, "partyMemberAdd", input, MEMBERSHIP).await
}

#[tokio::test]
async fn memberships_of_one_person_do_not_overlap() {
    let world = World::new().await;
    let person = json!(person_id(&world, Who::Neighbour).await);
    let first = member(&world, Who::Neighbour).await;
    end(&world, &first, "2025-03-01", false).await;
    let overlaps = add_since(&world, &person, "2025-02-28").await;
    assert_eq!(overlaps["errors"][0]["code"], "CONFLICT", "{overlaps}");
    assert!(!overlaps["errors"][0].to_string().contains("2025"), "no day is named: {overlaps}");
    let next = add_since(&world, &person, "2025-03-01").await;
    assert_eq!(next["errors"], json!([]));
    // What was recorded by mistake never was.
    end(&world, &next["membership"], "2025-05-01", true).await;
    assert_eq!(add_since(&world, &person, "2025-04-01").await["errors"], json!([]));
}

#[tokio::test]
async fn whose_records_are_linked_belongs_to_one_branch() {
    let world = World::new().await;
    let other = another_branch(&world).await;
    let input = json!({ "accountId": world.account(Who::Colleague).await.to_string(),
        "role": "BRANCH_SECRETARY", "scopeId": other });
    world.mutate(Who::Admin, "roleGrant", input, "grant { id }").await;
    let (earlier, facts) = world.earlier_record().await;
    // The earlier record belongs to one branch, the account to another.
    let old = add_since(&world, &earlier, "2019-01-01").await;
    assert_eq!(old["errors"], json!([]));
    let input = json!({ "branchId": other, "since": "2020-07-01",
        "member": { "personId": person_id(&world, Who::Resident).await } });
    let new = world.mutate(Who::Colleague, "partyMemberAdd", input, MEMBERSHIP).await;
    assert_eq!(new["errors"], json!([]), "{new}");
    world.link(facts).await;
    world.work().await;
    let own = "{ ownPartyMemberships { nodes { id until endedBy } } }";
    let mine = world.run(Who::Resident, own, json!({})).await;
    let mine = mine["data"]["ownPartyMemberships"]["nodes"].as_array().unwrap().clone();
    let of = |m: &Value| mine.iter().find(|n| n["id"] == m["membership"]["id"]).unwrap();
    assert_eq!(
        (&of(&old)["until"], &of(&old)["endedBy"]),
        (&json!("2020-07-01"), &json!("TRANSFERRED"))
    );
    assert_eq!(of(&new)["until"], json!(null));
    // Nobody who reads the trail learns whose it is.
    let named = "SELECT COUNT(*) FROM event WHERE aggregate = 'party_membership' AND actor_id IS NULL \
                 AND beneficiary_id IS NULL";
    assert_eq!(world.number(named).await, 1);
    world.work().await;
    assert_eq!(world.number(named).await, 1, "once");
}

#[tokio::test]
async fn asking_who_is_a_member_leaves_a_trace_and_is_not_done_often() {
    let world = World::new().await;
    member(&world, Who::Neighbour).await;
    let person = json!(person_id(&world, Who::Neighbour).await);
    world.advance(chrono::Duration::hours(2));
    let looked = "SELECT COUNT(*) FROM read_log WHERE purpose = 'LOOKUP'";
    let before = world.number(looked).await;
    let mut input = json!({ "branchId": branch(&world).await, "member": { "personId": person },
        "since": "2024-07-01", "idempotencyKey": "again" });
    for _ in 0..2 {
        let refused =
            world.mutate(Who::Secretary, "partyMemberAdd", input.clone(), MEMBERSHIP).await;
        assert_eq!(refused["errors"][0]["code"], "CONFLICT");
        assert_eq!(world.number(looked).await, before + 1);
    }
    let trail =
        "SELECT COUNT(*) FROM event WHERE kind = 'PARTY_MEMBER_REFUSED' AND beneficiary_id IS NULL";
    assert_eq!(world.number(trail).await, 1);
    input["idempotencyKey"] = json!(null);
    for _ in 0..8 {
        assert_eq!(
            fault(&world, Who::Secretary, "partyMemberAdd", input.clone()).await,
            "CONFLICT"
        );
    }
    assert_eq!(fault(&world, Who::Secretary, "partyMemberAdd", input).await, "RATE_LIMITED");
    // Who enters people who belong nowhere is not held up by that.
    world.advance(chrono::Duration::hours(25));
    for n in 0..12 {
        let person = json!({ "name": format!("新党员{n}"), "contactPreference": "VISIT" });
        let input =
            json!({ "branchId": branch(&world).await, "member": person, "since": "2024-07-01" });
        assert_eq!(fault(&world, Who::Secretary, "partyMemberAdd", input).await, "", "{n}");
    }
}
