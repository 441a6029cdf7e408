//! Checks of matters and of answers to their questions. Pure.

use std::collections::BTreeSet;

use chrono::DateTime;
use linli_entity::{
    json::{Answers, Localised, Question, QuestionType},
    matter_version,
};

use crate::kernel::{Code, Error, Rejected, Result, text};

/// Most questions of a matter, and most choices of a question.
const MOST: usize = 50;

/// Checks the questions of a new version.
pub fn check_questions(questions: &[Question]) -> Result<()> {
    let wrong = |index: usize, wanted: &str| {
        Err(Rejected::at(Code::InvalidValue, &format!("questions.{index}"))
            .with("wanted", wanted)
            .into())
    };
    let (mut codes, mut positions) = (BTreeSet::new(), BTreeSet::new());
    if questions.len() > MOST {
        return wrong(MOST, "at most 50 questions");
    }
    for (index, question) in questions.iter().enumerate() {
        text::check(&format!("questions.{index}.code"), &question.code, 40)?;
        if !codes.insert(&question.code) || !positions.insert(question.position) {
            return wrong(index, "codes and positions are unique");
        }
        if question.position < 1 {
            return wrong(index, "positions begin at 1");
        }
        let chooses =
            matches!(question.datatype, QuestionType::SingleChoice | QuestionType::MultipleChoice);
        if chooses == question.choices.is_empty() || question.choices.len() > MOST {
            return wrong(index, "choice questions have 1 to 50 choices, others none");
        }
        let keys: BTreeSet<_> = question.choices.iter().map(|c| &c.key).collect();
        if keys.len() != question.choices.len() {
            return wrong(index, "keys of choices are unique");
        }
    }
    Ok(())
}

/// Checks the answers of a submission against the questions of its matter version. They are stored
/// as given.
pub fn check_answers(questions: &[Question], answers: &Answers) -> Result<()> {
    for code in answers.0.keys() {
        if !questions.iter().any(|q| &q.code == code) {
            return Err(Rejected::at(Code::AnswerUnknown, &format!("answers.{code}")).into());
        }
    }
    for question in questions {
        let path = format!("answers.{}", question.code);
        let refuse = |code: Code| {
            let label = crate::kernel::Languages::default().pick(&question.labels).to_owned();
            Err(Error::from(Rejected::at(code, &path).with("label", label)))
        };
        let given = answers.0.get(&question.code).map_or(&[][..], Vec::as_slice);
        let blank = given.iter().all(|v| v.chars().all(char::is_whitespace));
        if blank {
            if question.required {
                return refuse(Code::AnswerMissing);
            }
            continue;
        }
        if !fits(question, given) {
            return refuse(Code::AnswerInvalid);
        }
        for value in given {
            text::check_optional(&path, Some(value), text::BODY)?;
        }
    }
    Ok(())
}

fn fits(question: &Question, given: &[String]) -> bool {
    let known = |value: &String| question.choices.iter().any(|c| &c.key == value);
    match question.datatype {
        QuestionType::MultipleChoice => {
            let distinct: BTreeSet<_> = given.iter().collect();
            distinct.len() == given.len() && given.iter().all(known)
        }
        _ if given.len() != 1 => false,
        QuestionType::String => !given[0].contains('\n') && given[0].chars().count() <= text::LINE,
        QuestionType::Text => true,
        QuestionType::Number => given[0].parse::<f64>().is_ok_and(f64::is_finite),
        QuestionType::Datetime => DateTime::parse_from_rfc3339(&given[0]).is_ok(),
        QuestionType::SingleChoice => known(&given[0]),
    }
}

/// What search looks through.
pub fn search_key(code: &str, titles: &Localised) -> String {
    let mut key = text::fold(code);
    for title in titles.0.values() {
        // A separator that folding never leaves in a needle, so that nothing matches across texts.
        key.push('\u{1F}');
        key.push_str(&text::fold(title));
    }
    key
}

