//! What staff clear for everybody, the limits that a community agrees, and how to reach who reported.

use linli_entity::{
    enums::{IncidentKind, IncidentLevel, ReadPurpose},
    ids::{IncidentId, IncidentLimitId, PersonId, PlaceId},
    incident, incident_limit, incident_report,
    json::Localised,
    person, read_log,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::{Edit, event, lock, permit, seen, stale};
use crate::{
    identity::service::{Look, looks},
    incidents::rules::{self, Ladder, Step},
    kernel::{Action, Actor, App, Code, Committed, Event, Rejected, Result, Target, text},
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
    for person in reporters(edit.tx.conn(), edit.row.id).await? {
        let tells = |secret: &Option<String>| {
            let secret = secret.as_deref().map(text::fold).filter(|s| s.chars().count() > 1);
            secret.is_some_and(|s| card.0.values().any(|text| text::fold(text).contains(&s)))
        };
        let local = person.phone.as_deref().map(|p| p.trim_start_matches("+86").to_owned());
        if tells(&person.name) || tells(&local) {
            return Err(Rejected::at(Code::CardTellsWho, "card").into());
        }
    }
    edit.row.card = card;
    edit.row.published_at = edit.row.published_at.or(Some(edit.tx.now()));
    edit.commit("INCIDENT_PUBLISHED", json!({})).await
}

/// Most who are looked at.
const REPORTERS: u64 = 100;

async fn reporters(
    conn: &impl sea_orm::ConnectionTrait,
    id: IncidentId,
) -> Result<Vec<person::Model>> {
    let of = incident_report::Entity::find()
        .select_only()
        .column(incident_report::Column::PersonId)
        .filter(incident_report::Column::IncidentId.eq(id))
        .filter(incident_report::Column::Follows.eq(false))
        .order_by_asc(incident_report::Column::ReportedAt)
        .limit(REPORTERS);
    let ids: Vec<PersonId> = of.into_tuple().all(conn).await?;
    Ok(person::Entity::find().filter(person::Column::Id.is_in(ids)).all(conn).await?)
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
    let people = reporters(tx.conn(), id).await?;
    let look = |p: &person::Model| Look {
        incident: Some(id),
        reason: Some(reason.clone()),
        ..Look::new(
            p.merged_into.unwrap_or(p.id),
            account,
            row.community_id,
            ReadPurpose::IncidentContact,
        )
    };
    tx.keep::<read_log::Entity>(looks(app, people.iter().map(look))?).await?;
    let event = event(permit, "INCIDENT_CONTACT_REVEALED", &row);
    let contacts = people.into_iter().map(|p| Contact { name: p.name, phone: p.phone }).collect();
    tx.commit(vec![event], contacts).await
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
