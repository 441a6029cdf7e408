//! Orders and micro-wishes.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

text_enums! {
    /// What a wish or an item of the help menu is about.
    WishCategory {
        /// Things for daily life.
        DailyNeeds,
        /// Somebody to talk to, to read to, to go out with.
        Company,
        /// Lessons, books, school things.
        Learning,
        /// Something to be repaired or cleaned.
        Household,
        /// Haircuts and care.
        Care,
        /// A lift, something to be carried or fetched.
        Transport,
        /// A festival or a birthday.
        Celebration,
        /// Advice: legal, on papers, on telephones.
        Advice,
        /// Something else.
        Other,
    }

    /// Whom an item of the help menu is for. Nobody's age or condition is stored for it: who orders says
    /// that it is so, and staff look at every order before it goes anywhere.
    HelpAudience {
        /// Everybody.
        Everyone,
        /// The elderly.
        Elderly,
        /// Who cannot leave their home, or hardly.
        Housebound,
        /// Families with children.
        Families,
    }

    /// How what was wished for changes hands.
    HandOver {
        /// At a service station.
        Station,
        /// At home, by two adults.
        TwoAdults,
        /// At the door, by somebody who says the code that the wisher has too.
        DoorCode,
    }

    /// State of an order or a wish. `CLAIMED` and `DELIVERED` follow from its claims.
    WishState {
        /// Only who makes it sees it.
        Draft,
        /// The community looks at it.
        Submitted,
        /// Cleared; the community decides who is asked.
        Verified,
        /// Open to claims: everybody sees its card.
        Published,
        /// Offered to somebody, never public.
        Offered,
        /// All of it is claimed.
        Claimed,
        /// Whoever claimed it says that all of it is done; the wisher has not answered yet.
        Delivered,
        /// All of it is done: as the wisher says, or unconfirmed and labelled so.
        Fulfilled,
        /// The community declined it.
        Declined,
        /// Who made it took it back.
        Withdrawn,
        /// Its time passed.
        Expired,
    }

    /// State of a claim.
    ClaimState {
        /// Somebody has taken it over, until the end of the lease.
        Held,
        /// They say that it is done.
        Delivered,
        /// The wisher says so too.
        Confirmed,
        /// Done by their word alone: the wisher did not answer.
        Unconfirmed,
        /// Given back.
        Released,
        /// The lease ended.
        Lapsed,
        /// Somebody else took it over.
        HandedOver,
        /// The wish was taken back.
        Withdrawn,
    }

    /// State of an offer.
    OfferState {
        /// Others are asked first.
        Waiting,
        /// Waits for an answer.
        Open,
        /// Accepted.
        Accepted,
        /// Declined; this costs nothing.
        Declined,
        /// Not answered in time.
        TimedOut,
        /// Called off.
        Cancelled,
    }
}
