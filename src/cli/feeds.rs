//! `feedwatch feeds`: how every feed is doing.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use url::Url;

use super::setup::{self, from_now};
use super::{Exit, Global};
use crate::alert;
use crate::clock::{Clock, Timestamp, short};
use crate::model::Wait;
use crate::store::FeedRow;
use crate::terminal;

/// A table of the feeds: state, last success, next poll, interval, items, gaps, last error.
#[derive(Debug, Args)]
#[command(after_help = "Example: feedwatch feeds --broken")]
pub(super) struct Feeds {
    /// Only feeds whose last poll failed
    #[arg(long)]
    broken: bool,
    /// Print the raw body of this feed's last document, if something was wrong with it
    #[arg(long, value_name = "URL", conflicts_with = "broken")]
    body: Option<Url>,
}

pub(super) fn run(global: &Global, args: &Feeds, out: &mut impl Write) -> anyhow::Result<Exit> {
    if let Some(url) = &args.body {
        return body(global, url, out);
    }
    let now = Clock::System.now();
    let mut rows = setup::store(global)?.feeds()?;
    rows.retain(|row| !args.broken || (row.listed && row.feed.polls.error.is_some()));
    if global.json {
        for row in &rows {
            let mut line = for_machines(row);
            alert::escape_json(&mut line);
            writeln!(out, "{line}")?;
        }
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        writeln!(out, "{}", if args.broken { "no feed is broken" } else { "no feeds yet" })?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(terminal::look(&std::io::stdout()).width.unwrap_or(200) as u16);
    table.set_header([
        "feed",
        "state",
        "last success",
        "next poll",
        "interval",
        "items",
        "gaps",
        "last error, or why it waits",
    ]);
    for row in &rows {
        table.add_row(for_people(row, now));
    }
    writeln!(out, "{}", table.trim_fmt())?;
    Ok(Exit::Done)
}

fn body(global: &Global, url: &Url, out: &mut impl Write) -> anyhow::Result<Exit> {
    match setup::store(global)?.kept_body(url.as_str())? {
        Some((why, body)) => {
            why.iter().for_each(|why| say!("{}", alert::escape(why)));
            // As it came for a file or a program; a terminal is not steered by it.
            let stdout = std::io::stdout();
            if stdout.is_terminal() {
                out.write_all(&body)?
            } else {
                stdout.lock().write_all(&body)?
            }
            Ok(Exit::Done)
        }
        None => {
            say!("nothing is kept of {}: its last document was read well, or there was none", alert::mask(url));
            Ok(Exit::No)
        }
    }
}

fn state(row: &FeedRow) -> &'static str {
    let polls = &row.feed.polls;
    match () {
        () if !row.listed => "removed",
        () if polls.wait == Wait::Gone => "gone",
        () if polls.error.is_some() => "failing",
        () if polls.succeeded_at.is_some() => "ok",
        () => "new",
    }
}

fn speaks_of_host(wait: &Wait) -> bool {
    matches!(wait, Wait::RetryAfter { host: true, .. } | Wait::Throttled { .. })
}

fn for_people(row: &FeedRow, now: Timestamp) -> [String; 8] {
    let polls = &row.feed.polls;
    let or_never = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| from_now(at, now));
    let next = if row.listed { from_now(polls.next_at, now) } else { "-".to_owned() };
    let wait = match row.host_paused_until.filter(|until| *until > now) {
        Some(until) if !speaks_of_host(&polls.wait) => format!("host pauses until {until:.0}"),
        _ => polls.wait.to_string(),
    };
    let mut note = match &polls.error {
        Some(error) => format!("{error} ({} in a row); {wait}", polls.failures),
        None => wait,
    };
    if let Some(adopted) = &row.feed.adopted {
        note += &format!("; moved to {}", alert::mask(adopted));
    }
    if polls.learned.paging.is_some() {
        note += "; its older pages are read";
    }
    if let Some(suggestion) = &polls.learned.suggestion {
        note += &format!("; its {} names {}", suggestion.by, alert::mask(&suggestion.url));
    }
    [
        alert::escape(&row.feed.label()).into_owned(),
        state(row).to_owned(),
        or_never(polls.succeeded_at),
        next,
        roughly(polls.interval),
        row.articles.to_string(),
        polls.learned.gaps.to_string(),
        alert::escape(&note).into_owned(),
    ]
}

/// Whole minutes are enough for what takes many.
fn roughly(span: Duration) -> String {
    const MINUTE_S: u64 = 60;
    match span.as_secs() {
        seconds if seconds >= 10 * MINUTE_S => short(Duration::from_secs(seconds / MINUTE_S * MINUTE_S)),
        seconds => short(Duration::from_secs(seconds)),
    }
}

fn for_machines(row: &FeedRow) -> serde_json::Value {
    let (feed, polls) = (&row.feed, &row.feed.polls);
    serde_json::json!({
        "url": alert::mask(&feed.source.url),
        "name": feed.source.name,
        "title": feed.title,
        "tags": feed.source.tags,
        "tier": feed.source.tier,
        "related": if feed.source.related_in_full { "alert" } else { "line" },
        "state": state(row),
        "last_poll": polls.last_at,
        "last_success": polls.succeeded_at,
        "next_poll": row.listed.then_some(polls.next_at),
        "interval_s": polls.interval.as_secs_f64(),
        "wait": polls.wait.to_string(),
        "wait_reason": polls.wait,
        "failures": polls.failures,
        "error": polls.error,
        "articles": row.articles,
        "charset": row.charset,
        "lossy": row.lossy,
        "gaps": polls.learned.gaps,
        "last_gap": polls.learned.gap_at,
        "suggestion": polls.learned.suggestion.as_ref().map(|suggestion| {
            serde_json::json!({ "url": alert::mask(&suggestion.url), "by": suggestion.by })
        }),
        "adopted": feed.adopted.as_ref().map(alert::mask),
        "host_paused_until": row.host_paused_until,
    })
}
