//! GraphQL over HTTP, by its specification: negotiated media types, status codes that mean
//! something, GET for queries only, automatic persisted queries, no batching.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_graphql::{
    Request, Response as GraphQlResponse, ServerError, Value, Variables,
    parser::{
        parse_query,
        types::{ExecutableDocument, OperationType},
    },
};
use axum::{
    body::Body,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value as Json, json};

use super::{
    limits::{self, Limits},
    media::{Media, is_json},
    schema::{Linli, with_call},
};
use crate::{
    api::{Call, Fault, message},
    kernel::{App, Error, Locale, crypto},
};

/// The GraphQL door of one process.
pub struct Door {
    app: Arc<App>,
    schema: Linli,
    limits: Limits,
    documents: Mutex<HashMap<Vec<u8>, Arc<ExecutableDocument>>>,
    persisted: Mutex<HashMap<Vec<u8>, Arc<str>>>,
}

/// Documents remembered, parsed and persisted; the table is emptied when it is full.
const REMEMBERED: usize = 1000;

/// A refusal before execution: status, code, text.
struct Refusal(StatusCode, &'static str, String);

fn refuse<T>(
    status: StatusCode,
    code: &'static str,
    text: impl Into<String>,
) -> Result<T, Refusal> {
    Err(Refusal(status, code, text.into()))
}

/// The parameters of a request, type-checked.
#[derive(Default)]
struct Params {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Map<String, Json>>,
    extensions: Option<Map<String, Json>>,
}

impl Door {
    /// A door into `schema`.
    pub fn new(app: Arc<App>, schema: Linli, limits: Limits) -> Self {
        Self { app, schema, limits, documents: Mutex::default(), persisted: Mutex::default() }
    }

    /// Answers one HTTP request.
    pub async fn answer(
        &self,
        method: &Method,
        uri_query: Option<&str>,
        headers: &HeaderMap,
        body: Body,
        call: Call,
    ) -> Response {
        let locale = call.locale;
        let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
        let Some(media) = Media::negotiate(accept) else {
            let text = "Accept application/graphql-response+json or application/json.";
            return refusal(
                Media::Json,
                Refusal(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", text.to_owned()),
            );
        };
        let read_only = method == Method::GET;
        let limit = Duration::from_millis(self.limits.timeout_ms.max(1000));
        let read = tokio::time::timeout(limit, self.params(method, uri_query, headers, body));
        let params = match read.await {
            Ok(Ok(params)) => params,
            Ok(Err(refused)) => return refusal(media, refused),
            Err(_) => {
                let text = "The request did not arrive in time.";
                let refused = Refusal(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", text.to_owned());
                return refusal(media, refused);
            }
        };
        let request = match self.request(params, read_only) {
            Ok(request) => request,
            Err(refused) => return refusal(media, refused),
        };
        let request = with_call(request, &self.app, call);
        let limit = Duration::from_millis(self.limits.timeout_ms);
        match tokio::time::timeout(limit, self.schema.execute(request)).await {
            Ok(response) => render(media, response, locale),
            Err(_) => {
                let text = "It took too long: ask for less, or try again later.";
                let status = StatusCode::SERVICE_UNAVAILABLE;
                refusal(media, Refusal(status, "TIMEOUT", text.to_owned()))
            }
        }
    }

    async fn params(
        &self,
        method: &Method,
        uri_query: Option<&str>,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Params, Refusal> {
        let bad = StatusCode::BAD_REQUEST;
        if method == Method::GET {
            return from_uri(uri_query.unwrap_or_default());
        }
        if method != Method::POST {
            return refuse(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "Use GET or POST.",
            );
        }
        let content_type =
            headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !is_json(content_type) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return refuse(status, "UNSUPPORTED_MEDIA_TYPE", "Send application/json in UTF-8.");
        }
        let Ok(bytes) = axum::body::to_bytes(body, self.limits.body_bytes).await else {
            let text = format!("At most {} bytes.", self.limits.body_bytes);
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", text);
        };
        match serde_json::from_slice(&bytes) {
            Ok(Json::Object(map)) => from_map(map),
            Ok(Json::Array(_)) => refuse(bad, "BATCHING_DISABLED", "One operation per request."),
            Ok(_) => refuse(bad, "BAD_REQUEST", "The body must be a JSON object."),
            Err(_) => refuse(bad, "BAD_REQUEST", "The body is not valid JSON in UTF-8."),
        }
    }

    fn request(&self, params: Params, read_only: bool) -> Result<Request, Refusal> {
        let bad = StatusCode::BAD_REQUEST;
        let query = self.persisted(params.query, params.extensions.as_ref())?;
        if limits::tokens(&query) > self.limits.tokens {
            let text = format!("At most {} tokens.", self.limits.tokens);
            return refuse(bad, "LIMIT_EXCEEDED", text);
        }
        let document = self.parse(&query)?;
        match limits::size(&document) {
            Some(size) if size.aliases > self.limits.aliases => {
                let text = format!("At most {} aliases.", self.limits.aliases);
                return refuse(bad, "LIMIT_EXCEEDED", text);
            }
            Some(size) if size.selections <= limits::MOST_SELECTIONS => {}
            Some(_) => return refuse(bad, "LIMIT_EXCEEDED", "Too many selections."),
            None => {
                let text = "A fragment uses itself.";
                return refuse(bad, "GRAPHQL_VALIDATION_FAILED", text);
            }
        }
        let operation = {
            let mut named = document.operations.iter();
            match &params.operation_name {
                Some(name) => named.find(|(n, _)| n.is_some_and(|n| n.as_str() == name)),
                None if document.operations.iter().count() == 1 => named.next(),
                None => None,
            }
        };
        let Some((_, operation)) = operation else {
            let text = "operationName must name one of the document's operations.";
            return refuse(bad, "GRAPHQL_VALIDATION_FAILED", text);
        };
        if read_only && operation.node.ty != OperationType::Query {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            return refuse(status, "METHOD_NOT_ALLOWED", "GET is for queries: use POST.");
        }
        let mut request = Request::new(query.to_string());
        request.set_parsed_query(ExecutableDocument::clone(&document));
        if let Some(name) = params.operation_name {
            request = request.operation_name(name);
        }
        let variables = Variables::from_json(Json::Object(params.variables.unwrap_or_default()));
        Ok(request.variables(variables))
    }

    /// The document's text: as sent, or remembered under its hash (automatic persisted queries).
    fn persisted(
        &self,
        query: Option<String>,
        extensions: Option<&Map<String, Json>>,
    ) -> Result<Arc<str>, Refusal> {
        let bad = StatusCode::BAD_REQUEST;
        let Some(persisted) = extensions.and_then(|e| e.get("persistedQuery")) else {
            return match query {
                Some(query) => Ok(query.into()),
                None => refuse(bad, "BAD_REQUEST", "`query` is missing."),
            };
        };
        let hash = persisted.get("sha256Hash").and_then(Json::as_str).and_then(from_hex);
        let (Some(1), Some(hash)) = (persisted.get("version").and_then(Json::as_i64), hash) else {
            return refuse(bad, "BAD_REQUEST", "persistedQuery needs version 1 and sha256Hash.");
        };
        let mut known = self.persisted.lock().unwrap_or_else(PoisonError::into_inner);
        match query {
            None => match known.get(&hash) {
                Some(text) => Ok(text.clone()),
                None => refuse(bad, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"),
            },
            Some(query) if crypto::sha256(query.as_bytes()) == hash => {
                let text: Arc<str> = query.into();
                if text.len() <= 16 * 1024 {
                    if known.len() >= REMEMBERED {
                        known.clear();
                    }
                    known.insert(hash, text.clone());
                }
                Ok(text)
            }
            Some(_) => refuse(bad, "BAD_REQUEST", "sha256Hash is not the hash of query."),
        }
    }

    fn parse(&self, query: &str) -> Result<Arc<ExecutableDocument>, Refusal> {
        let hash = crypto::sha256(query.as_bytes());
        let known =
            self.documents.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some(document) = known {
            return Ok(document);
        }
        let document = match parse_query(query) {
            Ok(document) => Arc::new(document),
            Err(error) => {
                let text = error.to_string();
                return refuse(StatusCode::BAD_REQUEST, "GRAPHQL_PARSE_FAILED", text);
            }
        };
        if query.len() <= 16 * 1024 {
            let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
            if documents.len() >= REMEMBERED {
                documents.clear();
            }
            documents.insert(hash, document.clone());
        }
        Ok(document)
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..32).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()).collect()
}

fn from_uri(query: &str) -> Result<Params, Refusal> {
    let mut params = Params::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "query" => params.query = Some(value.into_owned()),
            "operationName" if !value.is_empty() => {
                params.operation_name = Some(value.into_owned());
            }
            "variables" => params.variables = object_text("variables", &value)?,
            "extensions" => params.extensions = object_text("extensions", &value)?,
            _ => {}
        }
    }
    Ok(params)
}

fn object_text(name: &str, text: &str) -> Result<Option<Map<String, Json>>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    match serde_json::from_str(text) {
        Ok(value) => object(name, value),
        Err(_) => wrong_type(name, "a JSON object"),
    }
}

