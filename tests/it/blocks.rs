//! Blocks: where they lie, who answers for them and who stands in.

use chrono::{Duration, NaiveDate};
use linli::kernel::Actor;
use linli_entity::{enums::Role, ids::PlaceId};
use serde_json::{Value, json};

use crate::{
    statements,
    world::{Who, World, input_type},
};

pub const BLOCK: &str = "block { id code version hours area active station { id } \
                         addresses { street from until parity } lead { id version staff { name } } }";
pub const TERM: &str = "term { id role version from until endedBecause inForce staff { name } \
                        standIn { id until } standIns { id cancelledAt staff { name } } }";

/// A new block of the community.
pub async fn block(world: &World) -> Value {
    let code = format!("N{:03}", world.number("SELECT COUNT(*) FROM place").await);
    let community = world.places().await.community.to_string();
    let input = json!({ "kind": "BLOCK", "code": code, "parentId": community,
        "names": { "zhHans": format!("街区{code}") } });
    let made = world.mutate(Who::Manager, "placeCreate", input, "place { id code }").await;
    assert_eq!(made["errors"], json!([]));
    made["place"].clone()
}

/// A change of a block by the manager; returns the payload.
pub async fn change(world: &World, block: &Value, version: i32, more: Value) -> Value {
    let mut input = json!({ "id": block["id"], "expectedVersion": version });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    let fields = "block { id version hours area addresses { street from until parity } }";
    let kind = input_type("blockChange");
    let query = format!(
        "mutation($i: {kind}!) {{ blockChange(input: $i) {{ {fields} errors {{ code blockName path }} }} }}"
    );
    let answer = world.run(Who::Manager, &query, json!({ "i": input })).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["blockChange"].clone()
}

pub async fn changed(world: &World, block: &Value, version: i32, more: Value) -> Value {
    let payload = change(world, block, version, more).await;
    assert_eq!(payload["errors"], json!([]), "{payload}");
    payload["block"].clone()
}

/// A square whose south-west corner lies so many thousandths of a degree from a fixed point.
pub fn square(east: i32, north: i32, size: i32) -> String {
    let at = |e: i32, n: i32| [81.3 + f64::from(east + e) / 1e3, 43.9 + f64::from(north + n) / 1e3];
    let ring = [at(0, 0), at(size, 0), at(size, size), at(0, size), at(0, 0)];
    json!({ "type": "Polygon", "coordinates": [ring] }).to_string()
}

/// Asks for a term; returns the whole answer.
pub async fn ask(world: &World, by: Who, place: &Value, role: &str, whom: Who) -> Value {
    let account = world.account(whom).await.to_string();
    let input = json!({ "placeId": place["id"], "role": role, "accountId": account });
    let kind = input_type("officeTermBegin");
    let query = format!(
        "mutation($i: {kind}!) {{ officeTermBegin(input: $i) {{ {TERM} errors {{ code }} }} }}"
    );
    world.run(by, &query, json!({ "i": input })).await
}

/// A term that the manager, or of a general lead the overseer, begins.
pub async fn begun(world: &World, place: &Value, role: &str, whom: Who) -> Value {
    let by = if role == "GENERAL_LEAD" { Who::Overseer } else { Who::Manager };
    let answer = ask(world, by, place, role, whom).await;
    let payload = &answer["data"]["officeTermBegin"];
    assert_eq!(payload["errors"], json!([]), "{answer}");
    payload["term"].clone()
}

fn versioned(object: &Value) -> Value {
    json!({ "id": object["id"], "expectedVersion": object["version"] })
}

/// What ends a term.
pub fn ending(term: &Value, because: &str) -> Value {
    let mut input = versioned(term);
    input["because"] = json!(because);
    input
}

pub fn day(world: &World, ahead: i64) -> NaiveDate {
    world.app.day(world.app.clock.now()) + Duration::days(ahead)
}

/// What lets somebody stand in from a day on until another one.
pub async fn standing_in(world: &World, term: &Value, whom: Who, days: (i64, i64)) -> Value {
    json!({ "termId": term["id"], "expectedVersion": term["version"], "from": day(world, days.0),
        "until": day(world, days.1), "accountId": world.account(whom).await.to_string() })
}

