//! Incidents of blocks: reported, handled where they are, taken up by time or by people, answered.

use chrono::Duration;
use serde_json::{Value, json};

use crate::{
    statements::{counted, statements_as},
    world::{Who, World, input_type},
};

pub const INCIDENT: &str = "incident { id number version state level danger outcome answer reopened dueAt \
                            handler { name } publishedAt mergedIntoId closedAt availableActions }";
pub const REPORTED: &str =
    "reported { incidentId number trackingCode } emergency { calls { number } }";

/// The block of the community that `Who::BlockLead` answers for.
pub async fn block(world: &World) -> String {
    let community = world.places().await.community.to_string();
    let query = "query($c: ID!) { blocks(communityId: $c) { nodes { id code } } }";
    let found = world.run(Who::Nobody, query, json!({ "c": community })).await;
    let blocks = found["data"]["blocks"]["nodes"].as_array().unwrap();
    blocks.iter().find(|b| b["code"] == "B1").unwrap()["id"].as_str().unwrap().to_owned()
}

/// What a resident would report, with other fields in place of these.
pub async fn report_input(world: &World, more: Value) -> Value {
    let mut input = json!({
        "communityId": world.places().await.community.to_string(), "kind": "STREET_LIGHT",
        "place": "幸福路 12 号门口", "words": "路灯坏了三天", "blockId": block(world).await,
    });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

/// A report; returns what was recorded.
pub async fn reported(world: &World, who: Who, more: Value) -> Value {
    let input = report_input(world, more).await;
    let made = world.mutate(who, "incidentReport", input, REPORTED).await;
    assert_eq!(made["errors"], json!([]), "{made}");
    made["reported"].clone()
}

/// The incident as somebody sees it.
pub async fn look(world: &World, who: Who, id: &Value) -> Value {
    let query =
        format!("query($id: ID!) {{ {} }}", INCIDENT.replacen("incident", "incident(id: $id)", 1));
    let found = world.run(who, &query, json!({ "id": id })).await;
    assert!(found.get("errors").is_none(), "{found}");
    found["data"]["incident"].clone()
}

/// A step with an incident as it is now; returns the payload.
pub async fn try_step(world: &World, who: Who, name: &str, id: &Value, more: Value) -> Value {
    let version = look(world, Who::Manager, id).await["version"].clone();
    let mut input = json!({ "id": id, "expectedVersion": version });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    sent(world, who, name, input).await
}

/// The payload of a mutation; a refusal of the whole is given like one that the payload holds.
async fn sent(world: &World, who: Who, name: &str, input: Value) -> Value {
    let kind = input_type(name);
    let query =
        format!("mutation($i: {kind}!) {{ {name}(input: $i) {{ {INCIDENT} errors {{ code }} }} }}");
    let answer = world.run(who, &query, json!({ "i": input })).await;
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => json!({ "errors": [{ "code": code }] }),
        None => answer["data"][name].clone(),
    }
}

/// The same, which must succeed.
pub async fn step(world: &World, who: Who, name: &str, id: &Value, more: Value) -> Value {
    let done = try_step(world, who, name, id, more).await;
    assert_eq!(done["errors"], json!([]), "{name}: {done}");
    done["incident"].clone()
}

fn code(payload: &Value) -> &str {
    payload["errors"][0]["code"].as_str().unwrap_or("done")
}

async fn inbox(world: &World, who: Who) -> Vec<String> {
    let query = "{ viewer { ... on Account { inbox(first: 100) { nodes { kind incidentId } } } } }";
    let found = world.run(who, query, json!({})).await;
    let nodes = found["data"]["viewer"]["inbox"]["nodes"].as_array().unwrap();
    let about = nodes.iter().filter(|n| n["incidentId"].is_string());
    about.map(|n| n["kind"].as_str().unwrap().to_owned()).collect()
}

