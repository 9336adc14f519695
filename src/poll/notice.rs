//! What a poll says about its feed's health, for operators: broken, recovered, incomplete. Pure.

use std::time::Duration;

use crate::alert;
use crate::clock::{DAY, Timestamp, day_of, span};
use crate::model::{Alert, Changes, Feed, Kind, Level, Polls};
use crate::words::coarse;

/// A feed without a successful poll for this long is broken, and a person should look. Shorter failures end by
/// themselves.
const BROKEN_AFTER: Duration = DAY;
/// A feed that never had one is broken after this many polls.
const BROKEN_TRIES: u32 = 5;

/// The first "gone" may be a slip of its server (R32).
const GONE_FOR_SURE: u32 = 2;

/// A feed is silent after this many of its mean gaps without news ...
const SILENT_AFTER_GAPS: u32 = 10;
/// ... and not within a long weekend: many papers rest then.
const SILENT_AFTER: Duration = DAY.saturating_mul(4);

/// The notices about the feed after this poll. `incomplete` says what part of the document could not be read.
pub(super) fn notices(
    feed: &Feed,
    changes: &Changes,
    incomplete: Option<String>,
    now: Timestamp,
    run: &str,
) -> Vec<Alert> {
    let (before, after) = (&feed.polls, &changes.polls);
    // One occasion lasts from the last success to the next one; of a feed that never had one, there is only one.
    let episode = before.succeeded_at.unwrap_or(Timestamp::UNIX_EPOCH);
    // Gaps and losses are told once a day: a feed that has them has them for weeks.
    let today = day_of(now);
    let tell = |kind, level, episode, what: &str| {
        let title = changes.document.as_ref().and_then(|document| document.title.clone());
        let feed = Feed { title: title.or_else(|| feed.title.clone()), ..feed.clone() };
        alert::of_feed(kind, level, &feed, episode, what, now, run)
    };
    let mut notices = Vec::new();
    let is_gone = |polls: &Polls| polls.learned.gone >= GONE_FOR_SURE;
    if is_gone(after) && !is_gone(before) {
        let what = "its server says that it is gone (HTTP 410); polled monthly from now on";
        notices.push(tell(Kind::FeedGone, Level::Notice, episode, what));
    }
    let breaks = is_broken(after) && !is_broken(before) && !is_gone(after);
    if let Some(error) = after.error.as_ref().filter(|_| breaks) {
        let what = format!("broken, {} polls failed in a row: {error}", after.failures);
        notices.push(tell(Kind::FeedBroken, Level::Notice, episode, &what));
    }
    if (is_broken(before) || is_gone(before)) && after.error.is_none() {
        let what = format!("works again after {} failed polls", before.failures);
        notices.push(tell(Kind::FeedRecovered, Level::Info, episode, &what));
    }
    if after.learned.gaps > before.learned.gaps {
        let pages = if before.learned.paging.is_some() { " here or in its older pages" } else { "" };
        let relief = match after.interval < before.interval {
            true => format!("polling every {} from now on", coarse(after.interval)),
            false => "a shorter `every` would help".to_owned(),
        };
        let what =
            format!("none of the last poll's items is still listed{pages}, so some may have been missed; {relief}");
        notices.push(tell(Kind::FeedGap, Level::Notice, today, &what));
    }
    let silent_since = |polls: &Polls| silent_since(polls).filter(|_| polls.error.is_none());
    if let Some(since) = silent_since(after).filter(|_| silent_since(before).is_none()) {
        let gap = after.learned.news_gap.unwrap_or_default();
        let what = format!("silent since {since:.0}; it used to bring something every {}", coarse(gap));
        notices.push(tell(Kind::FeedSilent, Level::Notice, since, &what));
    }
    if let Some(what) = incomplete {
        notices.push(tell(Kind::FeedIncomplete, Level::Notice, today, &what));
    }
    notices
}

/// Since when a feed that answers has been quiet for longer than its own rhythm explains, at its last poll.
fn silent_since(polls: &Polls) -> Option<Timestamp> {
    let (gap, news_at) = (polls.learned.news_gap?, polls.learned.news_at?);
    let patience = gap.saturating_mul(SILENT_AFTER_GAPS).max(SILENT_AFTER);
    (span(news_at, polls.last_at?) >= patience).then_some(news_at)
}

/// Whether a feed fails for long enough that someone should look.
pub fn is_broken(polls: &Polls) -> bool {
    match (polls.error.is_some(), polls.succeeded_at, polls.last_at) {
        (true, Some(success), Some(last)) => span(success, last) >= BROKEN_AFTER,
        (true, None, _) => polls.failures >= BROKEN_TRIES,
        _ => false,
    }
}
