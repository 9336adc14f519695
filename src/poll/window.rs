//! The feeds that are due soon, grouped by host: which may be asked now without being rude to its server.
//!
//! A host's budget is taken before the global one, so a host that hangs holds its own permits only (R41). Hosts take
//! turns: the one whose last request is longest ago comes first. A host with thousands of feeds has a few of them here,
//! so that it leaves room for others; the rest is put off until its turn can come.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use super::Policy;
use crate::clock::{Timestamp, later, span};
use crate::hash::hash64;
use crate::model::{Feed, FeedId, HostPause};

/// Feeds of one host that wait here: more than it can be asked in the time until the window is filled again.
const QUEUE_MAX: usize = 64;
/// After a pause a host's gap is doubled so many times, once less with each good answer: four times the gap after the
/// first (R26).
const CAUTION: u32 = 3;
/// Feeds of a host that pauses longer than this do not wait here.
const PAUSE_HERE_MAX: Duration = Duration::from_secs(60);
/// Who is put off is looked at again no sooner than this, also at hosts without a gap.
const QUEUE_MIN_WAIT: Duration = Duration::from_secs(1);

/// Feeds waiting for their turn and requests in flight.
#[derive(Debug, Default)]
pub struct Window {
    hosts: HashMap<String, Host>,
    /// Hosts by the instant at which they may be asked next, and then first come, first served. May hold outdated entries; a host's `ready_at` is the truth.
    turns: BinaryHeap<Reverse<(Timestamp, Turn, String)>>,
    /// The turn that was given last.
    last_turn: Turn,
    /// What waits or is in flight, and for which feed.
    present: HashMap<u64, FeedId>,
    in_flight: usize,
}

/// The order of lining up, which parts hosts that may be asked at the same instant.
type Turn = u64;

#[derive(Debug, Default)]
struct Host {
    waiting: BinaryHeap<Reverse<Waiting>>,
    in_flight: usize,
    last_start: Option<Timestamp>,
    paused_until: Option<Timestamp>,
    /// How many times its gap is doubled.
    caution: u32,
    /// When a permit came back after all were taken: before that it could not be asked.
    freed_at: Option<Timestamp>,
    /// Until when feeds of it were put off, one gap apart.
    put_off_until: Option<Timestamp>,
    /// The instant under which it stands in `turns`, if it does.
    ready_at: Option<Timestamp>,
}

#[derive(Debug)]
struct Waiting {
    due: Timestamp,
    feed: Feed,
}

/// What became of a feed that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It waits here.
    Waits,
    /// It was here before.
    Present,
    /// Another feed with the same address is here; its answer counts for both.
    Shared,
    /// Its host cannot take it before that instant.
    NotBefore(Timestamp),
}

impl Window {
    /// Puts a feed in that is due soon. `may_put_off` is whether there is another time.
    pub fn offer(&mut self, feed: Feed, policy: &Policy, now: Timestamp, may_put_off: bool) -> Offer {
        let subject = subject(&feed);
        match self.present.get(&subject) {
            Some(present) if *present == feed.id => return Offer::Present,
            Some(_) => return Offer::Shared,
            None => {}
        }
        let name = feed.host();
        let host = self.hosts.entry(name.clone()).or_default();
        if let Some(at) = host.no_room_until(policy, now).filter(|_| may_put_off) {
            host.put_off_until = Some(at);
            return Offer::NotBefore(at);
        }
        self.present.insert(subject, feed.id);
        host.waiting.push(Reverse(Waiting { due: feed.polls.next_at, feed }));
        self.line_up(name, policy);
        Offer::Waits
    }

    /// Takes the next feed that may be asked now, and how long it could have been asked already. `done` must be called
    /// with it once it was.
    pub fn take(&mut self, policy: &Policy, now: Timestamp) -> Option<(Feed, Duration)> {
        if self.in_flight >= policy.at_once {
            return None;
        }
        while let Some(Reverse((at, ..))) = self.turns.peek() {
            if *at > now {
                return None;
            }
            let Reverse((at, _, name)) = self.turns.pop().expect("it was peeked at");
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
            return Some((feed, span(at, now)));
        }
        None
    }

    /// A feed that was taken is settled, well or not.
    pub fn done(&mut self, feed: &Feed, is_well: bool, policy: &Policy, now: Timestamp) {
        self.present.remove(&subject(feed));
        self.in_flight -= 1;
        let name = feed.host();
        if let Some(host) = self.hosts.get_mut(&name) {
            if host.in_flight >= policy.per_host {
                host.freed_at = Some(now);
            }
            host.in_flight -= 1;
            // An answer from before the pause says nothing of how it is after it.
            if is_well && host.paused_until.is_none_or(|until| host.last_start >= Some(until)) {
                host.caution = host.caution.saturating_sub(1);
            }
        }
        self.line_up(name, policy);
    }

