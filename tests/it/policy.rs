//! The policy, written out for reviewers; and its agreement with what SQL says.

use linli::kernel::{
    Action,
    policy::{Relation, Standing, decide},
};
use linli_entity::enums::{Confidentiality, Role};
use serde_json::json;

use crate::world::{Who, World};

/// Every action × standing × relation × confidentiality, as one line per action and standing.
#[test]
fn the_matrix_is_what_reviewers_have_read() {
    let mut standings =
        vec![Standing::Visitor, Standing::Tracking, Standing::Resident, Standing::System];
    standings.extend(Role::ALL.iter().map(|r| Standing::Granted(*r)));
    let relations = [
        ("-", Relation::default()),
        ("requester", Relation { requester: true, ..Relation::default() }),
        ("owner", Relation { owner: true, ..Relation::default() }),
        ("both", Relation { requester: true, owner: true, delegate: false }),
    ];
    let mut lines = String::new();
    for action in Action::ALL {
        for standing in &standings {
            let mut allowed = Vec::new();
            let kinds = |relation| -> Vec<String> {
                Confidentiality::ALL
                    .iter()
                    .filter(|c| decide(*action, *standing, relation, **c))
                    .map(|c| c.code())
                    .collect()
            };
            for (name, relation) in relations {
                let kinds = kinds(relation);
                match kinds.len() {
                    0 => {}
                    3 => allowed.push(name.to_owned()),
                    _ => allowed.push(format!("{name}({})", kinds.join(","))),
                }
            }
            // Somebody's delegate is told apart only where it makes a difference.
            for (name, relation) in relations {
                let delegate = kinds(Relation { delegate: true, ..relation });
                if delegate != kinds(relation) {
                    let but = if name == "-" { String::new() } else { format!("+{name}") };
                    let all = delegate.len() == Confidentiality::ALL.len();
                    let of = if all { String::new() } else { format!("({})", delegate.join(",")) };
                    allowed.push(format!("delegate{but}{of}"));
                }
            }
            if !allowed.is_empty() {
                lines.push_str(&format!("{action:?} {standing:?}: {}\n", allowed.join(" ")));
            }
        }
    }
    insta::assert_snapshot!(lines);
}

/// What somebody sees in lists, by id and by `node` is the same, and what the policy says.
#[tokio::test]
async fn lists_and_single_reads_agree_about_who_sees_what() {
    let world = World::new().await;
    let mut requests = Vec::new();
    for code in ["CA-06", "CA-09", "PA-01"] {
        let matter = world.matter(code).await.to_string();
        let made = world.submit_as(Who::Resident, json!({ "matterId": matter })).await;
        requests.push(made["serviceRequest"].clone());
    }
    let expected = |who: Who| match who {
        Who::Resident => [true, true, true],
        Who::Specialist | Who::Colleague | Who::Overseer => [true, false, false],
        Who::Manager => [true, true, false],
        Who::Secretary => [false, false, true],
        _ => [false, false, false],
    };
    for who in Who::SIGNED_IN {
        let list = world
            .run(who, "{ serviceRequests(first: 100) { nodes { id } totalCount } }", json!({}))
            .await;
        let listed: Vec<_> = list["data"]["serviceRequests"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n["id"].clone())
            .collect();
        assert_eq!(list["data"]["serviceRequests"]["totalCount"], listed.len());
        for (request, seen) in requests.iter().zip(expected(who)) {
            let query = "query($id: ID!) { serviceRequest(id: $id) { id } node(id: $id) { id } }";
            let one = world.run(who, query, json!({ "id": request["id"] })).await;
            assert_eq!(one["data"]["serviceRequest"].is_object(), seen, "{who:?} {request}");
            assert_eq!(one["data"]["node"].is_object(), seen, "{who:?} {request}");
            assert_eq!(listed.contains(&request["id"]), seen, "{who:?} {request}");
        }
    }
    let nobody = world.run(Who::Nobody, "{ serviceRequests { nodes { id } } }", json!({})).await;
    assert_eq!(nobody["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

/// What cannot be seen cannot be told from what is not there.
#[tokio::test]
async fn a_foreign_request_is_not_found() {
    let world = World::new().await;
    let request = world.submit().await;
    for who in [Who::Neighbour, Who::Stranger, Who::BlockLead, Who::Auditor, Who::Admin] {
        let input = json!({ "id": request["id"], "expectedVersion": 1 });
        let query = "mutation($i: ServiceRequestStepInput!) { serviceRequestTake(input: $i) { errors { code } } }";
        let answer = world.run(who, query, json!({ "i": input })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{who:?}");
        let absent = json!({ "id": "req_00000000000070008000000000000000", "expectedVersion": 1 });
        let other = world.run(who, query, json!({ "i": absent })).await;
        assert_eq!(answer["errors"], other["errors"], "{who:?}");
    }
    let input = json!({ "id": request["id"], "expectedVersion": 1 });
    let query = "mutation($i: ServiceRequestStepInput!) { serviceRequestTake(input: $i) { errors { code } } }";
    let own = world.run(Who::Resident, query, json!({ "i": input })).await;
    assert_eq!(own["errors"][0]["extensions"]["code"], "FORBIDDEN", "visible, but not to be taken");
}

/// Staff cannot handle their own requests.
#[tokio::test]
async fn nobody_handles_their_own_request() {
    let world = World::new().await;
    let request = world.submit_as(Who::Specialist, json!({})).await["serviceRequest"].clone();
    let query = "mutation($i: ServiceRequestStepInput!) { serviceRequestTake(input: $i) { errors { code } } }";
    let input = json!({ "id": request["id"], "expectedVersion": 1 });
    let answer = world.run(Who::Specialist, query, json!({ "i": input })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let specialist = world.account(Who::Specialist).await.to_string();
    let payload = world
        .try_step(
            Who::Manager,
            "serviceRequestAssign",
            &request,
            json!({ "assigneeId": specialist }),
        )
        .await;
    assert_eq!(payload["errors"][0]["code"], "NOT_A_SPECIALIST");
}

/// What is of no place in particular belongs to those who have the whole system.
#[tokio::test]
async fn a_scoped_grant_ends_where_its_scope_ends() {
    let world = World::new().await;
    let names = json!({ "zhHans": "新街道" });
    let new = json!({ "kind": "SUBDISTRICT", "code": "NEW", "names": names });
    let query = "mutation($i: PlaceCreateInput!) { placeCreate(input: $i) { place { id version } errors { code } } }";
    for who in [Who::Manager, Who::Overseer, Who::Specialist] {
        let refused = world.run(who, query, json!({ "i": new })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{who:?} {refused}");
    }
    let made = world.run(Who::Admin, query, json!({ "i": new })).await;
    assert_eq!(made["data"]["placeCreate"]["errors"], json!([]), "{made}");
    // The overseer of a subdistrict keeps its departments.
    let subdistrict = world.places().await.subdistrict.to_string();
    let department =
        json!({ "kind": "DEPARTMENT", "code": "HOUSING", "names": names, "parentId": subdistrict });
    let made = world.run(Who::Overseer, query, json!({ "i": department })).await;
    let made = &made["data"]["placeCreate"]["place"];
    let change = json!({ "id": made["id"], "expectedVersion": 1, "address": "团结路1号" });
    let query = "mutation($i: PlaceChangeInput!) { placeChange(input: $i) { errors { code } } }";
    let changed = world.run(Who::Overseer, query, json!({ "i": change })).await;
    assert_eq!(changed["data"]["placeChange"]["errors"], json!([]), "{changed}");
    let refused = world.run(Who::Manager, query, json!({ "i": change })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
}
