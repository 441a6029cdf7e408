//! Who is away, who leaves, and what is closed: no request is left with nobody to answer for it.

use serde_json::{Value, json};

use crate::world::{Who, World};

async fn taken(world: &World, who: Who) -> Value {
    let request = world.submit().await;
    world.step(who, "serviceRequestTake", &request, json!({})).await
}

async fn leave(world: &World, who: Who, stand_in: Option<Who>, days: (&str, &str)) -> Value {
    let mut input = json!({
        "communityId": world.places().await.community.to_string(),
        "accountId": world.account(who).await.to_string(),
        "fromDay": days.0, "untilDay": days.1,
    });
    if let Some(stand_in) = stand_in {
        input["standInId"] = json!(world.account(stand_in).await.to_string());
    }
    world.mutate(Who::Manager, "leaveEnter", input, "leave { id }").await
}

async fn grant_id(world: &World, who: Who) -> Value {
    let query = "query($p: String!) { staffByPhone(phone: $p) { grants { id } } }";
    let found = world.run(Who::Admin, query, json!({ "p": who.phone() })).await;
    found["data"]["staffByPhone"]["grants"][0]["id"].clone()
}

async fn lock(world: &World, who: Who) {
    let input = json!({ "accountId": world.account(who).await.to_string() });
    let done = world.mutate(Who::Admin, "accountLock", input, "account { state }").await;
    assert_eq!(done["account"]["state"], "LOCKED", "{done}");
}

#[tokio::test]
async fn who_is_on_leave_is_not_given_requests_and_the_stand_in_is_named() {
    let world = World::new().await;
    let days = ("2025-06-03", "2025-06-05");
    leave(&world, Who::Colleague, Some(Who::Specialist), days).await;
    let colleague = world.account(Who::Colleague).await.to_string();
    let specialist = world.account(Who::Specialist).await.to_string();
    let request = world.submit().await;
    let to = json!({ "assigneeId": colleague });
    let refused = world.try_step(Who::Manager, "serviceRequestAssign", &request, to.clone()).await;
    let error = &refused["errors"][0];
    assert_eq!((&error["code"], &error["path"]), (&json!("ON_LEAVE"), &json!(["assigneeId"])));
    assert_eq!(
        (&error["standInId"], &error["standInName"]),
        (&json!(specialist), &json!("Specialist"))
    );
    assert_eq!(error["message"], "This person is on leave today (Specialist stands in).");
    let stand_in = json!({ "assigneeId": error["standInId"] });
    let request = world.step(Who::Manager, "serviceRequestAssign", &request, stand_in).await;
    let more = json!({ "toId": colleague, "reason": "业务更熟悉" });
    let refused =
        world.try_step(Who::Specialist, "serviceRequestTransfer", &request, more.clone()).await;
    assert_eq!(refused["errors"][0]["code"], "ON_LEAVE");
    world.advance(chrono::Duration::days(3));
    let moved = world.step(Who::Specialist, "serviceRequestTransfer", &request, more).await;
    assert_eq!(moved["owner"]["name"], "Colleague", "back again");
}

#[tokio::test]
async fn nobody_is_away_twice_on_one_day() {
    let world = World::new().await;
    let first = leave(&world, Who::Colleague, None, ("2025-06-10", "2025-06-12")).await;
    for days in
        [("2025-06-12", "2025-06-20"), ("2025-06-01", "2025-06-10"), ("2025-06-11", "2025-06-11")]
    {
        let refused = leave(&world, Who::Colleague, None, days).await;
        assert_eq!(refused["errors"][0]["code"], "LEAVE_OVERLAPS", "{days:?}");
    }
    let other = leave(&world, Who::Specialist, None, ("2025-06-10", "2025-06-12")).await;
    assert_eq!(other["errors"], json!([]));
    let input = json!({ "id": first["leave"]["id"] });
    world.mutate(Who::Manager, "leaveCancel", input, "leave { id }").await;
    let again = leave(&world, Who::Colleague, None, ("2025-06-12", "2025-06-20")).await;
    assert_eq!(again["errors"], json!([]), "a cancelled leave is none");
    // The database says the same to whoever did not ask.
    let double = "INSERT INTO staff_leave (id, community_id, account_id, from_day, until_day) \
                  SELECT person_id, community_id, account_id, from_day, until_day FROM staff_leave l \
                  JOIN account a ON a.id = l.account_id WHERE l.cancelled_at IS NULL";
    let error = sea_orm::ConnectionTrait::execute_unprepared(world.app.db.writer(), double).await;
    assert!(error.unwrap_err().to_string().contains("staff_leave_overlap"));
}

