//! After a failure: how long to wait before the feed, or its whole host, is polled again. It is never given up.

use std::time::Duration;

use super::{Plan, Policy, RetryAfter};
use crate::clock::{DAY, Timestamp, later, span};
use crate::model::{Feed, HostPause, HostState, Polls, Wait};

/// The pause of a host after a 429 without Retry-After (R27).
const THROTTLED_WAIT: Duration = Duration::from_secs(3600);
/// The pause doubles up to this.
const THROTTLED_WAIT_MAX: Duration = DAY;

/// After failing for this long a feed is polled daily (R31) ...
const LONG: Duration = DAY.saturating_mul(30);
const LONG_WAIT: Duration = DAY;
/// ... and after this long weekly, because feeds do come back.
const VERY_LONG: Duration = DAY.saturating_mul(180);
const VERY_LONG_WAIT: Duration = DAY.saturating_mul(7);

/// A feed that is gone is polled again after this many of the longest ordinary waits, by default a month (R32).
const GONE_WAITS: u32 = 30;

/// How much a failure counts towards the back-off, in quarters.
const WHOLE_STRAIN: u32 = 4;
/// A failure that is probably not the feed's fault (R29).
const SLIGHT_STRAIN: u32 = 1;
/// If this machine is offline, failed polls are repeated soon, but not all at once.
const OFFLINE_WAIT: Duration = Duration::from_secs(60);

/// How long a feed is set aside after the process seems to have ended twice because of it, whatever its interval is ...
const ENDED_WAIT: Duration = Duration::from_secs(300);
/// ... and by which factor this grows with each further such end.
const ENDED_GROWTH: u32 = 8;

/// The kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The host asks for a pause, or seems to (R25, R27, R28).
    Throttled {
        /// The status code.
        status: u16,
        /// Whether this concerns all feeds of the host.
        host: bool,
        /// When its quota is full again: a hint, which makes a pause longer and never shorter.
        reset: Option<Duration>,
    },
    /// A person has to act: a password, a payment, a legal problem (R33).
    Denied {
        /// The status code.
        status: u16,
    },
    /// The server says that the feed is gone (R32).
    Gone,
    /// The user's own address, polled just after the adopted one, is gone too. This is no confirmation, and there is no
    /// other address to try.
    GoneAtHome,
    /// A document without items, where there were some (R33).
    Emptied,
    /// Not the feed's fault: the name server does not answer.
    Passing,
    /// This machine is cut off (R30).
    Offline,
    /// The process ended while the feed was being polled.
    Ended {
        /// How many.
        times: u32,
    },
    /// The guard refuses the feed's own address, so that no server was asked: the files can mend it.
    Refused,
    /// Anything else.
    Ordinary,
}

