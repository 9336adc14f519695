//! `feedwatch silence` and `feedwatch silences`: hold alerts back for a while, with a reason and an end.

use std::io::Write;
use std::time::Duration;

use clap::Args;

use super::setup;
use super::test::watch_named;
use super::{Exit, Global, moment};
use crate::alert::{self, escape, mask};
use crate::clock::{Clock, MINUTE, Timestamp, later, short, span};
use crate::config::Partial;
use crate::model::{Scope, Silence};
use crate::store::Store;
use crate::terminal;
use crate::words::{count_of, from_now};

/// Feeds named to somebody who named more than one.
const NAMED_MOST: usize = 8;

/// Holds back the alerts of a watch, a feed or a story. They are kept; when the silence ends, one record counts them.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  feedwatch silence \"office closure\" --for 2h --why \"known; the desk is on it\"\n  \
                  feedwatch silence --feed reliefweb --for 1d --why \"floods of reports\"\n  \
                  feedwatch silence --story 1f0c2a --for 12h --why \"told enough\""
)]
#[command(group = clap::ArgGroup::new("what").required(true))]
#[command(group = clap::ArgGroup::new("length").required(true))]
pub(super) struct Begin {
    /// The name of the watch
    #[arg(group = "what")]
    watch: Option<String>,
    /// The feed whose name, title or address contains this text
    #[arg(long, value_name = "TEXT", group = "what")]
    feed: Option<String>,
    /// The story of the alert with this id; possibly different stories still appear as a line
    #[arg(long, value_name = "ID", group = "what")]
    story: Option<String>,
    /// How long: "30m", "2h", "3d"
    #[arg(long = "for", value_name = "SPAN", value_parser = setup::span, group = "length")]
    span: Option<Duration>,
    /// Until when: "18:00", "tomorrow", "2026-12-01 09:00"
    #[arg(long, value_name = "TIME", value_parser = moment::ahead, group = "length")]
    until: Option<Duration>,
    /// Why, for colleagues who wonder about the quiet
    #[arg(long, value_name = "TEXT")]
    why: String,
}

/// The silences in force.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  feedwatch silences\n  feedwatch silences --end 3")]
pub(super) struct Silences {
    /// Include silences that have ended
    #[arg(long)]
    all: bool,
    /// End the silence with this number now
    #[arg(long, value_name = "NUMBER")]
    end: Option<i64>,
}

pub(super) fn begin(global: &Global, args: &Begin, out: &mut impl Write) -> anyhow::Result<Exit> {
    let files = setup::read(global)?;
    let store = Store::open_beside(&files.config.store)?;
    let (scope, target) = match (&args.watch, &args.feed, &args.story) {
        (Some(watch), ..) => (Scope::Watch, watch_meant(watch, &files, &store)?),
        (_, Some(feed), _) => (Scope::Feed, feed_named(&store, feed)?),
        (.., story) => (Scope::Story, setup::story(&store, story.as_deref().unwrap_or_default())?),
    };
    let span = args.span.or(args.until).unwrap_or_default();
    anyhow::ensure!(!span.is_zero(), "a silence of no length holds nothing; write --for 2h");
    let now = Clock::System.now();
    let silence = Silence { id: 0, scope, target, why: args.why.clone(), since: now, until: later(now, span), held: 0 };
    let id = store.begin_silence(&silence)?;
    let until = alert::at(silence.until, &terminal::look(&std::io::stdout()));
    writeln!(out, "silence {id}: {} {}, until {until}", scope.name(), escape(&silence.target))?;
    Ok(Exit::Done)
}

/// The watch that is meant, by its name in the files; where they have a mistake, by what is known of its alerts.
fn watch_meant(watch: &str, files: &Partial, store: &Store) -> anyhow::Result<String> {
    if files.mistakes.is_some() {
        let known =
            files.watch_files.sources().iter().map(|watch| watch.name.clone()).chain(store.watches_of_alerts()?);
        if let Some(name) = known.into_iter().find(|name| name.eq_ignore_ascii_case(watch)) {
            return Ok(name);
        }
        anyhow::bail!(
            "no watch {watch:?} is known as far as the files can be read; `feedwatch check` shows their mistake"
        );
    }
    Ok(watch_named(watch, &files.config.watches).map_err(|unknown| anyhow::anyhow!("{unknown}"))?.to_owned())
}

/// When it ends, or ended: of what is left no minute is hidden.
fn end(until: Timestamp, now: Timestamp) -> String {
    match span(now, until).div_duration_f64(MINUTE) {
        minutes if until > now && minutes >= 1.0 => format!("in {}", short(MINUTE * minutes.round() as u32)),
        _ => from_now(until, now),
    }
}

/// The one feed that is meant, by its address as records show it.
fn feed_named(store: &Store, text: &str) -> anyhow::Result<String> {
    let wanted = text.to_lowercase();
    let feeds = store.feeds()?;
    let meant: Vec<_> = feeds
        .iter()
        .filter(|row| row.listed)
        .map(|row| &row.feed)
        .filter(|feed| format!("{} {}", feed.label(), feed.source.url).to_lowercase().contains(&wanted))
        .collect();
    match meant.as_slice() {
        [] => anyhow::bail!("no feed's name, title or address holds {text:?}; `feedwatch feeds` lists them"),
        [feed] => Ok(mask(&feed.source.url)),
        feeds => {
            let some: Vec<_> = feeds.iter().take(NAMED_MOST).map(|feed| feed.label()).collect();
            let (count, more) = (count_of(feeds.len(), "feed"), if feeds.len() > some.len() { " ..." } else { "" });
            anyhow::bail!("{text:?} means {count}: {}{more}; give more of the one you mean", some.join(", "))
        }
    }
}

pub(super) fn list(global: &Global, args: &Silences, out: &mut impl Write) -> anyhow::Result<Exit> {
    let now = Clock::System.now();
    if let Some(id) = args.end {
        let ended = setup::store_beside(global)?.end_silence(id, now)?;
        if global.json {
            writeln!(out, "{}", serde_json::json!({ "id": id, "ended": ended }))?;
            return Ok(if ended { Exit::Done } else { Exit::No });
        }
        writeln!(
            out,
            "{}",
            if ended { format!("silence {id} ended") } else { format!("no silence {id} is in force") }
        )?;
        return Ok(if ended { Exit::Done } else { Exit::No });
    }
    let silences = setup::store(global)?.silences(now, args.all)?;
    if silences.is_empty() && !global.json {
        // Beside the output, so that a pipe gets silences only.
        say!("no silence is in force; --all shows those that are over");
    }
    for silence in silences {
        let Silence { id, scope, target, why, since, until, held } = &silence;
        if global.json {
            let line = serde_json::json!({
                "id": id, "scope": scope.name(), "target": target, "why": why, "since": since, "until": until, "held": held,
            });
            writeln!(out, "{line}")?;
            continue;
        }
        let state = if *until <= now { "ended" } else { "ends" };
        let (what, until) = (format!("{} {}", scope.name(), escape(target)), end(*until, now));
        writeln!(out, "{id:>4}  {what}  {state} {until}  {} held  {}", count_of(*held as usize, "hit"), escape(why))?;
    }
    Ok(Exit::Done)
}
