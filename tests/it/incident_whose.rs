//! What may be told of who reported an incident, to whom, and how they are told.

use linli_entity::{incident_report, person};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use crate::{
    incident_holes::{code, fault, new, task_step},
    incidents::{report_input, reported, step, try_step},
    world::{Who, World},
};

async fn agencies(world: &World) -> Value {
    crate::incident_operations::input(world, "incidentJointOpen").await.unwrap()["agencies"].clone()
}

#[tokio::test]
async fn an_agency_does_not_find_out_by_trying_who_it_was() {
    let world = World::new().await;
    let (task, _) = called_in_silently(&world).await;
    for words in ["Resident 全名", "Neighbour 全名"] {
        let note = json!({ "id": task, "words": words });
        let noted = world.mutate(Who::Officer, "agencyTaskNote", note, "task { id }").await;
        assert_eq!(noted["errors"], json!([]), "one is as good as the other: {noted}");
    }
    // Who knows it does not tell it, in any words that the agency reads.
    let told = json!("Resident 全名撤回了");
    let note = json!({ "id": task, "words": told });
    let noted = world.mutate(Who::BlockLead, "agencyTaskNote", note, "task { id }").await;
    assert_eq!(code(&noted), "CARD_TELLS_WHO");
    let off =
        task_step(&world, Who::BlockLead, "agencyTaskCallOff", &task, json!({ "reason": told }));
    assert_eq!(code(&off.await), "CARD_TELLS_WHO");
    let done = json!({ "outcome": "FIXED", "result": told });
    let relayed = task_step(&world, Who::BlockLead, "agencyTaskFinish", &task, done.clone()).await;
    assert_eq!(code(&relayed), "CARD_TELLS_WHO");
    let own = task_step(&world, Who::Officer, "agencyTaskFinish", &task, done).await;
    assert_eq!(own["errors"], json!([]), "{own}");
}

/// A task about an incident whose reporter lets no agency reach them, and the incident.
async fn called_in_silently(world: &World) -> (Value, Value) {
    let id = new(world, json!({})).await;
    let joint = json!({ "reason": "BEYOND_OUR_POWER", "agencies": agencies(world).await });
    step(world, Who::BlockLead, "incidentJointOpen", &id, joint).await;
    let query = "query($id: ID!) { incident(id: $id) { tasks { id } } }";
    let seen = world.run(Who::Manager, query, json!({ "id": id })).await;
    (seen["data"]["incident"]["tasks"][0]["id"].clone(), id)
}

#[tokio::test]
async fn where_it_is_is_told_to_agencies_in_words_that_name_nobody() {
    let world = World::new().await;
    let id = new(&world, json!({ "place": "幸福路 12 号 Resident 全名家门口" })).await;
    let joint = json!({ "reason": "BEYOND_OUR_POWER", "agencies": agencies(&world).await });
    let refused = try_step(&world, Who::BlockLead, "incidentJointOpen", &id, joint.clone()).await;
    assert_eq!(code(&refused), "CARD_TELLS_WHO");
    let better = json!({ "place": "幸福路 12 号门口" });
    step(&world, Who::Specialist, "incidentRoute", &id, better).await;
    step(&world, Who::BlockLead, "incidentJointOpen", &id, joint).await;
    let worse = json!({ "place": "Resident全名家" });
    let refused = try_step(&world, Who::GeneralLead, "incidentRoute", &id, worse).await;
    assert_eq!(code(&refused), "CARD_TELLS_WHO");
    let query = "query($id: ID!) { incident(id: $id) { place tasks { place } } }";
    let seen = world.run(Who::Manager, query, json!({ "id": id })).await;
    let place = json!("幸福路 12 号门口");
    let expected = json!({ "place": place, "tasks": [{ "place": place }] });
    assert_eq!(seen["data"]["incident"], expected);
}

