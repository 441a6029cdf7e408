//! Where an incident belongs: in which block, of which kind, how far up; and that two are one.

use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{Danger, IncidentKind, IncidentOutcome, IncidentState},
    ids::{IncidentId, IncidentReportId, PlaceId},
    incident, incident_report,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::{
    Edit, calendar_of, event,
    handle::keep_from_others,
    joint::hurry,
    lock, permit,
    report::{first_level, ladder, named_block},
    reporters::{REPORTS, check_for_agencies, tells_who},
    seen, stale, tasks_of,
};
use crate::{
    incidents::{
        queries,
        rules::{self, Ladder, Step},
    },
    kernel::{Action, Actor, App, Code, Committed, Error, Rejected, Result, Tx, policy, text},
};

/// Where an incident belongs.
#[derive(Clone, Debug)]
pub struct Route {
    /// The block, if it is another one.
    pub block: Option<PlaceId>,
    /// The kind, if it is another one.
    pub kind: Option<IncidentKind>,
    /// Whether somebody is in danger, if it was not reported as it is.
    pub danger: Option<Danger>,
    /// Where it is, in better words than those of who reported it.
    pub place: Option<String>,
}

/// Says which block or which kind it is of, how dangerous it is, or where it is in better words. Who reported it
/// does nothing anew.
pub async fn route(
    app: &App,
    actor: &Actor,
    incident: (IncidentId, i32),
    route: Route,
) -> Result<Committed<incident::Model>> {
    text::check_optional("place", route.place.as_deref(), text::LINE)?;
    let mut edit = Edit::open(app, actor, incident, Step::Route, queries::router).await?;
    if let Route { block: None, kind: None, danger: None, place: None } = route {
        return Err(Rejected::at(Code::Required, "blockId").into());
    }
    let (before, row) = (&edit.before, &mut edit.row);
    if let Some(block) = route.block {
        row.block_id = Some(named_block(edit.tx.conn(), row.community_id, block).await?);
    }
    row.kind = route.kind.unwrap_or(row.kind);
    row.danger = route.danger.unwrap_or(row.danger);
    row.place = route.place.or_else(|| row.place.take());
    // Whoever says that nobody is in danger after all answers for it.
    if rules::calms(before, row) {
        permit(&edit.tx, Action::IncidentLead, &edit.via.1)?;
    }
    let called_in = row.state == IncidentState::JointResponse;
    // Where agencies were called in it stays what it is; that it is dangerous, and where, is said at any time.
    let another = before.block_id.is_some() && row.block_id != before.block_id;
    if called_in && (another || row.kind != before.kind) {
        return Err(rules::wrong_state(row.state.code()));
    }
    if row == before {
        let wanted = "another block, another kind, another danger or another place";
        return Err(Rejected::at(Code::InvalidValue, "blockId").with("wanted", wanted).into());
    }
    if called_in && row.place != before.place {
        check_for_agencies(edit.tx.conn(), row.id, "place", row.place.iter()).await?;
    }
    belongs(&edit.tx, before, row).await?;
    keep_from_others(&edit.tx, row).await?;
    let mut more = Vec::new();
    if called_in && rules::alarms(before, row) {
        more = hurry(&edit.tx, row, &edit.via).await?;
    }
    let facts = json!({ "kind": row.kind, "danger": row.danger, "level": row.level,
        "block": row.block_id.map(|b| b.to_string()) });
    edit.commit_with("INCIDENT_ROUTED", facts, more).await
}

/// Who has what belongs elsewhere than before, and until when: whoever answers for another block begins, unless
/// it had gone up; what its kind or its danger takes higher goes there. What is dangerous now, whoever had it, is
/// to be responded to anew.
async fn belongs(tx: &Tx<'_>, before: &incident::Model, row: &mut incident::Model) -> Result<()> {
    let ladder = ladder(tx, (row.community_id, row.kind)).await?;
    let what = rules::first_level(row.danger, &ladder);
    let rises = rules::higher(what, row.level) != row.level;
    let moves = row.block_id != before.block_id && row.state != IncidentState::Escalated;
    if row.state == IncidentState::JointResponse {
        // Agencies have clocks of their own.
        row.level = rules::higher(what, row.level);
        row.escalated_at = row.escalated_at.or(rises.then_some(tx.now()));
        return Ok(());
    }
    if (rises || rules::alarms(before, row)) && row.handler_id.is_some() {
        row.state = IncidentState::Escalated;
        row.escalated_at = row.escalated_at.or(Some(tx.now()));
        (row.handler_id, row.level) = (None, rules::higher(what, row.level));
    } else if rises || moves {
        row.state = IncidentState::Received;
        row.handler_id = None;
        row.level = first_level(tx, row, &ladder).await?;
        row.first_level = row.level;
    }
    row.due_at = due(tx, before, row, &ladder).await?;
    Ok(())
}

