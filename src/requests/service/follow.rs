//! Following a request without an account: number and tracking code show its state; a one-time code
//! to the phone on record lets the holder act.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{person, service_request};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::edit::lock;
use crate::{
    identity::{
        self,
        service::{OnRecord, Opened},
    },
    kernel::{Actor, App, Committed, Error, Event, Followed, Result, crypto, throttle::Limit},
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
    identity::service::follow_code_send(app, actor, on_record(app, &row).await?).await
}

async fn on_record(app: &App, row: &service_request::Model) -> Result<OnRecord> {
    let id = row.requester_id.ok_or(Error::NotFound)?;
    let person = person::Entity::find_by_id(id).one(app.db.reader()).await?;
    let person = person.ok_or(Error::NotFound)?;
    let followed = Followed::Request(row.id);
    Ok(OnRecord { followed, person: person.id, phone: person.phone })
}

/// Exchanges the one-time code for a token that may answer, confirm, reopen, withdraw and rate this
/// one request for some minutes.
pub async fn follow_verify(
    app: &App,
    actor: &Actor,
    address: &str,
    (number, code): (&str, &str),
    one_time_code: &str,
) -> Result<Committed<(String, DateTime<Utc>)>> {
    let row = follow(app, address, number, code).await?;
    let what = on_record(app, &row).await?;
    let person = what.person;
    let Opened { tx, permit, token } =
        identity::service::follow_open(app, actor, what, one_time_code).await?;
    lock(&tx, row.id).await?;
    let event = Event::new(permit, "REQUEST_FOLLOWED", "service_request", row.id)
        .community(row.community_id)
        .beneficiary(Some(person))
        .row_held();
    tx.commit(vec![event], token).await
}
