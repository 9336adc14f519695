//! `feedwatch backtest [WATCH]`: what a changed watch would have found in the articles that are stored, beside what it finds now or
//! found then. Writes nothing.

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use super::replay::Replay;
use super::replay_report::Report;
use super::setup::{self, Usage, bad_watches};
use super::signals::Interruption;
use super::test::watch_named;
use super::{Exit, Global, moment};
use crate::clock::{Clock, DAY, earlier, short};
use crate::config::{Loaded, WatchFiles, render_all};
use crate::store::{Extent, Store};
use crate::watch::WatchSet;
use crate::words::count_of;

/// How far back by default: a month.
const SINCE: Duration = DAY.saturating_mul(30);
/// Hits of a kind that are shown to people by default.
const SHOWN: usize = 20;
/// How often a terminal is told how far it came.
const TOLD_EVERY: Duration = Duration::from_secs(3);

/// What watches find in the stored articles, newest first, compared with what was found when the articles arrived; or the
/// watches of another file, or another query, compared with the current watches.
///
/// It counts hits, not alerts; stories, silences and limits are not simulated. Nothing is written, and the daemon may run
/// meanwhile. Ctrl-C ends it with the results so far, and exit code 130.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  feedwatch backtest \"office closure\" --against changed.toml\n  \
                  feedwatch backtest mediation --query 'mediation OR go-between' --since 90d\n  \
                  feedwatch backtest --query 'ferry NEAR/5 strike'\n\n\
                  + gained: only the changed watch finds it; - lost: only the current one does; = same: both do.")]
pub(super) struct Backtest {
    /// The name of the watch; all watches if left out
    watch: Option<String>,
    /// A file with the changed watches; lists that it does not define come from the current files
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    against: Option<PathBuf>,
    /// Use this query instead of the watch's find, and keep its other keys; without a watch, the query alone
    #[arg(long, value_name = "QUERY")]
    query: Option<String>,
    /// Articles first seen since then: "90s", "1h30m", "2w", "14:00", "yesterday", "2026-11-30"; default: 30d
    #[arg(long, value_name = "TIME", value_parser = moment::ago, conflicts_with = "all")]
    since: Option<Duration>,
    /// Read all stored articles
    #[arg(long)]
    all: bool,
    /// Show at most this many hits of each kind; default: 20, with --json all
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Also show the hits that both find; --json always has them
    #[arg(long)]
    same: bool,
}

/// What is compared.
struct Trial {
    /// The watches that are compared.
    names: Vec<String>,
    /// All watches, and how many of them are those before; none where that is what was found when the articles came.
    watches: WatchSet,
    before: Option<usize>,
    /// What the two are called where they are told.
    told: String,
}

pub(super) fn run(global: &Global, args: &Backtest, out: &mut impl Write) -> anyhow::Result<Exit> {
    let interruption = Interruption::listen()?;
    let loaded = setup::load_to_try(global)?;
    let Trial { names, watches, before, told } = trial(args, &loaded)?;
    let store = Store::open_to_read(&loaded.config.store)?;
    let since = args.since.unwrap_or(SINCE);
    let scope = match args.all {
        true => "all stored articles".to_owned(),
        false => format!("articles of the last {}", in_days(Duration::from_secs(since.as_secs().div_ceil(60) * 60))),
    };
    let mut replay = Replay::new(&names, watches, before);
    let limit = args.limit.unwrap_or(if global.json { usize::MAX } else { SHOWN });
    let mut report = Report::new(names, global.json, limit, args.same);
    report.begin(&told, &scope, out)?;
    let mut archive = store.archive(Extent {
        since: (!args.all).then(|| earlier(Clock::System.now(), since)),
        with_labels: replay.uses_labels(),
        with_hits: replay.asks_what_was_found(),
    })?;
    let mut told_at = Instant::now();
    let mut more = true;
    while more && !interruption.came() {
        more = archive.read(|archived| {
            report.take(&mut replay, &archived);
            match interruption.came() || report.waits_long() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        report.show(&mut archive, out)?;
        if more && io::stderr().is_terminal() && told_at.elapsed() >= TOLD_EVERY {
            told_at = Instant::now();
            say!("... {}", report.so_far(&archive));
        }
    }
    let is_whole = !more;
    report.conclude(&mut archive, is_whole, out)?;
    Ok(if is_whole { Exit::Done } else { Exit::Interrupted })
}

/// What is compared with what, by what was typed. Mistakes in it end with exit code 2.
fn trial(args: &Backtest, loaded: &Loaded) -> anyhow::Result<Trial> {
    let (in_force, files) = (&loaded.config.watches, &loaded.watch_files);
    let in_force_as = |name: &str| watch_named(name, in_force).ok().map(str::to_owned);
    let (tried, what) = match (&args.against, &args.query, &args.watch) {
        (None, None, name) => {
            let name = name.as_deref().map(|name| watch_named(name, in_force)).transpose()?;
            let watches = match name {
                Some(name) => files.alone(name).compiled_with(&Default::default()),
                None => in_force.clone(),
            };
            let what = match name {
                Some(name) => format!("\"{name}\" as in the files"),
                None => "all watches as in the files".to_owned(),
            };
            let told = format!("{what}, compared with what was found when the articles arrived");
            let names = watches.names().map(str::to_owned).collect();
            return Ok(Trial { names, watches, before: None, told });
        }
        (Some(path), _, name) => {
            let tested = name.as_deref().and_then(in_force_as);
            (files.of_file(path, tested.as_deref()), format!("of {}", path.display()))
        }
        (None, Some(query), name) => {
            let name = name.as_deref().map(|name| watch_named(name, in_force)).transpose()?;
            (files.with_query(name, query), "with this query".to_owned())
        }
    };
    let tried = tried.map_err(|mistakes| bad_watches(&mistakes))?;
    if !tried.remarks.is_empty() {
        let remarks = render_all(&tried.remarks, setup::has_colour());
        say!("{}", remarks.trim_end());
    }
    let name = match (&args.watch, &args.query) {
        (Some(name), None) => {
            Some(watch_named(name, &tried.watches).map_err(|none| Usage(format!("the watches {what}: {none}")))?)
        }
        _ => None,
    };
    let after = name.map_or_else(|| tried.files.clone(), |name| tried.files.alone(name));
    let names: Vec<String> = after.sources().iter().map(|watch| watch.name.clone()).collect();
    let before = match &names[..] {
        [name] if args.watch.is_some() => files.alone(name),
        _ if args.query.is_some() => WatchFiles::default(),
        _ => files.clone(),
    };
    let shown = match &names[..] {
        [_] if args.watch.is_none() && args.query.is_some() => "the query".to_owned(),
        [name] => format!("\"{name}\" {what}"),
        _ => format!("the watches {what}"),
    };
    let told = match before.sources().is_empty() {
        true => format!("{shown} alone, so everything that it finds counts as gained"),
        false => format!("{shown}, compared with the current {}", if names.len() == 1 { "watch" } else { "watches" }),
    };
    let watches = before.compiled_with(&after);
    Ok(Trial { names, watches, before: Some(before.sources().len()), told })
}

/// A span in days, where it is some.
fn in_days(span: Duration) -> String {
    const DAY_SECS: u64 = DAY.as_secs();
    match span.as_secs() {
        secs if secs > 0 && secs.is_multiple_of(DAY_SECS) => count_of((secs / DAY_SECS) as usize, "day"),
        _ => short(span),
    }
}
