//! What a code says to people, in the reader's language. `{name}` is filled from the refusal's
//! facts.

use super::{
    error::{Code, Rejected},
    locale::Locale,
};

/// The message of a refusal.
pub fn render(rejected: &Rejected, locale: Locale) -> String {
    let texts = match rejected.code {
        Code::Conflict if rejected.fact("alternatives").is_some() => TAKEN,
        Code::Conflict if rejected.fact("left").is_some() => FEWER_LEFT,
        code => texts(code),
    };
    let template = match locale {
        Locale::ZhHans => texts[0],
        Locale::En => texts[1],
        Locale::Ug => texts[2],
        Locale::Kk => texts[3],
    };
    let filled = rejected.facts.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    });
    // A fact that is missing leaves no braces in front of people.
    match filled.find('{') {
        Some(at) => filled[..at].trim_end_matches([':', ':', ' ', '(', '(']).to_owned(),
        None => filled,
    }
}

/// Somebody else has what was wanted, at that time.
const TAKEN: [&str; 4] = [
    "该时段已被占用,请选择其他时段。",
    "Somebody else has it at that time: choose another one.",
    "بۇ ۋاقىت ئېلىنىپ بولغان، باشقا ۋاقىت تاللاڭ.",
    "Бұл уақыт бос емес, басқа уақыт таңдаңыз.",
];

