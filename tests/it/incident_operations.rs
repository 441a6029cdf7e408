//! What every operation of incidents and of tasks of agencies needs, in the state that it needs.

use chrono::Duration;
use linli_entity::incident_report;
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};

use crate::{
    incidents::{look, reported, step},
    world::{Who, World, input_type},
};

async fn agency(world: &World) -> String {
    let places = world.places().await;
    let query = "query($s: ID!) { agencies(subdistrictId: $s) { nodes { id code } } }";
    let found = world.run(Who::Nobody, query, json!({ "s": places.subdistrict.to_string() })).await;
    let agencies = found["data"]["agencies"]["nodes"].as_array().unwrap();
    agencies.iter().find(|a| a["code"] == "POLICE").unwrap()["id"].as_str().unwrap().to_owned()
}

/// Another agency of the subdistrict, made for whoever asks.
async fn other_agency(world: &World) -> String {
    let subdistrict = world.places().await.subdistrict.to_string();
    let input = json!({ "kind": "AGENCY", "code": format!("A{}", world.number("SELECT COUNT(*) FROM place").await),
        "parentId": subdistrict, "names": { "zhHans": "市场监管所" } });
    let made = world.mutate(Who::Overseer, "placeCreate", input, "place { id }").await;
    made["place"]["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

async fn report(world: &World) -> Value {
    report_by(world).await["incidentId"].clone()
}

/// What is sent to follow a report by number and code.
async fn tracked(world: &World) -> Value {
    let made = report_by(world).await;
    json!({ "number": made["number"], "trackingCode": made["trackingCode"] })
}

async fn report_by(world: &World) -> Value {
    let made = reported(world, Who::Resident, json!({ "mayContact": true })).await;
    // Of one person so many a day, and the clock of the others stands still.
    let before = world.app.clock.now() - Duration::days(2);
    incident_report::Entity::update_many()
        .col_expr(incident_report::Column::ReportedAt, Expr::value(before))
        .exec(world.app.db.writer())
        .await
        .unwrap();
    made
}

async fn versioned(world: &World, id: &Value) -> Value {
    let version = look(world, Who::Manager, id).await["version"].clone();
    json!({ "id": id, "expectedVersion": version })
}

fn with(mut input: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

/// An incident for which the police were called in, and its task.
pub async fn called_in(world: &World) -> (Value, Value) {
    let id = report(world).await;
    step(world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
    let agencies = json!([{ "agencyId": agency(world).await, "brief": "请到现场查看" }]);
    let more = json!({ "reason": "BEYOND_OUR_POWER", "agencies": agencies });
    step(world, Who::BlockLead, "incidentJointOpen", &id, more).await;
    (task(world, &id).await, id)
}

async fn task(world: &World, id: &Value) -> Value {
    let query = "query($id: ID!) { incident(id: $id) { tasks { id version } } }";
    let found = world.run(Who::Manager, query, json!({ "id": id })).await;
    let task = found["data"]["incident"]["tasks"].as_array().unwrap().last().unwrap().clone();
    json!({ "id": task["id"], "expectedVersion": task["version"] })
}

async fn answered(world: &World, name: &str, who: Who, input: Value) {
    let done = world.mutate(who, name, input, "task { state }").await;
    assert_eq!(done["errors"], json!([]), "{name}: {done}");
}

/// The input of a mutation, with an object of its own.
pub async fn input(world: &World, name: &str) -> Option<Value> {
    if let Some(found) = Box::pin(task_input(world, name)).await {
        return Some(found);
    }
    let handled = async || {
        let id = report(world).await;
        step(world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
        id
    };
    let resolved = async || {
        let id = handled().await;
        step(world, Who::BlockLead, "incidentResolve", &id, json!({ "outcome": "FIXED" })).await;
        id
    };
    Some(match name {
        "incidentReport" => crate::incidents::report_input(world, json!({})).await,
        "incidentCodeSend" => json!({ "phone": "13799990002" }),
        "incidentTrackCodeSend" => tracked(world).await,
        "incidentTrackVerify" => {
            let mut input = tracked(world).await;
            // What else waits goes out first, so that the code is the last message.
            world.last_sms(&Who::Resident.phone()).await;
            let send = "incidentTrackCodeSend";
            world.mutate(Who::Nobody, send, input.clone(), "status").await;
            input["oneTimeCode"] = json!(world.code(&Who::Resident.phone()).await);
            input
        }
        "incidentConsentSet" => json!({ "id": report(world).await, "mayContact": false }),
        "incidentFollow" => json!({ "id": report(world).await }),
        "incidentUnfollow" => {
            let id = report(world).await;
            world.mutate(Who::Neighbour, "incidentFollow", json!({ "id": id }), "incidentId").await;
            json!({ "id": id })
        }
        "incidentRespond" => versioned(world, &report(world).await).await,
        "incidentEscalate" => {
            with(versioned(world, &handled().await).await, json!({ "reason": "超出街区能力" }))
        }
        "incidentJointOpen" => {
            let agencies = json!([{ "agencyId": agency(world).await, "brief": "请到现场查看" }]);
            let more = json!({ "reason": "JOINT_ENFORCEMENT", "agencies": agencies });
            with(versioned(world, &handled().await).await, more)
        }
        "incidentResolve" => {
            with(versioned(world, &handled().await).await, json!({ "outcome": "FIXED" }))
        }
        "incidentAnswer" => {
            with(versioned(world, &resolved().await).await, json!({ "answer": "已修好" }))
        }
        "incidentReopen" => {
            with(versioned(world, &resolved().await).await, json!({ "reason": "又坏了" }))
        }
        "incidentRoute" => {
            with(versioned(world, &report(world).await).await, json!({ "kind": "ROAD" }))
        }
        "incidentMerge" => {
            let into = report(world).await;
            with(versioned(world, &report(world).await).await, json!({ "intoId": into }))
        }
        "incidentPublish" => with(
            versioned(world, &report(world).await).await,
            json!({ "card": { "zhHans": "路灯不亮" } }),
        ),
        "incidentHide" => {
            let id = report(world).await;
            let card = json!({ "card": { "zhHans": "路灯不亮" } });
            step(world, Who::Specialist, "incidentPublish", &id, card).await;
            versioned(world, &id).await
        }
        "incidentContactReveal" => json!({ "id": report(world).await, "reason": "回访" }),
        "incidentLimitSet" => {
            let kinds = "SELECT COUNT(*) FROM incident_limit";
            let version = world.number(kinds).await;
            json!({ "communityId": world.places().await.community.to_string(), "kind": "NOISE",
                "expectedVersion": version, "startsAt": "BLOCK", "aroundTheClock": true,
                "blockMinutes": 60, "generalMinutes": 60, "handleMinutes": 600 })
        }
        _ => return None,
    })
}

async fn task_input(world: &World, name: &str) -> Option<Value> {
    if !name.starts_with("agencyTask") {
        return None;
    }
    let (task, incident) = called_in(world).await;
    let finish = json!({ "outcome": "FIXED", "result": "已处理" });
    Some(match name {
        "agencyTaskSign" | "agencyTaskContact" => task,
        "agencyTaskFinish" => with(task, finish),
        "agencyTaskRefuse" => {
            let more =
                json!({ "reason": "不属于我单位", "proposedAgencyId": other_agency(world).await });
            with(task, more)
        }
        "agencyTaskDecide" => {
            let other = other_agency(world).await;
            let more = json!({ "reason": "不属于我单位", "proposedAgencyId": other });
            answered(world, "agencyTaskRefuse", Who::Officer, with(task, more)).await;
            with(self::task(world, &incident).await, json!({ "agencyId": other }))
        }
        "agencyTaskCallOff" => with(task, json!({ "reason": "已自行解决" })),
        "agencyTaskNote" => json!({ "id": task["id"], "words": "周三上午到现场" }),
        "agencyTaskRate" => {
            step(world, Who::BlockLead, "incidentAnswer", &incident, json!({ "answer": "已处理" }))
                .await;
            answered(world, "agencyTaskFinish", Who::Officer, with(task, finish)).await;
            with(self::task(world, &incident).await, json!({ "level": "SATISFIED" }))
        }
        "agencyTaskReporterReveal" => json!({ "id": task["id"] }),
        _ => return None,
    })
}

/// The arguments of a query, with something to be found.
pub async fn arguments(world: &World, name: &str, way: &str) -> Option<Value> {
    let community = world.places().await.community.to_string();
    let asked = json!({ "placeId": community, "from": "2025-05-01", "to": "2025-06-01" });
    Some(match (name, way) {
        ("incident", _) | ("node", "incident") => json!({ "id": report(world).await }),
        ("incidentCard", _) => {
            let id = report(world).await;
            let card = json!({ "card": { "zhHans": "路灯不亮" } });
            step(world, Who::Specialist, "incidentPublish", &id, card).await;
            json!({ "id": id })
        }
        ("incidentReports", _) => json!({ "incidentId": report(world).await }),
        ("incidentByCode", _) => {
            let made = reported(world, Who::Resident, json!({})).await;
            json!({ "number": made["number"], "trackingCode": made["trackingCode"] })
        }
        ("incidentsNear", _) => json!({ "kind": "STREET_LIGHT" }),
        ("agencyTask", _) | ("node", "task of an agency") => {
            json!({ "id": called_in(world).await.0["id"] })
        }
        ("agencyTasks", _) => json!({ "agencyId": agency(world).await }),
        ("incidentStatistics", "last quarter") => {
            json!({ "input": with(asked, json!({ "from": "2025-01-01", "to": "2025-04-01" })) })
        }
        ("incidentStatistics", "day") => {
            json!({ "input": with(asked, json!({ "from": "2025-05-31" })) })
        }
        ("incidentStatistics" | "incidentStatisticsRows", _) => {
            json!({ "input": asked, "metric": "CLOSED" })
        }
        _ => return None,
    })
}

/// Every mutation, done once by who does it, in the order of a story.
pub const STORY: [(Who, &str, &str); 28] = [
    (Who::Nobody, "incidentCodeSend", "sent"),
    (Who::Resident, "incidentReport", "reported { number }"),
    (Who::Neighbour, "incidentFollow", "incidentId"),
    (Who::Neighbour, "incidentUnfollow", "incidentId"),
    (Who::Nobody, "incidentTrackCodeSend", "status"),
    (Who::Nobody, "incidentTrackVerify", "follow { token }"),
    (Who::Resident, "incidentConsentSet", "incident { id }"),
    (Who::BlockLead, "incidentRespond", "incident { id }"),
    (Who::BlockLead, "incidentEscalate", "incident { id }"),
    (Who::GeneralLead, "incidentJointOpen", "incident { id }"),
    (Who::BlockLead, "incidentResolve", "incident { id }"),
    (Who::BlockLead, "incidentAnswer", "incident { id }"),
    (Who::Resident, "incidentReopen", "incident { id }"),
    (Who::Specialist, "incidentRoute", "incident { id }"),
    (Who::Manager, "incidentMerge", "incident { id }"),
    (Who::Specialist, "incidentPublish", "incident { id }"),
    (Who::Specialist, "incidentHide", "incident { id }"),
    (Who::BlockLead, "incidentContactReveal", "contacts { phone }"),
    (Who::Manager, "incidentLimitSet", "limits { version }"),
    (Who::Officer, "agencyTaskSign", "task { id }"),
    (Who::Officer, "agencyTaskContact", "task { id }"),
    (Who::BlockLead, "agencyTaskFinish", "task { id }"),
    (Who::Officer, "agencyTaskRefuse", "task { id }"),
    (Who::BlockLead, "agencyTaskDecide", "task { id }"),
    (Who::GeneralLead, "agencyTaskCallOff", "task { id }"),
    (Who::Officer, "agencyTaskNote", "task { id }"),
    (Who::Manager, "agencyTaskRate", "task { id }"),
    (Who::Officer, "agencyTaskReporterReveal", "reporters { phone }"),
];

#[tokio::test]
async fn an_officer_never_sees_the_words_or_the_reporter() {
    let world = World::new().await;
    let (task, id) = called_in(&world).await;
    let query = "query($id: ID!) { agencyTask(id: $id) { incidentNumber incidentKind place brief availableActions } }";
    let seen = world.run(Who::Officer, query, json!({ "id": task["id"] })).await;
    assert_eq!(seen["data"]["agencyTask"]["brief"], "请到现场查看", "{seen}");
    assert!(!seen.to_string().contains("路灯坏了三天"));
    assert_eq!(look(&world, Who::Officer, &id).await, json!(null));
    let reveal = format!(
        "mutation($i: {}!) {{ agencyTaskReporterReveal(input: $i) {{ reporters {{ phone }} }} }}",
        input_type("agencyTaskReporterReveal")
    );
    let shown = world.run(Who::Officer, &reveal, json!({ "i": { "id": task["id"] } })).await;
    let phone = &shown["data"]["agencyTaskReporterReveal"]["reporters"][0]["phone"];
    assert_eq!(*phone, json!(Who::Resident.phone()), "who allowed it: {shown}");
}
