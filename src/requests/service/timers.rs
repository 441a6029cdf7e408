//! What happens by itself: silence closes, pauses end, deadlines escalate, calendars change.

use chrono::{DateTime, Utc};
use linli_entity::{
    contact_task,
    enums::{CalendarKind, Confirmation, RequestState},
    ids::{PlaceId, RequestId},
    service_request,
};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde_json::json;

use super::{
    close::close,
    edit::{Edit, Stamp, lock},
};
use crate::{
    calendar, catalogue,
    kernel::{Action, Actor, App, Error, Result, each_due},
    requests::{
        clock::{Clock, Limits, Tick},
        queries, rules,
    },
};

/// Looks after every request whose time has come; returns how many. Any number of instances may
/// do this at once: each request is locked, looked at again, and changed once.
pub async fn wake_due(app: &App, limit: u64) -> Result<usize> {
    let now = app.clock.now();
    let due: Vec<RequestId> = service_request::Entity::find()
        .select_only()
        .column(service_request::Column::Id)
        .filter(service_request::Column::WakeAt.lte(now))
        .order_by_asc(service_request::Column::WakeAt)
        .limit(limit)
        .into_tuple()
        .all(app.db.reader())
        .await?;
    Ok(each_due("wake", due, |id| wake(app, id)).await)
}

async fn wake(app: &App, id: RequestId) -> Result<bool> {
    let actor = Actor::System("timers");
    let tx = app.begin(&actor).await?;
    let row = lock(&tx, id).await?;
    let now = tx.now();
    if row.wake_at.is_none_or(|t| t > now) {
        // Another instance was here.
        return Ok(false);
    }
    let permit = tx.authorize(Action::RequestWork, &rules::target(&row))?;
    let mut edit = Edit::on(tx, row, permit, Action::RequestWork).await?;
    let projection = edit.project();
    let passed = |at: Option<chrono::DateTime<chrono::Utc>>| at.is_some_and(|t| t <= now);
    match edit.row.state {
        RequestState::Resolved if passed(edit.clock.silent_at()) && untold(&edit).await? => {
            // Who was to be called or visited has heard nothing: that is no silence.
            edit.tick(Tick::ResultTold);
            edit.commit(Stamp::Append, "REQUEST_NOT_TOLD_YET", json!({})).await?;
        }
        RequestState::Resolved if passed(edit.clock.silent_at()) => {
            close(&mut edit, Confirmation::Unconfirmed).await?;
            edit.commit(Stamp::Step, "REQUEST_CLOSED_UNCONFIRMED", json!({})).await?;
        }
        RequestState::AwaitingResident if passed(projection.pause_ends_at) => {
            edit.tick(Tick::Resumed);
            edit.row.state = RequestState::InProgress;
            edit.commit(Stamp::Step, "REQUEST_RESIDENT_TIMED_OUT", json!({})).await?;
        }
        state
            if state.is_open()
                && !edit.row.overdue
                && passed(rules::deadline(projection.due_at, projection.legal_due_at)) =>
        {
            edit.row.overdue = true;
            let data = json!({ "owner": edit.row.owner_id.map(|o| o.to_string()) });
            edit.commit(Stamp::Append, "REQUEST_OVERDUE", data).await?;
        }
        state
            if state.is_open()
                && edit.row.first_response_at.is_none()
                && !edit.clock.response_escalated
                && passed(projection.response_due_at) =>
        {
            edit.tick(Tick::ResponseEscalated);
            let data = json!({ "owner": edit.row.owner_id.map(|o| o.to_string()) });
            edit.commit(Stamp::Append, "REQUEST_RESPONSE_OVERDUE", data).await?;
        }
        // The date moved since it was written: write it again.
        _ => {
            edit.commit(Stamp::Append, "REQUEST_REPROJECTED", json!({})).await?;
        }
    }
    Ok(true)
}

/// Whether a call or a visit is still owed about the result.
async fn untold(edit: &Edit<'_>) -> Result<bool> {
    let owed = contact_task::Entity::find()
        .filter(contact_task::Column::RequestId.eq(edit.row.id))
        .filter(contact_task::Column::DoneAt.is_null())
        .filter(contact_task::Column::CreatedAt.gte(edit.row.resolved_at))
        .count(edit.tx.conn())
        .await?;
    Ok(owed > 0)
}

