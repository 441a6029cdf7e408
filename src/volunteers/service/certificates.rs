//! Certificates of hours, for the volunteers themselves.

use chrono::{Datelike, NaiveDate};
use linli_entity::{
    ids::{CertificateId, PlaceId},
    person, volunteer_certificate,
};
use sea_orm::EntityTrait;
use serde_json::json;

use super::lock_of;
use crate::{
    communities,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Once, Rejected, Result, Target, crypto,
    },
    volunteers::queries,
};

/// Longest period of a certificate, in days.
const LONGEST_DAYS: i64 = 3660;

/// What is to be certified.
#[derive(Clone, Debug)]
pub struct NewCertificate {
    /// The community.
    pub community: PlaceId,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// The caller's idempotency key.
    pub once: Option<Once>,
}

/// Certifies one's own minutes of a period, as they count now, under one's name as it is now.
pub async fn issue(
    app: &App,
    actor: &Actor,
    input: NewCertificate,
) -> Result<Committed<volunteer_certificate::Model>> {
    let own = actor.signed_in()?.person;
    let tx = app.begin(actor).await?;
    let id = CertificateId(tx.new_id());
    if let Some(replay) = tx.once("volunteerCertificateIssue", input.once.as_ref(), id.0).await? {
        let row = queries::certificate_row(tx.conn(), CertificateId(replay.0)).await?;
        let row = row.filter(|row| row.person_id == own).ok_or(Error::NotFound)?;
        return tx.replayed(replay, row).await;
    }
    let today = app.day(tx.now());
    let length = (input.until - input.from).num_days();
    if !(0..LONGEST_DAYS).contains(&length) || input.until > today {
        let wanted = "not before `from`, at most today";
        return Err(Rejected::at(Code::InvalidValue, "until").with("wanted", wanted).into());
    }
    lock_of(&tx, input.community, own).await?;
    let target = Target { requester: Some(own), ..Target::community(input.community) };
    let permit = tx.authorize(Action::VolunteerOwn, &target)?;
    let period = (input.from, input.until);
    let minutes = queries::minutes(tx.conn(), input.community, own, period).await?;
    if minutes < 1 {
        let wanted = "a period in which time counts";
        return Err(Rejected::at(Code::InvalidValue, "from").with("wanted", wanted).into());
    }
    let person = person::Entity::find_by_id(own).one(tx.conn()).await?;
    let place = communities::queries::place(app, tx.conn(), input.community).await?;
    let random = crypto::code(&app.ids, 8);
    let row = volunteer_certificate::Model {
        id,
        community_id: input.community,
        person_id: own,
        number: format!("{}-V{}-{random}", place.code, today.year()),
        name: person.and_then(|p| p.name).ok_or_else(|| Rejected::new(Code::Required))?,
        from_day: input.from,
        until_day: input.until,
        minutes,
        issued_at: tx.now(),
    };
    tx.insert_last(volunteer_certificate::ActiveModel::from(row.clone()));
    let data = json!({ "from": row.from_day, "until": row.until_day, "minutes": row.minutes });
    let event = Event::new(permit, "VOLUNTEER_CERTIFICATE_ISSUED", "volunteer_certificate", id)
        .community(row.community_id)
        .data(data)
        .row_held();
    tx.commit(vec![event], row).await
}
