//! Reservations, appointments, rooms and activities.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

text_enums! {
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

    /// State of a registration; a party is in one of them.
    RegistrationState {
        /// The party has its seats.
        Registered,
        /// The party stands in line.
        Waiting,
        /// Seats that became free are kept for the party until it accepts them or the time is over.
        Offered,
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
        /// Nobody: the seats that were offered were not accepted in time.
        Timeout,
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
