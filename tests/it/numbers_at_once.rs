//! Numbers at once: many may ask for them, and nobody holds a connection to the database and waits for another
//! one; and a quarter is of the same moment as its months.

use chrono::Duration;
use serde_json::{Value, json};

use crate::{
    incident_numbers, statistics, wish_numbers, wishes,
    world::{Who, World},
};

const JUNE: (&str, &str) = ("2025-06-01", "2025-07-01");
const QUARTER: (&str, &str) = ("2025-04-01", "2025-07-01");

/// Twice as many as there are connections.
const MANY: u32 = 12;

/// Many fields of one document, more than there are connections, all of which are answered.
async fn all(world: &World, who: Who, field: impl Fn(u32) -> String) -> Vec<Value> {
    let fields: Vec<String> = (0..MANY).map(|n| format!("q{n}: {}", field(n))).collect();
    let answer = world.run(who, &format!("{{ {} }}", fields.join(" ")), json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    (0..MANY).map(|n| answer["data"][format!("q{n}")].clone()).collect()
}

#[tokio::test]
async fn as_many_releases_as_one_likes_are_counted_at_once() {
    let world = World::new().await;
    world.submit().await;
    let place = world.places().await.subdistrict;
    for name in ["requestStatistics", "wishStatistics", "incidentStatistics"] {
        let quarter = |n: u32| {
            let month = |n: u32| format!("{}-{:02}-01", 2010 + n / 4, 1 + 3 * (n % 4));
            let (from, to) = (month(n), month(n + 1));
            format!(
                "{name}(input: {{ placeId: \"{place}\", from: \"{from}\", to: \"{to}\" }}) {{ smallestCell }}"
            )
        };
        let answers = all(&world, Who::Nobody, quarter).await;
        assert!(answers.iter().all(|a| a["smallestCell"] == 10), "{name}: {answers:?}");
    }
}

#[tokio::test]
async fn what_is_inside_rows_is_read_when_the_rows_are_there() {
    let world = World::new().await;
    for _ in 0..2 {
        world.submit().await;
    }
    let place = world.places().await.community;
    let query = |n: u32| {
        format!(
            "requestStatistics(input: {{ placeId: \"{place}\", from: \"2025-06-01\", to: \"2025-07-{:02}\", \
             groupBy: MATTER }}) {{ groups {{ code label }} some: rows(first: 1) {{ totalCount nodes {{ number }} }} \
             ... {{ rows(first: 2) {{ totalCount nodes {{ request {{ title events {{ at }} }} }} }} }} }}",
            n + 1
        )
    };
    for answer in all(&world, Who::Manager, query).await {
        assert_eq!(
            (&answer["some"]["totalCount"], &answer["rows"]["totalCount"]),
            (&json!(2), &json!(2))
        );
        let nodes = answer["rows"]["nodes"].as_array().unwrap();
        assert!(nodes.len() == 2 && nodes.iter().all(|n| n["request"]["title"].is_string()));
        assert_eq!(answer["groups"][0]["code"], "CA-06");
    }
}

#[tokio::test]
async fn a_quarter_of_incidents_is_the_sum_of_its_months_as_they_were_released() {
    for [(first, days), (second, later)] in [
        [(Who::Specialist, JUNE), (Who::Nobody, QUARTER)],
        [(Who::Nobody, QUARTER), (Who::Specialist, JUNE)],
    ] {
        let world = World::new().await;
        for _ in 0..20 {
            incident_numbers::incident(&world, |_| {}).await;
        }
        world.advance(Duration::days(30));
        let before = incident_numbers::numbers(&world, first, days, json!("KIND")).await;
        assert_eq!(before["incidents"]["received"], 20);
        incident_numbers::incident(&world, |_| {}).await;
        let after = incident_numbers::numbers(&world, second, later, json!("KIND")).await;
        for field in ["incidents", "groups"] {
            assert_eq!(after[field], before[field], "{field}");
        }
        // With the next month's release.
        world.advance(Duration::days(31));
        let after = incident_numbers::numbers(&world, second, later, json!("KIND")).await;
        assert_eq!(after["incidents"]["received"], 21);
    }
}

#[tokio::test]
async fn a_quarter_of_requests_is_of_the_moment_of_its_months() {
    let world = World::new().await;
    for _ in 0..12 {
        world.submit().await;
    }
    world.advance(Duration::days(30));
    let month = statistics::input(&world, JUNE.0, JUNE.1).await;
    let before = statistics::statistics(&world, Who::Overseer, month, "").await;
    let list = "{ serviceRequests(first: 1) { nodes { id version } } }";
    let list = world.run(Who::Specialist, list, json!({})).await;
    let one = &list["data"]["serviceRequests"]["nodes"][0];
    let text = json!({ "text": "不属本社区" });
    world.step(Who::Specialist, "serviceRequestDecline", one, text).await;
    let quarter = statistics::input(&world, QUARTER.0, QUARTER.1).await;
    let after = statistics::statistics(&world, Who::Nobody, quarter, "").await;
    let of = |answer: &Value| answer["data"]["requestStatistics"]["total"].clone();
    assert_eq!(of(&before)["received"], 12, "{before}");
    assert_eq!(of(&after), of(&before));
}

#[tokio::test]
async fn a_quarter_of_wishes_is_of_the_moment_of_its_months() {
    let world = World::new().await;
    for _ in 0..12 {
        let wish = wishes::published(&world, json!({})).await;
        wishes::claimed(&world, Who::Volunteer, &wish, json!({})).await;
    }
    world.advance(Duration::days(30));
    let before = wish_numbers::numbers(&world, Who::Specialist, JUNE).await;
    assert_eq!(before["total"]["published"], 12);
    // The leases end.
    world.work().await;
    let exact = wish_numbers::numbers(&world, Who::Manager, JUNE).await;
    assert_ne!(exact["total"], before["total"]);
    let after = wish_numbers::numbers(&world, Who::Nobody, QUARTER).await;
    assert_eq!((&after["total"], &after["groups"]), (&before["total"], &before["groups"]));
}
