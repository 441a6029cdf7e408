//! Every operation as everybody: what comes of it, as one table for reviewers.
//!
//! Each row meets objects of its own in the state that the operation needs, so that no cell depends
//! on the one before it, and everybody gets a world of their own.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    activities, delegations,
    schema::{build, introspect, value},
    volunteers,
    world::{PASSWORD, Who, World, input_type},
};
use linli::{
    identity::service::{NewGrant, grant},
    kernel::Actor,
};
use linli_entity::enums::Role;

/// Who asks. The requester and the owner are those of the objects; the last two serve elsewhere.
const COLUMNS: [(&str, Who); 17] = [
    ("anonymous", Who::Nobody),
    ("resident", Who::Neighbour),
    ("requester", Who::Resident),
    ("specialist", Who::Colleague),
    ("owner", Who::Specialist),
    ("manager", Who::Manager),
    ("block lead", Who::BlockLead),
    ("secretary", Who::Secretary),
    ("overseer", Who::Overseer),
    ("auditor", Who::Auditor),
    ("administrator", Who::Admin),
    ("claimer", Who::Claimer),
    ("volunteer", Who::Volunteer),
    ("general lead", Who::GeneralLead),
    ("agency officer", Who::Officer),
    ("other's specialist", Who::Stranger),
    ("other's manager", ELSEWHERE),
];
/// A resident in their own column, a manager of another community in the last.
const ELSEWHERE: Who = Who::Neighbour;

/// Operations that are asked in more than one way; the way is named behind the operation.
const WAYS: &[(&str, &[&str])] = &[
    ("serviceRequestSubmit", &["for oneself", "for somebody", "by a delegation"]),
    ("activityRegister", &["for oneself", "by a delegation"]),
    ("serviceRequestConfirm", &["online", "recorded"]),
    ("serviceRequestReopen", &["online", "recorded"]),
    ("serviceRequestWithdraw", &["online", "recorded"]),
    ("serviceRequestAppeal", &["online", "recorded"]),
    ("serviceRequestRate", &["online", "recorded"]),
    ("placeCreate", &["block", "department", "subdistrict"]),
    ("calendarPublish", &["from tomorrow", "for the past"]),
    ("requestStatistics", &["day", "last month", "last quarter"]),
    ("wishStatistics", &["day", "last month", "last quarter"]),
    ("incidentStatistics", &["day", "last month", "last quarter"]),
    ("auditTrail", &["community", "system"]),
    (
        "node",
        &[
            "request",
            "place",
            "matter",
            "venue",
            "booking of a venue",
            "wish",
            "claim of a wish",
            "delegation",
            "volunteer",
            "team",
            "shift",
            "incident",
            "task of an agency",
        ],
    ),
    ("serviceRequestLikelyDuplicates", &["own", "of somebody"]),
    ("serviceRequest", &["pool", "confidential"]),
    ("venueBook", &["for oneself", "for somebody"]),
    ("wishMake", &["for oneself", "for somebody"]),
    ("wishWithdraw", &["online", "recorded"]),
    ("wishClaimConfirm", &["online", "recorded"]),
    ("officeTermBegin", &["block lead", "general lead"]),
];

/// An operation, whether it is a mutation, its field in the schema, and the way in which it is asked.
type Row = (String, bool, Value, String);

