//! To which block an address belongs, by streets and house numbers.

use std::{cmp::Reverse, ops::Range, ops::RangeInclusive};

use linli_entity::enums::Parity;
use unicode_normalization::UnicodeNormalization;

use crate::kernel::{Code, Rejected, Result, text};

/// Lines of one block.
pub const MOST_LINES: usize = 200;
/// House numbers.
const NUMBERS: RangeInclusive<i32> = 1..=99_999;
/// Digits of a house number.
const MOST_DIGITS: usize = 5;

/// House numbers of a street.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The street.
    pub street: String,
    /// First number; from the first if none.
    pub from: Option<i32>,
    /// Last number; to the last if none.
    pub until: Option<i32>,
    /// Which of them.
    pub parity: Parity,
}

impl Line {
    /// Refuses what matches nothing.
    pub fn check(&self) -> Result<()> {
        text::check("addresses.street", &self.street, text::LINE)?;
        let fits = self.from.iter().chain(&self.until).all(|n| NUMBERS.contains(n));
        let (first, last) = (self.from.unwrap_or(1), self.until.unwrap_or(*NUMBERS.end()));
        // Of two that follow each other one is odd and one is even.
        let any = (first..=last).take(2).any(|n| self.covers(Some(n)));
        if key(&self.street).is_empty() || !fits || !any {
            let wanted =
                "a street, and house numbers from 1 to 99999 in their order, some of that parity";
            return Err(Rejected::at(Code::InvalidValue, "addresses")
                .with("wanted", wanted)
                .into());
        }
        Ok(())
    }

    /// Whether it covers a house number, or an address that names none.
    fn covers(&self, number: Option<i32>) -> bool {
        let Some(number) = number else {
            return self.from.is_none() && self.until.is_none() && self.parity == Parity::All;
        };
        self.from.is_none_or(|from| number >= from)
            && self.until.is_none_or(|until| number <= until)
            && match self.parity {
                Parity::All => true,
                Parity::Odd => number % 2 == 1,
                Parity::Even => number % 2 == 0,
            }
    }
}

/// An address as it is compared: one form of every letter and digit, and no blanks but those that keep
/// numbers apart.
pub fn key(address: &str) -> String {
    let folded: Vec<char> = address.nfkc().flat_map(char::to_lowercase).collect();
    let mut key = String::with_capacity(address.len());
    let mut blank = false;
    for c in folded {
        if c.is_whitespace() || c == '\0' {
            blank = true;
            continue;
        }
        if blank && c.is_ascii_digit() && key.ends_with(|before: char| before.is_ascii_digit()) {
            key.push(' ');
        }
        blank = false;
        key.push(c);
    }
    key
}

/// The house number with which what follows a street begins: none if there is none, or it is too long to
/// be one.
fn number(rest: &str) -> Option<i32> {
    let rest = rest.trim_start_matches([' ', ',', '第']);
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > MOST_DIGITS { None } else { rest[..digits].parse().ok() }
}

