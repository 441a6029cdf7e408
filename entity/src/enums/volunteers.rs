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
}
