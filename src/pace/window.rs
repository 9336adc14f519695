//! The feeds that are due soon, grouped by host: which feed may be polled now without overloading its server.
//!
//! A host's permit is taken before the global one, so a host that hangs blocks only its own permits (R41). Hosts take
//! turns: the one whose last request is longest ago comes first. Of a host with thousands of feeds only a few are in
//! the window, so that it leaves room for others; the rest is put off until their turn can come. A redirect is a
//! request to another server (or the same again), and waits for its turn there like any other request (R34).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::gate::Gates;
use super::host::{Host, Waiting};
use super::places::Places;
use super::{Policy, route};
use crate::clock::{Timestamp, later, span};
use crate::hash::hash64;
use crate::model::{Feed, FeedId, HostPause, host_of};
use crate::web::Way;

/// How many times a host's gap is doubled after a pause; each good answer takes one doubling away (R26).
const CAUTION: u32 = 3;
/// Feeds waiting for their turn and requests in flight.
#[derive(Debug, Default)]
pub struct Window {
    gates: Gates,
    /// By the name of their gate.
    hosts: HashMap<String, Host>,
    /// Hosts by the instant at which they may be asked next, and then first come, first served. May hold outdated
    /// entries; a host's `ready_at` is the truth.
    turns: BinaryHeap<Reverse<(Timestamp, Place, String)>>,
    /// The place that was given last.
    last_place: Place,
    /// The addresses that wait or are in flight, and for which feed.
    present: HashMap<u64, FeedId>,
    /// Turns that were given and are not over.
    in_flight: usize,
    /// Those among them whose answer is not there yet.
    places: Places,
}

/// The order of lining up, which parts hosts that may be asked at the same instant.
type Place = u64;

