//! Every mutation done once with success: it wrote an event, and every event has its outbox row.

use std::{collections::BTreeSet, sync::Mutex};

use chrono::Duration;
use serde_json::{Value, json};

use crate::{
    activities,
    world::{PASSWORD, REQUEST, Who, World},
};

/// A world that remembers which mutations were done in it.
struct Story {
    world: World,
    done: Mutex<BTreeSet<String>>,
}

impl Story {
    async fn did(&self, who: Who, name: &str, input: Value, fields: &str) -> Value {
        let before = self.world.number("SELECT COUNT(*) FROM event").await;
        let payload = self.world.mutate(who, name, input, fields).await;
        assert_eq!(payload["errors"], json!([]), "{name}");
        self.wrote(name, before).await;
        payload
    }

    async fn step(&self, who: Who, name: &str, request: &Value, more: Value) -> Value {
        let before = self.world.number("SELECT COUNT(*) FROM event").await;
        let changed = self.world.step(who, name, request, more).await;
        self.wrote(name, before).await;
        changed
    }

    async fn wrote(&self, name: &str, before: i64) {
        let after = self.world.number("SELECT COUNT(*) FROM event").await;
        assert!(after > before, "{name} wrote no event");
        let orphans = "SELECT COUNT(*) FROM event e WHERE NOT EXISTS \
                       (SELECT 1 FROM outbox o WHERE o.event_id = e.id)";
        assert_eq!(self.world.number(orphans).await, 0, "{name}: an event without its outbox row");
        self.done.lock().unwrap().insert(name.to_owned());
    }

    /// A request that the specialist has taken.
    async fn taken(&self) -> Value {
        let request = self.world.submit().await;
        self.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await
    }

