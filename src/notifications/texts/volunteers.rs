//! What text messages say of volunteering.

use super::pick;
use crate::kernel::Locale;

/// That time which somebody entered does not count.
pub const HOURS_REFUSED: &str = "HOURS_REFUSED";

/// What concerns a volunteer: `name` is that of the community or the title of a shift, `time` is local.
/// None for what needs no text message.
pub fn volunteering(locale: Locale, kind: &str, name: &str, time: &str) -> Option<String> {
    let texts = match kind {
        "VOLUNTEER_ACCEPTED" => [
            "您已成为{name}的志愿者,谢谢!",
            "You are a volunteer of {name} now. Thank you!",
            "سىز {name} نىڭ پىدائىيسى بولدىڭىز، رەھمەت!",
            "Сіз енді {name} еріктісісіз. Рақмет!",
        ],
        "VOLUNTEER_REFUSED" => [
            "{name}暂未接受您的志愿者申请,详情请在平台查看。",
            "{name} did not accept your application as a volunteer; look in the portal for why.",
            "{name} سىزنىڭ پىدائىي بولۇش ئىلتىماسىڭىزنى قوبۇل قىلمىدى.",
            "{name} ерікті болу өтінішіңізді қабылдамады, толығырақ порталда.",
        ],
        "VOLUNTEER_HOURS_DECIDED" => [
            "您补录的志愿服务时间({time})已通过。",
            "The volunteer time that you entered ({time}) was approved.",
            "سىز تولدۇرغان پىدائىي ۋاقىت ({time}) تەستىقلاندى.",
            "Сіз енгізген еріктілік уақыты ({time}) мақұлданды.",
        ],
        HOURS_REFUSED => [
            "您补录的志愿服务时间({time})未通过,详情请在平台查看。",
            "The volunteer time that you entered ({time}) was not approved; look in the portal for why.",
            "سىز تولدۇرغان پىدائىي ۋاقىت ({time}) تەستىقلانمىدى.",
            "Сіз енгізген еріктілік уақыты ({time}) мақұлданбады, толығырақ порталда.",
        ],
        "VOLUNTEER_HOURS_CORRECTED" => [
            "您的一条志愿服务时间记录已更正,请查看。",
            "A record of your volunteer time was corrected: please look.",
            "پىدائىي ۋاقتىڭىزنىڭ بىر خاتىرىسى تۈزىتىلدى، كۆرۈڭ.",
            "Еріктілік уақытыңыздың бір жазбасы түзетілді, қараңыз.",
        ],
        "VOLUNTEER_HOURS_LAPSED" => [
            "您 {time} 签到后未签退,该时间未计入;可补录后由社区审核。",
            "You checked in on {time} and not out: the time does not count. You can enter it for approval.",
            "{time} دا كىرىشكە ئىمزا قويۇپ، چىقىشقا قويمىدىڭىز: ۋاقىت ھېسابلانمىدى، تولدۇرسىڭىز بولىدۇ.",
            "{time} келгеніңіз белгіленіп, кеткеніңіз белгіленбеді: уақыт есептелмеді, оны енгізуге болады.",
        ],
        "SHIFT_CANCELLED" => [
            "您报名的班次“{name}”({time})已取消。",
            "The shift “{name}” on {time} that you signed up for is cancelled.",
            "سىز تىزىملاتقان «{name}» نۆۋەتچىلىكى ({time}) بىكار قىلىندى.",
            "Сіз жазылған «{name}» кезекшілігі ({time}) тоқтатылды.",
        ],
        _ => return None,
    };
    // The name last: it is the only part that people wrote.
    Some(pick(locale, texts).replace("{time}", time).replace("{name}", name))
}