/// A feed whose turn it is.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The feed.
    pub feed: Arc<Feed>,
    /// The way that redirects have led so far.
    pub way: Way,
    /// When its request began.
    pub begun: Timestamp,
    /// What budget its request is taken from.
    gate: String,
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
        let name = self.gates.of(host_of(route::target(&feed, now)), now);
        let host = self.hosts.entry(name.clone()).or_default();
        if let Some(at) = host.no_room_until(policy, now).filter(|_| may_put_off) {
            host.put_off_until = Some(at);
            return Offer::NotBefore(at);
        }
        self.present.insert(subject, feed.id);
        let (due, feed, way) = (feed.polls.next_at, Arc::new(feed), Way::default());
        host.waiting.push(Reverse(Waiting { due, feed, way }));
        self.line_up(name, policy);
        Offer::Waits
    }

    /// Takes the next feed that may be asked now, and how long it could have been asked already. Once it was, either
    /// `answered` and later `done` must be called, or `onward` or `again`.
    pub fn take(&mut self, policy: &Policy, now: Timestamp) -> Option<(Turn, Duration)> {
        if !self.places.has_room(policy, now) {
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
            let Some(Reverse(Waiting { feed, way, .. })) = host.waiting.pop() else { continue };
            host.in_flight += 1;
            host.last_start = Some(now);
            self.in_flight += 1;
            self.places.take(now);
            self.line_up(name.clone(), policy);
            return Some((Turn { feed, way, begun: now, gate: name }, span(at, now)));
        }
        None
    }

    /// The answer to a request that began then has arrived: while it waits to be settled another host may be asked, but
    /// not the same one, because the answer may ask for a pause.
    pub fn answered(&mut self, begun: Timestamp) {
        self.places.give_back(begun);
    }

    /// A feed that was taken is settled, well or not.
    pub fn done(&mut self, turn: &Turn, is_well: bool, policy: &Policy, now: Timestamp) {
        self.present.remove(&subject(&turn.feed));
        self.give_back(&turn.gate, is_well, policy, now);
    }

    /// A feed that was taken has to follow a redirect, when its turn comes at that host.
    pub fn onward(&mut self, turn: Turn, way: Way, policy: &Policy, now: Timestamp) {
        self.answered(turn.begun);
        self.give_back(&turn.gate, true, policy, now);
        let host = way.steps.last().map_or_else(|| turn.feed.host(), |step| host_of(&step.to));
        self.wait(Waiting { due: later(now, way.rest), feed: turn.feed, way }, host, policy, now);
    }

    /// A feed that was taken was not polled; its turn comes again at that time.
    pub fn again(&mut self, turn: Turn, at: Timestamp, policy: &Policy, now: Timestamp) {
        self.answered(turn.begun);
        self.give_back(&turn.gate, false, policy, now);
        self.wait(Waiting { due: at, feed: turn.feed, way: turn.way }, turn.gate, policy, now);
    }

    fn wait(&mut self, waiting: Waiting, host: String, policy: &Policy, now: Timestamp) {
        let name = self.gates.of(host, now);
        self.hosts.entry(name.clone()).or_default().waiting.push(Reverse(waiting));
        self.line_up(name, policy);
    }

    /// A turn is over.
    fn give_back(&mut self, gate: &str, is_well: bool, policy: &Policy, now: Timestamp) {
        self.in_flight -= 1;
        if let Some(host) = self.hosts.get_mut(gate) {
            if host.in_flight >= policy.per_host {
                host.freed_at = Some(now);
            }
            host.in_flight -= 1;
            // An answer from before the pause says nothing of how it is after it.
            if is_well && host.paused_until.is_none_or(|until| host.last_start >= Some(until)) {
                host.caution = host.caution.saturating_sub(1);
            }
        }
        self.line_up(gate.to_owned(), policy);
    }

    /// A host asked for a pause; all its feeds wait.
    pub fn pause(&mut self, pause: HostPause, policy: &Policy, now: Timestamp) {
        if pause.until <= now {
            return;
        }
        let name = self.gates.of(pause.host, now);
        let host = self.hosts.entry(name.clone()).or_default();
        host.paused_until = host.paused_until.max(Some(pause.until));
        host.caution = CAUTION;
        self.line_up(name, policy);
    }

    /// A host has just asked for less. The domain that is asked as one from now on, if this made it so, and until when.
    pub fn throttled(&mut self, pause: HostPause, policy: &Policy, now: Timestamp) -> Option<(String, Timestamp)> {
        let host = Some(pause.host.clone()).filter(|_| pause.until > now);
        let widened = host.and_then(|host| self.gates.throttled(&host, now));
        if let Some((domain, until)) = &widened {
            self.ask_as_one(domain, *until, policy, now);
        }
        self.pause(pause, policy, now);
        widened
    }

    /// All hosts of a domain share a budget until then. Requests that already run end under the old budgets.
    pub fn ask_as_one(&mut self, domain: &str, until: Timestamp, policy: &Policy, now: Timestamp) {
        self.gates.open(domain, until, now);
        let joins = |name: &String| name != domain && self.gates.of(name.clone(), now) == domain;
        let names: Vec<String> = self.hosts.keys().filter(|name| joins(name)).cloned().collect();
        for name in names {
            let Some(host) = self.hosts.get_mut(&name) else { continue };
            let (waiting, paused) = (std::mem::take(&mut host.waiting), host.paused_until);
            host.ready_at = None;
            let whole = self.hosts.entry(domain.to_owned()).or_default();
            whole.paused_until = whole.paused_until.max(paused);
            whole.waiting.extend(waiting);
        }
        self.line_up(domain.to_owned(), policy);
    }

    /// When `take` can next give something; none while it waits for answers or has nothing.
    pub fn next_at(&self, policy: &Policy) -> Option<Timestamp> {
        let room_at = self.places.room_at(policy)?;
        self.turns.peek().map(|Reverse((at, ..))| room_at.max(*at))
    }

    /// Forgets the waiting feeds (the store still knows them) and the idle hosts of which nothing needs to be
    /// remembered.
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

    /// The clock was set back: instants that now lie in the future are no reason to wait.
    pub fn clock_set_back(&mut self, now: Timestamp) {
        self.places.clock_set_back(now);
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

    /// Turns that were given and are not over.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Enters a host into `turns` under the instant at which it may be asked next, if it may.
    fn line_up(&mut self, name: String, policy: &Policy) {
        let Some(host) = self.hosts.get_mut(&name) else { return };
        let at = host.next_at(policy);
        if host.ready_at != at {
            host.ready_at = at;
            self.last_place += 1;
            self.turns.extend(at.map(|at| Reverse((at, self.last_place, name))));
        }
    }
}