async fn events(world: &World, id: &Value, kind: &str) -> i64 {
    let (id, kind) = (id.as_str().unwrap(), kind.to_owned());
    let query = "query($id: ID!) { incident(id: $id) { events { kind byTime level } } }";
    let found = world.run(Who::Manager, query, json!({ "id": id })).await;
    let events = found["data"]["incident"]["events"].as_array().unwrap();
    i64::try_from(events.iter().filter(|e| e["kind"] == kind.as_str()).count()).unwrap()
}

#[tokio::test]
async fn an_incident_is_handled_where_it_is() {
    let world = World::new().await;
    let id = reported(&world, Who::Resident, json!({})).await["incidentId"].clone();
    world.work().await;
    assert_eq!(inbox(&world, Who::BlockLead).await, ["INCIDENT_REPORTED"]);
    let seen = look(&world, Who::Resident, &id).await;
    assert_eq!((&seen["state"], &seen["availableActions"]), (&json!("RECEIVED"), &json!([])));
    assert_eq!(look(&world, Who::Neighbour, &id).await, json!(null), "not there for others");
    assert_eq!(look(&world, Who::Officer, &id).await, json!(null), "nor for an agency");
    let taken = step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
    assert_eq!(
        (&taken["state"], &taken["handler"]["name"]),
        (&json!("HANDLING"), &json!("BlockLead"))
    );
    // Without a result there is nothing to answer.
    let early =
        try_step(&world, Who::BlockLead, "incidentAnswer", &id, json!({ "answer": "好" })).await;
    assert_eq!(code(&early), "ILLEGAL_TRANSITION");
    let resolved =
        step(&world, Who::BlockLead, "incidentResolve", &id, json!({ "outcome": "FIXED" })).await;
    assert_eq!((&resolved["state"], &resolved["closedAt"]), (&json!("RESOLVED"), &json!(null)));
    let answer = json!({ "answer": "已更换灯泡 💡" });
    let closed = step(&world, Who::BlockLead, "incidentAnswer", &id, answer).await;
    assert_eq!((&closed["state"], &closed["answer"]), (&json!("CLOSED"), &json!("已更换灯泡 💡")));
    world.work().await;
    let told = inbox(&world, Who::Resident).await;
    for kind in ["INCIDENT_RESPONDED", "INCIDENT_RESOLVED", "INCIDENT_ANSWERED", "INCIDENT_CLOSED"]
    {
        assert!(told.iter().any(|k| k == kind), "{kind}: {told:?}");
    }
    // It is dark again: it goes back to who had it.
    let why = json!({ "reason": "又坏了" });
    let again = step(&world, Who::Resident, "incidentReopen", &id, why.clone()).await;
    assert_eq!((&again["state"], &again["reopened"]), (&json!("HANDLING"), &json!(1)));
    let done = json!({ "outcome": "FIXED", "answer": "线路已更换" });
    step(&world, Who::BlockLead, "incidentResolve", &id, done).await;
    world.work().await;
    let told = inbox(&world, Who::Resident).await;
    let answers = told.iter().filter(|k| *k == "INCIDENT_ANSWERED").count();
    assert_eq!(answers, 2, "also when the answer came with the result: {told:?}");
    world.advance(Duration::days(31));
    let late = try_step(&world, Who::Resident, "incidentReopen", &id, why).await;
    assert_eq!(code(&late), "WINDOW_CLOSED");
    assert_eq!(linli::incidents::queries::contradictions(&world.app).await.unwrap(), []);
}

