//! Volunteers' time: what is recorded, who decides, what counts, corrections, certificates.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::{
    venues::text,
    volunteers::{active, code, community, consistent, crowd, refused, team, versioned, with},
    world::{Who, World, t0},
};

pub const HOURS: &str = "hours { id name state source from until version reason corrects correctedBy \
                         availableActions team { id } }";

pub async fn check_in(world: &World, who: Who, more: Value) -> Value {
    let input = with(json!({ "communityId": community(world).await }), more);
    let done = world.mutate(who, "hoursCheckIn", input, HOURS).await;
    assert_eq!(done["errors"], json!([]));
    done["hours"].clone()
}

pub async fn check_out(world: &World, who: Who, row: &Value) -> Value {
    let done = world.mutate(who, "hoursCheckOut", versioned(row), HOURS).await;
    assert_eq!(done["errors"], json!([]));
    done["hours"].clone()
}

pub async fn entry(world: &World, from: DateTime<Utc>, minutes: i64, more: Value) -> Value {
    let input = json!({ "communityId": community(world).await, "from": text(from),
        "until": text(from + Duration::minutes(minutes)) });
    with(input, more)
}

/// Time that somebody entered, and that waits.
pub async fn entered(world: &World, who: Who, from: DateTime<Utc>, minutes: i64) -> Value {
    let input = entry(world, from, minutes, json!({})).await;
    let done = world.mutate(who, "hoursEnter", input, HOURS).await;
    assert_eq!(done["errors"], json!([]));
    done["hours"].clone()
}

/// Time that counts.
pub async fn approved(world: &World, who: Who, from: DateTime<Utc>, minutes: i64) -> Value {
    let row = entered(world, who, from, minutes).await;
    let input = with(versioned(&row), json!({ "approve": true }));
    let done = world.mutate(Who::Manager, "hoursDecide", input, HOURS).await;
    assert_eq!(done["errors"], json!([]));
    done["hours"].clone()
}

/// One's own minutes of the year.
async fn minutes(world: &World, who: Who) -> i64 {
    let query = "query($c: ID!) { ownVolunteerMinutes(communityId: $c, year: 2025) { count } }";
    let seen = world.run(who, query, json!({ "c": community(world).await })).await;
    seen["data"]["ownVolunteerMinutes"]["count"].as_i64().unwrap_or_else(|| panic!("{seen}"))
}

async fn fails(world: &World, sql: &str) -> String {
    let conn = world.app.db.writer();
    let statement = Statement::from_string(conn.get_database_backend(), sql.to_owned());
    conn.execute_raw(statement).await.unwrap_err().to_string()
}

#[tokio::test]
async fn from_check_in_to_check_out_counts_at_once() {
    let world = World::new().await;
    let place = json!({ "communityId": community(&world).await });
    assert_eq!(
        refused(&world, Who::Resident, "hoursCheckIn", place.clone()).await,
        "NOT_A_VOLUNTEER"
    );
    active(&world, Who::Resident).await;
    let row = check_in(&world, Who::Resident, json!({ "idempotencyKey": "k" })).await;
    assert_eq!((&row["state"], &row["availableActions"]), (&json!("OPEN"), &json!(["CHECK_OUT"])));
    assert_eq!(row, check_in(&world, Who::Resident, json!({ "idempotencyKey": "k" })).await);
    assert_eq!(refused(&world, Who::Resident, "hoursCheckIn", place).await, "CHECKED_IN_ALREADY");
    world.advance(Duration::seconds(59));
    let input = versioned(&row);
    assert_eq!(refused(&world, Who::Resident, "hoursCheckOut", input.clone()).await, "TOO_EARLY");
    assert_eq!(refused(&world, Who::Neighbour, "hoursCheckOut", input.clone()).await, "NOT_FOUND");
    assert_eq!(refused(&world, Who::Manager, "hoursCheckOut", input).await, "FORBIDDEN");
    world.advance(Duration::seconds(61 + 58 * 60));
    let out = check_out(&world, Who::Resident, &row).await;
    assert_eq!((&out["state"], minutes(&world, Who::Resident).await), (&json!("APPROVED"), 60));
    // The next one overlaps nothing and counts too.
    let row = check_in(&world, Who::Resident, json!({})).await;
    world.advance(Duration::minutes(30));
    check_out(&world, Who::Resident, &row).await;
    assert_eq!(minutes(&world, Who::Resident).await, 90);
    consistent(&world).await;
}

