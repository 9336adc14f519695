//! The changes by a poll, as counts and as a line of the log.

use std::time::Duration;

use super::answered::Settled;
use super::notify;
use crate::alert::{escape, mask};
use crate::clock::Timestamp;
use crate::model::{Changes, Feed, Keep, Outcome, Suggestion};
use crate::store::{KeepInForce, Opening, RunStatus};
use crate::words::count_of;

/// Polls that are later than this are worth a word.
const LAG_TOLD: Duration = Duration::from_secs(5);

/// The bytes that a slow disk reads, or writes, per second.
const SLOW_DISK_BYTES: u64 = 10_000_000;

/// What happens to the database before it is used, and that the service manager has to be patient meanwhile.
pub(super) fn log_opening(opening: Opening) {
    let patience = |bytes: u64| notify::takes_up_to(Duration::from_secs(60 + bytes / SLOW_DISK_BYTES));
    match opening {
        Opening::Checking { bytes } => {
            patience(bytes);
            tracing::warn!(bytes, "the last run ended abnormally; checking the database");
        }
        Opening::Whole => tracing::info!("database check passed"),
        Opening::Copying { bytes, copy } => {
            patience(bytes);
            let copy = copy.display();
            tracing::info!(bytes, %copy, "upgrading the database; a copy of the old one is kept at {copy}");
        }
        Opening::Upgraded { from, to } => tracing::info!(from, to, "the database was upgraded"),
    }
}

/// How long articles are kept, where that is not what people would expect.
pub(super) fn log_keep(keep: KeepInForce, is_written: bool) {
    let KeepInForce { so_far, now } = keep;
    match so_far {
        Some(so_far) if so_far != now => tracing::info!(%so_far, %now, "articles are kept {now}, so far {so_far}"),
        Some(_) if !is_written && now > Keep::DEFAULT => tracing::info!(
            %now, "articles are kept {now}, as so far: keep is not written in the files. To have older ones deleted, write \
             keep = \"{}\" in [store]", Keep::DEFAULT
        ),
        _ => {}
    }
}

/// Counts the settled changes and logs them; returns whether there is something to deliver.
pub(super) fn tell(status: &mut RunStatus, settled: &Settled, now: Timestamp) -> bool {
    let mut is_owed = false;
    for (feed, changes) in &settled.parts {
        log_part(feed, changes);
        is_owed |= tally_articles(status, changes, now);
    }
    for (feed, changes) in &settled.changes {
        is_owed |= tally(status, changes, now);
        log_poll(feed, changes);
    }
    is_owed
}

/// Counts what a poll changed; whether there is something to deliver.
fn tally(status: &mut RunStatus, changes: &Changes, now: Timestamp) -> bool {
    let tally = &mut status.tally;
    tally.polls += 1;
    match changes.polls.error {
        Some(_) => tally.failed += 1,
        None => status.last_success_at = Some(now),
    }
    tally_articles(status, changes, now)
}

/// Counts the articles of a poll, or of a part of it, and what became of their hits; whether there is something to
/// deliver.
fn tally_articles(status: &mut RunStatus, changes: &Changes, now: Timestamp) -> bool {
    let tally = &mut status.tally;
    let raised_before = tally.raised;
    for change in &changes.articles {
        tally.articles += u64::from(change.known.is_none());
        tally.edited += u64::from(change.known.is_some());
        for decided in &change.alerts {
            tally.raised += u64::from(decided.outcome.is_told());
            let is_joined = decided.outcome == Outcome::Joined;
            tally.joined += u64::from(is_joined);
            tally.held += u64::from(is_held(decided.outcome) && !is_joined);
            tally.story_feeds += u64::from(decided.gained.feeds);
            tally.story_publishers += u64::from(decided.gained.publishers);
            tally.story_origins += u64::from(decided.gained.origins);
        }
    }
    let is_raised = tally.raised > raised_before;
    if is_raised {
        status.last_alert_at = Some(now);
    }
    is_raised || !changes.notices.is_empty()
}

/// Whether a hit was joined to a story or held. What was lost is no hit.
fn is_held(outcome: Outcome) -> bool {
    !outcome.is_told() && outcome != Outcome::Lost
}

