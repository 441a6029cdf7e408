//! What text messages say, by language.

use chrono::{DateTime, FixedOffset, Utc};

use crate::kernel::Locale;

fn pick(locale: Locale, texts: [&'static str; 4]) -> &'static str {
    match locale {
        Locale::ZhHans => texts[0],
        Locale::En => texts[1],
        Locale::Ug => texts[2],
        Locale::Kk => texts[3],
    }
}

/// An instant as people read it.
pub fn local(at: DateTime<Utc>, zone: FixedOffset) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

/// A verification code.
pub fn code(locale: Locale, code: &str) -> String {
    pick(
        locale,
        [
            "验证码 {code},10分钟内有效,请勿告诉他人。",
            "Your code is {code}, good for 10 minutes. Tell it to nobody.",
            "كودىڭىز {code}، 10 مىنۇت ئىناۋەتلىك.",
            "Кодыңыз {code}, 10 минут жарамды. Ешкімге айтпаңыз.",
        ],
    )
    .replace("{code}", code)
}

/// To somebody who is registered already and asked to register.
pub fn already_registered(locale: Locale) -> String {
    pick(
        locale,
        [
            "此号码已注册,请直接登录;忘记密码可重置。",
            "This number is registered: sign in, or reset the password.",
            "بۇ نومۇر تىزىملانغان، بىۋاسىتە كىرىڭ.",
            "Бұл нөмір тіркелген: кіріңіз немесе құпиясөзді қалпына келтіріңіз.",
        ],
    )
    .to_owned()
}

/// That staff recorded a resident's withdrawal: the resident can object.
pub const WITHDRAWAL_RECORDED: &str = "WITHDRAWAL_RECORDED";

/// What happened to a request; none for what needs no text message.
pub fn request(locale: Locale, kind: &str, number: &str) -> Option<String> {
    let texts = match kind {
        "REQUEST_QUESTION_ASKED" | "REQUEST_SUPPLEMENT_ASKED" => [
            "您的办件 {number} 需要您补充或答复。",
            "Your request {number} waits for you.",
            "{number} ئىشىڭىز جاۋابىڭىزنى كۈتۈۋاتىدۇ.",
            "{number} өтінішіңіз жауабыңызды күтуде.",
        ],
        "REQUEST_EXTENDED" | "REQUEST_STATUTORY_TIME_DECLARED" => [
            "您的办件 {number} 的期限有变化。",
            "Your request {number} has a new date.",
            "{number} ئىشىڭىزنىڭ مۆھلىتى ئۆزگەردى.",
            "{number} өтінішіңіздің мерзімі өзгерді.",
        ],
        "REQUEST_RESOLVED" => [
            "您的办件 {number} 已有结果,请确认。",
            "Your request {number} has a result: please say whether it is done.",
            "{number} ئىشىڭىزنىڭ نەتىجىسى چىقتى.",
            "{number} өтінішіңіздің нәтижесі шықты, растаңыз.",
        ],
        "REQUEST_DECLINED" => [
            "您的办件 {number} 不属本社区受理,可在10个工作日内申诉。",
            "Your request {number} was declined; you can appeal within 10 working days.",
            "{number} ئىشىڭىز قوبۇل قىلىنمىدى.",
            "{number} өтінішіңіз қабылданбады; 10 жұмыс күнінде шағымдануға болады.",
        ],
        WITHDRAWAL_RECORDED => [
            "工作人员已按您的意思撤回办件 {number};如非您本意,请联系社区。",
            "Staff recorded that you took request {number} back. If you did not, tell the community.",
            "خادىملار {number} ئىشىڭىزنى قايتۇرۇۋالغانلىقىڭىزنى خاتىرىلىدى؛ خاتا بولسا مەھەللىگە ئېيتىڭ.",
            "Қызметкер {number} өтінішін қайтарып алғаныңызды тіркеді; қате болса, хабарлаңыз.",
        ],
        "REQUEST_NOTE_ADDED" => [
            "您的办件 {number} 有新消息。",
            "Your request {number} has a new message.",
            "{number} ئىشىڭىزدا يېڭى ئۇچۇر بار.",
            "{number} өтінішіңізде жаңа хабар бар.",
        ],
        _ => return None,
    };
    Some(pick(locale, texts).replace("{number}", number))
}

/// What is said of an appointment; `time` is local. None for what needs no text message.
pub fn appointment(locale: Locale, kind: &str, number: &str, time: &str) -> Option<String> {
    let texts = match kind {
        "APPOINTMENT_REMINDER_DUE" => [
            "提醒:您的办件 {number} 预约在 {time}。不能到请改期或取消。",
            "Reminder: your appointment for request {number} is on {time}. Move or cancel it if you cannot come.",
            "ئەسكەرتىش: {number} ئىشىڭىزنىڭ ئۇچرىشىشى {time}.",
            "Еске салу: {number} өтінішіңіз бойынша жазылу уақыты: {time}.",
        ],
        "APPOINTMENT_BOOKED" => [
            "已为您的办件 {number} 预约:{time}。",
            "An appointment was booked for your request {number}: {time}.",
            "{number} ئىشىڭىزغا ئۇچرىشىش بېكىتىلدى: {time}.",
            "{number} өтінішіңіз бойынша жазылдыңыз: {time}.",
        ],
        "APPOINTMENT_MOVED" => [
            "您的办件 {number} 的预约改到 {time}。",
            "The appointment for your request {number} was moved to {time}.",
            "{number} ئىشىڭىزنىڭ ئۇچرىشىشى {time} غا ئۆزگەرتىلدى.",
            "{number} өтінішіңіз бойынша жазылу {time} уақытына ауыстырылды.",
        ],
        "APPOINTMENT_CANCELLED" => [
            "您的办件 {number} 在 {time} 的预约已取消。",
            "The appointment for your request {number} on {time} was cancelled.",
            "{number} ئىشىڭىزنىڭ {time} دىكى ئۇچرىشىشى ئەمەلدىن قالدۇرۇلدى.",
            "{number} өтінішіңіз бойынша {time} уақытындағы жазылу жойылды.",
        ],
        _ => return None,
    };
    Some(pick(locale, texts).replace("{number}", number).replace("{time}", time))
}

/// What happened to an activity that somebody registered for, in local time; none for what needs no text message.
pub fn activity(locale: Locale, kind: &str, title: &str, until: &str) -> Option<String> {
    let texts = match kind {
        "ACTIVITY_CHANGED" => [
            "您报名的活动“{title}”有变动,请查看。",
            "The activity “{title}” that you registered for has changed: please look.",
            "سىز تىزىملاتقان «{title}» پائالىيىتى ئۆزگەردى.",
            "Сіз тіркелген «{title}» іс-шарасы өзгерді, қараңыз.",
        ],
        "ACTIVITY_CANCELLED" => [
            "您报名的活动“{title}”已取消。",
            "The activity “{title}” that you registered for is cancelled.",
            "سىز تىزىملاتقان «{title}» پائالىيىتى بىكار قىلىندى.",
            "Сіз тіркелген «{title}» іс-шарасы тоқтатылды.",
        ],
        "ACTIVITY_PROMOTED" => [
            "您候补的活动“{title}”已有名额,报名成功。",
            "You have seats now in the activity “{title}” that you waited for.",
            "سىز كۈتكەن «{title}» پائالىيىتىدە ئورۇنغا ئېرىشتىڭىز.",
            "Сіз күткен «{title}» іс-шарасынан орын алдыңыз.",
        ],
        "ACTIVITY_OFFERED" => [
            "您候补的活动“{title}”为您保留了名额,请在 {until} 前确认。",
            "Seats in the activity “{title}” are kept for you: accept them by {until}.",
            "سىز كۈتكەن «{title}» پائالىيىتىدە ئورۇن ساقلاندى، {until} غىچە جەزملەڭ.",
            "Сіз күткен «{title}» іс-шарасынан орын сақталды: {until} дейін растаңыз.",
        ],
        "ACTIVITY_OFFER_ACCEPTED" => [
            "工作人员已为您确认活动“{title}”的名额,报名成功。",
            "Staff accepted the seats in “{title}” for you: you are registered.",
            "خادىملار سىز ئۈچۈن «{title}» پائالىيىتىدىكى ئورۇننى جەزملىدى.",
            "Қызметкер сіз үшін «{title}» іс-шарасындағы орынды растады.",
        ],
        "ACTIVITY_OFFER_EXPIRED" => [
            "活动“{title}”为您保留的名额已过期。",
            "The time to accept the seats in “{title}” that were kept for you is over.",
            "«{title}» پائالىيىتىدە سىزگە ساقلانغان ئورۇننىڭ ۋاقتى ئۆتتى.",
            "«{title}» іс-шарасында сізге сақталған орынның мерзімі өтті.",
        ],
        "ACTIVITY_REGISTERED" => [
            "工作人员已为您报名活动“{title}”。",
            "Staff registered you for the activity “{title}”.",
            "خادىملار سىزنى «{title}» پائالىيىتىگە تىزىملىدى.",
            "Қызметкер сізді «{title}» іс-шарасына тіркеді.",
        ],
        "ACTIVITY_REGISTRATION_CANCELLED" => [
            "工作人员已为您取消活动“{title}”的报名;如非您本意,请联系社区。",
            "Staff took your registration for “{title}” back. If you did not ask for it, tell the community.",
            "خادىملار سىزنىڭ «{title}» پائالىيىتىدىكى تىزىملىشىڭىزنى بىكار قىلدى.",
            "Қызметкер «{title}» іс-шарасына тіркелуіңізді тоқтатты; қате болса, хабарлаңыз.",
        ],
        _ => return None,
    };
    // The title last: it is the only part that people wrote.
    Some(pick(locale, texts).replace("{until}", until).replace("{title}", title))
}

/// What staff did with somebody's booking of a room; `time` is local, and the first of so many
/// `dates`. None for what needs no text message.
pub fn venue(locale: Locale, kind: &str, (room, time): (&str, &str), dates: i64) -> Option<String> {
    let texts = match kind {
        "VENUE_BOOKED" if dates > 1 => [
            "工作人员已为您预约“{room}”:首次 {time},共 {dates} 次。",
            "Staff booked “{room}” for you, {dates} times: the first is on {time}.",
            "خادىملار سىزگە «{room}» نى {dates} قېتىم بېكىتتى: بىرىنچىسى {time}.",
            "Қызметкер сізге «{room}» бөлмесін {dates} рет брондады: алғашқысы {time}.",
        ],
        "VENUE_BOOKED" => [
            "工作人员已为您预约“{room}”:{time}。",
            "Staff booked “{room}” for you: {time}.",
            "خادىملار سىزگە «{room}» نى بېكىتتى: {time}.",
            "Қызметкер сізге «{room}» бөлмесін брондады: {time}.",
        ],
        "VENUE_BOOKING_MOVED" => [
            "工作人员已将您预约的“{room}”改到 {time}。",
            "Staff moved your booking of “{room}” to {time}.",
            "خادىملار «{room}» نىڭ ۋاقتىنى {time} غا ئۆزگەرتتى.",
            "Қызметкер «{room}» броныңызды {time} уақытына ауыстырды.",
        ],
        "VENUE_BOOKING_CANCELLED" => [
            "工作人员已取消您在 {time} 的“{room}”预约;如非您本意,请联系社区。",
            "Staff cancelled your booking of “{room}” on {time}. If you did not ask for it, tell the community.",
            "خادىملار سىزنىڭ {time} دىكى «{room}» نى بىكار قىلدى؛ خاتا بولسا مەھەللىگە ئېيتىڭ.",
            "Қызметкер {time} уақытындағы «{room}» броныңызды жойды; қате болса, хабарлаңыз.",
        ],
        _ => return None,
    };
    let text = pick(locale, texts).replace("{time}", time).replace("{dates}", &dates.to_string());
    // The name last: it is the only part that people wrote.
    Some(text.replace("{room}", room))
}

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
