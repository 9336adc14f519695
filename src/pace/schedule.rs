//! The next poll of a feed: one pure function of the result, the feed's history and the settings.
//!
//! Rule numbers are those of docs/polling.md. `due = now + longest wait + jitter`, moved
//! out of the feed's quiet hours; which wait was the longest is the reason that is shown.

use std::time::Duration;

use super::backoff::{self, Trouble};
use super::rhythm::{self, Seen};
use super::{Policy, quiet};
use crate::clock::{DAY, Timestamp, later};
use crate::hash::hash64;
use crate::model::{Feed, FeedSource, HostPause, HostState, Polls, Wait};
use crate::web::RETRY_AFTER_MAX;

/// Hints of servers and feeds count for at most a day: sites paste long ones on everything (R13).
const HINT_MAX: Duration = DAY;
/// A due time is moved up by at most this share of the wait, never down: 60 minutes must not become 59 (R16).
const JITTER_SHARE: f64 = 0.1;
/// New feeds, and those that became due while we were not running, start at this rate: ten do not wait for an hour and
/// a million do not start at once (R16, R17).
const STARTS_PER_SECOND: f64 = 10.0;

/// The result of a poll, for the schedule.
#[derive(Clone, Debug, PartialEq)]
pub enum Result {
    /// A document, or "not modified".
    Good(Seen),
    /// Nothing of use.
    Failed {
        /// What kind of nothing.
        trouble: Trouble,
        /// A Retry-After that stood there.
        retry_after: Option<RetryAfter>,
        /// In words.
        error: String,
    },
}

/// A Retry-After and the status of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    /// The status code.
    pub status: u16,
    /// How long.
    pub wait: Duration,
}

/// When a feed is polled next, and what is known about it from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The feed's schedule and history from now on.
    pub polls: Polls,
    /// What its host asks for.
    pub pause: Option<HostPause>,
}

/// The first poll of a feed that is new: spread by its address, so that many new ones do not come at once.
pub fn first_poll(policy: &Policy, source: &FeedSource, feeds: usize, now: Timestamp) -> (Timestamp, Duration) {
    let interval = source.every.unwrap_or(policy.every);
    let spread = policy.startup_spread.min(interval).min(start_spread(feeds));
    (later(now, spread.mul_f64(fraction(source.url.as_str(), 0))), interval)
}

/// The time over which the first polls of a number of feeds are spread.
pub fn start_spread(feeds: usize) -> Duration {
    Duration::from_secs_f64(feeds as f64 / STARTS_PER_SECOND)
}

/// The next poll after one that ended at `now`. `stretch` is by how much this machine's load makes intervals longer.
pub fn next_poll(policy: &Policy, feed: &Feed, host: &HostState, stretch: f64, result: Result, now: Timestamp) -> Plan {
    let mut plan = match result {
        Result::Good(seen) => after_success(policy, feed, host, stretch, &seen, now),
        Result::Failed { trouble, retry_after, error } => {
            let capped = |named: RetryAfter| RetryAfter { wait: named.wait.min(RETRY_AFTER_MAX), ..named };
            let retry_after = retry_after.map(capped);
            backoff::after_failure(policy, feed, host, trouble, retry_after, error, now)
        }
    };
    let wait = crate::clock::span(now, plan.polls.next_at);
    let url = feed.source.url.as_str();
    let jitter = wait.mul_f64(JITTER_SHARE * fraction(url, now.as_microsecond()));
    let due = later(plan.polls.next_at, jitter);
    plan.polls.next_at = due;
    if feed.source.every.is_none() && plan.polls.error.is_none() {
        let open = quiet::end(due, &plan.polls.learned.wishes);
        if open > due {
            plan.polls.wait = Wait::Skipped;
            plan.polls.next_at = later(open, quiet::JITTER.mul_f64(fraction(url, due.as_microsecond())));
        }
    }
    plan
}

/// A good answer ends all back-off at once (R31).
fn after_success(policy: &Policy, feed: &Feed, host: &HostState, stretch: f64, seen: &Seen, now: Timestamp) -> Plan {
    let (interval, learned) = rhythm::learn(policy, feed, seen, now);
    let capped = |wish: Option<Duration>| wish.unwrap_or_default().min(HINT_MAX);
    let wishes = &learned.wishes;
    let ordinary = if feed.source.every.is_some() { Wait::Every } else { Wait::Rhythm };
    let mut longest = (interval, ordinary);
    let mut floor = |wait: Duration, why: Wait| {
        if wait > longest.0 {
            longest = (wait, why);
        }
    };
    if feed.source.every.is_none() {
        if seen.is_unvalidated && policy.adaptive {
            let wait = rhythm::without_validators(policy, feed, seen, interval);
            floor(wait, Wait::NoValidators);
        }
        if learned.validators_lie && policy.adaptive {
            floor(rhythm::LYING_INTERVAL_MIN.min(policy.no_slower), Wait::LyingValidators);
        }
        if stretch > 1.0 {
            floor(interval.mul_f64(stretch), Wait::Overload);
        }
        let turn = policy.host_gap.saturating_mul(host.feeds);
        floor(turn, Wait::Crowded { feeds: host.feeds });
        let (fresh, ttl, period) = (capped(seen.fresh_for), capped(wishes.ttl), capped(wishes.update_every));
        floor(fresh, Wait::Fresh { wish: fresh });
        floor(ttl, Wait::Ttl { wish: ttl });
        floor(period, Wait::UpdatePeriod { wish: period });
    }
    let retry_after = seen.retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
    floor(retry_after, Wait::RetryAfter { status: 200, until: later(now, retry_after), host: false });
    let (wait, why) = longest;
    let polls = Polls {
        next_at: later(now, wait),
        last_at: Some(now),
        succeeded_at: Some(now),
        failures: 0,
        interval,
        error: None,
        wait: why,
        learned,
    };
    // A host that answers well has forgiven.
    let forgiven = host.strikes > 0 && host.paused_until.is_none_or(|until| until <= now);
    let pause = forgiven.then(|| HostPause { host: host.name.clone(), until: now, strikes: 0 });
    Plan { polls, pause }
}

/// A share in 0..1 that looks random over addresses and instants and is the same for the same ones.
pub(super) fn fraction(url: &str, salt: i64) -> f64 {
    let hash = hash64(&[url.as_bytes(), &salt.to_le_bytes()]);
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}
