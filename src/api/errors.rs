//! Errors as clients see them: refusals in payloads, faults at the top, each with a stable code.

use async_graphql::{ErrorExtensions, ID, SimpleObject, resolver_utils::EnumType};
use chrono::{DateTime, Utc};

use super::Ctx;
use crate::kernel::{Code, Committed, Error, Locale, Rejected, messages};

/// Why a mutation was refused. Decide by `code`; `message` is for people.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// Stable code.
    pub code: Code,
    /// What to tell people, in the reader's language.
    pub message: String,
    /// Path in the input that it is about, such as `["title"]`; empty when it is about the whole.
    pub path: Vec<String>,
    /// With `STALE_VERSION`: the version to read again.
    pub current_version: Option<i32>,
    /// With `ALREADY_OWNED`: who has it.
    pub owner_name: Option<String>,
    /// With `ON_LEAVE`: the id of who stands in, if anybody does.
    pub stand_in_id: Option<ID>,
    /// With `ON_LEAVE`: the name of who stands in.
    pub stand_in_name: Option<String>,
    /// With `HAS_OPEN_REQUESTS`: how many there are.
    pub open_requests: Option<i32>,
    /// With `CONFLICT`: the nearest times that are free, in their order; at most 3.
    pub alternatives: Vec<FreeTime>,
    /// With `CONFLICT` about a wish: how many units nobody has.
    pub units_left: Option<i32>,
    /// With `BLOCKS_OVERLAP`: the name of the other block.
    pub block_name: Option<String>,
}

/// A time that is free.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct FreeTime {
    /// Begin.
    pub start: DateTime<Utc>,
    /// End.
    pub end: DateTime<Utc>,
}

/// The times in a refusal's `alternatives`: `from/until`, blanks in between.
fn free_times(text: &str) -> Vec<FreeTime> {
    let time = |part: &str| {
        let (start, end) = part.split_once('/')?;
        Some(FreeTime { start: start.parse().ok()?, end: end.parse().ok()? })
    };
    text.split(' ').filter_map(time).collect()
}

impl UserError {
    /// A refusal in a language.
    pub fn new(rejected: &Rejected, locale: Locale) -> Self {
        Self {
            code: rejected.code,
            message: messages::render(rejected, locale),
            path: rejected.path.clone(),
            current_version: rejected.fact("currentVersion").and_then(|v| v.parse().ok()),
            owner_name: rejected.fact("ownerName").map(str::to_owned),
            stand_in_id: rejected.fact("standInId").map(Into::into),
            stand_in_name: rejected.fact("standInName").map(str::to_owned),
            open_requests: rejected.fact("openRequests").and_then(|v| v.parse().ok()),
            alternatives: rejected.fact("alternatives").map(free_times).unwrap_or_default(),
            units_left: rejected.fact("left").and_then(|v| v.parse().ok()),
            block_name: rejected.fact("block").map(str::to_owned),
        }
    }
}

/// An error on its way to the handler, which logs it if it is ours and renders it.
#[derive(Clone, Debug)]
pub struct Fault(pub Error);

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        let (code, _) = message(&error, Locale::En);
        let mut shown = Self::new(error.to_string()).extend_with(|_, e| {
            e.set("code", code);
            match &error {
                Error::Rejected(rejected) if !rejected.path.is_empty() => {
                    e.set("argument", rejected.path.join("."));
                }
                Error::BadInput { path, .. } => e.set("argument", path.as_str()),
                Error::RateLimited { retry_after } => e.set("retryAfter", *retry_after),
                _ => {}
            }
        });
        shown.source = Some(std::sync::Arc::new(Fault(error)));
        shown
    }
}

