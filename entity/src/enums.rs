//! Closed sets, stored as text and checked by the database, shown in the schema as they are here.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

macro_rules! text_enums {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),* $(,)? })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name as stored and as shown in the schema.
            pub fn code(self) -> String {
                self.to_value()
            }
        }
    )* };
}

text_enums! {
    /// Kinds of nodes in the place tree.
    PlaceKind {
        /// 街道: the top; oversees its communities.
        Subdistrict,
        /// 社区: the tenant; everything that residents do belongs to one.
        Community,
        /// 街区: a part of a community.
        Block,
        /// 党群服务中心/站: where residents are served.
        ServiceStation,
        /// 部门: decides matters that a community takes in for it.
        Department,
        /// 党组织: a general branch or a branch.
        PartyBranch,
    }

    /// Roles that a grant gives within its scope.
    Role {
        /// Accepts orders and claims wishes.
        Volunteer,
        /// A member of a party branch; accepts orders and claims wishes.
        PartyMember,
        /// 全岗通专员: takes, owns and finishes requests of a community.
        Specialist,
        /// Runs a community: assigns, plans, publishes; sees its exact numbers.
        CommunityManager,
        /// 街区长: answers for a block.
        BlockLead,
        /// Assists the block lead.
        DeputyBlockLead,
        /// 总区长: answers for all blocks of a subdistrict.
        GeneralLead,
        /// Works on one agency's tasks.
        AgencyOfficer,
        /// Secretary of a party branch; handles party affairs.
        BranchSecretary,
        /// Oversees the communities of a subdistrict.
        SubdistrictManager,
        /// Reads aggregates and the audit trail, never personal content.
        Auditor,
        /// Keeps accounts, grants and settings of the whole system.
        Administrator,
    }

    /// How a person wants to be told.
    ContactPreference {
        /// In the portal's inbox.
        Inbox,
        /// By text message.
        Sms,
        /// By a call: makes a task for staff.
        Call,
        /// By a visit: makes a task for staff.
        Visit,
    }

    /// Whether an account may sign in.
    AccountState {
        /// May sign in.
        Active,
        /// May not sign in; its sessions are revoked.
        Locked,
    }

    /// What a verification code is for.
    VerificationPurpose {
        /// To register with this phone.
        Register,
        /// To set a new password.
        ResetPassword,
        /// To act on one request that is followed without an account.
        Follow,
    }

    /// Why somebody opened a person's data.
    ReadPurpose {
        /// Opened the content of a request.
        Content,
        /// Revealed name, phone and address, with a reason.
        Reveal,
        /// Looked a person up by exact phone number.
        Lookup,
    }

    /// What can be reserved.
    ResourceKind {
        /// The windows of a station.
        Window,
        /// A room.
        Room,
        /// The time of a member of staff.
        Staff,
    }

    /// What something is reserved for.
    ReservationPurpose {
        /// An appointment at the window.
        Appointment,
        /// A visit at home, with the way there and back.
        HomeVisit,
        /// A booking of a room.
        Booking,
        /// A session of an activity.
        Session,
    }

    /// How an appointment is kept.
    AppointmentKind {
        /// 预约: the resident comes to the window of a station.
        Window,
        /// 上门: somebody comes to the resident's home.
        HomeVisit,
    }

    /// State of an appointment.
    AppointmentState {
        /// Agreed.
        Booked,
        /// The resident is there, or the visitor at their home.
        Arrived,
        /// What it was for was dealt with.
        Done,
        /// Nobody came.
        NoShow,
        /// Called off before it began.
        Cancelled,
    }

    /// The two calendars, never mixed.
    CalendarKind {
        /// Official working days: moves deadlines.
        Limits,
        /// A station's hours: for slots.
        Opening,
    }

    /// Kind of a matter.
    MatterKind {
        /// A matter that is handled to a result.
        Service,
        /// A pure enquiry, reported apart.
        Enquiry,
    }

    /// Who beside the requester may see a request of a matter.
    Confidentiality {
        /// Staff of the community.
        None,
        /// Mediation: managers, and whom they assign.
        Mediation,
        /// Party affairs: the branch secretaries of the community.
        Party,
    }

    /// Who decides a matter.
    DecidedBy {
        /// The community decides.
        Community,
        /// The community takes it in for a department, which decides.
        Department,
    }

    /// The unit of a legal limit.
    LimitUnit {
        /// Official working days.
        WorkingDay,
        /// Calendar days; an end on a day off moves to the next working day.
        CalendarDay,
    }

    /// Where a request came in.
    IntakeChannel {
        /// By the resident, online.
        Online,
        /// At the window.
        Window,
        /// By phone.
        Phone,
        /// Through a hotline such as 12345.
        Hotline,
        /// Imported from another system.
        Import,
    }

    /// How a matter is served.
    ServiceMode {
        /// At the window, walking in.
        Window,
        /// 预约: at the window, at an agreed time.
        Appointment,
        /// 上门: at the resident's home.
        HomeVisit,
        /// 代办: an errand done for the resident.
        Errand,
    }

    /// State of a service request.
    RequestState {
        /// Received, in the community's pool.
        Submitted,
        /// Has an owner.
        Accepted,
        /// Being worked on.
        InProgress,
        /// 已上报: handed on to the department that decides; the owner stays and answers for it.
        WithDepartment,
        /// The resident owes something; the clock is paused.
        AwaitingResident,
        /// Result given and delivered, waiting for the resident's word.
        Resolved,
        /// Final.
        Closed,
        /// Not a matter of this community.
        Declined,
        /// The resident took it back.
        Withdrawn,
        /// A duplicate of another request, which lives on.
        Merged,
    }

    /// Result of a request.
    Outcome {
        /// Granted in full.
        Fulfilled,
        /// Granted in part.
        Partly,
        /// Refused, with a reason.
        Refused,
        /// Passed to another unit, which signed for it.
        Referred,
        /// The resident could not be reached: at least three attempts on two working days.
        Unreachable,
        /// Closed in another system before the import.
        Imported,
    }

    /// Whether a closure has the resident's word.
    Confirmation {
        /// The resident said that it is done.
        Confirmed,
        /// Nobody said anything for seven days.
        Unconfirmed,
    }

    /// How the resident's word reached us.
    ConfirmedVia {
        /// Said online.
        Online,
        /// Said at the window, recorded by staff.
        Window,
        /// Said by phone, recorded by staff.
        Phone,
    }

    /// How somebody came to own a request.
    OwnershipKind {
        /// Took it from the pool.
        Taken,
        /// Was assigned by a manager.
        Assigned,
        /// Was assigned by the duty roster.
        Automatic,
        /// Got it from another owner.
        Transferred,
        /// Got it back when it was reopened.
        Reopened,
    }

    /// Kind of a public note.
    PublicNoteKind {
        /// A remark to the resident.
        Note,
        /// A question to the resident.
        Question,
        /// The resident's answer.
        Answer,
        /// 一次性告知: everything that is missing, told once.
        Supplement,
        /// The result.
        Result,
        /// Why it is not a matter of this community, and whom to ask.
        Decline,
        /// Why the resident reopened.
        Reopen,
        /// A new date, and why.
        Extension,
        /// Why the resident appeals against a decline.
        Appeal,
        /// Time that the law leaves out of the limit.
        Statutory,
    }

    /// Kind of an internal note.
    InternalNoteKind {
        /// A remark among staff.
        Note,
        /// Why it was transferred.
        Transfer,
        /// Why it was returned to the pool.
        Return,
        /// What was handed to the department, or what it answered.
        Handover,
        /// Why an extension was asked for or refused.
        Extension,
        /// Why a second supplement notice was allowed.
        Supplement,
        /// How the resident's word was taken.
        Confirmation,
    }

    /// Who wrote a note, as far as a resident is told.
    AuthorKind {
        /// A member of staff.
        Staff,
        /// The resident, or somebody for them.
        Resident,
        /// The portal itself.
        System,
    }

    /// Way of a contact attempt.
    ContactWay {
        /// A call.
        Call,
        /// A text message.
        Sms,
        /// A visit.
        Visit,
    }

    /// State of an extension.
    ExtensionState {
        /// Waiting for a manager.
        Pending,
        /// Approved before the deadline.
        Approved,
        /// Refused.
        Refused,
    }

    /// 好差评: five levels; the lower two open a corrective action.
    RatingLevel {
        /// 非常满意.
        VerySatisfied,
        /// 满意.
        Satisfied,
        /// 基本满意.
        BasicallySatisfied,
        /// 不满意.
        Dissatisfied,
        /// 非常不满意.
        VeryDissatisfied,
    }

    /// State of a corrective action.
    CorrectiveState {
        /// To be done.
        Open,
        /// Done, and the resident was called back.
        Done,
    }

    /// What a venue is made for.
    VenueKind {
        /// 理疗室: therapy and exercise.
        Therapy,
        /// 舞蹈室: dance.
        Dance,
        /// 声乐室: singing.
        Singing,
        /// 书画室: calligraphy and painting.
        CalligraphyPainting,
        /// 少儿手工画室: children's handicraft and drawing.
        Handicraft,
        /// Something else.
        Other,
    }

    /// Who a venue is meant for. Nobody is turned away by it.
    VenueAudience {
        /// Everybody.
        All,
        /// The elderly.
        Elderly,
        /// Children.
        Children,
        /// Young people.
        YoungPeople,
        /// Families.
        Families,
    }

    /// State of a booking of a venue.
    VenueBookingState {
        /// The venue is held for it.
        Booked,
        /// Cancelled before it began; the venue is free again.
        Cancelled,
        /// Somebody came.
        Used,
        /// Nobody came.
        NoShow,
    }

    /// State of an outbox row or a job.
    WorkState {
        /// To be done.
        Ready,
        /// Done.
        Done,
        /// Given up after too many attempts.
        Dead,
    }

    /// Kind of an activity.
    ActivityKind {
        /// 亲子: parents and children.
        ParentChild,
        /// 科普: science.
        Science,
        /// 文化: culture.
        Culture,
        /// 培训: calligraphy, cooking, hairdressing and the like.
        Training,
        /// 义诊: a free clinic.
        FreeClinic,
        /// 义剪: free haircuts.
        Haircut,
        /// 清洁家园: a clean-up.
        CleanUp,
        /// 节庆: a festival.
        Festival,
        /// 主题党日: a day of the party branches.
        PartyDay,
        /// Something else.
        Other,
    }

    /// State of an activity.
    ActivityState {
        /// Planned; only those who plan it see it.
        Draft,
        /// Everybody sees it, and can register while registration is open.
        Published,
        /// It took place and was reported.
        Held,
        /// It does not take place.
        Cancelled,
    }

    /// Age of somebody in a party, as far as it needs to be known.
    AgeBand {
        /// Under 6 years; needs a guardian in the party.
        Toddler,
        /// 6 to 13 years; needs a guardian in the party.
        Child,
        /// 14 to 17 years.
        Youth,
        /// 18 to 59 years.
        Adult,
        /// 60 years and more.
        Senior,
    }

    /// State of a registration. Seats that become free are given to the next in line at once, so
    /// there is nothing in between.
    RegistrationState {
        /// The party has its seats.
        Registered,
        /// The party stands in line.
        Waiting,
        /// It has ended; whoever registers again goes to the end of the line.
        Cancelled,
    }

    /// Who ended a registration.
    RegistrationEnd {
        /// Who had registered.
        Party,
        /// Staff, for them.
        Staff,
        /// The activity was cancelled.
        Activity,
    }

    /// State of a number of the queue.
    TicketState {
        /// Waits to be called.
        Waiting,
        /// Was called.
        Called,
        /// Was served.
        Served,
    }
}

impl RequestState {
    /// States in which the request still needs work.
    pub const OPEN: [Self; 5] = [
        Self::Submitted,
        Self::Accepted,
        Self::InProgress,
        Self::WithDepartment,
        Self::AwaitingResident,
    ];

    /// Whether the request still needs work.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}