#[tokio::test]
async fn a_role_is_not_taken_back_while_open_requests_need_it() {
    let world = World::new().await;
    let request = taken(&world, Who::Colleague).await;
    taken(&world, Who::Specialist).await;
    let input = json!({ "grantId": grant_id(&world, Who::Colleague).await });
    let refused = world.mutate(Who::Admin, "roleRevoke", input.clone(), "grant { id }").await;
    let error = &refused["errors"][0];
    assert_eq!((&error["code"], &error["openRequests"]), (&json!("HAS_OPEN_REQUESTS"), &json!(1)));
    let still = world.look(Who::Colleague, &request).await;
    assert_eq!(still["owner"]["name"], "Colleague", "nothing was changed");
    // Another role that lets them own keeps the requests where they are.
    let grant = json!({ "accountId": world.account(Who::Colleague).await.to_string(),
        "role": "COMMUNITY_MANAGER", "scopeId": world.places().await.community.to_string() });
    world.mutate(Who::Admin, "roleGrant", grant, "grant { id }").await;
    let done = world.mutate(Who::Admin, "roleRevoke", input, "grant { id }").await;
    assert_eq!(done["errors"], json!([]));
    let again = json!({ "grantId": grant_id(&world, Who::Colleague).await });
    let refused = world.mutate(Who::Admin, "roleRevoke", again.clone(), "grant { id }").await;
    assert_eq!(refused["errors"][0]["code"], "HAS_OPEN_REQUESTS");
    let to = json!({ "toId": world.account(Who::Specialist).await.to_string(), "reason": "调岗" });
    world.step(Who::Manager, "serviceRequestTransfer", &still, to).await;
    let done = world.mutate(Who::Admin, "roleRevoke", again, "grant { id }").await;
    assert_eq!(done["errors"], json!([]), "transferred first");
}

#[tokio::test]
async fn a_locked_account_leaves_its_requests_to_the_pool_the_stand_in_or_a_manager() {
    let world = World::new().await;
    let text = json!({ "text": "请稍候" });
    let accepted = taken(&world, Who::Colleague).await;
    let started = taken(&world, Who::Colleague).await;
    let started = world.step(Who::Colleague, "serviceRequestStart", &started, json!({})).await;
    let waiting = taken(&world, Who::Colleague).await;
    let waiting = world.step(Who::Colleague, "serviceRequestAsk", &waiting, text.clone()).await;
    let away = taken(&world, Who::Colleague).await;
    let away = world.step(Who::Colleague, "serviceRequestStart", &away, json!({})).await;
    let away =
        world.step(Who::Colleague, "serviceRequestHandToDepartment", &away, text.clone()).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    let resolved = taken(&world, Who::Colleague).await;
    let resolved = world.step(Who::Colleague, "serviceRequestResolve", &resolved, result).await;
    let others = taken(&world, Who::Specialist).await;
    lock(&world, Who::Colleague).await;
    for request in [&accepted, &started] {
        let now = world.look(Who::Manager, request).await;
        assert_eq!((&now["state"], &now["owner"]), (&json!("SUBMITTED"), &json!(null)));
        assert_ne!(now["version"], request["version"]);
    }
    for request in [&waiting, &away] {
        let now = world.look(Who::Manager, request).await;
        assert_eq!((&now["state"], &now["owner"]["name"]), (&request["state"], &json!("Manager")));
    }
    let answer = json!({ "text": "同意" });
    let away = world.look(Who::Manager, &away).await;
    world.step(Who::Manager, "serviceRequestRecordDepartmentAnswer", &away, answer).await;
    assert_eq!(world.look(Who::Manager, &resolved).await["owner"]["name"], "Colleague");
    assert_eq!(world.look(Who::Manager, &others).await["owner"]["name"], "Specialist");
    let again = json!({ "via": "ONLINE", "reason": "还没好" });
    let reopened = world.step(Who::Resident, "serviceRequestReopen", &resolved, again).await;
    assert_eq!(reopened["state"], "SUBMITTED", "who is locked gets nothing back");
    let open = "SELECT COUNT(*) FROM request_ownership o JOIN account a ON a.id = o.owner_id \
                WHERE o.until_at IS NULL AND a.state = 'LOCKED'";
    assert_eq!(world.number(open).await, 0);
    let orphans = "SELECT COUNT(*) FROM event e WHERE NOT EXISTS \
                   (SELECT 1 FROM outbox o WHERE o.event_id = e.id)";
    assert_eq!(world.number(orphans).await, 0);
    // Locking once more is no error; and what is in the pool can be taken.
    lock(&world, Who::Colleague).await;
    let pool = world.look(Who::Specialist, &accepted).await;
    world.step(Who::Specialist, "serviceRequestTake", &pool, json!({})).await;
}