    /// A host wants to be left alone for a while; all its feeds wait.
    pub fn pause(&mut self, pause: HostPause, policy: &Policy, now: Timestamp) {
        if pause.until <= now {
            return;
        }
        let host = self.hosts.entry(pause.host.clone()).or_default();
        host.paused_until = host.paused_until.max(Some(pause.until));
        host.caution = CAUTION;
        self.line_up(pause.host, policy);
    }

    /// When `take` can next give something; none while it waits for `done` or has nothing.
    pub fn next_at(&self, policy: &Policy) -> Option<Timestamp> {
        if self.in_flight >= policy.at_once {
            return None;
        }
        self.turns.peek().map(|Reverse((at, ..))| *at)
    }

    /// Forgets what waits (the store still knows it) and what idle hosts no longer need remembering for.
    pub fn clear_waiting(&mut self, policy: &Policy, now: Timestamp) {
        for host in self.hosts.values_mut() {
            for Reverse(waiting) in host.waiting.drain() {
                self.present.remove(&subject(&waiting.feed));
            }
            host.ready_at = None;
        }
        self.turns.clear();
        self.hosts.retain(|_, host| host.is_remembered(policy, now));
    }

    /// The clock was set back: what lies in its future now is no reason to wait.
    pub fn clock_set_back(&mut self, now: Timestamp) {
        for host in self.hosts.values_mut() {
            host.last_start = host.last_start.min(Some(now));
            host.freed_at = None;
            host.put_off_until = None;
        }
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

    /// Enters a host into `turns` under the instant at which it may be asked next, if it may.
    fn line_up(&mut self, name: String, policy: &Policy) {
        let Some(host) = self.hosts.get_mut(&name) else { return };
        let Some(Reverse(first)) = host.waiting.peek() else { return };
        if host.in_flight >= policy.per_host {
            host.ready_at = None;
            return;
        }
        let after_gap = host.last_start.map(|start| later(start, host.gap(policy)));
        let at = Some(first.due).max(after_gap).max(host.paused_until).max(host.freed_at);
        if host.ready_at != at {
            host.ready_at = at;
            self.last_turn += 1;
            self.turns.extend(at.map(|at| Reverse((at, self.last_turn, name))));
        }
    }
}

impl Host {
    fn gap(&self, policy: &Policy) -> Duration {
        policy.host_gap * (1 << self.caution)
    }

    /// When a further feed can have its turn, if that is so far off that it need not wait here.
    fn no_room_until(&self, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
        let gap = self.gap(policy);
        let paused_until = self.paused_until.filter(|until| span(now, *until) > PAUSE_HERE_MAX);
        if paused_until.is_none() && self.waiting.len() < QUEUE_MAX {
            return None;
        }
        let queue = gap.saturating_mul(self.waiting.len() as u32).max(QUEUE_MIN_WAIT);
        let after_queue = later(self.paused_until.unwrap_or(now).max(now), queue);
        Some(after_queue.max(later(self.put_off_until.unwrap_or(now), gap)))
    }

