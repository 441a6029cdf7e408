//! Counting SQL statements: they must not grow with the page.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use linli::{
    kernel::{App, crypto::MasterKey, ids::Ids},
    ops::http::router,
};
use sea_orm::DbBackend;
use serde_json::{Value, json};

use crate::world::{Who, World};

/// The same world, with its statements counted.
pub async fn counted(world: World) -> (World, Arc<AtomicUsize>) {
    counted_if(world, |_| true).await
}

/// The same, of those statements that are `wanted`.
pub async fn counted_if(mut world: World, wanted: fn(&str) -> bool) -> (World, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let mut db = world.app.db.clone();
    db.on_statement(move |sql| {
        seen.fetch_add(usize::from(wanted(sql)), Ordering::SeqCst);
    });
    let (clock, zone) = (world.app.clock.clone(), world.app.zone);
    let app = Arc::new(App::new(db, clock, Ids::system(), MasterKey::new([9; 32]), zone));
    world.router = router(app.clone(), &world.config);
    world.app = app;
    (world, count)
}

pub async fn statements(
    world: &World,
    count: &AtomicUsize,
    query: &str,
    variables: Value,
) -> usize {
    statements_as(world, count, Who::Specialist, (query, variables)).await.0
}

/// How many statements a query takes as somebody, and what it answers.
pub async fn statements_as(
    world: &World,
    count: &AtomicUsize,
    who: Who,
    (query, variables): (&str, Value),
) -> (usize, Value) {
    // Once to warm up what a process may remember, once to count.
    let warm = world.run(who, query, variables.clone()).await;
    assert!(warm.get("errors").is_none(), "{warm}");
    count.store(0, Ordering::SeqCst);
    let answer = world.run(who, query, variables).await;
    (count.load(Ordering::SeqCst), answer)
}

#[tokio::test]
async fn one_request_takes_at_most_three_statements() {
    let world = World::new().await;
    let request = world.resolved().await;
    let (world, count) = counted(world).await;
    let query = "query($id: ID!) { serviceRequest(id: $id) { number state title dueAt version availableActions \
                 community { name } matter { code title } matterVersion { title } owner { name } \
                 requester { name } events(last: 5) { kind at seq } } }";
    let used = statements(&world, &count, query, json!({ "id": request["id"] })).await;
    assert!((1..=3).contains(&used), "{used} statements");
}

#[tokio::test]
async fn a_page_of_the_queue_takes_at_most_five_whatever_its_size() {
    let world = World::new().await;
    for n in 0..24 {
        let matter = world.matter(if n % 2 == 0 { "CA-06" } else { "CA-01" }).await.to_string();
        let who = if n % 3 == 0 { Who::Neighbour } else { Who::Resident };
        let made =
            world.submit_as(who, json!({ "matterId": matter })).await["serviceRequest"].clone();
        if n % 2 == 0 {
            world.step(Who::Specialist, "serviceRequestTake", &made, json!({})).await;
        }
    }
    let community = world.places().await.community.to_string();
    let (world, count) = counted(world).await;
    let query = "query($c: ID!, $n: Int) { serviceRequests(first: $n, filter: { communityId: $c, open: true }) { \
                 totalCount nodes { number state dueAt title matter { title } owner { name } requester { name } \
                 community { name } events(last: 3) { kind } } pageInfo { endCursor hasNextPage } } }";
    let small = statements(&world, &count, query, json!({ "c": community, "n": 2 })).await;
    let large = statements(&world, &count, query, json!({ "c": community, "n": 20 })).await;
    assert!(small <= 5 && large <= 5, "{small} and {large} statements");
    assert_eq!(small, large, "they do not grow with the page");
}

#[tokio::test]
async fn pages_join_without_gaps_or_repeats() {
    let world = World::new().await;
    for _ in 0..7 {
        world.submit().await;
    }
    for order in ["DUE", "NEWEST"] {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let query = format!(
                "query($a: String) {{ serviceRequests(first: 3, after: $a, orderBy: {order}) {{ nodes {{ id }} pageInfo {{ endCursor hasNextPage }} }} }}"
            );
            let page = world.run(Who::Specialist, &query, json!({ "a": after })).await["data"]["serviceRequests"].clone();
            seen.extend(page["nodes"].as_array().unwrap().iter().map(|n| n["id"].to_string()));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let total = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((seen.len(), total), (7, 7), "{order}");
    }
}

#[tokio::test]
async fn a_page_of_bookings_takes_as_many_statements_whatever_its_size() {
    use crate::venues::{booked, room};
    let world = World::new().await;
    let mut rooms = Vec::new();
    for _ in 0..2 {
        rooms.push(room(&world, json!({ "mostHeld": 20 })).await);
    }
    for n in 0..8 {
        let who = if n % 3 == 0 { Who::Neighbour } else { Who::Resident };
        for room in &rooms {
            booked(&world, who, room, 30 * n, 30 * n + 30).await;
        }
    }
    let (world, count) = counted(world).await;
    let query = "query($v: ID!, $n: Int) { venueBookings(first: $n, venueId: $v, from: \"2025-06-03\", \
                 until: \"2025-06-30\") { totalCount nodes { from person { name } availableActions \
                 venue { name station { name } } } } }";
    let id = &rooms[0]["id"];
    let small = statements(&world, &count, query, json!({ "v": id, "n": 2 })).await;
    let large = statements(&world, &count, query, json!({ "v": id, "n": 8 })).await;
    assert!(small <= 6, "{small} statements");
    assert_eq!(small, large, "they do not grow with the page");
}