/// One column's world.
struct Scene {
    world: World,
    who: Who,
    community: String,
    matter: String,
    /// An account of nobody who asks.
    bystander: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_as_everybody() {
    let schema = World::new().await.with_config(|c| c.limits.depth = 30);
    let args =
        "args { name defaultValue type { kind name ofType { kind name ofType { kind name } } } }";
    let query = format!(
        "{{ __schema {{ queryType {{ fields {{ name {args} type {{ kind name ofType {{ kind name ofType \
         {{ kind name ofType {{ kind name }} }} }} }} }} }} mutationType {{ fields {{ name }} }} \
         types {{ name kind enumValues {{ name }} fields {{ name }} inputFields {{ name defaultValue \
         type {{ kind name ofType {{ kind name ofType {{ kind name ofType {{ kind name ofType {{ kind \
         name }} }} }} }} }} }} }} }} }}"
    );
    let data = introspect(&schema, &query).await["__schema"].clone();
    let mut rows: Vec<Row> = Vec::new();
    for (root, mutation) in [("queryType", false), ("mutationType", true)] {
        for field in data[root]["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let ways = WAYS.iter().find(|(n, _)| *n == name).map_or(&[""][..], |(_, ways)| ways);
            for way in ways {
                rows.push((name.to_owned(), mutation, field.clone(), (*way).to_owned()));
            }
        }
    }
    // These end the session that asks; before them, activities and volunteers let time pass.
    rows.sort_by_key(|r| {
        let ends = ["", "passwordChange", "sessionRevoke"].iter().position(|n| *n == r.0.as_str());
        (ends, r.0.starts_with("activity") || volunteers::is_about(&r.0))
    });
    let (rows, types) = (Arc::new(rows), Arc::new(data["types"].clone()));
    let mut columns: Vec<Vec<String>> = Vec::new();
    for pair in COLUMNS.chunks(2) {
        let asked = pair.iter().map(|(column, who)| {
            let (rows, types) = (rows.clone(), types.clone());
            tokio::spawn(async move {
                let mut codes = Vec::new();
                // One person may not submit as much in an hour as all of them need.
                for part in rows.chunks(80) {
                    codes.extend(Scene::new(column, *who).await.all(part, &types).await);
                }
                codes
            })
        });
        for column in asked.collect::<Vec<_>>() {
            columns.push(column.await.unwrap());
        }
    }
    let mut text = String::new();
    for (index, (name, mutation, _, way)) in rows.iter().enumerate() {
        let cells: Vec<&String> = columns.iter().map(|c| &c[index]).collect();
        let kind = if *mutation { "mutation" } else { "query" };
        let way = if way.is_empty() { String::new() } else { format!(" ({way})") };
        text.push_str(&format!("{kind} {name}{way}\n"));
        let mut codes: Vec<&String> = Vec::new();
        for cell in &cells {
            if !codes.contains(cell) {
                codes.push(cell);
            }
        }
        for code in codes {
            let who: Vec<&str> =
                COLUMNS.iter().zip(&cells).filter(|(_, c)| **c == code).map(|(c, _)| c.0).collect();
            text.push_str(&format!("  {code:<22} {}\n", who.join(", ")));
        }
    }
    insta::assert_snapshot!(text);
}

/// What an answer came to: OK, EMPTY (seen, but nothing there), or the code of the refusal.
fn outcome(answer: &Value, name: &str) -> String {
    if let Some(code) = answer["errors"][0]["extensions"]["code"].as_str() {
        return code.to_owned();
    }
    assert!(answer["errors"].is_null(), "{name}: {answer}");
    let data = &answer["data"][name];
    if let Some(code) = data["errors"][0]["code"].as_str() {
        return code.to_owned();
    }
    let nothing = |v: &Value| v.as_array().is_some_and(Vec::is_empty);
    match data {
        Value::Null => "NOT_FOUND".to_owned(),
        list if nothing(list) || nothing(&list["nodes"]) => "EMPTY".to_owned(),
        Value::Bool(said) => said.to_string().to_uppercase(),
        _ => "OK".to_owned(),
    }
}

/// The type behind lists and non-nulls.
fn named(ty: &Value) -> &Value {
    if ty["name"].is_null() { named(&ty["ofType"]) } else { ty }
}

impl Scene {
    async fn new(column: &str, who: Who) -> Self {
        let world = World::new().await;
        let places = world.places().await;
        if column == "other's manager" {
            let other = linli::communities::queries::community_by_code(&world.app, "HP02");
            let scope = Some(other.await.unwrap().unwrap().id);
            let account = world.account(ELSEWHERE).await;
            let role = Role::CommunityManager;
            let new = NewGrant { account, role, scope, valid_until: None, staff_name: None };
            grant(&world.app, &Actor::System("test"), new).await.unwrap();
        }
        // Something to see in lists, of every kind of confidentiality.
        for code in ["CA-06", "CA-09", "PA-01"] {
            let matter = world.matter(code).await.to_string();
            world.submit_as(Who::Resident, json!({ "matterId": matter })).await;
        }
        let new = json!({ "phone": "13622228888", "name": "旁人" });
        let made = world.mutate(Who::Admin, "staffCreate", new, "staff { id }").await;
        Self {
            world,
            bystander: made["staff"]["id"].as_str().unwrap().to_owned(),
            who,
            community: places.community.to_string(),
            matter: places.matter.to_string(),
        }
    }

    async fn all(&self, rows: &[Row], types: &Value) -> Vec<String> {
        let mut codes = Vec::new();
        for (name, mutation, field, way) in rows {
            codes.push(if *mutation {
                self.mutation(types, name, way).await
            } else {
                self.query(types, field, way).await
            });
        }
        codes
    }

    async fn ask(&self, name: &str, query: &str, variables: Value) -> String {
        outcome(&self.world.run(self.who, query, variables).await, name)
    }

    async fn mutation(&self, types: &Value, name: &str, way: &str) -> String {
        let kind = input_type(name);
        let account = self.account(Who::Colleague).await;
        let ids = json!({ "id": "req_00000000000070008000000000000000", "assigneeId": account,
            "communityId": self.community, "matterId": self.matter, "accountId": account });
        let mut input = build(types.as_array().unwrap(), &kind, &ids);
        let mut more = Box::pin(self.appointment_input(name)).await;
        if more.is_none() {
            more = Box::pin(self.venue_input(name, way)).await;
        }
        if more.is_none() {
            more = Box::pin(crate::blocks::input(&self.world, name, way)).await;
        }
        if more.is_none() {
            more = Box::pin(crate::incident_operations::input(&self.world, name)).await;
        }
        if more.is_none() {
            more = Box::pin(crate::wish_operations::input(&self.world, name, way)).await;
        }
        if more.is_none() {
            more = Box::pin(crate::party::input(&self.world, name)).await;
        }
        if more.is_none() {
            more = Box::pin(self.delegation_input(name, way)).await;
        }
        if more.is_none() {
            more = Box::pin(volunteers::operation_input(&self.world, self.who, name)).await;
        }
        if more.is_none() {
            more = Box::pin(self.request_input(name, way)).await;
        }
        let more = match more {
            Some(more) => more,
            None => Box::pin(self.other_input(name, way)).await,
        };
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let query =
            format!("mutation($i: {kind}!) {{ {name}(input: $i) {{ errors {{ code }} }} }}");
        self.ask(name, &query, json!({ "i": input })).await
    }

