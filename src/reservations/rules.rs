//! Spans and lanes. Pure.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use uuid::Uuid;

/// The longest that anything is held: a session of an activity.
pub const LONGEST: Duration = Duration::days(7);

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

/// What is held of some subjects (stations, venues, accounts): by subject and lane, in order of time.
/// In one lane nothing overlaps; the database sees to it.
#[derive(Clone, Debug, Default)]
pub struct Held(HashMap<Uuid, BTreeMap<i32, Vec<Span>>>);

impl FromIterator<(Uuid, i32, Span)> for Held {
    fn from_iter<T: IntoIterator<Item = (Uuid, i32, Span)>>(rows: T) -> Self {
        let mut held = Self::default();
        for (subject, lane, span) in rows {
            held.0.entry(subject).or_default().entry(lane).or_default().push(span);
        }
        for spans in held.0.values_mut().flat_map(BTreeMap::values_mut) {
            spans.sort_unstable();
        }
        held
    }
}

impl Held {
    /// Holds one more thing.
    pub fn add(&mut self, subject: Uuid, lane: i32, span: Span) {
        let spans = self.0.entry(subject).or_default().entry(lane).or_default();
        spans.insert(spans.partition_point(|s| *s < span), span);
    }

    /// Those of a subject's first `lanes` lanes in which nothing overlaps `span`, from the first on.
    pub fn free_lanes(&self, subject: Uuid, lanes: i32, span: Span) -> impl Iterator<Item = i32> {
        let held = self.0.get(&subject);
        (1..=lanes).filter(move |lane| {
            let Some(spans) = held.and_then(|by_lane| by_lane.get(lane)) else { return true };
            let next = spans.partition_point(|s| s.until <= span.from);
            spans.get(next).is_none_or(|s| !s.overlaps(span))
        })
    }

    /// Everything that is held of a subject, in order of time.
    pub fn spans(&self, subject: Uuid) -> Vec<Span> {
        let lanes = self.0.get(&subject);
        let mut spans: Vec<Span> =
            lanes.into_iter().flat_map(BTreeMap::values).flatten().copied().collect();
        spans.sort_unstable();
        spans
    }

    /// How many things are held of a subject.
    pub fn count(&self, subject: Uuid) -> usize {
        self.0.get(&subject).map_or(0, |lanes| lanes.values().map(Vec::len).sum())
    }
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
    fn lanes_are_free_where_nothing_overlaps() {
        let (room, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let rows = [(1, 30, 60), (1, 0, 30), (3, 0, 60), (2, 60, 90)];
        let held: Held =
            rows.map(|(lane, from, until)| (room, lane, span(from, until))).into_iter().collect();
        let free = |lanes, from, until| -> Vec<i32> {
            held.free_lanes(room, lanes, span(from, until)).collect()
        };
        assert_eq!(free(3, 0, 30), [2]);
        assert_eq!(free(4, 30, 90), [4]);
        assert_eq!(free(2, 45, 60), [2]);
        assert_eq!(free(1, 60, 90), [1]);
        assert_eq!(held.free_lanes(other, 2, span(0, 30)).count(), 2);
        assert_eq!((held.count(room), held.count(other)), (4, 0));
        assert_eq!(held.spans(room)[1..3], [span(0, 60), span(30, 60)]);
    }

    #[test]
    fn the_nearest_come_in_order_of_time() {
        let free = [span(0, 30), span(60, 90), span(120, 150), span(600, 630)];
        let wanted = span(90, 120).from;
        assert_eq!(nearest(&free, wanted, 2), [span(60, 90), span(120, 150)]);
    }
}
