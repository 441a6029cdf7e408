//! Following what somebody else has reported, and what one reported without an account.

use chrono::Duration;
use linli_entity::{
    ids::{IncidentId, IncidentReportId},
    incident, incident_report,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{event, lock, report::tracking_code};
use crate::{
    incidents::{
        queries,
        rules::{self},
    },
    kernel::{Action, Actor, App, Code, Committed, Error, Result, crypto, throttle::Limit},
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

/// What became of a report, for who knows its number and code.
pub async fn by_code(
    app: &App,
    address: &str,
    number: &str,
    code: &str,
) -> Result<incident::Model> {
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
    let row = row.filter(|_| same).ok_or(Error::NotFound)?;
    let (own, mut row) = (row.id, survivor(app, row).await?);
    // Where somebody else saw it is theirs.
    if row.id != own {
        (row.place, row.lon_e6, row.lat_e6) = (None, None, None);
    }
    Ok(row)
}

/// Most incidents of which each was merged into the next.
const MERGES: usize = 20;

/// What goes on: the incident itself, or that which it turned out to be the same as.
async fn survivor(app: &App, mut row: incident::Model) -> Result<incident::Model> {
    for _ in 0..MERGES {
        let Some(next) = row.merged_into else { break };
        let found = incident::Entity::find_by_id(next).one(app.db.reader()).await?;
        row = found.ok_or(Error::NotFound)?;
    }
    Ok(row)
}
