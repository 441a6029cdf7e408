//! Volunteers, party branches, and what they take over.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

text_enums! {
    /// What somebody can do for others.
    Skill {
        /// Cuts hair.
        Haircut,
        /// Drives people or things.
        Transport,
        /// Helps children learn.
        Tutoring,
        /// Repairs things at home.
        Repair,
        /// Cleans.
        Cleaning,
        /// Nurses, or has another medical profession.
        Medical,
        /// Gives legal advice.
        Legal,
        /// Keeps somebody company.
        Company,
        /// Interprets between languages.
        Interpreting,
        /// Helps with telephones and computers.
        Digital,
        /// Cooks.
        Cooking,
        /// Makes music, dances, paints or writes.
        Arts,
    }

    /// Part of a day, in local time.
    DayPart {
        /// Before 14:00.
        Morning,
        /// From 14:00 to 18:00.
        Afternoon,
        /// From 18:00.
        Evening,
    }

    /// State of somebody's work as a volunteer of a community.
    VolunteerState {
        /// Asked to be one; the community decides.
        Applied,
        /// Accepts orders and claims wishes.
        Active,
        /// Is not asked for a while.
        Paused,
        /// The community refused.
        Refused,
        /// Is one no more.
        Left,
    }

    /// Why a membership in a party branch ended.
    MembershipEnd {
        /// It goes on in another branch.
        Transferred,
        /// It ended.
        Left,
        /// It had been recorded by mistake.
        Mistake,
    }

    /// Why a community refused somebody as a volunteer.
    VolunteerRefusal {
        /// Nobody is needed now; ask again later.
        NoNeed,
        /// Another community is nearer.
        OtherCommunity,
        /// Nobody could reach the person to talk about it.
        NotReached,
        /// Something else, which was said in person.
        Other,
    }

    /// How a record of a volunteer's time came about.
    HoursSource {
        /// Checked in, and out again.
        CheckIn,
        /// Entered afterwards; somebody else approves it.
        Entered,
        /// Stands for an earlier record, which counts no more.
        Correction,
    }

    /// State of a record of a volunteer's time.
    HoursState {
        /// Checked in, and not yet out.
        Open,
        /// Waits for a decision.
        Pending,
        /// Counts, unless it was corrected.
        Approved,
        /// Does not count: it was refused.
        Refused,
        /// Does not count: nobody checked out.
        Lapsed,
    }

    /// State of a shift of volunteers.
    ShiftState {
        /// It takes place.
        Planned,
        /// It does not.
        Cancelled,
    }

    /// Why somebody is signed up for a shift no more.
    SignUpEnd {
        /// They signed off, or are a volunteer no more.
        Volunteer,
        /// The shift was cancelled.
        Shift,
    }
}
