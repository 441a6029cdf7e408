//! Tasks of agencies: each sees its own alone, answers by its own clock, and the incident ends once.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use linli::{identity, kernel::Actor};
use linli_entity::{
    account, agency_task,
    enums::*,
    event,
    ids::{
        AccountId, AgencyTaskId, IncidentId, IncidentReportId, JointResponseId, PersonId, PlaceId,
        RoleGrantId,
    },
    incident, incident_report, joint_response,
    json::Localised,
    person, place, role_grant,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
};
use serde_json::{Value, json};

use crate::{
    incident_rows,
    statements::counted,
    world::{Who, World, input_type},
};

/// An officer of the first agency.
const OFFICER: Who = Who::Neighbour;
/// An officer of the second one.
const OTHER: Who = Who::Claimer;
/// Who leads all blocks of the subdistrict.
const GENERAL: Who = Who::Volunteer;

const TASK: &str = "task { id state version binding refusals mandatory relayed outcome result refusal \
                    signedAt contactedAt endedAt signDueAt contactDueAt finishDueAt lateClocks rating \
                    ratingReason availableActions incidentNumber incidentKind danger place point { lon lat } \
                    block { code } agency { id code } proposedAgency { code } notes { words author { name } } }";

/// A world with agencies, their officers, and an incident for which they were called in.
struct Scene {
    world: World,
    agencies: Vec<PlaceId>,
    incident: IncidentId,
    joint: JointResponseId,
}

async fn agency(world: &World, code: &str) -> PlaceId {
    let now = world.app.clock.now();
    let row = place::Model {
        id: PlaceId(world.app.ids.uuid(now)),
        kind: PlaceKind::Agency,
        code: code.to_owned(),
        parent_id: Some(world.places().await.subdistrict),
        parent_depth: Some(0),
        depth: 1,
        community_id: None,
        names: Localised::zh(code),
        address: None,
        auto_assign: false,
        active: true,
        created_at: now,
        version: 1,
    };
    let (id, conn) = (row.id, world.app.db.writer());
    place::Entity::insert(place::ActiveModel::from(row))
        .exec_without_returning(conn)
        .await
        .unwrap();
    id
}

async fn grant(world: &World, account: AccountId, role: Role, scope: PlaceId) {
    let now = world.app.clock.now();
    let row = role_grant::Model {
        id: RoleGrantId(world.app.ids.uuid(now)),
        account_id: account,
        role,
        scope_id: Some(scope),
        granted_by: None,
        granted_at: now,
        valid_until: None,
        revoked_at: None,
    };
    let model = role_grant::ActiveModel::from(row);
    role_grant::Entity::insert(model).exec_without_returning(world.app.db.writer()).await.unwrap();
}

async fn block(world: &World) -> PlaceId {
    let community = Some(world.places().await.community);
    let found =
        linli::communities::queries::place_by_code(&world.app, PlaceKind::Block, "B1", community);
    found.await.unwrap().unwrap().id
}

impl Scene {
    async fn new() -> Self {
        Self::with(&["T-POLICE", "T-MARKET", "T-CITY"]).await
    }

    async fn with(codes: &[&str]) -> Self {
        let world = World::new().await;
        let mut agencies = Vec::new();
        for code in codes {
            agencies.push(agency(&world, code).await);
        }
        grant(&world, world.account(OFFICER).await, Role::AgencyOfficer, agencies[0]).await;
        grant(&world, world.account(OTHER).await, Role::AgencyOfficer, agencies[1]).await;
        let subdistrict = world.places().await.subdistrict;
        grant(&world, world.account(GENERAL).await, Role::GeneralLead, subdistrict).await;
        let (incident, joint) = called_in(&world).await;
        Self { world, agencies, incident, joint }
    }

    /// A task that an agency was asked for now.
    async fn asked(&self, agency: usize) -> AgencyTaskId {
        self.asked_with(agency, |_| {}).await
    }

    async fn asked_with(
        &self,
        agency: usize,
        change: impl FnOnce(&mut agency_task::Model),
    ) -> AgencyTaskId {
        let now = self.world.app.clock.now();
        let id = AgencyTaskId(self.world.app.ids.uuid(now));
        let joint = joint_response::Entity::find_by_id(self.joint);
        let joint = joint.one(self.world.app.db.writer()).await.unwrap().unwrap();
        let mut row = incident_rows::task(id, &joint, self.agencies[agency], now);
        row.brief = Some("到场核查".to_owned());
        row.contact_due_at = now + Duration::hours(24);
        row.finish_due_at = now + Duration::hours(72);
        row.due_at = Some(now + Duration::hours(1));
        change(&mut row);
        let id = row.id;
        let model = agency_task::ActiveModel::from(row);
        let conn = self.world.app.db.writer();
        agency_task::Entity::insert(model).exec_without_returning(conn).await.unwrap();
        id
    }

    async fn row(&self, id: AgencyTaskId) -> agency_task::Model {
        let found = agency_task::Entity::find_by_id(id).one(self.world.app.db.writer()).await;
        found.unwrap().unwrap()
    }

    async fn incident(&self) -> incident::Model {
        let conn = self.world.app.db.writer();
        incident::Entity::find_by_id(self.incident).one(conn).await.unwrap().unwrap()
    }