fn from_map(mut map: Map<String, Json>) -> Result<Params, Refusal> {
    let mut text = |name: &str| match map.remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => wrong_type(name, "a string"),
    };
    let (query, operation_name) = (text("query")?, text("operationName")?);
    let variables = object("variables", map.remove("variables").unwrap_or_default())?;
    let extensions = object("extensions", map.remove("extensions").unwrap_or_default())?;
    Ok(Params { query, operation_name, variables, extensions })
}

fn object(name: &str, value: Json) -> Result<Option<Map<String, Json>>, Refusal> {
    match value {
        Json::Null => Ok(None),
        Json::Object(map) => Ok(Some(map)),
        _ => wrong_type(name, "an object"),
    }
}

fn wrong_type<T>(name: &str, wanted: &str) -> Result<T, Refusal> {
    refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", format!("`{name}` must be {wanted}."))
}

fn refusal(media: Media, Refusal(status, code, text): Refusal) -> Response {
    let body = json!({ "errors": [{ "message": text, "extensions": { "code": code } }] });
    // Under the legacy type a document that does not parse or validate is answered with 200.
    let graphql =
        matches!(code, "GRAPHQL_PARSE_FAILED" | "GRAPHQL_VALIDATION_FAILED" | "LIMIT_EXCEEDED");
    let status = if media == Media::Json && graphql { StatusCode::OK } else { status };
    let mut response = respond(media, status, &body);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        // A mutation came by GET, or another method altogether.
        let allow = header::HeaderValue::from_static("GET, POST");
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

fn respond(media: Media, status: StatusCode, body: &impl serde::Serialize) -> Response {
    let text = serde_json::to_vec(body).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, media.content_type())], text).into_response()
}

