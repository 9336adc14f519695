//! Whether this machine is offline: if most polls to many hosts reach no server within a minute, the fault is not
//! theirs. A server that refuses a connection was reached. Without this, one pulled cable would put every feed into
//! back-off (R30).

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use crate::clock::{Timestamp, later, span};
use crate::hash::hash64;

/// The latest polls that are looked at.
const POLLS: usize = 50;
/// They must have gone to more hosts than this.
const HOSTS_MIN: usize = 20;
/// Within this time.
const WITHIN: Duration = Duration::from_secs(60);
/// While cut off, one poll in this time tries whether it is over.
const PROBE_EVERY: Duration = Duration::from_secs(10);

/// What the latest polls say about our own connection.
#[derive(Debug, Default)]
pub struct Outage {
    /// When, to which host, and whether it failed to connect.
    recent: VecDeque<(Timestamp, u64, bool)>,
    out_since: Option<Timestamp>,
    probed_at: Option<Timestamp>,
    /// Since when we had been cut off when the last answer ended it.
    ended: Option<Timestamp>,
}

impl Outage {
    /// A poll of a host ended; whether this machine seems to be cut off now.
    pub fn note(&mut self, host: &str, is_unconnected: bool, now: Timestamp) -> bool {
        if self.recent.len() == POLLS {
            self.recent.pop_front();
        }
        self.recent.push_back((now, hash64(&[host.as_bytes()]), is_unconnected));
        if !is_unconnected && self.is_out() {
            self.ended = self.out_since.take();
            self.recent.clear();
        }
        if is_unconnected && !self.is_out() {
            let vain: Vec<_> = self.recent.iter().filter(|(at, _, vain)| *vain && span(*at, now) <= WITHIN).collect();
            let hosts: HashSet<u64> = vain.iter().map(|(_, host, _)| *host).collect();
            let is_out = self.recent.len() == POLLS && vain.len() * 2 > POLLS && hosts.len() > HOSTS_MIN;
            self.out_since = is_out.then_some(now);
        }
        self.is_out()
    }

    /// Whether this machine seems to be cut off.
    pub fn is_out(&self) -> bool {
        self.out_since.is_some()
    }

    /// Since when this machine had been cut off, once it no longer is; told once.
    pub fn ended(&mut self) -> Option<Timestamp> {
        self.ended.take()
    }

    /// From when on a poll may be made; always, unless cut off or back and not yet told so.
    pub fn next_probe_at(&self) -> Option<Timestamp> {
        (self.is_out() || self.ended.is_some())
            .then(|| self.probed_at.map_or(Timestamp::MIN, |at| later(at, PROBE_EVERY)))
    }

    /// A poll is made.
    pub fn probing(&mut self, now: Timestamp) {
        self.probed_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `polls` polls a second apart from `every_s` on, to so many hosts; the share that fails is one in `fails`.
    fn after(hosts: usize, polls: usize, gap_ms: u64, vain: impl Fn(usize) -> bool) -> bool {
        let mut outage = Outage::default();
        (0..polls).fold(false, |_, n| {
            let now = later(Timestamp::UNIX_EPOCH, Duration::from_millis(n as u64 * gap_ms));
            outage.note(&format!("h{}.example", n % hosts), vain(n), now)
        })
    }

    #[test]
    fn many_hosts_in_vain_within_a_minute_are_our_own_fault_and_nothing_less() {
        assert!(after(50, 50, 100, |_| true));
        assert!(after(50, 60, 100, |n| n >= 30));
        assert!(!after(50, 49, 100, |_| true), "too few to tell");
        assert!(!after(20, 100, 100, |_| true), "a few dead servers");
        assert!(!after(50, 100, 10_000, |_| true), "over a long time");
        assert!(!after(50, 100, 100, |n| n % 2 == 1), "half of them are well");
    }

    #[test]
    fn one_answer_ends_it_and_until_then_one_in_ten_seconds_tries() {
        let mut outage = Outage::default();
        let at = |s| later(Timestamp::UNIX_EPOCH, Duration::from_secs(s));
        for n in 0..50 {
            outage.note(&format!("h{n}.example"), true, at(0));
        }
        assert_eq!(outage.next_probe_at(), Some(Timestamp::MIN));
        outage.probing(at(1));
        assert_eq!(outage.next_probe_at(), Some(at(11)));
        assert!(outage.note("h1.example", true, at(12)));
        assert!(!outage.note("h2.example", false, at(22)));
        assert_eq!(outage.next_probe_at(), Some(at(11)), "nobody is asked before what waits was spread");
        assert_eq!((outage.ended(), outage.ended()), (Some(at(0)), None));
        assert_eq!(outage.next_probe_at(), None);
        assert!(!outage.note("h3.example", true, at(23)), "the count begins anew");
    }
}
