//! Who acts.

use linli_entity::{
    enums::Role,
    ids::{AccountId, PersonId, PlaceId, RequestId, SessionId},
};

/// Who acts. Every write and every read has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody we know.
    Anonymous,
    /// Somebody who proved to hold the phone on record of one request.
    Tracking {
        /// The request.
        request: RequestId,
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
            Self::Tracking { request, .. } => request.to_string(),
            Self::User(user) => user.account.to_string(),
            Self::System(job) => (*job).to_owned(),
        }
    }
}
