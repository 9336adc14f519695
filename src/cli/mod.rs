//! The commands people type, one file each: arguments into a call, the result into text and an exit code.

/// A line on standard error that belongs to no output.
macro_rules! say {
    ($($line:tt)*) => { $crate::cli::say(format_args!($($line)*)) };
}

mod ack;
mod alerts;
mod allocator;
mod article;
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
mod feed_list;
mod feeds;
mod find;
mod follow;
/// `feedwatch forms`.
pub mod forms;
mod import;
/// `feedwatch import-query`.
pub mod import_query;
mod items;
mod life;
/// `feedwatch lists`.
pub mod lists;
mod moment;
mod once;
mod package;
/// `feedwatch parse`.
pub mod parse;
mod reload;
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
mod subscribe;
/// `feedwatch test`.
pub mod test;
mod why;

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::alert;
use crate::daemon::DaemonError;
use crate::logging::STORE_TROUBLE;
use crate::store::StoreError;
use crate::terminal;

/// The commands by what they are for, below the list of them all.
const BY_TASK: &str = "\
Commands by task:
  set up       check, discover, import, export, sinks
  run          run, reload, once, status, feeds
  read alerts  alerts, story, why, articles, ack, silence, silences
  tune         test, explain, backtest, forms, lists, import-query, parse
  maintain     backup, restore

Start with: feedwatch check && feedwatch run";

/// Watches RSS, Atom and JSON feeds for topics and raises alerts that say why.
#[derive(Debug, Parser)]
#[command(
    name = "feedwatch",
    version,
    max_term_width = 100,
    after_help = BY_TASK
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
    /// The settings file; default: $FEEDWATCH_CONFIG, then ./feedwatch.toml, then /etc/feedwatch/feedwatch.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database file, in place of the one that the settings name
    #[arg(long, global = true, value_name = "FILE")]
    database: Option<PathBuf>,
    /// Print JSON for programs, one object per line
    #[arg(long, global = true)]
    json: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
    /// Show and read times in UTC; default: local time on a terminal, UTC elsewhere
    #[arg(long, global = true, env = "FEEDWATCH_UTC", value_parser = clap::builder::FalseyValueParser::new())]
    utc: bool,
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
    /// Check the settings and watches, and run the tests in the watches
    ///
    /// Shows every mistake it can find, with its place and what to write, and says what would be in force.
    /// (A syntax error hides what follows it in the same file or query.)
    /// Exit code 0: no mistakes. Exit code 1: something has to be corrected.
    Check(check::Check),
    /// Run the daemon: poll, store, match and alert, until SIGTERM
    ///
    /// Ctrl-C and SIGTERM stop it in good order; a second one stops it at once. SIGHUP makes it read the files again,
    /// SIGUSR1 open the alert log again. Alerts are printed on standard error, or go to the journal under systemd.
    /// Exit code 0: stopped. 74: the database cannot be read or written. 75: another feedwatch uses it. 78: the files
    /// have a mistake.
    #[command(after_help = "Example: feedwatch run --config desk/feedwatch.toml")]
    Run,
    /// Poll all feeds that are due, once
    ///
    /// New feeds count as due. Delivers the alerts, prints a summary and exits.
    /// Exit code 0, even if polls failed (the summary counts them). 75: the alert log cannot be written, or another
    /// feedwatch uses the database.
    Once(once::Once),
    /// Show the alerts, follow them, or show matches that raised no alert, and why
    ///
    /// The newest come last.
    Alerts(alerts::Alerts),
    /// Show a story: who carries it, its articles, and what was new in each
    ///
    /// Each article is shown with its outcome: it raised an alert, joined the story, or was held.
    Story(story::Story),
    /// Mark an alert as seen, useful or noise
    ///
    /// A later verdict replaces an earlier one.
    Ack(ack::Ack),
    /// Hold back the alerts of a watch, a feed or a story for a while
    ///
    /// Held alerts are stored. When the silence ends, one record says how many there were.
    Silence(silence::Begin),
    /// List the silences in force, or end one
    Silences(silence::Silences),
    /// List the feeds with state, last success, next poll and last error
    ///
    /// Also shows each feed's interval, its items and its gaps.
    Feeds(feeds::Feeds),
    /// Have the running daemon read its files again
    ///
    /// Says what changed. Exit code 78: the files have a mistake, and the old ones stay in force.
    Reload,
    /// List the latest stored articles, newest last
    Articles(articles::Articles),
    /// List the feeds that a web page offers
    ///
    /// Requests the page once and prints its feeds as `[[feed]]` tables. If the address is a feed itself, it says so.
    Discover(discover::Discover),
    /// Show how a feed document is understood
    Parse(parse::Args),
    /// Try a watch on a text, and show the words that it finds
    Test(test::Args),
    /// Explain why a watch did or did not fire on a stored article
    ///
    /// Uses the current files, and shows what happened to the hit when the article arrived.
    Why(why::Why),
    /// List the sinks: where alerts go besides the log and the journal
    Sinks(sinks::Sinks),
    /// Show how a watch is understood: brackets, word forms, cost
    Explain(explain::Args),
    /// Show the forms of a word in a language
    Forms(forms::Args),
    /// Show the built-in word lists, which any query can use by name
    Lists(lists::Args),
    /// Show what a changed watch would have found in stored articles
    Backtest(backtest::Backtest),
    /// Translate a query of a professional service into the watch language
    ImportQuery(import_query::Args),
    /// Add the feeds of an OPML list to the settings
    ///
    /// Adds `[[feed]]` tables; folders become tags. Feeds that are already polled are left out.
    Import(import::Import),
    /// Write the feeds as an OPML list
    ///
    /// Tags become folders and intervals become attributes. Never overwrites a file.
    Export(export::Export),
    /// Copy the database, even while the daemon runs
    ///
    /// The copy is complete, checked, and from one moment in time. Never overwrites a file.
    Backup(backup::Backup),
    /// Restore the database from a backup
    ///
    /// Checks the backup first. Refused while feedwatch runs with this database.
    Restore(restore::Restore),
    /// Show how the running daemon is doing, or check the whole database
    ///
    /// Exit code 1: the daemon is not running.
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
    if global.utc {
        terminal::use_utc();
    }
    // Whatever a command shows of files, feeds, servers and arguments, nothing of it steers the terminal.
    let mut out = alert::guarded(anstream::stdout(), global.json);
    let mut messages = alert::guarded(anstream::stderr(), false);
    let exit = match command {
        Command::Parse(args) => return parse::run(&args, global.json, &mut out, &mut messages),
        Command::Check(args) => {
            let color = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
            let view = check::View { json: global.json, color };
            let code = args.run(global.config.as_deref(), &setup::environment(&global), view, &mut out)?;
            return Ok(ExitCode::from(code));
        }
        Command::Test(args) => {
            return test::run(&args, global.json, &setup::load_to_read(&global)?.config.watches, &mut out);
        }
        Command::Forms(args) => return forms::run(&args, global.json, &mut out),
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
        Command::Reload => reload::run(&global, &mut out),
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

    #[test]
    fn every_command_is_listed_under_its_task() {
        let lines = super::BY_TASK.lines().filter_map(|line| line.strip_prefix("  "));
        let mut listed: Vec<&str> = lines.flat_map(|line| line[13..].split(", ")).collect();
        listed.sort_unstable();
        let command = super::Cli::command();
        let mut all: Vec<&str> =
            command.get_subcommands().filter(|one| !one.is_hide_set()).map(|one| one.get_name()).collect();
        all.sort_unstable();
        assert_eq!(listed, all);
    }
}
