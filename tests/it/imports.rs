//! Requests from other systems.

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use chrono::{DateTime, Duration, Utc};
use linli::ops::import::{Options, Summary, import};
use serde_json::{Value, json};

use crate::world::{Who, World};

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("linli-import-{}-{name}.csv", std::process::id()));
    std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
    path
}

async fn run(
    world: &World,
    path: &PathBuf,
    create: bool,
    rejects: Option<PathBuf>,
) -> (Summary, Result<(), String>) {
    let mut summary = Summary::default();
    let options = Options {
        file: path.clone(),
        community: "XF01".to_owned(),
        create_missing: create,
        rejects,
    };
    let result = import(&world.app, &options, &mut summary, false).await;
    (summary, result)
}

const ROWS: &str = "\
status,id,title,category,agency,created_at,closed_at,due_at,rating,requester,weather
closed,1,路灯不亮,street light,public works,2025-01-02T01:00:00Z,2025-01-02T03:00:00Z,,5,王某,sunny
open,2,=cmd(),street light,public works,2025-01-03T01:00:00Z,,2025-02-01T00:00:00Z,,,rain
closed,3,\"多行
标题\",street light,,2025-01-04 09:00:00,2025-01-04T02:00:00Z,,,,
closed,4,没有关闭时间,street light,public works,2025-01-05T01:00:00Z,,,,,
closed,5,关闭早于创建,street light,public works,2025-01-05T01:00:00Z,2025-01-04T01:00:00Z,,,,
weird,6,状态不明,street light,public works,2025-01-05T01:00:00Z,,,,,
open,7,时间不对,street light,public works,yesterday,,,,,
open,8,列数不对,street light
open,1,同一行再来,street light,public works,2025-01-06T01:00:00Z,,,,,
";

#[tokio::test]
async fn good_rows_come_in_bad_ones_are_named_and_repeating_is_safe() {
    let world = World::new().await;
    let path = file("mixed", ROWS);
    let rejects = file("rejects", "");
    let (none, done) = run(&world, &path, false, Some(rejects.clone())).await;
    assert!(done.is_ok());
    assert_eq!((none.imported, none.refused), (0, 8), "nothing is made without --create-missing");
    let (summary, done) = run(&world, &path, true, Some(rejects.clone())).await;
    assert!(done.is_ok(), "{done:?}");
    assert_eq!(summary, Summary { imported: 3, known: 1, refused: 5 });
    let written = std::fs::read_to_string(&rejects).unwrap();
    for reason in [
        "closed without closed_at",
        "closed_at before created_at",
        "neither open nor closed",
        "yesterday",
    ] {
        assert!(written.contains(reason), "{reason}: {written}");
    }
    assert!(written.lines().any(|l| l.starts_with("6,")), "line numbers of the file: {written}");
    let (again, _) = run(&world, &path, true, None).await;
    assert_eq!((again.imported, again.known), (0, 4));

    let query = "{ serviceRequests(orderBy: NEWEST) { nodes { title state outcome intakeChannel submittedAt dueAt number } } }";
    let list = world.run(Who::Specialist, query, json!({})).await;
    let nodes = list["data"]["serviceRequests"]["nodes"].as_array().unwrap().clone();
    assert_eq!(nodes.len(), 3, "{list}");
    assert_eq!(nodes[0]["title"], "多行\n标题");
    assert_eq!(
        nodes[0]["submittedAt"], "2025-01-04T01:00:00+00:00",
        "official time without a zone"
    );
    assert_eq!((&nodes[2]["state"], &nodes[2]["outcome"]), (&json!("CLOSED"), &json!("IMPORTED")));
    assert_eq!(nodes[1]["dueAt"], "2025-02-01T00:00:00+00:00");
    assert!(nodes[1]["number"].as_str().unwrap().starts_with("XF01-2025-"));
    // An open one is worked on like any other, and keeps the deadline that it came with.
    let open = world
        .run(
            Who::Specialist,
            "{ serviceRequests(filter: {open: true}) { nodes { id version } } }",
            json!({}),
        )
        .await;
    let open = open["data"]["serviceRequests"]["nodes"][0].clone();
    let taken = world.step(Who::Specialist, "serviceRequestTake", &open, json!({})).await;
    assert_eq!(taken["dueAt"], "2025-02-01T00:00:00+00:00");
}