    async fn query(&self, types: &Value, field: &Value, way: &str) -> String {
        let name = field["name"].as_str().unwrap();
        let types = types.as_array().unwrap();
        let ids = json!({ "id": self.matter, "communityId": self.community,
            "matterId": self.matter, "placeId": self.community });
        let mut given = json!({});
        for arg in field["args"].as_array().unwrap() {
            if arg["type"]["kind"] == "NON_NULL" && arg["defaultValue"].is_null() {
                let key = arg["name"].as_str().unwrap();
                given[key] = value(types, &arg["type"], key, &ids);
            }
        }
        for (key, value) in Box::pin(self.arguments(name, way)).await.as_object().unwrap() {
            given[key] = value.clone();
        }
        let (mut heads, mut tails) = (Vec::new(), Vec::new());
        for arg in field["args"].as_array().unwrap() {
            let key = arg["name"].as_str().unwrap();
            if given.get(key).is_some() {
                let mark = if arg["type"]["kind"] == "NON_NULL" { "!" } else { "" };
                heads.push(format!(
                    "${key}: {}{mark}",
                    named(&arg["type"])["name"].as_str().unwrap()
                ));
                tails.push(format!("{key}: ${key}"));
            }
        }
        let around = |parts: Vec<String>| {
            if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) }
        };
        let shown = named(&field["type"]);
        let ty = types.iter().find(|t| t["name"] == shown["name"]).unwrap();
        let connection =
            ty["fields"].as_array().is_some_and(|f| f.iter().any(|f| f["name"] == "nodes"));
        let selection = match shown["kind"].as_str().unwrap() {
            "SCALAR" | "ENUM" => "",
            _ if connection => "{ nodes { __typename } }",
            _ => "{ __typename }",
        };
        let query = format!("query{} {{ {name}{} {selection} }}", around(heads), around(tails));
        self.ask(name, &query, given).await
    }

    async fn account(&self, who: Who) -> String {
        self.world.account(who).await.to_string()
    }

    /// The resident's request, brought so far by its owner.
    async fn request(&self, steps: &[(&str, Value)]) -> Value {
        let mut request = self.world.submit().await;
        for (name, more) in steps {
            let who = match *name {
                "serviceRequestConfirm" => Who::Resident,
                _ => Who::Specialist,
            };
            request = self.world.step(who, name, &request, more.clone()).await;
        }
        request
    }

    /// The input of a step with a request, with a request that is ready for it.
    async fn request_input(&self, name: &str, way: &str) -> Option<Value> {
        let recorded = way == "recorded";
        let via = if recorded { "WINDOW" } else { "ONLINE" };
        let none = json!({});
        let take = ("serviceRequestTake", none.clone());
        let start = ("serviceRequestStart", none.clone());
        let ask = ("serviceRequestAsk", json!({ "text": "何时方便?" }));
        let hand = ("serviceRequestHandToDepartment", json!({ "text": "已上报" }));
        let more_time =
            ("serviceRequestRequestExtension", json!({ "workingDays": 2, "reason": "等系统" }));
        let resolve =
            ("serviceRequestResolve", json!({ "outcome": "FULFILLED", "text": "已办好" }));
        let confirm = ("serviceRequestConfirm", json!({ "via": "ONLINE" }));
        let decline = ("serviceRequestDecline", json!({ "text": "请到公安机关办理" }));
        let other = |who: Who| async move { self.account(who).await };
        let (steps, more) = match name.strip_prefix("serviceRequest")? {
            "Take" | "Decline" => (vec![], none),
            "Withdraw" => (vec![take], json!({ "via": via })),
            "Assign" => (vec![], json!({ "assigneeId": other(Who::Specialist).await })),
            "MarkDuplicate" => (
                vec![],
                json!({ "survivorId": self.request(std::slice::from_ref(&take)).await["id"] }),
            ),
            "Start" | "Return" => (vec![take], none),
            "Transfer" => (vec![take], json!({ "toId": other(Who::Colleague).await })),
            "Answer" => (vec![take, ask], none),
            "RecordDepartmentAnswer" => (vec![take, start, hand], none),
            "DecideExtension" => (vec![take, start, more_time], none),
            "Confirm" | "Reopen" => (vec![take, resolve], json!({ "via": via })),
            "Rate" => (vec![take, resolve, confirm], json!({ "via": via })),
            "Appeal" => (vec![decline], json!({ "via": via })),
            "Resolve" => (vec![take, start], json!({ "outcome": "FULFILLED" })),
            "Submit" | "FollowCodeSend" | "FollowVerify" => return None,
            _ => (vec![take, start], none),
        };
        let request = self.request(&steps).await;
        let mut input = json!({ "id": request["id"] });
        let kind = input_type(name);
        let sdl = linli::graphql::sdl();
        let declared = &sdl[sdl.find(&format!("input {kind} {{")).unwrap()..];
        if declared[..declared.find("\n}").unwrap()].contains("expectedVersion") {
            input["expectedVersion"] = request["version"].clone();
        }
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        Some(input)
    }

    /// The input of what concerns acting for somebody.
    async fn delegation_input(&self, name: &str, way: &str) -> Option<Value> {
        let world = &self.world;
        Some(match name {
            "serviceRequestSubmit" if way == "by a delegation" => {
                json!({ "delegationId": self.delegation().await })
            }
            "activityRegister" if way == "by a delegation" => {
                let activity = activities::published(world, json!({})).await;
                json!({ "activityId": activity["id"], "delegationId": self.delegation().await })
            }
            "delegationGive" => {
                delegations::gift(world, json!({ "delegatePhone": "13677778888" })).await
            }
            "delegationAccept" | "delegationDecline" | "delegationEnd" => {
                let made = delegations::given(world, json!({})).await;
                json!({ "id": made["id"], "expectedVersion": made["version"] })
            }
            _ => return None,
        })
    }

    /// Of the resident in a column of their own, by somebody who is nothing to the other rows.
    async fn delegation(&self) -> Value {
        let all = json!({ "registrations": true });
        delegations::accepted_from(&self.world, Who::Colleague, all).await["id"].clone()
    }

    async fn followed(&self) -> Value {
        let made = self.world.submit_as(Who::Resident, json!({})).await;
        json!({ "number": made["serviceRequest"]["number"], "trackingCode": made["trackingCode"] })
    }

    async fn matter(&self) -> Value {
        let code = format!("X-{}", self.world.number("SELECT COUNT(*) FROM matter").await);
        let fields = "matter { id version }";
        let input = self.matter_input(&code).await;
        self.world.mutate(Who::Manager, "matterCreate", input, fields).await["matter"].clone()
    }

    async fn matter_input(&self, code: &str) -> Value {
        let query = "query($c: ID!) { matters(communityId: $c) { nodes { department { id } } } }";
        let found = self.world.run(Who::Nobody, query, json!({ "c": self.community })).await;
        json!({ "communityId": self.community, "code": code, "content": content(),
            "departmentId": found["data"]["matters"]["nodes"][0]["department"]["id"] })
    }

    async fn leave(&self) -> Value {
        let count = self.world.number("SELECT COUNT(*) FROM staff_leave").await;
        let day = format!("2025-09-{:02}", count + 1);
        json!({ "communityId": self.community, "accountId": self.account(Who::Specialist).await,
            "fromDay": day, "untilDay": day })
    }

    async fn corrective(&self) -> Value {
        let request = self.world.resolved().await;
        let yes = json!({ "via": "ONLINE" });
        let request = self.world.step(Who::Resident, "serviceRequestConfirm", &request, yes).await;
        let bad = json!({ "level": "DISSATISFIED" });
        self.world.step(Who::Resident, "serviceRequestRate", &request, bad).await;
        let query = "query($c: ID!) { correctiveActions(communityId: $c) { nodes { id requestId version } } }";
        let open = self.world.run(Who::Manager, query, json!({ "c": self.community })).await;
        let nodes = open["data"]["correctiveActions"]["nodes"].as_array().unwrap().clone();
        nodes.into_iter().find(|n| n["requestId"] == request["id"]).unwrap()
    }

    async fn contact_task(&self) -> Value {
        let person = json!({ "name": "周奶奶", "contactPreference": "VISIT" });
        let input = json!({ "channel": "WINDOW", "beneficiary": person });
        let made = self.world.submit_as(Who::Specialist, input).await["serviceRequest"].clone();
        let taken = self.world.step(Who::Specialist, "serviceRequestTake", &made, json!({})).await;
        let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
        self.world.step(Who::Specialist, "serviceRequestResolve", &taken, result).await;
        self.world.work().await;
        let query = "query($c: ID!) { contactTasks(communityId: $c) { nodes { id requestId } } }";
        let tasks = self.world.run(Who::Manager, query, json!({ "c": self.community })).await;
        let tasks = tasks["data"]["contactTasks"]["nodes"].as_array().unwrap().clone();
        tasks.into_iter().find(|t| t["requestId"] == made["id"]).unwrap()
    }

    /// The input of everything else.
    async fn other_input(&self, name: &str, way: &str) -> Value {
        let account = &self.bystander;
        let versioned = |o: &Value| json!({ "id": o["id"], "expectedVersion": o["version"] });
        match name {
            "serviceRequestSubmit" if way == "for somebody" => {
                json!({ "channel": "WINDOW", "beneficiary": { "name": "周奶奶" } })
            }
            "serviceRequestFollowCodeSend" => self.followed().await,
            "serviceRequestFollowVerify" => {
                let mut input = self.followed().await;
                // What else waits goes out first, so that the code is the last message.
                self.world.work().await;
                let send = "serviceRequestFollowCodeSend";
                self.world.mutate(Who::Nobody, send, input.clone(), "status").await;
                input["oneTimeCode"] = json!(self.world.code(&Who::Resident.phone()).await);
                input
            }
            "personalDataReveal" => json!({ "requestId": self.world.submit().await["id"] }),
            "personLookup" => json!({ "phone": Who::Resident.phone() }),
            "accountLock" | "accountUnlock" => json!({ "accountId": account }),
            "roleGrant" => {
                json!({ "accountId": account, "role": "SPECIALIST", "scopeId": self.community })
            }
            "roleRevoke" => {
                let input = json!({ "accountId": account, "role": "COMMUNITY_MANAGER", "scopeId": self.community });
                let made = self.world.mutate(Who::Admin, "roleGrant", input, "grant { id }").await;
                json!({ "grantId": made["grant"]["id"] })
            }
            "staffCreate" => json!({ "phone": "13622229999" }),
            "placeCreate" => match way {
                "block" => json!({ "kind": "BLOCK", "code": "B9", "parentId": self.community }),
                "department" => {
                    let parent = self.world.places().await.subdistrict.to_string();
                    json!({ "kind": "DEPARTMENT", "code": "D9", "parentId": parent })
                }
                _ => json!({ "kind": "SUBDISTRICT", "code": "S9" }),
            },
            "placeChange" => {
                let query = "{ community(code: \"XF01\") { id version } }";
                let found = self.world.run(Who::Nobody, query, json!({})).await;
                versioned(&found["data"]["community"])
            }
            "matterCreate" => self.matter_input("X-new").await,
            "matterPublish" => {
                let mut input = versioned(&self.matter().await);
                input["content"] = content();
                input
            }
            // Nothing is said to be changed.
            "matterChange" | "matterSetActive" => versioned(&self.matter().await),
            "calendarPublish" => {
                let day = json!([{ "from": "10:00", "until": "14:00" }]);
                let rules = json!({ "seasons": [{ "from": "01-01", "week": vec![day; 7] }] });
                let from = if way == "for the past" { "2025-05-01" } else { "2025-07-01" };
                json!({ "kind": "OPENING", "rules": rules, "effectiveFrom": from, "reason": "更正" })
            }
            "dutyRosterSet" => json!({ "from": "2025-06-03", "until": "2025-06-03",
                "accountIds": [self.account(Who::Specialist).await] }),
            "leaveEnter" => self.leave().await,
            "leaveCancel" => {
                let input = self.leave().await;
                let made =
                    self.world.mutate(Who::Manager, "leaveEnter", input, "leave { id }").await;
                json!({ "id": made["leave"]["id"] })
            }
            "correctiveActionAssign" => {
                let mut input = versioned(&self.corrective().await);
                input["handlerId"] = json!(self.account(Who::Colleague).await);
                input
            }
            "correctiveActionComplete" => versioned(&self.corrective().await),
            "contactTaskComplete" => json!({ "id": self.contact_task().await["id"] }),
            "signIn" => json!({ "phone": Who::Resident.phone(), "password": PASSWORD }),
            "passwordChange" => {
                json!({ "currentPassword": PASSWORD, "newPassword": "yet another long one" })
            }
            "register" | "passwordReset" => json!({ "password": "yet another long one" }),
            _ => Box::pin(self.activity_input(name)).await,
        }
    }

    /// The input of what concerns rooms and one's own calendar.
    async fn venue_input(&self, name: &str, way: &str) -> Option<Value> {
        use crate::venues::{at, book, booked, room, room_input, text};
        if !name.starts_with("venue") && !name.starts_with("calendarFeed") {
            return None;
        }
        let world = &self.world;
        if name == "calendarFeedCreate" {
            return Some(json!({}));
        }
        if name == "calendarFeedRevoke" {
            // One's own where somebody asks who can have one.
            let who = if self.who == Who::Nobody { Who::Resident } else { self.who };
            let fields = "created { feed { id } }";
            let made = world.mutate(who, "calendarFeedCreate", json!({}), fields).await;
            return Some(json!({ "id": made["created"]["feed"]["id"] }));
        }
        if name == "venueCreate" {
            return Some(room_input(world, json!({})).await);
        }
        let room = room(world, json!({})).await;
        // In hours that no calendar of the other operations closes.
        let span = json!({ "venueId": room["id"], "from": text(at(60)), "until": text(at(120)) });
        let booking = match name {
            "venueBookingMove" | "venueBookingCancel" => {
                booked(world, Who::Resident, &room, 120, 180).await
            }
            // It begins at once.
            "venueBookingRecordUse" => {
                let now = world.app.clock.now();
                let span = (now, now + chrono::Duration::minutes(60));
                book(world, Who::Resident, &room, span, json!({})).await["booking"].clone()
            }
            _ => Value::Null,
        };
        let mut input = match name {
            "venueChange" => json!({ "id": room["id"], "expectedVersion": 1 }),
            "venueBook" => span,
            "venueBookSeries" => {
                let mut input = span;
                input["repeatUntil"] = json!("2025-06-17");
                input
            }
            _ => json!({ "id": booking["id"], "expectedVersion": booking["version"] }),
        };
        if way == "for somebody" {
            let community =
                json!({ "communityId": self.community, "phone": Who::Resident.phone() });
            let found =
                world.mutate(Who::Manager, "personLookup", community, "persons { id }").await;
            input["personId"] = found["persons"][0]["id"].clone();
            if self.who == Who::Resident {
                let phone = Who::Neighbour.phone();
                let of = json!({ "communityId": self.community, "phone": phone });
                let found = world.mutate(Who::Manager, "personLookup", of, "persons { id }").await;
                input["personId"] = found["persons"][0]["id"].clone();
            }
        }
        if name == "venueBookingMove" {
            input["from"] = json!(text(at(60)));
            input["until"] = json!(text(at(120)));
        }
        Some(input)
    }

    /// The arguments of queries that concern rooms and one's own calendar.
    async fn venue_arguments(&self, name: &str) -> Option<Value> {
        use crate::venues::{at, booked, room, text};
        if !name.starts_with("venue") && !["ownVenueBookings", "calendarFeed"].contains(&name) {
            return None;
        }
        let room = room(&self.world, json!({ "mostHeld": 100 })).await;
        let made = booked(&self.world, Who::Resident, &room, 60, 120).await;
        Some(match name {
            "venue" => json!({ "id": room["id"] }),
            "venueDays" | "venueBookings" => {
                json!({ "venueId": room["id"], "from": "2025-06-03", "until": "2025-06-04" })
            }
            "venueBooking" => json!({ "id": made["id"] }),
            "venueUse" => json!({ "from": "2025-06-01", "to": "2025-07-01" }),
            "venueSeriesPreview" => json!({ "input": { "venueId": room["id"],
                "from": text(at(0)), "until": text(at(60)), "repeatUntil": "2025-06-17" } }),
            _ => json!({}),
        })
    }

    /// The arguments of queries that concern wishes, branches and volunteers.
    async fn helping_arguments(&self, name: &str, way: &str) -> Option<Value> {
        let about = match way {
            "wish" | "volunteer" | "team" | "shift" => way,
            "claim of a wish" => "wishClaim",
            _ => name,
        };
        let found = match Box::pin(crate::wish_operations::arguments(&self.world, about)).await {
            None => Box::pin(crate::party::arguments(&self.world, name)).await,
            found => found,
        };
        match found {
            None => Box::pin(volunteers::operation_arguments(&self.world, about)).await,
            found => found,
        }
    }

    /// Those of blocks and incidents.
    async fn block_arguments(&self, name: &str, way: &str) -> Option<Value> {
        match Box::pin(crate::blocks::arguments(&self.world, name)).await {
            None => Box::pin(crate::incident_operations::arguments(&self.world, name, way)).await,
            found => found,
        }
    }

    /// The arguments of a query that matter.
    async fn arguments(&self, name: &str, way: &str) -> Value {
        if let Some(given) = Box::pin(self.appointment_arguments(name)).await {
            return given;
        }
        if let Some(given) = Box::pin(self.venue_arguments(name)).await {
            return given;
        }
        if let Some(given) = Box::pin(self.helping_arguments(name, way)).await {
            return given;
        }
        if let Some(given) = Box::pin(self.block_arguments(name, way)).await {
            return given;
        }
        match (name, way) {
            ("serviceRequest" | "node", "pool" | "request") => {
                json!({ "id": self.world.submit().await["id"] })
            }
            ("serviceRequest", _) => {
                let matter = self.world.matter("CA-09").await.to_string();
                let made = self.world.submit_as(Who::Resident, json!({ "matterId": matter })).await;
                json!({ "id": made["serviceRequest"]["id"] })
            }
            ("node", "venue") => self.venue_arguments("venue").await.unwrap(),
            ("node", "booking of a venue") => self.venue_arguments("venueBooking").await.unwrap(),
            ("node", "delegation") | ("delegation", _) => {
                json!({ "id": delegations::given(&self.world, json!({})).await["id"] })
            }
            ("ownDelegations", _) => {
                delegations::given(&self.world, json!({})).await;
                json!({})
            }
            ("node" | "place", "place" | "") => json!({ "id": self.community }),
            ("serviceRequestByNumber", _) => {
                json!({ "number": self.world.submit().await["number"] })
            }
            ("serviceRequestFollow", _) => self.followed().await,
            ("serviceRequestLikelyDuplicates", way) => {
                let person = "query($id: ID!) { serviceRequest(id: $id) { requester { id } } }";
                let request = self.world.submit().await;
                let seen =
                    self.world.run(Who::Resident, person, json!({ "id": request["id"] })).await;
                let person = &seen["data"]["serviceRequest"]["requester"]["id"];
                let mut input = json!({ "communityId": self.community, "matterId": self.matter,
                    "title": "办理老年人优待证" });
                if way == "of somebody" {
                    input["personId"] = person.clone();
                }
                json!({ "input": input })
            }
            ("community", _) => json!({ "code": "XF01" }),
            ("staffByPhone", _) => json!({ "phone": Who::Specialist.phone() }),
            ("auditTrail", "community") => json!({ "communityId": self.community }),
            ("requestStatistics" | "wishStatistics", way) => {
                let (from, to) = match way {
                    "day" => ("2025-06-03", "2025-06-04"),
                    "last month" => ("2025-05-01", "2025-06-01"),
                    _ => ("2025-01-01", "2025-04-01"),
                };
                json!({ "input": { "placeId": self.community, "from": from, "to": to } })
            }
            ("calendarPreview", _) => {
                let mut input = self.other_input("calendarPublish", "").await;
                input["communityId"] = json!(self.community);
                json!({ "input": input })
            }
            ("ratingsReceived" | "correctiveActions", _) => {
                self.corrective().await;
                json!({})
            }
            ("contactTasks", _) => {
                self.contact_task().await;
                json!({})
            }
            _ => Box::pin(self.activity_arguments(name)).await,
        }
    }
}

