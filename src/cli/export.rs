//! `feedwatch export`: the feeds as an OPML list that other readers take, and `feedwatch import` without a loss.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::{Exit, Global, setup};
use crate::config::{is_not_read, write_opml};
use crate::model::{FeedSource, SECRET_PARAMETERS};
use crate::store::Store;
use crate::words::count_of;

/// Readable for whom a list of feeds is meant; with passwords for the owner alone.
const MODE: u32 = 0o644;
const MODE_WITH_SECRETS: u32 = 0o600;

/// Writes the feeds as an OPML list: tags as folders, intervals as attributes. Never writes over a file.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch export feeds.opml")]
pub(super) struct Export {
    /// The new file; `-` writes to standard output
    file: PathBuf,
    /// Include passwords and secret parameters of addresses; they are left out by default
    #[arg(long)]
    with_secrets: bool,
}

pub(super) fn run(global: &Global, args: &Export, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (mut feeds, titles) = listed(global, args)?;
    name_all(&mut feeds, &titles);
    let all = feeds.len();
    feeds.retain(|feed| !is_not_read(&feed.url));
    let left_out = all - feeds.len();
    let stripped = if args.with_secrets { 0 } else { feeds.iter_mut().map(strip).filter(|stripped| *stripped).count() };
    let text = write_opml(&feeds);
    if args.file == Path::new("-") {
        // The list as it is: it is for another program.
        std::io::stdout().write_all(text.as_bytes())?;
    } else {
        let mode = if args.with_secrets { MODE_WITH_SECRETS } else { MODE };
        let shown = args.file.display();
        let mut file = match File::options().write(true).create_new(true).mode(mode).open(&args.file) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                say!("feedwatch: {shown} exists already; name another file");
                return Ok(Exit::No);
            }
            file => file.with_context(|| format!("cannot write {shown}"))?,
        };
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .with_context(|| format!("cannot write {shown}"))?;
        writeln!(out, "{} written to {shown}", count_of(feeds.len(), "feed"))?;
    }
    if stripped > 0 {
        say!("{} written without its secrets; --with-secrets writes them", count_of(stripped, "feed"));
    }
    if left_out > 0 {
        say!("left out, as the address stands in a credential: {}", count_of(left_out, "feed"));
    }
    Ok(Exit::Done)
}

/// The feeds of the files; where those have a mistake, the feeds that feedwatch polls by what it read last.
fn listed(global: &Global, args: &Export) -> anyhow::Result<(Vec<FeedSource>, HashMap<String, String>)> {
    let files = setup::read(global)?;
    let store = Store::open_to_read(&files.config.store);
    if files.mistakes.is_some() {
        say!("these are the feeds that feedwatch knew when the files were last right");
        let store = store?;
        return Ok((store.listed()?, store.titles()?));
    }
    let feeds = if args.with_secrets { setup::load(global)?.config.feeds } else { files.config.feeds };
    // Before the first run no titles are known.
    Ok((feeds, store.and_then(|store| store.titles()).unwrap_or_default()))
}

/// Calls feeds that have no name of their own by their titles: other readers would show addresses.
fn name_all(feeds: &mut [FeedSource], titles: &HashMap<String, String>) {
    for feed in feeds.iter_mut().filter(|feed| feed.name.is_none()) {
        feed.name = titles.get(feed.url.as_str()).cloned();
    }
}

/// Takes user, password and secret parameters out of an address; whether there were any.
fn strip(feed: &mut FeedSource) -> bool {
    let before = feed.url.clone();
    // These fail only for addresses that cannot carry a user at all.
    let _ = feed.url.set_password(None);
    let _ = feed.url.set_username("");
    let is_secret = |name: &str| SECRET_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known));
    if before.query_pairs().any(|(name, _)| is_secret(&name)) {
        let others: Vec<_> = before.query_pairs().filter(|(name, _)| !is_secret(name)).collect();
        feed.url.set_query(None);
        if !others.is_empty() {
            feed.url.query_pairs_mut().extend_pairs(others);
        }
    }
    feed.url != before
}
