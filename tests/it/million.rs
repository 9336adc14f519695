//! A virtual day of many feeds through the same window and the same rule as the daemon's, without store and sockets: what
//! is asked, how often, and how close together. benches/scale.rs includes this file by path, for a million.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use feedwatch::clock::{Timestamp, later, span};
use feedwatch::model::{Feed, FeedId, FeedSource, HostState, Polls, Validators};
use feedwatch::pace::{Offer, Policy, Result, Seen, Turn, Window, first_poll, next_poll};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long every answer takes.
const ANSWER: Duration = Duration::from_millis(600);
/// The day goes by in steps of this.
const STEP: Duration = Duration::from_millis(100);
/// Idle hosts are forgotten this often.
const FORGET_EVERY: Duration = Duration::from_secs(30);
/// As many feeds wait in the daemon's window.
const WINDOW_MAX: usize = 16_384;
/// Feeds at every host but the big one.
const SMALL: usize = 4;

/// What a day came to.
#[derive(Debug)]
pub(crate) struct Day {
    pub(crate) polls: u64,
    /// Between two polls of a feed.
    pub(crate) shortest: Duration,
    /// After the instant at which a host could have been asked.
    pub(crate) latest: Duration,
    /// Between two requests to a host.
    pub(crate) closest: Duration,
    /// Requests to one host at once.
    pub(crate) most_at_once: usize,
    /// In flight at once.
    pub(crate) most_in_flight: usize,
    /// Polls in the fullest second.
    pub(crate) peak: u64,
    /// Since a feed was last asked, at the end.
    pub(crate) longest_since: Duration,
}

/// The rules of the day: an hour between polls.
pub(crate) fn policy() -> Policy {
    Policy { at_once: 1024, adaptive: false, ..Policy::default() }
}

fn host_of(n: usize, crowd: usize) -> usize {
    if n < crowd { 0 } else { 1 + (n - crowd) / SMALL }
}

fn feed(n: usize, crowd: usize, polls: Polls) -> Feed {
    let url = format!("https://h{}.example/{n}", host_of(n, crowd)).parse().expect("it is an address");
    Feed {
        id: FeedId(n as i64),
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
        validators: Validators::default(),
        body_hash: None,
        polls,
    }
}

/// Lets a day pass over so many feeds, `crowd` of them at one host.
pub(crate) fn virtual_day(feeds: usize, crowd: usize) -> Day {
    let policy = policy();
    let start: Timestamp = "2026-11-24T00:00:00Z".parse().expect("it is an instant");
    // The store's part: who is due when.
    let mut due = BinaryHeap::with_capacity(feeds);
    for n in 0..feeds {
        let source = feed(n, crowd, Polls::none_yet(start, policy.every)).source;
        due.push(Reverse((first_poll(&policy, &source, feeds, start).0, n)));
    }
    let mut last_at: Vec<Option<Timestamp>> = vec![None; feeds];
    let (mut window, mut answers) = (Window::default(), BinaryHeap::new());
    let mut hosts: HashMap<usize, (Timestamp, usize)> = HashMap::new();
    let mut in_flight: HashMap<usize, Turn> = HashMap::new();
    let mut day = Day {
        polls: 0,
        shortest: Duration::MAX,
        latest: Duration::ZERO,
        closest: Duration::MAX,
        most_at_once: 0,
        most_in_flight: 0,
        peak: 0,
        longest_since: Duration::ZERO,
    };
    let (mut second, mut in_second) = (0, 0);
    let (mut now, mut forget_at, end) = (start, start, later(start, DAY));
    while now < end {
        while due.peek().is_some_and(|Reverse((at, _))| *at <= now) && window.len() < WINDOW_MAX {
            let Some(Reverse((at, n))) = due.pop() else { break };
            let polls = Polls { last_at: last_at[n], succeeded_at: last_at[n], ..Polls::none_yet(at, policy.every) };
            if let Offer::NotBefore(at) = window.offer(feed(n, crowd, polls), &policy, now, true) {
                due.push(Reverse((at, n)));
            }
        }
        while answers.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            let Some(Reverse((at, n))) = answers.pop() else { break };
            let turn = in_flight.remove(&n).expect("it was asked");
            let neighbours = if n < crowd { crowd } else { SMALL };
            let host = HostState { feeds: neighbours as u32, ..HostState::default() };
            let next = next_poll(&policy, &turn.feed, &host, 1.0, Result::Good(Seen::default()), at);
            window.answered(turn.begun);
            window.done(&turn, true, &policy, at);
            hosts.entry(host_of(n, crowd)).and_modify(|(_, at_once)| *at_once -= 1);
            due.push(Reverse((next.polls.next_at, n)));
        }
        while let Some((turn, late)) = window.take(&policy, now) {
            let n = turn.feed.id.0 as usize;
            day.polls += 1;
            day.latest = day.latest.max(late);
            if let Some(last) = last_at[n].replace(now) {
                day.shortest = day.shortest.min(span(last, now));
            }
            let (last, at_once) = hosts.entry(host_of(n, crowd)).or_insert((Timestamp::MIN, 0));
            day.closest = day.closest.min(span(std::mem::replace(last, now), now));
            *at_once += 1;
            day.most_at_once = day.most_at_once.max(*at_once);
            answers.push(Reverse((later(now, ANSWER), n)));
            in_flight.insert(n, turn);
            in_second = if second == now.as_second() { in_second + 1 } else { 1 };
            second = now.as_second();
            day.peak = day.peak.max(in_second);
        }
        day.most_in_flight = day.most_in_flight.max(in_flight.len());
        // As the daemon does with each refill.
        if now >= forget_at {
            window.forget_idle_hosts(&policy, now);
            forget_at = later(now, FORGET_EVERY);
        }
        now = later(now, STEP);
    }
    let since = |at: &Option<Timestamp>| span(at.unwrap_or(start), end);
    day.longest_since = last_at.iter().map(since).max().unwrap_or_default();
    day
}

/// What must be true of a day of `feeds` feeds, however many they are.
pub(crate) fn check(day: &Day, feeds: usize, crowd: usize) {
    let policy = policy();
    assert!(day.shortest >= policy.every, "a feed was asked again too soon: {day:?}");
    assert!(
        day.closest >= policy.host_gap && day.most_at_once <= policy.per_host,
        "a host was asked too often: {day:?}"
    );
    assert!(day.most_in_flight <= policy.at_once, "{day:?}");
    // The big host's feeds take turns a gap apart, and all have theirs.
    let turn = policy.every.max(policy.host_gap * crowd as u32);
    assert!(day.longest_since <= turn.mul_f64(1.25), "a feed was forgotten: {day:?}");
    let per_day = |feeds: usize, every: Duration| feeds as f64 * DAY.as_secs_f64() / (every.as_secs_f64() * 1.05);
    let expected = per_day(feeds - crowd, policy.every) + per_day(crowd, turn);
    assert!(
        (day.polls as f64 / expected - 1.0).abs() < 0.06,
        "{} polls, where {expected:.0} are due: {day:?}",
        day.polls
    );
}
