//! What is remembered of a look at somebody's data. They can read it.

use std::collections::BTreeSet;

use chrono::{Duration, DurationRound};
use linli_entity::{
    enums::ReadPurpose,
    ids::{AccountId, IncidentId, PersonId, PlaceId, ReadLogId, RequestId, WishId},
    read_log,
};

use crate::kernel::{Actor, App, Error, Result};

/// A look at somebody's data.
#[derive(Clone, Debug)]
pub struct Look {
    /// At whose.
    pub subject: PersonId,
    /// Who looked.
    pub account: AccountId,
    /// In which community.
    pub community: PlaceId,
    /// At which request, if at one.
    pub request: Option<RequestId>,
    /// At which wish, if at one.
    pub wish: Option<WishId>,
    /// At which incident, if at one.
    pub incident: Option<IncidentId>,
    /// For which party branch, whose members nobody else knows.
    pub branch: Option<PlaceId>,
    /// What for.
    pub purpose: ReadPurpose,
    /// The reason that was given.
    pub reason: Option<String>,
}

impl Look {
    /// A look that is at nothing in particular.
    pub fn new(
        subject: PersonId,
        account: AccountId,
        community: PlaceId,
        purpose: ReadPurpose,
    ) -> Self {
        Self {
            subject,
            account,
            community,
            request: None,
            wish: None,
            incident: None,
            branch: None,
            purpose,
            reason: None,
        }
    }
}

/// Keeps that somebody looked at what others have: one row an hour for each of them, and none for who looks
/// at their own.
pub async fn looked(
    app: &App,
    actor: &Actor,
    purpose: ReadPurpose,
    of: impl IntoIterator<Item = (PersonId, PlaceId)>,
) -> Result<()> {
    let Actor::User(user) = actor else { return Ok(()) };
    let others: BTreeSet<_> = of.into_iter().filter(|(who, _)| *who != user.person).collect();
    let look = |(who, community)| Look::new(who, user.account, community, purpose);
    app.keep::<read_log::Entity>(looks(app, others.into_iter().map(look))?).await?;
    Ok(())
}

/// The rows to keep: one per actor, subject, purpose and hour; but every look at how to reach somebody is a
/// row of its own, with its reason.
pub fn looks(app: &App, looks: impl IntoIterator<Item = Look>) -> Result<Vec<read_log::Model>> {
    let now = app.clock.now();
    let hour = now.duration_trunc(Duration::hours(1)).map_err(Error::internal)?;
    let row = |look: Look| read_log::Model {
        id: ReadLogId(app.ids.uuid(now)),
        subject_id: look.subject,
        account_id: look.account,
        community_id: Some(look.community),
        request_id: look.request,
        wish_id: look.wish,
        incident_id: look.incident,
        branch_id: look.branch,
        hour: match look.purpose {
            ReadPurpose::Reveal | ReadPurpose::WishContact | ReadPurpose::IncidentContact => now,
            ReadPurpose::Content
            | ReadPurpose::Lookup
            | ReadPurpose::Wish
            | ReadPurpose::Incident
            | ReadPurpose::Registration
            | ReadPurpose::Volunteer => hour,
        },
        purpose: look.purpose,
        reason: look.reason,
        at: now,
    };
    Ok(looks.into_iter().map(row).collect())
}