/// Checks the limits of a version.
pub fn check_limits(version: &matter_version::Model) -> Result<()> {
    let days = |path: &str, value: Option<i32>| match value {
        Some(days) if !(1..=3650).contains(&days) => {
            Err(Error::from(Rejected::at(Code::InvalidValue, path).with("wanted", "1 to 3650")))
        }
        _ => Ok(()),
    };
    days("promisedDays", version.promised_days)?;
    days("legalDays", version.legal_days)?;
    if !(1..=144_000).contains(&version.response_minutes) {
        let wanted = "1 to 144000 working minutes";
        return Err(Rejected::at(Code::InvalidValue, "responseMinutes")
            .with("wanted", wanted)
            .into());
    }
    if !(0..=100).contains(&version.visits_promised) {
        return Err(Rejected::at(Code::InvalidValue, "visitsPromised")
            .with("wanted", "0 to 100")
            .into());
    }
    if version.channels.0.is_empty() || version.service_modes.0.is_empty() {
        let wanted = "at least one channel and one mode";
        return Err(Rejected::at(Code::InvalidValue, "channels").with("wanted", wanted).into());
    }
    if version.materials.0.len() > MOST {
        return Err(Rejected::at(Code::InvalidValue, "materials")
            .with("wanted", "at most 50")
            .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use linli_entity::json::Choice;

    use super::*;

    fn question(datatype: QuestionType, required: bool) -> Question {
        let choices = match datatype {
            QuestionType::SingleChoice | QuestionType::MultipleChoice => ["a", "b"]
                .map(|key| Choice { key: key.to_owned(), labels: Localised::zh(key) })
                .to_vec(),
            _ => Vec::new(),
        };
        Question {
            code: "q".to_owned(),
            labels: Localised::zh("问"),
            datatype,
            required,
            position: 1,
            choices,
        }
    }

    fn check(datatype: QuestionType, required: bool, values: &[&str]) -> Option<Code> {
        let mut answers = Answers::default();
        if !values.is_empty() {
            answers.0.insert("q".to_owned(), values.iter().map(|v| (*v).to_owned()).collect());
        }
        match check_answers(&[question(datatype, required)], &answers) {
            Ok(()) => None,
            Err(Error::Rejected(r)) => Some(r.code),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn answers_fit_their_questions() {
        use QuestionType::{Datetime, MultipleChoice, Number, SingleChoice, String};
        assert_eq!(check(String, true, &[]), Some(Code::AnswerMissing));
        assert_eq!(check(String, true, &["  "]), Some(Code::AnswerMissing));
        assert_eq!(check(String, false, &[]), None);
        assert_eq!(check(String, true, &["一\n二"]), Some(Code::AnswerInvalid));
        assert_eq!(check(Number, true, &["3.5"]), None);
        assert_eq!(check(Number, true, &["NaN"]), Some(Code::AnswerInvalid));
        assert_eq!(check(Datetime, true, &["2026-01-02T10:00:00+08:00"]), None);
        assert_eq!(check(Datetime, true, &["2026-01-02"]), Some(Code::AnswerInvalid));
        assert_eq!(check(SingleChoice, true, &["a"]), None);
        assert_eq!(check(SingleChoice, true, &["a", "b"]), Some(Code::AnswerInvalid));
        assert_eq!(check(MultipleChoice, true, &["a", "b"]), None);
        assert_eq!(check(MultipleChoice, true, &["a", "a"]), Some(Code::AnswerInvalid));
        let mut unknown = Answers::default();
        unknown.0.insert("x".to_owned(), vec!["1".to_owned()]);
        assert!(check_answers(&[question(String, false)], &unknown).is_err());
    }

    #[test]
    fn search_keys_hold_every_language() {
        let key = search_key("CA-01", &Localised::zh("最低生活保障").and("en", "Subsistence"));
        assert!(key.contains("ca-01") && key.contains("低") && key.contains("subsist"));
    }
}
