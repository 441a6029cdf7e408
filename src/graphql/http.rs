//! GraphQL over HTTP, by its specification: negotiated media types, status codes that mean
//! something, GET for queries only, automatic persisted queries, no batching.

use std::{sync::Arc, time::Duration};

use async_graphql::{
    Request, Response as GraphQlResponse, ServerError, ValidationMode, Value, Variables,
    parser::types::{ExecutableDocument, OperationType},
};
use axum::{
    body::Body,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value as Json, json};

use super::{
    documents::{Documents, Fresh},
    limits::Limits,
    media::{Media, is_json},
    schema::{Linli, build},
};
use crate::{
    api::{Call, Fault, message},
    kernel::{App, Error, Locale},
};

/// The GraphQL door of one process.
pub struct Door {
    schema: Linli,
    /// The same without the rules that look at a document only: those that are remembered have
    /// passed them.
    trusting: Linli,
    limits: Limits,
    documents: Documents,
}

/// A refusal before execution: status, code, text.
pub(super) struct Refusal(StatusCode, &'static str, String);

pub(super) fn refuse<T>(
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

/// A request that may be executed.
struct Asked {
    document: Arc<ExecutableDocument>,
    operation: Option<String>,
    variables: Map<String, Json>,
    fresh: Option<Fresh>,
    read_only: bool,
}

impl Asked {
    /// For the executor, which takes the document without its text.
    fn request(&self) -> Request {
        let variables = Variables::from_json(Json::Object(self.variables.clone()));
        let mut request = Request::new(String::new()).variables(variables);
        request.set_parsed_query(ExecutableDocument::clone(&self.document));
        match &self.operation {
            Some(name) => request.operation_name(name),
            None => request,
        }
    }
}

impl Door {
    /// A door to an application.
    pub fn new(app: &Arc<App>, limits: &Limits, introspection: bool, suggestions: bool) -> Self {
        let schema = |mode| build(app.clone(), limits, introspection, suggestions, mode);
        Self {
            schema: schema(ValidationMode::Strict),
            trusting: schema(ValidationMode::Fast),
            limits: *limits,
            documents: Documents::default(),
        }
    }

    /// Answers one HTTP request.
    pub async fn answer(
        &self,
        method: &Method,
        uri_query: Option<&str>,
        headers: &HeaderMap,
        body: Body,
        call: Result<Call, (Error, Locale)>,
    ) -> Response {
        let lines = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok());
        let accept = lines.collect::<Vec<_>>().join(",");
        let Some(media) = Media::negotiate(&accept) else {
            let text = "Accept application/graphql-response+json or application/json.";
            return refusal(
                Media::Json,
                Refusal(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", text.to_owned()),
            );
        };
        let call = match call {
            Ok(call) => call,
            Err((error, locale)) => return unready(media, &error, locale),
        };
        let locale = call.languages.first();
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
        let asked = match self.asked(params, read_only) {
            Ok(asked) => asked,
            Err(refused) => return refusal(media, refused),
        };
        let limit = Duration::from_millis(self.limits.timeout_ms);
        match tokio::time::timeout(limit, self.execute(asked, call)).await {
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

    /// Executes what was asked for. A query that is remembered is not validated again, unless it
    /// meets an error that is not ours: then validation says what is wrong with its variables.
    async fn execute(&self, asked: Asked, call: Call) -> GraphQlResponse {
        if asked.fresh.is_none() && asked.read_only {
            let response = self.trusting.execute(asked.request().data(call.clone())).await;
            let ours = |error: &ServerError| error.source::<Fault>().is_some();
            if response.errors.iter().all(ours) {
                return response;
            }
        }
        let response = self.schema.execute(asked.request().data(call)).await;
        if let Some(fresh) = asked.fresh.filter(|_| !is_request_error(&response)) {
            self.documents.remember(fresh);
        }
        response
    }

    fn asked(&self, params: Params, read_only: bool) -> Result<Asked, Refusal> {
        let bad = StatusCode::BAD_REQUEST;
        let query = self.documents.text(params.query, params.extensions.as_ref())?;
        let (document, fresh) = self.documents.document(query, &self.limits)?;
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
        let read_only = operation.node.ty == OperationType::Query;
        Ok(Asked {
            operation: params.operation_name,
            variables: params.variables.unwrap_or_default(),
            document,
            fresh,
            read_only,
        })
    }
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

/// Whether it failed before anything was executed.
fn is_request_error(response: &GraphQlResponse) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|e| e.path.is_empty())
}

/// An answer to somebody whose token is not good, or whom we cannot look up now.
fn unready(media: Media, error: &Error, locale: Locale) -> Response {
    let (code, text) = message(error, locale);
    let status = match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if status.is_server_error() {
        tracing::error!(%error, "request failed");
    }
    let mut response = refusal(media, Refusal(status, code, text));
    if status == StatusCode::UNAUTHORIZED {
        let challenge = header::HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Renders an answer: errors get their stable codes and the reader's language, and lose everything
/// that is ours alone; a request error has no `data` and, under the new type, a status of 400.
fn render(media: Media, mut response: GraphQlResponse, locale: Locale) -> Response {
    let mut unauthenticated = false;
    for error in &mut response.errors {
        unauthenticated |= shown(error, locale) == "UNAUTHENTICATED";
    }
    if !is_request_error(&response) {
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
        if matches!(fault, Error::Internal(_) | Error::Unavailable(_) | Error::OutcomeUnknown(_)) {
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
