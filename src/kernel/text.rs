//! Text is stored as sent: never trimmed, never normalised. It is only measured, and folded into
//! search keys beside it.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::error::{Code, Error, Rejected};

/// Longest title, in characters.
pub const TITLE: usize = 200;
/// Longest description, note or reason, in characters.
pub const BODY: usize = 4000;
/// Longest name, address or code, in characters.
pub const LINE: usize = 200;

/// Refuses a text that is blank, longer than `max` characters, or holds NUL (which PostgreSQL
/// cannot store).
pub fn check(path: &str, text: &str, max: usize) -> Result<(), Error> {
    if is_blank(text) {
        return Err(Rejected::at(Code::Required, path).into());
    }
    check_optional(path, Some(text), max)
}

/// Whether there is nothing to read in a text.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// What takes no space: joiners, marks of direction, the byte order mark. Part of many a text, and no text alone.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Like [`check`], but absent and blank are fine.
pub fn check_optional(path: &str, text: Option<&str>, max: usize) -> Result<(), Error> {
    let Some(text) = text else { return Ok(()) };
    if text.contains('\0') {
        return Err(Rejected::at(Code::InvalidText, path).into());
    }
    // A character takes at least one byte: the cheap bound first.
    if text.len() > max && text.chars().count() > max {
        return Err(Rejected::at(Code::TooLong, path).with("max", max).into());
    }
    Ok(())
}

/// The search form of a text: compatibility-decomposed, without combining marks, lower case, with
/// the Arabic-script letters that keyboards mix up made equal. Used on both sides of a search, so
/// that `%` and `_` are letters like any other and no engine's own case rules matter.
pub fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c) && *c != '\0')
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            // Arabic yeh, alef maksura → Farsi yeh; Arabic kaf → keheh; heh variants → heh.
            '\u{064A}' | '\u{0649}' => '\u{06CC}',
            '\u{0643}' => '\u{06A9}',
            '\u{06C0}' | '\u{06C1}' | '\u{06D5}' | '\u{06BE}' => '\u{0647}',
            other => other,
        })
        .collect()
}

/// A phone number in one form: mainland numbers as `+86…`; spaces, hyphens and brackets dropped.
pub fn phone(path: &str, typed: &str) -> Result<String, Error> {
    let wrong = || Error::from(Rejected::at(Code::InvalidPhone, path));
    let digits: String =
        typed.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).take(20).collect();
    let (plus, number) = match digits.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, digits.as_str()),
    };
    if !(7..=15).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    Ok(if plus { format!("+{number}") } else { format!("+86{number}") })
}

/// A name as others see it: the first character and a mask (王**).
pub fn mask_name(name: &str) -> String {
    name.chars().next().map_or_else(String::new, |first| format!("{first}**"))
}

/// A phone number as others see it: the last four digits.
pub fn mask_phone(phone: &str) -> String {
    let tail: String = phone.chars().skip(phone.chars().count().saturating_sub(4)).collect();
    format!("****{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_equal_what_people_type_differently() {
        assert_eq!(fold("ＡＢＣ É"), "abc e");
        assert_eq!(fold("\u{064A}"), fold("\u{06CC}"));
        assert_eq!(fold("低保%_"), "低保%_");
    }

    #[test]
    fn texts_are_measured_in_characters_and_not_changed() {
        assert!(check("t", &"福".repeat(200), 200).is_ok());
        assert!(check("t", &"福".repeat(201), 200).is_err());
        assert!(check("t", "a\0b", 200).is_err());
        assert!(check("t", " \u{3000}", 200).is_err());
    }

    #[test]
    fn phones_have_one_form() {
        assert_eq!(phone("p", "138 0000-0001").unwrap(), "+8613800000001");
        assert_eq!(phone("p", "+8613800000001").unwrap(), "+8613800000001");
        assert!(phone("p", "12345678901234567890").is_err());
        assert!(phone("p", "１３８").is_err());
    }
}
