//! `GET /feeds/{token}.ics`, `GET /feeds/activities/{community}.ics` and
//! `GET /feeds/incidents/{community}.geojson`.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Duration;

use super::{entries, geojson, queries, rules};
use crate::kernel::{App, Error, Languages, Result, crypto, throttle::Limit};

const CALENDAR: &str = "text/calendar; charset=utf-8";
const MAP: &str = "application/geo+json";

/// Wrong links from one address; a calendar that was taken back is asked for a few times a day.
const WRONG: Limit = Limit { hits: 30, window: Duration::hours(1) };

/// The calendar that a link opens; `address` is where it is asked for from.
pub async fn own(app: &App, address: &str, file: &str, headers: &HeaderMap) -> Result<Response> {
    let token = file.strip_suffix(".ics").unwrap_or_default();
    let person = match queries::person(app, token).await {
        Err(Error::NotFound) => {
            // Only what is wrong counts: many good calendars may be behind one address.
            app.throttle(&format!("feed-address:{address}"), WRONG).await?;
            return Err(Error::NotFound);
        }
        found => found?,
    };
    let text = rules::text("邻里", &entries::of_person(app, person).await?);
    tagged(CALENDAR, text, headers, "private, no-cache")
}

/// The published activities of a community, named by its code, in the first of `languages` that they
/// are written in.
pub async fn programme(
    app: &App,
    languages: Languages,
    file: &str,
    headers: &HeaderMap,
) -> Result<Response> {
    let code = file.strip_suffix(".ics").unwrap_or_default();
    let community = queries::community_by_code(app, code).await?.ok_or(Error::NotFound)?;
    let entries = entries::of_community(app, &community, languages).await?;
    let text = rules::text(languages.pick(&community.names), &entries);
    public(CALENDAR, text, headers)
}

/// The public incidents of a community, named by its code, in the first of `languages` that their cards are
/// written in.
pub async fn incidents(
    app: &App,
    languages: Languages,
    file: &str,
    headers: &HeaderMap,
) -> Result<Response> {
    let code = file.strip_suffix(".geojson").unwrap_or_default();
    let community = queries::community_by_code(app, code).await?.ok_or(Error::NotFound)?;
    public(MAP, geojson::incidents(app, &community, languages).await?, headers)
}

/// A text for everybody, which depends on the language.
fn public(kind: &'static str, text: String, headers: &HeaderMap) -> Result<Response> {
    let mut response = tagged(kind, text, headers, "public, max-age=300")?;
    let vary = HeaderValue::from_static("accept-language");
    response.headers_mut().insert(header::VARY, vary);
    Ok(response)
}

/// The text with its entity tag, or only that nothing is new.
fn tagged(
    kind: &'static str,
    text: String,
    headers: &HeaderMap,
    caching: &'static str,
) -> Result<Response> {
    let hash = BASE64_URL_SAFE_NO_PAD.encode(crypto::sha256(text.as_bytes()));
    let tag = format!("\"{hash}\"");
    let fresh = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .any(|held| rules::holds(held, &tag));
    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = HeaderValue::from_static(kind);
        ([(header::CONTENT_TYPE, kind)], Body::from(text)).into_response()
    };
    let tag = HeaderValue::from_str(&tag).map_err(Error::internal)?;
    response.headers_mut().insert(header::ETAG, tag);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    Ok(response)
}
