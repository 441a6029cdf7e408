//! What a submitter is given on paper: short lines, one fact in each, so that they can be printed in
//! large type on whatever printer stands at the window. Pure.

use chrono::{DateTime, FixedOffset, Utc};

use crate::kernel::Locale;

/// What is on a receipt. Neither name, phone nor address: paper lies about.
#[derive(Clone, Copy, Debug)]
pub struct Receipt<'a> {
    /// The community, in the reader's language.
    pub community: &'a str,
    /// The matter, in the reader's language.
    pub matter: &'a str,
    /// Number.
    pub number: &'a str,
    /// Tracking code, where the submitter gets it.
    pub tracking_code: Option<&'a str>,
    /// Submission.
    pub submitted_at: DateTime<Utc>,
    /// Promised limit in working days.
    pub promised_days: Option<i32>,
    /// What to bring, in the reader's language.
    pub materials: &'a [String],
}

/// The labels in one language: community, matter, number, code, submitted, promised (with `{n}`), to
/// bring, how to follow.
fn labels(locale: Locale) -> [&'static str; 8] {
    match locale {
        Locale::ZhHans => [
            "社区",
            "事项",
            "编号",
            "查询码",
            "受理时间",
            "承诺 {n} 个工作日内办结",
            "请带:",
            "凭编号和查询码可查询进度;查询码请勿告诉他人。",
        ],
        Locale::En => [
            "Community",
            "Matter",
            "Number",
            "Tracking code",
            "Submitted",
            "Promised within {n} working days",
            "Please bring:",
            "Follow it with number and tracking code; tell the code to nobody.",
        ],
        Locale::Ug => [
            "مەھەللە",
            "ئىش",
            "نومۇر",
            "سۈرۈشتۈرۈش كودى",
            "تاپشۇرۇلغان ۋاقىت",
            "{n} خىزمەت كۈنى ئىچىدە پۈتكۈزۈشكە ۋەدە بېرىلدى",
            "بىللە ئېلىۋېلىڭ:",
            "نومۇر ۋە كود بىلەن سۈرۈشتۈرۈڭ؛ كودنى باشقىلارغا ئېيتماڭ.",
        ],
        Locale::Kk => [
            "Қауымдастық",
            "Іс",
            "Нөмір",
            "Бақылау коды",
            "Тапсырылған уақыты",
            "{n} жұмыс күні ішінде орындауға уәде берілді",
            "Өзіңізбен алыңыз:",
            "Нөмір мен код арқылы бақылаңыз; кодты ешкімге айтпаңыз.",
        ],
    }
}

/// The lines of a receipt, each ended by a line feed; times are official time, and say so.
pub fn text(receipt: &Receipt<'_>, locale: Locale, zone: FixedOffset) -> String {
    let [community, matter, number, code, submitted, promised, bring, follow] = labels(locale);
    let at = receipt.submitted_at.with_timezone(&zone).format("%Y-%m-%d %H:%M (UTC%:z)");
    let mut lines = vec![
        format!("{community}: {}", receipt.community),
        format!("{matter}: {}", receipt.matter),
        format!("{number}: {}", receipt.number),
    ];
    lines.extend(receipt.tracking_code.map(|tracking| format!("{code}: {tracking}")));
    lines.push(format!("{submitted}: {at}"));
    lines.extend(receipt.promised_days.map(|n| promised.replace("{n}", &n.to_string())));
    if !receipt.materials.is_empty() {
        lines.push(bring.to_owned());
        lines.extend(receipt.materials.iter().map(|m| format!("- {m}")));
    }
    lines.extend(receipt.tracking_code.map(|_| follow.to_owned()));
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_says_what_one_needs_and_nothing_of_the_person() {
        let materials = ["户口簿".to_owned()];
        let receipt = Receipt {
            community: "幸福里社区",
            matter: "老年人优待证",
            number: "XFL-2025-000001",
            tracking_code: Some("ABCD-EFGH-JKLM-NPQR"),
            submitted_at: "2025-06-02T18:30:00Z".parse().unwrap(),
            promised_days: Some(5),
            materials: &materials,
        };
        let zone = FixedOffset::east_opt(8 * 3600).unwrap();
        let printed = text(&receipt, Locale::ZhHans, zone);
        assert_eq!(
            printed,
            "社区: 幸福里社区\n事项: 老年人优待证\n编号: XFL-2025-000001\n\
             查询码: ABCD-EFGH-JKLM-NPQR\n受理时间: 2025-06-03 02:30 (UTC+08:00)\n\
             承诺 5 个工作日内办结\n请带:\n- 户口簿\n\
             凭编号和查询码可查询进度;查询码请勿告诉他人。\n"
        );
        let bare = Receipt { promised_days: None, materials: &[], ..receipt };
        assert_eq!(text(&bare, Locale::En, zone).lines().count(), 6);
    }
}
