//! Who acts for whom.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

text_enums! {
    /// State of a delegation.
    DelegationState {
        /// Given, and waiting to be accepted.
        Given,
        /// Accepted: the delegate acts from its first instant to its last.
        Active,
        /// Declined by whom it was given to.
        Declined,
        /// Ended before its time, by either of them.
        Ended,
        /// Its time is over. Never stored: it follows from the clock.
        Expired,
    }
}
