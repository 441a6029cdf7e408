//! Who has an incident, and until when: whatever is said of it later.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::{
    blocks::{begun, ending},
    incident_holes::{code, is_told, new, refused},
    incident_operations::called_in,
    incidents::{block, look, reported, step, try_step},
    world::{Who, World},
};

fn due(seen: &Value) -> DateTime<Utc> {
    seen["dueAt"].as_str().unwrap_or_else(|| panic!("{seen}")).parse().unwrap()
}

/// Limits around the clock of a kind.
async fn agreed(world: &World, kind: &str, general: i32) {
    let limits = json!({ "communityId": world.places().await.community.to_string(), "kind": kind,
        "expectedVersion": 0, "startsAt": "BLOCK", "aroundTheClock": true, "blockMinutes": 60,
        "generalMinutes": general, "handleMinutes": 600 });
    let set = world.mutate(Who::Manager, "incidentLimitSet", limits, "limits { version }").await;
    assert_eq!(set["errors"], json!([]), "{set}");
}

#[tokio::test]
async fn danger_that_is_found_later_is_responded_to_anew() {
    let world = World::new().await;
    agreed(&world, "NOISE", 30).await;
    let life = json!({ "danger": "LIFE" });
    let soon = async |seen: &Value| {
        assert_eq!((&seen["state"], &seen["level"]), (&json!("ESCALATED"), &json!("GENERAL")));
        assert_eq!(seen["handler"], json!(null));
        assert_eq!(due(seen), world.app.clock.now() + Duration::minutes(15));
    };
    // Of what the block has in hand.
    let id = new(&world, json!({ "kind": "NOISE" })).await;
    step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
    soon(&step(&world, Who::Specialist, "incidentRoute", &id, life.clone()).await).await;
    // Of what is late in the hands of the general lead, who was told of it once.
    let id = new(&world, json!({ "kind": "NOISE" })).await;
    step(&world, Who::BlockLead, "incidentEscalate", &id, json!({ "reason": "超出能力" })).await;
    step(&world, Who::GeneralLead, "incidentRespond", &id, json!({})).await;
    world.advance(Duration::hours(11));
    world.work().await;
    assert_eq!(look(&world, Who::Manager, &id).await["dueAt"], json!(null));
    soon(&step(&world, Who::Specialist, "incidentRoute", &id, life).await).await;
    world.advance(Duration::minutes(15));
    world.work().await;
    world.work().await;
    assert_eq!(look(&world, Who::Manager, &id).await["level"], "SUBDISTRICT");
    assert!(is_told(&world, Who::Overseer, "INCIDENT_ESCALATED").await);
}

#[tokio::test]
async fn danger_gives_nobody_more_time_than_was_agreed() {
    let world = World::new().await;
    agreed(&world, "GAS_LEAK", 5).await;
    let now = world.app.clock.now();
    for danger in ["NONE", "LIFE"] {
        let id = new(&world, json!({ "kind": "GAS_LEAK", "danger": danger })).await;
        if danger == "NONE" {
            step(&world, Who::BlockLead, "incidentEscalate", &id, json!({ "reason": "漏气" }))
                .await;
        }
        let seen = look(&world, Who::Manager, &id).await;
        assert_eq!(due(&seen), now + Duration::minutes(5), "{danger}");
    }
}

