//! Who reported an incident: what of it may be told to whom, and how to reach them.

use std::collections::HashMap;

use linli_entity::{
    enums::ReadPurpose,
    ids::{AgencyTaskId, IncidentId, PersonId},
    incident, incident_report, person, read_log,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use serde_json::json;

use super::{
    event,
    follow::survivors,
    lock, permit, seen,
    task_edit::{TaskEdit, facts},
};
use crate::{
    identity::{
        self,
        service::{Look, looks},
    },
    incidents::{
        queries,
        rules::{self, TaskStep},
    },
    kernel::{Action, Actor, App, Code, Committed, Error, Rejected, Result, Tx, text},
};

/// Whether texts hold the name of somebody who reported an incident, or their phone, however they are written;
/// of all, or of those who do not let agencies reach them.
pub(super) async fn tells_who(
    conn: &impl ConnectionTrait,
    texts: impl Iterator<Item = &String>,
    (id, may_contact): (IncidentId, Option<bool>),
) -> Result<bool> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    // Neither a space nor what nobody sees hides a name.
    let plain = |text: &str| text::fold(text).chars().filter(|c| c.is_alphanumeric()).collect();
    let texts: Vec<String> = texts.map(|text| plain(text)).collect();
    let tells = |person: &person::Model| {
        let name = person.name.as_deref().map(plain).filter(|n: &String| n.chars().count() > 1);
        let phone = person.phone.as_deref().map(|p| digits(p.trim_start_matches("+86")));
        texts.iter().any(|text| {
            name.as_ref().is_some_and(|name| text.contains(name))
                || phone.as_ref().is_some_and(|phone| digits(text).contains(phone))
        })
    };
    Ok(reporters(conn, (id, may_contact), REPORTS).await?.iter().any(tells))
}

/// Refuses a text that an agency is to read, if it tells who reported the incident and does not let agencies
/// know.
pub(super) async fn check_for_agencies(
    conn: &impl ConnectionTrait,
    id: IncidentId,
    path: &str,
    texts: impl Iterator<Item = &String>,
) -> Result<()> {
    if tells_who(conn, texts, (id, Some(false))).await? {
        return Err(Rejected::at(Code::CardTellsWho, path).into());
    }
    Ok(())
}

/// Most reports of one incident, those of others that turned out to be the same among them.
pub(super) const REPORTS: u64 = 5000;
/// Most whom somebody is shown how to reach.
const SHOWN: u64 = 100;

/// Who reported an incident, the first first, as whoever has their record by now; all, or those who let agencies
/// reach them, or those who do not.
async fn reporters(
    conn: &impl ConnectionTrait,
    (id, may_contact): (IncidentId, Option<bool>),
    most: u64,
) -> Result<Vec<person::Model>> {
    use incident_report::Column as C;
    let mut of = incident_report::Entity::find()
        .select_only()
        .expr_as(identity::queries::holder_of(C::PersonId), "holder")
        .filter(C::IncidentId.eq(id))
        .filter(C::Follows.eq(false));
    if let Some(may_contact) = may_contact {
        of = of.filter(C::MayContact.eq(may_contact));
    }
    let of = of.order_by_asc(C::ReportedAt).order_by_asc(C::Id).limit(most);
    let ids: Vec<PersonId> = of.into_tuple().all(conn).await?;
    let people = person::Entity::find().filter(person::Column::Id.is_in(ids.iter().copied()));
    let people = people.all(conn).await?.into_iter().map(|person| (person.id, person));
    let mut people: HashMap<PersonId, person::Model> = people.collect();
    Ok(ids.iter().filter_map(|id| people.remove(id)).collect())
}

/// How to reach somebody who reported an incident.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
}

impl From<person::Model> for Contact {
    fn from(person: person::Model) -> Self {
        Self { name: person.name, phone: person.phone }
    }
}

/// How to reach who reported it, for who answers them; with a reason. Every look is written down before it is
/// answered, and they can read that.
pub async fn contact_reveal(
    app: &App,
    actor: &Actor,
    id: IncidentId,
    reason: String,
) -> Result<Committed<Vec<Contact>>> {
    text::check("reason", &reason, text::LINE)?;
    let account = actor.signed_in()?.account;
    app.throttle(&format!("incident-reveal:{account}"), rules::REVEALS).await?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, id).await?;
    let action = queries::reader(&row);
    let target = seen(&tx, &row, action).await?;
    let permit = permit(&tx, action, &target)?;
    let people = reporters(tx.conn(), (id, None), SHOWN).await?;
    let look = |p: &person::Model| Look {
        incident: Some(id),
        reason: Some(reason.clone()),
        ..Look::new(p.id, account, row.community_id, ReadPurpose::IncidentContact)
    };
    tx.keep::<read_log::Entity>(looks(app, people.iter().map(look))?).await?;
    let event = event(permit, "INCIDENT_CONTACT_REVEALED", &row);
    tx.commit(vec![event], people.into_iter().map(Contact::from).collect()).await
}

