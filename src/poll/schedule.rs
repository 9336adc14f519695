//! The next poll of a feed: one pure function of what came and what was wished.
//!
//! Rule numbers are those of the polling rules listed in ARCHITECTURE.md.

use std::time::Duration;

use crate::clock::{Timestamp, later};
use crate::hash::hash64;
use crate::model::{FeedSource, Polls};

use super::Policy;

/// Hints of servers and feeds count for at most a day: sites paste long ones on everything (R13).
const HINT_MAX: Duration = Duration::from_secs(24 * 3600);
/// What a host that says 429 without a time is left alone for; doubles up to `HINT_MAX` (R27).
const THROTTLED_WAIT: Duration = Duration::from_secs(3600);
/// The longest Retry-After that is believed (R24).
const RETRY_AFTER_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// A due time is moved up by at most this share of the wait, never down: 60 minutes must not become 59 (R16).
const JITTER_SHARE: f64 = 0.1;
/// No adapting goes below this, whatever the owner's floor: halving would never end.
const INTERVAL_MIN: Duration = Duration::from_secs(1);
/// New feeds start at this rate, so that ten do not wait for an hour and a million do not start at once.
const FIRST_POLLS_PER_SECOND: f64 = 10.0;

/// What a poll came to, as far as the schedule is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Result {
    /// A document, or the word that it did not change.
    Good {
        /// The floor that server and feed wish for: freshness or `ttl`, whichever is longer.
        floor: Duration,
        /// The share of its items that were not known; none when the document did not change.
        news: Option<f64>,
    },
    /// The host asks to be left alone.
    Throttled(Option<Duration>),
    /// Nothing of use came; a Retry-After that stood there counts.
    Failed(Option<Duration>),
    /// The server says the feed is gone.
    Gone,
}

/// When a feed is next asked, and why then.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The instant.
    pub next_at: Timestamp,
    /// The interval that adapting has reached.
    pub interval: Duration,
    /// In words.
    pub why: String,
}

/// The first poll of a feed that is new: spread by its address, so that many new ones do not come at once.
pub fn first_poll(policy: &Policy, source: &FeedSource, feeds: usize, now: Timestamp) -> (Timestamp, Duration) {
    let interval = source.every.unwrap_or(policy.every);
    let spread =
        policy.startup_spread.min(interval).min(Duration::from_secs_f64(feeds as f64 / FIRST_POLLS_PER_SECOND));
    (later(now, spread.mul_f64(fraction(source.url.as_str(), 0))), interval)
}

/// The next poll after one that ended at `now`.
pub fn next_poll(policy: &Policy, source: &FeedSource, before: &Polls, result: Result, now: Timestamp) -> Plan {
    let interval = interval(policy, source, before.interval, &result);
    let failures = before.failures.saturating_add(1);
    let (wait, why) = match result {
        Result::Good { floor, .. } => match floor.min(HINT_MAX) {
            floor if floor > interval && source.every.is_none() => (floor, "the server or feed asks for it"),
            _ if source.every.is_some() => (interval, "fixed by `every`"),
            _ => (interval, "the feed's rhythm"),
        },
        Result::Throttled(retry_after) => {
            let asked = retry_after.unwrap_or_else(|| doubled(THROTTLED_WAIT, failures - 1).min(HINT_MAX));
            (asked.min(RETRY_AFTER_MAX).max(interval), "the host asks us to slow down")
        }
        Result::Failed(retry_after) => {
            let base = policy.backoff_base.unwrap_or(interval * 2);
            let backoff = doubled(base, failures - 1).min(policy.backoff_max);
            (
                backoff.max(retry_after.unwrap_or_default().min(RETRY_AFTER_MAX)).max(interval),
                "backing off after failures",
            )
        }
        Result::Gone => (policy.backoff_max.max(interval), "gone, asked now and then"),
    };
    let jitter = wait.mul_f64(JITTER_SHARE * fraction(source.url.as_str(), now.as_microsecond()));
    Plan { next_at: later(now, wait.saturating_add(jitter)), interval, why: why.to_owned() }
}

/// Adapts by overlap: many unknown items mean that some may be lost, none that we ask too often (R18, R20).
fn interval(policy: &Policy, source: &FeedSource, before: Duration, result: &Result) -> Duration {
    if let Some(every) = source.every {
        return every;
    }
    if !policy.adaptive {
        return policy.every;
    }
    let factor = match result {
        Result::Good { news: Some(news), .. } if *news >= 1.0 => 0.5,
        Result::Good { news: Some(news), .. } if *news > 2.0 / 3.0 => 0.7,
        Result::Good { news: Some(news), .. } if *news > 0.0 => 1.0,
        Result::Good { .. } => 1.25,
        _ => 1.0,
    };
    before.mul_f64(factor).clamp(policy.no_faster, policy.no_slower).max(INTERVAL_MIN)
}

/// `base` times two to the `times`, without overflow.
fn doubled(base: Duration, times: u32) -> Duration {
    base.saturating_mul(1_u32.checked_shl(times.min(31)).unwrap_or(u32::MAX))
}

