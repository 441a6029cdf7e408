//! The HTTP server: GraphQL, CSV, keys, health, metrics; request ids; an end that finishes what it
//! has begun.

use std::{
    net::SocketAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Body,
    extract::{ConnectInfo, Path, Query, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::get,
    serve::Listener,
};
use futures_util::Stream;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use serde_json::json;
use tower::ServiceExt;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use tracing::Instrument;

use super::{config::Config, csv, telemetry};
use crate::{
    api::{Call, Loaders, message},
    feeds,
    graphql::http::Door,
    identity,
    kernel::{Actor, App, Error, Languages, Locale, ids::Ids},
};

/// What every handler shares.
pub struct Shared {
    /// The application.
    pub app: Arc<App>,
    door: Door,
    exports: csv::Exports,
    development: bool,
    trust_forwarded_for: bool,
}

/// When the numbers of an answer were counted.
const X_AS_OF: HeaderName = HeaderName::from_static("x-as-of");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The whole HTTP service.
pub fn router(app: Arc<App>, config: &Config) -> Router {
    let shared = Arc::new(Shared {
        door: Door::new(&app, &config.limits, config.introspection, config.suggestions),
        exports: csv::Exports::default(),
        app,
        development: config.development,
        trust_forwarded_for: config.trust_forwarded_for,
    });
    Router::new()
        .route("/graphql", get(graphql).post(graphql).fallback(graphql))
        .route("/statistics/{file}", get(statistics_csv))
        .route("/.well-known/jwks.json", get(jwks))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(|| async { nothing() })
        .layer(CompressionLayer::new())
        // Not compressed: its entity tag stands for exactly these octets.
        .route("/feeds/{file}", get(calendar_feed))
        .route("/feeds/activities/{file}", get(activities_feed))
        .route("/feeds/incidents/{file}", get(incidents_feed))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a handler panicked");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Internal error.")
        }))
        .layer(middleware::from_fn(observe))
        .with_state(shared)
}

fn plain(status: StatusCode, code: &str, text: &str) -> Response {
    let body = json!({ "errors": [{ "message": text, "extensions": { "code": code } }] });
    (status, Json(body)).into_response()
}

/// Every request has an id, a line in the log and a place in the metrics.
async fn observe(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|v| {
            v.len() <= 64 && v.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        })
        .cloned()
        .unwrap_or_else(new_request_id);
    let (method, path) = (request.method().clone(), known_path(request.uri().path()));
    let span = tracing::error_span!("request", id = id.to_str().unwrap_or_default());
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let seconds = began.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(%method, path, status, seconds, "answered"));
    let labels = [("path", path.to_owned()), ("status", status.to_string())];
    metrics::counter!("linli_http_requests_total", &labels).increment(1);
    metrics::histogram!("linli_http_request_seconds", "path" => path).record(seconds);
    response.headers_mut().insert(REQUEST_ID, id);
    let nosniff = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// Unique without asking the system for randomness each time: where this process begins to count is
/// random.
fn new_request_id() -> HeaderValue {
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| {
        let mut bytes = [0; 8];
        Ids::system().fill(&mut bytes);
        AtomicU64::new(u64::from_be_bytes(bytes))
    });
    let text = format!("{:016x}", NEXT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("0"))
}

/// Paths as labels: a stranger cannot make up new ones.
fn known_path(path: &str) -> &'static str {
    [
        "/graphql",
        "/statistics/requests.csv",
        "/statistics/incidents.csv",
        "/.well-known/jwks.json",
        "/healthz",
        "/readyz",
        "/metrics",
    ]
    .into_iter()
    .find(|known| *known == path)
    // What is behind it is a secret.
    .or_else(|| path.starts_with("/feeds/").then_some("/feeds"))
    .unwrap_or("other")
}

/// Who calls: token, language, address.
async fn call(
    shared: &Shared,
    headers: &HeaderMap,
    peer: Option<SocketAddr>,
) -> Result<Call, (Error, Locale)> {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    // Several lines are one list.
    let lines = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|v| v.to_str().ok());
    let languages = Languages::negotiate(&lines.collect::<Vec<_>>().join(","));
    let address = address(shared, headers, peer);
    let actor = match text(header::AUTHORIZATION) {
        None => Actor::Anonymous,
        Some(value) => {
            let (scheme, token) = value.split_once(' ').unwrap_or_default();
            let token = if scheme.eq_ignore_ascii_case("bearer") { token.trim() } else { "" };
            identity::queries::actor(&shared.app, token)
                .await
                .map_err(|e| (e, languages.first()))?
        }
    };
    Ok(Call { actor, languages, address, loaders: Loaders::default() })
}