/// Open requests that have a limit and no date of it, or wait for a resident without an end.
const UNDATED: &str = "(service_request.state = 'AWAITING_RESIDENT' AND service_request.wake_at IS \
                       NULL) OR (service_request.due_at IS NULL AND EXISTS (SELECT 1 FROM \
                       matter_version v WHERE v.id = service_request.matter_version_id AND \
                       (v.promised_days IS NOT NULL OR v.legal_days IS NOT NULL AND \
                       service_request.legal_due_at IS NULL)))";

/// Rewrites the dates of open requests of a community that were computed with another calendar than
/// the newest; returns how many. It can stop anywhere and go on later.
pub async fn reproject_open(app: &App, community: PlaceId, limit: u64) -> Result<usize> {
    let actor = Actor::System("calendar");
    let kind = CalendarKind::Limits;
    let newest = calendar::queries::load(app, app.db.reader(), community, kind).await?.version();
    let open = || {
        service_request::Entity::find()
            .select_only()
            .column(service_request::Column::Id)
            .filter(service_request::Column::CommunityId.eq(community))
            .filter(service_request::Column::State.is_in(RequestState::OPEN))
            .order_by_asc(service_request::Column::QueueAt)
            .limit(limit)
    };
    let mut due: Vec<RequestId> = open()
        .filter(service_request::Column::CalendarVersion.ne(newest))
        .into_tuple()
        .all(app.db.reader())
        .await?;
    if due.is_empty() {
        // A year that was missing may have come with a new version of the program.
        due = open().filter(Expr::cust(UNDATED)).into_tuple().all(app.db.reader()).await?;
    }
    let mut moved = 0;
    for id in due {
        let tx = app.begin(&actor).await?;
        let row = match lock(&tx, id).await {
            Ok(row) => row,
            Err(Error::NotFound) => continue,
            Err(other) => return Err(other),
        };
        let before = rules::deadline(row.due_at, row.legal_due_at);
        let permit = tx.authorize(Action::RequestWork, &rules::target(&row))?;
        let mut edit = Edit::on(tx, row, permit, Action::RequestWork).await?;
        let stale = edit.row.calendar_version != newest;
        edit.project();
        if edit.calendar.version() != newest {
            // This process still remembers the old calendar; the next round will not.
            return Ok(moved);
        }
        let changed = before != rules::deadline(edit.row.due_at, edit.row.legal_due_at);
        if !changed && !stale {
            // Still without a date: nothing to write.
            continue;
        }
        moved += usize::from(changed);
        let data = json!({ "calendar": newest, "moved": changed });
        edit.commit(Stamp::Append, "REQUEST_REPROJECTED", data).await?;
    }
    Ok(moved)
}

/// What a new calendar would do to the open requests of its community.
#[derive(Debug, Default)]
pub struct Preview {
    /// Requests that were looked at.
    pub examined: usize,
    /// Those whose deadline would move.
    pub moved: Vec<Moved>,
    /// Those with a date that would be unknown, because the new calendar lacks a year.
    pub unknown: usize,
}

/// A deadline that would move.
#[derive(Debug)]
pub struct Moved {
    /// The request.
    pub request: RequestId,
    /// Its number.
    pub number: String,
    /// The deadline now.
    pub due_at: Option<DateTime<Utc>>,
    /// The deadline as it would be.
    pub new_due_at: Option<DateTime<Utc>>,
}

/// Projects open requests under a calendar that is not published yet; nothing is stored.
pub async fn calendar_preview(
    app: &App,
    actor: &Actor,
    input: &calendar::service::NewCalendar,
) -> Result<Preview> {
    let new = calendar::service::preview(app, actor, input).await?;
    let mut preview = Preview::default();
    if input.kind != CalendarKind::Limits {
        // A station's hours move no deadline.
        return Ok(preview);
    }
    for row in queries::open_with_clock(app, actor, input.community).await? {
        let clock: Clock = serde_json::from_value(row.clock).map_err(Error::internal)?;
        let version =
            catalogue::queries::version(app, app.db.reader(), row.matter_version_id).await?;
        let projection = clock.project(Limits::from(&*version), &new);
        preview.examined += 1;
        preview.unknown += usize::from(projection.missing_year.is_some());
        if projection.due_at != row.due_at {
            preview.moved.push(Moved {
                request: row.id,
                number: row.number,
                due_at: row.due_at,
                new_due_at: projection.due_at,
            });
        }
    }
    Ok(preview)
}
