//! `feedwatch articles`: what was stored, listed or searched; one article in full is shown by `articles show`.

use std::io::{self, Write};
use std::time::Duration;

use clap::{Args, Subcommand};

use super::find::{self, Search};
use super::setup;
use super::{Exit, Global, article, moment};
use crate::alert::{escape, escape_json};
use crate::clock::{Clock, earlier};
use crate::store::{ArticleFilter, Store, StoredArticle};
use crate::words::from_now;

/// The latest articles that were stored, newest last; with --find, those that a query finds, newest first as they are found.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  feedwatch articles --feed guardian --since 6h\n  \
                  feedwatch articles --find 'ferry NEAR/5 strike' --since 90d\n  \
                  feedwatch articles --watch \"office closure\" --json | feedwatch test --items -\n  \
                  feedwatch articles show 4711",
    args_conflicts_with_subcommands = true
)]
pub(super) struct Articles {
    #[command(subcommand)]
    one: Option<One>,
    /// Search for this query, in the language of watches
    #[arg(long, value_name = "QUERY")]
    find: Option<String>,
    /// Only articles in which this watch found something when they came
    #[arg(long, value_name = "NAME")]
    watch: Option<String>,
    /// Only articles first seen since then: "90s", "1h30m", "2w", "14:00", "yesterday", "2026-11-30"
    #[arg(long, value_name = "TIME", value_parser = moment::ago)]
    since: Option<Duration>,
    /// Only articles first seen before this time: "1d" leaves out the last day
    #[arg(long, value_name = "TIME", value_parser = moment::ago)]
    until: Option<Duration>,
    /// Only articles of feeds whose name, title, tag or address contains this text
    #[arg(long, value_name = "TEXT")]
    feed: Option<String>,
    /// Show at most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

#[derive(Debug, Subcommand)]
enum One {
    /// One article in full, with what the watches made of it
    Show(article::Show),
}

pub(super) fn run(global: &Global, args: &Articles, out: &mut impl Write) -> anyhow::Result<Exit> {
    if let Some(One::Show(args)) = &args.one {
        return article::run(global, args, out);
    }
    let now = Clock::System.now();
    let filter = ArticleFilter {
        since: args.since.map(|since| earlier(now, since)),
        until: args.until.map(|until| earlier(now, until)),
        feed: args.feed.clone(),
        watch: args.watch.clone(),
        with_text: global.json,
        limit: args.limit,
    };
    if let Some(query) = &args.find {
        return find::run(global, &Search { query, filter: &filter }, out);
    }
    let files = setup::read(global)?;
    let found = Store::open_to_read(&files.config.store)?.articles(&filter)?;
    for article in &found {
        match global.json {
            true => writeln!(out, "{}", for_machines(article))?,
            false => for_people(article, now, out)?,
        }
    }
    if found.is_empty() && !global.json {
        say!("no article is stored, as far as asked");
    }
    Ok(Exit::Done)
}

fn for_people(article: &StoredArticle, now: crate::clock::Timestamp, out: &mut impl Write) -> io::Result<()> {
    let title = if article.title.trim().is_empty() { &article.summary } else { &article.title };
    let title: String = title.chars().take(120).collect();
    let flag = if article.watches.is_empty() { String::new() } else { format!("  [{}]", article.watches.join(", ")) };
    let (seen, id) = (from_now(article.first_seen_at, now), article.id.0);
    writeln!(out, "{id:>8}  {seen:>8}  {}  {}{}", escape(&article.feed), escape(&title), escape(&flag))
}

/// With the texts, so that `feedwatch test --items` takes it.
fn for_machines(article: &StoredArticle) -> serde_json::Value {
    let mut line = serde_json::json!({
        "id": article.id.0, "feed": article.feed, "title": article.title, "summary": article.summary,
        "body": article.body, "lang": article.lang, "url": article.url, "published": article.published,
        "first_seen": article.first_seen_at, "watches": article.watches,
    });
    escape_json(&mut line);
    line
}
