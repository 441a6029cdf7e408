//! Timed work, one thing after the other.

use std::fmt::Display;

use super::error::Result;

/// Does something with each that is due; returns with how many it was done. One that fails is told in
/// the log, is due again next time, and does not stop the others.
pub async fn each_due<T, F>(what: &str, due: Vec<T>, work: impl Fn(T) -> F) -> usize
where
    T: Copy + Display,
    F: Future<Output = Result<bool>>,
{
    let mut done = 0;
    for id in due {
        match work(id).await {
            Ok(did) => done += usize::from(did),
            Err(error) => tracing::warn!(what, %id, %error, "timed work failed"),
        }
    }
    done
}