#[tokio::test]
async fn statistics_know_what_was_imported() {
    let world = World::new().await;
    let path = file("counted", ROWS);
    run(&world, &path, true, None).await.1.unwrap();
    let place = world.places().await.community.to_string();
    let input = json!({ "placeId": place, "from": "2025-01-01", "to": "2025-02-01", "zone": "UTC", "groupBy": "DEPARTMENT" });
    let query = "query($i: RequestStatisticsInput!) { requestStatistics(input: $i) { total { base done times { metric count p50Seconds p90Seconds } } groups { label line { base } } trend(step: DAY) { start received } } }";
    let answer = world.run(Who::Manager, query, json!({ "i": input })).await;
    let s = &answer["data"]["requestStatistics"];
    assert_eq!((&s["total"]["base"], &s["total"]["done"]), (&json!(3), &json!(2)), "{answer}");
    let wall = s["total"]["times"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["metric"] == "HANDLING_WALL")
        .unwrap();
    assert_eq!((&wall["p50Seconds"], &wall["p90Seconds"]), (&json!(3600), &json!(7200)));
    let work = s["total"]["times"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["metric"] == "HANDLING_WORK")
        .unwrap();
    assert_eq!(work["count"], 0, "imported closures are left out of working time");
    assert_eq!(s["groups"].as_array().unwrap().len(), 1);
}

/// A made-up year of a city: rows, and what a plain count of them says.
struct City {
    text: String,
    total: i64,
    done: i64,
    seconds: Vec<i64>,
    by_category: BTreeMap<String, (i64, Vec<i64>)>,
    by_agency: BTreeMap<String, i64>,
    created: BTreeMap<String, i64>,
    closed: BTreeMap<String, i64>,
}

fn city(rows: u32) -> City {
    let mut city = City {
        text: "id,title,category,agency,status,created_at,closed_at\n".to_owned(),
        total: 0,
        done: 0,
        seconds: Vec::new(),
        by_category: BTreeMap::new(),
        by_agency: BTreeMap::new(),
        created: BTreeMap::new(),
        closed: BTreeMap::new(),
    };
    let mut state = 7_u64;
    let mut below = |n: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let first: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    for id in 0..rows {
        let category = format!("category {}", below(19));
        let agency = format!("agency {}", below(3));
        let created = first + Duration::seconds(i64::try_from(below(366 * 86_400)).unwrap());
        // Many short ones, some long, ties among them, and one in ten stays open.
        let seconds = i64::try_from(below(60) * below(60) * below(600)).unwrap();
        let closed = (below(10) > 0).then(|| created + Duration::seconds(seconds));
        let status = if closed.is_some() { "closed" } else { "open" };
        let end = closed.map_or(String::new(), |t| t.to_rfc3339());
        let line =
            format!("{id},行 {id},{category},{agency},{status},{},{end}", created.to_rfc3339());
        city.text.push_str(&line);
        city.text.push('\n');
        city.total += 1;
        *city.by_agency.entry(agency).or_default() += 1;
        *city.created.entry(created.date_naive().to_string()).or_default() += 1;
        let of_category = city.by_category.entry(category).or_default();
        of_category.0 += 1;
        if let Some(closed) = closed {
            city.done += 1;
            city.seconds.push(seconds);
            of_category.1.push(seconds);
            *city.closed.entry(closed.date_naive().to_string()).or_default() += 1;
        }
    }
    city
}

/// Nearest rank.
fn percentile(seconds: &[i64], p: usize) -> i64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() * p).div_ceil(100) - 1]
}

fn wall(line: &Value) -> (i64, i64) {
    let times = line["times"].as_array().unwrap();
    let wall = times.iter().find(|t| t["metric"] == "HANDLING_WALL").unwrap();
    (wall["p50Seconds"].as_i64().unwrap(), wall["p90Seconds"].as_i64().unwrap())
}

