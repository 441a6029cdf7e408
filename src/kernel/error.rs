//! The one error type, and how the database's words become ours.

use std::{fmt, sync::Arc};

use sea_orm::{DbErr, RuntimeErr};

/// Result of anything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, as seen by a caller.
#[derive(Clone, Debug)]
pub enum Error {
    /// The business says no: goes into the payload's `errors`.
    Rejected(Rejected),
    /// Nobody is signed in, or the token is not (or no longer) good.
    Unauthenticated,
    /// The object is visible, but this may not be done to it.
    Forbidden,
    /// Absent, or not visible to this caller: the two look the same.
    NotFound,
    /// A malformed id, cursor or argument; holds the path and what is wanted.
    BadInput {
        /// Where, such as `input.id`.
        path: String,
        /// What is wanted there.
        wanted: String,
    },
    /// Too many attempts; holds the seconds to wait.
    RateLimited {
        /// Seconds until the next attempt is allowed.
        retry_after: i64,
    },
    /// The database cannot be reached or is too busy; trying again later helps.
    Unavailable(Arc<str>),
    /// The connection broke while committing: whether it was done is open. The same idempotency
    /// key tells.
    OutcomeUnknown(Arc<str>),
    /// Our fault. The text is logged and never shown.
    Internal(Arc<str>),
}

impl Error {
    /// Our fault, with a text for the log.
    pub fn internal(text: impl fmt::Display) -> Self {
        Self::Internal(text.to_string().into())
    }

    /// What went wrong while committing.
    pub(super) fn at_commit(error: DbErr) -> Self {
        let lost = matches!(
            &error,
            DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))
                if matches!(**e, sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed)
        );
        if lost { Self::OutcomeUnknown(error.to_string().into()) } else { error.into() }
    }

    /// A malformed argument.
    pub fn bad_input(path: impl Into<String>, wanted: impl Into<String>) -> Self {
        Self::BadInput { path: path.into(), wanted: wanted.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(r) => write!(f, "{r}"),
            Self::Unauthenticated => f.write_str("not signed in"),
            Self::Forbidden => f.write_str("not allowed"),
            Self::NotFound => f.write_str("not found"),
            Self::BadInput { path, wanted } => write!(f, "{path}: {wanted}"),
            Self::RateLimited { retry_after } => write!(f, "try again in {retry_after} s"),
            Self::Unavailable(text) | Self::OutcomeUnknown(text) | Self::Internal(text) => {
                f.write_str(text)
            }
        }
    }
}

impl std::error::Error for Error {}

/// A business refusal: a stable code, where it belongs in the input, and what the client needs to
/// go on. The message is rendered from the code in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The stable code.
    pub code: Code,
    /// Path in the input, such as `["title"]`.
    pub path: Vec<String>,
    /// Facts for the message and the client, such as the current version.
    pub facts: Vec<(&'static str, String)>,
}

impl Rejected {
    /// A refusal of the whole operation.
    pub fn new(code: Code) -> Self {
        Self { code, path: Vec::new(), facts: Vec::new() }
    }

    /// A refusal of one field; `path` has dots.
    pub fn at(code: Code, path: &str) -> Self {
        Self { code, path: path.split('.').map(str::to_owned).collect(), facts: Vec::new() }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.facts.push((name, value.to_string()));
        self
    }

    /// A fact by name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.code)?;
        if !self.path.is_empty() {
            write!(f, " at {}", self.path.join("."))?;
        }
        for (name, value) in &self.facts {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Rejected(Rejected::new(code))
    }
}

