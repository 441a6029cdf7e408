//! `linli demo`.
use std::process::ExitCode;
/// Runs the demo.
pub async fn run(_no_serve: bool) -> Result<ExitCode, String> {
    Err("not yet".to_owned())
}