#[tokio::test]
async fn what_nobody_checked_out_of_lapses_and_can_be_entered() {
    let world = World::new().await;
    active(&world, Who::Resident).await;
    let row = check_in(&world, Who::Resident, json!({})).await;
    world.advance(Duration::hours(12) + Duration::seconds(1));
    assert_eq!(
        refused(&world, Who::Resident, "hoursCheckOut", versioned(&row)).await,
        "WINDOW_CLOSED"
    );
    world.work().await;
    let own = "{ ownVolunteerHours { totalCount nodes { state until version } } }";
    let seen = world.run(Who::Resident, own, json!({})).await;
    let lapsed = json!([{ "state": "LAPSED", "until": null, "version": 2 }]);
    assert_eq!(seen["data"]["ownVolunteerHours"]["nodes"], lapsed);
    assert_eq!(minutes(&world, Who::Resident).await, 0);
    let text = world.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(text.contains("2025-06-03 10:00"), "{text}");
    approved(&world, Who::Resident, t0(), 120).await;
    assert_eq!(minutes(&world, Who::Resident).await, 120);
    // Just in time is in time.
    let row = check_in(&world, Who::Resident, json!({})).await;
    world.advance(Duration::hours(12));
    world.work().await;
    check_out(&world, Who::Resident, &row).await;
    consistent(&world).await;
}

