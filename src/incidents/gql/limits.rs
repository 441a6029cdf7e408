//! Limits of kinds of incidents in the schema.

use async_graphql::{Enum, ID, InputObject, SimpleObject};
use linli_entity::{
    enums::{IncidentKind, IncidentLevel},
    incident_limit,
};

use crate::{
    api::{self, payload},
    incidents::{rules::Ladder, service::LimitChange},
    kernel::Result,
};

/// Who is told of a new incident first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum IncidentStart {
    /// The block lead and the deputies.
    Block,
    /// The general lead.
    General,
}

/// How long anybody has to respond to a kind of incident, and to resolve it. Time alone takes it up; a human
/// response stops that.
#[derive(Clone, SimpleObject)]
pub struct IncidentLimits {
    /// The kind.
    pub kind: IncidentKind,
    /// Who is told first.
    pub starts_at: IncidentStart,
    /// Whether minutes count at night and on days off too; else they are working minutes of the community.
    pub around_the_clock: bool,
    /// Minutes that the block lead has to respond, before it goes to the general lead.
    pub block_minutes: i32,
    /// Minutes that the general lead has, before the subdistrict is told.
    pub general_minutes: i32,
    /// Minutes that whoever responded has to resolve it.
    pub handle_minutes: i32,
    /// Version, for changes; 0 where the standard limits hold.
    pub version: i32,
}

impl IncidentLimits {
    /// Those that were agreed, or the standard ones.
    pub fn new(kind: IncidentKind, agreed: Option<&incident_limit::Model>) -> Self {
        let ladder = agreed.map_or_else(|| Ladder::standard(kind), Ladder::from);
        Self {
            kind,
            starts_at: match ladder.starts_at {
                IncidentLevel::Block => IncidentStart::Block,
                IncidentLevel::General | IncidentLevel::Subdistrict => IncidentStart::General,
            },
            around_the_clock: ladder.around_the_clock,
            block_minutes: ladder.block_minutes,
            general_minutes: ladder.general_minutes,
            handle_minutes: ladder.handle_minutes,
            version: agreed.map_or(0, |row| row.version),
        }
    }
}

/// Limits of a kind of incident, as a community agrees them.
#[derive(InputObject)]
pub struct IncidentLimitSetInput {
    /// The community.
    pub community_id: ID,
    /// The kind.
    pub kind: IncidentKind,
    /// The version that was read; 0 where the standard limits hold.
    pub expected_version: i32,
    /// Who is told first.
    pub starts_at: IncidentStart,
    /// Whether minutes count at night and on days off too; of what can burn or explode they always do.
    pub around_the_clock: bool,
    /// Minutes that the block lead has to respond: 5 to 14,400; 5 to 60 of what can burn or explode.
    pub block_minutes: i32,
    /// Minutes that the general lead has: 5 to 14,400; 5 to 60 of what can burn or explode.
    pub general_minutes: i32,
    /// Minutes that whoever responded has to resolve it: 30 to 43,200.
    pub handle_minutes: i32,
}

impl IncidentLimitSetInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<LimitChange> {
        let starts_at = match self.starts_at {
            IncidentStart::Block => IncidentLevel::Block,
            IncidentStart::General => IncidentLevel::General,
        };
        Ok(LimitChange {
            community: api::id("input.communityId", &self.community_id)?,
            kind: self.kind,
            expected_version: self.expected_version,
            ladder: Ladder {
                starts_at,
                around_the_clock: self.around_the_clock,
                block_minutes: self.block_minutes,
                general_minutes: self.general_minutes,
                handle_minutes: self.handle_minutes,
            },
        })
    }
}

payload! {
    /// Answer of agreeing limits.
    IncidentLimitsPayload {
        /// The limits.
        limits: IncidentLimits
    }
}
