//! How a good answer changes the interval: the overlap prevents loss, the feed's own rhythm keeps the delay short.

use std::time::Duration;

use super::Policy;
use crate::clock::{DAY, Timestamp, span};
use crate::model::{Feed, Learned, Wishes};

/// No adapting goes below this, whatever the owner's floor: halving would never end.
const INTERVAL_MIN: Duration = Duration::from_secs(1);
/// A server whose validators lie is asked for whole documents at most this often (R8).
pub(super) const LYING_INTERVAL_MIN: Duration = Duration::from_secs(3600);
/// One poll changes the interval by no more than this (R20).
const SLOWER_MAX: f64 = 1.5;
const FASTER_MAX: f64 = 0.5;
/// Less than a third of the items known: some may slip through soon (R18).
const OVERLAP_MIN: f64 = 1.0 / 3.0;
const LITTLE_OVERLAP: f64 = 0.7;
/// A feed of which no rhythm is known yet is asked a little less often with each quiet poll.
const QUIET_DRIFT: f64 = 1.25;
/// The weight of the latest gap in the mean.
const GAP_WEIGHT: f64 = 0.3;
/// Twice in the mean time between two pieces of news: half of it is the mean delay (R19).
const POLLS_PER_GAP: f64 = 2.0;
/// After this quiet time a feed is polled half as often (R19).
const QUIET_HALVES: Duration = DAY.saturating_mul(7);
/// A poll that came later than this share of its wait tells nothing of overlap (R20).
const LATE: f64 = 1.5;

/// What a good answer showed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// How long the answer stays fresh.
    pub fresh_for: Option<Duration>,
    /// A Retry-After that stood there.
    pub retry_after: Option<Duration>,
    /// Whether a whole document was received, and not a 304.
    pub whole: bool,
    /// Whether nothing came along by which to ask "changed since?".
    pub is_unvalidated: bool,
    /// Whether the validators were left out to see whether they tell the truth.
    pub was_check: bool,
    /// The document, unless it is the last one again.
    pub document: Option<Overlap>,
}

/// A document compared with the known articles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlap {
    /// Its hints about polling.
    pub wishes: Wishes,
    /// Its items.
    pub items: u32,
    /// Those that were known.
    pub known: u32,
    /// The moments since the last poll at which its new items were published; a batch is one.
    pub moments: u32,
    /// Whether something of it was lost on the way.
    pub partial: bool,
}

/// The new interval, and the new knowledge about the feed.
pub(super) fn learn(policy: &Policy, feed: &Feed, seen: &Seen, now: Timestamp) -> (Duration, Box<Learned>) {
    let before = &feed.polls;
    let mut learned = before.learned.clone();
    (learned.failing_since, learned.strain, learned.gone) = (None, 0, 0);
    if seen.whole {
        learned.read_at = Some(now);
    }
    let is_first = before.succeeded_at.is_none();
    let (mut news, mut lost) = (0, false);
    if let Some(overlap) = &seen.document {
        learned.wishes = overlap.wishes.clone();
        learned.items = overlap.items;
        news = overlap.items - overlap.known;
        lost = !is_first && news > 0 && overlap.known == 0;
        if lost {
            learned.gaps = learned.gaps.saturating_add(1);
            learned.gap_at = Some(now);
        }
        if seen.was_check && news > 0 {
            learned.validators_lie = true;
        }
        if news > 0 {
            if let Some(last) = learned.news_at.filter(|_| !is_first) {
                let gap = span(last, now) / overlap.moments.max(1);
                let mean = learned
                    .news_gap
                    .map_or(gap, |mean| mean.mul_f64(1.0 - GAP_WEIGHT).saturating_add(gap.mul_f64(GAP_WEIGHT)));
                learned.news_gap = Some(mean);
            }
            learned.news_at = Some(now);
        }
    }
    if let Some(every) = feed.source.every {
        return (every, learned);
    }
    if !policy.adaptive {
        return (policy.every, learned);
    }
    let partial = seen.document.as_ref().is_some_and(|overlap| overlap.partial);
    if is_first || partial || before.error.is_some() || was_late(feed, now) {
        return (clamped(policy, before.interval), learned);
    }
    let wanted = match learned.news_gap {
        Some(gap) => {
            let quiet = learned.news_at.map_or(Duration::ZERO, |at| span(at, now));
            gap.mul_f64((1.0 + quiet.div_duration_f64(QUIET_HALVES)) / POLLS_PER_GAP)
        }
        None if news > 0 => before.interval,
        None => before.interval.mul_f64(QUIET_DRIFT),
    };
    let loss = match &seen.document {
        Some(_) if lost => FASTER_MAX,
        Some(overlap) if news > 0 && f64::from(overlap.known) < OVERLAP_MIN * f64::from(overlap.items) => {
            LITTLE_OVERLAP
        }
        _ => SLOWER_MAX,
    };
    let within = wanted.clamp(before.interval.mul_f64(FASTER_MAX), before.interval.mul_f64(SLOWER_MAX));
    (clamped(policy, within.min(before.interval.mul_f64(loss))), learned)
}

/// The wait at a server without validators: it grows up to `no_slower` while the document stays the same (R9).
pub(super) fn without_validators(policy: &Policy, feed: &Feed, seen: &Seen, interval: Duration) -> Duration {
    let waited = match (feed.polls.last_at, seen.document.is_none()) {
        (Some(last), true) => span(last, feed.polls.next_at),
        _ => Duration::ZERO,
    };
    (waited * 2).min(policy.no_slower).max(interval)
}

fn clamped(policy: &Policy, interval: Duration) -> Duration {
    interval.clamp(policy.no_faster, policy.no_slower).max(INTERVAL_MIN)
}

/// A late poll sees less overlap than the interval deserves. `once --all` does not make a poll late.
fn was_late(feed: &Feed, now: Timestamp) -> bool {
    let Some(last) = feed.polls.last_at else { return false };
    let wait = span(last, feed.polls.next_at).max(feed.polls.interval);
    span(last, now) > wait.mul_f64(LATE)
}
