//! What staff clear for everybody, the limits that a community agrees, and how to reach who reported.

use std::collections::HashMap;

use linli_entity::{
    contact_task,
    enums::{IncidentKind, IncidentLevel, ReadPurpose},
    ids::{ContactTaskId, IncidentId, IncidentLimitId, PersonId, PlaceId},
    incident, incident_limit, incident_report,
    json::Localised,
    person, read_log,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::json;

use super::{Edit, event, lock, permit, seen, stale};
use crate::{
    identity::{
        self,
        service::{Look, looks},
    },
    incidents::rules::{self, Ladder, Step},
    kernel::{Action, Actor, App, Code, Committed, Error, Event, Rejected, Result, Target, text},
};

/// Clears a card for everybody. It may hold neither the name nor the phone of anybody who reported it.
pub async fn publish(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
    card: Localised,
) -> Result<Committed<incident::Model>> {
    let action = |_: &incident::Model| Action::IncidentClear;
    let mut edit = Edit::open(app, actor, incident, Step::Publish, action).await?;
    if tells_who(edit.tx.conn(), card.0.values(), (edit.row.id, None)).await? {
        return Err(Rejected::at(Code::CardTellsWho, "card").into());
    }
    edit.row.card = card;
    edit.row.published_at = edit.row.published_at.or(Some(edit.tx.now()));
    edit.commit("INCIDENT_PUBLISHED", json!({})).await
}

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
    Ok(reporters(conn, id, may_contact).await?.iter().any(tells))
}

/// Most who are looked at.
const REPORTERS: u64 = 100;

/// Who reported an incident, the first first, as whoever has their record by now; all, or those who let agencies
/// reach them, or those who do not.
pub(super) async fn reporters(
    conn: &impl ConnectionTrait,
    id: IncidentId,
    may_contact: Option<bool>,
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
    let of = of.order_by_asc(C::ReportedAt).order_by_asc(C::Id).limit(REPORTERS);
    let ids: Vec<PersonId> = of.into_tuple().all(conn).await?;
    let people = person::Entity::find().filter(person::Column::Id.is_in(ids.iter().copied()));
    let people = people.all(conn).await?.into_iter().map(|person| (person.id, person));
    let mut people: HashMap<PersonId, person::Model> = people.collect();
    Ok(ids.iter().filter_map(|id| people.remove(id)).collect())
}

/// Takes the card back.
pub async fn hide(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
) -> Result<Committed<incident::Model>> {
    let action = |_: &incident::Model| Action::IncidentClear;
    let mut edit = Edit::open(app, actor, incident, Step::Hide, action).await?;
    edit.row.published_at = None;
    edit.commit("INCIDENT_HIDDEN", json!({})).await
}

/// How to reach somebody who reported an incident.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
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
    let target = seen(&tx, &row, Action::IncidentContactReveal).await?;
    let permit = permit(&tx, Action::IncidentContactReveal, &target)?;
    let people = reporters(tx.conn(), id, None).await?;
    let look = |p: &person::Model| Look {
        incident: Some(id),
        reason: Some(reason.clone()),
        ..Look::new(p.id, account, row.community_id, ReadPurpose::IncidentContact)
    };
    tx.keep::<read_log::Entity>(looks(app, people.iter().map(look))?).await?;
    let event = event(permit, "INCIDENT_CONTACT_REVEALED", &row);
    let contacts = people.into_iter().map(|p| Contact { name: p.name, phone: p.phone }).collect();
    tx.commit(vec![event], contacts).await
}

/// Marks calls or visits that were owed to those who reported an incident as done.
pub async fn contact_task_done(
    app: &App,
    actor: &Actor,
    (id, incident): (ContactTaskId, IncidentId),
) -> Result<Committed<contact_task::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let incident = lock(&tx, incident).await?;
    let target = seen(&tx, &incident, Action::ContactTaskDo).await?;
    let permit = permit(&tx, Action::ContactTaskDo, &target)?;
    let before = contact_task::Entity::find_by_id(id).one(tx.conn()).await?;
    let before = before.ok_or(Error::NotFound)?;
    if before.done_at.is_some() {
        return Err(Rejected::new(Code::IllegalTransition).with("state", "DONE").into());
    }
    let mut row = before.clone();
    row.done_at = Some(tx.now());
    row.done_by = actor.account();
    tx.update_last(&before, &row);
    let event = event(permit, "CONTACT_TASK_DONE", &incident);
    tx.commit(vec![event.data(json!({ "task": id.to_string() }))], row).await
}

/// Limits of a kind of incident, as a community agrees them.
#[derive(Clone, Copy, Debug)]
pub struct LimitChange {
    /// The community.
    pub community: PlaceId,
    /// The kind.
    pub kind: IncidentKind,
    /// The version that was read; 0 where the standard limits hold.
    pub expected_version: i32,
    /// The limits.
    pub ladder: Ladder,
}

/// Agrees limits. They hold for what is reported, or goes up, from now on.
pub async fn limit_set(
    app: &App,
    actor: &Actor,
    input: LimitChange,
) -> Result<Committed<incident_limit::Model>> {
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::IncidentLimitManage, &Target::community(input.community))?;
    let Ladder { starts_at, block_minutes, general_minutes, handle_minutes, .. } = input.ladder;
    let range = |path: &str, n: i32, most: i32, least: i32| {
        let wanted = format!("{least} to {most}");
        let ok = (least..=most).contains(&n);
        if ok { Ok(()) } else { Err(Rejected::at(Code::InvalidValue, path).with("wanted", wanted)) }
    };
    range("blockMinutes", block_minutes, 14_400, 5)?;
    range("generalMinutes", general_minutes, 14_400, 5)?;
    range("handleMinutes", handle_minutes, 43_200, 30)?;
    input.ladder.check(input.kind)?;
    if starts_at == IncidentLevel::Subdistrict {
        let wanted = "BLOCK or GENERAL";
        return Err(Rejected::at(Code::InvalidValue, "startsAt").with("wanted", wanted).into());
    }
    let found = incident_limit::Entity::find()
        .filter(incident_limit::Column::CommunityId.eq(input.community))
        .filter(incident_limit::Column::Kind.eq(input.kind))
        .lock_exclusive()
        .one(tx.conn())
        .await?;
    let version = found.as_ref().map_or(0, |row| row.version);
    if version != input.expected_version {
        return Err(stale(version));
    }
    let row = incident_limit::Model {
        id: found.as_ref().map_or_else(|| IncidentLimitId(tx.new_id()), |row| row.id),
        community_id: input.community,
        kind: input.kind,
        starts_at,
        around_the_clock: input.ladder.around_the_clock,
        block_minutes,
        general_minutes,
        handle_minutes,
        changed_at: tx.now(),
        version: version + 1,
    };
    match found {
        Some(before) => tx.update_last(&before, &row),
        None => {
            // At once: of two who agree the first limits at the same moment, one is second.
            incident_limit::ActiveModel::from(row.clone()).insert(tx.conn()).await?;
        }
    }
    let facts = json!({ "kind": row.kind, "version": row.version });
    let event = Event::new(permit, "INCIDENT_LIMITS_SET", "incident_limit", row.id)
        .community(row.community_id)
        .data(facts);
    tx.commit(vec![event], row).await
}