#[tokio::test]
async fn a_page_of_delegations_takes_as_many_statements_whatever_its_size() {
    use crate::delegations::accepted_from;
    let world = World::new().await;
    for _ in 0..8 {
        accepted_from(&world, Who::Specialist, json!({ "registrations": true })).await;
    }
    let (world, count) = counted(world).await;
    let query = "query($n: Int) { ownDelegations(first: $n) { totalCount nodes { state availableActions \
                 principal { name } delegate { name } matters { code } } } }";
    let small = statements(&world, &count, query, json!({ "n": 2 })).await;
    let large = statements(&world, &count, query, json!({ "n": 8 })).await;
    assert!(small <= 6, "{small} statements");
    assert_eq!(small, large, "they do not grow with the page");
}

/// Whoever needs no delegation does not pay for one.
#[tokio::test]
async fn nobody_looks_for_a_delegation_who_may_act_without_one() {
    let world = World::new().await;
    let request = world.submit().await;
    let (world, count) = counted_if(world, |sql| sql.contains("delegation d")).await;
    world.look(Who::Resident, &request).await;
    world.look(Who::Specialist, &request).await;
    let request = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    world.step(Who::Resident, "serviceRequestWithdraw", &request, json!({})).await;
    assert_eq!(count.load(Ordering::SeqCst), 0);
    let query = "query($id: ID!) { serviceRequest(id: $id) { id } }";
    world.run(Who::Neighbour, query, json!({ "id": request["id"] })).await;
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn pages_about_volunteers_take_as_many_statements_whatever_their_size() {
    use crate::{hours, shifts, volunteers};
    let world = World::new().await;
    let mut members = Vec::new();
    for who in [Who::Specialist, Who::Resident, Who::Neighbour, Who::Colleague] {
        members.push(volunteers::active(&world, who).await);
    }
    for n in 0_u8..4 {
        let all: Vec<&Value> = members.iter().collect();
        volunteers::team(&world, &all[..=usize::from(n)]).await;
        let from = crate::venues::at(60 * 30 * (1 + i64::from(n)));
        let more = json!({ "from": crate::venues::text(from),
            "until": crate::venues::text(from + chrono::Duration::hours(1)) });
        let shift = shifts::planned(&world, more).await;
        for who in [Who::Specialist, Who::Neighbour] {
            shifts::sign_up(&world, who, &shift).await;
        }
        let from = crate::venues::at(-60 * 5);
        for who in [Who::Specialist, Who::Neighbour] {
            hours::entered(&world, who, from, 30).await;
        }
    }
    let community = world.places().await.community.to_string();
    let (world, count) = counted(world).await;
    for (query, most) in [
        (
            "query($c: ID!, $n: Int) { teams(first: $n, communityId: $c) { totalCount nodes { name leaderName \
             members { name since } time(year: 2025) { minutes } availableActions community { name } } } }",
            8,
        ),
        (
            "query($c: ID!, $n: Int) { shifts(first: $n, communityId: $c, from: \"2025-06-03\", until: \"2025-06-30\") \
             { totalCount nodes { title taken team { name } signedUp volunteers { name } availableActions } } }",
            5,
        ),
        (
            "query($c: ID!, $n: Int) { ownVolunteerHours(first: $n, communityId: $c) { totalCount nodes { name from \
             team { name } shift { title } correctedBy availableActions } } }",
            6,
        ),
    ] {
        let small = statements(&world, &count, query, json!({ "c": community, "n": 2 })).await;
        let large = statements(&world, &count, query, json!({ "c": community, "n": 4 })).await;
        assert!(small <= most, "{small} statements: {query}");
        assert_eq!(small, large, "they do not grow with the page: {query}");
    }
    // Those that managers see are made of the same parts.
    for list in ["volunteers", "volunteerHours"] {
        let query = format!(
            "query($c: ID!, $n: Int) {{ {list}(first: $n, communityId: $c) {{ totalCount nodes {{ name state \
             availableActions }} }} }}"
        );
        let mut used = Vec::new();
        for n in [1, 1, 4] {
            count.store(0, Ordering::SeqCst);
            let seen = world.run(Who::Manager, &query, json!({ "c": community, "n": n })).await;
            assert!(seen.get("errors").is_none(), "{seen}");
            used.push(count.load(Ordering::SeqCst));
        }
        assert_eq!(used[1], used[2], "they do not grow with the page: {list}");
    }
}

/// Every one of them is a round trip on PostgreSQL, where what is written at the end is one statement.
#[tokio::test]
async fn claiming_takes_few_statements() {
    use crate::wishes::{published, volunteer};
    let world = World::new().await;
    volunteer(&world, Who::Neighbour, &[]).await;
    let mut wishes = Vec::new();
    for _ in 0..3 {
        wishes.push(published(&world, json!({ "quantity": 2 })).await["id"].clone());
    }
    let (world, count) = counted(world).await;
    let mut used = Vec::new();
    // The first to warm up what a process remembers.
    let shown = ["state", "id state units dueAt version", "id doorCode"];
    for (wish, shown) in wishes.iter().zip(shown) {
        count.store(0, Ordering::SeqCst);
        let input = json!({ "wishId": wish, "units": 1 });
        let fields = format!("claim {{ {shown} }}");
        let done = world.mutate(Who::Neighbour, "wishClaim", input, &fields).await;
        assert_eq!(done["errors"], json!([]), "{done}");
        used.push(count.load(Ordering::SeqCst));
    }
    let writes = if world.app.db.backend() == DbBackend::Postgres { 1 } else { 4 };
    let reads = "the wish with who has it, what one claimed lately, what one had of it; and what is written";
    assert_eq!(used[1], 3 + writes, "{reads}");
    assert_eq!(used[2], used[1], "who has a claim is told its code at once");
}