#[tokio::test]
async fn consent_is_taken_back_by_who_gave_it() {
    let world = World::new().await;
    let open = json!({ "anonymous": false, "mayContact": true });
    let id = new(&world, open.clone()).await;
    let card = json!({ "card": { "zhHans": "路灯不亮" } });
    step(&world, Who::Specialist, "incidentPublish", &id, card).await;
    let query = "query($id: ID!) { incidentCard(id: $id) { reporter } }";
    let named = async || {
        let seen = world.run(Who::Nobody, query, json!({ "id": id })).await;
        seen["data"]["incidentCard"]["reporter"].clone()
    };
    assert!(named().await.is_string());
    let joint = json!({ "reason": "BEYOND_OUR_POWER", "agencies": agencies(&world).await });
    step(&world, Who::BlockLead, "incidentJointOpen", &id, joint).await;
    let query = "query($id: ID!) { incident(id: $id) { tasks { id } } }";
    let seen = world.run(Who::Manager, query, json!({ "id": id })).await;
    let task = json!({ "id": seen["data"]["incident"]["tasks"][0]["id"] });
    let reach = async || {
        let fields = "reporters { phone }";
        let name = "agencyTaskReporterReveal";
        let done = world.mutate(Who::Officer, name, task.clone(), fields).await;
        done["reporters"].as_array().unwrap().len()
    };
    assert_eq!(reach().await, 1);
    let back = json!({ "id": id, "anonymous": true, "mayContact": false });
    for (who, expected) in [
        (Who::Neighbour, "NOT_FOUND"),
        (Who::Specialist, "FORBIDDEN"),
        (Who::BlockLead, "FORBIDDEN"),
    ] {
        assert_eq!(fault(&world, who, "incidentConsentSet", back.clone()).await, expected);
    }
    let set = world.mutate(Who::Resident, "incidentConsentSet", back, "incident { id }").await;
    assert_eq!(set["errors"], json!([]), "{set}");
    assert_eq!((named().await, reach().await), (json!(null), 0));
    let none = json!({ "id": id });
    let none = world.mutate(Who::Resident, "incidentConsentSet", none, "incident { id }").await;
    assert_eq!(code(&none), "REQUIRED");
    // Also where it was carried over to another one.
    let (other, into) = (new(&world, open).await, new(&world, json!({ "place": "别处" })).await);
    let neighbours = reported(&world, Who::Neighbour, json!({})).await["incidentId"].clone();
    let merge = json!({ "intoId": neighbours });
    step(&world, Who::Manager, "incidentMerge", &other, merge.clone()).await;
    step(&world, Who::Manager, "incidentMerge", &into, merge).await;
    let back = json!({ "id": other, "mayContact": false });
    world.mutate(Who::Resident, "incidentConsentSet", back, "incident { id }").await;
    let carried = "SELECT COUNT(*) FROM incident_report WHERE from_id IS NOT NULL";
    assert_eq!(world.number(carried).await, 1);
    assert_eq!(world.number(&format!("{carried} AND may_contact")).await, 0);
}

#[tokio::test]
async fn what_was_merged_counts_once_among_ones_reports() {
    let world = World::new().await;
    let into = reported(&world, Who::Neighbour, json!({})).await["incidentId"].clone();
    for _ in 0..10 {
        let id = new(&world, json!({})).await;
        let into = json!({ "intoId": into });
        let merged = try_step(&world, Who::Manager, "incidentMerge", &id, into).await;
        assert_eq!(merged["errors"], json!([]), "{merged}");
    }
    let copies = incident_report::Entity::find().count(world.app.db.reader()).await.unwrap();
    assert_eq!(copies, 12, "of one person one report of one incident");
    // Every one merged into one of its own: ten more rows, and no more reports.
    for _ in 0..9 {
        let (a, b) =
            (new(&world, json!({})).await, reported(&world, Who::Colleague, json!({})).await);
        let into = json!({ "intoId": b["incidentId"] });
        step(&world, Who::Manager, "incidentMerge", &a, into).await;
    }
    new(&world, json!({})).await;
    let input = report_input(&world, json!({})).await;
    let over = fault(&world, Who::Resident, "incidentReport", input).await;
    assert_eq!(over, "RATE_LIMITED", "the twenty-first of a day");
}

