//! The feeds that are due soon, grouped by host: which may be asked now without being rude to its server.
//!
//! A host's budget is taken before the global one, so a host that hangs holds its own permits only (R41). Hosts take
//! turns: the one whose last request is longest ago comes first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::Policy;
use crate::clock::{Timestamp, later};
use crate::model::{Feed, FeedId, HostPause};

/// Feeds waiting for their turn and requests in flight.
#[derive(Debug, Default)]
pub struct Window {
    hosts: HashMap<String, Host>,
    /// Hosts by the instant at which they may be asked next. May hold outdated entries; a host's `ready_at` is the truth.
    turns: BinaryHeap<Reverse<(Timestamp, String)>>,
    /// Every feed that waits or is in flight.
    present: HashSet<FeedId>,
    in_flight: usize,
}

#[derive(Debug, Default)]
struct Host {
    waiting: BinaryHeap<Reverse<Waiting>>,
    in_flight: usize,
    last_start: Option<Timestamp>,
    paused_until: Option<Timestamp>,
    /// The instant under which it stands in `turns`, if it does.
    ready_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Waiting {
    due: Timestamp,
    feed: Feed,
}

impl Window {
    /// Puts a feed in that is due soon, unless it is here already.
    pub fn offer(&mut self, feed: Feed, policy: &Policy) {
        if !self.present.insert(feed.id) {
            return;
        }
        let name = host_of(&feed);
        let host = self.hosts.entry(name.clone()).or_default();
        host.waiting.push(Reverse(Waiting { due: feed.polls.next_at, feed }));
        self.line_up(name, policy);
    }

    /// Takes the next feed that may be asked now. `done` must be called with its host and number once it was.
    pub fn take(&mut self, policy: &Policy, now: Timestamp) -> Option<Feed> {
        if self.in_flight >= policy.at_once {
            return None;
        }
        while let Some(Reverse((at, _))) = self.turns.peek() {
            if *at > now {
                return None;
            }
            let Reverse((at, name)) = self.turns.pop().expect("it was peeked at");
            let host = self.hosts.entry(name.clone()).or_default();
            if host.ready_at != Some(at) {
                continue;
            }
            host.ready_at = None;
            let Some(Reverse(Waiting { feed, .. })) = host.waiting.pop() else { continue };
            host.in_flight += 1;
            host.last_start = Some(now);
            self.in_flight += 1;
            self.line_up(name, policy);
            return Some(feed);
        }
        None
    }

    /// A feed that was taken is settled.
    pub fn done(&mut self, feed: &Feed, policy: &Policy) {
        self.present.remove(&feed.id);
        self.in_flight -= 1;
        let name = host_of(feed);
        if let Some(host) = self.hosts.get_mut(&name) {
            host.in_flight -= 1;
        }
        self.line_up(name, policy);
    }

    /// A host wants to be left alone for a while; all its feeds wait.
    pub fn pause(&mut self, pause: HostPause, policy: &Policy) {
        let host = self.hosts.entry(pause.host.clone()).or_default();
        host.paused_until = host.paused_until.max(Some(pause.until));
        self.line_up(pause.host, policy);
    }

    /// When `take` can next give something; none while it waits for `done` or has nothing.
    pub fn next_at(&self, policy: &Policy) -> Option<Timestamp> {
        if self.in_flight >= policy.at_once {
            return None;
        }
        self.turns.peek().map(|Reverse((at, _))| *at)
    }

    /// Forgets what waits (the store still knows it) and what idle hosts no longer need remembering for.
    pub fn clear_waiting(&mut self, policy: &Policy, now: Timestamp) {
        for host in self.hosts.values_mut() {
            for Reverse(waiting) in host.waiting.drain() {
                self.present.remove(&waiting.feed.id);
            }
            host.ready_at = None;
        }
        self.turns.clear();
        self.hosts.retain(|_, host| host.is_remembered(policy, now));
    }

    /// Forgets idle hosts.
    pub fn forget_idle_hosts(&mut self, policy: &Policy, now: Timestamp) {
        self.hosts.retain(|_, host| host.is_remembered(policy, now));
    }

    /// Feeds here, waiting or in flight.
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// Whether nothing waits and nothing is in flight.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Requests in flight.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Whether a host is paused beyond `now`, and until when.
    pub fn paused_until(&self, feed: &Feed, now: Timestamp) -> Option<Timestamp> {
        self.hosts.get(&host_of(feed)).and_then(|host| host.paused_until).filter(|until| *until > now)
    }

    /// Enters a host into `turns` under the instant at which it may be asked next, if it may.
    fn line_up(&mut self, name: String, policy: &Policy) {
        let Some(host) = self.hosts.get_mut(&name) else { return };
        let Some(Reverse(first)) = host.waiting.peek() else { return };
        if host.in_flight >= policy.per_host {
            host.ready_at = None;
            return;
        }
        let after_gap = host.last_start.map(|start| later(start, policy.host_gap));
        let at = Some(first.due).max(after_gap).max(host.paused_until);
        if host.ready_at != at {
            host.ready_at = at;
            self.turns.extend(at.map(|at| Reverse((at, name))));
        }
    }
}

impl Host {
    fn is_remembered(&self, policy: &Policy, now: Timestamp) -> bool {
        let spaced = self.last_start.is_some_and(|start| later(start, policy.host_gap) > now);
        let paused = self.paused_until.is_some_and(|until| until > now);
        !self.waiting.is_empty() || self.in_flight > 0 || spaced || paused
    }
}

/// The name under which a feed's server has its budget; files have one of their own, which is empty.
fn host_of(feed: &Feed) -> String {
    feed.source.url.host_str().unwrap_or_default().to_owned()
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
