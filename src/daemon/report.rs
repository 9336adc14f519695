//! What a poll changed, as counts and as a line of the log.

use std::time::Duration;

use crate::alert::{escape, mask};
use crate::clock::span;
use crate::logging::{FEED_BROKEN, FEED_GAP, FEED_GONE, FEED_RECOVERED};
use crate::model::{Changes, Feed, Polls};
use crate::store::RunStatus;

/// A feed that had no success for so long is broken: someone should look. Shorter failures mend themselves.
const BROKEN_AFTER: Duration = Duration::from_secs(24 * 3600);
/// The first "gone" may be a slip of its server.
const GONE_FOR_SURE: u32 = 2;
/// A feed that never had one is broken after so many tries.
const BROKEN_TRIES: u32 = 5;

/// Counts what a poll changed; whether it raised an alert.
pub(super) fn tally(status: &mut RunStatus, changes: &Changes) -> bool {
    let tally = &mut status.tally;
    tally.polls += 1;
    tally.failed += u64::from(changes.polls.error.is_some());
    let raised_before = tally.raised;
    for change in &changes.articles {
        tally.articles += u64::from(change.known.is_none());
        tally.edited += u64::from(change.known.is_some());
        for decided in &change.alerts {
            match decided.outcome.is_told() {
                true => tally.raised += 1,
                false => tally.held += 1,
            }
        }
    }
    tally.raised > raised_before
}

/// One line a poll that failed or brought something; the others are for the curious. Names and errors may hold what a
/// hostile feed put there.
pub(super) fn log_poll(feed: &Feed, changes: &Changes) {
    let polls = &changes.polls;
    let title = changes.document.as_ref().and_then(|document| document.title.clone());
    let feed = &Feed { title: title.or_else(|| feed.title.clone()), ..feed.clone() };
    let (name, url) = (escape(feed.label()), mask(&feed.source.url));
    let (was_broken, broken) = (is_broken(&feed.polls), is_broken(polls));
    if let Some(moved) = &changes.moved {
        tracing::info!(feed = %name, %url, to = %mask(moved), "the feed moved for good; asked there from now on");
    }
    let learned = |polls: &Polls| (polls.learned.gaps, polls.learned.gone);
    let ((gaps_before, gone_before), (gaps, gone)) = (learned(&feed.polls), learned(polls));
    if gaps > gaps_before {
        tracing::warn!(
            target: FEED_GAP, feed = %name, %url, gaps,
            "no item of the last poll is left in the feed: some may have come and gone unseen"
        );
    }
    if gone >= GONE_FOR_SURE && gone_before < GONE_FOR_SURE {
        tracing::warn!(target: FEED_GONE, feed = %name, %url, "the feed is gone (HTTP 410); looked after monthly");
    }
    if let Some(error) = &polls.error {
        let (error, failures, next_poll) = (escape(error), polls.failures, polls.next_at);
        match broken && !was_broken {
            true => tracing::warn!(
                target: FEED_BROKEN, feed = %name, %url, failures, %next_poll, "feed broken for long: {error}"
            ),
            false => tracing::info!(feed = %name, %url, failures, %next_poll, "poll failed: {error}"),
        }
        return;
    }
    if was_broken {
        tracing::info!(target: FEED_RECOVERED, feed = %name, %url, failures = feed.polls.failures, "the feed works again");
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
    let fates = changes.articles.iter().flat_map(|change| &change.alerts);
    match (new + edited, fates.filter(|decided| !decided.outcome.is_told()).count()) {
        (0, _) => tracing::debug!(feed = %name, %url, "nothing new"),
        (_, 0) => tracing::info!(feed = %name, %url, new, edited, "polled"),
        (_, held) => tracing::info!(
            feed = %name, %url, new, edited, held, "polled; `feedwatch alerts --held` tells what was held back and why"
        ),
    }
}

fn is_broken(polls: &Polls) -> bool {
    match (polls.error.is_some(), polls.succeeded_at, polls.last_at) {
        (true, Some(success), Some(last)) => span(success, last) >= BROKEN_AFTER,
        (true, None, _) => polls.failures >= BROKEN_TRIES,
        _ => false,
    }
}
