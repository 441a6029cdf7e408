//! Reads of incidents, as far as somebody may see them.

mod map;
mod numbers;
mod tasks;

use std::collections::HashMap;

use linli_entity::{
    agency_task,
    enums::{IncidentKind, IncidentState, ReadPurpose, Role},
    ids::{AgencyTaskId, IncidentId, PersonId, PlaceId},
    incident, incident_report, read_log,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Select,
    sea_query::Order,
};

use crate::{
    identity::{
        self,
        service::{Look, looks},
    },
    kernel::{
        Action, Actor, App, Error, Result, Target,
        page::{Page, PageArgs},
        policy,
    },
};

pub use map::{Mapped, on_map};
pub use numbers::{
    CountedIncident, CountedJoint, CountedRow, CountedTask, Incidents, Minutes, Numbers, Opinions,
    Shown, Table, Tables, Tasks, Wanted, numbers, rows as counted_rows,
};
pub use tasks::*;

/// What is asked about an incident, by somebody who has not reported it.
pub fn target(row: &incident::Model) -> Target {
    Target { place: row.block_id, ..Target::community(row.community_id) }
}

/// The same of a task of an agency.
pub fn task_target(task: &agency_task::Model, row: &incident::Model) -> Target {
    Target { agency: Some(task.agency_id), ..target(row) }
}

/// Who acts, if they reported an incident; not if they only follow it.
pub(in crate::incidents) async fn reporter(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: IncidentId,
) -> Result<Option<PersonId>> {
    let Some(person) = actor.person() else { return Ok(None) };
    let found = incident_report::Entity::find()
        .filter(incident_report::Column::IncidentId.eq(id))
        .filter(incident_report::Column::Follows.eq(false))
        .filter(identity::queries::theirs(incident_report::Column::PersonId, person))
        .count(conn)
        .await?;
    Ok((found > 0).then_some(person))
}
