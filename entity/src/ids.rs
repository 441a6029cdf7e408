//! Typed ids. An id is a UUID of version 7, but of version 4 where nobody may read from it when something
//! was made (incidents); the type keeps a request from being looked up as a
//! person. The letters in front are those of the opaque ids that clients see.

use std::{fmt, str::FromStr};

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The letters that open the id as clients see it.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", Self::PREFIX, self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = WrongId;

            fn from_str(text: &str) -> Result<Self, WrongId> {
                let rest = text.strip_prefix(concat!($prefix, "_")).ok_or(WrongId($prefix))?;
                // Exactly the form that we print: one object, one id.
                if rest.len() != 32 || rest.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(WrongId($prefix));
                }
                Uuid::try_parse(rest).map(Self).map_err(|_| WrongId($prefix))
            }
        }

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Uuid {
                id.0
            }
        }
    )* };
}

/// A text that is not an id of the wanted type; holds the prefix that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongId(pub &'static str);

impl fmt::Display for WrongId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected an id that starts with `{}_`", self.0)
    }
}

id_types! {
    /// A person, with or without an account.
    PersonId = "per";
    /// An account that can sign in.
    AccountId = "acc";
    /// A session of an account.
    SessionId = "ses";
    /// A role grant.
    RoleGrantId = "grt";
    /// A verification code sent to a phone.
    VerificationId = "ver";
    /// A node of the place tree.
    PlaceId = "plc";
    /// A matter of the catalogue.
    MatterId = "mat";
    /// One version of a matter.
    MatterVersionId = "mvn";
    /// A version of a working calendar.
    CalendarVersionId = "cal";
    /// A leave of a member of staff.
    LeaveId = "lev";
    /// A service request.
    RequestId = "req";
    /// A note on a request, public or internal.
    NoteId = "not";
    /// A request for an extension.
    ExtensionId = "ext";
    /// A rating.
    RatingId = "rat";
    /// A corrective action.
    CorrectiveActionId = "cor";
    /// A contact task for staff.
    ContactTaskId = "tsk";
    /// A message in a person's inbox.
    MessageId = "msg";
    /// An entry in the read log.
    ReadLogId = "log";
    /// Something that can be reserved.
    ResourceId = "rsc";
    /// A reservation.
    ReservationId = "rsv";
    /// What a station offers by appointment.
    AppointmentPlanId = "apl";
    /// An appointment.
    AppointmentId = "apt";
    /// An event.
    EventId = "evt";
    /// A theme of a month.
    ThemeId = "thm";
    /// An organisation that takes part in activities.
    PartnerId = "pto";
    /// An activity.
    ActivityId = "act";
    /// A session of an activity.
    ActivitySessionId = "ase";
    /// A party that registered for an activity.
    RegistrationId = "rgn";
    /// A party that came to a session.
    CheckInId = "chk";
    /// A number of the queue of a session.
    TicketId = "tkt";
    /// What somebody thought of an activity.
    FeedbackId = "fbk";
    /// A venue.
    VenueId = "ven";
    /// A booking of a venue.
    VenueBookingId = "vbk";
    /// Bookings of a venue that were made together, week by week.
    VenueSeriesId = "vsr";
    /// A link to one's own calendar.
    CalendarFeedId = "fed";
    /// A volunteer of a community.
    VolunteerId = "vol";
    /// A team of volunteers.
    TeamId = "tem";
    /// That a volunteer belongs to a team.
    TeamMemberId = "tmb";
    /// An item of the help menu.
    HelpItemId = "hlp";
    /// An order or a wish.
    WishId = "wsh";
    /// A claim.
    ClaimId = "clm";
    /// An offer.
    OfferId = "ofr";
    /// That somebody belongs to a party branch.
    PartyMembershipId = "pmb";
    /// That somebody acts for somebody else.
    DelegationId = "dlg";
    /// A record of a volunteer's time.
    HoursId = "hrs";
    /// A certificate of a volunteer's hours.
    CertificateId = "vct";
    /// A shift of volunteers.
    ShiftId = "shf";
    /// Shifts that were planned together, week by week.
    ShiftSeriesId = "shs";
    /// That a volunteer signed up for a shift.
    SignUpId = "sup";
    /// The limits of a kind of incident.
    IncidentLimitId = "ilm";
    /// An incident.
    IncidentId = "inc";
    /// That somebody reported or follows an incident.
    IncidentReportId = "irp";
    /// A joint response.
    JointResponseId = "jnt";
    /// A task of an agency.
    AgencyTaskId = "agt";
    /// A note on a task of an agency.
    AgencyTaskNoteId = "agn";
    /// An address by which something belongs to a block.
    BlockAddressId = "bad";
    /// A term of an office.
    TermId = "trm";
    /// That somebody stands in for whoever has an office.
    StandInId = "std";
}