    fn is_remembered(&self, policy: &Policy, now: Timestamp) -> bool {
        let spaced = self.last_start.is_some_and(|start| later(start, self.gap(policy)) > now);
        let put_off = self.put_off_until.is_some_and(|until| until > now);
        let paused = self.paused_until.is_some_and(|until| until > now);
        !self.waiting.is_empty() || self.in_flight > 0 || spaced || paused || put_off || self.caution > 0
    }
}

/// What is asked: feeds that share an address share the answer.
fn subject(feed: &Feed) -> u64 {
    hash64(&[feed.address().as_str().as_bytes()])
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;
    use crate::clock::span;
    use crate::model::{FeedSource, Polls, Validators};

    fn start() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    fn policy(at_once: usize, per_host: usize, gap_s: u64) -> Policy {
        Policy { at_once, per_host, host_gap: Duration::from_secs(gap_s), ..Policy::default() }
    }

    fn feed(id: i64, url: &str, due_s: u64) -> Feed {
        Feed {
            id: FeedId(id),
            source: FeedSource { url: url.parse().unwrap(), name: None, tags: Vec::new(), every: None },
            title: None,
            validators: Validators::default(),
            body_hash: None,
            polls: Polls::none_yet(later(start(), Duration::from_secs(due_s)), Duration::from_secs(3600)),
            adopted: None,
        }
    }

    /// Runs a window in which every request takes `takes_s`; gives (second, feed) of each start.
    fn starts(feeds: &[(&str, u64)], policy: &Policy, takes_s: u64) -> Vec<(u64, i64)> {
        let mut window = Window::default();
        for (id, (url, due_s)) in feeds.iter().enumerate() {
            window.offer(feed(id as i64, url, *due_s), policy, start(), true);
            window.offer(feed(id as i64, url, *due_s), policy, start(), true);
        }
        let (mut starts, mut in_flight) = (Vec::new(), Vec::new());
        for second in 0..1000 {
            let now = later(start(), Duration::from_millis(second * 1000 + 1));
            let (ended, going) = in_flight.into_iter().partition(|(until, _): &(u64, Feed)| *until <= second);
            in_flight = going;
            ended.iter().for_each(|(_, feed)| window.done(feed, true, policy, now));
            while let Some((feed, _)) = window.take(policy, now) {
                starts.push((span(start(), now).as_secs(), feed.id.0));
                in_flight.push((second + takes_s, feed));
            }
        }
        assert!(window.is_empty() && window.in_flight() == 0);
        starts
    }

    const A: &str = "https://a.example/1";
    const A2: &str = "https://a.example/2";
    const A3: &str = "https://a.example/3";
    const B: &str = "https://b.example/1";
    const B2: &str = "https://b.example/2";
    const B3: &str = "https://b.example/3";

    #[test]
    fn feeds_start_when_due_a_host_spaced_and_others_beside_it() {
        assert_eq!(starts(&[(A, 5), (B, 3)], &policy(9, 2, 1), 1), [(3, 1), (5, 0)]);
        assert_eq!(starts(&[(A, 0), (A2, 0), (A3, 0), (B, 0)], &policy(9, 2, 1), 1), [(0, 0), (0, 3), (1, 1), (2, 2)]);
        let together = starts(&[(A, 0), (A2, 0), (A3, 0)], &policy(9, 9, 0), 1);
        assert_eq!(together, [(0, 0), (0, 1), (0, 2)]);
        let files = [("file:///a.xml", 0), ("file:///b.xml", 0), ("file:///c.xml", 0)];
        assert_eq!(starts(&files, &policy(9, 1, 60), 1), [(0, 0), (0, 1), (0, 2)]);
    }

    #[test]
    fn a_host_that_hangs_holds_its_own_permits_only() {
        let feeds = [(A, 0), (A2, 0), (A3, 0), (B, 0), (B2, 1), (B3, 2)];
        // Requests take 100 s: the third of host a waits for the first, host b does not.
        let starts = starts(&feeds, &policy(9, 2, 1), 100);
        assert_eq!(starts, [(0, 0), (0, 3), (1, 1), (1, 4), (100, 2), (100, 5)]);
    }

    #[test]
    fn the_global_limit_holds_and_hosts_take_turns() {
        let starts = starts(&[(A, 0), (A2, 0), (A3, 0), (B, 0)], &policy(1, 1, 0), 1);
        assert_eq!(starts, [(0, 0), (1, 3), (2, 1), (3, 2)]);
    }

    #[test]
    fn a_pause_holds_all_feeds_of_a_host_and_is_never_shortened() {
        let (mut window, policy) = (Window::default(), policy(9, 2, 1));
        let at = |seconds| later(start(), Duration::from_secs(seconds));
        window.offer(feed(1, A, 0), &policy, at(0), true);
        window.offer(feed(2, B, 0), &policy, at(0), true);
        for seconds in [60, 30] {
            window.pause(HostPause { host: "a.example".to_owned(), until: at(seconds), strikes: 0 }, &policy, at(0));
        }
        assert_eq!(window.take(&policy, at(0)).unwrap().0.id, FeedId(2));
        assert!(window.take(&policy, at(59)).is_none());
        assert_eq!(window.next_at(&policy), Some(at(60)));
        assert_eq!(window.take(&policy, at(60)).unwrap().0.id, FeedId(1));
    }

    #[test]
    fn clearing_forgets_who_waits_and_keeps_who_is_asked_and_what_hosts_want() {
        let (mut window, policy) = (Window::default(), policy(9, 2, 10));
        let at = |seconds| later(start(), Duration::from_secs(seconds));
        window.offer(feed(1, A, 0), &policy, at(0), true);
        window.offer(feed(2, A2, 0), &policy, at(0), true);
        let (asked, _) = window.take(&policy, at(0)).unwrap();
        window.clear_waiting(&policy, at(1));
        assert_eq!((window.len(), window.in_flight()), (1, 1));
        window.offer(feed(1, A, 0), &policy, at(0), true);
        window.offer(feed(2, A2, 0), &policy, at(0), true);
        assert_eq!(window.len(), 2, "a feed that is in flight does not wait as well");
        assert!(window.take(&policy, at(9)).is_none(), "the gap is remembered");
        assert_eq!(window.take(&policy, at(10)).unwrap().0.id, FeedId(2));
        window.done(&asked, true, &policy, at(11));
    }
}
