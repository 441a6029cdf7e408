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
