//! The owner's wishes for polling and alerting, as values.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{AtMost, Growth};
use crate::clock::{Timestamp, earlier};
use crate::model::LookBack;

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
        const HOUR: Duration = Duration::from_secs(3600);
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

/// Which hits become alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertPolicy {
    /// How long a told story stays told; none: every hit alerts.
    pub story_window: Option<Duration>,
    /// Where all items are new at once, on a feed's first poll or when it was moved, items older than this are stored and flagged
    /// but not alerted, and few of those whose date tells nothing; none: all alert.
    pub backlog_age: Option<Duration>,
    /// Items published longer ago are not alerted; none: all alert.
    pub max_age: Option<Duration>,
    /// Watches that tell every article, whatever was told of its story.
    pub every_article: BTreeSet<String>,
    /// How many hits of other feeds one feed's pieces may hold on likeness alone; none: without end.
    pub one_feed_holds: Option<AtMost>,
    /// Watches that tell when a second source has a story.
    pub confirmed: BTreeSet<String>,
    /// What makes a story grow, so that it is told again.
    pub growth: Growth,
    /// Watches that tell what is perhaps of a story by an alert of its own.
    pub related_in_full: BTreeSet<String>,
}

impl AlertPolicy {
    /// How far back is looked for what was told and held.
    pub fn look_back(&self, now: Timestamp) -> LookBack {
        let held_since = self.one_feed_holds.map(|most| earlier(now, most.per));
        LookBack { told_since: self.told_since(now), held_since }
    }

    /// What was told before is told anew; never, when stories do not count.
    pub fn told_since(&self, now: Timestamp) -> Timestamp {
        self.story_window.map_or(Timestamp::MAX, |window| earlier(now, window))
    }
}

impl Default for AlertPolicy {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        AlertPolicy {
            story_window: Some(DAY * 7),
            backlog_age: Some(DAY),
            max_age: Some(DAY * 30),
            every_article: BTreeSet::new(),
            // A feed whose pieces others reword all day loses nothing by it but that some stories are told twice.
            one_feed_holds: Some(AtMost { count: 20, per: DAY }),
            confirmed: BTreeSet::new(),
            growth: Growth::default(),
            related_in_full: BTreeSet::new(),
        }
    }
}
