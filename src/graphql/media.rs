//! Media types of GraphQL over HTTP.

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: request errors have a status of 4xx.
    Response,
    /// `application/json`: every well-formed request is answered with 200.
    Json,
}

impl Media {
    /// The header value.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Response => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// What an `Accept` header prefers; none if it accepts neither. Without a header, and for
    /// `*/*`, the legacy type, as the specification asks of servers of this time.
    pub fn negotiate(accept: Option<&str>) -> Option<Self> {
        let Some(accept) = accept.filter(|a| !a.trim().is_empty()) else { return Some(Self::Json) };
        let mut best: Option<(f32, Self)> = None;
        for part in accept.split(',').take(50) {
            let mut pieces = part.split(';').map(str::trim);
            let media = match pieces.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::Response,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let parameters: Vec<_> = pieces.map(str::to_ascii_lowercase).collect();
            let utf8 = |p: &String| {
                p.strip_prefix("charset=").is_none_or(|c| c.trim_matches('"') == "utf-8")
            };
            if !parameters.iter().all(utf8) {
                continue;
            }
            let quality = parameters
                .iter()
                .find_map(|p| p.strip_prefix("q="))
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if quality > 0.0 && best.is_none_or(|(q, _)| quality > q) {
                best = Some((quality, media));
            }
        }
        best.map(|(_, media)| media)
    }
}

/// Whether a content type is JSON in UTF-8.
pub fn is_json(content_type: &str) -> bool {
    let mut pieces = content_type.split(';').map(str::trim);
    let json = pieces.next().is_some_and(|t| t.eq_ignore_ascii_case("application/json"));
    let utf8 = pieces.all(|p| {
        p.to_ascii_lowercase()
            .strip_prefix("charset=")
            .is_none_or(|c| c.trim_matches('"') == "utf-8")
    });
    json && utf8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_chooses_and_the_legacy_type_is_the_default() {
        let n = Media::negotiate;
        assert_eq!(n(None), Some(Media::Json));
        assert_eq!(n(Some("*/*")), Some(Media::Json));
        assert_eq!(n(Some("application/graphql-response+json")), Some(Media::Response));
        assert_eq!(
            n(Some("application/graphql-response+json, application/json;q=0.9")),
            Some(Media::Response)
        );
        assert_eq!(
            n(Some("application/graphql-response+json;q=0.5, application/json")),
            Some(Media::Json)
        );
        assert_eq!(n(Some("text/html")), None);
        assert_eq!(n(Some("application/json; charset=latin1")), None);
        assert!(is_json("application/json; charset=UTF-8"));
        assert!(!is_json("text/plain"));
        assert!(!is_json("application/x-www-form-urlencoded"));
    }
}