#[tokio::test]
async fn what_is_entered_somebody_else_approves() {
    let world = World::new().await;
    let leader = active(&world, Who::Resident).await;
    let member = active(&world, Who::Neighbour).await;
    let team = team(&world, &[&leader, &member]).await;
    world.advance(Duration::hours(5));
    let with_team = json!({ "teamId": team["id"] });
    for (from, long, code) in [
        (t0(), 301, "INVALID_VALUE"),
        (t0(), 0, "INVALID_VALUE"),
        (t0() - Duration::hours(10), 721, "INVALID_VALUE"),
        (t0() - Duration::days(91), 60, "INVALID_VALUE"),
    ] {
        let input = entry(&world, from, long, json!({})).await;
        assert_eq!(refused(&world, Who::Neighbour, "hoursEnter", input).await, code, "{long}");
    }
    let input = entry(&world, t0(), 300, with_team.clone()).await;
    let row = world.mutate(Who::Neighbour, "hoursEnter", input, HOURS).await["hours"].clone();
    assert_eq!((&row["state"], &row["availableActions"]), (&json!("PENDING"), &json!([])));
    let yes = with(versioned(&row), json!({ "approve": true }));
    for (who, expected) in [
        (Who::Neighbour, "FORBIDDEN"),
        (Who::Colleague, "NOT_FOUND"),
        (Who::Specialist, "NOT_FOUND"),
        (Who::Nobody, "UNAUTHENTICATED"),
    ] {
        assert_eq!(refused(&world, who, "hoursDecide", yes.clone()).await, expected, "{who:?}");
    }
    // The leader decides about the team's, and sees no others.
    entered(&world, Who::Neighbour, t0(), 30).await;
    let query = "query($c: ID!) { volunteerHours(communityId: $c) { totalCount nodes { id name availableActions } } }";
    let place = json!({ "c": community(&world).await });
    let seen = world.run(Who::Resident, query, place.clone()).await;
    let node = json!({ "id": row["id"], "name": "N**", "availableActions": ["DECIDE"] });
    assert_eq!(seen["data"]["volunteerHours"], json!({ "totalCount": 1, "nodes": [node] }));
    let all = world.run(Who::Manager, query, place.clone()).await;
    assert_eq!(all["data"]["volunteerHours"]["totalCount"], 2);
    let none = world.run(Who::Neighbour, query, place).await;
    assert_eq!(none["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let done = world.mutate(Who::Resident, "hoursDecide", yes.clone(), HOURS).await;
    assert_eq!(done["hours"]["state"], "APPROVED");
    assert_eq!(refused(&world, Who::Manager, "hoursDecide", yes).await, "STALE_VERSION");
    assert_eq!(minutes(&world, Who::Neighbour).await, 300);
    // Nobody approves their own, be they the leader.
    let input = entry(&world, t0(), 60, with_team).await;
    let own = world.mutate(Who::Resident, "hoursEnter", input, HOURS).await["hours"].clone();
    let no = with(versioned(&own), json!({ "approve": false, "reason": "当天没有活动" }));
    assert_eq!(refused(&world, Who::Resident, "hoursDecide", no.clone()).await, "FORBIDDEN");
    let done = world.mutate(Who::Manager, "hoursDecide", no, HOURS).await;
    assert_eq!(done["hours"]["state"], "REFUSED");
    let text = world.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(text.contains("not approved"), "{text}");
    assert_eq!(minutes(&world, Who::Resident).await, 0);
    let leaked = "SELECT COUNT(*) FROM event WHERE CAST(data AS text) LIKE '%当天%'";
    assert_eq!(world.number(leaked).await, 0, "events hold no text of people");
    consistent(&world).await;
}

#[tokio::test]
async fn overlaps_count_once_across_midnight_on_both_days_and_a_day_has_eight_hours() {
    let world = World::new().await;
    active(&world, Who::Resident).await;
    world.advance(Duration::days(2));
    // 10:00–12:00 and 11:00–13:00 are three hours.
    approved(&world, Who::Resident, t0(), 120).await;
    approved(&world, Who::Resident, t0() + Duration::hours(1), 120).await;
    assert_eq!(minutes(&world, Who::Resident).await, 180);
    // 23:00–01:00 is an hour on each day.
    approved(&world, Who::Resident, t0() + Duration::hours(13), 120).await;
    assert_eq!(minutes(&world, Who::Resident).await, 300);
    let day = "SELECT SUM(minutes) FROM volunteer_day WHERE CAST(day AS text) LIKE '2025-06-04%'";
    assert_eq!(world.number(day).await, 60);
    // Ten hours more on the first day: capped there.
    approved(&world, Who::Resident, t0(), 600).await;
    assert_eq!(minutes(&world, Who::Resident).await, 480 + 60);
    consistent(&world).await;
    let query = "query($c: ID!, $m: Int) { volunteerStatistics(communityId: $c, year: 2025, month: $m) { \
                 minutes { metricId definitionVersion count asOf } active { count } incomplete } }";
    let ask = async |who: Who, month: Value| {
        world.run(who, query, json!({ "c": community(&world).await, "m": month })).await
    };
    for (month, count, active) in [(json!(6), 540, 1), (json!(null), 540, 1), (json!(5), 0, 0)] {
        let seen = ask(Who::Specialist, month.clone()).await["data"]["volunteerStatistics"].clone();
        assert_eq!(
            (&seen["minutes"]["count"], &seen["active"]["count"]),
            (&json!(count), &json!(active))
        );
        assert_eq!(seen["minutes"]["metricId"], "volunteer.hours");
        assert_eq!(seen["incomplete"], json!(month != json!(5)));
    }
    for who in [Who::Resident, Who::Overseer, Who::Auditor, Who::Stranger, Who::Admin] {
        let answer = ask(who, json!(6)).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{who:?}");
    }
}

#[tokio::test]
async fn a_correction_stands_for_what_it_corrects_and_can_be_corrected_itself() {
    let world = World::new().await;
    active(&world, Who::Resident).await;
    world.advance(Duration::days(1));
    let wrong = approved(&world, Who::Resident, t0(), 240).await;
    world.work().await;
    world.advance(Duration::seconds(1));
    let correct = |row: &Value, span: Option<(DateTime<Utc>, i64)>| {
        let more = match span {
            Some((from, long)) => {
                json!({ "from": text(from), "until": text(from + Duration::minutes(long)) })
            }
            None => json!({}),
        };
        with(with(versioned(row), json!({ "reason": "记错了日期" })), more)
    };
    let day_before = t0() - Duration::days(1);
    let input = correct(&wrong, Some((day_before, 60)));
    for (who, expected) in [
        (Who::Resident, "FORBIDDEN"),
        (Who::Neighbour, "NOT_FOUND"),
        (Who::Nobody, "UNAUTHENTICATED"),
    ] {
        assert_eq!(refused(&world, who, "hoursCorrect", input.clone()).await, expected, "{who:?}");
    }
    let half = with(correct(&wrong, None), json!({ "from": text(day_before) }));
    assert_eq!(refused(&world, Who::Manager, "hoursCorrect", half).await, "REQUIRED");
    let first = world.mutate(Who::Manager, "hoursCorrect", input.clone(), HOURS).await;
    let first = first["hours"].clone();
    assert_eq!(first["corrects"], wrong["id"]);
    assert_eq!((&first["source"], &first["reason"]), (&json!("CORRECTION"), &json!("记错了日期")));
    world.advance(Duration::seconds(1));
    let days = "SELECT COUNT(*) FROM volunteer_day WHERE CAST(day AS text) LIKE '2025-06-02%' AND minutes = 60";
    assert_eq!((minutes(&world, Who::Resident).await, world.number(days).await), (60, 1));
    assert_eq!(refused(&world, Who::Manager, "hoursCorrect", input).await, "CONFLICT", "one each");
    // Taken back, and that taken back again.
    let second = world.mutate(Who::Manager, "hoursCorrect", correct(&first, None), HOURS).await;
    let second = second["hours"].clone();
    world.advance(Duration::seconds(1));
    assert_eq!((&second["from"], minutes(&world, Who::Resident).await), (&json!(null), 0));
    let third = correct(&second, Some((t0(), 90)));
    let third = world.mutate(Who::Manager, "hoursCorrect", third, HOURS).await;
    assert_eq!(third["hours"]["availableActions"], json!(["CORRECT"]));
    assert_eq!(minutes(&world, Who::Resident).await, 90);
    let own = "{ ownVolunteerHours { nodes { id correctedBy } } }";
    let seen = world.run(Who::Resident, own, json!({})).await["data"]["ownVolunteerHours"]["nodes"]
        .clone();
    assert_eq!(seen.as_array().unwrap().len(), 4, "what was corrected stays");
    assert_eq!(seen[3], json!({ "id": wrong["id"], "correctedBy": first["id"] }));
    assert_eq!(seen[0]["correctedBy"], json!(null));
    let text = world.last_sms(&Who::Resident.phone()).await.unwrap();
    assert!(text.contains("corrected"), "{text}");
    consistent(&world).await;
}

#[tokio::test]
async fn the_database_keeps_what_was_recorded() {
    let world = World::new().await;
    active(&world, Who::Resident).await;
    world.advance(Duration::hours(3));
    approved(&world, Who::Resident, t0(), 60).await;
    for change in [
        "UPDATE volunteer_hours SET until_at = recorded_at",
        "UPDATE volunteer_hours SET from_at = NULL",
        "UPDATE volunteer_hours SET state = 'REFUSED'",
        "UPDATE volunteer_hours SET person_id = (SELECT id FROM person WHERE id <> volunteer_hours.person_id LIMIT 1)",
        "DELETE FROM volunteer_hours",
    ] {
        let error = fails(&world, change).await;
        assert!(error.contains("volunteer_hours_kept"), "{change}: {error}");
    }
    let input = json!({ "communityId": community(&world).await, "from": "2025-06-01", "until": "2025-06-03" });
    world.mutate(Who::Resident, "volunteerCertificateIssue", input, "certificate { id }").await;
    for change in
        ["UPDATE volunteer_certificate SET minutes = 1000", "DELETE FROM volunteer_certificate"]
    {
        let error = fails(&world, change).await;
        assert!(error.contains("volunteer_certificate_kept"), "{change}: {error}");
    }
    // A day that does not follow from its records is found.
    consistent(&world).await;
    let conn = world.app.db.writer();
    let sql = "UPDATE volunteer_day SET minutes = 61";
    conn.execute_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
    let found = linli::volunteers::queries::contradictions(&world.app).await.unwrap();
    assert_eq!(found, [("days whose minutes are not those of their records", 1)]);
}

#[tokio::test]
async fn a_certificate_is_checked_by_anybody_and_goes_stale() {
    let world = World::new().await;
    active(&world, Who::Resident).await;
    world.advance(Duration::hours(5));
    let wrong = approved(&world, Who::Resident, t0(), 75).await;
    let period = json!({ "communityId": community(&world).await, "from": "2025-06-01", "until": "2025-06-03" });
    let fields = "certificate { id number code name minutes from until }";
    let issue = "volunteerCertificateIssue";
    for (who, more, expected) in [
        (Who::Neighbour, json!({}), "INVALID_VALUE"),
        (Who::Resident, json!({ "until": "2025-06-04" }), "INVALID_VALUE"),
        (Who::Resident, json!({ "from": "2025-06-04" }), "INVALID_VALUE"),
        (Who::Resident, json!({ "until": "2025-06-02" }), "INVALID_VALUE"),
    ] {
        assert_eq!(refused(&world, who, issue, with(period.clone(), more)).await, expected);
    }
    let keyed = with(period, json!({ "idempotencyKey": "k" }));
    let made = world.mutate(Who::Resident, issue, keyed.clone(), fields).await;
    assert_eq!(made, world.mutate(Who::Resident, issue, keyed, fields).await);
    let made = &made["certificate"];
    assert_eq!((&made["name"], &made["minutes"]), (&json!("Resident 全名"), &json!(75)));
    let (number, secret) = (made["number"].as_str().unwrap(), made["code"].as_str().unwrap());
    assert!(number.starts_with("XF01-V2025-"), "{number}");
    assert_eq!(secret.len(), 16);
    let query = "query($n: String!, $c: String!) { volunteerCertificate(number: $n, code: $c) { number name \
                 minutes from until current community { name } } }";
    let check = async |n: &str, c: &str| {
        let answer = world.run(Who::Nobody, query, json!({ "n": n, "c": c })).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"]["volunteerCertificate"].clone()
    };
    let seen = check(&number.to_lowercase(), &secret.to_lowercase().replace('0', "o")).await;
    assert_eq!(
        (&seen["name"], &seen["minutes"], &seen["current"]),
        (&json!("R**"), &json!(75), &json!(true))
    );
    assert_eq!(check(number, "0000000000000000").await, json!(null));
    assert_eq!(check("XF01-V2025-00000000", secret).await, json!(null));
    let input = with(versioned(&wrong), json!({ "reason": "没有来" }));
    world.mutate(Who::Manager, "hoursCorrect", input, HOURS).await;
    let seen = check(number, secret).await;
    assert_eq!(
        (&seen["minutes"], &seen["current"]),
        (&json!(75), &json!(false)),
        "as it was issued"
    );
    let own = "{ ownVolunteerCertificates { totalCount nodes { number code } } }";
    let own = world.run(Who::Resident, own, json!({})).await;
    assert_eq!(own["data"]["ownVolunteerCertificates"]["nodes"][0]["code"], secret);
    let mut limited = false;
    for _ in 0..130 {
        let answer = world.run(Who::Nobody, query, json!({ "n": number, "c": "x" })).await;
        limited |= answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED";
    }
    assert!(limited, "guesses are counted");
}

#[tokio::test]
async fn time_is_for_a_team_that_one_belongs_to_or_did_then() {
    let world = World::new().await;
    let member = active(&world, Who::Neighbour).await;
    let team = team(&world, &[&active(&world, Who::Resident).await, &member]).await;
    let named = json!({ "teamId": team["id"] });
    let began = world.app.clock.now();
    world.advance(Duration::hours(2));
    let gone = json!({ "id": team["id"] });
    assert_eq!(refused(&world, Who::Neighbour, "teamLeave", gone).await, "none");
    let here = with(json!({ "communityId": community(&world).await }), named.clone());
    assert_eq!(
        refused(&world, Who::Neighbour, "hoursCheckIn", here.clone()).await,
        "UNKNOWN_REFERENCE"
    );
    let then = entry(&world, began, 60, named.clone()).await;
    assert_eq!(refused(&world, Who::Neighbour, "hoursEnter", then).await, "none");
    world.advance(Duration::hours(2));
    let now = world.app.clock.now() - Duration::hours(1);
    let later = entry(&world, now, 30, named).await;
    assert_eq!(refused(&world, Who::Neighbour, "hoursEnter", later).await, "UNKNOWN_REFERENCE");
    let closed =
        with(json!({ "id": team["id"], "expectedVersion": 1 }), json!({ "active": false }));
    assert_eq!(refused(&world, Who::Manager, "teamChange", closed).await, "none");
    assert_eq!(refused(&world, Who::Resident, "hoursCheckIn", here).await, "UNKNOWN_REFERENCE");
}

#[tokio::test]
async fn what_a_team_did_is_a_sum_that_says_nothing_of_one() {
    let world = World::new().await;
    let leader = active(&world, Who::Resident).await;
    let member = active(&world, Who::Neighbour).await;
    let pair = team(&world, &[&leader, &member]).await;
    let team = team(&world, &[&leader, &member]).await;
    let named = json!({ "teamId": team["id"] });
    let elsewhere = json!({ "communityId": community(&world).await, "teamId": team["id"] });
    active(&world, Who::Colleague).await;
    assert_eq!(
        refused(&world, Who::Colleague, "hoursCheckIn", elsewhere).await,
        "UNKNOWN_REFERENCE",
        "not their team"
    );
    let mut last = json!(null);
    for (who, of, minutes) in [
        (Who::Neighbour, &pair, 45),
        (Who::Resident, &pair, 45),
        (Who::Resident, &team, 300),
        (Who::Neighbour, &team, 305),
    ] {
        let row = check_in(&world, who, json!({ "teamId": of["id"] })).await;
        world.advance(Duration::minutes(minutes));
        last = check_out(&world, who, &row).await;
    }
    let query = "query($id: ID!, $y: Int!) { team(id: $id) { time(year: $y) { minutes year } } }";
    let look = async |who: Who, of: &Value| {
        let seen = world.run(who, query, json!({ "id": of["id"], "y": 2025 })).await;
        seen["data"]["team"]["time"].clone()
    };
    let of = |minutes: i64| json!({ "minutes": minutes, "year": 2025 });
    let others = [Who::Nobody, Who::Colleague, Who::Specialist, Who::Neighbour];
    for who in [Who::Resident, Who::Manager] {
        assert_eq!(look(who, &team).await, of(605), "{who:?} reads the records anyway");
    }
    for who in others {
        // Of two, whoever knows their own part knows the other's.
        assert_eq!(look(who, &team).await, json!(null), "{who:?}");
    }
    for token in crowd(&world, 8).await {
        let profile = "{ ownVolunteering { id } }";
        let own = world.run_with(Some(&token), profile, json!({})).await;
        let add =
            json!({ "id": team["id"], "volunteerId": own["data"]["ownVolunteering"][0]["id"] });
        world.mutate(Who::Manager, "teamMemberAdd", add, "team { id }").await;
        let input =
            json!({ "i": with(json!({ "communityId": community(&world).await }), named.clone()) });
        let enter = "mutation($i: HoursCheckInInput!) { hoursCheckIn(input: $i) { hours { id version } errors { code } } }";
        let row = world.run_with(Some(&token), enter, input).await["data"]["hoursCheckIn"]["hours"]
            .clone();
        world.advance(Duration::minutes(1));
        let leave =
            "mutation($i: HoursCheckOutInput!) { hoursCheckOut(input: $i) { errors { code } } }";
        world.run_with(Some(&token), leave, json!({ "i": versioned(&row) })).await;
    }
    for who in others {
        assert_eq!(look(who, &team).await, json!(null), "{who:?}: the year goes on");
    }
    world.advance(Duration::days(215));
    assert_eq!(look(Who::Manager, &team).await, of(613));
    for who in others {
        assert_eq!(look(who, &team).await, of(600), "{who:?}: ten people, whole ten hours");
        assert_eq!(look(who, &pair).await, json!(null), "{who:?}: two people");
    }
    // One change that comes late tells nothing of who it was about.
    let begin = last["from"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let input = with(
        versioned(&last),
        json!({ "reason": "多记了", "from": text(begin), "until": text(begin + Duration::minutes(296)) }),
    );
    let done = world.mutate(Who::Manager, "hoursCorrect", input, HOURS).await;
    assert_eq!(done["errors"], json!([]));
    assert_eq!(look(Who::Resident, &team).await, of(604));
    assert_eq!(look(Who::Neighbour, &team).await, of(600));
    consistent(&world).await;
    // What nobody is shown is not counted either.
    let (world, count) =
        crate::statements::counted_if(world, |sql| sql.contains("volunteer_hours")).await;
    let of = json!({ "id": team["id"], "y": 2026 });
    assert_eq!(world.run(Who::Neighbour, query, of).await["data"]["team"]["time"], json!(null));
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_devices_of_one_person_check_in_and_out_once() {
    let (a, b) = World::new().await.pair().await;
    active(&a, Who::Resident).await;
    let place = json!({ "communityId": community(&a).await });
    for round in 0..4 {
        let mut tasks = Vec::new();
        for n in 0..6 {
            let (world, input) = (if n % 2 == 0 { a.clone() } else { b.clone() }, place.clone());
            tasks.push(tokio::spawn(async move {
                world.mutate(Who::Resident, "hoursCheckIn", input, HOURS).await
            }));
        }
        let mut open = Vec::new();
        for task in tasks {
            let payload = task.await.unwrap();
            match code(&payload) {
                "none" => open.push(payload["hours"].clone()),
                other => assert_eq!(other, "CHECKED_IN_ALREADY"),
            }
        }
        assert_eq!(open.len(), 1, "round {round}");
        a.advance(Duration::minutes(25));
        let mut tasks = Vec::new();
        for n in 0..6 {
            let world = if n % 2 == 0 { a.clone() } else { b.clone() };
            let input = versioned(&open[0]);
            tasks.push(tokio::spawn(async move {
                world.mutate(Who::Resident, "hoursCheckOut", input, HOURS).await
            }));
        }
        let mut done = 0;
        for task in tasks {
            match code(&task.await.unwrap()) {
                "none" => done += 1,
                other => assert_eq!(other, "STALE_VERSION"),
            }
        }
        assert_eq!(done, 1, "round {round}");
    }
    assert_eq!(minutes(&a, Who::Resident).await, 100);
    consistent(&a).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn decisions_at_once_leave_days_that_agree() {
    let (a, b) = World::new().await.pair().await;
    active(&a, Who::Resident).await;
    a.advance(Duration::days(1));
    let mut tasks = Vec::new();
    for n in 0..12 {
        let row = entered(&a, Who::Resident, t0() + Duration::minutes(20 * n), 30).await;
        let world = if n % 2 == 0 { a.clone() } else { b.clone() };
        tasks.push(async move {
            let input = with(versioned(&row), json!({ "approve": true }));
            world.mutate(Who::Manager, "hoursDecide", input, HOURS).await
        });
    }
    let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    for task in tasks {
        assert_eq!(code(&task.await.unwrap()), "none");
    }
    assert_eq!(minutes(&a, Who::Resident).await, 250);
    consistent(&a).await;
}

#[tokio::test]
async fn time_is_entered_by_who_was_a_volunteer_then() {
    use crate::volunteers::{VOLUNTEER, applied};
    let world = World::new().await;
    let now = || world.app.clock.now();
    let enter = async |from: DateTime<Utc>, more: Value| {
        let input = entry(&world, from, 20, more).await;
        refused(&world, Who::Resident, "hoursEnter", input).await
    };
    let accept = async |row: &Value| {
        let input = with(versioned(row), json!({ "accept": true }));
        world.mutate(Who::Manager, "volunteerDecide", input, VOLUNTEER).await["volunteer"].clone()
    };
    let leave = async |row: &Value| {
        let done = world.mutate(Who::Resident, "volunteerLeave", versioned(row), VOLUNTEER).await;
        assert_eq!(done["errors"], json!([]));
    };
    let minutes = Duration::minutes;
    // Who only asked, and took it back, was none.
    let asked = now();
    let row = applied(&world, Who::Resident).await;
    world.advance(minutes(60));
    assert_eq!(enter(asked + minutes(5), json!({})).await, "NOT_A_VOLUNTEER", "it is asked");
    leave(&row).await;
    assert_eq!(enter(asked + minutes(5), json!({})).await, "NOT_A_VOLUNTEER", "it was withdrawn");
    // Nor is one before one is accepted.
    let row = applied(&world, Who::Resident).await;
    world.advance(minutes(60));
    let first = now();
    let row = accept(&row).await;
    let team = team(&world, &[&row]).await;
    world.advance(minutes(60));
    assert_eq!(enter(first - minutes(10), json!({})).await, "NOT_A_VOLUNTEER", "not yet");
    assert_eq!(enter(first, json!({})).await, "none");
    let left = now();
    leave(&row).await;
    world.advance(minutes(60));
    assert_eq!(enter(left - minutes(10), json!({})).await, "NOT_A_VOLUNTEER", "no more");
    let then = json!({ "teamId": team["id"] });
    assert_eq!(enter(left - minutes(30), then.clone()).await, "none", "what was done before");
    // Who came back enters what they did then, and what they do now.
    let row = applied(&world, Who::Resident).await;
    accept(&row).await;
    let again = now();
    world.advance(minutes(60));
    assert_eq!(enter(left - minutes(50), then.clone()).await, "none", "as who they were then");
    assert_eq!(enter(left + minutes(5), json!({})).await, "NOT_A_VOLUNTEER", "in between");
    assert_eq!(enter(again, then).await, "UNKNOWN_REFERENCE", "they left that team");
    assert_eq!(enter(again, json!({})).await, "none");
    consistent(&world).await;
}

#[tokio::test]
async fn so_much_of_ones_time_waits_and_no_more() {
    let world = World::new().await;
    active(&world, Who::Resident).await;
    world.advance(Duration::hours(20));
    let begin = world.app.clock.now() - Duration::hours(10);
    let mut first = json!(null);
    for n in 0..30 {
        first = entered(&world, Who::Resident, begin + Duration::minutes(10 * n), 10).await;
    }
    let more = entry(&world, begin - Duration::hours(1), 10, json!({})).await;
    let refusal = world.mutate(Who::Resident, "hoursEnter", more.clone(), HOURS).await;
    assert_eq!(refusal["errors"][0]["code"], "TOO_MANY_PENDING", "{refusal}");
    let input = with(versioned(&first), json!({ "approve": false }));
    assert_eq!(refused(&world, Who::Manager, "hoursDecide", input).await, "none");
    assert_eq!(refused(&world, Who::Resident, "hoursEnter", more).await, "none");
}

#[tokio::test]
async fn time_of_a_shift_is_that_of_its_team_and_of_its_hours() {
    use crate::{
        shifts::{planned, sign_up},
        venues::at,
    };
    let world = World::new().await;
    let leader = active(&world, Who::Resident).await;
    let row = active(&world, Who::Neighbour).await;
    let of_shift = team(&world, &[&leader]).await;
    let own = team(&world, &[&row]).await;
    let shift = planned(&world, json!({ "teamId": of_shift["id"] })).await;
    sign_up(&world, Who::Neighbour, &shift).await;
    let named = json!({ "shiftId": shift["id"] });
    // Whom one chooses as the team is who approves it.
    let other = with(named.clone(), json!({ "teamId": own["id"] }));
    world.advance(Duration::hours(24));
    let here = with(json!({ "communityId": community(&world).await }), other.clone());
    assert_eq!(refused(&world, Who::Neighbour, "hoursCheckIn", here).await, "INVALID_VALUE");
    world.advance(Duration::hours(4));
    for (from, more, expected) in [
        (at(24 * 60), other, "INVALID_VALUE"),
        (at(20 * 60), named.clone(), "INVALID_VALUE"),
        (at(23 * 60), named.clone(), "INVALID_VALUE"),
        (at(26 * 60), named.clone(), "INVALID_VALUE"),
        (at(23 * 60 + 30), named.clone(), "none"),
        (at(25 * 60 + 30), with(named, json!({ "teamId": of_shift["id"] })), "none"),
    ] {
        let input = entry(&world, from, 60, more.clone()).await;
        let got = refused(&world, Who::Neighbour, "hoursEnter", input).await;
        assert_eq!(got, expected, "{from} {more}");
    }
}