/// By when what belongs elsewhere than before is to be responded to, or resolved. Nobody has more time by it than
/// was left, but for what nobody had a block for, or is dangerous no more, or somebody else has to respond to.
async fn due(
    tx: &Tx<'_>,
    before: &incident::Model,
    row: &incident::Model,
    ladder: &Ladder,
) -> Result<Option<DateTime<Utc>>> {
    let calendar = calendar_of(tx, row.community_id).await?;
    let due = match row.handler_id {
        Some(_) => Some(ladder.handle_by(row.danger, tx.now(), &calendar)),
        None => ladder.respond_by((row.level, row.danger), tx.now(), &calendar),
    };
    if rules::alarms(before, row) {
        return Ok([due, before.due_at].into_iter().flatten().min());
    }
    let anew = before.block_id.is_none() && row.block_id.is_some()
        || rules::calms(before, row)
        || row.handler_id != before.handler_id;
    // What ran out has run out, and those above were told.
    Ok(if anew { due } else { before.due_at.map(|left| due.map_or(left, |due| left.min(due))) })
}

/// Says that two incidents are one: everybody who reported or follows this one is told of the other from now
/// on, and nobody's report is lost.
pub async fn merge(
    app: &App,
    actor: &Actor,
    (id, version): (IncidentId, i32),
    into: IncidentId,
) -> Result<Committed<incident::Model>> {
    actor.signed_in()?;
    let unknown = || Error::from(Rejected::at(Code::UnknownReference, "intoId"));
    if id == into {
        return Err(unknown());
    }
    let tx = app.begin(actor).await?;
    // In the order of their ids, so that two merges cannot wait for each other.
    let (first, second) = (lock(&tx, id.min(into)).await?, lock(&tx, id.max(into)).await?);
    let (before, other) = if first.id == id { (first, second) } else { (second, first) };
    let action = queries::router(&before);
    let target = seen(&tx, &before, action).await?;
    let permit = permit(&tx, action, &target)?;
    if before.version != version {
        return Err(stale(before.version));
    }
    rules::check_step(Step::Merge, &before, tx.now())?;
    let sees = policy::allowed(actor, Action::IncidentRead, &queries::target(&other));
    let same = other.community_id == before.community_id && other.merged_into.is_none();
    // Nobody who follows this one is to follow what turned out to be about a person.
    let over = other.state == IncidentState::Closed
        || other.outcome == Some(IncidentOutcome::AboutAPerson);
    if !sees || !same || over {
        return Err(unknown());
    }
    // Nobody's danger, and nothing that went up, ends in something that waits below.
    if other.danger != before.danger || rules::higher(other.level, before.level) != other.level {
        let wanted = "one of the same danger that has gone up as far";
        return Err(Rejected::at(Code::InvalidValue, "intoId").with("wanted", wanted).into());
    }
    if other.published_at.is_some()
        && tells_who(tx.conn(), other.card.0.values(), (id, None)).await?
    {
        return Err(Rejected::at(Code::CardTellsWho, "intoId").into());
    }
    if other.state == IncidentState::JointResponse {
        // What agencies read of the one names nobody of the other.
        let briefs = tasks_of(&tx, other.id).await?.into_iter().filter_map(|task| task.brief);
        let texts: Vec<String> = briefs.chain(other.place.clone()).collect();
        check_for_agencies(tx.conn(), id, "intoId", texts.iter()).await?;
    }
    let mut row = before.clone();
    row.state = IncidentState::Closed;
    row.outcome = Some(IncidentOutcome::Merged);
    row.merged_into = Some(into);
    (row.resolved_at, row.closed_at) = (Some(tx.now()), Some(tx.now()));
    (row.due_at, row.published_at) = (None, None);
    row.version += 1;
    tx.update_last(&before, &row);
    keep_reporters(&tx, &row, &other).await?;
    let facts = json!({ "into": into.to_string(), "state": row.state });
    let merged = event(permit, "INCIDENT_MERGED", &row).data(facts);
    tx.commit(vec![merged], row).await
}

/// Whoever reported or follows the one reports or follows the other from now on.
async fn keep_reporters(tx: &Tx<'_>, row: &incident::Model, other: &incident::Model) -> Result<()> {
    use incident_report::Column as C;
    let of = |id| incident_report::Entity::find().filter(C::IncidentId.eq(id));
    let both = of(row.id).count(tx.conn()).await? + of(other.id).count(tx.conn()).await?;
    if both > REPORTS {
        let wanted = format!("two that {REPORTS} reported or follow at most");
        return Err(Rejected::at(Code::InvalidValue, "intoId").with("wanted", wanted).into());
    }
    let theirs = of(other.id).all(tx.conn()).await?;
    let ours = of(row.id).order_by_asc(C::ReportedAt).all(tx.conn()).await?;
    for report in ours {
        match theirs.iter().find(|t| t.person_id == report.person_id) {
            None => tx.insert_last(incident_report::ActiveModel::from(incident_report::Model {
                id: IncidentReportId(tx.new_id()),
                incident_id: other.id,
                from_id: report.from_id.or(Some(row.id)),
                ..report
            })),
            // Who followed the one and reported the other has reported it.
            Some(known) if known.follows && !report.follows => {
                let mut now = known.clone();
                now.follows = false;
                now.words = report.words;
                now.anonymous = report.anonymous;
                now.may_contact = report.may_contact;
                now.entered_by = report.entered_by;
                now.from_id = report.from_id.or(Some(row.id));
                tx.update_last(known, &now);
            }
            Some(_) => {}
        }
    }
    Ok(())
}
