//! Following a request without an account: number and tracking code show its state; a one-time code
//! to the phone on record lets the holder act.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{enums::VerificationPurpose, person, service_request};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::edit::lock;
use crate::{
    identity::{
        self, rules,
        service::{Verdict, check_in_tx, start_in_tx},
    },
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Rejected, Result, Target, crypto,
        throttle::Limit,
    },
};

/// Looks from one address.
const LOOKS_PER_ADDRESS: Limit = Limit { hits: 120, window: Duration::hours(1) };

/// The request of this number and code. A wrong number and a wrong code look and cost the same.
pub async fn follow(
    app: &App,
    address: &str,
    number: &str,
    code: &str,
) -> Result<service_request::Model> {
    app.throttle(&format!("follow-address:{address}"), LOOKS_PER_ADDRESS).await?;
    tracked(app.db.reader(), number, code).await?.ok_or(Error::NotFound)
}

/// The request of a number, for who knows its tracking code. The code is shown once, when the request
/// is made, and is in no message: whoever holds the phone alone does not have it.
pub(super) async fn tracked(
    conn: &impl ConnectionTrait,
    number: &str,
    code: &str,
) -> Result<Option<service_request::Model>> {
    let number: String =
        number.trim().to_uppercase().chars().filter(|c| *c != '\0').take(64).collect();
    let row = service_request::Entity::find()
        .filter(service_request::Column::Number.eq(number))
        .one(conn)
        .await?;
    let given = crypto::sha256(crypto::normalise_code(code).as_bytes());
    let stored = row.as_ref().and_then(|r| r.tracking_hash.clone()).unwrap_or_default();
    // Compare in any case, so that a number that exists takes no longer.
    let right = crypto::same(&given, &stored);
    Ok(row.filter(|_| right))
}

/// Sends a one-time code to the phone on record of a followed request. The answer is the same if
/// there is no phone.
pub async fn follow_code_send(
    app: &App,
    actor: &Actor,
    address: &str,
    number: &str,
    code: &str,
) -> Result<Committed<()>> {
    let row = follow(app, address, number, code).await?;
    let person = requester(app, &row).await?;
    let phone = person.phone.unwrap_or_default();
    app.throttle(&format!("code:{phone}{}", row.id), rules::CODES_PER_PHONE).await?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    let purpose = VerificationPurpose::Follow;
    let deliver = !phone.is_empty();
    let event = start_in_tx(&tx, permit, &phone, purpose, Some(row.id), deliver).await?;
    tx.commit(vec![event], ()).await
}

async fn requester(app: &App, row: &service_request::Model) -> Result<person::Model> {
    let id = row.requester_id.ok_or(Error::NotFound)?;
    person::Entity::find_by_id(id).one(app.db.reader()).await?.ok_or(Error::NotFound)
}

/// Exchanges the one-time code for a token that may answer, confirm, reopen, withdraw and rate this
/// one request for some minutes.
pub async fn follow_verify(
    app: &App,
    actor: &Actor,
    address: &str,
    follow_with: (&str, &str),
    one_time_code: &str,
) -> Result<Committed<(String, DateTime<Utc>)>> {
    let (number, code) = follow_with;
    let row = follow(app, address, number, code).await?;
    let person = requester(app, &row).await?;
    app.throttle(&format!("code-try:{}", row.id), rules::CODE_TRIES_PER_PHONE).await?;
    let wrong = || Error::from(Rejected::at(Code::WrongCode, "oneTimeCode"));
    let phone = person.phone.ok_or_else(wrong)?;
    let token = identity::tokens::signer(app).await?.tracking(app, row.id, person.id)?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::Enter, &Target::NONE)?;
    let purpose = VerificationPurpose::Follow;
    lock(&tx, row.id).await?;
    match check_in_tx(&tx, &phone, purpose, Some(row.id), one_time_code).await? {
        Verdict::Wrong(None) => Err(wrong()),
        Verdict::Wrong(Some(id)) => {
            let event = Event::new(permit, "VERIFICATION_FAILED", "verification", id);
            Err(tx.reject_and_commit(event, wrong()).await)
        }
        Verdict::Right(_) => {
            let event = Event::new(permit, "REQUEST_FOLLOWED", "service_request", row.id)
                .community(row.community_id)
                .beneficiary(Some(person.id))
                .row_held();
            tx.commit(vec![event], token).await
        }
    }
}
