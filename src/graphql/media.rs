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

    /// What an `Accept` header (its lines joined by commas) prefers; none if it accepts neither.
    /// Without a header, and where both are liked the same by a wildcard, the legacy type, as the
    /// specification asks of servers of this time. Of two named ones the first.
    pub fn negotiate(accept: &str) -> Option<Self> {
        if accept.trim().is_empty() {
            return Some(Self::Json);
        }
        let ranges: Vec<Range> = accept.split(',').take(50).filter_map(Range::parse).collect();
        let (json, response) = (
            Range::of("application/json", &ranges),
            Range::of("application/graphql-response+json", &ranges),
        );
        match (json, response) {
            (None, None) => None,
            (Some(_), None) => Some(Self::Json),
            (None, Some(_)) => Some(Self::Response),
            (Some(j), Some(r)) if r.quality > j.quality => Some(Self::Response),
            (Some(j), Some(r)) if r.quality < j.quality => Some(Self::Json),
            // Named, and not behind the other one.
            (Some(j), Some(r)) if r.named && (!j.named || r.position < j.position) => {
                Some(Self::Response)
            }
            _ => Some(Self::Json),
        }
    }
}

/// A range of an `Accept` header, as it applies to a media type.
struct Range {
    media: String,
    quality: f32,
}

struct Liked {
    quality: f32,
    named: bool,
    position: usize,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut pieces = text.split(';').map(|p| p.trim().to_ascii_lowercase());
        let media = pieces.next()?;
        let mut quality = 1.0;
        for piece in pieces {
            if let Some(q) = piece.strip_prefix("q=") {
                quality = q.parse().unwrap_or(0.0);
            } else if piece.strip_prefix("charset=").is_some_and(|c| c.trim_matches('"') != "utf-8")
            {
                return None;
            }
        }
        Some(Self { media, quality })
    }

    /// How much a type is liked: the most specific range says. None if it is not accepted.
    fn of(media: &str, ranges: &[Self]) -> Option<Liked> {
        let find = |wanted: &str| ranges.iter().position(|r| r.media == wanted);
        let named = find(media);
        let position = named.or_else(|| find("application/*")).or_else(|| find("*/*"))?;
        let quality = ranges[position].quality;
        (quality > 0.0).then_some(Liked { quality, named: named.is_some(), position })
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
        let new = "application/graphql-response+json";
        assert_eq!(n(""), Some(Media::Json));
        assert_eq!(n("*/*"), Some(Media::Json));
        assert_eq!(n(new), Some(Media::Response));
        assert_eq!(n(&format!("{new}, application/json;q=0.9")), Some(Media::Response));
        assert_eq!(n(&format!("{new};q=0.5, application/json")), Some(Media::Json));
        assert_eq!(n(&format!("{new}, */*")), Some(Media::Response));
        assert_eq!(n("application/json;q=0, */*"), Some(Media::Response));
        assert_eq!(n("text/html, application/json"), Some(Media::Json));
        assert_eq!(n("text/html"), None);
        assert_eq!(n("application/json; charset=latin1"), None);
        assert!(is_json("application/json; charset=UTF-8"));
        assert!(!is_json("text/plain"));
        assert!(!is_json("application/x-www-form-urlencoded"));
    }
}