/// Activities, each operation with one of its own.
impl Scene {
    #[expect(clippy::too_many_lines, reason = "one match over every operation")]
    async fn activity_input(&self, name: &str) -> Value {
        let world = &self.world;
        let versioned = |o: &Value| json!({ "id": o["id"], "expectedVersion": o["version"] });
        match name {
            "themeCreate" => json!({ "year": 2025, "month": 9 }),
            "themeChange" => {
                let new = json!({ "communityId": self.community, "year": 2025, "month": 10,
                    "titles": { "zhHans": "敬老月" } });
                let made = world.mutate(Who::Manager, "themeCreate", new, "theme { id version }");
                versioned(&made.await["theme"])
            }
            "partnerOrganisationChange" => {
                let new = json!({ "communityId": self.community, "names": { "zhHans": "医院" } });
                let fields = "partner { id version }";
                let made = world.mutate(Who::Manager, "partnerOrganisationCreate", new, fields);
                versioned(&made.await["partner"])
            }
            "activityWeekExempt" => json!({ "isoYear": 2026, "isoWeek": 8 }),
            "activityWeekInclude" => {
                let week = json!({ "communityId": self.community, "isoYear": 2026, "isoWeek": 9,
                    "reason": "春节" });
                world.mutate(Who::Manager, "activityWeekExempt", week, "week { isoWeek }").await;
                json!({ "isoYear": 2026, "isoWeek": 9 })
            }
            "activityCreate" => activities::plan(world, json!({})).await,
            "activityChange" => versioned(&activities::published(world, json!({})).await),
            "activityPublish" | "activityCancel" => {
                versioned(&activities::drafted(world, json!({})).await)
            }
            "activityMarkHeld" => {
                let activity = activities::begun(world, json!({})).await;
                let mut input = versioned(&activity);
                input["attendance"] = json!(9);
                input
            }
            "activitySessionAdd" => {
                let activity = activities::published(world, json!({})).await;
                json!({ "activityId": activity["id"], "expectedVersion": activity["version"],
                    "session": activities::session(world, 200) })
            }
            "activitySessionChange" | "activitySessionRemove" => {
                let sessions =
                    json!([activities::session(world, 100), activities::session(world, 200)]);
                let activity = activities::published(world, json!({ "sessions": sessions })).await;
                json!({ "sessionId": activity["sessions"][1]["id"],
                    "expectedVersion": activity["version"] })
            }
            "activityRegister" => {
                json!({ "activityId": activities::published(world, json!({})).await["id"] })
            }
            "activityOfferAccept" => {
                let more = json!({ "capacity": 1, "offerMinutes": 60 });
                let activity = activities::published(world, more).await;
                let first = activities::party(world, Who::Manager, &activity, ("先", 1)).await;
                let made = activities::register(world, Who::Resident, &activity, json!({})).await;
                activities::cancel(world, Who::Manager, &first).await;
                json!({ "registrationId": made["id"], "expectedVersion": 2 })
            }
            "activityRegistrationCancel" => {
                let activity = activities::published(world, json!({})).await;
                let made = activities::register(world, Who::Resident, &activity, json!({})).await;
                json!({ "registrationId": made["id"], "expectedVersion": made["version"] })
            }
            "activityCheckIn" | "activityCheckInUpload" | "activityWalkInsAdd" => {
                let activity = activities::published(world, json!({})).await;
                let made = activities::register(world, Who::Resident, &activity, json!({})).await;
                activities::begin(world, &activity);
                let session = &activity["sessions"][0]["id"];
                match name {
                    "activityCheckIn" => json!({ "sessionId": session, "code": made["code"] }),
                    "activityWalkInsAdd" => json!({ "sessionId": session, "people": 3 }),
                    _ => json!({ "sessionId": session, "scans": [{ "code": made["code"],
                        "scannedAt": activity["startsAt"] }] }),
                }
            }
            "activityTicketIssue" | "activityTicketCall" | "activityTicketServe" => {
                let activity = activities::begun(world, json!({ "kind": "HAIRCUT" })).await;
                let input = json!({ "sessionId": activity["sessions"][0]["id"] });
                let ticket = async |name: &str| {
                    let fields = "ticket { id version }";
                    world.mutate(Who::Manager, name, input.clone(), fields).await["ticket"].clone()
                };
                ticket("activityTicketIssue").await;
                if name != "activityTicketServe" {
                    return input;
                }
                let called = ticket("activityTicketCall").await;
                json!({ "ticketId": called["id"], "expectedVersion": called["version"] })
            }
            "activityFeedbackGive" => {
                let activity = activities::published(world, json!({})).await;
                let made = activities::register(world, Who::Resident, &activity, json!({})).await;
                activities::begin(world, &activity);
                world.advance(chrono::Duration::hours(3));
                json!({ "registrationId": made["id"], "score": 4 })
            }
            _ => json!({}),
        }
    }