    /// Changes the incident's row directly.
    async fn rewrite(&self, change: impl FnOnce(&mut incident::Model)) {
        let mut row = self.incident().await;
        change(&mut row);
        let model = incident::ActiveModel::from(row).reset_all();
        incident::Entity::update(model).exec(self.world.app.db.writer()).await.unwrap();
    }

    /// A step with a task as it is now; returns the payload.
    async fn step(&self, who: Who, name: &str, id: AgencyTaskId, more: Value) -> Value {
        let input = with(self.read(id).await, more);
        self.world.mutate(who, name, input, TASK).await
    }

    async fn stepped(&self, who: Who, name: &str, id: AgencyTaskId, more: Value) -> Value {
        let done = self.step(who, name, id, more).await;
        assert_eq!(done["errors"], json!([]), "{name}");
        done["task"].clone()
    }

    /// The fault of a step that is not for its caller.
    async fn fault(&self, who: Who, name: &str, id: AgencyTaskId, more: Value) -> String {
        let input = with(self.read(id).await, more);
        fault(&self.world, who, name, input).await
    }

    async fn read(&self, id: AgencyTaskId) -> Value {
        json!({ "id": id.to_string(), "expectedVersion": self.row(id).await.version })
    }

    async fn look(&self, who: Who, id: AgencyTaskId) -> Value {
        let fields = TASK.strip_prefix("task ").unwrap();
        let query = format!("query($id: ID!) {{ agencyTask(id: $id) {fields} }}");
        let answer = self.world.run(who, &query, json!({ "id": id.to_string() })).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"]["agencyTask"].clone()
    }

    /// The data of the events of a kind, in their order.
    async fn events(&self, kind: &str) -> Vec<Value> {
        let rows = event::Entity::find()
            .filter(event::Column::Kind.eq(kind))
            .filter(event::Column::AggregateId.eq(self.incident.0))
            .order_by_asc(event::Column::Seq)
            .all(self.world.app.db.writer());
        rows.await.unwrap().into_iter().map(|e| e.data).collect()
    }

    /// Somebody reported the incident.
    async fn reported(&self, who: Who, may_contact: bool, follows: bool) {
        let now = self.world.app.clock.now();
        let account = self.world.account(who).await;
        let conn = self.world.app.db.writer();
        let account = account::Entity::find_by_id(account).one(conn).await.unwrap().unwrap();
        let row = incident_report::Model {
            id: IncidentReportId(self.world.app.ids.uuid(now)),
            community_id: self.world.places().await.community,
            incident_id: self.incident,
            person_id: account.person_id,
            entered_by: None,
            words: Some("路灯下有人打架".to_owned()),
            follows,
            anonymous: true,
            may_contact,
            from_id: None,
            reported_at: now,
        };
        let model = incident_report::ActiveModel::from(row);
        incident_report::Entity::insert(model).exec_without_returning(conn).await.unwrap();
    }
}

async fn called_in(world: &World) -> (IncidentId, JointResponseId) {
    let (now, conn) = (world.app.clock.now(), world.app.db.writer());
    let community_id = world.places().await.community;
    let id = IncidentId(world.app.ids.uuid(now));
    let mut row = incident_rows::incident(id, (community_id, block(world).await), now);
    "I-XF01-2025-1".clone_into(&mut row.number);
    row.kind = IncidentKind::StreetStall;
    row.place = Some("团结路口".to_owned());
    (row.lon_e6, row.lat_e6) = (Some(87_600_001), Some(43_800_002));
    row.state = IncidentState::JointResponse;
    row.handler_id = Some(world.account(Who::BlockLead).await);
    row.due_at = Some(now + Duration::days(9));
    (row.responded_at, row.joint_at) = (Some(now), Some(now));
    let model = incident::ActiveModel::from(row);
    incident::Entity::insert(model).exec_without_returning(conn).await.unwrap();
    let joint = joint_response::Model {
        id: JointResponseId(world.app.ids.uuid(now)),
        community_id,
        incident_id: id,
        round: 1,
        reason: JointReason::JointEnforcement,
        opened_by: None,
        opened_at: now,
        ended_at: None,
    };
    let joint_id = joint.id;
    let model = joint_response::ActiveModel::from(joint);
    joint_response::Entity::insert(model).exec_without_returning(conn).await.unwrap();
    (id, joint_id)
}

fn with(mut input: Value, more: Value) -> Value {
    for (key, value) in more.as_object().into_iter().flatten() {
        input[key] = value.clone();
    }
    input
}

async fn fault(world: &World, who: Who, name: &str, input: Value) -> String {
    let query = format!(
        "mutation($i: {}!) {{ {name}(input: $i) {{ errors {{ code }} }} }}",
        input_type(name)
    );
    let answer = world.run(who, &query, json!({ "i": input })).await;
    let code = answer["errors"][0]["extensions"]["code"].as_str();
    code.or(answer["data"][name]["errors"][0]["code"].as_str()).unwrap_or("").to_owned()
}

