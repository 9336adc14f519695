//! `feedwatch import`: the feeds of an OPML list, added to a file of settings that otherwise stays byte for byte.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::setup::{self, Usage};
use super::{Exit, Global};
use crate::alert;
use crate::config::{Config, Diagnostic, OpmlFeed, feed_table, read_opml, render_all};
use crate::feed::address::canonical;
use crate::model::FeedSource;
use crate::watch::Severity;
use crate::words::count_of;

/// Adds the feeds of an OPML list as [[feed]] tables: folders become tags. What is polled already is left out.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  feedwatch import subscriptions.opml --dry-run\n  feedwatch import subscriptions.opml --to feeds.toml"
)]
pub(super) struct Import {
    /// The OPML list
    file: PathBuf,
    /// Add to this TOML file, which must be listed in `feeds = [...]`; default: the settings file
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Only show what would be added
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(global: &Global, args: &Import, out: &mut impl Write) -> anyhow::Result<Exit> {
    let config = setup::load_to_read(global)?.config;
    let (listed, found) = read_opml(&args.file, &config.guard).map_err(|error| Usage(error.to_string()))?;
    let (refused, warned): (Vec<Diagnostic>, Vec<Diagnostic>) =
        found.into_iter().partition(|found| found.severity == Severity::Error);
    let mut seen: HashSet<String> = config.feeds.iter().map(|feed| canonical(feed.url.as_str())).collect();
    let (listed, again) = each_once(listed);
    let (new, mut known): (Vec<OpmlFeed>, Vec<OpmlFeed>) =
        listed.into_iter().partition(|feed| seen.insert(canonical(feed.source.url.as_str())));
    known.extend(again);
    let to = args.to.as_deref().unwrap_or(&config.path);
    if !new.is_empty() && !args.dry_run {
        add(global, &config, to, &args.file, &new)?;
    }
    if global.json {
        let of = |feeds: &[OpmlFeed], became: &'static str| -> Vec<serde_json::Value> {
            let line = |feed: &OpmlFeed| {
                serde_json::json!({
                    "url": alert::mask(&feed.source.url), "name": feed.source.name, "tags": feed.source.tags, "line": feed.line,
                    "became": became,
                })
            };
            feeds.iter().map(line).collect()
        };
        for line in of(&new, "added").into_iter().chain(of(&known, "known")) {
            writeln!(out, "{line}")?;
        }
        for mistake in &refused {
            let line = mistake.place.line_and_column().map(|(line, _)| line);
            writeln!(out, "{}", serde_json::json!({ "line": line, "became": "refused", "why": mistake.message }))?;
        }
        for warning in &warned {
            let line = warning.place.line_and_column().map(|(line, _)| line);
            let why = [Some(warning.message.as_str()), warning.label.as_deref()].into_iter().flatten();
            let why = why.collect::<Vec<_>>().join(": ");
            writeln!(
                out,
                "{}",
                serde_json::json!({ "line": line, "became": "warned", "why": why, "help": warning.help })
            )?;
        }
    } else {
        let all: Vec<Diagnostic> = refused.iter().chain(&warned).cloned().collect();
        if !all.is_empty() {
            write!(out, "{}", render_all(&all, false))?;
        }
        let would = if args.dry_run { "would be " } else { "" };
        writeln!(
            out,
            "{} {would}added to {}, {} known already, {} refused",
            count_of(new.len(), "feed"),
            to.display(),
            known.len(),
            refused.len()
        )?;
    }
    Ok(if refused.is_empty() { Exit::Done } else { Exit::No })
}

/// The feeds of a list, each once, with the tags of all the folders that it is in; and those that are there again.
fn each_once(listed: Vec<OpmlFeed>) -> (Vec<OpmlFeed>, Vec<OpmlFeed>) {
    let mut places = HashMap::<String, usize>::new();
    let (mut all, mut again) = (Vec::<OpmlFeed>::new(), Vec::new());
    for feed in listed {
        match places.entry(canonical(feed.source.url.as_str())) {
            Entry::Vacant(place) => {
                place.insert(all.len());
                all.push(feed);
            }
            Entry::Occupied(place) => {
                let known = &mut all[*place.get()].source;
                let new: Vec<String> =
                    feed.source.tags.iter().filter(|tag| !known.tags.contains(tag)).cloned().collect();
                known.tags.extend(new);
                again.push(feed);
            }
        }
    }
    (all, again)
}

fn add(global: &Global, config: &Config, to: &Path, from: &Path, feeds: &[OpmlFeed]) -> anyhow::Result<()> {
    let name = from.file_name().unwrap_or_default().to_string_lossy().escape_default().to_string();
    let feeds: Vec<FeedSource> = feeds.iter().map(|feed| feed.source.clone()).collect();
    append(global, config, to, &format!("\n# Imported from {name}\n"), &feeds)
}

/// Appends the tables, so that comments, owner, mode and links of the file stay; takes them back if the files are no
/// longer right with them.
pub(super) fn append(
    global: &Global,
    config: &Config,
    to: &Path,
    head: &str,
    feeds: &[FeedSource],
) -> anyhow::Result<()> {
    let shown = to.display();
    let mut file = File::options().read(true).append(true).create(true).open(to);
    let file = file.as_mut().map_err(|error| anyhow::anyhow!("cannot write {shown}: {error}"))?;
    let mut before = String::new();
    file.read_to_string(&mut before).with_context(|| format!("cannot read {shown}"))?;
    if before.trim_start().starts_with('<') {
        return Err(Usage(format!("{shown} is not a TOML file; name another one with --to")).into());
    }
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let tables: String = feeds.iter().map(|feed| format!("\n{}", feed_table(feed))).collect();
    let text = format!("{gap}{head}{tables}");
    let take_back = |file: &File| file.set_len(before.len() as u64);
    if let Err(error) = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
        take_back(file)?;
        anyhow::bail!("cannot write {shown}: {error}; it is as it was");
    }
    match setup::load_to_read(global) {
        Err(mistakes) => {
            take_back(file)?;
            anyhow::bail!(
                "{mistakes}\nwith {} the files would be wrong; {shown} is as it was",
                count_of(feeds.len(), "new feed")
            )
        }
        Ok(now) if now.config.feeds.len() == config.feeds.len() => {
            say!("{shown} is not in use yet: write feeds = [\"{shown}\"] into {}", config.path.display());
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}
