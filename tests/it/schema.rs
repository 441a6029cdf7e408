//! The schema as text: in step with the file, described everywhere, closed to strangers.

use serde_json::json;

use crate::world::{Who, World, input_type};

#[test]
fn the_schema_file_is_the_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        stored == linli::graphql::sdl(),
        "schema.graphql is not up to date: cargo run -- schema > schema.graphql"
    );
}

pub async fn introspect(world: &World, query: &str) -> serde_json::Value {
    let answer = world.run(Who::Nobody, query, json!({})).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"].clone()
}

#[tokio::test]
async fn every_type_field_argument_and_enum_value_is_described() {
    let world = World::new().await.with_config(|c| c.limits.depth = 30);
    let query = "{ __schema { types { name kind description fields(includeDeprecated: true) { name \
                 description args { name description } } inputFields { name description } \
                 enumValues { name description } } } }";
    let data = introspect(&world, query).await;
    let mut bare = Vec::new();
    let blank =
        |v: &serde_json::Value| v["description"].as_str().is_none_or(|d| d.trim().is_empty());
    for ty in data["__schema"]["types"].as_array().unwrap() {
        let name = ty["name"].as_str().unwrap();
        if name.starts_with("__") || ["Int", "Float", "String", "Boolean", "ID"].contains(&name) {
            continue;
        }
        if blank(ty) {
            bare.push(name.to_owned());
        }
        for part in ["fields", "inputFields", "enumValues"] {
            for item in ty[part].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", item["name"].as_str().unwrap());
                if blank(item) {
                    bare.push(path.clone());
                }
                for arg in item["args"].as_array().into_iter().flatten() {
                    if blank(arg) {
                        bare.push(format!("{path}({})", arg["name"].as_str().unwrap()));
                    }
                }
            }
        }
    }
    assert!(bare.is_empty(), "without a description: {bare:#?}");
}

/// Mutations that a stranger may use: reviewed one by one.
const PUBLIC_MUTATIONS: [&str; 11] = [
    "registrationCodeSend",
    "register",
    "signIn",
    "sessionRefresh",
    "passwordResetCodeSend",
    "passwordReset",
    "incidentTrackCodeSend",
    "incidentTrackVerify",
    "serviceRequestFollowCodeSend",
    "serviceRequestFollowVerify",
    "incidentCodeSend",
];

/// Input for every mutation, good enough to reach the policy.
fn sample(ty: &serde_json::Value, field: &str, ids: &serde_json::Value) -> serde_json::Value {
    let kind = ty["kind"].as_str().unwrap();
    match kind {
        "NON_NULL" => sample(&ty["ofType"], field, ids),
        "LIST" => json!([sample(&ty["ofType"], field, ids)]),
        _ => match (ty["name"].as_str().unwrap(), field) {
            ("ID", field) => ids.get(field).cloned().unwrap_or(ids["id"].clone()),
            ("Int", _) => json!(1),
            ("Float", _) => json!(1.0),
            ("Boolean", _) => json!(true),
            ("NaiveDate", _) => json!("2025-07-01"),
            ("DateTime", _) => json!("2025-07-01T00:00:00Z"),
            ("String", "phone") => json!("13700000000"),
            ("String", _) => json!("文本"),
            _ => ty["sample"].clone(),
        },
    }
}

