//! Ways round what incidents promise, each closed.

use chrono::Duration;
use serde_json::{Value, json};

use crate::{
    incident_operations::called_in,
    incidents::{REPORTED, block, look, report_input, reported, step, try_step},
    world::{Who, World, input_type},
};

pub fn code(payload: &Value) -> &str {
    payload["errors"][0]["code"].as_str().unwrap_or_default()
}

/// The fault of a mutation that is not for its caller.
pub async fn fault(world: &World, who: Who, name: &str, input: Value) -> String {
    let kind = input_type(name);
    let query = format!("mutation($i: {kind}!) {{ {name}(input: $i) {{ errors {{ code }} }} }}");
    let answer = world.run(who, &query, json!({ "i": input })).await;
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
}

/// The same of a step with an incident as it is now.
pub async fn refused(world: &World, who: Who, name: &str, id: &Value, more: Value) -> String {
    let version = look(world, Who::Manager, id).await["version"].clone();
    let mut input = json!({ "id": id, "expectedVersion": version });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    fault(world, who, name, input).await
}

pub async fn inbox(world: &World, who: Who) -> Vec<Value> {
    let query = "{ viewer { ... on Account { inbox(first: 100) { nodes { kind incidentId agencyTaskId } } } } }";
    let found = world.run(who, query, json!({})).await;
    assert!(found.get("errors").is_none(), "{found}");
    found["data"]["viewer"]["inbox"]["nodes"].as_array().unwrap().clone()
}

pub async fn is_told(world: &World, who: Who, kind: &str) -> bool {
    inbox(world, who).await.iter().any(|message| message["kind"] == kind)
}

pub async fn new(world: &World, more: Value) -> Value {
    reported(world, Who::Resident, more).await["incidentId"].clone()
}

/// A step with a task as it is now; returns the payload.
pub async fn task_step(world: &World, who: Who, name: &str, id: &Value, more: Value) -> Value {
    let query = "query($id: ID!) { agencyTask(id: $id) { version } }";
    let task = world.run(Who::GeneralLead, query, json!({ "id": id })).await;
    let mut input = json!({ "id": id, "expectedVersion": task["data"]["agencyTask"]["version"] });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    let fields = "task { id state place jointReason availableActions }";
    world.mutate(who, name, input, fields).await
}

#[tokio::test]
async fn two_that_are_one_lose_neither_their_danger_nor_how_far_up_they_are() {
    let world = World::new().await;
    let here = new(&world, json!({})).await;
    let life = new(&world, json!({ "danger": "LIFE" })).await;
    let gone_up = new(&world, json!({})).await;
    step(&world, Who::BlockLead, "incidentEscalate", &gone_up, json!({ "reason": "超出能力" }))
        .await;
    for (id, who) in [(&life, Who::Specialist), (&gone_up, Who::GeneralLead)] {
        let lost = try_step(&world, who, "incidentMerge", id, json!({ "intoId": here })).await;
        assert_eq!(code(&lost), "INVALID_VALUE", "{lost}");
    }
    let into = json!({ "intoId": gone_up });
    assert_eq!(
        refused(&world, Who::BlockLead, "incidentMerge", &life, into.clone()).await,
        "FORBIDDEN",
        "what went up is not the block's to end"
    );
    step(&world, Who::BlockLead, "incidentMerge", &here, into).await;
    // A chain of them is followed to its end.
    let last = new(&world, json!({})).await;
    step(&world, Who::BlockLead, "incidentEscalate", &last, json!({ "reason": "一起处理" })).await;
    let first = reported(&world, Who::Neighbour, json!({})).await;
    let (number, tracking) = (first["number"].clone(), first["trackingCode"].clone());
    step(
        &world,
        Who::BlockLead,
        "incidentMerge",
        &first["incidentId"],
        json!({ "intoId": gone_up }),
    )
    .await;
    step(&world, Who::GeneralLead, "incidentMerge", &gone_up, json!({ "intoId": last })).await;
    let query = "query($n: String!, $c: String!) { incidentByCode(number: $n, trackingCode: $c) { id place point { lon } } }";
    let with = json!({ "n": number, "c": tracking });
    // Where somebody else saw it is theirs.
    let theirs = json!({ "id": last, "place": null, "point": null });
    let found = world.run(Who::Nobody, query, with).await;
    assert_eq!(found["data"]["incidentByCode"], theirs, "{found}");
    let query = "query($id: ID!) { incident(id: $id) { id place point { lon } } }";
    let found = world.run(Who::Neighbour, query, json!({ "id": last })).await;
    assert_eq!(found["data"]["incident"], theirs, "{found}");
    let found = world.run(Who::Resident, query, json!({ "id": last })).await;
    assert_ne!(found["data"]["incident"]["place"], json!(null));
    assert_eq!(linli::incidents::queries::contradictions(&world.app).await.unwrap(), []);
}

