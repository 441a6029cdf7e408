//! The one place that decides who may do what.
//!
//! [`decide`] is an exhaustive `match` over actions, and within each over standings, so that a new
//! action or role does not compile before somebody has thought about every pair. What it says is
//! written out in `tests/it/snapshots`, which is what a reviewer reads.

use linli_entity::{
    enums::{Confidentiality, Role},
    ids::{AccountId, DelegationId, PersonId, PlaceId, RequestId},
    place,
};

use super::{
    actor::{Actor, User},
    error::{Error, Result},
};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Everything that needs a decision.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $name),* }

        impl Action {
            /// Every action, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

actions! {
    /// Register, sign in, ask for a code.
    Enter,
    /// Look after one's own account: sessions, password, preferences, inbox.
    OwnAccount,
    /// Give and take roles, create and lock accounts.
    GrantManage,
    /// Read the audit trail.
    AuditRead,
    /// Create, change and close places.
    PlaceManage,
    /// Publish matters.
    CatalogueManage,
    /// Publish a calendar for coming days.
    CalendarManage,
    /// Correct a calendar for past days.
    CalendarCorrect,
    /// Keep the duty roster and leaves.
    RosterManage,
    /// Read who is on duty, who is away and who the specialists are.
    RosterRead,
    /// Find a person by exact phone number.
    PersonLookup,
    /// Submit for oneself.
    RequestSubmit,
    /// Enter a request for somebody else.
    RequestSubmitFor,
    /// Submit for who gave one a delegation.
    RequestSubmitAsDelegate,
    /// See a request.
    RequestRead,
    /// Read internal notes, ownership and other things of the office.
    RequestReadInternal,
    /// Read the address of a request without a reason.
    RequestReadAddress,
    /// See name, phone and address.
    PersonalDataReveal,
    /// Take from the pool.
    RequestTake,
    /// Assign from the pool.
    RequestAssign,
    /// Work on a request as its owner.
    RequestWork,
    /// Hand a request to another owner, or back to the pool.
    RequestTransfer,
    /// Ask for materials a second time in one stage.
    RequestSupplementAgain,
    /// Approve or refuse an extension.
    RequestExtensionDecide,
    /// Write a note, public or internal, or log an attempt to reach the resident.
    RequestNote,
    /// Answer a question about one's own request.
    RequestAnswer,
    /// Record the resident's answer or word.
    RequestRecordWord,
    /// Say that one's own request is done.
    RequestConfirm,
    /// Reopen one's own request.
    RequestReopen,
    /// Take one's own request back.
    RequestWithdraw,
    /// Decline what is not a matter of this community.
    RequestDecline,
    /// Appeal against a decline of one's own request.
    RequestAppeal,
    /// Mark as a duplicate.
    RequestMerge,
    /// Rate a result.
    RequestRate,
    /// Read the ratings of a request, and give the corrective actions that follow to somebody.
    CorrectiveAssign,
    /// Handle a corrective action, as one who leads or as the one to whom it was given.
    CorrectiveHandle,
    /// Do contact tasks.
    ContactTaskDo,
    /// Import requests from another system.
    RequestImport,
    /// Exact statistics and their rows.
    StatisticsExact,
    /// Open work by owner.
    StatisticsByOwner,
    /// Suppressed monthly statistics.
    StatisticsReleased,
    /// Suppressed quarterly statistics for everybody.
    StatisticsPublic,
    /// See what can be booked at a station.
    AppointmentOffersRead,
    /// Say what can be booked at a station.
    AppointmentPlanManage,
    /// Book, move or cancel an appointment for one's own request.
    AppointmentKeep,
    /// Book, move or cancel one for the requester.
    AppointmentKeepFor,
    /// Say that somebody arrived, that it was done, or that nobody came.
    AppointmentReceive,
    /// See the appointments of a station's day, as far as one may see their requests.
    AppointmentDayRead,
    /// Remind of appointments, and cancel those of requests that have ended.
    AppointmentTend,
    /// Plan themes and activities, and see drafts.
    ActivityManage,
    /// Register oneself and one's family for an activity.
    ActivityRegister,
    /// Register somebody else for an activity.
    ActivityRegisterFor,
    /// Register who gave one a delegation for an activity.
    ActivityRegisterAsDelegate,
    /// See a registration, and who is in the party.
    ActivityRegistrationRead,
    /// Accept seats that are offered, or take a registration back: one's own, or for somebody else.
    ActivityRegistrationKeep,
    /// Check parties in, count who walks in, and run the queue of a session.
    ActivityDoor,
    /// What becomes of registrations by itself.
    ActivityTend,
    /// Say what one thought of an activity that one was registered for.
    ActivityFeedbackGive,
    /// Read what was thought of an activity, without names.
    ActivityFeedbackRead,
    /// Numbers of activities.
    ActivityStatistics,
    /// Create, change and close venues.
    VenueManage,
    /// Book a venue for oneself.
    VenueBook,
    /// Book a venue for somebody else.
    VenueBookFor,
    /// See whose a booking of a venue is.
    VenueBookingRead,
    /// Move and cancel a booking of a venue.
    VenueBookingChange,
    /// Record whether somebody came.
    VenueBookingRecord,
    /// Keep the help menu.
    HelpItemManage,
    /// Order or wish for oneself.
    WishMake,
    /// Enter an order or a wish for somebody else.
    WishMakeFor,
    /// Make one for who gave one a delegation.
    WishMakeAsDelegate,
    /// See an order or a wish, in the words of who wishes.
    WishRead,
    /// Change or submit one that has not been cleared.
    WishChange,
    /// Say what may be done with a wish.
    WishConsent,
    /// Take one's own wish back, and say whether it was fulfilled.
    WishOwnWord,
    /// Record what a wisher said.
    WishRecordWord,
    /// Look at name, phone and address of a wisher, with a reason.
    WishContactReveal,
    /// Clear or decline a wish.
    WishVerify,
    /// Publish a wish, or offer it to somebody.
    WishDispatch,
    /// Claim some of a wish, as a volunteer or a member of a branch.
    WishClaim,
    /// See a claim.
    WishClaimRead,
    /// Renew, give back, hand over or deliver what one has claimed.
    WishClaimKeep,
    /// Look at how to reach the wisher whose wish one has claimed.
    WishClaimContact,
    /// Accept an offer that one was asked by.
    WishOfferAccept,
    /// Decline an offer that one was asked by, or that the group was asked by for which one speaks.
    WishOfferDecline,
    /// What becomes of wishes by itself.
    WishTend,
    /// Know that somebody belongs to a party branch.
    PartyMembershipRead,
    /// Keep the books of a party branch.
    PartyMembershipManage,
    /// Let somebody act for oneself.
    DelegationGive,
    /// See a delegation.
    DelegationRead,
    /// Accept or decline a delegation.
    DelegationAnswer,
    /// End a delegation: as who gave it, or as who acts.
    DelegationEnd,
    /// Ask to be a volunteer.
    VolunteerApply,
    /// See the volunteers of a community, and decide about applications.
    VolunteerManage,
    /// See somebody's work as a volunteer.
    VolunteerRead,
    /// Look after one's own work as a volunteer: profile, time, certificates.
    VolunteerOwn,
    /// Create and change teams of volunteers.
    TeamManage,
    /// Say who belongs to a team, and see who does.
    TeamMembersManage,
    /// Leave a team.
    TeamLeave,
    /// See somebody's record of time as a volunteer.
    HoursRead,
    /// Approve or refuse time that somebody entered.
    HoursDecide,
    /// Correct what was recorded.
    HoursCorrect,
    /// Plan and cancel shifts of volunteers, and see who comes.
    ShiftManage,
    /// Sign up for shifts.
    ShiftSignUp,
    /// What becomes of volunteers' time by itself.
    VolunteerTend,
    /// Numbers of volunteers.
    VolunteerStatistics,
    /// Report an incident.
    IncidentReport,
    /// Enter a report for somebody else.
    IncidentReportFor,
    /// See an incident, with what was said.
    IncidentRead,
    /// Respond to an incident of a block, resolve it, answer who reported it, take it up.
    IncidentHandle,
    /// The same where it went up.
    IncidentLead,
    /// Call agencies in.
    IncidentJointOpen,
    /// Say which block or which kind an incident is of, or which other one it is.
    IncidentRoute,
    /// Clear or hide the card of an incident.
    IncidentClear,
    /// Have an incident taken up again.
    IncidentReopen,
    /// Follow an incident.
    IncidentFollow,
    /// Look at how to reach who reported an incident.
    IncidentContactReveal,
    /// Agree limits of kinds of incidents.
    IncidentLimitManage,
    /// What becomes of incidents by itself.
    IncidentTend,
    /// See a task of an agency.
    AgencyTaskRead,
    /// Sign for a task, make contact, finish it, or refuse it, as the agency.
    AgencyTaskAnswer,
    /// Record what an agency says by phone.
    AgencyTaskRelay,
    /// Decide whose a task is that was refused once, or call it off.
    AgencyTaskDecide,
    /// Decide it in the end: it binds.
    AgencyTaskArbitrate,
    /// Write and read notes of the parties of a task.
    AgencyTaskNote,
    /// Rate what an agency did.
    AgencyTaskRate,
    /// Look at how to reach who reported an incident and allowed it, as the agency.
    AgencyTaskReporter,
    /// Exact numbers of incidents and agencies, and their rows.
    IncidentStatistics,
    /// Suppressed numbers of incidents.
    IncidentStatisticsReleased,
    /// See blocks, who answers for them, and what agencies are for.
    BlockRead,
    /// Say where a block lies, and where its people sit.
    BlockChange,
    /// Say who answers for a block, and who stands in.
    BlockOfficeManage,
    /// Say who answers for all blocks of a subdistrict, and who stands in.
    GeneralLeadManage,
    /// Read who had an office before, and why they have it no more.
    OfficeTermsRead,
    /// Record what is agreed with an agency.
    AgencyTermsSet,
    /// What becomes of memberships in party branches by itself.
    PartyTend,
    /// What becomes of delegations by itself.
    DelegationTend,
    /// Say where something belongs that went up from its block.
    IncidentRouteAbove,
}

/// In what capacity somebody stands before an object: a granted role whose scope covers it, or one
/// of those that nobody grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Everybody, also without an account.
    Visitor,
    /// Holds a one-time code for the phone on record of a request.
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
    /// The request, where it is one: a tracking token opens exactly one.
    pub request: Option<RequestId>,
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
        request: None,
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
                Actor::Tracking { request, .. } => target.request == Some(*request),
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

/// The table. `relation` and `confidentiality` matter only where requests are concerned.
#[expect(clippy::too_many_lines, reason = "a table")]
pub fn decide(
    action: Action,
    standing: Standing,
    relation: Relation,
    confidentiality: Confidentiality,
) -> bool {
    let staff = || handles(standing, confidentiality);
    let lead = || leads(standing, confidentiality);
    let system = || standing == Standing::System;
    let own = || is_person(standing) && relation.requester;
    let delegate = || signed_in(standing) && relation.delegate;
    let owner = || relation.owner && owns(standing);
    match action {
        Action::Enter | Action::StatisticsPublic => true,
        Action::OwnAccount | Action::RequestSubmit => signed_in(standing),
        Action::GrantManage => administers(standing) || system(),
        Action::AuditRead => audits(standing),
        Action::PlaceManage => administers(standing) || oversees(standing) || runs(standing),
        Action::CatalogueManage | Action::CalendarManage | Action::RosterManage => {
            administers(standing) || runs(standing)
        }
        Action::CalendarCorrect => administers(standing),
        Action::RequestImport => administers(standing) || system(),
        Action::RosterRead => serves(standing) || oversees(standing) || administers(standing),
        Action::PersonLookup | Action::RequestSubmitFor => serves(standing),
        // Nobody says of themselves that they were told.
        Action::ContactTaskDo => !relation.requester && staff(),
        Action::RequestRead => {
            own()
                || delegate()
                || staff()
                || owner()
                || oversees(standing) && confidentiality == Confidentiality::None
        }
        Action::RequestReadInternal => !relation.requester && (staff() || owner()),
        Action::PersonalDataReveal => {
            !relation.requester && (staff() || owner() || administers(standing))
        }
        Action::RequestTake => !relation.requester && staff(),
        Action::RequestAssign => system() || !relation.requester && lead(),
        Action::RequestWork => system() || !relation.requester && owner(),
        Action::RequestTransfer => !relation.requester && (owner() || lead()),
        Action::RequestNote | Action::RequestMerge => !relation.requester && (staff() || owner()),
        Action::RequestSupplementAgain | Action::RequestExtensionDecide => {
            !relation.requester && lead()
        }
        // Whoever owns a request does not say in the requester's name what became of it.
        Action::RequestAnswer | Action::RequestConfirm | Action::RequestReopen => {
            own() || delegate() && !relation.owner
        }
        Action::RequestWithdraw | Action::RequestAppeal => own() || delegate() && !relation.owner,
        // What one thought of it is for nobody else to say.
        Action::RequestRate | Action::RequestReadAddress => own(),
        Action::RequestRecordWord => !relation.requester && (staff() || owner()),
        Action::RequestDecline => !relation.requester && (staff() || owner()),
        Action::CorrectiveAssign => lead(),
        Action::CorrectiveHandle => lead() || owner(),
        Action::StatisticsExact | Action::StatisticsByOwner => runs(standing),
        Action::StatisticsReleased => serves(standing) || oversees(standing) || audits(standing),
        Action::AppointmentOffersRead => true,
        Action::AppointmentPlanManage => administers(standing) || runs(standing),
        Action::AppointmentKeep => own(),
        Action::AppointmentKeepFor | Action::AppointmentReceive => {
            !relation.requester && (staff() || owner())
        }
        Action::AppointmentDayRead => serves(standing) || holds(standing, &[Role::BranchSecretary]),
        Action::AppointmentTend | Action::ActivityTend => system(),
        Action::ActivityManage => runs(standing),
        Action::ActivityRegister => signed_in(standing),
        Action::ActivityRegisterFor | Action::ActivityDoor => serves(standing),
        Action::ActivityRegistrationRead | Action::ActivityRegistrationKeep => {
            signed_in(standing) && relation.requester || delegate() || serves(standing)
        }
        Action::ActivityFeedbackGive => signed_in(standing) && relation.requester,
        Action::ActivityFeedbackRead => serves(standing) || oversees(standing),
        // Exact, of small groups: for the responsible unit alone.
        Action::ActivityStatistics => serves(standing),
        Action::VenueManage => runs(standing),
        Action::VenueBook => signed_in(standing),
        Action::VenueBookFor => serves(standing),
        Action::VenueBookingRead | Action::VenueBookingChange => own() || serves(standing),
        Action::VenueBookingRecord => !relation.requester && serves(standing),
        Action::HelpItemManage => runs(standing),
        Action::WishMake => signed_in(standing),
        Action::WishMakeFor => serves(standing),
        Action::WishMakeAsDelegate => delegate(),
        Action::WishRead | Action::WishChange => own() || delegate() || serves(standing),
        // Not by who acts for them: a delegate may be who wants to know.
        Action::WishConsent => own(),
        // Nobody says of what they claimed themselves that it is done.
        Action::WishOwnWord => !relation.owner && (own() || delegate()),
        // Not by who has claimed it: their word is not the wisher's.
        Action::WishRecordWord => !relation.requester && !relation.owner && serves(standing),
        Action::WishContactReveal => !relation.requester && serves(standing),
        Action::WishVerify | Action::WishDispatch => !relation.requester && runs(standing),
        Action::WishClaim => !relation.requester && accepts(standing),
        Action::WishClaimRead => {
            relation.owner && signed_in(standing) || own() || delegate() || serves(standing)
        }
        Action::WishClaimKeep => relation.owner && signed_in(standing),
        Action::WishClaimContact => relation.owner && accepts(standing),
        Action::WishOfferAccept => relation.owner && !relation.requester && accepts(standing),
        // The secretary of a branch speaks for it, and need not belong to it.
        Action::WishOfferDecline => {
            relation.owner && (accepts(standing) || holds(standing, &[Role::BranchSecretary]))
        }
        Action::WishTend => system(),
        Action::PartyMembershipRead => own() || holds(standing, &[Role::BranchSecretary]),
        // Not one's own.
        Action::PartyMembershipManage => {
            !relation.requester && holds(standing, &[Role::BranchSecretary])
        }
        Action::RequestSubmitAsDelegate
        | Action::ActivityRegisterAsDelegate
        | Action::DelegationAnswer => delegate(),
        Action::DelegationGive => signed_in(standing),
        Action::DelegationRead | Action::DelegationEnd => {
            signed_in(standing) && relation.requester || delegate()
        }
        Action::VolunteerApply | Action::TeamLeave => signed_in(standing),
        Action::VolunteerManage => !relation.requester && runs(standing),
        Action::VolunteerRead => signed_in(standing) && relation.requester || runs(standing),
        Action::VolunteerOwn => signed_in(standing) && relation.requester,
        Action::TeamManage | Action::ShiftManage => runs(standing),
        // The owner of a team is who leads it.
        Action::TeamMembersManage => runs(standing) || signed_in(standing) && relation.owner,
        Action::HoursRead => {
            runs(standing) || signed_in(standing) && (relation.requester || relation.owner)
        }
        // Never one's own, be one a manager or the leader of the team.
        Action::HoursDecide => {
            !relation.requester && (runs(standing) || signed_in(standing) && relation.owner)
        }
        Action::HoursCorrect => !relation.requester && runs(standing),
        Action::ShiftSignUp => holds(standing, &[Role::Volunteer]),
        Action::VolunteerTend => system(),
        // Exact, of small groups: for the responsible unit alone.
        Action::VolunteerStatistics => serves(standing),
        // Also without an account, by who holds the phone: the service sees to that.
        Action::IncidentReport => signed_in(standing) || standing == Standing::Visitor,
        Action::IncidentReportFor => serves(standing) || answers_for_block(standing),
        Action::IncidentRead => {
            own() || answers_for_block(standing) || serves(standing) || oversees(standing)
        }
        Action::IncidentHandle => answers_for_block(standing),
        Action::IncidentLead => holds(standing, &[Role::GeneralLead]),
        // Only who leads calls agencies in; a deputy assists.
        Action::IncidentJointOpen => holds(standing, &[Role::BlockLead, Role::GeneralLead]),
        Action::IncidentRoute => serves(standing) || answers_for_block(standing),
        Action::IncidentRouteAbove => serves(standing) || holds(standing, &[Role::GeneralLead]),
        Action::IncidentClear => serves(standing),
        Action::IncidentReopen => own() || answers_for_block(standing) || runs(standing),
        Action::IncidentFollow => signed_in(standing),
        Action::IncidentContactReveal => answers_for_block(standing) || serves(standing),
        Action::IncidentLimitManage => runs(standing),
        Action::IncidentTend => system(),
        Action::AgencyTaskRead => {
            holds(standing, &[Role::AgencyOfficer])
                || answers_for_block(standing)
                || runs(standing)
                || oversees(standing)
        }
        Action::AgencyTaskAnswer | Action::AgencyTaskReporter => {
            holds(standing, &[Role::AgencyOfficer])
        }
        Action::AgencyTaskRelay => answers_for_block(standing),
        // The owner of a task is who speaks for the agency: nobody decides about it, or rates it, for both.
        Action::AgencyTaskDecide => {
            !relation.owner && holds(standing, &[Role::BlockLead, Role::GeneralLead])
        }
        Action::AgencyTaskArbitrate => {
            !relation.owner && (holds(standing, &[Role::GeneralLead]) || oversees(standing))
        }
        Action::AgencyTaskNote => {
            holds(standing, &[Role::AgencyOfficer]) || answers_for_block(standing)
        }
        Action::AgencyTaskRate => !relation.owner && runs(standing),
        Action::IncidentStatistics => runs(standing) || holds(standing, &[Role::GeneralLead]),
        Action::IncidentStatisticsReleased => {
            serves(standing) || oversees(standing) || audits(standing)
        }
        Action::BlockRead => true,
        Action::BlockChange => runs(standing),
        // The owner is whoever is to have the office: nobody appoints themselves.
        Action::BlockOfficeManage => !relation.owner && (runs(standing) || oversees(standing)),
        Action::GeneralLeadManage => {
            !relation.owner && (oversees(standing) || administers(standing))
        }
        Action::OfficeTermsRead => runs(standing) || oversees(standing) || administers(standing),
        Action::AgencyTermsSet => oversees(standing) || administers(standing),
        Action::PartyTend => system(),
        Action::DelegationTend => system(),
    }
}

/// Can own requests: ownership counts only as long as the role lasts.
fn owns(standing: Standing) -> bool {
    holds(standing, &[Role::Specialist, Role::CommunityManager, Role::BranchSecretary])
}

/// A person before the portal, with or without an account.
fn is_person(standing: Standing) -> bool {
    match standing {
        Standing::Resident | Standing::Tracking => true,
        Standing::Visitor | Standing::Granted(_) | Standing::System => false,
    }
}

fn signed_in(standing: Standing) -> bool {
    match standing {
        Standing::Resident => true,
        Standing::Visitor | Standing::Tracking | Standing::Granted(_) | Standing::System => false,
    }
}

/// Handles requests of this confidentiality.
fn handles(standing: Standing, confidentiality: Confidentiality) -> bool {
    let role = match standing {
        Standing::Granted(role) => role,
        Standing::Visitor | Standing::Tracking | Standing::Resident | Standing::System => {
            return false;
        }
    };
    match role {
        Role::Specialist => confidentiality == Confidentiality::None,
        Role::CommunityManager => confidentiality != Confidentiality::Party,
        Role::BranchSecretary => confidentiality == Confidentiality::Party,
        Role::Volunteer
        | Role::PartyMember
        | Role::BlockLead
        | Role::DeputyBlockLead
        | Role::GeneralLead
        | Role::AgencyOfficer
        | Role::SubdistrictManager
        | Role::Auditor
        | Role::Administrator => false,
    }
}

/// Decides about other people's work on requests of this confidentiality.
fn leads(standing: Standing, confidentiality: Confidentiality) -> bool {
    let role = match standing {
        Standing::Granted(role) => role,
        Standing::Visitor | Standing::Tracking | Standing::Resident | Standing::System => {
            return false;
        }
    };
    match role {
        Role::CommunityManager => confidentiality != Confidentiality::Party,
        Role::BranchSecretary => confidentiality == Confidentiality::Party,
        Role::Specialist
        | Role::Volunteer
        | Role::PartyMember
        | Role::BlockLead
        | Role::DeputyBlockLead
        | Role::GeneralLead
        | Role::AgencyOfficer
        | Role::SubdistrictManager
        | Role::Auditor
        | Role::Administrator => false,
    }
}

/// Has one of exactly these roles.
fn holds(standing: Standing, roles: &[Role]) -> bool {
    match standing {
        Standing::Granted(role) => roles.contains(&role),
        Standing::Visitor | Standing::Tracking | Standing::Resident | Standing::System => false,
    }
}

/// Accepts orders and claims wishes.
fn accepts(standing: Standing) -> bool {
    holds(standing, &[Role::Volunteer, Role::PartyMember])
}

/// Answers for what happens on a block: its lead, its deputies, and who leads all of them.
fn answers_for_block(standing: Standing) -> bool {
    holds(standing, &[Role::BlockLead, Role::DeputyBlockLead, Role::GeneralLead])
}

/// Serves residents of a community.
fn serves(standing: Standing) -> bool {
    holds(standing, &[Role::Specialist, Role::CommunityManager])
}

/// Runs a community.
fn runs(standing: Standing) -> bool {
    holds(standing, &[Role::CommunityManager])
}

/// Oversees the communities of a subdistrict.
fn oversees(standing: Standing) -> bool {
    holds(standing, &[Role::SubdistrictManager])
}

fn audits(standing: Standing) -> bool {
    holds(standing, &[Role::Auditor])
}

fn administers(standing: Standing) -> bool {
    holds(standing, &[Role::Administrator])
}