    async fn account_id(&self, who: Who) -> String {
        let query = "query($p: String!) { staffByPhone(phone: $p) { staff { id } } }";
        let found = self.world.run(Who::Admin, query, json!({ "p": who.phone() })).await;
        found["data"]["staffByPhone"]["staff"]["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn every_mutation_has_a_success_that_wrote_its_event_and_outbox_row() {
    let story = Story { world: World::new().await, done: Mutex::default() };
    Box::pin(people(&story)).await;
    Box::pin(places(&story)).await;
    Box::pin(work(&story)).await;
    Box::pin(ends(&story)).await;
    Box::pin(without_an_account(&story)).await;
    Box::pin(appointments(&story)).await;
    Box::pin(one_a_week(&story)).await;
    Box::pin(rooms(&story)).await;
    Box::pin(wishes(&story)).await;
    Box::pin(on_behalf(&story)).await;
    Box::pin(volunteering(&story)).await;
    Box::pin(responsible(&story)).await;
    Box::pin(incidents(&story)).await;
    story.world.consistent().await;
    let sdl = linli::graphql::sdl();
    let mutations = &sdl[sdl.find("type Mutation {").unwrap()..];
    let mutations = &mutations[..mutations.find("\n}").unwrap()];
    let names: BTreeSet<String> = mutations
        .lines()
        .filter_map(|l| l.strip_prefix('\t')?.strip_suffix('('))
        .filter(|n| n.chars().all(char::is_alphanumeric))
        .map(str::to_owned)
        .collect();
    assert!(names.len() > 50, "{names:?}");
    let done = story.done.lock().unwrap();
    let missing: Vec<_> = names.difference(&done).collect();
    assert!(missing.is_empty(), "no success case: {missing:?}");
}

async fn people(story: &Story) {
    let (world, phone) = (&story.world, "+8613611110000");
    let tokens = "tokens { accessToken refreshToken }";
    story.did(Who::Nobody, "registrationCodeSend", json!({ "phone": phone }), "status").await;
    let code = world.code(phone).await;
    let input = json!({ "phone": phone, "code": code, "name": "新居民", "password": PASSWORD });
    story.did(Who::Nobody, "register", input, tokens).await;
    let input = json!({ "phone": phone, "password": PASSWORD });
    let signed_in = story.did(Who::Nobody, "signIn", input, tokens).await;
    let input = json!({ "refreshToken": signed_in["tokens"]["refreshToken"] });
    story.did(Who::Nobody, "sessionRefresh", input, tokens).await;
    let input = json!({ "phone": Who::Stranger.phone() });
    story.did(Who::Nobody, "passwordResetCodeSend", input, "status").await;
    let code = world.code(&Who::Stranger.phone()).await;
    let input =
        json!({ "phone": Who::Stranger.phone(), "code": code, "password": "another long one" });
    story.did(Who::Nobody, "passwordReset", input, tokens).await;
    let input = json!({ "currentPassword": PASSWORD, "newPassword": "yet another long one" });
    story.did(Who::Neighbour, "passwordChange", input, "accountId").await;
    story.did(Who::Neighbour, "sessionRevoke", json!({}), "sessionId").await;

    let input = json!({ "phone": "13622220000", "name": "新专员" });
    let staff = story.did(Who::Admin, "staffCreate", input, "staff { id }").await;
    let id = &staff["staff"]["id"];
    let community = world.places().await.community.to_string();
    let input = json!({ "accountId": id, "role": "SPECIALIST", "scopeId": community });
    let grant = story.did(Who::Admin, "roleGrant", input, "grant { id }").await;
    let input = json!({ "grantId": grant["grant"]["id"] });
    story.did(Who::Admin, "roleRevoke", input, "grant { id }").await;
    let input = json!({ "accountId": id });
    let locked = story.did(Who::Admin, "accountLock", input.clone(), "account { state }").await;
    assert_eq!(locked["account"]["state"], "LOCKED");
    story.did(Who::Admin, "accountUnlock", input, "account { state }").await;
}

async fn places(story: &Story) {
    let community = story.world.places().await.community.to_string();
    let names = json!({ "zhHans": "九号街区" });
    let input = json!({ "kind": "BLOCK", "code": "B9", "parentId": community, "names": names });
    let place = story.did(Who::Manager, "placeCreate", input, "place { id version }").await;
    let place = &place["place"];
    let input =
        json!({ "id": place["id"], "expectedVersion": place["version"], "address": "团结路9号" });
    story.did(Who::Manager, "placeChange", input, "place { id }").await;

    let query = "query($c: ID!) { matters(communityId: $c) { nodes { department { id } } } }";
    let found = story.world.run(Who::Nobody, query, json!({ "c": community })).await;
    let department = &found["data"]["matters"]["nodes"][0]["department"]["id"];
    let content = json!({ "titles": { "zhHans": "居住证明" }, "channels": ["ONLINE"],
        "serviceModes": ["WINDOW"], "decidedBy": "COMMUNITY" });
    let input = json!({ "communityId": community, "code": "RS-77", "departmentId": department, "content": content });
    let matter = story.did(Who::Manager, "matterCreate", input, "matter { id version }").await;
    let matter = &matter["matter"];
    let input = json!({ "id": matter["id"], "expectedVersion": 1, "content": content });
    let matter = story.did(Who::Manager, "matterPublish", input, "matter { id version }").await;
    let matter = &matter["matter"];
    let input =
        json!({ "id": matter["id"], "expectedVersion": matter["version"], "kind": "ENQUIRY" });
    let matter = story.did(Who::Manager, "matterChange", input, "matter { id version }").await;
    let matter = &matter["matter"];
    let input =
        json!({ "id": matter["id"], "expectedVersion": matter["version"], "active": false });
    story.did(Who::Manager, "matterSetActive", input, "matter { active }").await;

    let day = json!([{ "from": "10:00", "until": "14:00" }]);
    let week = json!([day, day, day, day, day, [], []]);
    let rules = json!({ "seasons": [{ "from": "01-01", "week": week }] });
    let input = json!({ "communityId": community, "kind": "OPENING", "effectiveFrom": "2025-07-01", "rules": rules });
    let fields = "calendar { version rules { national seasons { from week { from until } } } }";
    let calendar = story.did(Who::Manager, "calendarPublish", input, fields).await;
    let monday = &calendar["calendar"]["rules"]["seasons"][0]["week"][0];
    assert_eq!(*monday, day, "what was published can be read and sent again");
    let specialist = story.account_id(Who::Specialist).await;
    // Named twice by mistake: once on the roster.
    let input = json!({ "communityId": community, "from": "2025-06-03", "until": "2025-06-04",
        "accountIds": [specialist, specialist] });
    let roster = story.did(Who::Manager, "dutyRosterSet", input, "roster { day }").await;
    assert_eq!(roster["roster"].as_array().unwrap().len(), 2, "{roster}");
    let input = json!({ "communityId": community, "accountId": specialist,
        "fromDay": "2025-08-01", "untilDay": "2025-08-02" });
    let leave = story.did(Who::Manager, "leaveEnter", input, "leave { id }").await;
    let input = json!({ "id": leave["leave"]["id"] });
    story.did(Who::Manager, "leaveCancel", input, "leave { id }").await;
}

async fn work(story: &Story) {
    let specialist = Who::Specialist;
    let note = |text: &str| json!({ "text": text });
    let request = story.taken().await;
    let request = story.step(specialist, "serviceRequestStart", &request, json!({})).await;
    story.step(specialist, "serviceRequestAddPublicNote", &request, note("请稍候")).await;
    story.step(specialist, "serviceRequestAddInternalNote", &request, note("待核实")).await;
    let call = json!({ "way": "CALL", "reached": true });
    story.step(specialist, "serviceRequestRecordContactAttempt", &request, call).await;
    let hotline = json!({ "system": "12345", "number": "20250603-0007" });
    story.step(specialist, "serviceRequestAddExternalReference", &request, hotline).await;
    let request = story.step(specialist, "serviceRequestAsk", &request, note("是为谁办理?")).await;
    let request = story.step(Who::Resident, "serviceRequestAnswer", &request, note("为母亲")).await;
    let missing = json!({ "missing": "户口簿" });
    let request = story.step(specialist, "serviceRequestSupplement", &request, missing).await;
    let request = story.step(Who::Resident, "serviceRequestAnswer", &request, note("已带来")).await;
    let ask = json!({ "workingDays": 2, "reason": "等上级系统恢复" });
    let request = story.step(specialist, "serviceRequestRequestExtension", &request, ask).await;
    let before = request["dueAt"].clone();
    let yes = json!({ "approve": true, "text": "同意,新期限已告知居民" });
    let request = story.step(Who::Manager, "serviceRequestDecideExtension", &request, yes).await;
    assert_ne!(request["dueAt"], before);
    let notice = json!({ "workingDays": 3, "text": "依法公示三个工作日" });
    let request =
        story.step(specialist, "serviceRequestDeclareStatutoryTime", &request, notice).await;
    let request =
        story.step(specialist, "serviceRequestHandToDepartment", &request, note("已上报")).await;
    let request = story
        .step(specialist, "serviceRequestRecordDepartmentAnswer", &request, note("同意"))
        .await;
    let to = json!({ "toId": story.account_id(Who::Colleague).await, "reason": "业务更熟悉" });
    let request = story.step(specialist, "serviceRequestTransfer", &request, to).await;
    let back = json!({ "reason": "今日外出" });
    let request = story.step(Who::Colleague, "serviceRequestReturn", &request, back).await;
    assert_eq!(request["state"], "SUBMITTED");
    let to = json!({ "assigneeId": story.account_id(Who::Specialist).await });
    let request = story.step(Who::Manager, "serviceRequestAssign", &request, to).await;
    let reveal = json!({ "requestId": request["id"], "reason": "送证上门" });
    story.did(specialist, "personalDataReveal", reveal, "personalData { name phone }").await;

    let places = story.world.places().await;
    let input = json!({ "communityId": places.community.to_string(), "matterId": places.matter.to_string(),
        "title": "再交一次" });
    let twin = story
        .did(
            Who::Resident,
            "serviceRequestSubmit",
            input,
            &format!("submitted {{ serviceRequest {{ {REQUEST} }} }}"),
        )
        .await["submitted"]["serviceRequest"]
        .clone();
    let into = json!({ "survivorId": request["id"] });
    let twin = story.step(specialist, "serviceRequestMarkDuplicate", &twin, into).await;
    assert_eq!(twin["state"], "MERGED");
}

async fn ends(story: &Story) {
    let (specialist, resident) = (Who::Specialist, Who::Resident);
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    let request = story.taken().await;
    let request = story.step(specialist, "serviceRequestResolve", &request, result.clone()).await;
    let again = json!({ "via": "ONLINE", "reason": "名字写错了" });
    let request = story.step(resident, "serviceRequestReopen", &request, again).await;
    let request = story.step(specialist, "serviceRequestResolve", &request, result).await;
    let yes = json!({ "via": "ONLINE" });
    let request = story.step(resident, "serviceRequestConfirm", &request, yes).await;
    let bad = json!({ "level": "VERY_DISSATISFIED", "text": "等了太久" });
    story.step(resident, "serviceRequestRate", &request, bad).await;
    let community = story.world.places().await.community.to_string();
    let query = "query($c: ID!) { correctiveActions(communityId: $c) { nodes { id version } } }";
    let open = story.world.run(Who::Manager, query, json!({ "c": community })).await;
    let action = &open["data"]["correctiveActions"]["nodes"][0];
    let colleague = story.account_id(Who::Colleague).await;
    let input =
        json!({ "id": action["id"], "expectedVersion": action["version"], "handlerId": colleague });
    let fields = "correctiveAction { id version }";
    let action = story.did(Who::Manager, "correctiveActionAssign", input, fields).await;
    let action = &action["correctiveAction"];
    let input = json!({ "id": action["id"], "expectedVersion": action["version"],
        "calledBack": true, "measure": "已电话致歉并补证" });
    story.did(Who::Manager, "correctiveActionComplete", input, fields).await;

    let request = story.world.submit().await;
    let text = json!({ "text": "请到公安机关办理" });
    let request = story.step(specialist, "serviceRequestDecline", &request, text).await;
    let why = json!({ "reason": "公安说由社区出具" });
    let request = story.step(resident, "serviceRequestAppeal", &request, why).await;
    assert_eq!(request["state"], "SUBMITTED");
    let request = story.world.submit().await;
    story.step(resident, "serviceRequestWithdraw", &request, json!({})).await;
}

async fn rooms(story: &Story) {
    use crate::venues::{BOOKING, at, room_input, text};
    let world = &story.world;
    let input = room_input(world, json!({ "mostHeld": 20 })).await;
    let room = story.did(Who::Manager, "venueCreate", input, "venue { id version }").await;
    let room = &room["venue"];
    let input =
        json!({ "id": room["id"], "expectedVersion": room["version"], "audience": "ELDERLY" });
    story.did(Who::Manager, "venueChange", input, "venue { id }").await;
    let week = 7 * 1440;
    let span = |from: i64, more: i64| (text(at(week + from)), text(at(week + from + more)));
    let (from, until) = span(0, 60);
    let input = json!({ "venueId": room["id"], "from": from, "until": until });
    let made = story.did(Who::Resident, "venueBook", input, BOOKING).await;
    let (from, until) = span(60, 60);
    let mut input = json!({ "id": made["booking"]["id"], "expectedVersion": 1,
        "from": from, "until": until });
    story.did(Who::Resident, "venueBookingMove", input.clone(), BOOKING).await;
    input = json!({ "id": input["id"], "expectedVersion": 2 });
    story.did(Who::Resident, "venueBookingCancel", input, BOOKING).await;
    let (from, until) = span(0, 60);
    let input = json!({ "venueId": room["id"], "from": from, "until": until,
        "repeatUntil": "2025-06-24" });
    let fields = "series { dates { booking { id } } }";
    let made = story.did(Who::Resident, "venueBookSeries", input, fields).await;
    world.advance(Duration::days(8));
    let id = &made["series"]["dates"][0]["booking"]["id"];
    let input = json!({ "id": id, "expectedVersion": 1, "used": true });
    story.did(Who::Specialist, "venueBookingRecordUse", input, BOOKING).await;
    let fields = "created { path feed { id } }";
    let made = story.did(Who::Resident, "calendarFeedCreate", json!({}), fields).await;
    let input = json!({ "id": made["created"]["feed"]["id"] });
    story.did(Who::Resident, "calendarFeedRevoke", input, "feed { revokedAt }").await;
}

async fn on_behalf(story: &Story) {
    use crate::delegations::{DELEGATION, gift};
    let input = gift(&story.world, json!({})).await;
    let give = async || {
        let input = input.clone();
        let made = story.did(Who::Resident, "delegationGive", input, DELEGATION).await;
        json!({ "id": made["delegation"]["id"], "expectedVersion": 1 })
    };
    story.did(Who::Neighbour, "delegationDecline", give().await, DELEGATION).await;
    let mut accepted = give().await;
    story.did(Who::Neighbour, "delegationAccept", accepted.clone(), DELEGATION).await;
    accepted["expectedVersion"] = json!(2);
    story.did(Who::Resident, "delegationEnd", accepted, DELEGATION).await;
}

async fn without_an_account(story: &Story) {
    let world = &story.world;
    let places = world.places().await;
    // Somebody who wants to be visited, and later registers.
    let phone = "+8613633330000";
    let person = json!({ "name": "周奶奶", "phone": phone, "contactPreference": "VISIT" });
    let input = json!({ "channel": "WINDOW", "beneficiary": person });
    let made = world.submit_as(Who::Specialist, input).await;
    let request = &made["serviceRequest"];
    let code = &made["trackingCode"];
    let taken = story.step(Who::Specialist, "serviceRequestTake", request, json!({})).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    world.step(Who::Specialist, "serviceRequestResolve", &taken, result).await;
    world.work().await;
    let community = places.community.to_string();
    let query = "query($c: ID!) { contactTasks(communityId: $c) { nodes { id requestId } } }";
    let tasks = world.run(Who::Specialist, query, json!({ "c": community })).await;
    let tasks = tasks["data"]["contactTasks"]["nodes"].as_array().unwrap().clone();
    let task = tasks.iter().find(|t| t["requestId"] == taken["id"]).unwrap();
    let input = json!({ "id": task["id"] });
    story.did(Who::Specialist, "contactTaskComplete", input, "contactTask { doneAt }").await;
    let input = json!({ "communityId": community, "phone": phone });
    story.did(Who::Specialist, "personLookup", input, "persons { id name }").await;
    let number = &request["number"];
    let input = json!({ "number": number, "trackingCode": code });
    story.did(Who::Nobody, "serviceRequestFollowCodeSend", input, "status").await;
    let once = world.code(phone).await;
    let input = json!({ "number": number, "trackingCode": code, "oneTimeCode": once });
    story.did(Who::Nobody, "serviceRequestFollowVerify", input, "follow { token }").await;
    world.advance(Duration::hours(2));
    world.mutate(Who::Nobody, "registrationCodeSend", json!({ "phone": phone }), "status").await;
    let code = world.code(phone).await;
    let input = json!({ "phone": phone, "code": code, "name": "周奶奶", "password": PASSWORD });
    let fields = "tokens { accessToken }";
    let tokens = world.mutate(Who::Nobody, "register", input, fields).await;
    let before = world.number("SELECT COUNT(*) FROM event").await;
    let token = tokens["tokens"]["accessToken"].as_str().unwrap();
    let query =
        "mutation($i: PersonLinkInput!) { personLink(input: $i) { personId errors { code } } }";
    let facts = json!({ "requestNumber": number, "trackingCode": made["trackingCode"] });
    let linked = world.run_with(Some(token), query, json!({ "i": facts })).await;
    assert_eq!(linked["data"]["personLink"]["errors"], json!([]), "{linked}");
    story.wrote("personLink", before).await;
}

async fn appointments(story: &Story) {
    let world = &story.world;
    let community = world.places().await.community.to_string();
    let names = json!({ "zhHans": "党群服务站" });
    let new =
        json!({ "kind": "SERVICE_STATION", "code": "S9", "parentId": community, "names": names });
    let station = world.mutate(Who::Manager, "placeCreate", new, "place { id }").await;
    let station = station["place"]["id"].clone();
    let plan = json!({ "stationId": station, "kind": "WINDOW", "slotMinutes": 30, "capacity": 2 });
    story.did(Who::Manager, "appointmentPlanSet", plan, "plan { version }").await;
    let fields = "appointment { id version state }";
    let query = "query($s: ID!, $d: NaiveDate!) { appointmentSlots(stationId: $s, kind: WINDOW, \
                 from: $d, to: $d) { start } }";
    let today = world.app.day(world.app.clock.now());
    let offered = world.run(Who::Nobody, query, json!({ "s": station, "d": today })).await;
    let start = |n: usize| offered["data"]["appointmentSlots"][n]["start"].clone();
    let slot = |n: usize, request: &Value| {
        json!({ "requestId": request["id"], "stationId": station, "kind": "WINDOW",
            "start": start(n) })
    };
    let request = world.submit().await;
    let made = story.did(Who::Resident, "appointmentBook", slot(0, &request), fields).await;
    let step = |row: &Value| json!({ "id": row["appointment"]["id"], "expectedVersion": row["appointment"]["version"] });
    let mut to = step(&made);
    to["start"] = start(1);
    let made = story.did(Who::Resident, "appointmentMove", to, fields).await;
    story.did(Who::Resident, "appointmentCancel", step(&made), fields).await;
    let made = story.did(Who::Resident, "appointmentBook", slot(2, &request), fields).await;
    let made = story.did(Who::Specialist, "appointmentArrive", step(&made), fields).await;
    story.did(Who::Specialist, "appointmentComplete", step(&made), fields).await;
    let places = world.places().await;
    let input = json!({ "stationId": station, "kind": "WINDOW", "start": start(3), "request": {
        "communityId": community, "matterId": places.matter.to_string(), "title": "约好再来" } });
    let name = "serviceRequestSubmitWithAppointment";
    let both = format!("done {{ {fields} }}");
    let made = story.did(Who::Resident, name, input, &both).await["done"].clone();
    world.advance(Duration::hours(8));
    story.did(Who::Specialist, "appointmentMarkNoShow", step(&made), fields).await;
}

/// Order, dispatch, accept.
async fn wishes(story: &Story) {
    use crate::{
        wish_operations::{item, offered},
        wishes::{CLAIM, WISH, made, published, verified},
    };
    let (world, manager) = (&story.world, Who::Manager);
    let (resident, claimer) = (Who::Resident, Who::Claimer);
    let versioned = |o: &Value| json!({ "id": o["id"], "expectedVersion": o["version"] });
    let with = |mut input: Value, more: Value| {
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    let community = world.places().await.community.to_string();
    let input = json!({ "communityId": community, "category": "HOUSEHOLD",
        "names": { "zhHans": "小维修" } });
    story.did(manager, "helpItemCreate", input, "item { id }").await;
    let input = with(versioned(&item(world).await), json!({ "perDays": 60 }));
    story.did(manager, "helpItemChange", input, "item { perDays }").await;
    let input = json!({ "communityId": community, "category": "OTHER", "need": "一盏台灯",
        "shareContact": true, "submit": false });
    let wish = &story.did(resident, "wishMake", input, WISH).await["wish"];
    let wish = &story
        .did(resident, "wishChange", with(versioned(wish), json!({ "quantity": 2 })), WISH)
        .await["wish"];
    let wish = &story.did(resident, "wishSubmit", versioned(wish), WISH).await["wish"];
    let card = json!({ "card": { "zhHans": "台灯" }, "handOver": "STATION", "valueYuan": 80 });
    let wish = &story.did(manager, "wishVerify", with(versioned(wish), card), WISH).await["wish"];
    let wish = &story.did(manager, "wishPublish", versioned(wish), WISH).await["wish"];
    let wish = &story.did(manager, "wishUnpublish", versioned(wish), WISH).await["wish"];
    let wish = &story.did(manager, "wishPublish", versioned(wish), WISH).await["wish"];
    let input = json!({ "wishId": wish["id"] });
    let claim = &story.did(claimer, "wishClaim", input, CLAIM).await["claim"];
    let claim = &story.did(claimer, "wishClaimRenew", versioned(claim), CLAIM).await["claim"];
    let input = json!({ "id": claim["id"] });
    story.did(claimer, "wishClaimContactReveal", input, "contact { phone }").await;
    let input = with(versioned(claim), json!({ "to": { "phone": Who::Volunteer.phone() } }));
    story.did(claimer, "wishClaimHandOver", input, "offer { id }").await;
    // What was read is offered once.
    let version = claim["version"].as_i64().unwrap() + 1;
    let claim = &json!({ "id": claim["id"], "version": version });
    let claim = &story.did(claimer, "wishClaimDeliver", versioned(claim), CLAIM).await["claim"];
    let input = with(versioned(claim), json!({ "reason": "灯不亮" }));
    let claim = &story.did(resident, "wishClaimRefuse", input, CLAIM).await["claim"];
    let claim = &story.did(claimer, "wishClaimDeliver", versioned(claim), CLAIM).await["claim"];
    story.did(resident, "wishClaimConfirm", versioned(claim), CLAIM).await;
    let input = json!({ "wishId": published(world, json!({})).await["id"] });
    let claim = &story.did(claimer, "wishClaim", input, CLAIM).await["claim"];
    story.did(claimer, "wishClaimRelease", versioned(claim), CLAIM).await;
    let input = with(versioned(&verified(world, json!({})).await), json!({ "minutes": 60 }));
    let wish = &story.did(manager, "wishOffer", input, WISH).await["wish"];
    story.did(manager, "wishOffersStop", versioned(wish), WISH).await;
    let offer = offered(world, claimer).await.1;
    story.did(claimer, "wishOfferAccept", versioned(&offer), CLAIM).await;
    let offer = offered(world, claimer).await.1;
    story.did(claimer, "wishOfferDecline", versioned(&offer), "offer { state }").await;
    let wish = made(world, json!({})).await;
    let input = json!({ "id": wish["id"], "reason": "核实" });
    story.did(manager, "wishContactReveal", input, "contact { phone }").await;
    let input = with(versioned(&wish), json!({ "reason": "不受理" }));
    story.did(manager, "wishDecline", input, WISH).await;
    let wish = made(world, json!({})).await;
    story.did(resident, "wishWithdraw", versioned(&wish), WISH).await;
    crate::wishes::consistent(world).await;
    let secretary = Who::Secretary;
    for name in ["partyMemberAdd", "partyMembershipTransfer", "partyMembershipEnd"] {
        let input = crate::party::input(world, name).await.unwrap();
        story.did(secretary, name, input, "membership { id }").await;
    }
}

/// Seats that become free, and are accepted.
async fn offered(story: &Story, party: &str) {
    let world = &story.world;
    let more = json!({ "capacity": 1, "offerMinutes": 60 });
    let small = activities::published(world, more).await;
    let first = activities::party(world, Who::Specialist, &small, ("先", 1)).await;
    let next = activities::register(world, Who::Resident, &small, json!({})).await;
    activities::cancel(world, Who::Specialist, &first).await;
    let input = json!({ "registrationId": next["id"], "expectedVersion": 2 });
    story.did(Who::Resident, "activityOfferAccept", input, party).await;
}

async fn one_a_week(story: &Story) {
    let (world, manager) = (&story.world, Who::Manager);
    let community = world.places().await.community.to_string();
    let versioned = |o: &Value| json!({ "id": o["id"], "expectedVersion": o["version"] });
    let with = |mut input: Value, more: Value| {
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    let words = json!({ "zhHans": "敬老月", "en": "Month of the elderly" });
    let input = json!({ "communityId": community, "year": 2025, "month": 6, "titles": words });
    let theme = &story.did(manager, "themeCreate", input, "theme { id version }").await["theme"];
    let input = with(versioned(theme), json!({ "descriptions": words }));
    story.did(manager, "themeChange", input, "theme { title description }").await;
    let input = json!({ "communityId": community, "names": words });
    let made = story.did(manager, "partnerOrganisationCreate", input, "partner { id version }");
    let partner = &made.await["partner"];
    let input = with(versioned(partner), json!({ "names": { "zhHans": "市医院" } }));
    story.did(manager, "partnerOrganisationChange", input, "partner { name }").await;
    let input =
        json!({ "communityId": community, "isoYear": 2026, "isoWeek": 8, "reason": "春节" });
    story.did(manager, "activityWeekExempt", input, "week { isoWeek }").await;
    let input = json!({ "communityId": community, "isoYear": 2026, "isoWeek": 8 });
    story.did(manager, "activityWeekInclude", input, "week { isoWeek }").await;

    let fields = format!("activity {{ {} }}", activities::ACTIVITY);
    let more =
        json!({ "kind": "FREE_CLINIC", "themeId": theme["id"], "partnerIds": [partner["id"]] });
    let input = activities::plan(world, more).await;
    let made = &story.did(manager, "activityCreate", input, &fields).await["activity"];
    let made = &story.did(manager, "activityPublish", versioned(made), &fields).await["activity"];
    let input = with(versioned(made), json!({ "capacity": 40 }));
    let made = &story.did(manager, "activityChange", input, &fields).await["activity"];
    let input = json!({ "activityId": made["id"], "expectedVersion": made["version"],
        "session": activities::session(world, 300) });
    let made = &story.did(manager, "activitySessionAdd", input, &fields).await["activity"];
    let input = json!({ "sessionId": made["sessions"][1]["id"], "place": "活动室",
        "expectedVersion": made["version"] });
    let made = &story.did(manager, "activitySessionChange", input, &fields).await["activity"];
    let input = json!({ "sessionId": made["sessions"][1]["id"],
        "expectedVersion": made["version"] });
    let made = &story.did(manager, "activitySessionRemove", input, &fields).await["activity"];

    let party = "registration { id code version }";
    let input = json!({ "activityId": made["id"] });
    let own = story.did(Who::Resident, "activityRegister", input.clone(), party).await;
    let other = story.did(Who::Neighbour, "activityRegister", input, party).await;
    let input = json!({ "registrationId": other["registration"]["id"], "expectedVersion": 1 });
    story.did(Who::Neighbour, "activityRegistrationCancel", input, party).await;
    let input = json!({ "activityId": made["id"], "beneficiary": { "name": "周奶奶" } });
    let third = story.did(Who::Specialist, "activityRegister", input, party).await;
    offered(story, party).await;
    activities::begin(world, made);
    let session = &made["sessions"][0]["id"];
    let input = json!({ "sessionId": session, "code": own["registration"]["code"] });
    story.did(Who::Specialist, "activityCheckIn", input, "checkIn { id }").await;
    let scan = json!({ "code": third["registration"]["code"], "scannedAt": made["startsAt"] });
    let input = json!({ "sessionId": session, "scans": [scan] });
    story.did(Who::Specialist, "activityCheckInUpload", input, "results { outcome }").await;
    let input = json!({ "sessionId": session, "people": 4 });
    story.did(Who::Specialist, "activityWalkInsAdd", input.clone(), "session { walkIns }").await;
    let input = json!({ "sessionId": session });
    let ticket = "ticket { id version number }";
    story.did(Who::Specialist, "activityTicketIssue", input.clone(), ticket).await;
    let called = story.did(Who::Specialist, "activityTicketCall", input, ticket).await;
    let called = &called["ticket"];
    let input = json!({ "ticketId": called["id"], "expectedVersion": called["version"] });
    story.did(Who::Specialist, "activityTicketServe", input, ticket).await;
    world.advance(Duration::hours(3));
    let input = with(versioned(made), json!({ "report": "很热闹" }));
    story.did(manager, "activityMarkHeld", input, &fields).await;
    let input = json!({ "registrationId": own["registration"]["id"], "score": 5, "text": "很好" });
    story.did(Who::Resident, "activityFeedbackGive", input, "feedback { score }").await;
    let other = activities::published(world, json!({})).await;
    let input = with(versioned(&other), json!({ "reason": "下雨" }));
    story.did(manager, "activityCancel", input, &fields).await;
    activities::consistent(world).await;
}

async fn volunteering(story: &Story) {
    use crate::volunteers::{TEAM, VOLUNTEER, consistent, versioned, with};
    let (world, manager, own) = (&story.world, Who::Manager, Who::Resident);
    let community = json!({ "communityId": world.places().await.community.to_string() });
    let mut rows = Vec::new();
    for who in [own, Who::Neighbour] {
        let made = story.did(who, "volunteerApply", community.clone(), VOLUNTEER).await;
        let input = with(versioned(&made["volunteer"]), json!({ "accept": true }));
        rows.push(
            story.did(manager, "volunteerDecide", input, VOLUNTEER).await["volunteer"].clone(),
        );
    }
    let input = with(versioned(&rows[0]), json!({ "skills": ["REPAIR"] }));
    let row = story.did(own, "volunteerChange", input, VOLUNTEER).await["volunteer"].clone();

    let input = with(community.clone(), json!({ "names": { "zhHans": "队" } }));
    let team = story.did(manager, "teamCreate", input, TEAM).await["team"].clone();
    let input = with(versioned(&team), json!({ "leaderId": row["id"] }));
    story.did(manager, "teamChange", input, TEAM).await;
    let input = json!({ "id": team["id"], "volunteerId": rows[1]["id"] });
    story.did(own, "teamMemberAdd", input.clone(), TEAM).await;
    story.did(own, "teamMemberRemove", input, TEAM).await;

    let now = world.app.clock.now();
    let begins = json!({ "from": now + Duration::minutes(30), "until": now + Duration::hours(2) });
    let input = with(crate::shifts::shift_input(world, json!({})).await, begins);
    let planned = story.did(manager, "shiftCreate", input, "shifts { id version }").await;
    let shift = &planned["shifts"][0];
    let input = json!({ "shiftId": shift["id"] });
    story.did(Who::Neighbour, "shiftSignUp", input.clone(), "shift { id }").await;
    story.did(Who::Neighbour, "shiftSignOff", input.clone(), "shift { id }").await;
    story.did(own, "shiftSignUp", input, "shift { id }").await;

    let fields = crate::hours::HOURS;
    let input = with(community.clone(), json!({ "shiftId": shift["id"] }));
    let open = story.did(own, "hoursCheckIn", input, fields).await;
    world.advance(Duration::minutes(50));
    let done = story.did(own, "hoursCheckOut", versioned(&open["hours"]), fields).await;
    let input =
        with(community.clone(), json!({ "from": now, "until": now + Duration::minutes(9) }));
    let entered = story.did(own, "hoursEnter", input, fields).await;
    let input = with(versioned(&entered["hours"]), json!({ "approve": true }));
    story.did(manager, "hoursDecide", input, fields).await;
    let input = with(versioned(&done["hours"]), json!({ "reason": "记错了" }));
    story.did(manager, "hoursCorrect", input, fields).await;
    let today = world.app.day(world.app.clock.now());
    let input = with(community, json!({ "from": "2025-01-01", "until": today }));
    story.did(own, "volunteerCertificateIssue", input, "certificate { number }").await;

    story.did(manager, "shiftCancel", versioned(shift), "shift { id }").await;
    story.did(own, "teamLeave", json!({ "id": team["id"] }), TEAM).await;
    story.did(own, "volunteerLeave", versioned(&row), VOLUNTEER).await;
    consistent(world).await;
}

async fn responsible(story: &Story) {
    use crate::blocks::{BLOCK, TERM, input};
    for (who, name, fields) in [
        (Who::Manager, "blockChange", BLOCK),
        (Who::Manager, "officeTermBegin", TERM),
        (Who::Overseer, "officeTermEnd", TERM),
        (Who::Manager, "officeStandInSet", TERM),
        (Who::Overseer, "officeStandInCancel", TERM),
        (Who::Overseer, "agencyTermsSet", "agency { version }"),
    ] {
        let input = input(&story.world, name, "").await.unwrap();
        story.did(who, name, input, fields).await;
    }
}

async fn incidents(story: &Story) {
    for (who, name, fields) in crate::incident_operations::STORY {
        let input = Box::pin(crate::incident_operations::input(&story.world, name)).await.unwrap();
        story.did(who, name, input, fields).await;
    }
}
