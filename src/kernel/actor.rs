//! Who acts.

use std::{fmt, str::FromStr};

use linli_entity::{
    enums::Role,
    ids::{AccountId, IncidentId, PersonId, PlaceId, RequestId, SessionId, WrongId},
};
use uuid::Uuid;

/// What somebody follows by number and tracking code, without an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Followed {
    /// A request.
    Request(RequestId),
    /// An incident.
    Incident(IncidentId),
}

impl Followed {
    /// Its id.
    pub fn id(self) -> Uuid {
        match self {
            Self::Request(id) => id.0,
            Self::Incident(id) => id.0,
        }
    }
}

impl fmt::Display for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(id) => id.fmt(f),
            Self::Incident(id) => id.fmt(f),
        }
    }
}

impl FromStr for Followed {
    type Err = WrongId;

    fn from_str(text: &str) -> Result<Self, WrongId> {
        text.parse().map(Self::Request).or_else(|_| text.parse().map(Self::Incident))
    }
}

/// Who acts. Every write and every read has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody we know.
    Anonymous,
    /// Somebody who proved to hold the phone on record of one thing that they follow.
    Tracking {
        /// What they follow.
        followed: Followed,
        /// The person that it belongs to.
        person: PersonId,
    },
    /// Somebody signed in.
    User(User),
    /// The portal itself; holds the name of the job.
    System(&'static str),
}

/// Somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The account.
    pub account: AccountId,
    /// The person behind it.
    pub person: PersonId,
    /// The session of the access token.
    pub session: SessionId,
    /// Grants in force.
    pub grants: Vec<Grant>,
}

/// A role grant in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The place that it is for; none for the whole system.
    pub scope: Option<PlaceId>,
    /// The communities that the scope covers or lies in.
    pub communities: Vec<PlaceId>,
}

impl Actor {
    /// The account, of somebody signed in.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::User(user) => Some(user.account),
            Self::Anonymous | Self::Tracking { .. } | Self::System(_) => None,
        }
    }

    /// The person who acts.
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::User(user) => Some(user.person),
            Self::Tracking { person, .. } => Some(*person),
            Self::Anonymous | Self::System(_) => None,
        }
    }

    /// The account, or [`Unauthenticated`](super::Error::Unauthenticated).
    pub fn signed_in(&self) -> super::Result<&User> {
        match self {
            Self::User(user) => Ok(user),
            Self::Anonymous | Self::Tracking { .. } | Self::System(_) => {
                Err(super::Error::Unauthenticated)
            }
        }
    }

    /// Whether we know anything of who acts, or [`Unauthenticated`](super::Error::Unauthenticated).
    pub fn known(&self) -> super::Result<()> {
        match self {
            Self::User(_) | Self::Tracking { .. } | Self::System(_) => Ok(()),
            Self::Anonymous => Err(super::Error::Unauthenticated),
        }
    }

    /// The communities in which the actor holds one of `roles`.
    pub fn communities(&self, roles: &[Role]) -> Vec<PlaceId> {
        let Self::User(user) = self else { return Vec::new() };
        let mut found: Vec<PlaceId> = user
            .grants
            .iter()
            .filter(|g| roles.contains(&g.role))
            .flat_map(|g| g.communities.iter().copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The kind, as written into events.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Anonymous => "ANONYMOUS",
            Self::Tracking { .. } => "TRACKING",
            Self::User(_) => "USER",
            Self::System(_) => "SYSTEM",
        }
    }

    /// Names the actor in idempotency rows: a key belongs to whoever used it.
    pub fn key(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Tracking { followed, .. } => followed.to_string(),
            Self::User(user) => user.account.to_string(),
            Self::System(job) => (*job).to_owned(),
        }
    }
}
