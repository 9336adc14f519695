//! The owner's wishes for polling, as values.

use std::time::Duration;

use crate::clock::HOUR;

/// So many times as many requests as may be made at once are under way at most: the others are slow.
pub const WITH_SLOW_ONES: usize = 4;

/// How polls are spaced and how many run at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Where a feed's interval starts.
    pub every: Duration,
    /// The shortest interval that adapting may reach.
    pub no_faster: Duration,
    /// The longest interval that adapting may reach.
    pub no_slower: Duration,
    /// The most polls a second that all feeds together may wish for before their intervals are stretched.
    pub polls_per_second: u32,
    /// Requests in flight at the same time, as long as they are quick.
    pub at_once: usize,
    /// Requests in flight in all, slow ones included.
    pub in_all: usize,
    /// Requests in flight to one host.
    pub per_host: usize,
    /// Least time between the starts of two requests to one host.
    pub host_gap: Duration,
    /// The first polls of new feeds are spread over at most this long.
    pub startup_spread: Duration,
    /// The wait after a first failure; it doubles with each further one. None: the feed's own interval.
    pub backoff_base: Option<Duration>,
    /// The longest wait after failures.
    pub backoff_max: Duration,
    /// Whether intervals adapt to the feed's rhythm and hints.
    pub adaptive: bool,
    /// A permanent redirect is adopted after it was seen on this many polls ...
    pub redirect_sightings: usize,
    /// ... over at least this time.
    pub redirect_min_age: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            every: HOUR,
            no_faster: HOUR / 4,
            no_slower: HOUR * 6,
            polls_per_second: 300,
            at_once: 64,
            in_all: 64 * WITH_SLOW_ONES,
            per_host: 2,
            host_gap: Duration::from_secs(1),
            startup_spread: HOUR,
            backoff_base: None,
            backoff_max: HOUR * 24,
            adaptive: true,
            redirect_sightings: 3,
            redirect_min_age: HOUR * 24,
        }
    }
}
