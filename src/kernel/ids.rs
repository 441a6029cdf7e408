//! Ids and randomness are taken from here and nowhere else.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use uuid::{Builder, Uuid};

/// The source of ids, codes and tokens.
#[derive(Clone, Debug, Default)]
pub struct Ids(Option<Arc<Mutex<u64>>>);

impl Ids {
    /// The operating system's randomness.
    pub fn system() -> Self {
        Self(None)
    }

    /// The same sequence every time. For the demo and for tests; never where secrets matter.
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(Mutex::new(seed))))
    }

    /// A new UUID of version 7 for `now`.
    pub fn uuid(&self, now: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A new UUID of version 4, which tells nobody when it was made.
    pub fn hidden(&self) -> Uuid {
        let mut random = [0; 16];
        self.fill(&mut random);
        Builder::from_random_bytes(random).into_uuid()
    }

    /// Fills `bytes` with randomness.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing safe can be done then.
    #[expect(clippy::expect_used, reason = "without randomness no token may be issued")]
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            None => aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness"),
            Some(state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                for chunk in bytes.chunks_mut(8) {
                    let word = splitmix(&mut state).to_le_bytes();
                    chunk.copy_from_slice(&word[..chunk.len()]);
                }
            }
        }
    }

    /// A number below `bound` (which must not be 0), every one as likely as the other.
    pub fn below(&self, bound: u32) -> u32 {
        // Rejection keeps the distribution even: a code of six digits must not favour low ones.
        let limit = u32::MAX - u32::MAX % bound;
        loop {
            let mut bytes = [0; 4];
            self.fill(&mut bytes);
            let word = u32::from_le_bytes(bytes);
            if word < limit {
                return word % bound;
            }
        }
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, seeded, good enough to vary a demo.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
