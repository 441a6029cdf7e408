//! One's own calendar behind a link.

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use chrono::Duration;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    activities::{drafted, published, register, step as planned, stepped},
    appointments::{self, station},
    venues::{BOOKING, at, book, booked, room, text},
    world::{Who, World},
};

async fn fetch(world: &World, path: &str, tag: Option<&str>) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::get(path);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn feed(world: &World, who: Who, input: Value) -> Value {
    let fields = "created { path feed { id revokedAt } }";
    world.mutate(who, "calendarFeedCreate", input, fields).await
}

fn lines(text: &str) -> Vec<String> {
    text.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn a_link_shows_ones_own_bookings_and_follows_them() {
    let world = World::new().await;
    let room = room(&world, json!({})).await;
    let group = json!({ "groupName": "夕阳红, 合唱团; 周二" });
    let mine =
        book(&world, Who::Resident, &room, (at(60), at(120)), group).await["booking"].clone();
    booked(&world, Who::Neighbour, &room, 120, 180).await;
    let made = feed(&world, Who::Resident, json!({})).await;
    let path = made["created"]["path"].as_str().unwrap();
    assert_eq!(path.len(), "/feeds/".len() + 32 + ".ics".len());
    let (status, headers, body) = fetch(&world, path, None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "text/calendar; charset=utf-8");
    let shown = lines(&body);
    let uid = format!("UID:{}@linli", mine["id"].as_str().unwrap());
    for line in [
        uid.as_str(),
        "SUMMARY:Dance room (夕阳红\\, 合唱团\\; 周二)",
        "LOCATION:党群服务中心",
        "DTSTART:20250603T030000Z",
        "DTEND:20250603T040000Z",
        "DTSTAMP:20250603T020000Z",
        "LAST-MODIFIED:20250603T020000Z",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
    ] {
        assert!(shown.iter().any(|l| l == line), "{line} {shown:?}");
    }
    assert_eq!(body.matches("BEGIN:VEVENT").count(), 1, "nothing of anybody else");
    // Nothing new: nothing is sent.
    let tag = headers[header::ETAG].to_str().unwrap();
    assert!(tag.starts_with('"'), "a strong one");
    world.advance(Duration::minutes(5));
    let (status, again, empty) = fetch(&world, path, Some(tag)).await;
    assert_eq!((status, empty.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again[header::ETAG], tag);
    // A move and a cancellation are the same entry, further on.
    let input = json!({ "id": mine["id"], "expectedVersion": 1, "from": text(at(360)), "until": text(at(420)) });
    world.mutate(Who::Resident, "venueBookingMove", input, BOOKING).await;
    let (status, headers, body) = fetch(&world, path, Some(tag)).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(headers[header::ETAG], tag);
    let shown = lines(&body);
    for line in
        [uid.as_str(), "SEQUENCE:1", "DTSTART:20250603T080000Z", "LAST-MODIFIED:20250603T020500Z"]
    {
        assert!(shown.iter().any(|l| l == line), "{line} {shown:?}");
    }
    let input = json!({ "id": mine["id"], "expectedVersion": 2 });
    world.mutate(Who::Specialist, "venueBookingCancel", input, BOOKING).await;
    let cancelled = fetch(&world, path, None).await.2;
    assert!(cancelled.contains("STATUS:CANCELLED\r\n") && cancelled.contains("SEQUENCE:2\r\n"));
    world.advance(Duration::days(29));
    assert!(fetch(&world, path, None).await.2.contains(&uid));
    world.advance(Duration::days(2));
    assert!(!fetch(&world, path, None).await.2.contains(&uid), "gone after 30 days");
}

#[tokio::test]
async fn a_link_can_be_taken_back_and_replaced_and_is_stored_nowhere() {
    let world = World::new().await;
    let made = feed(&world, Who::Resident, json!({})).await;
    let path = made["created"]["path"].as_str().unwrap().to_owned();
    let token = path.strip_prefix("/feeds/").unwrap().strip_suffix(".ics").unwrap();
    let kept = feed(&world, Who::Resident, json!({ "replace": false })).await;
    assert_eq!(kept["errors"][0]["code"], "CONFLICT");
    let next = feed(&world, Who::Resident, json!({})).await;
    assert_eq!(fetch(&world, &path, None).await.0, StatusCode::NOT_FOUND);
    let path = next["created"]["path"].as_str().unwrap().to_owned();
    assert_eq!(fetch(&world, &path, None).await.0, StatusCode::OK);
    let known = world.run(Who::Resident, "{ calendarFeed { id } }", json!({})).await;
    let id = &known["data"]["calendarFeed"]["id"];
    assert_eq!(*id, next["created"]["feed"]["id"]);
    // Somebody else's cannot be taken back.
    let query = "mutation($i: CalendarFeedRevokeInput!) { calendarFeedRevoke(input: $i) { errors { code } } }";
    let other = world.run(Who::Neighbour, query, json!({ "i": { "id": id } })).await;
    assert_eq!(other["errors"][0]["extensions"]["code"], "NOT_FOUND");
    // Who may not sign in any more is not shown either.
    let account = world.account(Who::Resident).await.to_string();
    let lock = json!({ "accountId": account });
    world.mutate(Who::Admin, "accountLock", lock.clone(), "account { state }").await;
    assert_eq!(fetch(&world, &path, None).await.0, StatusCode::NOT_FOUND);
    world.mutate(Who::Admin, "accountUnlock", lock, "account { state }").await;
    assert_eq!(fetch(&world, &path, None).await.0, StatusCode::OK);
    // Locking has ended the session: time for a new one.
    world.advance(Duration::minutes(11));
    world.mutate(Who::Resident, "calendarFeedRevoke", json!({ "id": id }), "feed { id }").await;
    assert_eq!(fetch(&world, &path, None).await.0, StatusCode::NOT_FOUND);
    let events = format!("SELECT COUNT(*) FROM event WHERE CAST(data AS text) LIKE '%{token}%'");
    assert_eq!(world.number(&events).await, 0);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_holds_up_nobody_else() {
    let world = World::new().await;
    let made = feed(&world, Who::Resident, json!({})).await;
    let path = made["created"]["path"].as_str().unwrap();
    for wrong in ["/feeds/x.ics", "/feeds/.ics", "/feeds/x", &path[..path.len() - 4]] {
        assert_eq!(fetch(&world, wrong, None).await.0, StatusCode::NOT_FOUND, "{wrong}");
    }
    let mut last = StatusCode::NOT_FOUND;
    for _ in 0..30 {
        last = fetch(&world, "/feeds/0123456789ABCDEFGHJKMNPQRSTVWXYZ.ics", None).await.0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(fetch(&world, path, None).await.0, StatusCode::OK);
}

#[tokio::test]
async fn ones_own_calendar_has_appointments_and_activities() {
    let world = World::new().await;
    let station = station(&world, 1).await;
    let request = world.submit().await;
    let slot = appointments::at("11:00");
    let visit = appointments::book(&world, &request, (&station, "WINDOW", &slot)).await;
    let activity = published(&world, json!({})).await;
    let other = published(&world, json!({ "titles": { "zhHans": "别人的" } })).await;
    register(&world, Who::Resident, &activity, json!({})).await;
    register(&world, Who::Neighbour, &other, json!({})).await;
    let made = feed(&world, Who::Resident, json!({})).await;
    let path = made["created"]["path"].as_str().unwrap();
    let (_, headers, body) = fetch(&world, path, None).await;
    let shown = lines(&body);
    let session = activity["sessions"][0]["id"].as_str().unwrap();
    let number = request["number"].as_str().unwrap();
    for line in [
        format!("UID:{}@linli", visit["id"].as_str().unwrap()),
        format!("SUMMARY:Appointment {number}"),
        "DTSTART:20250604T030000Z".to_owned(),
        "LOCATION:党群服务中心".to_owned(),
        format!("UID:{session}@linli"),
        "SUMMARY:Paper cutting".to_owned(),
        "LOCATION:社区广场".to_owned(),
    ] {
        assert!(shown.contains(&line), "{line} {shown:?}");
    }
    assert_eq!(body.matches("BEGIN:VEVENT").count(), 2, "nothing of anybody else");
    assert!(!body.contains("优待证"), "neither matter nor title: the link may get about");
    let tag = headers[header::ETAG].to_str().unwrap();
    world.advance(Duration::minutes(5));
    assert_eq!(fetch(&world, path, Some(tag)).await.0, StatusCode::NOT_MODIFIED);
    let later = json!({ "start": appointments::at("12:00") });
    appointments::step(&world, Who::Resident, "appointmentMove", &visit, later).await;
    stepped(&world, "activityCancel", &activity, json!({ "reason": "下雨" })).await;
    let body = fetch(&world, path, Some(tag)).await.2;
    let shown = lines(&body);
    for line in [
        "DTSTART:20250604T040000Z",
        "SEQUENCE:1",
        "STATUS:CANCELLED",
        "STATUS:CONFIRMED",
        "LAST-MODIFIED:20250603T020500Z",
    ] {
        assert!(shown.iter().any(|l| l == line), "{line} {shown:?}");
    }
}

#[tokio::test]
async fn the_programme_of_a_community_is_everybodys_in_the_language_that_they_read() {
    let world = World::new().await;
    let community = world.places().await.community.to_string();
    let query = "query($c: ID!) { activitiesFeedPath(communityId: $c) }";
    let answer = world.run(Who::Nobody, query, json!({ "c": community })).await;
    let path = answer["data"]["activitiesFeedPath"].as_str().unwrap().to_owned();
    let room = room(&world, json!({})).await;
    let draft = drafted(&world, json!({ "titles": { "zhHans": "草稿" } })).await;
    planned(&world, "activityCancel", &draft, json!({ "reason": "不办了" })).await;
    drafted(&world, json!({ "titles": { "zhHans": "还没有" } })).await;
    let session = json!({ "from": text(at(180)), "until": text(at(240)), "venueId": room["id"] });
    let more = json!({ "sessions": [session], "registrationClosesAt": text(at(170)),
        "descriptions": { "zhHans": "剪刀,纸;\n大家来。" } });
    let activity = published(&world, more).await;
    let (status, headers, body) = fetch(&world, &path, None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=300");
    assert_eq!(headers[header::VARY], "accept-language");
    let shown = lines(&body);
    let uid = format!("UID:{}@linli", activity["sessions"][0]["id"].as_str().unwrap());
    for line in [
        uid.as_str(),
        "SUMMARY:剪纸",
        "DESCRIPTION:剪刀\\,纸\\;\\n大家来。",
        "DTSTART:20250603T050000Z",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
    ] {
        assert!(shown.iter().any(|l| l == line), "{line} {shown:?}");
    }
    assert!(
        shown.iter().any(|l| l.starts_with("LOCATION:") && l.contains("党群服务中心")),
        "{shown:?}"
    );
    assert_eq!(body.matches("BEGIN:VEVENT").count(), 1, "what is published, and nothing else");
    assert!(body.split("\r\n").all(|line| line.len() <= 75), "folded");
    let english = fetch(&world, &format!("{path}?language=en"), None).await.2;
    assert!(english.contains("SUMMARY:Paper cutting\r\n"), "{english}");
    // Who only registers changes nothing in it.
    let tag = headers[header::ETAG].to_str().unwrap();
    register(&world, Who::Resident, &activity, json!({})).await;
    assert_eq!(fetch(&world, &path, Some(tag)).await.0, StatusCode::NOT_MODIFIED);
    let session = json!({ "sessionId": activity["sessions"][0]["id"], "from": text(at(200)),
        "until": text(at(260)) });
    world.advance(Duration::minutes(1));
    let input = json!({ "expectedVersion": activity["version"], "sessionId": session["sessionId"],
        "from": session["from"], "until": session["until"] });
    let moved =
        world.mutate(Who::Manager, "activitySessionChange", input, "activity { version }").await;
    assert_eq!(moved["errors"], json!([]));
    let (status, _, body) = fetch(&world, &path, Some(tag)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains(&uid) && body.contains("SEQUENCE:1\r\n"), "{body}");
    for wrong in ["/feeds/activities/NOWHERE.ics", "/feeds/activities/x", "/feeds/activities/.ics"]
    {
        assert_eq!(fetch(&world, wrong, None).await.0, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn the_path_of_the_map_of_a_community_leads_to_it() {
    let world = World::new().await;
    let places = world.places().await;
    let query = "query($c: ID!) { incidentsFeedPath(communityId: $c) }";
    let path = async |id: String| {
        let answer = world.run(Who::Nobody, query, json!({ "c": id })).await;
        answer["data"]["incidentsFeedPath"].clone()
    };
    assert_eq!(path(places.subdistrict.to_string()).await, Value::Null, "no community");
    let path = path(places.community.to_string()).await.as_str().unwrap().to_owned();
    let (status, headers, body) = fetch(&world, &format!("{path}?language=en"), None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "application/geo+json");
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["type"], "FeatureCollection");
}
