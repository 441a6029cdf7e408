//! What text messages say of wishes.

use super::pick;
use crate::kernel::Locale;

/// What is said to who has a claim when the same event says something else to who wishes.
pub fn to_claimer(kind: &str) -> &str {
    match kind {
        "WISH_CONFIRMED" => "CLAIM_CONFIRMED",
        "WISH_REFUSED" => "CLAIM_REFUSED",
        "WISH_CLOSED_UNCONFIRMED" => "CLAIM_UNCONFIRMED",
        other => other,
    }
}

/// The same the other way round.
pub fn to_wisher(kind: &str) -> &str {
    match kind {
        "WISH_CLAIM_RELEASED" | "WISH_CLAIM_LAPSED" => "CLAIM_GONE",
        "WISH_HANDED_OVER" => "CLAIM_OF_ANOTHER",
        other => other,
    }
}

/// What happened to an order or a wish; none for what needs no text message.
pub fn wish(locale: Locale, kind: &str, number: &str) -> Option<String> {
    let texts = wisher(kind).or_else(|| claimer(kind))?;
    Some(pick(locale, texts).replace("{number}", number))
}

fn wisher(kind: &str) -> Option<[&'static str; 4]> {
    Some(match kind {
        "WISH_MADE" => [
            "工作人员已为您登记心愿 {number}。",
            "Staff entered the wish {number} for you.",
            "خادىملار سىزگە {number} ئارزۇسىنى تىزىملىدى.",
            "Қызметкер сіз үшін {number} тілегін енгізді.",
        ],
        "WISH_CHANGED" | "WISH_SUBMITTED" => [
            "他人已按您的意思修改或提交心愿 {number},请查看;如非您本意,请联系社区。",
            "Your wish {number} was changed or submitted for you: please look. If you did not ask for it, tell the community.",
            "{number} ئارزۇيىڭىز سىز ئۈچۈن ئۆزگەرتىلدى ياكى يوللاندى، كۆرۈڭ؛ خاتا بولسا ئېيتىڭ.",
            "{number} тілегіңіз сіз үшін өзгертілді не жіберілді, қараңыз; қате болса, хабарлаңыз.",
        ],
        "CLAIM_GONE" => [
            "认领您心愿 {number} 的人未能继续,心愿已重新等待认领。",
            "Who had taken over your wish {number} could not go on: it waits for somebody else.",
            "{number} ئارزۇيىڭىزنى ئۈستىگە ئالغان كىشى داۋاملاشتۇرالمىدى، باشقىلارنى كۈتۈۋاتىدۇ.",
            "{number} тілегіңізді алған адам жалғастыра алмады: басқа біреуді күтуде.",
        ],
        "CLAIM_OF_ANOTHER" => [
            "您的心愿 {number} 改由另一位承接,请查看新的核对码。",
            "Somebody else comes for your wish {number} now: look up the new code for the door.",
            "{number} ئارزۇيىڭىزنى ئەمدى باشقا كىشى ئۈستىگە ئالدى، يېڭى كودنى كۆرۈڭ.",
            "{number} тілегіңізді енді басқа адам алды: есіктегі жаңа кодты қараңыз.",
        ],
        "WISH_DECLINED" => [
            "您的心愿 {number} 未能受理,请查看原因。",
            "Your wish {number} was declined: please read why.",
            "{number} ئارزۇيىڭىز قوبۇل قىلىنمىدى، سەۋەبىنى كۆرۈڭ.",
            "{number} тілегіңіз қабылданбады, себебін қараңыз.",
        ],
        "WISH_CLAIMED" => [
            "您的心愿 {number} 已有人认领。",
            "Somebody has taken over your wish {number}.",
            "{number} ئارزۇيىڭىزنى بىرى ئۈستىگە ئالدى.",
            "{number} тілегіңізді біреу мойнына алды.",
        ],
        "WISH_DELIVERED" => [
            "您的心愿 {number} 已送达,请在 7 天内确认是否完成。",
            "Your wish {number} is said to be done: please say within 7 days whether it is.",
            "{number} ئارزۇيىڭىز ئورۇندالدى دېيىلدى، 7 كۈن ئىچىدە جەزملەڭ.",
            "{number} тілегіңіз орындалды делінді: 7 күн ішінде растаңыз.",
        ],
        "WISH_CONFIRMED" | "WISH_REFUSED" => [
            "工作人员已记录您对心愿 {number} 的答复;如非您本意,请联系社区。",
            "Staff recorded what you said about wish {number}. If you did not, tell the community.",
            "خادىملار {number} ئارزۇيىڭىز توغرىسىدىكى جاۋابىڭىزنى خاتىرىلىدى؛ خاتا بولسا ئېيتىڭ.",
            "Қызметкер {number} тілегі туралы жауабыңызды тіркеді; қате болса, хабарлаңыз.",
        ],
        "WISH_CLOSED_UNCONFIRMED" => [
            "心愿 {number} 因未收到您的答复而结束(未确认)。",
            "Your wish {number} was closed without your word (unconfirmed).",
            "{number} ئارزۇيىڭىز جاۋابسىز تاقالدى (جەزملەنمىگەن).",
            "{number} тілегіңіз жауабыңызсыз жабылды (расталмаған).",
        ],
        "WISH_EXPIRED" => [
            "您的心愿 {number} 已过期,可重新提出。",
            "The time of your wish {number} is over; you can state it anew.",
            "{number} ئارزۇيىڭىزنىڭ ۋاقتى ئۆتتى، قايتا ئوتتۇرىغا قويالايسىز.",
            "{number} тілегіңіздің мерзімі өтті, қайта білдіре аласыз.",
        ],
        "WISH_WITHDRAWN" => [
            "工作人员已按您的意思撤回心愿 {number};如非您本意,请联系社区。",
            "Staff recorded that you took wish {number} back. If you did not, tell the community.",
            "خادىملار {number} ئارزۇيىڭىزنى قايتۇرۇۋالغانلىقىڭىزنى خاتىرىلىدى؛ خاتا بولسا ئېيتىڭ.",
            "Қызметкер {number} тілегін қайтарып алғаныңызды тіркеді; қате болса, хабарлаңыз.",
        ],
        _ => return None,
    })
}

