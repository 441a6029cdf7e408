//! Acting without an account on what one follows by number and tracking code: a one-time code to the phone on
//! record lets the holder.

use chrono::{DateTime, Utc};
use linli_entity::{enums::VerificationPurpose, ids::PersonId};

use super::verification::{Verdict, check_in_tx, start_in_tx};
use crate::{
    identity::{rules, tokens},
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Followed, Locale, Permit, Rejected,
        Result, Target, Tx,
    },
};

/// What somebody follows, and whose it is.
#[derive(Clone, Debug)]
pub struct OnRecord {
    /// What is followed.
    pub followed: Followed,
    /// The person that it belongs to.
    pub person: PersonId,
    /// Their phone on record.
    pub phone: Option<String>,
}

/// Sends a one-time code to the phone on record. The answer is the same if there is none.
pub async fn follow_code_send(app: &App, actor: &Actor, what: OnRecord) -> Result<Committed<()>> {
    let OnRecord { followed, phone, .. } = what;
    let phone = phone.unwrap_or_default();
    app.throttle(&format!("code:{phone}{followed}"), rules::CODES_PER_PHONE).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    let purpose = VerificationPurpose::Follow;
    let deliver = !phone.is_empty();
    let whose = (phone.as_str(), Locale::default());
    let event = start_in_tx(&tx, permit, whose, purpose, Some(followed), deliver).await?;
    tx.commit(vec![event], ()).await
}

/// A right code: what is left is to write down that it was used.
pub struct Opened<'a> {
    /// The transaction that uses the code up.
    pub tx: Tx<'a>,
    /// For the event.
    pub permit: Permit,
    /// A token that may act on what is followed, as whose it is, and when it ends.
    pub token: (String, DateTime<Utc>),
}

/// Checks the one-time code, and uses it up or counts the try.
pub async fn follow_open<'a>(
    app: &'a App,
    actor: &'a Actor,
    what: OnRecord,
    code: &str,
) -> Result<Opened<'a>> {
    let OnRecord { followed, person, phone } = what;
    // Of one incident there are many who follow it.
    app.throttle(&format!("code-try:{followed}{person}"), rules::CODE_TRIES_PER_PHONE).await?;
    let wrong = || Error::from(Rejected::at(Code::WrongCode, "oneTimeCode"));
    let phone = phone.ok_or_else(wrong)?;
    let token = tokens::signer(app).await?.tracking(app, followed, person)?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    match check_in_tx(&tx, &phone, VerificationPurpose::Follow, Some(followed), code).await? {
        Verdict::Wrong(None) => Err(wrong()),
        Verdict::Wrong(Some(id)) => {
            let event = Event::new(permit, "VERIFICATION_FAILED", "verification", id);
            Err(tx.reject_and_commit(event, wrong()).await)
        }
        Verdict::Right(_) => Ok(Opened { tx, permit, token }),
    }
}
