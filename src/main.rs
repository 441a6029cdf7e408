//! The `linli` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    linli::ops::cli::main()
}
