//! GraphQL over HTTP, and the limits of what strangers may send.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use linli::ops::http;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::world::{Who, World};

const NEW: &str = "application/graphql-response+json";

async fn post(
    world: &World,
    accept: &str,
    content_type: &str,
    body: &str,
) -> (StatusCode, String, Value) {
    let request = Request::post("/graphql")
        .header(header::ACCEPT, accept)
        .header(header::CONTENT_TYPE, content_type)
        .body(Body::from(body.to_owned()))
        .unwrap();
    let (status, kind, text) = world.send(request).await;
    (status, kind, serde_json::from_str(&text).unwrap_or(Value::Null))
}

async fn query(world: &World, accept: &str, text: &str) -> (StatusCode, Value) {
    let body = json!({ "query": text }).to_string();
    let (status, _, json) = post(world, accept, "application/json", &body).await;
    (status, json)
}

#[tokio::test]
async fn media_types_are_negotiated_and_statuses_mean_something() {
    let world = World::new().await;
    let ok = json!({ "query": "{ __typename }" }).to_string();
    let (status, kind, body) = post(&world, NEW, "application/json", &ok).await;
    assert_eq!(
        (status, kind.as_str()),
        (StatusCode::OK, "application/graphql-response+json; charset=utf-8")
    );
    assert_eq!(body["data"]["__typename"], "Query");
    let (status, kind, _) =
        post(&world, "application/json", "application/json; charset=utf-8", &ok).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/json; charset=utf-8"));
    let (_, kind, _) = post(&world, "*/*", "application/json", &ok).await;
    assert_eq!(kind, "application/json; charset=utf-8");
    let (status, ..) = post(&world, "text/html", "application/json", &ok).await;
    assert_eq!(status, StatusCode::NOT_ACCEPTABLE);
    for wrong in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
    {
        let (status, _, body) = post(&world, NEW, wrong, &ok).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{wrong}");
        assert!(body.get("data").is_none());
    }
}

