//! Codes sent to phones. The code is stored sealed, so that the outbox can send it and nobody else
//! can read it; it dies after a few wrong tries.

use linli_entity::{enums::VerificationPurpose, ids::VerificationId, verification};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::{
    identity::rules,
    kernel::{App, Error, Event, Followed, Locale, Permit, Result, Tx, crypto},
};

/// What came of checking a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right, and used up now.
    Right(VerificationId),
    /// Wrong; the try was counted on this code, if there was one.
    Wrong(Option<VerificationId>),
}

/// Makes a code for a phone, and the event that has it sent: in the language of whoever has the phone, or else in
/// this one. With `deliver` false nothing useful is
/// sent, but everything looks and costs the same.
pub async fn start_in_tx(
    tx: &Tx<'_>,
    permit: Permit,
    (phone, language): (&str, Locale),
    purpose: VerificationPurpose,
    followed: Option<Followed>,
    deliver: bool,
) -> Result<Event> {
    let id = VerificationId(tx.new_id());
    let code = format!("{:06}", tx.app().ids.below(1_000_000));
    let row = verification::ActiveModel {
        id: Set(id),
        phone: Set(phone.to_owned()),
        purpose: Set(purpose),
        subject: Set(followed.map(Followed::id)),
        language: Set(language.tag().to_owned()),
        sealed_code: Set(tx.app().master.seal(&id.to_string(), code.as_bytes())?),
        expires_at: Set(tx.now() + rules::VERIFICATION),
        attempts: Set(0),
        used_at: Set(None),
        deliver: Set(deliver),
        created_at: Set(tx.now()),
    };
    verification::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(Event::new(permit, "VERIFICATION_REQUESTED", "verification", id))
}

/// The plain code of a verification, for whoever sends it.
pub fn open_code(app: &App, row: &verification::Model) -> Result<String> {
    let plain = app.master.open(&row.id.to_string(), &row.sealed_code)?;
    String::from_utf8(plain).map_err(Error::internal)
}

/// Checks a typed code against the newest good one, and uses it up or counts the try. A wrong code
/// must be committed too: see [`Tx::reject_and_commit`].
pub async fn check_in_tx(
    tx: &Tx<'_>,
    phone: &str,
    purpose: VerificationPurpose,
    followed: Option<Followed>,
    typed: &str,
) -> Result<Verdict> {
    let mut newest = verification::Entity::find()
        .filter(verification::Column::Phone.eq(phone))
        .filter(verification::Column::Purpose.eq(purpose))
        .filter(verification::Column::UsedAt.is_null())
        .filter(verification::Column::ExpiresAt.gt(tx.now()))
        .filter(verification::Column::Attempts.lt(rules::VERIFICATION_TRIES))
        .order_by_desc(verification::Column::CreatedAt)
        .order_by_desc(verification::Column::Id);
    if let Some(followed) = followed {
        newest = newest.filter(verification::Column::Subject.eq(followed.id()));
    }
    let Some(row) = newest.lock_exclusive().one(tx.conn()).await? else {
        return Ok(Verdict::Wrong(None));
    };
    let code = open_code(tx.app(), &row)?;
    // One that was never sent is counted like the others, so that both take as long.
    let right = crypto::same(code.as_bytes(), typed.trim().as_bytes()) && row.deliver;
    let mut change = verification::Entity::update_many()
        .filter(verification::Column::Id.eq(row.id))
        .col_expr(verification::Column::Attempts, Expr::value(row.attempts + 1));
    if right {
        change = change.col_expr(verification::Column::UsedAt, Expr::value(tx.now()));
    }
    change.exec(tx.conn()).await?;
    Ok(if right { Verdict::Right(row.id) } else { Verdict::Wrong(Some(row.id)) })
}
