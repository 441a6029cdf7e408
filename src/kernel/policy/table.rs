//! The table: who may do what, exhaustively.

use linli_entity::enums::{Confidentiality, Role};

use super::{Action, Relation, Standing};

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
        // Above the block, the general lead; and where there is none, those whom it goes up to in the end.
        Action::IncidentLead => holds(standing, &[Role::GeneralLead]) || oversees(standing),
        Action::IncidentAnswer => answers_for_block(standing) || oversees(standing),
        Action::IncidentReportsAbove => {
            answers_for_block(standing) || serves(standing) || oversees(standing)
        }
        // Only who leads calls agencies in; a deputy assists.
        Action::IncidentJointOpen => {
            holds(standing, &[Role::BlockLead, Role::GeneralLead]) || oversees(standing)
        }
        Action::IncidentRoute => serves(standing) || answers_for_block(standing),
        Action::IncidentRouteAbove => {
            serves(standing) || holds(standing, &[Role::GeneralLead]) || oversees(standing)
        }
        Action::IncidentClear => serves(standing),
        Action::IncidentReopen => {
            own() || answers_for_block(standing) || runs(standing) || oversees(standing)
        }
        // Not by who acts for them, nor by staff: it is theirs alone.
        Action::IncidentConsent => own(),
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
        Action::AgencyTaskRelay => answers_for_block(standing) || oversees(standing),
        // The owner of a task is who speaks for the agency: nobody decides about it, or rates it, for both.
        Action::AgencyTaskDecide => {
            !relation.owner
                && (holds(standing, &[Role::BlockLead, Role::GeneralLead]) || oversees(standing))
        }
        Action::AgencyTaskArbitrate => {
            !relation.owner && (holds(standing, &[Role::GeneralLead]) || oversees(standing))
        }
        Action::AgencyTaskNote => {
            holds(standing, &[Role::AgencyOfficer])
                || answers_for_block(standing)
                || oversees(standing)
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