#[tokio::test]
async fn the_stand_in_of_who_is_locked_gets_what_cannot_return_to_the_pool() {
    let world = World::new().await;
    let waiting = taken(&world, Who::Colleague).await;
    let text = json!({ "text": "请补充" });
    let waiting = world.step(Who::Colleague, "serviceRequestAsk", &waiting, text).await;
    leave(&world, Who::Colleague, Some(Who::Specialist), ("2025-06-03", "2025-06-05")).await;
    lock(&world, Who::Colleague).await;
    let now = world.look(Who::Manager, &waiting).await;
    assert_eq!(now["owner"]["name"], "Specialist");
    assert_eq!(world.number("SELECT SUM(transfers) FROM service_request").await, 0);
}

async fn change_community(world: &World, change: Value) -> Value {
    let community = world.places().await.community.to_string();
    let query = "query($id: ID!) { place(id: $id) { version } }";
    let place = world.run(Who::Admin, query, json!({ "id": community })).await;
    let mut input = change;
    input["id"] = json!(community);
    input["expectedVersion"] = place["data"]["place"]["version"].clone();
    world.mutate(Who::Admin, "placeChange", input, "place { active address }").await
}

#[tokio::test]
async fn a_community_is_not_closed_over_its_requests_and_takes_none_when_closed() {
    let world = World::new().await;
    let request = world.submit().await;
    let shut = json!({ "active": false });
    let refused = change_community(&world, shut.clone()).await;
    assert_eq!(refused["errors"][0]["code"], "IN_USE", "{refused}");
    let request = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    let request = world.step(Who::Specialist, "serviceRequestResolve", &request, result).await;
    let refused = change_community(&world, shut.clone()).await;
    assert_eq!(refused["errors"][0]["code"], "IN_USE", "the resident has not said a word yet");
    let yes = json!({ "via": "ONLINE" });
    let request = world.step(Who::Resident, "serviceRequestConfirm", &request, yes).await;
    // An instance that still remembers the community as open.
    let other = world.another_instance().await;
    let remembered = other.submit().await;
    other.step(Who::Resident, "serviceRequestWithdraw", &remembered, json!({})).await;
    let closed = change_community(&world, shut).await;
    assert_eq!(closed["place"]["active"], false, "{closed}");
    for instance in [&world, &other] {
        let places = instance.places().await;
        let input = json!({ "communityId": places.community.to_string(),
            "matterId": places.matter.to_string(), "title": "还收吗" });
        let refused = instance
            .mutate(Who::Resident, "serviceRequestSubmit", input, "submitted { trackingCode }")
            .await;
        assert_eq!(refused["errors"][0]["code"], "UNKNOWN_REFERENCE", "{refused}");
    }
    let again = json!({ "via": "ONLINE", "reason": "还没好" });
    let reopened = world.step(Who::Resident, "serviceRequestReopen", &request, again).await;
    assert_eq!(reopened["state"], "IN_PROGRESS", "the resident's window stays");
}

#[tokio::test]
async fn an_address_is_kept_changed_or_cleared() {
    let world = World::new().await;
    let address = async |change| change_community(&world, change).await["place"]["address"].clone();
    assert_eq!(address(json!({ "address": "团结路1号" })).await, "团结路1号");
    assert_eq!(address(json!({ "autoAssign": true })).await, "团结路1号", "left out stays");
    assert_eq!(address(json!({ "address": null })).await, json!(null), "null clears");
}

