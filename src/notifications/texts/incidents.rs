//! What text messages say of incidents.

use super::pick;
use crate::kernel::Locale;

/// Who reported it is answered while agencies still work.
pub const ANSWERED_AHEAD: &str = "ANSWERED_AHEAD";
/// There is a result, for who is told nothing more of it.
pub const RESULT: &str = "RESULT";

/// What a text message says of an incident to who reported it or follows it.
pub fn incident(locale: Locale, kind: &str, number: &str) -> Option<String> {
    let texts = match kind {
        "INCIDENT_RESPONDED" => [
            "您关注的问题 {number} 已有人处理。",
            "Somebody takes care of {number} now.",
            "{number} نومۇرلۇق مەسىلىنى بىرى بىر تەرەپ قىلىۋاتىدۇ.",
            "{number} мәселесімен біреу айналысып жатыр.",
        ],
        "INCIDENT_ESCALATED" | "INCIDENT_JOINT_OPENED" => [
            "您关注的问题 {number} 已上报或联动相关单位处理。",
            "{number} went further up, or to the agencies that can solve it.",
            "{number} نومۇرلۇق مەسىلە يۇقىرىغا ياكى مۇناسىۋەتلىك ئورۇنلارغا يوللاندى.",
            "{number} мәселесі жоғары не тиісті мекемелерге жіберілді.",
        ],
        "INCIDENT_JOINT_CALLED_OFF" => [
            "您关注的问题 {number} 由社区继续处理,先前的答复以后续为准。",
            "{number} is handled without other agencies now: a new answer follows.",
            "{number} نومۇرلۇق مەسىلىنى مەھەللە داۋاملىق بىر تەرەپ قىلىدۇ، يېڭى جاۋاب بېرىلىدۇ.",
            "{number} мәселесін қауымдастық әрі қарай шешеді, жаңа жауап беріледі.",
        ],
        ANSWERED_AHEAD => [
            "您关注的问题 {number} 已有阶段性答复,相关单位仍在处理。",
            "{number} was answered: please look. The agencies are still at work.",
            "{number} نومۇرلۇق مەسىلىگە دەسلەپكى جاۋاب بېرىلدى، ئورۇنلار داۋاملىق بىر تەرەپ قىلىۋاتىدۇ.",
            "{number} мәселесіне алдын ала жауап берілді, мекемелер жұмысын жалғастыруда.",
        ],
        RESULT => [
            "您关注的问题 {number} 已有结果,请查看。",
            "There is a result of {number}: please look.",
            "{number} نومۇرلۇق مەسىلىنىڭ نەتىجىسى چىقتى، كۆرۈڭ.",
            "{number} мәселесінің нәтижесі бар, қараңыз.",
        ],
        "INCIDENT_ANSWERED" => [
            "您关注的问题 {number} 已答复,请查看;如未解决,可在 30 天内登录或凭编号和查询码要求重办。",
            "{number} was answered: please look. If it is not solved, have it taken up again within 30 days: sign in, or use its number and code.",
            "{number} نومۇرلۇق مەسىلىگە جاۋاب بېرىلدى، كۆرۈڭ؛ ھەل بولمىسا 30 كۈن ئىچىدە كىرىپ ياكى نومۇر ۋە كودى بىلەن قايتا تەلەپ قىلىڭ.",
            "{number} мәселесіне жауап берілді, қараңыз; шешілмесе, 30 күн ішінде кіріп не нөмірі мен коды арқылы қайта сұраңыз.",
        ],
        "INCIDENT_REOPENED" => [
            "您关注的问题 {number} 已重新处理。",
            "{number} was taken up again.",
            "{number} نومۇرلۇق مەسىلە قايتا بىر تەرەپ قىلىنىۋاتىدۇ.",
            "{number} мәселесі қайта қаралып жатыр.",
        ],
        "INCIDENT_MERGED" => [
            "您关注的问题 {number} 与另一问题相同,已合并办理。",
            "{number} is the same as another one, which goes on.",
            "{number} نومۇرلۇق مەسىلە باشقا بىرى بىلەن بىرلەشتۈرۈلدى.",
            "{number} мәселесі басқасымен біріктірілді.",
        ],
        _ => return None,
    };
    Some(pick(locale, texts).replace("{number}", number))
}