#[tokio::test]
async fn time_alone_takes_it_up_until_somebody_responds() {
    let world = World::new().await;
    let limits = json!({ "communityId": world.places().await.community.to_string(),
        "kind": "STREET_LIGHT", "expectedVersion": 0, "startsAt": "BLOCK", "aroundTheClock": true,
        "blockMinutes": 60, "generalMinutes": 30, "handleMinutes": 120 });
    let fields = "limits { kind version blockMinutes }";
    let set = world.mutate(Who::Manager, "incidentLimitSet", limits.clone(), fields).await;
    assert_eq!(set["limits"]["version"], 1, "{set}");
    let twice = world.mutate(Who::Manager, "incidentLimitSet", limits, fields).await;
    assert_eq!(code(&twice), "STALE_VERSION");
    let id = reported(&world, Who::Resident, json!({})).await["incidentId"].clone();
    world.advance(Duration::minutes(60) - Duration::seconds(1));
    world.work().await;
    assert_eq!(look(&world, Who::Manager, &id).await["state"], "RECEIVED", "not a second early");
    world.advance(Duration::seconds(1));
    world.work().await;
    let up = look(&world, Who::Manager, &id).await;
    assert_eq!((&up["state"], &up["level"]), (&json!("ESCALATED"), &json!("GENERAL")));
    let refused = try_step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
    assert_eq!(code(&refused), "FORBIDDEN", "where it went up the general lead responds");
    world.advance(Duration::minutes(30));
    world.work().await;
    // What is due is told in the next round.
    world.work().await;
    let top = look(&world, Who::Manager, &id).await;
    assert_eq!((&top["level"], &top["dueAt"]), (&json!("SUBDISTRICT"), &json!(null)));
    assert!(inbox(&world, Who::Overseer).await.contains(&"INCIDENT_ESCALATED".to_owned()));
    assert_eq!(events(&world, &id, "ESCALATED").await, 2);
    let taken = step(&world, Who::GeneralLead, "incidentRespond", &id, json!({})).await;
    assert_eq!(taken["state"], "ESCALATED");
    world.advance(Duration::hours(2));
    world.work().await;
    world.advance(Duration::days(2));
    world.work().await;
    let late = look(&world, Who::Manager, &id).await;
    assert_eq!(
        (&late["level"], &late["handler"]["name"]),
        (&json!("SUBDISTRICT"), &json!("GeneralLead"))
    );
    assert_eq!(events(&world, &id, "OVERDUE").await, 1, "told once");
    // A response stops the time to respond; the time to resolve counts then.
    let other = reported(&world, Who::Resident, json!({})).await["incidentId"].clone();
    step(&world, Who::BlockLead, "incidentRespond", &other, json!({})).await;
    world.advance(Duration::minutes(119));
    world.work().await;
    assert_eq!(look(&world, Who::Manager, &other).await["state"], "HANDLING");
    world.advance(Duration::minutes(1));
    world.work().await;
    assert_eq!(look(&world, Who::Manager, &other).await["state"], "ESCALATED");
}

#[tokio::test]
async fn two_leads_and_time_take_it_up_once() {
    for _ in 0..4 {
        let (world, other) = World::new().await.pair().await;
        let id = reported(&world, Who::Resident, json!({})).await["incidentId"].clone();
        world.advance(Duration::days(10));
        other.advance(Duration::days(10));
        let version = look(&world, Who::Manager, &id).await["version"].clone();
        let input = json!({ "id": id, "expectedVersion": version, "reason": "超出街区能力" });
        let by = |world: std::sync::Arc<World>, who: Who, input: Value| {
            tokio::spawn(async move { sent(&world, who, "incidentEscalate", input).await })
        };
        let first = by(world.clone(), Who::BlockLead, input.clone());
        let second = by(other.clone(), Who::GeneralLead, input.clone());
        let timer = {
            let world = other.clone();
            tokio::spawn(async move {
                linli::incidents::service::escalate_due(&world.app, 10).await.unwrap()
            })
        };
        let (first, second, timer) =
            (first.await.unwrap(), second.await.unwrap(), timer.await.unwrap());
        let done = [&first, &second].iter().filter(|p| code(p) == "done").count();
        // The timer may come after the lead of a level and find the next one late; here it cannot.
        assert_eq!(done + timer, 1, "{first} {second} {timer}");
        let now = look(&world, Who::Manager, &id).await;
        assert_eq!((&now["state"], &now["level"]), (&json!("ESCALATED"), &json!("GENERAL")));
        assert_eq!(events(&world, &id, "ESCALATED").await, 1);
    }
}

