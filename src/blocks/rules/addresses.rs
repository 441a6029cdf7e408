//! To which block an address belongs, by streets and house numbers.

use linli_entity::enums::Parity;
use unicode_normalization::UnicodeNormalization;

use crate::kernel::{Code, Rejected, Result, text};

/// Lines of one block.
pub const MOST_LINES: usize = 200;
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
        let number = |n: &i32| (1..=99_999).contains(n);
        let fits = self.from.iter().chain(&self.until).all(number);
        if key(&self.street).is_empty()
            || !fits
            || self.from.zip(self.until).is_some_and(|(f, u)| f > u)
        {
            let wanted = "a street, and house numbers from 1 to 99999 in their order";
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

/// Whether an address, as [`key`] has it, lies in the street `street`, at a number that the line covers.
fn matches(line: &Line, street: &str, address: &str) -> bool {
    let ends_in_digit = street.ends_with(|c: char| c.is_ascii_digit());
    address.match_indices(street).any(|(at, _)| {
        let rest = &address[at + street.len()..];
        // Road 312 is not road 3125.
        let cut = ends_in_digit && rest.starts_with(|c: char| c.is_ascii_digit());
        !cut && line.covers(number(rest))
    })
}

/// Which of some blocks, each with its code, an address belongs to: the longest street that it names and
/// whose numbers cover it decides, then a line that names numbers, then the lowest code.
pub fn which<T>(lines: impl IntoIterator<Item = (String, T, Line)>, address: &str) -> Option<T> {
    let address = key(address);
    let rank = |(code, block, line): (String, T, Line)| {
        let street = key(&line.street);
        let found = !street.is_empty() && matches(&line, &street, &address);
        let named = line.from.is_some() || line.until.is_some();
        found.then(|| ((street.chars().count(), named, std::cmp::Reverse(code)), block))
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
    fn what_matches_nothing_is_refused() {
        assert!(line("园丁巷", Some(1), Some(1), Parity::All).check().is_ok());
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
