//! The rows behind a number of incidents as a file: those that the dashboard lists.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};

use crate::{
    incident_holes::task_step,
    incident_operations::called_in,
    incidents::{reported, step},
    world::{Who, World},
};

async fn file(world: &World, who: Who, query: &str) -> (StatusCode, String) {
    file_of(world, who, "from=2025-06-01&to=2025-07-01", query).await
}

async fn file_of(world: &World, who: Who, days: &str, query: &str) -> (StatusCode, String) {
    let place = world.places().await.community;
    let uri = format!("/statistics/incidents.csv?placeId={place}&{days}{query}");
    let mut request = Request::get(uri);
    if let Some(token) = world.token(who).await {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let (status, _, text) = world.send(request.body(Body::empty()).unwrap()).await;
    (status, text)
}

/// What the dashboard lists, the number of the incident and the state of the task.
async fn listed(world: &World, by: Option<&str>, arguments: &str) -> Vec<(Value, Value)> {
    let query = format!(
        "query($i: IncidentStatisticsInput!) {{ incidentStatisticsRows(input: $i, first: 100{arguments}) {{ \
         nodes {{ number task {{ state }} }} }} }}"
    );
    let input = json!({ "placeId": world.places().await.community.to_string(), "from": "2025-06-01",
        "to": "2025-07-01", "groupBy": by });
    let found = world.run(Who::Manager, &query, json!({ "i": input })).await;
    let nodes = found["data"]["incidentStatisticsRows"]["nodes"].as_array();
    let nodes = nodes.unwrap_or_else(|| panic!("{arguments}: {found}"));
    nodes.iter().map(|n| (n["number"].clone(), n["task"]["state"].clone())).collect()
}

#[tokio::test]
async fn the_file_has_the_rows_that_the_dashboard_lists() {
    let world = World::new().await;
    for (who, state) in [(Who::Resident, "FIXED"), (Who::Neighbour, "NOT_FIXED")] {
        let id = reported(&world, who, json!({})).await["incidentId"].clone();
        let result = json!({ "outcome": state, "answer": "已处理" });
        step(&world, Who::BlockLead, "incidentResolve", &id, result).await;
        world.advance(chrono::Duration::seconds(1));
    }
    let (done, _) = called_in(&world).await;
    let result = json!({ "outcome": "FIXED", "result": "已处理" });
    task_step(&world, Who::Officer, "agencyTaskFinish", &done["id"], result).await;
    world.advance(chrono::Duration::seconds(1));
    let (off, _) = called_in(&world).await;
    task_step(&world, Who::BlockLead, "agencyTaskCallOff", &off["id"], json!({ "reason": "误报" }))
        .await;
    world.advance(chrono::Duration::seconds(1));
    called_in(&world).await;
    let asked: [(&str, Option<&str>, &str, usize); 10] = [
        ("", None, "", 5),
        ("&metric=RESOLVED&part=NUMERATOR", None, ", metric: RESOLVED, part: NUMERATOR", 3),
        ("&metric=RESOLVED", None, ", metric: RESOLVED", 5),
        ("&time=TO_RESPONSE", None, ", time: TO_RESPONSE", 5),
        ("&time=TO_SIGN&open=true", None, ", time: TO_SIGN, open: true", 1),
        ("&outcome=NOT_FIXED", None, ", outcome: NOT_FIXED", 1),
        ("&taskOutcome=FIXED", None, ", taskOutcome: FIXED", 1),
        ("&calledOff=true", None, ", calledOff: true", 1),
        ("&groupBy=KIND&group=STREET_LIGHT", Some("KIND"), ", group: \"STREET_LIGHT\"", 5),
        ("&groupBy=KIND&group=NOISE", Some("KIND"), ", group: \"NOISE\"", 0),
    ];
    for (query, by, arguments, count) in asked {
        let (status, text) = file(&world, Who::Manager, query).await;
        assert_eq!(status, StatusCode::OK, "{query}: {text}");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let at =
            |name: &str, header: &csv::StringRecord| header.iter().position(|h| h == name).unwrap();
        let header = reader.headers().unwrap().clone();
        let (number, state) = (at("number", &header), at("task_state", &header));
        let rows: Vec<(Value, Value)> = reader
            .records()
            .map(|row| {
                let row = row.unwrap();
                let task = Some(&row[state]).filter(|state| !state.is_empty());
                (json!(row[number]), json!(task))
            })
            .collect();
        assert_eq!(rows.len(), count, "{query}");
        assert_eq!(rows, listed(&world, by, arguments).await, "{query}");
        assert!(!text.contains("幸福路") && !text.contains("路灯"), "nothing that people wrote");
    }
}

#[tokio::test]
async fn the_file_is_for_who_is_responsible_and_says_what_is_wrong() {
    let world = World::new().await;
    for (who, status) in [
        (Who::Nobody, StatusCode::UNAUTHORIZED),
        (Who::Specialist, StatusCode::FORBIDDEN),
        (Who::Auditor, StatusCode::FORBIDDEN),
        (Who::GeneralLead, StatusCode::OK),
    ] {
        let (seen, text) = file_of(&world, who, "from=2025-05-01&to=2025-06-01", "").await;
        assert_eq!(seen, status, "{who:?}: {text}");
    }
    for (query, path) in [
        ("&metric=NONSENSE", "metric"),
        ("&open=perhaps", "open"),
        ("&group=NOISE", "group"),
        ("&outcome=FIXED&calledOff=true", "metric"),
    ] {
        let (status, text) = file(&world, Who::Manager, query).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}: {text}");
        assert!(text.contains(path), "{query}: {text}");
    }
}
