//! Texts per language on their way in and out.

use async_graphql::{InputObject, SimpleObject};
use linli_entity::json::Localised;

use crate::kernel::{Locale, Result, text};

/// A text in the source language, with translations where there are some. Readers get their own
/// language, else the source.
#[derive(Clone, Debug, InputObject)]
pub struct LocalisedInput {
    /// Simplified Chinese: the source.
    pub zh_hans: String,
    /// English.
    pub en: Option<String>,
    /// Uyghur.
    pub ug: Option<String>,
    /// Kazakh.
    pub kk: Option<String>,
}

impl LocalisedInput {
    /// The map as stored; every text has at most `max` characters.
    pub fn check(self, path: &str, max: usize) -> Result<Localised> {
        text::check(&format!("{path}.zhHans"), &self.zh_hans, max)?;
        let mut texts = Localised::zh(self.zh_hans);
        for (locale, given) in [(Locale::En, self.en), (Locale::Ug, self.ug), (Locale::Kk, self.kk)]
        {
            text::check_optional(&format!("{path}.{}", locale.tag()), given.as_deref(), max)?;
            // A blank one is none: its readers get the source language.
            if let Some(given) = given.filter(|text| !text::is_blank(text)) {
                texts = texts.and(locale.tag(), given);
            }
        }
        Ok(texts)
    }

    /// The same for one that may be left out.
    pub fn check_optional(
        given: Option<Self>,
        path: &str,
        max: usize,
    ) -> Result<Option<Localised>> {
        given.map(|texts| texts.check(path, max)).transpose()
    }
}

/// A text in one language.
#[derive(Clone, Debug, SimpleObject)]
pub struct Translation {
    /// BCP 47 tag.
    pub language: String,
    /// The text.
    pub text: String,
}

/// Every language of a text.
pub fn translations(texts: &Localised) -> Vec<Translation> {
    texts
        .0
        .iter()
        .map(|(language, text)| Translation { language: language.clone(), text: text.clone() })
        .collect()
}