/// The kind of id that is named `id`, where it is not that of a request.
const OWN_IDS: &[(&str, &str)] = &[
    ("leaveCancel", "lev"),
    ("placeChange", "plc"),
    ("matterPublish", "mat"),
    ("matterChange", "mat"),
    ("matterSetActive", "mat"),
    ("correctiveActionAssign", "cor"),
    ("correctiveActionComplete", "cor"),
    ("contactTaskComplete", "tsk"),
    ("appointmentMove", "apt"),
    ("appointmentCancel", "apt"),
    ("appointmentArrive", "apt"),
    ("appointmentComplete", "apt"),
    ("appointmentMarkNoShow", "apt"),
    ("themeChange", "thm"),
    ("partnerOrganisationChange", "pto"),
    ("activityChange", "act"),
    ("activityPublish", "act"),
    ("activityCancel", "act"),
    ("activityMarkHeld", "act"),
    ("venueChange", "ven"),
    ("venueBookingMove", "vbk"),
    ("venueBookingCancel", "vbk"),
    ("venueBookingRecordUse", "vbk"),
    ("calendarFeedRevoke", "fed"),
    ("volunteerDecide", "vol"),
    ("volunteerChange", "vol"),
    ("volunteerLeave", "vol"),
    ("teamChange", "tem"),
    ("teamMemberAdd", "tem"),
    ("teamMemberRemove", "tem"),
    ("teamLeave", "tem"),
    ("hoursCheckOut", "hrs"),
    ("hoursDecide", "hrs"),
    ("hoursCorrect", "hrs"),
    ("shiftCancel", "shf"),
    ("delegationAccept", "dlg"),
    ("delegationDecline", "dlg"),
    ("delegationEnd", "dlg"),
    ("partyMembershipTransfer", "pmb"),
    ("partyMembershipEnd", "pmb"),
    ("helpItemChange", "hlp"),
    ("wishChange", "wsh"),
    ("wishSubmit", "wsh"),
    ("wishWithdraw", "wsh"),
    ("wishVerify", "wsh"),
    ("wishDecline", "wsh"),
    ("wishPublish", "wsh"),
    ("wishUnpublish", "wsh"),
    ("wishOffer", "wsh"),
    ("wishOffersStop", "wsh"),
    ("wishContactReveal", "wsh"),
    ("wishOfferAccept", "ofr"),
    ("wishOfferDecline", "ofr"),
    ("wishClaimRenew", "clm"),
    ("wishClaimRelease", "clm"),
    ("wishClaimHandOver", "clm"),
    ("wishClaimDeliver", "clm"),
    ("wishClaimConfirm", "clm"),
    ("wishClaimRefuse", "clm"),
    ("wishClaimContactReveal", "clm"),
    ("blockChange", "plc"),
    ("officeTermEnd", "trm"),
    ("officeStandInCancel", "std"),
    ("agencyTermsSet", "plc"),
    ("agencyTaskSign", "agt"),
    ("agencyTaskContact", "agt"),
    ("agencyTaskFinish", "agt"),
    ("agencyTaskRefuse", "agt"),
    ("agencyTaskDecide", "agt"),
    ("agencyTaskCallOff", "agt"),
    ("agencyTaskNote", "agt"),
    ("agencyTaskRate", "agt"),
    ("agencyTaskReporterReveal", "agt"),
    ("incidentConsentSet", "inc"),
    ("incidentFollow", "inc"),
    ("incidentUnfollow", "inc"),
    ("incidentRespond", "inc"),
    ("incidentEscalate", "inc"),
    ("incidentJointOpen", "inc"),
    ("incidentResolve", "inc"),
    ("incidentAnswer", "inc"),
    ("incidentReopen", "inc"),
    ("incidentRoute", "inc"),
    ("incidentMerge", "inc"),
    ("incidentPublish", "inc"),
    ("incidentHide", "inc"),
    ("incidentContactReveal", "inc"),
];

