//! Writes of activities. Each of them but those about numbers of the queue begins with [`lock`].

mod door;
mod line;
mod plan;
mod program;
mod queue;
mod registration;
mod sessions;
mod steps;

use linli_entity::{
    activity, activity_seats, activity_session,
    enums::ActivityState,
    ids::{ActivityId, ActivitySessionId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

pub use door::{Arrival, CheckInDone, Scan, check_in, check_in_upload, walk_ins_add};
pub use line::{expire_offers, offer_accept};
pub use plan::{
    NewPartner, NewTheme, PartnerChange, ThemeChange, partner_change, partner_create, theme_change,
    theme_create, week_exempt, week_include,
};
pub use program::{ActivityChange, NewActivity, change, create};
pub use queue::{ticket_call, ticket_issue, ticket_serve};
pub use registration::{
    NewFeedback, NewMember, NewRegistration, feedback_give, register, registration_cancel,
};
pub use sessions::{NewSession, SessionChange, session_add, session_change, session_remove};
pub use steps::{Completion, cancel, mark_held, publish};

use super::queries;
use crate::kernel::{Action, Code, Error, Permit, Rejected, Result, Target, Tx};

/// An activity that nobody else changes before this transaction ends.
#[derive(Debug)]
pub(super) struct Locked {
    pub row: activity::Model,
    pub seats: activity_seats::Model,
}

/// Locks an activity by the row of its seats.
pub(super) async fn lock(tx: &Tx<'_>, id: ActivityId) -> Result<Locked> {
    let seats = activity_seats::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let row = activity::Entity::find_by_id(id).one(tx.conn()).await?.ok_or(Error::NotFound)?;
    if !queries::sees(tx.actor(), &row) {
        return Err(Error::NotFound);
    }
    Ok(Locked { row, seats })
}

/// The same for one of its sessions.
pub(super) async fn lock_session(
    tx: &Tx<'_>,
    id: ActivitySessionId,
) -> Result<(Locked, activity_session::Model)> {
    let session = activity_session::Entity::find_by_id(id).one(tx.conn()).await?;
    let locked = lock(tx, session.ok_or(Error::NotFound)?.activity_id).await?;
    // Read again: it may have been moved while we waited.
    let session = activity_session::Entity::find_by_id(id).one(tx.conn()).await?;
    Ok((locked, session.ok_or(Error::NotFound)?))
}

impl Locked {
    /// The sessions, in order of time.
    pub(super) async fn sessions(&self, tx: &Tx<'_>) -> Result<Vec<activity_session::Model>> {
        Ok(activity_session::Entity::find()
            .filter(activity_session::Column::ActivityId.eq(self.row.id))
            .order_by_asc(activity_session::Column::FromAt)
            .order_by_asc(activity_session::Column::Id)
            .all(tx.conn())
            .await?)
    }

    /// Asks the policy and compares versions: how every change of an activity begins.
    pub(super) fn may_change(&self, tx: &Tx<'_>, expected_version: i32) -> Result<Permit> {
        let target = Target::community(self.row.community_id);
        let permit = tx.authorize(Action::ActivityManage, &target)?;
        if self.row.version != expected_version {
            let stale = Rejected::new(Code::StaleVersion);
            return Err(stale.with("currentVersion", self.row.version).into());
        }
        Ok(permit)
    }

    /// The kind of a change's event: those registered are told of what is published.
    pub(super) fn changed_kind(&self) -> &'static str {
        match self.row.state {
            ActivityState::Published => "ACTIVITY_CHANGED",
            ActivityState::Draft | ActivityState::Held | ActivityState::Cancelled => {
                "ACTIVITY_DRAFT_CHANGED"
            }
        }
    }
}
