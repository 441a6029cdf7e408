//! Matters and service requests.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

text_enums! {
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