#[tokio::test]
async fn every_mutation_outside_the_reviewed_list_refuses_strangers() {
    let world = World::new().await.with_config(|c| c.limits.depth = 30);
    let query = "{ __schema { mutationType { fields { name } } types { name kind enumValues { name } \
                 inputFields { name defaultValue type { kind name ofType { kind name ofType { kind \
                 name ofType { kind name ofType { kind name } } } } } } } } }";
    let data = introspect(&world, query).await;
    let types = data["__schema"]["types"].as_array().unwrap().clone();
    let request = world.submit().await;
    let places = world.places().await;
    let account = world.account(Who::Specialist).await.to_string();
    let community = places.community.to_string();
    let ids = json!({
        "id": request["id"], "requestId": request["id"], "communityId": community,
        "matterId": places.matter.to_string(), "accountId": account, "assigneeId": account,
        "toId": account, "survivorId": request["id"], "departmentId": community,
        "accountIds": account, "scopeId": community, "parentId": community,
        "grantId": "grt_00000000000070008000000000000000", "handlerId": account,
        "stationId": community,
        "activityId": "act_00000000000070008000000000000000",
        "sessionId": "ase_00000000000070008000000000000000",
        "registrationId": "rgn_00000000000070008000000000000000",
        "ticketId": "tkt_00000000000070008000000000000000",
        "matterIds": places.matter.to_string(),
        "venueId": "ven_00000000000070008000000000000000", "stationId": community,
        "wishId": "wsh_00000000000070008000000000000000",
        "branchId": community, "toBranchId": community,
        "shiftId": "shf_00000000000070008000000000000000",
        "volunteerId": "vol_00000000000070008000000000000000",
        "placeId": community, "termId": "trm_00000000000070008000000000000000",
        "agencyId": community, "proposedAgencyId": community,
        "intoId": "inc_00000000000070008000000000000000",
    });
    let mut checked = 0;
    for field in data["__schema"]["mutationType"]["fields"].as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        if PUBLIC_MUTATIONS.contains(&name) {
            continue;
        }
        let mut ids = ids.clone();
        if let Some((_, prefix)) = OWN_IDS.iter().find(|(n, _)| *n == name) {
            ids["id"] = json!(format!("{prefix}_00000000000070008000000000000000"));
            if *prefix == "plc" {
                ids["id"] = json!(community);
            }
            if *prefix == "mat" {
                ids["id"] = json!(places.matter.to_string());
            }
        }
        let kind = input_type(name);
        let input = build(&types, &kind, &ids);
        let query =
            format!("mutation($i: {kind}!) {{ {name}(input: $i) {{ errors {{ code }} }} }}");
        let answer = world.run(Who::Nobody, &query, json!({ "i": input })).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none");
        let absent = OWN_IDS.iter().any(|(n, _)| *n == name) && code == "NOT_FOUND";
        assert!(code == "UNAUTHENTICATED" || absent, "{name}: {answer}");
        checked += 1;
    }
    assert!(checked > 40, "only {checked} mutations were checked");
}

/// An input of the type `name` with what is required of it.
pub fn build(
    types: &[serde_json::Value],
    name: &str,
    ids: &serde_json::Value,
) -> serde_json::Value {
    let ty = types.iter().find(|t| t["name"] == name).unwrap();
    let mut input = json!({});
    for field in ty["inputFields"].as_array().unwrap() {
        let required = field["type"]["kind"] == "NON_NULL" && field["defaultValue"].is_null();
        if !required {
            continue;
        }
        let field_name = field["name"].as_str().unwrap();
        input[field_name] = value(types, &field["type"], field_name, ids);
    }
    input
}

/// A value of a type, good enough to be read.
pub fn value(
    types: &[serde_json::Value],
    ty: &serde_json::Value,
    field: &str,
    ids: &serde_json::Value,
) -> serde_json::Value {
    match ty["kind"].as_str().unwrap() {
        "NON_NULL" => value(types, &ty["ofType"], field, ids),
        "LIST" if field == "week" => {
            json!(vec![vec![json!({"from": "10:00", "until": "14:00"})]; 7])
        }
        "LIST" if field == "seasons" => {
            json!([{ "from": "01-01", "week": vec![vec![json!({"from": "10:00", "until": "14:00"})]; 7] }])
        }
        "LIST" => json!([value(types, &ty["ofType"], field, ids)]),
        "ENUM" => {
            let name = ty["name"].as_str().unwrap();
            let ty = types.iter().find(|t| t["name"] == name).unwrap();
            ty["enumValues"][0]["name"].clone()
        }
        // Exactly one of several.
        "INPUT_OBJECT" if field == "to" => json!({ "phone": "13700000000" }),
        "INPUT_OBJECT" => build(types, ty["name"].as_str().unwrap(), ids),
        _ => sample(ty, field, ids),
    }
}
