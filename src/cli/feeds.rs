//! `feedwatch feeds`: how every feed is doing.

use std::io::{IsTerminal, Write};

use clap::{Args, ValueEnum};
use url::Url;

use super::feed_list::{self, state};
use super::subscribe::{self, Change};
use super::{Exit, Global, setup};
use crate::alert;
use crate::clock::{Clock, span};
use crate::store::FeedRow;
use crate::terminal;

/// How every feed is doing: state, last success, next poll and the reason for it, last error.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:
  feedwatch feeds --broken
  feedwatch feeds guardian --sort next
  feedwatch feeds --tag europe --state failing --json
  feedwatch feeds add https://example.org/feed --tag wire
  feedwatch feeds refresh https://example.org/feed",
    args_conflicts_with_subcommands = true
)]
pub(super) struct Feeds {
    #[command(subcommand)]
    change: Option<Change>,
    /// Only feeds that have each of these words in their name, title, address or tags
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Only feeds with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only feeds in this state
    #[arg(long, value_enum)]
    state: Option<State>,
    /// The order of the list
    #[arg(long, value_enum, default_value_t)]
    sort: Sort,
    /// Show at most N feeds
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
    /// Only feeds whose last poll failed
    #[arg(long, conflicts_with = "state")]
    broken: bool,
    /// Print the raw body of this feed's last document (kept only if the document could not be read fully)
    #[arg(long, value_name = "URL", conflicts_with = "broken")]
    body: Option<Url>,
}

/// What became of a feed's last poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum State {
    /// Read without an error
    Ok,
    /// The last poll failed
    Failing,
    /// Not read yet
    New,
    /// The server says that the feed is gone
    Gone,
    /// No longer in the files
    Removed,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Failing => "failing",
            State::New => "new",
            State::Gone => "gone",
            State::Removed => "removed",
        }
    }
}

/// By what the list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Sort {
    /// By name
    #[default]
    Name,
    /// The next to be polled first
    Next,
    /// The longest without a success first
    Success,
    /// The most failures in a row first
    Failures,
    /// The most stored articles first
    Items,
}

impl Sort {
    fn sort(self, rows: &mut [FeedRow]) {
        match self {
            Sort::Name => rows.sort_by_cached_key(|row| row.feed.label().to_lowercase()),
            Sort::Next => rows.sort_by_key(|row| (!row.listed, row.feed.polls.next_at)),
            Sort::Success => rows.sort_by_key(|row| row.feed.polls.succeeded_at),
            Sort::Failures => rows.sort_by_key(|row| std::cmp::Reverse(row.feed.polls.failures)),
            Sort::Items => rows.sort_by_key(|row| std::cmp::Reverse(row.articles)),
        }
    }
}

impl Feeds {
    fn means(&self, row: &FeedRow) -> bool {
        let source = &row.feed.source;
        let all = [
            row.feed.label().as_ref(),
            row.feed.title.as_deref().unwrap_or_default(),
            alert::mask(&source.url).as_ref(),
        ]
        .into_iter()
        .chain(source.tags.iter().map(|tag| &**tag))
        .map(str::to_lowercase)
        .collect::<Vec<_>>();
        let has = |word: &String| all.iter().any(|text| text.contains(&word.to_lowercase()));
        self.words.iter().all(has)
            && self
                .tag
                .as_ref()
                .is_none_or(|tag| source.tags.iter().any(|has| has.to_lowercase() == tag.to_lowercase()))
            && self.state.is_none_or(|wanted| state(row) == wanted)
            && (!self.broken || (row.listed && row.feed.polls.error.is_some()))
    }
}

pub(super) fn run(global: &Global, args: &Feeds, out: &mut impl Write) -> anyhow::Result<Exit> {
    if let Some(change) = &args.change {
        return subscribe::run(global, change, out);
    }
    if let Some(url) = &args.body {
        return body(global, url, out);
    }
    let now = Clock::System.now();
    let mut rows = setup::store(global)?.feeds()?;
    rows.retain(|row| args.means(row));
    args.sort.sort(&mut rows);
    let hidden = rows.len().saturating_sub(args.limit.unwrap_or(usize::MAX));
    rows.truncate(rows.len() - hidden);
    if global.json {
        for row in &rows {
            let mut line = for_machines(row);
            alert::escape_json(&mut line);
            writeln!(out, "{line}")?;
        }
        return Ok(Exit::Done);
    }
    let look = terminal::look(&std::io::stdout());
    feed_list::write(&rows, hidden, &look, now, out)?;
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

fn for_machines(row: &FeedRow) -> serde_json::Value {
    let (feed, polls) = (&row.feed, &row.feed.polls);
    serde_json::json!({
        "url": alert::mask(&feed.source.url),
        "name": feed.source.name,
        "title": feed.title,
        "tags": feed.source.tags,
        "tier": feed.source.tier,
        "related": if feed.source.related_in_full { "alert" } else { "line" },
        "state": state(row).name(),
        "last_poll": polls.last_at,
        "last_success": polls.succeeded_at,
        "next_poll": row.listed.then_some(polls.next_at),
        "interval_s": polls.interval.as_secs_f64(),
        "wait_s": polls.last_at.filter(|_| row.listed).map(|last| span(last, polls.next_at).as_secs_f64()),
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
