//! The schedule as tables: what came, how long the wait is, and why. No daemon, no clock.
#![allow(clippy::unwrap_used)]

mod adapting;
mod day;
mod failures;
mod floors;
mod judging;
mod moves;

use std::time::Duration;

use feedwatch::clock::{Timestamp, span};
use feedwatch::model::{Feed, FeedId, FeedSource, HostState, Polls, Validators};
use feedwatch::pace::{Plan, Policy, Result, Seen, next_poll};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A Tuesday.
fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// An hourly feed that was last asked an hour ago and was well then.
pub(crate) fn feed() -> Feed {
    let url = "https://example.org/feed".parse().unwrap();
    let polls = Polls { last_at: Some(now() - HOUR), succeeded_at: Some(now() - HOUR), ..Polls::none_yet(now(), HOUR) };
    Feed {
        id: FeedId(1),
        source: FeedSource {
            url,
            name: None,
            tags: Vec::new(),
            every: None,
            holds_others: true,
            tier: None,
            related_in_full: false,
        },
        adopted: None,
        title: None,
        validators: Validators { etag: Some(b"\"1\"".as_slice().into()), ..Validators::default() },
        body_hash: None,
        polls,
    }
}

fn plan(feed: &Feed, host: HostState, result: Result) -> Plan {
    next_poll(&Policy::default(), feed, &host, 1.0, result, now())
}

/// The wait before jitter must be `wait`; jitter may add up to a tenth, and takes nothing away.
#[track_caller]
fn waits(plan: &Plan, wait: Duration) {
    let got = span(now(), plan.polls.next_at);
    assert!(got >= wait && got <= wait.mul_f64(1.1), "{got:?} for {}, wanted {wait:?}", plan.polls.wait);
}

/// An answer that says nothing but that it is well.
fn unchanged() -> Seen {
    Seen::default()
}

fn good(seen: Seen) -> Result {
    Result::Good(seen)
}
