//! Appointments whose staff cannot keep them.

use serde_json::{Value, json};

use crate::{
    appointments::{at, book, free, look, nothing_overlaps, station, step},
    world::{Who, World},
};

async fn away(world: &World, who: Who) {
    let leave = json!({ "communityId": world.places().await.community.to_string(),
        "fromDay": "2025-06-03", "untilDay": "2025-06-04",
        "accountId": world.account(who).await.to_string() });
    let entered = world.mutate(Who::Manager, "leaveEnter", leave, "leave { id }").await;
    assert_eq!(entered["errors"], json!([]));
}

/// Kinds of what is in somebody's inbox.
async fn inbox(world: &World, who: Who) -> String {
    let query = "{ viewer { ... on Account { inbox { nodes { kind } } } } }";
    world.run(who, query, json!({})).await["data"].to_string()
}

fn received_by(row: &Value) -> &str {
    row["staff"]["name"].as_str().unwrap()
}

#[tokio::test]
async fn somebody_else_receives_the_residents_of_who_is_away() {
    let world = World::new().await;
    let station = station(&world, 2).await;
    let slot = at("11:00");
    let slot = (station.as_str(), "WINDOW", slot.as_str());
    let mut rows = Vec::new();
    for _ in 0..2 {
        rows.push(book(&world, &world.submit().await, slot).await);
    }
    let names = [received_by(&rows[0]), received_by(&rows[1])];
    let absent = names.iter().position(|name| *name == "Specialist").expect("each has one");
    let (theirs, others) = (&rows[absent], &rows[1 - absent]);
    away(&world, Who::Specialist).await;
    world.work().await;
    let kept = look(&world, Who::Manager, theirs).await;
    assert_eq!(kept["version"], 1, "nobody else is free at that time: {kept}");
    // Now somebody is. That the station has only one window by now is nothing to what is booked.
    let fewer = json!({ "stationId": station, "kind": "WINDOW", "slotMinutes": 30, "capacity": 1,
        "expectedVersion": 1 });
    let set = world.mutate(Who::Manager, "appointmentPlanSet", fewer, "plan { version }").await;
    assert_eq!(set["errors"], json!([]));
    step(&world, Who::Resident, "appointmentCancel", others, json!({})).await;
    let other = world.another_instance().await;
    tokio::join!(world.work(), other.work());
    world.work().await;
    let row = look(&world, Who::Manager, theirs).await;
    assert_eq!(received_by(&row), "Colleague");
    for same in ["state", "start", "end", "sequence"] {
        assert_eq!(row[same], theirs[same], "for the resident nothing changes");
    }
    assert_eq!(row["version"], 2, "once");
    let held = "SELECT COUNT(*) FROM reservation v JOIN resource r ON r.id = v.resource_id JOIN account a \
                ON a.id = r.subject_id WHERE v.released_at IS NULL AND a.staff_name = 'Colleague'";
    assert_eq!(world.number(held).await, 1, "and their time is held");
    for who in [Who::Specialist, Who::Colleague] {
        assert!(inbox(&world, who).await.contains("APPOINTMENT_REASSIGNED"), "{who:?}");
    }
    assert!(!inbox(&world, Who::Resident).await.contains("APPOINTMENT_REASSIGNED"));
    assert_eq!(free(&world, &station, "WINDOW", "11:00").await, 0);
    nothing_overlaps(&world).await;
    world.consistent().await;
}

#[tokio::test]
async fn who_serves_no_more_receives_nobody() {
    let world = World::new().await;
    let station = station(&world, 2).await;
    let slot = at("11:00");
    let row = book(&world, &world.submit().await, (&station, "WINDOW", &slot)).await;
    let (gone, stays) = match received_by(&row) {
        "Specialist" => (Who::Specialist, "Colleague"),
        _ => (Who::Colleague, "Specialist"),
    };
    let input = json!({ "accountId": world.account(gone).await.to_string() });
    let locked = world.mutate(Who::Admin, "accountLock", input, "account { id }").await;
    assert_eq!(locked["errors"], json!([]));
    world.work().await;
    assert_eq!(received_by(&look(&world, Who::Manager, &row).await), stays);
}
