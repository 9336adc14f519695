//! The commands people type, one file each: arguments into a call, the result into text and an exit code.

/// A line on standard error that belongs to no output.
macro_rules! say {
    ($($line:tt)*) => { $crate::cli::say(format_args!($($line)*)) };
}

mod ack;
mod alerts;
mod allocator;
mod articles;
mod backtest;
mod backup;
/// `feedwatch check`.
pub mod check;
mod descriptors;
mod discover;
/// `feedwatch explain`.
pub mod explain;
mod export;
mod feeds;
mod import;
/// `feedwatch import-query`.
pub mod import_query;
mod items;
/// `feedwatch lists`.
pub mod lists;
mod once;
mod package;
/// `feedwatch parse`.
pub mod parse;
mod replay;
mod replay_report;
mod replayed;
mod restore;
mod run;
mod setup;
mod show;
mod signals;
mod silence;
mod sinks;
mod stats;
mod status;
mod story;
/// `feedwatch test`.
pub mod test;
mod why;

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::alert;
use crate::config::Environment;
use crate::daemon::DaemonError;
use crate::logging::STORE_TROUBLE;
use crate::store::StoreError;

/// Watches RSS, Atom and JSON feeds for topics and raises alerts that say why.
#[derive(Debug, Parser)]
#[command(
    name = "feedwatch",
    version,
    max_term_width = 100,
    after_help = "Start with: feedwatch check && feedwatch run"
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The settings; default: $FEEDWATCH_CONFIG, then ./feedwatch.toml, then /etc/feedwatch/feedwatch.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Output for machines: one JSON object a line
    #[arg(long, global = true)]
    json: bool,
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Whether the files are right and the watches pass their own tests
    Check(check::Check),
    /// The daemon: poll, store, flag, alert, until SIGTERM
    Run,
    /// Poll what is due, deliver, print a summary, exit
    Once(once::Once),
    /// Read the alerts, follow them, or see what was held and why
    Alerts(alerts::Alerts),
    /// A story as a whole: who has it, its pieces, and what each of them brought
    Story(story::Story),
    /// Say that an alert was seen, and what it was worth
    Ack(ack::Ack),
    /// Hold back the alerts of a watch, a feed or a story for a while
    Silence(silence::Begin),
    /// The silences in force; or end one
    Silences(silence::Silences),
    /// A table of the feeds: state, last success, next poll, last error
    Feeds(feeds::Feeds),
    /// What was stored
    Articles(articles::Articles),
    /// The feeds that a page offers
    Discover(discover::Discover),
    /// How a feed is read
    Parse(parse::Args),
    /// Would a watch fire on a text, and on which words?
    Test(test::Args),
    /// Why a watch did or did not fire on a stored article
    Why(why::Why),
    /// Where alerts go besides the log and the journal, and how each is doing
    Sinks(sinks::Sinks),
    /// How a watch was understood: brackets, word forms, cost
    Explain(explain::Args),
    /// The word lists that ship, for use by name in any query
    Lists(lists::Args),
    /// What a changed watch would have found in the articles that are stored
    Backtest(backtest::Backtest),
    /// A query of a professional service, put into the watch language
    ImportQuery(import_query::Args),
    /// The feeds of an OPML list, added to the settings
    Import(import::Import),
    /// The feeds as an OPML list
    Export(export::Export),
    /// A consistent copy of the database, while the daemon runs
    Backup(backup::Backup),
    /// The database from a backup
    Restore(restore::Restore),
    /// The running daemon at a glance; or whether all that is stored is as it should be
    Status(status::Args),
    /// Shell completions, for packagers
    #[command(hide = true)]
    Completions(package::Completions),
    /// The manual pages, for packagers
    #[command(hide = true)]
    Man(package::Manual),
}