/// Shows an agency how to reach who reported the incident and allowed it, as long as its task is open. Every
/// look is written down before it is answered, and who reported it can read that.
pub async fn reporter_reveal(
    app: &App,
    actor: &Actor,
    id: AgencyTaskId,
) -> Result<Committed<Vec<Contact>>> {
    let account = actor.signed_in()?.account;
    app.throttle(&format!("incident-reveal:{account}"), rules::REVEALS).await?;
    let edit = TaskEdit::open(app, actor, (id, None), TaskStep::RevealReporter).await?;
    let TaskEdit { tx, incident, row, permit, .. } = edit;
    let found = reporters(tx.conn(), (incident.id, Some(true)), SHOWN).await?;
    let look = |who: &person::Model| Look {
        incident: Some(incident.id),
        ..Look::new(who.id, account, incident.community_id, ReadPurpose::IncidentContact)
    };
    tx.keep::<read_log::Entity>(looks(app, found.iter().map(look))?).await?;
    let data = json!({ "reporters": found.len() });
    let event = event(permit, "AGENCY_TASK_REPORTER_REVEALED", &incident).data(facts(&row, data));
    tx.commit(vec![event], found.into_iter().map(Contact::from).collect()).await
}

/// What who reported an incident lets others know; nothing where it stays as it is.
#[derive(Clone, Copy, Debug)]
pub struct Consent {
    /// Whether the public may not know who reported it.
    pub anonymous: Option<bool>,
    /// Whether agencies may know how to reach them.
    pub may_contact: Option<bool>,
}

/// Lets others know more or less of oneself than before: of what one reported, and of what it turned out to be the
/// same as. It holds from now on; what somebody has read they have read.
pub async fn consent_set(
    app: &App,
    actor: &Actor,
    id: IncidentId,
    consent: Consent,
) -> Result<Committed<incident::Model>> {
    use incident_report::Column as C;
    actor.known()?;
    let Consent { anonymous, may_contact } = consent;
    if anonymous.is_none() && may_contact.is_none() {
        return Err(Rejected::at(Code::Required, "anonymous").into());
    }
    let tx = app.begin(actor).await?;
    let (row, all) = lock_with_survivors(&tx, id).await?;
    let target = seen(&tx, &row, Action::IncidentConsent).await?;
    let permit = permit(&tx, Action::IncidentConsent, &target)?;
    let person = target.requester.ok_or(Error::Forbidden)?;
    let mut change = incident_report::Entity::update_many()
        .filter(C::IncidentId.is_in(all))
        .filter(C::Follows.eq(false))
        .filter(identity::queries::theirs(C::PersonId, person));
    if let Some(anonymous) = anonymous {
        change = change.col_expr(C::Anonymous, Expr::value(anonymous));
    }
    if let Some(may_contact) = may_contact {
        change = change.col_expr(C::MayContact, Expr::value(may_contact));
    }
    change.exec(tx.conn()).await?;
    let facts = json!({ "anonymous": anonymous, "mayContact": may_contact });
    let event = event(permit, "INCIDENT_CONSENT_CHANGED", &row).data(facts);
    tx.commit(vec![event], row).await
}

/// An incident and what it turned out to be the same as, all locked in the order of their ids, as merging does: so
/// that nobody's report is carried further meanwhile.
async fn lock_with_survivors(
    tx: &Tx<'_>,
    id: IncidentId,
) -> Result<(incident::Model, Vec<IncidentId>)> {
    let found = incident::Entity::find_by_id(id).one(tx.conn()).await?.ok_or(Error::NotFound)?;
    let chain = async |row: incident::Model| -> Result<Vec<IncidentId>> {
        Ok(survivors(tx.conn(), row).await?.iter().map(|row| row.id).collect())
    };
    let mut all = chain(found).await?;
    all.sort_unstable();
    let mut locked = None;
    for next in &all {
        let row = lock(tx, *next).await?;
        locked = locked.or(Some(row).filter(|row| row.id == id));
    }
    let row = locked.ok_or(Error::NotFound)?;
    // It was merged while this waited: once more, please.
    if chain(row.clone()).await?.iter().any(|id| !all.contains(id)) {
        return Err(Code::Conflict.into());
    }
    Ok((row, all))
}
