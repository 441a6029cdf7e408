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
}

/// The languages that a reader can read, the best first. A text is shown in the first that it has,
/// else in the source language, else in any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Languages {
    order: [Locale; Locale::ALL.len()],
    known: usize,
}

impl Default for Languages {
    fn default() -> Self {
        Self::from(Locale::default())
    }
}

impl From<Locale> for Languages {
    fn from(only: Locale) -> Self {
        Self { order: [only; Locale::ALL.len()], known: 1 }
    }
}

impl Languages {
    /// The order of an `Accept-Language` header (RFC 9110, section 12.5.4): by quality, then as
    /// written; `*` stands for those that are not named, quality 0 for "not this one". What we do
    /// not speak is left out, and a header that leaves nothing gets the source language.
    pub fn negotiate(header: &str) -> Self {
        let mut wanted: Vec<(Locale, f32)> = Vec::new();
        let mut others = 0.0;
        for part in header.split(',').take(50) {
            let mut pieces = part.split(';').map(str::trim);
            let range = pieces.next().unwrap_or_default();
            let quality = pieces.find_map(quality).unwrap_or(1.0);
            if range == "*" {
                others = quality;
            } else if let Some(locale) = Locale::from_tag(range) {
                // Of zh-CN and zh the better one counts: for us they are one language.
                match wanted.iter_mut().find(|(known, _)| *known == locale) {
                    Some((_, best)) => *best = best.max(quality),
                    None => wanted.push((locale, quality)),
                }
            }
        }
        for locale in Locale::ALL {
            if !wanted.iter().any(|(known, _)| *known == locale) {
                wanted.push((locale, others));
            }
        }
        wanted.retain(|(_, quality)| *quality > 0.0);
        wanted.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut languages = Self { known: wanted.len(), ..Self::default() };
        for (slot, (locale, _)) in languages.order.iter_mut().zip(wanted) {
            *slot = locale;
        }
        if languages.known == 0 { Self::default() } else { languages }
    }

    /// The best: of what the portal itself says, which it can say in every language.
    pub fn first(&self) -> Locale {
        self.order[0]
    }

    /// The text in the first language that it has, else in the source language, else in any.
    pub fn pick<'a>(&self, texts: &'a Localised) -> &'a str {
        let wanted = self.order.iter().take(self.known);
        wanted
            .chain([&Locale::ZhHans])
            .find_map(|locale| texts.0.get(locale.tag()))
            .or_else(|| texts.0.values().next())
            .map_or("", String::as_str)
    }
}

/// The quality of a parameter such as `q=0.8`; what is not a quality counts as 0.
fn quality(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    let quality = || value.trim().parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q));
    name.trim().eq_ignore_ascii_case("q").then(|| quality().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(header: &str) -> Vec<Locale> {
        let languages = Languages::negotiate(header);
        languages.order[..languages.known].to_vec()
    }

    #[test]
    fn the_header_says_the_order() {
        use Locale::{En, Kk, Ug, ZhHans};
        assert_eq!(order("fr, ug;q=0.8, en;q=0.9"), [En, Ug]);
        assert_eq!(order("kk, zh-CN;q=0.9, zh;q=0.8, en;q=0.9"), [Kk, ZhHans, En]);
        assert_eq!(order("ug, *;q=0.5"), [Ug, ZhHans, En, Kk]);
        assert_eq!(order("*, en;q=0"), [ZhHans, Ug, Kk]);
        assert_eq!(order("en;q=0.1, *"), [ZhHans, Ug, Kk, En]);
        assert_eq!(order("UG ; Q=0.5 , EN-gb;q=0.6"), [En, Ug]);
        assert_eq!(order("en;q=NaN, kk;q=2, ug;q=0.1"), [Ug]);
        for nothing in ["", "de", "en;q=0", "*;q=0", ";;,,"] {
            assert_eq!(order(nothing), [ZhHans], "{nothing}");
        }
        assert_eq!(Languages::negotiate("zh-CN").first(), ZhHans);
    }

    #[test]
    fn the_reader_gets_the_first_that_there_is() {
        let names = Localised::zh("社区").and("en", "Community");
        let picked = |header: &str| Languages::negotiate(header).pick(&names).to_owned();
        assert_eq!(picked("ug, en;q=0.5"), "Community");
        assert_eq!(picked("ug, kk"), "社区");
        assert_eq!(picked("ug, zh;q=0.2, en;q=0.1"), "社区");
        assert_eq!(Languages::from(Locale::En).pick(&names), "Community");
        let only = Localised::default().and("kk", "Қауым");
        assert_eq!(Languages::default().pick(&only), "Қауым");
    }
}