/// The plan after a failure. Its wait is never shorter than the ordinary interval.
pub(super) fn after_failure(
    policy: &Policy,
    feed: &Feed,
    host: &HostState,
    trouble: Trouble,
    retry_after: Option<RetryAfter>,
    error: String,
    now: Timestamp,
) -> Plan {
    let before = &feed.polls;
    let trouble = match (trouble, retry_after) {
        // "At once" is not a request for a pause, but it is still a failure.
        (Trouble::Throttled { .. }, Some(named)) if named.wait.is_zero() => Trouble::Ordinary,
        (trouble, _) => trouble,
    };
    let failing_since = before.learned.failing_since.unwrap_or(now);
    let strain = before.learned.strain
        + match trouble {
            Trouble::Ordinary | Trouble::Refused | Trouble::Ended { .. } => WHOLE_STRAIN,
            Trouble::Passing => SLIGHT_STRAIN,
            _ => 0,
        };
    let failures = before.failures.saturating_add(u32::from(trouble != Trouble::Offline));
    let gone = match trouble {
        Trouble::Gone => before.learned.gone.saturating_add(1),
        Trouble::GoneAtHome => before.learned.gone,
        _ => 0,
    };
    let mut learned = before.learned.clone();
    (learned.failing_since, learned.strain, learned.gone) = (Some(failing_since), strain, gone);
    let (mut wait, mut why, mut pause) = (before.interval, Wait::Rhythm, None);
    match trouble {
        Trouble::Throttled { status, host: whole_host, reset } => {
            let paused = host.paused_until.filter(|until| *until > now);
            let (until, strikes, named) = match (retry_after, paused) {
                (Some(named), _) => (later(now, named.wait), host.strikes, true),
                // Answers that were on their way when the pause began do not make it longer.
                (None, Some(until)) => (until, host.strikes, false),
                (None, None) => {
                    let wait = throttled_wait(host.strikes);
                    (later(now, wait.max(reset.unwrap_or_default().min(THROTTLED_WAIT_MAX))), host.strikes + 1, false)
                }
            };
            wait = wait.max(span(now, until));
            why = match named {
                true => Wait::RetryAfter { status, until, host: whole_host },
                false => Wait::Throttled { status, until },
            };
            pause = whole_host.then(|| HostPause { host: host.name.clone(), until, strikes });
        }
        Trouble::Denied { status } => (wait, why) = (wait.max(policy.backoff_max), Wait::Denied { status }),
        // The user's own address is tried next, sooner than in a day (R36).
        Trouble::Gone if gone == 1 && feed.adopted.is_some() && learned.home_tried_at.is_none() => {
            (wait, why) = (wait.max(before.interval * 2), Wait::Backoff { failures });
        }
        Trouble::GoneAtHome => (wait, why) = (wait.max(policy.backoff_max), Wait::GoneOnce),
        Trouble::Gone if gone == 1 => (wait, why) = (wait.max(policy.backoff_max), Wait::GoneOnce),
        Trouble::Gone => (wait, why) = (wait.max(policy.backoff_max.saturating_mul(GONE_WAITS)), Wait::Gone),
        Trouble::Emptied => {}
        Trouble::Offline => (wait, why) = (wait.min(OFFLINE_WAIT), Wait::Offline),
        Trouble::Ordinary | Trouble::Refused | Trouble::Passing | Trouble::Ended { .. } => {
            let base = policy.backoff_base.unwrap_or(before.interval * 2);
            wait = wait.max(grown(base, strain).min(policy.backoff_max));
            why = Wait::Backoff { failures };
            let failing = span(failing_since, now);
            let rare =
                [(VERY_LONG, VERY_LONG_WAIT), (LONG, LONG_WAIT)].into_iter().find(|(after, _)| failing >= *after);
            if let Some((_, rare)) = rare {
                (wait, why) = (wait.max(rare), Wait::LongBroken { since: failing_since });
            }
            if trouble == Trouble::Refused {
                why = Wait::Refused;
            }
            if let Trouble::Ended { times } = trouble {
                let longer = ENDED_GROWTH.checked_pow(times.saturating_sub(2)).unwrap_or(u32::MAX);
                wait = wait.max(ENDED_WAIT.saturating_mul(longer).min(policy.backoff_max.max(ENDED_WAIT)));
            }
        }
    }
    if let Some(named) = retry_after.filter(|named| named.wait > wait) {
        let RetryAfter { status, wait: named } = named;
        (wait, why) = (named, Wait::RetryAfter { status, until: later(now, named), host: false });
    }
    let polls = Polls {
        next_at: later(now, wait),
        last_at: Some(now),
        succeeded_at: before.succeeded_at,
        failures,
        interval: before.interval,
        error: Some(error),
        wait: why,
        learned,
    };
    Plan { polls, pause }
}

/// How long a host is paused that named no time, after it did so `strikes` times before.
fn throttled_wait(strikes: u32) -> Duration {
    let times = 1_u32.checked_shl(strikes).unwrap_or(u32::MAX);
    THROTTLED_WAIT.saturating_mul(times).min(THROTTLED_WAIT_MAX)
}

/// `base` after one whole failure, doubled with each further one.
fn grown(base: Duration, strain: u32) -> Duration {
    const DOUBLINGS_MAX: f64 = 40.0;
    let doublings = (f64::from(strain) / f64::from(WHOLE_STRAIN) - 1.0).min(DOUBLINGS_MAX);
    Duration::try_from_secs_f64(base.as_secs_f64() * doublings.exp2()).unwrap_or(Duration::MAX)
}