/// The network address that attempts are counted by: of IPv6 the /64, which is one subscriber.
fn address(shared: &Shared, headers: &HeaderMap, peer: Option<SocketAddr>) -> String {
    let forwarded = shared.trust_forwarded_for.then(|| {
        // The last line is the one that our own proxy wrote.
        let lines = headers.get_all("x-forwarded-for");
        let header = lines.iter().next_back()?.to_str().ok()?;
        header.rsplit(',').next()?.trim().parse::<std::net::IpAddr>().ok()
    });
    match forwarded.flatten().or(peer.map(|p| p.ip())) {
        Some(std::net::IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_none() => {
            let s = v6.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
        }
        Some(ip) => ip.to_canonical().to_string(),
        None => "unknown".to_owned(),
    }
}

/// An error outside of GraphQL, or before it.
fn fault(error: &Error, locale: Locale) -> Response {
    let (code, text) = message(error, locale);
    let status = match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden => StatusCode::FORBIDDEN,
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::BadInput { .. } | Error::Rejected(_) => StatusCode::BAD_REQUEST,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::OutcomeUnknown(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if status.is_server_error() {
        tracing::error!(%error, "request failed");
    }
    let mut response = plain(status, code, &text);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

async fn graphql(
    State(shared): State<Arc<Shared>>,
    method: Method,
    headers: HeaderMap,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let uri_query = parts.uri.query();
    let browser = method == Method::GET
        && uri_query.is_none()
        && headers
            .get(header::ACCEPT)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|a| a.contains("text/html"));
    if browser && shared.development {
        return Html(async_graphql::http::GraphiQLSource::build().endpoint("/graphql").finish())
            .into_response();
    }
    let peer = peer.map(|axum::Extension(ConnectInfo(peer))| peer);
    let call = call(&shared, &headers, peer).await;
    shared.door.answer(&method, uri_query, &headers, body, call).await
}

/// An export, or why there is none.
fn exported<S>(made: crate::kernel::Result<csv::Export<S>>, file: &str, locale: Locale) -> Response
where
    S: Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static,
{
    let disposition = format!("attachment; filename=\"{file}\"");
    match made {
        Ok(export) => (
            [(X_AS_OF, export.as_of.to_rfc3339())],
            [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned())],
            [(header::CONTENT_DISPOSITION, disposition)],
            Body::from_stream(export.lines),
        )
            .into_response(),
        Err(error) => fault(&error, locale),
    }
}

/// The rows behind a number, as a file.
async fn statistics_csv(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
) -> Response {
    let peer = peer.map(|axum::Extension(ConnectInfo(peer))| peer);
    let call = match call(&shared, &headers, peer).await {
        Ok(call) => call,
        Err((error, locale)) => return fault(&error, locale),
    };
    let (locale, query) = (call.languages.first(), uri.query().unwrap_or_default());
    let (app, exports) = (shared.app.clone(), &shared.exports);
    match file.as_str() {
        "requests.csv" => {
            exported(csv::requests(app, exports, call.actor, query).await, &file, locale)
        }
        "incidents.csv" => {
            exported(csv::incidents(app, exports, call.actor, query).await, &file, locale)
        }
        _ => nothing(),
    }
}

fn nothing() -> Response {
    plain(StatusCode::NOT_FOUND, "NOT_FOUND", "Nothing is here.")
}

async fn calendar_feed(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    headers: HeaderMap,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
) -> Response {
    let peer = peer.map(|axum::Extension(ConnectInfo(peer))| peer);
    let address = address(&shared, &headers, peer);
    match feeds::http::own(&shared.app, &address, &file, &headers).await {
        Ok(response) => response,
        Err(error) => fault(&error, Locale::default()),
    }
}

/// In which language a calendar or a map is wanted: programs that fetch one seldom let people say.
#[derive(serde::Deserialize)]
struct Wanted {
    #[serde(alias = "lang")]
    language: Option<String>,
}

impl Wanted {
    fn languages(&self, headers: &HeaderMap) -> Languages {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
        let wanted = self.language.as_deref().or(accepted);
        wanted.map(Languages::negotiate).unwrap_or_default()
    }
}

async fn activities_feed(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let languages = wanted.languages(&headers);
    match feeds::http::programme(&shared.app, languages, &file, &headers).await {
        Ok(response) => response,
        Err(error) => fault(&error, languages.first()),
    }
}

async fn incidents_feed(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let languages = wanted.languages(&headers);
    match feeds::http::incidents(&shared.app, languages, &file, &headers).await {
        Ok(response) => response,
        Err(error) => fault(&error, languages.first()),
    }
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    match identity::tokens::jwks(&shared.app).await {
        Ok(keys) => ([(header::CACHE_CONTROL, "public, max-age=300")], Json(keys)).into_response(),
        Err(error) => fault(&error, Locale::default()),
    }
}

async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    match shared.app.db.ping().await {
        Ok(()) => "ready".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    if let Ok((waiting, dead)) = shared.app.outbox_backlog().await {
        metrics::gauge!("linli_outbox_waiting").set(as_f64(waiting));
        metrics::gauge!("linli_outbox_dead").set(as_f64(dead));
    }
    telemetry::metrics().render().into_response()
}

fn as_f64(n: i64) -> f64 {
    f64::from(i32::try_from(n).unwrap_or(i32::MAX))
}

/// Serves until `stop` resolves, then finishes what has begun. Whoever takes longer than `headers`
/// to send the headers of a request loses the connection.
pub async fn serve(
    mut listener: tokio::net::TcpListener,
    router: Router,
    headers: Duration,
    stop: impl Future<Output = ()> + Send,
) {
    let connections = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(headers);
    tokio::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        let router = router.clone();
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), answer));
        // A connection that breaks is the client's affair.
        tokio::spawn(async move { _ = connection.await });
    }
    drop(listener);
    connections.shutdown().await;
}