    async fn activity_arguments(&self, name: &str) -> Value {
        let world = &self.world;
        match name {
            "activity" => json!({ "id": activities::drafted(world, json!({})).await["id"] }),
            "activities" => {
                activities::published(world, json!({})).await;
                json!({})
            }
            "themes" => {
                let input = json!({ "communityId": self.community, "year": 2025, "month": 11,
                    "titles": { "zhHans": "消防月" } });
                world.mutate(Who::Manager, "themeCreate", input, "theme { id }").await;
                json!({ "year": 2025 })
            }
            "partnerOrganisations" => {
                let new = json!({ "communityId": self.community, "names": { "zhHans": "学校" } });
                world
                    .mutate(Who::Manager, "partnerOrganisationCreate", new, "partner { id }")
                    .await;
                json!({})
            }
            "activityRegistrations" | "activityFeedback" | "myActivityRegistrations" => {
                let activity = activities::published(world, json!({})).await;
                let made = activities::register(world, Who::Resident, &activity, json!({})).await;
                if name == "myActivityRegistrations" {
                    return json!({});
                }
                activities::begin(world, &activity);
                world.advance(chrono::Duration::hours(3));
                let input = json!({ "registrationId": made["id"], "score": 5 });
                let give = "activityFeedbackGive";
                world.mutate(Who::Resident, give, input, "feedback { score }").await;
                json!({ "activityId": activity["id"] })
            }
            "activityTickets" => {
                let activity = activities::begun(world, json!({ "kind": "FREE_CLINIC" })).await;
                let session = &activity["sessions"][0]["id"];
                let input = json!({ "sessionId": session });
                world.mutate(Who::Manager, "activityTicketIssue", input, "ticket { id }").await;
                json!({ "sessionId": session })
            }
            "activityStatistics" => json!({ "year": 2025 }),
            _ => json!({}),
        }
    }
}