/// Runs what was typed.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let Cli { global, command } = cli;
    match global.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    // Whatever a command shows of files, feeds, servers and arguments, nothing of it steers the terminal.
    let mut out = alert::guarded(anstream::stdout(), global.json);
    let mut messages = alert::guarded(anstream::stderr(), false);
    let exit = match command {
        Command::Parse(args) => return parse::run(&args, global.json, &mut out, &mut messages),
        Command::Check(args) => {
            let color = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
            let view = check::View { json: global.json, color };
            let code = args.run(global.config.as_deref(), &Environment::of_process(), view, &mut out)?;
            return Ok(ExitCode::from(code));
        }
        Command::Test(args) => {
            return test::run(&args, global.json, &setup::load_to_read(&global)?.config.watches, &mut out);
        }
        Command::Lists(args) => return lists::run(&args, global.json, &mut out),
        Command::ImportQuery(args) => return import_query::run(&args, global.json, &mut out),
        Command::Explain(args) => {
            return explain::run(&args, global.json, &setup::load_to_read(&global)?.config, &mut out);
        }
        Command::Backtest(args) => backtest::run(&global, &args, &mut out),
        Command::Run => run::run(&global),
        Command::Once(args) => once::run(&global, &args),
        Command::Alerts(args) => alerts::run(&global, &args, &mut out),
        Command::Story(args) => story::run(&global, &args, &mut out),
        Command::Discover(args) => discover::run(&global, &args, &mut out),
        Command::Ack(args) => ack::run(&global, &args, &mut out),
        Command::Silence(args) => silence::begin(&global, &args, &mut out),
        Command::Silences(args) => silence::list(&global, &args, &mut out),
        Command::Feeds(args) => feeds::run(&global, &args, &mut out),
        Command::Why(args) => why::run(&global, &args, &mut out),
        Command::Articles(args) => articles::run(&global, &args, &mut out),
        Command::Sinks(args) => sinks::run(&global, &args, &mut out),
        Command::Import(args) => import::run(&global, &args, &mut out),
        Command::Export(args) => export::run(&global, &args, &mut out),
        Command::Backup(args) => backup::run(&global, &args, &mut out),
        Command::Restore(args) => restore::run(&global, &args, &mut out),
        Command::Status(args) => status::run(&global, &args, &mut out),
        Command::Completions(args) => package::completions(&args),
        Command::Man(args) => package::manual(&args),
    };
    exit.map(ExitCode::from)
}

/// Tells why a command failed: through the log where the daemon had set one up, else on standard error.
pub fn tell(error: &anyhow::Error) {
    match Exit::of(error) {
        _ if !tracing::dispatcher::has_been_set() => say(format_args!("feedwatch: {}", told(error))),
        Exit::Database => tracing::error!(target: STORE_TROUBLE, "{}", alert::escape_lines(&format!("{error:#}"))),
        _ => tracing::error!("{}", alert::escape_lines(&format!("{error:#}"))),
    }
}

/// An error as it is shown: it may repeat what was typed, or what a stranger wrote, and what looks like our own colours would
/// pass the guard. Mistakes in files are shown with colours of our own, and are safe already.
fn told(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    if error.is::<setup::BadConfig>() || error.is::<setup::BadWatches>() {
        text
    } else {
        alert::escape_lines(&text).into_owned()
    }
}

/// What was typed, or the code to end with: help was asked for, or it is no command.
pub fn typed() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        let text = error.render().ansi().to_string();
        // Whoever closed the stream does not want to know.
        let _ = match error.use_stderr() {
            true => write!(alert::guarded(anstream::stderr(), false), "{text}"),
            false => write!(alert::guarded(anstream::stdout(), false), "{text}"),
        };
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8))
    })
}

fn say(line: fmt::Arguments<'_>) {
    // Whoever closed standard error does not want to know.
    let _ = writeln!(alert::guarded(io::stderr(), false), "{line}");
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or drained.
    Done = 0,
    /// The command's own "no": mistakes found, no match.
    No = 1,
    /// Wrong usage, as clap's own.
    Usage = 2,
    /// Not available: what is needed cannot be had.
    Unavailable = 69,
    /// The database.
    Database = 74,
    /// Try again later.
    TryAgain = 75,
    /// The configuration.
    Config = 78,
    /// Stopped by Ctrl-C; what was known by then was told.
    Interrupted = 130,
}

impl Exit {
    /// The code for an error that reached the top.
    pub fn of(error: &anyhow::Error) -> Exit {
        let store = error.downcast_ref::<StoreError>().or(match error.downcast_ref::<DaemonError>() {
            Some(DaemonError::Store(error)) => Some(error),
            _ => None,
        });
        match store {
            Some(StoreError::InUse { .. }) => Exit::TryAgain,
            Some(StoreError::Exists { .. }) => Exit::No,
            Some(_) => Exit::Database,
            None if error.is::<setup::BadConfig>() => Exit::Config,
            None if error.is::<setup::Usage>() || error.is::<setup::BadWatches>() => Exit::Usage,
            None => Exit::Unavailable,
        }
    }

    /// Whether the reader of our output went away.
    pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
        error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_of_all_commands_fit_together() {
        super::Cli::command().debug_assert();
    }
}
