//! Acting for somebody else, for named things and for a time, and ending it at once.

use chrono::Duration;
use linli::{
    delegations::queries::{Covers, acts_for},
    kernel::Actor,
};
use serde_json::{Value, json};

use crate::{
    activities::{self, PARTY},
    world::{PASSWORD, REQUEST, Who, World, input_type},
};

pub const DELEGATION: &str = "delegation { id state version availableActions delegatePhone coversWishes \
                              coversRegistrations matters { code } principal { name phone } \
                              delegate { name phone } }";

/// What the resident would send to give the neighbour a delegation for the matter of the tests.
pub async fn gift(world: &World, more: Value) -> Value {
    let mut input = json!({
        "delegatePhone": Who::Neighbour.phone(),
        "matterIds": [world.places().await.matter.to_string()],
        "until": world.app.clock.now() + Duration::days(30),
    });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

async fn try_give(world: &World, who: Who, more: Value) -> Value {
    world.mutate(who, "delegationGive", gift(world, more).await, DELEGATION).await
}

/// Given by the resident to the neighbour.
pub async fn given(world: &World, more: Value) -> Value {
    let payload = try_give(world, Who::Resident, more).await;
    assert_eq!(payload["errors"], json!([]));
    payload["delegation"].clone()
}

pub async fn step(world: &World, who: Who, name: &str, delegation: &Value) -> Value {
    let input = json!({ "id": delegation["id"], "expectedVersion": delegation["version"] });
    let payload = world.mutate(who, name, input, DELEGATION).await;
    assert_eq!(payload["errors"], json!([]), "{name}");
    payload["delegation"].clone()
}

/// And accepted.
pub async fn accepted(world: &World, more: Value) -> Value {
    accepted_from(world, Who::Resident, more).await
}

/// Given to the neighbour by somebody else, and accepted.
pub async fn accepted_from(world: &World, principal: Who, more: Value) -> Value {
    let payload = try_give(world, principal, more).await;
    assert_eq!(payload["errors"], json!([]));
    step(world, Who::Neighbour, "delegationAccept", &payload["delegation"]).await
}

/// The code with which a mutation is refused at the top: not even its payload says more.
async fn refused(world: &World, who: Who, name: &str, input: Value) -> String {
    let kind = input_type(name);
    let query = format!("mutation($i: {kind}!) {{ {name}(input: $i) {{ errors {{ code }} }} }}");
    let answer = world.run(who, &query, json!({ "i": input })).await;
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    code.unwrap_or_else(|| panic!("{name} was not refused: {answer}")).to_owned()
}

fn versioned(object: &Value) -> Value {
    json!({ "id": object["id"], "expectedVersion": object["version"] })
}

/// A new request of the resident's, submitted by the neighbour.
async fn submission(world: &World, delegation: &Value, more: Value) -> Value {
    let places = world.places().await;
    let mut input = json!({ "communityId": places.community.to_string(),
        "matterId": places.matter.to_string(), "title": "代母亲办理", "delegationId": delegation["id"] });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

async fn submitted(world: &World, delegation: &Value) -> Value {
    let input = submission(world, delegation, json!({})).await;
    let fields =
        format!("submitted {{ trackingCode receipt serviceRequest {{ {REQUEST} assisted }} }}");
    let made = world.mutate(Who::Neighbour, "serviceRequestSubmit", input, &fields).await;
    assert_eq!(made["errors"], json!([]));
    assert_eq!(made["submitted"]["trackingCode"], json!(null), "it would outlast the delegation");
    let receipt = made["submitted"]["receipt"].as_str().unwrap();
    assert!(receipt.contains("Number: ") && !receipt.contains("Tracking code"), "{receipt}");
    made["submitted"]["serviceRequest"].clone()
}

async fn listed(world: &World, who: Who, delegation: &Value) -> Value {
    let query = "query($id: ID!) { delegation(id: $id) { serviceRequests { totalCount nodes { id } } \
                 activityRegistrations { totalCount nodes { id code members { name } } } } }";
    let answer = world.run(who, query, json!({ "id": delegation["id"] })).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["delegation"].clone()
}

async fn actor(world: &World, who: Who) -> Actor {
    let token = world.token(who).await.unwrap();
    linli::identity::queries::actor(&world.app, &token).await.unwrap()
}

/// Somebody got a text message that begins like this.
async fn told(world: &World, who: Who, begin: &str) {
    linli::notifications::service::deliver_all(&world.app, &world.sms).await.unwrap();
    let texts = world.sms.kept();
    let found = texts.iter().any(|(to, text)| *to == who.phone() && text.starts_with(begin));
    assert!(found, "{who:?}: {texts:?}");
}

#[tokio::test]
async fn a_neighbour_acts_for_a_resident_until_it_is_ended_at_once() {
    let world = World::new().await;
    let (resident, neighbour, specialist) = (Who::Resident, Who::Neighbour, Who::Specialist);
    let delegation = accepted(&world, json!({})).await;
    let request = submitted(&world, &delegation).await;
    assert_eq!(request["assisted"], true);
    assert_eq!(request["availableActions"], json!(["WITHDRAW"]));

    let request = world.step(specialist, "serviceRequestTake", &request, json!({})).await;
    let ask = json!({ "text": "请补充照片" });
    let request = world.step(specialist, "serviceRequestAsk", &request, ask).await;
    let seen = world.look(neighbour, &request).await;
    assert_eq!(seen["availableActions"], json!(["ANSWER", "WITHDRAW"]));
    let answer = json!({ "text": "已上传" });
    let request = world.step(neighbour, "serviceRequestAnswer", &request, answer).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    let request = world.step(specialist, "serviceRequestResolve", &request, result).await;
    let yes = json!({ "via": "ONLINE" });
    let request = world.step(neighbour, "serviceRequestConfirm", &request, yes).await;
    assert_eq!(request["confirmation"], "CONFIRMED");
    assert_eq!(request["availableActions"], json!(["REOPEN"]), "not to rate");

    // It is the resident's: in their list, and in the neighbour's only by the delegation.
    let mine = "{ serviceRequests(filter: { mine: true }) { totalCount } \
                all: serviceRequests { totalCount } }";
    let of = |who| {
        let world = &world;
        async move {
            let data = world.run(who, mine, json!({})).await["data"].clone();
            (data["serviceRequests"]["totalCount"].clone(), data["all"]["totalCount"].clone())
        }
    };
    assert_eq!(of(resident).await, (json!(1), json!(1)));
    assert_eq!(of(neighbour).await, (json!(0), json!(0)));
    let list = listed(&world, neighbour, &delegation).await;
    assert_eq!(list["serviceRequests"]["nodes"], json!([{ "id": request["id"] }]));
    assert_eq!(list["activityRegistrations"]["totalCount"], 0, "it covers none");

    step(&world, resident, "delegationEnd", &delegation).await;
    for query in ["serviceRequest", "node"] {
        let query = format!("query($id: ID!) {{ found: {query}(id: $id) {{ id }} }}");
        let answer = world.run(neighbour, &query, json!({ "id": request["id"] })).await;
        assert_eq!(answer["data"]["found"], json!(null), "{query}");
    }
    let query = "query($n: String!) { serviceRequestByNumber(number: $n) { id } }";
    let answer = world.run(neighbour, query, json!({ "n": request["number"] })).await;
    assert_eq!(answer["data"]["serviceRequestByNumber"], json!(null));
    let mut reopen = versioned(&request);
    reopen["reason"] = json!("没办好");
    reopen["via"] = json!("ONLINE");
    assert_eq!(refused(&world, neighbour, "serviceRequestReopen", reopen).await, "NOT_FOUND");
    let again = submission(&world, &delegation, json!({})).await;
    assert_eq!(refused(&world, neighbour, "serviceRequestSubmit", again).await, "NOT_FOUND");
    let list = listed(&world, neighbour, &delegation).await;
    assert_eq!(list["serviceRequests"]["totalCount"], 0);
    world.consistent().await;
}

#[tokio::test]
async fn every_event_says_who_acted_for_whom_and_names_the_delegate_to_few() {
    let world = World::new().await;
    let delegation = accepted(&world, json!({})).await;
    let request = submitted(&world, &delegation).await;
    let request = world.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    let request = world.step(Who::Specialist, "serviceRequestResolve", &request, result).await;
    world
        .step(
            Who::Resident,
            "serviceRequestReopen",
            &request,
            json!({ "via": "ONLINE", "reason": "名字写错了" }),
        )
        .await;
    let query = "query($id: ID!) { serviceRequest(id: $id) { description events { kind actedAs onBehalf \
                 beneficiary { name phone } delegate { name phone } } } }";
    let id = json!({ "id": request["id"] });
    let events = async |who: Who| {
        let answer = world.run(who, query, id.clone()).await;
        answer["data"]["serviceRequest"]["events"].as_array().unwrap().clone()
    };
    let told = |events: &[Value]| -> Vec<(String, String, Value)> {
        let text = |e: &Value, key: &str| e[key].as_str().unwrap().to_owned();
        events
            .iter()
            .map(|e| (text(e, "kind"), text(e, "actedAs"), e["delegate"]["name"].clone()))
            .collect()
    };
    let seen = |name: Value| {
        [
            ("REOPENED", "REQUESTER", json!(null)),
            ("RESOLVED", "STAFF", json!(null)),
            ("TAKEN", "STAFF", json!(null)),
            ("SUBMITTED", "DELEGATE", name),
        ]
        .map(|(kind, by, name)| (kind.to_owned(), by.to_owned(), name))
        .to_vec()
    };
    for who in [Who::Resident, Who::Specialist, Who::Manager] {
        assert_eq!(told(&events(who).await), seen(json!("N**")), "{who:?}");
    }
    assert_eq!(told(&events(Who::Neighbour).await), seen(json!("Neighbour 全名")));
    assert_eq!(told(&events(Who::Overseer).await), seen(json!(null)), "it is not theirs to know");
    let first = &events(Who::Neighbour).await[3];
    assert_eq!(first["beneficiary"], json!({ "name": "R**", "phone": null }));
    // Of two delegates neither is told who the other is.
    let other = given(&world, json!({ "delegatePhone": Who::Stranger.phone() })).await;
    step(&world, Who::Stranger, "delegationAccept", &other).await;
    assert_eq!(told(&events(Who::Stranger).await), seen(json!(null)));
    // In the database: actor, beneficiary, and by what.
    let row = "SELECT COUNT(*) FROM event e JOIN account a ON a.id = e.actor_id JOIN person p \
               ON p.id = e.beneficiary_id WHERE e.kind = 'REQUEST_SUBMITTED' \
               AND a.staff_name = 'Neighbour' AND p.name LIKE 'Resident%' \
               AND e.data->>'delegation' LIKE 'dlg%'";
    assert_eq!(world.number(row).await, 1);
    // Reading for somebody is written down for them.
    let log = "{ readLog { nodes { purpose requestId } } }";
    let log = world.run(Who::Resident, log, json!({})).await;
    let read = json!({ "purpose": "CONTENT", "requestId": request["id"] });
    assert!(log["data"]["readLog"]["nodes"].as_array().unwrap().contains(&read), "{log}");
}

#[tokio::test]
async fn a_delegate_does_not_rate_read_addresses_or_reveal() {
    let world = World::new().await;
    accepted(&world, json!({})).await;
    let request = world.submit_as(Who::Resident, json!({ "address": "幸福路1号" })).await;
    let request = &request["serviceRequest"];
    let query = "query($id: ID!) { serviceRequest(id: $id) { address ratings { id } internalNotes { id } \
                 requester { name phone } publicNotes { id } } }";
    let seen = world.run(Who::Neighbour, query, json!({ "id": request["id"] })).await;
    let shown = &seen["data"]["serviceRequest"];
    assert_eq!(shown["requester"], json!({ "name": "R**", "phone": null }));
    for field in ["address", "ratings", "internalNotes"] {
        assert_eq!(shown[field], json!(null), "{field}");
    }
    let reveal = json!({ "requestId": request["id"], "reason": "想知道" });
    // They see the request, but nothing of the person.
    let code = refused(&world, Who::Neighbour, "personalDataReveal", reveal).await;
    assert_eq!(code, "NOT_FOUND");
    let closed = world.step(Who::Specialist, "serviceRequestTake", request, json!({})).await;
    let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
    let closed = world.step(Who::Specialist, "serviceRequestResolve", &closed, result).await;
    let closed =
        world.step(Who::Neighbour, "serviceRequestConfirm", &closed, json!({ "via": "ONLINE" }));
    let rate = json!({ "id": closed.await["id"], "level": "SATISFIED" });
    assert_eq!(refused(&world, Who::Neighbour, "serviceRequestRate", rate).await, "FORBIDDEN");
    let take = json!({ "id": world.submit().await["id"], "expectedVersion": 1 });
    assert_eq!(refused(&world, Who::Neighbour, "serviceRequestTake", take).await, "FORBIDDEN");
}

#[tokio::test]
async fn giving_is_the_same_for_a_phone_that_nobody_has() {
    let world = World::new().await;
    let phone = "+8613655550000";
    let known = given(&world, json!({})).await;
    let unknown = given(&world, json!({ "delegatePhone": "136 5555 0000" })).await;
    for key in ["state", "version", "availableActions", "delegate", "principal", "matters"] {
        assert_eq!(known[key], unknown[key], "{key}");
    }
    assert_eq!(unknown["delegatePhone"], "****0000");
    let text = world.last_sms(phone).await.unwrap();
    assert!(!text.contains("Resident") && !text.contains("****"), "it names nobody: {text}");
    told(&world, Who::Neighbour, "A resident asks you to act").await;

    // Whoever gets an account with it can accept.
    let sent = json!({ "phone": phone });
    world.mutate(Who::Nobody, "registrationCodeSend", sent, "status").await;
    let code = world.code(phone).await;
    let input = json!({ "phone": phone, "code": code, "name": "女儿", "password": PASSWORD });
    let fields = "tokens { accessToken }";
    let made = world.mutate(Who::Nobody, "register", input, fields).await;
    let token = made["tokens"]["accessToken"].as_str().unwrap();
    let query = "mutation($i: DelegationAcceptInput!) { delegationAccept(input: $i) { \
                 delegation { state principal { name } delegate { name } delegatePhone } } }";
    let input = json!({ "i": versioned(&unknown) });
    let answer = world.run_with(Some(token), query, input).await;
    assert_eq!(
        answer["data"]["delegationAccept"]["delegation"],
        json!({ "state": "ACTIVE", "principal": { "name": "R**" }, "delegate": { "name": "女儿" },
            "delegatePhone": null })
    );
    // What she reads for the resident is written down with her masked name.
    let request = world.submit().await;
    let query = "query($id: ID!) { serviceRequest(id: $id) { description } }";
    world.run_with(Some(token), query, json!({ "id": request["id"] })).await;
    let log = "{ readLog { nodes { reader { name } requestId } } }";
    let log = world.run(Who::Resident, log, json!({})).await;
    let read = json!([{ "reader": { "name": "女**" }, "requestId": request["id"] }]);
    assert_eq!(log["data"]["readLog"]["nodes"], read);
    let answer = world.run(
        Who::Resident,
        "{ ownDelegations { nodes { delegate { name phone } } } }",
        json!({}),
    );
    let nodes = answer.await["data"]["ownDelegations"]["nodes"].as_array().unwrap().clone();
    assert_eq!(nodes.len(), 2);
    assert!(nodes.contains(&json!({ "delegate": { "name": "女**", "phone": null } })), "{nodes:?}");
    assert!(nodes.contains(&json!({ "delegate": null })));
}

#[tokio::test]
async fn nobody_else_sees_accepts_or_ends_it() {
    let world = World::new().await;
    let made = given(&world, json!({})).await;
    let look = "query($id: ID!) { delegation(id: $id) { id } node(id: $id) { id } \
                ownDelegations { totalCount } }";
    for who in [Who::Specialist, Who::Manager, Who::Admin, Who::Auditor, Who::Stranger] {
        for name in ["delegationAccept", "delegationDecline", "delegationEnd"] {
            assert_eq!(refused(&world, who, name, versioned(&made)).await, "NOT_FOUND", "{who:?}");
        }
        let seen = world.run(who, look, json!({ "id": made["id"] })).await;
        let nothing =
            json!({ "delegation": null, "node": null, "ownDelegations": { "totalCount": 0 } });
        assert_eq!(seen["data"], nothing, "{who:?}");
    }
    // Not even who gave it answers it.
    let own = refused(&world, Who::Resident, "delegationAccept", versioned(&made)).await;
    assert_eq!(own, "FORBIDDEN");
    // A phone that nobody verified is nobody's.
    let phone = "+8613622220000";
    let staff = json!({ "phone": phone, "name": "新专员" });
    world.mutate(Who::Admin, "staffCreate", staff, "staff { id }").await;
    let other = given(&world, json!({ "delegatePhone": phone })).await;
    let actor = Actor::System("test");
    let tokens = linli::identity::service::admin_token(&world.app, &actor, phone).await.unwrap();
    let query =
        "mutation($i: DelegationAcceptInput!) { delegationAccept(input: $i) { errors { code } } }";
    let input = json!({ "i": versioned(&other) });
    let answer = world.run_with(Some(&tokens.access_token), query, input).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");

    let declined = step(&world, Who::Neighbour, "delegationDecline", &made).await;
    assert_eq!(declined["state"], "DECLINED");
    assert_eq!(
        refused(&world, Who::Neighbour, "delegationAccept", versioned(&declined)).await,
        "NOT_FOUND"
    );
    let input = submission(&world, &made, json!({})).await;
    assert_eq!(refused(&world, Who::Neighbour, "serviceRequestSubmit", input).await, "NOT_FOUND");
}

#[tokio::test]
async fn it_is_in_force_from_its_first_instant_to_its_last() {
    let world = World::new().await;
    let now = world.app.clock.now();
    let (from, until) = (now + Duration::days(1), now + Duration::days(2));
    let delegation = accepted(&world, json!({ "from": from, "until": until })).await;
    let request = world.submit().await;
    let withdraw = async || {
        refused(&world, Who::Neighbour, "serviceRequestWithdraw", versioned(&request)).await
    };
    let see = async || {
        let query = "query($id: ID!) { serviceRequest(id: $id) { availableActions } }";
        let answer = world.run(Who::Neighbour, query, json!({ "id": request["id"] })).await;
        answer["data"]["serviceRequest"].clone()
    };
    assert_eq!(withdraw().await, "NOT_FOUND", "too early");
    world.app.clock.set(from);
    assert_eq!(see().await, json!({ "availableActions": ["WITHDRAW"] }));
    world.app.clock.set(until);
    assert_eq!(withdraw().await, "NOT_FOUND", "over");
    assert_eq!(see().await, json!(null));
    let query = "query($id: ID!) { delegation(id: $id) { state availableActions } }";
    let shown = world.run(Who::Resident, query, json!({ "id": delegation["id"] })).await;
    assert_eq!(shown["data"]["delegation"], json!({ "state": "EXPIRED", "availableActions": [] }));
    let end = versioned(&delegation);
    let payload = world.mutate(Who::Resident, "delegationEnd", end, DELEGATION).await;
    assert_eq!(payload["errors"][0]["code"], "ILLEGAL_TRANSITION");
}

#[tokio::test]
async fn what_it_does_not_cover_is_not_there() {
    let world = World::new().await;
    let delegation = accepted(&world, json!({})).await;
    let matter = world.matter("CA-01").await.to_string();
    let made = world.submit_as(Who::Resident, json!({ "matterId": matter })).await;
    let other = &made["serviceRequest"];
    let withdraw = versioned(other);
    assert_eq!(
        refused(&world, Who::Neighbour, "serviceRequestWithdraw", withdraw).await,
        "NOT_FOUND"
    );
    let query = "query($id: ID!) { serviceRequest(id: $id) { id } }";
    let seen = world.run(Who::Neighbour, query, json!({ "id": other["id"] })).await;
    assert_eq!(seen["data"]["serviceRequest"], json!(null));
    assert_eq!(
        listed(&world, Who::Neighbour, &delegation).await["serviceRequests"]["totalCount"],
        0
    );
    let input = submission(&world, &delegation, json!({ "matterId": matter })).await;
    let fields = "submitted { trackingCode }";
    let payload = world.mutate(Who::Neighbour, "serviceRequestSubmit", input, fields).await;
    assert_eq!(payload["errors"][0]["code"], "NOT_DELEGATED");
    assert_eq!(payload["errors"][0]["path"], json!(["delegationId"]));
    // Nor does the other way: the principal of one does not act for the delegate.
    let theirs = world.submit_as(Who::Neighbour, json!({})).await["serviceRequest"].clone();
    assert_eq!(
        refused(&world, Who::Resident, "serviceRequestWithdraw", versioned(&theirs)).await,
        "NOT_FOUND"
    );
    let own = submission(&world, &delegation, json!({})).await;
    assert_eq!(refused(&world, Who::Resident, "serviceRequestSubmit", own).await, "NOT_FOUND");
    let input = submission(&world, &delegation, json!({ "beneficiary": { "name": "某人" } })).await;
    assert_eq!(
        refused(&world, Who::Neighbour, "serviceRequestSubmit", input).await,
        "BAD_USER_INPUT"
    );
}

#[tokio::test]
async fn registrations_are_made_kept_and_given_up_for_somebody() {
    let world = World::new().await;
    let covered = json!({ "matterIds": [], "registrations": true });
    let delegation = accepted(&world, covered).await;
    let activity = activities::published(&world, json!({ "capacity": 2 })).await;
    let by = json!({ "delegationId": delegation["id"], "ageBand": "SENIOR" });
    let made = activities::register(&world, Who::Neighbour, &activity, by).await;
    let query =
        "{ myActivityRegistrations { nodes { id registeredByStaff registeredByDelegate } } }";
    let mine = |who| {
        let world = &world;
        async move {
            let answer = world.run(who, query, json!({})).await;
            answer["data"]["myActivityRegistrations"]["nodes"].clone()
        }
    };
    assert_eq!(
        mine(Who::Resident).await,
        json!([{ "id": made["id"], "registeredByStaff": false, "registeredByDelegate": true }])
    );
    assert_eq!(mine(Who::Neighbour).await, json!([]));
    let list = listed(&world, Who::Neighbour, &delegation).await;
    assert_eq!(list["activityRegistrations"]["nodes"][0]["code"], made["code"]);
    told(&world, Who::Resident, "Your delegate registered you").await;

    // Also what staff entered for the resident before they had an account.
    let (person, facts) = world.earlier_record().await;
    let second = activities::published(&world, json!({})).await;
    let more = json!({ "beneficiary": { "personId": person } });
    let earlier = activities::register(&world, Who::Specialist, &second, more).await;
    let keep = json!({ "registrationId": earlier["id"], "expectedVersion": 1 });
    let cancel = "activityRegistrationCancel";
    assert_eq!(refused(&world, Who::Neighbour, cancel, keep.clone()).await, "NOT_FOUND");
    world.link(facts).await;
    let gone = world.mutate(Who::Neighbour, cancel, keep, PARTY).await;
    assert_eq!(gone["registration"]["endedBy"], "PARTY");
    told(&world, Who::Resident, "Your delegate took").await;

    step(&world, Who::Neighbour, "delegationEnd", &delegation).await;
    let keep = json!({ "registrationId": made["id"], "expectedVersion": 1 });
    assert_eq!(refused(&world, Who::Neighbour, cancel, keep).await, "NOT_FOUND");
    let input = json!({ "activityId": second["id"], "delegationId": delegation["id"] });
    assert_eq!(refused(&world, Who::Neighbour, "activityRegister", input).await, "NOT_FOUND");
    let matters = accepted(&world, json!({})).await;
    let input = json!({ "activityId": second["id"], "delegationId": matters["id"] });
    let payload = world.mutate(Who::Neighbour, "activityRegister", input, PARTY).await;
    assert_eq!(payload["errors"][0]["code"], "NOT_DELEGATED");
    activities::consistent(&world).await;
}

#[tokio::test]
async fn a_retry_is_answered_only_while_it_lasts() {
    let world = World::new().await;
    let delegation = accepted(&world, json!({ "registrations": true })).await;
    let key = json!({ "idempotencyKey": "one" });
    let input = submission(&world, &delegation, key.clone()).await;
    let fields = "submitted { trackingCode serviceRequest { id } }";
    let name = "serviceRequestSubmit";
    let first = world.mutate(Who::Neighbour, name, input.clone(), fields).await;
    let again = world.mutate(Who::Neighbour, name, input.clone(), fields).await;
    assert_eq!(first, again);
    let activity = activities::published(&world, json!({})).await;
    let register = json!({ "activityId": activity["id"], "delegationId": delegation["id"],
        "idempotencyKey": "one" });
    for _ in 0..2 {
        let made = world.mutate(Who::Neighbour, "activityRegister", register.clone(), PARTY).await;
        assert_eq!(made["errors"], json!([]));
    }
    step(&world, Who::Resident, "delegationEnd", &delegation).await;
    assert_eq!(refused(&world, Who::Neighbour, name, input).await, "NOT_FOUND");
    assert_eq!(refused(&world, Who::Neighbour, "activityRegister", register).await, "NOT_FOUND");
    // Giving under one key gives once.
    let input = gift(&world, json!({ "idempotencyKey": "g" })).await;
    let first = world.mutate(Who::Resident, "delegationGive", input.clone(), DELEGATION).await;
    let again = world.mutate(Who::Resident, "delegationGive", input, DELEGATION).await;
    assert_eq!(first, again);
    assert_eq!(world.number("SELECT COUNT(*) FROM delegation").await, 2);
}

#[tokio::test]
async fn whoever_is_locked_or_was_linked_does_not_act_nor_anybody_for_who_is_locked() {
    use sea_orm::ConnectionTrait;
    let of = |what: &str, who: Who| format!("UPDATE {what} WHERE phone = '{}'", who.phone());
    let linked = format!(
        "person SET merged_into = (SELECT p.id FROM person p WHERE p.phone = '{}')",
        Who::Colleague.phone()
    );
    for change in [
        of("account SET state = 'LOCKED'", Who::Neighbour),
        of("account SET state = 'LOCKED'", Who::Resident),
        of(&linked, Who::Neighbour),
    ] {
        let world = World::new().await;
        accepted(&world, json!({ "registrations": true })).await;
        let (resident, neighbour) =
            (actor(&world, Who::Resident).await, actor(&world, Who::Neighbour).await);
        let matter = Covers::Matter(world.places().await.matter);
        let covers = async || {
            let tx = world.app.begin(&neighbour).await.unwrap();
            let mut found = Vec::new();
            for what in [matter, Covers::Registrations, Covers::Wishes] {
                let by = acts_for(&tx, resident.person().unwrap(), what).await.unwrap();
                found.push(by.is_some());
            }
            found
        };
        assert_eq!(covers().await, [true, true, false]);
        world.app.db.writer().execute_unprepared(&change).await.unwrap();
        assert_eq!(covers().await, [false; 3], "{change}");
    }
}

#[tokio::test]
async fn what_is_given_is_checked_with_its_path_and_has_limits() {
    let world = World::new().await;
    let now = world.app.clock.now();
    for (more, code, path) in [
        (json!({ "matterIds": [] }), "REQUIRED", "matterIds"),
        (
            json!({ "matterIds": ["mat_00000000000070008000000000000000"] }),
            "UNKNOWN_REFERENCE",
            "matterIds",
        ),
        (json!({ "until": now }), "INVALID_VALUE", "until"),
        (json!({ "until": now + Duration::days(367) }), "INVALID_VALUE", "until"),
        (json!({ "from": now + Duration::days(40) }), "INVALID_VALUE", "until"),
        (json!({ "delegatePhone": "abc" }), "INVALID_PHONE", "delegatePhone"),
        (json!({ "delegatePhone": Who::Resident.phone() }), "INVALID_VALUE", "delegatePhone"),
    ] {
        let payload = try_give(&world, Who::Resident, more).await;
        assert_eq!(payload["errors"][0]["code"], code, "{payload}");
        assert_eq!(payload["errors"][0]["path"], json!([path]), "{payload}");
    }
    for n in 0..20 {
        given(&world, json!({ "delegatePhone": format!("1360000{n:04}") })).await;
    }
    let more = json!({ "delegatePhone": "13600009999" });
    let payload = try_give(&world, Who::Resident, more.clone()).await;
    assert_eq!(payload["errors"][0]["code"], "TOO_MANY_DELEGATIONS");
    let query = "{ ownDelegations(first: 1) { totalCount nodes { id version } } }";
    let own = world.run(Who::Resident, query, json!({})).await["data"]["ownDelegations"].clone();
    assert_eq!(own["totalCount"], 20);
    step(&world, Who::Resident, "delegationEnd", &own["nodes"][0]).await;
    given(&world, more).await;
    // Each is a text message to somebody who did not ask for it.
    let mut codes = Vec::new();
    for _ in 0..12 {
        let input = gift(&world, json!({ "delegatePhone": "13600008888" })).await;
        let query =
            "mutation($i: DelegationGiveInput!) { delegationGive(input: $i) { errors { code } } }";
        let answer = world.run(Who::Colleague, query, json!({ "i": input })).await;
        codes.push(answer["errors"][0]["extensions"]["code"].clone());
    }
    assert_eq!(codes.iter().filter(|c| **c == json!("RATE_LIMITED")).count(), 2, "{codes:?}");
}

#[tokio::test]
async fn each_party_is_told_what_the_other_did() {
    let world = World::new().await;
    let (resident, neighbour) = (Who::Resident, Who::Neighbour);
    let inbox = async |who: Who| {
        world.work().await;
        let query =
            "{ viewer { ... on Account { inbox { nodes { kind delegationId requestId } } } } }";
        let answer = world.run(who, query, json!({})).await;
        answer["data"]["viewer"]["inbox"]["nodes"].as_array().unwrap().clone()
    };
    let made = given(&world, json!({})).await;
    let of = |kind: &str| json!({ "kind": kind, "delegationId": made["id"], "requestId": null });
    assert!(inbox(neighbour).await.contains(&of("DELEGATION_GIVEN")));
    let made_by = step(&world, neighbour, "delegationAccept", &made).await;
    assert!(inbox(resident).await.contains(&of("DELEGATION_ACCEPTED")));
    world.advance(Duration::minutes(1));
    let request = submitted(&world, &made_by).await;
    told(&world, resident, "Your delegate acted for you in request").await;
    world.advance(Duration::minutes(1));
    world.step(neighbour, "serviceRequestWithdraw", &request, json!({})).await;
    let message =
        json!({ "kind": "REQUEST_WITHDRAWN", "delegationId": null, "requestId": request["id"] });
    assert!(inbox(resident).await.contains(&message));
    world.advance(Duration::minutes(1));
    step(&world, resident, "delegationEnd", &made_by).await;
    assert!(inbox(neighbour).await.contains(&of("DELEGATION_ENDED")));
    told(&world, neighbour, "A delegation has ended").await;
}

/// Whoever ends it waits for an act that is on its way, and whoever acts then comes too late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_waits_for_an_act_that_has_begun() {
    let (a, b) = World::new().await.pair().await;
    let delegation = accepted(&a, json!({})).await;
    let matter = Covers::Matter(a.places().await.matter);
    let (resident, neighbour) = (actor(&a, Who::Resident).await, actor(&a, Who::Neighbour).await);
    let principal = resident.person().unwrap();
    b.token(Who::Resident).await;

    let act = a.app.begin(&neighbour).await.unwrap();
    let by = acts_for(&act, principal, matter).await.unwrap().unwrap();
    assert_eq!(delegation["id"], by.to_string());
    let mut ending = {
        let (b, delegation) = (b.clone(), delegation.clone());
        tokio::spawn(async move { step(&b, Who::Resident, "delegationEnd", &delegation).await })
    };
    let soon = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(soon, &mut ending).await.is_err(), "it did not wait");
    drop(act);
    assert_eq!(ending.await.unwrap()["state"], "ENDED");
    let late = a.app.begin(&neighbour).await.unwrap();
    assert_eq!(acts_for(&late, principal, matter).await.unwrap(), None);
}