/// Stable code and text of a top-level error; nothing of the inside is in it.
pub fn message(error: &Error, locale: Locale) -> (&'static str, String) {
    let (code, texts) = match error {
        // A query has no payload to put a refusal into: its own code stands here.
        Error::Rejected(rejected) => {
            return (name(rejected.code), messages::render(rejected, locale));
        }
        Error::BadInput { path, wanted } => {
            let lead = pick(locale, ["参数错误", "Bad input", "خاتا كىرگۈزۈش", "Қате енгізу"]);
            return ("BAD_USER_INPUT", format!("{lead}: {path}: {wanted}"));
        }
        Error::Unauthenticated => (
            "UNAUTHENTICATED",
            ["请先登录。", "Sign in first.", "ئالدى بىلەن كىرىڭ.", "Алдымен кіріңіз."],
        ),
        Error::Forbidden => (
            "FORBIDDEN",
            [
                "您无权进行此操作。",
                "You may not do this.",
                "بۇنى قىلىش ھوقۇقىڭىز يوق.",
                "Бұған құқығыңыз жоқ.",
            ],
        ),
        Error::NotFound => ("NOT_FOUND", ["未找到。", "Not found.", "تېپىلمىدى.", "Табылмады."]),
        Error::RateLimited { .. } => (
            "RATE_LIMITED",
            [
                "尝试次数过多,请稍后再试。",
                "Too many attempts: wait and try again.",
                "سىناش بەك كۆپ، سەل تۇرۇپ سىناڭ.",
                "Әрекет тым көп, кейінірек көріңіз.",
            ],
        ),
        Error::Unavailable(_) => (
            "UNAVAILABLE",
            [
                "系统繁忙,请稍后再试;未作任何更改。",
                "The service is busy: nothing was changed, try again later.",
                "سىستېما ئالدىراش، كېيىن سىناڭ.",
                "Жүйе бос емес, кейінірек көріңіз.",
            ],
        ),
        Error::OutcomeUnknown(_) => (
            "OUTCOME_UNKNOWN",
            [
                "连接中断,不确定是否已完成:请用同一个 idempotencyKey 重试,或先查看再提交。",
                "The connection broke: it may or may not have been done. Repeat it with the same idempotencyKey, or look first.",
                "ئۇلىنىش ئۈزۈلدى، تاماملانغان-تاماملانمىغانلىقى نامەلۇم: ئوخشاش idempotencyKey بىلەن قايتا سىناڭ.",
                "Байланыс үзілді, орындалғаны белгісіз: сол idempotencyKey арқылы қайталаңыз.",
            ],
        ),
        Error::Internal(_) => {
            ("INTERNAL", ["系统内部错误。", "Internal error.", "ئىچكى خاتالىق.", "Ішкі қате."])
        }
    };
    (code, pick(locale, texts).to_owned())
}

/// The code as the schema writes it.
fn name(code: Code) -> &'static str {
    Code::items().iter().find(|item| item.value == code).map_or("REJECTED", |item| item.name)
}

fn pick(locale: Locale, texts: [&'static str; 4]) -> &'static str {
    match locale {
        Locale::ZhHans => texts[0],
        Locale::En => texts[1],
        Locale::Ug => texts[2],
        Locale::Kk => texts[3],
    }
}

/// What was committed, or why it was refused: what a payload says.
pub fn outcome<T>(
    ctx: &async_graphql::Context<'_>,
    result: crate::kernel::Result<Committed<T>>,
) -> async_graphql::Result<(Option<T>, Vec<UserError>)> {
    match result {
        Ok(done) => Ok((Some(done.into_inner()), Vec::new())),
        Err(Error::Rejected(rejected)) => {
            let locale = ctx.call().languages.first();
            Ok((None, vec![UserError::new(&rejected, locale)]))
        }
        Err(other) => Err(other.into()),
    }
}

/// Declares the payload of a mutation: the changed object and the refusals. It is made only from a
/// [`Committed`].
macro_rules! payload {
    ($($(#[$doc:meta])* $name:ident { $(#[$fdoc:meta])* $field:ident: $ty:ty })*) => { $(
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $(#[$fdoc])*
            pub $field: Option<$ty>,
            /// Why it was refused; empty when it was done.
            pub errors: Vec<$crate::api::UserError>,
        }

        impl $name {
            /// Wraps what was committed, or says why it was refused.
            pub fn new<T>(
                ctx: &async_graphql::Context<'_>,
                result: $crate::kernel::Result<$crate::kernel::Committed<T>>,
                wrap: impl FnOnce(T) -> $ty,
            ) -> async_graphql::Result<Self> {
                let (done, errors) = $crate::api::outcome(ctx, result)?;
                Ok(Self { $field: done.map(wrap), errors })
            }
        }
    )* };
}
pub(crate) use payload;
