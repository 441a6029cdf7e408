//! Volunteers: how one becomes one and stops, what follows from it, teams, what is shown to whom.

use chrono::Duration;
use linli_entity::{
    account,
    enums::{AccountState, ContactPreference, VolunteerState},
    ids::{AccountId, PersonId, VolunteerId},
    json::{Availability, Skills},
    person, volunteer,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use crate::world::{Who, World};

pub const VOLUNTEER: &str = "volunteer { id name state refusedBecause skills availability { weekday part } \
                             version availableActions }";
pub const TEAM: &str =
    "team { id name active version leaderName members { volunteerId name } availableActions }";

pub async fn community(world: &World) -> String {
    world.places().await.community.to_string()
}

pub fn code(payload: &Value) -> &str {
    payload["errors"][0]["code"].as_str().unwrap_or("none")
}

pub fn versioned(object: &Value) -> Value {
    json!({ "id": object["id"], "expectedVersion": object["version"] })
}

pub fn with(mut input: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

/// The code of a fault, or of a refusal in the payload.
pub async fn refused(world: &World, who: Who, name: &str, input: Value) -> String {
    let kind = crate::world::input_type(name);
    let query = format!("mutation($i: {kind}!) {{ {name}(input: $i) {{ errors {{ code }} }} }}");
    let answer = world.run(who, &query, json!({ "i": input })).await;
    let fault = &answer["errors"][0]["extensions"]["code"];
    let refusal = &answer["data"][name]["errors"][0]["code"];
    fault.as_str().or(refusal.as_str()).unwrap_or("none").to_owned()
}

/// Somebody who has applied.
pub async fn applied(world: &World, who: Who) -> Value {
    let input = json!({ "communityId": community(world).await, "skills": ["HAIRCUT", "COMPANY"],
        "availability": [{ "weekday": 6, "part": "MORNING" }] });
    let made = world.mutate(who, "volunteerApply", input, VOLUNTEER).await;
    assert_eq!(made["errors"], json!([]));
    // Lists are in the order of time.
    world.advance(Duration::seconds(1));
    made["volunteer"].clone()
}

/// Somebody who is a volunteer.
pub async fn active(world: &World, who: Who) -> Value {
    let row = applied(world, who).await;
    let input = with(versioned(&row), json!({ "accept": true }));
    let done = world.mutate(Who::Manager, "volunteerDecide", input, VOLUNTEER).await;
    assert_eq!(done["volunteer"]["state"], "ACTIVE", "{done}");
    // They have been one for long: what they enter lies behind them.
    let id: VolunteerId = row["id"].as_str().unwrap().parse().unwrap();
    volunteer::Entity::update_many()
        .col_expr(
            volunteer::Column::AcceptedAt,
            Expr::value(world.app.clock.now() - Duration::days(100)),
        )
        .filter(volunteer::Column::Id.eq(id))
        .exec(world.app.db.writer())
        .await
        .unwrap();
    done["volunteer"].clone()
}

/// A team of these volunteers; the first leads it.
pub async fn team(world: &World, members: &[&Value]) -> Value {
    let input = json!({ "communityId": community(world).await, "names": { "zhHans": "邻里队", "en": "Neighbours" },
        "leaderId": members.first().map(|m| m["id"].clone()) });
    let made = world.mutate(Who::Manager, "teamCreate", input, TEAM).await;
    assert_eq!(made["errors"], json!([]));
    for member in members {
        let input = json!({ "id": made["team"]["id"], "volunteerId": member["id"] });
        let added = world.mutate(Who::Manager, "teamMemberAdd", input, TEAM).await;
        assert_eq!(added["errors"], json!([]));
        world.advance(Duration::seconds(1));
    }
    made["team"].clone()
}

/// Tokens of as many volunteers as are wanted.
pub async fn crowd(world: &World, count: usize) -> Vec<String> {
    let (app, conn) = (&world.app, world.app.db.writer());
    let (now, community_id) = (app.clock.now(), world.places().await.community);
    let mut tokens = Vec::new();
    for n in 0..count {
        let phone = format!("+86137000{n:05}");
        let person = person::Model {
            id: PersonId(app.ids.uuid(now)),
            name: Some(format!("志愿者{n}")),
            phone: Some(phone.clone()),
            phone_verified: true,
            contact_preference: ContactPreference::Sms,
            language: "en".to_owned(),
            merged_into: None,
            created_at: now,
            version: 1,
        };
        let account = account::Model {
            id: AccountId(app.ids.uuid(now)),
            person_id: person.id,
            phone: phone.clone(),
            password_hash: "none".to_owned(),
            state: AccountState::Active,
            staff_name: None,
            created_at: now,
            password_changed_at: now,
        };
        let volunteer = volunteer::Model {
            id: VolunteerId(app.ids.uuid(now)),
            community_id,
            person_id: person.id,
            state: VolunteerState::Active,
            refused_because: None,
            skills: Skills::default(),
            availability: Availability::default(),
            created_at: now,
            accepted_at: Some(now),
            changed_at: now,
            version: 1,
        };
        let (p, a, v) = (
            person::ActiveModel::from(person),
            account::ActiveModel::from(account),
            volunteer::ActiveModel::from(volunteer),
        );
        person::Entity::insert(p).exec_without_returning(conn).await.unwrap();
        account::Entity::insert(a).exec_without_returning(conn).await.unwrap();
        volunteer::Entity::insert(v).exec_without_returning(conn).await.unwrap();
        let actor = linli::kernel::Actor::System("test");
        let made = linli::identity::service::admin_token(app, &actor, &phone).await.unwrap();
        tokens.push(made.access_token.clone());
    }
    tokens
}

/// Whether an operation is about volunteers; some of them let time pass.
pub fn is_about(name: &str) -> bool {
    ["volunteer", "team", "hours", "shift", "ownVolunteer", "ownShift"]
        .iter()
        .any(|begin| name.starts_with(begin))
}

/// Somebody without anything open: neither a volunteer nor checked in.
async fn idle(world: &World, who: Who) {
    if who == Who::Nobody {
        return;
    }
    let query = "{ ownVolunteerHours(first: 100) { nodes { id state version } } \
                 ownVolunteering { id state version } }";
    let own = world.run(who, query, json!({})).await["data"].clone();
    for row in own["ownVolunteerHours"]["nodes"].as_array().unwrap() {
        if row["state"] == "OPEN" {
            world.advance(Duration::minutes(1));
            let done = crate::hours::check_out(world, who, row).await;
            // It is not to count in what comes.
            let input = with(versioned(&done), json!({ "reason": "误签" }));
            world.mutate(Who::Manager, "hoursCorrect", input, "hours { id }").await;
        }
        if row["state"] == "PENDING" && who != Who::Manager {
            let input = with(versioned(row), json!({ "approve": false }));
            world.mutate(Who::Manager, "hoursDecide", input, "hours { id }").await;
        }
    }
    for row in own["ownVolunteering"].as_array().unwrap() {
        if ["APPLIED", "ACTIVE", "PAUSED"].contains(&row["state"].as_str().unwrap()) {
            world.mutate(who, "volunteerLeave", versioned(row), VOLUNTEER).await;
        }
    }
}

/// The resident, and a team that the specialist leads.
async fn scene(world: &World) -> (Value, Value) {
    for who in [Who::Resident, Who::Specialist] {
        idle(world, who).await;
    }
    let leader = active(world, Who::Specialist).await;
    let row = active(world, Who::Resident).await;
    let team = team(world, &[&leader]).await;
    (row, team)
}

async fn join(world: &World, team: &Value, row: &Value) -> Value {
    let input = json!({ "id": team["id"], "volunteerId": row["id"] });
    world.mutate(Who::Manager, "teamMemberAdd", input.clone(), "team { id }").await;
    input
}

/// An hour of the resident's that is gone by.
async fn entry(world: &World) -> Value {
    let now = world.app.clock.now();
    crate::hours::entry(world, now - Duration::hours(2), 60, json!({})).await
}

/// A shift to come, at a time of its own.
async fn shift(world: &World) -> Value {
    let made = world.number("SELECT COUNT(*) FROM volunteer_shift").await;
    let from = world.app.clock.now() + Duration::hours(30 + 3 * made);
    let times = json!({ "from": crate::venues::text(from),
        "until": crate::venues::text(from + Duration::hours(2)) });
    crate::shifts::planned(world, times).await
}

async fn signed_up(world: &World) -> Value {
    let shift = shift(world).await;
    crate::shifts::sign_up(world, Who::Resident, &shift).await
}

/// An hour of the resident's that waits for the specialist, or counts.
async fn hour(world: &World, (row, team): &(Value, Value), counts: bool) -> Value {
    join(world, team, row).await;
    let input = with(entry(world).await, json!({ "teamId": team["id"] }));
    let fields = crate::hours::HOURS;
    let made = world.mutate(Who::Resident, "hoursEnter", input, fields).await["hours"].clone();
    if !counts {
        return made;
    }
    let input = with(versioned(&made), json!({ "approve": true }));
    world.mutate(Who::Manager, "hoursDecide", input, fields).await["hours"].clone()
}

/// What certifies what the resident did.
async fn period(world: &World) -> Value {
    let today = world.app.day(world.app.clock.now());
    json!({ "communityId": community(world).await, "from": "2025-01-01", "until": today })
}

/// The input of an operation about volunteers, with what it needs.
pub async fn operation_input(world: &World, who: Who, name: &str) -> Option<Value> {
    if !is_about(name) {
        return None;
    }
    if name == "volunteerApply" {
        idle(world, who).await;
        return Some(json!({}));
    }
    let scene = scene(world).await;
    let (row, team) = (&scene.0, &scene.1);
    Some(match name {
        "volunteerDecide" => {
            idle(world, Who::Resident).await;
            with(versioned(&applied(world, Who::Resident).await), json!({ "accept": true }))
        }
        "volunteerChange" | "volunteerLeave" => versioned(row),
        "teamChange" => versioned(team),
        "teamMemberAdd" => json!({ "id": team["id"], "volunteerId": row["id"] }),
        "teamMemberRemove" => join(world, team, row).await,
        "teamLeave" => {
            join(world, team, row).await;
            json!({ "id": team["id"] })
        }
        "hoursCheckOut" => {
            let open = crate::hours::check_in(world, Who::Resident, json!({})).await;
            world.advance(Duration::minutes(2));
            versioned(&open)
        }
        "hoursEnter" => entry(world).await,
        "hoursDecide" => {
            with(versioned(&hour(world, &scene, false).await), json!({ "approve": true }))
        }
        "hoursCorrect" => versioned(&hour(world, &scene, true).await),
        "volunteerCertificateIssue" => {
            hour(world, &scene, true).await;
            period(world).await
        }
        "shiftCreate" => {
            let from = world.app.clock.now() + Duration::hours(1);
            json!({ "from": crate::venues::text(from),
                "until": crate::venues::text(from + Duration::hours(1)) })
        }
        "shiftCancel" => versioned(&shift(world).await),
        "shiftSignUp" => json!({ "shiftId": shift(world).await["id"] }),
        "shiftSignOff" => json!({ "shiftId": signed_up(world).await["id"] }),
        _ => json!({}),
    })
}

/// The arguments of a query about volunteers, with something to see.
pub async fn operation_arguments(world: &World, name: &str) -> Option<Value> {
    if !is_about(name) {
        return None;
    }
    let scene = scene(world).await;
    Some(match name {
        "volunteer" => json!({ "id": scene.0["id"] }),
        "team" => json!({ "id": scene.1["id"] }),
        "shift" => json!({ "id": shift(world).await["id"] }),
        "ownVolunteerHours" | "volunteerHours" => {
            hour(world, &scene, false).await;
            json!({})
        }
        "ownVolunteerMinutes" | "volunteerStatistics" => json!({ "year": 2025 }),
        "ownVolunteerCertificates" | "volunteerCertificate" => {
            hour(world, &scene, true).await;
            let (issue, input) = ("volunteerCertificateIssue", period(world).await);
            let fields = "certificate { number code }";
            let made = world.mutate(Who::Resident, issue, input, fields).await;
            if name == "volunteerCertificate" { made["certificate"].clone() } else { json!({}) }
        }
        "shifts" => {
            shift(world).await;
            json!({ "from": "2025-06-03", "until": "2025-07-30" })
        }
        "ownShifts" => {
            signed_up(world).await;
            json!({})
        }
        _ => json!({}),
    })
}

/// Nothing in what volunteers do contradicts anything else.
pub async fn consistent(world: &World) {
    assert_eq!(linli::volunteers::queries::contradictions(&world.app).await.unwrap(), []);
}

/// How many accounts hold the role of a volunteer.
async fn roles(world: &World) -> i64 {
    // Two are there from the beginning.
    world.number("SELECT COUNT(*) - 2 FROM role_held WHERE role = 'VOLUNTEER'").await
}

#[tokio::test]
async fn one_applies_the_community_decides_and_the_role_follows() {
    let world = World::new().await;
    let row = applied(&world, Who::Resident).await;
    assert_eq!((&row["state"], roles(&world).await), (&json!("APPLIED"), 0));
    assert_eq!(row["availableActions"], json!(["CHANGE", "LEAVE"]));
    let again = json!({ "communityId": community(&world).await });
    assert_eq!(refused(&world, Who::Resident, "volunteerApply", again.clone()).await, "CONFLICT");
    // Who may not see it is told that it is not there.
    let decision = with(versioned(&row), json!({ "accept": true }));
    for (who, expected) in [
        (Who::Neighbour, "NOT_FOUND"),
        (Who::Specialist, "NOT_FOUND"),
        (Who::Stranger, "NOT_FOUND"),
        (Who::Resident, "FORBIDDEN"),
        (Who::Nobody, "UNAUTHENTICATED"),
    ] {
        let answer = refused(&world, who, "volunteerDecide", decision.clone()).await;
        assert_eq!(answer, expected, "{who:?}");
    }
    let nonsense = with(decision.clone(), json!({ "reason": "NO_NEED" }));
    assert_eq!(refused(&world, Who::Manager, "volunteerDecide", nonsense).await, "INVALID_VALUE");
    let done = world.mutate(Who::Manager, "volunteerDecide", decision.clone(), VOLUNTEER).await;
    assert_eq!(done["volunteer"]["state"], "ACTIVE");
    assert_eq!(done["volunteer"]["name"], "R**", "masked for the manager");
    assert_eq!(roles(&world).await, 1);
    assert_eq!(refused(&world, Who::Manager, "volunteerDecide", decision).await, "STALE_VERSION");
    let text = world.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(text.contains("XF01") && text.contains("volunteer"), "{text}");
    let inbox = "{ viewer { ... on Account { inbox { nodes { kind requestId } } } } }";
    let inbox = world.run(Who::Resident, inbox, json!({})).await;
    assert!(inbox.to_string().contains("VOLUNTEER_ACCEPTED"), "{inbox}");
    consistent(&world).await;
}

#[tokio::test]
async fn a_refusal_has_a_reason_and_one_may_ask_again() {
    let world = World::new().await;
    let row = applied(&world, Who::Resident).await;
    let input = with(versioned(&row), json!({ "accept": false, "reason": "NOT_REACHED" }));
    world.mutate(Who::Manager, "volunteerDecide", input, VOLUNTEER).await;
    let own = "{ ownVolunteering { state refusedBecause availableActions } }";
    let seen = world.run(Who::Resident, own, json!({})).await;
    let expected =
        json!([{ "state": "REFUSED", "refusedBecause": "NOT_REACHED", "availableActions": [] }]);
    assert_eq!(seen["data"]["ownVolunteering"], expected);
    assert_eq!(roles(&world).await, 0);
    active(&world, Who::Resident).await;
    let seen = world.run(Who::Resident, own, json!({})).await;
    assert_eq!(seen["data"]["ownVolunteering"][0]["state"], "ACTIVE", "the newest first");
}

#[tokio::test]
async fn a_manager_decides_about_others_not_about_themselves() {
    let world = World::new().await;
    let row = applied(&world, Who::Manager).await;
    assert_eq!(row["availableActions"], json!(["CHANGE", "LEAVE"]));
    let decision = with(versioned(&row), json!({ "accept": true }));
    assert_eq!(refused(&world, Who::Manager, "volunteerDecide", decision).await, "FORBIDDEN");
}

#[tokio::test]
async fn the_role_ends_with_a_pause_and_comes_back_and_ends_for_good() {
    let world = World::new().await;
    let row = active(&world, Who::Resident).await;
    let shift = crate::shifts::planned(&world, json!({})).await;
    let sign_up = async |world: &World| {
        let input = json!({ "shiftId": shift["id"] });
        refused(world, Who::Resident, "shiftSignUp", input).await
    };
    let change = |row: &Value, more: Value| with(versioned(row), more);
    let paused = change(&row, json!({ "paused": true, "skills": ["LEGAL", "LEGAL", "HAIRCUT"] }));
    let row = world.mutate(Who::Resident, "volunteerChange", paused, VOLUNTEER).await;
    let row = &row["volunteer"];
    assert_eq!((&row["state"], roles(&world).await), (&json!("PAUSED"), 0));
    assert_eq!(sign_up(&world).await, "FORBIDDEN", "nobody who is paused");
    assert_eq!(row["skills"], json!(["HAIRCUT", "LEGAL"]), "each once");
    assert_eq!(row["availability"], json!([{ "weekday": 6, "part": "MORNING" }]), "it stays");
    assert_eq!(row["availableActions"], json!(["CHANGE", "RESUME", "LEAVE"]));
    let odd = change(row, json!({ "availability": [{ "weekday": 8, "part": "MORNING" }] }));
    assert_eq!(refused(&world, Who::Resident, "volunteerChange", odd).await, "INVALID_VALUE");
    let foreign = change(row, json!({ "paused": false }));
    assert_eq!(
        refused(&world, Who::Neighbour, "volunteerChange", foreign.clone()).await,
        "NOT_FOUND"
    );
    assert_eq!(
        refused(&world, Who::Manager, "volunteerChange", foreign.clone()).await,
        "FORBIDDEN"
    );
    let row = world.mutate(Who::Resident, "volunteerChange", foreign, VOLUNTEER).await;
    assert_eq!((&row["volunteer"]["state"], roles(&world).await), (&json!("ACTIVE"), 1));
    assert_eq!(sign_up(&world).await, "none");
    let input = versioned(&row["volunteer"]);
    let left = world.mutate(Who::Resident, "volunteerLeave", input, VOLUNTEER).await;
    assert_eq!((&left["volunteer"]["state"], roles(&world).await), (&json!("LEFT"), 0));
    assert_eq!(sign_up(&world).await, "FORBIDDEN", "nor who has left");
    active(&world, Who::Resident).await;
    assert_eq!(roles(&world).await, 1, "one comes back by asking again");
}

#[tokio::test]
async fn who_leaves_has_left_teams_and_shifts_to_come() {
    let world = World::new().await;
    let leader = active(&world, Who::Resident).await;
    let member = active(&world, Who::Neighbour).await;
    let team = team(&world, &[&leader, &member]).await;
    let shift = crate::shifts::planned(&world, json!({ "needed": 2 })).await;
    for who in [Who::Resident, Who::Neighbour] {
        crate::shifts::sign_up(&world, who, &shift).await;
    }
    let input = versioned(&leader);
    world.mutate(Who::Resident, "volunteerLeave", input, VOLUNTEER).await;
    let query = "query($t: ID!, $s: ID!) { team(id: $t) { leaderName members { name } version } \
                 shift(id: $s) { taken volunteers { name } } }";
    let ids = json!({ "t": team["id"], "s": shift["id"] });
    let seen = world.run(Who::Manager, query, ids).await["data"].clone();
    assert_eq!(
        seen["team"],
        json!({ "leaderName": null, "members": [{ "name": "N**" }], "version": 2 })
    );
    assert_eq!(seen["shift"], json!({ "taken": 1, "volunteers": [{ "name": "N**" }] }));
    consistent(&world).await;
}

#[tokio::test]
async fn the_list_is_for_managers_and_finds_by_skill() {
    let world = World::new().await;
    let row = active(&world, Who::Resident).await;
    active(&world, Who::Neighbour).await;
    let input = with(versioned(&row), json!({ "skills": ["LEGAL"] }));
    world.mutate(Who::Resident, "volunteerChange", input, VOLUNTEER).await;
    applied(&world, Who::Colleague).await;
    let query = "query($c: ID!, $f: VolunteerFilterInput) { volunteers(communityId: $c, filter: $f) { \
                 totalCount nodes { name state } } }";
    let list = async |who: Who, filter: Value| {
        let variables = json!({ "c": community(&world).await, "f": filter });
        let answer = world.run(who, query, variables).await;
        let fault = answer["errors"][0]["extensions"]["code"].clone();
        if fault.is_null() { answer["data"]["volunteers"].clone() } else { fault }
    };
    assert_eq!(list(Who::Manager, json!(null)).await["totalCount"], 2 + 2, "two were there");
    let legal = list(Who::Manager, json!({ "skills": ["LEGAL"] })).await;
    assert_eq!(legal, json!({ "totalCount": 1, "nodes": [{ "name": "R**", "state": "ACTIVE" }] }));
    assert_eq!(
        list(Who::Manager, json!({ "skills": ["HAIRCUT", "COMPANY"] })).await["totalCount"],
        1
    );
    assert_eq!(
        list(Who::Manager, json!({ "skills": ["HAIRCUT", "LEGAL"] })).await["totalCount"],
        0
    );
    assert_eq!(list(Who::Manager, json!({ "state": "APPLIED" })).await["totalCount"], 1);
    for who in [Who::Resident, Who::Specialist, Who::Overseer, Who::Auditor, Who::Stranger] {
        assert_eq!(list(who, json!(null)).await, "FORBIDDEN", "{who:?}");
    }
    let node = "query($id: ID!) { node(id: $id) { id } volunteer(id: $id) { id } }";
    for (who, sees) in
        [(Who::Resident, true), (Who::Manager, true), (Who::Neighbour, false), (Who::Admin, false)]
    {
        let seen = world.run(who, node, json!({ "id": row["id"] })).await["data"].clone();
        assert_eq!((seen["node"].is_object(), seen["volunteer"].is_object()), (sees, sees));
    }
}

#[tokio::test]
async fn a_team_is_public_and_who_belongs_to_it_is_not() {
    let world = World::new().await;
    let leader = active(&world, Who::Resident).await;
    let member = active(&world, Who::Neighbour).await;
    let other = active(&world, Who::Colleague).await;
    let team = team(&world, &[&leader, &member]).await;
    let query = "query($id: ID!) { team(id: $id) { name leaderName members { name } availableActions } \
                 node(id: $id) { id } }";
    let look = async |who: Who| {
        let answer = world.run(who, query, json!({ "id": team["id"] })).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        assert_eq!(answer["data"]["node"]["id"], team["id"]);
        answer["data"]["team"].clone()
    };
    for who in [Who::Nobody, Who::Colleague, Who::Specialist, Who::Admin, Who::Stranger] {
        let seen = look(who).await;
        assert_eq!(seen["name"], "Neighbours");
        let hidden = (seen["leaderName"].is_null(), seen["members"].is_null());
        assert_eq!((hidden, &seen["availableActions"]), ((true, true), &json!([])), "{who:?}");
    }
    let seen = look(Who::Neighbour).await;
    assert_eq!(seen["members"], json!([{ "name": "R**" }, { "name": "Neighbour 全名" }]));
    assert_eq!(
        (&seen["leaderName"], &seen["availableActions"]),
        (&json!("R**"), &json!(["LEAVE"]))
    );
    assert_eq!(look(Who::Resident).await["availableActions"], json!(["MANAGE_MEMBERS", "LEAVE"]));
    let managed = look(Who::Manager).await;
    assert_eq!(managed["availableActions"], json!(["CHANGE", "MANAGE_MEMBERS"]));

    // The leader says who belongs to it, members do not; one leaves by oneself.
    let add = json!({ "id": team["id"], "volunteerId": other["id"] });
    assert_eq!(refused(&world, Who::Neighbour, "teamMemberAdd", add.clone()).await, "FORBIDDEN");
    let keyed = with(add.clone(), json!({ "idempotencyKey": "k" }));
    assert_eq!(refused(&world, Who::Resident, "teamMemberAdd", keyed.clone()).await, "none");
    assert_eq!(refused(&world, Who::Resident, "teamMemberAdd", keyed).await, "none", "a retry");
    assert_eq!(refused(&world, Who::Resident, "teamMemberAdd", add.clone()).await, "CONFLICT");
    assert_eq!(refused(&world, Who::Resident, "teamMemberRemove", add.clone()).await, "none");
    assert_eq!(refused(&world, Who::Resident, "teamMemberRemove", add).await, "UNKNOWN_REFERENCE");
    let own = json!({ "id": team["id"] });
    assert_eq!(refused(&world, Who::Neighbour, "teamLeave", own.clone()).await, "none");
    assert_eq!(
        refused(&world, Who::Neighbour, "teamLeave", own.clone()).await,
        "UNKNOWN_REFERENCE"
    );
    assert!(look(Who::Neighbour).await["members"].is_null(), "no member any more");
    assert_eq!(refused(&world, Who::Resident, "teamLeave", own).await, "none");
    assert!(look(Who::Manager).await["leaderName"].is_null());
    consistent(&world).await;
}

#[tokio::test]
async fn a_team_is_led_by_an_active_volunteer_of_its_community() {
    let world = World::new().await;
    let waiting = applied(&world, Who::Resident).await;
    let new = json!({ "communityId": community(&world).await, "names": { "zhHans": "队" } });
    let led = with(new.clone(), json!({ "leaderId": waiting["id"] }));
    assert_eq!(refused(&world, Who::Manager, "teamCreate", led).await, "NOT_A_VOLUNTEER");
    assert_eq!(refused(&world, Who::Resident, "teamCreate", new.clone()).await, "FORBIDDEN");
    let keyed = with(new, json!({ "idempotencyKey": "k" }));
    let made = world.mutate(Who::Manager, "teamCreate", keyed.clone(), TEAM).await;
    assert_eq!(made, world.mutate(Who::Manager, "teamCreate", keyed, TEAM).await);
    let row = active(&world, Who::Neighbour).await;
    let lead = with(versioned(&made["team"]), json!({ "leaderId": row["id"] }));
    let changed = world.mutate(Who::Manager, "teamChange", lead.clone(), TEAM).await;
    assert_eq!(changed["team"]["leaderName"], "N**");
    assert_eq!(refused(&world, Who::Manager, "teamChange", lead).await, "STALE_VERSION");
    let closed = with(versioned(&changed["team"]), json!({ "active": false, "leaderId": null }));
    let closed = world.mutate(Who::Manager, "teamChange", closed, TEAM).await;
    assert_eq!(closed["team"]["leaderName"], json!(null));
    let add = json!({ "id": made["team"]["id"], "volunteerId": row["id"] });
    assert_eq!(refused(&world, Who::Manager, "teamMemberAdd", add).await, "UNKNOWN_REFERENCE");
    let query =
        "query($c: ID!, $all: Boolean!) { teams(communityId: $c, closedToo: $all) { totalCount } }";
    for (all, count) in [(false, 0), (true, 1)] {
        let variables = json!({ "c": community(&world).await, "all": all });
        let seen = world.run(Who::Nobody, query, variables).await;
        assert_eq!(seen["data"]["teams"]["totalCount"], count);
    }
}

#[tokio::test]
async fn who_leaves_leaves_each_team_and_shift_in_so_many_words() {
    let world = World::new().await;
    let row = active(&world, Who::Resident).await;
    let led = team(&world, &[&row]).await;
    let other = active(&world, Who::Neighbour).await;
    let joined = team(&world, &[&other, &row]).await;
    for n in 0..2 {
        let from = crate::venues::at(24 * 60 * (1 + n));
        let times = json!({ "from": crate::venues::text(from),
            "until": crate::venues::text(from + Duration::hours(1)) });
        let shift = crate::shifts::planned(&world, times).await;
        crate::shifts::sign_up(&world, Who::Resident, &shift).await;
    }
    let done = world.mutate(Who::Resident, "volunteerLeave", versioned(&row), VOLUNTEER).await;
    assert_eq!(done["errors"], json!([]));
    for (kind, data, count) in [
        ("SHIFT_SIGNED_OFF", "%\"taken\":0%", 2),
        ("TEAM_LEFT", "%\"volunteer\":\"%", 2),
        ("VOLUNTEER_LEFT", "%LEFT%", 1),
    ] {
        let sql = format!(
            "SELECT COUNT(*) FROM event WHERE kind = '{kind}' \
             AND REPLACE(CAST(data AS text), ' ', '') LIKE '{data}'"
        );
        assert_eq!(world.number(&sql).await, count, "{kind}");
    }
    let gaps = "SELECT COUNT(*) FROM (SELECT aggregate_id FROM event GROUP BY aggregate_id \
                HAVING COUNT(*) <> MAX(seq)) gaps";
    assert_eq!(world.number(gaps).await, 0);
    let query = "query($a: ID!, $b: ID!) { a: team(id: $a) { version leaderName } b: team(id: $b) { version } }";
    let ids = json!({ "a": led["id"], "b": joined["id"] });
    let seen = world.run(Who::Manager, query, ids).await["data"].clone();
    assert_eq!(seen, json!({ "a": { "version": 2, "leaderName": null }, "b": { "version": 1 } }));
    consistent(&world).await;
}

#[tokio::test]
async fn what_a_team_is_to_its_reader_does_not_read_its_members() {
    use std::sync::atomic::Ordering;
    let world = World::new().await;
    let leader = active(&world, Who::Resident).await;
    let member = active(&world, Who::Neighbour).await;
    team(&world, &[&leader, &member]).await;
    let of = json!({ "c": community(&world).await });
    let (world, count) = crate::statements::counted_if(world, |sql| sql.contains("since_at")).await;
    for (who, name, actions) in [
        (Who::Neighbour, json!("R**"), json!(["LEAVE"])),
        (Who::Resident, json!("Resident 全名"), json!(["MANAGE_MEMBERS", "LEAVE"])),
        (Who::Manager, json!("R**"), json!(["CHANGE", "MANAGE_MEMBERS"])),
        (Who::Colleague, json!(null), json!([])),
    ] {
        let query =
            "query($c: ID!) { teams(communityId: $c) { nodes { leaderName availableActions } } }";
        let seen = world.run(who, query, of.clone()).await;
        let expected = json!([{ "leaderName": name, "availableActions": actions }]);
        assert_eq!(seen["data"]["teams"]["nodes"], expected, "{who:?}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
    let query = "query($c: ID!) { teams(communityId: $c) { nodes { members { name } } } }";
    let seen = world.run(Who::Neighbour, query, of).await;
    assert_eq!(seen["data"]["teams"]["nodes"][0]["members"].as_array().unwrap().len(), 2);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}