/// Delegates act as fast as they can while the principal ends it: what was done by the moment in which it
/// had ended is all that was ever done.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ending_and_acting_at_the_same_moment_have_one_order() {
    let (a, b) = World::new().await.pair().await;
    a.token(Who::Neighbour).await;
    b.token(Who::Neighbour).await;
    for round in 0..4 {
        let delegation = accepted(&a, json!({})).await;
        let input = submission(&a, &delegation, json!({})).await;
        let withdrawn = a.submit().await;
        let count = "SELECT COUNT(*) FROM event WHERE data->>'delegation' IS NOT NULL \
                     AND aggregate = 'service_request'";
        let before = a.number(count).await;
        let mut acts = Vec::new();
        for n in 0..8 {
            let world = if n % 2 == 0 { a.clone() } else { b.clone() };
            let (input, withdrawn) = (input.clone(), withdrawn.clone());
            acts.push(tokio::spawn(async move {
                let (name, input) = if n == 0 {
                    ("serviceRequestWithdraw", versioned(&withdrawn))
                } else {
                    ("serviceRequestSubmit", input)
                };
                let kind = input_type(name);
                let query = format!(
                    "mutation($i: {kind}!) {{ {name}(input: $i) {{ errors {{ code }} }} }}"
                );
                let mut done = 0;
                for _ in 0..6 {
                    let answer = world.run(Who::Neighbour, &query, json!({ "i": input })).await;
                    match answer["errors"][0]["extensions"]["code"].as_str() {
                        Some(code) => assert_eq!(code, "NOT_FOUND", "{answer}"),
                        None if answer["data"][name]["errors"] == json!([]) => done += 1,
                        None => assert_eq!(n, 0, "{answer}"),
                    }
                }
                done
            }));
        }
        let end = {
            let (b, delegation) = (b.clone(), delegation.clone());
            tokio::spawn(async move {
                // Some of them are on their way by then.
                while b.number(count).await < before + round {
                    tokio::task::yield_now().await;
                }
                step(&b, Who::Resident, "delegationEnd", &delegation).await;
                b.number(count).await
            })
        };
        let by_the_end = end.await.unwrap();
        let mut done = 0;
        for act in acts {
            done += act.await.unwrap();
        }
        assert_eq!(a.number(count).await, by_the_end, "{done} in round {round}");
        let kept = "SELECT COUNT(*) FROM delegation WHERE state = 'ENDED'";
        assert_eq!(a.number(kept).await, round + 1);
        a.app.clock.advance(Duration::hours(2));
    }
    a.consistent().await;
}

