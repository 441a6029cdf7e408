//! What staff clear for everybody, the calls they owe, and the limits that a community agrees.

use linli_entity::{
    contact_task,
    enums::{IncidentKind, IncidentLevel},
    ids::{ContactTaskId, IncidentId, IncidentLimitId, PlaceId},
    incident, incident_limit,
    json::Localised,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::{Edit, event, lock, permit, reporters::tells_who, seen, stale};
use crate::{
    incidents::{
        queries,
        rules::{Ladder, Step},
    },
    kernel::{Action, Actor, App, Code, Committed, Error, Event, Rejected, Result, Target},
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

/// Marks calls or visits that were owed to those who reported an incident as done.
pub async fn contact_task_done(
    app: &App,
    actor: &Actor,
    (id, incident): (ContactTaskId, IncidentId),
) -> Result<Committed<contact_task::Model>> {
    actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let incident = lock(&tx, incident).await?;
    let mut target = seen(&tx, &incident, Action::ContactTaskDo).await?;
    // Nobody says of themselves that they were told.
    target.requester = queries::reporter(tx.conn(), actor, incident.id).await?;
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