#[expect(clippy::too_many_lines, reason = "a table")]
fn texts(code: Code) -> [&'static str; 4] {
    match code {
        Code::Required => {
            ["此项必填。", "This is required.", "بۇنى تولدۇرۇش كېرەك.", "Бұл жолды толтыру қажет."]
        }
        Code::TooLong => [
            "内容过长,最多 {max} 个字。",
            "Too long: at most {max} characters.",
            "بەك ئۇزۇن: ئەڭ كۆپ {max} ھەرپ.",
            "Тым ұзын: ең көбі {max} таңба.",
        ],
        Code::InvalidText => [
            "内容含有无法保存的字符。",
            "The text holds a character that cannot be stored.",
            "تېكىستتە ساقلىغىلى بولمايدىغان ھەرپ بار.",
            "Мәтінде сақтауға болмайтын таңба бар.",
        ],
        Code::InvalidValue => [
            "取值无效:{wanted}",
            "Not a valid value: {wanted}",
            "قىممەت ئىناۋەتسىز: {wanted}",
            "Жарамсыз мән: {wanted}",
        ],
        Code::InvalidPhone => [
            "电话号码不正确。",
            "This is not a phone number.",
            "تېلېفون نومۇرى توغرا ئەمەس.",
            "Телефон нөмірі дұрыс емес.",
        ],
        Code::WeakPassword => [
            "密码须为 10 至 128 个字符,且不能过于常见。",
            "A password has 10 to 128 characters and is not a common one.",
            "پارول 10 دىن 128 گىچە ھەرپ بولۇشى، كۆپ ئۇچرايدىغان بولماسلىقى كېرەك.",
            "Құпиясөз 10–128 таңба болуы және тым жиі кездеспеуі керек.",
        ],
        Code::WrongCode => [
            "验证码错误或已失效,请重新获取。",
            "The code is wrong or no longer valid: ask for a new one.",
            "كود خاتا ياكى ۋاقتى ئۆتكەن، يېڭىدىن ئېلىڭ.",
            "Код қате немесе мерзімі өткен, жаңасын сұраңыз.",
        ],
        Code::WrongCredentials => [
            "电话或密码错误。",
            "Phone or password is wrong.",
            "تېلېفون ياكى پارول خاتا.",
            "Телефон немесе құпиясөз қате.",
        ],
        Code::InvalidToken => [
            "登录已失效,请重新登录。",
            "The sign-in has ended: sign in again.",
            "كىرىش ئىناۋەتسىز بولدى، قايتا كىرىڭ.",
            "Кіру мерзімі аяқталды, қайта кіріңіз.",
        ],
        Code::StaleVersion => [
            "内容已被更新,请刷新后重试。",
            "It has changed since you read it: read it again, then retry.",
            "مەزمۇن يېڭىلاندى، يېڭىلاپ قايتا سىناڭ.",
            "Мазмұн өзгерді, жаңартып қайта көріңіз.",
        ],
        Code::Conflict => [
            "已存在或他人先行一步。",
            "It exists already, or somebody else was faster.",
            "ئاللىبۇرۇن مەۋجۇت ياكى باشقىلار بۇرۇن قىلدى.",
            "Бұрыннан бар немесе басқа адам бұрын үлгерді.",
        ],
        Code::AlreadyOwned => [
            "该办件已由 {ownerName} 承办。",
            "{ownerName} has this request already.",
            "بۇ ئىشنى {ownerName} ئۈستىگە ئالغان.",
            "Бұл өтінішті {ownerName} қабылдап алған.",
        ],
        Code::IllegalTransition => [
            "当前状态({state})不能进行此操作,请刷新后查看可进行的操作。",
            "This step is not possible in state {state}: read it again, it says what can be done.",
            "ھازىرقى ھالەتتە ({state}) بۇنى قىلغىلى بولمايدۇ، يېڭىلاپ قايتا قاراڭ.",
            "Қазіргі күйде ({state}) бұл әрекет мүмкін емес: жаңартып, қайта қараңыз.",
        ],
        Code::IdempotencyKeyReused => [
            "该幂等键已用于其他内容。",
            "This idempotency key was used for another input.",
            "بۇ ئاچقۇچ باشقا مەزمۇنغا ئىشلىتىلگەن.",
            "Бұл кілт басқа мазмұнға қолданылған.",
        ],
        Code::UnknownReference => [
            "所指对象不存在或不可用。",
            "What is named here does not exist or cannot be used.",
            "كۆرسىتىلگەن نەرسە يوق ياكى ئىشلەتكىلى بولمايدۇ.",
            "Көрсетілген нысан жоқ немесе қолжетімсіз.",
        ],
        Code::MatterInactive => [
            "该事项目前不受理。",
            "This matter cannot be requested now.",
            "بۇ ئىش ھازىر قوبۇل قىلىنمايدۇ.",
            "Бұл қызмет қазір қабылданбайды.",
        ],
        Code::ChannelNotOffered => [
            "该事项不从此渠道受理。",
            "This matter does not come in through this channel.",
            "بۇ ئىش بۇ يولدا قوبۇل قىلىنمايدۇ.",
            "Бұл қызмет осы арна арқылы қабылданбайды.",
        ],
        Code::ModeNotOffered => [
            "该事项不提供此服务方式。",
            "This matter is not served in this mode.",
            "بۇ ئىش بۇ ئۇسۇلدا بېجىرىلمەيدۇ.",
            "Бұл қызмет осы тәсілмен көрсетілмейді.",
        ],
        Code::AnswerMissing => [
            "请回答:{label}",
            "Please answer: {label}",
            "جاۋاب بېرىڭ: {label}",
            "Жауап беріңіз: {label}",
        ],
        Code::AnswerInvalid => [
            "回答不符合要求:{label}",
            "The answer does not fit: {label}",
            "جاۋاب تەلەپكە چۈشمەيدۇ: {label}",
            "Жауап талапқа сай емес: {label}",
        ],
        Code::AnswerUnknown => [
            "没有这个问题。",
            "There is no such question.",
            "بۇنداق سوئال يوق.",
            "Мұндай сұрақ жоқ.",
        ],
        Code::CalendarYearMissing => [
            "工作日历缺少 {year} 年的安排,请先发布。",
            "The working calendar has no data for {year}: publish it first.",
            "خىزمەت كالېندارىدا {year}-يىل يوق.",
            "Жұмыс күнтізбесінде {year} жыл жоқ.",
        ],
        Code::CalendarInvalid => [
            "日历规则有误:{wanted}",
            "The calendar's rules are wrong: {wanted}",
            "كالېندار قائىدىسى خاتا: {wanted}",
            "Күнтізбе ережесі қате: {wanted}",
        ],
        Code::CalendarNotFuture => [
            "日历最早从明天起生效;更正过去须由管理员说明理由。",
            "A calendar applies from tomorrow; the past is corrected by an administrator with a reason.",
            "كالېندار ئەتىدىن باشلاپ كۈچكە ئىگە بولىدۇ.",
            "Күнтізбе ертеңнен бастап күшіне енеді.",
        ],
        Code::NobodyOnDuty => {
            ["目前无人值班。", "Nobody is on duty.", "ھازىر نۆۋەتچى يوق.", "Қазір кезекші жоқ."]
        }
        Code::NotASpecialist => [
            "此人不能承办本社区的办件。",
            "This person cannot own requests here.",
            "بۇ كىشى بۇ يەردە ئىش ئۈستىگە ئالالمايدۇ.",
            "Бұл адам мұнда өтініш қабылдай алмайды.",
        ],
        Code::OnLeave => [
            "此人今日休假({standInName} 代班)。",
            "This person is on leave today ({standInName} stands in).",
            "بۇ كىشى بۈگۈن دەم ئېلىشتا ({standInName} ئورنىدا).",
            "Бұл адам бүгін демалыста ({standInName} орнында).",
        ],
        Code::LeaveOverlaps => [
            "此人在这些日期中已有休假。",
            "This person is away on some of these days already.",
            "بۇ كىشىنىڭ بۇ كۈنلەردە دەم ئېلىشى بار.",
            "Бұл адамның осы күндері демалысы бар.",
        ],
        Code::HasOpenRequests => [
            "此人仍有 {openRequests} 件在办,请先移交。",
            "This person still owns {openRequests} open requests: transfer them first.",
            "بۇ كىشىنىڭ {openRequests} ئىشى تېخى پۈتمىدى، ئالدى بىلەن ئۆتكۈزۈپ بېرىڭ.",
            "Бұл адамда {openRequests} аяқталмаған өтініш бар: алдымен тапсырыңыз.",
        ],
        Code::SupplementAlreadyAsked => [
            "本阶段已一次性告知;再次补正须由主管批准。",
            "Missing materials were told once in this stage; a second time needs a manager.",
            "بۇ باسقۇچتا بىر قېتىم ئۇقتۇرۇلغان.",
            "Бұл кезеңде бір рет хабарланған.",
        ],
        Code::DeadlinePassed => {
            ["期限已过。", "The deadline has passed.", "مۆھلەت ئۆتۈپ كەتتى.", "Мерзімі өтіп кетті."]
        }
        Code::ExtensionPending => [
            "已有延期申请待批。",
            "An extension is waiting for a decision already.",
            "كېچىكتۈرۈش ئىلتىماسى كۈتۈۋاتىدۇ.",
            "Мерзімді ұзарту өтініші күтіп тұр.",
        ],
        Code::WindowClosed => [
            "可办理此操作的期限已过。",
            "The time for this step has passed.",
            "بۇ ئىشنىڭ ۋاقتى ئۆتۈپ كەتتى.",
            "Бұл әрекеттің уақыты өтті.",
        ],
        Code::ReasonRequired => {
            ["请说明理由。", "Please give a reason.", "سەۋەبىنى يېزىڭ.", "Себебін жазыңыз."]
        }
        Code::OutcomeNotAllowed => [
            "该事项不能以此结果办结。",
            "This matter cannot end with this outcome.",
            "بۇ ئىش بۇنداق نەتىجە بىلەن ئاخىرلاشمايدۇ.",
            "Бұл қызмет мұндай нәтижемен аяқталмайды.",
        ],
        Code::NotEnoughAttempts => [
            "须在至少两个工作日内联系三次未果,方可如此办结。",
            "Unreachable needs at least three failed attempts on two working days.",
            "ئىككى خىزمەت كۈنىدە ئۈچ قېتىم ئالاقىلىشىش كېرەك.",
            "Екі жұмыс күнінде үш рет хабарласу керек.",
        ],
        Code::OwnerMayNotConfirm => [
            "居民的意见须由承办人以外的人记录。",
            "The resident's word is recorded by somebody other than the owner.",
            "بۇنى باشقا خادىم خاتىرىلىشى كېرەك.",
            "Мұны басқа қызметкер тіркеуі керек.",
        ],
        Code::RatedMayNotHandle => [
            "被评价人不得办理该整改。",
            "The rated person may not handle the corrective action.",
            "باھالانغۇچى بىر تەرەپ قىلسا بولمايدۇ.",
            "Бағаланған адам өзі түзете алмайды.",
        ],
        Code::InboxNeedsAccount => [
            "站内消息须有账号;请选择短信、电话或上门告知。",
            "The inbox needs an account: choose a text message, a call or a visit.",
            "ساندۇققا ھېسابات كېرەك؛ قىسقا ئۇچۇر، تېلېفون ياكى زىيارەتنى تاللاڭ.",
            "Кіріс жәшігіне тіркелгі керек: SMS, қоңырау немесе үйге баруды таңдаңыз.",
        ],
        Code::CallBackRequired => [
            "须先回访居民。",
            "Call the resident back first.",
            "ئالدى بىلەن ئاھالىنى زىيارەت قىلىڭ.",
            "Алдымен тұрғынға қайта хабарласыңыз.",
        ],
        Code::NothingToRate => [
            "目前没有可评价的结果。",
            "There is no result to rate.",
            "باھالايدىغان نەتىجە يوق.",
            "Бағалайтын нәтиже жоқ.",
        ],
        Code::BadDuplicate => [
            "不能并入该办件。",
            "It cannot be a duplicate of this one.",
            "بۇ ئىشقا قوشقىلى بولمايدۇ.",
            "Бұл өтінішке қосуға болмайды.",
        ],
        Code::AlreadyAppealed => [
            "只能申诉一次。",
            "Only one appeal is possible.",
            "پەقەت بىر قېتىم ئەرز قىلىشقا بولىدۇ.",
            "Тек бір рет шағымдануға болады.",
        ],
        Code::BadParent => [
            "上级不能包含此类节点。",
            "The parent cannot hold a place of this kind.",
            "ئۈستى دەرىجە بۇنى ئۆز ئىچىگە ئالالمايدۇ.",
            "Жоғарғы буын мұны қамти алмайды.",
        ],
        Code::InUse => [
            "仍有未办结或已预约的事项,请先办结或转出。",
            "Something in it is still open or booked: end it or move it first.",
            "ئۇنىڭدا تېخى تۈگىمىگەن ياكى زاكاز قىلىنغان ئىش بار، ئاۋۋال تۈگىتىڭ ياكى يۆتكەڭ.",
            "Онда әлі бітпеген не брондалған іс бар: алдымен аяқтаңыз не ауыстырыңыз.",
        ],
        Code::BadScope => [
            "授权范围与角色不符。",
            "The scope does not fit the role.",
            "دائىرە رولغا ماس ئەمەس.",
            "Ауқым рөлге сай емес.",
        ],
        Code::BadPeriod => [
            "统计期间不符合要求:{wanted}",
            "The period is not allowed: {wanted}",
            "مەزگىل توغرا ئەمەس: {wanted}",
            "Кезең жарамсыз: {wanted}",
        ],
        Code::BadBreakdown => [
            "不提供此种分组。",
            "This breakdown is not available to you.",
            "بۇنداق ئايرىش يوق.",
            "Мұндай бөлу қолжетімсіз.",
        ],
        Code::SlotNotOffered => [
            "该时间不可预约,请从可预约时段中选择。",
            "This time cannot be booked: choose one of the free slots.",
            "بۇ ۋاقىتنى زاكاز قىلغىلى بولمايدۇ، بوش ۋاقىتلاردىن تاللاڭ.",
            "Бұл уақытқа жазылуға болмайды: бос уақыттардың бірін таңдаңыз.",
        ],
        Code::AppointmentExists => [
            "该办件已有预约,请改期。",
            "The request has an appointment already: move that one.",
            "بۇ ئىشنىڭ ئۇچرىشىشى بار، ۋاقتىنى ئۆزگەرتىڭ.",
            "Бұл өтініш бойынша жазылу бар: соның уақытын ауыстырыңыз.",
        ],
        Code::AlreadyRegistered => [
            "已报名此活动。",
            "There is a registration for this activity already.",
            "بۇ پائالىيەتكە ئاللىبۇرۇن تىزىملاتقان.",
            "Бұл іс-шараға бұрын тіркелген.",
        ],
        Code::RegistrationClosed => [
            "目前不在报名时间内。",
            "Registration is not open now.",
            "ھازىر تىزىملىتىش ۋاقتى ئەمەس.",
            "Қазір тіркеу ашық емес.",
        ],
        Code::GuardianRequired => [
            "儿童须有监护人同行。",
            "A child needs a guardian in the party.",
            "بالىلارغا ھەمراھ بولىدىغان ئاتا-ئانا ياكى ۋەسىي كېرەك.",
            "Балаға бірге жүретін қамқоршы керек.",
        ],
        Code::AgeOutOfRange => [
            "有人员不在活动的年龄范围内。",
            "Somebody in the party is younger or older than the activity is for.",
            "گۇرۇپپىدا پائالىيەتنىڭ ياش دائىرىسىگە چۈشمەيدىغانلار بار.",
            "Топта іс-шараның жас шегіне сай емес адам бар.",
        ],
        Code::PartyTooLarge => [
            "人数超过活动名额({max})。",
            "The party is larger than the activity: {max}.",
            "ئادەم سانى پائالىيەت سانىدىن ({max}) ئېشىپ كەتتى.",
            "Адам саны іс-шара орнынан ({max}) көп.",
        ],
        Code::NotRegistered => [
            "没有已取得名额的报名与此相符。",
            "No registration that has seats fits this.",
            "ئورۇنغا ئېرىشكەن ماس تىزىملىتىش يوق.",
            "Орын алған сәйкес тіркеу жоқ.",
        ],
        Code::CapacityTooLow => [
            "名额少于已报名或候补家庭所需人数。",
            "More seats are taken than that, or a party in line needs more.",
            "ئورۇن سانى ئېلىنغان ياكى كۈتۈۋاتقانلارغا يەتمەيدۇ.",
            "Орын саны алынғаннан немесе кезектегі топқа керегінен аз.",
        ],
        Code::TooEarly => [
            "时间未到:{from}",
            "It is too early: not before {from}",
            "ۋاقتى تېخى كەلمىدى: {from}",
            "Әлі ерте: {from}",
        ],
        Code::VenueClosed => [
            "该活动室已关闭。",
            "This venue is closed.",
            "بۇ پائالىيەت ئۆيى تاقالغان.",
            "Бұл бөлме жабық.",
        ],
        Code::VenueOpenUseOnly => [
            "该活动室自由开放,无需预约。",
            "This venue is for open use: just come.",
            "بۇ پائالىيەت ئۆيى ئوچۇق، زاكاز قىلىش ھاجەتسىز.",
            "Бұл бөлме еркін қолданылады, брондаудың қажеті жоқ.",
        ],
        Code::OutsideOpeningHours => [
            "该时段不在开放时间内。",
            "The venue is not open all of that time.",
            "بۇ ۋاقىت ئوچۇق ۋاقىت ئىچىدە ئەمەس.",
            "Бұл уақыт жұмыс уақытына кірмейді.",
        ],
        Code::OutsideBookingWindow => [
            "预约时间过早或过晚。",
            "This is too soon or too far ahead to be booked.",
            "زاكاز ۋاقتى بەك بالدۇر ياكى بەك كېيىن.",
            "Брондау уақыты тым ерте немесе тым кеш.",
        ],
        Code::BookingTooLong => [
            "预约过长,最多 {max} 分钟。",
            "Too long: at most {max} minutes.",
            "بەك ئۇزۇن: ئەڭ كۆپ {max} مىنۇت.",
            "Тым ұзақ: ең көбі {max} минут.",
        ],
        Code::TooManyPeople => [
            "人数过多,最多容纳 {max} 人。",
            "Too many people: the venue holds {max}.",
            "ئادەم بەك كۆپ: ئەڭ كۆپ {max} ئادەم سىغىدۇ.",
            "Адам тым көп: ең көбі {max} адам сыяды.",
        ],
        Code::TooManyBookings => [
            "在该活动室最多可同时保留 {max} 个预约。",
            "At most {max} bookings of this venue can be held at a time.",
            "بۇ پائالىيەت ئۆيىدە ئەڭ كۆپ {max} زاكاز ساقلىغىلى بولىدۇ.",
            "Бұл бөлмеде бір мезгілде ең көбі {max} брон ұстауға болады.",
        ],
        Code::TooManyWishes => [
            "已达上限(最多 {max} 次)。",
            "That is as often as one may: at most {max}.",
            "چەككە يەتتى: ئەڭ كۆپ {max} قېتىم.",
            "Шегіне жетті: ең көбі {max} рет.",
        ],
        Code::NotPublic => [
            "该心愿不公开,请定向派单。",
            "This is not to be public: offer it to somebody.",
            "بۇ ئارزۇ ئاشكارىلانمايدۇ، مەلۇم كىشىگە تەقسىملەڭ.",
            "Бұл тілек жария емес: біреуге ұсыныңыз.",
        ],
        Code::CardTellsWho => [
            "文字中含有不应透露者的姓名、电话或住址,请删去。",
            "The text holds the name, phone or address of somebody whom it may not give away: take it out.",
            "تېكىستتە ئاشكارىلىنىشقا بولمايدىغان كىشىنىڭ ئىسمى، تېلېفونى ياكى ئادرېسى بار، چىقىرىۋېتىڭ.",
            "Мәтінде айтылмауға тиіс адамның аты, телефоны не мекенжайы бар: алып тастаңыз.",
        ],
        Code::ContactNotShared => [
            "许愿人不愿公开联系方式,请在服务站交接。",
            "Who wishes does not share their contact: hand it over at the station.",
            "ئارزۇ قىلغۇچى ئالاقە ئۇچۇرىنى بەرمەيدۇ، مۇلازىمەت پونكىتىدا تاپشۇرۇڭ.",
            "Тілек иесі байланысын бермейді: қызмет пунктінде тапсырыңыз.",
        ],
        Code::AlreadyClaimed => [
            "您已认领该心愿。",
            "You have claimed this wish already.",
            "سىز بۇ ئارزۇنى ئۈستىڭىزگە ئالغان.",
            "Сіз бұл тілекті алып қойғансыз.",
        ],
        Code::AlreadyRenewed => [
            "该认领已续期一次,不能再续;办不完请释放或转交。",
            "It was renewed once, which is all: give it back or hand it over if it cannot be done.",
            "بۇ بىر قېتىم ئۇزارتىلغان، ئۈلگۈرمىسىڭىز قايتۇرۇڭ ياكى باشقىلارغا ئۆتكۈزۈڭ.",
            "Ол бір рет ұзартылған: үлгермесеңіз, қайтарыңыз не басқаға беріңіз.",
        ],
        Code::NeverPublic => [
            "涉及人身危险、家庭暴力、儿童风险或针对个人的问题不得公开。",
            "What is dangerous, or about a person, never becomes public.",
            "خەتەرلىك ياكى شەخسكە چېتىشلىق ئىشلار ھەرگىز ئاشكارىلانمايدۇ.",
            "Қауіпті не жеке адамға қатысты жағдай ешқашан жария етілмейді.",
        ],
        Code::DecisionBinds => [
            "总区长已裁定由该单位承办,不能再退回。",
            "The general lead has decided whose it is: it cannot be refused any more.",
            "باش رايون باشلىقى قارار چىقاردى، ئەمدى رەت قىلىشقا بولمايدۇ.",
            "Бас жетекші шешім қабылдады: енді бас тартуға болмайды.",
        ],
        Code::TasksOpen => [
            "仍有联动单位未反馈结果,请等待、改派或撤销任务。",
            "Agencies still owe an outcome: wait for them, give the task to another one, or call it off.",
            "بەزى ئورۇنلار نەتىجە بەرمىدى، كۈتۈڭ، باشقىغا بېرىڭ ياكى ئەمەلدىن قالدۇرۇڭ.",
            "Кейбір мекемелер нәтиже бермеді: күтіңіз, басқасына беріңіз не тапсырманы алып тастаңыз.",
        ],
        Code::NoBlock => [
            "尚未确定所属街区,请先划定街区。",
            "Its block is not known yet: say first which one it is in.",
            "قايسى رايونغا تەۋە ئىكەنلىكى ئېنىق ئەمەس، ئالدى بىلەن رايوننى بېكىتىڭ.",
            "Қай орамға жататыны белгісіз: алдымен орамды көрсетіңіз.",
        ],
        Code::NobodyFits => [
            "没有合适且有空的志愿者,请指定派单对象或公开。",
            "Nobody can do it and has time: name somebody, or publish it.",
            "ماس ۋە ۋاقتى بار پىدائىي يوق، بىرىنى كۆرسىتىڭ ياكى ئاشكارىلاڭ.",
            "Сай әрі бос ерікті жоқ: біреуді атаңыз немесе жариялаңыз.",
        ],
        Code::ConsentRequired => [
            "涉及未成年人,须先有监护人同意。",
            "A minor is involved: the guardian's consent is needed first.",
            "قۇرامىغا يەتمىگەن بالىغا چېتىلىدۇ، ئالدى بىلەن ۋەسىينىڭ ماقۇللۇقى كېرەك.",
            "Кәмелетке толмаған бала қатысады: алдымен қамқоршының келісімі қажет.",
        ],
        Code::TooManyDelegations => [
            "同时有效的委托最多 {max} 个,请先结束其他委托。",
            "At most {max} delegations can be given at a time: end another one first.",
            "بىر ۋاقىتتا ئەڭ كۆپ {max} ھاۋالە بەرگىلى بولىدۇ، ئالدى بىلەن باشقىسىنى ئاخىرلاشتۇرۇڭ.",
            "Бір мезгілде ең көбі {max} сенім беруге болады: алдымен басқасын аяқтаңыз.",
        ],
        Code::NotDelegated => [
            "该委托不包括此项。",
            "The delegation does not cover this.",
            "بۇ ھاۋالە بۇنى ئۆز ئىچىگە ئالمايدۇ.",
            "Бұл сенім мұны қамтымайды.",
        ],
        Code::NotAVolunteer => [
            "此人目前不是本社区的志愿者。",
            "This person is no active volunteer of the community.",
            "بۇ كىشى ھازىر بۇ مەھەللىنىڭ پىدائىيسى ئەمەس.",
            "Бұл адам қазір осы қауымдастықтың еріктісі емес.",
        ],
        Code::CheckedInAlready => [
            "已签到,请先签退。",
            "You are checked in already: check out first.",
            "ئاللىبۇرۇن كىرىشكە ئىمزا قويغان، ئالدى بىلەن چىقىشقا ئىمزا قويۇڭ.",
            "Келгеніңіз белгіленген: алдымен кетуді белгілеңіз.",
        ],
        Code::ShiftOverlaps => [
            "此时段已报名另一班次。",
            "There is another shift at that time already.",
            "بۇ ۋاقىتتا باشقا نۆۋەتچىلىككە تىزىملاتقان.",
            "Бұл уақытта басқа кезекшілікке жазылған.",
        ],
        Code::NotSignedUp => [
            "未报名该班次。",
            "Not signed up for this shift.",
            "بۇ نۆۋەتچىلىككە تىزىملاتمىغان.",
            "Бұл кезекшілікке жазылмаған.",
        ],
        Code::BlocksOverlap => [
            "范围与其他街区重叠:{block}",
            "The area overlaps another block: {block}",
            "دائىرە باشقا كوچا رايونى بىلەن قاپلىشىپ قالغان: {block}",
            "Аумақ басқа кварталмен қабаттасады: {block}",
        ],
        Code::OfficeTaken => [
            "该时段此职务已有人担任或代理,请先结束原任期或代理。",
            "Somebody has the office, or stands in, at that time: end that first.",
            "بۇ ۋاقىتتا بۇ ۋەزىپىنى باشقا كىشى ئۆتەۋاتىدۇ ياكى ۋاكالەتەن ئۆتەۋاتىدۇ، ئالدى بىلەن ئۇنى ئاخىرلاشتۇرۇڭ.",
            "Бұл уақытта қызметті басқа адам атқарады немесе орнын басады: алдымен соны аяқтаңыз.",
        ],
        Code::ClaimedBefore => [
            "您刚放弃或未按期完成此心愿,三天内请让他人先认领。",
            "You had this until lately: for three days others come first.",
            "بۇنى يېقىندىلا قايتۇرغان ياكى ۋاقتىدا ئورۇندىمىغان، ئۈچ كۈن باشقىلار ئالدىدا تۇرىدۇ.",
            "Сіз мұны жақында қайтардыңыз не уақытында орындамадыңыз: үш күн бойы басқаларға кезек беріледі.",
        ],
        Code::TooManyPending => [
            "待审核的时长记录已达上限 {max} 条,请等待审核。",
            "{max} records wait to be approved already: wait for the answer.",
            "تەستىق كۈتۈۋاتقان خاتىرە {max} گە يەتتى، جاۋابنى كۈتۈڭ.",
            "Бекітуді күтіп тұрған жазба {max} болды: жауабын күтіңіз.",
        ],
        Code::NotByDelegate => [
            "此项须由本人表示同意,受托人不能代为同意。",
            "They say this themselves: a delegate cannot say it for them.",
            "بۇنى ئۆزى بىلدۈرۈشى كېرەك، ۋاكالەتچى ئورنىدا بىلدۈرەلمەيدۇ.",
            "Мұны адамның өзі айтуы керек: өкіл ол үшін айта алмайды.",
        ],
        Code::AgencyHasTask => [
            "该单位在本次联动中已有任务。",
            "This agency has a task in the joint response already.",
            "بۇ ئورۇننىڭ مۇشۇ بىرلەشمە ھەرىكەتتە ۋەزىپىسى بار.",
            "Бұл мекеменің осы бірлескен іс-қимылда тапсырмасы бар.",
        ],
        Code::OfficeHeld => [
            "此处的街区长、副街区长或总区长尚在任期或即将到任,请先结束其任期,再停用。",
            "Somebody has an office here, or will: end their terms, then close it.",
            "بۇ يەردە ۋەزىپە ئۆتەۋاتقان ياكى ئۆتەيدىغان كىشى بار، ئالدى بىلەن ئۇلارنىڭ مۇددىتىنى ئاخىرلاشتۇرۇپ، ئاندىن تاقاڭ.",
            "Мұнда қызмет атқаратын немесе атқаратын болатын адам бар: алдымен мерзімін аяқтап, содан кейін жабыңыз.",
        ],
    }
}

/// Fewer are left than were wanted.
const FEWER_LEFT: [&str; 4] = [
    "被他人抢先,剩余 {left} 份。",
    "Somebody else was faster: {left} are left.",
    "باشقىلار بۇرۇن ئالدى، {left} قالدى.",
    "Басқа адам бұрын үлгерді: {left} қалды.",
];