#[tokio::test]
async fn danger_is_answered_at_once_and_never_public() {
    let world = World::new().await;
    let life = json!({ "kind": "NOISE", "danger": "LIFE" });
    let report = async |more: Value| {
        let input = report_input(&world, more).await;
        world.mutate(Who::Resident, "incidentReport", input, REPORTED).await
    };
    let made = report(life).await;
    assert_eq!(made["emergency"]["calls"][0]["number"], "120");
    let id = &made["reported"]["incidentId"];
    // Whom to call is told also where nothing can be recorded.
    let blank = report(json!({ "danger": "LIFE", "place": " " })).await;
    assert_eq!((code(&blank), &blank["reported"]), ("REQUIRED", &json!(null)));
    assert_eq!(blank["emergency"]["calls"][0]["number"], "120");
    let row = look(&world, Who::GeneralLead, id).await;
    assert_eq!((&row["level"], &row["danger"]), (&json!("GENERAL"), &json!("LIFE")));
    let card = json!({ "card": { "zhHans": "有人受伤" } });
    let refused = try_step(&world, Who::Specialist, "incidentPublish", id, card).await;
    assert_eq!(code(&refused), "NEVER_PUBLIC");
    let gas = report(json!({ "kind": "GAS_LEAK" })).await;
    assert_eq!(gas["emergency"]["calls"][0]["number"], "119");
    let none = report(json!({})).await;
    assert_eq!(none["emergency"], json!(null));
    let near = "query($c: ID!, $b: ID) { incidentsNear(communityId: $c, kind: NOISE, blockId: $b) { id } }";
    let here = json!({ "c": world.places().await.community.to_string(), "b": block(&world).await });
    let found = world.run(Who::Neighbour, near, here).await;
    assert_eq!(found["data"]["incidentsNear"], json!([]), "nor is it offered to follow");
    let follow = format!(
        "mutation($i: {}!) {{ incidentFollow(input: $i) {{ incidentId }} }}",
        input_type("incidentFollow")
    );
    let refused = world.run(Who::Neighbour, &follow, json!({ "i": { "id": id } })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "NOT_FOUND", "{refused}");
}

#[tokio::test]
async fn a_visitor_reports_with_a_phone_and_follows_by_number_and_code() {
    let world = World::new().await;
    let phone = "+8613799990001";
    let sent =
        world.mutate(Who::Nobody, "incidentCodeSend", json!({ "phone": phone }), "sent").await;
    assert_eq!(sent["sent"], true, "{sent}");
    world.work().await;
    let typed = world.code(phone).await;
    let visitor =
        |code: &str| json!({ "visitor": { "name": "过路人", "phone": phone, "code": code } });
    let input = report_input(&world, visitor("000000")).await;
    let wrong = world.mutate(Who::Nobody, "incidentReport", input, REPORTED).await;
    assert_eq!(code(&wrong), "WRONG_CODE");
    let made = reported(&world, Who::Nobody, visitor(&typed)).await;
    let again = report_input(&world, visitor(&typed)).await;
    let twice = world.mutate(Who::Nobody, "incidentReport", again, REPORTED).await;
    assert_eq!(code(&twice), "WRONG_CODE", "a code is good once");
    let query = "query($n: String!, $c: String!) { incidentByCode(number: $n, trackingCode: $c) { state } }";
    let with = |code: &Value| json!({ "n": made["number"], "c": code });
    let found = world.run(Who::Nobody, query, with(&made["trackingCode"])).await;
    assert_eq!(found["data"]["incidentByCode"]["state"], "RECEIVED", "{found}");
    let other = world.run(Who::Nobody, query, with(&json!("AAAA-AAAA-AAAA-AAAA"))).await;
    assert_eq!(other["data"]["incidentByCode"], json!(null));
    // They are told by text message.
    step(&world, Who::BlockLead, "incidentRespond", &made["incidentId"], json!({})).await;
    world.work().await;
    let text = world.last_sms(phone).await.unwrap();
    assert!(text.contains(made["number"].as_str().unwrap()), "{text}");
}

