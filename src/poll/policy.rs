//! The owner's wishes for alerts, as values.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{AtMost, Growth};
use crate::clock::{DAY, Timestamp, earlier};
use crate::model::LookBack;

/// Which hits become alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertPolicy {
    /// How long a told story stays told; none: every hit alerts.
    pub story_window: Option<Duration>,
    /// Where all items are new at once, on a feed's first poll or when it was moved, items older than this are stored
    /// and flagged but not alerted, and few of those whose date tells nothing; none: all alert.
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
    /// After how long without a hit a watch is named; none: never.
    pub quiet_after: Option<Duration>,
    /// Watches that raise full alerts for hits that perhaps belong to a told story.
    pub related_in_full: BTreeSet<String>,
}

impl AlertPolicy {
    /// How far back told and held hits matter.
    pub fn look_back(&self, now: Timestamp) -> LookBack {
        let held_since = self.one_feed_holds.map(|most| earlier(now, most.per));
        LookBack { told_since: self.told_since(now), held_since }
    }

    /// Hits that were told before this are told again; never, if stories are off.
    pub fn told_since(&self, now: Timestamp) -> Timestamp {
        self.story_window.map_or(Timestamp::MAX, |window| earlier(now, window))
    }
}

impl Default for AlertPolicy {
    fn default() -> Self {
        AlertPolicy {
            story_window: Some(DAY * 7),
            backlog_age: Some(DAY),
            max_age: Some(DAY * 30),
            every_article: BTreeSet::new(),
            // A feed whose pieces others reword all day loses nothing by it but that some stories are told twice.
            one_feed_holds: Some(AtMost { count: 20, per: DAY }),
            confirmed: BTreeSet::new(),
            growth: Growth::default(),
            quiet_after: None,
            related_in_full: BTreeSet::new(),
        }
    }
}
