//! Following what somebody else has reported, and what one reported without an account.

use chrono::{DateTime, Duration, Utc};
use linli_entity::{
    ids::{IncidentId, IncidentReportId},
    incident, incident_report,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::{event, lock, report::tracking_code};
use crate::{
    identity::{
        self,
        service::{OnRecord, Opened},
    },
    incidents::{queries, rules},
    kernel::{
        Action, Actor, App, Code, Committed, Error, Followed, Result, crypto, throttle::Limit,
    },
};

/// Follows what somebody else reported: who follows is told of progress, and sees what everybody may see.
pub async fn follow(
    app: &App,
    actor: &Actor,
    id: IncidentId,
) -> Result<Committed<incident::Model>> {
    let user = actor.signed_in()?;
    let person = user.person;
    app.throttle(&format!("incident-follow:{}", user.account), rules::FOLLOWS).await?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, id).await?;
    if !queries::may_follow(&row, tx.now()) {
        return Err(Error::NotFound);
    }
    let permit = tx.authorize(Action::IncidentFollow, &queries::target(&row))?;
    let follower = incident_report::Model {
        id: IncidentReportId(tx.new_id()),
        community_id: row.community_id,
        incident_id: id,
        person_id: person,
        entered_by: None,
        words: None,
        follows: true,
        anonymous: true,
        may_contact: false,
        from_id: None,
        reported_at: tx.now(),
    };
    let known = incident_report::Entity::find()
        .filter(incident_report::Column::IncidentId.eq(id))
        .filter(incident_report::Column::PersonId.eq(person))
        .count(tx.conn())
        .await?;
    if known > 0 {
        return Err(Code::Conflict.into());
    }
    tx.insert_last(incident_report::ActiveModel::from(follower));
    let event = event(permit, "INCIDENT_FOLLOWED", &row);
    tx.commit(vec![event], row).await
}

/// Follows it no longer. Who reported it does not stop having reported it.
pub async fn unfollow(
    app: &App,
    actor: &Actor,
    id: IncidentId,
) -> Result<Committed<incident::Model>> {
    let person = actor.signed_in()?.person;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, id).await?;
    let permit = tx.authorize(Action::IncidentFollow, &queries::target(&row))?;
    let gone = incident_report::Entity::delete_many()
        .filter(incident_report::Column::IncidentId.eq(id))
        .filter(incident_report::Column::PersonId.eq(person))
        .filter(incident_report::Column::Follows.eq(true))
        .exec(tx.conn())
        .await?;
    if gone.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    let event = event(permit, "INCIDENT_UNFOLLOWED", &row);
    tx.commit(vec![event], row).await
}

/// Looks by number and code from one address.
const LOOKS: Limit = Limit { hits: 120, window: Duration::hours(1) };

/// The incident of this number and code, as it was reported.
async fn tracked(app: &App, address: &str, number: &str, code: &str) -> Result<incident::Model> {
    app.throttle(&format!("follow-address:{address}"), LOOKS).await?;
    let number: String =
        number.trim().to_uppercase().chars().filter(|c| *c != '\0').take(64).collect();
    let row = incident::Entity::find()
        .filter(incident::Column::Number.eq(number))
        .one(app.db.reader())
        .await?;
    let right = row.as_ref().map(|r| tracking_code(app, r.id)).unwrap_or_default();
    let given = crypto::normalise_code(code);
    // Compare in any case, so that a number that exists takes no longer.
    let same = crypto::same(&crypto::sha256(given.as_bytes()), &crypto::sha256(right.as_bytes()));
    row.filter(|_| same).ok_or(Error::NotFound)
}

/// What became of a report, for who knows its number and code.
pub async fn by_code(
    app: &App,
    address: &str,
    number: &str,
    code: &str,
) -> Result<incident::Model> {
    let row = tracked(app, address, number, code).await?;
    let (own, mut row) = (row.id, survivor(app, row).await?);
    // Where somebody else saw it is theirs.
    if row.id != own {
        (row.place, row.lon_e6, row.lat_e6) = (None, None, None);
    }
    Ok(row)
}

/// Whose report it is, and what goes on of it.
async fn on_record(app: &App, row: incident::Model) -> Result<(OnRecord, incident::Model)> {
    use incident_report::Column as C;
    // Not whoever reported another one that turned out to be the same, be it before.
    let own = incident_report::Entity::find()
        .filter(C::IncidentId.eq(row.id))
        .filter(C::Follows.eq(false))
        .filter(C::FromId.is_null())
        .order_by_asc(C::ReportedAt)
        .order_by_asc(C::Id)
        .one(app.db.reader())
        .await?
        .ok_or(Error::NotFound)?;
    let holders = identity::queries::record_holders(app, &[own.person_id]).await?;
    let person = holders.into_values().next().ok_or(Error::NotFound)?;
    let row = survivor(app, row).await?;
    let followed = Followed::Incident(row.id);
    Ok((OnRecord { followed, person: person.id, phone: person.phone }, row))
}

/// Sends a one-time code to the phone on record of a report. The answer is the same if there is no phone.
pub async fn track_code_send(
    app: &App,
    actor: &Actor,
    address: &str,
    number: &str,
    code: &str,
) -> Result<Committed<()>> {
    let own = tracked(app, address, number, code).await?;
    let (what, _) = on_record(app, own).await?;
    identity::service::follow_code_send(app, actor, what).await
}

/// Exchanges the one-time code for a token that may do for some minutes what who reported it may do.
pub async fn track_verify(
    app: &App,
    actor: &Actor,
    address: &str,
    (number, code): (&str, &str),
    one_time_code: &str,
) -> Result<Committed<(String, DateTime<Utc>)>> {
    let own = tracked(app, address, number, code).await?;
    let (what, row) = on_record(app, own).await?;
    let person = what.person;
    let Opened { tx, permit, token } =
        identity::service::follow_open(app, actor, what, one_time_code).await?;
    lock(&tx, row.id).await?;
    let event = event(permit, "INCIDENT_TRACKED", &row).beneficiary(Some(person));
    tx.commit(vec![event], token).await
}

/// Most incidents of which each was merged into the next.
const MERGES: usize = 20;

/// What goes on: the incident itself, or that which it turned out to be the same as.
async fn survivor(app: &App, row: incident::Model) -> Result<incident::Model> {
    survivors(app.db.reader(), row).await?.pop().ok_or(Error::NotFound)
}

/// The incident itself, and what it turned out to be the same as, one after the other.
pub(super) async fn survivors(
    conn: &impl ConnectionTrait,
    row: incident::Model,
) -> Result<Vec<incident::Model>> {
    let mut found = vec![row];
    while let Some(next) = found.last().and_then(|row| row.merged_into)
        && found.len() <= MERGES
    {
        let next = incident::Entity::find_by_id(next).one(conn).await?;
        found.push(next.ok_or(Error::NotFound)?);
    }
    Ok(found)
}
