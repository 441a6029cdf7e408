//! Languages: zh-Hans is the source; en, ug and kk are translations; a missing one falls back.

use linli_entity::json::Localised;

/// A language that the portal speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, async_graphql::Enum)]
pub enum Locale {
    /// Simplified Chinese, the source language.
    #[default]
    ZhHans,
    /// English.
    En,
    /// Uyghur.
    Ug,
    /// Kazakh.
    Kk,
}

impl Locale {
    /// Every language.
    pub const ALL: [Self; 4] = [Self::ZhHans, Self::En, Self::Ug, Self::Kk];

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::ZhHans => "zh-Hans",
            Self::En => "en",
            Self::Ug => "ug",
            Self::Kk => "kk",
        }
    }

    /// The language of a tag such as `zh-CN`, `en-GB` or `ug`; none if we do not speak it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?.to_ascii_lowercase();
        match primary.as_str() {
            "zh" => Some(Self::ZhHans),
            "en" => Some(Self::En),
            "ug" => Some(Self::Ug),
            "kk" => Some(Self::Kk),
            _ => None,
        }
    }

    /// The best language for an `Accept-Language` header (RFC 9110, section 12.5.4).
    pub fn negotiate(header: &str) -> Self {
        let mut best = (0.0, Self::default());
        for part in header.split(',').take(20) {
            let mut pieces = part.split(';');
            let language = pieces.next().and_then(Self::from_tag);
            let quality = pieces
                .find_map(|p| p.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
            if let Some(language) = language
                && quality > best.0
            {
                best = (quality, language);
            }
        }
        best.1
    }

    /// The text in this language, else in the source language, else in any.
    pub fn pick(self, texts: &Localised) -> &str {
        texts
            .0
            .get(self.tag())
            .or_else(|| texts.0.get(Self::ZhHans.tag()))
            .or_else(|| texts.0.values().next())
            .map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_chooses_and_the_source_language_fills_gaps() {
        assert_eq!(Locale::negotiate("fr, ug;q=0.8, en;q=0.9"), Locale::En);
        assert_eq!(Locale::negotiate("de"), Locale::ZhHans);
        assert_eq!(Locale::negotiate("zh-CN"), Locale::ZhHans);
        let names = Localised::zh("社区").and("en", "Community");
        assert_eq!(Locale::En.pick(&names), "Community");
        assert_eq!(Locale::Kk.pick(&names), "社区");
    }
}
