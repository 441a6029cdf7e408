//! The incidents, joint responses or tasks of agencies behind a number.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::Stream;
use linli_entity::enums::{AgencyOutcome, IncidentOutcome, RatingLevel};

use super::{Asked, Export, Exports, Source, stream, text, time};
use crate::{
    incidents::{
        metrics::{Part, Rate, Set, Time},
        queries::{self, CountedRow, Wanted},
    },
    kernel::{
        Actor, App, Error, Result,
        db::Snapshot,
        page::{Cursor, PageArgs},
    },
    statistics::queries::Scope,
};

/// The rows that the query of a URL asks for: `placeId`, `from`, `to` and optionally `metric` with `part`,
/// `time` with `open`, `outcome`, `taskOutcome`, `rating` or `calledOff`, and `groupBy` with `group`, as in the
/// schema.
pub async fn incidents(
    app: Arc<App>,
    exports: &Exports,
    actor: Actor,
    query: &str,
) -> Result<Export<impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static>> {
    let asked = Asked::parse(query);
    let part = asked.value("part")?.unwrap_or(Part::Denominator);
    let open = asked.says("open")?;
    let set = Set::one([
        asked.value::<Rate>("metric")?.map(|rate| Set::Rate(rate, part)),
        asked.value::<Time>("time")?.map(|time| Set::Time(time, open)),
        asked.value::<IncidentOutcome>("outcome")?.map(Set::Outcome),
        asked.value::<AgencyOutcome>("taskOutcome")?.map(Set::TaskOutcome),
        asked.value::<RatingLevel>("rating")?.map(Set::Rating),
        asked.says("calledOff")?.then_some(Set::CalledOff),
    ])?;
    let group = match (asked.value("groupBy")?, asked.get("group")) {
        (_, None) => None,
        (Some(by), Some(key)) => Some((by, key.to_owned())),
        (None, Some(_)) => return Err(Error::bad_input("group", "a key of a breakdown")),
    };
    let wanted = Wanted { place: asked.place()?, days: asked.days()?, set, group };
    let scope = queries::counted_scope(&app, &actor, &wanted).await?;
    stream(app, exports, Incidents { scope, wanted }).await
}

struct Incidents {
    scope: Scope,
    wanted: Wanted,
}

impl Source for Incidents {
    const HEADER: &'static [&'static str] = &[
        "number",
        "kind",
        "block_id",
        "state",
        "level",
        "first_level",
        "outcome",
        "received_at",
        "responded_at",
        "escalated_at",
        "joint_at",
        "resolved_at",
        "answered_at",
        "first_closed_at",
        "closed_at",
        "reopened",
        "joint_round",
        "joint_opened_at",
        "joint_ended_at",
        "agency_id",
        "task_state",
        "task_mandatory",
        "asked_at",
        "sign_due_at",
        "signed_at",
        "contact_due_at",
        "contacted_at",
        "finish_due_at",
        "refused_at",
        "ended_at",
        "task_outcome",
        "rating",
    ];

    async fn page(
        &self,
        app: &App,
        state: (&Snapshot, DateTime<Utc>),
        page: PageArgs,
    ) -> Result<(Vec<Vec<String>>, Option<Cursor>)> {
        let found = queries::counted_page(app, state, &self.scope, &self.wanted, page).await?;
        let last = found.rows.last().filter(|_| found.more);
        let after = last.map(|row| Cursor { at: row.at, id: row.id });
        Ok((found.rows.iter().map(fields).collect(), after))
    }
}

fn fields(row: &CountedRow) -> Vec<String> {
    let incident = &row.incident;
    let mut fields = vec![
        incident.number.clone(),
        incident.kind.code(),
        text(incident.block_id),
        incident.state.code(),
        incident.level.code(),
        incident.first_level.code(),
        text(incident.outcome.map(IncidentOutcome::code)),
        time(Some(incident.received_at)),
        time(incident.responded_at),
        time(incident.escalated_at),
        time(incident.joint_at),
        time(incident.resolved_at),
        time(incident.answered_at),
        time(incident.first_closed_at),
        time(incident.closed_at),
        incident.reopened.to_string(),
    ];
    let joint = row.joint.as_ref();
    fields.extend([
        text(joint.map(|joint| joint.round)),
        time(joint.map(|joint| joint.opened_at)),
        time(joint.and_then(|joint| joint.ended_at)),
    ]);
    let task = row.task.as_ref();
    fields.extend([
        text(task.map(|task| task.agency_id)),
        text(task.map(|task| task.state.code())),
        text(task.map(|task| task.mandatory)),
        time(task.map(|task| task.asked_at)),
        time(task.map(|task| task.sign_due_at)),
        time(task.and_then(|task| task.signed_at)),
        time(task.map(|task| task.contact_due_at)),
        time(task.and_then(|task| task.contacted_at)),
        time(task.map(|task| task.finish_due_at)),
        time(task.and_then(|task| task.refused_at)),
        time(task.and_then(|task| task.ended_at)),
        text(task.and_then(|task| task.outcome).map(AgencyOutcome::code)),
        text(task.and_then(|task| task.rating).map(RatingLevel::code)),
    ]);
    fields
}