/// Stable codes of business refusals. Clients decide by these, never by the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "ErrorCode")]
pub enum Code {
    /// A required text is missing or blank.
    Required,
    /// A text is longer than allowed.
    TooLong,
    /// A text holds a character that cannot be stored (NUL).
    InvalidText,
    /// A value is outside what is allowed.
    InvalidValue,
    /// Not a phone number.
    InvalidPhone,
    /// The password is too short, too long or too common.
    WeakPassword,
    /// The code is wrong, used or expired.
    WrongCode,
    /// Phone or password is wrong.
    WrongCredentials,
    /// The refresh token is unknown, expired, used or revoked.
    InvalidToken,
    /// The object changed since it was read; `currentVersion` has the version to read again.
    StaleVersion,
    /// Somebody else was faster, or it exists already. Of a time that somebody else has, `alternatives` are
    /// the nearest that are free, as `from/until` instants in UTC; of a wish, `unitsLeft` is what nobody has.
    Conflict,
    /// The request has an owner already; `ownerName` says who.
    AlreadyOwned,
    /// The state does not allow this step.
    IllegalTransition,
    /// The idempotency key was used before for another input.
    IdempotencyKeyReused,
    /// Something that was named does not exist or cannot be used here.
    UnknownReference,
    /// The matter cannot be requested now.
    MatterInactive,
    /// The matter does not come in through this channel.
    ChannelNotOffered,
    /// The matter is not served in this mode.
    ModeNotOffered,
    /// A required question has no answer.
    AnswerMissing,
    /// An answer does not fit its question.
    AnswerInvalid,
    /// There is no such question.
    AnswerUnknown,
    /// The calendar has no data for a year that is needed; `year` says which.
    CalendarYearMissing,
    /// The rules of the calendar contradict themselves.
    CalendarInvalid,
    /// A calendar applies from tomorrow at the earliest.
    CalendarNotFuture,
    /// Nobody is on duty to take the request.
    NobodyOnDuty,
    /// The person cannot own requests here.
    NotASpecialist,
    /// The person is on leave today; `standInId` says who stands in, if anybody does.
    OnLeave,
    /// The person is away on some of these days already.
    LeaveOverlaps,
    /// The person still owns open requests that this role is needed for; `openRequests` says how
    /// many: transfer them first.
    HasOpenRequests,
    /// One supplement notice per stage; a manager may allow a second.
    SupplementAlreadyAsked,
    /// The deadline has passed.
    DeadlinePassed,
    /// There is a pending extension already.
    ExtensionPending,
    /// The window for this step has passed.
    WindowClosed,
    /// The outcome needs a reason.
    ReasonRequired,
    /// This outcome is not possible for the matter.
    OutcomeNotAllowed,
    /// Unreachable needs at least three failed attempts on two working days.
    NotEnoughAttempts,
    /// The resident's word is recorded by somebody other than the owner.
    OwnerMayNotConfirm,
    /// The rated person may not handle the corrective action.
    RatedMayNotHandle,
    /// Who has no account cannot be told in the inbox.
    InboxNeedsAccount,
    /// The resident must be called back first.
    CallBackRequired,
    /// There is no result to rate, or it has been reopened.
    NothingToRate,
    /// A request cannot be a duplicate of itself or of a duplicate.
    BadDuplicate,
    /// One appeal only.
    AlreadyAppealed,
    /// The parent cannot hold a place of this kind.
    BadParent,
    /// The place is still in use.
    InUse,
    /// The scope does not fit the role.
    BadScope,
    /// The period is not allowed for this view of the statistics.
    BadPeriod,
    /// The breakdown is not allowed for this view of the statistics.
    BadBreakdown,
    /// No appointment can be booked for this time: it is not a slot of the plan, it begins too soon,
    /// or too far ahead.
    SlotNotOffered,
    /// The request has an appointment ahead already: move that one.
    AppointmentExists,
    /// The person has a registration for this activity already.
    AlreadyRegistered,
    /// Registration for the activity is not open now.
    RegistrationClosed,
    /// A child needs a guardian in the party.
    GuardianRequired,
    /// Somebody in the party is younger or older than the activity is for.
    AgeOutOfRange,
    /// The party is larger than the activity.
    PartyTooLarge,
    /// No party with this code, or of this id, has seats in the activity.
    NotRegistered,
    /// The seats would be fewer than those that are taken, or than the largest party in line needs.
    CapacityTooLow,
    /// It is too early to say that; `from` says since when it can be said.
    TooEarly,
    /// The venue is closed.
    VenueClosed,
    /// The venue is for open use: nobody books it, one just comes.
    VenueOpenUseOnly,
    /// The venue is not open all of that time; `alternatives` are the nearest spans that are free,
    /// as `from/until` instants in UTC.
    OutsideOpeningHours,
    /// Too soon or too far ahead; `earliest` and `latest` are instants in UTC.
    OutsideBookingWindow,
    /// Longer than the venue may be booked; `max` says how many minutes.
    BookingTooLong,
    /// More people than the venue holds; `max` says how many.
    TooManyPeople,
    /// The person holds as many bookings of the venue as one may; `max` says how many.
    TooManyBookings,
    /// The person has ordered this as often as one may, or has as many wishes open; `max` says how often.
    TooManyWishes,
    /// Who wishes does not want it to be public, or the menu does not.
    NotPublic,
    /// The text gives away whom it may not: who wishes, or who reported an incident.
    CardTellsWho,
    /// Who wishes does not want their contact to be known: what is handed over is handed over at the station.
    ContactNotShared,
    /// Who claims has some of this wish already.
    AlreadyClaimed,
    /// The lease was renewed, which can be done once.
    AlreadyRenewed,
    /// What is dangerous, or about a person, never becomes public.
    NeverPublic,
    /// The general lead decided that it is theirs.
    DecisionBinds,
    /// Agencies that the incident waits for have no outcome yet.
    TasksOpen,
    /// Nobody answers for that place yet: it is in no block that is known.
    NoBlock,
    /// Nobody can do it and has time then.
    NobodyFits,
    /// A minor is involved, and the guardian has not consented.
    ConsentRequired,
    /// As many delegations are given already as one may have at a time; `max` says how many.
    TooManyDelegations,
    /// The delegation does not cover this.
    NotDelegated,
    /// The person is no active volunteer of the community.
    NotAVolunteer,
    /// The person is checked in already: check out first.
    CheckedInAlready,
    /// The volunteer is signed up for another shift at that time.
    ShiftOverlaps,
    /// The volunteer is not signed up for the shift.
    NotSignedUp,
    /// The area overlaps that of another block of the community; `blockName` says which.
    BlocksOverlap,
    /// The office is taken at that time: as many have it as can, or somebody stands in already.
    OfficeTaken,
    /// Who claims had it until lately and gave it back, or did not do it in time: others come first for three
    /// days.
    ClaimedBefore,
    /// As much of the person's time waits to be approved as may at a time; `max` says how many records.
    TooManyPending,
    /// Whom it is about says that themselves, or to staff; a delegate does not.
    NotByDelegate,
    /// The agency has a task in this joint response already.
    AgencyHasTask,
    /// Somebody has an office of the place, or will: it is closed when their terms have ended.
    OfficeHeld,
}

