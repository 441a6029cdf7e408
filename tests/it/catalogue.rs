//! The catalogue and the place.

use serde_json::{Value, json};

use crate::world::{Who, World};

async fn found(world: &World, search: &str) -> Vec<String> {
    let query = "query($c: ID!, $s: String) { matters(communityId: $c, filter: { search: $s }) { nodes { code } totalCount } }";
    let community = world.places().await.community.to_string();
    let answer = world.run(Who::Nobody, query, json!({ "c": community, "s": search })).await;
    let nodes =
        answer["data"]["matters"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
    let mut codes: Vec<_> = nodes.iter().map(|n| n["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes
}

#[tokio::test]
async fn search_finds_any_part_in_any_script_and_knows_no_wildcards() {
    let world = World::new().await;
    assert_eq!(found(&world, "优").await, ["CA-06"]);
    assert_eq!(found(&world, "保障").await, ["CA-01"]);
    assert_eq!(found(&world, "申请").await, ["CA-01", "CA-09"]);
    assert_eq!(found(&world, "SENIOR citizen").await, ["CA-06"]);
    assert_eq!(found(&world, "ca-0").await, ["CA-01", "CA-06", "CA-09"]);
    assert_eq!(found(&world, "100%_").await, ["CA-01"]);
    assert_eq!(found(&world, "%").await, ["CA-01"]);
    assert_eq!(found(&world, "_").await, ["CA-01"]);
    assert_eq!(found(&world, "'\"\\").await, Vec::<String>::new());
}

fn content(extra: Value) -> Value {
    let mut content = json!({
        "titles": { "zhHans": "新版标题", "ug": "يېڭى ماۋزۇ" }, "channels": ["ONLINE"],
        "serviceModes": ["WINDOW"], "decidedBy": "COMMUNITY", "promisedDays": 3,
    });
    for (key, value) in extra.as_object().unwrap() {
        content[key] = value.clone();
    }
    content
}

#[tokio::test]
async fn a_running_request_keeps_its_version_and_new_ones_answer_the_new_questions() {
    let world = World::new().await;
    let old = world.submit().await;
    let matter = world.places().await.matter.to_string();
    let questions = json!([
        { "code": "way", "labels": { "zhHans": "怎样领取" }, "datatype": "SINGLE_CHOICE", "required": true,
          "position": 1, "choices": [{ "key": "A", "labels": { "zhHans": "自取" } }] },
        { "code": "age", "labels": { "zhHans": "年龄" }, "datatype": "NUMBER", "required": false, "position": 2 },
    ]);
    let input = json!({ "id": matter, "expectedVersion": 1, "content": content(json!({ "questions": questions })) });
    let done = world
        .mutate(
            Who::Manager,
            "matterPublish",
            input.clone(),
            "matter { title current { number questions { code } } }",
        )
        .await;
    assert_eq!(done["matter"]["current"]["number"], 2);
    let stale = world.mutate(Who::Manager, "matterPublish", input, "matter { id }").await;
    assert_eq!(stale["errors"][0]["code"], "STALE_VERSION");
    let query = "query($id: ID!) { serviceRequest(id: $id) { matterVersion { number title } matter { title } } }";
    let kept = world.run(Who::Resident, query, json!({ "id": old["id"] })).await;
    assert_eq!(kept["data"]["serviceRequest"]["matterVersion"]["number"], 1);

    let places = world.places().await;
    let submit = async |answers: Value| {
        let input = json!({ "communityId": places.community.to_string(), "matterId": matter, "title": "题", "answers": answers });
        world
            .mutate(
                Who::Resident,
                "serviceRequestSubmit",
                input,
                "submitted { serviceRequest { matterVersion { number } answers { code values } } }",
            )
            .await
    };
    let missing = submit(json!([])).await;
    assert_eq!(missing["errors"][0]["code"], "ANSWER_MISSING");
    assert_eq!(missing["errors"][0]["path"], json!(["answers", "way"]));
    let wrong =
        submit(json!([{ "code": "way", "values": ["A"] }, { "code": "age", "values": ["很大"] }]))
            .await;
    assert_eq!(wrong["errors"][0]["code"], "ANSWER_INVALID");
    let right =
        submit(json!([{ "code": "way", "values": ["A"] }, { "code": "age", "values": ["81"] }]))
            .await;
    assert_eq!(right["submitted"]["serviceRequest"]["matterVersion"]["number"], 2);
}

#[tokio::test]
async fn readers_choose_the_language_and_gaps_fall_back() {
    let world = World::new().await;
    let matter = world.places().await.matter.to_string();
    let query = "query($id: ID!) { matter(id: $id) { en: title(language: EN) zh: title(language: ZH_HANS) kk: title(language: KK) } }";
    let titles =
        world.run(Who::Nobody, query, json!({ "id": matter })).await["data"]["matter"].clone();
    assert_eq!(titles["en"], "Senior citizen card");
    assert_eq!(titles["zh"], "老年人优待证办理");
    assert_eq!(titles["kk"], titles["zh"]);
}

#[tokio::test]
async fn the_place_is_a_tree_that_those_who_may_can_change() {
    let world = World::new().await;
    let places = world.places().await;
    let (community, subdistrict) = (places.community.to_string(), places.subdistrict.to_string());
    let block = |parent: &str| json!({ "kind": "BLOCK", "code": "B9", "parentId": parent, "names": { "zhHans": "九号街区" } });
    let done = world
        .mutate(
            Who::Manager,
            "placeCreate",
            block(&community),
            "place { id version community { code } }",
        )
        .await;
    assert_eq!(done["place"]["community"]["code"], "XF01");
    let twice = world.mutate(Who::Manager, "placeCreate", block(&community), "place { id }").await;
    assert_eq!(twice["errors"][0]["code"], "CONFLICT");
    let wrong = world.mutate(Who::Admin, "placeCreate", block(&subdistrict), "place { id }").await;
    assert_eq!(wrong["errors"][0]["code"], "BAD_PARENT");
    let query = "mutation($i: PlaceCreateInput!) { placeCreate(input: $i) { errors { code } } }";
    for who in [Who::Specialist, Who::Resident, Who::Stranger, Who::Auditor] {
        let answer = world.run(who, query, json!({ "i": block(&community) })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{who:?}");
    }
    // A branch under itself, or under its own child, is refused by rule and by the database.
    let branch = |code: &str, parent: &str| json!({ "kind": "PARTY_BRANCH", "code": code, "parentId": parent, "names": { "zhHans": "支部" } });
    let a = world
        .mutate(Who::Manager, "placeCreate", branch("A", &community), "place { id }")
        .await["place"]["id"]
        .clone();
    let b = world
        .mutate(Who::Manager, "placeCreate", branch("B", a.as_str().unwrap()), "place { id }")
        .await["place"]["id"]
        .clone();
    for parent in [&a, &b] {
        let change = json!({ "id": a, "expectedVersion": 1, "parentId": parent });
        let refused = world.mutate(Who::Manager, "placeChange", change, "place { id }").await;
        assert_eq!(refused["errors"][0]["code"], "BAD_PARENT");
    }
    use sea_orm::ConnectionTrait;
    let raw = "UPDATE place SET parent_id = id, parent_depth = depth WHERE code = 'A'";
    assert!(
        world.app.db.writer().execute_unprepared(raw).await.is_err(),
        "the database refuses a cycle"
    );
}

#[tokio::test]
async fn every_text_of_a_matter_comes_in_the_first_language_that_the_reader_reads() {
    use axum::{
        body::Body,
        http::{Request, header},
    };
    let world = World::new().await;
    let matter = world.matter("CA-06").await.to_string();
    let text = |zh: &str, en: &str| json!({ "zhHans": zh, "en": en });
    let question = json!({ "code": "for", "labels": { "zhHans": "为谁办理", "en": "For whom", "kk": "Кім үшін" },
        "datatype": "SINGLE_CHOICE", "required": true, "position": 1,
        "choices": [{ "key": "self", "labels": text("本人", "Oneself") }] });
    let content = json!({ "titles": { "zhHans": "优待证", "ug": "كىنىشكا" }, "channels": ["ONLINE"],
        "serviceModes": ["WINDOW"], "decidedBy": "COMMUNITY", "questions": [question],
        "materials": [{ "names": text("身份证", "ID card"), "handling": "SHOW_ONLY" }] });
    let input = json!({ "id": matter, "expectedVersion": 1, "content": content });
    let done = world.mutate(Who::Manager, "matterPublish", input, "matter { version }").await;
    assert_eq!(done["errors"], json!([]));
    let ask = async |languages: &[&str], argument: &str| {
        let fields = format!(
            "title{argument} current {{ materials {{ name{argument} }} questions {{ label{argument} \
             choices {{ label{argument} }} }} }}"
        );
        let query = format!("{{ matter(id: \"{matter}\") {{ {fields} }} }}");
        let mut request =
            Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        for line in languages {
            request = request.header(header::ACCEPT_LANGUAGE, *line);
        }
        let body = json!({ "query": query }).to_string();
        let (_, _, answer) = world.send(request.body(Body::from(body)).unwrap()).await;
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let matter = &answer["data"]["matter"];
        let (material, question) =
            (&matter["current"]["materials"][0], &matter["current"]["questions"][0]);
        [&matter["title"], &material["name"], &question["label"], &question["choices"][0]["label"]]
            .map(|v| v.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned())
    };
    assert_eq!(
        ask(&["ug, kk;q=0.9, en;q=0.8"], "").await,
        ["كىنىشكا", "ID card", "Кім үшін", "Oneself"]
    );
    assert_eq!(ask(&["ug", "en;q=0.5"], "").await, ["كىنىشكا", "ID card", "For whom", "Oneself"]);
    assert_eq!(ask(&["kk"], "").await, ["优待证", "身份证", "Кім үшін", "本人"]);
    assert_eq!(
        ask(&["zh-CN"], "(language: EN)").await,
        ["优待证", "ID card", "For whom", "Oneself"]
    );
}