/// Where an address names a street, both as [`key`] has them.
fn named<'a>(street: &'a str, address: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let ends_in_digit = street.ends_with(|c: char| c.is_ascii_digit());
    address.match_indices(street).map(|(at, _)| at..at + street.len()).filter(move |found| {
        // Road 312 is not road 3125.
        !(ends_in_digit && address[found.end..].starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// Which of some blocks, each with its code, an address belongs to: the longest street that it names and
/// whose numbers cover it decides, then a line that says which numbers, then the lowest code. A street that is
/// only a part of the name of a longer known one there is not named: who lives in 团结路北巷 does not live in
/// 团结路. What stands before a street may be anything, such as the name of the community.
pub fn which<T>(lines: impl IntoIterator<Item = (String, T, Line)>, address: &str) -> Option<T> {
    let address = key(address);
    let lines: Vec<_> = lines.into_iter().map(|line| (key(&line.2.street), line)).collect();
    let known: Vec<Range<usize>> = lines
        .iter()
        .filter(|(street, _)| !street.is_empty())
        .flat_map(|(street, _)| named(street, &address))
        .collect();
    let rank = |(street, (code, block, line)): (String, (String, T, Line))| {
        let part = |at: &Range<usize>| {
            known.iter().any(|k| k.len() > at.len() && k.start <= at.start && at.end <= k.end)
        };
        let found = !street.is_empty()
            && named(&street, &address)
                .any(|at| !part(&at) && line.covers(number(&address[at.end..])));
        let says = line.from.is_some() || line.until.is_some() || line.parity != Parity::All;
        found.then(|| ((street.chars().count(), says, Reverse(code)), block))
    };
    lines.into_iter().filter_map(rank).max_by(|a, b| a.0.cmp(&b.0)).map(|(_, block)| block)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(street: &str, from: Option<i32>, until: Option<i32>, parity: Parity) -> Line {
        Line { street: street.to_owned(), from, until, parity }
    }

    fn of(lines: &[(&str, Line)], address: &str) -> Option<String> {
        let lines =
            lines.iter().map(|(code, line)| ((*code).to_owned(), (*code).to_owned(), line.clone()));
        which(lines, address)
    }

    #[test]
    fn the_longest_street_whose_numbers_cover_the_address_decides() {
        let lines = [
            ("B1", line("团结路", Some(1), Some(49), Parity::Odd)),
            ("B2", line("团结路", Some(2), Some(50), Parity::Even)),
            ("B3", line("团结路", Some(51), None, Parity::All)),
            ("B4", line("团结路北巷", None, None, Parity::All)),
            ("B5", line("国道312", None, None, Parity::All)),
        ];
        for (address, block) in [
            ("幸福里社区团结路12号3栋", Some("B2")),
            ("团结路１３号", Some("B1")),
            ("团结路 第 51 号", Some("B3")),
            ("团结路49-1号", Some("B1")),
            ("团结路北巷7号", Some("B4")),
            ("团结路北巷", Some("B4")),
            ("团结路", None),
            ("团结路123456789号", None),
            ("新华路12号", None),
            ("国道312 5号", Some("B5")),
            ("国道3125号", None),
            ("", None),
        ] {
            assert_eq!(of(&lines, address).as_deref(), block, "{address}");
        }
    }

    #[test]
    fn a_line_with_numbers_comes_before_one_without_and_then_the_lowest_code() {
        let lines = [
            ("B1", line("园丁巷", None, None, Parity::All)),
            ("B3", line("园丁巷", Some(5), Some(9), Parity::All)),
            ("B2", line("园丁巷", Some(7), Some(9), Parity::All)),
        ];
        assert_eq!(of(&lines, "园丁巷5号").as_deref(), Some("B3"));
        assert_eq!(of(&lines, "园丁巷8号").as_deref(), Some("B2"));
        assert_eq!(of(&lines, "园丁巷1号").as_deref(), Some("B1"));
    }

    #[test]
    fn a_street_is_not_the_one_whose_name_begins_or_ends_with_it() {
        let lines = [
            ("B1", line("团结路", None, None, Parity::All)),
            ("B2", line("团结路北巷", Some(51), None, Parity::All)),
            ("B3", line("新团结路", Some(2), None, Parity::Even)),
        ];
        for (address, block) in [
            ("团结路7号", Some("B1")),
            ("团结路北巷51号", Some("B2")),
            ("团结路北巷7号", None),
            ("团结路 北巷7号", None),
            ("新团结路12号", Some("B3")),
            ("新团结路11号", None),
            // Whatever else stands before it may be the name of the community.
            ("幸福社区团结路12号", Some("B1")),
            ("老团结路12号", Some("B1")),
            ("新团结路11号,团结路12号后门", Some("B1")),
        ] {
            assert_eq!(of(&lines, address).as_deref(), block, "{address}");
        }
        assert_eq!(of(&lines[..1], "新团结路12号").as_deref(), Some("B1"), "not known");
    }

    #[test]
    fn one_side_of_a_street_comes_before_the_whole_street() {
        let lines = [
            ("B1", line("园丁巷", None, None, Parity::All)),
            ("B2", line("园丁巷", None, None, Parity::Even)),
        ];
        assert_eq!(of(&lines, "园丁巷4号").as_deref(), Some("B2"));
        assert_eq!(of(&lines, "园丁巷5号").as_deref(), Some("B1"));
        assert_eq!(of(&lines, "园丁巷").as_deref(), Some("B1"));
    }

    #[test]
    fn what_matches_nothing_is_refused() {
        assert!(line("园丁巷", Some(1), Some(1), Parity::All).check().is_ok());
        assert!(line("园丁巷", Some(3), Some(3), Parity::Odd).check().is_ok());
        assert!(line("园丁巷", Some(3), Some(4), Parity::Even).check().is_ok());
        assert!(line("园丁巷", Some(3), Some(3), Parity::Even).check().is_err());
        assert!(line("园丁巷", None, Some(1), Parity::Even).check().is_err());
        assert!(line("园丁巷", Some(99_999), None, Parity::Even).check().is_err());
        assert!(line(" ", None, None, Parity::All).check().is_err());
        assert!(line("园丁巷", Some(0), None, Parity::All).check().is_err());
        assert!(line("园丁巷", Some(9), Some(5), Parity::All).check().is_err());
    }

    proptest! {
        #[test]
        fn blanks_say_nothing_but_that_numbers_are_two(text in "[团结路园丁巷a-z]{0,20}", n in 1..999_i32) {
            let spaced: String = text.chars().flat_map(|c| [c, ' ']).collect();
            prop_assert_eq!(key(&format!("{spaced}\u{3000}{n} 5")), key(&format!("{text}{n}  ５")));
            prop_assert_ne!(key(&format!("{n} 5")), key(&format!("{n}5")));
        }

        #[test]
        fn every_number_is_in_exactly_one_of_two_sides(n in 1..99_999_i32) {
            let lines = [
                ("B1", line("团结路", None, None, Parity::Odd)),
                ("B2", line("团结路", None, None, Parity::Even)),
            ];
            let block = of(&lines, &format!("团结路{n}号")).unwrap();
            prop_assert_eq!(block, if n % 2 == 1 { "B1" } else { "B2" });
        }
    }
}