/// Whether somebody holds a role for exactly a place now.
async fn holds(world: &World, who: Who, role: Role, place: &Value) -> bool {
    let token = world.token(who).await.unwrap();
    let place: PlaceId = place["id"].as_str().unwrap().parse().unwrap();
    match linli::identity::queries::actor(&world.app, &token).await.unwrap() {
        Actor::User(user) => user.grants.iter().any(|g| g.role == role && g.scope == Some(place)),
        _ => false,
    }
}

pub fn code(answer: &Value, name: &str) -> String {
    let top = answer["errors"][0]["extensions"]["code"].as_str();
    let inner = answer["data"][name]["errors"][0]["code"].as_str();
    top.or(inner).unwrap_or("none").to_owned()
}

async fn subdistrict(world: &World) -> Value {
    json!({ "id": world.places().await.subdistrict.to_string() })
}

async fn agency(world: &World) -> Value {
    let query = "query($s: ID!) { agencies(subdistrictId: $s) { nodes { id code version duties signMinutes \
                 contactMinutes finishDays urgentFinishMinutes } } }";
    let found = world.run(Who::Nobody, query, json!({ "s": subdistrict(world).await["id"] })).await;
    found["data"]["agencies"]["nodes"][0].clone()
}

/// The code of the block in which something lies.
async fn find(world: &World, of: Value) -> Value {
    let mut arguments = of;
    arguments["c"] = json!(world.places().await.community.to_string());
    let query = "query($c: ID!, $lon: Float, $lat: Float, $address: String) { blockFind(communityId: $c, \
                 lon: $lon, lat: $lat, address: $address) { code } }";
    let answer = world.run(Who::Nobody, query, arguments).await;
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => json!(code),
        None => answer["data"]["blockFind"]["code"].clone(),
    }
}

#[tokio::test]
async fn a_block_is_found_by_a_point_and_by_an_address() {
    let world = World::new().await;
    let (first, second) = (block(&world).await, block(&world).await);
    let odd = json!([{ "street": "团结路", "from": 1, "until": 49, "parity": "ODD" }]);
    let even = json!([{ "street": "团结路", "parity": "EVEN" }, { "street": "杏花里" }]);
    changed(&world, &first, 0, json!({ "area": square(0, 0, 4), "addresses": odd })).await;
    changed(&world, &second, 0, json!({ "area": square(4, 0, 4), "addresses": even })).await;
    let point = |lon: f64, lat: f64| json!({ "lon": lon, "lat": lat });
    let near = |e6: i32| json!({ "lon": 81.304 + f64::from(e6) / 1e6, "lat": 43.902 });
    for (of, expected) in [
        (point(81.301, 43.901), &first["code"]),
        (near(-1), &first["code"]),
        (near(0), &first["code"]),
        (near(1), &second["code"]),
        (point(81.308, 43.904), &second["code"]),
        (point(81.308_001, 43.904), &Value::Null),
        (json!({ "address": "团结路１３号" }), &first["code"]),
        (json!({ "address": "幸福社区 团结路 12 号" }), &second["code"]),
        (json!({ "address": "团结路51号" }), &Value::Null),
        (json!({ "address": "杏花里" }), &second["code"]),
        // Outside of every area the address decides.
        (json!({ "lon": 90.0, "lat": 40.0, "address": "杏花里3号" }), &second["code"]),
        (json!({ "lon": 90.0, "lat": 40.0 }), &Value::Null),
    ] {
        assert_eq!(find(&world, of.clone()).await, *expected, "{of}");
    }
    for nowhere in [json!({}), json!({ "lon": 81.3 }), json!({ "lon": 181.0, "lat": 0.0 })] {
        assert_eq!(find(&world, nowhere).await, "BAD_USER_INPUT");
    }
    // A block that is closed has nothing.
    let input = json!({ "id": second["id"], "expectedVersion": 1, "active": false });
    world.mutate(Who::Manager, "placeChange", input, "place { id }").await;
    assert_eq!(find(&world, json!({ "address": "杏花里" })).await, Value::Null);
}