/// Of accepting and taking back at the same moment one comes first.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accepting_and_taking_back_at_the_same_moment_end_in_one_state() {
    let (a, b) = World::new().await.pair().await;
    for _ in 0..5 {
        let made = given(&a, json!({})).await;
        let input = versioned(&made);
        let tasks = [
            (a.clone(), Who::Neighbour, "delegationAccept"),
            (b.clone(), Who::Resident, "delegationEnd"),
            (b.clone(), Who::Neighbour, "delegationDecline"),
        ]
        .map(|(world, who, name)| {
            let input = input.clone();
            tokio::spawn(async move {
                let kind = input_type(name);
                let query = format!(
                    "mutation($i: {kind}!) {{ {name}(input: $i) {{ errors {{ code }} }} }}"
                );
                let answer = world.run(who, &query, json!({ "i": input })).await;
                let faulted = answer["errors"][0]["extensions"]["code"] == "NOT_FOUND";
                let refused = answer["data"][name]["errors"][0]["code"] == "STALE_VERSION";
                assert!(
                    faulted || refused || answer["data"][name]["errors"] == json!([]),
                    "{answer}"
                );
                i64::from(!faulted && !refused)
            })
        });
        let mut won = 0;
        for task in tasks {
            won += task.await.unwrap();
        }
        assert_eq!(won, 1);
    }
    let gaps = "SELECT COUNT(*) FROM (SELECT aggregate_id FROM event GROUP BY aggregate_id \
                HAVING COUNT(*) <> MAX(seq)) gaps";
    assert_eq!(a.number(gaps).await, 0);
}

