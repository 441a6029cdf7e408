//! Spans and lanes. Pure.

use chrono::{DateTime, Duration, SecondsFormat, Utc};

/// A span of time: the first instant, and the first one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub until: DateTime<Utc>,
}

impl Span {
    /// Whether both have an instant in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// The span with time before and behind it: the way to a visit and back.
    #[must_use]
    pub fn with_buffer(self, buffer: Duration) -> Self {
        Self { from: self.from - buffer, until: self.until + buffer }
    }
}

/// The first lane of `lanes` in which nothing that is held overlaps `span`.
pub fn free_lane(lanes: i32, held: &[(i32, Span)], span: Span) -> Option<i32> {
    let taken = |lane: i32| held.iter().any(|(l, s)| *l == lane && s.overlaps(span));
    (1..=lanes).find(|lane| !taken(*lane))
}

/// The `most` of `free` that begin nearest to `wanted`, in order of time.
pub fn nearest(free: &[Span], wanted: DateTime<Utc>, most: usize) -> Vec<Span> {
    let mut near = free.to_vec();
    near.sort_by_key(|span| ((span.from - wanted).abs(), span.from));
    near.truncate(most);
    near.sort();
    near
}

/// Spans as a refusal's `alternatives` carry them: `from/until`, blanks in between.
pub fn spans_text(spans: &[Span]) -> String {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let text = |s: &Span| format!("{}/{}", instant(s.from), instant(s.until));
    spans.iter().map(text).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i64, until: i64) -> Span {
        let at = |minutes| DateTime::UNIX_EPOCH + Duration::minutes(minutes);
        Span { from: at(from), until: at(until) }
    }

    #[test]
    fn spans_that_only_touch_do_not_overlap() {
        assert!(!span(0, 30).overlaps(span(30, 60)));
        assert!(span(0, 31).overlaps(span(30, 60)));
        assert!(span(0, 90).overlaps(span(30, 60)) && span(30, 60).overlaps(span(0, 90)));
        assert!(span(0, 30).with_buffer(Duration::minutes(1)).overlaps(span(30, 60)));
    }

    #[test]
    fn the_first_free_lane_is_taken() {
        let held = [(1, span(0, 60)), (3, span(0, 60)), (2, span(60, 90))];
        assert_eq!(free_lane(3, &held, span(0, 30)), Some(2));
        assert_eq!(free_lane(3, &held, span(30, 90)), None);
        assert_eq!(free_lane(1, &held, span(60, 90)), Some(1));
    }

    #[test]
    fn the_nearest_come_in_order_of_time() {
        let free = [span(0, 30), span(60, 90), span(120, 150), span(600, 630)];
        let wanted = span(90, 120).from;
        assert_eq!(nearest(&free, wanted, 2), [span(60, 90), span(120, 150)]);
    }
}
