//! Bad input: a clear error with a stable code and a path, and nothing lost or half done.

use serde_json::json;

use crate::world::{Who, World};

#[tokio::test]
async fn a_stale_version_is_refused_with_the_current_one() {
    let world = World::new().await;
    let first = world.submit().await;
    let taken = world.step(Who::Specialist, "serviceRequestTake", &first, json!({})).await;
    world.step(Who::Specialist, "serviceRequestStart", &taken, json!({})).await;
    let stale = world.try_step(Who::Specialist, "serviceRequestStart", &taken, json!({})).await;
    assert_eq!(stale["errors"][0]["code"], "STALE_VERSION");
    assert_eq!(stale["errors"][0]["currentVersion"], 3);
    assert!(stale["serviceRequest"].is_null());
}

#[tokio::test]
async fn an_illegal_step_is_refused_and_leaves_no_trace() {
    let world = World::new().await;
    let request = world.submit().await;
    let taken = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    let events = world.number("SELECT COUNT(*) FROM event").await;
    let notes = world.number("SELECT COUNT(*) FROM internal_note").await;
    let more = json!({ "text": "交给部门" });
    let payload =
        world.try_step(Who::Specialist, "serviceRequestHandToDepartment", &taken, more).await;
    assert_eq!(payload["errors"][0]["code"], "ILLEGAL_TRANSITION");
    assert!(payload["errors"][0]["message"].as_str().unwrap().contains("ACCEPTED"));
    assert_eq!(world.number("SELECT COUNT(*) FROM event").await, events);
    assert_eq!(world.number("SELECT COUNT(*) FROM internal_note").await, notes);
    assert_eq!(world.look(Who::Specialist, &taken).await["version"], 2);
}

#[tokio::test]
async fn texts_are_measured_and_stored_as_sent() {
    let world = World::new().await;
    let places = world.places().await;
    let submit = async |title: &str| {
        let input = json!({
            "communityId": places.community.to_string(),
            "matterId": places.matter.to_string(),
            "title": title,
        });
        let fields = "submitted { serviceRequest { title } }";
        world.mutate(Who::Resident, "serviceRequestSubmit", input, fields).await
    };
    for (title, code) in [
        ("长".repeat(10_000), "TOO_LONG"),
        ("a\u{0}b".to_owned(), "INVALID_TEXT"),
        (" \u{3000}\n".to_owned(), "REQUIRED"),
        (String::new(), "REQUIRED"),
    ] {
        let refused = submit(&title).await;
        assert_eq!(refused["errors"][0]["code"], code);
        assert_eq!(refused["errors"][0]["path"], json!(["title"]));
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM service_request").await, 0);
    for title in [
        "  前后有空格  ",
        "ئۇيغۇرچە خەت",
        "Қазақша мәтін / قازاقشا",
        "👩‍👩‍👧‍👦 e\u{301} \u{202E}abc",
        "'; DROP TABLE person; --",
        "\u{10FFFF}𠮷",
    ] {
        let stored = submit(title).await;
        assert_eq!(stored["submitted"]["serviceRequest"]["title"], title);
    }
    let listed = world
        .run(
            Who::Resident,
            "{ serviceRequests(filter: {mine: true}) { nodes { title } } }",
            json!({}),
        )
        .await;
    assert!(listed.to_string().contains("  前后有空格  "));
}

#[tokio::test]
async fn ids_and_references_are_checked_with_their_path() {
    let world = World::new().await;
    let places = world.places().await;
    let good = json!({
        "communityId": places.community.to_string(),
        "matterId": places.matter.to_string(),
        "title": "题",
    });
    let query = "mutation($i: ServiceRequestSubmitInput!) { serviceRequestSubmit(input: $i) { errors { code path } } }";
    let with = |field: &str, value: serde_json::Value| {
        let mut input = good.clone();
        input[field] = value;
        json!({ "i": input })
    };
    for (field, value) in [
        ("matterId", json!("rubbish")),
        ("matterId", json!(places.community.to_string())),
        ("matterId", json!(places.matter.to_string().to_uppercase())),
        ("communityId", json!("plc_")),
        ("idempotencyKey", json!("")),
        ("idempotencyKey", json!("k".repeat(101))),
    ] {
        let answer = world.run(Who::Resident, query, with(field, value.clone())).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{field} {value}");
        let path = answer["errors"][0]["extensions"]["argument"].as_str().unwrap();
        assert_eq!(path, format!("input.{field}"));
    }
    let absent = "00000000000070008000000000000000";
    for (field, value, code) in [
        ("matterId", json!(format!("mat_{absent}")), "UNKNOWN_REFERENCE"),
        ("communityId", json!(format!("plc_{absent}")), "UNKNOWN_REFERENCE"),
        ("communityId", json!(places.subdistrict.to_string()), "UNKNOWN_REFERENCE"),
        ("blockId", json!(places.community.to_string()), "UNKNOWN_REFERENCE"),
        ("position", json!({ "lat": 91.0, "long": 0.0 }), "INVALID_VALUE"),
        ("serviceMode", json!("ERRAND"), "MODE_NOT_OFFERED"),
        ("channel", json!("WINDOW"), "CHANNEL_NOT_OFFERED"),
        ("answers", json!([{ "code": "x", "values": ["1"] }]), "ANSWER_UNKNOWN"),
    ] {
        let answer = world.run(Who::Resident, query, with(field, value.clone())).await;
        let error = &answer["data"]["serviceRequestSubmit"]["errors"][0];
        assert_eq!(error["code"], code, "{field} {value}: {answer}");
    }
    assert_eq!(world.number("SELECT COUNT(*) FROM service_request").await, 0);
}

#[tokio::test]
async fn messages_speak_the_readers_language_and_codes_do_not_change() {
    use axum::{
        body::Body,
        http::{Request, header},
    };
    let world = World::new().await;
    let token = world.token(Who::Resident).await.unwrap();
    let mut seen = Vec::new();
    for language in ["zh-CN", "en", "ug", "kk", "fr"] {
        let body = json!({ "query": "mutation { personLink(input: { requestNumber: \"X\", trackingCode: \"X\" }) { errors { code message } } }" });
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT_LANGUAGE, language)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from(body.to_string()))
            .unwrap();
        let (_, _, text) = world.send(request).await;
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        let error = answer["data"]["personLink"]["errors"][0].clone();
        assert_eq!(error["code"], "UNKNOWN_REFERENCE");
        seen.push(error["message"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen[0], seen[4], "the source language is the fallback");
    seen.pop();
    seen.dedup();
    assert_eq!(seen.len(), 4);
}