#[tokio::test]
async fn a_registration_says_who_acted_and_names_the_delegate_to_few() {
    let world = World::new().await;
    let delegation = accepted(&world, json!({ "registrations": true })).await;
    let activity = activities::published(&world, json!({})).await;
    let more = json!({ "delegationId": delegation["id"] });
    let made = activities::register(&world, Who::Neighbour, &activity, more).await;
    activities::cancel(&world, Who::Neighbour, &made).await;
    let own = activities::register(&world, Who::Resident, &activity, json!({})).await;
    world.advance(Duration::seconds(1));
    activities::cancel(&world, Who::Resident, &own).await;
    let account =
        linli::identity::queries::account_by_phone(&world.app, &Who::Resident.phone()).await;
    let person = account.unwrap().unwrap().person_id.to_string();
    let more = json!({ "beneficiary": { "personId": person } });
    activities::register(&world, Who::Specialist, &activity, more).await;

    let parts = "nodes { id events { kind actedAs delegate { name phone } } }";
    let told = |nodes: &Value| -> Vec<String> {
        let mut lines = Vec::new();
        for node in nodes.as_array().unwrap() {
            for event in node["events"].as_array().unwrap_or(&Vec::new()) {
                let name = event["delegate"]["name"].as_str().unwrap_or("-");
                assert!(event["delegate"]["phone"].is_null());
                lines.push(format!("{} {} {name}", event["kind"], event["actedAs"]));
            }
        }
        lines.sort();
        lines.iter().map(|line| line.replace('"', "")).collect()
    };
    let seen = |name: &str| {
        vec![
            format!("CANCELLED DELEGATE {name}"),
            "CANCELLED REGISTRANT -".to_owned(),
            format!("REGISTERED DELEGATE {name}"),
            "REGISTERED REGISTRANT -".to_owned(),
            "REGISTERED STAFF -".to_owned(),
        ]
    };
    let mine = format!("{{ myActivityRegistrations {{ {parts} }} }}");
    let answer = world.run(Who::Resident, &mine, json!({})).await;
    assert_eq!(told(&answer["data"]["myActivityRegistrations"]["nodes"]), seen("N**"));
    let all = format!("query($id: ID!) {{ activityRegistrations(activityId: $id) {{ {parts} }} }}");
    let answer = world.run(Who::Specialist, &all, json!({ "id": activity["id"] })).await;
    assert_eq!(told(&answer["data"]["activityRegistrations"]["nodes"]), seen("N**"));
    let list = format!(
        "query($id: ID!) {{ delegation(id: $id) {{ activityRegistrations {{ {parts} }} }} }}"
    );
    let other = json!({ "registrations": true, "delegatePhone": Who::Stranger.phone() });
    let other = given(&world, other).await;
    let other = step(&world, Who::Stranger, "delegationAccept", &other).await;
    // Of two delegates neither is told who the other is.
    for (who, by, name) in
        [(Who::Neighbour, &delegation, "Neighbour 全名"), (Who::Stranger, &other, "-")]
    {
        let answer = world.run(who, &list, json!({ "id": by["id"] })).await;
        let nodes = &answer["data"]["delegation"]["activityRegistrations"]["nodes"];
        assert_eq!(told(nodes), seen(name), "{who:?}");
    }
}

