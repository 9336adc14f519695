//! Arguments in, exit code out. The only place that uses anyhow's context on errors for people.

use std::process::ExitCode;

use clap::Parser;
use feedwatch::cli::{Cli, Exit};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match feedwatch::cli::run(cli) {
        Ok(exit) => exit,
        Err(error) => {
            // A reader that went away (`feedwatch alerts | head`) is no failure.
            if Exit::is_broken_pipe(&error) {
                return ExitCode::SUCCESS;
            }
            eprintln!("feedwatch: {error:#}");
            Exit::of(&error).into()
        }
    }
}