#[tokio::test]
async fn who_wants_calls_is_called_about_all_that_others_read() {
    let world = World::new().await;
    let old = json!({ "name": "买买提", "phone": "+8613799990009", "contactPreference": "CALL" });
    let for_them = json!({ "beneficiary": old });
    let id = reported(&world, Who::Specialist, for_them.clone()).await["incidentId"].clone();
    let query = "query($c: ID!) { contactTasks(communityId: $c) { nodes { id incidentId } } }";
    let here = json!({ "c": world.places().await.community.to_string() });
    let owed = async |who: Who| {
        world.work().await;
        let owed = world.run(who, query, here.clone()).await;
        owed["data"]["contactTasks"]["nodes"].as_array().unwrap().clone()
    };
    let joint = json!({ "reason": "BEYOND_OUR_POWER", "agencies": agencies(&world).await });
    step(&world, Who::BlockLead, "incidentJointOpen", &id, joint.clone()).await;
    let answer = json!({ "answer": "公安正在处理" });
    step(&world, Who::BlockLead, "incidentAnswer", &id, answer.clone()).await;
    assert_eq!(owed(Who::Specialist).await.len(), 1, "the answer");
    // What turns out to be the same was answered already.
    let same = reported(
        &world,
        Who::Specialist,
        json!({ "beneficiary":
        { "name": "阿依古丽", "contactPreference": "VISIT" } }),
    )
    .await["incidentId"]
        .clone();
    step(&world, Who::BlockLead, "incidentMerge", &same, json!({ "intoId": id })).await;
    assert_eq!(owed(Who::Specialist).await.len(), 2, "the answer to who was added");
    let query = "query($id: ID!) { incident(id: $id) { tasks { id } } }";
    let seen = world.run(Who::Manager, query, json!({ "id": id })).await;
    let task = seen["data"]["incident"]["tasks"][0]["id"].clone();
    world.advance(chrono::Duration::seconds(1));
    let done = json!({ "outcome": "FIXED", "result": "已处理" });
    task_step(&world, Who::Officer, "agencyTaskFinish", &task, done).await;
    assert_eq!(owed(Who::Specialist).await.len(), 4, "and the result to both");

    // Of an answer that holds no more before anybody could call, nobody is called about that.
    let id = reported(&world, Who::Specialist, for_them).await["incidentId"].clone();
    step(&world, Who::BlockLead, "incidentJointOpen", &id, joint).await;
    step(&world, Who::BlockLead, "incidentAnswer", &id, answer).await;
    let seen = world.run(Who::Manager, query_tasks(), json!({ "id": id })).await;
    let task = seen["data"]["incident"]["tasks"][0]["id"].clone();
    task_step(&world, Who::BlockLead, "agencyTaskCallOff", &task, json!({ "reason": "误报" }))
        .await;
    let about = owed(Who::Specialist).await;
    assert_eq!(about.iter().filter(|t| t["incidentId"] == id).count(), 1, "that it holds no more");
}

fn query_tasks() -> &'static str {
    "query($id: ID!) { incident(id: $id) { tasks { id } } }"
}

