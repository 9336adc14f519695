//! What packagers ask for: shell completions and the manual page.

use clap::{Args, CommandFactory};

use super::{Cli, Exit};

/// Completions for a shell, on standard output.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn completions(args: &Completions) -> anyhow::Result<Exit> {
    clap_complete::generate(args.shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut std::io::stdout());
    Ok(Exit::Done)
}

pub(super) fn man() -> anyhow::Result<Exit> {
    clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
    Ok(Exit::Done)
}
