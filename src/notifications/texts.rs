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

/// What a text message says of an incident to who reported it or follows it.
pub fn incident(locale: Locale, (kind, follows): (&str, bool), number: &str) -> Option<String> {
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
        // Only who reported it can have it taken up again.
        "INCIDENT_ANSWERED" if follows => [
            "您关注的问题 {number} 已有结果,请查看。",
            "There is a result of {number}: please look.",
            "{number} نومۇرلۇق مەسىلىنىڭ نەتىجىسى چىقتى، كۆرۈڭ.",
            "{number} мәселесінің нәтижесі бар, қараңыз.",
        ],
        "INCIDENT_ANSWERED" => [
            "您关注的问题 {number} 已答复,请查看;如未解决,30 天内可要求重办。",
            "{number} was answered: please look. If it is not solved you can have it taken up again within 30 days.",
            "{number} نومۇرلۇق مەسىلىگە جاۋاب بېرىلدى، كۆرۈڭ؛ ھەل بولمىسا 30 كۈن ئىچىدە قايتا تەلەپ قىلىڭ.",
            "{number} мәселесіне жауап берілді, қараңыз; шешілмесе, 30 күн ішінде қайта сұраңыз.",
        ],
        "INCIDENT_REOPENED" => [
            "您关注的问题 {number} 已重新处理。",
            "{number} was taken up again.",
            "{number} نومۇرلۇق مەسىلە قايتا بىر تەرەپ قىلىنىۋاتىدۇ.",
            "{number} мәселесі қайта қаралып жатыр.",
        ],
        "INCIDENT_MERGED" => [
            "您上报的问题 {number} 与另一问题相同,已合并办理。",
            "{number} is the same as another one, which goes on.",
            "{number} نومۇرلۇق مەسىلە باشقا بىرى بىلەن بىرلەشتۈرۈلدى.",
            "{number} мәселесі басқасымен біріктірілді.",
        ],
        _ => return None,
    };
    Some(pick(locale, texts).replace("{number}", number))
}
