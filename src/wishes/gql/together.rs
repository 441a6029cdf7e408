//! What groups did together in the schema.

use async_graphql::{ID, OneofObject, SimpleObject};
use chrono::{DateTime, Utc};

use crate::{
    api,
    kernel::Result,
    wishes::queries::{Group, Together},
};

/// A group: exactly one of these.
#[derive(OneofObject)]
pub enum WishGroupInput {
    /// Id of a team of volunteers.
    Team(ID),
    /// Id of a party branch.
    Branch(ID),
}

impl WishGroupInput {
    /// Translates.
    pub(super) fn check(&self) -> Result<Group> {
        Ok(match self {
            Self::Team(id) => Group::Team(api::id("of.team", id)?),
            Self::Branch(id) => Group::Branch(api::id("of.branch", id)?),
        })
    }
}

/// What a team or a party branch fulfilled together in a year. Sums of the group; nobody is named or ranked.
#[derive(Clone, SimpleObject)]
pub struct WishesTogether {
    /// The year.
    pub year: i32,
    /// Wishes of which it brought something to an end.
    pub wishes: i64,
    /// Units that who wishes confirmed.
    pub units_confirmed: i64,
    /// Units that were closed without their word.
    pub units_unconfirmed: i64,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

impl From<Together> for WishesTogether {
    fn from(done: Together) -> Self {
        Self {
            year: done.year,
            wishes: done.wishes,
            units_confirmed: done.confirmed,
            units_unconfirmed: done.unconfirmed,
            as_of: done.as_of,
        }
    }
}