/// Appointments: each row has a station of its own, and a slot of today.
impl Scene {
    async fn station(&self) -> String {
        crate::appointments::station(&self.world, 3).await
    }

    /// What books a free slot for a new request of the resident.
    async fn slot(&self, station: &str) -> Value {
        let query = "query($s: ID!) { appointmentSlots(stationId: $s, kind: WINDOW, from: \
                     \"2025-06-03\", to: \"2025-06-03\") { start free } }";
        let found = self.world.run(Who::Nobody, query, json!({ "s": station })).await;
        let slots = found["data"]["appointmentSlots"].as_array().unwrap().clone();
        // The first of those that most can serve: nobody serves themselves.
        let slot = slots.iter().rev().max_by_key(|s| s["free"].as_i64()).unwrap();
        let request = self.world.submit().await;
        json!({ "requestId": request["id"], "stationId": station, "kind": "WINDOW",
            "start": slot["start"] })
    }

    async fn booked(&self) -> Value {
        let input = self.slot(&self.station().await).await;
        let fields = "appointment { id version station { id } serviceRequest { id } }";
        let made = self.world.mutate(Who::Resident, "appointmentBook", input, fields).await;
        assert_eq!(made["errors"], json!([]));
        made["appointment"].clone()
    }

    async fn appointment_input(&self, name: &str) -> Option<Value> {
        let versioned = |o: &Value| json!({ "id": o["id"], "expectedVersion": o["version"] });
        Some(match name {
            "appointmentPlanSet" => {
                json!({ "stationId": self.station().await, "kind": "WINDOW", "slotMinutes": 30,
                    "capacity": 2, "expectedVersion": 1 })
            }
            "appointmentBook" => self.slot(&self.station().await).await,
            "serviceRequestSubmitWithAppointment" => {
                let mut input = self.slot(&self.station().await).await;
                input.as_object_mut().unwrap().remove("requestId");
                input
            }
            "appointmentMove" => {
                let row = self.booked().await;
                let mut input = versioned(&row);
                let to = self.slot(row["station"]["id"].as_str().unwrap()).await;
                input["start"] = to["start"].clone();
                input
            }
            "appointmentCancel" | "appointmentArrive" => versioned(&self.booked().await),
            "appointmentComplete" => {
                let input = versioned(&self.booked().await);
                let fields = "appointment { id version }";
                let who = Who::Specialist;
                let row = self.world.mutate(who, "appointmentArrive", input, fields).await;
                versioned(&row["appointment"])
            }
            // Its time has not come: who may say it is told so.
            "appointmentMarkNoShow" => versioned(&self.booked().await),
            _ => return None,
        })
    }

    async fn appointment_arguments(&self, name: &str) -> Option<Value> {
        Some(match name {
            "appointment" => json!({ "id": self.booked().await["id"] }),
            "requestAppointments" => {
                json!({ "requestId": self.booked().await["serviceRequest"]["id"] })
            }
            "appointmentPlans" => {
                self.station().await;
                json!({})
            }
            "appointmentSlots" => {
                json!({ "stationId": self.station().await, "kind": "WINDOW",
                    "from": "2025-06-04", "to": "2025-06-04" })
            }
            "myAppointments" => {
                self.booked().await;
                json!({})
            }
            "stationAppointments" => {
                let row = self.booked().await;
                json!({ "stationId": row["station"]["id"], "day": "2025-06-03" })
            }
            _ => return None,
        })
    }
}

fn content() -> Value {
    json!({ "titles": { "zhHans": "居住证明" }, "channels": ["ONLINE"],
        "serviceModes": ["WINDOW"], "decidedBy": "COMMUNITY" })
}