/// A share in 0..1 that looks random over addresses and instants and is the same for the same ones.
fn fraction(url: &str, salt: i64) -> f64 {
    let hash = hash64(&[url.as_bytes(), &salt.to_le_bytes()]);
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);
    const DAY: Duration = Duration::from_secs(24 * 3600);
    const SAME: Result = Result::Good { floor: Duration::ZERO, news: None };

    fn source(every: Option<Duration>) -> FeedSource {
        FeedSource { url: "https://example.org/feed".parse().unwrap(), name: None, tags: Vec::new(), every }
    }

    fn polls(interval: Duration, failures: u32) -> Polls {
        Polls {
            next_at: Timestamp::UNIX_EPOCH,
            last_at: None,
            succeeded_at: None,
            failures,
            interval,
            error: None,
            wait: String::new(),
        }
    }

    /// The wait before jitter must be `wait`; jitter may add up to a tenth, and takes nothing away.
    fn check(every: Option<Duration>, before: Polls, result: Result, wait: Duration) {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let plan = next_poll(&Policy::default(), &source(every), &before, result, now);
        let got = crate::clock::span(now, plan.next_at);
        assert!(got >= wait && got <= wait.mul_f64(1.1), "{result:?} after {before:?}: {got:?}, wanted {wait:?}");
    }

    #[test]
    fn a_fixed_interval_stays_and_an_adaptive_one_follows_the_overlap() {
        let news = |share| Result::Good { floor: Duration::ZERO, news: Some(share) };
        check(Some(10 * MINUTE), polls(10 * MINUTE, 0), SAME, 10 * MINUTE);
        check(Some(MINUTE), polls(MINUTE, 0), news(1.0), MINUTE);
        check(None, polls(HOUR, 0), SAME, HOUR * 5 / 4);
        check(None, polls(HOUR, 0), news(0.2), HOUR);
        check(None, polls(HOUR, 0), news(0.8), 42 * MINUTE);
        check(None, polls(HOUR, 0), news(1.0), HOUR / 2);
        check(None, polls(20 * MINUTE, 0), news(1.0), 15 * MINUTE);
        check(None, polls(6 * HOUR, 0), SAME, 6 * HOUR);
    }

    #[test]
    fn hints_are_a_floor_but_not_for_ever_and_not_over_the_users_word() {
        let floor = |floor| Result::Good { floor, news: Some(0.1) };
        check(None, polls(HOUR, 0), floor(3 * HOUR), 3 * HOUR);
        check(None, polls(HOUR, 0), floor(MINUTE), HOUR);
        check(None, polls(HOUR, 0), floor(30 * DAY), DAY);
        check(Some(10 * MINUTE), polls(10 * MINUTE, 0), floor(3 * HOUR), 10 * MINUTE);
    }

    #[test]
    fn failures_double_the_wait_up_to_the_cap_and_never_shorten_it() {
        for (failures, wait) in [(0, 2 * HOUR), (1, 4 * HOUR), (2, 8 * HOUR), (4, DAY), (400, DAY)] {
            check(None, polls(HOUR, failures), Result::Failed(None), wait);
        }
        check(Some(2 * DAY), polls(2 * DAY, 0), Result::Failed(None), 2 * DAY);
        check(None, polls(HOUR, 0), Result::Failed(Some(5 * HOUR)), 5 * HOUR);
        check(None, polls(HOUR, 0), Result::Gone, DAY);
    }

    #[test]
    fn a_throttling_host_is_left_alone_as_long_as_it_says() {
        check(None, polls(HOUR, 0), Result::Throttled(Some(3 * HOUR)), 3 * HOUR);
        check(None, polls(HOUR, 0), Result::Throttled(Some(MINUTE)), HOUR);
        check(None, polls(HOUR, 0), Result::Throttled(Some(400 * DAY)), 7 * DAY);
        check(None, polls(HOUR, 0), Result::Throttled(None), HOUR);
        check(None, polls(HOUR, 3), Result::Throttled(None), 8 * HOUR);
    }

    #[test]
    fn new_feeds_are_spread_over_the_hour_when_they_are_many_and_soon_asked_when_they_are_few() {
        let now = Timestamp::UNIX_EPOCH;
        let due = |n: usize, of: usize| {
            let source = FeedSource { url: format!("https://example.org/{n}").parse().unwrap(), ..source(None) };
            crate::clock::span(now, first_poll(&Policy::default(), &source, of, now).0)
        };
        assert!((0..10).all(|n| due(n, 10) <= Duration::from_secs(1)));
        let mut many: Vec<u64> = (0..10_000).map(|n| due(n, 1_000_000).as_secs() / 360).collect();
        many.sort_unstable();
        let per_tenth: Vec<usize> = (0..10).map(|tenth| many.iter().filter(|at| **at == tenth).count()).collect();
        assert!(per_tenth.iter().all(|count| (850..1150).contains(count)), "{per_tenth:?}");
    }
}
