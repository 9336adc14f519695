//! One server's part of the window: which feeds wait for it, which requests run, and when the next request may start.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use super::Policy;
use crate::clock::{Timestamp, later, span};
use crate::model::Feed;
use crate::web::Way;

/// Feeds of one host that wait here: more than it can be asked in the time until the window is filled again.
const QUEUE_MAX: usize = 64;
/// Feeds of a host that pauses longer than this do not wait here.
const PAUSE_HERE_MAX: Duration = Duration::from_secs(60);
/// A feed that is put off is not considered again before this time, also at hosts without a gap.
const QUEUE_MIN_WAIT: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Host {
    pub(super) waiting: BinaryHeap<Reverse<Waiting>>,
    pub(super) in_flight: usize,
    pub(super) last_start: Option<Timestamp>,
    pub(super) paused_until: Option<Timestamp>,
    /// How many times its gap is doubled.
    pub(super) caution: u32,
    /// When a permit came back after all were taken: before that it could not be asked.
    pub(super) freed_at: Option<Timestamp>,
    /// Until when feeds of it were put off, one gap apart.
    pub(super) put_off_until: Option<Timestamp>,
    /// The instant under which it is listed in `turns`, if it is.
    pub(super) ready_at: Option<Timestamp>,
}

#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) due: Timestamp,
    pub(super) feed: Arc<Feed>,
    pub(super) way: Way,
}

impl Host {
    /// Between the starts of two requests.
    pub(super) fn gap(&self, policy: &Policy) -> Duration {
        policy.host_gap * (1 << self.caution)
    }

    /// When a further feed can have its turn, if that is so late that the feed need not wait in the window.
    pub(super) fn no_room_until(&self, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
        let gap = self.gap(policy);
        let paused_until = self.paused_until.filter(|until| span(now, *until) > PAUSE_HERE_MAX);
        if paused_until.is_none() && self.waiting.len() < QUEUE_MAX {
            return None;
        }
        let queue = gap.saturating_mul(self.waiting.len() as u32).max(QUEUE_MIN_WAIT);
        let after_queue = later(self.paused_until.unwrap_or(now).max(now), queue);
        Some(after_queue.max(later(self.put_off_until.unwrap_or(now), gap)))
    }

    /// Whether there is something to remember it for.
    pub(super) fn is_remembered(&self, policy: &Policy, now: Timestamp) -> bool {
        let spaced = self.last_start.is_some_and(|start| later(start, self.gap(policy)) > now);
        let put_off = self.put_off_until.is_some_and(|until| until > now);
        let paused = self.paused_until.is_some_and(|until| until > now);
        !self.waiting.is_empty() || self.in_flight > 0 || spaced || paused || put_off || self.caution > 0
    }

    /// When the next request may start; none if the host is busy or no feed waits.
    pub(super) fn next_at(&self, policy: &Policy) -> Option<Timestamp> {
        let Reverse(first) = self.waiting.peek()?;
        // The longer gap is for the requests after the first one that follows a pause; the first one has waited long
        // enough.
        let gap = if self.last_start < self.paused_until { policy.host_gap } else { self.gap(policy) };
        let after_gap = self.last_start.map(|start| later(start, gap));
        let at = Some(first.due).max(after_gap).max(self.paused_until).max(self.freed_at);
        at.filter(|_| self.in_flight < policy.per_host)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        (self.due, self.feed.id) == (other.due, other.feed.id)
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.feed.id).cmp(&(other.due, other.feed.id))
    }
}