/// Renders an answer: errors get their stable codes and the reader's language, and lose everything
/// that is ours alone; a request error has no `data` and, under the new type, a status of 400.
fn render(media: Media, mut response: GraphQlResponse, locale: Locale) -> Response {
    let mut unauthenticated = false;
    for error in &mut response.errors {
        unauthenticated |= shown(error, locale) == "UNAUTHENTICATED";
    }
    let request_error = response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|e| e.path.is_empty());
    if !request_error {
        return respond(media, StatusCode::OK, &response);
    }
    let body = json!({ "errors": response.errors });
    let status = match media {
        Media::Json => StatusCode::OK,
        Media::Response if unauthenticated => StatusCode::UNAUTHORIZED,
        Media::Response => StatusCode::BAD_REQUEST,
    };
    respond(media, status, &body)
}

fn shown(error: &mut ServerError, locale: Locale) -> String {
    if let Some(Fault(fault)) = error.source::<Fault>().cloned() {
        let (code, text) = message(&fault, locale);
        if matches!(fault, Error::Internal(_) | Error::Unavailable(_)) {
            tracing::error!(error = %fault, path = ?error.path, "request failed");
        }
        error.message = text;
        return code.to_owned();
    }
    let code = match error.message.as_str() {
        m if m.contains("too complex") || m.contains("too deep") || m.contains("recursion") => {
            "LIMIT_EXCEEDED"
        }
        m if m.contains("The number of directives") => "LIMIT_EXCEEDED",
        _ if error.path.is_empty() => "GRAPHQL_VALIDATION_FAILED",
        _ => "BAD_USER_INPUT",
    };
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", code);
    }
    code.to_owned()
}