#[tokio::test]
async fn a_matter_is_corrected_for_requests_to_come() {
    let world = World::new().await;
    let before = world.submit().await;
    let places = world.places().await;
    let names = json!({ "zhHans": "住建" });
    let new = json!({ "kind": "DEPARTMENT", "code": "HOUSING", "names": names,
        "parentId": places.subdistrict.to_string() });
    let made = world.mutate(Who::Overseer, "placeCreate", new, "place { id }").await;
    let input = json!({ "id": places.matter.to_string(), "expectedVersion": 1, "kind": "ENQUIRY",
        "confidentiality": "MEDIATION", "departmentId": made["place"]["id"] });
    let fields = "matter { version kind confidentiality department { id } }";
    let done = world.mutate(Who::Manager, "matterChange", input.clone(), fields).await;
    let matter = &done["matter"];
    assert_eq!((&matter["kind"], &matter["version"]), (&json!("ENQUIRY"), &json!(2)), "{done}");
    assert_eq!(matter["department"]["id"], made["place"]["id"]);
    let stale = world.mutate(Who::Manager, "matterChange", input, fields).await;
    assert_eq!(stale["errors"][0]["currentVersion"], 2);
    let wrong = json!({ "id": places.matter.to_string(), "expectedVersion": 2,
        "departmentId": places.community.to_string() });
    let refused = world.mutate(Who::Manager, "matterChange", wrong, fields).await;
    assert_eq!(refused["errors"][0]["path"], json!(["departmentId"]));
    let after = world.submit().await;
    assert_eq!(world.look(Who::Specialist, &before).await["state"], "SUBMITTED", "keeps its own");
    assert_eq!(world.look(Who::Specialist, &after).await, json!(null), "for the manager now");
    assert_eq!(world.look(Who::Manager, &after).await["state"], "SUBMITTED");
    // Its result counts where it came in.
    let taken = world.step(Who::Specialist, "serviceRequestTake", &before, json!({})).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    world.step(Who::Specialist, "serviceRequestResolve", &taken, result).await;
    let same = "SELECT COUNT(*) FROM closure_fact c JOIN request_fact r ON r.request_id = c.request_id \
                AND r.department_id = c.department_id";
    assert_eq!(world.number(same).await, 1);
    assert_eq!(world.number("SELECT COUNT(DISTINCT department_id) FROM request_fact").await, 2);
}

#[tokio::test]
async fn a_role_that_ends_by_its_date_leaves_nothing_behind() {
    let world = World::new().await;
    let grant = json!({ "accountId": world.account(Who::Neighbour).await.to_string(),
        "role": "SPECIALIST", "scopeId": world.places().await.community.to_string(),
        "validUntil": "2025-06-04T02:00:00Z" });
    let made = world.mutate(Who::Admin, "roleGrant", grant, "grant { id }").await;
    assert_eq!(made["errors"], json!([]));
    let taken_up = taken(&world, Who::Neighbour).await;
    let waiting = taken(&world, Who::Neighbour).await;
    let text = json!({ "text": "请补充" });
    let waiting = world.step(Who::Neighbour, "serviceRequestAsk", &waiting, text).await;
    let others = taken(&world, Who::Specialist).await;
    world.work().await;
    let still = world.look(Who::Manager, &taken_up).await;
    assert_eq!(still["owner"]["name"], "Neighbour", "as long as the role lasts");
    world.advance(chrono::Duration::days(1));
    let other = world.another_instance().await;
    tokio::join!(world.work(), other.work());
    let now = world.look(Who::Manager, &taken_up).await;
    assert_eq!((&now["state"], &now["owner"]), (&json!("SUBMITTED"), &json!(null)));
    let now = world.look(Who::Manager, &waiting).await;
    assert_eq!(now["owner"]["name"], "Manager", "it waits for the resident");
    assert_eq!(world.look(Who::Manager, &others).await["owner"]["name"], "Specialist");
    let once = "SELECT COUNT(*) FROM event WHERE actor_kind = 'SYSTEM' AND kind IN \
                ('REQUEST_RETURNED', 'REQUEST_TRANSFERRED')";
    assert_eq!(world.number(once).await, 2);
    world.consistent().await;
}

/// Who is locked at the moment in which they are given something keeps it for a round of the worker.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assigned_and_locked_at_the_same_moment() {
    let (a, b) = World::new().await.pair().await;
    let colleague = a.account(Who::Colleague).await.to_string();
    let mut requests = Vec::new();
    for _ in 0..6 {
        let request = a.submit().await;
        let to = json!({ "assigneeId": colleague });
        let (x, y) = (a.clone(), b.clone());
        let of = request.clone();
        let assigning =
            tokio::spawn(
                async move { x.try_step(Who::Manager, "serviceRequestAssign", &of, to).await },
            );
        let locking = tokio::spawn(async move { lock(&y, Who::Colleague).await });
        assigning.await.unwrap();
        locking.await.unwrap();
        a.work().await;
        let now = a.look(Who::Manager, &request).await;
        assert_ne!(now["owner"]["name"], "Colleague", "{now}");
        let input = json!({ "accountId": colleague });
        a.mutate(Who::Admin, "accountUnlock", input, "account { state }").await;
        requests.push(request);
    }
    a.consistent().await;
}