#[tokio::test]
async fn a_card_tells_of_nobody_whose_report_is_added_to_it() {
    let world = World::new().await;
    let known = new(&world, json!({})).await;
    let names = json!({ "card": { "zhHans": "Neighbour 全名家门口路灯坏了,电话 138 0000 0000" } });
    step(&world, Who::Specialist, "incidentPublish", &known, names).await;
    let other = reported(&world, Who::Neighbour, json!({})).await["incidentId"].clone();
    let merged =
        try_step(&world, Who::BlockLead, "incidentMerge", &other, json!({ "intoId": known })).await;
    assert_eq!(code(&merged), "CARD_TELLS_WHO");
    let phone = Who::Resident.phone().trim_start_matches("+86").to_owned();
    let spaced = format!("请拨 {}-{} 联系", &phone[..3], &phone[3..]);
    let card = json!({ "card": { "zhHans": spaced } });
    let told = try_step(&world, Who::Specialist, "incidentPublish", &known, card).await;
    assert_eq!(code(&told), "CARD_TELLS_WHO", "however a phone is written");
}

#[tokio::test]
async fn a_refused_report_can_be_sent_again_under_its_key() {
    let world = World::new().await;
    for (phone, name) in [("+8613799990001", "过路人"), ("+8613799990002", "另一个人")] {
        world.mutate(Who::Nobody, "incidentCodeSend", json!({ "phone": phone }), "sent").await;
        world.work().await;
        let typed = world.code(phone).await;
        let input = async |code: &str| {
            let visitor = json!({ "name": name, "phone": phone, "code": code });
            report_input(&world, json!({ "visitor": visitor, "idempotencyKey": "1" })).await
        };
        let send = async |code: &str| {
            world.mutate(Who::Nobody, "incidentReport", input(code).await, REPORTED).await
        };
        assert_eq!(code(&send("000000").await), "WRONG_CODE");
        assert_eq!(
            code(&send("000000").await),
            "WRONG_CODE",
            "again the same, not that it is done"
        );
        let made = send(&typed).await;
        assert_eq!(made["errors"], json!([]), "the key is still theirs: {made}");
        let again = send(&typed).await;
        assert_eq!(again["reported"]["number"], made["reported"]["number"], "once");
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM incident").await, 2);
}

#[tokio::test]
async fn the_general_lead_is_told_what_is_theirs_to_decide_and_what_nobody_decides() {
    let world = World::new().await;
    let (task, _) = called_in(&world).await;
    let task = task["id"].clone();
    let places = world.places().await;
    let agencies = "query($s: ID!) { agencies(subdistrictId: $s) { nodes { id code } } }";
    let of = json!({ "s": places.subdistrict.to_string() });
    let create = |code: &str| {
        json!({ "kind": "AGENCY", "code": code, "parentId": places.subdistrict.to_string(),
            "names": { "zhHans": "市场监管所" } })
    };
    world.mutate(Who::Overseer, "placeCreate", create("MARKET-2"), "place { id }").await;
    let found = world.run(Who::Nobody, agencies, of).await;
    let agency = |code: &str| {
        let nodes = found["data"]["agencies"]["nodes"].as_array().unwrap();
        nodes.iter().find(|a| a["code"] == code).unwrap()["id"].clone()
    };
    let (police, market) = (agency("POLICE"), agency("MARKET-2"));
    let not = |id: &Value| json!({ "reason": "不属我单位", "proposedAgencyId": id });
    task_step(&world, Who::Officer, "agencyTaskRefuse", &task, not(&market)).await;
    world.work().await;
    assert!(!is_told(&world, Who::GeneralLead, "AGENCY_TASK_REFUSED").await);
    // Nobody decides for a day: that is told one level above, and no officer is bothered with it.
    world.advance(Duration::hours(24));
    world.work().await;
    world.work().await;
    assert!(is_told(&world, Who::GeneralLead, "AGENCY_TASK_LATE").await);
    assert!(!is_told(&world, Who::Officer, "AGENCY_TASK_LATE").await);
    let late = "query($id: ID!) { agencyTask(id: $id) { lateClocks } }";
    let seen = world.run(Who::BlockLead, late, json!({ "id": task })).await;
    assert_eq!(seen["data"]["agencyTask"]["lateClocks"], json!(["DECIDE"]));
    let to = json!({ "agencyId": market });
    let second = task_step(&world, Who::BlockLead, "agencyTaskDecide", &task, to).await;
    let second = second["task"]["id"].clone();
    task_step(&world, Who::BlockLead, "agencyTaskRefuse", &second, not(&police)).await;
    world.work().await;
    assert!(is_told(&world, Who::GeneralLead, "AGENCY_TASK_REFUSED").await);
    let off = json!({ "id": second, "expectedVersion": 2, "reason": "算了" });
    assert_eq!(fault(&world, Who::BlockLead, "agencyTaskCallOff", off).await, "FORBIDDEN");
    // Nor does the general lead: that is told above, where it can be decided too.
    world.advance(Duration::hours(24));
    world.work().await;
    world.work().await;
    assert!(is_told(&world, Who::Overseer, "AGENCY_TASK_LATE").await);
    let to = json!({ "agencyId": police });
    let third = task_step(&world, Who::Overseer, "agencyTaskDecide", &second, to).await;
    let off = json!({ "id": third["task"]["id"], "expectedVersion": 1, "reason": "算了" });
    assert_eq!(fault(&world, Who::BlockLead, "agencyTaskCallOff", off).await, "FORBIDDEN");
}

#[tokio::test]
async fn an_officer_is_sent_to_the_task_and_knows_where_as_long_as_it_lasts() {
    let world = World::new().await;
    let (task, id) = called_in(&world).await;
    let task = task["id"].clone();
    world.work().await;
    let asked = inbox(&world, Who::Officer).await;
    assert_eq!(
        asked,
        [json!({ "kind": "AGENCY_TASK_ASKED", "incidentId": null, "agencyTaskId": task })]
    );
    let signed = task_step(&world, Who::Officer, "agencyTaskSign", &task, json!({})).await;
    assert_eq!(signed["task"]["jointReason"], "BEYOND_OUR_POWER");
    assert_ne!(signed["task"]["place"], json!(null));
    let done = json!({ "outcome": "FIXED", "result": "已处理" });
    let done = task_step(&world, Who::Officer, "agencyTaskFinish", &task, done).await;
    assert_eq!((&done["errors"], &done["task"]["place"]), (&json!([]), &json!(null)));
    // What came of it is the agency's; who reported it does not learn which officer it was.
    let events = "query($id: ID!) { incident(id: $id) { events { kind decider { name } } } }";
    let seen = world.run(Who::Resident, events, json!({ "id": id })).await;
    let events = seen["data"]["incident"]["events"].as_array().unwrap();
    let resolved = events.iter().find(|e| e["kind"] == "RESOLVED").unwrap();
    assert_eq!(resolved["decider"], json!(null));
}

#[tokio::test]
async fn nobody_speaks_for_the_agency_and_decides_about_it() {
    let world = World::new().await;
    let (task, id) = called_in(&world).await;
    let task = task["id"].clone();
    let done = json!({ "outcome": "FIXED", "result": "已处理" });
    task_step(&world, Who::Officer, "agencyTaskFinish", &task, done).await;
    step(&world, Who::BlockLead, "incidentAnswer", &id, json!({ "answer": "已处理" })).await;
    let good = json!({ "level": "VERY_SATISFIED" });
    let officer = json!({ "accountId": world.account(Who::Officer).await.to_string(),
        "role": "COMMUNITY_MANAGER", "scopeId": world.places().await.community.to_string() });
    let granted = world.mutate(Who::Admin, "roleGrant", officer, "grant { id }").await;
    assert_eq!(granted["errors"], json!([]), "{granted}");
    let input = json!({ "id": task, "expectedVersion": 2, "level": "VERY_SATISFIED" });
    assert_eq!(fault(&world, Who::Officer, "agencyTaskRate", input).await, "FORBIDDEN");
    let rated = task_step(&world, Who::Manager, "agencyTaskRate", &task, good).await;
    assert_eq!(rated["errors"], json!([]), "{rated}");
}

#[tokio::test]
async fn an_answer_says_something_and_is_asked_for_when_it_is_missing() {
    let world = World::new().await;
    let id = new(&world, json!({})).await;
    step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
    let blank = json!({ "outcome": "FIXED", "answer": " " });
    let blank = try_step(&world, Who::BlockLead, "incidentResolve", &id, blank).await;
    assert_eq!(code(&blank), "REQUIRED");
    step(&world, Who::BlockLead, "incidentResolve", &id, json!({ "outcome": "FIXED" })).await;
    world.advance(Duration::days(5));
    world.work().await;
    world.work().await;
    for who in [Who::BlockLead, Who::GeneralLead] {
        assert!(is_told(&world, who, "INCIDENT_OVERDUE").await, "{who:?}");
    }
    let seen = look(&world, Who::BlockLead, &id).await;
    assert_eq!((&seen["state"], &seen["dueAt"]), (&json!("RESOLVED"), &json!(null)));
    step(&world, Who::BlockLead, "incidentAnswer", &id, json!({ "answer": "已修好" })).await;
}

#[tokio::test]
async fn who_passes_it_on_gives_nobody_more_time() {
    let world = World::new().await;
    let id = new(&world, json!({})).await;
    let due = look(&world, Who::Manager, &id).await["dueAt"].clone();
    world.advance(Duration::minutes(50));
    for kind in ["ROAD", "STREET_LIGHT"] {
        step(&world, Who::BlockLead, "incidentRoute", &id, json!({ "kind": kind })).await;
    }
    let other = crate::blocks::block(&world).await["id"].clone();
    let moved =
        step(&world, Who::BlockLead, "incidentRoute", &id, json!({ "blockId": other })).await;
    assert_eq!((&moved["dueAt"], &moved["state"]), (&due, &json!("RECEIVED")));
    let back = json!({ "blockId": block(&world).await });
    step(&world, Who::Specialist, "incidentRoute", &id, back.clone()).await;
    // What it is after all decides who has it, whoever had it in hand.
    step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
    let gas =
        step(&world, Who::BlockLead, "incidentRoute", &id, json!({ "kind": "GAS_LEAK" })).await;
    assert_eq!(
        (&gas["level"], &gas["state"], &gas["handler"]),
        (&json!("GENERAL"), &json!("ESCALATED"), &json!(null))
    );
    // What is more dangerous than it was is to be responded to anew, and sooner.
    step(&world, Who::GeneralLead, "incidentRespond", &id, json!({})).await;
    let due = look(&world, Who::Manager, &id).await["dueAt"].clone();
    world.advance(Duration::hours(1));
    let life = json!({ "danger": "LIFE" });
    let life = step(&world, Who::GeneralLead, "incidentRoute", &id, life).await;
    let soon = world.app.clock.now() + Duration::minutes(15);
    assert_eq!(
        life["dueAt"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(),
        soon
    );
    assert!(life["dueAt"].as_str() < due.as_str(), "{life} {due}");
    step(&world, Who::GeneralLead, "incidentRespond", &id, json!({})).await;
    // That nobody is in danger after all is not for everybody to say.
    let none = json!({ "danger": "NONE" });
    for who in [Who::Specialist, Who::Manager] {
        assert_eq!(refused(&world, who, "incidentRoute", &id, none.clone()).await, "FORBIDDEN");
    }
    step(&world, Who::GeneralLead, "incidentRoute", &id, json!({ "danger": "NONE" })).await;
    let kind = json!({ "kind": "NOISE" });
    assert_eq!(
        refused(&world, Who::BlockLead, "incidentRoute", &id, kind.clone()).await,
        "FORBIDDEN"
    );
    step(&world, Who::GeneralLead, "incidentRoute", &id, kind).await;
    // What was in hand on a block and rises on the way to another one went up.
    let risen = new(&world, json!({})).await;
    step(&world, Who::BlockLead, "incidentRespond", &risen, json!({})).await;
    let both = json!({ "blockId": other, "kind": "GAS_LEAK" });
    let risen = step(&world, Who::Specialist, "incidentRoute", &risen, both).await;
    assert_eq!((&risen["state"], &risen["handler"]), (&json!("ESCALATED"), &json!(null)));
    world.advance(Duration::days(8));
    world.work().await;
    world.work().await;
    assert!(is_told(&world, Who::Overseer, "INCIDENT_OVERDUE").await, "those above are told");
}

#[tokio::test]
async fn what_turns_out_to_be_dangerous_or_about_a_person_is_for_nobody_else() {
    let world = World::new().await;
    let card = json!({ "card": { "zhHans": "楼道有人长期吵闹" } });
    let cards = "query($id: ID!) { incidentCard(id: $id) { state } }";
    let shown = async |who: Who, id: &Value| {
        world.run(who, cards, json!({ "id": id })).await["data"]["incidentCard"].clone()
    };
    let public = async || {
        let id = new(&world, json!({ "kind": "NOISE" })).await;
        step(&world, Who::Specialist, "incidentPublish", &id, card.clone()).await;
        let follow = json!({ "id": id });
        world.mutate(Who::Neighbour, "incidentFollow", follow, "incidentId").await;
        id
    };
    let child = public().await;
    let danger = json!({ "danger": "CHILD_AT_RISK" });
    let routed = step(&world, Who::Specialist, "incidentRoute", &child, danger).await;
    assert_eq!((&routed["danger"], &routed["level"]), (&json!("CHILD_AT_RISK"), &json!("GENERAL")));
    let about = public().await;
    step(&world, Who::BlockLead, "incidentRespond", &about, json!({})).await;
    let outcome = json!({ "outcome": "ABOUT_A_PERSON" });
    step(&world, Who::BlockLead, "incidentResolve", &about, outcome).await;
    for id in [&child, &about] {
        for who in [Who::Nobody, Who::Neighbour] {
            assert_eq!(shown(who, id).await, json!(null), "{who:?}");
        }
        let again = try_step(&world, Who::Specialist, "incidentPublish", id, card.clone()).await;
        assert_eq!(code(&again), "NEVER_PUBLIC");
        let follow = json!({ "id": id });
        assert_eq!(fault(&world, Who::Neighbour, "incidentFollow", follow).await, "NOT_FOUND");
    }
    let near = "query($c: ID!, $b: ID) { incidentsNear(communityId: $c, kind: NOISE, blockId: $b) { id } }";
    let here = json!({ "c": world.places().await.community.to_string(), "b": block(&world).await });
    let found = world.run(Who::Neighbour, near, here).await;
    assert_eq!(found["data"]["incidentsNear"], json!([]));
}

#[tokio::test]
async fn who_asks_what_is_near_learns_no_more_than_the_cell_and_the_day() {
    let world = World::new().await;
    let at = |lat: f64, long: f64| json!({ "lat": lat, "long": long });
    let id = new(&world, json!({ "position": at(43.9003, 81.3007) })).await;
    let query = "query($c: ID!, $p: PositionInput) { incidentsNear(communityId: $c, kind: STREET_LIGHT, position: $p) \
                 { id number outcome receivedOn reporter } }";
    let community = world.places().await.community.to_string();
    let mut answers = Vec::new();
    for (lat, long) in [(43.9001, 81.3001), (43.9019, 81.3019), (43.8981, 81.2981)] {
        let variables = json!({ "c": community, "p": at(lat, long) });
        answers
            .push(world.run(Who::Nobody, query, variables).await["data"]["incidentsNear"].clone());
    }
    let day = world.app.day(world.app.clock.now()).to_string();
    let told =
        json!([{ "id": id, "number": null, "outcome": null, "receivedOn": day, "reporter": null }]);
    for answer in answers {
        assert_eq!(answer, told);
    }
}

#[tokio::test]
async fn why_it_went_up_is_read_by_who_has_it_and_history_is_pushed_out_by_nobody() {
    let world = World::new().await;
    let id = new(&world, json!({})).await;
    let follow = json!({ "id": id });
    for _ in 0..26 {
        world.mutate(Who::Neighbour, "incidentFollow", follow.clone(), "incidentId").await;
        world.mutate(Who::Neighbour, "incidentUnfollow", follow.clone(), "incidentId").await;
    }
    step(&world, Who::BlockLead, "incidentEscalate", &id, json!({ "reason": "需要吊车" })).await;
    let query = "query($id: ID!) { incident(id: $id) { escalationReason events { kind } } }";
    for (who, reason) in [(Who::GeneralLead, json!("需要吊车")), (Who::Resident, json!(null))] {
        let seen = world.run(who, query, json!({ "id": id })).await;
        let incident = &seen["data"]["incident"];
        assert_eq!(incident["escalationReason"], reason, "{who:?}");
        assert_eq!(incident["events"], json!([{ "kind": "REPORTED" }, { "kind": "ESCALATED" }]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_agree_the_first_limits_one_is_second() {
    let world = World::new().await;
    let (one, two) = (world.another_instance().await, world.another_instance().await);
    let limits = json!({ "communityId": world.places().await.community.to_string(),
        "kind": "ROAD", "expectedVersion": 0, "startsAt": "BLOCK", "aroundTheClock": false,
        "blockMinutes": 60, "generalMinutes": 60, "handleMinutes": 480 });
    for world in [&one, &two] {
        world.token(Who::Manager).await;
    }
    let other = limits.clone();
    let fields = "limits { version }";
    let one = tokio::spawn(async move {
        code(&one.mutate(Who::Manager, "incidentLimitSet", limits, fields).await).to_owned()
    });
    let two = tokio::spawn(async move {
        code(&two.mutate(Who::Manager, "incidentLimitSet", other, fields).await).to_owned()
    });
    let mut codes = [one.await.unwrap(), two.await.unwrap()];
    codes.sort();
    assert_eq!(codes[0], "");
    assert!(["STALE_VERSION", "CONFLICT"].contains(&codes[1].as_str()), "{codes:?}");
}

#[tokio::test]
async fn who_wants_to_be_called_is_called_about_the_answer() {
    let world = World::new().await;
    let whose = json!({ "name": "买买提", "phone": "+8613799990009", "contactPreference": "CALL" });
    let made = reported(&world, Who::Specialist, json!({ "beneficiary": whose })).await;
    let id = &made["incidentId"];
    step(&world, Who::BlockLead, "incidentRespond", id, json!({})).await;
    let done = json!({ "outcome": "FIXED", "answer": "已修好" });
    step(&world, Who::BlockLead, "incidentResolve", id, done).await;
    world.work().await;
    let query = "query($c: ID!) { contactTasks(communityId: $c) { nodes { id way incidentId } } }";
    let here = json!({ "c": world.places().await.community.to_string() });
    let owed = world.run(Who::Specialist, query, here.clone()).await;
    let task = owed["data"]["contactTasks"]["nodes"][0].clone();
    assert_eq!((&task["way"], &task["incidentId"]), (&json!("CALL"), id), "{owed}");
    let input = json!({ "id": task["id"] });
    let fields = "contactTask { doneAt }";
    let told = world.mutate(Who::Specialist, "contactTaskComplete", input.clone(), fields).await;
    assert_eq!(told["errors"], json!([]), "{told}");
    let twice = world.mutate(Who::Specialist, "contactTaskComplete", input, fields).await;
    assert_eq!(code(&twice), "ILLEGAL_TRANSITION");
    let none = world.run(Who::Specialist, query, here).await;
    assert_eq!(none["data"]["contactTasks"]["nodes"], json!([]));
}

#[tokio::test]
async fn an_answer_that_was_given_ahead_holds_no_longer_without_agencies() {
    let world = World::new().await;
    let (task, id) = called_in(&world).await;
    let task = task["id"].clone();
    let answer = json!({ "answer": "公安正在处理" });
    step(&world, Who::BlockLead, "incidentAnswer", &id, answer).await;
    world.work().await;
    let off = json!({ "reason": "误报" });
    task_step(&world, Who::BlockLead, "agencyTaskCallOff", &task, off).await;
    world.work().await;
    assert!(is_told(&world, Who::Resident, "INCIDENT_JOINT_CALLED_OFF").await);
    let seen = look(&world, Who::Resident, &id).await;
    assert_eq!((&seen["state"], &seen["answer"]), (&json!("HANDLING"), &json!(null)));
    // Nor does it close what is resolved later.
    let resolved =
        step(&world, Who::BlockLead, "incidentResolve", &id, json!({ "outcome": "FIXED" })).await;
    assert_eq!(resolved["state"], "RESOLVED");
}

#[tokio::test]
async fn whom_to_call_is_told_even_where_there_is_no_payload() {
    let world = World::new().await;
    let input = report_input(&world, json!({ "danger": "LIFE", "blockId": "nonsense" })).await;
    let kind = input_type("incidentReport");
    let query =
        format!("mutation($i: {kind}!) {{ incidentReport(input: $i) {{ errors {{ code }} }} }}");
    for who in [Who::Resident, Who::Nobody] {
        let answer = world.run(who, &query, json!({ "i": input })).await;
        let call = &answer["errors"][0]["extensions"]["call"];
        assert_eq!(call, &json!(["120", "110", "119"]), "{who:?}: {answer}");
    }
}

#[tokio::test]
async fn agencies_are_told_neither_name_nor_phone_of_who_did_not_let_them() {
    let world = World::new().await;
    let (task, id) = called_in(&world).await;
    let mut more = json!({ "mayContact": false });
    more["place"] = json!("同一个路口");
    let shy = reported(&world, Who::Neighbour, more).await["incidentId"].clone();
    let phone = Who::Neighbour.phone().trim_start_matches("+86").to_owned();
    let input = crate::incident_operations::input(&world, "incidentJointOpen").await.unwrap();
    for told in ["N e i g h b o u r 全名报告", "Neigh\u{200B}bour 全名 报告", phone.as_str()]
    {
        let mut agencies = input["agencies"].clone();
        agencies[0]["brief"] = json!(told);
        let joint = json!({ "reason": "JOINT_ENFORCEMENT", "agencies": agencies });
        let refused = try_step(&world, Who::BlockLead, "incidentJointOpen", &shy, joint).await;
        assert_eq!(code(&refused), "CARD_TELLS_WHO", "{told}");
    }
    // Who let them may be named, in notes too.
    let note = json!({ "id": task["id"], "words": "请联系 Resident 全名" });
    let noted = world.mutate(Who::BlockLead, "agencyTaskNote", note, "task { id }").await;
    assert_eq!(noted["errors"], json!([]), "{noted}");
    // That somebody is in danger is said while agencies are at work too, and only that.
    let life = json!({ "danger": "LIFE" });
    let life = step(&world, Who::BlockLead, "incidentRoute", &id, life).await;
    assert_eq!((&life["state"], &life["level"]), (&json!("JOINT_RESPONSE"), &json!("GENERAL")));
    let kind = json!({ "kind": "NOISE" });
    let kind = try_step(&world, Who::GeneralLead, "incidentRoute", &id, kind).await;
    assert_eq!(code(&kind), "ILLEGAL_TRANSITION");
}

#[tokio::test]
async fn what_can_burn_waits_for_nobody_and_who_leads_finds_out_what() {
    let world = World::new().await;
    let set = async |around: bool, minutes: i32| {
        let input = json!({ "communityId": world.places().await.community.to_string(),
            "kind": "GAS_LEAK", "expectedVersion": 0, "startsAt": "BLOCK", "aroundTheClock": around,
            "blockMinutes": minutes, "generalMinutes": 15, "handleMinutes": 240 });
        let done =
            world.mutate(Who::Manager, "incidentLimitSet", input, "limits { version }").await;
        code(&done).to_owned()
    };
    assert_eq!(set(false, 15).await, "INVALID_VALUE");
    assert_eq!(set(true, 61).await, "INVALID_VALUE");
    assert_eq!(set(true, 60).await, "");
    let query = "{ viewer { ... on Account { roles { role placeId } } } }";
    let roles = world.run(Who::BlockLead, query, json!({})).await;
    let lead = json!([{ "role": "BLOCK_LEAD", "placeId": block(&world).await }]);
    assert_eq!(roles["data"]["viewer"]["roles"], lead);
}
