//! Blocks and who answers for them.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

text_enums! {
    /// Which house numbers of a street are meant.
    Parity {
        /// All of them.
        All,
        /// Odd ones.
        Odd,
        /// Even ones.
        Even,
    }

    /// Why a term of office ended, or will end.
    TermEnd {
        /// It was for a time, which is over.
        TermOver,
        /// They have another post now.
        Moved,
        /// They gave it up.
        Resigned,
        /// It was recorded by mistake, and never was.
        Mistake,
    }
}