#[tokio::test]
async fn numbers_of_thousands_of_rows_are_those_of_a_plain_count() {
    let world = World::new().await;
    let city = city(3000);
    let (summary, done) = run(&world, &file("city", &city.text), true, None).await;
    done.unwrap();
    assert_eq!(summary, Summary { imported: 3000, known: 0, refused: 0 });
    world.consistent().await;
    let place = world.places().await.community.to_string();
    let ask = async |by: &str| {
        let query = "query($i: RequestStatisticsInput!) { requestStatistics(input: $i) { \
                     total { received base done open times { metric p50Seconds p90Seconds } } \
                     groups { label line { base times { metric p50Seconds p90Seconds } } } \
                     trend(step: DAY) { start received resolved } } }";
        // Until long after the last one was closed.
        let input = json!({ "placeId": place, "from": "2024-01-01", "to": "2025-06-01",
                            "zone": "UTC", "groupBy": by });
        let answer = world.run(Who::Manager, query, json!({ "i": input })).await;
        answer["data"]["requestStatistics"].clone()
    };
    let s = ask("MATTER").await;
    let total = &s["total"];
    assert_eq!(total["received"], city.total);
    assert_eq!(total["done"], city.done);
    assert_eq!(total["open"], city.total - city.done);
    assert_eq!(wall(total), (percentile(&city.seconds, 50), percentile(&city.seconds, 90)));
    let groups = s["groups"].as_array().unwrap();
    assert_eq!(groups.len(), city.by_category.len());
    for group in groups {
        let (count, seconds) = &city.by_category[group["label"].as_str().unwrap()];
        assert_eq!(group["line"]["base"], *count);
        assert_eq!(wall(&group["line"]), (percentile(seconds, 50), percentile(seconds, 90)));
    }
    for day in s["trend"].as_array().unwrap() {
        let counted = |days: &BTreeMap<String, i64>| {
            days.get(day["start"].as_str().unwrap()).copied().unwrap_or(0)
        };
        assert_eq!(day["received"], counted(&city.created), "{day}");
        assert_eq!(day["resolved"], counted(&city.closed), "{day}");
    }
    let s = ask("DEPARTMENT").await;
    for group in s["groups"].as_array().unwrap() {
        assert_eq!(group["line"]["base"], city.by_agency[group["label"].as_str().unwrap()]);
    }
    assert_eq!(s["groups"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_file_that_lacks_columns_or_a_community_is_refused_before_anything_is_stored() {
    let world = World::new().await;
    let path = file("short", "id,title\n1,x\n");
    let (_, refused) = run(&world, &path, true, None).await;
    assert!(refused.unwrap_err().contains("category, status, created_at"));
    let path = file("elsewhere", &ROWS.replace("weather", "community").replace("sunny", "NOWHERE"));
    let (summary, done) = run(&world, &path, true, None).await;
    assert!(done.is_ok(), "the other lines go on: {done:?}");
    assert_eq!(
        (summary.imported, summary.refused),
        (2, 7),
        "two name communities that are not there"
    );
    let missing = Options {
        file: PathBuf::from("/nonexistent.csv"),
        community: "XF01".to_owned(),
        create_missing: true,
        rejects: None,
    };
    assert!(import(&world.app, &missing, &mut Summary::default(), false).await.is_err());
}

#[tokio::test]
async fn an_unclosed_quotation_mark_stops_the_import_and_loses_nothing_before_it() {
    let world = World::new().await;
    let mut text = "id,title,category,status,created_at\n".to_owned();
    for n in 0..5 {
        text.push_str(&format!("a{n},路灯,street light,open,2025-01-03T01:00:00Z\n"));
    }
    text.push_str("b,\"没有关上,street light,open,2025-01-03T01:00:00Z\n");
    for n in 0..4000 {
        text.push_str(&format!("c{n},路灯,street light,open,2025-01-03T01:00:00Z\n"));
    }
    let path = file("unclosed", &text);
    let (summary, stopped) = run(&world, &path, true, None).await;
    assert!(stopped.unwrap_err().contains("quotation mark"));
    assert_eq!(summary, Summary { imported: 5, known: 0, refused: 0 });
}

#[tokio::test]
async fn the_file_of_rejects_is_not_the_file_itself_nor_a_full_disk() {
    let world = World::new().await;
    let path = file("same", ROWS);
    let (_, refused) = run(&world, &path, true, Some(path.clone())).await;
    assert!(refused.unwrap_err().contains("--rejects"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), ROWS, "it is untouched");
    let full = PathBuf::from("/dev/full");
    if full.exists() {
        let (_, refused) = run(&world, &path, true, Some(full)).await;
        assert!(refused.unwrap_err().contains("--rejects"));
    }
    let future = "id,title,category,status,created_at,closed_at\n\
                  f1,x,street light,closed,2025-01-03T01:00:00Z,2099-01-01T00:00:00Z\n";
    let (summary, done) = run(&world, &file("future", future), true, None).await;
    assert_eq!((summary.refused, done), (1, Ok(())), "nothing has ended in the future");
}