/// Whoever moves up did nothing, and nobody is told who gave up the seats.
#[tokio::test]
async fn what_happens_to_a_party_by_itself_names_nobody() {
    let world = World::new().await;
    let activity = activities::published(&world, json!({ "capacity": 1 })).await;
    let first = activities::register(&world, Who::Colleague, &activity, json!({})).await;
    activities::register(&world, Who::Resident, &activity, json!({})).await;
    activities::cancel(&world, Who::Colleague, &first).await;
    let query =
        "{ myActivityRegistrations { nodes { events { kind actedAs delegate { name } } } } }";
    let answer = world.run(Who::Resident, query, json!({})).await;
    let expected = json!([
        { "kind": "REGISTERED", "actedAs": "REGISTRANT", "delegate": null },
        { "kind": "PROMOTED", "actedAs": "PORTAL", "delegate": null },
    ]);
    assert_eq!(answer["data"]["myActivityRegistrations"]["nodes"][0]["events"], expected);
}

#[tokio::test]
async fn what_nobody_answered_ends_with_an_event() {
    let world = World::new().await;
    let made = given(&world, json!({})).await;
    let kept = accepted_from(&world, Who::Colleague, json!({})).await;
    let count =
        "SELECT COUNT(*) FROM event WHERE kind = 'DELEGATION_EXPIRED' AND actor_kind = 'SYSTEM'";
    world.work().await;
    assert_eq!(world.number(count).await, 0, "it waits");
    world.advance(Duration::days(31));
    world.work().await;
    world.work().await;
    assert_eq!(world.number(count).await, 1, "once, and not what was answered");
    let ended = "SELECT COUNT(*) FROM delegation WHERE delegate_phone IS NULL AND state = 'ENDED' \
                 AND ended_at = until_at AND version = 2";
    assert_eq!(world.number(ended).await, 1, "{made} {kept}");
    let told = "SELECT COUNT(*) FROM inbox_message WHERE kind = 'DELEGATION_EXPIRED'";
    assert_eq!(world.number(told).await, 0, "not a word to a phone that may be anybody's");
}

