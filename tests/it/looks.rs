//! Who looked at what somebody does: they can read that.

use chrono::Duration;
use serde_json::{Value, json};

use crate::{
    activities, delegations,
    hours::{entered, entry},
    volunteers::{active, community, team, with},
    world::{Who, World},
};

/// What was read of somebody's, by whom.
async fn log(world: &World, who: Who) -> Vec<(String, String)> {
    let query = "{ readLog { nodes { purpose staff { name } reader { name } } } }";
    let seen = world.run(who, query, json!({})).await;
    let nodes = seen["data"]["readLog"]["nodes"].as_array().unwrap_or_else(|| panic!("{seen}"));
    let mut found: Vec<(String, String)> = nodes
        .iter()
        .map(|node| {
            let name = node["staff"]["name"].as_str().or(node["reader"]["name"].as_str());
            (node["purpose"].as_str().unwrap().to_owned(), name.unwrap_or("-").to_owned())
        })
        .collect();
    found.sort();
    found
}

fn looks(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(what, who)| ((*what).to_owned(), (*who).to_owned())).collect()
}

#[tokio::test]
async fn who_reads_a_registration_for_somebody_is_written_down_once_an_hour() {
    let world = World::new().await;
    let delegation = delegations::accepted(&world, json!({ "registrations": true })).await;
    let mut activity = json!(null);
    for _ in 0..2 {
        activity = activities::published(&world, json!({})).await;
        activities::register(&world, Who::Resident, &activity, json!({})).await;
    }
    let staff = "query($id: ID!) { activityRegistrations(activityId: $id) { nodes { state } } }";
    let delegate =
        "query($id: ID!) { delegation(id: $id) { activityRegistrations { nodes { state } } } }";
    let own = "{ myActivityRegistrations { nodes { state } } }";
    assert_eq!(world.run(Who::Resident, own, json!({})).await["errors"], json!(null));
    assert_eq!(log(&world, Who::Resident).await, [], "not one's own");
    for _ in 0..2 {
        for (who, query, id) in [
            (Who::Specialist, staff, &activity["id"]),
            (Who::Neighbour, delegate, &delegation["id"]),
        ] {
            let seen = world.run(who, query, json!({ "id": id })).await;
            assert_eq!(seen["errors"], json!(null), "{seen}");
        }
    }
    let expected = looks(&[("REGISTRATION", "Neighbour"), ("REGISTRATION", "Specialist")]);
    assert_eq!(log(&world, Who::Resident).await, expected);
    world.advance(Duration::hours(1));
    world.run(Who::Specialist, staff, json!({ "id": activity["id"] })).await;
    assert_eq!(log(&world, Who::Resident).await.len(), 3);
}

#[tokio::test]
async fn who_reads_what_a_volunteer_is_or_did_is_written_down() {
    let world = World::new().await;
    let leader = active(&world, Who::Neighbour).await;
    let row = active(&world, Who::Resident).await;
    let team = team(&world, &[&leader, &row]).await;
    world.advance(Duration::hours(3));
    let of = json!({ "c": community(&world).await, "id": row["id"] });
    let from = world.app.clock.now() - Duration::hours(2);
    entered(&world, Who::Resident, from, 20).await;
    let input = with(entry(&world, from, 30, json!({})).await, json!({ "teamId": team["id"] }));
    world.mutate(Who::Resident, "hoursEnter", input, "hours { id }").await;
    let profile = "query($id: ID!) { volunteer(id: $id) { state } ownVolunteering { state } }";
    let list = "query($c: ID!) { volunteers(communityId: $c) { nodes { name } } }";
    let hours = "query($c: ID!) { volunteerHours(communityId: $c) { nodes { name } } }";
    world.run(Who::Resident, profile, of.clone()).await;
    assert_eq!(log(&world, Who::Resident).await, []);
    world.run(Who::Neighbour, hours, of.clone()).await;
    assert_eq!(log(&world, Who::Resident).await, looks(&[("VOLUNTEER", "Neighbour")]));
    for query in [list, profile, hours] {
        let before = log(&world, Who::Resident).await.len();
        let seen: Value = world.run(Who::Manager, query, of.clone()).await;
        assert_eq!(seen["errors"], json!(null), "{seen}");
        assert_eq!(log(&world, Who::Resident).await.len(), before + 1, "{query}");
        world.advance(Duration::hours(1));
    }
}
