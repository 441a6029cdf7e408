//! The text of a calendar. Pure.

use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use linli_entity::enums::AppointmentKind;

use crate::kernel::Locale;

/// Something that stands in a calendar, whatever slice it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Names it for ever, whatever becomes of it.
    pub uid: String,
    /// How often it was moved or cancelled.
    pub sequence: u32,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub until: DateTime<Utc>,
    /// What it is.
    pub summary: String,
    /// What is to be known about it.
    pub description: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Last change.
    pub changed: DateTime<Utc>,
}

/// Octets of a line, its end not counted.
const LINE: usize = 75;

/// What an appointment is called: it has the number of its request, and does not tell the matter.
pub fn visit(locale: Locale, kind: AppointmentKind, number: &str) -> String {
    let (window, home) = match locale {
        Locale::ZhHans => ("窗口预约", "上门服务"),
        Locale::En => ("Appointment", "Visit at home"),
        Locale::Ug => ("ئۇچرىشىش", "ئۆيگە بېرىپ مۇلازىمەت قىلىش"),
        Locale::Kk => ("Қабылдау", "Үйге бару"),
    };
    let what = match kind {
        AppointmentKind::Window => window,
        AppointmentKind::HomeVisit => home,
    };
    format!("{what} {number}")
}

/// The calendar of these entries under a name, in order of time. The same entries give the same text.
pub fn text(name: &str, entries: &[Entry]) -> String {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    entries.sort_by_key(|e| (e.from, &e.uid));
    let mut calendar = Calendar::empty();
    for (key, value) in
        [("VERSION", "2.0"), ("PRODID", "-//Linli//Calendar//ZH"), ("CALSCALE", "GREGORIAN")]
    {
        calendar.append_property(Property::new(key, value));
    }
    // Said to be a text, or the library would not escape it.
    let mut name = Property::new("X-WR-CALNAME", one_kind_of_break(name));
    calendar.append_property(name.append_parameter(("VALUE", "TEXT")).done());
    for entry in entries {
        calendar.push(event(entry));
    }
    refold(&calendar.to_string())
}

fn event(entry: &Entry) -> Event {
    let mut event = Event::new();
    let status = if entry.cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed };
    event
        .uid(&entry.uid)
        .sequence(entry.sequence)
        .status(status)
        .starts(entry.from)
        .ends(entry.until)
        .summary(&one_kind_of_break(&entry.summary))
        .created(entry.created)
        .last_modified(entry.changed)
        // Without a method it is the last revision (section 3.8.7.2), and the text stays the same
        // while nothing else changes.
        .timestamp(entry.changed);
    if let Some(description) = entry.description.as_ref().filter(|text| !text.is_empty()) {
        event.description(&one_kind_of_break(description));
    }
    if let Some(location) = &entry.location {
        event.location(&one_kind_of_break(location));
    }
    event.done()
}

/// A carriage return would end the line for some readers; other control characters are not allowed
/// in a text at all (RFC 5545, section 3.3.11).
fn one_kind_of_break(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Folds every line at 75 octets, never inside a character. (The library lets a last line have 76.)
fn refold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let mut room = LINE;
        for c in line.chars() {
            if c.len_utf8() > room {
                folded.push_str("\r\n ");
                room = LINE - 1;
            }
            folded.push(c);
            room -= c.len_utf8();
        }
        folded.push_str("\r\n");
    }
    folded
}

/// Whether one of the entity tags that a client holds is this one (RFC 9110, section 13.1.2).
pub fn holds(if_none_match: &str, tag: &str) -> bool {
    let held = |t: &str| t.trim() == "*" || t.trim().trim_start_matches("W/") == tag;
    if_none_match.split(',').any(held)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn entry(summary: &str) -> Entry {
        Entry {
            uid: "vbk_01@linli".to_owned(),
            sequence: 2,
            cancelled: false,
            from: at("2025-06-03T02:00:00Z"),
            until: at("2025-06-03T03:30:00Z"),
            summary: summary.to_owned(),
            description: None,
            location: None,
            created: at("2025-06-01T01:00:00Z"),
            changed: at("2025-06-02T01:02:03Z"),
        }
    }

    #[test]
    fn the_text_is_as_the_standard_wants_it() {
        let long = "书画室; 夕阳红书法班,每周二上午练习\\观摩,请自带笔墨纸砚,人人可来,不收费用";
        let mut cancelled =
            entry("ئۇسسۇل ئۆيى — مەشرەپ مەشىقى، ھەر ھەپتىنىڭ سەيشەنبە كۈنى ئەتىگەندە");
        cancelled.uid = "vbk_02@linli".to_owned();
        cancelled.cancelled = true;
        cancelled.from = at("2025-06-04T02:00:00Z");
        cancelled.until = at("2025-06-04T03:00:00Z");
        let mut first = entry(&format!("{long}\r\n第二行"));
        first.location = Some("幸福里党群服务中心, 园丁巷1号".to_owned());
        let text = text("邻里", &[cancelled, first]);
        insta::assert_snapshot!(text.replace("\r\n", "␍\n"));
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    #[test]
    fn tags_are_compared_one_by_one() {
        assert!(holds("\"a\", W/\"b\"", "\"b\"") && holds("*", "\"b\""));
        assert!(!holds("\"a\",\"bb\"", "\"b\"") && !holds("", "\"b\""));
    }

    fn read(text: &str, key: &str) -> Vec<String> {
        let calendar: Calendar = text.parse().unwrap();
        let of = |e: &Event| e.property_value(key).unwrap().to_owned();
        calendar.events().map(of).collect()
    }

    #[test]
    fn what_is_written_can_be_read() {
        let entries = [entry("一, 二; 三\\四\n五"), entry("ئۇيغۇرچە خەت")];
        let text = text("邻里", &entries);
        let summaries: Vec<String> = entries.iter().map(|e| e.summary.clone()).collect();
        assert_eq!(read(&text, "SUMMARY"), summaries);
        assert_eq!(read(&text, "SEQUENCE"), ["2", "2"]);
        assert_eq!(read(&text, "DTSTART"), ["20250603T020000Z", "20250603T020000Z"]);
        assert_eq!(read(&text, "STATUS"), ["CONFIRMED", "CONFIRMED"]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_unfolding_gives_the_text_back(words in "[a-z 书画室ئۇيغۇر👩,;\\\\]{0,300}") {
            let folded = text("邻里", &[entry(&words)]);
            for line in folded.split_terminator("\r\n") {
                prop_assert!(line.len() <= LINE, "{}", line.len());
            }
            let escaped = words.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;");
            let wanted = format!("\r\nSUMMARY:{escaped}\r\n");
            prop_assert!(folded.replace("\r\n ", "").contains(&wanted));
        }
    }
}
