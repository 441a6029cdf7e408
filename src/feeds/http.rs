//! `GET /feeds/{token}.ics`.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Duration;

use super::{queries, rules};
use crate::kernel::{App, Error, Result, crypto, throttle::Limit};

/// Wrong links from one address; a calendar that was taken back is asked for a few times a day.
const WRONG: Limit = Limit { hits: 30, window: Duration::hours(1) };

/// The calendar that a link opens; `address` is where it is asked for from.
pub async fn answer(app: &App, address: &str, file: &str, headers: &HeaderMap) -> Result<Response> {
    let token = file.strip_suffix(".ics").unwrap_or_default();
    let person = match queries::person(app, token).await {
        Err(Error::NotFound) => {
            // Only what is wrong counts: many good calendars may be behind one address.
            app.throttle(&format!("feed-address:{address}"), WRONG).await?;
            return Err(Error::NotFound);
        }
        found => found?,
    };
    let text = rules::text(&queries::entries(app, person).await?);
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
        let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
        ([(header::CONTENT_TYPE, kind)], Body::from(text)).into_response()
    };
    let tag = HeaderValue::from_str(&tag).map_err(Error::internal)?;
    response.headers_mut().insert(header::ETAG, tag);
    let private = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, private);
    Ok(response)
}
