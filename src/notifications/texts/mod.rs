//! What text messages say, by language.

mod incidents;
mod volunteers;
mod wishes;

use chrono::{DateTime, FixedOffset, Utc};

use crate::kernel::Locale;

pub use incidents::{ANSWERED_AHEAD, RESULT, incident};
pub use volunteers::{HOURS_REFUSED, volunteering};
pub use wishes::{to_claimer, to_wisher, wish};

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

/// That a delegate did something with a request.
pub const BY_DELEGATE: &str = "BY_DELEGATE";
/// That a delegate registered somebody for an activity.
pub const REGISTERED_BY_DELEGATE: &str = "REGISTERED_BY_DELEGATE";
/// That a delegate accepted seats for somebody.
pub const ACCEPTED_BY_DELEGATE: &str = "ACCEPTED_BY_DELEGATE";
/// That a delegate took somebody's registration back.
pub const CANCELLED_BY_DELEGATE: &str = "CANCELLED_BY_DELEGATE";

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
        BY_DELEGATE => [
            "您的受托人为您办理了办件 {number} 的事务;如非您本意,可随时结束委托。",
            "Your delegate acted for you in request {number}. You can end the delegation at any time.",
            "ھاۋالە قىلغان كىشىڭىز {number} ئىشىڭىزدا سىز ئۈچۈن ھەرىكەت قىلدى؛ ھاۋالىنى خالىغان ۋاقىتتا ئاخىرلاشتۇرالايسىز.",
            "Сенім білдірген адамыңыз {number} өтініші бойынша сіз үшін әрекет етті; сенімді кез келген уақытта аяқтай аласыз.",
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
        REGISTERED_BY_DELEGATE => [
            "您的受托人已为您报名活动“{title}”。",
            "Your delegate registered you for the activity “{title}”.",
            "ھاۋالە قىلغان كىشىڭىز سىزنى «{title}» پائالىيىتىگە تىزىملىدى.",
            "Сенім білдірген адамыңыз сізді «{title}» іс-шарасына тіркеді.",
        ],
        ACCEPTED_BY_DELEGATE => [
            "您的受托人已为您确认活动“{title}”的名额,报名成功。",
            "Your delegate accepted the seats in “{title}” for you: you are registered.",
            "ھاۋالە قىلغان كىشىڭىز سىز ئۈچۈن «{title}» پائالىيىتىدىكى ئورۇننى جەزملىدى.",
            "Сенім білдірген адамыңыз сіз үшін «{title}» іс-шарасындағы орынды растады.",
        ],
        CANCELLED_BY_DELEGATE => [
            "您的受托人已为您取消活动“{title}”的报名。",
            "Your delegate took your registration for “{title}” back.",
            "ھاۋالە قىلغان كىشىڭىز «{title}» پائالىيىتىدىكى تىزىملىشىڭىزنى بىكار قىلدى.",
            "Сенім білдірген адамыңыз «{title}» іс-шарасына тіркелуіңізді тоқтатты.",
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

/// What happened to a delegation, for the other party of it. It names nobody.
pub fn delegation(locale: Locale, kind: &str) -> Option<String> {
    let texts = match kind {
        "DELEGATION_GIVEN" => [
            "有居民委托您代办社区事务。请用本号码登录或注册后接受或谢绝。",
            "A resident asks you to act for them in community matters. Sign in or register with this number to accept or decline.",
            "بىر ئاھالە سىزگە مەھەللە ئىشلىرىنى ھاۋالە قىلدى. بۇ نومۇر بىلەن كىرىپ قوبۇل قىلىڭ ياكى رەت قىلىڭ.",
            "Бір тұрғын сізге қауымдастық істерін сеніп тапсырды. Осы нөмірмен кіріп, қабылдаңыз немесе бас тартыңыз.",
        ],
        "DELEGATION_ACCEPTED" => [
            "您的委托已被接受;您可随时结束委托。",
            "Your delegation was accepted. You can end it at any time.",
            "ھاۋالىڭىز قوبۇل قىلىندى؛ خالىغان ۋاقىتتا ئاخىرلاشتۇرالايسىز.",
            "Сеніміңіз қабылданды; оны кез келген уақытта аяқтай аласыз.",
        ],
        "DELEGATION_DECLINED" => [
            "您的委托被谢绝。",
            "Your delegation was declined.",
            "ھاۋالىڭىز رەت قىلىندى.",
            "Сеніміңізден бас тартылды.",
        ],
        "DELEGATION_ENDED" => [
            "一项委托已结束,受托人不再代为办理。",
            "A delegation has ended: nobody acts by it any more.",
            "بىر ھاۋالە ئاخىرلاشتى، ئەمدى ئۇنىڭ بىلەن ھېچكىم ھەرىكەت قىلمايدۇ.",
            "Бір сенім аяқталды: енді ешкім ол бойынша әрекет етпейді.",
        ],
        _ => return None,
    };
    Some(pick(locale, texts).to_owned())
}