/// The polled address: feeds that share an address share the answer.
fn subject(feed: &Feed) -> u64 {
    hash64(&[feed.address().as_str().as_bytes()])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;
    use crate::clock::{later, span};
    use crate::model::{FeedSource, Polls, Validators};

    fn start() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    fn policy(at_once: usize, per_host: usize, gap_s: u64) -> Policy {
        Policy { at_once, in_all: at_once, per_host, host_gap: Duration::from_secs(gap_s), ..Policy::default() }
    }

    fn feed(id: i64, url: &str, due_s: u64) -> Feed {
        Feed {
            id: FeedId(id),
            source: FeedSource {
                url: url.parse().unwrap(),
                name: None,
                tags: Vec::new(),
                every: None,
                holds_others: true,
                tier: None,
                related_in_full: false,
            },
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
        let (mut starts, mut in_flight) = (Vec::new(), Vec::<(u64, Turn)>::new());
        for second in 0..1000 {
            let now = later(start(), Duration::from_millis(second * 1000 + 1));
            let (ended, going) = in_flight.into_iter().partition(|(until, _): &(u64, Turn)| *until <= second);
            in_flight = going;
            for (_, turn) in ended {
                window.answered(turn.begun);
                window.done(&turn, true, policy, now);
            }
            while let Some((turn, _)) = window.take(policy, now) {
                starts.push((span(start(), now).as_secs(), turn.feed.id.0));
                in_flight.push((second + takes_s, turn));
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
    fn who_is_answered_makes_room_for_another_host_but_not_for_its_own_until_it_is_settled() {
        let (mut window, policy) = (Window::default(), policy(1, 1, 0));
        [(1, A), (2, A2), (3, B)].into_iter().for_each(|(id, url)| {
            window.offer(feed(id, url, 0), &policy, start(), true);
        });
        let next = |window: &mut Window| window.take(&policy, start()).map(|(turn, _)| turn);
        let first = next(&mut window).unwrap();
        assert!(next(&mut window).is_none() && window.next_at(&policy).is_none());
        window.answered(first.begun);
        assert_eq!(next(&mut window).unwrap().feed.id, FeedId(3));
        window.answered(first.begun);
        assert!(next(&mut window).is_none(), "what the host's answer says is not known yet");
        window.done(&first, true, &policy, start());
        assert_eq!((next(&mut window).unwrap().feed.id, window.in_flight()), (FeedId(2), 2));
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
        assert_eq!(window.take(&policy, at(0)).unwrap().0.feed.id, FeedId(2));
        assert!(window.take(&policy, at(59)).is_none());
        assert_eq!(window.next_at(&policy), Some(at(60)));
        assert_eq!(window.take(&policy, at(60)).unwrap().0.feed.id, FeedId(1));
    }

    #[test]
    fn the_first_request_after_a_short_pause_comes_at_its_end_and_the_second_with_caution() {
        let (mut window, policy) = (Window::default(), policy(9, 2, 1));
        let at = |seconds| later(start(), Duration::from_secs(seconds));
        for (id, url) in [A, A2, A3].into_iter().enumerate() {
            window.offer(feed(id as i64, url, 0), &policy, at(0), true);
        }
        let (first, _) = window.take(&policy, at(0)).unwrap();
        window.pause(HostPause { host: "a.example".to_owned(), until: at(6), strikes: 0 }, &policy, at(0));
        window.answered(first.begun);
        window.done(&first, false, &policy, at(0));
        assert!(window.take(&policy, at(5)).is_none());
        let (second, _) = window.take(&policy, at(6)).unwrap();
        window.answered(second.begun);
        window.done(&second, true, &policy, at(6));
        assert!(window.take(&policy, at(9)).is_none() && window.take(&policy, at(10)).is_some());
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
        assert_eq!(window.take(&policy, at(10)).unwrap().0.feed.id, FeedId(2));
        window.answered(asked.begun);
        window.done(&asked, true, &policy, at(11));
    }
}