#[tokio::test]
async fn nobody_says_of_themselves_that_they_were_called() {
    let world = World::new().await;
    // Who works here lives here too, and wants to be called.
    person::Entity::update_many()
        .col_expr(person::Column::ContactPreference, Expr::value("CALL"))
        .filter(person::Column::Phone.eq(Who::Specialist.phone()))
        .exec(world.app.db.writer())
        .await
        .unwrap();
    let id = reported(&world, Who::Specialist, json!({})).await["incidentId"].clone();
    let result = json!({ "outcome": "FIXED", "answer": "已修好" });
    step(&world, Who::BlockLead, "incidentResolve", &id, result).await;
    world.work().await;
    let query = "query($c: ID!) { contactTasks(communityId: $c) { nodes { id } totalCount } }";
    let here = json!({ "c": world.places().await.community.to_string() });
    let own = world.run(Who::Specialist, query, here.clone()).await;
    assert_eq!(own["data"]["contactTasks"]["totalCount"], 0, "{own}");
    let others = world.run(Who::Colleague, query, here).await;
    let task = json!({ "id": others["data"]["contactTasks"]["nodes"][0]["id"] });
    assert_eq!(
        fault(&world, Who::Specialist, "contactTaskComplete", task.clone()).await,
        "FORBIDDEN"
    );
    let fields = "contactTask { doneAt }";
    let done = world.mutate(Who::Colleague, "contactTaskComplete", task, fields).await;
    assert_eq!(done["errors"], json!([]), "{done}");
}

#[tokio::test]
async fn who_only_follows_learns_where_it_is_as_everybody_does() {
    let world = World::new().await;
    let at = json!({ "position": { "lat": 43.9, "long": 81.3 } });
    let id = new(&world, at).await;
    let query = "{ ownIncidentReports { nodes { follows card { about { lat } } } } }";
    let about = async |who: Who| {
        let own = world.run(who, query, json!({})).await;
        own["data"]["ownIncidentReports"]["nodes"][0]["card"]["about"]["lat"].clone()
    };
    world.mutate(Who::Neighbour, "incidentFollow", json!({ "id": id }), "incidentId").await;
    assert!(about(Who::Neighbour).await.is_f64(), "what was offered as near is near");
    let card = json!({ "card": { "zhHans": "路灯不亮" } });
    step(&world, Who::Specialist, "incidentPublish", &id, card).await;
    assert_eq!(about(Who::Neighbour).await, json!(null), "the map tells it, if it does");
    assert!(about(Who::Resident).await.is_f64(), "who reported it knows");
}

#[tokio::test]
async fn an_id_does_not_tell_when_it_was_reported() {
    let world = World::new().await;
    let id = new(&world, json!({})).await;
    let id = id.as_str().unwrap();
    assert_eq!(id.chars().nth("inc_".len() + 12), Some('4'), "a random one: {id}");
}

#[tokio::test]
async fn what_agencies_read_of_one_names_nobody_who_reported_the_other() {
    let world = World::new().await;
    let into = new(&world, json!({ "place": "Neighbour 全名家门口" })).await;
    let joint = json!({ "reason": "BEYOND_OUR_POWER", "agencies": agencies(&world).await });
    step(&world, Who::BlockLead, "incidentJointOpen", &into, joint).await;
    let same = reported(&world, Who::Neighbour, json!({})).await["incidentId"].clone();
    let merge = json!({ "intoId": into });
    let refused = try_step(&world, Who::BlockLead, "incidentMerge", &same, merge.clone()).await;
    assert_eq!(code(&refused), "CARD_TELLS_WHO");
    let better = json!({ "place": "幸福路 12 号门口" });
    step(&world, Who::Specialist, "incidentRoute", &into, better).await;
    step(&world, Who::BlockLead, "incidentMerge", &same, merge).await;
}

#[tokio::test]
async fn who_reported_it_reads_what_others_may_know_of_them() {
    let world = World::new().await;
    let id = new(&world, json!({ "anonymous": false })).await;
    let query =
        "query($id: ID!) { incident(id: $id) { ownReport { words anonymous mayContact } } }";
    let own = async |who: Who| {
        let seen = world.run(who, query, json!({ "id": id })).await;
        seen["data"]["incident"]["ownReport"].clone()
    };
    let expected = json!({ "words": "路灯坏了三天", "anonymous": false, "mayContact": false });
    assert_eq!(own(Who::Resident).await, expected);
    for who in [Who::BlockLead, Who::Manager] {
        assert_eq!(own(who).await, json!(null), "{who:?}");
    }
}