fn code(payload: &Value) -> &str {
    payload["errors"][0]["code"].as_str().unwrap_or("")
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

fn done() -> Value {
    json!({ "outcome": "FIXED", "result": "已清理" })
}

const LIST: &str = "query($a: ID!, $s: [AgencyTaskState!]! = []) { agencyTasks(agencyId: $a, states: $s) { \
                    totalCount nodes { id } } }";

#[tokio::test]
async fn an_agency_sees_its_own_tasks_and_no_others() {
    let scene = Scene::new().await;
    let (own, others) = (scene.asked(0).await, scene.asked(1).await);
    let seen = scene.look(OFFICER, own).await;
    assert_eq!(seen["incidentNumber"], "I-XF01-2025-1");
    assert_eq!(seen["incidentKind"], "STREET_STALL");
    assert_eq!((&seen["place"], &seen["block"]["code"]), (&json!("团结路口"), &json!("B1")));
    assert_eq!(seen["point"], json!({ "lon": 87.600_001, "lat": 43.800_002 }));
    let can = json!(["SIGN", "CONTACT", "FINISH", "REFUSE", "NOTE", "REVEAL_REPORTER"]);
    assert_eq!(seen["availableActions"], can);
    for who in [Who::BlockLead, Who::Manager, Who::Overseer, GENERAL] {
        assert_eq!(scene.look(who, own).await["id"], own.to_string(), "{who:?}");
    }
    for who in [OTHER, Who::Resident, Who::Specialist, Who::Auditor, Who::Admin] {
        assert_eq!(scene.look(who, own).await, Value::Null, "{who:?}");
        assert_eq!(scene.fault(who, "agencyTaskSign", own, json!({})).await, "NOT_FOUND");
    }
    assert_eq!(scene.look(OFFICER, others).await, Value::Null);
    let query = "query($id: ID!) { node(id: $id) { id } }";
    let found = scene.world.run(OFFICER, query, json!({ "id": others.to_string() })).await;
    assert_eq!(found["data"]["node"], Value::Null);
    let list = async |who: Who, agency: usize, more: Value| {
        let variables = with(json!({ "a": scene.agencies[agency].to_string() }), more);
        scene.world.run(who, LIST, variables).await
    };
    let mine = list(OFFICER, 0, json!({})).await;
    assert_eq!(mine["data"]["agencyTasks"]["nodes"], json!([{ "id": own.to_string() }]));
    assert_eq!(mine["data"]["agencyTasks"]["totalCount"], 1);
    let done = list(OFFICER, 0, json!({ "s": ["DONE"] })).await;
    assert_eq!(done["data"]["agencyTasks"]["totalCount"], 0);
    let open = list(OFFICER, 0, json!({ "s": ["ASKED", "SIGNED", "CONTACTED"] })).await;
    assert_eq!(open["data"]["agencyTasks"]["totalCount"], 1);
    for who in [OTHER, Who::BlockLead, Who::Manager, Who::Resident, GENERAL] {
        let none = list(who, 0, json!({})).await;
        assert_eq!(none["errors"][0]["extensions"]["code"], "NOT_FOUND", "{who:?}");
    }
}

#[tokio::test]
async fn who_is_late_is_told_of_once_for_each_limit() {
    let scene = Scene::new().await;
    let task = scene.asked(0).await;
    scene.world.work().await;
    assert_eq!(scene.events("AGENCY_TASK_LATE").await, Vec::<Value>::new());
    scene.world.advance(Duration::minutes(61));
    for _ in 0..2 {
        scene.world.work().await;
    }
    let late = scene.events("AGENCY_TASK_LATE").await;
    let expected = json!({ "task": task.to_string(), "agency": scene.agencies[0].to_string(),
        "clocks": ["SIGN"], "arbitrated": false });
    assert_eq!(late, [expected]);
    let seen = scene.look(OFFICER, task).await;
    assert_eq!((&seen["lateClocks"], &seen["version"]), (&json!(["SIGN"]), &json!(1)));
    // Who makes contact has signed.
    let seen = scene.stepped(OFFICER, "agencyTaskContact", task, json!({})).await;
    assert_eq!((&seen["state"], &seen["lateClocks"]), (&json!("CONTACTED"), &json!(["SIGN"])));
    assert_eq!(instant(&seen["signedAt"]), instant(&seen["contactedAt"]));
    scene.world.advance(Duration::hours(72));
    scene.world.work().await;
    scene.world.work().await;
    let late = scene.events("AGENCY_TASK_LATE").await;
    assert_eq!((late.len(), &late[1]["clocks"]), (2, &json!(["SIGN", "FINISH"])));
    assert_eq!(scene.row(task).await.due_at, None);
    let seen = scene.stepped(OFFICER, "agencyTaskFinish", task, done()).await;
    assert_eq!((&seen["state"], &seen["outcome"]), (&json!("DONE"), &json!("FIXED")));
    assert_eq!(
        scene.step(OFFICER, "agencyTaskFinish", task, done()).await["errors"][0]["code"],
        "ILLEGAL_TRANSITION"
    );
    // Nobody has been answered: it is resolved, and not closed.
    let incident = scene.incident().await;
    assert_eq!(incident.state, IncidentState::Resolved);
    assert_eq!((incident.outcome, incident.version), (Some(IncidentOutcome::Fixed), 2));
}

#[tokio::test]
async fn a_lead_records_what_an_agency_says_by_phone() {
    let scene = Scene::new().await;
    let task = scene.asked(0).await;
    let seen = scene.stepped(Who::BlockLead, "agencyTaskSign", task, json!({})).await;
    assert_eq!((&seen["relayed"], &seen["state"]), (&json!(true), &json!("SIGNED")));
    assert_eq!(scene.events("AGENCY_TASK_SIGNED").await[0]["relayed"], true);
    // Who runs the community sees it and says nothing in the agency's name.
    assert_eq!(scene.fault(Who::Manager, "agencyTaskContact", task, json!({})).await, "FORBIDDEN");
    // Who is both speaks as the agency.
    let second = scene.asked(1).await;
    grant(
        &scene.world,
        scene.world.account(OTHER).await,
        Role::BlockLead,
        block(&scene.world).await,
    )
    .await;
    let seen = scene.stepped(OTHER, "agencyTaskSign", second, json!({})).await;
    assert_eq!(seen["relayed"], false);
    assert_eq!(scene.events("AGENCY_TASK_SIGNED").await[1].get("relayed"), None);
    let stale = json!({ "id": second.to_string(), "expectedVersion": 1 });
    let refused = scene.world.mutate(OTHER, "agencyTaskContact", stale, TASK).await;
    assert_eq!(
        (code(&refused), &refused["errors"][0]["currentVersion"]),
        ("STALE_VERSION", &json!(2))
    );
}

/// A refusal that names another agency.
fn not_ours(scene: &Scene, proposed: usize) -> Value {
    json!({ "reason": "不属我单位职责", "proposedAgencyId": scene.agencies[proposed].to_string() })
}

#[tokio::test]
async fn after_the_second_refusal_the_general_lead_decides_and_it_binds() {
    let scene = Scene::new().await;
    let (first, city) = (scene.asked(0).await, scene.asked(2).await);
    let to = |agency: usize| json!({ "agencyId": scene.agencies[agency].to_string() });
    let own = scene.step(OFFICER, "agencyTaskRefuse", first, not_ours(&scene, 0)).await;
    assert_eq!(code(&own), "INVALID_VALUE");
    let blank = with(not_ours(&scene, 1), json!({ "reason": " " }));
    assert_eq!(code(&scene.step(OFFICER, "agencyTaskRefuse", first, blank).await), "REQUIRED");
    let seen = scene.stepped(OFFICER, "agencyTaskRefuse", first, not_ours(&scene, 1)).await;
    assert_eq!(
        (&seen["state"], &seen["proposedAgency"]["code"]),
        (&json!("REFUSED"), &json!("T-MARKET"))
    );
    assert_eq!(scene.incident().await.state, IncidentState::JointResponse);
    assert_eq!(scene.fault(OFFICER, "agencyTaskDecide", first, to(1)).await, "FORBIDDEN");
    // Neither an agency that has a task already, nor what is no agency.
    let busy = scene.step(Who::BlockLead, "agencyTaskDecide", first, to(2)).await;
    assert_eq!(
        (code(&busy), &busy["errors"][0]["path"]),
        ("AGENCY_HAS_TASK", &json!(["agencyId"]))
    );
    let none = json!({ "agencyId": block(&scene.world).await.to_string() });
    let none = scene.step(Who::BlockLead, "agencyTaskDecide", first, none).await;
    assert_eq!(code(&none), "UNKNOWN_REFERENCE");
    scene.world.advance(Duration::hours(2));
    let now = scene.world.app.clock.now();
    let second = scene.stepped(Who::BlockLead, "agencyTaskDecide", first, to(1)).await;
    assert_eq!((&second["refusals"], &second["binding"]), (&json!(1), &json!(false)));
    assert_eq!(instant(&second["signDueAt"]), now + Duration::hours(1));
    assert_eq!(instant(&second["contactDueAt"]), now + Duration::hours(24));
    // Tuesday noon: the third working day after it closes on Friday.
    assert_eq!(second["finishDueAt"], "2025-06-06T12:00:00+00:00");
    assert_eq!(scene.row(first).await.state, AgencyTaskState::Moved);
    let second: AgencyTaskId = second["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(scene.row(second).await.from_id, Some(first));
    scene.stepped(OTHER, "agencyTaskRefuse", second, not_ours(&scene, 0)).await;
    // Nor can who leads the block call off what the general lead is to decide.
    let seen = scene.look(Who::BlockLead, second).await;
    assert_eq!(seen["availableActions"], json!(["NOTE"]));
    assert_eq!(scene.fault(Who::BlockLead, "agencyTaskDecide", second, to(0)).await, "FORBIDDEN");
    // It is theirs, the general lead says, whatever they say.
    let third = scene.stepped(GENERAL, "agencyTaskDecide", second, to(1)).await;
    assert_eq!((&third["refusals"], &third["binding"]), (&json!(2), &json!(true)));
    let third: AgencyTaskId = third["id"].as_str().unwrap().parse().unwrap();
    let bound = scene.step(OTHER, "agencyTaskRefuse", third, not_ours(&scene, 0)).await;
    assert_eq!(code(&bound), "DECISION_BINDS");
    scene
        .stepped(
            OTHER,
            "agencyTaskFinish",
            third,
            json!({ "outcome": "NOT_FIXED", "result": "办不了" }),
        )
        .await;
    assert_eq!(scene.incident().await.state, IncidentState::JointResponse);
    // The last of them is called off, and why is for the parties to read.
    let off = json!({ "reason": "已由别处解决" });
    let seen = scene.stepped(Who::BlockLead, "agencyTaskCallOff", city, off).await;
    assert_eq!(seen["notes"][0]["words"], "已由别处解决");
    let incident = scene.incident().await;
    assert_eq!(
        (incident.state, incident.outcome),
        (IncidentState::Resolved, Some(IncidentOutcome::NotFixed))
    );
    assert_eq!(scene.events("AGENCY_TASK_DECIDED").await.len(), 2);
}

#[tokio::test]
async fn what_cannot_wait_is_due_around_the_clock_from_an_agency_that_can_be_asked() {
    let scene = Scene::new().await;
    let conn = scene.world.app.db.writer();
    let urgent = joint_response::ActiveModel {
        id: Set(scene.joint),
        reason: Set(JointReason::Emergency),
        ..Default::default()
    };
    joint_response::Entity::update(urgent).exec(conn).await.unwrap();
    let elsewhere = agency(&scene.world, "FIRE").await;
    let subdistrict = scene.world.places().await.subdistrict;
    let neighbouring = place::Model {
        id: PlaceId(scene.world.app.ids.uuid(scene.world.app.clock.now())),
        code: "ZZ".to_owned(),
        ..place::Entity::find_by_id(subdistrict).one(conn).await.unwrap().unwrap()
    };
    let parent = neighbouring.id;
    let model = place::ActiveModel::from(neighbouring);
    place::Entity::insert(model).exec_without_returning(conn).await.unwrap();
    let moved = place::ActiveModel {
        id: Set(elsewhere),
        parent_id: Set(Some(parent)),
        ..Default::default()
    };
    place::Entity::update(moved).exec(conn).await.unwrap();
    let closed =
        place::ActiveModel { id: Set(scene.agencies[2]), active: Set(false), ..Default::default() };
    place::Entity::update(closed).exec(conn).await.unwrap();
    let task = scene.asked(0).await;
    for other in [elsewhere, scene.agencies[2]] {
        let refusal = json!({ "reason": "不属我单位", "proposedAgencyId": other.to_string() });
        let done = scene.step(OFFICER, "agencyTaskRefuse", task, refusal).await;
        let path = json!(["proposedAgencyId"]);
        assert_eq!((code(&done), &done["errors"][0]["path"]), ("UNKNOWN_REFERENCE", &path));
    }
    scene.stepped(OFFICER, "agencyTaskRefuse", task, not_ours(&scene, 1)).await;
    for other in [elsewhere, scene.agencies[2]] {
        let to = json!({ "agencyId": other.to_string() });
        let done = scene.step(Who::BlockLead, "agencyTaskDecide", task, to).await;
        assert_eq!(code(&done), "UNKNOWN_REFERENCE");
    }
    let to = json!({ "agencyId": scene.agencies[1].to_string() });
    let next = scene.stepped(GENERAL, "agencyTaskDecide", task, to).await;
    // The general lead decides the first time too; it does not bind then.
    assert_eq!((&next["binding"], &next["refusals"]), (&json!(false), &json!(1)));
    let due = scene.world.app.clock.now() + Duration::hours(24);
    assert_eq!(instant(&next["finishDueAt"]), due);
}

#[tokio::test]
async fn who_leads_another_block_sees_nothing_of_this_one() {
    let scene = Scene::new().await;
    let task = scene.asked(0).await;
    let here = scene.world.places().await.community;
    let conn = scene.world.app.db.writer();
    let row =
        place::Entity::find_by_id(block(&scene.world).await).one(conn).await.unwrap().unwrap();
    let other = place::Model {
        id: PlaceId(scene.world.app.ids.uuid(scene.world.app.clock.now())),
        code: "B2".to_owned(),
        parent_id: Some(here),
        ..row
    };
    let id = other.id;
    let model = place::ActiveModel::from(other);
    place::Entity::insert(model).exec_without_returning(conn).await.unwrap();
    grant(&scene.world, scene.world.account(Who::Auditor).await, Role::BlockLead, id).await;
    assert_eq!(scene.look(Who::Auditor, task).await, Value::Null);
    for name in ["agencyTaskSign", "agencyTaskCallOff"] {
        let more = if name.ends_with("Off") { json!({ "reason": "不需要" }) } else { json!({}) };
        assert_eq!(scene.fault(Who::Auditor, name, task, more).await, "NOT_FOUND", "{name}");
    }
    // A deputy records what the agency says, and calls nothing off.
    let deputy = scene.world.account(Who::Colleague).await;
    grant(&scene.world, deputy, Role::DeputyBlockLead, block(&scene.world).await).await;
    let off = json!({ "reason": "不需要" });
    assert_eq!(scene.fault(Who::Colleague, "agencyTaskCallOff", task, off).await, "FORBIDDEN");
    let seen = scene.stepped(Who::Colleague, "agencyTaskSign", task, json!({})).await;
    assert_eq!(seen["relayed"], true);
}

#[tokio::test]
async fn what_is_not_mandatory_holds_nothing_up_and_nothing_is_decided_after_the_end() {
    let scene = Scene::new().await;
    scene.reported(Who::Resident, false, false).await;
    let (must, may) = (scene.asked(0).await, scene.asked_with(1, |t| t.mandatory = false).await);
    let open = scene.asked_with(2, |t| t.mandatory = false).await;
    scene.stepped(OTHER, "agencyTaskRefuse", may, not_ours(&scene, 2)).await;
    scene.rewrite(|i| i.answered_at = Some(i.received_at)).await;
    scene.stepped(OFFICER, "agencyTaskFinish", must, done()).await;
    let incident = scene.incident().await;
    assert_eq!((incident.state, incident.version), (IncidentState::Closed, 2));
    assert!(incident.first_closed_at.is_some());
    let to = json!({ "agencyId": scene.agencies[2].to_string() });
    let over = scene.step(Who::BlockLead, "agencyTaskDecide", may, to).await;
    assert_eq!(code(&over), "ILLEGAL_TRANSITION");
    let seen = scene.look(Who::BlockLead, may).await;
    assert_eq!((&seen["state"], &seen["availableActions"]), (&json!("CALLED_OFF"), &json!([])));
    let row = scene.row(open).await;
    assert_eq!((row.state, row.due_at), (AgencyTaskState::CalledOff, None));
    assert_eq!(scene.events("AGENCY_TASK_CALLED_OFF").await.len(), 2);
    assert_eq!(scene.events("INCIDENT_CLOSED").await.len(), 1);
    assert_eq!(scene.incident().await.version, 2);
    assert_eq!(linli::incidents::queries::contradictions(&scene.world.app).await.unwrap(), []);
}

#[tokio::test]
async fn without_any_agency_whoever_has_it_goes_on() {
    let scene = Scene::new().await;
    scene.reported(Who::Resident, false, false).await;
    let task = scene.asked(0).await;
    let off = json!({ "reason": "误报" });
    scene.stepped(Who::BlockLead, "agencyTaskCallOff", task, off).await;
    let incident = scene.incident().await;
    assert_eq!((incident.state, incident.outcome), (IncidentState::Handling, None));
    assert!(incident.due_at.is_some_and(|due| due > scene.world.app.clock.now()));
    assert_eq!(scene.events("INCIDENT_JOINT_CALLED_OFF").await.len(), 1);
    assert_eq!(linli::incidents::queries::contradictions(&scene.world.app).await.unwrap(), []);
}

#[tokio::test]
async fn the_community_rates_what_an_agency_did_when_it_is_over() {
    let scene = Scene::new().await;
    let task = scene.asked(0).await;
    scene.stepped(OFFICER, "agencyTaskFinish", task, done()).await;
    let good = json!({ "level": "SATISFIED" });
    let early = scene.step(Who::Manager, "agencyTaskRate", task, good.clone()).await;
    assert_eq!(
        (code(&early), early["errors"][0]["message"].as_str().unwrap().contains("RESOLVED")),
        ("ILLEGAL_TRANSITION", true)
    );
    scene
        .rewrite(|i| {
            i.state = IncidentState::Closed;
            i.answered_at = Some(i.received_at);
            i.closed_at = Some(i.received_at);
            i.due_at = None;
        })
        .await;
    for who in [OFFICER, Who::BlockLead, GENERAL] {
        assert_eq!(
            scene.fault(who, "agencyTaskRate", task, good.clone()).await,
            "FORBIDDEN",
            "{who:?}"
        );
    }
    let seen = scene.look(Who::Manager, task).await;
    assert_eq!(seen["availableActions"], json!(["RATE"]));
    for reason in [Value::Null, json!(" ")] {
        let low = json!({ "level": "DISSATISFIED", "reason": reason });
        let low = scene.step(Who::Manager, "agencyTaskRate", task, low).await;
        assert_eq!(
            (code(&low), &low["errors"][0]["path"]),
            ("REASON_REQUIRED", &json!(["reason"]))
        );
    }
    let low = json!({ "level": "DISSATISFIED", "reason": "来晚了" });
    scene.stepped(Who::Manager, "agencyTaskRate", task, low.clone()).await;
    let again = scene.step(Who::Manager, "agencyTaskRate", task, low).await;
    assert_eq!(code(&again), "ILLEGAL_TRANSITION");
    for who in [OFFICER, Who::BlockLead] {
        let seen = scene.look(who, task).await;
        assert_eq!(
            (&seen["rating"], &seen["ratingReason"]),
            (&json!("DISSATISFIED"), &json!("来晚了"))
        );
    }
    assert!(!scene.events("AGENCY_TASK_RATED").await[0].to_string().contains("来晚了"));
}

async fn reveal(scene: &Scene, who: Who, task: AgencyTaskId) -> Value {
    let input = json!({ "id": task.to_string() });
    let fields = "reporters { name phone }";
    scene.world.mutate(who, "agencyTaskReporterReveal", input, fields).await
}

#[tokio::test]
async fn an_agency_reaches_who_allowed_it_and_they_can_read_that() {
    let scene = Scene::new().await;
    let task = scene.asked(0).await;
    scene.reported(Who::Colleague, false, false).await;
    assert_eq!(reveal(&scene, OFFICER, task).await["reporters"], json!([]));
    assert_eq!(scene.world.number("SELECT COUNT(*) FROM read_log").await, 0);
    scene.reported(Who::Resident, true, false).await;
    scene.reported(Who::Stranger, true, true).await;
    let seen = reveal(&scene, OFFICER, task).await;
    let resident = json!([{ "name": "Resident 全名", "phone": Who::Resident.phone() }]);
    assert_eq!(seen["reporters"], resident);
    let logged = "SELECT COUNT(*) FROM read_log WHERE purpose = 'INCIDENT_CONTACT' AND incident_id IS NOT NULL";
    assert_eq!(scene.world.number(logged).await, 1);
    let events = scene.events("AGENCY_TASK_REPORTER_REVEALED").await;
    assert_eq!(events[1]["reporters"], 1);
    assert!(!events[1].to_string().contains(&Who::Resident.phone()));
    let input = json!({ "id": task.to_string() });
    for (who, fault_code) in
        [(OTHER, "NOT_FOUND"), (Who::BlockLead, "FORBIDDEN"), (Who::Manager, "FORBIDDEN")]
    {
        let got = fault(&scene.world, who, "agencyTaskReporterReveal", input.clone()).await;
        assert_eq!(got, fault_code, "{who:?}");
    }
    for _ in 2..60 {
        assert_eq!(reveal(&scene, OFFICER, task).await["errors"], json!([]));
    }
    let got = fault(&scene.world, OFFICER, "agencyTaskReporterReveal", input).await;
    assert_eq!(got, "RATE_LIMITED");
    scene.world.advance(Duration::hours(2));
    scene.stepped(OFFICER, "agencyTaskFinish", task, done()).await;
    assert_eq!(code(&reveal(&scene, OFFICER, task).await), "ILLEGAL_TRANSITION");
}

#[tokio::test]
async fn notes_are_for_the_parties() {
    let scene = Scene::new().await;
    let task = scene.asked(0).await;
    let input = json!({ "id": task.to_string(), "words": "请带钥匙", "idempotencyKey": "n1" });
    for _ in 0..2 {
        let done = scene.world.mutate(OFFICER, "agencyTaskNote", input.clone(), TASK).await;
        assert_eq!(done["errors"], json!([]));
    }
    let lead = json!({ "id": task.to_string(), "words": "好" });
    scene.world.advance(Duration::seconds(1));
    scene.world.mutate(Who::BlockLead, "agencyTaskNote", lead.clone(), TASK).await;
    for who in [OFFICER, Who::BlockLead, GENERAL] {
        let seen = scene.look(who, task).await;
        let notes = json!([{ "words": "请带钥匙", "author": { "name": "Neighbour" } },
            { "words": "好", "author": { "name": "BlockLead" } }]);
        assert_eq!(seen["notes"], notes, "{who:?}");
    }
    assert_eq!(scene.look(Who::Manager, task).await["notes"], Value::Null);
    assert_eq!(
        fault(&scene.world, Who::Manager, "agencyTaskNote", lead.clone()).await,
        "FORBIDDEN"
    );
    assert_eq!(fault(&scene.world, OTHER, "agencyTaskNote", lead).await, "NOT_FOUND");
    assert_eq!(scene.events("AGENCY_TASK_NOTED").await.len(), 2);
}

#[tokio::test]
async fn a_page_of_tasks_takes_as_many_statements_as_one_of_them() {
    let Scene { world, agencies, incident, joint } = Scene::new().await;
    let (world, count) = counted(world).await;
    let scene = Scene { world, agencies, incident, joint };
    let query = "query($a: ID!) { agencyTasks(agencyId: $a) { nodes { id incidentNumber block { name } \
                 agency { name } community { name } notes { words author { name } } availableActions } } }";
    let variables = json!({ "a": scene.agencies[0].to_string() });
    let used = async || {
        scene.world.run(OFFICER, query, variables.clone()).await;
        count.store(0, std::sync::atomic::Ordering::SeqCst);
        let answer = scene.world.run(OFFICER, query, variables.clone()).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        count.load(std::sync::atomic::Ordering::SeqCst)
    };
    let first = scene.asked(0).await;
    let note = json!({ "id": first.to_string(), "words": "请带钥匙" });
    scene.world.mutate(OFFICER, "agencyTaskNote", note, TASK).await;
    let of_one = used().await;
    for _ in 0..9 {
        let ended = scene.world.app.clock.now();
        scene
            .asked_with(0, |t| {
                t.state = AgencyTaskState::CalledOff;
                (t.ended_at, t.due_at) = (Some(ended), None);
            })
            .await;
    }
    assert_eq!(used().await, of_one);
}

/// Officers of agencies with accounts of their own; their access tokens.
async fn officers(scene: &Scene) -> Vec<String> {
    let (world, now) = (&scene.world, scene.world.app.clock.now());
    let conn = world.app.db.writer();
    let mut tokens = Vec::new();
    for (n, agency) in scene.agencies.iter().enumerate() {
        let phone = format!("+86136{n:08}");
        let person_id = PersonId(world.app.ids.uuid(now));
        let who = person::Model {
            id: person_id,
            name: Some(format!("民警{n}")),
            phone: Some(phone.clone()),
            phone_verified: true,
            contact_preference: ContactPreference::Inbox,
            language: "zh-Hans".to_owned(),
            merged_into: None,
            created_at: now,
            version: 1,
        };
        let account = account::Model {
            id: AccountId(world.app.ids.uuid(now)),
            person_id,
            phone: phone.clone(),
            password_hash: "none".to_owned(),
            state: AccountState::Active,
            staff_name: Some(format!("民警{n}")),
            created_at: now,
            password_changed_at: now,
        };
        let id = account.id;
        let who = person::ActiveModel::from(who);
        person::Entity::insert(who).exec_without_returning(conn).await.unwrap();
        let account = account::ActiveModel::from(account);
        account::Entity::insert(account).exec_without_returning(conn).await.unwrap();
        grant(world, id, Role::AgencyOfficer, *agency).await;
        let system = Actor::System("test");
        let made = identity::service::admin_token(&world.app, &system, &phone).await.unwrap();
        tokens.push(made.into_inner().access_token);
    }
    tokens
}

async fn finish_with(world: &World, token: &str, task: AgencyTaskId) -> Value {
    let query = "mutation($i: AgencyTaskFinishInput!) { agencyTaskFinish(input: $i) { task { state } \
                 errors { code } } }";
    let input = with(json!({ "id": task.to_string(), "expectedVersion": 1 }), done());
    let answer = world.run_with(Some(token), query, json!({ "i": input })).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["agencyTaskFinish"].clone()
}

/// Ten agencies finish at once, on two instances in turn; returns the scene.
async fn ten_finish_at_once(answered: bool) -> Scene {
    let codes = ["A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9"];
    let scene = Scene::with(&codes).await;
    let tokens = officers(&scene).await;
    if answered {
        scene.rewrite(|i| i.answered_at = Some(i.received_at)).await;
    }
    let one = Arc::new(scene.world.another_instance().await);
    let two = Arc::new(scene.world.another_instance().await);
    let mut running = Vec::new();
    for (n, token) in tokens.into_iter().enumerate() {
        let task = scene.asked(n).await;
        let world = if n % 2 == 0 { one.clone() } else { two.clone() };
        running.push((world, token, task));
    }
    let running: Vec<_> = running
        .into_iter()
        .map(|(world, token, task)| {
            tokio::spawn(async move { finish_with(&world, &token, task).await })
        })
        .collect();
    for done in running {
        let done = done.await.unwrap();
        assert_eq!(done, json!({ "task": { "state": "DONE" }, "errors": [] }));
    }
    scene
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_agencies_that_finish_at_once_one_resolves_the_incident() {
    let scene = ten_finish_at_once(false).await;
    let incident = scene.incident().await;
    assert_eq!((incident.state, incident.version), (IncidentState::Resolved, 2));
    assert_eq!(scene.events("AGENCY_TASK_FINISHED").await.len(), 10);
    assert_eq!(scene.events("INCIDENT_RESOLVED").await.len(), 1);
    assert_eq!(scene.events("INCIDENT_CLOSED").await.len(), 0);
    let ended = "SELECT COUNT(*) FROM joint_response WHERE ended_at IS NOT NULL";
    assert_eq!(scene.world.number(ended).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn and_one_closes_it_when_who_reported_it_was_answered() {
    let scene = ten_finish_at_once(true).await;
    let incident = scene.incident().await;
    assert_eq!((incident.state, incident.version), (IncidentState::Closed, 2));
    assert_eq!(scene.events("INCIDENT_RESOLVED").await.len(), 1);
    assert_eq!(scene.events("INCIDENT_CLOSED").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_task_is_refused_or_called_off_and_never_both() {
    for _ in 0..5 {
        let scene = Scene::new().await;
        let task = scene.asked(0).await;
        let read = scene.read(task).await;
        let refusal = with(read.clone(), not_ours(&scene, 1));
        let off = with(read, json!({ "reason": "不再需要" }));
        let (one, two) =
            (scene.world.another_instance().await, scene.world.another_instance().await);
        one.token(OFFICER).await;
        two.token(GENERAL).await;
        let refused = tokio::spawn(async move {
            code(&one.mutate(OFFICER, "agencyTaskRefuse", refusal, TASK).await).to_owned()
        });
        let off = tokio::spawn(async move {
            code(&two.mutate(GENERAL, "agencyTaskCallOff", off, TASK).await).to_owned()
        });
        let (refused, off) = (refused.await.unwrap(), off.await.unwrap());
        let (row, incident) = (scene.row(task).await, scene.incident().await);
        if refused.is_empty() {
            assert_eq!(off, "STALE_VERSION");
            assert_eq!(
                (row.state, incident.state),
                (AgencyTaskState::Refused, IncidentState::JointResponse)
            );
        } else {
            assert_eq!((refused.as_str(), off.as_str()), ("STALE_VERSION", ""));
            assert_eq!((row.state, row.refused_at), (AgencyTaskState::CalledOff, None));
            assert_eq!(incident.state, IncidentState::Handling);
        }
        assert_eq!(row.version, 2);
    }
}
