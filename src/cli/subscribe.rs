//! `feedwatch feeds add`, `remove` and `refresh`: feeds are managed without an editor. Files keep their comments and layout.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use url::Url;

use super::discover::page;
use super::life::Life;
use super::setup;
use super::{Exit, Global, import};
use crate::alert::{escape, mask};
use crate::clock::Clock;
use crate::config::{Config, without_feed};
use crate::feed::address::canonical;
use crate::model::FeedSource;
use crate::store::{Asked, Store};
use crate::words::from_now;

/// What is done with one feed.
#[derive(Debug, Subcommand)]
pub(super) enum Change {
    /// Add a feed to the settings
    Add(Add),
    /// Take a feed out of the settings; what was stored of it stays
    Remove(Remove),
    /// Ask the running daemon to poll a feed now
    ///
    /// The daemon does so within half a minute, unless the server named a time, or its host asked to be left alone.
    Refresh(Refresh),
}

/// Adds a feed as a [[feed]] table.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: feedwatch feeds add https://example.org/feed --name \"Example\" --tag wire && feedwatch reload"
)]
pub(super) struct Add {
    /// The address of the feed; `feedwatch discover URL` finds those of a page
    #[arg(value_parser = page)]
    url: Url,
    /// The name in alerts; without it the feed's own title
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Add to this TOML file, which `feeds = [...]` must name; default: the settings file
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Takes a feed out of the file that names it.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch feeds remove https://example.org/feed && feedwatch reload")]
pub(super) struct Remove {
    /// The address of the feed
    #[arg(value_parser = page)]
    url: Url,
}

/// Asks the running daemon to poll a feed now.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch feeds refresh https://example.org/feed")]
pub(super) struct Refresh {
    /// The address of the feed
    #[arg(value_parser = page)]
    url: Url,
}

pub(super) fn run(global: &Global, change: &Change, out: &mut impl Write) -> anyhow::Result<Exit> {
    match change {
        Change::Add(args) => {
            let feed = FeedSource {
                url: args.url.clone(),
                name: args.name.clone(),
                tags: args.tags.clone(),
                every: None,
                holds_others: true,
                tier: None,
                related_in_full: false,
            };
            add(global, &feed, args.to.as_deref(), out)
        }
        Change::Remove(args) => remove(global, &args.url, out),
        Change::Refresh(args) => refresh(global, &args.url, out),
    }
}

/// Adds a feed to a file of the settings, unless it is there.
pub(super) fn add(global: &Global, feed: &FeedSource, to: Option<&Path>, out: &mut impl Write) -> anyhow::Result<Exit> {
    let config = setup::load_to_read(global)?.config;
    let (shown, wanted) = (mask(&feed.url), canonical(feed.url.as_str()));
    if config.feeds.iter().any(|known| canonical(known.url.as_str()) == wanted) {
        told(global, &shown, "known", &format!("{shown} is among the feeds already"), out)?;
        return Ok(Exit::No);
    }
    let to = to.unwrap_or(&config.path);
    import::append(global, &config, to, "", std::slice::from_ref(feed))?;
    let words = format!("{shown} added to {}; `feedwatch reload` has the running daemon poll it", to.display());
    told(global, &shown, "added", &words, out)?;
    Ok(Exit::Done)
}

fn told(global: &Global, url: &str, became: &str, words: &str, out: &mut impl Write) -> std::io::Result<()> {
    match global.json {
        true => writeln!(out, "{}", serde_json::json!({ "url": url, "became": became })),
        false => writeln!(out, "{}", escape(words)),
    }
}

fn remove(global: &Global, url: &Url, out: &mut impl Write) -> anyhow::Result<Exit> {
    let before = setup::load_to_read(global)?.config;
    let shown = mask(url);
    let Some((file, text, rest)) = table_of(&before, url)? else {
        let wanted = canonical(url.as_str());
        anyhow::ensure!(
            before.feeds.iter().all(|feed| canonical(feed.url.as_str()) != wanted),
            "{shown} stands in an OPML list, or in a credential: take it out there"
        );
        told(global, &shown, "unknown", &format!("{shown} is not among the feeds; `feedwatch feeds` lists them"), out)?;
        return Ok(Exit::No);
    };
    let write = |text: &str| std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()));
    write(&rest)?;
    let wrong = match setup::load_to_read(global) {
        Err(mistakes) => Some(mistakes.to_string()),
        Ok(after) if after.config.feeds.len() + 1 != before.feeds.len() => {
            Some("another file has the feed too, or more than this feed would go".to_owned())
        }
        Ok(_) => None,
    };
    if let Some(wrong) = wrong {
        write(&text)?;
        anyhow::bail!("{wrong}\n{} is as it was", file.display());
    }
    let words = format!("{shown} taken out of {}; `feedwatch reload` has the running daemon forget it", file.display());
    told(global, &shown, "removed", &words, out)?;
    Ok(Exit::Done)
}

/// The file that names a feed, its text, and its text without the feed.
fn table_of(config: &Config, url: &Url) -> anyhow::Result<Option<(PathBuf, String, String)>> {
    for file in &config.files {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        if let Some(rest) = without_feed(&text, &|named| canonical(named) == canonical(url.as_str())) {
            return Ok(Some((file.clone(), text, rest)));
        }
    }
    Ok(None)
}

fn refresh(global: &Global, url: &Url, out: &mut impl Write) -> anyhow::Result<Exit> {
    let config = setup::read(global)?.config;
    let store = Store::open_beside(&config.store)?;
    let now = Clock::System.now();
    let shown = mask(url);
    let life = Life::of(store.last_run()?.as_ref(), now);
    let (became, words, exit) = match store.ask_now(url.as_str(), now)? {
        Asked::Unknown => {
            let words = format!("{shown} is not among the feeds that feedwatch polls; `feedwatch feeds` lists them");
            ("unknown", words, Exit::No)
        }
        Asked::Waits { until, why } => {
            ("waits", format!("{shown} is left alone until {}: {why}", from_now(until, now)), Exit::TryAgain)
        }
        Asked::Due if life == Life::Runs => ("due", format!("{shown} is polled within half a minute"), Exit::Done),
        Asked::Due => ("due", format!("{shown} is due; {life}: `feedwatch once` polls it"), Exit::Done),
    };
    told(global, &shown, became, &words, out)?;
    Ok(exit)
}