/// The line that `systemctl status` shows: what a glance should tell.
pub(super) fn status_line(status: &RunStatus) -> String {
    let RunStatus { tally, feeds, watches, failing, lateness_ms, is_offline, trouble, last_alert_at, .. } = status;
    let mut line = count_of(*feeds, "feed");
    if *failing > 0 {
        line += &format!(" ({failing} failing)");
    }
    let last =
        last_alert_at.map_or("no alert yet".to_owned(), |at| format!("last alert {}", at.strftime("%F %H:%M UTC")));
    line += &format!(", {}; {last}; {} polls, {} alerts", count_of(*watches, "watch"), tally.polls, tally.raised);
    let lag = Duration::from_millis(*lateness_ms);
    if lag >= LAG_TOLD {
        line += &format!("; {} s late", lag.as_secs());
    }
    if *is_offline {
        line += "; no server can be reached";
    }
    if let Some(trouble) = trouble {
        line += &format!("; {trouble}");
    }
    line
}

/// One line a part of a document that is too large for one transaction.
fn log_part(feed: &Feed, changes: &Changes) {
    let (name, url, articles) = (feed.label(), mask(&feed.source.url), changes.articles.len());
    tracing::info!(feed = %escape(&name), %url, articles, "a part of a large document is settled; the rest follows");
}

/// One line a poll that failed or brought something; the others are for the curious. Names and errors may hold what a
/// hostile feed put there.
pub(super) fn log_poll(feed: &Feed, changes: &Changes) {
    let polls = &changes.polls;
    let is_paged = polls.learned.paging.is_some() && feed.polls.learned.paging.is_none();
    let suggestion = polls.learned.suggestion.as_ref();
    let suggestion = suggestion.filter(|named| feed.polls.learned.suggestion.as_ref() != Some(*named));
    let says_nothing = !is_paged
        && changes.moved.is_none()
        && suggestion.is_none()
        && polls.error.is_none()
        && changes.aliases.is_empty();
    if says_nothing && changes.articles.is_empty() && !tracing::enabled!(tracing::Level::DEBUG) {
        return;
    }
    let title = changes.document.as_ref().and_then(|document| document.title.clone());
    let feed = &Feed { title: title.or_else(|| feed.title.clone()), ..feed.clone() };
    let label = feed.label();
    let (name, url) = (escape(&label), mask(&feed.source.url));
    if let Some(moved) = &changes.moved {
        tracing::info!(feed = %name, %url, to = %mask(moved), "the feed moved for good; asked there from now on");
    }
    if is_paged {
        tracing::info!(feed = %name, %url, "none of the last poll's items is still listed; reading the older pages");
    }
    if let Some(Suggestion { url: other, by }) = suggestion {
        let other = escape(&mask(other)).into_owned();
        tracing::info!(
            feed = %name, %url, other,
            "its {by} names {other}: not followed; if the feed is there, write that address into the files"
        );
    }
    if let Some(error) = &polls.error {
        let (error, failures, next_poll) = (escape(error), polls.failures, polls.next_at);
        tracing::info!(feed = %name, %url, failures, next_poll = %format_args!("{next_poll:.0}"), "poll failed: {error}");
        return;
    }
    if !changes.aliases.is_empty() {
        let articles = changes.aliases.len();
        tracing::info!(
            feed = %name, %url, articles,
            "the feed gave known articles new identifiers; recognised by address or text, they are not told again"
        );
    }
    let new = changes.articles.iter().filter(|change| change.known.is_none()).count();
    let edited = changes.articles.len() - new;
    let alerts = changes.articles.iter().flat_map(|change| &change.alerts);
    match (new + edited, alerts.filter(|decided| is_held(decided.outcome)).count()) {
        (0, _) => tracing::debug!(feed = %name, %url, "nothing new"),
        (_, 0) => tracing::info!(feed = %name, %url, new, edited, "polled"),
        (_, held) => tracing::info!(
            feed = %name, %url, new, edited, held, "polled; `feedwatch alerts --held` tells what was held back and why"
        ),
    }
}