#[tokio::test]
async fn a_retry_costs_nothing_and_strangers_do_not_use_up_a_phone() {
    let world = World::new().await;
    let query =
        "mutation($i: DelegationGiveInput!) { delegationGive(input: $i) { errors { code } } }";
    let phone = "13600007777";
    let give = async |who: Who, more: Value| {
        let mut input = gift(&world, json!({ "delegatePhone": phone })).await;
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let answer = world.run(who, query, json!({ "i": input })).await;
        let fault = answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned);
        let refused = &answer["data"]["delegationGive"]["errors"][0]["code"];
        fault.unwrap_or_else(|| refused.as_str().unwrap_or("none").to_owned())
    };
    for _ in 0..12 {
        assert_eq!(give(Who::Resident, json!({ "idempotencyKey": "k" })).await, "none");
    }
    // What is refused sends nothing and counts for nothing.
    for _ in 0..12 {
        let until = world.app.clock.now();
        assert_eq!(give(Who::Resident, json!({ "until": until })).await, "INVALID_VALUE");
    }
    for _ in 0..9 {
        assert_eq!(give(Who::Resident, json!({})).await, "none");
    }
    assert_eq!(give(Who::Resident, json!({})).await, "RATE_LIMITED");
    // Somebody else's attempts are not the neighbour's.
    for _ in 0..10 {
        assert_eq!(give(Who::Neighbour, json!({})).await, "none");
    }
    for _ in 0..10 {
        assert_eq!(give(Who::Colleague, json!({})).await, "none");
    }
    // All of them together have an end too.
    assert_eq!(give(Who::Specialist, json!({})).await, "RATE_LIMITED");
    world.advance(Duration::hours(1));
    assert_eq!(give(Who::Specialist, json!({})).await, "none");
}