#[tokio::test]
async fn what_is_near_is_followed_and_two_that_are_one_keep_every_reporter() {
    let world = World::new().await;
    let at = |lat: f64| json!({ "position": { "lat": lat, "long": 81.3 } });
    let first = reported(&world, Who::Resident, at(43.900)).await["incidentId"].clone();
    let near = "query($c: ID!, $p: PositionInput) { incidentsNear(communityId: $c, kind: STREET_LIGHT, position: $p) \
                { id text about { lon lat } } }";
    let asked = |lat: f64, c: String| json!({ "c": c, "p": { "lat": lat, "long": 81.3 } });
    let community = world.places().await.community.to_string();
    let found = world.run(Who::Neighbour, near, asked(43.901, community.clone())).await;
    assert_eq!(found["data"]["incidentsNear"][0]["id"], first, "{found}");
    assert_eq!(
        found["data"]["incidentsNear"][0]["text"],
        json!(null),
        "nothing that staff did not clear"
    );
    assert_ne!(found["data"]["incidentsNear"][0]["about"]["lat"], json!(43.9), "about, not where");
    let far = world.run(Who::Neighbour, near, asked(43.904, community)).await;
    assert_eq!(far["data"]["incidentsNear"], json!([]));
    let follow = json!({ "id": first });
    let done = world.mutate(Who::Neighbour, "incidentFollow", follow.clone(), "incidentId").await;
    assert_eq!(done["errors"], json!([]));
    let twice = world.mutate(Who::Neighbour, "incidentFollow", follow, "incidentId").await;
    assert_eq!(code(&twice), "CONFLICT");
    // Somebody reported it again, and both are one.
    let second = reported(&world, Who::Colleague, at(43.9005)).await["incidentId"].clone();
    let into = json!({ "intoId": first });
    let merged = step(&world, Who::BlockLead, "incidentMerge", &second, into).await;
    assert_eq!((&merged["state"], &merged["outcome"]), (&json!("CLOSED"), &json!("MERGED")));
    step(&world, Who::BlockLead, "incidentRespond", &first, json!({})).await;
    world.work().await;
    for who in [Who::Resident, Who::Neighbour, Who::Colleague] {
        let told = inbox(&world, who).await;
        assert!(told.contains(&"INCIDENT_RESPONDED".to_owned()), "{who:?}: {told:?}");
    }
    let reports = "query($id: ID!) { incidentReports(incidentId: $id) { totalCount nodes { words person { name } } } }";
    let said = world.run(Who::BlockLead, reports, json!({ "id": first })).await;
    assert_eq!(said["data"]["incidentReports"]["totalCount"], 2, "{said}");
    let hidden = world.run(Who::Neighbour, reports, json!({ "id": first })).await;
    assert_eq!(hidden["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let log = world.run(Who::Resident, "{ readLog { nodes { purpose } } }", json!({})).await;
    assert!(log.to_string().contains("INCIDENT"), "who looked is written down: {log}");
    // Who only follows sees the card, and nothing else.
    assert_eq!(look(&world, Who::Neighbour, &first).await, json!(null));
    let card = "query($id: ID!) { incidentCard(id: $id) { state text } }";
    let own = world.run(Who::Neighbour, card, json!({ "id": first })).await;
    assert_eq!(own["data"]["incidentCard"], json!({ "state": "HANDLING", "text": null }));
    assert_eq!(
        world.run(Who::Stranger, card, json!({ "id": first })).await["data"]["incidentCard"],
        json!(null)
    );
    assert_eq!(linli::incidents::queries::contradictions(&world.app).await.unwrap(), []);
}

#[tokio::test]
async fn a_lead_enters_what_was_seen_for_somebody_on_the_own_block_only() {
    let world = World::new().await;
    let other = crate::blocks::block(&world).await;
    for (block, parity) in [(json!({ "id": block(&world).await }), "ODD"), (other, "EVEN")] {
        let street = json!({ "street": "胜利路", "from": 1, "until": 99, "parity": parity });
        crate::blocks::changed(&world, &block, 0, json!({ "addresses": [street] })).await;
    }
    let query = format!(
        "mutation($i: {}!) {{ incidentReport(input: $i) {{ reported {{ incidentId }} errors {{ code path }} }} }}",
        input_type("incidentReport")
    );
    let seen = async |place: &str| {
        let input = json!({ "beneficiary": { "name": "买买提" }, "place": place, "blockId": null });
        let input = report_input(&world, input).await;
        world.run(Who::BlockLead, &query, json!({ "i": input })).await
    };
    let own = seen("胜利路7号").await;
    assert_eq!(own["data"]["incidentReport"]["errors"], json!([]), "{own}");
    for place in ["胜利路8号", "不知道在哪"] {
        let others = seen(place).await;
        assert_eq!(others["errors"][0]["extensions"]["code"], "FORBIDDEN", "{others}");
    }
}

#[tokio::test]
async fn a_public_card_bears_the_masked_name_of_who_let_everybody_know() {
    let world = World::new().await;
    let card = "query($id: ID!) { incidentCard(id: $id) { reporter } }";
    let mut shown = Vec::new();
    for anonymous in [true, false] {
        let said = json!({ "anonymous": anonymous });
        let id = reported(&world, Who::Resident, said).await["incidentId"].clone();
        let own = world.run(Who::Resident, card, json!({ "id": id })).await;
        assert_eq!(own["data"]["incidentCard"]["reporter"], json!(null), "not cleared yet");
        let clean = json!({ "card": { "zhHans": "路灯不亮" } });
        step(&world, Who::Specialist, "incidentPublish", &id, clean).await;
        shown.push(world.run(Who::Nobody, card, json!({ "id": id })).await);
    }
    assert_eq!(shown[0]["data"]["incidentCard"]["reporter"], json!(null));
    assert_eq!(shown[1]["data"]["incidentCard"]["reporter"], json!("R**"), "{shown:?}");
}

#[tokio::test]
async fn who_runs_the_community_is_told_where_nobody_is_in_office() {
    let world = World::new().await;
    reported(&world, Who::Resident, json!({})).await;
    world.work().await;
    assert!(inbox(&world, Who::Manager).await.is_empty(), "there is a lead");
    let other = crate::blocks::block(&world).await["id"].clone();
    let id =
        reported(&world, Who::Resident, json!({ "blockId": other })).await["incidentId"].clone();
    world.work().await;
    // Who may respond is told first: with nobody on the block, the general lead.
    assert_eq!(inbox(&world, Who::GeneralLead).await, ["INCIDENT_REPORTED"]);
    assert!(inbox(&world, Who::Manager).await.is_empty());
    let seen = look(&world, Who::Manager, &id).await;
    assert_eq!((&seen["state"], &seen["level"]), (&json!("RECEIVED"), &json!("GENERAL")));
    step(&world, Who::GeneralLead, "incidentRespond", &id, json!({})).await;
    // With nobody there either, who runs the community.
    let query = "query($s: ID!) { generalLead(subdistrictId: $s) { id version } }";
    let here = json!({ "s": world.places().await.subdistrict.to_string() });
    let lead = world.run(Who::Nobody, query, here).await["data"]["generalLead"].clone();
    let end =
        json!({ "id": lead["id"], "expectedVersion": lead["version"], "because": "RESIGNED" });
    let ended = world.mutate(Who::Overseer, "officeTermEnd", end, "term { until }").await;
    assert_eq!(ended["errors"], json!([]), "{ended}");
    reported(&world, Who::Resident, json!({ "blockId": other })).await;
    world.work().await;
    assert_eq!(inbox(&world, Who::Manager).await, ["INCIDENT_REPORTED"]);
}

#[tokio::test]
async fn nothing_is_public_that_staff_did_not_clear() {
    let world = World::new().await;
    let at = json!({ "position": { "lat": 43.9, "long": 81.3 } });
    let id = reported(&world, Who::Resident, at).await["incidentId"].clone();
    let cards = "query($c: ID!) { incidentCards(communityId: $c) { totalCount nodes { id text number \
                 about { lon lat } } } }";
    let here = json!({ "c": world.places().await.community.to_string() });
    let none = world.run(Who::Nobody, cards, here.clone()).await;
    assert_eq!(none["data"]["incidentCards"]["totalCount"], 0);
    let tells = json!({ "card": { "zhHans": "Resident 全名家门口路灯坏了" } });
    let refused = try_step(&world, Who::Specialist, "incidentPublish", &id, tells).await;
    assert_eq!(code(&refused), "CARD_TELLS_WHO");
    let clean = json!({ "card": { "zhHans": "路灯不亮", "ug": "چىراغ يانمايدۇ" } });
    step(&world, Who::Specialist, "incidentPublish", &id, clean).await;
    let shown = world.run(Who::Nobody, cards, here.clone()).await;
    let first = &shown["data"]["incidentCards"]["nodes"][0];
    assert_eq!((&first["id"], &first["about"]), (&id, &json!(null)), "the map alone tells where");
    assert!(!shown.to_string().contains("三天"), "never the words of the report");
    step(&world, Who::Specialist, "incidentHide", &id, json!({})).await;
    let gone = world.run(Who::Nobody, cards, here).await;
    assert_eq!(gone["data"]["incidentCards"]["totalCount"], 0);
}

#[tokio::test]
async fn another_block_begins_anew_and_answers_for_its_own_alone() {
    let world = World::new().await;
    let id = reported(&world, Who::Resident, json!({})).await["incidentId"].clone();
    step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
    let other = crate::blocks::block(&world).await["id"].clone();
    let moved =
        step(&world, Who::Specialist, "incidentRoute", &id, json!({ "blockId": other })).await;
    assert_eq!((&moved["state"], &moved["handler"]), (&json!("RECEIVED"), &json!(null)));
    assert_eq!(look(&world, Who::BlockLead, &id).await, json!(null), "it is not their block");
    let same = try_step(&world, Who::Specialist, "incidentRoute", &id, json!({ "blockId": other }));
    assert_eq!(code(&same.await), "INVALID_VALUE");
    let none = try_step(&world, Who::Specialist, "incidentRoute", &id, json!({})).await;
    assert_eq!(code(&none), "REQUIRED");
    let reveal = json!({ "id": id, "reason": "回访" });
    let query = format!(
        "mutation($i: {}!) {{ incidentContactReveal(input: $i) {{ contacts {{ phone }} }} }}",
        input_type("incidentContactReveal")
    );
    let hidden = world.run(Who::BlockLead, &query, json!({ "i": reveal })).await;
    assert_eq!(hidden["errors"][0]["extensions"]["code"], "NOT_FOUND", "{hidden}");
    let shown = world.run(Who::Specialist, &query, json!({ "i": reveal })).await;
    assert_eq!(
        shown["data"]["incidentContactReveal"]["contacts"][0]["phone"],
        Who::Resident.phone()
    );
}

#[tokio::test]
async fn a_page_of_fifty_incidents_takes_few_statements() {
    let world = World::new().await;
    for n in 0..50 {
        let who = [Who::Resident, Who::Neighbour, Who::Colleague][n % 3];
        let id = reported(&world, who, json!({})).await["incidentId"].clone();
        if n % 10 == 9 {
            step(&world, Who::BlockLead, "incidentRespond", &id, json!({})).await;
            let agencies = json!([{ "agencyId": agency(&world).await, "brief": "请处理" }]);
            let joint = json!({ "reason": "JOINT_ENFORCEMENT", "agencies": agencies });
            step(&world, Who::BlockLead, "incidentJointOpen", &id, joint).await;
        }
        world.advance(Duration::seconds(1));
    }
    let community = world.places().await.community.to_string();
    let (world, count) = counted(world).await;
    let page = "query($c: ID!, $n: Int) { incidents(communityId: $c, first: $n) { nodes { number state kind \
                availableActions block { name lead { staff { name } } } \
                tasks { state incidentNumber place availableActions agency { name } } } } }";
    // Who sees the tasks, and not only that there are none for them.
    let of = async |n: i32| {
        let with = json!({ "c": community, "n": n });
        statements_as(&world, &count, Who::Manager, (page, with)).await
    };
    let ((few, _), (many, all)) = (of(2).await, of(50).await);
    let nodes = all["data"]["incidents"]["nodes"].as_array().unwrap();
    let with_tasks = nodes.iter().filter(|node| !node["tasks"].as_array().unwrap().is_empty());
    assert_eq!((nodes.len(), with_tasks.count()), (50, 5));
    assert!(many <= 6, "{many} statements");
    assert_eq!(few, many, "they do not grow with the page");
}

#[tokio::test]
async fn where_it_went_up_the_general_lead_decides_and_nobody_reads_anothers_reason() {
    let world = World::new().await;
    let (_, id) = crate::incident_operations::called_in(&world).await;
    // The block lead's own joint response is the block lead's to call off.
    let own = "query($id: ID!) { incident(id: $id) { tasks { id version availableActions } } }";
    let task = async |who: Who, id: &Value| {
        let found = world.run(who, own, json!({ "id": id })).await;
        found["data"]["incident"]["tasks"][0].clone()
    };
    assert!(task(Who::BlockLead, &id).await["availableActions"].to_string().contains("CALL_OFF"));
    // Of what went up it is not.
    let up = reported(&world, Who::Resident, json!({})).await["incidentId"].clone();
    step(&world, Who::BlockLead, "incidentEscalate", &up, json!({ "reason": "超出能力" })).await;
    step(&world, Who::GeneralLead, "incidentRespond", &up, json!({})).await;
    let agencies = json!([{ "agencyId": agency(&world).await, "brief": "请处理" }]);
    let joint = json!({ "reason": "JOINT_ENFORCEMENT", "agencies": agencies });
    let refused = try_step(&world, Who::BlockLead, "incidentJointOpen", &up, joint.clone()).await;
    assert_eq!(code(&refused), "FORBIDDEN");
    step(&world, Who::GeneralLead, "incidentJointOpen", &up, joint).await;
    let seen = task(Who::BlockLead, &up).await;
    assert!(!seen["availableActions"].to_string().contains("CALL_OFF"), "{seen}");
    let input = json!({ "id": seen["id"], "expectedVersion": seen["version"], "reason": "撤销" });
    let kind = input_type("agencyTaskCallOff");
    let query =
        format!("mutation($i: {kind}!) {{ agencyTaskCallOff(input: $i) {{ task {{ state }} }} }}");
    let denied = world.run(Who::BlockLead, &query, json!({ "i": input })).await;
    assert_eq!(denied["errors"][0]["extensions"]["code"], "FORBIDDEN", "{denied}");
    // While an agency owes an outcome nobody says what came of it; when all are called off somebody can.
    let early = json!({ "outcome": "FIXED" });
    let open = try_step(&world, Who::GeneralLead, "incidentResolve", &up, early).await;
    assert_eq!(code(&open), "TASKS_OPEN");
    let done = world.run(Who::GeneralLead, &query, json!({ "i": input })).await;
    assert_eq!(done["data"]["agencyTaskCallOff"]["task"]["state"], "CALLED_OFF", "{done}");
    let answer = json!({ "outcome": "FIXED", "answer": "已自行解决" });
    step(&world, Who::GeneralLead, "incidentResolve", &up, answer).await;
    step(&world, Who::Resident, "incidentReopen", &up, json!({ "reason": "我家门口还是吵" })).await;
    let reason = "query($id: ID!) { incident(id: $id) { reopenReason } }";
    for (who, read) in [(Who::GeneralLead, json!("我家门口还是吵")), (Who::Resident, json!(null))]
    {
        let found = world.run(who, reason, json!({ "id": up })).await;
        assert_eq!(found["data"]["incident"]["reopenReason"], read, "{who:?}");
    }
}

async fn agency(world: &World) -> Value {
    let input = crate::incident_operations::input(world, "incidentJointOpen").await.unwrap();
    input["agencies"][0]["agencyId"].clone()
}
