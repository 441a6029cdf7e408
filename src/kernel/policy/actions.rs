//! Everything that needs a decision.

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
    /// Say what others may know of oneself, who reported an incident.
    IncidentConsent,
    /// Answer who reported an incident, wherever it was decided.
    IncidentAnswer,
    /// Read who reported what of an incident that went up, and how to reach them.
    IncidentReportsAbove,
}
