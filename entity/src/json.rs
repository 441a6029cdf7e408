//! Values that live in JSON columns: translations, materials, questions.

use std::collections::BTreeMap;

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::enums::{DayPart, IntakeChannel, ServiceMode, Skill};

/// A text per language tag (`zh-Hans`, `en`, `ug`, `kk`). The source language is `zh-Hans`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Localised(pub BTreeMap<String, String>);

impl Localised {
    /// A text in the source language only.
    pub fn zh(text: impl Into<String>) -> Self {
        Self(BTreeMap::from([("zh-Hans".to_owned(), text.into())]))
    }

    /// The same with one more language.
    #[must_use]
    pub fn and(mut self, language: &str, text: impl Into<String>) -> Self {
        self.0.insert(language.to_owned(), text.into());
        self
    }
}

/// What a resident must bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// Its name.
    pub names: Localised,
    /// Whether a copy is kept.
    pub handling: MaterialHandling,
}

/// What happens to a material that a resident brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MaterialHandling {
    /// Looked at and handed back, never stored: ID cards, household registers, bank cards.
    ShowOnly,
    /// A copy may be kept.
    Keep,
}

/// The type of a question's answer (Open311 calls it `datatype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum QuestionType {
    /// One line.
    String,
    /// A decimal number.
    Number,
    /// An RFC 3339 instant.
    Datetime,
    /// Several lines.
    Text,
    /// One of the choices.
    SingleChoice,
    /// Any of the choices.
    MultipleChoice,
}

/// A question that a submission must answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Names the question in answers; unique within the matter version.
    pub code: String,
    /// What is asked.
    pub labels: Localised,
    /// Type of the answer.
    pub datatype: QuestionType,
    /// Whether an answer must be given.
    pub required: bool,
    /// Position; unique within the matter version.
    pub position: i32,
    /// Choices of the choice types; empty otherwise.
    #[serde(default)]
    pub choices: Vec<Choice>,
}

/// One choice of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Names the choice in answers.
    pub key: String,
    /// What is shown.
    pub labels: Localised,
}

macro_rules! json_lists {
    ($($(#[$doc:meta])* $name:ident($item:ty);)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
        #[serde(transparent)]
        pub struct $name(pub Vec<$item>);
    )* };
}

json_lists! {
    /// Materials of a matter version.
    Materials(Material);
    /// Questions of a matter version, in order.
    Questions(Question);
    /// Channels through which a matter comes in.
    Channels(IntakeChannel);
    /// Modes in which a matter is served.
    Modes(ServiceMode);
    /// What there is in a venue.
    Equipment(Localised);
    /// What somebody can do, or what something needs.
    Skills(Skill);
    /// When in a week somebody has time.
    Availability(FreePart);
}

/// Answers by question code; every answer is a list of texts (choices can be several).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<String, Vec<String>>);

/// A part of a day of the week on which somebody has time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FreePart {
    /// Day of the week, 1 (Monday) to 7.
    pub weekday: i32,
    /// Part of the day.
    pub part: DayPart,
}
