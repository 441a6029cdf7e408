//! Numbers that many ask for at once: nobody holds a connection to the database and waits for another one.

use serde_json::{Value, json};

use crate::world::{Who, World};

/// Many fields of one document, far more than there are connections, all of which are answered.
async fn all(world: &World, who: Who, many: u32, field: impl Fn(u32) -> String) -> Vec<Value> {
    let fields: Vec<String> = (0..many).map(|n| format!("q{n}: {}", field(n))).collect();
    let answer = world.run(who, &format!("{{ {} }}", fields.join(" ")), json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    (0..many).map(|n| answer["data"][format!("q{n}")].clone()).collect()
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
        let answers = all(&world, Who::Nobody, 30, quarter).await;
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
    for answer in all(&world, Who::Manager, 15, query).await {
        assert_eq!(
            (&answer["some"]["totalCount"], &answer["rows"]["totalCount"]),
            (&json!(2), &json!(2))
        );
        let nodes = answer["rows"]["nodes"].as_array().unwrap();
        assert!(nodes.len() == 2 && nodes.iter().all(|n| n["request"]["title"].is_string()));
        assert_eq!(answer["groups"][0]["code"], "CA-06");
    }
}
