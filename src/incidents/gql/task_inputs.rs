//! What mutations of tasks of agencies take.

use async_graphql::{ID, InputObject};
use linli_entity::{
    enums::{AgencyOutcome, RatingLevel},
    ids::AgencyTaskId,
};

use crate::{
    api,
    incidents::service::{Decision, NewNote, Refusal},
    kernel::Result,
};

/// A task as it was read.
#[derive(InputObject)]
pub struct AgencyTaskStepInput {
    /// The task.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// A task that is done.
#[derive(InputObject)]
pub struct AgencyTaskFinishInput {
    /// The task.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// What came of it.
    pub outcome: AgencyOutcome,
    /// What was done: at most 4000 characters.
    pub result: String,
}

/// A task that is not the agency's.
#[derive(InputObject)]
pub struct AgencyTaskRefuseInput {
    /// The task.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Why: at most 4000 characters.
    pub reason: String,
    /// Another agency of the subdistrict, whose it is.
    pub proposed_agency_id: ID,
}

/// Whose a refused task is.
#[derive(InputObject)]
pub struct AgencyTaskDecideInput {
    /// The task that was refused.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// The agency whose it is: an agency of the subdistrict that has no other task in this joint response.
    pub agency_id: ID,
    /// What is asked of it, if not the same: at most 4000 characters. Nobody's name.
    pub brief: Option<String>,
}

/// A task to call off.
#[derive(InputObject)]
pub struct AgencyTaskCallOffInput {
    /// The task.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Why, for the parties: at most 200 characters.
    pub reason: String,
}

/// A note to write.
#[derive(InputObject)]
pub struct AgencyTaskNoteInput {
    /// The task.
    pub id: ID,
    /// What the parties are to know: at most 4000 characters.
    pub words: String,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

/// A task to rate.
#[derive(InputObject)]
pub struct AgencyTaskRateInput {
    /// The task.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// What the community thinks of it.
    pub level: RatingLevel,
    /// Why, for the agency: at most 4000 characters. Needed if the rating is low.
    pub reason: Option<String>,
}

/// A task of an incident whose reporters are to be reached.
#[derive(InputObject)]
pub struct AgencyTaskReporterRevealInput {
    /// The task.
    pub id: ID,
}

/// A task as it was read.
pub(super) fn task(id: &ID, version: i32) -> Result<(AgencyTaskId, i32)> {
    Ok((api::id("input.id", id)?, version))
}

impl AgencyTaskRefuseInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((AgencyTaskId, i32), Refusal)> {
        let task = task(&self.id, self.expected_version)?;
        let proposed = api::id("input.proposedAgencyId", &self.proposed_agency_id)?;
        Ok((task, Refusal { reason: self.reason, proposed }))
    }
}

impl AgencyTaskDecideInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((AgencyTaskId, i32), Decision)> {
        let task = task(&self.id, self.expected_version)?;
        let agency = api::id("input.agencyId", &self.agency_id)?;
        Ok((task, Decision { agency, brief: self.brief }))
    }
}

impl AgencyTaskNoteInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewNote> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        Ok(NewNote { task: api::id("input.id", &self.id)?, words: self.words, once })
    }
}
