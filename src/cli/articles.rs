//! `feedwatch articles`: what was stored.

use std::io::Write;
use std::time::Duration;

use clap::Args;

use super::setup;
use super::{Exit, Global};
use crate::alert::{escape, escape_json};
use crate::clock::{Clock, earlier};
use crate::store::ArticleFilter;
use crate::words::from_now;

/// The latest articles that were stored, newest last.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch articles --feed guardian --since 6h")]
pub(super) struct Articles {
    /// Only articles first seen within this time: "90s", "15m", "6h", "7d"
    #[arg(long, value_name = "SPAN", value_parser = setup::span)]
    since: Option<Duration>,
    /// Only articles of feeds whose name, title, tag or address contains this text
    #[arg(long, value_name = "TEXT")]
    feed: Option<String>,
    /// Show at most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

pub(super) fn run(global: &Global, args: &Articles, out: &mut impl Write) -> anyhow::Result<Exit> {
    let now = Clock::System.now();
    let filter = ArticleFilter {
        since: args.since.map(|since| earlier(now, since)),
        feed: args.feed.clone(),
        limit: args.limit,
    };
    for article in setup::store(global)?.articles(&filter)? {
        if global.json {
            let mut line = serde_json::json!({
                "id": article.id.0, "feed": article.feed, "title": article.title, "url": article.url,
                "published": article.published, "first_seen": article.first_seen_at, "watches": article.watches,
            });
            escape_json(&mut line);
            writeln!(out, "{line}")?;
            continue;
        }
        let title = if article.title.trim().is_empty() { &article.summary } else { &article.title };
        let title: String = title.chars().take(120).collect();
        let flag =
            if article.watches.is_empty() { String::new() } else { format!("  [{}]", article.watches.join(", ")) };
        let seen = from_now(article.first_seen_at, now);
        writeln!(
            out,
            "{:>8}  {:>8}  {}  {}{}",
            article.id.0,
            seen,
            escape(&article.feed),
            escape(&title),
            escape(&flag)
        )?;
    }
    Ok(Exit::Done)
}
