//! The one place that decides who may do what.
//!
//! [`decide`] is an exhaustive `match` over actions, and within each over standings, so that a new
//! action or role does not compile before somebody has thought about every pair. What it says is
//! written out in `tests/it/snapshots`, which is what a reviewer reads.

mod actions;
mod table;

use linli_entity::{
    enums::{Confidentiality, Role},
    ids::{AccountId, DelegationId, PersonId, PlaceId},
    place,
};

pub use actions::Action;
pub use table::decide;

use super::{
    actor::{Actor, Followed, User},
    error::{Error, Result},
};

/// In what capacity somebody stands before an object: a granted role whose scope covers it, or one
/// of those that nobody grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Everybody, also without an account.
    Visitor,
    /// Holds a one-time code for the phone on record of what they follow.
    Tracking,
    /// Signed in.
    Resident,
    /// Holds this role in a scope that covers the object.
    Granted(Role),
    /// The portal's own jobs.
    System,
}

/// How somebody relates to an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Relation {
    /// Is the person whom it is about.
    pub requester: bool,
    /// Is the account that owns it now.
    pub owner: bool,
    /// Acts for the person whom it is about.
    pub delegate: bool,
}

/// What an action is about, as far as the decision needs to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The place that it is about, where it is about one (a department, a subdistrict).
    pub place: Option<PlaceId>,
    /// The place right above it, where that is not a community (the subdistrict of a department).
    pub under: Option<PlaceId>,
    /// The community that it belongs to.
    pub community: Option<PlaceId>,
    /// The agency whose task it is, where it is one.
    pub agency: Option<PlaceId>,
    /// How confidential it is.
    pub confidentiality: Option<Confidentiality>,
    /// The person whom it is about.
    pub requester: Option<PersonId>,
    /// The account that owns it now.
    pub owner: Option<AccountId>,
    /// The request or incident, where it is one: a tracking token opens exactly one.
    pub followed: Option<Followed>,
    /// The delegation by which the actor acts for the person whom it is about, in force and covering
    /// it; of a delegation itself, that one, if the actor is whom it was given to. Looked up only for
    /// somebody who would otherwise not be permitted.
    pub delegation: Option<DelegationId>,
}

impl Target {
    /// Nothing in particular.
    pub const NONE: Self = Self {
        place: None,
        under: None,
        community: None,
        agency: None,
        confidentiality: None,
        requester: None,
        owner: None,
        followed: None,
        delegation: None,
    };

    /// Something of a community.
    pub fn community(id: PlaceId) -> Self {
        Self { community: Some(id), ..Self::NONE }
    }

    /// A place.
    pub fn place(row: &place::Model) -> Self {
        Self {
            place: Some(row.id),
            under: row.parent_id,
            community: row.community_id,
            ..Self::NONE
        }
    }

    /// A person.
    pub fn person(id: PersonId) -> Self {
        Self { requester: Some(id), ..Self::NONE }
    }
}

/// Proof of a decision: only [`authorize`] makes one, and an event needs one.
#[derive(Debug)]
pub struct Permit {
    action: Action,
    _only_here: (),
}

impl Permit {
    /// What was permitted.
    pub fn action(&self) -> Action {
        self.action
    }
}

/// Decides, and proves it. Who may not even see the object is told that it does not exist.
pub fn authorize(actor: &Actor, action: Action, target: &Target) -> Result<Permit> {
    if allowed(actor, action, target) {
        return Ok(Permit { action, _only_here: () });
    }
    match actor {
        Actor::Anonymous => Err(Error::Unauthenticated),
        _ if allowed(actor, Action::RequestRead, target) || target.requester.is_none() => {
            Err(Error::Forbidden)
        }
        _ => Err(Error::NotFound),
    }
}

/// Whether the actor may do this, in any of the capacities in which they stand before the target.
pub fn allowed(actor: &Actor, action: Action, target: &Target) -> bool {
    let relation = Relation {
        requester: target.requester.is_some()
            && actor.person() == target.requester
            && match actor {
                Actor::Tracking { followed, .. } => target.followed == Some(*followed),
                Actor::Anonymous | Actor::User(_) | Actor::System(_) => true,
            },
        owner: target.owner.is_some() && actor.account() == target.owner,
        delegate: target.delegation.is_some()
            && match actor {
                Actor::User(user) => target.requester.is_some_and(|p| p != user.person),
                Actor::Anonymous | Actor::Tracking { .. } | Actor::System(_) => false,
            },
    };
    let confidentiality = target.confidentiality.unwrap_or(Confidentiality::None);
    standings(actor, target).any(|s| decide(action, s, relation, confidentiality))
}

fn standings<'a>(actor: &'a Actor, target: &'a Target) -> impl Iterator<Item = Standing> + 'a {
    let own = match actor {
        Actor::Anonymous => None,
        Actor::Tracking { .. } => Some(Standing::Tracking),
        Actor::User(_) => Some(Standing::Resident),
        Actor::System(_) => Some(Standing::System),
    };
    let grants = match actor {
        Actor::User(User { grants, .. }) => grants.as_slice(),
        Actor::Anonymous | Actor::Tracking { .. } | Actor::System(_) => &[],
    };
    let granted = grants
        .iter()
        .filter(|g| match (g.scope, target.community, target.place) {
            (Some(scope), _, Some(place)) if scope == place => true,
            (Some(scope), _, _) if Some(scope) == target.agency => true,
            // Whoever answers for a block answers for no other of its community.
            (Some(_), _, _) if is_of_one_place(g.role) => false,
            (Some(_), Some(community), _) => g.communities.contains(&community),
            // What is of no place in particular is covered by grants for the whole system only.
            (Some(scope), None, _) => target.under == Some(scope),
            (None, _, _) => true,
        })
        .map(|g| Standing::Granted(g.role));
    std::iter::once(Standing::Visitor).chain(own).chain(granted)
}

/// Whether a role says nothing about the community in which its scope lies.
fn is_of_one_place(role: Role) -> bool {
    matches!(role, Role::BlockLead | Role::DeputyBlockLead | Role::AgencyOfficer)
}