#[tokio::test]
async fn what_is_said_of_a_block_stays_until_something_else_is_said() {
    let world = World::new().await;
    let (first, second) = (block(&world).await, block(&world).await);
    let area = json!({ "area": square(0, 0, 4), "hours": { "zhHans": "周一至周五" } });
    let made = changed(&world, &first, 0, area).await;
    assert_eq!(made["version"], 1);
    let street = json!({ "street": " 团结路 ", "from": 3 });
    let made = changed(&world, &first, 1, json!({ "addresses": [street] })).await;
    assert_eq!((&made["hours"], &made["version"]), (&json!("周一至周五"), &json!(2)));
    let kept = json!({ "street": " 团结路 ", "from": 3, "until": null, "parity": "ALL" });
    assert_eq!(made["addresses"], json!([kept]), "as sent");
    let area: Value = serde_json::from_str(made["area"].as_str().unwrap()).unwrap();
    assert_eq!(area["coordinates"][0][1], json!([81.304, 43.9]));

    // Another one may not lie in it, but a hair's breadth.
    let refused = change(&world, &second, 0, json!({ "area": square(3, 3, 4) })).await;
    let error = &refused["errors"][0];
    let name = format!("街区{}", first["code"].as_str().unwrap());
    assert_eq!((&error["code"], &error["blockName"]), (&json!("BLOCKS_OVERLAP"), &json!(name)));
    let bow = json!({ "type": "Polygon", "coordinates": [[[81.3, 43.9], [81.4, 44.0], [81.4, 43.9],
        [81.3, 44.0], [81.3, 43.9]]] });
    for (more, code) in [
        (json!({ "area": bow.to_string() }), "INVALID_VALUE"),
        (json!({ "area": "nonsense" }), "INVALID_VALUE"),
        (json!({ "stationId": world.places().await.community.to_string() }), "UNKNOWN_REFERENCE"),
        (json!({ "addresses": [{ "street": "团结路", "from": 9, "until": 3 }] }), "INVALID_VALUE"),
    ] {
        let refused = change(&world, &second, 0, more.clone()).await;
        assert_eq!(refused["errors"][0]["code"], code, "{more}");
    }
    changed(&world, &second, 0, json!({ "area": square(4, 0, 4) })).await;
    let cleared = changed(&world, &first, 2, json!({ "area": null, "hours": null })).await;
    assert_eq!((&cleared["area"], &cleared["hours"]), (&Value::Null, &Value::Null));
    let stale = change(&world, &first, 2, json!({})).await;
    assert_eq!(stale["errors"][0]["code"], "STALE_VERSION");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_areas_that_overlap_and_are_drawn_at_once_one_is_kept() {
    let (a, b) = World::new().await.pair().await;
    let blocks = [block(&a).await, block(&a).await];
    let mut tasks = Vec::new();
    for (world, block) in [a.clone(), b].into_iter().zip(blocks) {
        let area = json!({ "area": square(0, 0, 4) });
        tasks.push(tokio::spawn(async move { change(&world, &block, 0, area).await }));
    }
    let mut codes = Vec::new();
    for task in tasks {
        codes.push(task.await.unwrap()["errors"][0]["code"].clone());
    }
    codes.sort_by_key(Value::is_null);
    assert_eq!(codes, [json!("BLOCKS_OVERLAP"), Value::Null]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_begin_a_term_of_one_office_at_once_one_does_and_of_deputies_three() {
    let (a, b) = World::new().await.pair().await;
    let block = block(&a).await;
    let people = [Who::Resident, Who::Neighbour, Who::Specialist, Who::Colleague, Who::Stranger];
    for (role, most) in [("BLOCK_LEAD", 1), ("DEPUTY_BLOCK_LEAD", 3)] {
        let mut tasks = Vec::new();
        // One of them by both managers at once.
        for (n, whom) in people.into_iter().chain([Who::Resident]).enumerate() {
            let (world, block) = (if n % 2 == 0 { a.clone() } else { b.clone() }, block.clone());
            let by = if n < people.len() { Who::Manager } else { Who::Overseer };
            tasks.push(tokio::spawn(async move { ask(&world, by, &block, role, whom).await }));
        }
        let mut begun = 0;
        for task in tasks {
            match code(&task.await.unwrap(), "officeTermBegin").as_str() {
                "none" => begun += 1,
                // Whoever has an office of the block has no other one there.
                refused => {
                    assert!(["OFFICE_TAKEN", "INVALID_VALUE"].contains(&refused), "{refused}");
                }
            }
        }
        assert_eq!(begun, most, "{role}");
        let stored =
            format!("SELECT COUNT(*) FROM office_term WHERE role = '{role}' AND until_at IS NULL");
        assert_eq!(a.number(&stored).await, most + i64::from(role == "BLOCK_LEAD"), "{role}");
    }
}

#[tokio::test]
async fn whoever_stands_in_holds_the_role_while_they_do_and_not_after() {
    let world = World::new().await;
    let block = block(&world).await;
    let term = begun(&world, &block, "BLOCK_LEAD", Who::Colleague).await;
    let role = Role::BlockLead;
    assert!(holds(&world, Who::Colleague, role, &block).await);
    let set = "officeStandInSet";
    let input = standing_in(&world, &term, Who::Stranger, (1, 3)).await;
    let done = world.mutate(Who::Manager, set, input.clone(), TERM).await;
    assert_eq!(done["errors"], json!([]));
    let term = done["term"].clone();
    assert_eq!(
        world.mutate(Who::Manager, set, input, TERM).await["errors"][0]["code"],
        "STALE_VERSION"
    );
    let twice = standing_in(&world, &term, Who::Officer, (2, 4)).await;
    assert_eq!(
        world.mutate(Who::Manager, set, twice, TERM).await["errors"][0]["code"],
        "OFFICE_TAKEN"
    );
    let own = standing_in(&world, &term, Who::Colleague, (5, 6)).await;
    assert_eq!(
        world.mutate(Who::Manager, set, own, TERM).await["errors"][0]["code"],
        "INVALID_VALUE"
    );

    assert!(!holds(&world, Who::Stranger, role, &block).await, "not yet");
    world.advance(Duration::days(1));
    assert!(holds(&world, Who::Stranger, role, &block).await);
    assert!(
        holds(&world, Who::Colleague, role, &block).await,
        "and so does whoever has the office"
    );
    let scope: PlaceId = block["id"].as_str().unwrap().parse().unwrap();
    let (conn, now) = (world.app.db.reader(), world.app.clock.now());
    let found = linli::blocks::queries::office_holders(conn, &[role], &[scope], now).await.unwrap();
    let both = vec![world.account(Who::Colleague).await, world.account(Who::Stranger).await];
    assert_eq!(found[&scope], both);
    let seen = "query($id: ID!) { block(id: $id) { lead { staff { name } standIn { staff { name } until } \
                standIns { id } endedBecause } } }";
    let answer = world.run(Who::Nobody, seen, json!({ "id": block["id"] })).await;
    let lead = &answer["data"]["block"]["lead"];
    assert_eq!(lead["staff"]["name"], "Colleague");
    assert_eq!(
        lead["standIn"],
        json!({ "staff": { "name": "Stranger" }, "until": day(&world, 2) })
    );
    assert_eq!(lead["standIns"], Value::Null);
    world.advance(Duration::days(2));
    assert!(!holds(&world, Who::Stranger, role, &block).await, "no more");

    // Cancelled at once.
    let input = standing_in(&world, &term, Who::Stranger, (0, 9)).await;
    let done = world.mutate(Who::Manager, set, input, TERM).await;
    assert!(holds(&world, Who::Stranger, role, &block).await);
    let input =
        json!({ "id": done["term"]["standIn"]["id"], "expectedVersion": done["term"]["version"] });
    let name = "officeStandInCancel";
    let done = world.mutate(Who::Manager, name, input.clone(), TERM).await;
    assert_eq!((&done["errors"], &done["term"]["standIn"]), (&json!([]), &Value::Null));
    assert!(!holds(&world, Who::Stranger, role, &block).await);
    let again = json!({ "id": input["id"], "expectedVersion": done["term"]["version"] });
    let again = world.mutate(Who::Manager, name, again, TERM).await;
    assert_eq!(again["errors"][0]["code"], "ILLEGAL_TRANSITION");
}

#[tokio::test]
async fn a_term_that_ends_takes_the_role_with_it_and_is_kept() {
    let world = World::new().await;
    let block = block(&world).await;
    let (role, end) = (Role::BlockLead, "officeTermEnd");
    let term = begun(&world, &block, "BLOCK_LEAD", Who::Colleague).await;
    let input = standing_in(&world, &term, Who::Stranger, (0, 30)).await;
    let term = world.mutate(Who::Manager, "officeStandInSet", input, TERM).await["term"].clone();
    assert!(holds(&world, Who::Stranger, role, &block).await);
    // Ahead, and then at once.
    let mut ahead = ending(&term, "TERM_OVER");
    ahead["until"] = json!(day(&world, 10));
    let done = world.mutate(Who::Manager, end, ahead, TERM).await;
    assert_eq!((&done["errors"], &done["term"]["inForce"]), (&json!([]), &json!(true)));
    // With the term ends whoever stands in for it.
    assert_eq!(done["term"]["standIn"]["until"], json!(day(&world, 10)));
    assert!(holds(&world, Who::Colleague, role, &block).await);
    let done = world.mutate(Who::Manager, end, ending(&done["term"], "RESIGNED"), TERM).await;
    assert_eq!((&done["errors"], &done["term"]["inForce"]), (&json!([]), &json!(false)));
    for who in [Who::Colleague, Who::Stranger] {
        assert!(!holds(&world, who, role, &block).await, "{who:?}");
    }
    let again = world.mutate(Who::Manager, end, ending(&done["term"], "MOVED"), TERM).await;
    assert_eq!(again["errors"][0]["code"], "ILLEGAL_TRANSITION");

    let term = begun(&world, &block, "BLOCK_LEAD", Who::Neighbour).await;
    let done = world.mutate(Who::Manager, end, ending(&term, "MISTAKE"), TERM).await;
    assert_eq!(done["term"]["from"], done["term"]["until"], "it never was");
    begun(&world, &block, "BLOCK_LEAD", Who::Resident).await;
    let query = "query($id: ID!) { officeTerms(placeId: $id) { totalCount nodes { staff { name } \
                 endedBecause standIns { staff { name } } } } block(id: $id) { lead { staff { name } } } }";
    let seen = world.run(Who::Overseer, query, json!({ "id": block["id"] })).await["data"].clone();
    assert_eq!(seen["block"]["lead"]["staff"]["name"], "Resident");
    let mut history: Vec<(String, Value)> = Vec::new();
    for term in seen["officeTerms"]["nodes"].as_array().unwrap() {
        let name = term["staff"]["name"].as_str().unwrap().to_owned();
        history.push((name, term["endedBecause"].clone()));
    }
    history.sort_by(|a, b| a.0.cmp(&b.0));
    let expected = [
        ("Colleague", json!("RESIGNED")),
        ("Neighbour", json!("MISTAKE")),
        ("Resident", Value::Null),
    ];
    assert_eq!(history, expected.map(|(name, because)| (name.to_owned(), because)));
}

#[tokio::test]
async fn who_may_say_who_answers_for_what() {
    let world = World::new().await;
    let (block, subdistrict) = (block(&world).await, subdistrict(&world).await);
    let begin = "officeTermBegin";
    for (by, place, role, whom, expected) in [
        (Who::Manager, &block, "BLOCK_LEAD", Who::Manager, "FORBIDDEN"),
        (Who::Specialist, &block, "BLOCK_LEAD", Who::Neighbour, "FORBIDDEN"),
        (Who::GeneralLead, &block, "BLOCK_LEAD", Who::Neighbour, "FORBIDDEN"),
        (Who::Admin, &block, "BLOCK_LEAD", Who::Neighbour, "FORBIDDEN"),
        (Who::Manager, &subdistrict, "GENERAL_LEAD", Who::Neighbour, "FORBIDDEN"),
        (Who::Manager, &block, "GENERAL_LEAD", Who::Neighbour, "FORBIDDEN"),
        (Who::Overseer, &subdistrict, "GENERAL_LEAD", Who::Overseer, "FORBIDDEN"),
        (Who::Overseer, &subdistrict, "BLOCK_LEAD", Who::Neighbour, "BAD_SCOPE"),
        (Who::Overseer, &block, "SPECIALIST", Who::Neighbour, "BAD_SCOPE"),
        (Who::Overseer, &subdistrict, "GENERAL_LEAD", Who::Neighbour, "OFFICE_TAKEN"),
        (Who::Admin, &subdistrict, "GENERAL_LEAD", Who::Neighbour, "OFFICE_TAKEN"),
        (Who::Overseer, &block, "BLOCK_LEAD", Who::Neighbour, "none"),
        (Who::Manager, &block, "DEPUTY_BLOCK_LEAD", Who::Neighbour, "INVALID_VALUE"),
    ] {
        let answer = ask(&world, by, place, role, whom).await;
        assert_eq!(code(&answer, begin), expected, "{by:?} {role} {whom:?}: {answer}");
    }
    let query = "query($s: ID!) { generalLead(subdistrictId: $s) { role staff { name } } }";
    let seen = world.run(Who::Nobody, query, json!({ "s": subdistrict["id"] })).await;
    assert_eq!(seen["data"]["generalLead"]["staff"]["name"], "GeneralLead");
    // Nobody grants what follows from a term.
    let account = world.account(Who::Neighbour).await.to_string();
    let input = json!({ "accountId": account, "role": "BLOCK_LEAD", "scopeId": block["id"] });
    let done = world.mutate(Who::Admin, "roleGrant", input, "grant { id }").await;
    assert_eq!(done["errors"][0]["code"], "INVALID_VALUE");
    // Whoever is locked out of their account is given no office.
    let mut locked = json!({ "accountId": world.account(Who::Stranger).await.to_string() });
    world.mutate(Who::Admin, "accountLock", locked.clone(), "account { state }").await;
    locked["placeId"] = block["id"].clone();
    locked["role"] = json!("DEPUTY_BLOCK_LEAD");
    let done = world.mutate(Who::Manager, begin, locked, TERM).await;
    assert_eq!(done["errors"][0]["code"], "UNKNOWN_REFERENCE");
}

#[tokio::test]
async fn what_is_agreed_with_an_agency_is_data() {
    let world = World::new().await;
    let seen = agency(&world).await;
    let limits = |a: &Value| {
        ["signMinutes", "contactMinutes", "finishDays", "urgentFinishMinutes", "version"]
            .map(|key| a[key].as_i64().unwrap())
    };
    assert_eq!(limits(&seen), [60, 1440, 3, 1440, 0]);
    let set = async |who: Who, version: i64, more: Value| {
        let mut input = json!({ "id": seen["id"], "expectedVersion": version });
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        world.mutate(who, "agencyTermsSet", input, "agency { version duties }").await
    };
    let more = json!({ "signMinutes": 30, "duties": { "zhHans": "治安", "en": "Public order" } });
    assert_eq!(set(Who::Overseer, 0, more).await["agency"]["duties"], "Public order");
    assert_eq!(set(Who::Admin, 1, json!({ "finishDays": 2 })).await["errors"], json!([]));
    assert_eq!(set(Who::Admin, 1, json!({})).await["errors"][0]["code"], "STALE_VERSION");
    let wrong = set(Who::Admin, 2, json!({ "signMinutes": 0 })).await;
    assert_eq!(wrong["errors"][0]["code"], "INVALID_VALUE");
    let seen = agency(&world).await;
    assert_eq!(limits(&seen), [30, 1440, 2, 1440, 2]);
    assert_eq!(seen["duties"], "Public order");
}

#[tokio::test]
async fn a_page_of_fifty_blocks_takes_at_most_five_statements() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let input = json!({ "kind": "SERVICE_STATION", "code": "S1", "parentId": community,
        "names": { "zhHans": "服务站" } });
    let station = world.mutate(Who::Manager, "placeCreate", input, "place { id }").await;
    let people = [Who::Resident, Who::Neighbour, Who::Colleague, Who::Stranger];
    for n in 0..50 {
        let block = block(&world).await;
        changed(&world, &block, 0, json!({ "stationId": station["place"]["id"] })).await;
        begun(&world, &block, "BLOCK_LEAD", people[n % 4]).await;
        begun(&world, &block, "DEPUTY_BLOCK_LEAD", people[(n + 1) % 4]).await;
    }
    let (world, count) = statements::counted(world).await;
    let query = "query($c: ID!, $n: Int) { blocks(communityId: $c, first: $n) { totalCount nodes { code name \
                 station { name } lead { from staff { name } standIn { staff { name } } } \
                 deputies { staff { name } } } } }";
    let all = world.run(Who::Nobody, query, json!({ "c": community, "n": 50 })).await;
    let nodes = all["data"]["blocks"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 50);
    // All were made at the same instant: the community's first block may be anywhere, and has no deputy.
    for node in nodes.iter().filter(|node| node["code"] != "B1") {
        assert_eq!(node["deputies"].as_array().unwrap().len(), 1, "{node}");
    }
    let mut used = Vec::new();
    for n in [5, 50] {
        used.push(
            statements::statements(&world, &count, query, json!({ "c": community, "n": n })).await,
        );
    }
    assert!(used[0] <= 5, "{used:?}");
    assert_eq!(used[0], used[1], "they do not grow with the page");
}

/// The input of a mutation of blocks, with something that is ready for it.
pub async fn input(world: &World, name: &str, way: &str) -> Option<Value> {
    let lead = || async { begun(world, &block(world).await, "BLOCK_LEAD", Who::BlockLead).await };
    Some(match name {
        "blockChange" => {
            json!({ "id": block(world).await["id"], "expectedVersion": 0, "addressNote": "园丁巷1号" })
        }
        "officeTermBegin" => {
            let general = way == "general lead";
            let place = if general { subdistrict(world).await } else { block(world).await };
            let role = if general { "GENERAL_LEAD" } else { "BLOCK_LEAD" };
            let account = world.account(Who::BlockLead).await.to_string();
            json!({ "placeId": place["id"], "role": role, "accountId": account })
        }
        "officeTermEnd" => ending(&lead().await, "RESIGNED"),
        "officeStandInSet" => standing_in(world, &lead().await, Who::Officer, (0, 9)).await,
        "officeStandInCancel" => {
            let input = standing_in(world, &lead().await, Who::Officer, (0, 9)).await;
            let done = world.mutate(Who::Manager, "officeStandInSet", input, TERM).await;
            let term = &done["term"];
            json!({ "id": term["standIn"]["id"], "expectedVersion": term["version"] })
        }
        "agencyTermsSet" => versioned(&agency(world).await),
        _ => return None,
    })
}

/// The arguments of a query of blocks, with something to be found.
pub async fn arguments(world: &World, name: &str) -> Option<Value> {
    Some(match name {
        "block" => json!({ "id": block(world).await["id"] }),
        "blocks" => json!({}),
        "blockFind" => {
            let block = block(world).await;
            let street = format!("新街{}", block["code"].as_str().unwrap());
            changed(world, &block, 0, json!({ "addresses": [{ "street": street }] })).await;
            json!({ "address": street })
        }
        "agencies" | "generalLead" => json!({ "subdistrictId": subdistrict(world).await["id"] }),
        "officeTerms" => {
            let block = block(world).await;
            begun(world, &block, "BLOCK_LEAD", Who::BlockLead).await;
            json!({ "placeId": block["id"] })
        }
        _ => return None,
    })
}