#[tokio::test]
async fn broken_requests_are_refused_with_a_code() {
    let world = World::new().await;
    let cases = [
        ("{", "BAD_REQUEST"),
        ("[]", "BATCHING_DISABLED"),
        ("\"x\"", "BAD_REQUEST"),
        ("{}", "BAD_REQUEST"),
        (r#"{"query": 7}"#, "BAD_REQUEST"),
        (r#"{"query": "{ __typename }", "variables": []}"#, "BAD_REQUEST"),
        (r#"{"query": "{ __typename }", "operationName": {}}"#, "BAD_REQUEST"),
        (r#"{"query": "{ __typename }", "extensions": "x"}"#, "BAD_REQUEST"),
        (r#"{"query": "\ud800"}"#, "BAD_REQUEST"),
        (r#"{"query": "{ __typename }", "operationName": "Nope"}"#, "GRAPHQL_VALIDATION_FAILED"),
        (r#"{"query": "{"}"#, "GRAPHQL_PARSE_FAILED"),
        (r#"{"query": "{ nothingHere }"}"#, "GRAPHQL_VALIDATION_FAILED"),
        (
            r#"{"query": "query($x: Int!) { place(id: \"a\") { id } }"}"#,
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            r#"{"query": "query($x: ID!) { place(id: $x) { id } }", "variables": {"x": {}}}"#,
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ];
    for (body, code) in cases {
        let (status, _, answer) = post(&world, NEW, "application/json", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{body}: {answer}");
        assert!(answer.get("data").is_none(), "{body}: a request error has no data");
    }
    let (status, answer) = query(&world, "application/json", "{ nothingHere }").await;
    assert_eq!(status, StatusCode::OK, "the legacy type answers 200");
    assert!(answer.get("data").is_none());
}

#[tokio::test]
async fn get_is_for_queries_only() {
    let world = World::new().await;
    let get = |query: &str| {
        Request::get(format!("/graphql?{query}"))
            .header(header::ACCEPT, NEW)
            .body(Body::empty())
            .unwrap()
    };
    let (status, _, text) = world.send(get("query=%7B__typename%7D")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("Query"));
    let two = "query=query%20A%7B__typename%7Dquery%20B%7Bb%3A__typename%7D&operationName=B";
    let (_, _, text) = world.send(get(two)).await;
    assert!(text.contains("\"b\""), "{text}");
    let mutation = "query=mutation%7BsessionRevoke(input%3A%7B%7D)%7Berrors%7Bcode%7D%7D%7D";
    let (status, _, text) = world.send(get(mutation)).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{text}");
    let put = Request::builder().method(Method::PUT).uri("/graphql").body(Body::empty()).unwrap();
    assert_eq!(world.send(put).await.0, StatusCode::METHOD_NOT_ALLOWED);
    let browser = || {
        Request::get("/graphql").header(header::ACCEPT, "text/html").body(Body::empty()).unwrap()
    };
    assert_eq!(
        world.send(browser()).await.0,
        StatusCode::NOT_ACCEPTABLE,
        "GraphiQL is for development"
    );
    let world = world.with_config(|c| c.development = true);
    let (status, kind, _) = world.send(browser()).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/html; charset=utf-8"));
}

#[tokio::test]
async fn persisted_queries_are_remembered_by_their_hash() {
    let world = World::new().await;
    let hash = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let ask = json!({ "extensions": extensions }).to_string();
    let (status, _, answer) = post(&world, NEW, "application/json", &ask).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    let teach = json!({ "query": "{__typename}", "extensions": extensions }).to_string();
    assert_eq!(
        post(&world, NEW, "application/json", &teach).await.2["data"]["__typename"],
        "Query"
    );
    assert_eq!(post(&world, NEW, "application/json", &ask).await.2["data"]["__typename"], "Query");
    let lie = json!({ "query": "{ viewer { __typename } }", "extensions": extensions }).to_string();
    assert_eq!(post(&world, NEW, "application/json", &lie).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn documents_have_limits_and_each_is_its_own() {
    let world = World::new().await;
    let refused = async |world: &World, text: &str| {
        let (status, answer) = query(world, NEW, text).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{text}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{answer}");
    };
    let deep =
        format!("{{ places {{ nodes {{ {} id {} }} }} }}", "parent {".repeat(15), "}".repeat(15));
    refused(&world, &deep).await;
    let aliases: String = (0..31).map(|i| format!("a{i}: __typename ")).collect();
    refused(&world, &format!("{{ {aliases} }}")).await;
    refused(&world, &format!("{{ ...F }} fragment F on Query {{ {aliases} }}")).await;
    let mut bomb = "{ ...F0 }".to_owned();
    for n in 0..30 {
        bomb += &format!(" fragment F{n} on Query {{ ...F{0} ...F{0} ...F{0} }}", n + 1);
    }
    refused(&world, &format!("{bomb} fragment F30 on Query {{ __typename }}")).await;
    let directives = "@include(if: true)".repeat(11);
    refused(&world, &format!("{{ __typename {directives} }}")).await;
    refused(&world, &"{ __typename ".repeat(1600)).await;
    let costly = "{ serviceRequests(first: 100) { nodes { events(last: 100) { id kind at } } } }";
    refused(&world, costly).await;
    let big = json!({ "query": "{ __typename }", "x": "y".repeat(300_000) }).to_string();
    let (status, _, answer) = post(&world, NEW, "application/json", &big).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BODY_TOO_LARGE");
    for bad in ["first: 0", "first: 101", "first: -1", "first: 2, after: \"rubbish\""] {
        let answer = world
            .run(Who::Nobody, &format!("{{ places({bad}) {{ nodes {{ id }} }} }}"), json!({}))
            .await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{bad}");
    }
    let world = world.with_config(|c| c.limits.page_size = 10);
    let answer = world.run(Who::Nobody, "{ places(first: 11) { nodes { id } } }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
    let strict = world.with_config(|c| c.limits.timeout_ms = 0);
    // A write waits for the disk or the server, so it cannot end within no time at all.
    let slow = "mutation { registrationCodeSend(input: { phone: \"13700000000\" }) { status } }";
    let (status, answer) = query(&strict, NEW, slow).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "TIMEOUT");
}

#[tokio::test]
async fn slow_headers_lose_the_connection_and_the_end_waits_for_what_has_begun() {
    let world = World::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let limit = std::time::Duration::from_millis(300);
    let end = async { _ = stopped.await };
    let server = tokio::spawn(http::serve(listener, world.router.clone(), limit, end));

    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).await.unwrap();
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"), "never asked in full");

    let mut begun = TcpStream::connect(address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Content-Length: 24\r\n\r\n{\"query\":";
    begun.write_all(head.as_bytes()).await.unwrap();
    // The server has read the headers once it answers somebody who came later.
    let mut other = TcpStream::connect(address).await.unwrap();
    other.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    other.read_exact(&mut [0; 15]).await.unwrap();
    stop.send(()).unwrap();
    begun.write_all(b"\"{__typename}\"}").await.unwrap();
    let mut answer = String::new();
    begun.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains(r#"{"data":{"__typename":"Query"}}"#), "{answer}");
    server.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn introspection_and_suggestions_can_be_switched_off() {
    let world = World::new().await;
    let (_, answer) = query(&world, NEW, "{ plac(id: \"x\") { id } }").await;
    assert!(answer.to_string().contains("Did you mean"), "{answer}");
    let world = world.with_config(|c| {
        c.introspection = false;
        c.suggestions = false;
    });
    let (_, answer) = query(&world, NEW, "{ plac(id: \"x\") { id } }").await;
    assert!(!answer.to_string().contains("Did you mean"), "{answer}");
    let (_, answer) = query(&world, NEW, "{ __schema { types { name } } }").await;
    assert!(!answer.to_string().contains("ServiceRequest"), "{answer}");
}

#[tokio::test]
async fn health_keys_and_metrics_are_there_and_strangers_tokens_are_not_believed() {
    let world = World::new().await;
    for path in ["/healthz", "/readyz", "/metrics", "/.well-known/jwks.json"] {
        let (status, ..) = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    let (status, ..) = world.send(Request::get("/nothing").body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let answer = world.run_with(Some("not.a.token"), "{ __typename }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_document_cannot_exhaust_the_parser_nor_do_a_mutation_twice() {
    let world = World::new().await;
    for (open, close) in [("[", "]"), ("{a:", "}")] {
        let text = format!("{{ place(id: {}1{}) {{ id }} }}", open.repeat(900), close.repeat(900));
        let (_, answer) = query(&world, NEW, &text).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{answer}");
    }
    let one = "registrationCodeSend(input: { phone: \"13655550000\" }) { status }";
    let (_, answer) = query(&world, NEW, &format!("mutation {{ {one} {one} }}")).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{answer}");
    let twice = format!("mutation {{ ...F ...F }} fragment F on Mutation {{ {one} }}");
    let (_, answer) = query(&world, NEW, &twice).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{answer}");
    assert_eq!(world.last_sms("+8613655550000").await, None, "nothing was sent");
}

#[tokio::test]
async fn a_bad_token_is_told_in_the_media_type_that_was_asked_for() {
    let world = World::new().await;
    let request = Request::post("/graphql")
        .header(header::ACCEPT, "text/html")
        .header(header::ACCEPT, NEW)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, "bearer rubbish")
        .body(Body::from(json!({ "query": "{ __typename }" }).to_string()))
        .unwrap();
    let (status, kind, text) = world.send(request).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(kind.starts_with(NEW), "{kind}");
    assert!(text.contains("UNAUTHENTICATED"), "{text}");
    let token = world.token(Who::Resident).await.unwrap();
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("bearer {token}"))
        .body(Body::from(json!({ "query": "{ viewer { __typename } }" }).to_string()))
        .unwrap();
    let (_, _, text) = world.send(request).await;
    assert!(text.contains("\"Account\""), "the scheme has no case: {text}");
}