fn claimer(kind: &str) -> Option<[&'static str; 4]> {
    Some(match kind {
        "WISH_OFFERED" => [
            "有一份派单 {number} 想请您承接,请查看;婉拒没有任何影响。",
            "You are asked whether you take over {number}: please look. Declining costs nothing.",
            "سىزگە {number} تەكلىپ قىلىندى، كۆرۈڭ؛ رەت قىلسىڭىز زىيىنى يوق.",
            "Сізге {number} ұсынылды, қараңыз; бас тартудың зияны жоқ.",
        ],
        "CLAIM_CONFIRMED" => [
            "您认领的心愿 {number} 已得到确认,谢谢!",
            "The wish {number} that you took over was confirmed. Thank you!",
            "سىز ئۈستىڭىزگە ئالغان {number} ئارزۇسى جەزملەندى، رەھمەت!",
            "Сіз алған {number} тілегі расталды, рақмет!",
        ],
        "CLAIM_REFUSED" => [
            "许愿人表示心愿 {number} 尚未完成,请查看原因。",
            "Who wishes says that {number} is not done yet: please read why.",
            "{number} ئارزۇسى تېخى ئورۇندالمىدى دېيىلدى، سەۋەبىنى كۆرۈڭ.",
            "{number} тілегі әлі орындалмады делінді, себебін қараңыз.",
        ],
        "CLAIM_UNCONFIRMED" => [
            "心愿 {number} 因许愿人未答复而结束(未确认)。",
            "The wish {number} was closed without the word of who wishes.",
            "{number} ئارزۇسى جاۋابسىز تاقالدى.",
            "{number} тілегі жауапсыз жабылды.",
        ],
        "WISH_CLAIM_LAPSED" => [
            "您认领的心愿 {number} 已到期,回到心愿池。",
            "The time for the wish {number} that you took over is over; it is open to others again.",
            "سىز ئۈستىڭىزگە ئالغان {number} ئارزۇسىنىڭ ۋاقتى ئۆتتى.",
            "Сіз алған {number} тілегінің мерзімі өтті.",
        ],
        "WISH_CLAIM_WITHDRAWN" => [
            "许愿人已撤回心愿 {number},无需再办。",
            "The wish {number} was taken back: there is nothing left to do.",
            "{number} ئارزۇسى قايتۇرۇۋېلىندى.",
            "{number} тілегі қайтарып алынды.",
        ],
        "WISH_HANDED_OVER" => [
            "心愿 {number} 已由他人接手。",
            "Somebody else has taken {number} over from you.",
            "{number} نى باشقا كىشى ئۆتكۈزۈۋالدى.",
            "{number} тілегін басқа адам қабылдап алды.",
        ],
        "WISH_OFFER_DECLINED" | "WISH_OFFER_TIMED_OUT" => [
            "心愿 {number} 的转交未被接受,仍由您负责。",
            "Nobody took {number} over: you still have it.",
            "{number} نى ھېچكىم ئۆتكۈزۈۋالمىدى، يەنىلا سىزدە.",
            "{number} тілегін ешкім қабылдамады, ол әлі сізде.",
        ],
        _ => return None,
    })
}