/// Rejections by the name of the constraint that the database reports. A constraint that is not
/// listed here and is violated is a defect of ours.
const CONSTRAINTS: &[(&str, Code)] = &[
    ("account_phone", Code::Conflict),
    ("account.phone", Code::Conflict),
    ("account_person", Code::Conflict),
    ("place_code", Code::Conflict),
    ("place_top_code", Code::Conflict),
    ("place.kind", Code::Conflict),
    ("place_no_cycle", Code::BadParent),
    ("role_grant_once", Code::Conflict),
    ("role_grant_once_system", Code::Conflict),
    ("role_grant.account_id", Code::Conflict),
    ("matter_code", Code::Conflict),
    ("matter.community_id", Code::Conflict),
    ("matter_version_number", Code::Conflict),
    ("matter_version.matter_id", Code::Conflict),
    ("calendar_version_once", Code::Conflict),
    ("calendar_version.community_id", Code::Conflict),
    ("request_ownership_one_open", Code::AlreadyOwned),
    ("request_ownership.request_id", Code::AlreadyOwned),
    ("extension_one_pending", Code::ExtensionPending),
    ("extension.request_id", Code::ExtensionPending),
    ("rating_one_valid", Code::Conflict),
    ("rating.request_id", Code::Conflict),
    ("event_seq", Code::Conflict),
    ("event.aggregate_id", Code::Conflict),
    ("corrective_action_not_self", Code::RatedMayNotHandle),
    ("corrective_action_call_back", Code::CallBackRequired),
    ("external_reference_once", Code::Conflict),
    ("external_reference.request_id", Code::Conflict),
    ("staff_leave_overlap", Code::LeaveOverlaps),
    ("reservation_no_overlap", Code::Conflict),
    ("place_in_use", Code::InUse),
    ("service_request_place_open", Code::UnknownReference),
    ("incident_place_open", Code::UnknownReference),
    ("appointment_plan_once", Code::Conflict),
    ("appointment_plan.station_id", Code::Conflict),
    ("appointment_one_ahead", Code::AppointmentExists),
    ("appointment.request_id", Code::AppointmentExists),
    ("theme_month", Code::Conflict),
    ("theme.community_id, theme.year", Code::Conflict),
    ("activity_registration_active", Code::AlreadyRegistered),
    ("activity_registration.activity_id, activity_registration.person_id", Code::AlreadyRegistered),
    ("activity_seats_taken", Code::CapacityTooLow),
    ("activity_feedback_once", Code::Conflict),
    ("activity_feedback.registration_id", Code::Conflict),
    ("exempt_week_once", Code::Conflict),
    ("exempt_week.community_id", Code::Conflict),
    ("venue_in_use", Code::InUse),
    ("venue_booking_open", Code::VenueClosed),
    ("volunteer_once", Code::Conflict),
    ("volunteer.person_id, volunteer.community_id", Code::Conflict),
    ("volunteer_team_member_once", Code::Conflict),
    ("volunteer_team_member.team_id", Code::Conflict),
    ("volunteer_hours_corrected", Code::Conflict),
    ("volunteer_hours.corrects_id", Code::Conflict),
    ("volunteer_hours_open", Code::CheckedInAlready),
    ("volunteer_hours.person_id", Code::CheckedInAlready),
    ("volunteer_shift_taken", Code::Conflict),
    ("volunteer_sign_up_once", Code::Conflict),
    ("volunteer_sign_up.shift_id", Code::Conflict),
    ("volunteer_sign_up_overlap", Code::ShiftOverlaps),
    ("volunteer_certificate_number", Code::Conflict),
    ("volunteer_certificate.number", Code::Conflict),
    ("calendar_feed_one", Code::Conflict),
    ("calendar_feed.person_id", Code::Conflict),
    ("party_membership_one", Code::Conflict),
    ("party_membership.person_id", Code::Conflict),
    ("wish_units", Code::Conflict),
    ("wish_claim_one", Code::AlreadyClaimed),
    ("wish_claim.wish_id", Code::AlreadyClaimed),
    ("wish_offer_one", Code::Conflict),
    ("wish_offer_one_hand_over", Code::Conflict),
    ("wish_offer.claim_id", Code::Conflict),
    ("delegation_not_to_oneself", Code::InvalidValue),
    ("delegation_span", Code::InvalidValue),
    ("delegation_term", Code::InvalidValue),
    ("delegation_accepted", Code::Conflict),
    ("office_term_overlap", Code::OfficeTaken),
    ("office_term_one", Code::OfficeTaken),
    ("office_term_once", Code::OfficeTaken),
    ("office_term.place_id", Code::OfficeTaken),
    ("office_stand_in_overlap", Code::OfficeTaken),
    ("incident_limit_once", Code::Conflict),
    ("incident_limit.community_id", Code::Conflict),
    ("incident_report_once", Code::Conflict),
    ("incident_report.incident_id", Code::Conflict),
    ("agency_task_one", Code::AgencyHasTask),
    ("agency_task.joint_id, agency_task.agency_id", Code::AgencyHasTask),
];

impl From<DbErr> for Error {
    /// PostgreSQL names the constraint; SQLite names the columns of a unique one and a check's own
    /// name.
    fn from(error: DbErr) -> Self {
        let text = error.to_string();
        let violated = ["constraint", "UNIQUE", "CHECK"].iter().any(|word| text.contains(word));
        if violated
            && let Some((_, code)) = CONSTRAINTS.iter().find(|(name, _)| text.contains(name))
        {
            return (*code).into();
        }
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(text.into()),
            DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))
                if is_connection_trouble(&e) =>
            {
                Self::Unavailable(text.into())
            }
            _ => Self::Internal(text.into()),
        }
    }
}

fn is_connection_trouble(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        // Class 57: operator intervention (server shutting down); 53: no resources; 40: rolled back.
        sqlx::Error::Database(e) => e.code().is_some_and(|c| {
            ["57", "53", "40"].iter().any(|class| c.starts_with(class)) || c == "5"
        }),
        _ => false,
    }
}