#[tokio::test]
async fn agencies_at_work_are_told_of_danger_and_have_less_time() {
    let world = World::new().await;
    let (task, id) = called_in(&world).await;
    let query = "query($id: ID!) { agencyTask(id: $id) { finishDueAt version danger } }";
    let task = json!({ "id": task["id"] });
    let before = world.run(Who::Officer, query, task.clone()).await["data"]["agencyTask"].clone();
    step(&world, Who::Specialist, "incidentRoute", &id, json!({ "danger": "LIFE" })).await;
    let after = world.run(Who::Officer, query, task.clone()).await["data"]["agencyTask"].clone();
    assert_eq!((&after["danger"], &after["version"]), (&json!("LIFE"), &json!(2)));
    let urgent: DateTime<Utc> = after["finishDueAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(urgent, world.app.clock.now() + Duration::days(1));
    assert!(before["finishDueAt"].as_str() > after["finishDueAt"].as_str(), "{before} {after}");
    world.work().await;
    assert!(is_told(&world, Who::Officer, "AGENCY_TASK_URGENT").await);
    // It went up by that, and counts as such.
    let query = "query($id: ID!) { incident(id: $id) { escalatedAt } }";
    let seen = world.run(Who::Manager, query, json!({ "id": id })).await;
    assert!(seen["data"]["incident"]["escalatedAt"].is_string(), "{seen}");
}

#[tokio::test]
async fn whoever_follows_in_office_takes_over_what_was_in_hand() {
    let world = World::new().await;
    let id = new(&world, json!({})).await;
    let had = step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
    assert!(!had["availableActions"].to_string().contains("RESPOND"), "{had}");
    let again = try_step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
    assert_eq!(code(&again), "ILLEGAL_TRANSITION");
    world.advance(Duration::hours(1));
    let here = json!({ "id": block(&world).await });
    begun(&world, &here, "DEPUTY_BLOCK_LEAD", Who::Colleague).await;
    let seen = look(&world, Who::Colleague, &id).await;
    assert!(seen["availableActions"].to_string().contains("RESPOND"), "{seen}");
    let taken = step(&world, Who::Colleague, "incidentRespond", &id, json!({})).await;
    assert_eq!(taken["handler"]["name"], "Colleague");
    assert_eq!(
        (&taken["state"], &taken["dueAt"]),
        (&json!("HANDLING"), &had["dueAt"]),
        "no new time"
    );
    let query = "query($id: ID!) { incident(id: $id) { events { kind } } }";
    let seen = world.run(Who::Resident, query, json!({ "id": id })).await;
    assert!(seen.to_string().contains("TAKEN_OVER"), "{seen}");
}

#[tokio::test]
async fn what_began_with_the_general_lead_never_went_up() {
    let world = World::new().await;
    let id = new(&world, json!({ "kind": "GAS_LEAK" })).await;
    let taken = step(&world, Who::GeneralLead, "incidentRespond", &id, json!({})).await;
    assert_eq!((&taken["state"], &taken["level"]), (&json!("HANDLING"), &json!("GENERAL")));
    let done = json!({ "outcome": "FIXED", "answer": "已处理" });
    step(&world, Who::GeneralLead, "incidentResolve", &id, done).await;
    let again =
        step(&world, Who::Resident, "incidentReopen", &id, json!({ "reason": "还有气味" })).await;
    assert_eq!(again["state"], "HANDLING");
}

#[tokio::test]
async fn a_kind_that_is_corrected_starts_no_clock_where_no_block_is_known() {
    let world = World::new().await;
    let nowhere = json!({ "blockId": null, "place": "河边" });
    let id = reported(&world, Who::Resident, nowhere).await["incidentId"].clone();
    let before = look(&world, Who::Manager, &id).await;
    world.advance(Duration::minutes(30));
    let after =
        step(&world, Who::Specialist, "incidentRoute", &id, json!({ "kind": "WASTE" })).await;
    assert_eq!(after["dueAt"], before["dueAt"]);
}

#[tokio::test]
async fn nothing_new_lies_in_a_block_that_is_closed() {
    let world = World::new().await;
    let place = crate::blocks::block(&world).await;
    let here = json!({ "blockId": place["id"] });
    let id = new(&world, here.clone()).await;
    let close = async |version: i32| {
        let input = json!({ "id": place["id"], "expectedVersion": version, "active": false });
        let done = world.mutate(Who::Manager, "placeChange", input, "place { active }").await;
        code(&done).to_owned()
    };
    assert_eq!(close(1).await, "IN_USE");
    let done = json!({ "outcome": "FIXED", "answer": "已处理" });
    step(&world, Who::GeneralLead, "incidentResolve", &id, done).await;
    assert_eq!(close(1).await, "");
    let input = crate::incidents::report_input(&world, here.clone()).await;
    let fields = crate::incidents::REPORTED;
    let refused = world.mutate(Who::Resident, "incidentReport", input, fields).await;
    assert_eq!(code(&refused), "UNKNOWN_REFERENCE");
    let other = new(&world, json!({})).await;
    let moved = try_step(&world, Who::Specialist, "incidentRoute", &other, here).await;
    assert_eq!(code(&moved), "UNKNOWN_REFERENCE");
    // What was solved there is taken up again all the same; the general lead has it.
    let why = json!({ "reason": "又坏了" });
    assert_eq!(step(&world, Who::Resident, "incidentReopen", &id, why).await["reopened"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_block_that_is_closed_and_a_report_there_at_once_one_is_done() {
    let (a, b) = World::new().await.pair().await;
    for _ in 0..5 {
        let place = crate::blocks::block(&a).await;
        let input = json!({ "id": place["id"], "expectedVersion": 1, "active": false });
        let world = a.clone();
        let closing = tokio::spawn(async move {
            world.mutate(Who::Manager, "placeChange", input, "place { active }").await
        });
        let here = json!({ "blockId": place["id"] });
        let input = crate::incidents::report_input(&b, here).await;
        let report = b.mutate(Who::Resident, "incidentReport", input, crate::incidents::REPORTED);
        let (report, closing) = (report.await, closing.await.unwrap());
        match (code(&report), code(&closing)) {
            ("", "IN_USE") | ("UNKNOWN_REFERENCE", "") => {}
            other => panic!("{other:?}: {report} {closing}"),
        }
    }
}

#[tokio::test]
async fn nobody_has_two_offices_of_a_block_at_a_time() {
    let world = World::new().await;
    let place = crate::blocks::block(&world).await;
    let day = |n: i64| (world.app.clock.now() + Duration::days(n)).date_naive().to_string();
    let term = begun(&world, &place, "DEPUTY_BLOCK_LEAD", Who::Colleague).await;
    let end = async |term: &Value, on: String| {
        let mut input = ending(term, "RESIGNED");
        input["until"] = json!(on);
        let fields = "term { id version until }";
        world.mutate(Who::Manager, "officeTermEnd", input, fields).await
    };
    let ended = end(&term, day(30)).await;
    assert_eq!(ended["errors"], json!([]), "{ended}");
    let lead = json!({ "placeId": place["id"], "role": "BLOCK_LEAD", "from": day(30),
        "accountId": world.account(Who::Colleague).await.to_string() });
    let begun = world.mutate(Who::Manager, "officeTermBegin", lead, "term { id }").await;
    assert_eq!(begun["errors"], json!([]), "{begun}");
    assert_eq!(code(&end(&ended["term"], day(40)).await), "OFFICE_TAKEN");
    assert_eq!(end(&ended["term"], day(20)).await["errors"], json!([]));
}

#[tokio::test]
async fn who_answers_for_nothing_takes_nothing_over() {
    let world = World::new().await;
    let id = new(&world, json!({})).await;
    step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
    for who in [Who::Specialist, Who::Manager] {
        assert_eq!(refused(&world, who, "incidentRespond", &id, json!({})).await, "FORBIDDEN");
    }
}

#[tokio::test]
async fn without_a_general_lead_who_oversees_all_of_it_does_what_they_could() {
    let world = World::new().await;
    let query = "query($s: ID!) { generalLead(subdistrictId: $s) { id version } }";
    let here = json!({ "s": world.places().await.subdistrict.to_string() });
    let lead = world.run(Who::Nobody, query, here).await["data"]["generalLead"].clone();
    let mut end = ending(&lead, "RESIGNED");
    end["expectedVersion"] = lead["version"].clone();
    let ended = world.mutate(Who::Overseer, "officeTermEnd", end, "term { until }").await;
    assert_eq!(ended["errors"], json!([]), "{ended}");
    let id = new(&world, json!({ "danger": "LIFE" })).await;
    world.work().await;
    assert!(is_told(&world, Who::Overseer, "INCIDENT_REPORTED").await);
    let seen = look(&world, Who::Overseer, &id).await;
    assert!(seen["availableActions"].to_string().contains("RESPOND"), "{seen}");
    let reports = "query($id: ID!) { incidentReports(incidentId: $id) { nodes { words } } }";
    let read = world.run(Who::Overseer, reports, json!({ "id": id })).await;
    assert_eq!(read["data"]["incidentReports"]["nodes"][0]["words"], "路灯坏了三天", "{read}");
    step(&world, Who::Overseer, "incidentRespond", &id, json!({})).await;
    step(&world, Who::Overseer, "incidentResolve", &id, json!({ "outcome": "FIXED" })).await;
    let done = json!({ "answer": "已处理" });
    assert_eq!(step(&world, Who::Overseer, "incidentAnswer", &id, done).await["state"], "CLOSED");
    // What is in the hands of a block is not theirs.
    let id = new(&world, json!({})).await;
    let read = world.run(Who::Overseer, reports, json!({ "id": id })).await;
    assert_eq!(read["errors"][0]["extensions"]["code"], "NOT_FOUND");
    assert_eq!(
        refused(&world, Who::Overseer, "incidentRespond", &id, json!({})).await,
        "FORBIDDEN"
    );
    let input = crate::incident_operations::input(&world, "incidentJointOpen").await.unwrap();
    let joint = json!({ "reason": "JOINT_ENFORCEMENT", "agencies": input["agencies"] });
    assert_eq!(refused(&world, Who::Overseer, "incidentJointOpen", &id, joint).await, "FORBIDDEN");
}

#[tokio::test]
async fn what_a_former_lead_had_waits_for_those_in_office() {
    let world = World::new().await;
    let here = json!({ "id": block(&world).await });
    let term = begun(&world, &here, "DEPUTY_BLOCK_LEAD", Who::Colleague).await;
    let id = new(&world, json!({})).await;
    step(&world, Who::Colleague, "incidentRespond", &id, json!({})).await;
    let done = json!({ "outcome": "FIXED", "answer": "已处理" });
    step(&world, Who::Colleague, "incidentResolve", &id, done.clone()).await;
    let why = json!({ "reason": "又坏了" });
    let again = step(&world, Who::Resident, "incidentReopen", &id, why.clone()).await;
    assert_eq!(
        (&again["state"], &again["handler"]["name"]),
        (&json!("HANDLING"), &json!("Colleague"))
    );
    step(&world, Who::Colleague, "incidentResolve", &id, done).await;
    let end = ending(&term, "RESIGNED");
    world.mutate(Who::Manager, "officeTermEnd", end, "term { id }").await;
    let again = step(&world, Who::Resident, "incidentReopen", &id, why).await;
    assert_eq!((&again["state"], &again["handler"]), (&json!("RECEIVED"), &json!(null)));
    step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
}

#[tokio::test]
async fn an_agency_is_not_closed_over_what_it_owes() {
    let world = World::new().await;
    let (task, _) = called_in(&world).await;
    let query = "query($id: ID!) { agencyTask(id: $id) { agency { id version } } }";
    let seen = world.run(Who::Officer, query, json!({ "id": task["id"] })).await;
    let agency = seen["data"]["agencyTask"]["agency"].clone();
    let close =
        json!({ "id": agency["id"], "expectedVersion": agency["version"], "active": false });
    let close = async || {
        let done = world.mutate(Who::Overseer, "placeChange", close.clone(), "place { id }").await;
        code(&done).to_owned()
    };
    assert_eq!(close().await, "IN_USE");
    let off = json!({ "reason": "误报" });
    crate::incident_holes::task_step(&world, Who::BlockLead, "agencyTaskCallOff", &task["id"], off)
        .await;
    assert_eq!(close().await, "");
}

#[tokio::test]
async fn what_turned_dangerous_among_agencies_does_not_go_back_to_the_block() {
    let world = World::new().await;
    let (task, id) = called_in(&world).await;
    step(&world, Who::Specialist, "incidentRoute", &id, json!({ "danger": "LIFE" })).await;
    let off = json!({ "reason": "误报" });
    let task = &task["id"];
    crate::incident_holes::task_step(&world, Who::GeneralLead, "agencyTaskCallOff", task, off)
        .await;
    let seen = look(&world, Who::Manager, &id).await;
    assert_eq!((&seen["state"], &seen["handler"]), (&json!("ESCALATED"), &json!(null)));
    assert_eq!(due(&seen), world.app.clock.now() + Duration::minutes(15));
}

#[tokio::test]
async fn what_is_taken_up_again_where_nobody_answers_goes_up() {
    let world = World::new().await;
    let place = crate::blocks::block(&world).await;
    let term = begun(&world, &place, "BLOCK_LEAD", Who::Colleague).await;
    let id = new(&world, json!({ "blockId": place["id"] })).await;
    let done = json!({ "outcome": "FIXED", "answer": "已处理" });
    step(&world, Who::Colleague, "incidentResolve", &id, done).await;
    world.mutate(Who::Manager, "officeTermEnd", ending(&term, "RESIGNED"), "term { id }").await;
    let why = json!({ "reason": "又坏了" });
    let again = step(&world, Who::Resident, "incidentReopen", &id, why).await;
    assert_eq!((&again["state"], &again["level"]), (&json!("ESCALATED"), &json!("GENERAL")));
    let query = "query($id: ID!) { incident(id: $id) { escalatedAt } }";
    let seen = world.run(Who::Manager, query, json!({ "id": id })).await;
    assert!(seen["data"]["incident"]["escalatedAt"].is_string(), "not solved in the block: {seen}");
}

#[tokio::test]
async fn agencies_of_a_block_that_nobody_leads_are_not_stuck() {
    let world = World::new().await;
    let (task, id) = called_in(&world).await;
    let task = &task["id"];
    let other = crate::incident_operations::input(&world, "agencyTaskRefuse").await.unwrap();
    let refusal = json!({ "reason": "不归公安", "proposedAgencyId": other["proposedAgencyId"] });
    crate::incident_holes::task_step(&world, Who::Officer, "agencyTaskRefuse", task, refusal).await;
    // Once is for the lead of the block to decide; or for who oversees it.
    let mut to = json!({ "agencyId": other["proposedAgencyId"], "brief": "请 Resident 全名 带路" });
    let step = crate::incident_holes::task_step;
    let named = step(&world, Who::Overseer, "agencyTaskDecide", task, to.clone()).await;
    assert_eq!(named["errors"], json!([]), "who allowed it may be named: {named}");
    let back = json!({ "id": id, "mayContact": false });
    world.mutate(Who::Resident, "incidentConsentSet", back, "incident { id }").await;
    let next = &named["task"]["id"];
    step(&world, Who::BlockLead, "agencyTaskSign", next, json!({})).await;
    let refusal =
        json!({ "reason": "也不归我们", "proposedAgencyId": refused_to(&world, next).await });
    step(&world, Who::BlockLead, "agencyTaskRefuse", next, refusal.clone()).await;
    to = json!({ "agencyId": refusal["proposedAgencyId"] });
    let named = step(&world, Who::GeneralLead, "agencyTaskDecide", next, to.clone()).await;
    assert_eq!(code(&named), "CARD_TELLS_WHO", "another agency reads it now");
    to["brief"] = json!("请到现场查看");
    let decided = step(&world, Who::GeneralLead, "agencyTaskDecide", next, to).await;
    assert_eq!(decided["errors"], json!([]), "{decided}");
}

/// The agency that refused before.
async fn refused_to(world: &World, task: &Value) -> Value {
    let query = "query($id: ID!) { agencyTask(id: $id) { agency { id } } }";
    let own = world.run(Who::GeneralLead, query, json!({ "id": task })).await;
    let places = world.places().await;
    let query = "query($s: ID!) { agencies(subdistrictId: $s) { nodes { id } } }";
    let all = world.run(Who::Nobody, query, json!({ "s": places.subdistrict.to_string() })).await;
    let all = all["data"]["agencies"]["nodes"].as_array().unwrap();
    let own = &own["data"]["agencyTask"]["agency"]["id"];
    all.iter().find(|agency| agency["id"] != *own).unwrap()["id"].clone()
}
