//! Arguments in, exit code out. The only place that uses anyhow's context on errors for people.

use std::process::ExitCode;

use feedwatch::cli::{self, Exit};

/// Gives back what reading a hundred thousand feeds took; the system's own keeps it (see docs/decisions.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let typed = match cli::typed() {
        Ok(typed) => typed,
        Err(exit) => return exit,
    };
    match cli::run(typed) {
        Ok(exit) => exit,
        // A reader that closed its end (`feedwatch alerts | head`) is not a failure.
        Err(error) if Exit::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cli::tell(&error);
            Exit::of(&error).into()
        }
    }
}
